"""Suspensions that lasted longer than the longest one allowed: how many, and the working days beyond it."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from workflow.calendar import day_of
from workflow.policies import look_up
from workflow.simulation.records import Note, Past
from workflow.simulation.sums import Spread
from workflow.simulation.worlds import Pair, Wanted

KEY = "case.longest_stop"


class Suspensions:
    """Follows each suspension to the day on which the case went on, or ended."""

    def __init__(self, pair: Pair, wanted: Wanted, now: dt.datetime) -> None:
        self.pair, self.wanted, self.now = pair, wanted, now
        self.affected, self.too_long = 0, [0, 0]
        self.days, self.saved = Spread(), Spread()

    def look(self, case: Past) -> None:
        touched, saved = False, 0
        for stop, days in self._stops(case):
            office = self.pair.real.offices.get(stop.office or case.applicant_org_id)
            terms = [int(look_up(world, KEY, office, self.wanted.until).value) for world in self.pair.both]
            long = [days > term for term in terms]
            self.days.add(days)
            self.too_long = [sum(pair) for pair in zip(self.too_long, long, strict=True)]
            touched |= long[0] != long[1]
            if terms[1] < min(days, terms[0]):
                first = day_of(stop.at)
                would, did = (first + dt.timedelta(days=number) for number in (terms[1], days))
                saved += self.pair.real.calendar(office).working_days_between(would, did)
        self.affected += touched
        if saved:
            self.saved.add(saved)

    def told(self) -> dict[str, Any]:
        return {
            "affected": self.affected,
            "stops": self.days.n,
            "days": self.days.told(),
            "too_long": {"present": self.too_long[0], "proposed": self.too_long[1]},
            "days_saved": self.saved.told(),
        }

    def _stops(self, case: Past) -> Iterator[tuple[Note, int]]:
        """Yield each suspension with the calendar days that it lasted, up to now where it goes on."""
        for place, stop in enumerate(case.notes):
            if stop.action != "suspend":
                continue
            resumed = next((one for one in case.notes[place:] if one.action == "resume"), None)
            ended = resumed.at if resumed else case.closed_at or self.now
            known = resumed.days if resumed else None
            yield stop, (day_of(ended) - day_of(stop.at)).days if known is None else known
