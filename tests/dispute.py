"""Plays a problem record through the door: makes the records, opens the case, lets every side speak."""

import datetime as dt
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models import crypto
from models.evidence import Evidence
from models.findings import Finding, FindingRecord
from models.people import SYSTEM_PERSON_ID
from models.problems import Problem, ProblemSide, Ruling
from models.session import reading, transact
from models.students import Student
from tests.cast import MONDAY, Cast, add_pupil
from tests.play import Play
from workflow import findings
from workflow.problems import asking, joining, opening
from workflow.settings import is_demo, mark_demo
from workflow.world import World, world_of

CLAIM_PAPERS = ("户口簿", "学校在读证明")


class Dispute(Play):
    """One problem from the outside. Sides are numbered from 1 in the order of `records`."""

    def __init__(self, database: Engine, cast: Cast, now: dt.datetime = MONDAY) -> None:
        super().__init__(database, cast, now)
        self.students: list[int] = []
        self.schools: list[str] = []
        self.sequence = 400

    def about(self, *records: tuple[str, str], kind: str = "id_exact") -> "Dispute":
        """Make records `(school, name)` that share an ID number (nsb: everything but one) and open the case."""
        finding = self.found(*records, kind=kind)

        def work(session: Session) -> str:
            case = opening.open_problem(session, world_of(session), finding, self.now)
            assert case is not None
            return case.no

        self.no = transact(self.engine, work)
        return self

    def found(self, *records: tuple[str, str], kind: str = "id_exact") -> int:
        """Make such records and return their finding, which is no case yet."""

        def work(session: Session) -> int:
            if not is_demo(session):
                mark_demo(session, "sample", self.now)  # the area code 99 of all sample numbers is good then
            first: Student | None = None
            for place, (school, name) in enumerate(records):
                grade = next(room.grade for (short, _), room in self.cast.room.items() if short == school)
                sequence = self.sequence + place
                student = add_pupil(session, self.cast, school, name, "male", grade=grade, sequence=sequence)
                if first is None:
                    first = student
                else:
                    share(first, student, kind)
                if kind == "nsb":
                    student.id_number, student.id_type = None, "Z"
                session.flush()
                self.students.append(student.id)
                self.schools.append(school)
            return self._found(session, world_of(session), kind).id

        return transact(self.engine, work)

    def across(self, who: str = "k1:dept_clerk") -> "Dispute":
        """Make a record whose number another province holds too, and let somebody register it."""

        def work(session: Session) -> str:
            if not is_demo(session):
                mark_demo(session, "sample", self.now)
            student = add_pupil(session, self.cast, "a1", "王小明", "male", grade=5, sequence=470)
            self.students, self.schools = [student.id], ["a1"]
            outside = {"province": "邻省", "school": "邻省第一小学", "note": "部级通报第3号"}
            actor = self.cast.actor(session, who)
            return opening.open_across(session, world_of(session), actor, student.id, outside, self.now).no

        self.no = transact(self.engine, work)
        return self

    def _found(self, session: Session, world: World, kind: str) -> Finding:
        key = crypto.blind_index("name-key", f"dispute-{self.students[0]}")
        if kind != "near":
            group = findings.Group(kind, key, tuple(self.students))
            (finding,) = findings.record(session, world, [group], self.now).findings
            return finding
        finding = Finding(kind=kind, key=key, state="open", reasons=[], score=80, found_at=self.now)
        finding.records = [FindingRecord(student_id=number) for number in self.students]
        session.add(finding)
        session.flush()
        return finding

    def near(self, *records: tuple[str, str]) -> str:
        """Make records `(school, name)` that only look alike; return the id of the pair, which is no case yet."""

        def work(session: Session) -> str:
            for place, (school, name) in enumerate(records):
                grade = next(room.grade for (short, _), room in self.cast.room.items() if short == school)
                sequence = self.sequence + place
                student = add_pupil(session, self.cast, school, name, "male", grade=grade, sequence=sequence)
                self.students.append(student.id)
                self.schools.append(school)
            world = world_of(session)
            finding = self._found(session, world, "near")
            schools = [world.office(self.cast.org[school]) for school in self.schools]
            finding.decider_id = joining.decider_of(world, schools).id
            return finding.public_id

        return transact(self.engine, work)

    def paper(self, school: str, *kinds: str, file_name: str = "") -> None:
        """Let a school's clerk hand papers in."""

        def work(session: Session) -> None:
            case = self.case()
            for kind in kinds or CLAIM_PAPERS:
                person = self.cast.person[f"{school}:school_clerk"]
                public_id = self._paper(session, kind, person, self.cast.org[school])
                row = session.scalars(select(Evidence).where(Evidence.public_id == public_id)).one()
                row.case_id, row.file_name = case.id, file_name or row.file_name

        transact(self.engine, work)

    def claim(self, side: int) -> None:
        school = self.schools[side - 1]
        self.paper(school)
        self.act(f"{school}:school_clerk", "answer_claim", side=side)

    def delete(self, side: int) -> None:
        school = self.schools[side - 1]
        self.act(f"{school}:school_clerk", "answer_delete", side=side, reason="never_came", comment="学生从未到校")

    def correct(self, side: int, **corrected: str) -> None:
        school = self.schools[side - 1]
        self.paper(school, "户口簿")
        self.act(f"{school}:school_clerk", "answer_correct", side=side, corrected=corrected)

    def accept(self, side: int) -> None:
        self.act(self.reviewer(side), "accept_side", side=side)

    def reviewer(self, side: int) -> str:
        """The dept_clerk of the side's department; inside one school its leader."""
        if len(self.schools) > len(set(self.schools)) == 1:
            return f"{self.schools[0]}:school_leader"
        return f"{DEPARTMENTS[self.schools[side - 1]]}:dept_clerk"

    def all_claim(self) -> "Dispute":
        for side in range(1, len(self.schools) + 1):
            self.claim(side)
        for side in range(1, len(self.schools) + 1):
            self.accept(side)
        return self

    def draft(self, office: str, *verdicts: dict[str, Any], **more: Any) -> None:
        typed = [{"side": number, **verdict} for number, verdict in enumerate(verdicts, 1)]
        reasons = more.pop("reasons", ["attends_here"])
        self.act(f"{office}:arbitrator", "draft_ruling", verdicts=typed, reasons=reasons, comment="经核实，裁定如下。")

    def confirm(self, office: str) -> None:
        self.act(f"{office}:dept_leader", "confirm_ruling")

    def clock(self, action: str, **values: Any) -> None:
        """Let the clock act, as a timer does."""
        self.cast.person["clock"] = SYSTEM_PERSON_ID
        self.act("clock", action, **values)

    def student(self, side: int) -> Student:
        with reading(self.engine) as session:
            return session.get_one(Student, self.students[side - 1])

    def side(self, number: int) -> ProblemSide:
        with reading(self.engine) as session:
            query = select(ProblemSide).where(ProblemSide.case_id == self.case().id, ProblemSide.no == number)
            return session.scalars(query).one()

    def problem(self) -> Problem:
        with reading(self.engine) as session:
            return session.get_one(Problem, self.case().id)

    def finding(self) -> Finding:
        with reading(self.engine) as session:
            return session.get_one(Finding, self.problem().finding_id)

    def ruling(self) -> Ruling:
        with reading(self.engine) as session:
            query = select(Ruling).where(Ruling.case_id == self.case().id).order_by(Ruling.id.desc())
            return session.scalars(query.limit(1)).one()


def ask_for_undoing(dispute: Dispute, who: str, reason: str = "新证据表明认定有误") -> Dispute:
    """Return the case of the undoing as something to act on."""

    def work(session: Session) -> str:
        ruling = session.scalars(select(Ruling).order_by(Ruling.id.desc()).limit(1)).one()
        actor = dispute.cast.actor(session, who)
        return asking.ask_for(session, world_of(session), actor, ruling, reason, dispute.now).no

    undoing = Dispute(dispute.engine, dispute.cast, dispute.now)
    undoing.no = transact(dispute.engine, work)
    return undoing


DEPARTMENTS = {"a1": "k1", "a2": "k1", "a3": "k1", "b1": "k2", "c1": "city1", "d1": "k3", "e1": "division"}


def share(first: Student, student: Student, kind: str) -> None:
    """Let a record have what the group shares; near pairs keep their own numbers."""
    if kind == "near":
        return
    student.disputed = kind == "id_exact"
    student.birth_date, student.id_number = first.birth_date, first.id_number
