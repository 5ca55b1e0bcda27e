"""Rules tried on cases of which the log tells only some things: what it tells is exact, the rest is only counted."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from models.cases import Case
from models.people import Post
from models.session import transact
from tests.cast import MONDAY, Cast
from tests.dispute import Dispute, ask_for_undoing
from tests.play import Play
from tests.reversing import ask_back, finished
from tests.workflow.test_deputies import stand_in
from tests.workflow.test_queues import fire, leave, watch
from tests.workflow.test_simulation import TWO_SIGN, act, moved, rule, tried  # noqa: F401 - a fixture among them
from workflow.policies import DEFAULTS

DAY = dt.timedelta(days=1)
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def signing(manner: str, asked: str = "desk") -> dict[str, Any]:
    return {**DEFAULTS["signing.department"].value, "manner": manner, "asked": asked}


@pytest.mark.parametrize(("manner", "saved"), [("any", 10), ("all", 4)])
def test_who_sign_at_once_decide_when_the_manner_says(
    engine: Engine, cast: Cast, moved: Play, manner: str, saved: int  # noqa: F811
) -> None:
    """One after the other took 4 and 10 working days: the first alone 4, both at once 10."""
    found = tried(engine, cast, "signing.department", signing(manner), "k1")["signing"]
    assert (found["affected"], found["questions"], found["unknown"]) == (1, 1, 0)
    assert found["days_saved"] == {"cases": 1, "total": saved, "median": saved}


def test_a_manner_concerns_its_own_side_and_not_whoever_signs_alone(
    engine: Engine, cast: Cast, moved: Play  # noqa: F811
) -> None:
    assert tried(engine, cast, "signing.school", signing("any"), "k1")["signing"]["affected"] == 0
    assert tried(engine, cast, "signing.department", signing("turn"), "k1")["signing"]["affected"] == 0


def test_whom_a_desk_would_have_asked_as_well_nobody_knows(engine: Engine, cast: Cast, moved: Play) -> None:  # noqa: F811
    found = tried(engine, cast, "signing.school", signing("all", "each"), "k1")["signing"]
    assert (found["affected"], found["questions"], found["unknown"]) == (1, 2, 2)
    assert (found["days_saved"]["cases"], found["days_added_at_most"]) == (0, 20)


def test_a_level_of_review_that_falls_away_saves_its_days(engine: Engine, cast: Cast) -> None:
    dispute = Dispute(engine, cast).about(("a1", "王小明"), ("d1", "王晓明"))
    rule(engine, "problem.review_levels", ["city"])
    dispute.claim(1)
    dispute.accept(1)
    dispute.now = MONDAY + 3 * DAY
    dispute.act("city1:dept_clerk", "accept_side", side=1)
    found = tried(engine, cast, "problem.review_levels", [])["reviews"]
    assert (found["affected"], found["reviews"]) == (1, {"saved": 1, "added": 0, "returned_there": 0})
    assert found["days_saved"]["total"] == 3
    assert tried(engine, cast, "problem.review_levels", ["city"])["reviews"]["affected"] == 0
    more = tried(engine, cast, "problem.review_levels", ["city", "province"])["reviews"]
    assert more["reviews"]["added"] == 0, "the province rules and does not review as well"


def test_a_further_level_of_review_adds_at_most_its_term(engine: Engine, cast: Cast) -> None:
    dispute = Dispute(engine, cast).about(("a1", "王小明"), ("d1", "王晓明"))
    dispute.claim(1)
    dispute.accept(1)
    found = tried(engine, cast, "problem.review_levels", ["city"])["reviews"]
    assert (found["reviews"]["added"], found["days_added_at_most"], found["days_saved"]["cases"]) == (1, 10, 0)


def test_causes_that_would_be_gone_are_counted_by_what_was_ticked(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "refuse", cause="没有空余学位", comment="班级已满")
    listed = DEFAULTS["refusal.causes"].value
    fewer = {**listed, "receiving_school": ["材料不真实"]}
    found = tried(engine, cast, "refusal.causes", fewer)["causes"]
    assert found == {"affected": 1, "refusals": 1, "gone": {"没有空余学位": 1}, "other": 0}
    elsewhere = {**listed, "releasing_school": []}
    assert tried(engine, cast, "refusal.causes", elsewhere)["causes"]["affected"] == 0


def test_undoings_that_would_have_come_too_late(engine: Engine, cast: Cast) -> None:
    dispute = Dispute(engine, cast).about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    dispute.draft("k1", {"verdict": "keep"}, {"verdict": "close"})
    dispute.confirm("k1")
    dispute.now += 12 * DAY
    ask_for_undoing(dispute, "k1:arbitrator").act("k1:dept_leader", "approve")
    found = tried(engine, cast, "ruling.undo_days", 11)["undoings"]
    assert (found["undone"], found["too_late"]) == (1, {"present": 0, "proposed": 1})
    assert found["days_after"]["median"] == 12
    assert tried(engine, cast, "ruling.undo_days", 12)["undoings"]["affected"] == 0


def test_transfers_that_would_have_been_taken_back_too_late(engine: Engine, cast: Cast) -> None:
    play = finished(Play(engine, cast))
    play.now += 12 * DAY
    ask_back(play, "k1:dept_clerk").act("k1:dept_leader", "approve")
    found = tried(engine, cast, "transfer.undo_days", 11)["undoings"]
    assert (found["undone"], found["too_late"]) == (1, {"present": 0, "proposed": 1})
    assert tried(engine, cast, "transfer.undo_days", 12)["undoings"]["affected"] == 0


def test_alarms_that_went_up_would_have_done_so_earlier_or_later(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    leave(play, "a1:school_leader")
    watch(engine, MONDAY)
    fire(engine, MONDAY + DAY)
    found = tried(engine, cast, "queue.grace_hours", 4)["alarms"]
    assert (found["affected"], found["alarms"], found["climbed"], found["more_at_most"]) == (1, 1, 1, 0)
    assert found["hours_earlier"]["total"] == 20
    assert tried(engine, cast, "queue.grace_hours", 48)["alarms"]["hours_earlier"]["total"] == -24


def test_an_alarm_that_ended_in_time_might_have_gone_up(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    leader = Post.person_id == cast.person["a1:school_leader"]
    leave(play, "a1:school_leader")
    watch(engine, MONDAY)
    transact(engine, lambda session: session.execute(update(Post).where(leader).values(valid_to=None)))
    play.now = MONDAY + DAY / 2
    play.act("a1:school_leader", "approve")
    assert tried(engine, cast, "queue.grace_hours", 4)["alarms"]["more_at_most"] == 1
    assert tried(engine, cast, "queue.grace_hours", 12)["alarms"]["affected"] == 0


def test_a_warning_keeps_how_many_the_class_would_have_had(engine: Engine, cast: Cast) -> None:
    """46 pupils, 45 being the standard: refused from 46 on, no warning up to 46; of the unwarned nobody knows."""
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")

    def warn(session: Session) -> None:
        case = session.get_one(Case, play.case().id)
        told = {"guard": "T7", "message": "五年级1班转入后将有46人，超过标准班额45人", "citation": ""}
        case.state = {**case.state, "warnings": [told]}

    def primary(warn: int, block: int) -> dict[str, Any]:
        return {**DEFAULTS["class.size"].value, "primary": {"warn": warn, "block": block}}

    unwarned = tried(engine, cast, "class.size", primary(40, 56))["sizes"]
    assert (unwarned["warned"], unwarned["unknown"]) == (0, 1)
    transact(engine, warn)
    assert tried(engine, cast, "class.size", primary(40, 46))["sizes"]["refused"] == 1
    assert tried(engine, cast, "class.size", primary(45, 47))["sizes"]["affected"] == 0
    assert tried(engine, cast, "class.size", primary(46, 56))["sizes"]["no_warning"] == 1


def test_orders_that_would_have_been_too_long(engine: Engine, cast: Cast) -> None:
    """An order of eight days at a school of k1; nobody's elsewhere."""
    play = Play(engine, cast)
    stand_in(play, "k1:dept_leader", "a1:school_leader")
    found = tried(engine, cast, "deputy.longest_days", 7)["orders"]
    assert (found["orders"], found["too_long"]) == (1, {"present": 0, "proposed": 1})
    assert tried(engine, cast, "deputy.longest_days", 8)["orders"]["affected"] == 0
    assert tried(engine, cast, "deputy.longest_days", 7, "k2")["orders"]["orders"] == 0
