"""Four eyes at every door: whoever asked or signed is refused by page, program and bulk order with the same reason.

Generated from the definitions and the acts of every process (F11, P22). tests/workflow/test_rights.py holds the rule
itself; here stand the ways in: another post, another one's deputy, whoever was represented before.
"""

import datetime as dt
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.cases import Case, WorkItem
from models.deputies import Substitution
from models.people import Post
from models.session import reading, transact
from tests.cast import MONDAY, add_pupil
from tests.dispute import Dispute, ask_for_undoing
from tests.faulty import Faulty
from tests.numberless import Numberless
from tests.play import Play
from tests.reversing import ask_back
from tests.web.door import Door, csrf_of, fresh_key
from workflow import acts, rights
from workflow import engine as door_of_cases
from workflow.bulk.judging import AGREEING, OTHERWISE, PROCESSES
from workflow.language import Action, DifferentPeople
from workflow.processes import PUBLISHED
from workflow.step import Step
from workflow.world import world_of

CLERK, SCHOOL, COUNTY, OTHER = "a1:school_clerk", "a1:school_leader", "k1:dept_leader", "b1:school_leader"
ONE_PUPIL = {"side": 1, "verdict": "keep"}


@dataclass(frozen=True)
class Barred:
    """Somebody who had a hand in a case, and the desk of somebody else from which he could answer it now."""

    who: str
    desk: str
    deputy: bool = False


Scene = tuple[str, Callable[["House"], Play], Barred]


class House:
    """Makes cases in one house; every one is about another child."""

    def __init__(self, door: Door) -> None:
        self.door, self.engine, self.cast = door, door.house.engine, door.cast
        self.sequences = itertools.count(100, 4)

    def transfer(self, *signers: str) -> Play:
        """A request of a1 for a pupil of b1 that these have agreed to."""
        sequence = next(self.sequences)
        name = f"周试{'甲乙丙丁戊己庚辛壬癸'[sequence // 4 % 10]}"
        transact(self.engine, lambda session: add_pupil(
            session, self.cast, "b1", name, "male", grade=3, sequence=sequence))  # fmt: skip
        play = Play(self.engine, self.cast).open("a1", name, target_grade=3)
        play.act(CLERK, "submit")
        for who in signers:
            play.act(who, "approve")
        return play


def contested(house: House) -> Play:
    play = house.transfer(SCHOOL)
    play.act(COUNTY, "refuse", cause="其他", comment="不同意")
    return play


def proposed(act: str, **values: str) -> Callable[[House], Play]:
    def make(house: House) -> Play:
        play = house.transfer(SCHOOL)
        play.act("city1:dept_leader", act, comment="办错了", **values)
        return play

    return make


def wrong_number(answer: str) -> Callable[[House], Play]:
    def make(house: House) -> Play:
        case = Faulty(house.engine, house.cast)
        case.sequence = next(house.sequences)
        case.verdict("name_mismatch")
        case.act(case.clerk, "acknowledge")
        if answer == "delete":
            case.act(case.clerk, "request_deletion", reason="never_came", comment="从未到校")
        elif answer == "claim":
            case.claim()
        else:
            case.correct(name="王晓明")
        return case

    return make


def no_number(school: str, *signers: str) -> Callable[[House], Play]:
    def make(house: House) -> Play:
        case = Numberless(house.engine, house.cast).enrol(school).submit()
        for who in signers:
            case.act(who, "approve")
        return case

    return make


def number_found(house: House) -> Play:
    case = Numberless(house.engine, house.cast).enrol("c1")
    case.enter()
    return case


def dispute(*steps: Callable[[Dispute], object], schools: tuple[str, ...] = ("a1", "b1")) -> Callable[[House], Play]:
    def make(house: House) -> Play:
        case = Dispute(house.engine, house.cast)
        case.sequence = next(house.sequences)
        case.about(*((school, "李小明") for school in schools))
        for one in steps:
            one(case)
        return case

    return make


def claims(case: Dispute) -> None:
    case.claim(1)


def all_claim(case: Dispute) -> None:
    case.all_claim()


def drafted(case: Dispute) -> None:
    case.draft("city1", {"verdict": "keep"}, {"verdict": "close"})


def undoing(house: House) -> Play:
    case = dispute(all_claim, drafted)(house)
    assert isinstance(case, Dispute)
    case.confirm("city1")
    return ask_for_undoing(case, "city1:arbitrator")


def reversal(house: House) -> Play:
    """A move between two counties that is to be taken back; its clerk has a desk of the common authority by now."""
    play = house.transfer(SCHOOL, COUNTY, OTHER, "k2:dept_leader")
    play.act(CLERK, "confirm_arrival", on_date=f"{MONDAY:%Y-%m-%d}")
    return ask_back(play, "city1:dept_clerk")


SCENES: list[Scene] = [
    ("transfer", lambda house: house.transfer(), Barred(CLERK, SCHOOL)),
    ("transfer", lambda house: house.transfer(), Barred(CLERK, SCHOOL, deputy=True)),
    ("transfer", lambda house: house.transfer(SCHOOL), Barred(SCHOOL, COUNTY)),
    ("transfer", lambda house: house.transfer(SCHOOL, COUNTY), Barred(COUNTY, OTHER, deputy=True)),
    ("transfer", lambda house: house.transfer(SCHOOL, COUNTY, OTHER), Barred(CLERK, "k2:dept_leader")),
    ("transfer", contested, Barred(SCHOOL, "city1:dept_leader")),
    ("transfer", proposed("propose_termination"), Barred("city1:dept_leader", "prov:dept_leader")),
    ("transfer", proposed("propose_jump", jump_to="0"), Barred("city1:dept_leader", "prov:dept_leader", deputy=True)),
    ("id_error", wrong_number("delete"), Barred("a2:school_clerk", "a2:school_leader")),
    ("id_error", wrong_number("correct"), Barred("a2:school_clerk", COUNTY)),
    ("id_error", wrong_number("claim"), Barred("a2:school_clerk", COUNTY, deputy=True)),
    ("no_id", no_number("a2"), Barred("a2:school_clerk", "a2:school_leader")),
    ("no_id", no_number("e1", "e1:school_leader"), Barred("e1:school_leader", "division:dept_leader", deputy=True)),
    ("no_id", number_found, Barred("c1:school_clerk", "city1:dept_leader")),
    ("problem", dispute(claims), Barred(CLERK, "k1:dept_clerk")),
    ("problem", dispute(all_claim), Barred("k1:dept_clerk", "city1:arbitrator")),
    ("problem", dispute(all_claim, drafted), Barred("city1:arbitrator", "city1:dept_leader", deputy=True)),
    ("problem", dispute(all_claim, drafted), Barred("k1:dept_clerk", "city1:dept_leader")),
    ("undo", undoing, Barred("city1:arbitrator", "city1:dept_leader")),
    ("reversal", reversal, Barred("city1:dept_clerk", "city1:dept_leader")),
    ("reversal", reversal, Barred("city1:dept_clerk", "city1:dept_leader", deputy=True)),
    ("reversal", reversal, Barred(CLERK, "city1:dept_leader")),
]
"""How a case comes to where somebody who had a hand in it could answer, if nobody kept persons apart."""


def apart(action: Action) -> bool:
    """Tell whether an action keeps persons apart."""
    return action.signs or any(isinstance(need, DifferentPeople) for need in action.needs)


EVERY = "every process"
WANTED = {(process.key, action.name) for process in PUBLISHED for action in process.actions.values() if apart(action)}
WANTED |= {(EVERY, action.name) for action in acts.COMMON.values() if apart(action)}


@pytest.fixture
def house(door: Door) -> House:
    return House(door)


def test_whoever_had_a_hand_in_it_is_refused_everywhere_with_the_same_reason(house: House) -> None:
    met: set[tuple[str, str]] = set()
    for process, make, barred in SCENES:
        play = make(house)
        lend(house, barred)
        for action, reason in kept_from(house, play, barred.who):
            met.add((EVERY if action in acts.COMMON else process, action))
            before = left_behind(house, play)
            for way, told in ways(house, play, barred.who, process, action):
                assert reason in told, (process, action, barred, way, told[-800:])
            assert left_behind(house, play) == before, (process, action, barred)
        take_back(house)
    assert met == WANTED, "every action that keeps persons apart is tried"


def lend(house: House, barred: Barred) -> None:
    """Give somebody another desk, of his own or as a deputy."""
    person, (short, role) = house.cast.person[barred.who], barred.desk.split(":")
    lent: Any = Post(person_id=person, org_id=house.cast.org[short], role=role, valid_from=dt.date(2025, 1, 2))
    if barred.deputy:
        days = {"valid_from": MONDAY.date(), "valid_to": MONDAY.date(), "ordered_by": 1, "ordered_at": MONDAY}
        lent = Substitution(principal_id=house.cast.person[barred.desk], deputy_id=person, **days)
    transact(house.engine, lambda session: session.add(lent))


def take_back(house: House) -> None:
    def work(session: Session) -> None:
        session.execute(delete(Post).where(Post.valid_from == dt.date(2025, 1, 2)))
        session.execute(delete(Substitution))

    transact(house.engine, work)


def kept_from(house: House, play: Play, who: str) -> list[tuple[str, str]]:
    """Return what somebody could do but for his earlier hand in the case, each with the sentence that says so."""
    with reading(house.engine) as session:
        actor = door_of_cases.actor_of(session, house.cast.person[who], MONDAY.date())
        step = door_of_cases.look(session, play.no, actor, world_of(session), MONDAY)
        known = [*step.process.actions.values(), *acts.COMMON.values()]
        return [(one.name, reason) for one in known if apart(one) for reason in _keeps(step, one)]


def _keeps(step: Step, spec: Action) -> Iterator[str]:
    if not rights.offered(step, spec):
        return
    mine = next((item.turn for item in step.open_items if rights.holds(step, item)), None)
    step.payload = {spec.answers: mine} if spec.answers and mine is not None else {}
    if rights.right_to(step, spec) is None:
        yield from (reason.message for reason in rights.against(step, spec) if reason.guard == "C7")
    step.payload = {}


def left_behind(house: House, play: Play) -> tuple[Any, ...]:
    with reading(house.engine) as session:
        case = session.scalars(select(Case).where(Case.no == play.no)).one()
        items = session.execute(select(WorkItem.id, WorkItem.open, WorkItem.assignee_id, WorkItem.outcome)).all()
        return case.phase, case.revision, case.last_seq, case.head, case.state, [tuple(item) for item in items]


def ways(house: House, play: Play, who: str, process: str, action: str) -> Iterator[tuple[str, str]]:
    """Yield what somebody reads on each way to an action: page and program, before and after trying, bulk orders."""
    turn = turn_of(house, play, who)
    browser, caller = house.door.browser(who), house.door.api(who)
    address = f"/{'problems' if process in ('problem', 'undo') else 'cases'}/{play.no}"
    page = browser.get(address)
    yield "page", page.get_data(as_text=True)
    revision = play.case().revision
    form = {"csrf_token": csrf_of(page), "idempotency_key": fresh_key(), "revision": revision, **turn}
    tried = browser.post(f"{address}/{action}", data=form)
    assert tried.status_code == 422, (action, tried.status_code)
    yield "form", tried.get_data(as_text=True)
    yield "program", json.dumps(caller.get(f"/cases/{play.no}").get_json(), ensure_ascii=False)
    refused = caller.act(play.no, action, revision=revision, **turn)
    assert refused.status_code == 422
    yield "call", json.dumps(refused.get_json(), ensure_ascii=False)
    if process in PROCESSES and action in (AGREEING, *OTHERWISE):
        line = {"no": play.no, "revision": revision, "action": action, "comment": "不妥", "cause": "其他"}
        line = {name: value for name, value in line.items() if action == "refuse" or name != "cause"}
        assert caller.post("/bulk", {"lines": [line]}).status_code == 422
        yield "bulk", browser.get("/bulk").get_data(as_text=True)


def turn_of(house: House, play: Play, who: str) -> dict[str, int]:
    with reading(house.engine) as session:
        actor = door_of_cases.actor_of(session, house.cast.person[who], MONDAY.date())
        step = door_of_cases.look(session, play.no, actor, world_of(session), MONDAY)
        if step.case.process != "problem":
            return {}
        asked = [item.turn for item in step.open_items if item.kind == "review" and rights.holds(step, item)]
        return {"side": asked[0]} if asked else {}
