"""Stories of a transfer through the door, each played on both databases and ended by a look at the whole database."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, Select, select, update
from sqlalchemy.orm import Session

from models.cases import Case, Event, Timer, WorkItem
from models.certificates import Certificate
from models.evidence import Evidence
from models.organisations import SchoolClass
from models.outbox import OutboxRow
from models.people import SYSTEM_PERSON_ID, Person, Post
from models.session import reading, transact
from models.students import Enrolment
from tests.cast import MONDAY, Cast
from tests.consistency import assert_consistent
from tests.decree import decree
from tests.play import Play
from workflow import engine as door
from workflow.calendar import day_of
from workflow.errors import KeyReused, NotAllowed, NotFound, Stale, Unmet
from workflow.transfers import drafts
from workflow.world import world_of

DAY = dt.timedelta(days=1)
Ask = Callable[[Select[Any]], list[Any]]


@pytest.fixture(autouse=True)
def consistent(request: pytest.FixtureRequest) -> Iterator[None]:
    engine: Engine = request.getfixturevalue("engine")
    yield
    assert_consistent(engine)


def two_counties(play: Play) -> Play:
    play.open("a1", "𠮷田䶮", target_grade=3).act("a1:school_clerk", "submit")
    return play


def one_county(play: Play) -> Play:
    play.open("a1", "沈明铭").act("a1:school_clerk", "submit")
    return play


def agree(play: Play, *offices: str) -> str:
    for office in offices:
        role = "school_leader" if office in ("a1", "a2", "b1", "d1", "e1") else "dept_leader"
        play.act(f"{office}:{role}", "approve")
    return play.phase


def correct(play: Play, **values: object) -> None:
    """Let the clerk change the draft."""
    person = play.cast.person["a1:school_clerk"]
    transact(play.engine, lambda s: drafts.change(s, play.no, person, values, play.case().revision, play.now))


def open_item(ask: Ask, play: Play) -> WorkItem:
    [item] = ask(select(WorkItem).join(Case).where(Case.no == play.no, WorkItem.open))
    return item


# ---- return and correction -----------------------------------------------------------------------------------------


def test_after_a_correction_that_concerns_nobody_the_case_goes_straight_back(play: Play) -> None:
    two_counties(play)
    agree(play, "a1", "k1")
    play.act("b1:school_leader", "return", comment="居住证明不清楚", items=["居住证明"])
    correct(play, reason_note="已补交")
    assert play.act("a1:school_clerk", "submit").phase == "releasing_school"
    assert set(play.case().state["decisions"]) == {
        f"receiving_school:{play.cast.org['a1']}:school_leader:",
        f"receiving_department:{play.cast.org['k1']}:dept_leader:",
    }  # fmt: skip


def doubts(play: Play) -> list[str]:
    """What the clerk of the applying school reads before he sends a request again."""
    with reading(play.engine) as session:
        clerk = door.actor_of(session, play.cast.person["a1:school_clerk"], day_of(play.now))
        step = door.look(session, play.no, clerk, world_of(session), play.now)
        (submit,) = [one for one in door.options(step) if one.action == "submit"]
        return [one.message.partition("；")[0] for one in submit.reasons if one.field == "comment"]


def test_what_goes_back_as_it_was_sent_back_is_told_and_what_the_school_says_to_it_is_read(play: Play) -> None:
    one_county(play).act("a1:school_leader", "return", comment="请核对", items=["转学理由", "户口簿"])
    correct(play, target_grade=5)  # what nobody asked for, as it was
    assert doubts(play) == ["要求补正的“转学理由”、“户口簿”都没有改动"]
    assert play.act("a1:school_clerk", "submit", comment="已与原件核对，没有错").phase == "receiving_school"
    assert play.case().state["remark"]["comment"] == "已与原件核对，没有错"
    agree(play, "a1")
    assert play.case().state["remark"] is None, "he has read it"


def test_one_ticked_item_that_was_put_right_is_enough(play: Play) -> None:
    one_county(play).act("a1:school_leader", "return", comment="请核对", items=["转学理由", "户口簿"])
    correct(play, reason="随迁")
    assert doubts(play) == []


def test_a_paper_handed_in_before_it_was_sent_back_answers_nothing(play: Play) -> None:
    one_county(play)
    play.now += DAY
    transact(play.engine, lambda session: session.execute(update(Evidence).values(uploaded_at=play.now)))
    play.now += DAY
    play.act("a1:school_leader", "return", comment="户口簿不清楚", items=["户口簿"])
    assert doubts(play) == ["要求补正的“户口簿”没有改动"]


def test_changed_facts_drop_exactly_the_decisions_that_relied_on_them(play: Play) -> None:
    """The reason concerns the receiving side; the releasing school's agreement stands."""
    two_counties(play)
    agree(play, "a1", "k1", "b1")
    play.act("k2:dept_leader", "return", comment="理由与材料不符")
    correct(play, reason="随迁")
    assert play.act("a1:school_clerk", "submit").phase == "receiving_school"
    assert agree(play, "a1", "k1") == "releasing_department", "the same persons sign anew, b1 does not"
    assert agree(play, "k2") == "arrival"


def test_what_everybody_relied_on_brings_everybody_back(play: Play, session: Session) -> None:
    decree(session, "guard.T1", "warn", play.cast.org["prov"])
    two_counties(play)
    agree(play, "a1", "k1")
    play.act("b1:school_leader", "return", comment="年级不对")
    room = play.cast.room[("a1", 4)]
    correct(play, target_grade=4, to_class=room.no)
    assert play.act("a1:school_clerk", "submit").phase == "receiving_school"
    assert agree(play, "a1", "k1", "b1", "k2") == "arrival"


def test_another_class_is_for_the_receiving_school_to_agree_to_anew_and_for_nobody_else(play: Play) -> None:
    two_counties(play)
    agree(play, "a1", "k1")
    play.act("b1:school_leader", "return", comment="请核对班级", items=["转入年级或班级"])

    def add_class(session: Session) -> str:
        room = session.get_one(SchoolClass, play.cast.room[("a1", 3)].id)
        names = set(SchoolClass.__table__.columns.keys()) - {"id", "public_id", "no"}
        session.add(SchoolClass(no="2023399", **{name: getattr(room, name) for name in names}))
        return "2023399"

    correct(play, to_class=transact(play.engine, add_class))
    assert play.act("a1:school_clerk", "submit").phase == "receiving_school"
    assert agree(play, "a1") == "releasing_school"


def test_new_papers_give_the_office_its_whole_term_again_and_the_history_says_what_was_put_right(
    play: Play, ask: Ask
) -> None:
    one_county(play)
    play.now += 3 * DAY
    play.act("a1:school_leader", "return", comment="户口簿不清楚", items=["户口簿"])
    play.now += DAY

    def hand_in(session: Session) -> None:
        old = session.scalars(select(Evidence).where(Evidence.kind == "户口簿")).one()
        old.withdrawn_at = play.now
        names = set(Evidence.__table__.columns.keys()) - {"id", "public_id", "withdrawn_at"}
        session.add(Evidence(**{name: getattr(old, name) for name in names} | {"uploaded_at": play.now}))

    transact(play.engine, hand_in)
    play.act("a1:school_clerk", "submit")
    assert open_item(ask, play).due_rule["days"] == 10
    assert ask(select(Event).where(Event.action == "submit").order_by(Event.seq))[-1].body["corrected"] == ["户口簿"]


def test_the_days_an_office_had_left_resume_when_the_case_comes_back(play: Play, ask: Ask) -> None:
    one_county(play)
    agree(play, "a1")
    assert open_item(ask, play).due_rule["days"] == 10
    play.now += 3 * DAY
    play.act("a2:school_leader", "return", comment="请补正")
    assert open_item(ask, play).due_rule["policy"] == "node.correct"
    play.now += 4 * DAY  # over a weekend
    play.act("a1:school_clerk", "submit")
    assert open_item(ask, play).due_rule["days"] == 7
    agree(play, "a2")
    assert play.case().state["remaining"] == {}, "the days are used up with the decision"


def test_a_return_gives_at_least_one_day_even_to_an_office_that_was_late(
    play: Play, session: Session, ask: Ask
) -> None:
    one_county(play)
    agree(play, "a1")
    play.now += 40 * DAY
    play.act("a2:school_leader", "return", comment="请补正")
    decree(session, "guard.T6", "off", play.cast.org["prov"])
    play.act("a1:school_clerk", "submit")
    assert open_item(ask, play).due_rule["days"] == 1


def test_a_return_needs_words_and_a_draft_nobody_else_can_change(play: Play) -> None:
    one_county(play)
    with pytest.raises(Unmet) as refused:
        play.act("a1:school_leader", "return", comment="   ")
    assert [reason.field for reason in refused.value.reasons] == ["comment"]
    with pytest.raises(NotAllowed, match="不能再修改"):
        correct(play, reason="随迁")
    play.act("a1:school_leader", "return", comment="请补正")
    leader = play.cast.person["a1:school_leader"]
    with pytest.raises(NotAllowed, match="只有申请学校的学籍管理员"):
        transact(play.engine, lambda s: drafts.change(s, play.no, leader, {"reason": "随迁"}, 2, play.now))


# ---- refusal and ruling --------------------------------------------------------------------------------------------


def contested(play: Play) -> Play:
    two_counties(play)
    agree(play, "a1", "k1")
    assert play.act("b1:school_leader", "refuse", cause="其他", comment="学费未结清").phase == "contested"
    return play


def test_the_authority_above_both_overrules_a_refusal_and_the_case_goes_on(play: Play) -> None:
    contested(play)
    assert play.act("city1:dept_leader", "approve", comment="学费纠纷不是理由").phase == "releasing_department"
    decision = play.case().state["decisions"][f"releasing_school:{play.cast.org['b1']}:school_leader:"]
    assert decision["overruled"] is True
    assert agree(play, "k2") == "arrival"


def test_the_authority_may_uphold_a_refusal(play: Play) -> None:
    contested(play)
    assert play.act("city1:dept_leader", "refuse", cause="拒绝理由成立", comment="情况属实").phase == "rejected"


def test_whoever_refused_does_not_rule_on_it(play: Play, session: Session) -> None:
    person = play.cast.person["b1:school_leader"]
    held = {"role": "dept_leader", "valid_from": dt.date(2024, 9, 1)}
    session.add(Post(person_id=person, org_id=play.cast.org["city1"], **held))
    session.commit()
    contested(play)
    with pytest.raises(Unmet) as refused:
        play.act("b1:school_leader", "refuse", cause="拒绝理由成立", comment="维持")
    assert [reason.guard for reason in refused.value.reasons] == ["C7"]


def test_in_one_county_the_common_department_rules_and_has_then_signed(play: Play) -> None:
    one_county(play)
    agree(play, "a1")
    assert play.act("a2:school_leader", "refuse", cause="其他", comment="不同意").phase == "contested"
    assert play.act("k1:dept_leader", "approve").phase == "arrival"


@pytest.mark.parametrize(
    ("office", "cause"),
    [("a1:school_leader", "其他"), ("a1:school_leader", "没有空余学位"), ("k1:dept_leader", "材料不真实")],
)
def test_a_listed_refusal_ends_the_case_and_so_does_the_receiving_schools_own(
    play: Play, office: str, cause: str
) -> None:
    two_counties(play)
    if office.startswith("k1"):
        agree(play, "a1")
    assert play.act(office, "refuse", cause=cause, comment="见说明").phase == "rejected"
    assert play.case().closed_at == play.now


def test_a_jurisdiction_names_its_own_causes(play: Play, session: Session) -> None:
    causes = {"releasing_school": ["本地理由"]}
    decree(session, "refusal.causes", causes, play.cast.org["k2"])
    two_counties(play)
    agree(play, "a1", "k1")
    with pytest.raises(Unmet):
        play.act("b1:school_leader", "refuse", cause="学生信息不符", comment="不符")
    assert play.act("b1:school_leader", "refuse", cause="本地理由", comment="不符").phase == "rejected"


# ---- another school ------------------------------------------------------------------------------------------------


def test_the_department_assigns_another_school_which_is_asked_first(play: Play, ask: Ask) -> None:
    play.open("a1", "𠮷田䶮", target_grade=3).act("a1:school_clerk", "submit")
    agree(play, "a1")
    to, room = play.cast.code["a2"], play.cast.room[("a2", 3)].no
    given = {"to": to, "to_class": room, "comment": "统筹"}
    assert play.act("k1:dept_leader", "reassign_target", **given).phase == "receiving_school"
    assert agree(play, "a2", "k1", "b1", "k2") == "arrival"
    with pytest.raises(NotAllowed):
        play.act("a1:school_clerk", "confirm_arrival", on_date="2025-09-01")
    assert play.act("a2:school_clerk", "confirm_arrival", on_date="2025-09-01").phase == "effective"
    [paper] = ask(select(Certificate))
    assert (paper.org_id, paper.facts["receiving"]["name"]) == (play.cast.org["a2"], "栖云区新苗小学")
    here = (Enrolment.student_id == paper.student_id) & Enrolment.ended_on.is_(None)
    assert ask(select(Enrolment.school_id).where(here)) == [play.cast.org["a2"]]


@pytest.mark.parametrize(
    ("to", "room", "field"),
    [
        ("2199000004", "2023101", "to"),
        ("2199000001", "2023101", "to"),
        ("3499000003", "2023101", "to"),
        ("0000000000", "2023101", "to"),
        ("2199000002", "2099101", "to_class"),
        ("2199000002", "2021101", "to_class"),
        ("2199000002", "二年级", "to_class"),
    ],
)
def test_only_a_real_class_of_the_right_grade_in_a_school_of_its_own_can_be_assigned(
    play: Play, to: str, room: str, field: str
) -> None:
    play.open("a1", "𠮷田䶮", target_grade=3).act("a1:school_clerk", "submit")
    agree(play, "a1")
    with pytest.raises(Unmet) as refused:
        play.act("k1:dept_leader", "reassign_target", to=to, to_class=room, comment="统筹安排")
    assert field in {reason.field for reason in refused.value.reasons}


def test_senior_high_places_are_not_assigned(play: Play) -> None:
    play.now = dt.datetime(2026, 2, 26, 1, tzinfo=dt.UTC)
    play.open("c1", "彭婷馨", target_grade=11).act("c1:school_clerk", "submit")
    play.act("c1:school_leader", "approve")
    with pytest.raises(Unmet) as refused:
        play.act("city1:dept_leader", "reassign_target", to=play.cast.code["a3"], to_class="2024301", comment="统筹")
    assert "T8" in {reason.guard for reason in refused.value.reasons}


# ---- the end, and other ends ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("signed", [(), ("a1",), ("a1", "k1"), ("a1", "k1", "b1"), ("a1", "k1", "b1", "k2")])
def test_the_applicant_may_withdraw_from_every_phase(play: Play, signed: tuple[str, ...]) -> None:
    two_counties(play)
    agree(play, *signed)
    assert play.act("a1:school_clerk", "withdraw", comment="家长改变主意").phase == "withdrawn"


def test_a_draft_a_contested_and_a_returned_case_may_be_withdrawn_too(play: Play, engine: Engine, cast: Cast) -> None:
    assert Play(engine, cast).open("a1", "沈明铭").act("a1:school_clerk", "withdraw").phase == "withdrawn"
    one_county(play).act("a1:school_leader", "return", comment="请补正")
    assert play.act("a1:school_clerk", "withdraw").phase == "withdrawn"
    other = contested(Play(engine, cast))
    with pytest.raises(NotAllowed, match="只有栖云区青松小学的学籍管理员"):
        other.act("b1:school_clerk", "withdraw")
    assert other.act("a1:school_clerk", "withdraw").phase == "withdrawn"


@pytest.mark.parametrize("ending", ["arrival", "draft"])
def test_the_clock_ends_what_nobody_finishes(play: Play, ending: str, ask: Ask) -> None:
    one_county(play)
    due = select(Timer.due_at).join(Case).where(Case.no == play.no, Timer.kind == "expire")
    assert ask(due) == [dt.datetime(2026, 3, 2, 16, tzinfo=dt.UTC)], "24:00 of a working day six months later"
    if ending == "arrival":
        agree(play, "a1", "a2", "k1")
    else:
        play.act("a1:school_leader", "return", comment="请补正")
    assert play.phase == ending
    with pytest.raises(NotAllowed):
        play.act("a1:school_clerk", "expire")
    play.cast.person["clock"] = SYSTEM_PERSON_ID
    assert play.act("clock", "expire").phase == "expired"
    purpose = OutboxRow.payload["purpose"].as_string()
    assert set(ask(select(OutboxRow.recipient).where(purpose == "case_decided"))) == {
        f"{play.cast.org[school]}:school_clerk" for school in ("a1", "a2")
    }


def test_nothing_happens_to_a_finished_case(play: Play) -> None:
    one_county(play).act("a1:school_clerk", "withdraw")
    clerk = "a1:school_clerk"
    for who, action in (("a1:school_leader", "approve"), (clerk, "submit"), (clerk, "withdraw")):
        with pytest.raises(NotAllowed, match="现在不能做"):
            play.act(who, action)


def test_the_paper_file_follows_as_a_case_of_its_own(play: Play, ask: Ask) -> None:
    one_county(play)
    agree(play, "a1", "a2", "k1")
    play.act("a1:school_clerk", "confirm_arrival", on_date="2025-09-01")
    [paper] = ask(select(Case).where(Case.parent_id == play.case().id))
    assert (paper.process, paper.phase, paper.no[:6]) == ("paper_file", "to_send", "DA2025")
    play.no = paper.no
    assert open_item(ask, play).due_at == dt.datetime(2025, 10, 9, 16, tzinfo=dt.UTC), "a month, past the holidays"
    with pytest.raises(NotAllowed):
        play.act("a1:school_clerk", "send", on_date="2025-09-01")
    assert play.act("a2:school_clerk", "send", on_date="2025-09-01", comment="挂号寄出").phase == "on_its_way"
    assert play.act("a1:school_clerk", "receive", on_date="2025-09-01").phase == "received"


def test_arrival_cannot_lie_before_the_pupil_was_at_the_old_school_or_after_today(play: Play) -> None:
    one_county(play)
    agree(play, "a1", "a2", "k1")
    for day in ("2024-08-31", "2025-09-02", "1999-01-01", "yesterday"):
        with pytest.raises(Unmet) as refused:
            play.act("a1:school_clerk", "confirm_arrival", on_date=day)
        assert [reason.field for reason in refused.value.reasons if reason.blocks] == ["on_date"]
    assert play.phase == "arrival"


# ---- requests ------------------------------------------------------------------------------------------------------


def test_a_key_belongs_to_one_request_of_one_person(play: Play) -> None:
    one_county(play)
    first = play.act("a1:school_leader", "approve", key="the-very-same-key", revision=1, comment="同意")
    assert play.act("a1:school_leader", "approve", key="the-very-same-key", revision=1, comment="同意") == (
        door.Outcome(first.no, first.phase, first.revision, repeated=True)
    )
    for changed in ({"comment": "不同意"}, {"comment": "同意", "revision": 2}):
        with pytest.raises(KeyReused):
            play.act("a1:school_leader", "approve", key="the-very-same-key", **{"revision": 1, **changed})
    with pytest.raises(KeyReused):
        play.act("a1:school_leader", "return", key="the-very-same-key", revision=1, comment="同意")
    assert play.act("a2:school_leader", "approve", key="the-very-same-key").phase == "common_department"


def test_a_person_says_what_was_seen(play: Play, engine: Engine) -> None:
    one_county(play)
    person = play.cast.person["a1:school_leader"]
    with pytest.raises(Stale):
        transact(engine, lambda session: door.do(session, play.no, "approve", person, now=MONDAY, key="no-revision-1",
                                                 seen_revision=None))  # fmt: skip


@pytest.mark.parametrize(
    "values",
    [
        {"comment": "好\ud800"},
        {"comment": "好\u0000"},
        {"comment": "\u202e好"},
        {"comment": "长" * 2001},
        {"comment": {"a": [1]}},
        {"comment": float("nan")},
        {"no such field": 1},
        {"cause": ["其他"], "comment": "好"},
    ],
)
def test_whatever_is_typed_gets_an_answer_with_its_field(play: Play, values: dict[str, object]) -> None:
    one_county(play)
    with pytest.raises(Unmet) as refused:
        play.act("a1:school_leader", "refuse" if "cause" in values else "approve", **values)
    assert all(reason.field for reason in refused.value.reasons)
    assert play.case().revision == 1


def test_two_thousand_characters_are_not_too_many(play: Play) -> None:
    one_county(play)
    assert play.act("a1:school_leader", "approve", comment="𠮷" * 2000).phase == "releasing_school"


def test_who_has_left_finds_nothing_any_more(play: Play, session: Session) -> None:
    one_county(play)
    post = session.scalars(select(Post).where(Post.person_id == play.cast.person["a1:school_leader"])).one()
    post.valid_to = dt.date(2025, 8, 31)
    session.commit()
    with pytest.raises(NotFound):
        play.act("a1:school_leader", "approve")
    post.valid_to = None
    session.get_one(Person, post.person_id).disabled_at = MONDAY
    session.commit()
    with pytest.raises(NotFound):
        play.act("a1:school_leader", "approve")


def test_a_refusal_leaves_nothing_behind(play: Play, ask: Ask) -> None:
    one_county(play)
    before = [len(ask(select(table))) for table in (Event, WorkItem, Timer, OutboxRow)]
    for who, action, values in (
        ("a1:school_leader", "refuse", {"cause": "其他"}),
        ("a2:school_leader", "approve", {}),
        ("a1:school_clerk", "confirm_arrival", {"on_date": "2025-09-01"}),
        ("a1:school_leader", "no such action", {}),
    ):
        with pytest.raises((Unmet, NotAllowed)):
            play.act(who, action, **values)
    assert [len(ask(select(table))) for table in (Event, WorkItem, Timer, OutboxRow)] == before


def test_one_notice_goes_to_each_desk_and_purpose(play: Play, ask: Ask) -> None:
    one_county(play)
    agree(play, "a1")
    rows = ask(select(OutboxRow).order_by(OutboxRow.id))
    a1, a2 = play.cast.org["a1"], play.cast.org["a2"]
    assert [(row.topic, row.recipient, row.payload["purpose"]) for row in rows] == [
        ("notice", f"{a1}:school_leader", "case_waiting"), ("notice", f"{a2}:school_leader", "case_waiting"),
    ]  # fmt: skip
    assert len({row.dedup for row in rows}) == len(rows)


def test_a_city_run_school_and_a_division_take_part_like_any_other(play: Play, engine: Engine, cast: Cast) -> None:
    play.now = dt.datetime(2026, 2, 26, 1, tzinfo=dt.UTC)
    play.open("c1", "彭婷馨", target_grade=11).act("c1:school_clerk", "submit")
    for who in ("c1:school_leader", "city1:dept_leader", "a3:school_leader", "k1:dept_leader"):
        play.act(who, "approve")
    assert play.act("c1:school_clerk", "confirm_arrival", on_date="2026-02-26").phase == "effective"
    other = Play(engine, cast).open("e1", "沈明铭")
    other.act("e1:school_clerk", "submit")
    for who in ("e1:school_leader", "division:dept_leader", "a2:school_leader"):
        other.act(who, "approve")
    assert other.act("k1:dept_leader", "refuse", cause="其他", comment="不同意").phase == "contested"
    assert other.act("prov:dept_leader", "approve").phase == "arrival"


def test_clerks_sign_before_their_leaders_where_policy_wants_it(play: Play, session: Session) -> None:
    roles = {"school": ["school_clerk", "school_leader"], "department": ["dept_clerk", "dept_leader"]}
    decree(session, "node.steps", roles, play.cast.org["prov"])
    one_county(play)
    phases = [
        play.act(who, "approve").phase
        for who in ("a1:school_leader", "a2:school_clerk", "a2:school_leader", "k1:dept_clerk", "k1:dept_leader")
    ]
    assert phases == ["releasing_school", "releasing_school", "common_department", "common_department", "arrival"]


def test_what_a_session_read_before_a_decision_is_read_anew_after_it(play: Play, session: Session, cast: Cast) -> None:
    play.open("a1", "沈明铭")
    old = session.scalars(select(Case).where(Case.no == play.no)).one()
    clerk = cast.person["a1:school_clerk"]
    door.do(session, play.no, "submit", clerk, now=MONDAY, key="read-anew-0001", seen_revision=0)
    assert (old.phase, old.revision) == ("receiving_school", 1)
