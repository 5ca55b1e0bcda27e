"""Plays an ID error through the door: a faulty record, the case the worker opens, papers handed in."""

import datetime as dt

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import WorkItem
from models.evidence import Evidence
from models.id_errors import IdError, IdFault
from models.session import reading, transact
from models.settings import Setting
from models.students import Student
from tests.cast import MONDAY, Cast, add_pupil
from tests.play import Play
from workflow.calendar import day_of
from workflow.id_errors import checking, opening
from workflow.identity import check_character
from workflow.settings import mark_demo
from workflow.world import world_of


def good_number(born: str, digit: int, area: str = "990101") -> str:
    """Return a number that is right; the digit is odd for a boy."""
    first17 = f"{area}{born}{digit:03d}"
    return first17 + check_character(first17)


def wrong_check(number: str) -> str:
    """Return the number with another last digit."""
    return number[:17] + ("0" if number[17] != "0" else "1")


class Faulty(Play):
    """One ID error from the outside."""

    def __init__(self, database: Engine, cast: Cast, now: dt.datetime = MONDAY) -> None:
        super().__init__(database, cast, now)
        self.student_id = 0
        self.school = "a2"
        self.sequence = 450
        transact(self.engine, self._mark)

    def _mark(self, session: Session) -> None:
        if session.get(Setting, "demo") is None:
            mark_demo(session, "sample", self.now)

    def wrong_number(self, school: str = "a2", name: str = "王小明") -> "Faulty":
        """Enrol a boy, born 2014-03-12 or as the grade has it, whose number has a wrong check digit; open the case."""
        self.school = school
        grade = next(room.grade for (short, _), room in self.cast.room.items() if short == school)

        def work(session: Session) -> None:
            student = add_pupil(session, self.cast, school, name, "male", grade=grade, sequence=self.sequence)
            student.id_number = wrong_check(student.id_number or "")
            session.flush()
            self.student_id = student.id

        transact(self.engine, work)
        self.check()
        return self.open_waiting()

    def verdict(self, verdict: str, school: str = "a2", name: str = "王小明") -> "Faulty":
        """Enrol a boy with a good number about whom the population register says something; open the case."""
        self.school = school
        grade = next(room.grade for (short, _), room in self.cast.room.items() if short == school)

        def work(session: Session) -> None:
            student = add_pupil(session, self.cast, school, name, "male", grade=grade, sequence=self.sequence)
            student.id_verdict, student.id_verdict_on = verdict, day_of(self.now)
            session.flush()
            self.student_id = student.id
            session.add(IdFault(student_id=student.id, kind=verdict, details=[], state="open", found_at=self.now))

        transact(self.engine, work)
        return self.open_waiting()

    def check(self) -> None:
        """Check the numbers of all records."""

        def work(session: Session) -> None:
            checking.start(session, self.now)
            while checking.advance(session, self.now, day_of(self.now), demo=True):
                pass

        transact(self.engine, work)

    def open_waiting(self) -> "Faulty":
        """Do what the worker does: open what waits, end what became pointless."""

        def work(session: Session) -> list[str]:
            world = world_of(session)
            for no in opening.pointless(session):
                opening.settle(session, no, self.now)
            cases = [opening.open_error(session, world, number, self.now) for number in opening.waiting(session)]
            return [case.no for case in cases if case is not None]

        opened = transact(self.engine, work)
        self.no = opened[-1] if opened else self.no
        return self

    def paper(self, who: str, *kinds: str) -> None:
        """Let somebody of the cast hand papers in."""

        def work(session: Session) -> None:
            org = self.cast.org[who.partition(":")[0]]
            case = self.case()
            for kind in kinds:
                public_id = self._paper(session, kind, self.cast.person[who], org)
                session.scalars(select(Evidence).where(Evidence.public_id == public_id)).one().case_id = case.id

        transact(self.engine, work)

    @property
    def clerk(self) -> str:
        return f"{self.school}:school_clerk"

    def correct(self, **corrected: str) -> None:
        """Ask for a correction, with the household register."""
        self.paper(self.clerk, "户口簿")
        self.act(self.clerk, "request_correction", corrected=corrected)

    def claim(self) -> None:
        """Say that the record is right, with a paper of the police."""
        self.paper(self.clerk, "公安证明")
        self.act(self.clerk, "request_claim")

    def student(self) -> Student:
        with reading(self.engine) as session:
            return session.get_one(Student, self.student_id)

    def error(self) -> IdError:
        with reading(self.engine) as session:
            return session.get_one(IdError, self.case().id)

    def desks(self) -> list[tuple[str, str]]:
        """Who is asked now, as (queue by short name, kind)."""
        names = {number: short for short, number in self.cast.org.items()}
        with reading(self.engine) as session:
            query = select(WorkItem).where(WorkItem.case_id == self.case().id, WorkItem.open, WorkItem.kind != "copy")
            items = list(session.scalars(query.order_by(WorkItem.id)))
        return [(f"{names[item.org_id]}:{item.queue.partition(':')[2]}", item.kind) for item in items]
