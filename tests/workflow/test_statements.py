"""How often a step asks the database: the numbers are the promise, and the amount of data does not change them."""

import re
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from models.cases import Case
from models.session import make_engine, reading
from tests.cast import MONDAY, Cast, add_pupil
from tests.play import Play
from tests.statements import counted
from workflow import inbox, narrowing
from workflow.narrowing import Narrowing
from workflow.world import world_of

MOST = {"submit": 7, "approve": 3, "return": 3, "refuse": 3, "withdraw": 3, "confirm_arrival": 9}
"""The lock, one that reads, and one that writes everything. Sending also reads pupil, class and what the guards
count. Arriving also closes the old enrolment before a new one opens, and draws numbers for certificate and paper file.
"""


class Watched:
    """Plays acts and notes how many statements each took."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.took: dict[str, list[int]] = {}

    def act(self, who: str, action: str, **values: object) -> None:
        revision = self.play.case().revision
        with counted(self.play.engine) as seen:
            self.play.act(who, action, revision=revision, **values)
        self.took.setdefault(action, []).append(len(seen))


def story(engine: Engine, cast: Cast) -> dict[str, list[int]]:
    """All actions of a transfer, each at least once."""
    with Session(engine) as session:
        world_of(session)  # offices and rules are in memory
    first = Watched(Play(engine, cast).open("a1", "沈明铭"))
    first.act("a1:school_clerk", "submit")
    first.act("a1:school_leader", "approve")
    first.act("a2:school_leader", "return", comment="请补正", items=["居住证明"])
    first.act("a1:school_clerk", "submit")
    first.act("a2:school_leader", "approve", comment="同意")
    first.act("k1:dept_leader", "approve")
    first.act("a1:school_clerk", "confirm_arrival", on_date="2025-09-01")
    second = Watched(Play(engine, cast).open("a1", "古丽娜尔·艾合买提"))
    second.act("a1:school_clerk", "submit")
    second.act("a1:school_leader", "refuse", cause="没有空余学位", comment="满员")
    third = Watched(Play(engine, cast).open("a1", "古丽娜尔·艾合买提"))
    third.act("a1:school_clerk", "submit")
    third.act("a1:school_clerk", "withdraw")
    took: dict[str, list[int]] = {}
    for watched in (first, second, third):
        for action, numbers in watched.took.items():
            took.setdefault(action, []).extend(numbers)
    return took


def test_a_step_stays_within_its_number_of_statements(engine: Engine, cast: Cast) -> None:
    took = story(engine, cast)
    assert {action: max(numbers) for action, numbers in took.items() if max(numbers) > MOST[action]} == {}
    assert set(took) == set(MOST)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_desk_is_read_from_its_index_and_never_sorted_whole(engine: Engine, cast: Cast, session: Session) -> None:
    """SQLite takes a partial index only where the question repeats its condition word by word."""
    actor = cast.actor(session, "a1:school_leader")
    limited = every_limit(session, cast)
    for ask in (
        lambda s: inbox.todo(s, actor),
        lambda s: inbox.todo(s, actor, limited=limited),
        lambda s: inbox.counters(s, actor, MONDAY),
    ):
        with counted(engine) as seen, reading(engine) as reader:
            ask(reader)
        [statement] = seen
        numbers = ["1"] * statement.count("?")
        with engine.connect() as connection:
            plan = [row[3] for row in connection.exec_driver_sql(f"explain query plan {statement}", tuple(numbers))]
        assert any("USING INDEX ix_work_item_inbox" in line for line in plan), plan
        assert any("USING INDEX ix_work_item_mine" in line for line in plan), plan
        assert not any(line == "SCAN work_item" for line in plan), plan


def test_the_number_does_not_grow_with_the_data(engine: Engine, session: Session, cast: Cast) -> None:
    few = story(engine, cast)
    for number in range(40):
        add_pupil(session, cast, "a2", f"邻座{number}", "male", grade=5, sequence=100 + number)
    session.commit()
    for number in range(3):
        Play(engine, cast).open("a1", f"邻座{number}").act("a1:school_clerk", "submit")
    for name in ("沈明铭", "古丽娜尔·艾合买提"):
        add_pupil(session, cast, "a2", name, "male", grade=5, sequence=160 + len(name))
    session.commit()
    assert story(engine, cast) == few


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_one_plan_for_all_desks_takes_items_in_the_order_of_the_index(
    engine: Engine, owner_database: str, cast: Cast
) -> None:
    """PostgreSQL plans a page once for every desk; it must not believe that all desks are short."""
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    columns = ", ".join(column.name for column in Case.__table__.c if column.name not in ("id", "no"))
    more = text(f"""
        INSERT INTO "case" (no, {columns}) SELECT no || n, {columns} FROM "case", generate_series(1, 2000) AS n""")
    fill = text("""
        INSERT INTO work_item (case_id, kind, phase, round, turn, queue, org_id, open, opened_at, sent_by, due_at,
                               provisional, due_rule)
        SELECT case_id + n / 3, kind, phase, round, turn, CASE WHEN n % 2 = 0 THEN queue ELSE (n % 1000)::text END,
               org_id, open, opened_at, sent_by, due_at + n * interval '1 second', provisional, due_rule
        FROM work_item, generate_series(1, 6000) AS n""")
    with engine.begin() as connection:
        connection.execute(more)
        connection.execute(fill)
    owner = make_engine(owner_database)
    with owner.begin() as connection:
        connection.execute(text('ANALYZE work_item, "case"'))
    owner.dispose()
    with reading(engine) as session:
        actor, limited = cast.actor(session, "a1:school_leader"), every_limit(session, cast)
        with counted(engine) as seen:
            inbox.todo(session, actor)
            inbox.todo(session, actor, limited=limited)
    for statement in seen:
        plan = generic_plan(engine, statement)
        assert any("Index Scan using ix_work_item_inbox" in line for line in plan), plan
        assert not any("Seq Scan on work_item" in line for line in plan), plan


def every_limit(session: Session, cast: Cast) -> dict[str, Any]:
    """Return values for every limit that a list can have."""
    actor, world = cast.actor(session, "a1:school_leader"), world_of(session)
    wanted = Narrowing("transfer", "receiving_school", "today", cast.org["a1"])
    return {**narrowing.filling(wanted, actor, world, MONDAY), "concerns_openly": cast.org["b1"]}


def generic_plan(engine: Engine, statement: str) -> list[str]:
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    numbered = re.sub(r"%\((\w+)\)s", lambda found: f"${names.index(found[1]) + 1}", statement)
    with engine.connect() as connection:
        connection.exec_driver_sql("SET plan_cache_mode = force_generic_plan")
        connection.exec_driver_sql(f"PREPARE page AS {numbered}")
        nothing = ", ".join("NULL" for _ in names)
        plan = [row[0] for row in connection.exec_driver_sql(f"EXPLAIN EXECUTE page({nothing})")]
        connection.exec_driver_sql("DEALLOCATE page")
    return plan
