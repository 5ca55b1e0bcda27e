"""A ruling becomes true: every record of the group changes in one transaction, and what was before is kept."""

import datetime as dt
from collections.abc import Iterable
from typing import cast

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from models.cases import Case
from models.findings import DistinctPair, Finding
from models.problems import ProblemSide, Ruling
from models.students import Enrolment, StatusChange, Student
from workflow import key_data
from workflow import records as plain
from workflow.problems import merging
from workflow.problems.facts import records
from workflow.problems.images import Watch
from workflow.problems.verdicts import Verdict, of_ruling
from workflow.step import Step

CHANGE = cast(Table, StatusChange.__table__)
NO_DOCUMENT = "Z"
GONE = "99"
"""学生当前状态 and end code of a record that is retired (其他, domain 5.2)."""
CODES = {"correct": "99", "remove_number": "99", "merge": "99", "close": "18"}
"""学籍异动类别 of what a ruling does to a record (domain 5.2): 18 取消学籍, 99 其他."""


def carry_out(step: Step, ruling: Ruling) -> None:
    """Change every record as the ruling says, keep the images, and end the finding. A fixed number of statements."""
    students = records(step)
    verdicts = of_ruling(ruling.verdicts, ruling.words)
    watch = Watch()
    watch.see(students.values())
    spells = _open_spells(step.session, students.values())
    watch.see(spells.values())
    for one in sorted(verdicts, key=lambda one: one.verdict in ("keep", "distinct")):
        _apply(step, one, students, spells, watch)
    step.session.flush()
    _settle_number(step.session, students, verdicts)
    step.session.flush()
    step.rows += watch.rows(ruling.id)
    _remember_distinct(step, ruling, students, verdicts)
    _close_finding(step)


def both_lived(session: Session, sides: Iterable[ProblemSide], verdicts: list[Verdict]) -> bool:
    """Tell whether a merge joins records that both have spells or decided cases of their own (contract 6)."""
    by_no = {side.no: side for side in sides}
    for one in verdicts:
        if one.verdict == "merge" and one.into:
            pair = [by_no[one.side].student_id, by_no[one.into].student_id]
            if all(_has_lived(session, number) for number in pair if number):
                return True
    return False


def _has_lived(session: Session, student_id: int) -> bool:
    ended = select(func.count()).where(Enrolment.student_id == student_id, Enrolment.ended_on.is_not(None))
    decided = select(func.count()).where(Case.student_id == student_id, Case.closed_at.is_not(None))
    past, cases = session.execute(select(ended.scalar_subquery(), decided.scalar_subquery())).one()
    return bool(past or cases)


def _open_spells(session: Session, students: Iterable[Student]) -> dict[int, Enrolment]:
    numbers = [student.id for student in students]
    query = select(Enrolment).where(Enrolment.student_id.in_(numbers), Enrolment.ended_on.is_(None))
    return {spell.student_id: spell for spell in session.scalars(query)}


def _apply(step: Step, one: Verdict, students: dict[int, Student], spells: dict[int, Enrolment], watch: Watch) -> None:
    student = students[one.side]
    spell = spells.get(student.id)
    if one.verdict == "correct":
        by, now, today = step.actor.id, step.now, step.today
        key_data.correct(
            step.session, step.world, student, one.corrected, by=by, now=now, today=today, case_id=step.case.id
        )
    elif one.verdict == "remove_number":
        student.id_number, student.id_type, student.disputed = None, NO_DOCUMENT, False
        student.version += 1
    elif one.verdict == "close":
        retire(student, spell, step.now, step.today, why="deleted")
    elif one.verdict == "merge" and one.into:
        merging.merge(step.session, student, students[one.into], one, watch)
        retire(student, spell, step.now, spell.started_on if spell else step.today, why="merged")
        student.merged_into_id = students[one.into].id
    if one.verdict in CODES:
        _note_change(step, student, one, spell)


def retire(student: Student, spell: Enrolment | None, now: dt.datetime, on: dt.date, *, why: str) -> None:
    """End a record: it stays to be read and claims no number any more. A merged one was void from its start."""
    student.retired_at, student.retired_why = now, why
    student.status, student.disputed = GONE, True
    student.version += 1
    if spell is not None:
        spell.ended_on, spell.end_code = max(on, spell.started_on), GONE


def _note_change(step: Step, student: Student, one: Verdict, spell: Enrolment | None) -> None:
    school = step.world.name(spell.school_id) if spell else ""
    line = {
        "student_id": student.id,
        "code": CODES[one.verdict],
        "reason": "问题学籍裁定",
        "on_date": step.today,
        "case_id": step.case.id,
        "document_no": step.case.no,
        "facts": {"verdict": one.verdict, "from": school, "to": ""},
    }
    step.rows.append((CHANGE, line))


def _settle_number(session: Session, students: dict[int, Student], verdicts: list[Verdict]) -> None:
    """Whoever goes on with a number holds it undisputed, unless another living record claims it too."""
    going_on = [students[one.side] for one in verdicts if one.goes_on and students[one.side].disputed]
    numbers = {student.id_number_index for student in going_on if student.id_number_index}
    if not numbers:
        return
    query = select(Student.id, Student.id_number_index).where(
        Student.id_number_index.in_(numbers), Student.retired_at.is_(None)
    )
    holders = [(row.id, row.id_number_index) for row in session.execute(query)]
    for student in going_on:
        if all(number == student.id or index != student.id_number_index for number, index in holders):
            student.disputed = False


def _remember_distinct(step: Step, ruling: Ruling, students: dict[int, Student], verdicts: list[Verdict]) -> None:
    numbers = sorted(students[one.side].id for one in verdicts if one.verdict == "distinct")
    for place, low in enumerate(numbers):
        for high in numbers[place + 1 :]:
            pair = step.session.get(DistinctPair, (low, high)) or DistinctPair(
                student_low_id=low, student_high_id=high, decided_by=step.actor.id, decided_at=step.now
            )
            pair.case_id, pair.revoked_at = step.case.id, None
            pair.decided_by, pair.decided_at = step.actor.id, step.now
            step.session.add(pair)


def _close_finding(step: Step) -> None:
    if step.subject.finding_id is None:
        return
    finding = plain.made(Finding, {"id": step.subject.finding_id, "state": "open", "closed_at": None})
    finding.state, finding.closed_at = "closed", step.now
    step.taken.append(finding)
