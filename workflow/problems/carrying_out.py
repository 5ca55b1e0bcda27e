"""A ruling becomes true: every record of the group changes in one transaction, and what was before is kept."""

import datetime as dt
from itertools import combinations
from typing import cast

from sqlalchemy import Table, select, union
from sqlalchemy.orm import Session

from models.cases import Case
from models.findings import DistinctPair, Finding
from models.problems import Ruling
from models.students import Enrolment, StatusChange, Student
from workflow import key_data, ledger
from workflow import records as plain
from workflow.duplicates.fresh import TOPIC
from workflow.problems import merging
from workflow.problems.facts import records, sides_of
from workflow.problems.images import Watch
from workflow.problems.standing import before
from workflow.problems.verdicts import Verdict, of_ruling
from workflow.step import Intent, Step

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
    belongings = merging.Belongings(step.session, [student.id for student in students.values()])
    watch.see(belongings.spells.values())
    step.take(*belongings.spells.values())
    for one in verdicts:
        _apply(step, one, students, belongings, watch)
    _correct(step, verdicts, students)
    step.session.flush()
    _settle_number(step.session, students, verdicts)
    step.session.flush()
    step.rows += watch.rows(ruling.id)
    _remember_distinct(step, students, verdicts)
    _close_finding(step)


def both_lived(step: Step, verdicts: list[Verdict]) -> bool:
    """Tell whether a merge joins records that both have spells or decided cases of their own (contract 6).

    What an earlier ruling ended does not count, as it is taken back first. One statement, none without a merge.
    """
    number_of = {side.no: side.student_id for side in sides_of(step)}
    pairs = [(number_of[one.side], number_of[one.into]) for one in verdicts if one.verdict == "merge" and one.into]
    if not pairs:
        return False
    wanted = {number for pair in pairs for number in pair if number}
    ended = select(Enrolment.student_id).where(Enrolment.student_id.in_(wanted), Enrolment.ended_on.is_not(None))
    ended = ended.where(Enrolment.id.not_in(before(step).reopened))
    decided = select(Case.student_id).where(Case.student_id.in_(wanted), Case.closed_at.is_not(None))
    lived = set(step.session.scalars(union(ended, decided)))
    return any(lived >= set(pair) for pair in pairs)


def _apply(
    step: Step, one: Verdict, students: dict[int, Student], belongings: merging.Belongings, watch: Watch
) -> None:
    student = students[one.side]
    spell = belongings.spells.get(student.id)
    if one.verdict == "remove_number":
        student.id_number, student.id_type, student.disputed = None, NO_DOCUMENT, False
        student.version += 1
    elif one.verdict == "close":
        retire(student, spell, step.now, step.today, why="deleted")
    elif one.verdict == "merge" and one.into:
        merging.merge(belongings, student, students[one.into], one, watch)
        retire(student, spell, step.now, spell.started_on if spell else step.today, why="merged")
        student.merged_into_id = students[one.into].id
    if one.verdict in CODES:
        _note_change(step, student, one, spell)


def _correct(step: Step, verdicts: list[Verdict], students: dict[int, Student]) -> None:
    """Write what was corrected, after everything that was joined: a stated value stands above a chosen one."""
    corrected = [(students[one.side], one.corrected) for one in verdicts if one.verdict == "correct"]
    if not corrected:
        return
    shared = frozenset(student.id_number_index for student in students.values() if student.id_number_index)
    changes = key_data.correct_all(
        step.session, step.world, corrected, by=step.actor.id, now=step.now, today=step.today, case_id=step.case.id,
        in_a_case=shared,
    )  # fmt: skip
    step.rows += [ledger.added(change) for change in changes]
    step.intents += [Intent(TOPIC, TOPIC, str(one.id), {"student": one.id}) for one, _ in corrected]


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
    key_data.undispute(
        session,
        [
            student
            for student in going_on
            if all(number == student.id or index != student.id_number_index for number, index in holders)
        ],
    )


def _remember_distinct(step: Step, students: dict[int, Student], verdicts: list[Verdict]) -> None:
    """Remember every pair of records that are different children; one that was known is decided anew."""
    numbers = sorted(students[one.side].id for one in verdicts if one.verdict == "distinct")
    if not numbers:
        return
    query = select(DistinctPair).where(DistinctPair.student_low_id.in_(numbers))
    known = {
        (pair.student_low_id, pair.student_high_id): pair
        for pair in step.session.scalars(query.where(DistinctPair.student_high_id.in_(numbers)))
    }
    for low, high in combinations(numbers, 2):
        pair = known.get((low, high)) or DistinctPair(student_low_id=low, student_high_id=high)
        pair.case_id, pair.revoked_at = step.case.id, None
        pair.decided_by, pair.decided_at = step.actor.id, step.now
        step.session.add(pair)


def _close_finding(step: Step) -> None:
    if step.subject.finding_id is None:
        return
    finding = plain.made(Finding, {"id": step.subject.finding_id, "state": "open", "closed_at": None})
    finding.state, finding.closed_at = "closed", step.now
    step.taken.append(finding)
