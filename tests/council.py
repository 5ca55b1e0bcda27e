"""A small process of its own, for what the processes of the product do not declare themselves: several sign.

asked ─▶ agreed          `asks` of the first phase is what a test is about; whoever is asked may also send the
  │  └─▶ declined        question back to the clerk, who puts it again.
  └─▶ drafting ─▶ asked
"""

from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import CaseScope, ProcessVersion, WorkItem
from models.people import Person, Post
from models.session import reading, transact
from tests.cast import MONDAY, Cast
from tests.play import Play
from workflow import desk, opening, processes
from workflow.language import Action, Days, End, Phase, Place, Places, Process, Role, back_to, holder, required
from workflow.manners import Jointly, everyone, in_turn, quorum
from workflow.step import Step
from workflow.world import world_of

leader, clerk = Role("dept_leader"), Role("dept_clerk")


def _offices(step: Step) -> list[int]:
    return list(step.case.state["parties"])


offices = Places("offices", _offices)
first_office = Place("first_office", lambda step: _offices(step)[0])
the_clerk = Place("the_clerk", lambda step: int(step.case.applicant_org_id))


def council(asks: Jointly) -> type[Process]:
    """Return a process that asks in this manner."""

    class Council(Process, key="council", version=1, title="会商", prefix="HS"):
        asked = Phase("会商", asks=asks, within=Days("node.transfer"))
        drafting = Phase("重新提请", asks=clerk @ the_clerk, within=Days("node.correct"), kind="task")
        agreed = End("同意", good=True)
        declined = End("不同意")

        approve = Action("同意", asked >> agreed, by=holder, comment="optional", signs=True, votes="for")
        refuse = Action("不同意", asked >> declined, by=holder, comment=required, signs=True, votes="against")
        hand_back = Action("退回", asked >> drafting, by=holder, comment=required, signs=True)
        put_again = Action("重新提请", drafting >> asked, by=holder, kinds=("task",))

    return Council


def relay() -> type[Process]:
    """Return a process of four steps, each asked in another manner; from every step it may go back to any before it."""

    class Relay(Process, key="relay", version=1, title="会商", prefix="HS"):
        written = Phase("起草", asks=clerk @ the_clerk, within=Days("node.correct"), kind="task")
        first = Phase("会签", asks=everyone(leader @ offices), within=Days("node.transfer"))
        second = Phase("票签", asks=quorum(60, leader @ offices), within=Days("node.transfer"))
        third = Phase("顺签", asks=in_turn(leader @ offices), within=Days("node.transfer"))
        agreed = End("同意", good=True)
        declined = End("不同意")
        asked = (first, second, third)

        write = Action("提请", written >> first, by=holder, kinds=("task",))
        agree_first = Action("同意", first >> second, by=holder, votes="for")
        agree_second = Action("同意", second >> third, by=holder, votes="for")
        agree_third = Action("同意", third >> agreed, by=holder, votes="for")
        refuse = Action("不同意", asked >> declined, by=holder, comment=required, votes="against")
        go_back = Action("退回", asked >> back_to(written, first, second), by=holder, comment=required,
                         fields=("back_to",), may=("resume", "items"))  # fmt: skip

    return Relay


class Convened(Play):
    """A question put to the leaders of some offices by the clerk of the first one."""

    def items(self) -> list[WorkItem]:
        """Every question of the case so far."""
        with reading(self.engine) as session:
            return list(
                session.scalars(select(WorkItem).where(WorkItem.case_id == self.case().id).order_by(WorkItem.id))
            )

    def open_at(self) -> list[str]:
        """Return the desks at which it lies now, by short names."""
        short = {number: name for name, number in self.cast.org.items()}
        return [short[item.org_id] for item in self.items() if item.open]


def colleague(engine: Engine, cast: Cast, name: str, office: str, role: str = "dept_leader") -> None:
    """Let one more person, or one of the cast, hold a post."""

    def work(session: Session) -> int:
        number = cast.person.get(name)
        if number is None:
            person = Person(username=name, name=name, created_at=MONDAY)
            session.add(person)
            session.flush()
            number = person.id
        session.add(Post(person_id=number, org_id=cast.org[office], role=role, valid_from=MONDAY.date()))
        return number

    cast.person[name] = transact(engine, work)


def convene(
    engine: Engine, cast: Cast, patch: pytest.MonkeyPatch, asks: Jointly, among: tuple[str, ...] = ("k1", "k2", "k3")
) -> Convened:
    """Put the question."""
    return put(engine, cast, patch, council(asks), among)


def put(
    engine: Engine, cast: Cast, patch: pytest.MonkeyPatch, process: type[Process], among: tuple[str, ...]
) -> Convened:
    """Open a case of a process that the program knows as long as the test runs."""
    patch.setitem(processes._BY_VERSION, (process.key, process.version), process)

    def work(session: Session) -> str:
        known: dict[str, Any] = {"digest": process.digest(), "spec": process.spec(), "published_at": MONDAY}
        session.merge(ProcessVersion(key=process.key, version=process.version, **known))
        session.flush()
        world, actor = world_of(session), cast.actor(session, "prov:dept_clerk")
        office = world.office(cast.org["prov"])
        case = opening.open_case(session, process, actor, office, world, MONDAY)
        case.submitted_at, case.state = MONDAY, {"parties": [cast.org[one] for one in among]}
        step = Step(session, case, None, [], actor, world, MONDAY, process=process)
        session.add_all(CaseScope(org_id=number, case_id=case.id) for number in case.state["parties"])
        opening.first_event(step)
        desk.begin(step, process)
        return case.no

    play = Convened(engine, cast)
    play.no = transact(engine, work)
    return play
