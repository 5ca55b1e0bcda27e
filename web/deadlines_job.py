"""What the clock does by itself: deadlines that are due, all of them counted anew, and drafts that waited."""

import datetime as dt
import logging
import threading
from collections.abc import Callable
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.session import LockTimeout, reading, transact
from workflow import deadlines, policy_proposals, slots, timers
from workflow.calendar import day_of
from workflow.errors import Refused
from workflow.transfers import waiting

log = logging.getLogger(__name__)

NIGHT, DAY = dt.timedelta(hours=6), dt.timedelta(days=1)
"""A night begins at 18:00 UTC, two in the morning in China."""
PIECE = 25
"""So many cases are moved in one transaction."""


class Deadlines:
    """The jobs of one worker that go by the clock; any number of workers may run them beside each other."""

    def __init__(self, engine: Engine, node: str, now: Callable[[], dt.datetime]) -> None:
        self.engine, self.node, self.now = engine, node, now

    def fire_timers(self, stop: threading.Event) -> int:
        """Fire whatever is due, the longest due first, and what becomes due by that; returns how many fired."""
        fired = 0
        while batch := self._claim_timers():
            for due in batch:
                if stop.is_set():
                    return fired
                fired += self._fire(due)
        return fired

    def count(self) -> int:
        """Once a night, whoever comes first: count open deadlines anew by today's calendars; returns how many moved."""
        now = self.now()
        return self._count_anew("deadlines", slots.slot_of(now + NIGHT, DAY), now)

    def follow_pauses(self) -> int:
        """When a rule about freezes or vacations was made or ended: count open deadlines anew; returns how many moved.

        The slot bears the mark of the rules, so that whoever sees them first counts, and nobody counts twice.
        """
        now = self.now()
        with reading(self.engine) as session:
            job = f"pauses:{deadlines.mark_of_pauses(session)}"
            if slots.is_done(session, job):
                return 0
        return self._count_anew(job, slots.slot_of(now, DAY), now, waiting.retime)

    def _count_anew(
        self,
        job: str,
        slot: dt.datetime,
        now: dt.datetime,
        also: Callable[[Session, dt.datetime], list[str]] | None = None,
    ) -> int:
        """Move what is counted otherwise today, a few cases in each transaction: nobody waits for all of them.

        What a killed worker left is found again by the next; moving it twice changes nothing.
        """
        if not transact(self.engine, lambda session: slots.take(session, job, slot, self.node, now)):
            return 0
        with reading(self.engine) as session:
            found = deadlines.outdated(session)
        for first in range(0, len(found), PIECE):
            transact(self.engine, partial(deadlines.move, cases=found[first : first + PIECE], now=now))
        others = transact(self.engine, lambda session: also(session, now)) if also else []
        transact(self.engine, lambda session: slots.finish(session, job, slot, self.node, now))
        return len(found) + len(others)

    def lapse_proposals(self) -> int:
        """Once a day, and when a rule has changed: let go what nobody can confirm any more; returns how many."""
        now = self.now()
        with reading(self.engine) as session:
            job = f"proposals:{policy_proposals.mark(session)}:{day_of(now)}"
            if slots.is_done(session, job):
                return 0

        def work(session: Session) -> int:
            slot = slots.slot_of(now, DAY)
            if not slots.take(session, job, slot, self.node, now):
                return 0
            lapsed = policy_proposals.lapse(session, now)
            slots.finish(session, job, slot, self.node, now)
            return lapsed

        return transact(self.engine, work)

    def send_drafts(self, stop: threading.Event) -> int:
        """Send the drafts that waited for the opening, the oldest first, one transaction each; returns how many.

        What stands against one is told to its school and stops no other.
        """
        sent = 0
        while not stop.is_set():
            now = self.now()
            with reading(self.engine) as session:
                if not waiting.is_due(session, now):
                    break
            sent += self._send_draft(now)
        return sent

    def _send_draft(self, now: dt.datetime) -> bool:
        try:
            return bool(transact(self.engine, lambda session: waiting.send_next(session, now)))
        except waiting.NotSent as not_sent:
            transact(self.engine, partial(waiting.give_back, refused=not_sent, now=now))
            return False
        except (LockTimeout, OperationalError):
            raise
        except Exception as fault:  # a fault of ours: the draft steps back, so that it cannot hold up the others
            why = type(fault).__name__
            transact(self.engine, lambda session: waiting.step_back(session, now, why))
            raise

    def _claim_timers(self) -> list[timers.Due]:
        now = self.now()
        with reading(self.engine) as session:
            if not timers.waiting(session, now):
                return []
        return transact(self.engine, lambda session: timers.claim(session, now))

    def _fire(self, due: timers.Due) -> bool:
        now = self.now()
        try:
            return transact(self.engine, lambda session: timers.fire(session, due, now))
        except (timers.UnknownKind, LockTimeout, Refused) as problem:
            why = f"{type(problem).__name__}: {problem}"
            if not isinstance(problem, LockTimeout):
                log.error("timer %s of case %s did not fire: %s", due.id, due.no, why)
            transact(self.engine, lambda session: timers.fail(session, due, why, now))
            return False
        except OperationalError:
            raise
        except Exception as fault:  # a fault of ours: the timer steps back, so that it cannot hold up the others
            why = type(fault).__name__
            transact(self.engine, lambda session: timers.fail(session, due, why, now))
            raise
