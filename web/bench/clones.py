"""Many open cases quickly: copies of one case, each with its own number, items and a good chain of events."""

from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models.base import Base, new_public_id
from models.cases import Case, CaseScope, Event, Timer, WorkItem
from models.transfers import Transfer
from workflow import journal


def clone(session: Session, no: str, times: int) -> list[str]:
    """Return the numbers of `times` copies of an open transfer. The caller commits."""
    case = session.scalars(select(Case).where(Case.no == no)).one()
    numbers = [f"{no}-{copy:05d}" for copy in range(1, times + 1)]
    copies = [Case(**{**_values(case), "no": number}) for number in numbers]
    session.add_all(copies)
    session.flush()
    _copy_about(session, session.get_one(Transfer, case.id), copies)
    for row in session.scalars(select(CaseScope).where(CaseScope.case_id == case.id)):
        session.execute(insert(CaseScope), [{**_values(row), "case_id": copy.id} for copy in copies])
    items = list(session.scalars(select(WorkItem).where(WorkItem.case_id == case.id)))
    events = list(session.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.seq)))
    for item in items:
        _copy_item(session, item, copies)
    for copy in copies:
        _copy_events(session, events, copy)
    session.flush()
    return numbers


def _copy_about(session: Session, about: Transfer, copies: list[Case]) -> None:
    """The record number is sealed for its own row."""
    plain = {name: value for name, value in _values(about).items() if not name.startswith(("record_no", "data_key"))}
    for copy in copies:
        new = Transfer(**{**plain, "case_id": copy.id, "public_id": new_public_id()})
        new.record_no = about.record_no
        session.add(new)


def _copy_item(session: Session, item: WorkItem, copies: list[Case]) -> None:
    rows = [WorkItem(**{**_values(item), "case_id": copy.id}) for copy in copies]
    session.add_all(rows)
    session.flush()
    if item.open:
        session.add_all(
            Timer(case_id=row.case_id, work_item_id=row.id, kind="remind", step=-5, due_at=row.due_at) for row in rows
        )


def _copy_events(session: Session, events: list[Event], copy: Case) -> None:
    head = b""
    for event in events:
        new = Event(**{**_values(event), "case_id": copy.id, "prev": head})
        head = new.hash = journal.hash_of(new)
        session.add(new)
    copy.head = head


def _values(row: Base) -> dict[str, Any]:
    """Every column of a row but its number."""
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs if column.key != "id"}
