"""Questions at desks with several people: how many would be handed out, to whom, and how long nobody had them."""

import datetime as dt
from typing import Any

from sqlalchemy import Engine, select

from models.people import SYSTEM_PERSON_ID, Person
from models.session import reading
from workflow.calendar import day_of
from workflow.distributing import FAMILIAR, NOT_HANDED_OUT, OFFER
from workflow.policies import look_up, stage_of
from workflow.simulation.posts import Posts
from workflow.simulation.records import Past, Question
from workflow.simulation.sums import Spread
from workflow.simulation.worlds import Pair, Wanted
from workflow.world import Office, World

MANNER, NAMED = "desk.distribution", "desk.named"
Way = tuple[str, int | None]
"""How a question is handed out, and to whom where that is known by name."""


class HandingOut:
    """Looks at each question at a desk where several sat that would have been handed out in another way."""

    def __init__(self, engine: Engine, pair: Pair, wanted: Wanted, posts: Posts, now: dt.datetime) -> None:
        self.pair, self.wanted, self.posts, self.now = pair, wanted, posts, now
        self.affected = self.questions = self.handed = self.known = self.another = 0
        self.untaken = Spread()
        with reading(engine) as session:
            names = {name for rows in (world.policies.get(NAMED, ()) for world in pair.both)
                     for row in rows for name in row.value.get("value", ())}  # fmt: skip
            query = select(Person.username, Person.id).where(Person.username.in_(names))
            self._persons: dict[str, int] = {row[0]: row[1] for row in session.execute(query)}

    def look(self, case: Past) -> None:
        touched = False
        for item in case.questions:
            office = self.pair.real.offices.get(item.org_id)
            if item.kind in NOT_HANDED_OUT or "instead_of" in item.due_rule or office is None:
                continue
            sat = self.posts.at(item.queue, day_of(item.opened_at))
            before, after = (self._way(world, office, case, sat) for world in self.pair.both)
            if len(sat) < 2 or before == after:
                continue
            touched = True
            self._count(case, item, office, sat, after)
        self.affected += touched

    def told(self) -> dict[str, Any]:
        return {
            "affected": self.affected,
            "questions": self.questions,
            "handed_out": self.handed,
            "to_whom_is_known": self.known,
            "answered_by_another": self.another,
            "days_untaken": self.untaken.told(),
        }

    def _count(self, case: Past, item: Question, office: Office, sat: set[int], way: Way) -> None:
        manner, person = way
        receiver = _familiar(case, item, sat) if manner == FAMILIAR else person
        self.questions += 1
        self.handed += receiver is not None if manner == FAMILIAR else manner != OFFER
        self.known += receiver is not None
        self.another += receiver is not None and item.closed_by not in (None, SYSTEM_PERSON_ID, receiver)
        taken = taken_at(case, item)
        if taken != item.opened_at:
            end = day_of(taken or item.closed_at or self.now)
            self.untaken.add(self.pair.real.calendar(office).working_days_between(day_of(item.opened_at), end))

    def _way(self, world: World, office: Office, case: Past, sat: set[int]) -> Way:
        day = self.wanted.until
        named = look_up(world, NAMED, office, day, stage_of(case.target_grade)).value
        person = next((self._persons[name] for name in named if self._persons.get(name) in sat), None)
        side = "school" if office.is_school else "department"
        return ("named", person) if person else (look_up(world, MANNER, office, day).value[side], None)


def taken_at(case: Past, item: Question) -> dt.datetime | None:
    """Return when somebody first had a question by name; it was opened so where no event tells; None for never."""
    end = item.closed_at or dt.datetime.max.replace(tzinfo=dt.UTC)
    here = (one for one in case.notes if one.office == item.org_id and one.item in (0, item.id))
    moments = [one.at for one in here if item.opened_at <= one.at <= end]
    return min(moments, default=item.opened_at if item.assignee_id else None)


def _familiar(case: Past, item: Question, sat: set[int]) -> int | None:
    """Return who answered at this desk last before the question was put, if he still sat there."""
    before = [one for one in case.questions if one.queue == item.queue and one.closed_by in sat]
    earlier = [one for one in before if one.closed_at and one.closed_at <= item.opened_at]
    return max(earlier, key=lambda one: (one.closed_at, one.id)).closed_by if earlier else None
