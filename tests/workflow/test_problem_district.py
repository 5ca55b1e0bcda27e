"""A whole district: every group becomes a case at the right office, is ruled and carried out, and undone row by row."""

import datetime as dt
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models.cases import Case, WorkItem
from models.evidence import Evidence
from models.findings import Finding
from models.organisations import Organisation
from models.people import Person, Post
from models.problems import Problem, ProblemSide, Ruling
from models.session import reading, transact
from models.students import Enrolment, Guardian, Student
from tests import district, planted
from tests.consistency import assert_consistent
from workflow import engine as door
from workflow.problems import asking, opening
from workflow.step import Actor, Desk
from workflow.world import world_of

ROLES = ("dept_clerk", "dept_leader", "arbitrator", "school_leader")
_keys = itertools.count(1)


class Bureau:
    """All offices of a district, each with one person for every role, acting on problem cases."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.now = district.at(district.load(engine, folder))
        self.expected: dict[str, Any] = json.loads((folder / "expected.json").read_text("utf-8"))
        transact(engine, self._staff)

    def _staff(self, session: Session) -> None:
        for org in session.scalars(select(Organisation)):
            for role in ROLES if org.level != "school" else ROLES[3:]:
                person = Person(username=f"{org.code}-{role}", name=f"{org.code}的{role}", created_at=self.now)
                session.add(person)
                session.flush()
                session.add(Post(person_id=person.id, org_id=org.id, role=role, valid_from=dt.date(2024, 9, 1)))

    def open_all(self) -> int:
        found = transact(self.engine, lambda session: opening.waiting(session, limit=10_000))
        for number in found:
            transact(self.engine, lambda session, one=number: opening.open_found(session, one, self.now))
        return len(found)

    def cases(self) -> dict[tuple[str, ...], str]:
        """Case numbers by the records (`school code#row`) of their sides."""
        query = (
            select(Case.no, Organisation.code, Student.sheet_row)
            .join(ProblemSide, ProblemSide.case_id == Case.id)
            .join(Student, Student.id == ProblemSide.student_id)
            .join(Organisation, Organisation.id == ProblemSide.school_id)
        )
        found: dict[str, list[str]] = {}
        with reading(self.engine) as session:
            for no, code, row in session.execute(query):
                found.setdefault(no, []).append(f"{code}#{row}")
        return {tuple(sorted(records)): no for no, records in found.items()}

    def settle(self, no: str, children: list[list[str]], kind: str) -> None:
        """Every side claims and is believed; the office rules what is true about the children."""
        for kind_of_item, action in (("answer", "answer_claim"), ("review", "accept_side")):
            while items := self.open_items(no, kind_of_item):
                item = items[0]
                if action == "answer_claim":
                    self.hand_in(no, item.org_id)
                self.act(no, item, action, side=item.turn)
        (item,) = self.open_items(no, "rule")
        verdicts = self.truth(no, children, kind)
        self.act(no, item, "draft_ruling", verdicts=verdicts, reasons=["register_agrees"], comment="经与户口簿核对。")
        (item,) = self.open_items(no, "confirm")
        self.act(no, item, "confirm_ruling")

    def truth(self, no: str, children: list[list[str]], kind: str) -> list[dict[str, Any]]:
        by_record = self.sides(no)
        verdicts: list[dict[str, Any]] = []
        for place, records in enumerate(children):
            first, *others = sorted(by_record[record] for record in records)
            keeps = "distinct" if kind == "nsb" else "keep" if place == 0 else "remove_number"
            verdicts.append({"side": first, "verdict": keeps})
            verdicts += [{"side": one, "verdict": "merge", "into": first} for one in others]
        if not any(one["verdict"] in ("keep", "distinct") for one in verdicts):
            raise AssertionError(children)
        return sorted(verdicts, key=lambda one: one["side"])

    def sides(self, no: str) -> dict[str, int]:
        query = (
            select(Organisation.code, Student.sheet_row, ProblemSide.no)
            .join(Student, Student.id == ProblemSide.student_id)
            .join(Organisation, Organisation.id == ProblemSide.school_id)
            .join(Case, Case.id == ProblemSide.case_id)
        )
        with reading(self.engine) as session:
            return {f"{code}#{row}": side for code, row, side in session.execute(query.where(Case.no == no))}

    def open_items(self, no: str, kind: str) -> list[WorkItem]:
        query = select(WorkItem).join(Case).where(Case.no == no, WorkItem.open, WorkItem.kind == kind)
        with reading(self.engine) as session:
            return list(session.scalars(query.order_by(WorkItem.id)))

    def hand_in(self, no: str, school: int) -> None:
        def work(session: Session) -> None:
            case = session.scalars(select(Case).where(Case.no == no)).one()
            for kind in ("户口簿", "学校在读证明"):
                paper = Evidence(
                    kind=kind, case_id=case.id, org_id=school, file_name="1.pdf", media_type="application/pdf", size=1,
                    digest=b"0" * 32, storage_key="none", data_key=b"", uploaded_by=1, uploaded_at=self.now,
                )  # fmt: skip
                session.add(paper)

        transact(self.engine, work)

    def act(self, no: str, item: WorkItem, action: str, **values: Any) -> None:
        person = self.holder(item.queue)
        with reading(self.engine) as session:
            seen = session.scalars(select(Case.revision).where(Case.no == no)).one()
        key = f"bureau-{next(_keys):09d}"
        transact(
            self.engine,
            lambda session: door.do(
                session, no, action, person, now=self.now, key=key, seen_revision=seen, values=values
            ),
        )

    def holder(self, queue: str) -> int:
        org, _, role = queue.partition(":")
        with reading(self.engine) as session:
            return session.scalars(select(Post.person_id).where(Post.org_id == int(org), Post.role == role)).one()

    def undo_all(self) -> None:
        with reading(self.engine) as session:
            rulings = list(session.scalars(select(Ruling).where(Ruling.confirmed_at.is_not(None))))
        for ruling in rulings:
            asker = self.holder(f"{ruling.office_id}:arbitrator")

            def ask(session: Session, number: int = ruling.id, person: int = asker) -> str:
                mine = session.get_one(Ruling, number)
                actor = Actor(person, "仲裁员", (Desk(mine.office_id, "arbitrator"),))
                return asking.ask_for(session, world_of(session), actor, mine, "重新核对", self.now).no

            no = transact(self.engine, ask)
            (item,) = self.open_items(no, "decide")
            self.act(no, item, "approve")

    def rows(self) -> list[tuple[Any, ...]]:
        with reading(self.engine) as session:
            found: list[tuple[Any, ...]] = []
            for table in (Student, Guardian, Enrolment):
                found += [tuple(row) for row in session.execute(select(*table.__table__.c).order_by(table.id))]
            return found


@pytest.fixture
def bureau(engine: Engine, tmp_path: Path) -> Bureau:
    given = (district.GIVEN / "expected.json").exists()
    return Bureau(engine, district.GIVEN if given else planted.make(tmp_path / "district", 5))


def test_every_group_is_decided_at_its_office_carried_out_and_undone_row_by_row(bureau: Bureau) -> None:
    groups = [group for group in bureau.expected.get("id_duplicates", []) if group["kind"] != "same_file"]
    same = [{**group, "kind": "nsb"} for group in bureau.expected.get("nsb_duplicates", [])]
    assert bureau.open_all() == len(groups) + len(same)
    assert bureau.open_all() == 0
    cases, before = bureau.cases(), bureau.rows()
    with reading(bureau.engine) as session:
        rows = select(Case.no, Problem.level, Organisation.code).join(Problem, Problem.case_id == Case.id)
        decided = {
            no: (level, code)
            for no, level, code in session.execute(rows.join(Organisation, Organisation.id == Problem.decider_id))
        }
    for group in [*groups, *same]:
        no = cases[tuple(sorted(group["records"]))]
        assert decided[no] == (group["level"], group["decider"])
        bureau.settle(no, group["children"], group["kind"])
    with reading(bureau.engine) as session:
        assert session.scalar(select(func.count()).where(Finding.state == "open", Finding.kind == "id_exact")) == 0
        living = Student.retired_at.is_(None) & Student.id_number_index.is_not(None)
        assert session.scalar(select(func.count()).where(living, Student.disputed)) == 0
        shared = select(Student.id_number_index).where(living).group_by(Student.id_number_index)
        assert list(session.scalars(shared.having(func.count() > 1))) == []
    assert bureau.rows() != before or not groups
    bureau.undo_all()
    assert bureau.rows() == before
    assert_consistent(bureau.engine)
