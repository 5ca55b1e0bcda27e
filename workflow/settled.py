"""What somebody else answered meanwhile: whoever comes second reads who it was, and when (promise P4)."""

import datetime as dt

from sqlalchemy import select

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
    return _told(step, spec, closed_at) if closed_at else None


def _proposal(step: Step, spec: Common) -> Refused | None:
    if overruling.PROPOSAL in step.case.state:
        return None if overruling.proposed(step) else NotAllowed(spec.name, LAPSED)
    return _told(step, spec, None)


LAPSED = "提请以后事项有了进展，提请已自动失效"


def _was_asked(step: Step, spec: Common) -> dt.datetime | None:
    """Return when the last question to the actor that this answers was closed."""
    persons = {step.actor.id, *step.actor.principals}
    asked = (item for item in step.items if item.kind in spec.kinds and item.assignee_id in persons)
    return max((item.closed_at for item in asked if item.closed_at), default=None)


def _told(step: Step, spec: Common, at: dt.datetime | None) -> AlreadyDecided | None:
    query = select(Event.action, Event.at, Person.name).join(Person, Person.id == Event.actor_id)
    query = query.where(Event.case_id == step.case.id)
    query = query.where(Event.at == at) if at else query.where(Event.action.in_(spec.settled_by))
    last = step.session.execute(query.order_by(Event.seq.desc()).limit(1)).first()
    return AlreadyDecided(step.case.revision, last.action, last.name, last.at) if last else None
