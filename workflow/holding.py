"""Who holds a post on a day, by queue: the only place that asks."""

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from models.people import Person, Post
from workflow.step import queue_of

CHUNK = 500


def holders(session: Session, queues: Iterable[str], day: dt.date) -> dict[str, set[int]]:
    """Return {queue: persons who hold the post on `day` and whose account has not ended}."""
    wanted = sorted(set(queues))
    found: dict[str, set[int]] = {queue: set() for queue in wanted}
    for start in range(0, len(wanted), CHUNK):
        pairs = [queue.partition(":") for queue in wanted[start : start + CHUNK]]
        orgs = sorted({int(org) for org, _, _ in pairs if org.isdigit()})
        query = (
            select(Post.org_id, Post.role, Post.person_id)
            .join(Person, Person.id == Post.person_id)
            .where(Post.org_id.in_(orgs), valid_on(day))
        )
        for org_id, role, person_id in session.execute(query):
            found.get(queue_of(org_id, role), set()).add(person_id)
    return found


def valid_on(day: dt.date) -> ColumnElement[bool]:
    """Return the condition under which a post (joined with its person) counts on `day`."""
    running = or_(Post.valid_to.is_(None), Post.valid_to >= day)
    return (Post.valid_from <= day) & running & Person.disabled_at.is_(None)
