"""Causes of refusal: how many refusals gave one that would not be on the list, and how many "other"."""

from collections import Counter
from typing import Any

from workflow.policies import look_up
from workflow.simulation.records import Past
from workflow.simulation.worlds import Pair, Wanted
from workflow.transfers.path import OTHER_CAUSE

KEY = "refusal.causes"
PROCESSES = ("transfer",)


class Causes:
    """Reads what was ticked with each refusal, and looks whether it is on either list."""

    def __init__(self, pair: Pair, wanted: Wanted) -> None:
        self.pair, self.wanted = pair, wanted
        self.affected = self.refused = self.other = 0
        self.gone: Counter[str] = Counter()

    def look(self, case: Past) -> None:
        touched = False
        for item in case.questions:
            if item.outcome != "refuse":
                continue
            office = self.pair.real.offices.get(item.asked_at)
            before, after = (
                set(look_up(world, KEY, office, self.wanted.until).value.get(item.phase, ()))
                for world in self.pair.both
            )
            self.refused += 1
            missing = item.causes & (before - after)
            self.gone.update(missing)
            touched |= bool(missing)
            self.other += OTHER_CAUSE in item.causes and bool(after - before)
        self.affected += touched

    def told(self) -> dict[str, Any]:
        return {
            "affected": self.affected,
            "refusals": self.refused,
            "gone": dict(self.gone.most_common()),
            "other": self.other,
        }
