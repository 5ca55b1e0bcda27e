"""Figures of random cases: the fast way says what the slow way says, and every list holds exactly what was counted."""

import datetime as dt
import random

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.session import reading
from tests.cast import Cast
from tests.figures import NOW, Slow, below, count, scatter
from tests.statements import counted
from workflow.statistics import listing, places
from workflow.statistics.figures import Figures, Line, median, of_office
from workflow.statistics.listing import NOTHING_TICKED, OF_PERIOD, OPEN, Wanted
from workflow.statistics.period import Period, month_before
from workflow.world import World, world_of

OFFICES = ("prov", "city1", "k1", "a2", "c1", "division")
PERIODS = (
    Period("month", dt.date(2025, 11, 1), dt.date(2025, 11, 12)),
    month_before(dt.date(2025, 11, 12)),
    Period("free", dt.date(2025, 8, 20), dt.date(2025, 10, 1)),
)
PAGE = 7


class Lists:
    """Everything behind the figures of one office, page after page."""

    def __init__(self, session: Session, world: World, figures: Figures) -> None:
        self.session, self.period = session, figures.period
        self.lines = places.lines(world, figures.office)

    def all(self, wanted: Wanted) -> list[int]:
        found: list[int] = []
        after = None
        while page := listing.entries(self.session, self.lines, wanted, self.period, NOW, after, PAGE):
            found += [entry.id for entry in page]
            after = page[-1].cursor
        assert len(found) == len(set(found))
        assert len(found) == listing.count(self.session, self.lines, wanted, self.period, NOW)
        return found

    def records(self, kind: str = "", age: int | None = None) -> int:
        found, after = 0, None
        while page := listing.records(self.session, self.lines, kind, age, NOW, after, PAGE):
            found += len(page)
            after = page[-1].cursor
        assert found == listing.count_records(self.session, self.lines, kind, age, NOW)
        return found


@pytest.mark.parametrize("seed", range(3))
def test_figures_and_the_lists_behind_them_say_the_same(
    engine: Engine, session: Session, cast: Cast, seed: int, deep: bool
) -> None:
    dice = random.Random(seed)
    scatter(session, cast, dice, 400 if deep else 50)
    with reading(engine) as reader:
        world = world_of(reader)
        for short in OFFICES if deep else dice.sample(OFFICES, 2):
            period = dice.choice(PERIODS)
            office = world.office(cast.org[short])
            figures = of_office(reader, world, office, period, NOW)
            slow = count(reader, below(world, office.id), period, NOW)
            same(figures.total, slow)
            own = count(reader, {office.id}, period, NOW)
            same(figures.own, own)
            for child, line in figures.below:
                same(line, count(reader, below(world, child.id), period, NOW))
            behind(Lists(reader, world, figures), figures, slow)


def same(line: Line, slow: Slow) -> None:
    """One line says what reading every row says."""
    assert (line.open, line.today, line.late) == tuple(len(slow.of(what)) for what in OPEN)
    ends, flows = line.ends, {"went": line.went.total(), "came": line.came.total()}
    counts = {"done": line.done, "in_time": line.in_time, "late_then": line.late_then, "returned": ends["returned"],
              "refused": ends["refused"], **flows}  # fmt: skip
    assert counts == {what: len(slow.of(what)) for what in counts}
    assert line.ends.total() == len(slow.of("went"))
    assert line.ages == {age: len(items) for age, items in slow.ages.items()}
    assert line.records == slow.records
    assert line.median() == slow.median()
    assert {step: sorted(days.elements()) for step, days in line.days.items()} == {
        step: sorted(days) for step, days in slow.days.items()
    }


def behind(lists: Lists, figures: Figures, slow: Slow) -> None:
    """Every list holds exactly the questions of its figure."""
    line = figures.total
    for what in (*OPEN, *OF_PERIOD):
        assert set(lists.all(Wanted(what))) == slow.of(what), what
    for age, number in line.ages.items():
        assert len(lists.all(Wanted("open", age=age))) == number
    for step in {step for step, _ in line.paces}:
        number = sum(count for (one, _), count in line.paces.items() if one == step)
        assert len(lists.all(Wanted("open", step=step))) == number
    for step, days in line.days.items():
        assert len(lists.all(Wanted("answers", step=step))) == days.total()
    for what, weeks in (("came", line.came), ("went", line.went)):
        for week, number in weeks.items():
            assert set(lists.all(Wanted(what, week=week))) == slow.weeks[(what, week)]
            assert len(slow.weeks[(what, week)]) == number
    assert {(one.how, one.cause): one.number for one in figures.causes} == {
        cause: len(items) for cause, items in slow.causes.items()
    }
    for one in figures.causes:
        found = lists.all(Wanted(one.how, cause=one.cause or NOTHING_TICKED))
        assert set(found) == slow.causes[(one.how, one.cause)]
    for (kind, age), number in line.records.items():
        assert lists.records(kind, age) == number
    assert lists.records() == line.records.total()


def test_the_lines_add_up_to_the_sum(engine: Engine, session: Session, cast: Cast) -> None:
    scatter(session, cast, random.Random(9), 80)
    with reading(engine) as reader:
        world = world_of(reader)
        figures = of_office(reader, world, world.office(cast.org["city1"]), PERIODS[1], NOW)
    summed = Line()
    for line in (figures.own, *(line for _, line in figures.below)):
        summed.add(line)
    assert summed == figures.total
    assert figures.total.open > figures.own.open > 0


def test_every_school_stands_under_its_department_and_nowhere_else(
    engine: Engine, session: Session, cast: Cast
) -> None:
    with reading(engine) as reader:
        world = world_of(reader)
    every = [places.lines(world, world.office(cast.org[short])) for short in ("k1", "k2", "k3", "city2", "division")]
    assert sum(map(len, every)) == len({org for lines in every for org in lines}) + 2  # k3 and d1 are below city2 too
    city = places.lines(world, world.office(cast.org["city1"]))
    assert city[cast.org["c1"]] == cast.org["c1"]
    assert city[cast.org["a1"]] == cast.org["k1"]


def test_figures_take_four_statements_and_a_list_one(engine: Engine, session: Session, cast: Cast) -> None:
    asked = []
    for cases in (5, 120):
        scatter(session, cast, random.Random(3), cases)
        with reading(engine) as reader:
            world = world_of(reader)
            office = world.office(cast.org["prov"])
            with counted(engine) as seen:
                of_office(reader, world, office, PERIODS[2], NOW)
            with counted(engine) as listed:
                listing.entries(reader, places.lines(world, office), Wanted("came"), PERIODS[2], NOW)
            asked.append((len(seen), len(listed)))
    assert asked == [(4, 1), (4, 1)]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_figures_are_counted_from_their_index_alone(engine: Engine, session: Session, cast: Cast) -> None:
    scatter(session, cast, random.Random(3), 40)
    with reading(engine) as reader:
        world = world_of(reader)
        with counted(engine) as seen:
            of_office(reader, world, world.office(cast.org["prov"]), PERIODS[2], NOW)
    with engine.connect() as connection:
        for statement in seen[:2]:
            marks = ("{}",) * statement.count("?")
            plan = [row[3] for row in connection.exec_driver_sql(f"explain query plan {statement}", marks)]
            items = [line for line in plan if "work_item" in line]
            assert items
            assert all("USING COVERING INDEX ix_work_item_" in line and "org_id=?" in line for line in items), plan


@pytest.mark.parametrize(
    ("days", "middle"), [({}, None), ({3: 1}, 3), ({0: 1, 1: 1}, 0.5), ({0: 5, 9: 4}, 0), ({2: 2, 4: 2}, 3)]
)
def test_the_median_of_days_that_were_counted(days: dict[int, int], middle: float | None) -> None:
    assert median(days) == middle
