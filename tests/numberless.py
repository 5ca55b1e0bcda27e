"""Plays a pupil without ID number through the door: the record, the case the worker opens, papers handed in."""

import datetime as dt

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.certificates import Certificate
from models.no_id import NoIdNumber
from models.session import reading, transact
from models.students import Guardian
from tests.cast import MONDAY, Cast, add_pupil
from tests.faulty import Faulty
from workflow.no_id import opening
from workflow.no_id.lists import FORM
from workflow.world import world_of

LEADERS = {
    "a2": ("a2:school_leader", "k1:dept_leader", "city1:dept_leader", "prov:dept_leader"),
    "c1": ("c1:school_leader", "city1:dept_leader", "prov:dept_leader"),
    "e1": ("e1:school_leader", "division:dept_leader", "prov:dept_leader"),
}
"""Who signs for a pupil of a county's, of a city-run and of a division's school."""


class Numberless(Faulty):
    """One pupil without number from the outside."""

    def __init__(self, database: Engine, cast: Cast, now: dt.datetime = MONDAY) -> None:
        super().__init__(database, cast, now)

    def enrol(self, school: str = "a2", name: str = "王小明", guardian: bool = True) -> "Numberless":
        """Enrol a boy without a number, as the import does, and let the case be opened."""
        self.school = school
        grade = next(room.grade for (short, _), room in self.cast.room.items() if short == school)

        def work(session: Session) -> None:
            student = add_pupil(session, self.cast, school, name, "male", grade=grade, sequence=460)
            number = student.id_number
            student.id_number, student.id_type, student.record_no = None, "Z", None
            session.flush()
            mother = Guardian(student_id=student.id, position=1, name="赵春梅", relation="母亲", id_type="1")
            mother.id_number = "990101198805020028" if guardian else None
            session.add(mother)
            self.student_id, self.number = student.id, number or ""

        transact(self.engine, work)
        return self.tend()

    def tend(self) -> "Numberless":
        """Do what the worker does: open what waits, end what is over."""

        def work(session: Session) -> list[str]:
            world = world_of(session)
            for no, action in opening.pointless(session, world):
                opening.end(session, no, action, self.now)
            cases = [opening.open_no_id(session, world, number, self.now) for number in opening.waiting(session)]
            return [case.no for case in cases if case is not None]

        opened = transact(self.engine, work)
        self.no = opened[-1] if opened else self.no
        return self

    def submit(self) -> "Numberless":
        """Upload the signed form and send it up."""
        self.paper(self.clerk, FORM)
        self.act(self.clerk, "submit", reason="not_registered")
        return self

    def approved(self) -> "Numberless":
        """Let every level agree."""
        self.submit()
        for who in LEADERS[self.school]:
            self.act(who, "approve")
        return self

    def enter(self, **corrected: str) -> None:
        """Say that there is a number now, with the household register."""
        self.paper(self.clerk, "户口簿")
        self.act(self.clerk, "enter_number", corrected={"id_number": self.number, **corrected})

    def subject(self) -> NoIdNumber:
        with reading(self.engine) as session:
            return session.get_one(NoIdNumber, self.case().id)

    def certificate(self) -> Certificate:
        with reading(self.engine) as session:
            return session.scalars(select(Certificate).where(Certificate.case_id == self.case().id)).one()
