"""Verdicts of the population register, from a list: put on the records they belong to, and a fault for each bad one.

A line names a pupil by name and by ID number or record number; both must fit a record within the office's reach.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.id_errors import IdFault
from models.students import Enrolment, Student
from workflow import flat_files
from workflow.id_errors.checking import close_faults, reopen
from workflow.id_errors.lists import CHECKSUM, KINDS, VERDICTS
from workflow.identity_key import fold_name
from workflow.step import Actor
from workflow.world import World

NAME, ID_NUMBER, RECORD_NO, VERDICT = "姓名", "身份证件号", "学籍号", "结论"
FAULTS = {
    "empty": "姓名、结论以及身份证件号或学籍号都须填写",
    "verdict": "结论应为：" + "、".join(words[0] for words in VERDICTS.values()),
    "not_found": "没有找到这名学生",
    "other_name": "号码已找到，但姓名不符",
}
OUTSIDE = tuple(kind for kind in KINDS if kind != CHECKSUM)
WRITERS = ("dept_clerk", "dept_leader")
_CHUNK = 500
_BY_WORD = {word: code for code, words in VERDICTS.items() for word in (*words, code)}


@dataclass(frozen=True)
class Line:
    """One line of the list; `row` counts from 1, the heading included. One of the two numbers may be empty."""

    row: int
    name: str
    id_number: str
    record_no: str
    verdict: str


@dataclass
class Entered:
    """What became of a list. `faults` holds (row, name, code of FAULTS); numbers never stand in a report."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(VERDICTS, 0))
    faults: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def entered(self) -> int:
        return sum(self.counts.values())


def read(content: bytes) -> list[Line]:
    """Return the lines of an Excel or CSV file. Raises Unacceptable with one sentence."""
    rows = flat_files.read(content, (NAME, VERDICT), (ID_NUMBER, RECORD_NO))
    return [Line(row.number, *(row.cells[name] for name in (NAME, ID_NUMBER, RECORD_NO, VERDICT))) for row in rows]


def code_of(word: str) -> str | None:
    """Return the verdict that a word of a list stands for."""
    return _BY_WORD.get("".join(word.split()))


def reach(world: World, actor: Actor) -> set[int]:
    """Return the schools for whose pupils this person may enter verdicts; none for anybody but a department officer."""
    found: set[int] = set()
    for desk in actor.desks:
        if desk.role in WRITERS:
            found |= world.below(desk.org_id)
    return found


def enter(
    session: Session, lines: Iterable[Line], source: str, on: dt.date, now: dt.datetime, schools: set[int] | None = None
) -> Entered:
    """Put the verdicts on the records of these schools (None: all). The caller commits.

    `source` says where they come from, `on` when they were given. A record may be named by both numbers; the ID number
    goes before.
    """
    result, rows = Entered(), list(lines)
    for start in range(0, len(rows), _CHUNK):
        good = [line for line in rows[start : start + _CHUNK] if not _fault_of(line, result)]
        found = _records(session, good, schools)
        known = _known(session, [student.id for students in found.values() for student in students])
        for line in good:
            _enter_line(session, line, found, known, result, source, on, now)
        session.flush()
    return result


def _fault_of(line: Line, result: Entered) -> bool:
    fault = None if line.name and line.verdict and (line.id_number or line.record_no) else "empty"
    if fault is None and code_of(line.verdict) is None:
        fault = "verdict"
    if fault:
        result.faults.append((line.row, line.name, fault))
    return fault is not None


def _index_of(line: Line) -> bytes:
    return Student.id_number.index_of(line.id_number) if line.id_number else Student.record_no.index_of(line.record_no)


def _records(session: Session, lines: list[Line], schools: set[int] | None) -> dict[bytes, list[Student]]:
    """Return the living, enrolled records by the blind index that a line names them by."""
    numbers = {_index_of(line) for line in lines if line.id_number}
    record_numbers = {_index_of(line) for line in lines if not line.id_number}
    query = (
        select(Student)
        .join(Enrolment, (Enrolment.student_id == Student.id) & Enrolment.ended_on.is_(None))
        .where(Student.retired_at.is_(None))
        .where(Student.id_number_index.in_(numbers) | Student.record_no_index.in_(record_numbers))
    )
    if schools is not None:
        query = query.where(Enrolment.school_id.in_(schools))
    found: dict[bytes, list[Student]] = {}
    for student in session.scalars(query.order_by(Student.id)):
        for index in {student.id_number_index, student.record_no_index} & (numbers | record_numbers):
            found.setdefault(index or b"", []).append(student)
    return found


def _known(session: Session, students: list[int]) -> dict[tuple[int, str], IdFault]:
    query = select(IdFault).where(IdFault.student_id.in_(students), IdFault.kind.in_(OUTSIDE))
    return {(fault.student_id, fault.kind): fault for fault in session.scalars(query)}


def _enter_line(
    session: Session,
    line: Line,
    found: dict[bytes, list[Student]],
    known: dict[tuple[int, str], IdFault],
    result: Entered,
    source: str,
    on: dt.date,
    now: dt.datetime,
) -> None:
    records, verdict = found.get(_index_of(line), []), code_of(line.verdict) or ""
    mine = [student for student in records if student.name_key == fold_name(line.name)]
    if not mine:
        result.faults.append((line.row, line.name, "other_name" if records else "not_found"))
        return
    for student in mine:
        student.id_verdict, student.id_verdict_on, student.id_verdict_source = verdict, on, source[:100]
        close_faults(session, student.id, now, [kind for kind in OUTSIDE if kind != verdict])
        if verdict != "passed":
            _note(session, student, verdict, known, now)
    result.counts[verdict] += 1


def _note(
    session: Session, student: Student, kind: str, known: dict[tuple[int, str], IdFault], now: dt.datetime
) -> None:
    fault = known.get((student.id, kind))
    if fault is None:
        fault = IdFault(student_id=student.id, kind=kind, details=[], state="open", found_at=now)
        session.add(fault)
        known[student.id, kind] = fault
    elif fault.state != "open":
        reopen(fault, now, [])
