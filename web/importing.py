"""Workbooks that the worker checks and imports, because a page must not wait for them."""

import datetime as dt
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.session import LockTimeout, transact
from web import clock
from workflow import notices, outbox
from workflow.imports import batches
from workflow.outbox import Errand
from workflow.storage import Store

LEASE = dt.timedelta(minutes=2)
"""Renewed whenever a job has got further, so that the work of a killed worker is not left lying for long."""
PAUSE = dt.timedelta(seconds=10)
"""After this a job is tried again that found another import in its way."""


class Importing:
    """Runs the import jobs of one installation."""

    def __init__(self, engine: Engine, store: Store, *, demo: bool, now: Callable[[], dt.datetime] = clock.now) -> None:
        self.engine, self.store, self.demo, self.now = engine, store, demo, now

    def carry_out(self, errand: Errand, now: dt.datetime) -> bool:
        """Check or import one workbook, then mark the row and write to whoever confirmed the import."""
        public_id, what = str(errand.payload["batch"]), str(errand.payload["what"])
        try:
            batches.run_job(
                self.engine, self.store, public_id, what, now, demo=self.demo, alive=lambda: self._renew(errand)
            )
        except LockTimeout:
            transact(self.engine, lambda session: outbox.release(session, [errand], self.now() + PAUSE))
            return False
        return transact(self.engine, lambda session: self._note(session, errand, now))

    def _renew(self, errand: Errand) -> None:
        transact(self.engine, lambda session: outbox.renew(session, errand, self.now() + LEASE))

    def _note(self, session: Session, errand: Errand, now: dt.datetime) -> bool:
        if not outbox.take(session, errand, now):
            return False
        batch = batches.find(session, str(errand.payload["batch"]))
        if errand.payload["what"] == "import" and batch.state == "done":
            key = f"import:{batch.public_id}:import_done:{batch.person_id}"
            facts = {"batch": batch.public_id}
            notices.tell(session, batch.person_id, key, "import_done", facts, now, org_id=batch.school_id)
        return True
