"""What the worker does about records by themselves: the nightly check of numbers, and the cases that follow from it."""

import datetime as dt
import logging
from collections.abc import Callable
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.session import reading, transact
from workflow import slots
from workflow.calendar import day_of
from workflow.errors import Refused
from workflow.id_errors import checking
from workflow.id_errors import opening as id_error_cases
from workflow.no_id import opening as no_id_cases
from workflow.world import world_of

log = logging.getLogger(__name__)

DAILY = dt.timedelta(days=1)
AT_NIGHT = dt.timedelta(hours=18)
"""The day of this job begins at 02:00 in Shanghai, which is 18:00 UTC of the day before."""


class Records:
    """Jobs of one worker; every one may be run alone and at any time."""

    def __init__(self, engine: Engine, node: str, now: Callable[[], dt.datetime], *, demo: bool) -> None:
        self.engine, self.node, self.now, self.demo = engine, node, now, demo

    def check_numbers(self) -> int:
        """Once a night, whoever comes first: check the numbers of all records; returns how many were looked at.

        One portion is one transaction; what a killed worker left is gone on with by the next.
        """
        now, portions = self.now(), 0
        if not transact(self.engine, partial(self._begin, now=now)):
            return 0
        while transact(self.engine, self._advance):
            portions += 1
        return portions * checking.CHUNK

    def look_after(self) -> int:
        """Open the cases of faulty records and of pupils without number, end those that are over; returns how many."""
        now = self.now()
        with reading(self.engine) as session:
            world = world_of(session)
            settled = [(no, "settle") for no in id_error_cases.pointless(session)]
            ended = no_id_cases.pointless(session, world)
            faulty, without = id_error_cases.waiting(session), no_id_cases.waiting(session)
        done = sum(self._calmly(partial(id_error_cases.settle, no=no, now=now)) for no, _ in settled)
        done += sum(self._calmly(partial(no_id_cases.end, no=no, action=action, now=now)) for no, action in ended)
        done += sum(self._calmly(partial(_open, id_error_cases.open_error, number=n, now=now)) for n in faulty)
        return done + sum(self._calmly(partial(_open, no_id_cases.open_no_id, number=n, now=now)) for n in without)

    def _begin(self, session: Session, now: dt.datetime) -> bool:
        """Tell whether a pass is running, this night's being begun if it is due."""
        slot = slots.slot_of(now - AT_NIGHT, DAILY) + AT_NIGHT
        if checking.running(session) is None and slots.take(session, "check_numbers", slot, self.node, now):
            checking.start(session, now)
            slots.finish(session, "check_numbers", slot, self.node, now)
        return checking.running(session) is not None

    def _advance(self, session: Session) -> bool:
        now = self.now()
        return checking.advance(session, now, day_of(now), demo=self.demo)

    def _calmly(self, work: Callable[[Session], object]) -> int:
        """Do one piece of work; one that is refused, because somebody acted meanwhile, does not hold up the others."""
        try:
            transact(self.engine, work)
        except Refused as refused:
            log.info("a case was not looked after: %s", type(refused).__name__)
            return 0
        return 1


def _open(door: Callable[..., object], session: Session, *, number: int, now: dt.datetime) -> None:
    door(session, world_of(session), number, now)

