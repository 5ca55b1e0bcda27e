"""终止 and 调整环节: two who lead offices above all parties end a wrong case, or put it back where it belongs."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, Select, select
from sqlalchemy.orm import Session

from models.cases import Case, Event, WorkItem
from models.certificates import Certificate
from models.outbox import OutboxRow
from models.session import reading
from tests.cast import Cast
from tests.consistency import assert_consistent
from tests.council import colleague
from tests.dispute import Dispute
from tests.play import Play
from tests.statements import counted
from tests.workflow.test_deputies import stand_in
from tests.workflow.test_going_back import go_on_to, holder, open_items, sent, sign
from tests.workflow.test_notices import address_all, told
from workflow import engine as door
from workflow import inbox
from workflow.errors import NotAllowed, Unmet
from workflow.world import world_of

Ask = Callable[[Select[Any]], list[Any]]
WHY = {"comment": "同一学生重复申请，且原校已合并"}
CITY, PROVINCE, COUNTY = "city1:dept_leader", "prov:dept_leader", "k1:dept_leader"


@pytest.fixture(autouse=True)
def consistent(request: pytest.FixtureRequest) -> Iterator[None]:
    engine: Engine = request.getfixturevalue("engine")
    yield
    assert_consistent(engine)


@pytest.fixture
def stuck(play: Play, session: Session) -> Play:
    """A transfer between k1 and k2 that lies at the releasing school; city1 stands above both, then the province."""
    sent(play, session, "two counties")
    go_on_to(play, 2)
    return play


def further(play: Play, who: str) -> set[str]:
    """What somebody may do besides answering."""
    with reading(play.engine) as session:
        step = door.look(session, play.no, play.cast.actor(session, who), world_of(session), play.now)
        return {option.action for option in door.further(step) if option.allowed}


PROPOSALS = {"propose_termination", "propose_jump"}
ANSWERS = {"confirm_termination", "confirm_jump", "drop_proposal"}


# ---- ending a case -----------------------------------------------------------------------------------------------


def test_one_proposes_another_confirms_and_both_are_named(stuck: Play, ask: Ask, cast: Cast) -> None:
    assert stuck.act(CITY, "propose_termination", **WHY).phase == "releasing_school", "until then nothing changes"
    assert stuck.act(PROVINCE, "confirm_termination").phase == "terminated"
    assert stuck.case().closed_at == stuck.now
    assert open_items(stuck) == []
    told = ask(select(Event).order_by(Event.seq.desc()))[0]
    assert (told.action, told.actor_id) == ("confirm_termination", cast.person[PROVINCE])
    assert told.body["proposed_by"]
    assert told.body["proposed_at"] == cast.org["city1"]
    notified = {row.recipient for row in ask(select(OutboxRow)) if row.payload["purpose"] == "case_decided"}
    assert notified == {
        f"{cast.org['a1']}:school_clerk", f"{cast.org['b1']}:school_clerk", f"{cast.org['b1']}:school_leader",
    }, "both schools, and whoever had it on his desk"  # fmt: skip


@pytest.mark.parametrize(("kind", "action"), [("termination", "confirm"), ("jump", "confirm"), ("termination", "drop")])
def test_who_proposed_hears_the_answer_and_nobody_of_what_he_did_himself(
    stuck: Play, engine: Engine, cast: Cast, kind: str, action: str
) -> None:
    typed = {"jump_to": "0"} if kind == "jump" else {}
    stuck.act(CITY, f"propose_{kind}", **WHY, **typed)
    address_all(engine)
    asked = {one.person_id for one in told(engine, purpose="case_proposed")}
    assert asked == {cast.person[PROVINCE]}, "not the one who proposes it"
    stuck.act(PROVINCE, "drop_proposal" if action == "drop" else f"confirm_{kind}")
    address_all(engine)
    [heard] = told(engine, person_id=cast.person[CITY])
    answer = "dropped" if action == "drop" else "confirmed"
    proposed = "jump" if kind == "jump" else "terminate"
    assert (heard.purpose, heard.facts["answer"], heard.facts["proposed"]) == ("proposal_answered", answer, proposed)
    assert heard.mail_at


def test_who_proposed_hears_that_the_case_left_his_proposal_behind(stuck: Play, engine: Engine, cast: Cast) -> None:
    stuck.act(CITY, "propose_termination", **WHY)
    stuck.act("b1:school_leader", "approve")
    address_all(engine)
    [heard] = told(engine, purpose="proposal_answered")
    assert (heard.person_id, heard.facts["answer"]) == (cast.person[CITY], "lapsed")
    assert "proposal" not in stuck.case().state
    stuck.act("k2:dept_leader", "approve")
    address_all(engine)
    assert len(told(engine, purpose="proposal_answered")) == 1, "once"


def test_whoever_is_asked_next_hears_of_his_task_and_of_his_proposal(
    play: Play, session: Session, engine: Engine, cast: Cast
) -> None:
    sent(play, session, "one county")
    go_on_to(play, 1)
    play.act(COUNTY, "propose_termination", **WHY)
    play.act("a2:school_leader", "approve")
    address_all(engine)
    heard = {one.purpose for one in told(engine, person_id=cast.person[COUNTY])}
    assert {"case_waiting", "proposal_answered"} <= heard


def test_of_a_deputys_proposal_both_hear_the_answer(play: Play, session: Session, engine: Engine, cast: Cast) -> None:
    sent(play, session, "one county")
    stand_in(play, "k1:dept_clerk", COUNTY)
    play.act("k1:dept_clerk", "propose_termination", **WHY)
    play.act(CITY, "drop_proposal")
    address_all(engine)
    heard = {one.person_id for one in told(engine, purpose="proposal_answered")}
    assert heard == {cast.person["k1:dept_clerk"], cast.person[COUNTY]}


def test_the_pupil_is_free_for_another_request(stuck: Play, engine: Engine, cast: Cast) -> None:
    other = Play(engine, cast).open("a2", "𠮷田䶮", target_grade=3)
    with pytest.raises(Unmet):
        other.act("a2:school_clerk", "submit")
    stuck.act(CITY, "propose_termination", **WHY)
    stuck.act(PROVINCE, "confirm_termination")
    assert other.act("a2:school_clerk", "submit").phase == "receiving_school"


def test_whoever_proposed_does_not_confirm_whatever_posts_he_holds(stuck: Play, engine: Engine, cast: Cast) -> None:
    colleague(engine, cast, CITY, "prov")
    stuck.act(CITY, "propose_termination", **WHY)
    with pytest.raises(Unmet) as refused:
        stuck.act(CITY, "confirm_termination")
    assert [reason.guard for reason in refused.value.reasons] == ["C7"]
    assert stuck.act(PROVINCE, "confirm_termination").phase == "terminated"


def test_a_colleague_of_the_same_office_may_confirm(stuck: Play, engine: Engine, cast: Cast) -> None:
    colleague(engine, cast, "second", "city1")
    stuck.act(CITY, "propose_termination", **WHY)
    assert stuck.act("second", "confirm_termination").phase == "terminated"


@pytest.mark.parametrize("who", [COUNTY, "k2:dept_leader", "city1:dept_clerk", "a1:school_leader", "b1:school_leader"])
def test_nobody_below_all_parties_may_propose_or_confirm(stuck: Play, who: str) -> None:
    assert not further(stuck, who) & PROPOSALS
    with pytest.raises(NotAllowed):
        stuck.act(who, "propose_termination", **WHY)
    stuck.act(CITY, "propose_termination", **WHY)
    assert not further(stuck, who) & ANSWERS
    for action in sorted(ANSWERS - {"confirm_jump"}):
        with pytest.raises(NotAllowed):
            stuck.act(who, action)


def test_inside_one_county_the_county_is_above_all(play: Play, session: Session) -> None:
    sent(play, session, "one county")
    assert further(play, COUNTY) >= PROPOSALS
    play.act(COUNTY, "propose_termination", **WHY)
    assert play.act(CITY, "confirm_termination").phase == "terminated"


def test_a_proposal_wants_a_reason(stuck: Play) -> None:
    with pytest.raises(Unmet) as refused:
        stuck.act(CITY, "propose_termination", comment="  ")
    assert [reason.field for reason in refused.value.reasons] == ["comment"]


def test_whoever_may_confirm_finds_it_as_a_task_until_it_is_answered_and_the_proposer_never(
    stuck: Play, engine: Engine, cast: Cast
) -> None:
    def tasks(who: str) -> tuple[int, int]:
        with reading(engine) as session:
            actor = stuck.cast.actor(session, who)
            return len(inbox.todo(session, actor)), inbox.counters(session, actor, stuck.now).todo

    colleague(engine, cast, "second", "city1")
    stuck.act(CITY, "propose_termination", **WHY)
    assert (tasks(PROVINCE), tasks("second")) == ((1, 1), (1, 1))
    assert (tasks(CITY), tasks(COUNTY)) == ((0, 0), (0, 0)), "who proposed it confirms nothing"
    assert further(stuck, PROVINCE) & (PROPOSALS | ANSWERS) == {"confirm_termination", "drop_proposal"}
    stuck.act(PROVINCE, "drop_proposal")
    assert (tasks(PROVINCE), tasks("second")) == ((0, 0), (0, 0))
    assert further(stuck, PROVINCE) & (PROPOSALS | ANSWERS) == PROPOSALS


def test_a_proposal_makes_nobodys_page_stale_and_is_over_when_the_case_moves_on(stuck: Play) -> None:
    seen = stuck.case().revision
    stuck.act(CITY, "propose_termination", **WHY)
    assert stuck.act("b1:school_leader", "approve", revision=seen).phase == "releasing_department"
    assert not further(stuck, PROVINCE) & ANSWERS
    with pytest.raises(NotAllowed):
        stuck.act(PROVINCE, "confirm_termination")
    stuck.act(CITY, "propose_termination", **WHY)
    assert stuck.act(PROVINCE, "confirm_termination").phase == "terminated"


def test_a_case_that_two_ended_stays_ended(stuck: Play) -> None:
    stuck.act(CITY, "propose_termination", **WHY)
    stuck.act(PROVINCE, "confirm_termination")
    for who, action in [("b1:school_leader", "approve"), ("a1:school_clerk", "withdraw"), (CITY, "propose_jump")]:
        with pytest.raises(NotAllowed):
            stuck.act(who, action)


def test_no_certificate_and_no_enrolment_comes_of_it(stuck: Play, ask: Ask) -> None:
    stuck.act(CITY, "propose_termination", **WHY)
    stuck.act(PROVINCE, "confirm_termination")
    assert ask(select(Certificate)) == []


# ---- putting a case where it belongs -----------------------------------------------------------------------------


def test_two_people_put_a_case_back_and_everything_behind_is_done_again(stuck: Play, ask: Ask, cast: Cast) -> None:
    before = stuck.case().round
    stuck.act(CITY, "propose_jump", jump_to="0", comment="转入学校核办时材料不全")
    assert stuck.phase == "releasing_school"
    assert stuck.act(PROVINCE, "confirm_jump").phase == "receiving_school"
    case = stuck.case()
    assert (case.turn, case.round, case.state["decisions"]) == (0, before + 1, {})
    assert [item.org_id for item in open_items(stuck)] == [cast.org["a1"]]
    for turn in range(3):
        assert stuck.case().turn == turn
        sign(stuck)
    assert stuck.phase == "releasing_department"


def test_a_case_that_lies_with_a_clerk_who_is_gone_goes_on_to_who_had_it(stuck: Play) -> None:
    stuck.act("b1:school_leader", "return", comment="请补正")
    assert stuck.phase == "draft"
    stuck.act(CITY, "propose_jump", jump_to="2", comment="材料已由学校当面补齐")
    assert stuck.act(PROVINCE, "confirm_jump").phase == "releasing_school"
    assert len(stuck.case().state["decisions"]) == 2, "what was decided before stands"


def test_a_contested_case_can_be_put_back_to_the_school_that_refused(stuck: Play) -> None:
    stuck.act("b1:school_leader", "refuse", cause="其他", comment="不同意")
    assert stuck.phase == "contested"
    stuck.act(CITY, "propose_jump", jump_to="2", comment="学校误点不同意")
    assert stuck.act(PROVINCE, "confirm_jump").phase == "releasing_school"
    assert stuck.act("b1:school_leader", "approve").phase == "releasing_department"


def test_the_same_step_can_be_put_once_more(stuck: Play) -> None:
    old = open_items(stuck)[0].id
    stuck.act(CITY, "propose_jump", jump_to="2", comment="重新发给学校")
    assert stuck.act(PROVINCE, "confirm_jump").phase == "releasing_school"
    assert [item.id for item in open_items(stuck)] != [old]


@pytest.mark.parametrize("jump_to", ["3", "arrival", "contested", "effective", "terminated", "", "9" * 400, 1, None])
def test_nothing_is_skipped_and_only_what_was_done_before_can_be_chosen(stuck: Play, jump_to: object) -> None:
    with pytest.raises(Unmet) as refused:
        stuck.act(CITY, "propose_jump", jump_to=jump_to, comment="调整")
    assert {reason.field for reason in refused.value.reasons} == {"jump_to"}


def test_a_jump_is_confirmed_by_another_person_too(stuck: Play, engine: Engine, cast: Cast) -> None:
    colleague(engine, cast, CITY, "prov")
    stuck.act(CITY, "propose_jump", jump_to="0", comment="调整")
    with pytest.raises(Unmet):
        stuck.act(CITY, "confirm_jump")
    with pytest.raises(NotAllowed):
        stuck.act(PROVINCE, "confirm_termination")


def test_each_act_takes_few_statements(stuck: Play, engine: Engine) -> None:
    took = {}
    for who, action, values in [
        (CITY, "propose_jump", {"jump_to": "0", "comment": "调整"}), (PROVINCE, "confirm_jump", {}),
        (CITY, "propose_termination", WHY), (PROVINCE, "confirm_termination", {}),
    ]:  # fmt: skip
        revision = stuck.case().revision
        with counted(engine) as seen:
            stuck.act(who, action, revision=revision, **values)
        took[action] = len(seen)
    assert max(took.values()) <= 4, took


def test_the_paper_file_ends_for_both_schools_too(play: Play, session: Session, ask: Ask) -> None:
    sent(play, session, "one county")
    while play.phase != "arrival":
        sign(play)
    play.act("a1:school_clerk", "confirm_arrival", on_date="2025-09-01")
    [play.no] = ask(select(Case.no).where(Case.process == "paper_file"))
    play.act(COUNTY, "propose_termination", comment="档案已由学生带走")
    assert play.act(CITY, "confirm_termination").phase == "terminated"
    assert ask(select(WorkItem.id).where(WorkItem.open)) == []


def test_two_people_put_a_problem_back_and_every_school_answers_anew(engine: Engine, cast: Cast, ask: Ask) -> None:
    dispute = Dispute(engine, cast).about(("a1", "王小明"), ("b1", "王小明")).all_claim()
    dispute.draft("city1", {"verdict": "keep"}, {"verdict": "close"})
    before, asked = dispute.case().round, {item.id for item in open_items(dispute)}
    dispute.act(CITY, "propose_jump", jump_to="sides", comment="第二方材料有误")
    assert dispute.act(PROVINCE, "confirm_jump").phase == "sides"
    assert [(holder(dispute, item), item.kind) for item in open_items(dispute)] == [
        ("a1:school_clerk", "answer"), ("b1:school_clerk", "answer"),
    ]  # fmt: skip
    assert not asked & {item.id for item in open_items(dispute)}
    assert dispute.case().round == before + 1
    assert [dispute.side(number).review for number in (1, 2)] == ["returned"] * 2
    assert "第二方" not in dispute.side(1).words["returned"], "a side reads nothing of the other"
    dispute.all_claim()
    dispute.draft("city1", {"verdict": "remove_number"}, {"verdict": "keep"})
    dispute.confirm("city1")
    assert dispute.phase == "objection"
    assert "propose_jump" not in further(dispute, CITY), "what was ruled is carried out"


def test_a_problem_that_lies_with_its_schools_is_put_to_them_once_more(engine: Engine, cast: Cast) -> None:
    dispute = Dispute(engine, cast).about(("a1", "王小明"), ("b1", "王小明"))
    dispute.claim(1)
    with pytest.raises(Unmet):
        dispute.act(CITY, "propose_jump", jump_to="arbitration", comment="跳过各校")
    dispute.act(CITY, "propose_jump", jump_to="sides", comment="重新开始")
    dispute.act(PROVINCE, "confirm_jump")
    assert [item.kind for item in open_items(dispute)] == ["answer", "answer"]
