"""Rules as data: the nearest jurisdiction wins; and the edges of terms, windows and grades."""

import datetime as dt
from typing import Any

import pytest

from models.organisations import SchoolClass
from models.transfers import Transfer
from tests.workflow.test_routing import world
from workflow.policies import DEFAULTS, look_up, severity_of, stage_of
from workflow.transfers.facts import Facts
from workflow.transfers.guards import GUARDS, verdicts
from workflow.transfers.terms import in_window, joined, last_grade_of
from workflow.world import PolicyRow, World

DAY = dt.date(2025, 9, 1)


def row(org: int | None, value: Any, **more: Any) -> PolicyRow:
    facts = {"stage": None, "valid_from": dt.date(2020, 1, 1), "valid_to": None, "source": "文号", **more}
    return PolicyRow("node.transfer", org, value={"value": value}, **facts)


def days(rows: list[PolicyRow], office: str | None, stage: str | None = None, day: dt.date = DAY) -> Any:
    here = world()
    here.policies["node.transfer"] = rows
    return look_up(here, "node.transfer", here.by_code[office] if office else None, day, stage).value


def number(code: str) -> int:
    return world().by_code[code].id


def test_the_nearest_jurisdiction_wins_over_the_nation_and_the_default() -> None:
    nation, province, county = row(None, 9), row(number("prov"), 8), row(number("k1"), 7)
    assert days([], "a1") == DEFAULTS["node.transfer"].value == 10
    assert days([nation], "a1") == 9
    assert days([nation, province], "a1") == 8
    assert days([county, nation, province], "a1") == 7
    assert days([county, nation, province], "b1") == 8, "another county"
    assert days([county, nation, province], None) == 9


def test_a_school_follows_the_office_that_supervises_it() -> None:
    assert days([row(number("city1"), 5), row(number("k1"), 4)], "c1") == 5


def test_a_rule_holds_from_its_first_to_its_last_day() -> None:
    summer = row(None, 3, valid_from=dt.date(2025, 7, 1), valid_to=dt.date(2025, 8, 31))
    found = [days([summer], "a1", day=dt.date(2025, m, d)) for m, d in ((6, 30), (7, 1), (8, 31), (9, 1))]
    assert found == [10, 3, 3, 10]


def test_a_rule_for_the_stage_goes_before_the_general_one_of_the_same_office() -> None:
    rows = [row(number("k1"), 6), row(number("k1"), 5, stage="senior")]
    assert (days(rows, "a1", "senior"), days(rows, "a1", "primary"), days(rows, "a1")) == (5, 6, 6)


def test_every_default_names_its_source_and_every_guard_its_citation() -> None:
    assert all(default.title and default.source for default in DEFAULTS.values())
    assert all(guard.citation for guard in GUARDS.values())


def test_a_severity_is_one_of_four_words() -> None:
    here = world({"guard.T3": "loud"})
    assert severity_of(here, "T3", "warn", here.by_code["k1"], DAY, None) == "warn"
    assert severity_of(world({"guard.T3": "off"}), "T3", "warn", here.by_code["k1"], DAY, None) == "off"


# ---- edges ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "inside"), [
    ("11-30", False), ("12-01", True), ("12-31", True), ("01-01", True), ("02-10", True), ("02-11", False),
])  # fmt: skip
def test_a_window_may_run_over_new_year(day: str, inside: bool) -> None:
    assert in_window(dt.date.fromisoformat(f"2024-{day}"), {"from": "12-01", "to": "02-10"}) is inside


def test_a_window_ends_on_the_last_of_february_in_every_year() -> None:
    assert in_window(dt.date(2024, 2, 29), {"from": "02-01", "to": "02-29"})
    assert not in_window(dt.date(2025, 3, 1), {"from": "02-01", "to": "02-29"})


def test_stages_and_their_last_grades() -> None:
    assert [stage_of(grade) for grade in (None, 1, 6, 7, 9, 10, 12)] == [
        None, "primary", "primary", "junior", "junior", "senior", "senior",
    ]  # fmt: skip
    assert [last_grade_of(grade) for grade in (1, 6, 7, 9, 10, 12)] == [6, 6, 9, 9, 12, 12]


def heard(grade: int, day: str, direction: str = "inside", here: World | None = None) -> dict[str, str]:
    """Severity by guard for a pupil of `grade` who asks on `day`."""
    facts = Facts(here or world(), dt.date.fromisoformat(day), Transfer(direction=direction, target_grade=grade))
    facts.receiving = facts.world.by_code["a1"]
    facts.releasing = facts.world.by_code["b1"]
    facts.school_class = SchoolClass(grade=grade, name="1班")
    return {reason.guard: reason.severity for reason in verdicts(facts, ("T4", "T5", "T6", "T14"))}


@pytest.mark.parametrize(("windows", "told"), [
    ("07-01 09-15, 01-15 03-15", "01-15 03-15, 07-01 09-15"),
    ("01-15 02-29, 03-01 03-15", "01-15 03-15"),
    ("07-01 08-15, 07-10 09-15, 07-12 07-20", "07-01 09-15"),
    ("10-01 12-31, 01-01 03-01, 05-01 05-31", "05-01 05-31, 10-01 03-01"),
    ("12-15 01-15, 01-10 02-01", "12-15 02-01"),
    ("09-01 06-30, 06-01 09-15", "01-01 12-31"),
])  # fmt: skip
def test_windows_that_touch_or_overlap_are_told_as_one(windows: str, told: str) -> None:
    def spans(text: str) -> list[tuple[str, ...]]:
        return [tuple(one.split()) for one in text.split(", ")]

    assert joined([dict(zip(("from", "to"), one, strict=True)) for one in spans(windows)]) == spans(told)


@pytest.mark.parametrize(("grade", "day", "expected"), [
    (1, "2025-09-01", {"T4": "block"}),
    (1, "2026-01-31", {"T4": "block"}),
    (1, "2026-02-01", {}),
    (1, "2026-07-01", {}),                      # the grade just finished
    (1, "2026-08-31", {}),
    (2, "2025-09-01", {}),
    (7, "2025-09-15", {"T4": "block"}),
    (7, "2025-09-16", {"T4": "block", "T6": "block"}),
    (6, "2025-09-01", {"T5": "warn"}),
    (6, "2026-01-31", {"T5": "warn"}),
    (6, "2026-02-01", {"T5": "block"}),
    (6, "2026-07-01", {"T5": "block"}),         # just graduated: another business
    (9, "2026-03-15", {"T5": "block"}),
    (5, "2026-03-15", {}),
    (5, "2026-03-16", {"T6": "block"}),
    (5, "2026-01-14", {"T6": "block"}),
    (5, "2026-01-15", {}),
    (5, "2026-06-30", {"T6": "block"}),
    (5, "2026-07-01", {}),
    (10, "2025-09-01", {"T4": "block", "T14": "block"}),
    (10, "2026-02-01", {}),
    (12, "2025-09-01", {"T5": "block"}),
    (12, "2026-02-01", {"T5": "block"}),
    (11, "2025-09-01", {}),
])  # fmt: skip
def test_grades_and_days_at_their_edges(grade: int, day: str, expected: dict[str, str]) -> None:
    assert heard(grade, day) == expected


def test_leaving_the_province_is_possible_in_the_first_senior_term_and_coming_is_not() -> None:
    assert "T14" not in heard(10, "2025-09-01", "outgoing")
    assert heard(10, "2025-09-01", "incoming") == {"T4": "block", "T14": "block"}


def test_terms_and_windows_follow_the_jurisdiction() -> None:
    late = {"first": ["10-08", "02-15"], "second": ["02-16", "10-07"]}
    always = [{"from": "01-01", "to": "12-31"}]
    here = world({"terms": late, "transfer.windows": always})
    assert heard(1, "2025-10-07", here=here) == {}
    assert heard(1, "2025-10-08", here=here) == {"T4": "block"}
    assert heard(1, "2026-02-15", here=here) == {"T4": "block"}
    assert heard(5, "2025-11-12", here=here) == {}
    assert heard(5, "2025-11-12", here=world({"transfer.windows": []})) == {}, "no window means no limit"
