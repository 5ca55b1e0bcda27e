"""A problem record from finding to ruling: every school answers, its department reviews, the office above decides."""

import pytest
from sqlalchemy import Engine, select

from models.cases import WorkItem
from models.session import reading
from models.students import Enrolment
from tests.cast import Cast
from tests.dispute import Dispute
from workflow.errors import NotAllowed, Unmet


@pytest.fixture
def dispute(engine: Engine, cast: Cast) -> Dispute:
    return Dispute(engine, cast)


def desks(dispute: Dispute) -> list[tuple[str, int]]:
    """Who is asked now, as (queue by short name, side)."""
    names = {number: short for short, number in dispute.cast.org.items()}
    with reading(dispute.engine) as session:
        query = select(WorkItem).where(WorkItem.case_id == dispute.case().id, WorkItem.open, WorkItem.kind != "copy")
        items = list(session.scalars(query.order_by(WorkItem.id)))
    return [(f"{names[item.org_id]}:{item.queue.partition(':')[2]}", item.turn) for item in items]


def test_every_school_is_asked_at_once_and_its_department_reviews_what_it_says(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明"))
    assert desks(dispute) == [("a1:school_clerk", 1), ("a2:school_clerk", 2)]
    dispute.claim(1)
    assert desks(dispute) == [("a2:school_clerk", 2), ("k1:dept_clerk", 1)]
    dispute.claim(2)
    dispute.accept(1)
    assert dispute.phase == "sides"
    dispute.accept(2)
    assert dispute.phase == "arbitration"
    assert desks(dispute) == [("k1:arbitrator", 0)]


@pytest.mark.parametrize(
    ("schools", "decider"),
    [(("a1", "a2"), "k1"), (("a1", "b1"), "city1"), (("a1", "d1"), "prov"), (("a1", "e1"), "prov"),
     (("a3", "c1"), "city1"), (("a1", "a2", "d1"), "prov"), (("a1", "a2", "b1"), "city1")],
)  # fmt: skip
def test_the_lowest_common_office_decides(dispute: Dispute, schools: tuple[str, ...], decider: str) -> None:
    dispute.about(*((school, f"王小明{place}") for place, school in enumerate(schools)))
    assert dispute.problem().decider_id == dispute.cast.org[decider]
    assert desks(dispute.all_claim()) == [(f"{decider}:arbitrator", 0)]


def test_a_record_that_is_given_up_ends_the_problem_with_the_departments_consent(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("b1", "王小明"))
    dispute.delete(2)
    assert dispute.phase == "sides"
    dispute.accept(2)
    assert dispute.phase == "settled_by_sides"
    gone, kept = dispute.student(2), dispute.student(1)
    assert (gone.retired_why, gone.status) == ("deleted", "99")
    assert not kept.disputed
    assert dispute.finding().state == "closed"
    with reading(dispute.engine) as session:
        spell = session.scalars(select(Enrolment).where(Enrolment.student_id == gone.id)).one()
        assert spell.ended_on is not None


def test_a_ruling_is_drafted_by_one_and_confirmed_by_another_and_then_changes_every_record(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    dispute.draft("k1", {"verdict": "keep"}, {"verdict": "remove_number"})
    assert (dispute.student(2).id_number, dispute.phase) == (dispute.student(1).id_number, "confirmation")
    dispute.confirm("k1")
    assert dispute.phase == "objection"
    assert (dispute.student(2).id_number, dispute.student(2).id_type) == (None, "Z")
    assert not dispute.student(1).disputed
    dispute.clock("conclude", side=1)
    assert dispute.phase == "settled"


def test_a_merge_leads_the_retired_number_to_the_surviving_record(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("b1", "王晓明")).all_claim()
    choices = {"name": 2, "record_no": 2}
    dispute.draft("city1", {"verdict": "keep"}, {"verdict": "merge", "into": 1, "choices": choices})
    other = dispute.student(2)
    dispute.confirm("city1")
    kept, gone = dispute.student(1), dispute.student(2)
    assert (gone.retired_why, gone.merged_into_id) == ("merged", kept.id)
    assert (kept.name, kept.record_no_index) == ("王晓明", other.record_no_index)
    with reading(dispute.engine) as session:
        spell = session.scalars(select(Enrolment).where(Enrolment.student_id == gone.id)).one()
        assert spell.ended_on == spell.started_on, "void from its start"


@pytest.mark.parametrize(
    ("verdicts", "why"),
    [
        (({"verdict": "keep"}, {"verdict": "keep"}), "只能由一条记录保留"),
        (({"verdict": "distinct"}, {"verdict": "distinct"}), "不能都维持"),
        (({"verdict": "keep"},), "第 2 方：请选择"),
        (({"verdict": "merge", "into": 2}, {"verdict": "merge", "into": 1}), "只能并入维持或更正的记录"),
        (({"verdict": "keep"}, {"verdict": "merge", "into": 2}), "请选择并入哪一方"),
        (({"verdict": "keep"}, {"verdict": "correct", "corrected": {"id_number": "990101201503120016"}}), "校验码"),
        (({"verdict": "keep"}, {"verdict": "correct", "corrected": {"name": "王明"}}), "只能由一条记录保留"),
    ],
)
def test_a_ruling_that_would_not_end_the_problem_is_refused(
    dispute: Dispute, verdicts: tuple[dict[str, object], ...], why: str
) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    with pytest.raises(Unmet, match=why):
        dispute.draft("k1", *verdicts)
    assert dispute.phase == "arbitration"


def test_different_children_may_share_name_and_birth_date_and_are_not_reported_again(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王小明"), kind="nsb").all_claim()
    with pytest.raises(Unmet, match="不是同一人"):
        dispute.draft("k1", {"verdict": "keep"}, {"verdict": "keep"})
    dispute.draft("k1", {"verdict": "distinct"}, {"verdict": "distinct"}, reasons=["other_children"])
    dispute.confirm("k1")
    assert dispute.student(1).retired_at is None
    assert dispute.finding().state == "closed"


def test_three_persons_decide_and_none_of_them_reviewed_a_side(dispute: Dispute, cast: Cast) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    dispute.draft("k1", {"verdict": "keep"}, {"verdict": "close"})
    with pytest.raises(NotAllowed):
        dispute.act("k1:arbitrator", "confirm_ruling")
    with pytest.raises(NotAllowed):
        dispute.act("k1:dept_clerk", "confirm_ruling")


def test_inside_one_school_the_leader_reviews_and_the_department_confirms(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a1", "王晓明"))
    assert dispute.problem().level == "school"
    dispute.delete(2)
    dispute.accept(2)
    assert dispute.phase == "confirmation"
    assert dispute.student(2).retired_at is None
    dispute.confirm("k1")
    assert dispute.phase == "settled_by_sides"
    assert dispute.student(2).retired_why == "deleted"
