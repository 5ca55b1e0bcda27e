"""People by where they sit today: whom a question can be handed to, who may be asked, told or fill in."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people import Person, Post
from workflow.holding import valid_on
from workflow.payload import bad_character
from workflow.step import queue_of

MOST = 300


@dataclass(frozen=True)
class Colleague:
    """Somebody at a desk. Who sits at two desks is there twice."""

    id: int
    public_id: str
    username: str
    name: str
    org_id: int
    role: str

    @property
    def queue(self) -> str:
        return queue_of(self.org_id, self.role)


def sitting(session: Session, org_ids: Iterable[int], roles: Collection[str], day: dt.date) -> list[Colleague]:
    """Return who holds one of the posts at these offices on `day`, office by office. One statement, at most MOST."""
    query = (
        select(*_COLUMNS)
        .join(Post, Post.person_id == Person.id)
        .where(Post.org_id.in_(set(org_ids)), Post.role.in_(roles), valid_on(day))
        .order_by(Post.org_id.desc(), Post.role, Person.name, Person.id)
        .limit(MOST)
    )
    return [Colleague(*row) for row in session.execute(query)]


def find(
    session: Session, username: str, org_ids: Iterable[int], roles: Collection[str], day: dt.date
) -> Colleague | None:
    """Return somebody by his user name (or public id) if he holds one of the posts at these offices on `day`."""
    if bad_character(username):
        return None
    query = (
        select(*_COLUMNS)
        .join(Post, Post.person_id == Person.id)
        .where((Person.username == username) | (Person.public_id == username), Post.role.in_(roles), valid_on(day))
        .order_by(Post.id)
    )
    allowed = set(org_ids)
    found = [Colleague(*row) for row in session.execute(query)]
    return next((one for one in found if one.org_id in allowed), None)


_COLUMNS = (Person.id, Person.public_id, Person.username, Person.name, Post.org_id, Post.role)
