"""What is kept with every answer for the figures: the name of the step, the working days it took, and the causes."""

import datetime as dt

from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from models.cases import StepCause, WorkItem
from models.session import reading, transact
from tests.cast import MONDAY, Cast
from tests.play import Play
from workflow.statistics.catching_up import catch_up
from workflow.statistics.steps import causes_of

Told = list[tuple[str | None, int | None]]
RETURNED = "transfer/draft/correct"
AT_SCHOOL = "transfer/receiving_school/decide"


def told(engine: Engine) -> Told:
    """Name and days of every work item, in their order."""
    with reading(engine) as session:
        return [(row.step, row.took) for row in session.execute(select(WorkItem).order_by(WorkItem.id)).scalars()]


def causes(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.scalars(select(StepCause.cause).order_by(StepCause.cause)))


def days_later(play: Play, days: int) -> None:
    play.now += dt.timedelta(days=days)


def test_a_draft_is_nobody_elses_business_and_counts_nowhere(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    assert [name for name, _ in told(engine) if name] == []
    play.act("a1:school_clerk", "submit")
    assert [name for name, _ in told(engine) if name] == [AT_SCHOOL]


def test_an_answer_is_measured_in_working_days_without_the_holidays(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast, MONDAY.replace(day=15)).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.now = dt.datetime(2025, 10, 11, 1, tzinfo=dt.UTC)  # a Saturday on which offices work
    play.act("a1:school_leader", "approve")
    assert (AT_SCHOOL, 15) in told(engine)


def test_what_is_answered_on_the_day_took_no_day(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    assert (AT_SCHOOL, 0) in told(engine)


def test_days_of_a_pause_are_no_days_of_the_office(engine: Engine, cast: Cast, session: Session) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    item = session.scalars(select(WorkItem).where(WorkItem.open)).one()
    item.due_rule = {**item.due_rule, "paused": 3}
    session.commit()
    days_later(play, 7)
    play.act("a1:school_leader", "approve")
    assert (AT_SCHOOL, 2) in told(engine)


def test_a_return_keeps_what_was_ticked_and_the_correction_counts_as_a_step(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "return", comment="请补正", items=["户口簿", "转学理由", "请看附言"])
    assert causes(engine) == ["其他", "户口簿", "转学理由"]
    days_later(play, 1)
    play.act("a1:school_clerk", "submit")
    assert (RETURNED, 1) in told(engine)


def test_a_refusal_keeps_its_cause(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "refuse", cause="没有空余学位", comment="满员")
    assert causes(engine) == ["没有空余学位"]


def test_a_question_that_was_taken_back_was_answered_by_nobody(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_clerk", "withdraw")
    assert (AT_SCHOOL, None) in told(engine)


def test_advice_is_owed_by_nobody_and_the_question_stays_where_it_is(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    play.act("a2:school_leader", "approve")
    before = [name for name, _ in told(engine) if name]
    play.act("k1:dept_leader", "consult", person="k1-dept_clerk", comment="材料是否属实")
    assert [name for name, _ in told(engine) if name] == before


def test_answers_from_before_the_update_are_measured_alike(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    days_later(play, 3)
    play.act("a1:school_leader", "return", comment="请补正", items=["户口簿"])
    play.act("a1:school_clerk", "submit")
    before, why = told(engine), causes(engine)
    transact(engine, lambda session: session.execute(update(WorkItem).values(took=None)))
    transact(engine, lambda session: session.execute(delete(StepCause)))

    assert transact(engine, catch_up) is None

    assert (told(engine), causes(engine)) == (before, why)


def test_words_typed_by_a_program_never_become_a_cause_of_their_own() -> None:
    assert causes_of("transfer", "return", {"items": ["沈明铭的户口簿", "户口簿"]}) == ["其他", "户口簿"]
    assert causes_of("transfer", "return", {"comment": "沈明铭"}) == []
    assert causes_of("transfer", "approve", {"items": ["户口簿"]}) == []
