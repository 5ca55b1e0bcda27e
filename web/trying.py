"""Trials of rules, which the worker carries out, because a page must not wait for twenty thousand cases."""

import datetime as dt
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.session import LockTimeout, transact
from web import clock
from workflow import outbox, policy_trials
from workflow.outbox import Errand

LEASE = dt.timedelta(minutes=2)
"""Renewed whenever a trial has got further."""


class Trying:
    """Runs the trials of one installation."""

    def __init__(self, engine: Engine, now: Callable[[], dt.datetime] = clock.now) -> None:
        self.engine, self.now = engine, now

    def carry_out(self, errand: Errand, now: dt.datetime) -> bool:
        """Carry out one trial and mark the row; one that fails is shown as broken and is not tried again by itself."""
        public_id = str(errand.payload["trial"])
        try:
            policy_trials.run_job(self.engine, public_id, now, lambda: self._renew(errand))
        except (LockTimeout, OperationalError):
            raise
        except Exception as fault:
            why = type(fault).__name__
            transact(self.engine, lambda session: self._break(session, errand, why, now))
            raise
        return transact(self.engine, lambda session: outbox.take(session, errand, now))

    def _renew(self, errand: Errand) -> None:
        transact(self.engine, lambda session: outbox.renew(session, errand, self.now() + LEASE))

    def _break(self, session: Session, errand: Errand, why: str, now: dt.datetime) -> None:
        policy_trials.give_up(session, str(errand.payload["trial"]), now)
        outbox.fail(session, errand, why, now, permanent=True)
