"""One child, two records: what the surviving record takes over from the one that is retired, field by field."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, true
from sqlalchemy.orm import Session, aliased

from models.students import Enrolment, Guardian, StatusChange, Student
from workflow.identity_key import fold_name
from workflow.parts import parts
from workflow.problems.images import Watch
from workflow.problems.verdicts import Verdict

Row = tuple[str, int]
"""Table and number."""
PLAIN = ("sex", "birth_date", "ethnicity", "nationality")


@dataclass(frozen=True)
class Moved:
    """What a merge would bring over: family members the survivor does not have yet, and lines of history."""

    guardians: list[Guardian]
    changes: list[StatusChange]
    retired: list[Student]
    """Records that were merged into the one that goes: their numbers lead on to the survivor."""


class Belongings:
    """What hangs on the records of a ruling: where they are enrolled, and what moves with a merge.

    One statement whatever their number. `instead` are rows as a new ruling finds them (workflow.problems.standing).
    """

    def __init__(self, session: Session, numbers: Iterable[int], instead: Mapping[Row, Any] | None = None) -> None:
        self._guardians: dict[int, list[Guardian]] = defaultdict(list)
        self._changes: dict[int, list[StatusChange]] = defaultdict(list)
        self._retired: dict[int, list[Student]] = defaultdict(list)
        self.spells: dict[int, Enrolment] = {}
        """The open spell of each record that has one."""
        wanted = sorted(set(numbers))
        found: dict[Row, Any] = {}
        for row in session.execute(_query(wanted)) if wanted else ():
            for record in (row.Enrolment, row.Guardian, row.StatusChange, row.retired):
                if record is not None:
                    found[record.__tablename__, record.id] = record
        for record in {**found, **(instead or {})}.values():
            self._take_in(record)
        for people in self._guardians.values():
            people.sort(key=lambda one: (one.position, one.id))

    def _take_in(self, record: Any) -> None:
        if isinstance(record, Enrolment):
            if record.ended_on is None:
                self.spells[record.student_id] = record
        elif isinstance(record, Guardian):
            self._guardians[record.student_id].append(record)
        elif isinstance(record, StatusChange):
            self._changes[record.student_id].append(record)
        elif record.merged_into_id is not None:
            self._retired[record.merged_into_id].append(record)

    def moved(self, gone: Student, survivor: Student) -> Moved:
        """Return what is joined: guardians who are not the same person already, and the record's history."""
        there = [(one.id_number_index, one.name, one.relation) for one in self._guardians[survivor.id]]
        fresh = [one for one in self._guardians[gone.id] if not any(_same_person(one, *known) for known in there)]
        return Moved(fresh, list(self._changes[gone.id]), list(self._retired[gone.id]))

    def hand_over(self, gone: Student, survivor: Student, moved: Moved) -> None:
        """Count what was joined as the survivor's: the next merge into it compares with it."""
        self._guardians[survivor.id] += moved.guardians
        self._guardians[gone.id] = [one for one in self._guardians[gone.id] if one not in moved.guardians]
        self._changes[survivor.id] += self._changes.pop(gone.id, [])
        self._retired[survivor.id] += self._retired.pop(gone.id, [])

    def next_place(self, survivor: Student) -> int:
        return max((one.position for one in self._guardians[survivor.id]), default=0) + 1


def _query(wanted: list[int]) -> Any:
    part, earlier = parts("spell", "guardian", "change", "retired"), aliased(Student, name="retired")
    open_spell = (Enrolment.student_id == Student.id) & Enrolment.ended_on.is_(None)
    return (
        select(Student.id, Enrolment, Guardian, StatusChange, earlier)
        .select_from(Student)
        .join(part, true())
        .outerjoin(Enrolment, (part.c.name == "spell") & open_spell)
        .outerjoin(Guardian, (part.c.name == "guardian") & (Guardian.student_id == Student.id))
        .outerjoin(StatusChange, (part.c.name == "change") & (StatusChange.student_id == Student.id))
        .outerjoin(earlier, (part.c.name == "retired") & (earlier.merged_into_id == Student.id))
        .where(Student.id.in_(wanted))
        .order_by(Student.id, Guardian.position, Guardian.id, StatusChange.id, earlier.id)
    )


def merge(belongings: Belongings, gone: Student, survivor: Student, verdict: Verdict, watch: Watch) -> None:
    """Join the file entries and family of `gone` to `survivor`, and take the chosen fields from it."""
    moved = belongings.moved(gone, survivor)
    watch.see([*moved.guardians, *moved.changes, *moved.retired])
    for place, guardian in enumerate(moved.guardians, belongings.next_place(survivor)):
        guardian.student_id, guardian.position = survivor.id, place
    for change in moved.changes:
        change.student_id = survivor.id
    for earlier in moved.retired:
        earlier.merged_into_id = survivor.id
    belongings.hand_over(gone, survivor, moved)
    for field, side in verdict.choices.items():
        if side == verdict.side:
            take(field, gone, survivor)
    survivor.version += 1


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
