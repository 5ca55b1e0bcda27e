"""History cannot be changed without being found out (F20, promise P8), and the application may not even try."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models.cases import Case, Event
from models.session import make_engine, reading
from tests.cast import Cast
from tests.play import Play
from workflow import audit, journal

ON_POSTGRES = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.fixture
def told(play: Play, engine: Engine, cast: Cast) -> Play:
    """A case with five events between two neighbours."""
    Play(engine, cast).open("a1", "古丽娜尔·艾合买提")
    play.open("a1", "沈明铭")
    Play(engine, cast).open("a1", "𠮷田䶮", target_grade=3)
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve", comment="同意转入")
    play.act("a2:school_leader", "return", comment="请补正")
    play.act("a1:school_clerk", "submit")
    return play


@pytest.fixture
def forger(owner_database: str) -> Iterator[Connection]:
    """Somebody with the owner's rights and raw SQL, the guards of the table switched off."""
    engine = make_engine(owner_database)
    with engine.execution_options(writes=True).connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE event DISABLE TRIGGER USER"))
        else:
            connection.execute(text("DROP TRIGGER event_update_refused"))
            connection.execute(text("DROP TRIGGER event_delete_refused"))
        yield connection
        connection.rollback()  # the guards are switched on again
    engine.dispose()


FORGERIES: dict[str, tuple[str, int]] = {
    "update event set action = 'refuse' where case_id = :case and seq = 3": ("a changed action", 3),
    "update event set actor_id = actor_id + 1 where case_id = :case and seq = 2": ("another actor", 2),
    "update event set at = '2025-08-01 00:00:00+00' where case_id = :case and seq = 5": ("a time that is moved", 5),
    "update event set to_phase = 'rejected' where case_id = :case and seq = 4": ("another phase", 4),
    "delete from event where case_id = :case and seq = 3": ("a removed event", 3),
    "delete from event where case_id = :case and seq = 1": ("the first event removed", 1),
    "delete from event where case_id = :case and seq = 5": ("the last event cut off", 5),
    "delete from event where case_id = :case": ("all events of a case removed", 1),
    "update event set seq = 9 where case_id = :case and seq = 2": ("an event moved to the end", 2),
    "insert into event (case_id, seq, at, actor_id, action, from_phase, to_phase, body, prev, hash) select case_id, 6, "
    "at, actor_id, action, from_phase, to_phase, body, hash, hash from event where case_id = :case and seq = 5": (
        "an event put at the end", 6),
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda sql: FORGERIES[sql][0])
def test_a_forgery_is_found_and_located(forgery: str, told: Play, forger: Connection) -> None:
    before = found(forger, told)
    forger.execute(text(forgery), {"case": told.case().id})
    fault = found(forger, told)
    assert before is None
    assert fault is not None
    assert (fault.case, fault.seq) == (told.no, FORGERIES[forgery][1])


def test_two_events_that_change_places_are_found(told: Play, forger: Connection) -> None:
    case = told.case().id
    for old, new in ((2, 99), (3, 2), (99, 3)):
        forger.execute(text("update event set seq = :new where case_id = :case and seq = :old"),
                       {"case": case, "old": old, "new": new})  # fmt: skip
    fault = found(forger, told)
    assert fault is not None
    assert fault.seq == 2


def test_a_forger_who_knows_the_algorithm_cannot_hide_what_the_case_remembers(told: Play, forger: Connection) -> None:
    """The last event is rewritten with a hash that fits; the head in the case's row does not."""
    with Session(forger, join_transaction_mode="control_fully") as session:
        last = session.scalars(select(Event).where(Event.case_id == told.case().id).order_by(Event.seq.desc())).first()
        assert last is not None
        last.action = "approve"
        last.hash = journal.hash_of(last)
        session.flush()
        fault = journal.broken(session, session.get_one(Case, last.case_id))
        assert fault == journal.Broken(told.no, 6, "the end of the chain is missing or was replaced")


def test_a_whole_case_that_was_removed_is_missed_by_its_number(told: Play, forger: Connection) -> None:
    case = told.case().id
    with Session(forger) as session:
        assert list(audit.missing(session)) == []
    for table in ("outbox", "timer", "work_item", "case_scope", "transfer", "event"):
        forger.execute(text(f"delete from {table} where case_id = :case"), {"case": case})
    forger.execute(text("update evidence set case_id = null where case_id = :case"), {"case": case})
    forger.execute(text('delete from "case" where id = :case'), {"case": case})
    with Session(forger) as session:
        assert list(audit.missing(session)) == [journal.Broken(told.no, 0, "the whole case is missing")]


@ON_POSTGRES
def test_a_truncated_log_is_found(told: Play, forger: Connection) -> None:
    forger.execute(text("truncate event"))
    fault = found(forger, told)
    assert fault is not None
    assert fault.seq == 1


FORBIDDEN = [
    "update event set action = 'x'",
    "delete from event",
    "truncate event",
    "alter table event disable trigger all",
    "drop trigger event_change_refused on event",
    "set session_replication_role = replica",
    "create table mine (x int)",
    "drop table event",
]


@ON_POSTGRES
@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_applications_role_is_denied(statement: str, told: Play, engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
        connection.execute(text(statement))


@pytest.mark.parametrize("statement", ["update event set action = 'x'", "delete from event"])
def test_even_the_owner_meets_the_trigger(statement: str, told: Play, owner_database: str) -> None:
    engine = make_engine(owner_database)
    with engine.connect() as connection, pytest.raises(DBAPIError, match="events are never changed"):
        connection.execute(text(statement))
    engine.dispose()


def test_words_about_people_are_unreadable_in_the_event_and_opened_for_those_who_may_see_them(
    told: Play, engine: Engine
) -> None:
    with reading(engine) as session:
        case = told.case()
        events = {e.seq: e for e in session.scalars(select(Event).where(Event.case_id == case.id))}
        assert "同意转入" not in str(events[3].body)
        assert journal.opened(case, events[3]) == {"comment": "同意转入"}
        case.data_key = b""
        assert journal.opened(case, events[3]) == {}, "the key is destroyed, the chain still holds"
        assert journal.broken(session, case) is None


def found(connection: Connection, play: Play) -> journal.Broken | None:
    with Session(connection) as session:
        return journal.broken(session, session.scalars(select(Case).where(Case.no == play.no)).one())


