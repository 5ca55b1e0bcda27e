"""Recorded open cases of every published version, one for each phase; they must load and finish on today's code.

`python -m tests.workflow.histories` records the newest versions anew. That is right only before a version is released;
afterwards a changed process gets a new version, and its file stands beside the old ones.
"""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from models import crypto
from models.base import Base, UtcDateTime
from models.cases import Case, Event, Timer, WorkItem
from models.transfers import Transfer
from tests.cast import Cast
from workflow import journal

FOLDER = Path(__file__).parent
SEALED = {"data_key", "record_no_sealed", "record_no_index", "record_no_tail", "pulled_sealed", "hash", "prev", "head"}
SKIPPED = SEALED | {"id", "case_id", "public_id", "work_item_id", "parent_id", "student_id"}


def path_of(key: str, version: int) -> Path:
    return FOLDER / f"{key}-{version}.json"


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def plain(row: Base) -> dict[str, Any]:
    """A row as it is recorded: what is sealed or numbered anew is left out."""
    values = {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}
    return {
        name: value.isoformat() if isinstance(value, dt.datetime) else value
        for name, value in values.items() if name not in SKIPPED and value is not None
    }  # fmt: skip


def load(session: Session, recorded: dict[str, Any], cast: Cast) -> str:
    """Store a recorded case; returns its number. The caller commits."""
    case = Case(**_typed(Case, recorded["case"]), data_key=crypto.wrap(crypto.new_data_key()), head=b"")
    if recorded["pupil"]:
        case.student_id = cast.pupil[recorded["pupil"]]
    session.add(case)
    session.flush()
    if recorded["about"] is not None:
        about = Transfer(**_typed(Transfer, recorded["about"]), case_id=case.id)
        about.record_no = cast.record_no[recorded["pupil"]]
        session.add(about)
    for row in recorded["items"]:
        item = WorkItem(**_typed(WorkItem, row), case_id=case.id)
        session.add(item)
        session.flush()
        if item.open:
            session.add(Timer(case_id=case.id, work_item_id=item.id, kind="remind", step=-5, due_at=item.due_at))
    for row in recorded["events"]:
        event = Event(**_typed(Event, row), case_id=case.id, prev=case.head)
        event.hash = case.head = journal.hash_of(event)
        session.add(event)
    session.flush()
    return case.no


def _typed(model: type[Base], row: dict[str, Any]) -> dict[str, Any]:
    columns = model.__table__.c
    return {
        name: dt.datetime.fromisoformat(value) if isinstance(columns[name].type, UtcDateTime) else value
        for name, value in row.items()
    }
