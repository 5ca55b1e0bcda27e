"""Rows of the outbox for the jobs of a worker: asked for without a lock, claimed under a lease, set back by a fault."""

import datetime as dt
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from models.session import LockTimeout, reading, transact
from workflow import outbox
from workflow.outbox import Errand


class Errands:
    """The outbox as one worker sees it. `stopped` says that what is not begun is left to others."""

    def __init__(self, engine: Engine, now: Callable[[], dt.datetime], stopped: Callable[[], bool]) -> None:
        self.engine, self.now, self.stopped = engine, now, stopped

    def claim(self, topic: str, now: dt.datetime, limit: int, lease: dt.timedelta = outbox.LEASE) -> list[Errand]:
        """Return rows that are due, the oldest first."""
        with reading(self.engine) as session:
            if not outbox.waiting(session, [topic], now):
                return []
        return transact(self.engine, lambda session: outbox.claim(session, [topic], now, limit=limit, lease=lease))

    def drain(
        self,
        topic: str,
        work: Callable[[Errand], bool],
        limit: int = outbox.BATCH,
        lease: dt.timedelta = outbox.LEASE,
    ) -> int:
        """Carry out what is due, one after the other; returns how many were done."""
        done = 0
        while batch := self.claim(topic, self.now(), limit, lease):
            for errand in batch:
                if self.stopped():
                    return done
                done += self._carefully(errand, work)
        return done

    def _carefully(self, errand: Errand, work: Callable[[Errand], bool]) -> bool:
        try:
            return work(errand)
        except (LockTimeout, OperationalError):
            raise
        except Exception as fault:  # a fault of ours: the row steps back, so that it cannot hold up the others
            why, now = type(fault).__name__, self.now()
            transact(self.engine, lambda session: outbox.fail(session, errand, why, now))
            raise
