"""Looking up pupils inside the offices one is responsible for, and reading one record with its history."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, select, union_all
from sqlalchemy.orm import Session

from models import crypto
from models.access import AccessEntry
from models.organisations import Organisation, SchoolClass
from models.students import Enrolment, Guardian, Student
from workflow.errors import NotFound
from workflow.identity_key import fold_name
from workflow.step import Actor
from workflow.world import World

READERS = ("school_clerk", "school_leader", "check_operator", "dept_clerk", "dept_leader", "arbitrator")
"""Roles that read records of their organisation and of everything below it; a class teacher reads the own class."""
NUMBER_LENGTH = 8
"""What is at least this long and has digits is taken for a number, not for a name."""


@dataclass(frozen=True)
class Hit:
    """A pupil with the place where he is enrolled now."""

    student: Student
    school_id: int
    room: SchoolClass
    cursor: tuple[str, int]


@dataclass(frozen=True)
class Record:
    """One pupil's record for display: every spell, and whether the viewer's school only keeps a copy."""

    student: Student
    spells: list[tuple[Enrolment, SchoolClass]]
    former: bool


def search(
    session: Session, actor: Actor, world: World, text: str, after: tuple[str, int] | None = None, limit: int = 25
) -> list[Hit]:
    """Return pupils by part of the name, or by the exact 学籍号 or ID number, ordered by name. One statement."""
    query = (
        select(Student, Enrolment.school_id, SchoolClass)
        .join(Enrolment, (Enrolment.student_id == Student.id) & Enrolment.ended_on.is_(None))
        .join(SchoolClass, SchoolClass.id == Enrolment.class_id)
        .join(Organisation, Organisation.id == Enrolment.school_id)
        .where(_within(actor, world))
    )
    if len(text) >= NUMBER_LENGTH and any(char.isdigit() for char in text):
        query = query.where(Student.id.in_(numbered(text)))
    elif text:
        query = query.where(Student.name_key.contains(fold_name(text), autoescape=True))
    if after:
        query = query.where((Student.name_key > after[0]) | ((Student.name_key == after[0]) & (Student.id > after[1])))
    rows = session.execute(query.order_by(Student.name_key, Student.id).limit(limit))
    return [Hit(row[0], row[1], row[2], (row[0].name_key, row[0].id)) for row in rows]


def read(session: Session, actor: Actor, world: World, public_id: str) -> Record:
    """Return the record if the pupil is, or was, enrolled where the actor may look. Raises NotFound. Two statements."""
    student = session.scalars(select(Student).where(Student.public_id == public_id)).one_or_none()
    if student is None:
        raise NotFound
    rows = session.execute(
        select(Enrolment, SchoolClass)
        .join(SchoolClass, SchoolClass.id == Enrolment.class_id)
        .where(Enrolment.student_id == student.id)
        .order_by(Enrolment.started_on.desc(), Enrolment.id.desc())
    )
    spells = [(row[0], row[1]) for row in rows]
    seen = [spell for spell, room in spells if _covers(actor, world, spell, room)]
    if not seen:
        raise NotFound
    return Record(student, spells, former=all(spell.ended_on is not None for spell in seen))


def kept_copy(record: Record, actor: Actor) -> dict[str, Any]:
    """Return the record as it was when the pupil left the actor's school; empty when no copy was kept."""
    for spell, _ in record.spells:
        if spell.school_id in actor.org_ids and spell.copy_sealed and record.student.data_key:
            place = crypto.place("enrolment", "copy_sealed", record.student.public_id)
            opened: dict[str, Any] = json.loads(
                crypto.open_sealed(crypto.unwrap(record.student.data_key), spell.copy_sealed, place)
            )
            return opened
    return {}


def guardians(session: Session, student: Student) -> list[Guardian]:
    """Return the family members of the record in their order."""
    query = select(Guardian).where(Guardian.student_id == student.id).order_by(Guardian.position)
    return list(session.scalars(query))


def note_look(session: Session, actor: Actor, student: Student, what: str, purpose: str, now: dt.datetime) -> None:
    """Write down that somebody looked at a record, and why. The caller commits."""
    note_looks(session, actor, [student.id], what, purpose, now)


def note_looks(
    session: Session, actor: Actor, numbers: Iterable[int], what: str, purpose: str, now: dt.datetime
) -> None:
    """Write down that somebody looked at several records at once, a line for each. The caller commits."""
    for number in numbers:
        session.add(AccessEntry(at=now, person_id=actor.id, what=what, student_id=number, purpose=purpose[:200]))


def numbered(text: str) -> CompoundSelect[Any]:
    """Select the numbers of records with this 学籍号 or ID number; a retired one leads to the record that survives."""
    having = (Student.record_no.matches(text), Student.id_number.matches(text))
    own = [select(Student.id).where(condition) for condition in having]
    heir = select(Student.merged_into_id).where(Student.merged_into_id.is_not(None))
    return union_all(*own, *(heir.where(condition) for condition in having))


def _within(actor: Actor, world: World) -> ColumnElement[bool]:
    """Return the condition that keeps a query inside the actor's offices and classes."""
    conditions: list[ColumnElement[bool]] = [
        Organisation.path.startswith(_path(world, desk.org_id)) | (Organisation.competent_dept_id == desk.org_id)
        for desk in actor.desks
        if desk.role in READERS
    ]
    conditions += [Enrolment.class_id == desk.class_id for desk in actor.desks if desk.role == "class_teacher"]
    if not conditions:
        raise NotFound
    whole = conditions[0]
    for condition in conditions[1:]:
        whole = whole | condition
    return whole


def _path(world: World, number: int) -> str:
    return "/" + "".join(f"{part}/" for part in world.office(number).path)


def _covers(actor: Actor, world: World, spell: Enrolment, room: SchoolClass) -> bool:
    above = {office.id for office in world.upwards(world.office(spell.school_id))}
    return any(
        desk.org_id in above if desk.role in READERS else desk.role == "class_teacher" and desk.class_id == room.id
        for desk in actor.desks
    )
