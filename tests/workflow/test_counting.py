"""Days that do not count: a slow calculator that looks at one day after another must always agree, over 20 years."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow import counting
from workflow.calendar import due_instant
from workflow.days_left import Hold, Kind
from workflow.policies import course
from workflow.world import Office, PolicyRow, World

D, DAY = dt.date, dt.timedelta(days=1)
FIRST, LAST = D(2015, 1, 1), D(2034, 12, 31)
LONG_AGO = D(2000, 1, 1)
PROVINCE, COUNTY, SCHOOL = 1, 2, 3
days = st.dates(FIRST, LAST)


def office(number: int, level: str, *path: int) -> Office:
    return Office(number, "", str(number), "", "", level, "", path[-2] if len(path) > 1 else None,
                  COUNTY if level == "school" else None, path, "", (), False, "", None, None)  # fmt: skip


OFFICES = {
    PROVINCE: office(PROVINCE, "province", PROVINCE),
    COUNTY: office(COUNTY, "county", PROVINCE, COUNTY),
    SCHOOL: office(SCHOOL, "school", PROVINCE, COUNTY, SCHOOL),
}


def world_with(special: dict[D, bool] | None = None, rows: list[PolicyRow] | None = None) -> World:
    by_key: dict[str, list[PolicyRow]] = {}
    for row in rows or []:
        by_key.setdefault(row.key, []).append(row)
    return World(1, OFFICES, by_key, {"CN": special or {}})


def of_spans(
    key: str, org: int | None, spans: list[tuple[D, D]], since: D = LONG_AGO, until: D | None = None
) -> PolicyRow:
    """A rule about dated spans, as one place made it."""
    value = {"value": [{"from": first.isoformat(), "to": last.isoformat()} for first, last in spans]}
    return PolicyRow(key, org, None, value, since, until, "")


def freeze(first: D, last: D, org: int | None = None, **since: Any) -> PolicyRow:
    return of_spans("transfer.freezes", org, [(first, last)], **since)


def question(start: D, days: int, *stopped: tuple[D, D], policy: str = "node.transfer") -> Any:
    stops = [[first.isoformat(), last.isoformat()] for first, last in stopped]
    rule = {"days": days, "from": start.isoformat(), "region": str(SCHOOL), "policy": policy, "stopped": stops,
            "pauses": list(counting.WHY)}  # fmt: skip
    return SimpleNamespace(org_id=SCHOOL, due_at=due_instant(start), due_rule=rule)


def spans(most: int) -> st.SearchStrategy[list[tuple[D, D]]]:
    """Some spans of up to two months, in their order and apart."""
    lengths = st.tuples(days, st.integers(0, 60)).map(lambda pair: (pair[0], min(LAST, pair[0] + pair[1] * DAY)))

    def apart(found: list[tuple[D, D]]) -> list[tuple[D, D]]:
        kept: list[tuple[D, D]] = []
        for first, last in sorted(found):
            if not kept or first > kept[-1][1] + DAY:
                kept.append((first, last))
        return kept

    return st.lists(lengths, max_size=most).map(apart)


# ---- the slow calculator ---------------------------------------------------------------------------------------------


class Slow:
    """Looks at each day by itself and asks everybody who could have stopped the clock on it."""

    def __init__(self, special: dict[D, bool], still: list[tuple[D, D]], stops: list[tuple[D, D]]) -> None:
        self.special, self.still, self.stops = special, still, stops

    def counts(self, day: D) -> bool:
        working = self.special.get(day, day.isoweekday() < 6)
        return working and not any(first <= day <= last for first, last in [*self.still, *self.stops])

    def due(self, start: D, days: int) -> D:
        day = start
        while days:
            day += DAY
            days -= self.counts(day)
        return day


@given(st.dictionaries(days, st.booleans(), max_size=100), spans(6), spans(6), spans(4), days, st.integers(1, 60))
def test_due_days_equal_those_of_the_slow_calculator(
    special: dict[D, bool], freezes: list[tuple[D, D]], vacations: list[tuple[D, D]], stops: list[tuple[D, D]],
    start: D, days: int,
) -> None:  # fmt: skip
    rows = [of_spans("transfer.freezes", COUNTY, freezes), of_spans("school.vacations", None, vacations)]
    slow = Slow(special, [*freezes, *vacations], stops)
    due = counting.due_of(world_with(special, rows), question(start, days, *stops))
    assert due is not None
    assert due.day == slow.due(start, days)


@given(spans(4), spans(3), days, days)
def test_a_rule_given_up_or_made_later_holds_on_its_own_days_only(
    old: list[tuple[D, D]], new: list[tuple[D, D]], start: D, change: D
) -> None:
    """Days that passed keep what held on them; from the day of the change on the new rule counts."""
    world = world_with(rows=[
        of_spans("transfer.freezes", COUNTY, new, change),
        of_spans("transfer.freezes", COUNTY, old, until=change - DAY),
    ])  # fmt: skip
    clipped = [(first, min(last, change - DAY)) for first, last in old if first < change]
    clipped += [(max(first, change), last) for first, last in new if last >= change]
    due = counting.due_of(world, question(start, 10))
    assert due is not None
    assert due.day == Slow({}, clipped, []).due(start, 10)


# ---- what a person would say -----------------------------------------------------------------------------------------

SEPTEMBER = freeze(D(2025, 9, 8), D(2025, 9, 12))


def last_day(rows: list[PolicyRow], asked: Any) -> D:
    due = counting.due_of(world_with(rows=rows), asked)
    assert due is not None
    return due.day


def test_a_freeze_that_was_announced_counts_ahead() -> None:
    asked = question(D(2025, 9, 1), 10)
    assert last_day([], asked) == D(2025, 9, 15)
    assert last_day([SEPTEMBER], asked) == D(2025, 9, 22)


def test_the_nearest_place_that_says_something_about_freezes_is_heard() -> None:
    none_here = of_spans("transfer.freezes", COUNTY, [])
    assert last_day([none_here, SEPTEMBER], question(D(2025, 9, 1), 10)) == D(2025, 9, 15)


def test_a_rule_of_another_stage_stops_nobody() -> None:
    senior = PolicyRow(SEPTEMBER.key, None, "senior", SEPTEMBER.value, SEPTEMBER.valid_from, None, "")
    asked = question(D(2025, 9, 1), 10)
    assert last_day([senior], asked) == D(2025, 9, 15)
    asked.due_rule["stage"] = "senior"
    assert last_day([senior], asked) == D(2025, 9, 22)


def test_a_month_is_a_month_whatever_is_frozen_but_a_suspension_makes_it_longer() -> None:
    month = question(D(2025, 9, 1), 1, policy="transfer.paper_file")
    assert last_day([SEPTEMBER], month) == D(2025, 10, 1)
    stopped = question(D(2025, 9, 1), 1, (D(2025, 9, 16), D(2025, 9, 22)), policy="transfer.paper_file")
    assert last_day([SEPTEMBER], stopped) == D(2025, 10, 8), "five working days more"


@pytest.mark.parametrize(
    ("today", "kind", "left", "hold"),
    [
        (D(2025, 9, 5), Kind.LATER, 6, None),
        (D(2025, 9, 8), Kind.PAUSED, 6, Hold("freeze", D(2025, 9, 12))),
        (D(2025, 9, 12), Kind.PAUSED, 6, Hold("freeze", D(2025, 9, 12))),
        (D(2025, 9, 13), Kind.LATER, 6, None),
        (D(2025, 9, 15), Kind.SOON, 5, None),
        (D(2025, 9, 23), Kind.OVERDUE, 1, None),
    ],
)
def test_how_long_there_is_does_not_shrink_while_the_clock_stands_still(
    today: D, kind: Kind, left: int, hold: Hold | None
) -> None:
    world, asked = world_with(rows=[SEPTEMBER]), question(D(2025, 9, 1), 10)
    asked.due_at = due_instant(D(2025, 9, 22))
    assert counting.left(world, asked, today) == (kind, left, hold)


def test_what_was_late_before_the_freeze_stays_late_and_does_not_get_later() -> None:
    world, asked = world_with(rows=[SEPTEMBER]), question(D(2025, 8, 21), 10)
    asked.due_at = due_instant(D(2025, 9, 4))
    assert counting.left(world, asked, D(2025, 9, 11)) == (Kind.OVERDUE, 1, None)


def test_working_days_on_which_the_clock_stood_still_can_be_told() -> None:
    world = world_with(rows=[SEPTEMBER])
    stopped = question(D(2025, 9, 1), 10, (D(2025, 9, 3), D(2025, 9, 4)))
    assert counting.paused_days(world, stopped, D(2025, 9, 1), D(2025, 9, 17)) == 2 + 5


def test_what_holds_changes_on_the_days_the_rules_name() -> None:
    later = of_spans("transfer.freezes", COUNTY, [], D(2025, 9, 10))
    values = course(world_with(rows=[later, SEPTEMBER]), "transfer.freezes", OFFICES[SCHOOL], None)
    assert [day for day, _ in values] == [D.min, D(2000, 1, 1), D(2025, 9, 10)]
