"""Record numbers (学籍号) as the national system issued them: read from a list, put on the records they belong to.

We never invent one. A line names a pupil by name and ID number; both must fit the record exactly.
"""

import csv
import io
import json
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.students import Student
from workflow import confined
from workflow.errors import Unacceptable
from workflow.identity import read_record_number
from workflow.identity_key import fold_name

HEADINGS = ("姓名", "身份证件号", "学籍号")
MOST_LINES, MOST_BYTES = 20_000, 20 * 1024 * 1024
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_CHILD = "workflow.imports.plain_child"
_CHUNK = 500

FAULTS = {
    "empty": "姓名、身份证件号、学籍号都须填写",
    "shape": "学籍号应为 G、L 或 J 加 18 位数字（末位可为 X），共 19 位",
    "impossible_date": "学籍号中的出生日期不存在",
    "check_digit": "学籍号的校验位不对",
    "not_found": "没有找到这个身份证件号",
    "other_name": "身份证件号已找到，但姓名不符",
    "taken": "这个学籍号已属于另一名学生",
}


@dataclass(frozen=True)
class Line:
    """One line of the list; `row` counts from 1, the heading included."""

    row: int
    name: str
    id_number: str
    record_no: str


@dataclass
class Entered:
    """What became of a list. `faults` holds (row, name, code of FAULTS); numbers never stand in a report."""

    entered: int = 0
    same: int = 0
    faults: list[tuple[int, str, str]] = field(default_factory=list)


def read(content: bytes) -> list[Line]:
    """Return the lines of an Excel or CSV file. Raises Unacceptable with one sentence."""
    if len(content) > MOST_BYTES:
        raise Unacceptable("file", "文件不能超过 20 MB", "file_size", MOST_BYTES)
    rows = _sheet(content) if content.startswith((_ZIP, _OLD_EXCEL)) else _csv(content)
    if len(rows) > MOST_LINES + 1:
        raise Unacceptable("file", f"一次最多 {MOST_LINES} 行，请分开导入", "rows", MOST_LINES)
    head = next((n for n, row in enumerate(rows) if set(HEADINGS) <= {_heading(cell) for cell in row}), None)
    if head is None:
        raise Unacceptable("file", f"没有找到表头，应有这三列：{'、'.join(HEADINGS)}")
    places = [[_heading(cell) for cell in rows[head]].index(name) for name in HEADINGS]
    return [
        Line(number + 1, *(row[place].strip() if place < len(row) else "" for place in places))
        for number, row in enumerate(rows)
        if number > head and any(cell.strip() for cell in row)
    ]


def enter(session: Session, lines: list[Line]) -> Entered:
    """Put the numbers on the records. A number that is there already is counted; another one is replaced."""
    result = Entered()
    for start in range(0, len(lines), _CHUNK):
        good = [line for line in lines[start : start + _CHUNK] if not _fault_of(line, result)]
        found = _by_index(session, "id_number_index", {Student.id_number.index_of(one.id_number) for one in good})
        holders = _by_index(session, "record_no_index", {Student.record_no.index_of(one.record_no) for one in good})
        for line in good:
            _enter_line(line, found, holders, result)
        session.flush()
    return result


def _enter_line(
    line: Line, found: dict[bytes, list[Student]], holders: dict[bytes, list[Student]], result: Entered
) -> None:
    records = found.get(Student.id_number.index_of(line.id_number), [])
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
    fault = None if line.name and line.id_number and line.record_no else "empty"
    fault = fault or read_record_number(line.record_no).fault
    if fault:
        result.faults.append((line.row, line.name, fault))
    return fault is not None


def _by_index(session: Session, column: str, indexes: set[bytes]) -> dict[bytes, list[Student]]:
    found: dict[bytes, list[Student]] = {}
    for student in session.scalars(select(Student).where(getattr(Student, column).in_(indexes))):
        found.setdefault(getattr(student, column), []).append(student)
    return found


def _heading(cell: str) -> str:
    return cell.strip().strip("★*＊ ")


def _csv(content: bytes) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            return list(csv.reader(io.StringIO(text, newline="")))
        except csv.Error:
            break
    raise Unacceptable("file", "文件不是 Excel 工作簿，也不是 UTF-8 或 GB 18030 编码的 CSV")


def _sheet(content: bytes) -> list[list[str]]:
    try:
        told = confined.ask(_CHILD, {"most": MOST_LINES + 1}, content, confined.Means())
    except confined.Perished:
        raise Unacceptable("file", "这个工作簿过大或过于复杂，不能读取") from None
    if not told.startswith(b"+"):
        raise Unacceptable("file", "这不是可以读取的 Excel 工作簿")
    rows: list[list[str]] = json.loads(told[1:])
    return rows
