"""Queues and the people in them. A question that nobody can answer raises an alarm, then goes to the office above."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from models.cases import Case, Timer, WorkItem
from models.people import SYSTEM_PERSON_ID
from workflow import climbing, counting, engine
from workflow.calendar import Calendar, day_of
from workflow.holding import CHUNK, holders
from workflow.language import ASIDE
from workflow.noting import above, note
from workflow.policies import look_up
from workflow.rights import applicants, leaders_of, signers
from workflow.step import Step, counted, queue_of
from workflow.world import Office

NEWEST = 500
"""So many new questions are checked for holders who may not sign (four eyes) in one round."""
AT_MOST = 200
SIGNED = ("decide", "rule", "confirm")
"""Kinds that a person may be barred from because of what he did before in the same case."""


@dataclass(frozen=True)
class Unattended:
    """An open item whose queue has nobody who could answer it."""

    no: str
    item_id: int


def unattended(session: Session, now: dt.datetime) -> list[Unattended]:
    """Return the open items that nobody can answer and for which no alarm is running, without taking any lock."""
    day = day_of(now)
    by_queue = holders(session, open_queues(session), day)
    empty = [queue for queue, persons in by_queue.items() if not persons]
    found: dict[int, Unattended] = {}
    for start in range(0, len(empty), CHUNK):
        chosen = _calm_items().where(WorkItem.queue.in_(empty[start : start + CHUNK])).limit(AT_MOST)
        found |= {item_id: Unattended(no, item_id) for no, item_id in session.execute(chosen)}
    for item_id, no in _barred(session, by_queue):
        found.setdefault(item_id, Unattended(no, item_id))
    return list(found.values())[:AT_MOST]


def raise_alarm(session: Session, one: Unattended, now: dt.datetime) -> bool:
    """Say that nobody is at the desk and set the moment at which the office above takes over. The caller commits."""
    step = engine.locked_step(session, one.no, SYSTEM_PERSON_ID, now)
    item = next((item for item in step.open_items if item.id == one.item_id), None)
    return item is not None and care_for(step, item)


def care_for(step: Step, item: WorkItem) -> bool:
    """Raise the alarm for one item of a locked case if nobody can answer it; False if all is well or it was raised."""
    if climbing.able(step, item, [item.queue]) or _alarm_is_running(step, item):
        return False
    office = step.world.office(item.org_id)
    hours = int(look_up(step.world, "queue.grace_hours", office, step.today).value)
    climb_at = _after(counting.calendar_of(step.world, item), step.now, hours)
    step.session.add(Timer(case_id=step.case.id, work_item_id=item.id, kind="climb", due_at=climb_at))
    known = _desk_is_known_empty(step, item)
    tell = [("post_vacant", queue) for queue in _who_can_help(step, item, office)] if not known else []
    note(step, "alarm", item, tell=tell, queue=item.queue, waiting=_waiting(step, item), climbs_at=climb_at.isoformat())
    return True


def _after(calendar: Calendar, now: dt.datetime, hours: int) -> dt.datetime:
    """Return when so many hours are over; a day of rest is none on which an office could find somebody."""
    day, ends = day_of(now), now + dt.timedelta(hours=hours)
    while day <= day_of(ends):
        if not calendar.is_working(day):
            ends += dt.timedelta(days=1)
        day += dt.timedelta(days=1)
    return ends


def climb(step: Step, item_id: int | None) -> None:
    """Offer an item that still nobody can answer to the next authority above that has somebody. Case is locked.

    The deadline stands: the family's term does not grow because an office has a gap. Where no office above has anybody
    either, the item stays and the watch raises the next alarm.
    """
    item = next((item for item in step.open_items if item.id == item_id), None)
    if item is None or item.kind not in climbing.CLIMBS or climbing.able(step, item, [item.queue]):
        return
    found = climbing.next_desk(step, item)
    if found is None:
        return
    before = item.org_id
    climbing.move(step, item, *found)
    note(step, "climb", item, tell=[("case_waiting", item.queue)], instead_of=before)


def barred_as_known(case: Case, kind: str) -> set[int]:
    """Who may not sign this question, as far as the case alone tells (guard C7).

    Whoever reviewed a side of a problem does not rule, and whoever drafted a ruling does not confirm it.
    """
    if kind == "decide":
        return applicants(case) | signers(case)
    if kind not in ("rule", "confirm"):
        return set()
    reviewed = {person for persons in case.state.get("reviews", {}).values() for person in persons}
    return reviewed | ({case.state.get("drafted_by", 0)} if kind == "confirm" else set())


def _alarm_is_running(step: Step, item: WorkItem) -> bool:
    pending = (Timer.work_item_id == item.id) & (Timer.kind == "climb") & Timer.fired_at.is_(None)
    return step.session.scalar(select(Timer.id).where(Timer.case_id == step.case.id, pending).limit(1)) is not None


def _desk_is_known_empty(step: Step, item: WorkItem) -> bool:
    """Whether an alarm runs for another question of this desk: who can help was told then, and once is enough."""
    others = select(Timer.id).join(WorkItem, WorkItem.id == Timer.work_item_id)
    running = (Timer.kind == "climb") & Timer.fired_at.is_(None) & (WorkItem.id != item.id)
    return step.session.scalar(others.where(running, WorkItem.queue == item.queue, WorkItem.open).limit(1)) is not None


def _waiting(step: Step, item: WorkItem) -> int:
    """How many questions lie at the desk that nobody sits at."""
    there = select(func.count()).select_from(WorkItem)
    here = (WorkItem.queue == item.queue) & WorkItem.open & WorkItem.kind.not_in(ASIDE)
    return step.session.scalar(there.where(here)) or 0


def _who_can_help(step: Step, item: WorkItem, office: Office) -> list[str]:
    """The leader of the office, the one above, and the nearest administrators: somebody must fill the post."""
    upper = above(step, office)
    asked = [leaders_of(office), leaders_of(upper) if upper else ""]
    chain = [one.id for one in step.world.upwards(office)]
    for role in ("security_admin", "system_admin"):
        by_queue = holders(step.session, [queue_of(number, role) for number in chain], step.today)
        asked.append(next((q for number in chain if by_queue[q := queue_of(number, role)]), ""))
    return [queue for queue in asked if queue and queue != item.queue]


def open_queues(session: Session) -> list[str]:
    """Every queue with an open item, hopping from one to the next in the index instead of reading all items."""
    first = select(WorkItem.queue).where(WorkItem.open).order_by(WorkItem.queue).limit(1)
    start = select(first.scalar_subquery().label("queue")).cte("open_queue", recursive=True)
    following = first.where(WorkItem.queue > start.c.queue).correlate(start).scalar_subquery()
    hop = start.union_all(select(following).where(start.c.queue.is_not(None)))
    return [queue for queue in session.scalars(select(hop.c.queue)) if queue is not None]


def _calm_items() -> Select[str, int]:
    running = exists().where(Timer.work_item_id == WorkItem.id, Timer.kind == "climb", Timer.fired_at.is_(None))
    on_this_case = running.where(Timer.case_id == WorkItem.case_id)
    query = select(Case.no, WorkItem.id).join(Case, Case.id == WorkItem.case_id)
    return query.where(WorkItem.open, WorkItem.kind.not_in(ASIDE), ~on_this_case).order_by(WorkItem.id)


def _barred(session: Session, by_queue: dict[str, set[int]]) -> list[tuple[int, str]]:
    """Among the newest questions, those whose every holder has already signed in the same case."""
    columns = (WorkItem.id, WorkItem.queue, WorkItem.kind, Case)
    query = _calm_items().with_only_columns(*columns).where(WorkItem.kind.in_(SIGNED))
    newest = query.order_by(None).order_by(WorkItem.id.desc()).limit(NEWEST)
    return [
        (item_id, case.no)
        for item_id, queue, kind, case in session.execute(newest)
        if by_queue.get(queue) and not by_queue[queue] - counted(case, barred_as_known(case, kind))
    ]
