"""Levels that review a side of a problem: the time at those that fall away, and how often further ones are asked."""

from typing import Any

from workflow.calendar import day_of
from workflow.policies import look_up
from workflow.simulation.records import Past, Question
from workflow.simulation.sums import Spread
from workflow.simulation.worlds import Pair, Wanted
from workflow.world import Office, World

KEY = "problem.review_levels"
PROCESSES = ("problem",)


class Reviews:
    """Looks at every side that its department reviewed: that one comes first, levels of policy come after it."""

    def __init__(self, pair: Pair, wanted: Wanted) -> None:
        self.pair, self.wanted = pair, wanted
        self.affected = self.gone = self.added = self.most_added = self.returned = 0
        self.saved = Spread()

    def look(self, case: Past) -> None:
        sides: dict[int, list[Question]] = {}
        for item in case.questions:
            if item.kind == "review" and "instead_of" not in item.due_rule:
                sides.setdefault(item.turn, []).append(item)
        touched, measured, spent = False, False, 0
        for items in sides.values():
            department = self._today_s(items[0])
            if department is None or department.is_school:
                continue
            before, after = (self._levels(world, case, department) for world in self.pair.both)
            there = [item for item in items if self._number(item) in before - after and item.closed_at is not None]
            touched |= before != after
            measured |= bool(there)
            self.gone += len(there)
            self.returned += sum(item.outcome == "return_side" for item in there)
            spent += sum(self._days(item) for item in there)
            for number in after - before:
                self.added += 1
                office, until = self.pair.real.office(number), self.wanted.until
                self.most_added += int(look_up(self.pair.proposed, "problem.dept_review", office, until).value)
        self.affected += touched
        if measured:
            self.saved.add(spent)

    def told(self) -> dict[str, Any]:
        return {
            "affected": self.affected,
            "reviews": {"saved": self.gone, "added": self.added, "returned_there": self.returned},
            "days_saved": self.saved.told(),
            "days_added_at_most": self.most_added,
        }

    def _levels(self, world: World, case: Past, department: Office) -> set[int]:
        """Return the offices that review after the department, below the one that rules."""
        levels = look_up(world, KEY, department, self.wanted.until).value
        decider = self.pair.real.offices.get(case.decider_id or case.applicant_org_id)
        deciding = {one.id for one in self.pair.real.upwards(decider)} if decider else set()
        above = (one for one in self.pair.real.upwards(department) if one.id not in deciding | {department.id})
        return {one.id for one in above if one.level in levels}

    def _today_s(self, item: Question) -> Office | None:
        office = self.pair.real.offices.get(item.asked_at)
        return self.pair.real.today_s(office) if office else None

    def _number(self, item: Question) -> int:
        office = self._today_s(item)
        return office.id if office else 0

    def _days(self, item: Question) -> int:
        assert item.closed_at is not None  # asked for above
        calendar = self.pair.real.calendar(self.pair.real.offices.get(item.asked_at))
        days = calendar.working_days_between(day_of(item.opened_at), day_of(item.closed_at))
        return max(0, days - int(item.due_rule.get("paused", 0)))
