"""Desks with nobody at them: alarms, and the hours after which a question goes to the office above."""

import datetime as dt
from typing import Any

from workflow.policies import look_up
from workflow.simulation.records import Note, Past
from workflow.simulation.sums import Spread
from workflow.simulation.worlds import Pair, Wanted

KEY = "queue.grace_hours"


class Alarms:
    """Follows each alarm: the question went up when the hours were over, or somebody came before."""

    def __init__(self, pair: Pair, wanted: Wanted, now: dt.datetime) -> None:
        self.pair, self.wanted, self.now = pair, wanted, now
        self.affected = self.alarms = self.climbed = self.more = 0
        self.earlier = Spread()

    def look(self, case: Past) -> None:
        ends = {item.id: item.closed_at or self.now for item in case.questions}
        touched = False
        for alarm in case.notes:
            if alarm.action != "alarm":
                continue
            self.alarms += 1
            present, proposed = self._hours(alarm)
            went_up = any(one.action == "climb" and one.item == alarm.item and one.at >= alarm.at for one in case.notes)
            self.climbed += went_up
            if present == proposed:
                continue
            longer = alarm.at + dt.timedelta(hours=proposed) < ends.get(alarm.item, alarm.at)
            if went_up:
                self.earlier.add(present - proposed)
            self.more += not went_up and proposed < present and longer
            touched |= went_up or (proposed < present and longer)
        self.affected += touched

    def told(self) -> dict[str, Any]:
        return {
            "affected": self.affected,
            "alarms": self.alarms,
            "climbed": self.climbed,
            "more_at_most": self.more,
            "hours_earlier": self.earlier.told(),
        }

    def _hours(self, alarm: Note) -> tuple[int, int]:
        office = self.pair.real.offices.get(alarm.office)
        found = [int(look_up(world, KEY, office, self.wanted.until).value) for world in self.pair.both]
        return found[0], found[1]
