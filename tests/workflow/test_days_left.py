"""How urgent a deadline is."""

import datetime as dt

import pytest

from workflow.calendar_files import shipped
from workflow.days_left import DaysLeft, Kind, days_left

D = dt.date
TUESDAY, FRIDAY = D(2026, 11, 24), D(2026, 11, 27)


@pytest.mark.parametrize(
    "today, due, expected, urgent",
    [
        (TUESDAY, None, DaysLeft(Kind.NONE, 0), False),
        (TUESDAY, D(2026, 11, 23), DaysLeft(Kind.OVERDUE, 1), True),
        (TUESDAY, D(2026, 11, 20), DaysLeft(Kind.OVERDUE, 2), True),
        (D(2026, 11, 28), FRIDAY, DaysLeft(Kind.OVERDUE, 0), True),
        (TUESDAY, TUESDAY, DaysLeft(Kind.TODAY, 0), True),
        (TUESDAY, D(2026, 11, 25), DaysLeft(Kind.TOMORROW, 1), True),
        (FRIDAY, D(2026, 11, 30), DaysLeft(Kind.SOON, 1), True),
        (D(2026, 11, 29), D(2026, 11, 30), DaysLeft(Kind.TOMORROW, 1), True),
        (TUESDAY, D(2026, 12, 1), DaysLeft(Kind.SOON, 5), False),
        (TUESDAY, D(2026, 12, 2), DaysLeft(Kind.LATER, 6), False),
        (D(2026, 9, 30), D(2026, 10, 8), DaysLeft(Kind.SOON, 1), True),
    ],
)
def test_a_deadline_is_as_urgent_as_its_working_days(today, due, expected, urgent):
    left = days_left(shipped(), due, today)
    assert left == expected
    assert left.urgent is urgent
