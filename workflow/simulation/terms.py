"""Other terms: last days and lateness of every question under both rules, and the time that late answers took."""

import datetime as dt
from dataclasses import replace
from typing import Any

from models.people import SYSTEM_PERSON_ID
from workflow import processes
from workflow.calendar import Calendar, day_of
from workflow.counting import FREEZES, MONTHLY, VACATIONS, calendar_for, due_of
from workflow.policies import look_up
from workflow.policy_shapes import WORKING_DAYS, shape_of
from workflow.simulation.records import Past, Question
from workflow.simulation.sums import Spread
from workflow.simulation.worlds import Pair, Wanted
from workflow.world import Office, World

GRACE = "problem.silent_grace"
PAUSES = (FREEZES, VACATIONS)
PROCESSES = {
    "node": ("transfer", "reversal"),
    "transfer": ("transfer", "paper_file"),
    "problem": ("problem",),
    "arbitration": ("problem", "id_error"),
    "inquiry": ("problem",),
    "ruling": ("problem", "id_error"),
    "id_error": ("id_error",),
    "no_id": ("no_id",),
    "clearance": ("clearance",),
}


def is_term(key: str) -> bool:
    """Tell whether a key is a number of days or months in which a question is to be answered."""
    return key in MONTHLY or (shape_of(key) is WORKING_DAYS and key != GRACE)


class Terms:
    """Counts each question anew. Whoever answered late is taken to answer on the last day of the term that is tried."""

    def __init__(self, pair: Pair, wanted: Wanted, now: dt.datetime) -> None:
        self.pair, self.wanted, self.now = pair, wanted, now
        self.affected = self.questions = 0
        self.late, self.moved, self.saved = [0, 0], Spread(), Spread()
        self._known: dict[int, tuple[int, int]] = {}

    def look(self, case: Past) -> None:
        """Count the questions of one case that were put under the key."""
        saved, touched = 0, False
        for item in case.questions:
            found = self._last_days(case, item)
            if found is None or found[0] == found[1]:
                continue
            touched = True
            saved += self._compare(case, item, found)
        if touched:
            self.affected += 1
            self.saved.add(saved)

    def told(self) -> dict[str, Any]:
        return {
            "affected": self.affected,
            "questions": self.questions,
            "late": {"present": self.late[0], "proposed": self.late[1]},
            "last_days_earlier": self.moved.told(),
            "days_saved": self.saved.told(),
        }

    def _compare(self, case: Past, item: Question, last: tuple[dt.date, dt.date]) -> int:
        """Return the working days by which the answer would have come earlier."""
        calendar, start = self._calendar(item), day_of(item.opened_at)
        self.questions += 1
        self.moved.add(calendar.working_days_between(last[1], last[0]))
        ended = day_of(item.closed_at or self.now)
        answered = item.closed_by is not None and item.closed_by != SYSTEM_PERSON_ID
        if answered or item.closed_at is None:
            for number, day in enumerate(last):
                self.late[number] += ended > day
        if not answered and not _ended_by_silence(case, item):
            return 0
        ends = [max(start, min(ended, day)) for day in last]
        if _ended_by_silence(case, item):  # silence is noted when the term has passed, whichever it is
            ends = [ended, calendar.shift(ended, -calendar.working_days_between(last[1], last[0]))]
        return calendar.working_days_between(ends[1], ends[0])

    def _last_days(self, case: Past, item: Question) -> tuple[dt.date, dt.date] | None:
        """Return the last day under the present rule and under the one that is tried."""
        if self.wanted.key in PAUSES:
            return self._under_other_pauses(case, item)
        if item.due_rule.get("policy") != self.wanted.key or "from" not in item.due_rule:
            return None
        terms = self._terms(item)
        if terms[0] == terms[1]:
            return None
        began = dt.date.fromisoformat(item.due_rule["from"])
        then = int(look_up(self.pair.real, self.wanted.key, self._office(item), began).value)
        days = [max(1, int(item.due_rule["days"]) + term - then) for term in terms]  # less is left after a return
        found = [due_of(self.pair.real, replace(item, due_rule=_known(item, days=number))) for number in days]
        return (found[0].day, found[1].day) if found[0] and found[1] else None

    def _under_other_pauses(self, case: Past, item: Question) -> tuple[dt.date, dt.date] | None:
        office = self._office(item)
        if item.due_rule.get("policy") in MONTHLY or "from" not in item.due_rule or office is None:
            return None
        held = [*([FREEZES] if case.process == "transfer" else []), *([VACATIONS] if office.is_school else [])]
        if self.wanted.key not in held:
            return None
        asked = replace(item, due_rule=_known(item, pauses=held, stage=case.stage))
        found = [due_of(world, asked) for world in self.pair.both]
        return (found[0].day, found[1].day) if found[0] and found[1] else None

    def _terms(self, item: Question) -> tuple[int, int]:
        office = self._office(item)
        number = office.id if office else 0
        if number not in self._known:
            key, day = self.wanted.key, self.wanted.until
            present, proposed = (int(look_up(world, key, office, day).value) for world in self.pair.both)
            self._known[number] = present, proposed
        return self._known[number]

    def _office(self, item: Question) -> Office | None:
        real: World = self.pair.real
        return real.by_code.get(str(item.due_rule.get("region", ""))) or real.offices.get(item.asked_at)

    def _calendar(self, item: Question) -> Calendar:
        return calendar_for(self.pair.real, self._office(item), item.due_rule)


class Grace:
    """The working days that are waited after a school has let its term pass."""

    def __init__(self, pair: Pair, wanted: Wanted) -> None:
        self.pair, self.wanted = pair, wanted
        self.affected, self.saved = 0, Spread()

    def look(self, case: Past) -> None:
        saved = 0
        for item in case.questions:
            if not _ended_by_silence(case, item, grace=self.wanted.key):
                continue
            office = self.pair.real.offices.get(item.asked_at)
            present, proposed = (
                int(look_up(world, self.wanted.key, office, self.wanted.until).value) for world in self.pair.both
            )
            saved += present - proposed
        if saved:
            self.affected += 1
            self.saved.add(saved)

    def told(self) -> dict[str, Any]:
        return {"affected": self.affected, "days_saved": self.saved.told()}


class Expiry:
    """Requests that nobody finished: how many would have been cleared away, and how often they are warned of it."""

    def __init__(self, pair: Pair, wanted: Wanted, now: dt.datetime) -> None:
        self.pair, self.wanted, self.now = pair, wanted, now
        self.affected, self.cleared, self.warned = 0, [0, 0], [0, 0]

    def look(self, case: Past) -> None:
        if case.submitted_at is None:
            return
        found = [self._fate(world, case) for world in self.pair.both]
        self.affected += found[0] != found[1]
        for number, (cleared, warned) in enumerate(found):
            self.cleared[number] += cleared
            self.warned[number] += warned

    def told(self) -> dict[str, Any]:
        names = ("present", "proposed")
        return {
            "affected": self.affected,
            "cleared": dict(zip(names, self.cleared, strict=True)),
            "warnings": dict(zip(names, self.warned, strict=True)),
        }

    def _fate(self, world: World, case: Past) -> tuple[bool, int]:
        """Return whether the case would have been cleared away, and how many warnings it would have had before."""
        assert case.submitted_at is not None
        office, day = world.offices.get(case.applicant_org_id), self.wanted.until
        months = int(look_up(world, "case.expire", office, day).value)
        end = world.calendar(office).add_month(day_of(case.submitted_at), months).day
        ended = day_of(case.closed_at or self.now)
        days = look_up(world, "case.expire_warnings", office, day).value
        warned = sum(end - dt.timedelta(days=int(one) - 1) <= min(ended, end) for one in days)
        return case.phase != "expired" and ended > end, warned


def _known(item: Question, **more: Any) -> dict[str, Any]:
    """Return the rule of a question that is closed: a suspension without end stopped when it was."""
    stops = [stop for stop in item.due_rule.get("stopped", ()) if stop[1]]
    return {**item.due_rule, "stopped": stops, **{name: value for name, value in more.items() if value is not None}}


def _ended_by_silence(case: Past, item: Question, grace: str | None = None) -> bool:
    """Tell whether the clock answered in place of whoever was asked; `grace` names the policy that it waited out."""
    process = processes.of_version(case.process, case.version)
    phase = process.phases.get(item.phase) if process else None
    lapse = phase.lapses.get(item.kind) if phase else None
    silent = lapse is not None and lapse.action in (item.void_reason, item.outcome)
    return silent and (grace is None or (lapse is not None and lapse.grace == grace))
