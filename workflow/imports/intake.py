"""Checked rows become pupils, guardians and enrolments; records that share a number are stored as disputed.

Rows are sealed before the transaction, so that it stays short; a chunk then costs the same few statements whatever it
finds.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import new_public_id
from models.many import draw_numbers, insert_many
from models.organisations import SchoolClass
from models.students import Enrolment, Guardian, Student
from workflow import findings
from workflow.duplicates import exact
from workflow.duplicates.scoring import Facts
from workflow.duplicates.within import Like
from workflow.findings import Group
from workflow.identity_key import fold_name
from workflow.imports.checking import DUPLICATE, CheckedRow, Member
from workflow.imports.columns import INDEX
from workflow.imports.faults import Fault
from workflow.imports.reading import Layout
from workflow.world import Office, World

ALREADY_HERE = "already_here"
"""Kind of the fault that only the database can find."""
SEXES = {"男": "male", "女": "female"}
OWN_COLUMNS = frozenset(
    {"学校标识码", "姓名", "性别", "出生日期", "身份证件类型", "身份证件号", "民族", "国籍/地区", "班级", "班内学号"}
)
"""Columns of the template with a place of their own; the others are sealed together."""
CHUNK = 1000


@dataclass(slots=True)
class Ready:
    """A row that may become a record. `student` and `guardians` are column values, sealed; empty in a dry run."""

    row: int
    warned: bool
    index: bytes | None
    class_no: str
    seat_no: str = ""
    started_on: dt.date | None = None
    student: dict[str, Any] = field(default_factory=dict)
    guardians: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Intake:
    """What a run of rows became. `mine` are the groups that concern this school alone."""

    imported: int = 0
    disputed: int = 0
    mine: list["OwnGroup"] = field(default_factory=list)
    numbers: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    """{blind index: (student, sheet row)} of what entered."""
    first: int = 0
    last: int = 0
    """The lowest and highest number of the records that entered; others may lie between them."""


@dataclass(frozen=True)
class OwnGroup:
    """A finding among the school's own records: rows of this file, and how many records were there before.

    `names` are those of the records, where they are known.
    """

    kind: str
    rows: tuple[int, ...]
    others: int
    reasons: tuple[dict[str, Any], ...]
    names: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As it is kept in the report."""
        told = {"kind": self.kind, "rows": list(self.rows), "others": self.others, "reasons": list(self.reasons)}
        return {**told, "names": list(self.names)}


def own_group(like: Like) -> OwnGroup:
    """Return what looks alike within a school as a finding that it is told."""
    names = (like.record.name,) if like.record else ()
    return OwnGroup(like.kind, like.rows, len(names), like.reasons, names)


def facts_of(row: CheckedRow) -> Facts:
    """Return what is compared of a row."""
    guardians = frozenset(Guardian.id_number.index_of(one.id_number) for one in row.members() if one.id_number)
    values = row.values
    return Facts(None, values["姓名"], SEXES[values["性别"]], row.birth_date, row.id_number, guardians=guardians)


def ready(row: CheckedRow) -> Ready:
    """Return what a dry run must know of a row that may become a record."""
    return Ready(row.raw.number, row.state == "warn", index_of(row), row.class_no)


def sealed(row: CheckedRow, now: dt.datetime, public_id: str | None = None) -> Ready:
    """Return a row with everything that will be stored, sealed to its public id; it may be inserted over and over."""
    result = ready(row)
    result.seat_no, result.started_on = row.values.get("班内学号", "")[:10], row.entered_on
    result.student = _columns(_student(row, now, public_id or new_public_id()))
    result.guardians = [_columns(_guardian(member)) for member in row.members()]
    return result


def index_of(row: CheckedRow) -> bytes | None:
    """Return the blind index of the pupil's number; None when there is none."""
    return Student.id_number.index_of(row.id_number) if row.id_number else None


def duplicate_of(row: CheckedRow) -> bytes | None:
    """Return the blind index of a number that an earlier row of the same file has already; else None."""
    twice = any(fault.kind == DUPLICATE for fault in row.faults)
    return index_of(row) if twice else None


def already_here(session: Session, school: Office, rows: Sequence[Ready]) -> list[int]:
    """Return the sheet rows whose number the school's own records hold already, in their order.

    Only the school's own records are told of; what other schools hold is never said (contract 4).
    """
    here: set[bytes | None] = set()
    for chunk in chunks([row.index for row in rows if row.index]):
        query = (
            select(Student.id_number_index)
            .join(Enrolment, Enrolment.student_id == Student.id)
            .where(Enrolment.school_id == school.id, Enrolment.ended_on.is_(None))
            .where(Student.id_number_index.in_(chunk))
        )
        here.update(session.scalars(query))
    return [row.row for row in rows if row.index in here]


def taken(row: int, layout: Layout) -> Fault:
    """Return the fault of a row whose number the school holds already; the cell is that of the file."""
    letters = layout.letters[INDEX["身份证件号"]]
    message = "本校已有这个身份证件号的学生，不再重复导入；如系另一人，请核对号码。"
    return Fault(row, f"{letters}{row}" if letters else None, "身份证件号", ALREADY_HERE, "block", message)


def take_in(
    session: Session,
    world: World,
    school: Office,
    rows: Sequence[Ready],
    batch_id: int,
    now: dt.datetime,
    twice: Sequence[tuple[int, bytes]] = (),
    before: Mapping[bytes, tuple[int, int]] | None = None,
) -> Intake:
    """Store the sealed rows of a batch.

    `twice` are the rows (with their index) that were blocked as second ones of the same file, `before` the numbers that
    entered with earlier portions of it. The caller holds the intake lock and commits. Raises KeyError for a class that
    is not there.
    """
    rooms = rooms_of(session, school)
    result = Intake()
    for chunk in chunks(rows):
        students, groups = store(session, school, chunk, rooms, batch_id)
        sheet_rows = {number: row.row for row, number in zip(chunk, students, strict=True)}
        result.numbers |= {r.index: (number, r.row) for r, number in zip(chunk, students, strict=True) if r.index}
        result.imported += len(chunk)
        result.first, result.last = min(students[0], result.first or students[0]), max(*students, result.last)
        _note(session, world, school, groups, now, result, sheet_rows)
        result.disputed += sum(group.kind == findings.EXACT for group in groups)
    firsts = {**(before or {}), **result.numbers}
    _note(session, world, school, _same_file_groups(twice, firsts, batch_id), now, result, dict(firsts.values()))
    return result


def chunks(rows: Sequence[Any], size: int = CHUNK) -> Iterable[Sequence[Any]]:
    """Cut a list into pieces of at most `size`."""
    return (rows[start : start + size] for start in range(0, len(rows), size))


def store(
    session: Session, school: Office, rows: Sequence[Ready], rooms: dict[str, int], batch_id: int | None
) -> tuple[list[int], list[Group]]:
    """Insert rows, of a batch or entered by hand; returns the students' ids in their order, and the groups."""
    holders = exact.holders(session, {row.index for row in rows if row.index})
    values, met = [], set(holders)
    for row in rows:
        disputed = row.index is not None and row.index in met
        values.append({**row.student, "disputed": disputed, "import_batch_id": batch_id})
        if row.index is not None:
            met.add(row.index)
    ids = draw_numbers(session, Student, len(rows))
    together = list(zip(rows, ids, strict=True))
    insert_many(session, Student, [{**columns, "id": number} for columns, number in zip(values, ids, strict=True)])
    insert_many(session, Enrolment, [_enrolment(row, number, school, rooms) for row, number in together])
    guardians = [{**guardian, "student_id": number} for row, number in together for guardian in row.guardians]
    insert_many(session, Guardian, guardians)
    without = [row.student for row in rows if row.index is None]
    people = {(student["name_key"], student["sex"], student["birth_date"]) for student in without}
    return ids, [*_exact_groups(together, holders), *exact.by_person(session, people)]


def _note(
    session: Session,
    world: World,
    school: Office,
    groups: list[Group],
    now: dt.datetime,
    result: Intake,
    sheet_rows: dict[int, int],
) -> None:
    """Record groups, and remember those that concern this school alone."""
    by_key = {(group.kind, group.key): group for group in groups}
    for finding in findings.record(session, world, groups, now).findings:
        group = by_key[finding.kind, finding.key]
        if finding.decider_id == school.id:
            here = [sheet_rows[number] for number in group.student_ids if number in sheet_rows]
            rows = sorted([*here, *(row for _, row in group.rows)])
            others = len(group.student_ids) - len(here)
            result.mine.append(OwnGroup(group.kind, tuple(rows), others, tuple(finding.reasons)))


def _columns(record: Student | Guardian) -> dict[str, Any]:
    """Return what was set on a new record, by column; the database's own defaults fill the rest."""
    given = vars(record)
    names = [column.key for column in type(record).__mapper__.column_attrs]
    values = {name: given[name] for name in names if name in given}
    for name in ("id_number_sealed", "id_number_index", "id_number_tail"):
        values.setdefault(name, None)  # rows with the same columns go in together
    return values


def _student(row: CheckedRow, now: dt.datetime, public_id: str) -> Student:
    values = row.values
    student = Student(
        public_id=public_id,
        name=values["姓名"],
        name_key=fold_name(values["姓名"]),
        sex=SEXES[values["性别"]],
        birth_date=row.birth_date,
        nationality=values.get("国籍/地区", ""),
        ethnicity=values.get("民族", ""),
        id_type=row.id_type,
        version=1,
        status="01",
        sheet_row=row.raw.number or None,
        created_at=now,
    )
    if row.id_number:
        student.id_number = row.id_number
    student.details = {
        name: value for name, value in values.items() if name not in OWN_COLUMNS and not name.startswith("成员")
    }
    return student


def _enrolment(row: Ready, student_id: int, school: Office, rooms: dict[str, int]) -> dict[str, Any]:
    return {
        "student_id": student_id,
        "school_id": school.id,
        "class_id": rooms[row.class_no],
        "seat_no": row.seat_no,
        "started_on": row.started_on,
    }


def _guardian(member: Member) -> Guardian:
    guardian = Guardian(
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


def rooms_of(session: Session, school: Office) -> dict[str, int]:
    """Return {class number: class} of a school."""
    rooms = session.scalars(select(SchoolClass).where(SchoolClass.school_id == school.id))
    return {room.no: room.id for room in rooms}


def _exact_groups(together: list[tuple[Ready, int]], holders: dict[bytes, list[int]]) -> list[Group]:
    records = {index: list(numbers) for index, numbers in holders.items()}
    fresh: set[bytes] = set()
    for row, number in together:
        if row.index is not None:
            records.setdefault(row.index, []).append(number)
            fresh.add(row.index)
    return [Group(findings.EXACT, index, tuple(records[index])) for index in fresh if len(records[index]) > 1]


def _same_file_groups(
    twice: Sequence[tuple[int, bytes]], numbers: dict[bytes, tuple[int, int]], batch_id: int
) -> list[Group]:
    """The row that entered together with those that were blocked because they repeat its number."""
    rows: dict[bytes, list[tuple[int, int]]] = {}
    for row, index in twice:
        if index in numbers:
            rows.setdefault(index, []).append((batch_id, row))
    return [Group(findings.SAME_FILE, index, (numbers[index][0],), tuple(found)) for index, found in rows.items()]
