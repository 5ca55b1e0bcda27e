"""Who of several at a desk gets a new question: everybody may take it, or it is handed out by a rule (轮流、专人 …).

What is handed out lies with one person by name, as if he had taken it: he may put it back, his leader may hand it on,
his deputy sees it. Nobody gets a question that he may not answer, and a desk with one person needs no rule.
"""

import datetime as dt
import hashlib
from collections.abc import Callable

from sqlalchemy import func, select

from models.cases import WorkItem
from workflow import rights
from workflow.colleagues import Colleague, sitting
from workflow.language import ASIDE
from workflow.policies import look_up, stage_of
from workflow.step import Actor, Step, counted
from workflow.world import World

OFFER, FAMILIAR, TURNS = "offer", "familiar", "turns"
SHORTEST, EXPERIENCED, RANDOM = "shortest", "experienced", "random"
MANNERS = {
    OFFER: "不分派：岗位上的人都能办，谁先办算谁的",
    FAMILIAR: "沿用：同一事项由先前办过的人接着办",
    TURNS: "轮流分派",
    SHORTEST: "分派给手上最少的人",
    EXPERIENCED: "分派给一年内办过最多同类事项的人",
    RANDOM: "随机分派",
}
"""What a jurisdiction may choose (policy `desk.distribution`)."""
NOT_HANDED_OUT = (*ASIDE, "correct", "object")
YEAR = dt.timedelta(days=365)


def holder(step: Step, item: WorkItem) -> int | None:
    """Return who gets the new question; None where everybody at the desk may take it."""
    if item.kind in NOT_HANDED_OUT or "instead_of" in item.due_rule:
        return None
    office = step.world.office(item.org_id)
    side = "school" if office.is_school else "department"
    manner = look_up(step.world, "desk.distribution", office, step.today).value[side]
    named = look_up(step.world, "desk.named", office, step.today, _stage(step)).value
    if manner == OFFER and not named:
        return None
    there = _fit(step, item)
    if len(there) < 2:
        return None
    wanted = next((one for name in named for one in there if one.username == name), None)
    if wanted:
        return wanted.id
    chosen = _CHOOSERS[manner](step, item, there) if manner != OFFER else None
    return chosen.id if chosen else None


def shows_taken(world: World, actor: Actor, day: dt.date) -> bool:
    """Tell whether an officer sees what his colleagues have by name: where one of his offices lets him."""
    offices = {desk.org_id for desk in actor.desks}
    return any(look_up(world, "desk.taken", world.office(one), day).value == "show" for one in offices)


def _stage(step: Step) -> str | None:
    return stage_of(getattr(step.subject, "target_grade", None))


def _fit(step: Step, item: WorkItem) -> list[Colleague]:
    """Return who sits at the desk and may answer, in the order of their accounts."""
    org, _, role = item.queue.partition(":")
    barred = counted(step.case, rights.barred_from(step, item))
    found = sitting(step.session, [int(org)], [role], step.today)
    return sorted((one for one in found if one.id not in barred), key=lambda one: one.id)


def _familiar(step: Step, item: WorkItem, there: list[Colleague]) -> Colleague | None:
    """Whoever answered at this desk last; in a fresh case nobody."""
    answered = [one for one in step.items if one.closed_by and one.queue == item.queue]
    latest = sorted(answered, key=lambda one: (one.closed_at, one.id), reverse=True)
    return next((one for past in latest for one in there if one.id == past.closed_by), None)


def _in_turn(step: Step, item: WorkItem, there: list[Colleague]) -> Colleague | None:
    return there[step.numbers.serial(f"desk:{item.queue}") % len(there)]


def _shortest(step: Step, item: WorkItem, there: list[Colleague]) -> Colleague | None:
    mine = WorkItem.assignee_id.in_([one.id for one in there])
    query = select(WorkItem.assignee_id, func.count()).where(WorkItem.open, mine).group_by(WorkItem.assignee_id)
    waiting = {row[0]: row[1] for row in step.session.execute(query)}
    return min(there, key=lambda one: (waiting.get(one.id, 0), one.id))


def _experienced(step: Step, item: WorkItem, there: list[Colleague]) -> Colleague | None:
    same = WorkItem.closed_by.in_([one.id for one in there]) & (WorkItem.step == item.step)
    query = select(WorkItem.closed_by, func.count()).where(same, WorkItem.closed_at > step.now - YEAR)
    done = {row[0]: row[1] for row in step.session.execute(query.group_by(WorkItem.closed_by))}
    best = max(there, key=lambda one: (done.get(one.id, 0), -one.id))
    return best if done else None


def _by_lot(step: Step, item: WorkItem, there: list[Colleague]) -> Colleague | None:
    """As good as by lot, and the same again for the same event, so that it can be checked."""
    drawn = hashlib.sha256(f"{step.case.no}:{step.case.last_seq}:{item.queue}".encode()).digest()
    return there[int.from_bytes(drawn[:8], "big") % len(there)]


_CHOOSERS: dict[str, Callable[[Step, WorkItem, list[Colleague]], Colleague | None]] = {
    FAMILIAR: _familiar,
    TURNS: _in_turn,
    SHORTEST: _shortest,
    EXPERIENCED: _experienced,
    RANDOM: _by_lot,
}
