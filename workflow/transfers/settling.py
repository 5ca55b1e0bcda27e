"""Tasks for other offices that nobody needs any more: the draft they were asked for was sent, or is gone."""

import datetime as dt

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from models.cases import Case
from models.people import SYSTEM_PERSON_ID
from workflow import engine
from workflow.errors import NotAllowed
from workflow.processes.clearance import Clearance

AT_MOST = 200


def needless(session: Session) -> list[str]:
    """Return the tasks whose draft waits for nothing any more, without taking any lock."""
    parent = aliased(Case)
    over = or_(parent.submitted_at.is_not(None), parent.closed_at.is_not(None))
    query = select(Case.no).join(parent, parent.id == Case.parent_id)
    running = query.where(Case.process == Clearance.key, Case.closed_at.is_(None), over)
    return list(session.scalars(running.order_by(Case.id).limit(AT_MOST)))


def drop(session: Session, no: str, now: dt.datetime) -> bool:
    """End a task that nobody needs; False if somebody answered it meanwhile. The caller commits."""
    try:
        engine.do(session, no, "drop", SYSTEM_PERSON_ID, now=now, key=f"drop:{no}", seen_revision=None)
    except NotAllowed:
        return False
    return True
