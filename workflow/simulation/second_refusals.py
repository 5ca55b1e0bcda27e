"""Second refusals of the same move: which went to the common authority, what it said, and which would go there."""

from typing import Any

from models.people import SYSTEM_PERSON_ID
from workflow.calendar import day_of
from workflow.policies import look_up
from workflow.simulation.records import Past
from workflow.simulation.sums import Spread
from workflow.simulation.worlds import Pair, Wanted

KEY = "refusal.second"
PROCESSES = ("transfer",)
ENDS_ANYWAY = ("receiving_school", "common_department", "contested")
"""Phases in which a refusal never goes up: the school that asked, and the common authority itself."""


class SecondRefusals:
    """Reads from the log which refusals went up as second ones, and finds those that did not."""

    def __init__(self, pair: Pair, wanted: Wanted) -> None:
        self.pair, self.wanted = pair, wanted
        self.affected = self.went_up = self.overruled = self.more = 0
        self.days = Spread()

    def look(self, case: Past) -> None:
        office = self.pair.real.offices.get(case.applicant_org_id)
        before, after = (look_up(world, KEY, office, self.wanted.until).value for world in self.pair.both)
        if before == after:
            return
        if after == "end" and any(one.again for one in case.notes):
            self.affected += 1
            self.went_up += 1
            self._look_at_ruling(case)
        elif after == "up" and self._ended_again(case):
            self.affected += 1
            self.more += 1

    def told(self) -> dict[str, Any]:
        return {
            "affected": self.affected,
            "went_up": self.went_up,
            "overruled": self.overruled,
            "days_saved": self.days.told(),
            "more_at_most": self.more,
        }

    def _look_at_ruling(self, case: Past) -> None:
        """Add up the working days that the authority took; a case that it let go on would have ended instead."""
        asked = [item for item in case.questions if item.phase == "contested" and item.closed_at]
        answered = [item for item in asked if item.closed_by not in (None, SYSTEM_PERSON_ID)]
        self.overruled += any(item.outcome == "approve" for item in answered)
        spent = 0
        for item in answered:
            calendar = self.pair.real.calendar(self.pair.real.offices.get(item.asked_at))
            days = calendar.working_days_between(day_of(item.opened_at), day_of(item.closed_at or item.opened_at))
            spent += max(0, days - int(item.due_rule.get("paused", 0)))
        if answered:
            self.days.add(spent)

    def _ended_again(self, case: Past) -> bool:
        again = case.refused_before & set(case.state.get("refusals", {}))
        may_go_up = any(stop.partition(":")[0] not in ENDS_ANYWAY for stop in again)
        return may_go_up and None not in (case.from_school_id, case.to_school_id)
