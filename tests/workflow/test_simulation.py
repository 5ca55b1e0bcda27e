"""A rule tried on cases that were: signatures, days, refusals and reminders, counted from what really happened."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from models.session import reading
from tests.cast import MONDAY, Cast
from tests.decree import decree
from tests.play import Play
from web.bench.clones import clone
from web.present.trial import facts
from workflow.counting import MONTHLY
from workflow.errors import NotFound, Unmet
from workflow.manners import ALL, ANY, TURN, Manner
from workflow.policies import DEFAULTS
from workflow.policy_changes import keys
from workflow.simulation import limits, trial
from workflow.simulation.signatures import Answer, after
from workflow.simulation.sums import Spread
from workflow.simulation.worlds import Wanted
from workflow.world import world_of

NOW = MONDAY + dt.timedelta(days=120)
TWO_SIGN = {"school": ["school_leader"], "department": ["dept_clerk", "dept_leader"]}
ONE_SIGNS = {"school": ["school_leader"], "department": ["dept_leader"]}


def tried(engine: Engine, cast: Cast, key: str, value: Any, place: str = "prov", **more: Any) -> dict[str, Any]:
    with reading(engine) as session:
        office = world_of(session).office(cast.org[place])
    since, until = more.pop("since", dt.date(2025, 1, 1)), more.pop("until", dt.date(2025, 12, 31))
    wanted = Wanted(key, office, more.pop("stage", ""), value, since, until)
    return trial.run(engine, wanted, NOW, **more)


def rule(engine: Engine, *words: Any) -> None:
    with Session(engine.execution_options(writes=True)) as session:
        decree(session, *words)


def act(play: Play, day: int, who: str, action: str, **values: Any) -> None:
    """Let somebody act so many days after the Monday."""
    play.now = MONDAY + dt.timedelta(days=day)
    play.act(who, action, **values)


@pytest.fixture
def moved(engine: Engine, cast: Cast) -> Play:
    """A transfer inside county k1 in which everybody took his time; at departments two sign."""
    rule(engine, "node.steps", TWO_SIGN, cast.org["k1"])
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    act(play, 2, "a1:school_leader", "approve")  # Wednesday: 2 working days
    act(play, 7, "a2:school_leader", "approve")  # Monday: 3
    act(play, 11, "k1:dept_clerk", "approve")  # Friday: 4
    act(play, 25, "k1:dept_leader", "approve")  # Friday two weeks later: 10
    act(play, 28, "a1:school_clerk", "confirm_arrival", on_date="2025-09-29")
    return play


def test_a_signature_that_falls_away_saves_the_days_it_really_took(engine: Engine, cast: Cast, moved: Play) -> None:
    found = tried(engine, cast, "node.steps", ONE_SIGNS, "k1")
    assert (found["cases"], found["simulated"]) == (1, True)
    route = found["route"]
    assert route["affected"] == 1
    assert route["signatures"] == {"saved": 1, "added": 0, "measured": 1, "refused_there": 0, "returned_there": 0}
    assert route["days_saved"] == {"cases": 1, "total": 4, "median": 4}
    assert route["days_of_a_signature"]["median"] == 3.5
    assert tried(engine, cast, "node.steps", TWO_SIGN, "k1")["route"]["affected"] == 0


def test_who_gives_his_rule_up_gets_that_of_the_office_above(engine: Engine, cast: Cast, moved: Play) -> None:
    assert tried(engine, cast, "node.steps", None, "k1")["route"]["days_saved"]["total"] == 4


def test_a_rule_above_does_not_reach_where_there_is_one_of_its_own(engine: Engine, cast: Cast, moved: Play) -> None:
    found = tried(engine, cast, "node.steps", ONE_SIGNS)
    assert found["route"]["affected"] == 0
    assert found["own_rules"] == ["栖云区教育局"]


def test_a_level_more_adds_signatures_and_at_most_its_term(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "𠮷田䶮", target_grade=3)
    play.act("a1:school_clerk", "submit")
    found = tried(engine, cast, "transfer.extra_levels", ["city"])["route"]
    assert found["signatures"]["added"] == 2, "the city above either side"
    assert found["days_added_at_most"] == 20
    assert found["days_saved"] == {"cases": 0, "total": 0, "median": None}
    assert tried(engine, cast, "transfer.extra_levels", ["city"], stage="senior")["route"]["affected"] == 0


@pytest.mark.parametrize(("days", "late", "saved"), [(3, 2, 8), (9, 1, 1), (12, 0, 0)])
def test_a_shorter_term_makes_answers_late_and_saves_what_lies_beyond_it(
    engine: Engine, cast: Cast, moved: Play, days: int, late: int, saved: int
) -> None:
    """The four answers took 2, 3, 4 and 10 working days: beyond three days lie 1 and 7, beyond nine 1."""
    term = tried(engine, cast, "node.transfer", days)["term"]
    assert (term["affected"], term["questions"]) == (1, 4)
    assert term["late"] == {"present": 0, "proposed": late}
    assert term["days_saved"]["total"] == saved
    assert term["last_days_earlier"]["total"] == (10 - days) * 4


def test_a_question_that_came_back_has_as_many_days_less(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    act(play, 3, "a1:school_leader", "return", comment="请补正", items=[])  # Thursday: three days used
    act(play, 7, "a1:school_clerk", "submit")
    term = tried(engine, cast, "node.transfer", 5)["term"]
    assert term["questions"] == 2
    assert term["last_days_earlier"]["total"] == 5 + 5, "7 days were left of 10, 2 would have been of 5"


def test_another_term_of_one_office_concerns_its_questions_only(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "𠮷田䶮", target_grade=3)
    play.act("a1:school_clerk", "submit")
    act(play, 1, "a1:school_leader", "approve")
    act(play, 2, "k1:dept_leader", "approve")
    assert tried(engine, cast, "node.transfer", 5, "k1")["term"]["questions"] == 2
    assert tried(engine, cast, "node.transfer", 5, "k2")["term"]["questions"] == 1
    assert tried(engine, cast, "node.transfer", 5, "k3")["cases"] == 0


def test_every_rule_can_be_tried_and_says_in_its_own_words_what_is_not_known(engine: Engine, cast: Cast) -> None:
    for key in keys():
        found = tried(engine, cast, key, DEFAULTS[key].value if key in DEFAULTS else "off")
        assert found["simulated"], key
        assert facts(found), key
        assert len(found["notes"]) > 1 or key in MONTHLY, key
        assert limits.OTHERWISE not in found["notes"], key
    assert limits.notes_of("some.new") == [limits.OTHERWISE]


def test_a_window_refuses_and_lets_in_and_says_how_long_one_would_wait(engine: Engine, cast: Cast, moved: Play) -> None:
    autumn = tried(engine, cast, "transfer.windows", [{"from": "09-08", "to": "09-30"}])["admission"]
    assert (autumn["refused"], autumn["let_in"]) == (1, 0)
    assert autumn["days_to_wait"] == {"cases": 1, "total": 5, "median": 5}
    rule(engine, "transfer.windows", [{"from": "11-01", "to": "11-30"}], cast.org["k1"])
    wide = tried(engine, cast, "transfer.windows", [{"from": "01-01", "to": "12-31"}], "k1")["admission"]
    assert (wide["refused"], wide["let_in"]) == (0, 1)
    assert wide["days_saved"]["cases"] == 1


def test_drafts_show_what_a_wider_window_would_have_let_in(engine: Engine, cast: Cast) -> None:
    early = dt.datetime(2025, 6, 23, 1, tzinfo=dt.UTC)
    waited = Play(engine, cast, early).open("a1", "沈明铭")
    waited.now = dt.datetime(2025, 9, 1, 1, tzinfo=dt.UTC)
    waited.act("a1:school_clerk", "submit")
    found = tried(engine, cast, "transfer.windows", [{"from": "06-01", "to": "09-15"}])["admission"]
    assert found["drafts_that_waited"]["cases"] == 1
    assert found["drafts_that_waited"]["total"] == 50


def test_a_freeze_is_tried_on_the_same_days_of_the_year_tried(engine: Engine, cast: Cast, moved: Play) -> None:
    """The freeze of next year's first week of September meets the request of the 1st, and holds up its terms."""
    found = tried(engine, cast, "transfer.freezes", [{"from": "2026-08-30", "to": "2026-09-05"}])
    assert found["proposed"] == [{"from": "2026-08-30", "to": "2026-09-05"}]
    assert found["admission"]["refused"] == 1
    assert found["admission"]["days_to_wait"]["total"] == 4, "until Saturday the 6th"
    assert found["term"]["last_days_earlier"]["total"] < 0, "last days come later"


def test_a_guard_taken_more_strictly_refuses_what_it_warned_of(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    strict = tried(engine, cast, "guard.T16", "block")["admission"]
    assert strict["refused"] == 1
    assert tried(engine, cast, "guard.T16", "off")["admission"] == {**strict, "refused": 0}
    assert tried(engine, cast, "guard.T12", "off")["admission"]["affected"] == 0


def test_papers_and_reasons_are_tried_on_what_was_handed_in(engine: Engine, cast: Cast, moved: Play) -> None:
    more = {"all": ["转学申请", "户口簿", "出生证明"], "any": []}
    assert tried(engine, cast, "transfer.evidence", more)["admission"]["refused"] == 1
    assert tried(engine, cast, "transfer.evidence", {"all": ["转学申请"], "any": []})["admission"]["affected"] == 0
    assert tried(engine, cast, "transfer.reasons", ["随迁"])["admission"]["refused"] == 1


def test_fewer_rungs_send_fewer_notices(engine: Engine, cast: Cast, moved: Play) -> None:
    """Only the last answer came near its day: of its ladder five days and two days before, and the day itself."""
    ladder = {**DEFAULTS["reminder.ladder"].value, "remind": [-2]}
    found = tried(engine, cast, "reminder.ladder", ladder)["reminders"]
    assert found["rungs"]["remind"]["present"] > found["rungs"]["remind"]["proposed"] > 0
    assert found["notices"]["saved"] == found["rungs"]["remind"]["present"] - found["rungs"]["remind"]["proposed"]


def test_what_nobody_finishes_is_cleared_away_earlier(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    found = tried(engine, cast, "case.expire", 2)["expiry"]
    assert found["cleared"] == {"present": 0, "proposed": 1}
    assert found["warnings"]["proposed"] == 3


def test_what_cannot_be_tried_is_refused(engine: Engine, cast: Cast) -> None:
    with reading(engine) as session:
        world = world_of(session)
    office, day = world.office(cast.org["k1"]), dt.date(2025, 9, 1)
    with pytest.raises(NotFound):
        trial.check(world, Wanted("guard.C1", office, "", "off", day, day), day)
    with pytest.raises(NotFound):
        trial.check(world, Wanted("node.transfer", office, "", None, day, day), day)
    with pytest.raises(Unmet):
        trial.check(world, Wanted("node.transfer", office, "", "five", day, day), day)
    assert trial.last_year(dt.date(2024, 2, 29)) == (dt.date(2023, 3, 2), dt.date(2024, 2, 29))


def test_many_cases_are_read_in_portions_and_a_cap_is_told(engine: Engine, cast: Cast, moved: Play) -> None:
    with Session(engine.execution_options(writes=True)) as session:
        clone(session, moved.no, 600)
        session.commit()
    asked, told = list[str](), list[tuple[int, int]]()
    event.listen(engine, "after_cursor_execute", lambda *args: asked.append(args[2]))
    found = tried(engine, cast, "node.steps", ONE_SIGNS, "k1", progress=lambda *far: told.append(far))
    assert found["route"]["days_saved"] == {"cases": 601, "total": 2404, "median": 4}
    assert told == [(500, 601), (601, 601)]
    reads = [one for one in asked if one.startswith(("SELECT", "select"))]
    assert len(reads) <= 8
    assert not [one for one in asked if one.lower().startswith(("insert", "update", "delete"))]
    for key, value in (("desk.claim", "first"), ("refusal.second", "end")):
        asked.clear()
        assert tried(engine, cast, key, value, "k1")["cases"] >= 601
        assert len([one for one in asked if one.lower().startswith("select")]) <= 12, key
    capped = tried(engine, cast, "node.steps", ONE_SIGNS, "k1", most=550)
    assert (capped["cases"], capped["left_out"]) == (550, 51)
    assert "这一时期有 601 件，只试算了最近的 550 件" in capped["notes"][0]


def test_a_median_comes_from_counts() -> None:
    spread = Spread()
    assert spread.median is None
    for number in (7, 1, 3):
        spread.add(number)
    assert (spread.median, spread.total) == (3, 11)
    spread.add(4)
    assert spread.median == 3.5


def test_when_answers_decide() -> None:
    slow, quick, no = Answer("a", 9, True), Answer("b", 2, True), Answer("c", 4, False)
    assert after([slow, quick], 0, Manner(TURN)) == 11
    assert after([slow, quick], 0, Manner(ALL)) == 9
    assert after([slow, quick], 3, Manner(ANY)) == 2
    assert after([slow, quick], 1, Manner(ALL)) is None, "one of them never answered"
    assert after([slow, quick, no], 1, Manner(ALL)) == 4, "one refusal is enough"
    assert after([slow, quick, no], 0, Manner("vote", share=50, least=2)) == 9
