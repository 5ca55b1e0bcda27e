"""Whom an act may name: people at the offices around a case, found by user name or public id."""

from collections.abc import Callable
from typing import Any

from models.cases import WorkItem
from workflow import deputies, rights
from workflow.colleagues import Colleague, find, sitting
from workflow.problems import sight
from workflow.problems.lists import OF_SIDES
from workflow.step import Step, counted

Candidates = Callable[[Step], list[Colleague]]
NEAR = 2
"""An office and the one above it."""


def around(step: Step) -> list[Colleague]:
    """Return who reads cases at the offices around the case. One statement for each step."""
    if "around" not in step.cache:
        step.cache["around"] = sitting(step.session, offices(step), rights.READERS, step.today)
    found: list[Colleague] = step.cache["around"]
    return found


def offices(step: Step) -> set[int]:
    """Return the actor's own offices and those that take part; a side of a problem learns of none but its own line."""
    own = set(step.actor.org_ids)
    if step.case.process not in OF_SIDES or (step.case.process == "problem" and sight.sees_all(step)):
        return own | rights.involved(step)
    if step.case.process == "undo":
        return own
    lines = [list(step.world.upwards(step.world.office(number))) for number in own]
    involved = rights.involved(step)
    return own | {one.id for line in lines for place, one in enumerate(line) if place < NEAR or one.id in involved}


def may_be_asked(step: Step) -> list[Colleague]:
    """Return who may be asked for advice, or told by a copy: everybody around the case but the actor himself."""
    return [one for one in around(step) if one.id != step.actor.id]


def below(step: Step, value: str) -> Colleague | None:
    """Return somebody at an office under the actor's own by his user name; he is not in any list."""
    subtree = {number for own in step.actor.org_ids for number in step.world.below(own)}
    return find(step.session, value, subtree - offices(step), rights.READERS, step.today)


def at_the_same_desk(step: Step) -> list[Colleague]:
    """Return who may hold the question beside whoever has it: same office, same role, and not barred from it (C7)."""
    item = step.item
    if item is None:
        return []
    out = barred(step, item) | {item.assignee_id or step.actor.id} | _other_seats(step)
    return [one for one in around(step) if one.queue == item.queue and one.id not in out]


def may_answer(step: Step, item: WorkItem) -> bool:
    """Tell whether nothing the actor did before, or somebody for him, bars him from the question (C7)."""
    return not step.had_a_hand(rights.barred_from(step, item))


def barred(step: Step, item: WorkItem) -> set[int]:
    """Return who may not answer the question because of an earlier hand in the case (C7)."""
    return counted(step.case, rights.barred_from(step, item))


def stood_in_for(step: Step, one: Colleague) -> set[int]:
    """Return for whom a colleague fills in before this kind of case. One statement for each step."""
    if "principals" not in step.cache:
        step.cache["principals"] = deputies.principals_of(step.session, [one.id], step.today, step.case.process)
    found: dict[int, set[int]] = step.cache["principals"]
    return found.get(one.id, set())


def _other_seats(step: Step) -> set[int]:
    """Who already has a vote of his own where several sign."""
    asking = step.item.due_rule.get("asking") if step.item else None
    if asking is None:
        return set()
    seats = (one for one in step.items if one is not step.item and one.due_rule.get("asking") == asking)
    return {person for one in seats for person in (one.assignee_id, one.closed_by) if person}


def named(
    candidates: Candidates, otherwise: str, nobody: str, beyond: Callable[[Step, str], Colleague | None] | None = None
) -> Callable[[Step, Any], str | None]:
    """Return the check that what was typed (user name, public id, or a name that only one has) names a candidate.

    He is kept with the step. `beyond` may know somebody who is in no list. `otherwise` is said of anybody else,
    `nobody` where there are no candidates at all.
    """

    def check(step: Step, value: Any) -> str | None:
        there = candidates(step)
        found = _matching(there, value)
        if not found and beyond and isinstance(value, str) and (known := beyond(step, value)):
            found = [known]
        if not found:
            return otherwise if there else nobody
        if len({one.id for one in found}) > 1:
            return f"有几位{value}，请填写用户名：" + "、".join(dict.fromkeys(one.username for one in found))
        step.cache["named"] = found[0]
        step.private.add("person")
        return None

    return check


def _matching(there: list[Colleague], value: Any) -> list[Colleague]:
    """Return who is meant by a user name, a public id, or else by his name."""
    exact = [one for one in there if value in (one.username, one.public_id)]
    return exact or [one for one in there if value == one.name]


def chosen(step: Step) -> Colleague:
    """Return whom the act names."""
    found: Colleague = step.cache["named"]
    return found


def told(one: Colleague) -> dict[str, Any]:
    """Return what an event says of whom it names."""
    return {"id": one.id, "name": one.name}
