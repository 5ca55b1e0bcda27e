"""Class sizes: requests that were warned about when they were sent keep how many pupils the class would have had."""

import re
from typing import Any

from workflow.calendar import day_of
from workflow.policies import look_up
from workflow.simulation.admission import facts_of
from workflow.simulation.records import Past
from workflow.simulation.worlds import Pair, Wanted

KEY = "class.size"
PROCESSES = ("transfer",)
AFTER = re.compile(r"转入后将有(\d+)人")
"""How guard T7 words its warning (workflow.transfers.guards)."""
OFF, WARN, BLOCK = range(3)


class Sizes:
    """Asks guard T7 again about the numbers that were kept; of the others only the present limit is known."""

    def __init__(self, pair: Pair, wanted: Wanted) -> None:
        self.pair, self.wanted = pair, wanted
        self.affected = self.kept = self.refused = self.no_warning = self.unknown = 0

    def look(self, case: Past) -> None:
        if case.submitted_at is None or case.direction is None or case.direction == "outgoing":
            return
        day = day_of(case.submitted_at)
        office = facts_of(self.pair.real, case, day).deciding_office
        present, proposed = (
            look_up(world, KEY, office, self.wanted.until, case.stage).value[case.stage or "primary"]
            for world in self.pair.both
        )
        if present == proposed:
            return
        number = _number(case)
        if number is None:  # not above the limit of that time; how far below nobody knows
            self.unknown += min(proposed["warn"], proposed["block"] - 1) < present["warn"]
            return
        self.kept += 1
        before, after = _judged(number, present), _judged(number, proposed)
        self.affected += before != after
        self.refused += after == BLOCK != before
        self.no_warning += after == OFF != before

    def told(self) -> dict[str, Any]:
        return {
            "affected": self.affected,
            "warned": self.kept,
            "refused": self.refused,
            "no_warning": self.no_warning,
            "unknown": self.unknown,
        }


def _number(case: Past) -> int | None:
    """Return how many pupils the class would have had, as the warning of that day told it."""
    warned = (one.get("message", "") for one in case.state.get("warnings", ()) if one.get("guard") == "T7")
    found = next(filter(None, map(AFTER.search, warned)), None)
    return int(found[1]) if found else None


def _judged(number: int, limits: dict[str, int]) -> int:
    return BLOCK if number >= limits["block"] else WARN if number > limits["warn"] else OFF
