"""Who would have signed: the routes of transfers under both rules, and the time at the signatures that fall away."""

from collections import Counter
from typing import Any

from workflow.calendar import day_of
from workflow.policies import look_up
from workflow.routing import Side, Stop, route
from workflow.simulation.records import Past, Question
from workflow.simulation.sums import Spread
from workflow.simulation.worlds import Pair, Wanted
from workflow.world import World

KEYS = ("node.steps", "transfer.extra_levels")
PROCESSES = ("transfer",)
Signature = tuple[str, int | None, str]
"""phase, office as it is today, role."""


class Routes:
    """Lays the route of each transfer anew, as the rules of each world say, between the schools as they stand today."""

    def __init__(self, pair: Pair, wanted: Wanted) -> None:
        self.pair, self.wanted = pair, wanted
        self.affected = self.saved = self.added = self.measured = self.refused = self.returned = 0
        self.days, self.most_added, self.usual = Spread(), 0, Spread()

    def look(self, case: Past) -> None:
        """Count one transfer that was sent."""
        if case.submitted_at is None or case.direction is None:
            return
        before, after = (self._signatures(world, case) for world in self.pair.both)
        for item in case.questions:
            if item.kind == "decide" and item.closed_by and item.outcome == "approve":
                self.usual.add(self._days(item))
        gone, new = before - after, after - before
        if not gone and not new:
            return
        self.affected += 1
        self.saved += gone.total()
        self.added += new.total()
        self._measure(case, gone)
        for (_, office, _), times in new.items():
            place = self.pair.proposed.offices.get(office or 0)
            self.most_added += times * int(look_up(self.pair.proposed, "node.transfer", place, self.wanted.until).value)

    def told(self) -> dict[str, Any]:
        return {
            "affected": self.affected,
            "signatures": {
                "saved": self.saved,
                "added": self.added,
                "measured": self.measured,
                "refused_there": self.refused,
                "returned_there": self.returned,
            },
            "days_saved": self.days.told(),
            "days_added_at_most": self.most_added,
            "days_of_a_signature": self.usual.told(),
        }

    def _measure(self, case: Past, gone: Counter[Signature]) -> None:
        """Add up the working days that the case really spent at the signatures that would fall away."""
        spent, seen = 0, set()
        for item in case.questions:
            place = self._place_of(case, item)
            if item.kind != "decide" or place not in gone or item.closed_at is None:
                continue
            seen.add(place)
            spent += self._days(item)
            self.refused += item.outcome == "refuse"
            self.returned += item.outcome == "return"
        if seen:
            self.measured += len(seen)
            self.days.add(spent)

    def _days(self, item: Question) -> int:
        """Return the working days between question and answer by the calendar of the office, less those of pauses."""
        assert item.closed_at is not None
        calendar = self.pair.real.calendar(self.pair.real.offices.get(item.asked_at))
        days = calendar.working_days_between(day_of(item.opened_at), day_of(item.closed_at))
        return max(0, days - int(item.due_rule.get("paused", 0)))

    def _place_of(self, case: Past, item: Question) -> Signature:
        role = item.queue.partition(":")[2]
        if item.due_rule.get("climbed_from") and item.turn < len(case.route):
            role = case.route[item.turn]["role"]
        return item.phase, self._today_s(item.asked_at), role

    def _signatures(self, world: World, case: Past) -> Counter[Signature]:
        into, out_of = (Side(world.offices.get(number or 0)) for number in (case.to_school_id, case.from_school_id))
        stops = route(world, into, out_of, case.stage, self.wanted.until)
        return Counter(sign for stop in stops if not stop.get("milestone") for sign in self._of(stop))

    def _of(self, stop: Stop) -> list[Signature]:
        place = self._today_s(stop["org"])
        roles = [seat["role"] for seat in stop["seats"]] if stop.get("seats") else [stop["role"]]
        return [(stop["phase"], place, role) for role in roles]

    def _today_s(self, number: int | None) -> int | None:
        office = self.pair.real.offices.get(number or 0)
        return self.pair.real.today_s(office).id if office else None
