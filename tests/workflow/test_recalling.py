"""取回: whoever gave the last answer takes it back, as long as nobody has done anything since (engine 2.8)."""

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, Select, select
from sqlalchemy.orm import Session

from models.cases import Case, Event, Timer, WorkItem
from models.deputies import Substitution
from models.messages import Notice
from models.outbox import OutboxRow
from models.people import Post
from models.session import reading, transact
from tests.cast import MONDAY, Cast
from tests.consistency import assert_consistent
from tests.council import colleague, convene, leader, offices
from tests.decree import decree
from tests.faulty import Faulty
from tests.numberless import LEADERS, Numberless
from tests.play import Play
from tests.statements import counted
from tests.workflow.test_deputies import stand_in
from tests.workflow.test_going_back import ROUTES, go_on_to, holder, open_items, sent, sign
from tests.workflow.test_races import Act, Race, clean
from tests.workflow.test_races import sent as several
from tests.workflow.test_timers import day_by_day, fire_all, morning, told
from workflow import engine as door
from workflow import notices, outbox
from workflow.errors import NotAllowed, NotFound, Stale, Unmet
from workflow.manners import Jointly, everyone, in_turn
from workflow.processes import PUBLISHED
from workflow.transfers import drafts
from workflow.world import world_of

Ask = Callable[[Select[Any]], list[Any]]
SCHOOL, COUNTY, OTHER = "a1:school_leader", "k1:dept_leader", "b1:school_leader"
KEPT = ("phase", "turn", "round", "closed_at", "route")
STAYS = {"recall", "cosigners", "deputies"}
"""What taking something back does not make unknown."""
ANSWERS: dict[str, dict[str, Any]] = {
    "approve": {},
    "return": {"comment": "请补正", "items": ["户口簿"]},
    "refuse": {"cause": "其他", "comment": "不同意"},
    "send_back": {"comment": "请再核对", "back_to": "0"},
}


@pytest.fixture(autouse=True)
def consistent(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    engine: Engine = request.getfixturevalue("engine")
    yield
    assert_consistent(engine)


@pytest.fixture
def answered(play: Play, session: Session) -> Play:
    """A request between two counties to which the receiving school has agreed; its county is asked now."""
    sent(play, session, "two counties")
    play.act(SCHOOL, "approve")
    return play


def standing(play: Play) -> tuple[Any, ...]:
    """Return where a case stands, what it remembers, and every question that is open, with its last day."""
    case = play.case()
    state = {name: value for name, value in case.state.items() if name not in STAYS}
    items = [(item.id, item.queue, item.kind, item.assignee_id, item.due_at, item.due_rule, item.outcome, item.took)
             for item in open_items(play)]  # fmt: skip
    return [getattr(case, name) for name in KEPT], state, items


def further(play: Play, who: str) -> dict[str, list[str]]:
    """Return what somebody may do besides answering, with what stands against it."""
    with reading(play.engine) as session:
        step = door.look(session, play.no, play.cast.actor(session, who), world_of(session), play.now)
        return {one.action: [reason.guard for reason in one.reasons] for one in door.further(step)}


def refusal(play: Play, who: str) -> list[str]:
    """Return the sentences with which somebody is refused, and see that nothing changes."""
    before = (standing(play), play.case().last_seq, play.case().revision)
    with pytest.raises(Unmet) as refused:
        play.act(who, "recall")
    assert (standing(play), play.case().last_seq, play.case().revision) == before
    return [reason.message for reason in refused.value.reasons]


# ---- everything is as it was -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ROUTES)
def test_on_every_step_of_every_route_each_answer_is_taken_back(route: str, play: Play, session: Session) -> None:
    sent(play, session, route)
    for turn in range(len(play.case().route)):
        go_on_to(play, turn)
        for answer, given in ANSWERS.items():
            if answer == "send_back" and turn == 0:
                continue
            before, who, seq = standing(play), holder(play, open_items(play)[0]), play.case().last_seq
            if play.act(who, answer, **given).phase == "rejected":
                assert "recall" not in further(play, who), "what has ended the case stays"
                assert "recall" not in play.case().state
                return
            assert standing(play) != before
            play.act(who, "recall", comment="点错了")
            assert standing(play) == before
            assert play.case().last_seq == seq + 2, "the log keeps the answer and that it was taken back"
            with pytest.raises(NotAllowed):
                play.act(who, "recall")


def test_the_last_consent_is_taken_back_until_the_pupil_has_come(play: Play, session: Session) -> None:
    sent(play, session, "one county")
    go_on_to(play, 2)
    play.act(COUNTY, "approve")
    assert play.phase == "arrival"
    play.act(COUNTY, "recall")
    play.act(COUNTY, "approve")
    play.act("a1:school_clerk", "confirm_arrival", on_date="2025-09-01")
    with pytest.raises(NotAllowed):
        play.act(COUNTY, "recall")


def test_a_ruling_of_the_common_authority_is_taken_back(answered: Play) -> None:
    answered.act(COUNTY, "refuse", cause="其他", comment="不同意")
    assert answered.phase == "contested"
    before = standing(answered)
    answered.act("city1:dept_leader", "approve")
    answered.act("city1:dept_leader", "recall")
    assert standing(answered) == before


def test_of_a_pupil_without_number_every_level_but_the_last_takes_back(engine: Engine, cast: Cast) -> None:
    case = Numberless(engine, cast).enrol().submit()
    for who in LEADERS["a2"]:
        for answer in ("return", "approve"):
            before = standing(case)
            case.act(who, answer, **ANSWERS[answer])
            if case.phase == "valid":
                with pytest.raises(NotAllowed):
                    case.act(who, "recall")
                continue
            case.act(who, "recall")
            assert standing(case) == before
        if case.phase != "valid":
            case.act(who, "approve")
    assert case.phase == "valid"


def test_of_a_wrong_number_the_department_takes_back_what_changed_no_record(engine: Engine, cast: Cast) -> None:
    case = Faulty(engine, cast).verdict("name_mismatch")
    case.act(case.clerk, "acknowledge")
    case.claim()
    for answer, given in (("approve_claim", {}), ("return", ANSWERS["return"]), ("refuse", {"comment": "不予采信"})):
        before = standing(case)
        case.act(COUNTY, answer, **given)
        case.act(COUNTY, "recall")
        assert standing(case) == before
    case.act(COUNTY, "return", comment="请改正")
    case.correct(name="王晓明")
    case.act(COUNTY, "approve_correction")
    with pytest.raises(NotAllowed):
        case.act(COUNTY, "recall")


def test_a_clerk_takes_back_that_he_has_sent_the_paper_file(play: Play, session: Session, ask: Ask) -> None:
    sent(play, session, "one county")
    while play.phase != "arrival":
        sign(play)
    play.act("a1:school_clerk", "confirm_arrival", on_date="2025-09-01")
    [play.no] = ask(select(Case.no).where(Case.process == "paper_file"))
    before = standing(play)
    play.act("a2:school_clerk", "send", on_date="2025-09-01")
    play.act("a2:school_clerk", "recall")
    assert standing(play) == before


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_whatever_can_be_taken_back_touches_nothing_but_the_case(engine: Engine) -> None:
    """Whoever adds an answer to `recallable` has seen to it that its effects write nothing else."""
    plain = {"note_decision", "note_return", "note_refusal", "send_to_police", "_hand_up"}
    for process in PUBLISHED:
        for action in process.recallable:
            assert {effect.__name__ for effect in action.does} <= plain, (process.key, action.name)


# ---- only while nobody has acted -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "act", "values"), [
    (COUNTY, "claim", {}),
    (COUNTY, "consult", {"person": "k1-dept_clerk", "comment": "请提意见"}),
    (COUNTY, "copy", {"person": "k1-dept_clerk"}),
    (COUNTY, "escalate", {"comment": "回避"}),
    (COUNTY, "suspend", {"comment": "等公安证明"}),
    ("a1:school_clerk", "urge", {}),
    (SCHOOL, "urge", {}),
])  # fmt: skip
def test_whoever_took_it_or_did_anything_else_holds_it(
    answered: Play, who: str, act: str, values: dict[str, str]
) -> None:
    answered.act(who, act, **values)
    assert refusal(answered, SCHOOL)
    assert further(answered, SCHOOL)["recall"], "he reads why not"


def test_the_next_answer_makes_an_end_of_it(answered: Play) -> None:
    answered.act(COUNTY, "approve")
    with pytest.raises(NotAllowed):
        answered.act(SCHOOL, "recall")
    assert further(answered, SCHOOL)["recall"] == ["right"]
    answered.act(COUNTY, "recall")
    assert answered.phase == "receiving_department"
    with pytest.raises(NotAllowed):
        answered.act(SCHOOL, "recall")


def test_a_clerk_who_has_begun_to_correct_is_not_taken_by_surprise(answered: Play, engine: Engine, cast: Cast) -> None:
    answered.act(COUNTY, "return", comment="请补正")
    seen = answered.case().revision
    transact(engine, lambda session: drafts.change(
        session, answered.no, cast.person["a1:school_clerk"], {"reason_note": "随父母"}, seen, MONDAY))  # fmt: skip
    with pytest.raises(NotAllowed):
        answered.act(COUNTY, "recall")


def test_the_clock_counts_too(answered: Play, engine: Engine) -> None:
    day_by_day(engine, dt.date(2025, 9, 1), dt.date(2025, 9, 12))
    answered.now = morning(dt.date(2025, 9, 12))
    assert refusal(answered, SCHOOL)


def test_what_the_applicant_does_has_a_way_back_of_its_own(play: Play, session: Session) -> None:
    """撤回 ends a request; 取回 is for whoever decided."""
    sent(play, session, "two counties")
    with pytest.raises(NotAllowed):
        play.act("a1:school_clerk", "recall")
    play.act(SCHOOL, "return", comment="请补正")
    play.act("a1:school_clerk", "submit")
    with pytest.raises(NotAllowed):
        play.act("a1:school_clerk", "recall")
    play.act(SCHOOL, "approve")
    assert play.act("a1:school_clerk", "withdraw").phase == "withdrawn"
    with pytest.raises(NotAllowed):
        play.act(SCHOOL, "recall")


# ---- who -------------------------------------------------------------------------------------------------------------


def test_nobody_else_takes_it_back(answered: Play, engine: Engine, cast: Cast) -> None:
    colleague(engine, cast, "second", "a1", "school_leader")
    for who in ("second", COUNTY, "a1:school_clerk", "city1:dept_leader"):
        with pytest.raises(NotAllowed):
            answered.act(who, "recall")
    with pytest.raises(NotFound):
        answered.act("k3:dept_leader", "recall")


def test_whoever_left_the_desk_takes_nothing_back(answered: Play, engine: Engine, cast: Cast) -> None:
    colleague(engine, cast, SCHOOL, "a1", "school_clerk")

    def leave(session: Session) -> None:
        mine = (Post.person_id == cast.person[SCHOOL]) & (Post.role == "school_leader")
        session.scalars(select(Post).where(mine)).one().valid_to = MONDAY.date() - dt.timedelta(days=1)

    transact(engine, leave)
    with pytest.raises(NotAllowed):
        answered.act(SCHOOL, "recall")


def test_a_deputy_and_whom_he_acted_for_both_may_and_both_names_are_kept(
    play: Play, session: Session, ask: Ask, cast: Cast
) -> None:
    sent(play, session, "two counties")
    stand_in(play, "k1:dept_clerk", SCHOOL)
    for who, acting_for in (("k1:dept_clerk", cast.person[SCHOOL]), (SCHOOL, None)):
        play.act("k1:dept_clerk", "approve")
        play.act(who, "recall")
        event = ask(select(Event).order_by(Event.case_id.desc(), Event.seq.desc()))[0]
        assert (event.action, event.actor_id, event.acting_for) == ("recall", cast.person[who], acting_for)
    play.act("k1:dept_clerk", "approve")
    play.now += dt.timedelta(days=8)
    with pytest.raises(NotAllowed):
        play.act("k1:dept_clerk", "recall")
    play.act(SCHOOL, "recall")


def test_a_deputy_takes_back_what_his_principal_decided(answered: Play) -> None:
    stand_in(answered, "k1:dept_clerk", SCHOOL)
    answered.act("k1:dept_clerk", "recall")
    assert answered.phase == "receiving_school"


def test_a_deputy_of_a_colleague_or_for_another_office_does_not(answered: Play, engine: Engine, cast: Cast) -> None:
    colleague(engine, cast, "second", "a1", "school_leader")
    colleague(engine, cast, SCHOOL, "a2", "school_leader")
    days = {"valid_from": MONDAY.date(), "valid_to": MONDAY.date(), "ordered_by": 1, "ordered_at": MONDAY}

    def order(session: Session) -> None:
        for deputy, principal, office in (("k1:dept_clerk", "second", "a1"), ("k2:dept_clerk", SCHOOL, "a2")):
            persons = {"principal_id": cast.person[principal], "deputy_id": cast.person[deputy]}
            session.add(Substitution(**persons, org_id=cast.org[office], **days))

    transact(engine, order)
    for who in ("k1:dept_clerk", "k2:dept_clerk"):
        with pytest.raises(NotAllowed):
            answered.act(who, "recall")


def test_whoever_signed_once_signs_nowhere_else_though_he_took_it_back(answered: Play, cast: Cast) -> None:
    colleague(answered.engine, cast, SCHOOL, "k1")
    colleague(answered.engine, cast, "second", "a1", "school_leader")
    answered.act(SCHOOL, "recall")
    answered.act("second", "approve")
    with pytest.raises(Unmet) as refused:
        answered.act(SCHOOL, "approve")
    assert [reason.guard for reason in refused.value.reasons] == ["C7"]
    answered.act(COUNTY, "approve")


def test_nor_does_he_for_whom_his_deputy_signed(play: Play, session: Session, cast: Cast) -> None:
    sent(play, session, "two counties")
    stand_in(play, "k1:dept_clerk", SCHOOL)
    colleague(play.engine, cast, SCHOOL, "k1")
    colleague(play.engine, cast, "second", "a1", "school_leader")
    play.act("k1:dept_clerk", "approve")
    play.act(SCHOOL, "recall")
    play.act("second", "approve")
    with pytest.raises(Unmet) as refused:
        play.act(SCHOOL, "approve")
    assert [reason.guard for reason in refused.value.reasons] == ["C7"]


def test_a_place_can_do_without_it(answered: Play, session: Session) -> None:
    decree(session, "acts.off", ["recall"], answered.cast.org["k1"])
    assert "recall" not in further(answered, SCHOOL)
    with pytest.raises(NotAllowed):
        answered.act(SCHOOL, "recall")


# ---- where several sign ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asks", [everyone(leader @ offices), in_turn(leader @ offices)], ids=["all", "in turn"])
def test_a_vote_is_taken_back_and_counts_no_more(
    asks: Jointly, engine: Engine, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = convene(engine, cast, monkeypatch, asks)
    process = process_of(play)
    monkeypatch.setattr(process, "recallable", (process.actions["approve"],))
    before, asked = play.case().state["signing"], play.open_at()
    play.act(COUNTY, "approve")
    assert play.open_at() != asked
    play.act(COUNTY, "recall")
    assert (play.case().state["signing"], play.open_at()) == (before, asked)
    for who in (COUNTY, "k2:dept_leader", "k3:dept_leader"):
        play.act(who, "approve")
    assert play.phase == "agreed"


def process_of(play: Play) -> Any:
    with reading(play.engine) as session:
        return door.look(session, play.no, play.cast.actor(session, COUNTY), world_of(session), play.now).process


def test_the_objection_of_an_added_signer_is_taken_back(answered: Play, engine: Engine, cast: Cast) -> None:
    colleague(engine, cast, "second", "k1", "dept_clerk")
    answered.act(COUNTY, "add_signer", person="second", where="after")
    answered.act(COUNTY, "approve")
    before = standing(answered)
    answered.act("second", "refuse", cause="其他", comment="不妥")
    answered.act("second", "recall")
    assert standing(answered) == before
    answered.act("second", "approve")
    assert answered.phase == "releasing_school", "the consent of whoever added him counts again"


# ---- notices, reminders, figures -------------------------------------------------------------------------------------


def test_a_notice_nobody_has_got_yet_never_comes(answered: Play, ask: Ask, cast: Cast) -> None:
    answered.act(SCHOOL, "recall")
    assert told(answered, "recall") == []
    late = ask(select(OutboxRow).where(OutboxRow.recipient == f"{cast.org['k1']}:dept_leader"))
    assert [row.last_error for row in late] == [outbox.CALLED_BACK]
    answered.act(SCHOOL, "approve")
    assert told(answered, "approve") == [("case_waiting", f"{cast.org['k1']}:dept_leader")]


def test_whoever_was_told_already_reads_that_it_is_off_his_desk(answered: Play, ask: Ask, cast: Cast) -> None:
    def address(session: Session) -> None:
        for errand in outbox.claim(session, ["notice"], MONDAY):
            notices.address(session, errand, MONDAY)

    transact(answered.engine, address)
    answered.act(SCHOOL, "recall")
    assert told(answered, "recall") == [("taken_back", f"{cast.org['k1']}:dept_leader")]
    transact(answered.engine, address)
    mine = ask(select(Notice).where(Notice.person_id == cast.person[COUNTY]).order_by(Notice.id))
    assert [one.purpose for one in mine] == ["case_waiting", "taken_back"]


def test_whoever_was_asked_beside_has_his_question_again_and_is_told(
    play: Play, session: Session, cast: Cast
) -> None:
    """Clerk or leader of the releasing school may sign; the clerk does, and takes it back."""
    decree(session, "node.steps", {"school": ["school_clerk", "school_leader"], "department": ["dept_leader"]})
    decree(session, "signing.school", {"manner": "any", "asked": "desk", "share": 50, "persons": 1})
    sent(play, session, "two counties")
    for who in (SCHOOL, COUNTY):
        play.act(who, "approve")
    before = standing(play)
    play.act("b1:school_clerk", "approve")
    assert play.phase == "releasing_department"
    play.act("b1:school_clerk", "recall")
    assert standing(play) == before
    assert told(play, "recall") == [("case_waiting", f"{cast.org['b1']}:school_leader")]
    play.act(OTHER, "approve")


def test_a_reminder_that_came_up_meanwhile_is_made_up_for(answered: Play, engine: Engine, ask: Ask) -> None:
    """The school decides on the evening before its first reminder and takes that back the next morning."""
    answered.act(SCHOOL, "recall")
    [timer] = ask(select(Timer).join(WorkItem, WorkItem.id == Timer.work_item_id).where(WorkItem.open))
    answered.now = timer.due_at - dt.timedelta(hours=1)
    answered.act(SCHOOL, "approve")
    fire_all(engine, timer.due_at)
    answered.now = timer.due_at + dt.timedelta(minutes=1)
    answered.act(SCHOOL, "recall")
    assert fire_all(engine, answered.now) == [("remind", timer.step)]


def test_causes_of_a_return_are_counted_once_however_often_it_was_given(answered: Play) -> None:
    for _ in range(2):
        answered.act(COUNTY, "return", **ANSWERS["return"])
        answered.act(COUNTY, "recall")
    answered.act(COUNTY, "return", **ANSWERS["return"])


def test_it_takes_no_more_statements_than_a_decision_may(answered: Play, engine: Engine) -> None:
    revision = answered.case().revision
    with counted(engine) as seen:
        answered.act(SCHOOL, "recall", revision=revision)
    assert len(seen) <= 10, seen


def test_a_page_that_was_drawn_before_is_told_who_took_it_back(answered: Play) -> None:
    seen = answered.case().revision
    answered.act(SCHOOL, "recall")
    with pytest.raises(Stale) as stale:
        answered.act(COUNTY, "approve", revision=seen)
    assert stale.value.action == "recall"


def test_of_a_recall_and_what_others_do_at_the_same_moment_one_is_done(
    engine: Engine, cast: Cast, play: Play, session: Session
) -> None:
    numbers, race = several(session, play, 9), Race(engine, cast)
    mine: Act = (SCHOOL, "recall", {})
    others: list[Act] = [("a2:school_leader", "approve", {}), mine, ("a1:school_clerk", "withdraw", {})]
    wrong = []
    with ThreadPoolExecutor(2) as pool:
        for no, other in zip(numbers, itertools.cycle(others), strict=False):
            race.act(no, (SCHOOL, "approve", {}), 1)
            answers = race.together(pool, [lambda act=act, no=no: race.act(no, act, 2) for act in (mine, other)])
            if not clean(answers):
                wrong.append((no, other, answers))
    assert wrong == []
