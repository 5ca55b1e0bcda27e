"""One round of handing things to a server outside of this house: what mail and telephone messages have in common."""

import datetime as dt
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from threading import Event

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from models.session import LockTimeout, transact
from web.chat import ChatTemporary
from web.mailer import MailLater, MailTemporary
from workflow import outbox
from workflow.outbox import Errand

SERVER_PAUSE = dt.timedelta(seconds=15)
MARGIN = dt.timedelta(seconds=40)
"""Nothing is begun when less than this is left of the lease: one dialogue may take so long."""
PAUSES = (0.1, 0.5, 1.0, 2.0, 4.0)
"""Seconds between the attempts to mark what was accepted."""


class Round(ABC):
    """Sends what was claimed, one after the other."""

    def __init__(self, engine: Engine, clock: Callable[[], dt.datetime]) -> None:
        self.engine, self.clock = engine, clock

    def deliver(self, errands: list[Errand], until: dt.datetime, stop: Event) -> int:
        """Deliver the rows of one claim whose lease ends at `until`; returns how many were accepted.

        `stop`, a server that does not answer, and a minute in which enough was sent end the round: the other rows go
        back and lose no attempt.
        """
        accepted = 0
        for number, errand in enumerate(errands):
            if stop.is_set() or self.clock() > until - MARGIN:
                self._release(errands[number:], self.clock())
                break
            try:
                accepted += self._send(errand)
            except MailLater as later:
                self._release(errands[number:], self.clock() + dt.timedelta(seconds=later.seconds))
                break
            except (MailTemporary, ChatTemporary) as failed:
                self._failed(errand, str(failed))
                if failed.code == 0:
                    self._release(errands[number + 1 :], self.clock() + SERVER_PAUSE)
                    break
            except Exception as fault:  # a fault of ours: not this row first again, and the others at once
                self._failed(errand, type(fault).__name__)
                self._release(errands[number + 1 :], self.clock())
                raise
        return accepted

    @abstractmethod
    def _send(self, errand: Errand) -> int:
        """Hand one over and mark it; returns 1 if it was accepted. Raises MailTemporary or ChatTemporary."""

    def _failed(self, errand: Errand, why: str) -> None:
        transact(self.engine, lambda session: outbox.fail(session, errand, why, self.clock()))

    def _release(self, errands: list[Errand], until: dt.datetime) -> None:
        if errands:
            transact(self.engine, lambda session: outbox.release(session, errands, until))


def insistently(mark: Callable[[], None]) -> None:
    """What was accepted must be marked, else it goes out again: do not give up because the database is busy."""
    for pause in PAUSES:
        try:
            mark()
            return
        except (LockTimeout, OperationalError):
            time.sleep(pause)
    mark()
