"""Looking for records that may be one child's: soon after they came in, and every night all of them."""

import datetime as dt
from collections.abc import Callable
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.session import reading, transact
from workflow import outbox, slots
from workflow.duplicates import fresh, scan
from workflow.outbox import Errand

DAILY = dt.timedelta(days=1)
AT_NIGHT = dt.timedelta(hours=17)
"""The day of this job begins at 01:00 in Shanghai, which is 17:00 UTC of the day before."""
LEASE = dt.timedelta(minutes=2)
"""Of an errand; renewed with every portion."""


class Scanning:
    """Jobs of one worker; every one may be run alone and at any time, by any number of workers.

    `ends` tells between two portions whether the worker is to stop.
    """

    def __init__(self, engine: Engine, node: str, now: Callable[[], dt.datetime], ends: Callable[[], bool]) -> None:
        self.engine, self.node, self.now, self.ends = engine, node, now, ends

    def compare(self, errand: Errand) -> bool:
        """Compare the records an errand is about, portion by portion, then mark it."""
        while transact(self.engine, partial(self._portion, errand)):
            if self.ends():
                return False  # its lease ends, and another worker goes on
        return transact(self.engine, lambda session: outbox.take(session, errand, self.now()))

    def scan(self) -> int:
        """Begin the scan of this night if it is due and go on with whatever runs; returns how many portions were done.

        A portion is one transaction; what a killed worker left is gone on with by the next.
        """
        slot, portions = slots.slot_of(self.now() - AT_NIGHT, DAILY) + AT_NIGHT, 0
        with reading(self.engine) as session:
            if scan.running(session) is None and slots.is_done(session, "scan", slot):
                return 0
        transact(self.engine, partial(self._begin, slot))
        while not self.ends() and transact(self.engine, self._advance):
            portions += 1
        return portions

    def _portion(self, errand: Errand, session: Session) -> bool:
        now = self.now()
        outbox.renew(session, errand, now + LEASE)
        return fresh.carry_out(session, errand, now)

    def _begin(self, slot: dt.datetime, session: Session) -> None:
        now = self.now()
        if scan.running(session) is None and slots.take(session, "scan", slot, self.node, now):
            scan.start(session, now)
            slots.finish(session, "scan", slot, self.node, now)

    def _advance(self, session: Session) -> bool:
        run = scan.advance(session, self.now())
        return run is not None and run.state == "running"
