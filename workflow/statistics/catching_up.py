"""Answers that were given before figures were kept: measured once, after an update of the tables."""

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from models.cases import Case, Event, StepCause, WorkItem
from models.people import SYSTEM_PERSON_ID
from workflow.statistics.steps import CAUSE, REFUSALS, RETURNS, causes_of, days_taken
from workflow.world import world_of

PORTION = 1000


def catch_up(session: Session, after: int = 0) -> int | None:
    """Measure the next answers behind item `after`; returns the last one looked at, None at the end. Caller commits."""
    world = world_of(session)
    query = select(WorkItem, Case.process).join(Case, Case.id == WorkItem.case_id)
    rows = session.execute(query.where(WorkItem.id > after, *_answered()).order_by(WorkItem.id).limit(PORTION)).all()
    for item, process in rows:
        assert item.closed_at is not None  # asked for above
        item.took = days_taken(world, item, item.closed_at)
        if item.outcome in (*RETURNS, *REFUSALS):
            _note_causes(session, item, process)
    session.flush()
    return rows[-1][0].id if len(rows) == PORTION else None


def _answered() -> list[ColumnElement[bool]]:
    by_a_person = WorkItem.closed_by.is_not(None) & (WorkItem.closed_by != SYSTEM_PERSON_ID)
    return [WorkItem.step.is_not(None), WorkItem.closed_at.is_not(None), WorkItem.took.is_(None), by_a_person]


def _note_causes(session: Session, item: WorkItem, process: str) -> None:
    """Take the causes from the event that was written in the same moment."""
    same = (Event.case_id == item.case_id) & (Event.at == item.closed_at) & (Event.action == item.outcome)
    known = exists().where(StepCause.work_item_id == item.id)
    body = session.scalars(select(Event.body).where(same, ~known)).first() or {}
    causes = causes_of(process, item.outcome or "", body)
    if causes:
        session.execute(CAUSE.insert(), [{"work_item_id": item.id, "cause": cause} for cause in causes])
