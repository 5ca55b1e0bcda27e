"""Calendar files: the shipped years, and what a file must not contain."""

import datetime as dt

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from models.calendar import CalendarDay
from workflow.calendar_files import CalendarFileWrong, DayRow, parse, shipped, shipped_rows, store, whole_years

HEAD = "day,working,note,source\n"
D = dt.date


def test_the_shipped_years_have_the_announced_number_of_rest_and_make_up_days():
    for year, rest, make_up in ((2025, 28, 5), (2026, 33, 6)):
        rows = [row for row in shipped_rows() if row.day.year == year]
        assert (sum(not row.working for row in rows), sum(row.working for row in rows)) == (rest, make_up)
        assert all(str(year) in row.source for row in rows)
    assert shipped().years == {2025, 2026}


def test_make_up_days_of_the_shipped_years_are_weekends():
    assert all(row.day.isoweekday() in (6, 7) for row in shipped_rows() if row.working)


def test_rows_are_read_in_order_with_or_without_a_byte_order_mark():
    text = "\ufeff" + HEAD + "2027-01-04,yes,元旦调休上班,通知\r\n2027-01-01,No,元旦,通知\r\n"
    assert parse(text) == [
        DayRow(D(2027, 1, 1), False, "元旦", "通知"),
        DayRow(D(2027, 1, 4), True, "元旦调休上班", "通知"),
    ]


@pytest.mark.parametrize(
    "text, line, fault",
    [
        ("", 1, "columns"),
        ("日期,上班,说明,来源\n", 1, "columns"),
        (HEAD, 1, "empty"),
        (HEAD + "2027-02-30,no,春节,通知\n", 2, "day"),
        (HEAD + "20270203,no,春节,通知\n", 2, "day"),
        (HEAD + "2027-W05-3,no,春节,通知\n", 2, "day"),
        (HEAD + "2027-02-03,maybe,春节,通知\n", 2, "working"),
        (HEAD + "2027-02-03,no,春节,\n", 2, "source"),
        (HEAD + "2027-02-03,no,春节\n", 2, "columns"),
        (HEAD + "2027-02-03,no,春节,通知,多余\n", 2, "columns"),
        (HEAD + f"2027-02-03,no,{'长' * 61},通知\n", 2, "too_long"),
        (HEAD + "2027-02-03,no,春节,通知\n2027-02-03,yes,春节,通知\n", 3, "twice"),
        (HEAD + '2027-02-03,no,"春节,通知\n', 2, "not_csv"),
    ],
)
def test_a_faulty_file_is_refused_with_its_line(text, line, fault):
    with pytest.raises(CalendarFileWrong) as wrong:
        parse(text)
    assert (wrong.value.line, wrong.value.fault) == (line, fault)


def test_a_single_local_rest_day_does_not_make_its_year_known():
    assert whole_years([D(2026, 10, 1), D(2027, 3, 20)]) == {2026}
    assert whole_years([]) == set()


def test_a_later_year_does_not_make_known_the_one_before_it():
    assert whole_years([D(2026, 10, 1), D(2028, 10, 1)]) == {2026, 2028}


def test_storing_a_day_again_replaces_it():
    engine = create_engine("sqlite://")
    CalendarDay.__table__.create(engine)
    first = DayRow(D(2027, 1, 1), False, "元旦", "通知")
    with Session(engine) as session:
        assert store(session, "CN", [first]) == 1
        store(session, "CN", [first._replace(working=True, source="更正")])
        store(session, "650000000000", [first])
        session.flush()
        stored = session.get_one(CalendarDay, ("CN", first.day))
        assert (stored.working, stored.source) == (True, "更正")
        assert session.query(CalendarDay).count() == 2
    engine.dispose()
