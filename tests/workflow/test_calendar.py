"""Working-day arithmetic: the worked examples of the handbook, and a slow calculator that must always agree."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.calendar import Calendar, Due, day_of, due_day_of, due_instant
from workflow.calendar_files import shipped

D = dt.date
FIRST, LAST = D(2015, 1, 1), D(2034, 12, 31)
YEARS = range(FIRST.year, LAST.year + 1)
days_of_20_years = st.dates(FIRST, LAST)
exceptions = st.dictionaries(days_of_20_years, st.booleans(), max_size=200)


@pytest.mark.parametrize(
    "start, due",
    [
        (D(2025, 9, 1), D(2025, 9, 15)),
        (D(2025, 9, 29), D(2025, 10, 20)),
        (D(2025, 10, 4), D(2025, 10, 21)),
        (D(2026, 2, 10), D(2026, 3, 2)),
    ],
)
def test_ten_working_days_end_where_the_handbook_says(start, due):
    assert shipped().due_day(start, 10) == Due(due, provisional=False)


@pytest.mark.parametrize(
    "start, due", [(D(2025, 9, 1), D(2025, 10, 9)), (D(2026, 1, 31), D(2026, 2, 28)), (D(2026, 7, 15), D(2026, 8, 17))]
)
def test_a_month_ends_on_the_same_day_number_moved_off_a_rest_day(start, due):
    assert shipped().add_month(start) == Due(due, provisional=False)


def test_six_months_may_cross_the_year_and_end_on_the_last_day_of_a_short_month():
    assert shipped().add_month(D(2025, 8, 31), 6) == Due(D(2026, 2, 28), provisional=False)
    assert shipped().add_month(D(2026, 8, 31), 6) == Due(D(2027, 3, 1), provisional=True)


@pytest.mark.parametrize(
    "day, working",
    [
        (D(2026, 2, 14), True),
        (D(2026, 2, 15), False),
        (D(2026, 2, 23), False),
        (D(2026, 2, 28), True),
        (D(2026, 10, 10), True),
        (D(2026, 10, 11), False),
        (D(2026, 11, 24), True),
        (D(2027, 10, 1), True),
    ],
)
def test_rest_days_and_make_up_days_are_what_was_announced(day, working):
    assert shipped().is_working(day) is working


@pytest.mark.parametrize("start, days", [(D(2023, 9, 28), 10), (D(2024, 12, 20), 10), (D(2026, 12, 20), 300)])
def test_a_term_that_touches_a_year_nobody_announced_is_provisional(start, days):
    announced = Calendar(shipped().days, (2025, 2026, 2028))
    assert announced.due_day(start, days).provisional


def test_a_date_beyond_the_announced_years_is_provisional():
    assert shipped().due_day(D(2026, 12, 17), 10) == Due(D(2026, 12, 31), provisional=False)
    assert shipped().due_day(D(2026, 12, 18), 10) == Due(D(2027, 1, 1), provisional=True)


@pytest.mark.parametrize("days", [0, -1])
def test_a_deadline_of_no_days_is_an_error(days):
    with pytest.raises(ValueError, match="at least one"):
        shipped().due_day(D(2026, 3, 2), days)


def test_a_deadline_ends_at_midnight_in_shanghai_and_belongs_to_the_day_before():
    ends = due_instant(D(2026, 3, 2))
    assert ends == dt.datetime(2026, 3, 2, 16, tzinfo=dt.UTC)
    assert due_day_of(ends) == D(2026, 3, 2)
    assert day_of(ends) == D(2026, 3, 3)
    assert due_day_of(ends - dt.timedelta(hours=5)) == D(2026, 3, 2)
    assert due_day_of(ends + dt.timedelta(microseconds=1)) == D(2026, 3, 3)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="naive"):
        due_day_of(dt.datetime(2026, 3, 2))  # noqa: DTZ001 - the point of the test


def test_the_rungs_of_the_ladder_count_working_days_from_the_last_day():
    calendar, due = shipped(), D(2026, 10, 12)
    assert [calendar.shift(due, n) for n in (-5, -2, 0, 1, 3, 10)] == [
        D(2026, 9, 29), D(2026, 10, 9), due, D(2026, 10, 13), D(2026, 10, 15), D(2026, 10, 26),
    ]  # fmt: skip


def test_days_left_are_negative_when_the_day_has_passed():
    calendar = shipped()
    assert calendar.working_days_between(D(2026, 9, 30), D(2026, 10, 10)) == 3
    assert calendar.working_days_between(D(2026, 10, 10), D(2026, 9, 30)) == -3
    assert calendar.working_days_between(D(2026, 10, 1), D(2026, 10, 7)) == 0


def test_a_thousand_years_are_answered_at_once_and_the_end_of_time_is_an_error():
    calendar = shipped()
    far = calendar.due_day(D(2026, 1, 5), 260_000)
    assert calendar.working_days_between(D(2026, 1, 5), far.day) == 260_000
    with pytest.raises(OverflowError):
        calendar.shift(D(2026, 1, 5), 5_000_000)
    with pytest.raises(OverflowError):
        calendar.shift(D(2026, 1, 5), -5_000_000)


# ---- the slow calculator: one day after another ----------------------------------------------------------------------


def _slow_is_working(special, day):
    return special.get(day, day.isoweekday() not in (6, 7))


def _slow_walk(special, day, steps):
    direction = dt.timedelta(days=1 if steps > 0 else -1)
    left = abs(steps)
    while left:
        day += direction
        left -= _slow_is_working(special, day)
    return day


def _slow_count(special, a, b):
    count = 0
    while a < b:
        a += dt.timedelta(days=1)
        count += _slow_is_working(special, a)
    return count


@given(exceptions, days_of_20_years, st.integers(1, 300))
def test_due_days_equal_those_of_the_slow_calculator(special, start, n):
    due = Calendar(special, YEARS).due_day(start, n)
    assert due == Due(_slow_walk(special, start, n), due.day > LAST)


@given(exceptions, days_of_20_years, st.integers(-300, 300))
def test_shifts_both_ways_equal_those_of_the_slow_calculator(special, start, n):
    assert Calendar(special, YEARS).shift(start, n) == _slow_walk(special, start, n)


@given(exceptions, days_of_20_years, days_of_20_years)
def test_days_between_equal_those_of_the_slow_calculator_in_both_directions(special, a, b):
    calendar = Calendar(special, YEARS)
    a, b = min(a, b), max(a, b)
    assert calendar.working_days_between(a, b) == _slow_count(special, a, b)
    assert calendar.working_days_between(b, a) == -_slow_count(special, a, b)


@given(exceptions, days_of_20_years)
def test_a_working_day_and_the_next_one_are_found_like_a_person_finds_them(special, day):
    calendar = Calendar(special, YEARS)
    assert calendar.is_working(day) == _slow_is_working(special, day)
    expected = day if _slow_is_working(special, day) else _slow_walk(special, day, 1)
    assert calendar.next_working(day) == expected


@given(st.dates(D(1992, 1, 1), D(2200, 1, 1)))
def test_the_day_of_a_deadline_survives_the_way_through_its_instant(day):
    assert due_day_of(due_instant(day)) == day
