"""Deputies (代理): who fills in for whom today. Orders are looked up when a case is read or decided, items untouched.

An order ends by itself with its period, with the post it is about, and with either account. Nobody stands in for
somebody through a third person: what a deputy fills in for are the principal's own posts.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, ScalarSelect, String, bindparam, func, or_, select
from sqlalchemy import cast as converted
from sqlalchemy.orm import Session, aliased

from models.cases import Case
from models.deputies import Substitution
from models.people import Person, Post
from workflow.calendar import day_of
from workflow.step import Desk, StandIn

ROLES = ("school_clerk", "school_leader", "check_operator", "dept_clerk", "dept_leader", "arbitrator")
"""Posts that can be filled in for. The three administrators keep each other in check; nobody does their work."""
REMEMBERED = dt.timedelta(days=60)
"""So long somebody who comes too late is told that he stands in for nobody any more."""
_NEXT, _WITHIN = "\x1e", "\x1f"
_DAY: BindParameter[dt.date] = bindparam("day")


def column(person: Any) -> ScalarSelect[str]:
    """The posts that a person fills in for on `day`, as one text for `stand_ins_of`; other questions carry it along."""
    principal, post, order = aliased(Person), aliased(Post), aliased(Substitution)
    parts: list[Any] = [converted(principal.id, String), converted(post.org_id, String), post.role, order.process]
    words = parts[0]
    for part in [*parts[1:], principal.name]:
        words = words + _WITHIN + part
    query = (
        select(func.aggregate_strings(words, _NEXT))
        .select_from(order)
        .join(principal, principal.id == order.principal_id)
        .join(post, post.person_id == principal.id)
        .where(order.deputy_id == person, running(order, _DAY), principal.disabled_at.is_(None))
        .where(post.role.in_(ROLES), post.valid_from <= _DAY, or_(post.valid_to.is_(None), post.valid_to >= _DAY))
        .where(or_(order.org_id.is_(None), order.org_id == post.org_id))
    )
    return query.scalar_subquery()


def stand_ins_of(orders: str | None) -> tuple[StandIn, ...]:
    """Return the posts of `column`, in a steady order."""
    found = (one.split(_WITHIN) for one in (orders or "").split(_NEXT) if one)
    desks = {StandIn(int(one), name, Desk(int(org), role), process) for one, org, role, process, name in found}
    return tuple(sorted(desks, key=lambda one: (one.person_id, one.desk.queue, one.process)))


def running(order: Any, day: Any) -> ColumnElement[bool]:
    """Return the condition under which an order holds on a day."""
    held: ColumnElement[bool] = (order.valid_from <= day) & (order.valid_to >= day) & order.ended_at.is_(None)
    return held


def standing_in(
    session: Session, persons: Iterable[int], day: dt.date, *, case_id: int | None = None, org_id: int | None = None
) -> dict[int, list[int]]:
    """Return {principal: deputies} of these persons on `day`, for messages that a deputy gets too. One statement.

    With `case_id` and `org_id` only orders that reach this case at that office count.
    """
    query = (
        select(Substitution.principal_id, Substitution.deputy_id)
        .join(Person, Person.id == Substitution.deputy_id)
        .where(Substitution.principal_id.in_(set(persons)), running(Substitution, day), Person.disabled_at.is_(None))
        .order_by(Substitution.id)
    )
    if case_id is not None:
        kind = select(Case.process).where(Case.id == case_id).scalar_subquery()
        query = query.where((Substitution.process == "") | (Substitution.process == kind))
    if org_id is not None:
        query = query.where(or_(Substitution.org_id.is_(None), Substitution.org_id == org_id))
    found: dict[int, list[int]] = {}
    for principal, deputy in session.execute(query):
        if deputy not in found.setdefault(principal, []):
            found[principal].append(deputy)
    return found


def lapsed(
    session: Session, deputy: int, process: str, org_ids: Iterable[int], day: dt.date
) -> tuple[str, dt.date] | None:
    """Return for whom, and until when, somebody stood in lately at one of these offices; None if he never did."""
    ended = or_(Substitution.ended_at.is_not(None), Substitution.valid_to < day)
    query = (
        select(Person.name, Substitution.valid_to, Substitution.ended_at)
        .join(Person, Person.id == Substitution.principal_id)
        .join(Post, Post.person_id == Person.id)
        .where(Substitution.deputy_id == deputy, ended, Substitution.valid_to >= day - REMEMBERED)
        .where(Substitution.process.in_(("", process)), Post.org_id.in_(set(org_ids)), Post.role.in_(ROLES))
        .where(or_(Substitution.org_id.is_(None), Substitution.org_id == Post.org_id))
        .order_by(Substitution.id.desc())
        .limit(1)
    )
    row = session.execute(query).first()
    return (row.name, day_of(row.ended_at) if row.ended_at else row.valid_to) if row else None


def principals_of(session: Session, persons: Iterable[int], day: dt.date, process: str) -> dict[int, set[int]]:
    """Return {deputy: principals} of these persons on `day` in this kind of case. One statement."""
    persons = set(persons)
    if not persons:
        return {}
    query = select(Substitution.deputy_id, Substitution.principal_id).where(
        Substitution.deputy_id.in_(persons), running(Substitution, day), Substitution.process.in_(("", process))
    )
    found: dict[int, set[int]] = {}
    for deputy, principal in session.execute(query):
        found.setdefault(deputy, set()).add(principal)
    return found
