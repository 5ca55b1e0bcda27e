"""What a step reads: the case under its lock, then all that is about it and whoever acts, in one statement each.

What it returns are plain records: no session knows them, and `ledger.changed` tells what a step changed in them.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from sqlalchemy import BindParameter, ScalarSelect, String, Table, bindparam, func, select
from sqlalchemy import cast as converted
from sqlalchemy.orm import Session

from models.cases import Case, Command, WorkItem
from models.people import Person, Post
from workflow import deputies, records
from workflow.calendar import day_of
from workflow.errors import NotFound
from workflow.row_numbers import next_number
from workflow.step import Actor, Desk
from workflow.world import stamp_column

ITEM = cast(Table, WorkItem.__table__)


@dataclass(frozen=True)
class Reading:
    """Everything a step starts from, beside its case. `digest` and `answer` belong to an earlier, equal request."""

    actor: Actor
    digest: bytes | None
    answer: dict[str, Any]
    stamp: int
    number: int
    """What the next work item will be numbered."""
    subject: Any
    items: list[WorkItem]


def locked(session: Session, no: str) -> Case:
    """Return the case as it is now, locked until the commit. Raises NotFound."""
    row = session.connection().execute(_LOCK, {"no": no}).one_or_none()
    if row is None:
        raise NotFound
    return records.read(Case, row)


def all_about(session: Session, case: Case, about: Any, person_id: int, key: str, now: dt.datetime) -> Reading:
    """Read what `about` keeps of the case, its work items, and the person with the request of that key.

    The question comes after the lock, so that it sees what was committed while the lock was waited for.
    """
    connection = session.connection()
    given = {"case": case.id, "person": person_id, "key": key, "day": day_of(now)}
    rows = connection.execute(_query(about, connection.dialect.name), given).all()
    if not rows:
        raise NotFound
    number, name, posts, orders, digest, answer, stamp, next_item, *rest = rows[0]
    width = len(about.__table__.c) if about else 0
    return Reading(
        actor=actor_of(number, name, posts, orders),
        digest=digest,
        answer=answer or {},
        stamp=int(stamp),
        number=int(next_item),
        subject=records.read(about, rest[:width]) if about else None,
        items=[records.read(WorkItem, row[-len(ITEM.c) :]) for row in rows if row[-len(ITEM.c)] is not None],
    )


def posts_column() -> ScalarSelect[str]:
    """The posts a person holds on `day`, as one text that `desks_of` reads; other questions carry it along."""
    day: BindParameter[dt.date] = bindparam("day")
    place = converted(Post.org_id, String) + ":" + Post.role + ":" + func.coalesce(converted(Post.class_id, String), "")
    held = (Post.valid_from <= day) & (Post.valid_to.is_(None) | (Post.valid_to >= day))
    words = select(func.aggregate_strings(place, " ")).where(Post.person_id == bindparam("person"), held)
    return words.scalar_subquery()


def actor_of(number: int, name: str, posts: str | None, orders: str | None) -> Actor:
    """Return a person from the texts of `posts_column` and `deputies.column`; who has no post stands in for nobody."""
    desks = desks_of(posts)
    return Actor(number, name, desks, deputies.stand_ins_of(orders) if desks else ())


def desks_of(posts: str | None) -> tuple[Desk, ...]:
    """Return the posts of `posts_column`."""
    places = (word.split(":") for word in (posts or "").split())
    return tuple(Desk(int(org), role, int(room) if room else None) for org, role, room in places)


@cache
def _query(about: Any, dialect: str) -> Any:
    """One row for each work item; the work item stands last, what belongs to all of them before it."""
    number: BindParameter[int] = bindparam("case")
    stored = (Command.actor_id == Person.id) & (Command.key == bindparam("key"))
    orders = deputies.column(bindparam("person"))
    here = (Person.id, Person.name, posts_column(), orders, Command.digest, Command.answer, stamp_column())
    kept = about.__table__.c if about else ()
    query = select(*here, next_number(ITEM, dialect), *kept, *ITEM.c).select_from(Person).outerjoin(Command, stored)
    if about:
        query = query.join(about, about.case_id == number)
    query = query.outerjoin(ITEM, ITEM.c.case_id == number)
    return query.where(Person.id == bindparam("person"), Person.disabled_at.is_(None)).order_by(ITEM.c.id)


_LOCK = select(*Case.__table__.c).where(Case.no == bindparam("no")).with_for_update()
"""Statements are built once; a step only fills them in."""
