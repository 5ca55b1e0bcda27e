"""Record numbers (学籍号) as the national system issued them: read from a list, put on the records they belong to.

We never invent one. A line names a pupil by name and ID number; both must fit the record exactly. A pupil without ID
number is named by name and birth date, and only where one record fits.
"""

import datetime as dt
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.students import Student
from workflow import flat_files
from workflow.identity import date_of, fold_width, read_record_number
from workflow.identity_key import fold_name

HEADINGS = ("姓名", "身份证件号", "学籍号")
BIRTH = "出生日期"
"""A further column, needed for pupils without ID number."""
_CHUNK = 500

FAULTS = {
    "empty": "姓名、身份证件号、学籍号都须填写；没有身份证件号的须有出生日期",
    "shape": "学籍号应为 G、L 或 J 加 18 位数字（末位可为 X），共 19 位",
    "impossible_date": "学籍号中的出生日期不存在",
    "check_digit": "学籍号的校验位不对",
    "not_found": "没有找到这个身份证件号",
    "other_name": "身份证件号已找到，但姓名不符",
    "taken": "这个学籍号已属于另一名学生",
    "several": "有多名没有身份证件号的学生姓名和出生日期相同，请在学籍中核对",
}


@dataclass(frozen=True)
class Line:
    """One line of the list; `row` counts from 1, the heading included."""

    row: int
    name: str
    id_number: str
    record_no: str
    birth: str = ""


@dataclass
class Entered:
    """What became of a list. `faults` holds (row, name, code of FAULTS); numbers never stand in a report."""

    entered: int = 0
    same: int = 0
    faults: list[tuple[int, str, str]] = field(default_factory=list)


def read(content: bytes) -> list[Line]:
    """Return the lines of an Excel or CSV file. Raises Unacceptable with one sentence."""
    rows = flat_files.read(content, HEADINGS, (BIRTH,))
    return [Line(row.number, *(row.cells[name] for name in (*HEADINGS, BIRTH))) for row in rows]


def enter(session: Session, lines: list[Line]) -> Entered:
    """Put the numbers on the records. A number that is there already is counted; another one is replaced."""
    result = Entered()
    for start in range(0, len(lines), _CHUNK):
        good = [line for line in lines[start : start + _CHUNK] if not _fault_of(line, result)]
        named = {Student.id_number.index_of(one.id_number) for one in good if one.id_number}
        found = _by_index(session, "id_number_index", named)
        nameless = _without_number(session, [one for one in good if not one.id_number])
        holders = _by_index(session, "record_no_index", {Student.record_no.index_of(one.record_no) for one in good})
        for line in good:
            _enter_line(line, found if line.id_number else nameless, holders, result)
        session.flush()
    return result


def _enter_line(
    line: Line, found: dict[bytes, list[Student]], holders: dict[bytes, list[Student]], result: Entered
) -> None:
    records = found.get(_key_of(line), [])
    if not line.id_number and len(records) > 1:
        result.faults.append((line.row, line.name, "several"))
        return
    mine = [record for record in records if record.name_key == fold_name(line.name)]
    if not mine:
        result.faults.append((line.row, line.name, "other_name" if records else "not_found"))
        return
    index = Student.record_no.index_of(line.record_no)
    if any(holder not in mine for holder in holders.get(index, ())):
        result.faults.append((line.row, line.name, "taken"))
        return
    fresh = [record for record in mine if record.record_no_index != index]
    for record in fresh:
        record.record_no = line.record_no
        record.version += 1
    holders[index] = mine
    result.entered += bool(fresh)
    result.same += not fresh


def _fault_of(line: Line, result: Entered) -> bool:
    known = line.id_number or _birth_of(line)
    fault = None if line.name and known and line.record_no else "empty"
    fault = fault or read_record_number(line.record_no).fault
    if fault:
        result.faults.append((line.row, line.name, fault))
    return fault is not None


def _by_index(session: Session, column: str, indexes: set[bytes]) -> dict[bytes, list[Student]]:
    found: dict[bytes, list[Student]] = {}
    for student in session.scalars(select(Student).where(getattr(Student, column).in_(indexes))):
        found.setdefault(getattr(student, column), []).append(student)
    return found


def _without_number(session: Session, lines: list[Line]) -> dict[bytes, list[Student]]:
    """Return the living records without ID number that lines name by name and birth date."""
    keys = {_key_of(line) for line in lines}
    names = {fold_name(line.name) for line in lines}
    query = select(Student).where(Student.name_key.in_(names), Student.id_number_index.is_(None))
    found: dict[bytes, list[Student]] = {}
    for student in session.scalars(query.where(Student.retired_at.is_(None))) if names else ():
        key = _name_and_birth(student.name_key, student.birth_date)
        if key in keys:
            found.setdefault(key, []).append(student)
    return found


def _key_of(line: Line) -> bytes:
    if line.id_number:
        return Student.id_number.index_of(line.id_number)
    day = _birth_of(line)
    return _name_and_birth(fold_name(line.name), day) if day else b""


def _name_and_birth(name_key: str, born: dt.date) -> bytes:
    return f"{name_key}|{born.isoformat()}".encode()


def _birth_of(line: Line) -> dt.date | None:
    digits = "".join(char for char in fold_width(line.birth) if char.isdigit())
    return date_of(digits) if len(digits) == 8 else None
