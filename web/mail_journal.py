"""Which mails were handed over: a small file that is on the disk before anybody is told so, and a lock for each mail.

Needs nothing but the standard library: the process that talks to the mail server stays small and survives alone.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

KEPT = 200_000
"""So many of the latest mails are remembered; no worker comes back to one that is so much older."""
WAIT_SECONDS = 30
MINUTE = 60.0


class Journal:
    """Keys of mails, each begun or accepted. Any number of processes may share the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._locks = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._database = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS mail (number INTEGER PRIMARY KEY, key TEXT UNIQUE, accepted INTEGER NOT NULL)"
        )
        self._database.execute("CREATE TABLE IF NOT EXISTS pace (at REAL NOT NULL)")
        self._database.execute("DELETE FROM mail WHERE number <= (SELECT max(number) FROM mail) - ?", (KEPT,))

    @contextmanager
    def holding(self, key: str) -> Iterator[None]:
        """Hold the lock of one mail; whoever else wants it waits. It ends with the process that held it."""
        place = int.from_bytes(sha256(key.encode()).digest()[:6], "big")
        fcntl.lockf(self._locks, fcntl.LOCK_EX, 1, place)
        try:
            yield
        finally:
            fcntl.lockf(self._locks, fcntl.LOCK_UN, 1, place)

    def was_accepted(self, key: str) -> bool | None:
        """Return True if the mail was accepted, False if it was begun and nobody knows, None if neither."""
        row = self._database.execute("SELECT accepted FROM mail WHERE key = ?", (key,)).fetchone()
        return None if row is None else bool(row[0])

    def begin(self, key: str) -> None:
        """Note that the dialogue begins; this is on the disk when the function returns."""
        self._database.execute("INSERT INTO mail (key, accepted) VALUES (?, 0) ON CONFLICT (key) DO NOTHING", (key,))

    def accept(self, key: str) -> None:
        """Note that the server has the mail; this is on the disk when the function returns."""
        self._database.execute("UPDATE mail SET accepted = 1 WHERE key = ?", (key,))

    def forget(self, key: str) -> None:
        """Note that the server does not have the mail after all."""
        self._database.execute("DELETE FROM mail WHERE key = ?", (key,))

    def wait(self, most: int, now: float) -> float:
        """Return for how many seconds the next mail must wait, so that at most so many go out in a minute.

        0: it may go now, and is counted. All processes that share the file are counted together. What a clock that was
        set back left ahead of `now` counts no more.
        """
        self._database.execute("BEGIN IMMEDIATE")
        try:
            self._database.execute("DELETE FROM pace WHERE at <= ? OR at > ?", (now - MINUTE, now + MINUTE))
            ages = [now - float(at) for (at,) in self._database.execute("SELECT at FROM pace ORDER BY at")]
            if len(ages) < most:
                self._database.execute("INSERT INTO pace (at) VALUES (?)", (now,))
                return 0.0
            return MINUTE - ages[len(ages) - most]
        finally:
            self._database.execute("COMMIT")

    def close(self) -> None:
        self._database.close()
        os.close(self._locks)
