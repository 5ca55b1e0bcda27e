"""Reports of mails that came back: read from a mailbox, understood as far as they are honest, handed to workflow.

Nothing in a report is trusted but the random word of one mail of ours and a status. The word stands in the address to
which the report was sent, if every mail leaves with an address of its own (`returned_to`), else in the head of the mail
that the report quotes; many quote nothing. Either way only who handled the mail knows its word. What is too big, deeply
nested, about several mails or about none is put aside as read; what cannot be read after some tries likewise, with an
incident.
"""

import email
import imaplib
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.message import Message
from pathlib import Path
from urllib.parse import unquote, urlsplit

log = logging.getLogger(__name__)

LARGEST = 256 * 1024
"""So much of a report is read; the head of the mail it is about stands near its beginning."""
MOST = 200
"""Reports in one round."""
TIMEOUT_SECONDS = 20
OWN_MACHINE = ("localhost", "127.0.0.1", "::1")
_TOKEN = re.compile(rb"<mail-([0-9a-z]{26})@")
_STATUS = re.compile(r"\b5[.]\d{1,2}[.]\d{1,3}\b")
_WORD, _LONGEST_WORD = r"[0-9a-z]{26}", 26
WORD_HERE = "*"
"""Stands in the setting for the word of each mail."""
_ARRIVED_AT = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To")
"""Headers that name the address at which a report came in; those of our own mail server stand before what it says."""
_LONGEST_LOCAL = 64
_DAEMON = re.compile(r"\b(mailer-daemon|postmaster)\b", re.IGNORECASE)


class BoxWrong(ValueError):
    """The address of the mailbox is not usable; says why, without the password."""


class ReturnWrong(ValueError):
    """The address for undelivered mails is not usable; says why."""


@dataclass(frozen=True)
class Report:
    """A mail of ours (`public_id`) came back with a status such as 5.1.1."""

    public_id: str
    code: str


def returned_to(address: str, public_id: str) -> str:
    """Return the address to which a mail of ours is returned; in `address`, the setting, a * stands for its word."""
    return address.replace(WORD_HERE, public_id)


def pattern_of(address: str) -> re.Pattern[str] | None:
    """Return what finds the word of a mail in an address made from the setting; None without a *. Raises ReturnWrong.

    Mail servers may write the address otherwise in capitals and small letters.
    """
    local, _, host = address.rpartition("@")
    if WORD_HERE not in address:
        return None
    before, _, after = local.partition(WORD_HERE)
    if WORD_HERE in after + host or not before:
        raise ReturnWrong("one * may stand in it, before the @ and not at the beginning: bounces+*@example.cn")
    if len(before) + _LONGEST_WORD + len(after) > _LONGEST_LOCAL:
        raise ReturnWrong(f"before the @ is room for {_LONGEST_LOCAL} characters, {_LONGEST_WORD} of them for the *")
    found = rf"(?<![^\s<:,]){re.escape(before)}({_WORD}){re.escape(after)}@{re.escape(host)}(?![^\s>,;])"
    return re.compile(found, re.IGNORECASE)


def understood(content: bytes, pattern: re.Pattern[str] | None = None) -> Report | None:
    """Return what a report says, or None for everything else: answers, holiday notes, delays, forgeries, junk.

    `pattern` finds the word of a mail in the address at which its report came in (`pattern_of`).
    """
    content = content[:LARGEST]
    try:
        message = email.message_from_bytes(content)
        parts = list(message.walk())
    except (MessageError, RecursionError, ValueError, LookupError, AttributeError):
        return None
    code = _code(message, parts)
    if code is None:
        return None
    tokens = _addressed(message, pattern) or _quoted(content, parts)
    return Report(tokens.pop(), code) if len(tokens) == 1 else None


def _addressed(message: Message, pattern: re.Pattern[str] | None) -> set[str]:
    """Return the words in the addresses at which a report came in: those of the first header that has any."""
    for name in _ARRIVED_AT if pattern else ():
        said = " ".join(str(value) for value in message.get_all(name, ()))
        found = {word.lower() for word in pattern.findall(said)} if pattern else set()
        if found:
            return found
    return set()


def _quoted(content: bytes, parts: list[Message]) -> set[str]:
    """Return the words in the Message-IDs that a report quotes."""
    return {word.decode() for one in _texts(content, parts) for word in _TOKEN.findall(one)}


def _code(message: Message, parts: list[Message]) -> str | None:
    """The status of a failure; None if the message reports none. Old servers write a mail without any structure."""
    actions = [str(part["Action"]).strip().lower() for part in parts if part["Action"]]
    if actions:
        statuses = (str(part["Status"] or "") for part in parts if str(part["Action"]).strip().lower() == "failed")
        found = next((match for status in statuses if (match := _STATUS.search(status))), None)
        return (found[0] if found else "5.0.0") if "failed" in actions else None
    if not _DAEMON.search(str(message["From"] or "")):
        return None
    texts = (part.get_payload(decode=True) for part in parts if part.get_content_maintype() == "text")
    words = " ".join(text[:20_000].decode("utf-8", "replace") for text in texts if isinstance(text, bytes))
    found = _STATUS.search(words)
    return found[0] if found else "5.0.0"


def _texts(content: bytes, parts: list[Message]) -> Iterator[bytes]:
    """The report as it came, and what is written in it in an encoding."""
    yield content
    for part in parts:
        if not part.is_multipart() and part["Content-Transfer-Encoding"]:
            with suppress(ValueError, LookupError):
                payload = part.get_payload(decode=True)
                if isinstance(payload, bytes):
                    yield payload


# ---- where reports come in -------------------------------------------------------------------------------------------

Take = Callable[[bytes | None], None]
"""Takes one message in; None stands for one that could not be read however often it was tried."""
MOST_TRIES = 5


class FolderBox:
    """A Maildir on this machine. What was read is moved from `new` to `cur`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._tries = folder, Counter[str]()

    def each(self, take: Take) -> int:
        """Give every new message to `take`, then put it aside; returns how many."""
        new, aside = self.folder / "new", self.folder / "cur"
        if not new.is_dir():
            return 0
        aside.mkdir(exist_ok=True)
        files = sorted(new.iterdir())[:MOST]
        for file in files:
            with suppress(FileNotFoundError):  # another worker was faster
                take(self._read(file))
                file.rename(aside / f"{file.name}:2,S")
        return len(files)

    def _read(self, file: Path) -> bytes | None:
        if self._tries[file.name] >= MOST_TRIES:
            return None
        self._tries[file.name] += 1
        with file.open("rb") as content:
            read = content.read(LARGEST)
        del self._tries[file.name]
        return read


class ImapBox:
    """A mailbox on a server: imaps://user:password@host/INBOX. What was read is marked as seen, nothing is deleted."""

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise BoxWrong("the host or port is not one") from None
        if parts.scheme not in ("imaps", "imap") or not parts.hostname or not parts.username or not parts.password:
            raise BoxWrong("it must look like imaps://user:password@host/INBOX or maildir:/folder")
        if parts.scheme == "imap" and parts.hostname not in OWN_MACHINE:
            raise BoxWrong("a password needs imaps://")
        self._secure, self._host = parts.scheme == "imaps", parts.hostname
        self._port = port or (993 if self._secure else 143)
        self._user, self._password = unquote(parts.username), unquote(parts.password)
        self._folder = unquote(parts.path.strip("/")) or "INBOX"
        self._tries = Counter[bytes]()

    def each(self, take: Take) -> int:
        """Give every unseen message to `take`, then mark it; returns how many. OSError or IMAP4.error if it fails."""
        kind = imaplib.IMAP4_SSL if self._secure else imaplib.IMAP4
        with kind(self._host, self._port, timeout=TIMEOUT_SECONDS) as server:
            server.login(self._user, self._password)
            server.select(f'"{self._folder}"')
            _, found = server.uid("SEARCH", "UNSEEN")
            numbers = (found[0] or b"").split()[:MOST]
            for number in numbers:
                take(self._read(server, number))
                server.uid("STORE", number.decode(), "+FLAGS", r"(\Seen)")
        return len(numbers)

    def _read(self, server: imaplib.IMAP4, number: bytes) -> bytes | None:
        if self._tries[number] >= MOST_TRIES:
            return None
        self._tries[number] += 1
        _, parts = server.uid("FETCH", number.decode(), f"(BODY.PEEK[]<0.{LARGEST}>)")
        del self._tries[number]
        return next((part[1] for part in parts if isinstance(part, tuple)), b"")


def box_of(url: str) -> FolderBox | ImapBox:
    """Return the mailbox of a setting. Raises BoxWrong."""
    scheme, _, rest = url.partition(":")
    if scheme == "maildir":
        folder = Path(rest.removeprefix("//"))
        if not folder.is_absolute():
            raise BoxWrong("maildir: needs an absolute folder")
        return FolderBox(folder)
    return ImapBox(url)
