"""F19: whatever changes in a calendar, exactly those last days move whose counting crosses a changed day, and no other.

What should happen is told by a slow calculator that walks from day to day and knows nothing of ours but the rows.
"""

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from models.calendar import CalendarDay
from models.cases import Case, Event, WorkItem
from models.messages import Notice
from models.outbox import OutboxRow
from models.people import SYSTEM_PERSON_ID
from models.policies import Policy
from models.session import transact
from tests.cast import MONDAY, Cast
from tests.consistency import assert_consistent
from tests.play import Play
from tests.workflow.test_timers import morning
from workflow import deadlines
from workflow.calendar import due_day_of
from workflow.world import NATION, touch

D, DAY = dt.date, dt.timedelta(days=1)
CHANGES, ALL_CHANGES = 25, 400
FIRST, LAST = D(2025, 9, 1), D(2025, 10, 15)
KEYS = ("transfer.freezes", "school.vacations")
ABOVE: dict[str, tuple[str | None, ...]] = {
    "a1": ("a1", "k1", "city1", "prov", None),
    "b1": ("b1", "k2", "city1", "prov", None),
    "d1": ("d1", "k3", "city2", "prov", None),
}
"""Whose rules and days hold for a school, the nearest first; None is the nation."""
OPENED = [
    ("a1", "沈明铭", 5, D(2025, 9, 1)), ("a1", "古丽娜尔·艾合买提", 5, D(2025, 9, 12)),
    ("b1", "卢天志", 4, D(2025, 9, 4)), ("d1", "𠮷田䶮", 3, D(2025, 9, 15)),
]  # fmt: skip
Days = dict[str | None, dict[D, bool]]
Rules = dict[tuple[str, str | None], list[tuple[D, D]]]


class Slow:
    """Days and rules as rows say, and what follows from them, one day after the other."""

    def __init__(self, days: Days) -> None:
        self.days, self.rules = days, Rules()

    def counts(self, school: str, day: D) -> bool:
        """Tell whether a day counts towards a term at a school."""
        for key in KEYS:
            spans = next((self.rules[key, place] for place in ABOVE[school] if (key, place) in self.rules), [])
            if any(first <= day <= last for first, last in spans):
                return False
        given = [self.days.get(place, {}).get(day) for place in ABOVE[school]]
        return next((one for one in given if one is not None), day.weekday() < 5)

    def due(self, school: str, start: D) -> D:
        """Return the last of ten days that count."""
        day, left = start, 10
        while left:
            day += DAY
            left -= self.counts(school, day)
        return day

    def counted(self) -> dict[str, set[D]]:
        """Return the days that count at each school, far beyond everything that is asked for."""
        every = [FIRST + DAY * n for n in range(400)]
        return {school: {day for day in every if self.counts(school, day)} for school in ABOVE}


class District:
    """Open requests here and there, one that is over, and the changes that somebody makes to calendars and rules."""

    def __init__(self, engine: Engine, cast: Cast, ask: Callable[[Any], list[Any]]) -> None:
        self.engine, self.cast, self.ask = engine, cast, ask
        self.begun: dict[str, tuple[str, D]] = {}
        for school, pupil, grade, day in OPENED:
            play = Play(engine, cast, morning(day)).open(school, pupil, target_grade=grade)
            play.act(f"{school}:school_clerk", "submit")
            self.begun[play.no] = (school, day)
        over = Play(engine, cast).open("b1", "丁思欣", target_grade=5)
        over.act("b1:school_clerk", "submit")
        over.act("b1:school_clerk", "withdraw")
        self.slow = Slow({None: {row.day: row.working for row in ask(select(CalendarDay))}})

    def dues(self) -> dict[str, D]:
        """Return the last day of every open question as it stands."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(Case.no, WorkItem.due_at).join(Case).where(WorkItem.open)).all()
        return {no: due_day_of(due_at) for no, due_at in rows}

    def expected(self) -> dict[str, D]:
        return {no: self.slow.due(*begun) for no, begun in self.begun.items()}

    def told(self) -> dict[str, int]:
        """Return how many events there are of each case, and of anything that somebody is told."""
        with self.engine.connect() as connection:
            events = connection.execute(select(Case.no, func.count(Event.seq)).join(Event).group_by(Case.no)).all()
            others = [connection.scalar(select(func.count()).select_from(table)) for table in (OutboxRow, Notice)]
        return {no: int(number) for no, number in events} | {"": sum(one or 0 for one in others)}

    def recount(self) -> set[str]:
        moved = transact(self.engine, lambda session: deadlines.recompute(session, MONDAY + 30 * DAY))
        assert len(moved) == len(set(moved))
        return set(moved)

    # ---- changes -----------------------------------------------------------------------------------------------------

    def turn(self, place: str | None, day: D, working: bool) -> None:
        """Make a day a working day or a rest day, for the nation or for one place."""
        region = self.cast.code[place] if place else NATION

        def work(session: Session) -> None:
            session.execute(delete(CalendarDay).where(CalendarDay.region == region, CalendarDay.day == day))
            session.add(CalendarDay(region=region, day=day, working=working, note="", source="通知"))
            touch(session, "calendar")

        transact(self.engine, work)
        self.slow.days.setdefault(place, {})[day] = working

    def rule(self, key: str, place: str | None, spans: list[tuple[D, D]]) -> None:
        """Put the freezes or vacations of a place in the place of those it had; none: its rule is given up."""
        org = self.cast.org[place] if place else None

        def work(session: Session) -> None:
            session.execute(delete(Policy).where(Policy.key == key, Policy.org_id.is_not_distinct_from(org)))
            if spans:
                value = [{"from": first.isoformat(), "to": last.isoformat()} for first, last in spans]
                row = Policy(key=key, org_id=org, value={"value": value}, valid_from=D(2020, 1, 1), source="通知")
                row.created_by, row.created_at = SYSTEM_PERSON_ID, MONDAY
                session.add(row)
            touch(session, "policy")

        transact(self.engine, work)
        self.slow.rules.pop((key, place), None)
        if spans:
            self.slow.rules[key, place] = spans

    def something(self, chance: random.Random) -> None:
        """Change one day, or all freezes or vacations of one place."""
        place = chance.choice(["a1", "k1", "k2", "city1", "city2", "prov", None])
        if chance.random() < 0.5:
            return self.turn(place, FIRST + DAY * chance.randrange((LAST - FIRST).days), chance.random() < 0.5)
        spans = sorted(self._span(chance) for _ in range(chance.randrange(3)))
        return self.rule(chance.choice(KEYS), place, spans)

    @staticmethod
    def _span(chance: random.Random) -> tuple[D, D]:
        first = FIRST + DAY * chance.randrange((LAST - FIRST).days)
        return first, first + DAY * chance.randrange(9)


@pytest.fixture
def district(engine: Engine, cast: Cast, ask: Callable[[Any], list[Any]]) -> District:
    district = District(engine, cast, ask)
    assert district.dues() == district.expected()
    return district


def test_whatever_changes_those_move_that_it_concerns_with_one_event_each_and_nobody_else(
    district: District, deep: bool
) -> None:
    chance, moves, stays = random.Random(2026), 0, 0
    for _ in range(ALL_CHANGES if deep else CHANGES):
        before, counted, told = district.dues(), district.slow.counted(), district.told()
        district.something(chance)
        moved, after = district.recount(), district.dues()
        assert after == district.expected()
        assert moved == {no for no in before if before[no] != after[no]}
        added = {no: number - told[no] for no, number in district.told().items()}
        assert added == {no: 1 if no in moved else 0 for no in told}, "one event for each, nothing told to anybody"
        now_counted = district.slow.counted()
        for no, (school, start) in district.begun.items():
            changed = counted[school] ^ now_counted[school]
            crossed = {day for day in changed if start < day <= max(before[no], after[no])}
            assert bool(crossed) or no not in moved
            if counted[school] > now_counted[school] or counted[school] < now_counted[school]:
                inside = any(start < day <= before[no] for day in changed)
                assert (no in moved) == inside, "days were only taken away, or only given"
        moves, stays = moves + len(moved), stays + len(before) - len(moved)
        assert district.recount() == set(), "counted once more nothing moves"
    assert moves >= 5
    assert stays >= 5
    assert_consistent(district.engine)


def test_the_event_says_from_which_day_to_which(district: District, ask: Callable[[Any], list[Any]]) -> None:
    before = district.dues()
    district.rule("school.vacations", "k2", [(D(2025, 9, 8), D(2025, 9, 9))])
    [no] = district.recount()
    assert district.begun[no][0] == "b1"
    [event] = ask(select(Event).where(Event.action == "recompute"))
    [change] = event.body["deadlines"]
    assert (change["from"], change["to"]) == (before[no].isoformat(), district.dues()[no].isoformat())
