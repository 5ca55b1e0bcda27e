"""Everything somebody has goes to one successor or back to its desks, in one act: for who leaves or moves (交接, F10).

What is his are questions he took or was given by name, advice he was asked for, copies, unsent requests, and deputy
orders. The cases are locked in the order of their numbers, changed together, and each keeps an event. No revision is
raised: nobody's open page gets stale by it.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, String, exists, func, insert, select, update
from sqlalchemy import cast as converted
from sqlalchemy.orm import Session

from models.cases import Case, Event, WorkItem
from models.deputies import Substitution
from models.outbox import OutboxRow
from models.people import SYSTEM_PERSON_ID, Person, Post
from workflow import desk, journal, people, processes, queues
from workflow.calendar import day_of
from workflow.deputies import ROLES
from workflow.holding import valid_on
from workflow.language import ASIDE
from workflow.step import Actor, Step, counted, queue_of
from workflow.world import World, world_of

POSTS, ACCOUNT = "posts", "account"
"""What ends with a hand-over: the posts of whoever moves on, or the account of whoever leaves."""
MOST_STRANDED = 200


@dataclass
class Handed:
    """What was handed over: how many went to the successor, and how many back to their desks."""

    successor: int = 0
    desks: int = 0
    drafts: int = 0
    orders_ended: int = 0
    orders_taken_over: int = 0
    cases: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Estate:
    """What somebody has now."""

    questions: int
    advice: int
    copies: int
    drafts: int
    orders: int

    @property
    def empty(self) -> bool:
        return not (self.questions or self.advice or self.copies or self.drafts or self.orders)


def estate(session: Session, person_id: int, day: dt.date) -> Estate:
    """Count what somebody has. Two statements."""
    kinds = dict.fromkeys((*ASIDE, ""), 0)
    for kind, number in session.execute(
        select(WorkItem.kind, func.count()).where(_his(person_id)).group_by(WorkItem.kind)
    ):
        kinds[kind if kind in ("advise", "copy") else ""] += number
    drafts = select(func.count()).select_from(Case).where(_unsent(person_id)).scalar_subquery()
    orders = select(func.count()).select_from(Substitution).where(_orders_of(person_id, day)).scalar_subquery()
    numbers = session.execute(select(drafts, orders)).one()
    return Estate(kinds[""], kinds["advise"], kinds["copy"], *numbers)


def leave(
    session: Session, person: Person, successor: Person | None, ends: str, by: int, now: dt.datetime
) -> Handed:
    """Hand over everything, then end the posts or the account. The caller commits.

    What the successor may not hold (another desk, or the rule of four eyes) goes back to its desk.
    """
    session.flush()
    numbers = sorted({person.id, *([successor.id] if successor else [])})
    session.execute(select(Person.id).where(Person.id.in_(numbers)).order_by(Person.id).with_for_update())
    handed = _hand_over(session, person, successor, _his(person.id), _unsent(person.id), by, now)
    _hand_over_orders(session, person, successor, by, now, handed)
    if ends == ACCOUNT:
        people.disable(session, person, now)
    else:
        people.end_posts(session, person, day_of(now) - dt.timedelta(days=1))
    session.flush()
    return handed


def give_back(session: Session, person: Person, queue: str, by: int, now: dt.datetime) -> Handed:
    """Lay what somebody has at one desk back on it, because his post there ended. The caller commits."""
    handed = _hand_over(session, person, None, _his(person.id) & (WorkItem.queue == queue), None, by, now)
    _end_groundless(session, person, by, now)
    return handed


def stranded(session: Session, now: dt.datetime) -> list[int]:
    """Return who has open items at desks where he does not sit any more, without taking any lock."""
    sits = exists().where(
        Post.person_id == WorkItem.assignee_id,
        WorkItem.queue == converted(Post.org_id, String) + ":" + Post.role,
        Person.id == Post.person_id,
        valid_on(day_of(now)),
    )
    query = select(WorkItem.assignee_id).where(WorkItem.open, WorkItem.assignee_id.is_not(None), ~sits)
    return [number for number in session.scalars(query.distinct().limit(MOST_STRANDED)) if number is not None]


def rescue(session: Session, person_id: int, now: dt.datetime) -> int:
    """Lay back what somebody has at desks where he does not sit any more; returns how much. The caller commits."""
    person = session.get_one(Person, person_id)
    held = set(queues_of(session, person_id, day_of(now))) if person.disabled_at is None else set()
    elsewhere = _his(person_id) & WorkItem.queue.not_in(held)
    return _hand_over(session, person, None, elsewhere, None, SYSTEM_PERSON_ID, now).desks


# ---- items and drafts ------------------------------------------------------------------------------------------------


def _his(person_id: int) -> Any:
    return WorkItem.open & (WorkItem.assignee_id == person_id)


def _unsent(person_id: int) -> Any:
    return (Case.applicant_id == person_id) & Case.submitted_at.is_(None) & Case.closed_at.is_(None)


def _hand_over(
    session: Session, person: Person, successor: Person | None, which: Any, drafts: Any, by: int, now: dt.datetime
) -> Handed:
    cases = _locked(session, which, drafts)
    by_case: dict[int, list[WorkItem]] = {}
    for item in session.scalars(select(WorkItem).where(which).order_by(WorkItem.id)):
        by_case.setdefault(item.case_id, []).append(item)
    today, handed, world = day_of(now), Handed(), world_of(session)
    held = set(queues_of(session, successor.id, today)) if successor else set()
    given: dict[bool, list[int]] = {True: [], False: []}
    drafted: dict[bool, list[int]] = {True: [], False: []}
    steps = []
    for case in cases:
        items = by_case.get(case.id, [])
        fit = [item for item in items if successor and _may_have(case, item, successor, held)]
        is_draft = drafts is not None and case.applicant_id == person.id and case.submitted_at is None
        if not items and not is_draft:
            continue  # it was answered, or sent, before the case was locked
        goes_over = is_draft and queue_of(case.applicant_org_id, "school_clerk") in held
        given[True] += [item.id for item in fit]
        given[False] += [item.id for item in items if item not in fit]
        drafted[goes_over] += [case.id] if is_draft else []
        handed.cases.append(case.no)
        step = Step(session, case, None, items, Actor(by, ""), world, now, {}, processes.of(case))
        _note(step, fit, successor if fit or goes_over else None, person)
        steps.append(step)
    _change(session, given, drafted, successor)
    _write(session, steps)
    handed.successor, handed.desks = len(given[True]), len(given[False])
    handed.drafts = len(drafted[True]) + len(drafted[False])
    return handed


def _locked(session: Session, which: Any, drafts: Any) -> list[Case]:
    """Return the cases in question, locked in the order of their numbers."""
    wanted = Case.id.in_(select(WorkItem.case_id).where(which))
    wanted = wanted | drafts if drafts is not None else wanted
    query = select(Case).where(wanted).order_by(Case.id).with_for_update()
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _may_have(case: Case, item: WorkItem, successor: Person, held: set[str]) -> bool:
    """Tell whether the successor sits at the item's desk and had no hand in the case that bars him (C7)."""
    barred = set() if item.kind in ASIDE else counted(case, queues.barred_as_known(case, item.kind))
    return item.queue in held and successor.id not in barred


def queues_of(session: Session, person_id: int, day: dt.date) -> list[str]:
    """Return the desks at which somebody sits on a day. One statement."""
    query = select(Post.org_id, Post.role).join(Person, Person.id == Post.person_id)
    return [queue_of(org, role) for org, role in session.execute(query.where(Person.id == person_id, valid_on(day)))]


TOLD = {"advise": "consulted", "copy": "copied", "second": "case_proposed"}
"""What a successor hears of items that the case does not wait for; of the others that they are his now."""


def _note(step: Step, fit: list[WorkItem], successor: Person | None, person: Person) -> None:
    """Make the case's event and what is told of it; both are written with those of the other cases."""
    items, case = step.items, step.case
    office = items[0].org_id if items else case.applicant_org_id
    step.facts = {"office": office, "from": {"id": person.id, "name": person.name}}
    if successor is not None:
        step.facts["handed_to"] = {"id": successor.id, "name": successor.name}
    for item in items:
        if item in fit and successor is not None:
            step.tell(TOLD.get(item.kind, "case_waiting"), f"{item.queue}@{successor.id}", item=item.id)
        elif item.kind not in ASIDE:
            step.tell("case_waiting", item.queue, item=item.id)
    journal.note(step, "hand_over", "", "")
    desk.post(step)


def _change(
    session: Session, given: dict[bool, list[int]], drafted: dict[bool, list[int]], successor: Person | None
) -> None:
    """Write who has what from now on: one statement for each group."""
    for goes_over, numbers in given.items():
        if numbers:
            to = successor.id if goes_over and successor else None
            session.execute(_set(WorkItem, numbers, assignee_id=to))
    if drafted[True] and successor:
        session.execute(_set(Case, drafted[True], applicant_id=successor.id))


def _set(kind: Any, numbers: Iterable[int], **values: Any) -> Any:
    return update(kind).where(kind.id.in_(list(numbers))).values(**values).execution_options(synchronize_session=False)


def _write(session: Session, steps: list[Step]) -> None:
    """Write the events, the notices and the heads of the chains of all cases."""
    rows: dict[Any, list[dict[str, Any]]] = {}
    for step in steps:
        for table, row in step.rows:
            rows.setdefault(table, []).append(row)
        step.rows.clear()
    for kind in (Event, OutboxRow):
        if found := rows.get(kind.__table__):
            session.execute(insert(kind), found)
    session.flush()  # last number and head of every chain, in one go


# ---- orders ----------------------------------------------------------------------------------------------------------


def _orders_of(person_id: int, day: dt.date) -> Any:
    """Orders that run or are to come, in which somebody stands in or is stood in for."""
    his = (Substitution.principal_id == person_id) | (Substitution.deputy_id == person_id)
    return his & Substitution.ended_at.is_(None) & (Substitution.valid_to >= day)


def _running(person: Person, day: dt.date) -> Select[Substitution]:
    return select(Substitution).where(_orders_of(person.id, day)).order_by(Substitution.id)


def _hand_over_orders(
    session: Session, person: Person, successor: Person | None, by: int, now: dt.datetime, handed: Handed
) -> None:
    """End every order; one in which he stood in for somebody goes on with the successor, if he may."""
    world, today = world_of(session), day_of(now)
    for order in list(session.scalars(_running(person, today))):
        order.ended_at, order.ended_by = now, by
        handed.orders_ended += 1
        if successor is None or person.id != order.deputy_id or successor.id == order.principal_id:
            continue
        if _has_ground(session, world, order, successor.id, today):
            taken = {name: getattr(order, name) for name in ("principal_id", "process", "org_id", "valid_to", "reason")}
            start = max(order.valid_from, today)
            session.add(Substitution(deputy_id=successor.id, valid_from=start, ordered_by=by, ordered_at=now, **taken))
            handed.orders_taken_over += 1


def _end_groundless(session: Session, person: Person, by: int, now: dt.datetime) -> None:
    """End the orders in which somebody stands in though he works neither at the office nor above it any more."""
    world, today = world_of(session), day_of(now)
    for order in session.scalars(_running(person, today)):
        if order.deputy_id == person.id and not _has_ground(session, world, order, person.id, today):
            order.ended_at, order.ended_by = now, by


def _has_ground(session: Session, world: World, order: Substitution, deputy_id: int, day: dt.date) -> bool:
    held = select(Post.org_id, Post.person_id).where(
        Post.person_id.in_((order.principal_id, deputy_id)), Post.role.in_(ROLES),
        Post.valid_to.is_(None) | (Post.valid_to >= day),
    )  # fmt: skip
    works: dict[int, set[int]] = {order.principal_id: set(), deputy_id: set()}
    for org, person in session.execute(held):
        works[person].add(org)
    places = {order.org_id} if order.org_id else works[order.principal_id]
    return all(works[deputy_id] & {one.id for one in world.upwards(world.office(place))} for place in places)
