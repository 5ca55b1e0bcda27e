"""The terms in which rulings and transfers can be taken back: how many undoings would have come too late."""

import datetime as dt
from typing import Any

from workflow.calendar import day_of
from workflow.policies import look_up
from workflow.simulation.records import Past
from workflow.simulation.sums import Spread
from workflow.simulation.worlds import Pair, Wanted
from workflow.world import World

RULING, TRANSFER = "ruling.undo_days", "transfer.undo_days"
PROCESSES = {RULING: ("undo",), TRANSFER: ("reversal",)}
UNDONE = "undone"


class Undoings:
    """Counts calendar days between what took effect and the consent to take it back."""

    def __init__(self, pair: Pair, wanted: Wanted) -> None:
        self.pair, self.wanted = pair, wanted
        self.affected = self.undone = 0
        self.late, self.days = [0, 0], Spread()

    def look(self, case: Past) -> None:
        if case.phase != UNDONE or case.closed_at is None or case.ruled_at is None:
            return
        ruled, undone = day_of(case.ruled_at), day_of(case.closed_at)
        self.undone += 1
        self.days.add((undone - ruled).days)
        late = [undone > ruled + dt.timedelta(days=self._days(world, case)) for world in self.pair.both]
        self.affected += late[0] != late[1]
        for number, is_late in enumerate(late):
            self.late[number] += is_late

    def told(self) -> dict[str, Any]:
        return {
            "affected": self.affected,
            "undone": self.undone,
            "too_late": {"present": self.late[0], "proposed": self.late[1]},
            "days_after": self.days.told(),
        }

    def _days(self, world: World, case: Past) -> int:
        return int(look_up(world, self.wanted.key, world.offices.get(case.ruled_by or 0), self.wanted.until).value)
