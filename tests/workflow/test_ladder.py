"""Escalation: whoever is silent is reminded, supervised, and in the end decided for; silence is never consent."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import Event, WorkItem
from models.session import reading
from tests.cast import Cast
from tests.consistency import assert_consistent
from tests.decree import decree
from tests.dispute import Dispute
from tests.play import Play
from tests.workflow.test_timers import day_by_day, morning, told
from workflow import engine as door
from workflow import processes, timers
from workflow.errors import NotAllowed, Unmet
from workflow.language import Process
from workflow.policies import DEFAULTS
from workflow.transfers import certificate
from workflow.world import world_of

D = dt.date
Ask = Callable[[Any], list[Any]]
LADDER = DEFAULTS["reminder.ladder"].value
OPEN = select(WorkItem).where(WorkItem.open, WorkItem.kind != "copy").order_by(WorkItem.id)


@pytest.fixture
def play(engine: Engine, session: Session, cast: Cast) -> Play:
    """The releasing school is asked until 15 September; from the next working day on the county may decide."""
    decree(session, "reminder.ladder", {**LADDER, "take_over": 1})
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    return play


def silent_until(play: Play, day: D) -> None:
    day_by_day(play.engine, D(2025, 9, 2), day)
    play.now = morning(day)


# ---- the superior may decide -----------------------------------------------------------------------------------------


def test_on_day_eleven_the_county_may_decide_for_the_silent_school_and_the_log_says_so(
    play: Play, cast: Cast, ask: Ask
) -> None:
    """Product, first 6."""
    silent_until(play, D(2025, 9, 15))
    with pytest.raises(NotAllowed):
        play.act("k1:dept_leader", "approve")
    silent_until(play, D(2025, 9, 16))
    school, county = cast.org["a2"], cast.org["k1"]
    assert [(item.org_id, item.kind) for item in ask(OPEN)] == [(school, "decide"), (county, "decide")]
    told_then = told(play, "take_over")
    assert ("decide_instead", f"{county}:dept_leader") in told_then
    assert ("overdue", f"{school}:school_leader") in told_then
    play.act("k1:dept_leader", "approve", comment="材料属实")
    event = ask(select(Event).where(Event.action == "approve").order_by(Event.seq))[-1]
    assert (event.body["office"], event.body["instead_of"]) == (county, school)
    both = select(WorkItem).where(WorkItem.phase == "releasing_school", WorkItem.kind == "decide")
    original, instead = ask(both.order_by(WorkItem.id))
    assert (original.open, original.closed_by, original.void_reason) == (False, None, "approve")
    assert (instead.open, instead.closed_by, instead.outcome) == (False, cast.person["k1:dept_leader"], "approve")
    assert_consistent(play.engine)


def test_the_school_may_still_answer_and_closes_what_lies_above(play: Play, ask: Ask) -> None:
    silent_until(play, D(2025, 9, 16))
    play.act("a2:school_leader", "approve")
    assert play.phase == "common_department"
    (waiting,) = ask(OPEN)
    assert waiting.phase == "common_department"
    assert_consistent(play.engine)


def test_whoever_decided_for_the_school_does_not_sign_for_the_county_too(play: Play) -> None:
    silent_until(play, D(2025, 9, 16))
    play.act("k1:dept_leader", "approve")
    assert play.phase == "common_department"
    with pytest.raises(Unmet) as refused:
        play.act("k1:dept_leader", "approve")
    assert [reason.guard for reason in refused.value.reasons] == ["C7"]


def test_as_shipped_it_comes_after_supervision(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    fired = day_by_day(engine, D(2025, 9, 2), D(2025, 9, 22))
    assert [(str(day), kind) for day, kind, step in fired if step >= 3] == [
        ("2025-09-18", "supervise"),
        ("2025-09-19", "overdue"),
        ("2025-09-22", "take_over"),
    ]


def test_the_copy_to_read_gives_way_to_the_question(engine: Engine, cast: Cast, ask: Ask) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    silent_until(play, D(2025, 9, 18))
    (copy,) = ask(select(WorkItem).where(WorkItem.kind == "copy"))
    assert copy.open
    silent_until(play, D(2025, 9, 22))
    assert ask(select(WorkItem.open).where(WorkItem.kind == "copy")) == [False]
    silent_until(play, D(2025, 10, 20))
    assert ask(select(WorkItem.open).where(WorkItem.kind == "copy", WorkItem.org_id == cast.org["k1"])) == [False]


def test_only_questions_that_the_rule_names_are_put_above(play: Play, session: Session, ask: Ask) -> None:
    decree(session, "reminder.take_over", ["transfer_department"])
    silent_until(play, D(2025, 9, 16))
    (only,) = ask(OPEN)
    assert only.org_id == play.cast.org["a2"]
    assert told(play, "overdue"), "it is reminded of instead"


def test_who_may_decide_and_is_silent_too_is_decided_for_in_turn(play: Play, cast: Cast, ask: Ask) -> None:
    silent_until(play, D(2025, 10, 9))
    assert [item.org_id for item in ask(OPEN)] == [cast.org["a2"], cast.org["k1"], cast.org["city1"]]
    play.act("city1:dept_leader", "approve")
    event = ask(select(Event).where(Event.action == "approve").order_by(Event.seq))[-1]
    assert (event.body["office"], event.body["instead_of"]) == (cast.org["city1"], cast.org["a2"])
    assert_consistent(play.engine)


def test_returned_by_the_superior_it_comes_back_to_the_school_with_one_day(play: Play, cast: Cast, ask: Ask) -> None:
    silent_until(play, D(2025, 9, 17))
    play.act("k1:dept_leader", "return", comment="户口簿不清楚")
    play.now = morning(D(2025, 9, 19))
    play.act("a1:school_clerk", "submit")
    (asked,) = ask(OPEN)
    assert (asked.org_id, asked.due_rule["days"]) == (cast.org["a2"], 1)


def test_refused_by_the_authority_above_both_another_person_rules(play: Play) -> None:
    """The county refused for the silent school; the ruling on it is the county's, but not the same person's."""
    silent_until(play, D(2025, 9, 16))
    assert play.act("k1:dept_leader", "refuse", cause="其他", comment="住址不实").phase == "contested"
    with pytest.raises(Unmet):
        play.act("k1:dept_leader", "approve")


@pytest.fixture
def together(engine: Engine, session: Session, cast: Cast) -> Play:
    """Clerk and leader of the releasing school sign together; the county may decide from 16 September on."""
    decree(session, "reminder.ladder", {**LADDER, "take_over": 1})
    decree(session, "node.steps", {"school": ["school_clerk", "school_leader"], "department": ["dept_leader"]})
    decree(session, "signing.school", {"manner": "all", "asked": "desk", "share": 50, "persons": 1})
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    return play


def test_where_several_sign_somebody_steps_in_for_the_silent_one(together: Play, cast: Cast, ask: Ask) -> None:
    together.act("a2:school_clerk", "approve")
    silent_until(together, D(2025, 9, 16))
    assert [item.org_id for item in ask(OPEN)] == [cast.org["a2"], cast.org["k1"]]
    together.act("k1:dept_leader", "approve")
    assert together.phase == "common_department", "his consent counts for the seat that was silent, and once"
    event = ask(select(Event).where(Event.action == "approve").order_by(Event.seq))[-1]
    assert (event.body["office"], event.body["instead_of"]) == (cast.org["k1"], cast.org["a2"])
    decision = together.case().state["decisions"][f"releasing_school:{cast.org['a2']}:school_leader:"]
    assert len(decision["name"].split("、")) == 2
    assert_consistent(together.engine)


def test_the_silent_one_may_still_sign_and_closes_what_lies_above(together: Play, cast: Cast, ask: Ask) -> None:
    together.act("a2:school_clerk", "approve")
    silent_until(together, D(2025, 9, 16))
    together.act("a2:school_leader", "approve")
    assert together.phase == "common_department"
    assert [item.org_id for item in ask(OPEN)] == [cast.org["k1"]]
    assert_consistent(together.engine)


def test_where_all_are_silent_one_person_steps_in_for_one_of_them(together: Play, cast: Cast, ask: Ask) -> None:
    silent_until(together, D(2025, 9, 16))
    assert [item.org_id for item in ask(OPEN)] == [*[cast.org["a2"]] * 2, *[cast.org["k1"]] * 2]
    assert together.act("k1:dept_leader", "approve").phase == "releasing_school", "the other seat is still open"
    assert [item.org_id for item in ask(OPEN)] == [cast.org["a2"], cast.org["k1"]]
    with pytest.raises(Unmet) as refused:
        together.act("k1:dept_leader", "approve")
    assert [reason.guard for reason in refused.value.reasons] == ["C7"]
    [left] = [item.queue.partition(":")[2] for item in ask(OPEN) if item.org_id == cast.org["a2"]]
    assert together.act(f"a2:{left}", "approve").phase == "common_department"
    assert_consistent(together.engine)


@pytest.mark.parametrize(("where", "agreed"), [("before", False), ("beside", True), ("after", False), ("after", True)])
def test_nobody_waits_for_a_silent_added_signer_when_the_office_above_may_decide(
    engine: Engine, session: Session, cast: Cast, ask: Ask, where: str, agreed: bool
) -> None:
    decree(session, "reminder.ladder", {**LADDER, "take_over": 1})
    decree(session, "node.steps", {"school": ["school_leader"], "department": ["dept_clerk", "dept_leader"]})
    decree(session, "signing.department", {"manner": "all", "asked": "desk", "share": 50, "persons": 1})
    play = Play(engine, cast).open("a1", "沈明铭")
    for who, action in (
        ("a1:school_clerk", "submit"),
        ("a1:school_leader", "approve"),
        ("a2:school_leader", "approve"),
    ):
        play.act(who, action)
    play.act("k1:dept_clerk", "add_signer", person="k1-arbitrator", where=where)
    if agreed:
        play.act("k1:dept_clerk", "approve")
    play.act("k1:dept_leader", "approve")
    assert play.phase == "common_department"
    silent_until(play, D(2025, 9, 18))
    notes = ask(select(Event).where(Event.action == "signer_silent"))
    assert [len(note.body["signers"]) for note in notes] == [1]
    assert play.phase == "common_department", "the silent one has agreed to nothing"
    asked = ask(OPEN)
    assert [(item.org_id, item.assignee_id) for item in asked if "instead_of" not in item.due_rule] == [
        (cast.org["k1"], None)
    ], "whoever added him is asked once more, alone"
    assert play.act("city1:dept_leader", "approve").phase == "arrival"
    assert_consistent(engine)


def test_papers_and_route_name_both_offices(play: Play, cast: Cast) -> None:
    silent_until(play, D(2025, 9, 16))
    play.act("k1:dept_leader", "approve")
    with reading(play.engine) as session:
        step = door.look(session, play.no, play.cast.actor(session, "a1:school_clerk"), world_of(session), play.now)
        told = {one["party"]: (one["office"], one["seal"]) for one in certificate.decisions(step)}
    short = step.world.office(cast.org["k1"]).short_name
    assert told["转出学校"] == ("栖云区教育局代栖云区新苗小学", short)


def test_a_silent_department_is_decided_for_in_a_problem_too(
    engine: Engine, session: Session, cast: Cast, ask: Ask
) -> None:
    decree(session, "reminder.ladder", {**LADDER, "take_over": 1})
    play = Dispute(engine, cast).about(("a1", "王小明"), ("b1", "王小明"))
    play.paper("a1")
    play.act("a1:school_clerk", "answer_claim", side=1)
    silent_until(play, D(2025, 9, 16))
    above = [item for item in ask(OPEN) if "instead_of" in item.due_rule]
    assert [(item.kind, item.org_id, item.turn) for item in above] == [("review", cast.org["city1"], 1)]
    play.act("city1:dept_clerk", "accept_side", side=1)
    assert not [item for item in ask(OPEN) if item.kind == "review" and item.turn == 1]
    assert_consistent(engine)


def test_a_leader_gets_a_copy_from_the_day_that_the_rule_names(engine: Engine, session: Session, cast: Cast) -> None:
    decree(session, "reminder.ladder", {**LADDER, "leader_from": -2})
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "return", comment="户口簿不清楚")  # the clerk is asked now
    clerk, leader = f"{cast.org['a1']}:school_clerk", f"{cast.org['a1']}:school_leader"
    silent_until(play, D(2025, 9, 8))
    assert told(play, "remind") == [("reminder", clerk)]
    silent_until(play, D(2025, 9, 11))
    assert told(play, "remind") == [("reminder", clerk), ("reminder", leader)]


# ---- a second refusal goes up at once --------------------------------------------------------------------------------


def refused_once(play: Play) -> Play:
    """Ask again for what the releasing school refused for a listed cause."""
    play.act("a2:school_leader", "refuse", cause="学生信息不符", comment="出生日期不符")
    assert play.phase == "rejected"
    again = Play(play.engine, play.cast, play.now).open("a1", "沈明铭")
    again.act("a1:school_clerk", "submit")
    again.act("a1:school_leader", "approve")
    return again


def test_a_second_refusal_goes_up_at_once_instead_of_round_again(play: Play, ask: Ask) -> None:
    """C11: a listed cause ended the first request; the same school does not end the second one too."""
    again = refused_once(play)
    assert again.act("a2:school_leader", "refuse", cause="学生信息不符", comment="仍不符").phase == "contested"
    (asked,) = ask(OPEN)
    assert asked.org_id == play.cast.org["k1"]
    assert (
        ask(select(Event).where(Event.action == "refuse").order_by(Event.at, Event.case_id))[-1].body["again"] is True
    )
    again.act("k1:dept_leader", "approve", comment="经核实一致")
    assert again.phase != "rejected"
    assert_consistent(play.engine)


def test_another_office_refuses_for_the_first_time(play: Play) -> None:
    again = refused_once(play)
    again.act("a2:school_leader", "approve")
    assert again.act("k1:dept_leader", "refuse", cause="材料不真实", comment="住址不实").phase == "rejected"


def test_a_place_may_let_every_refusal_end_the_request(play: Play, session: Session) -> None:
    decree(session, "refusal.second", "end")
    again = refused_once(play)
    assert again.act("a2:school_leader", "refuse", cause="学生信息不符", comment="仍不符").phase == "rejected"


# ---- never approval by silence ---------------------------------------------------------------------------------------

WAIVED = {
    ("problem", "conclude"): "two persons ruled and the ruling took effect; silence only waives the objection to it",
    ("problem", "side_silent"): "what the other sides were granted takes effect; of the silent one nothing is changed",
}
"""What the clock may lead to a good end, because people decided before."""


@pytest.mark.parametrize("process", processes.PUBLISHED, ids=lambda process: process.key)
def test_no_timer_can_agree_to_anything(process: type[Process]) -> None:
    """C7: whatever the clock does in any definition, it signs nothing and reaches no good end."""
    lapses = {lapse.action for phase in process.phases.values() for lapse in phase.lapses.values()}
    by_clock = [action for name, action in process.actions.items() if name in lapses | set(timers.OF_THE_CLOCK)]
    for action in by_clock:
        assert not action.signs, action.name
        if (process.key, action.name) not in WAIVED:
            good = [target.name for target in action.move.targets if getattr(target, "good", False)]
            assert good == [], action.name


def test_every_kind_of_timer_is_known_here() -> None:
    """A new kind of timer must be looked at: does it decide anything?"""
    assert set(timers.EFFECTS) == {
        "remind", "overdue", "supervise", "take_over", "bulletin", "stale", "expiry_warning", "expire", "lapse", "ask",
        "resume", "climb",
    }  # fmt: skip


def test_after_half_a_year_of_silence_nothing_was_agreed_to(play: Play, engine: Engine, ask: Ask) -> None:
    silent_until(play, D(2026, 3, 3))
    assert play.phase == "expired"
    decisions = [event for event in ask(select(Event)) if event.action in ("approve", "confirm_arrival")]
    assert [event.actor_id for event in decisions] == [play.cast.person["a1:school_leader"]]
    assert_consistent(engine)
