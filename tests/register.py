"""Records of a register, made one by one with everything that comparing reads; and the scan over them."""

import datetime as dt

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.findings import Finding, FindingRecord, ScanRun
from models.organisations import Organisation, SchoolClass
from models.session import reading, transact
from models.students import Enrolment, Guardian, Student
from tests.cast import MONDAY, Cast
from workflow.duplicates import near, scan
from workflow.duplicates.near import Alike
from workflow.identity import check_character
from workflow.identity_key import fold_name

BORN = dt.date(2014, 3, 12)


def number_of(body: str) -> str:
    """Return 17 digits with their check character."""
    return body + check_character(body)


NUMBER = number_of("99010120140312011")
"""A boy's, born on BORN."""
FAR = number_of("99020220140312853")
"""Another boy's of the same day, in nothing like the first."""


class Register:
    """Every record is a boy born on BORN unless said otherwise."""

    def __init__(self, engine: Engine, cast: Cast) -> None:
        self.engine, self.cast, self.now = engine, cast, MONDAY

    def add(
        self,
        school: str,
        name: str,
        number: str | None = None,
        *,
        born: dt.date = BORN,
        sex: str = "male",
        record_no: str | None = None,
        guardian: str | None = None,
    ) -> int:
        """Enrol a pupil; returns the record's number."""

        def work(session: Session) -> int:
            student = Student(name=name, name_key=fold_name(name), sex=sex, birth_date=born, created_at=self.now)
            student.id_type, student.version = "1" if number else "Z", 1
            if number:
                student.disputed = (
                    session.scalar(select(Student.id).where(Student.id_number.matches(number))) is not None
                )
                student.id_number = number
            student.record_no = record_no
            session.add(student)
            session.flush()
            room = select(SchoolClass.id).where(SchoolClass.school_id == self.cast.org[school]).limit(1)
            session.add(
                Enrolment(student_id=student.id, school_id=self.cast.org[school], class_id=session.scalar(room),
                          started_on=dt.date(2024, 9, 1))
            )  # fmt: skip
            if guardian:
                parent = Guardian(student_id=student.id, position=1, name="赵春梅", relation="母亲", id_type="1")
                parent.id_number = guardian
                session.add(parent)
            return student.id

        return transact(self.engine, work)

    def change(self, number: int, **values: object) -> None:
        """Change a record as a correction does."""

        def work(session: Session) -> None:
            student = session.get_one(Student, number)
            for name, value in values.items():
                setattr(student, name, value)
            student.name_key = fold_name(student.name)
            student.version += 1

        transact(self.engine, work)

    def look(self, *numbers: int) -> list[Alike]:
        """Compare these records with all others, of whose names the sounds are known."""
        with reading(self.engine) as session:
            return near.look(session, [session.get_one(Student, number) for number in numbers])

    def scan(self, scope: str = scan.FULL) -> ScanRun:
        """Run a scan from its beginning, or from where it is, to its end."""
        transact(self.engine, lambda session: scan.start(session, self.now, scope=scope))
        while True:
            run = transact(self.engine, lambda session: scan.advance(session, self.now))
            assert run is not None
            if run.state == "done":
                return run

    def found(self, kind: str | None = None, state: str = "open") -> dict[tuple[int, ...], Finding]:
        """Return findings by the records they are about; a blocked row stands there as 0."""
        with reading(self.engine) as session:
            query = select(Finding, FindingRecord.student_id).join(FindingRecord).where(Finding.state == state)
            query = query.where(Finding.kind == kind) if kind else query
            together: dict[Finding, list[int]] = {}
            for finding, student in session.execute(query):
                together.setdefault(finding, []).append(student or 0)
        return {tuple(sorted(students)): finding for finding, students in together.items()}

    def decider(self, finding: Finding) -> str | None:
        """Return the code of the office that decides."""
        with reading(self.engine) as session:
            return session.scalar(select(Organisation.code).where(Organisation.id == finding.decider_id))
