"""退回: from every step of every route to every step before it. What is open is void, the round rises, other offices'
decisions stand, and the case comes straight back to whoever returned it."""

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, Select, select
from sqlalchemy.orm import Session

from models.cases import Case, Event, WorkItem
from models.outbox import OutboxRow
from models.session import reading, transact
from tests.cast import Cast
from tests.consistency import assert_consistent
from tests.decree import decree
from tests.play import Play
from tests.statements import counted
from workflow import engine as door
from workflow import going_back
from workflow.calendar import due_day_of
from workflow.errors import NotAllowed, Unmet
from workflow.routing import key_of
from workflow.transfers import drafts
from workflow.world import world_of

DAY = dt.timedelta(days=1)
Ask = Callable[[Select[Any]], list[Any]]
BOTH = {"school": ["school_clerk", "school_leader"], "department": ["dept_clerk", "dept_leader"]}
ROUTES: dict[str, tuple[str, str, int, dict[str, Any]]] = {
    "one county": ("a1", "沈明铭", 5, {}),
    "two counties": ("a1", "𠮷田䶮", 3, {}),
    "two cities": ("a1", "卢天志", 4, {"transfer.extra_levels": ["city"]}),
    "division": ("e1", "沈明铭", 5, {}),
    "clerks sign too": ("a1", "𠮷田䶮", 3, {"node.steps": BOTH}),
    "all sign together": (
        "a1", "𠮷田䶮", 3,
        {"node.steps": BOTH, "signing.department": {"manner": "all", "asked": "desk", "share": 50, "persons": 1}},
    ),
}  # fmt: skip
"""The receiving school, the pupil, the grade, and the rules of the province."""


@pytest.fixture(autouse=True)
def consistent(request: pytest.FixtureRequest) -> Iterator[None]:
    engine: Engine = request.getfixturevalue("engine")
    yield
    assert_consistent(engine)


def sent(play: Play, session: Session, route: str) -> None:
    """Send a request along one of the routes."""
    school, pupil, grade, rules = ROUTES[route]
    for key, value in rules.items():
        decree(session, key, value, play.cast.org["prov"])
    play.open(school, pupil, target_grade=grade).act(f"{school}:school_clerk", "submit")


def open_items(play: Play) -> list[WorkItem]:
    with reading(play.engine) as session:
        query = select(WorkItem).join(Case).where(Case.no == play.no, WorkItem.open).order_by(WorkItem.id)
        return list(session.scalars(query))


def holder(play: Play, item: WorkItem) -> str:
    short = {number: name for name, number in play.cast.org.items()}
    return f"{short[item.org_id]}:{item.queue.partition(':')[2]}"


def sign(play: Play) -> None:
    """Let everybody who is asked now agree, until the case moves."""
    stands = (play.case().phase, play.case().turn)
    while (play.case().phase, play.case().turn) == stands:
        play.act(holder(play, open_items(play)[0]), "approve")


def go_on_to(play: Play, turn: int) -> None:
    """Send and sign until the stop with this number is asked."""
    while play.case().turn != turn or play.phase == "draft":
        if play.phase == "draft":
            school = open_items(play)[0].org_id
            clerk = next(name for name, number in play.cast.org.items() if number == school)
            play.act(f"{clerk}:school_clerk", "submit")
        else:
            sign(play)


def asked(play: Play) -> tuple[str, set[str]]:
    """Return the phase and which desks are asked in it."""
    return play.phase, {holder(play, item) for item in open_items(play)}


@pytest.mark.parametrize("route", ROUTES)
def test_from_every_step_to_every_step_before_it_and_straight_back(route: str, play: Play, session: Session) -> None:
    sent(play, session, route)
    stops = play.case().route
    at_first: dict[int, tuple[str, set[str]]] = {}
    for turn in range(len(stops)):
        go_on_to(play, turn)
        at_first[turn] = asked(play)
    for target, start in itertools.combinations(range(len(stops)), 2):
        begin_again(play, start)
        before = play.case()
        votes = len(before.state["decisions"])
        given = {"back_to": str(target), "comment": "请再核对", "items": ["户口簿"]}
        who = holder(play, open_items(play)[0])
        play.act(who, "send_back", **given)
        assert asked(play) == at_first[target], "exactly the chosen step is open"
        assert play.case().round == before.round + 1
        assert len(play.case().state["decisions"]) == votes - 1
        assert {item.round for item in open_items(play)} == {before.round + 1}
        sign(play)
        assert asked(play) == at_first[start], "straight back to whoever returned it"
        assert play.case().state["asked_for"] == []
    go_on_to_arrival(play)


def begin_again(play: Play, turn: int) -> None:
    """Bring the case to a stop, from wherever it stands: back to the clerk with everything anew if it is beyond."""
    if play.phase != "draft" and play.case().turn > turn:
        given = {"back_to": "draft", "resume": "again", "comment": "重新办理"}
        play.act(holder(play, open_items(play)[0]), "send_back", **given)
        assert play.case().state["decisions"] == {}
    go_on_to(play, turn)


def go_on_to_arrival(play: Play) -> None:
    while play.phase != "arrival":
        sign(play)


@pytest.mark.parametrize("route", ["one county", "two cities", "clerks sign too"])
def test_who_wants_it_has_everything_in_between_done_again(route: str, play: Play, session: Session) -> None:
    sent(play, session, route)
    last = len(play.case().route) - 1
    for target in range(last):
        go_on_to(play, last)
        given = {"back_to": str(target), "resume": "again", "comment": "从头再核对"}
        play.act(holder(play, open_items(play)[0]), "send_back", **given)
        for turn in range(target, last):
            assert play.case().turn == turn, "one after the other, nobody is left out"
            sign(play)
    assert play.case().turn == last


def test_the_clerk_corrects_and_what_relied_on_the_old_facts_falls(play: Play, session: Session) -> None:
    sent(play, session, "two counties")
    go_on_to(play, 3)
    play.act("k2:dept_leader", "send_back", back_to="draft", comment="理由不符", items=["转学理由"])
    assert (play.phase, play.case().state["asked_for"]) == ("draft", ["转学理由"])
    clerk = play.cast.person["a1:school_clerk"]
    changed = {"reason": "随迁"}
    transact(play.engine, lambda s: drafts.change(s, play.no, clerk, changed, play.case().revision, play.now))
    assert play.act("a1:school_clerk", "submit").phase == "receiving_school", "the receiving side relied on the reason"
    sign(play)
    sign(play)
    assert (play.phase, play.case().turn) == ("releasing_department", 3), "the releasing school did not"


def test_the_days_that_were_left_go_on_when_the_case_comes_back(play: Play, session: Session) -> None:
    sent(play, session, "two counties")
    go_on_to(play, 2)
    play.now += 3 * DAY
    play.act("b1:school_leader", "send_back", back_to="0", comment="请再核对")
    first = open_items(play)[0]
    assert (first.due_rule["days"], due_day_of(first.due_at)) == (10, dt.date(2025, 9, 18)), "a term of its own"
    play.now += 4 * DAY
    sign(play)
    assert open_items(play)[0].due_rule["days"] == 7


def test_the_page_of_whoever_is_asked_again_says_who_wants_what(play: Play, session: Session, ask: Ask) -> None:
    sent(play, session, "two counties")
    go_on_to(play, 2)
    play.act("b1:school_leader", "send_back", back_to="1", comment="学位情况请再核实", items=["转入年级或班级"])
    state = play.case().state
    assert (state["objection"]["office"], state["objection"]["comment"]) == (play.cast.org["b1"], "学位情况请再核实")
    told = [row.recipient for row in ask(select(OutboxRow)) if row.payload["purpose"] == "case_returned"]
    assert told == [f"{play.cast.org['k1']}:dept_leader"]
    event = ask(select(Event).where(Event.action == "send_back"))[0]
    assert (event.body["office"], event.body["asked_at"], event.body["items"]) == (
        play.cast.org["b1"], play.cast.org["k1"], ["转入年级或班级"],
    )  # fmt: skip


@pytest.mark.parametrize("back_to", ["2", "3", "-1", "arrival", "contested", "effective", "x" * 500, 0, True, [], {}])
def test_only_a_step_that_was_done_before_can_be_chosen(back_to: object, play: Play, session: Session) -> None:
    sent(play, session, "two counties")
    go_on_to(play, 2)
    before = play.case()
    with pytest.raises(Unmet) as refused:
        play.act("b1:school_leader", "send_back", back_to=back_to, comment="请再核对")
    assert [reason.field for reason in refused.value.reasons] == ["back_to"]
    assert play.case().revision == before.revision


def test_it_wants_words_and_a_known_way_on(play: Play, session: Session) -> None:
    sent(play, session, "two counties")
    go_on_to(play, 1)
    with pytest.raises(Unmet) as refused:
        play.act("k1:dept_leader", "send_back", back_to="0", resume="perhaps", comment=" ")
    assert {reason.field for reason in refused.value.reasons} == {"comment", "resume"}


def test_an_overruled_school_is_not_asked_once_more(play: Play, session: Session) -> None:
    sent(play, session, "two counties")
    go_on_to(play, 2)
    play.act("b1:school_leader", "refuse", cause="其他", comment="不同意")
    play.act("city1:dept_leader", "approve")
    with pytest.raises(Unmet):
        play.act("k2:dept_leader", "send_back", back_to="2", comment="再问一次")
    play.act("k2:dept_leader", "send_back", back_to="1", comment="请再核对")
    sign(play)
    assert play.phase == "releasing_department", "the ruling stands"


def test_only_whoever_is_asked_can_send_it_back_and_the_first_school_only_to_the_clerk(
    play: Play, session: Session, cast: Cast
) -> None:
    sent(play, session, "two counties")
    assert choices(play, "a1:school_leader") == {"draft"}
    for stranger in ("a1:school_clerk", "k1:dept_leader", "b1:school_leader"):
        with pytest.raises(NotAllowed):
            play.act(stranger, "send_back", back_to="draft", comment="请补正")


def choices(play: Play, who: str) -> set[str]:

    with reading(play.engine) as session:
        step = door.look(session, play.no, play.cast.actor(session, who), world_of(session), play.now)
        return {target.code for target in going_back.earlier(step)}


def test_whoever_signed_before_is_no_second_pair_of_eyes_after_a_return(play: Play, session: Session) -> None:
    """The decision that fell does not free its signer for another stop."""
    sent(play, session, "two counties")
    go_on_to(play, 2)
    play.act("b1:school_leader", "send_back", back_to="0", comment="请再核对")
    key = key_of(play.case().route[0])
    assert play.case().state["cosigners"][key] == [play.cast.person["a1:school_leader"]]


def test_it_takes_three_statements(play: Play, session: Session, engine: Engine) -> None:
    sent(play, session, "two counties")
    go_on_to(play, 2)
    revision = play.case().revision
    with counted(engine) as seen:
        play.act("b1:school_leader", "send_back", back_to="0", comment="请再核对", revision=revision)
    assert len(seen) <= 3
