"""What figures count: a question that an office owes an answer, how long it took, and why it was sent back.

The name of a step and the days it took are kept with the work item, so that a figure over a million of them is one
pass over an index and never needs a calendar.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, cast

from sqlalchemy import Table

from models.cases import Case, StepCause, WorkItem
from workflow import returns
from workflow.calendar import day_of
from workflow.step import Step
from workflow.world import World

NOT_OWED = ("copy", "object", "advise", "second")
"""Kinds of items the case waits for nobody to answer: copies to read, the right to object, advice, proposals."""
RETURNS = ("return", "send_back", "return_side", "return_ruling", "return_deletion", "return_number", "back_to_sides")
REFUSALS = ("refuse",)
"""Outcomes of a step by which it goes back, or is not agreed to."""
OTHER = "其他"
CAUSE = cast(Table, StepCause.__table__)


def name_of(case: Case, kind: str) -> str | None:
    """Return what figures call a question of this kind in the case's present phase; None if no office owes it."""
    if kind in NOT_OWED or case.submitted_at is None:  # a draft is nobody's business but its school's
        return None
    return f"{case.process}/{case.phase}/{kind}"


def note_answer(step: Step, item: WorkItem) -> None:
    """Keep with a question that a person has just answered how long it took, and the causes that were ticked."""
    if item.step is None or step.actor.is_system:
        return
    item.took = days_taken(step.world, item, step.now)
    causes = causes_of(step.case.process, item.outcome or "", step.payload)
    step.rows += [(CAUSE, {"work_item_id": item.id, "cause": cause}) for cause in causes]


def days_taken(world: World, item: WorkItem, end: dt.datetime) -> int:
    """Return the working days between asking and `end` by the calendar of the office, less those of pauses.

    Counted as deadlines are: the day after the question is the first. `paused` of the rule are working days.
    """
    calendar = world.calendar(world.offices.get(item.org_id))
    days = calendar.working_days_between(day_of(item.opened_at), day_of(end))
    return max(0, days - int(item.due_rule.get("paused", 0)))


def causes_of(process: str, outcome: str, told: Mapping[str, Any]) -> list[str]:
    """Return why something went back or was refused, as far as it was ticked in a list; free words count as "other"."""
    if outcome in REFUSALS:
        return [str(told["cause"])] if told.get("cause") else []
    if outcome not in RETURNS:
        return []
    ticked: Iterable[str] = told.get("items") or ()
    known = returns.ITEMS.get(process, ())
    return list(dict.fromkeys(item if item in known else OTHER for item in ticked))
