"""The office above that may decide for a silent one: where it could, and where it could besides."""

import datetime as dt
from typing import Any

from models.people import SYSTEM_PERSON_ID
from workflow.calendar import day_of
from workflow.policies import look_up
from workflow.simulation.ladder import Ladder
from workflow.simulation.records import Past, Question
from workflow.simulation.sums import Spread
from workflow.simulation.worlds import Pair, Wanted
from workflow.taking_over import kind_in

KEY = "reminder.take_over"
PROCESSES = ("transfer", "no_id", "id_error", "problem")


class SteppingIn:
    """Looks at the questions whose kind the rule leaves to the office above in one world and not in the other."""

    def __init__(self, pair: Pair, wanted: Wanted, now: dt.datetime) -> None:
        self.pair, self.wanted, self.now = pair, wanted, now
        self.affected = self.offered = self.answered = self.more = 0
        self.saved, self._ladder = Spread(), Ladder(pair, wanted, now)

    def look(self, case: Past) -> None:
        touched, saved = False, 0
        offered = {one.item for one in case.notes}
        instead = {item.due_rule.get("instead_of"): item for item in case.questions}
        for item in case.questions:
            before, after = self._named(case, item)
            if before and not after and item.id in offered:
                touched = True
                self.offered += 1
                self.answered += item.id in instead and instead[item.id].closed_by not in (None, SYSTEM_PERSON_ID)
            elif after and not before and (days := self._days_late(item)) is not None:
                touched = True
                self.more += 1
                saved += days
        self.affected += touched
        if saved:
            self.saved.add(saved)

    def told(self) -> dict[str, Any]:
        return {
            "affected": self.affected,
            "no_more": {"offered": self.offered, "answered_above": self.answered},
            "more_at_most": self.more,
            "days_saved_at_most": self.saved.told(),
        }

    def _named(self, case: Past, item: Question) -> tuple[bool, bool]:
        """Tell of each world whether the rule names the question."""
        kind = kind_in(case.process, item.kind, item.phase)
        if not kind or "added" in item.due_rule:
            return False, False
        office = self.pair.real.offices.get(item.org_id)
        before, after = (kind in look_up(world, KEY, office, self.wanted.until).value for world in self.pair.both)
        return before, after

    def _days_late(self, item: Question) -> int | None:
        """Return the working days from the moment at which the office above could have decided to the answer."""
        office = self.pair.real.offices.get(item.org_id)
        rungs = self._ladder.climbed(self.pair.present, office, item)
        at = next((moment for kind, moment in rungs if kind == "take_over"), None)
        if at is None:
            return None
        return self.pair.real.calendar(office).working_days_between(day_of(at), day_of(item.closed_at or self.now))
