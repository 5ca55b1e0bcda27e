"""Who sat where and when, as far as the posts of the offices that are tried tell it; read once for a trial."""

import datetime as dt

from sqlalchemy import Engine, select

from models.people import Post
from models.session import reading
from workflow.simulation.worlds import Pair, Wanted
from workflow.step import queue_of


class Posts:
    """The posts of an office and of all below it, by desk."""

    def __init__(self, engine: Engine, pair: Pair, wanted: Wanted) -> None:
        below = pair.real.below(wanted.office.id)
        query = select(Post.org_id, Post.role, Post.person_id, Post.valid_from, Post.valid_to).order_by(Post.id)
        self._held: dict[str, list[tuple[int, dt.date, dt.date]]] = {}
        self._roles: dict[tuple[int, int], list[str]] = {}
        with reading(engine) as session:
            for org, role, person, since, until in session.execute(query):
                if org in below:
                    self._held.setdefault(queue_of(org, role), []).append((person, since, until or dt.date.max))
                    self._roles.setdefault((org, person), []).append(role)

    def at(self, queue: str, day: dt.date) -> set[int]:
        """Return who sat at a desk on a day."""
        return {person for person, since, until in self._held.get(queue, ()) if since <= day <= until}

    def role(self, person: int, office: int, day: dt.date) -> str:
        """Return the first role that somebody had at an office on a day; empty where he had none."""
        roles = self._roles.get((office, person), ())
        return next((role for role in roles if person in self.at(queue_of(office, role), day)), "")
