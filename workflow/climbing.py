"""A question that goes to the office above: because nobody is at the desk, or because its holder hands it up."""

from collections.abc import Iterable

from sqlalchemy import select

from models.cases import CaseScope, WorkItem
from workflow import deputies, desk, rights
from workflow.holding import holders
from workflow.rights import leaders_of
from workflow.step import Step, counted, queue_of
from workflow.world import Office

CLIMBS = ("decide", "arrive", "record", "task", "review", "rule", "confirm")
"""Kinds of items that another office can answer; a correction, or what a school says, is the school's alone."""


def next_desk(step: Step, item: WorkItem) -> tuple[Office, str] | None:
    """Return the nearest office above with somebody who may answer the item, and the desk there."""
    role = item.queue.partition(":")[2]
    same = "dept_clerk" if role.endswith("_clerk") else role
    upper = [one for one in step.world.upwards(step.world.office(item.org_id)) if one.id != item.org_id]
    desks = [(one, queue) for one in upper for queue in dict.fromkeys([queue_of(one.id, same), leaders_of(one)])]
    fit = able(step, item, [queue for _, queue in desks])
    return next(((office, queue) for office, queue in desks if queue in fit), None)


def able(step: Step, item: WorkItem, queues: Iterable[str]) -> set[str]:
    """Return the queues in which somebody may answer the item; a signature needs one who has not signed yet (C7).

    Whoever sits there counts also while a deputy fills in for him; a deputy of somebody barred is barred like him.
    """
    sitting = holders(step.session, queues, step.today)
    barred = counted(step.case, rights.barred_from(step, item))
    persons = set().union(*sitting.values()) - barred
    filling_in = deputies.principals_of(step.session, persons, step.today, step.case.process) if barred else {}
    fit = {person for person in persons if not filling_in.get(person, set()) & barred}
    return {queue for queue, there in sitting.items() if there & fit}


def desk_below(item: WorkItem) -> str:
    """Return the desk from which the question came up; empty if it came from none."""
    desks: list[str] = item.due_rule.get("climbed_desks", [])
    return desks[-1] if desks else ""


def put_down(step: Step, item: WorkItem) -> None:
    """Put the question back to the desk from which it came up; the deadline stands."""
    *offices, office = item.due_rule["climbed_from"]
    *desks, queue = item.due_rule["climbed_desks"]
    rule = {**item.due_rule, "climbed_from": offices, "climbed_desks": desks}
    item.due_rule = {name: value for name, value in rule.items() if value or not name.startswith("climbed_")}
    item.queue, item.org_id, item.assignee_id = queue, office, None


def move(step: Step, item: WorkItem, office: Office, queue: str) -> None:
    """Put the question to the desk above. Its answer counts for the office it comes from; the deadline stands."""
    came_from = [*item.due_rule.get("climbed_from", []), item.org_id]
    desks = [*item.due_rule.get("climbed_desks", []), item.queue]
    item.due_rule = {**item.due_rule, "climbed_from": came_from, "climbed_desks": desks}
    item.queue, item.org_id, item.assignee_id = queue, office.id, None
    known = set(step.session.scalars(select(CaseScope.org_id).where(CaseScope.case_id == step.case.id)))
    desk.open_scope(step, known)
