"""The monthly bulletin: counted as reading every row counts, frozen when issued, corrected by a new version."""

import datetime as dt
import random
import threading

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.cases import Case, WorkItem
from models.session import LockTimeout, reading, transact
from tests.cast import Cast
from tests.figures import NOW, below, scatter
from tests.statements import counted
from web.present.bulletins import length
from workflow.calendar import day_of, due_day_of
from workflow.errors import NotAllowed, NotFound, Unacceptable
from workflow.statistics import bulletin_figures, bulletin_lists, bulletins
from workflow.statistics.bulletin_figures import Row
from workflow.statistics.bulletin_lists import Entry
from workflow.statistics.period import Period, month_before
from workflow.world import World, world_of

OCTOBER = month_before(NOW.date())
SEPTEMBER = month_before(OCTOBER.first)
LEADER = "city1:dept_leader"


@pytest.fixture
def busy(session: Session, cast: Cast) -> None:
    scatter(session, cast, random.Random(11), 80)


def issue(
    engine: Engine, cast: Cast, seen: int = 0, reason: str = "", who: str = LEADER, month: Period = OCTOBER
) -> str:
    """Issue a version; returns its public id."""

    def work(session: Session) -> str:
        world = world_of(session)
        office = world.office(cast.org["city1"])
        row = bulletins.issue(session, cast.actor(session, who), world, office, month, NOW, seen, reason)
        return row.public_id

    return transact(engine, work)


def read(engine: Engine, cast: Cast, public_id: str, who: str = LEADER) -> Row:
    with reading(engine) as session:
        row, _ = bulletins.read(session, cast.actor(session, who), world_of(session), public_id)
        return {"number": row.number, "version": row.version, "reason": row.reason, **row.figures}


def slow(session: Session, world: World, orgs: set[int], month: Period) -> Row:
    """Count one line by reading every row."""
    found = {"came": 0, "done": 0, "in_time": 0, "late": 0, "long_late": 0, "longest": 0, "old": 0}
    calendar = world.calendar(None)
    for item, sent in session.execute(select(WorkItem, Case.submitted_at).join(Case, Case.id == WorkItem.case_id)):
        if item.org_id not in orgs or item.step is None:
            continue
        closed = item.closed_at
        found["came"] += month.first <= day_of(item.opened_at) <= month.last
        if closed and item.outcome and month.first <= day_of(closed) <= month.last:
            found["done"] += 1
            found["in_time"] += item.took is not None and closed < item.due_at
        if item.opened_at < month.end and (closed is None or closed >= month.end):
            found["old"] += month.end - sent >= dt.timedelta(days=60)
            past = calendar.working_days_between(due_day_of(item.due_at), month.last)
            if item.due_at <= month.end:
                found["late"] += 1
                found["long_late"] += past >= 10
                found["longest"] = max(found["longest"], past)
    return found


@pytest.mark.parametrize("seed", range(2))
def test_a_month_is_counted_as_reading_every_row_counts_it(
    engine: Engine, session: Session, cast: Cast, seed: int
) -> None:
    scatter(session, cast, random.Random(seed), 70)
    with reading(engine) as reader:
        world = world_of(reader)
        office = world.office(cast.org["city1"])
        with counted(engine) as seen:
            figures = bulletin_figures.put_together(reader, world, office, OCTOBER)
        assert len(seen) <= 4
        for line in figures["lines"]:
            number = world.by_code[line["code"]].id
            orgs = {number} if line["kind"] == "own" else below(world, number)
            told, before = slow(reader, world, orgs, OCTOBER), slow(reader, world, orgs, SEPTEMBER)
            assert {what: line[what] for what in told} == told
            assert {what: line["before"][what] for what in ("done", "in_time", "late")} == {
                what: before[what] for what in ("done", "in_time", "late")
            }
        for what in ("came", "done", "in_time", "late", "old", "records"):
            assert figures["total"][what] == sum(line[what] for line in figures["lines"])


def test_behind_every_number_stands_a_list_of_just_so_many(engine: Engine, cast: Cast, busy: None) -> None:
    """Of a draft, and of what was issued, whatever happens afterwards; the sum is the lists of its lines."""

    def lists(session: Session, number: str, wanted: list[tuple[str, str]]) -> dict[tuple[str, str], list[Entry]]:
        row, _ = bulletins.read(session, cast.actor(session, LEADER), world_of(session), number)
        return {place: bulletin_lists.kept(session, row, *place) for place in wanted}

    with reading(engine) as session:
        world = world_of(session)
        office = world.office(cast.org["city1"])
        draft = bulletin_figures.put_together(session, world, office, OCTOBER)
        rows = {"": draft["total"], **{line["code"]: line for line in draft["lines"]}}
        places = [(code, name) for code in rows for name in bulletin_lists.NAMES]
        now = {place: bulletin_lists.now(session, world, office, OCTOBER, *place) for place in places}
    number = issue(engine, cast)
    with reading(engine) as session:
        row, _ = bulletins.read(session, cast.actor(session, LEADER), world_of(session), number)
        assert row.figures == {**draft, "listed": True}
        assert lists(session, number, places) == now
    transact(engine, lambda session: session.execute(update(WorkItem).values(closed_at=NOW, outcome=None)))
    transact(engine, lambda session: session.execute(update(Case).values(closed_at=OCTOBER.start)))
    with reading(engine) as session:
        kept = lists(session, number, places)
    assert kept == now
    for (code, name), entries in kept.items():
        assert len(set(entries)) == len(entries) == length(rows[code], name), (code, name)
        if code == "" and name != "longest":
            assert set(entries) == {one for other in rows if other for one in kept[(other, name)]}, name
    assert len([entries for entries in kept.values() if entries]) > 30
    october = read(engine, cast, issue(engine, cast, 1, "又一次"))
    assert october["total"]["done"] == 0, "a further version keeps lists of its own"


def test_a_comparison_with_what_was_issued_keeps_no_lists_of_its_own(engine: Engine, cast: Cast, busy: None) -> None:
    september = issue(engine, cast, month=SEPTEMBER)
    with reading(engine) as session:
        world = world_of(session)
        draft = bulletin_figures.put_together(session, world, world.office(cast.org["city1"]), OCTOBER)
    october = issue(engine, cast)
    with reading(engine) as session:
        row, _ = bulletins.read(session, cast.actor(session, LEADER), world, october)
        assert row.figures == {**draft, "listed": True}
        assert row.figures["before"]["id"] == september
        assert bulletin_lists.kept(session, row, "", "before_done") == []


def test_what_was_issued_does_not_change_afterwards(engine: Engine, cast: Cast, busy: None) -> None:
    number = issue(engine, cast)
    before = read(engine, cast, number)
    later = update(WorkItem).where(WorkItem.closed_at.is_(None)).values(due_at=NOW - dt.timedelta(days=40))
    transact(engine, lambda session: session.execute(later))
    assert read(engine, cast, number) == before


def test_a_correction_keeps_the_number_and_tells_what_is_different(engine: Engine, cast: Cast, busy: None) -> None:
    first = read(engine, cast, issue(engine, cast))
    with pytest.raises(Unacceptable, match="不需要重新出具"):
        issue(engine, cast, 1, "复核")
    undone = update(WorkItem).where(WorkItem.closed_at < OCTOBER.end).values(outcome=None, took=None)
    transact(engine, lambda session: session.execute(undone))
    for reason in ("", "两行\n原因", "长" * 201):
        with pytest.raises(Unacceptable) as refused:
            issue(engine, cast, 1, reason)
        assert refused.value.field == "reason"
    second = read(engine, cast, issue(engine, cast, 1, "补录了调档日期"))
    assert (second["number"], second["version"]) == (first["number"], 2)
    assert second["reason"] == "补录了调档日期"
    told = next(one for one in second["changes"] if (one["name"], one["what"]) == ("合计", "done"))
    assert told == {"code": "", "name": "合计", "what": "done", "before": first["total"]["done"], "now": 0}


def test_who_comes_second_issues_nothing(engine: Engine, cast: Cast, busy: None) -> None:
    issue(engine, cast)
    with pytest.raises(Unacceptable, match="刚刚已由他人出具"):
        issue(engine, cast)


def test_two_leaders_at_the_same_moment_issue_one_version(engine: Engine, cast: Cast, busy: None) -> None:
    start, outcomes = threading.Barrier(2), list[str]()

    def press() -> None:
        start.wait()
        try:
            outcomes.append(issue(engine, cast))
        except (Unacceptable, IntegrityError, LockTimeout):
            outcomes.append("")

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(bool, outcomes)) == [False, True]
    assert read(engine, cast, max(outcomes))["version"] == 1


def test_numbers_of_a_year_count_on(engine: Engine, cast: Cast, busy: None) -> None:
    numbers = [read(engine, cast, issue(engine, cast, month=month))["number"] for month in (SEPTEMBER, OCTOBER)]
    assert numbers == ["〔2025〕1号", "〔2025〕2号"]


def test_the_month_before_is_told_as_its_own_bulletin_told_it(engine: Engine, cast: Cast, busy: None) -> None:
    september = read(engine, cast, issue(engine, cast, month=SEPTEMBER))
    transact(engine, lambda session: session.execute(update(WorkItem).values(outcome="approve")))
    october = read(engine, cast, issue(engine, cast))
    assert october["before"]["number"] == september["number"]
    assert october["total"]["before"]["done"] == september["total"]["done"]


@pytest.mark.parametrize("who", ["city1:dept_clerk", "prov:dept_leader", "k1:dept_leader"])
def test_only_the_leader_of_the_office_issues(engine: Engine, cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        issue(engine, cast, who=who)


def test_a_bulletin_is_read_at_the_office_and_above(engine: Engine, cast: Cast, busy: None) -> None:
    number = issue(engine, cast)
    for who in ("city1:dept_clerk", "prov:dept_leader"):
        assert read(engine, cast, number, who)["version"] == 1
    for who in ("k1:dept_leader", "a1:school_leader", "city2:dept_leader"):
        with pytest.raises(NotFound):
            read(engine, cast, number, who)


@pytest.mark.parametrize("text", ["2025-11", "2024-10", "2025-13", "10", ""])
def test_only_closed_months_of_the_last_year_are_issued(text: str) -> None:
    with pytest.raises(Unacceptable):
        bulletins.closed_month(text, NOW.date())
    assert bulletins.closed_month("2025-10", NOW.date()) == OCTOBER
