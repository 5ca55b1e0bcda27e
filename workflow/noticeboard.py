"""What a person finds among his notices and has read. A notice shows as long as he has a post at its office."""

import datetime as dt

from sqlalchemy import ColumnElement, bindparam, func, literal_column, or_, select, update
from sqlalchemy.orm import Session

from models.messages import Notice
from workflow.errors import NotFound
from workflow.step import Actor

COUNTED = 100
"""Unread notices are counted up to here; beyond it says 99+."""


def listed(session: Session, actor: Actor, *, unread: bool, before: int | None = None, limit: int = 25) -> list[int]:
    """Return numbers of the person's notices, the latest first; `before` continues behind the last one shown."""
    query = select(Notice.id).where(_shown_to(actor))
    if unread:
        query = query.where(Notice.read_at.is_(None))
    if before is not None:
        query = query.where(Notice.id < before)
    return list(session.scalars(query.order_by(Notice.id.desc()).limit(limit)))


def unread_column() -> ColumnElement[int]:
    """Return how many notices a person has not read, at most COUNTED, for statements that know `actor` and `orgs`."""
    first = select(Notice.id).where(
        Notice.person_id == bindparam("actor"),
        Notice.read_at.is_(None),
        or_(Notice.org_id.is_(None), Notice.org_id.in_(bindparam("orgs", expanding=True))),
    )
    return select(func.count()).select_from(first.limit(literal_column(str(COUNTED))).subquery()).scalar_subquery()


def mark_read(session: Session, actor: Actor, number: int, now: dt.datetime) -> Notice:
    """Mark one notice as read; done twice the first moment stands. Raises NotFound; the caller commits."""
    notice = session.scalars(select(Notice).where(Notice.id == number, _shown_to(actor))).one_or_none()
    if notice is None:
        raise NotFound
    if notice.read_at is None:
        notice.read_at = now
    return notice


def mark_all_read(session: Session, actor: Actor, up_to: int, now: dt.datetime) -> None:
    """Mark everything as read up to the newest notice that was on the page. The caller commits."""
    seen = update(Notice).where(_shown_to(actor), Notice.read_at.is_(None), Notice.id <= up_to).values(read_at=now)
    session.execute(seen.execution_options(synchronize_session=False))


def offices(actor: Actor) -> list[int]:
    """Return the offices whose notices the person still reads: where he has a post or fills in for somebody."""
    return sorted(actor.org_ids | {one.desk.org_id for one in actor.orders})


def _shown_to(actor: Actor) -> ColumnElement[bool]:
    at_his_desk = or_(Notice.org_id.is_(None), Notice.org_id.in_(offices(actor)))
    return (Notice.person_id == actor.id) & at_his_desk
