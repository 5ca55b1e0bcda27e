"""Checked rows become pupils, guardians and enrolments; records that share a number are stored as disputed.

Everything is set-based: a chunk of rows costs the same few statements whatever it finds.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from models.organisations import SchoolClass
from models.students import Enrolment, Guardian, Student
from workflow import findings
from workflow.findings import Group, same_person_key
from workflow.identity_key import fold_name
from workflow.imports.checking import CheckedRow, Member
from workflow.imports.columns import INDEX, letters_of
from workflow.imports.faults import Fault
from workflow.world import Office, World

ALREADY_HERE = "already_here"
"""Kind of the fault that only the database can find."""
SEXES = {"男": "male", "女": "female"}
OWN_COLUMNS = frozenset(
    {"学校标识码", "姓名", "性别", "出生日期", "身份证件类型", "身份证件号", "民族", "国籍/地区", "班级", "班内学号"}
)
"""Columns of the template with a place of their own; the others are sealed together."""


@dataclass
class Intake:
    """What a run of rows became."""

    imported: int = 0
    disputed: int = 0
    groups: list[Group] = field(default_factory=list)


def already_here(session: Session, school: Office, rows: Sequence[CheckedRow]) -> list[Fault]:
    """Return a blocking fault for every row whose number the school's own records hold already.

    Only the school's own records are told of; what other schools hold is never said (contract 4).
    """
    by_index = {_index(row): row for row in rows if row.state != "block" and row.id_number}
    query = (
        select(Student.id_number_index)
        .join(Enrolment, Enrolment.student_id == Student.id)
        .where(Enrolment.school_id == school.id, Enrolment.ended_on.is_(None))
        .where(Student.id_number_index.in_(list(by_index)))
    )
    return [_taken(by_index[index]) for index in session.scalars(query) if index]


def take_in(
    session: Session, world: World, school: Office, rows: Iterable[CheckedRow], batch_id: int, now: dt.datetime
) -> Intake:
    """Store clean and warned rows of one chunk; the caller commits. Raises KeyError for a class that is not there."""
    rooms = _rooms(session, school)
    result = Intake()
    accepted = [row for row in rows if row.state != "block"]
    if not accepted:
        return result
    students = [_student(row, batch_id, now) for row in accepted]
    holders = _holders(session, [student.id_number_index for student in students if student.id_number_index])
    for student in students:
        student.disputed = bool(student.id_number_index and holders.get(student.id_number_index))
    session.add_all(students)
    session.flush()
    for row, student in zip(accepted, students, strict=True):
        session.add(_enrolment(row, student, school, rooms))
        session.add_all(_guardian(member, student) for member in row.members())
    session.flush()
    result.imported = len(students)
    result.disputed = sum(student.disputed for student in students)
    result.groups = [*_exact_groups(students, holders), *_same_person_groups(session, students)]
    findings.record(session, world, result.groups, now)
    return result


def _index(row: CheckedRow) -> bytes:
    return Student.id_number.index_of(row.id_number or "")


def _taken(row: CheckedRow) -> Fault:
    place = INDEX["身份证件号"]
    cell = f"{letters_of(place)}{row.raw.number}"
    message = "本校已有这个身份证件号的学生，不再重复导入；如系另一人，请核对号码。"
    return Fault(row.raw.number, cell, "身份证件号", ALREADY_HERE, "block", message)


def _student(row: CheckedRow, batch_id: int, now: dt.datetime) -> Student:
    values = row.values
    student = Student(
        name=values["姓名"],
        name_key=fold_name(values["姓名"]),
        sex=SEXES[values["性别"]],
        birth_date=row.birth_date,
        nationality=values.get("国籍/地区", ""),
        ethnicity=values.get("民族", ""),
        id_type=row.id_type,
        version=1,
        status="01",
        import_batch_id=batch_id,
        sheet_row=row.raw.number,
        created_at=now,
    )
    if row.id_number:
        student.id_number = row.id_number
    student.details = {
        name: value for name, value in values.items() if name not in OWN_COLUMNS and not name.startswith("成员")
    }
    return student


def _enrolment(row: CheckedRow, student: Student, school: Office, rooms: dict[str, int]) -> Enrolment:
    return Enrolment(
        student_id=student.id,
        school_id=school.id,
        class_id=rooms[row.class_no],
        seat_no=row.values.get("班内学号", "")[:10],
        started_on=row.entered_on,
    )


def _guardian(member: Member, student: Student) -> Guardian:
    guardian = Guardian(
        student_id=student.id,
        position=member.position,
        name=member.name,
        relation=member.relation,
        is_guardian=member.is_guardian,
        id_type=member.id_type,
    )
    if member.id_number:
        guardian.id_number = member.id_number
    guardian.details = {
        "关系说明": member.relation_note,
        "现住址": member.address,
        "户口所在地": member.domicile,
        "联系电话": member.phone,
        "民族": member.nation,
        "工作单位": member.employer,
        "职务": member.job,
    }
    return guardian


def _rooms(session: Session, school: Office) -> dict[str, int]:
    rooms = session.scalars(select(SchoolClass).where(SchoolClass.school_id == school.id))
    return {room.no: room.id for room in rooms}


def _holders(session: Session, indexes: list[bytes]) -> dict[bytes, list[int]]:
    """Return the records that hold these numbers already, by blind index."""
    found: dict[bytes, list[int]] = {}
    rows = session.execute(select(Student.id_number_index, Student.id).where(Student.id_number_index.in_(indexes)))
    for index, number in rows:
        if index:
            found.setdefault(index, []).append(number)
    return found


def _exact_groups(students: list[Student], holders: dict[bytes, list[int]]) -> list[Group]:
    return [
        Group(findings.EXACT, student.id_number_index, (*holders[student.id_number_index], student.id))
        for student in students
        if student.disputed and student.id_number_index
    ]


def _same_person_groups(session: Session, students: list[Student]) -> list[Group]:
    """Pupils without a number who share name, sex and birth date with another one without a number."""
    keys = {(s.name_key, s.sex, s.birth_date) for s in students if s.id_number_index is None}
    if not keys:
        return []
    columns: Any = tuple_(Student.name_key, Student.sex, Student.birth_date)
    rows = session.execute(
        select(Student.name_key, Student.sex, Student.birth_date, Student.id).where(
            columns.in_(sorted(keys)), Student.id_number_index.is_(None)
        )
    )
    groups: dict[tuple[str, str, dt.date], list[int]] = {}
    for name_key, sex, birth_date, number in rows:
        groups.setdefault((name_key, sex, birth_date), []).append(number)
    return [
        Group(findings.SAME_PERSON, same_person_key(*key), tuple(sorted(numbers)))
        for key, numbers in groups.items()
        if len(numbers) > 1
    ]
