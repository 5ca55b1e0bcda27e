"""The demo's mail server: takes every mail on this machine and keeps it as a file, so that a page can show it.

Files are named by a digest of the Message-ID, never by people. A mail that comes again is acknowledged and not kept
twice; "accepted" is only said once the file is safely on the disk.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from hashlib import sha256
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from web.mail_server import MailServer

_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class KeptMail:
    """A mail as the demo page shows it; `id` is its place in the address of the page."""

    id: str
    subject: str
    sender: str
    recipient: str
    date: str
    message_id: str
    text: str
    html: str
    """As received. A page must show it in a sandboxed frame."""


class MailSink(MailServer):
    """Keeps every mail in a folder. Port 0 takes a free one: see `port`."""

    def __init__(self, folder: Path, port: int = 0, host: str = "127.0.0.1") -> None:
        super().__init__(_Keeper(folder), "mail-sink", port, host)
        self.folder = folder

    def start(self) -> None:
        """Listen; OSError if the port is taken."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().start()


class _Keeper:
    """What aiosmtpd asks when a mail has come in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        try:
            keep(self.folder, content)
        except OSError:
            return "452 Not enough storage, try again later"
        return "250 OK"


def keep(folder: Path, content: bytes) -> bool:
    """Store one mail under the digest of its Message-ID; False if it was there already."""
    message = _parse(content)
    key = str(message["Message-ID"] or "").strip().encode() or content
    target = folder / f"{sha256(key).hexdigest()[:32]}.eml"
    if target.exists():
        return False
    draft = folder / f".{os.urandom(8).hex()}"
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(target)
    _sync(folder)
    return True


def listing(folder: Path, limit: int = 200) -> list[KeptMail]:
    """The newest mails first, as they came in."""
    files = sorted(_files(folder), key=lambda file: (file.stat().st_mtime_ns, file.name), reverse=True)
    return [_shown(file.stem, file.read_bytes()) for file in files[:limit]]


def read(folder: Path, mail_id: str) -> KeptMail | None:
    """One mail by its id; None if there is none (whatever the id looks like)."""
    file = folder / f"{mail_id}.eml"
    if not _NAME.fullmatch(mail_id) or not file.is_file():
        return None
    return _shown(mail_id, file.read_bytes())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.glob("*.eml") if _NAME.fullmatch(file.stem))


def _shown(mail_id: str, content: bytes) -> KeptMail:
    message = _parse(content)
    return KeptMail(
        id=mail_id,
        subject=str(message["Subject"] or ""),
        sender=str(message["From"] or ""),
        recipient=str(message["To"] or ""),
        date=str(message["Date"] or ""),
        message_id=str(message["Message-ID"] or ""),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    return str(body.get_content()) if body is not None else ""


def _parse(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)  # the default policy makes no other
    return message
