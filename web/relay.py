"""The bundled relay: takes mails from this machine, each Message-ID once, and hands them on until the server has them.

"Accepted" is only said once Message-ID and mail are safely on the disk, in one row. What the server refuses for good,
or does not take for days, comes back as a delivery report like those that other mail servers send.
"""

import datetime as dt
import logging
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from email import message_from_bytes
from email.policy import default
from mailbox import Maildir
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from web import clock
from web.mail_server import MailServer
from web.mailer import Mailer, MailRejected, MailTemporary

log = logging.getLogger(__name__)

OWN_MACHINE = ("127.0.0.1", "::1", "localhost")
"""Where it may listen: whoever else could reach it could send mail in our name."""
KEEP = dt.timedelta(days=30)
"""So long a Message-ID is remembered after its mail was handed on."""
GIVE_UP = dt.timedelta(days=3)
FIRST_PAUSE, LONGEST_PAUSE = dt.timedelta(seconds=5), dt.timedelta(minutes=30)
IDLE_SECONDS = 0.5


class Queue:
    """The mails of a relay and the Message-IDs it has seen, in one file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS mail (number INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL,"
            " sender TEXT NOT NULL, recipient TEXT NOT NULL, content BLOB, at TEXT NOT NULL, due TEXT NOT NULL,"
            " attempts INTEGER NOT NULL)"
        )

    def take_in(self, key: str, sender: str, recipient: str, content: bytes, now: dt.datetime) -> bool:
        """Keep a mail; False if this key was kept before. It is on the disk when the function returns."""
        row = (key, sender, recipient, content, now.isoformat(), now.isoformat())
        query = "INSERT OR IGNORE INTO mail (key, sender, recipient, content, at, due, attempts) VALUES (?,?,?,?,?,?,0)"
        return self._ask(query, *row).rowcount == 1

    def next_due(self, now: dt.datetime) -> tuple[int, str, str, bytes, dt.datetime, int] | None:
        """Return the mail that has waited longest: number, sender, recipient, content, since when, attempts."""
        query = (
            "SELECT number, sender, recipient, content, at, attempts FROM mail"
            " WHERE content IS NOT NULL AND due <= ? ORDER BY due, number LIMIT 1"
        )
        row = self._ask(query, now.isoformat()).fetchone()
        return (*row[:4], dt.datetime.fromisoformat(row[4]), row[5]) if row else None

    def done(self, number: int) -> None:
        """Forget the mail and remember its key."""
        self._ask("UPDATE mail SET content = NULL WHERE number = ?", number)

    def later(self, number: int, due: dt.datetime) -> None:
        self._ask("UPDATE mail SET due = ?, attempts = attempts + 1 WHERE number = ?", due.isoformat(), number)

    def tidy(self, now: dt.datetime) -> None:
        """Forget the keys that have served their time."""
        self._ask("DELETE FROM mail WHERE content IS NULL AND at < ?", (now - KEEP).isoformat())

    def waiting(self) -> int:
        """Return how many mails were not handed on yet."""
        return int(self._ask("SELECT count(*) FROM mail WHERE content IS NOT NULL").fetchone()[0])

    def close(self) -> None:
        self._database.close()

    def _ask(self, query: str, *values: object) -> sqlite3.Cursor:
        with self._lock:
            return self._database.execute(query, values)


class Relay(MailServer):
    """Takes mails into a queue, on this machine only. Port 0 takes a free one: see `port`."""

    def __init__(
        self, queue: Queue, *, port: int = 0, host: str = "127.0.0.1", now: Callable[[], dt.datetime] = clock.now
    ) -> None:
        if host not in OWN_MACHINE:
            raise ValueError("a relay listens on its own machine only")
        super().__init__(_Taker(queue, now), "relay", port, host)
        self.queue = queue


class Onward:
    """Hands on what the relay took in; `reports` is the Maildir for delivery reports."""

    def __init__(self, queue: Queue, mailer: Mailer, reports: Path, now: Callable[[], dt.datetime] = clock.now) -> None:
        self.queue, self.mailer, self.reports, self.now = queue, mailer, reports, now

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; the mail that is under way then is finished."""
        self.queue.tidy(self.now())
        while not stop.is_set():
            try:
                busy = self.next()
            except (sqlite3.OperationalError, OSError) as problem:  # a full disk, say: the mail is still there
                log.warning("the relay could not go on: %s", problem)
                busy = False
            if not busy:
                stop.wait(IDLE_SECONDS)

    def next(self) -> bool:
        """Try the mail that has waited longest; False if none is due."""
        now = self.now()
        found = self.queue.next_due(now)
        if found is None:
            return False
        number, sender, recipient, content, since, attempts = found
        try:
            self.mailer.send_bytes(sender, recipient, content)
        except MailRejected as refused:
            self._give_back(number, recipient, content, str(refused))
        except MailTemporary as failed:
            if now - since > GIVE_UP:
                self._give_back(number, recipient, content, str(failed))
            else:
                self.queue.later(number, now + min(FIRST_PAUSE * 2 ** min(attempts, 12), LONGEST_PAUSE))
        else:
            self.queue.done(number)
        return True

    def _give_back(self, number: int, recipient: str, content: bytes, why: str) -> None:
        log.warning("a mail could not be handed on: %s", why)
        with closing(Maildir(self.reports, create=True)) as box:
            box.add(report(recipient, content, why))
        self.queue.done(number)


class _Taker:
    """What aiosmtpd asks when a mail comes in."""

    def __init__(self, queue: Queue, now: Callable[[], dt.datetime]) -> None:
        self._queue, self._now = queue, now

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if envelope.rcpt_tos:
            return "452 One recipient at a time"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        key = str(message_from_bytes(content, policy=default)["Message-ID"] or "").strip()
        if not key or len(key) > 300:
            return "550 A mail needs a Message-ID"
        recipient = envelope.rcpt_tos[0]
        try:
            new = self._queue.take_in(f"{key} {recipient}", envelope.mail_from or "", recipient, content, self._now())
        except sqlite3.Error:
            return "452 Not enough storage, try again later"
        return "250 OK" if new else "250 OK, had it already"


def report(recipient: str, content: bytes, why: str) -> bytes:
    """Return a delivery report (RFC 3464) about a mail that was not delivered, with the head of that mail."""
    said = " ".join(why.encode("ascii", "replace").decode().split())[:300]
    status = "5.1.1" if why.startswith("550") else "5.0.0"
    return b"".join(
        (
            b"From: MAILER-DAEMON\r\nSubject: Undelivered mail\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
            b'Content-Type: multipart/report; report-type=delivery-status; boundary="report"\r\n\r\n--report\r\n'
            b"Content-Type: text/plain\r\n\r\nThe mail could not be delivered.\r\n--report\r\n"
            b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; localhost\r\n\r\n",
            f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: {status}\r\n".encode(),
            f"Diagnostic-Code: smtp; {said}\r\n--report\r\n".encode(),
            b"Content-Type: text/rfc822-headers\r\n\r\n",
            content.partition(b"\r\n\r\n")[0],
            b"\r\n--report--\r\n",
        )
    )
