"""One child, two records: what the surviving record takes over from the one that is retired, field by field."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.students import Guardian, StatusChange, Student
from workflow.identity_key import fold_name
from workflow.problems.images import Watch
from workflow.problems.verdicts import Verdict

PLAIN = ("sex", "birth_date", "ethnicity", "nationality")


@dataclass(frozen=True)
class Moved:
    """What a merge would bring over: family members the survivor does not have yet, and lines of history."""

    guardians: list[Guardian]
    changes: list[StatusChange]
    retired: list[Student]
    """Records that were merged into the one that goes: their numbers lead on to the survivor."""


def merge(session: Session, gone: Student, survivor: Student, verdict: Verdict, watch: Watch) -> None:
    """Join the file entries and family of `gone` to `survivor`, and take the chosen fields from it."""
    moved = what_moves(session, gone, survivor)
    watch.see([*moved.guardians, *moved.changes, *moved.retired])
    place = max((one.position for one in survivor.guardians), default=0)
    for number, guardian in enumerate(moved.guardians, place + 1):
        guardian.student_id, guardian.position = survivor.id, number
    for change in moved.changes:
        change.student_id = survivor.id
    for earlier in moved.retired:
        earlier.merged_into_id = survivor.id
    for field, side in verdict.choices.items():
        if side == verdict.side:
            take(field, gone, survivor)
    survivor.version += 1


def what_moves(session: Session, gone: Student, survivor: Student) -> Moved:
    """Return what is joined: guardians who are not the same person already, and the record's history."""
    people = list(session.scalars(select(Guardian).where(Guardian.student_id == gone.id).order_by(Guardian.position)))
    there = [(one.id_number_index, one.name, one.relation) for one in survivor.guardians]
    fresh = [one for one in people if not any(_same_person(one, *known) for known in there)]
    changes = session.scalars(select(StatusChange).where(StatusChange.student_id == gone.id).order_by(StatusChange.id))
    retired = session.scalars(select(Student).where(Student.merged_into_id == gone.id).order_by(Student.id))
    return Moved(fresh, list(changes), list(retired))


def take(field: str, gone: Student, survivor: Student) -> None:
    """Give the survivor the other record's value of one field."""
    if field == "name":
        survivor.name, survivor.name_key = gone.name, fold_name(gone.name)
    elif field in PLAIN:
        setattr(survivor, field, getattr(gone, field))
    elif field == "id_number":
        survivor.id_type, survivor.id_number = gone.id_type, gone.id_number
        survivor.disputed = True  # until the record that goes has let the number go
    elif field == "record_no":
        survivor.record_no = gone.record_no
    elif field == "details":
        survivor.details = _joined(survivor.details, gone.details)


def _joined(own: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The other record's columns win where they say something."""
    return {**own, **{name: value for name, value in other.items() if value not in (None, "")}}


def _same_person(one: Guardian, index: bytes | None, name: str, relation: str) -> bool:
    if one.id_number_index and index:
        return one.id_number_index == index
    return (one.name, one.relation) == (name, relation)
