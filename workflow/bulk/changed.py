"""What happened to a line of a pile while its page was open: who did what, and when (promise P4)."""

import datetime as dt
from collections.abc import Collection

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from models.cases import Case, Event, WorkItem
from models.people import Person
from workflow import processes
from workflow.acts import COMMON
from workflow.bulk.judging import PROCESSES
from workflow.calendar import SHANGHAI
from workflow.errors import Stale
from workflow.step import Actor

CHANGED = "您打开列表后有变动，请重新查看"


def said(late: Stale) -> str:
    """Return the sentence for a line that is stale; without names where the refusal carries none."""
    return _sentence(late.actor, late.action, late.at) if late.at else CHANGED


def by_whom(session: Session, actor: Actor, numbers: Collection[str]) -> dict[str, str]:
    """Return what was done last to those of the cases that are, or were, asked at a desk of the actor: one statement.

    Of others he learns nothing.
    """
    if not numbers:
        return {}
    last = select(Event.case_id, func.max(Event.seq).label("seq")).join(Case, Case.id == Event.case_id)
    latest = last.where(Case.no.in_(numbers), Event.to_phase != "").group_by(Event.case_id).subquery()
    query = (
        select(Case.no, Event.action, Event.at, Person.name)
        .select_from(Event)
        .join(latest, (Event.case_id == latest.c.case_id) & (Event.seq == latest.c.seq))
        .join(Case, Case.id == Event.case_id)
        .join(Person, Person.id == Event.actor_id)
    )
    asked = exists().where(WorkItem.case_id == Case.id, WorkItem.queue.in_(actor.queues))
    return {row.no: _sentence(row.name, row.action, row.at) for row in session.execute(query.where(asked))}


def _sentence(name: str, action: str, at: dt.datetime) -> str:
    return f"{name}已于{at.astimezone(SHANGHAI):%-m月%-d日 %H:%M}{_title(action)}，请打开查看"


def _title(action: str) -> str:
    known = (processes.newest(key).actions.get(action) for key in PROCESSES)
    spec = next((one for one in known if one), None) or COMMON.get(action)
    return spec.title if spec else "办理"
