"""Whom an act may name: people at the offices around a case, found by user name or public id."""

from collections.abc import Callable
from typing import Any

from models.cases import WorkItem
from workflow import rights
from workflow.colleagues import Colleague, sitting
from workflow.step import Step, counted

Candidates = Callable[[Step], list[Colleague]]


def around(step: Step) -> list[Colleague]:
    """Return who reads cases at the offices that take part, and at the actor's own. One statement for each step."""
    if "around" not in step.cache:
        offices = rights.involved(step) | step.actor.org_ids
        step.cache["around"] = sitting(step.session, offices, rights.READERS, step.today)
    found: list[Colleague] = step.cache["around"]
    return found


def at_the_same_desk(step: Step) -> list[Colleague]:
    """Return who may hold the question beside whoever has it: same office, same role, and not barred from it (C7)."""
    item = step.item
    if item is None:
        return []
    out = barred(step, item) | {item.assignee_id or step.actor.id} | _other_seats(step)
    return [one for one in around(step) if one.queue == item.queue and one.id not in out]


def barred(step: Step, item: WorkItem) -> set[int]:
    """Return who may not answer the question because of an earlier hand in the case (C7)."""
    return counted(step.case, rights.barred_from(step, item))


def _other_seats(step: Step) -> set[int]:
    """Who already has a vote of his own where several sign."""
    asking = step.item.due_rule.get("asking") if step.item else None
    if asking is None:
        return set()
    seats = (one for one in step.items if one is not step.item and one.due_rule.get("asking") == asking)
    return {person for one in seats for person in (one.assignee_id, one.closed_by) if person}


def named(candidates: Candidates, otherwise: str, nobody: str) -> Callable[[Step, Any], str | None]:
    """Return the check that a typed user name or public id names one of the candidates; he is kept with the step.

    `otherwise` is said of anybody else, `nobody` where there are no candidates at all.
    """

    def check(step: Step, value: Any) -> str | None:
        there = candidates(step)
        found = [one for one in there if isinstance(value, str) and value in (one.username, one.public_id)]
        if not found:
            return otherwise if there else nobody
        step.cache["named"] = found[0]
        step.private.add("person")
        return None

    return check


def chosen(step: Step) -> Colleague:
    """Return whom the act names."""
    found: Colleague = step.cache["named"]
    return found


def told(one: Colleague) -> dict[str, Any]:
    """Return what an event says of whom it names."""
    return {"id": one.id, "name": one.name}
