"""A second ruling while the first still stands: drafted, shown and carried out from the records before the first."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Engine, select

from models.cases import Event
from models.session import reading
from models.students import Student
from tests.cast import Cast
from tests.dispute import Dispute
from tests.statements import counted
from tests.workflow.test_problem_undoing import neighbour, unrelated_and_related, with_guardians
from workflow import engine as door
from workflow.problems import previewing
from workflow.problems.standing import as_judged
from workflow.problems.verdicts import typed
from workflow.world import world_of

MERGED = ({"verdict": "keep"}, {"verdict": "merge", "into": 1, "choices": {"name": 2, "ethnicity": 2}})


@pytest.fixture
def dispute(engine: Engine, cast: Cast) -> Dispute:
    return Dispute(engine, cast)


def objected(dispute: Dispute, *first: dict[str, Any]) -> Dispute:
    """Two schools of one county, ruled by it; the second objects, and the city rules anew."""
    dispute.about(("a1", "王小明"), ("a2", "王晓明"))
    with_guardians(dispute)
    dispute.all_claim()
    dispute.draft("k1", *first)
    dispute.confirm("k1")
    dispute.now += dt.timedelta(hours=1)
    dispute.paper("a2", "公安情况说明")
    dispute.act("a2:school_clerk", "object", side=2, comment="认定有误")
    return dispute


def told(student: Student) -> dict[str, str]:
    values = {name: getattr(student, name) for name in previewing.SHOWN}
    return {name: str(value or "") for name, value in values.items()}


def foreseen(dispute: Dispute, *verdicts: dict[str, Any]) -> dict[int, dict[str, str]]:
    """What the arbitrator of the city is shown of every record."""
    with reading(dispute.engine) as session:
        actor = dispute.cast.actor(session, "city1:arbitrator")
        step = door.look(session, dispute.no, actor, world_of(session), dispute.now)
        found = previewing.foresee(step, typed([{"side": no, **one} for no, one in enumerate(verdicts, 1)]))
        start = as_judged(step)
        return {
            one.side.no: told(start[one.side.no]) | {change.field: change.after for change in one.changes}
            for one in found
        }


FIRST_AND_SECOND = {
    "the number goes to the other": (MERGED, ({"verdict": "remove_number"}, {"verdict": "keep"})),
    "merged the other way": (MERGED, ({"verdict": "merge", "into": 2, "choices": {"name": 1}}, {"verdict": "keep"})),
    "merged again with other choices": (
        MERGED,
        ({"verdict": "keep"}, {"verdict": "merge", "into": 1, "choices": {"details": 2}}),
    ),
    "a number that was taken away": (
        ({"verdict": "keep"}, {"verdict": "remove_number"}),
        ({"verdict": "remove_number"}, {"verdict": "keep"}),
    ),
    "taken away once more": (
        ({"verdict": "keep"}, {"verdict": "remove_number"}),
        ({"verdict": "keep"}, {"verdict": "remove_number"}),
    ),
    "a closed record is corrected": (
        ({"verdict": "keep"}, {"verdict": "close"}),
        ({"verdict": "keep"}, {"verdict": "correct", "corrected": {"id_number": ""}}),
    ),
}


TWO_IN_ONE = 27
"""Statements of a ruling that replaces another one: the first is taken back, and the second carried out."""


@pytest.mark.parametrize(("first", "second"), FIRST_AND_SECOND.values(), ids=list(FIRST_AND_SECOND))
def test_what_is_shown_before_is_what_is_there_afterwards(
    dispute: Dispute, first: tuple[dict[str, Any], ...], second: tuple[dict[str, Any], ...]
) -> None:
    objected(dispute, *first)
    if "corrected" in second[1]:
        second = (second[0], {"verdict": "correct", "corrected": {"id_number": neighbour(number_of(dispute, 1))}})
    unrelated_and_related(dispute)
    shown = foreseen(dispute, *second)
    dispute.draft("city1", *second)
    with counted(dispute.engine) as seen:
        dispute.confirm("city1")
    assert len(seen) <= TWO_IN_ONE
    assert {side: told(dispute.student(side)) for side in (1, 2)} == shown
    assert dispute.student(1).name == "王明", "what somebody changed since stays"


def number_of(dispute: Dispute, side: int) -> str:
    return dispute.student(side).id_number or ""


def test_what_stays_when_the_first_ruling_is_taken_back_stands_in_the_case(dispute: Dispute) -> None:
    objected(dispute, *MERGED)
    unrelated_and_related(dispute)
    dispute.draft("city1", {"verdict": "remove_number"}, {"verdict": "keep"})
    dispute.confirm("city1")
    number = dispute.student(1).id
    with reading(dispute.engine) as session:
        confirmed = select(Event).where(Event.action == "confirm_ruling").order_by(Event.seq.desc()).limit(1)
        body = session.scalars(confirmed).one().body
    assert body["conflicts"] == [f"student:{number}:name", f"student:{number}:name_key"]
    assert body["replaced"] != body["ruling"]


def test_what_the_schools_settle_after_an_objection_takes_the_first_ruling_back_too(dispute: Dispute) -> None:
    objected(dispute, {"verdict": "close"}, {"verdict": "keep"})
    dispute.act("city1:arbitrator", "back_to_sides", sides=[2], comment="请再核对")
    dispute.delete(2)
    dispute.accept(2)
    assert dispute.phase == "settled_by_sides"
    assert (dispute.student(1).retired_at, dispute.student(1).disputed) == (None, False)
    assert dispute.student(2).retired_why == "deleted"
