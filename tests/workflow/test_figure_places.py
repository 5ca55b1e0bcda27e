"""Whose figures somebody may read, and which days a period has."""

import datetime as dt

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.session import reading
from tests.cast import Cast
from workflow.errors import NotAllowed, NotFound, Unacceptable
from workflow.statistics import places
from workflow.statistics.period import Period, chosen, month_before
from workflow.step import Actor, Desk
from workflow.world import World, world_of

TODAY = dt.date(2026, 1, 12)


@pytest.fixture
def world(engine: Engine, cast: Cast) -> World:
    with reading(engine) as session:
        return world_of(session)


@pytest.mark.parametrize(
    ("who", "office", "sees"),
    [
        ("a1:school_clerk", "a1", True),
        ("a1:school_leader", "a2", False),
        ("a1:school_leader", "k1", False),
        ("k1:dept_clerk", "a3", True),
        ("k1:dept_leader", "k2", False),
        ("k1:dept_leader", "city1", False),
        ("city1:dept_leader", "c1", True),
        ("city1:dept_leader", "b1", True),
        ("city1:dept_leader", "d1", False),
        ("prov:dept_clerk", "e1", True),
    ],
)
def test_figures_are_read_of_the_own_subtree_only(
    world: World, cast: Cast, session: Session, who: str, office: str, sees: bool
) -> None:
    actor = cast.actor(session, who)
    assert places.may_see(actor, world, world.office(cast.org[office])) is sees
    if not sees:
        with pytest.raises(NotFound):
            places.open_to(actor, world, cast.code[office])


def test_without_a_place_one_sees_the_highest_office_one_works_at(world: World, cast: Cast) -> None:
    desks = (Desk(cast.org["a1"], "school_clerk"), Desk(cast.org["k1"], "dept_clerk"), Desk(cast.org["d1"], "auditor"))
    several = Actor(9, "x", desks)
    assert places.open_to(several, world, "").id == cast.org["k1"]
    assert [one.id for one in places.homes(several, world)] == [cast.org["k1"], cast.org["d1"]]


@pytest.mark.parametrize("role", ["class_teacher", "check_operator", "arbitrator", "system_admin", "security_admin"])
def test_other_roles_read_no_figures(world: World, cast: Cast, role: str) -> None:
    actor = Actor(9, "x", (Desk(cast.org["prov"], role),))
    with pytest.raises(NotAllowed):
        places.open_to(actor, world, cast.code["a1"])


def test_an_auditor_reads_them_where_he_audits(world: World, cast: Cast) -> None:
    actor = Actor(9, "x", (Desk(cast.org["k1"], "auditor"),))
    assert places.open_to(actor, world, cast.code["a2"]).id == cast.org["a2"]


@pytest.mark.parametrize(
    ("key", "first", "last"),
    [
        ("", "2026-01-01", "2026-01-12"),
        ("month", "2026-01-01", "2026-01-12"),
        ("last_month", "2025-12-01", "2025-12-31"),
        ("term", "2025-09-01", "2026-01-12"),
    ],
)
def test_periods_end_today_at_the_latest(world: World, cast: Cast, key: str, first: str, last: str) -> None:
    period = chosen(world, world.office(cast.org["k1"]), TODAY, key)
    assert (period.first.isoformat(), period.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (None, "2026-01-02", "from"),
        ("2026-01-02", None, "to"),
        ("2026-01-02", "2026-01-13", "to"),
        ("2026-01-03", "2026-01-02", "from"),
        ("2025-01-11", "2026-01-12", "from"),
    ],
)
def test_free_days_are_whole_in_order_and_at_most_a_year(
    world: World, cast: Cast, first: str | None, last: str | None, field: str
) -> None:
    days = [dt.date.fromisoformat(day) if day else None for day in (first, last)]
    with pytest.raises(Unacceptable) as refused:
        chosen(world, world.office(cast.org["k1"]), TODAY, "free", *days)
    assert refused.value.field == field


def test_a_day_begins_and_ends_at_midnight_in_shanghai() -> None:
    period = month_before(TODAY)
    assert period.start == dt.datetime(2025, 11, 30, 16, tzinfo=dt.UTC)
    assert period.end == dt.datetime(2025, 12, 31, 16, tzinfo=dt.UTC)


def test_weeks_begin_on_monday_and_stay_inside_the_period() -> None:
    period = Period("free", dt.date(2025, 9, 3), dt.date(2025, 9, 16))
    days = [(week.first.day, week.last.day) for week in period.weeks]
    assert days == [(3, 7), (8, 14), (15, 16)]
