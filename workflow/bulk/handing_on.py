"""Many questions handed on to one colleague (转办): who can have which of them, and why one stays."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy.orm import Session

from workflow import deputies, payload, rights
from workflow.acts import COMMON, people
from workflow.bulk.judging import HANDING_ON, Judged
from workflow.calendar import day_of
from workflow.colleagues import Colleague
from workflow.errors import Reason


def look_around(session: Session, found: Sequence[Judged], now: dt.datetime) -> None:
    """Let every question know whom the people at its desk stand in for: one statement for each kind of business."""
    persons = {person.id for one in found for person in people.around(one.step)}
    kinds = {one.line.process for one in found}
    known = {kind: deputies.principals_of(session, persons, day_of(now), kind) for kind in kinds}
    for one in found:
        one.step.cache["principals"] = known[one.line.process]


def candidates(one: Judged) -> list[Colleague]:
    """Return who can have a question; nobody where it stays. The desks must have been looked around."""
    if one.stays or rights.right_to(one.step, COMMON[HANDING_ON]) is not None:
        return []
    step, there = one.step, people.at_the_same_desk(one.step)
    barred = people.barred(step, step.question)
    return [each for each in there if not people.stood_in_for(step, each) & barred]


def faults(one: Judged, values: dict[str, object]) -> list[Reason]:
    """Return what is wrong with whom a question is handed on to, and with the words. The desk was looked around."""
    step, spec = one.step, COMMON[HANDING_ON]
    right = rights.right_to(step, spec)
    if right is not None:
        return [right]
    step.payload = dict(values)
    return list(payload.faults(step, spec, {**step.process.checks, **spec.checks}))
