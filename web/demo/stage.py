"""Plays the demo's cases through the engine's door, as their officers would have done it, on days before the start."""

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import Case
from models.organisations import Organisation
from models.people import SYSTEM_PERSON_ID, Person
from models.problems import ProblemSide
from models.students import Student
from web.demo import papers
from web.demo.province import class_no
from web.demo.pupils import beside, id_number
from workflow import engine
from workflow.calendar import SHANGHAI, day_of
from workflow.evidence import take_in
from workflow.id_errors import checking, verdicts
from workflow.id_errors import opening as errors
from workflow.no_id import opening as numberless
from workflow.problems import opening
from workflow.storage import Store
from workflow.transfers import drafts
from workflow.world import world_of


class Stage:
    """Everything a story needs: the offices by short name, the record numbers, the calendar, the file store."""

    def __init__(
        self,
        session: Session,
        store: Store,
        offices: dict[str, Organisation],
        record_numbers: dict[str, str],
        school_year: int,
        today: dt.date,
    ) -> None:
        self.session, self.store, self.offices = session, store, offices
        self.record_numbers, self.school_year, self.today = record_numbers, school_year, today
        self._calendar = world_of(session).calendar(None)
        self._people = {row.username: row.id for row in session.execute(select(Person.username, Person.id))}
        self.pulled: dict[str, dict[str, str]] = {}
        """By pupil: what the other province sends with the file."""
        self._acts = 0

    def moment(self, ago: int, hour: int = 9) -> dt.datetime:
        """The hour of the day that lies `ago` (at least 1) working days before today; minutes go on with every act."""
        day = self._calendar.shift(self.today, -ago)
        minute = (self._acts * 7) % 60
        return dt.datetime.combine(day, dt.time(hour, minute), SHANGHAI).astimezone(dt.UTC)

    def open(self, school: str, pupil: str, grade: int, ago: int, kinds: tuple[str, ...], **values: Any) -> str:
        """Let the clerk of a school open a draft with papers; returns the case's number."""
        now = self.moment(ago)
        office = self.offices[school]
        actor = engine.actor_of(self.session, self._people[f"{school}.clerk"], self._calendar.shift(self.today, -ago))
        scans = []
        for kind in kinds:
            paper = papers.scan(kind)
            scans.append(
                take_in(self.session, self.store, actor=actor, org_id=office.id, kind=kind, file_name=paper.file_name,
                        content=paper.content, now=now, inspected=paper.inspected).public_id
            )  # fmt: skip
        typed = {
            "name": pupil,
            "record_no": self.record_numbers.get(pupil, ""),
            "target_grade": grade,
            "to_class": class_no(grade, self.school_year),
            "reason": "住址变更",
            "evidence": scans,
            **values,
        }
        world = world_of(self.session)
        self._acts += 1
        return drafts.start(self.session, actor, world.office(office.id), world, typed, now).no

    def problem(self, finding: int, ago: int) -> str:
        """Open the case of a finding, as the worker does; returns the case's number."""
        self._acts += 1
        case = opening.open_problem(self.session, world_of(self.session), finding, self.moment(ago))
        assert case is not None
        return case.no

    def across(self, who: str, pupil: str, ago: int, outside: dict[str, str]) -> str:
        """Let an officer register that another province holds the number of this pupil too."""
        self._acts += 1
        world = world_of(self.session)
        actor = engine.actor_of(self.session, self._people[who], self._calendar.shift(self.today, -ago))
        query = select(Student.id).where(Student.name == pupil)
        student = self.session.scalars(query).one()
        return opening.open_across(self.session, world, actor, student, outside, self.moment(ago)).no

    def hand_in(self, no: str, school: str, kinds: tuple[str, ...], ago: int) -> None:
        """Let the clerk of a school hand papers in for a case that is running."""
        self._acts += 1
        actor = engine.actor_of(self.session, self._people[f"{school}.clerk"], self._calendar.shift(self.today, -ago))
        case = self.session.scalars(select(Case).where(Case.no == no)).one()
        for kind in kinds:
            paper = papers.scan(kind)
            take_in(self.session, self.store, actor=actor, org_id=self.offices[school].id, kind=kind,
                    file_name=paper.file_name, content=paper.content, now=self.moment(ago), case=case,
                    inspected=paper.inspected)  # fmt: skip

    def number_beside(self, no: str, side: int) -> str:
        """Return a good number of the same sex and birth date as that of a side's record, which nobody holds."""
        query = select(Student).join(ProblemSide, ProblemSide.student_id == Student.id).join(Case)
        student = self.session.scalars(query.where(Case.no == no, ProblemSide.no == side)).one()
        return beside(str(student.id_number), twins=False)

    def verdict(self, pupil: str, verdict: str, ago: int) -> None:
        """Enter what the population register says about a pupil; the case follows with the next check."""
        self._acts += 1
        line = verdicts.Line(2, pupil, "", self.record_numbers[pupil], verdict)
        now = self.moment(ago)
        entered = verdicts.enter(self.session, [line], f"{self.school_year}年秋季人口库比对", day_of(now), now)
        assert entered.entered == 1

    def check_numbers(self, ago: int) -> None:
        """Check the numbers of all records and open the cases that follow, as the worker does at night."""
        now = self.moment(ago, 2)
        checking.start(self.session, now)
        while checking.advance(self.session, now, day_of(now), demo=True):
            pass
        for student in errors.waiting(self.session):
            errors.open_error(self.session, world_of(self.session), student, now)

    def without_number(self, ago: int) -> dict[str, str]:
        """Open the cases of pupils without number, as the worker does; returns the case of each by name."""
        world, now, found = world_of(self.session), self.moment(ago), {}
        for student in numberless.waiting(self.session):
            case = numberless.open_no_id(self.session, world, student, now)
            if case is not None:
                found[self.session.get_one(Student, student).name] = case.no
        return found

    def newcomer(self, pupil: str, sex: str, grade: int, sequence: int) -> None:
        """Think up a pupil of another province, who is nobody here before the file is pulled."""
        born = dt.date(self.school_year - grade - 6, 5, 14)
        number = id_number("998101", born, sequence, sex)
        self.record_numbers[pupil] = f"G{number}"
        self.pulled[pupil] = {"sex": sex, "birth_date": born.isoformat(), "id_type": "1", "id_number": number}

    def act(self, no: str, who: str, action: str, ago: int, **values: Any) -> None:
        """Let an officer (a user name, or "clock") act on a case as it is."""
        self._acts += 1
        if "to_class" in values:
            values["to_class"] = class_no(int(values["to_class"]), self.school_year)
        revision = self.session.scalars(select(Case.revision).where(Case.no == no)).one()
        clock = who == "clock"
        engine.do(
            self.session,
            no,
            action,
            SYSTEM_PERSON_ID if clock else self._people[who],
            now=self.moment(ago, 10 + self._acts % 7),
            key=f"demo-{self._acts:012d}",
            seen_revision=None if clock else revision,
            values=values,
        )
