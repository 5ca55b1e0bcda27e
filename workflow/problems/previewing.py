"""What exactly a ruling would change, record by record, before anybody sends it; nothing is written here."""

from dataclasses import dataclass, field
from typing import Any

from models.problems import ProblemSide
from models.students import Student
from workflow.problems import carrying_out, merging
from workflow.problems.facts import sides_of
from workflow.problems.standing import as_judged, before
from workflow.problems.verdicts import Verdict
from workflow.step import Step

SHOWN = ("name", "sex", "birth_date", "id_type", "id_number", "record_no", "ethnicity", "nationality")
"""Fields of a record that a ruling can change, in the order of the page; `details` are told apart by their names."""


@dataclass(frozen=True)
class Change:
    """A field before and after; for a number the plain text, to be masked by whoever shows it."""

    field: str
    before: str
    after: str
    typed: bool = False
    """The new value stands in the ruling itself; else it comes from another record."""


@dataclass
class Foreseen:
    """What becomes of one record."""

    side: ProblemSide
    student: Student
    verdict: Verdict
    changes: list[Change] = field(default_factory=list)
    guardians: list[str] = field(default_factory=list)
    """Family members that move to the surviving record, as name and relation."""
    history: int = 0
    """Lines of history that move."""
    receives: list[int] = field(default_factory=list)
    """Sides that are merged into this one."""


def foresee(step: Step, verdicts: list[Verdict]) -> list[Foreseen]:
    """Return what the verdicts make of every record that has one, in the order of the sides.

    A ruling that stands meanwhile is thought away: it is taken back first.
    """
    start, students = before(step), as_judged(step)
    after = {number: _values(student) for number, student in students.items()}
    by_side = {side.no: side for side in sides_of(step)}
    found = {
        one.side: Foreseen(by_side[one.side], students[one.side], one) for one in verdicts if one.side in students
    }
    belongings = merging.Belongings(step.session, [student.id for student in students.values()], start.rows)
    for one in sorted(verdicts, key=lambda one: one.verdict == "correct"):
        if one.side in found:
            _apply(belongings, one, students, after, found)
    for number, foreseen in found.items():
        had, typed = _values(students[number]), foreseen.verdict.corrected
        foreseen.changes = [
            Change(name, had.get(name, ""), value, name in typed)
            for name, value in after[number].items()
            if value != had.get(name, "")
        ]
    return [found[number] for number in sorted(found)]


def level_above_confirms(step: Step, verdicts: list[Verdict]) -> bool:
    """Tell whether the office above confirms, because both records of a merge have a life of their own."""
    return carrying_out.both_lived(step, verdicts)


def _apply(
    belongings: merging.Belongings,
    one: Verdict,
    students: dict[int, Student],
    after: dict[int, dict[str, str]],
    found: dict[int, Foreseen],
) -> None:
    if one.verdict == "correct":
        after[one.side] |= {name: str(value) for name, value in one.corrected.items()}
    elif one.verdict == "remove_number":
        after[one.side] |= {"id_number": "", "id_type": carrying_out.NO_DOCUMENT}
    elif one.verdict == "merge" and one.into in found:
        gone, survivor = students[one.side], students[one.into]
        moved = belongings.moved(gone, survivor)
        belongings.hand_over(gone, survivor, moved)
        found[one.side].guardians = [f"{person.name}（{person.relation}）" for person in moved.guardians]
        found[one.side].history = len(moved.changes)
        found[one.into].receives.append(one.side)
        for name, side in one.choices.items():
            if side == one.side:
                _take(name, gone, survivor, after[one.into])


def _take(name: str, gone: Student, survivor: Student, after: dict[str, str]) -> None:
    """Mirror merging.take on values that are only shown."""
    theirs = _values(gone)
    if name == "id_number":
        after |= {"id_number": theirs["id_number"], "id_type": theirs["id_type"]}
    elif name == "details":
        for column, value in gone.details.items():
            if value not in (None, "") and value != survivor.details.get(column):
                after[column] = str(value)
    else:
        after[name] = theirs[name]


def _values(student: Student) -> dict[str, str]:
    return {name: _text(getattr(student, name)) for name in SHOWN} | {
        column: _text(value) for column, value in student.details.items()
    }


def _text(value: Any) -> str:
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)
