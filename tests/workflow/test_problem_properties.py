"""Random stories about problems: whoever does what in which order, the records and the desks stay right."""

import datetime as dt
import random
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models.cases import WorkItem
from models.problems import Ruling
from models.session import reading, transact
from models.students import Enrolment, Student
from tests.cast import Cast
from tests.consistency import assert_consistent
from tests.dispute import DEPARTMENTS, Dispute
from workflow import processes
from workflow.errors import Refused
from workflow.problems import asking
from workflow.world import world_of

STORIES, ALL_STORIES, ACTS = 6, 60, 40
GROUPS = [("a1", "a2"), ("a1", "b1"), ("a1", "d1"), ("a1", "a2", "d1"), ("a1", "a1"), ("b1", "e1", "a2", "d1")]
OFFICES = ("k1", "k2", "k3", "city1", "city2", "division", "prov")


@pytest.mark.parametrize("kind", ["id_exact", "nsb"])
def test_whatever_people_do_records_and_desks_stay_right(engine: Engine, cast: Cast, kind: str, deep: bool) -> None:
    ended: set[str] = set()
    for seed in range(ALL_STORIES if deep else STORIES):
        dice = random.Random(f"{kind}{seed}")
        dispute = Dispute(engine, cast)
        dispute.sequence = 100 + seed % 60 * 6
        group = GROUPS[seed % len(GROUPS)]
        dispute.about(*((school, f"王小{kind}{seed}号{at}") for at, school in enumerate(group)), kind=kind)
        for _ in range(ACTS):
            if dispute.case().closed_at:
                break
            act_at_random(dispute, dice)
            holds(dispute, kind)
        ended.add(dispute.phase)
        undo_at_random(dispute, dice)
        holds(dispute, kind)
    assert len(ended) > 1, ended
    assert_consistent(engine)


def act_at_random(dispute: Dispute, dice: random.Random) -> None:
    """Somebody tries something; most of it fits the question that is open."""
    sides = list(range(1, len(dispute.schools) + 1))
    side = dice.choice(sides)
    school = dispute.schools[side - 1]
    office = dice.choice(OFFICES)
    reviewer = f"{school}:school_leader" if len(set(dispute.schools)) == 1 else f"{DEPARTMENTS[school]}:dept_clerk"
    deciders = {number: short for short, number in dispute.cast.org.items()}
    decider = deciders.get(dispute.problem().decider_id or 0, office)
    decider = DEPARTMENTS.get(decider, decider)
    acts: list[tuple[str, str, dict[str, Any]]] = [
        (f"{school}:school_clerk", "answer_claim", {"side": side}),
        (f"{school}:school_clerk", "answer_delete", {"side": side, "reason": "left", "comment": "已离校"}),
        (reviewer, "accept_side", {"side": side}),
        (reviewer, "accept_side", {"side": side}),
        (reviewer, "return_side", {"side": side, "comment": "请补"}),
        (f"{decider}:arbitrator", "send_inquiry", {"sides": [side], "comment": "请说明"}),
        (f"{school}:school_clerk", "answer_inquiry", {"side": side, "position": "insist", "comment": "坚持"}),
        (f"{decider}:arbitrator", "back_to_sides", {"sides": [side], "comment": "请补"}),
        (f"{decider}:arbitrator", "draft_ruling", drafted(dispute, dice)),
        (f"{decider}:dept_leader", "confirm_ruling", {}),
        (f"{decider}:dept_leader", "return_ruling", {"comment": "请重拟"}),
        (f"{school}:school_clerk", "object", {"side": side, "comment": "不服"}),
        (f"{office}:dept_leader", "confirm_ruling", {}),
        (f"{office}:arbitrator", "draft_ruling", drafted(dispute, dice)),
        ("clock", "side_silent", {"side": side}),
        ("clock", "conclude", {"side": side}),
    ]
    who, action, values = dice.choice(acts)
    if action in ("answer_claim", "object"):
        dispute.now += dt.timedelta(minutes=1)
        dispute.paper(school)
    try:
        dispute.clock(action, **values) if who == "clock" else dispute.act(who, action, **values)
    except Refused:
        return


def drafted(dispute: Dispute, dice: random.Random) -> dict[str, Any]:
    verdicts = []
    kept = dice.randrange(len(dispute.schools)) + 1
    for number in range(1, len(dispute.schools) + 1):
        other = dice.choice(["close", "remove_number", "merge", "distinct", "keep"])
        verdict: dict[str, Any] = {"side": number, "verdict": "keep" if number == kept else other}
        if verdict["verdict"] == "merge":
            verdict |= {"into": kept, "choices": {"name": number}}
        verdicts.append(verdict)
    return {"verdicts": verdicts, "reasons": ["same_child"], "comment": "如上"}


def undo_at_random(dispute: Dispute, dice: random.Random) -> None:
    """The ruling, if any, is taken back: every record is alive again."""
    with reading(dispute.engine) as session:
        query = select(Ruling).where(Ruling.case_id == dispute.case().id, Ruling.confirmed_at.is_not(None))
        ruling = session.scalars(query.where(Ruling.undone_at.is_(None))).one_or_none()
    if ruling is None or dice.random() < 0.3:
        return
    office = next(short for short, number in dispute.cast.org.items() if number == ruling.office_id)

    def work(session: Session) -> str:
        actor = dispute.cast.actor(session, f"{office}:arbitrator")
        mine = session.get_one(Ruling, ruling.id)
        return asking.ask_for(session, world_of(session), actor, mine, "重新认定", dispute.now).no

    undoing = Dispute(dispute.engine, dispute.cast, dispute.now)
    undoing.no = transact(dispute.engine, work)
    undoing.act(f"{office}:dept_leader", "approve")
    with reading(dispute.engine) as session:
        alive = session.scalar(
            select(func.count(Student.id)).where(Student.id.in_(dispute.students), Student.retired_at.is_(None))
        )
        assert alive == len(dispute.students)


def holds(dispute: Dispute, kind: str) -> None:
    """One living record holds a number undisputed; retired ones sit nowhere; an open case is on somebody's desk."""
    with reading(dispute.engine) as session:
        students = list(session.scalars(select(Student).where(Student.id.in_(dispute.students))))
        claims = [one.id_number_index for one in students if one.id_number_index and not one.disputed]
        assert len(claims) == len(set(claims))
        retired = [one.id for one in students if one.retired_at]
        assert all(one.disputed for one in students if one.retired_at)
        seats = select(func.count()).select_from(Enrolment).where(Enrolment.student_id.in_(retired))
        assert session.scalar(seats.where(Enrolment.ended_on.is_(None))) == 0
        case = dispute.case()
        desks = select(func.count()).select_from(WorkItem).where(WorkItem.case_id == case.id, WorkItem.open)
        waiting = session.scalar(desks.where(WorkItem.kind != "copy"))
        assert (waiting == 0) == processes.of(case).phases[case.phase].final, case.phase
        confirmed = session.scalar(
            select(func.count(Ruling.id)).where(Ruling.case_id == case.id, Ruling.confirmed_at.is_not(None))
        )
        if not confirmed:
            assert retired == []
