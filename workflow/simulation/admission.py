"""Which requests would have been refused or let in: guards, windows and freezes on the facts that a request froze."""

import datetime as dt
from typing import Any

from models.organisations import SchoolClass
from models.transfers import Transfer
from workflow.calendar import day_of
from workflow.policies import look_up, severity_of
from workflow.simulation.records import Past
from workflow.simulation.sums import Spread
from workflow.simulation.worlds import Pair, Wanted
from workflow.transfers.facts import Facts
from workflow.transfers.guards import verdicts
from workflow.world import World

PROCESSES = ("transfer",)
TOLD = ("C6", "T4", "T5", "T6", "T11", "T12", "T13", "T14", "T15", "T16")
"""Guards that only ask what a request keeps: day, grades, direction, the two schools."""
KEPT = ("T1", "T2", "T3", "T7", "T8")
"""Guards that ask what has changed since; known only where they warned when the request was sent."""
CONCERNS = {
    "transfer.windows": ("T6",),
    "transfer.freezes": ("C6",),
    "terms": ("T4", "T5", "T14"),
    "transfer.evidence": ("C5",),
    "transfer.reasons": (),
}
"""The guards that ask for a key; `guard.X` concerns X."""
DAYS = ("T6", "C6")
"""Guards that stop a request only for some days."""
FARTHEST = 400


def is_told(key: str) -> bool:
    """Tell whether a key decides about requests."""
    return key in CONCERNS or key.startswith("guard.")


class Admission:
    """Asks the guards again, in both worlds, about each request as it was sent."""

    def __init__(self, pair: Pair, wanted: Wanted) -> None:
        self.pair, self.wanted = pair, wanted
        key = wanted.key
        self.codes = CONCERNS[key] if key in CONCERNS else (key.removeprefix("guard."),)
        self.affected = self.refused = self.let_in = self.warned_more = self.warned_less = 0
        self.later, self.sooner, self.from_draft = Spread(), Spread(), Spread()
        self._open: dict[tuple[int, int, str | None, dt.date], dt.date | None] = {}

    def look(self, case: Past) -> None:
        """Count one request that was sent; a draft is nobody's business but its school's."""
        if case.direction is None or case.submitted_at is None:
            return
        day = day_of(case.submitted_at)
        before, after = (self._severities(world, case, day, self.codes) for world in self.pair.both)
        self._look_at_waiting(case, day)
        if before == after:
            return
        self.affected += 1
        others = self._severities(self.pair.present, case, day, TOLD)
        if any(severity == "block" for code, severity in others.items() if code not in self.codes):
            return
        was, is_ = ("block" in found.values() for found in (before, after))
        self.refused += is_ and not was
        self.let_in += was and not is_
        self.warned_more += not was and not is_ and _warns(after) > _warns(before)
        self.warned_less += not was and not is_ and _warns(after) < _warns(before)
        if was != is_ and set(self.codes) & set(DAYS):
            self._wait(case, day, later=is_)

    def told(self) -> dict[str, Any]:
        return {
            "affected": self.affected,
            "refused": self.refused,
            "let_in": self.let_in,
            "warnings": {"more": self.warned_more, "fewer": self.warned_less},
            "days_to_wait": self.later.told(),
            "days_saved": self.sooner.told(),
            "drafts_that_waited": self.from_draft.told(),
        }

    def _severities(self, world: World, case: Past, day: dt.date, codes: tuple[str, ...]) -> dict[str, str]:
        """Return how each guard would have judged, by its code; what a request lacked counts as a block."""
        facts = facts_of(world, case, day)
        found = {one.guard: one.severity for one in verdicts(facts, tuple(c for c in codes if c in (*TOLD, "C5")))}
        for one in case.state.get("warnings", ()):
            code = one.get("guard", "")
            if code in codes and code in KEPT:
                found[code] = severity_of(world, code, "warn", facts.deciding_office, day, facts.stage)
        if self.wanted.key == "transfer.reasons" and codes is self.codes:
            office = world.offices.get(case.applicant_org_id)
            if case.reason and case.reason not in look_up(world, "transfer.reasons", office, day).value:
                found["reason"] = "block"
        return found

    def _wait(self, case: Past, day: dt.date, *, later: bool) -> None:
        """Add up how long the request would have waited for the next day on which it may be sent."""
        world = self.pair.proposed if later else self.pair.present
        then = self._next_day(world, case, day)
        if then is not None:
            days = world.calendar(facts_of(world, case, day).deciding_office).working_days_between(day, then)
            (self.later if later else self.sooner).add(days)

    def _look_at_waiting(self, case: Past, sent: dt.date) -> None:
        """A draft begun on a day when it could not be sent, and that the tried rule would have taken at once."""
        begun = day_of(case.opened_at)
        if not set(self.codes) & set(DAYS) or begun >= sent:
            return
        if self._is_open(self.pair.present, case, begun) or not self._is_open(self.pair.proposed, case, begun):
            return
        office = facts_of(self.pair.real, case, begun).deciding_office
        self.from_draft.add(self.pair.real.calendar(office).working_days_between(begun, sent))

    def _is_open(self, world: World, case: Past, day: dt.date) -> bool:
        return self._next_day(world, case, day) == day

    def _next_day(self, world: World, case: Past, day: dt.date) -> dt.date | None:
        """Return the first day from `day` on without window or freeze in the way; asked once for place and stage."""
        office = facts_of(world, case, day).deciding_office
        place = (id(world), office.id if office else 0, case.stage, day)
        if place not in self._open:
            days = (day + dt.timedelta(days=number) for number in range(FARTHEST))
            self._open[place] = next((one for one in days if not self._stops(world, case, one)), None)
        return self._open[place]

    def _stops(self, world: World, case: Past, day: dt.date) -> bool:
        return any(one.severity == "block" for one in verdicts(facts_of(world, case, day), DAYS))


def facts_of(world: World, case: Past, day: dt.date) -> Facts:
    """Return what guards may ask about a request, as far as it keeps it."""
    facts = Facts(world, day, Transfer(direction=case.direction, target_grade=case.target_grade))
    facts.receiving = world.offices.get(case.to_school_id or 0)
    facts.releasing = world.offices.get(case.from_school_id or 0)
    if case.from_grade is not None:
        facts.school_class = SchoolClass(grade=case.from_grade)
    facts.papers = frozenset(case.papers)
    return facts


def _warns(found: dict[str, str]) -> int:
    return sum(severity == "warn" for severity in found.values())
