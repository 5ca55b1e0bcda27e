"""Say no before, not after: what stands against a request becomes a task for the office that can clear it (first 4)."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import Case, Event, WorkItem
from models.session import reading, transact
from models.students import Student
from tests.cast import Cast
from tests.consistency import assert_consistent
from tests.decree import decree
from tests.dispute import Dispute
from tests.play import Play
from tests.workflow.test_timers import told
from workflow import engine as door
from workflow import inbox
from workflow.calendar import due_day_of
from workflow.errors import NotAllowed, NotFound, Unmet
from workflow.transfers import clearing, settling
from workflow.world import world_of

D = dt.date
Ask = Callable[[Any], list[Any]]


@pytest.fixture
def play(engine: Engine, session: Session, cast: Cast) -> Play:
    """A draft for a pupil whose suspension at the old school is not over."""
    session.get_one(Student, cast.pupil["沈明铭"]).suspended_from = D(2025, 3, 1)
    session.commit()
    return Play(engine, cast).open("a1", "沈明铭")


def task(play: Play) -> Play:
    """Return the latest task that was asked for from a draft."""
    with reading(play.engine) as session:
        of_draft = select(Case.no).where(Case.parent_id == play.case().id).order_by(Case.id.desc())
        found = Play(play.engine, play.cast, play.now)
        found.no = session.scalars(of_draft.limit(1)).one()
    return found


def test_a_suspended_pupil_cannot_be_sent_and_the_old_school_finds_a_task(play: Play, cast: Cast, ask: Ask) -> None:
    with pytest.raises(Unmet) as refused:
        play.act("a1:school_clerk", "submit")
    assert [reason.guard for reason in refused.value.reasons if reason.blocks] == ["T2"]
    play.act("a1:school_clerk", "ask_to_clear", guard="T2")
    (item,) = ask(select(WorkItem).where(WorkItem.open))
    assert (item.queue, item.kind, due_day_of(item.due_at)) == (f"{cast.org['a2']}:school_clerk", "task", D(2025, 9, 8))
    with reading(play.engine) as session:
        (line,) = inbox.todo(session, cast.actor(session, "a2:school_clerk"))
    assert line.no == task(play).no
    assert told(task(play), "open") == [("case_waiting", item.queue)]
    assert_consistent(play.engine)


def test_when_it_is_cleared_the_asking_school_is_told_and_may_send(
    play: Play, engine: Engine, session: Session, cast: Cast
) -> None:
    play.act("a1:school_clerk", "ask_to_clear", guard="T2")
    asked = task(play)
    session.get_one(Student, cast.pupil["沈明铭"]).suspended_to = D(2025, 8, 31)
    session.commit()
    assert asked.act("a2:school_clerk", "clear", comment="已复学").phase == "cleared"
    assert ("case_decided", f"{cast.org['a1']}:school_clerk") in told(asked, "clear")
    assert play.act("a1:school_clerk", "submit").phase == "receiving_school"
    assert_consistent(engine)


def test_the_same_is_asked_once_at_a_time_and_again_after_a_refusal(play: Play, ask: Ask) -> None:
    play.act("a1:school_clerk", "ask_to_clear", guard="T2")
    with pytest.raises(NotAllowed):
        play.act("a1:school_clerk", "ask_to_clear", guard="T2")
    task(play).act("a2:school_clerk", "decline", comment="休学未满")
    play.act("a1:school_clerk", "ask_to_clear", guard="T2")
    for _ in range(clearing.MOST - 2):
        task(play).act("a2:school_clerk", "decline", comment="休学未满")
        play.act("a1:school_clerk", "ask_to_clear", guard="T2")
    task(play).act("a2:school_clerk", "decline", comment="休学未满")
    with pytest.raises(NotAllowed):
        play.act("a1:school_clerk", "ask_to_clear", guard="T2")
    assert_consistent(play.engine)


@pytest.mark.parametrize("guard", ["T9", "T16", "", 5, "T7"])
def test_only_what_stands_in_the_way_can_be_asked_for(play: Play, guard: Any) -> None:
    with pytest.raises(Unmet) as refused:
        play.act("a1:school_clerk", "ask_to_clear", guard=guard)
    assert [reason.field for reason in refused.value.reasons] == ["guard"]


def test_a_draft_in_whose_way_nothing_stands_asks_nobody(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    with pytest.raises(NotAllowed):
        play.act("a1:school_clerk", "ask_to_clear", guard="T2")


def test_an_open_case_elsewhere_goes_to_the_school_that_began_it(engine: Engine, cast: Cast, ask: Ask) -> None:
    other = Play(engine, cast).open("b1", "沈明铭", target_grade=3)
    transact(engine, lambda session: _send(session, other))
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "ask_to_clear", guard="C2")
    (item,) = ask(select(WorkItem).where(WorkItem.open, WorkItem.kind == "task"))
    assert item.queue == f"{cast.org['b1']}:school_clerk"


def _send(session: Session, play: Play) -> None:
    """Let a case count as under way, whatever else stands against it."""
    case = session.scalars(select(Case).where(Case.no == play.no)).one()
    case.submitted_at, case.student_id = play.now, play.cast.pupil["沈明铭"]


def test_a_problem_record_goes_to_the_old_school_and_a_rule_to_the_department(
    engine: Engine, session: Session, cast: Cast
) -> None:
    dispute = Dispute(engine, cast).about(("a2", "王小明"), ("b1", "王小明"))
    pupil = session.get_one(Student, dispute.students[0])
    cast.record_no["王小明"] = str(pupil.record_no)
    session.commit()
    play = Play(engine, cast).open("a1", "王小明")
    decree(session, "class.size", {stage: {"warn": 1, "block": 1} for stage in ("primary", "junior", "senior")})
    with reading(engine) as fresh:
        step = door.look(fresh, play.no, cast.actor(fresh, "a1:school_clerk"), world_of(fresh), play.now)
        found = {one.reason.guard: one.office.id for one in clearing.obstacles(step)}
    assert found == {"C3": cast.org["a2"], "T4": cast.org["k1"], "T7": cast.org["k1"]}


def test_a_school_that_cannot_decide_it_hands_it_to_its_department(play: Play, cast: Cast, ask: Ask) -> None:
    play.act("a1:school_clerk", "ask_to_clear", guard="T2")
    asked = task(play)
    assert asked.act("a2:school_clerk", "hand_up").phase == "department"
    (item,) = ask(select(WorkItem).where(WorkItem.open))
    assert item.queue == f"{cast.org['k1']}:dept_clerk"
    assert asked.act("k1:dept_clerk", "clear").phase == "cleared"
    assert_consistent(play.engine)


def test_a_task_ends_by_itself_when_the_draft_is_gone(play: Play, engine: Engine, ask: Ask) -> None:
    play.act("a1:school_clerk", "ask_to_clear", guard="T2")
    asked = task(play)
    with reading(engine) as session:
        assert settling.needless(session) == []
    play.act("a1:school_clerk", "withdraw")
    with reading(engine) as session:
        assert settling.needless(session) == [asked.no]
    assert transact(engine, lambda session: settling.drop(session, asked.no, play.now))
    assert asked.phase == "dropped"
    assert ask(select(WorkItem.id).where(WorkItem.open)) == []
    assert_consistent(engine)


def test_a_task_that_was_answered_meanwhile_is_not_dropped(play: Play, engine: Engine) -> None:
    play.act("a1:school_clerk", "ask_to_clear", guard="T2")
    asked = task(play)
    asked.act("a2:school_clerk", "clear")
    assert not transact(engine, lambda session: settling.drop(session, asked.no, play.now))
    assert asked.phase == "cleared"


def test_who_is_asked_sees_the_task_and_not_the_draft(play: Play, cast: Cast) -> None:
    play.act("a1:school_clerk", "ask_to_clear", guard="T2")
    asked = task(play)
    with reading(play.engine) as session:
        world = world_of(session)
        clerk = cast.actor(session, "a2:school_clerk")
        assert door.look(session, asked.no, clerk, world, play.now).case.no == asked.no
        with pytest.raises(NotFound):
            door.look(session, play.no, clerk, world, play.now)
        with pytest.raises(NotFound):
            door.look(session, asked.no, cast.actor(session, "d1:school_clerk"), world, play.now)


def test_nobody_but_the_clerk_of_the_draft_asks(play: Play) -> None:
    with pytest.raises(NotAllowed):
        play.act("a1:school_leader", "ask_to_clear", guard="T2")
    with pytest.raises(NotFound):
        play.act("a2:school_clerk", "ask_to_clear", guard="T2")


def test_the_draft_remembers_whom_it_asked(play: Play, ask: Ask) -> None:
    play.act("a1:school_clerk", "ask_to_clear", guard="T2")
    (event,) = ask(select(Event).where(Event.action == "ask_to_clear"))
    assert (event.body["guard"], event.body["asked"]) == ("T2", play.cast.org["a2"])
