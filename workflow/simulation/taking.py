"""Questions that somebody takes for himself: answers without that, and what colleagues would not see meanwhile."""

import datetime as dt
from typing import Any

from models.people import SYSTEM_PERSON_ID
from workflow.calendar import day_of
from workflow.policies import look_up
from workflow.simulation.handing_out import taken_at
from workflow.simulation.posts import Posts
from workflow.simulation.records import Past, Question
from workflow.simulation.sums import Spread
from workflow.simulation.worlds import Pair, Wanted
from workflow.world import Office

CLAIM, TAKEN = "desk.claim", "desk.taken"


class Claiming:
    """Counts decisions at the desks of the rule, and those that nobody had taken for himself before."""

    def __init__(self, pair: Pair, wanted: Wanted, posts: Posts, now: dt.datetime) -> None:
        self.pair, self.wanted, self.posts, self.now = pair, wanted, posts, now
        self.affected = self.questions = self.untaken = self.alone = 0
        self.days = Spread()

    def look(self, case: Past) -> None:
        touched = False
        for item in case.questions:
            office = self.pair.real.offices.get(item.org_id)
            if item.kind != "decide" or office is None or not _differs(self.pair, self.wanted, office):
                continue
            if item.closed_by in (None, SYSTEM_PERSON_ID):
                continue
            self.questions += 1
            self.days.add(_days(self.pair, office, item.opened_at, taken_at(case, item) or item.closed_at or self.now))
            if item.assignee_id is None:
                touched = True
                self.untaken += 1
                self.alone += len(self.posts.at(item.queue, day_of(item.opened_at))) < 2
        self.affected += touched

    def told(self) -> dict[str, Any]:
        return {
            "affected": self.affected,
            "questions": self.questions,
            "untaken": self.untaken,
            "alone": self.alone,
            "days_untaken": self.days.told(),
        }


class Taken:
    """Counts the questions that one of several had by name, and for how long."""

    def __init__(self, pair: Pair, wanted: Wanted, posts: Posts, now: dt.datetime) -> None:
        self.pair, self.wanted, self.posts, self.now = pair, wanted, posts, now
        self.affected = self.questions = self.another = 0
        self.days = Spread()

    def look(self, case: Past) -> None:
        touched = False
        for item in case.questions:
            office, since = self.pair.real.offices.get(item.org_id), taken_at(case, item)
            if office is None or since is None or not _differs(self.pair, self.wanted, office):
                continue
            if len(self.posts.at(item.queue, day_of(since))) < 2:
                continue
            touched = True
            self.questions += 1
            self.another += self._passed_on(case, item)
            self.days.add(_days(self.pair, office, since, item.closed_at or self.now))
        self.affected += touched

    def told(self) -> dict[str, Any]:
        return {
            "affected": self.affected,
            "questions": self.questions,
            "passed_on": self.another,
            "days_by_name": self.days.told(),
        }

    def _passed_on(self, case: Past, item: Question) -> bool:
        """Tell whether a colleague got the question later."""
        return any(one.action == "reassign" and one.item == item.id for one in case.notes)


def _differs(pair: Pair, wanted: Wanted, office: Office) -> bool:
    before, after = (look_up(world, wanted.key, office, wanted.until).value for world in pair.both)
    return bool(before != after)


def _days(pair: Pair, office: Office, since: dt.datetime, until: dt.datetime) -> int:
    return pair.real.calendar(office).working_days_between(day_of(since), day_of(until))
