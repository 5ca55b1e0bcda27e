"""A jurisdiction says who of several at a desk gets a new question; he can put it back, and it can be handed on."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import Case, WorkItem
from models.outbox import OutboxRow
from models.session import reading
from tests.cast import MONDAY, Cast
from tests.consistency import assert_consistent
from tests.council import colleague
from tests.decree import decree
from tests.faulty import Faulty
from tests.play import Play
from tests.statements import counted
from workflow import distributing, inbox
from workflow import engine as door
from workflow.errors import NotAllowed, Unmet
from workflow.policy_shapes import SHAPES, faults_of
from workflow.world import world_of

PUPILS = ("沈明铭", "古丽娜尔·艾合买提")
LEADER = "a2:school_leader"


@pytest.fixture(autouse=True)
def consistent(request: pytest.FixtureRequest) -> Iterator[None]:
    engine: Engine | None = request.getfixturevalue("engine") if "cast" in request.fixturenames else None
    yield
    if engine:
        assert_consistent(engine)


@pytest.fixture
def busy(engine: Engine, cast: Cast) -> Cast:
    """The releasing school a2 has three leaders."""
    for name in ("second", "third"):
        colleague(engine, cast, name, "a2", "school_leader")
    return cast


def rule(session: Session, cast: Cast, manner: str) -> None:
    decree(session, "desk.distribution", {"school": manner, "department": "offer"}, cast.org["k1"])


def request(engine: Engine, cast: Cast, pupil: str = PUPILS[0]) -> Play:
    """A transfer from a2 that lies at a2's leaders."""
    play = Play(engine, cast).open("a1", pupil)
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    assert play.phase == "releasing_school"
    return play


def holder(play: Play) -> str | None:
    with reading(play.engine) as session:
        query = select(WorkItem.assignee_id).join(Case).where(Case.no == play.no, WorkItem.open)
        number = session.scalars(query).one()
    return next((who for who, known in play.cast.person.items() if known == number), None)


def test_by_default_everybody_at_the_desk_may_take_it(engine: Engine, busy: Cast) -> None:
    play = request(engine, busy)
    assert holder(play) is None
    play.act("third", "approve")


def test_in_turns_each_gets_the_next_one_and_only_he_can_answer(engine: Engine, session: Session, busy: Cast) -> None:
    rule(session, busy, distributing.TURNS)
    plays = [request(engine, busy, pupil) for pupil in PUPILS]
    holders = [holder(play) for play in plays]
    assert None not in holders
    assert len(set(holders)) == 2
    other = next(who for who in (LEADER, "second", "third") if who != holders[0])
    with pytest.raises(NotAllowed):
        plays[0].act(other, "approve")
    plays[0].act(str(holders[0]), "approve")


def test_what_is_handed_out_can_be_put_back_for_everybody(engine: Engine, session: Session, busy: Cast) -> None:
    rule(session, busy, distributing.TURNS)
    play = request(engine, busy)
    first = str(holder(play))
    play.act(first, "release")
    play.act(next(who for who in (LEADER, "second", "third") if who != first), "approve")


def test_the_one_with_the_least_on_his_desk_gets_the_next_one(engine: Engine, session: Session, busy: Cast) -> None:
    rule(session, busy, distributing.SHORTEST)
    holders = [holder(request(engine, busy, pupil)) for pupil in PUPILS]
    assert holders == [LEADER, "second"]


def test_whoever_knows_the_case_goes_on_with_it(engine: Engine, session: Session, busy: Cast) -> None:
    """After a correction the school's question comes to the leader who returned it."""
    rule(session, busy, distributing.FAMILIAR)
    play = request(engine, busy)
    assert holder(play) is None, "nobody knows it yet"
    play.act("third", "return", comment="请补正")
    play.act("a1:school_clerk", "submit")
    assert holder(play) == "third"


def test_one_officer_keeps_all_questions_of_a_case_at_his_desk(engine: Engine, session: Session, cast: Cast) -> None:
    colleague(engine, cast, "clerk2", "a2", "school_clerk")
    rule(session, cast, distributing.FAMILIAR)
    faulty = Faulty(engine, cast).wrong_number()
    assert holder(faulty) is None
    faulty.act("clerk2", "acknowledge")
    assert holder(faulty) == "clerk2", "who saw it first goes on with it"
    with pytest.raises(NotAllowed):
        faulty.act("a2:school_clerk", "request_claim")


def test_whoever_has_done_most_of_this_kind_gets_the_next_one(engine: Engine, session: Session, busy: Cast) -> None:
    rule(session, busy, distributing.EXPERIENCED)
    first = request(engine, busy)
    assert holder(first) is None, "nobody has done any yet"
    first.act("second", "approve")
    assert holder(request(engine, busy, PUPILS[1])) == "second"


def test_by_lot_somebody_gets_it(engine: Engine, session: Session, busy: Cast) -> None:
    rule(session, busy, distributing.RANDOM)
    assert holder(request(engine, busy)) in (LEADER, "second", "third")


def test_a_named_officer_gets_it_as_long_as_he_sits_there_and_only_for_his_stage(
    engine: Engine, session: Session, busy: Cast
) -> None:
    decree(session, "desk.named", ["gone", "second"], busy.org["k1"], stage="primary")
    decree(session, "desk.named", ["third"], busy.org["k1"], stage="senior")
    assert holder(request(engine, busy)) == "second"


def test_nobody_gets_a_question_that_he_may_not_answer(engine: Engine, session: Session, busy: Cast) -> None:
    colleague(engine, busy, "a1:school_leader", "a2", "school_leader")
    decree(session, "desk.named", ["a1-school_leader"], busy.org["k1"])
    rule(session, busy, distributing.SHORTEST)
    assert holder(request(engine, busy)) == LEADER


def test_a_desk_with_one_person_needs_no_rule(engine: Engine, session: Session, cast: Cast) -> None:
    rule(session, cast, distributing.TURNS)
    assert holder(request(engine, cast)) is None, "whoever joins the desk finds it too"


def test_only_whoever_gets_it_is_told(engine: Engine, session: Session, busy: Cast) -> None:
    decree(session, "desk.named", ["second"], busy.org["k1"])
    play = request(engine, busy)
    with reading(engine) as reader:
        last = reader.scalars(select(OutboxRow).order_by(OutboxRow.id.desc())).first()
    assert last is not None
    assert last.recipient == f"{busy.org['a2']}:school_leader@{busy.person['second']}"
    assert holder(play) == "second"


def test_colleagues_see_what_another_has_unless_the_place_hides_it(
    engine: Engine, session: Session, busy: Cast
) -> None:
    decree(session, "desk.named", ["second"], busy.org["k1"])
    request(engine, busy)

    def seen() -> int:
        with reading(engine) as reader:
            actor, world = busy.actor(reader, "third"), world_of(reader)
            shown = distributing.shows_taken(world, actor, MONDAY.date())
            return len(inbox.todo(reader, actor, colleagues=shown))

    assert seen() == 1
    decree(session, "desk.taken", "hide", busy.org["k1"])
    assert seen() == 0


@pytest.mark.parametrize("manner", sorted(distributing.MANNERS))
def test_handing_out_takes_two_statements_more_at_most(
    engine: Engine, session: Session, busy: Cast, manner: str
) -> None:
    rule(session, busy, manner)
    play = Play(engine, busy).open("a1", PUPILS[0])
    play.act("a1:school_clerk", "submit")
    revision = play.case().revision
    with counted(engine) as seen:
        play.act("a1:school_leader", "approve", revision=revision)
    assert len(seen) <= 5


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("desk.distribution", {"school": "best", "department": "offer"}), ("desk.distribution", {"school": "offer"}),
        ("desk.taken", "perhaps"), ("acts.off", ["approve"]), ("acts.off", ["send_back", "claim"]),
        ("desk.named", ["a", "a"]), ("desk.named", ["x" * 65]), ("desk.claim", "always"),
        ("acts.who", {"reassign": "anybody", "release": "holder"}), ("acts.who", {"reassign": "leader"}),
        ("bulk.answers", ["withdraw"]), ("bulk.answers", "approve"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_cannot_be_decreed(key: str, value: Any) -> None:
    assert faults_of(SHAPES[key], value)


def test_a_place_can_do_without_an_act_that_every_process_knows(engine: Engine, session: Session, busy: Cast) -> None:
    decree(session, "acts.off", ["claim", "add_signer", "send_back"], busy.org["k1"])
    play = request(engine, busy)
    with reading(engine) as reader:
        step = door.look(reader, play.no, busy.actor(reader, LEADER), world_of(reader), play.now)
        offered = {option.action for option in door.further(step)}
    assert not offered & {"claim", "add_signer", "send_back"}
    assert "reassign" in offered
    for action in ("claim", "add_signer", "send_back"):
        with pytest.raises(NotAllowed, match="本地区不使用"):
            play.act(LEADER, action)


def at_the_clerks(engine: Engine, cast: Cast) -> Play:
    """A transfer that waits for the clerks of a1, of whom there are two, to say that the pupil has come."""
    colleague(engine, cast, "clerk2", "a1", "school_clerk")
    play = request(engine, cast)
    for who in (LEADER, "k1:dept_leader"):
        play.act(who, "approve")
    assert play.phase == "arrival"
    return play


def test_a_place_may_leave_handing_on_to_the_leaders(engine: Engine, session: Session, busy: Cast) -> None:
    decree(session, "acts.who", {"reassign": "leader", "release": "holder"}, busy.org["a1"])
    play = at_the_clerks(engine, busy)
    assert "reassign" not in allowed(play, "a1:school_clerk")
    with pytest.raises(NotAllowed, match="由本单位负责人办理"):
        play.act("a1:school_clerk", "reassign", person="clerk2")
    play.act("a1:school_leader", "reassign", person="clerk2")
    assert holder(play) == "clerk2"
    play.act("clerk2", "release")
    assert holder(play) is None


def test_a_place_may_leave_putting_back_to_the_leaders(engine: Engine, session: Session, busy: Cast) -> None:
    decree(session, "acts.who", {"reassign": "holder", "release": "leader"}, busy.org["a1"])
    play = at_the_clerks(engine, busy)
    play.act("a1:school_clerk", "claim")
    with pytest.raises(NotAllowed, match="由本单位负责人办理"):
        play.act("a1:school_clerk", "release")
    play.act("a1:school_clerk", "reassign", person="clerk2")
    play.act("a1:school_leader", "take_back")
    assert holder(play) is None


def test_a_place_may_want_a_question_taken_before_it_is_answered(engine: Engine, session: Session, busy: Cast) -> None:
    decree(session, "desk.claim", "first", busy.org["k1"])
    play = request_of_two(engine, busy)
    with pytest.raises(Unmet) as refused:
        play.act("second", "approve")
    assert [reason.guard for reason in refused.value.reasons] == ["claim"]
    play.act("second", "claim")
    with pytest.raises(NotAllowed):
        play.act(LEADER, "approve")
    play.act("second", "approve")
    assert play.phase == "common_department"
    decree(session, "acts.off", ["claim"], busy.org["k1"])
    assert play.act("k1:dept_leader", "approve").phase == "arrival", "where nobody can take anything nobody has to"


def request_of_two(engine: Engine, cast: Cast) -> Play:
    """A transfer from a2 that somebody at a1 took before he agreed to it."""
    play = Play(engine, cast).open("a1", PUPILS[0])
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "claim")
    play.act("a1:school_leader", "approve")
    return play


def allowed(play: Play, who: str) -> set[str]:
    with reading(play.engine) as session:
        step = door.look(session, play.no, play.cast.actor(session, who), world_of(session), play.now)
        return {option.action for option in door.further(step) if option.allowed}
