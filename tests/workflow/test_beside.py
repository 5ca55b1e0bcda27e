"""征求意见, 抄送 and 催办: others are asked, shown or reminded; the question stays where it is (B9, B11)."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import CaseScope, Event, Timer, WorkItem
from models.outbox import OutboxRow
from models.session import reading, transact
from tests.cast import MONDAY, Cast, build
from tests.consistency import assert_consistent
from tests.dispute import Dispute
from tests.play import Play
from workflow import engine as door
from workflow import inbox, journal, timers
from workflow.errors import AlreadyDecided, NotAllowed, NotFound, Unmet
from workflow.world import world_of


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


@pytest.fixture
def play(engine: Engine, cast: Cast) -> Play:
    """A request that waits at the common department of both schools."""
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    play.act("a2:school_leader", "approve")
    return play


def items(play: Play, kind: str) -> list[WorkItem]:
    with reading(play.engine) as session:
        wanted = (WorkItem.case_id == play.case().id) & (WorkItem.kind == kind)
        return list(session.scalars(select(WorkItem).where(wanted).order_by(WorkItem.id)))


def words(play: Play, action: str) -> list[str]:
    with reading(play.engine) as session:
        found = session.scalars(select(Event).where(Event.action == action).order_by(Event.case_id, Event.seq))
        return [journal.opened(play.case(), event).get("comment", "") for event in found]


def told(play: Play, purpose: str) -> list[str]:
    """Return to whom notices of a purpose went."""
    with reading(play.engine) as session:
        rows = session.scalars(select(OutboxRow).where(OutboxRow.topic == "notice").order_by(OutboxRow.id))
        return [row.recipient for row in rows if row.payload["purpose"] == purpose]


def refused(play: Play, who: str, act: str, **values: Any) -> list[str]:
    with pytest.raises(Unmet) as why:
        play.act(who, act, **values)
    return [reason.field or reason.guard for reason in why.value.reasons]


def sees(play: Play, who: str) -> bool:
    with reading(play.engine) as session:
        actor = door.actor_of(session, play.cast.person[who], play.now.date())
        try:
            door.look(session, play.no, actor, world_of(session), play.now)
        except NotFound:
            return False
        return True


def desk(play: Play, who: str, tab: str = "todo") -> list[str]:
    with reading(play.engine) as session:
        lines = getattr(inbox, tab)(session, door.actor_of(session, play.cast.person[who], play.now.date()))
        return [line.no for line in lines]


# ---- advice ----------------------------------------------------------------------------------------------------------


def test_advice_comes_back_as_words_while_the_question_stays_open(play: Play) -> None:
    seen = play.case().revision
    play.act("k1:dept_leader", "consult", person="k1-dept_clerk", comment="材料是否属实")
    [asked] = items(play, "advise")
    assert asked.assignee_id == play.cast.person["k1:dept_clerk"]
    assert asked.due_at == play.now.replace(day=4, hour=16, minute=0), "three working days, to the end of Thursday"
    assert told(play, "consulted") == [f"{play.cast.org['k1']}:dept_clerk@{asked.assignee_id}"]
    assert desk(play, "k1:dept_clerk") == [play.no]
    play.act("k1:dept_clerk", "advise", comment="已电话核实，属实")
    assert words(play, "advise") == ["已电话核实，属实"]
    assert told(play, "advised") == [f"{play.cast.org['k1']}:dept_leader"]
    assert desk(play, "k1:dept_clerk") == []
    assert play.case().revision == seen, "nobody's page is stale by it"
    play.act("k1:dept_leader", "approve", revision=seen)
    assert_consistent(play.engine)


def test_the_decision_does_not_wait_and_takes_the_request_away(play: Play) -> None:
    play.act("k1:dept_leader", "consult", person="k1-dept_clerk", comment="材料是否属实")
    play.act("k1:dept_leader", "approve")
    [asked] = items(play, "advise")
    assert (asked.open, asked.void_reason) == (False, "approve")
    with pytest.raises(AlreadyDecided):
        play.act("k1:dept_clerk", "advise", comment="晚了")
    assert_consistent(play.engine)


def test_whoever_asked_may_ask_no_longer(play: Play) -> None:
    play.act("k1:dept_leader", "consult", person="k1-dept_clerk", comment="请看")
    play.act("k1:dept_leader", "drop_consult")
    assert not items(play, "advise")[0].open
    with pytest.raises(NotAllowed):
        play.act("k1:dept_leader", "drop_consult")
    play.act("k1:dept_leader", "consult", person="k1-dept_clerk", comment="再请看")


def test_somebody_below_is_asked_by_user_name_and_alone_may_read(play: Play) -> None:
    """The senior school takes no part; of it only the one who was asked sees the case, with a masked name."""
    assert not sees(play, "a3:school_leader")
    play.act("k1:dept_leader", "consult", person="a3-school_leader", comment="是否曾在贵校就读")
    assert sees(play, "a3:school_leader")
    assert not sees(play, "a3:school_clerk")
    with reading(play.engine) as session:
        scope = set(session.scalars(select(CaseScope.org_id).where(CaseScope.case_id == play.case().id)))
    assert play.cast.org["a3"] not in scope
    play.act("a3:school_leader", "advise", comment="没有")
    assert sees(play, "a3:school_leader"), "what he answered he may read again"
    for stranger in ("b1-school_leader", "k2-dept_leader", "city1-dept_leader"):
        assert refused(play, "k1:dept_leader", "consult", person=stranger, comment="请看") == ["person"]


def test_nobody_is_asked_twice_at_a_time_and_only_the_holder_asks(play: Play) -> None:
    play.act("k1:dept_leader", "consult", person="k1-dept_clerk", comment="请看")
    assert refused(play, "k1:dept_leader", "consult", person="k1-dept_clerk", comment="请看") == ["person"]
    assert refused(play, "k1:dept_leader", "consult", person="k1-dept_leader", comment="请看") == ["person"]
    assert refused(play, "k1:dept_leader", "consult", person="a1-school_clerk") == ["comment"]
    for other in ("k1:dept_clerk", "a1:school_leader"):
        with pytest.raises(NotAllowed):
            play.act(other, "consult", person="k1-dept_clerk", comment="请看")
    with pytest.raises(NotAllowed):
        play.act("a1:school_leader", "advise", comment="我也说一句")


def test_late_advice_is_reminded_of_once_and_bothers_nobody_else(play: Play) -> None:
    play.act("k1:dept_leader", "consult", person="k1-dept_clerk", comment="请看")
    [asked] = items(play, "advise")
    for days in range(1, 12):
        now = MONDAY + dt.timedelta(days=days)
        for due in transact(play.engine, lambda session, now=now: timers.claim(session, now, limit=200)):
            transact(play.engine, lambda session, due=due, now=now: timers.fire(session, due, now))
    assert set(told(play, "reminder")) >= {f"{play.cast.org['k1']}:dept_clerk@{asked.assignee_id}"}
    assert not told(play, "overdue")
    with reading(play.engine) as session:
        left = session.scalars(select(Timer).where(Timer.work_item_id == asked.id, Timer.fired_at.is_(None))).all()
    assert not left


def test_a_side_of_a_problem_asks_along_its_own_line_only(engine: Engine, cast: Cast) -> None:
    dispute = Dispute(engine, cast).about(("a1", "王小明"), ("b1", "王晓明"))
    for stranger in ("b1-school_clerk", "k2-dept_clerk"):
        assert refused(dispute, "a1:school_clerk", "consult", person=stranger, comment="请看", turn=1) == ["person"]
    dispute.act("a1:school_clerk", "consult", person="a1-school_leader", comment="是否在读", turn=1)
    dispute.act("a1:school_leader", "advise", comment="在读")
    assert_consistent(engine)


# ---- copies ----------------------------------------------------------------------------------------------------------


def test_a_copy_blocks_nothing_outlives_the_decision_and_goes_when_it_is_read(play: Play) -> None:
    play.act("k1:dept_leader", "copy", person="栖云区第一高级中学", comment="请知悉")
    assert desk(play, "a3:school_leader", "copied") == [play.no]
    assert desk(play, "a3:school_leader") == []
    assert sees(play, "a3:school_clerk"), "an office that got a copy reads the case"
    play.act("k1:dept_leader", "approve")
    play.act("a1:school_clerk", "confirm_arrival", on_date="2025-09-01")
    assert desk(play, "a3:school_leader", "copied") == [play.no], "it was not read yet"
    closed = play.case().closed_at
    play.act("a3:school_leader", "read")
    assert desk(play, "a3:school_leader", "copied") == []
    assert play.case().closed_at == closed
    assert told(play, "case_decided").count(f"{play.cast.org['a1']}:school_clerk") == 1
    assert_consistent(play.engine)


def test_a_copy_to_a_person_lets_him_alone_read(play: Play) -> None:
    play.act("k1:dept_leader", "copy", person="a3-school_leader")
    assert sees(play, "a3:school_leader")
    assert not sees(play, "a3:school_clerk")
    assert desk(play, "a3:school_leader", "copied") == [play.no]
    with pytest.raises(NotAllowed):
        play.act("a3:school_leader", "approve")


@pytest.mark.parametrize("who", ["禾苑县教育局", "霁川市教育局", "2199000004", "b1-school_clerk", "没有这样的单位"])
def test_the_scope_widens_only_inside_the_allowed_offices(play: Play, who: str) -> None:
    assert refused(play, "k1:dept_leader", "copy", person=who) == ["person"]
    assert items(play, "copy") == []


def test_an_office_above_may_get_a_copy_and_a_school_sends_none_to_strangers(play: Play) -> None:
    play.act("k1:dept_leader", "copy", person="990100")
    assert desk(play, "city1:dept_leader", "copied") == [play.no]
    with pytest.raises(NotAllowed):
        play.act("a1:school_clerk", "copy", person="990100")


# ---- urging ----------------------------------------------------------------------------------------------------------


def test_a_party_reminds_the_holder_once_a_day(play: Play) -> None:
    play.act("a1:school_clerk", "urge", comment="学生已到校")
    assert told(play, "urged") == [f"{play.cast.org['k1']}:dept_leader"]
    assert refused(play, "a1:school_clerk", "urge") == ["urge"]
    assert refused(play, "a2:school_clerk", "urge") == ["urge"], "once for each question, not for each party"
    play.now += dt.timedelta(days=1)
    play.act("a2:school_clerk", "urge")
    assert len(told(play, "urged")) == 2
    play.act("k1:dept_leader", "approve")
    assert_consistent(play.engine)


def test_nobody_urges_himself_nor_a_matter_that_is_none_of_his(play: Play) -> None:
    with pytest.raises(NotAllowed, match="不用催办"):
        play.act("k1:dept_leader", "urge")
    with pytest.raises(NotAllowed):
        play.act("city1:dept_leader", "urge")
    with pytest.raises(NotFound):
        play.act("k3:dept_leader", "urge")


def test_a_side_of_a_problem_urges_its_own_reviewer_and_nobody_else(engine: Engine, cast: Cast) -> None:
    dispute = Dispute(engine, cast).about(("a1", "王小明"), ("b1", "王晓明"))
    assert refused(dispute, "a1:school_leader", "urge") == ["urge"], "it lies with his own clerk"
    dispute.paper("a1", "户口簿", "学校在读证明")
    dispute.act("a1:school_clerk", "answer_claim", side=1)
    dispute.act("a1:school_clerk", "urge")
    assert told(dispute, "urged") == [f"{cast.org['k1']}:dept_clerk"]
