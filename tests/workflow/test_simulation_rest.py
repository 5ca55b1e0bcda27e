"""Rules about suspensions, silent offices, second refusals, families and papers, tried on what the log tells."""

import datetime as dt

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.students import Student
from tests.cast import MONDAY, Cast
from tests.dispute import Dispute
from tests.faulty import Faulty
from tests.numberless import Numberless
from tests.play import Play
from tests.workflow.test_clearing import task
from tests.workflow.test_simulation import act, rule, tried
from tests.workflow.test_timers import day_by_day, morning
from workflow.policies import DEFAULTS

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
D = dt.date


def sent(engine: Engine, cast: Cast) -> Play:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    return play


@SQLITE
def test_a_suspension_beyond_the_longest_one_would_have_gone_on_earlier(engine: Engine, cast: Cast) -> None:
    """Ten days from a Tuesday; after four it is Saturday, and four working days are left until the other Friday."""
    play = sent(engine, cast)
    act(play, 1, "a1:school_leader", "suspend", comment="等待证明")
    act(play, 11, "a1:school_leader", "resume")
    found = tried(engine, cast, "case.longest_stop", 4)["suspensions"]
    assert (found["affected"], found["stops"], found["too_long"]) == (1, 1, {"present": 0, "proposed": 1})
    assert found["days"]["median"] == 10
    assert found["days_saved"]["total"] == 5
    assert tried(engine, cast, "case.longest_stop", 10)["suspensions"]["affected"] == 0
    assert tried(engine, cast, "case.longest_stop", 200)["suspensions"]["days_saved"]["total"] == 0


@SQLITE
def test_a_suspension_that_goes_on_counts_up_to_now_and_in_every_process(engine: Engine, cast: Cast) -> None:
    dispute = Dispute(engine, cast).about(("a1", "王小明"), ("d1", "王晓明"))
    dispute.act("prov:dept_leader", "suspend", comment="等待证明")
    assert tried(engine, cast, "case.longest_stop", 4)["suspensions"]["days"]["median"] == 120


@SQLITE
def test_questions_that_the_office_above_could_or_could_not_decide(engine: Engine, cast: Cast) -> None:
    """The school at a2 was silent until the county could decide, and did; the county's own was never late."""
    rule(engine, "reminder.ladder", {**DEFAULTS["reminder.ladder"].value, "take_over": 1})
    play = sent(engine, cast)
    play.act("a1:school_leader", "approve")
    day_by_day(engine, D(2025, 9, 2), D(2025, 9, 16))
    play.now = morning(D(2025, 9, 17))
    play.act("k1:dept_leader", "approve")
    named = DEFAULTS["reminder.take_over"].value
    fewer = tried(engine, cast, "reminder.take_over", [one for one in named if one != "transfer_school"])
    assert fewer["stepping_in"]["no_more"] == {"offered": 1, "answered_above": 1}
    rule(engine, "reminder.take_over", ["no_id"])
    more = tried(engine, cast, "reminder.take_over", ["transfer_school", "no_id"])["stepping_in"]
    assert (more["affected"], more["more_at_most"]) == (1, 1)
    assert more["days_saved_at_most"]["total"] == 1, "from the morning of the 16th to the 17th"
    assert tried(engine, cast, "reminder.take_over", ["no_id", "id_error"])["stepping_in"]["affected"] == 0


def refused(engine: Engine, cast: Cast) -> Play:
    """A request that the releasing school refuses for a listed cause."""
    play = sent(engine, cast)
    play.act("a1:school_leader", "approve")
    play.act("a2:school_leader", "refuse", cause="学生信息不符", comment="出生日期不符")
    return play


def test_second_refusals_that_went_up_would_have_ended(engine: Engine, cast: Cast) -> None:
    refused(engine, cast)
    again = refused(engine, cast)
    act(again, 3, "k1:dept_leader", "approve", comment="经核实一致")
    found = tried(engine, cast, "refusal.second", "end")["second_refusals"]
    assert (found["affected"], found["went_up"], found["overruled"], found["more_at_most"]) == (1, 1, 1, 0)
    assert found["days_saved"]["total"] == 3
    assert tried(engine, cast, "refusal.second", "up")["second_refusals"]["affected"] == 0


def test_second_refusals_that_ended_would_have_gone_up(engine: Engine, cast: Cast) -> None:
    rule(engine, "refusal.second", "end")
    refused(engine, cast)
    assert refused(engine, cast).phase == "rejected"
    found = tried(engine, cast, "refusal.second", "up")["second_refusals"]
    assert (found["affected"], found["went_up"], found["more_at_most"]) == (1, 0, 1)


@SQLITE
def test_a_family_would_hear_of_each_stage_that_lasts(engine: Engine, cast: Cast) -> None:
    """Sent, agreed to a minute later, returned, sent again and withdrawn: of the first stage nobody is told."""
    play = sent(engine, cast)
    play.now = MONDAY + dt.timedelta(minutes=1)
    play.act("a1:school_leader", "approve")
    act(play, 1, "a2:school_leader", "return", comment="请补正", items=[])
    act(play, 2, "a1:school_clerk", "submit")
    act(play, 3, "a1:school_clerk", "withdraw")
    found = tried(engine, cast, "guardian.messages", "on")["families"]
    assert found == {"affected": 1, "messages": {"present": 0, "proposed": 4}}
    assert tried(engine, cast, "guardian.messages", "off")["families"]["affected"] == 0


@SQLITE
def test_the_papers_of_a_side_are_tried_at_its_answer(engine: Engine, cast: Cast) -> None:
    dispute = Dispute(engine, cast).about(("a1", "王小明"), ("d1", "王晓明"))
    dispute.paper("d1", "出生证明")
    dispute.claim(1)
    dispute.now += dt.timedelta(days=1)
    dispute.paper("a1", "出生证明")
    listed = DEFAULTS["problem.evidence"].value
    more = {**listed, "claim": {"all": ["户口簿", "学校在读证明", "出生证明"], "any": []}}
    found = tried(engine, cast, "problem.evidence", more)["papers"]
    assert (found["affected"], found["answers"], found["refused"], found["lacking"]) == (1, 1, 1, {"出生证明": 1})
    less = {**listed, "claim": {"all": ["户口簿"], "any": []}}
    assert tried(engine, cast, "problem.evidence", less)["papers"]["spared"] == 1
    assert tried(engine, cast, "problem.evidence", {**listed, "delete": more["claim"]})["papers"]["affected"] == 0


@SQLITE
def test_the_papers_for_wrong_and_missing_numbers_are_tried_too(engine: Engine, cast: Cast) -> None:
    faulty = Faulty(engine, cast).wrong_number()
    faulty.act("a2:school_clerk", "request_deletion", reason="never_came", comment="学生从未到校")
    none = DEFAULTS["id_error.evidence"].value
    found = tried(engine, cast, "id_error.evidence", {**none, "delete": none["claim"]})["papers"]
    assert (found["answers"], found["lacking"]) == (1, {"公安证明": 1})
    pupil = Numberless(engine, cast).enrol()
    pupil.submit()
    found = tried(engine, cast, "no_id.evidence", {"all": ["户口簿"], "any": []})["papers"]
    assert (found["answers"], found["refused"], found["spared"]) == (1, 1, 1)


@SQLITE
def test_the_papers_for_a_number_that_was_obtained_are_tried_when_it_is_entered(engine: Engine, cast: Cast) -> None:
    pupil = Numberless(engine, cast).enrol()
    pupil.enter()
    found = tried(engine, cast, "no_id.conversion", {"all": ["户口簿", "公安证明"], "any": []})["papers"]
    assert (found["affected"], found["answers"], found["lacking"]) == (1, 1, {"公安证明": 1})
    assert tried(engine, cast, "no_id.evidence", {"all": ["户口簿"], "any": []})["papers"]["answers"] == 0


@SQLITE
def test_tasks_beside_a_draft_are_tried_by_their_own_term(engine: Engine, session: Session, cast: Cast) -> None:
    session.get_one(Student, cast.pupil["沈明铭"]).suspended_from = D(2025, 3, 1)
    session.commit()
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "ask_to_clear", guard="T2")
    act(task(play), 3, "a2:school_clerk", "clear", comment="已复学")
    found = tried(engine, cast, "clearance.answer", 2)
    assert (found["cases"], found["term"]["questions"], found["term"]["days_saved"]["total"]) == (1, 1, 1)
