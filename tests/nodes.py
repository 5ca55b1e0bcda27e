"""A timer worker as a process of its own, which can be put to sleep, woken and killed. Run by tests only."""

import datetime as dt
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.session import LockTimeout, make_engine, transact
from workflow import timers

PATIENCE = 60.0

T = TypeVar("T")


class Node:
    """The process and the words it says on its output: claimed, fired, too-late, empty."""

    def __init__(
        self, database: str, log: Path, now: dt.datetime, *, claim: int = 20, sleep_after: int | None = None
    ) -> None:
        self.log = log
        words = [database, now.isoformat(), str(claim), str(log) + ".wake", str(sleep_after)]
        with log.open("w") as output:
            self.process = subprocess.Popen([sys.executable, "-m", "tests.nodes", *words], stdout=output)

    def count(self, word: str) -> int:
        return self.log.read_text().split().count(word)

    def wait_for(self, word: str, times: int = 1) -> None:
        give_up = time.monotonic() + PATIENCE
        while self.count(word) < times:
            assert time.monotonic() < give_up, f"the node never said {word}: {self.log.read_text()[-200:]}"
            time.sleep(0.01)

    def wake(self) -> None:
        Path(f"{self.log}.wake").touch()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def _say(word: str) -> None:
    print(word, flush=True)


def _work(database: str, now: dt.datetime, claim: int, wake: Path, sleep_after: int | None) -> None:
    """Claim and fire until nothing is left; after so many firings a sleeper dozes, in the middle of its batch."""
    engine, fired = make_engine(database), 0
    while batch := _patiently(engine, lambda session: timers.claim(session, now, limit=claim)):
        _say("claimed")
        for due in batch:
            while fired == sleep_after and not wake.exists():
                time.sleep(0.01)
            done = _patiently(engine, lambda session, due=due: timers.fire(session, due, now))
            _say("fired" if done else "too-late")
            fired += 1
    _say("empty")


def _patiently(engine: Engine, work: Callable[[Session], T]) -> T:
    """On SQLite the others may hold the one write lock for longer than a request would wait."""
    while True:
        try:
            return transact(engine, work)
        except LockTimeout:
            continue


if __name__ == "__main__":
    _, where, moment, size, wake_file, pause = sys.argv
    when = None if pause == "None" else int(pause)
    _work(where, dt.datetime.fromisoformat(moment), int(size), Path(wake_file), when)
