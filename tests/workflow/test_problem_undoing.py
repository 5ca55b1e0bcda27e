"""Taking a ruling back: every row as it was, later changes kept and named, and nothing undone twice."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import Event
from models.findings import DistinctPair
from models.people import Post
from models.session import reading, transact
from models.students import Enrolment, Guardian, Student
from tests.cast import Cast
from tests.dispute import Dispute, ask_for_undoing
from workflow import students
from workflow.errors import NotAllowed, Unacceptable, Unmet
from workflow.identity import check_character
from workflow.problems import opening
from workflow.transfers.facts import find_pupil
from workflow.world import world_of


@pytest.fixture
def dispute(engine: Engine, cast: Cast) -> Dispute:
    return Dispute(engine, cast)


def rows(dispute: Dispute) -> list[tuple[Any, ...]]:
    """Every stored byte of the records, their families and their spells."""
    with reading(dispute.engine) as session:
        found: list[tuple[Any, ...]] = []
        for table in (Student, Guardian, Enrolment):
            found += [tuple(row) for row in session.execute(select(*table.__table__.c).order_by(table.id))]
        return found


def with_guardians(dispute: Dispute) -> None:
    def work(session: Session) -> None:
        for place, number in enumerate(dispute.students, 1):
            for position, (name, relation) in enumerate((("王大山", "父亲"), (f"李{place}妹", "母亲")), 1):
                guardian = Guardian(student_id=number, position=position, name=name, relation=relation)
                guardian.id_number = f"9901011980010100{position}{place}"
                session.add(guardian)

    transact(dispute.engine, work)


VERDICTS = {
    "keep and close": ({"verdict": "keep"}, {"verdict": "close"}),
    "keep and remove the number": ({"verdict": "keep"}, {"verdict": "remove_number"}),
    "correct": ({"verdict": "correct", "corrected": {}}, {"verdict": "keep"}),
    "merge": (
        {"verdict": "keep"},
        {"verdict": "merge", "into": 1, "choices": {"name": 2, "details": 2, "id_number": 2}},
    ),
}


@pytest.mark.parametrize("verdicts", VERDICTS.values(), ids=list(VERDICTS))
def test_undoing_restores_every_row_byte_by_byte(dispute: Dispute, verdicts: tuple[dict[str, Any], ...]) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明"))
    with_guardians(dispute)
    dispute.all_claim()
    before = rows(dispute)
    number = dispute.student(1).id_number or ""
    if "corrected" in verdicts[0]:
        verdicts = ({"verdict": "correct", "corrected": {"id_number": neighbour(number)}}, verdicts[1])
    dispute.draft("k1", *verdicts)
    dispute.confirm("k1")
    assert rows(dispute) != before
    ask_for_undoing(dispute, "k1:arbitrator").act("k1:dept_leader", "approve")
    assert rows(dispute) == before
    assert dispute.finding().state == "open"


def neighbour(number: str) -> str:
    """Another good number of the same child's sex and birth date."""

    first17 = number[:14] + f"{int(number[14:17]) + 20:03d}"
    return first17 + check_character(first17)


def test_what_was_edited_since_stays_and_the_rest_goes_back(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    choices = {"name": 2, "ethnicity": 2}
    dispute.draft("k1", {"verdict": "keep"}, {"verdict": "merge", "into": 1, "choices": choices})
    dispute.confirm("k1")
    unrelated_and_related(dispute)
    undoing = ask_for_undoing(dispute, "k1:arbitrator")
    undoing.act("k1:dept_leader", "approve")
    kept, back = dispute.student(1), dispute.student(2)
    assert (kept.name, kept.disciplinary) == ("王明", True), "the later name stays, and so does what nobody ruled about"
    assert (back.retired_at, back.merged_into_id, back.status) == (None, None, "01")
    with reading(dispute.engine) as session:
        event = session.scalars(select(Event).where(Event.action == "approve")).one()
        assert event.body["conflicts"] == [f"student:{kept.id}:name", f"student:{kept.id}:name_key"]


def unrelated_and_related(dispute: Dispute) -> None:
    """Somebody edits the surviving record after the ruling."""

    def work(session: Session) -> None:
        student = session.get_one(Student, dispute.students[0])
        student.name, student.name_key, student.disciplinary = "王明", "王明", True
        student.version += 1

    transact(dispute.engine, work)


def test_only_the_office_that_ruled_or_one_above_it_may_ask(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("b1", "王晓明")).all_claim()
    dispute.draft("city1", {"verdict": "keep"}, {"verdict": "close"})
    dispute.confirm("city1")
    for stranger in ("k1:arbitrator", "city2:arbitrator", "a1:school_clerk", "city1:dept_leader"):
        with pytest.raises(Unacceptable, match="只有作出裁定的部门"):
            ask_for_undoing(dispute, stranger)
    undoing = ask_for_undoing(dispute, "prov:arbitrator")
    with pytest.raises(NotAllowed):
        undoing.act("city1:dept_leader", "approve")
    undoing.act("prov:dept_leader", "approve")
    assert dispute.student(2).retired_at is None


def test_a_ruling_is_undone_once_and_within_its_term(dispute: Dispute) -> None:

    dispute.about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    dispute.draft("k1", {"verdict": "keep"}, {"verdict": "close"})
    dispute.confirm("k1")
    late = Dispute(dispute.engine, dispute.cast, dispute.now + dt.timedelta(days=31))
    with pytest.raises(Unacceptable, match="撤销期已于"):
        ask_for_undoing(late, "k1:arbitrator")
    first = ask_for_undoing(dispute, "k1:arbitrator")
    with pytest.raises(Unacceptable, match="撤销已在办理"):
        ask_for_undoing(dispute, "k1:arbitrator")
    first.act("k1:dept_leader", "approve")
    with pytest.raises(Unacceptable, match="不能再次撤销"):
        ask_for_undoing(dispute, "k1:arbitrator")


def test_whoever_asks_does_not_grant(dispute: Dispute, cast: Cast) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    dispute.draft("k1", {"verdict": "keep"}, {"verdict": "close"})
    dispute.confirm("k1")
    undoing = ask_for_undoing(dispute, "k1:arbitrator")
    give_post(dispute, "k1:arbitrator", "k1", "dept_leader")
    with pytest.raises(Unmet, match="须由另一位同事决定"):
        undoing.act("k1:arbitrator", "approve")


def give_post(dispute: Dispute, who: str, org: str, role: str) -> None:

    def work(session: Session) -> None:
        person, place = dispute.cast.person[who], dispute.cast.org[org]
        session.add(Post(person_id=person, org_id=place, role=role, valid_from=dt.date(2024, 9, 1)))

    transact(dispute.engine, work)


def test_an_undone_ruling_opens_the_problem_again_and_forgets_who_was_distinct(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王小明"), kind="nsb").all_claim()
    dispute.draft("k1", {"verdict": "distinct"}, {"verdict": "distinct"})
    dispute.confirm("k1")
    with reading(dispute.engine) as session:
        assert session.scalars(select(DistinctPair)).one().revoked_at is None
    ask_for_undoing(dispute, "k1:arbitrator").act("k1:dept_leader", "approve")
    with reading(dispute.engine) as session:
        assert session.scalars(select(DistinctPair)).one().revoked_at is not None
    assert transact(dispute.engine, opening.changed) == [(dispute.no, "reopen")]
    transact(dispute.engine, lambda session: opening.follow(session, dispute.no, "reopen", dispute.now))
    assert dispute.phase == "arbitration", "objections were still possible: the same office rules anew"


def test_what_is_undone_after_the_case_ended_becomes_a_new_case(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    dispute.draft("k1", {"verdict": "keep"}, {"verdict": "close"})
    dispute.confirm("k1")
    assert transact(dispute.engine, opening.changed) == [], "nobody withdraws a case whose ruling stands"
    dispute.clock("conclude", side=1)
    ask_for_undoing(dispute, "k1:arbitrator").act("k1:dept_leader", "approve")
    found = transact(dispute.engine, opening.waiting)
    assert found == [dispute.finding().id]
    assert transact(dispute.engine, lambda session: opening.open_found(session, found[0], dispute.now))
    assert transact(dispute.engine, opening.waiting) == []


def test_a_retired_number_leads_to_the_surviving_record_also_over_two_mergers(dispute: Dispute, cast: Cast) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明"), ("b1", "王筱明")).all_claim()
    merge = {"verdict": "merge", "into": 1}
    dispute.draft("city1", {"verdict": "keep"}, merge, merge)
    gone = dispute.student(2).record_no or ""
    dispute.confirm("city1")
    with reading(dispute.engine) as session:
        actor = cast.actor(session, "prov:dept_clerk")
        hits = students.search(session, actor, world_of(session), gone)
        assert [hit.student.id for hit in hits] == [dispute.students[0]]
        found = find_pupil(session, "王晓明", gone)
        assert found is not None
        assert found[0].id == dispute.students[0]
        assert find_pupil(session, "别的名字", gone) is None
