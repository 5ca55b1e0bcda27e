"""Advice that colleagues were asked for: what would have come late, and when. No case waits for it."""

import datetime as dt
from typing import Any

from workflow.simulation.records import ADVICE as KEY
from workflow.simulation.records import Past
from workflow.simulation.terms import Terms
from workflow.simulation.worlds import Pair, Wanted

__all__ = ("KEY", "Advice")


class Advice(Terms):
    """Counts last days and lateness as of any term, and how much was never answered; no day is saved by it."""

    def __init__(self, pair: Pair, wanted: Wanted, now: dt.datetime) -> None:
        super().__init__(pair, wanted, now)
        self.unanswered = 0

    def look(self, case: Past) -> None:
        super().look(case)
        for item in case.questions:
            last = self._last_days(case, item)
            self.unanswered += last is not None and last[0] != last[1] and item.closed_by is None

    def told(self) -> dict[str, Any]:
        found = super().told()
        return {**{name: found[name] for name in ("affected", "questions", "late")}, "unanswered": self.unanswered}
