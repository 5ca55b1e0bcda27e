"""Reminders: how many would have gone out for each question, from the day it was put to the day it was answered."""

import datetime as dt
from collections import Counter
from typing import Any

from models.text import canonical
from workflow import reminders
from workflow.calendar import due_day_of
from workflow.counting import calendar_for
from workflow.policies import look_up
from workflow.rights import leaders_of
from workflow.simulation.records import Past, Question
from workflow.simulation.worlds import Pair, Wanted
from workflow.world import Office, World

UPPER = ("supervise", "take_over", "bulletin", "stale")
"""Rungs of which the authority above hears as well."""


class Ladder:
    """Climbs both ladders. A ladder from the same last day by the same calendar is worked out once."""

    def __init__(self, pair: Pair, wanted: Wanted, now: dt.datetime) -> None:
        self.pair, self.wanted, self.now = pair, wanted, now
        self.affected, self.rungs, self.notices = 0, (Counter[str](), Counter[str]()), [0, 0]
        self._known: dict[Any, list[tuple[str, dt.datetime]]] = {}
        self._ladders: dict[tuple[int, int], tuple[dict[str, Any], bytes]] = {}

    def look(self, case: Past) -> None:
        counts = [0, 0]
        for item in case.questions:
            office = self.pair.real.offices.get(item.org_id)
            for number, world in enumerate(self.pair.both):
                for kind, _ in self.climbed(world, office, item):
                    self.rungs[number][kind] += 1
                    counts[number] += self._told(office, item, kind)
        self.affected += counts[0] != counts[1]
        for number, count in enumerate(counts):
            self.notices[number] += count

    def told(self) -> dict[str, Any]:
        present, proposed = self.notices
        return {
            "affected": self.affected,
            "notices": {"present": present, "proposed": proposed, "saved": present - proposed},
            "rungs": {
                kind: {"present": self.rungs[0][kind], "proposed": self.rungs[1][kind]}
                for kind in sorted({*self.rungs[0], *self.rungs[1]})
            },
        }

    def climbed(self, world: World, office: Office | None, item: Question) -> list[tuple[str, dt.datetime]]:
        """Return the rungs that lie between question and answer, with their moments."""
        if office is None:
            return []
        end = item.closed_at or self.now
        ladder, name = self._ladder(world, office)
        calendar = calendar_for(self.pair.real, office, item.due_rule)
        place = (name, id(calendar), due_day_of(item.due_at))
        if place not in self._known:
            found = reminders.rungs(ladder, calendar, item.due_at)
            self._known[place] = [(rung.kind, rung.at) for rung in found]
        return [(kind, at) for kind, at in self._known[place] if item.opened_at < at < end]

    def _ladder(self, world: World, office: Office) -> tuple[dict[str, Any], bytes]:
        """Return the ladder of an office with its digest, looked up once."""
        place = (id(world), office.id)
        if place not in self._ladders:
            ladder = look_up(world, "reminder.ladder", office, self.wanted.until).value
            self._ladders[place] = ladder, canonical(ladder)
        return self._ladders[place]

    def _told(self, office: Office | None, item: Question, kind: str) -> int:
        """Return to how many desks a rung speaks: whoever must act, when late his leader, in the end those above."""
        if office is None or kind == "remind":
            return 1
        late = len({item.queue, leaders_of(office)})
        above = len(list(self.pair.real.upwards(office))) > 1
        return late + (above if kind in UPPER else 0) + (1 if kind == "bulletin" else 0)
