"""Who may do what, generated from the definitions: nobody decides on his own request, nobody signs twice (F11, P22)."""

import datetime as dt
import itertools
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.cases import Case, WorkItem
from models.people import ROLES, Post
from models.session import reading
from models.transfers import Transfer as About
from tests.cast import MONDAY, Cast
from tests.play import Play
from tests.workflow.test_routing import world
from workflow import engine as door
from workflow import rights
from workflow.errors import NotAllowed, NotFound, Refused, Unmet
from workflow.language import Action, Process
from workflow.processes import PUBLISHED
from workflow.processes.transfer import Transfer
from workflow.routing import Side, route
from workflow.step import Actor, Desk, Step, queue_of
from workflow.world import world_of

OWN_DESK = {
    "transfer": {"submit", "withdraw", "confirm_arrival", "record_milestone", "expire"},
    "paper_file": {"send", "receive"},
}
"""What is no decision about a request: the applicant's own acts, facts a clerk writes down, and the clock's."""
DECIDING = [
    (process, action) for process in PUBLISHED if process.key in OWN_DESK for action in process.actions.values()
    if action.name not in OWN_DESK[process.key]
]  # fmt: skip
SEPARATING = {"not_your_own_answer", "not_your_own_entry", "took_no_part", "did_not_draft", "not_the_asker"}
"""Guards that keep persons apart where sides are heard beside each other and a route of signatures says nothing."""
WRITES_DOWN = {
    "problem": {"answer_delete", "answer_correct", "answer_claim", "answer_inquiry", "object", "note_outside",
                "record_outside"},
    "undo": set(),
    "reversal": set(),
    "id_error": {"acknowledge", "request_correction", "request_claim", "request_deletion", "record_police"},
    "no_id": {"submit", "not_yet", "enter_number", "return"},
    "clearance": {"clear", "hand_up", "decline"},
}  # fmt: skip
"""What schools say, and facts that are entered and confirmed by somebody else."""
JUDGING = [
    (process, action) for process in PUBLISHED if process.key in WRITES_DOWN for action in process.actions.values()
    if action.by != "system" and action.name not in WRITES_DOWN[process.key]
]  # fmt: skip
VALUES: dict[str, dict[str, Any]] = {
    "approve": {},
    "refuse": {"cause": "其他", "comment": "不同意"},
    "return": {"comment": "请补正"},
    "reassign_target": {"to": "2199000002", "to_class": "2021101", "comment": "统筹"},
}
IDS = [f"{process.key}-{action.name}" for process, action in DECIDING]


@pytest.mark.parametrize(("process", "action"), DECIDING, ids=IDS)
def test_every_deciding_action_is_a_signature(process: type[Process], action: Action) -> None:
    assert action.signs
    assert action.by == "holder"
    assert action.name in VALUES


@pytest.mark.parametrize(("process", "action"), JUDGING, ids=[f"{one.key}-{two.name}" for one, two in JUDGING])
def test_whoever_judges_is_another_person_than_whoever_asked(process: type[Process], action: Action) -> None:
    assert action.signs or SEPARATING & {need.__name__ for need in action.needs}


def test_every_process_is_looked_at() -> None:
    assert {process.key for process in PUBLISHED} == {*OWN_DESK, *WRITES_DOWN}


WAITING = {  # phase: who agreed before, who is asked
    "receiving_school": ((), "a1:school_leader"),
    "receiving_department": (("a1:school_leader",), "k1:dept_leader"),
    "releasing_school": (("a1:school_leader", "k1:dept_leader"), "b1:school_leader"),
    "releasing_department": (("a1:school_leader", "k1:dept_leader", "b1:school_leader"), "k2:dept_leader"),
}


@pytest.mark.parametrize(("phase", "action", "who"), [
    (phase, action.name, who)
    for _, action in DECIDING for phase, (before, _) in WAITING.items() if action.leaves(phase)
    for who in ("applicant", "previous signer") if before or who == "applicant"
])  # fmt: skip
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_applicant_and_previous_signer_are_refused_even_with_the_right_post(
    phase: str, action: str, who: str, play: Play, session: Session, cast: Cast
) -> None:
    before, asked = WAITING[phase]
    person = "a1:school_clerk" if who == "applicant" else before[-1]
    short, role = asked.split(":")
    session.add(Post(person_id=cast.person[person], org_id=cast.org[short], role=role, valid_from=dt.date(2024, 9, 1)))
    session.commit()
    play.open("a1", "𠮷田䶮", target_grade=3).act("a1:school_clerk", "submit")
    for signer in before:
        play.act(signer, "approve")
    assert play.phase == phase
    with pytest.raises(Unmet) as refused:
        play.act(person, action, **VALUES[action])
    assert "C7" in {reason.guard for reason in refused.value.reasons if reason.blocks}
    assert play.act(asked, "approve").revision == len(before) + 2, "the colleague may"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_page_and_door_give_the_same_answer_to_everybody_about_everything(
    play: Play, cast: Cast, engine: Engine
) -> None:
    """Whatever `options` allows goes through the gate of rights in `do`, and nothing else does."""
    play.open("a1", "𠮷田䶮", target_grade=3).act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    for who, person in cast.person.items():
        with reading(engine) as session:
            actor = door.actor_of(session, person, dt.date(2025, 9, 1))
            try:
                step = door.look(session, play.no, actor, world_of(session), MONDAY)
                allowed = {option.action for option in door.options(step) if option.allowed}
            except NotFound:
                allowed = None
        for action in Transfer.actions:
            answer = refusal(play, who, action)
            if allowed is None:
                assert isinstance(answer, NotFound), (who, action)
            elif action not in allowed:
                assert isinstance(answer, NotAllowed | Unmet), (who, action)
            else:
                assert isinstance(answer, Unmet), (who, action)
                assert {reason.field for reason in answer.reasons if reason.blocks} == {"nonsense"} | missing(action)


def missing(action: str) -> set[str]:
    spec = Transfer.actions[action]
    return {*spec.fields, *(["comment"] if spec.comment == "required" else [])}


def refusal(play: Play, who: str, action: str) -> Refused:
    """Try the action with a field that no action knows, so that nothing is ever carried out."""
    with pytest.raises(Refused) as refused:
        play.act(who, action, nonsense=1)
    return refused.value


# ---- every set of posts ----------------------------------------------------------------------------------------------

HERE = world()
STOPS = route(HERE, Side(HERE.by_code["a1"]), Side(HERE.by_code["b1"]), "primary", dt.date(2025, 9, 1))


def step_of(phase: str, posts: tuple[tuple[str, str], ...], applicant: int, signed: dict[str, int]) -> Step:
    """A transfer between a1 and b1 that waits in `phase`, seen by person 7 with these posts; nothing is stored."""
    here, stops = HERE, STOPS
    turn = next(number for number, stop in enumerate(stops) if stop["phase"] == phase)
    case = Case(
        process="transfer", version=1, phase=phase, route=stops, turn=turn, round=1, applicant_id=applicant,
        applicant_org_id=here.by_code["a1"].id, submitted_at=MONDAY,
        state={"decisions": {key: {"by": person} for key, person in signed.items()}},
    )  # fmt: skip
    subject = About(from_school_id=here.by_code["b1"].id, to_school_id=here.by_code["a1"].id, direction="inside")
    stop = stops[turn]
    queue = queue_of(stop["org"], stop["role"])
    item = WorkItem(id=1, kind="decide", open=True, org_id=stop["org"], queue=queue, due_rule={})
    desks = tuple(Desk(here.by_code[code].id, role) for code, role in posts)
    return Step(None, case, subject, [item], Actor(7, "某人", desks), here, MONDAY)  # type: ignore[arg-type]


OFFICES = ("a1", "k1", "b1", "k2")


@pytest.mark.parametrize("phase", WAITING)
def test_no_set_of_posts_lets_an_applicant_or_a_signer_decide(phase: str) -> None:
    """All 1,024 sets of roles, held at every office of the route at once (the widest a person can have)."""
    for size in range(len(ROLES) + 1):
        for roles in itertools.combinations(ROLES, size):
            posts = tuple(itertools.product(OFFICES, roles))
            for own, signed in ((7, {}), (8, {"another stop": 7})):
                step = step_of(phase, posts, own, signed)
                for _, action in DECIDING:
                    if action.leaves(phase):
                        reasons = [reason for reason in rights.against(step, action) if reason.blocks]
                        assert reasons, (roles, action.name)
    stranger = step_of(phase, tuple(itertools.product(OFFICES, ROLES)), 8, {})
    assert not rights.right_to(stranger, Transfer.actions["approve"]), "the negative control: a third person may"
    assert list(rights.four_eyes(stranger, Transfer.actions["approve"])) == []


def test_administrators_and_class_teachers_see_no_case() -> None:
    for role in ("system_admin", "security_admin", "class_teacher"):
        assert not rights.may_see(step_of("receiving_school", tuple((code, role) for code in OFFICES), 8, {}))


@pytest.mark.parametrize(("code", "sees"), [
    ("a1", True), ("b1", True), ("k1", True), ("k2", True), ("city1", True), ("prov", True),
    ("a2", False), ("c1", False), ("d1", False), ("k3", False), ("city2", False), ("division", False),
])  # fmt: skip
def test_parties_and_whoever_stands_above_them_may_look(code: str, sees: bool) -> None:
    step = step_of("receiving_school", ((code, "auditor"),), 8, {})
    assert rights.may_see(step) is sees
    step.case.submitted_at = None
    step.items.clear()
    assert rights.may_see(step) is (code == "a1"), "a draft is seen by its own school alone"
