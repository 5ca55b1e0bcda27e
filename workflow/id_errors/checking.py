"""Checking the numbers that are stored already: one pass over all records in portions, resumed where it stopped."""

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models.id_errors import IdFault, NumberCheck
from models.students import Student
from workflow import key_data
from workflow.id_errors.lists import CHECKSUM

CHUNK = 1000


def running(session: Session) -> NumberCheck | None:
    """Return the pass that has not come to its end."""
    return session.scalars(select(NumberCheck).where(NumberCheck.state == "running").limit(1)).one_or_none()


def start(session: Session, now: dt.datetime) -> NumberCheck:
    """Return the running pass, or begin one. The caller commits."""
    check = running(session)
    if check is None:
        total = session.scalar(select(func.count()).select_from(Student).where(Student.retired_at.is_(None))) or 0
        check = NumberCheck(state="running", position=0, done=0, found=0, total=total, started_at=now, touched_at=now)
        session.add(check)
        session.flush()
    return check


def advance(session: Session, now: dt.datetime, today: dt.date, *, demo: bool, chunk: int = CHUNK) -> bool:
    """Check the next records of the running pass; False when there is none left. The caller commits."""
    check = session.scalars(
        select(NumberCheck).where(NumberCheck.state == "running").limit(1).with_for_update()
    ).one_or_none()
    if check is None:
        return False
    query = select(Student).where(Student.id > check.position, Student.retired_at.is_(None))
    students = list(session.scalars(query.order_by(Student.id).limit(chunk)))
    check.found += note(session, students, now, today, demo=demo)
    check.done, check.touched_at = check.done + len(students), now
    if students:
        check.position = students[-1].id
    else:
        check.state, check.finished_at = "done", now
    session.flush()
    return bool(students)


def note(session: Session, students: Iterable[Student], now: dt.datetime, today: dt.date, *, demo: bool) -> int:
    """Write down which of these records have a wrong number and which have none any more; returns how many have."""
    codes = {student.id: key_data.codes_of(student, today, demo=demo) for student in students}
    faulty = {number: found for number, found in codes.items() if found}
    query = select(IdFault).where(IdFault.student_id.in_(codes), IdFault.kind == CHECKSUM)
    known = {fault.student_id: fault for fault in session.scalars(query)}
    for number, found in faulty.items():
        fault = known.pop(number, None)
        if fault is None:
            session.add(IdFault(student_id=number, kind=CHECKSUM, details=found, state="open", found_at=now))
        elif fault.state != "open":
            reopen(fault, now, found)
        elif fault.details != found:
            fault.details = found
    for fault in known.values():
        if fault.state == "open":
            fault.state, fault.closed_at = "closed", now
    session.flush()
    return len(faulty)


def reopen(fault: IdFault, now: dt.datetime, details: list[str]) -> None:
    """Let a fault that was dealt with be dealt with anew."""
    fault.state, fault.found_at, fault.closed_at, fault.case_id, fault.details = "open", now, None, None, details


def open_faults(session: Session, student_id: int) -> list[IdFault]:
    """Return what is wrong with a record now."""
    query = select(IdFault).where(IdFault.student_id == student_id, IdFault.state == "open")
    return list(session.scalars(query.order_by(IdFault.id)))


def close_faults(session: Session, student_id: int, now: dt.datetime, kinds: Iterable[str]) -> None:
    """Say that faults of these kinds are no more."""
    mine = (IdFault.student_id == student_id) & IdFault.kind.in_(list(kinds)) & (IdFault.state == "open")
    session.execute(update(IdFault).where(mine).values(state="closed", closed_at=now))
