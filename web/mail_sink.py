"""The demo's mail server: takes every mail on this machine and keeps it as a file, so that a page can show it.

Files are named by a digest of the Message-ID, never by people. A mail that comes again is acknowledged and not kept
twice; "accepted" is only said once the file is safely on the disk.
"""

import asyncio
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

LARGEST_MAIL = 2 * 1024 * 1024

_NAME = re.compile(r"[0-9a-f]{32}")
_START_SECONDS = 10


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


class MailSink:
    """An SMTP server in a thread of its own, listening on this machine only. Port 0 takes a free one: see `port`."""

    def __init__(self, folder: Path, port: int = 0, host: str = "127.0.0.1") -> None:
        self.folder, self.host, self.port = folder, host, port
        self._loop = asyncio.new_event_loop()
        self._ready = Event()
        self._error: OSError | None = None
        self._thread = Thread(target=self._run, name="mail-sink", daemon=True)

    @property
    def url(self) -> str:
        return f"smtp://{self.host}:{self.port}"

    def start(self) -> None:
        """Listen; OSError if the port is taken."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._thread.start()
        if not self._ready.wait(_START_SECONDS):
            raise TimeoutError("the mail sink did not start")
        if self._error:
            raise self._error

    def stop(self) -> None:
        """Stop listening; what was accepted is on the disk."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_START_SECONDS)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            server = self._loop.run_until_complete(self._loop.create_server(self._protocol, self.host, self.port))
        except OSError as error:
            self._error = error
            self._ready.set()
            self._loop.close()
            return
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._end_dialogues()

    def _end_dialogues(self) -> None:
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.run_until_complete(asyncio.sleep(0))  # lets the connections close
        self._loop.close()

    def _protocol(self) -> SMTP:
        return SMTP(_Keeper(self.folder), data_size_limit=LARGEST_MAIL, hostname="localhost", loop=self._loop)


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
