"""One pupil entered by hand: checked, sealed, stored and looked for as a row of the template is (domain 5.1)."""

import datetime as dt
import hashlib
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import ALPHABET
from models.students import Student
from workflow import students
from workflow.duplicates import fresh
from workflow.errors import NotAllowed, Reason, Unmet
from workflow.imports.batches import wait_for_turn
from workflow.imports.cells import SchoolFacts
from workflow.imports.checking import CheckedRow, check_row
from workflow.imports.columns import BY_NAME, COLUMNS
from workflow.imports.intake import already_here, rooms_of, sealed, store
from workflow.imports.reading import Layout, RawRow
from workflow.step import Actor
from workflow.world import Office

CLERK_ONLY = "学生信息由本校学籍管理员录入"
HERE = "本校已有这个身份证件号的学生；如系另一人，请核对号码"
PATIENCE = 5
"""Seconds to wait for a file that is being imported; longer ones are told to try again."""
_NO_SHEET = Layout("", 0, [""] * len(COLUMNS))


def check(values: Mapping[str, str], facts: SchoolFacts, today: dt.date, *, demo: bool) -> CheckedRow:
    """Judge what was typed, by the columns' names; the school's own code is filled in.

    Raises Unmet for a name that is no column.
    """
    strange = [name for name in values if name not in BY_NAME]
    if strange:
        raise Unmet([Reason("field", "block", "没有这一栏", field=name) for name in strange])
    typed = {**values, "学校标识码": facts.code}
    cells = tuple(typed.get(column.name, "").strip() or None for column in COLUMNS)
    return check_row(RawRow(0, False, cells, {}), _NO_SHEET, facts, today, demo)


def enter(session: Session, actor: Actor, school: Office, row: CheckedRow, key: str, now: dt.datetime) -> str:
    """Store a row without blocking faults as a record of the school; returns its public id. The caller commits.

    What shares its number or looks like it is found soon after by a worker, so that not even the time of the answer
    tells of other schools (T3). The same key leads the same person to the record that it made. Raises NotAllowed for
    anybody but a clerk of the school, and Unmet for a number that the school's own records hold.
    """
    if not actor.holds("school_clerk", school.id):
        raise NotAllowed("enter_student", CLERK_ONLY)
    wait_for_turn(session, PATIENCE)
    public_id = _public_id(actor.id, key)
    if session.scalar(select(Student.id).where(Student.public_id == public_id)) is not None:
        return public_id
    ready = sealed(row, now, public_id)
    if already_here(session, school, [ready]):
        raise Unmet([Reason("field", "block", HERE, field="身份证件号")])
    (number,), _ = store(session, school, [ready], rooms_of(session, school), None)
    students.note_looks(session, actor, [number], "enter", "", now)
    fresh.ask_about_entry(session, number, public_id, now)
    return public_id


def _public_id(person_id: int, key: str) -> str:
    """Return 26 characters that nobody can guess who does not know the key."""
    digest = hashlib.sha256(f"{person_id}:{key}".encode()).digest()
    return "".join(ALPHABET[byte & 31] for byte in digest[:26])
