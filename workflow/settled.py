"""What somebody else answered meanwhile: whoever comes second reads who it was, and when (promise P4)."""

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, select

from models.cases import Event
from models.people import Person
from workflow import rights
from workflow.acts import overruling
from workflow.errors import AlreadyDecided, NotAllowed, Refused
from workflow.language import Action, Common, authority
from workflow.step import Step


def meanwhile(step: Step, spec: Action | None) -> Refused | None:
    """Return what to say to somebody who answers a proposal or an opinion too late; None where he never could.

    Decisions need none of this: they raise the revision, at which the page of whoever comes second is stale.
    """
    if not isinstance(spec, Common) or not spec.settled_by:
        return None
    if spec.by == authority:
        return _proposal(step, spec) if rights.right_to(step, spec) is None else None
    closed_at = _was_asked(step, spec)
    return _told(step, _last(step, Event.at == closed_at)) if closed_at else None


def _proposal(step: Step, spec: Common) -> Refused | None:
    """Tell who answered the last proposal; where nobody did, that the case left it behind."""
    if overruling.proposed(step):
        return None
    last = _last(step, Event.action.in_((*overruling.PROPOSING, *spec.settled_by)))
    return NotAllowed(spec.name, LAPSED) if last and last.action in overruling.PROPOSING else _told(step, last)


LAPSED = "提请以后事项有了进展，提请已自动失效"


def _was_asked(step: Step, spec: Common) -> dt.datetime | None:
    """Return when the last question to the actor that this answers was closed."""
    persons = {step.actor.id, *step.actor.principals}
    asked = (item for item in step.items if item.kind in spec.kinds and item.assignee_id in persons)
    return max((item.closed_at for item in asked if item.closed_at), default=None)


def _last(step: Step, which: ColumnElement[bool]) -> Any:
    """Return action, moment and name of the last event of these, or None."""
    query = select(Event.action, Event.at, Person.name).join(Person, Person.id == Event.actor_id)
    query = query.where(Event.case_id == step.case.id, which).order_by(Event.seq.desc())
    return step.session.execute(query.limit(1)).first()


def _told(step: Step, last: Any) -> AlreadyDecided | None:
    return AlreadyDecided(step.case.revision, last.action, last.name, last.at) if last else None
