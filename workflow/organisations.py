"""Taking in a district's offices, schools and classes from organisations.json; doing it twice changes nothing.

A list; every entry has `id` (an office's area code, a school's 10-digit code), `name`, `level`, `kind`, `parent`. A
school also has `competent_dept` (who supervises it; its parent if left out, never its area), `area`, `grades`,
`demonstration` and `classes` (`no`, `name`, `grade`, `entry`). Levels are optional: a division has no counties.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.organisations import Organisation, SchoolClass
from workflow.errors import Unacceptable
from workflow.identity import plausible_area, school_code_fault
from workflow.payload import bad_character
from workflow.world import touch

RANK = {"nation": 0, "province": 1, "city": 2, "county": 3, "school": 4}
NAME_LIMIT, SHORT_LIMIT, KIND_LIMIT, CLASS_NAME_LIMIT = 100, 20, 20, 40


@dataclass(frozen=True)
class ClassEntry:
    """One class of a school as the file names it."""

    no: str
    name: str
    grade: int
    entry: str
    capacity: int | None = None


@dataclass(frozen=True)
class OfficeEntry:
    """One entry of the file, checked by itself. `parent` and `competent_dept` are codes."""

    code: str
    name: str
    level: str
    kind: str
    parent: str | None
    competent_dept: str | None
    area: str
    grades: tuple[int, ...]
    demonstration: bool
    phone: str
    classes: tuple[ClassEntry, ...] = ()

    @property
    def is_school(self) -> bool:
        return self.level == "school"


@dataclass
class Taken:
    """What a file changed."""

    offices_added: int = 0
    offices_changed: int = 0
    classes_added: int = 0
    classes_changed: int = 0
    same: int = 0
    codes: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        return bool(self.offices_added + self.offices_changed + self.classes_added + self.classes_changed)


def read(data: Any, *, demo: bool) -> list[OfficeEntry]:
    """Return the entries of a file, parents first. Raises Unacceptable with the entry and what is wrong with it."""
    if not isinstance(data, list) or not data:
        raise Unacceptable("file", "文件应当是机构列表，至少有一个机构")
    entries = [_office(item, place, demo) for place, item in enumerate(data, 1)]
    twice = [code for code, times in Counter(entry.code for entry in entries).items() if times > 1]
    if twice:
        raise Unacceptable(twice[0], f"机构 {twice[0]} 在文件中出现了多次")
    return sorted(entries, key=lambda entry: RANK[entry.level])


def load(session: Session, entries: list[OfficeEntry]) -> Taken:
    """Create what is new and update what differs, in entries that `read` returned. The caller commits."""
    known = {row.code: row for row in session.scalars(select(Organisation))}
    taken = Taken()
    for entry in entries:
        _store_office(session, known, entry, taken)
        taken.codes.append(entry.code)
    refresh_paths(list(known.values()))
    session.flush()
    for entry in entries:
        if entry.classes:
            _store_classes(session, known[entry.code], entry, taken)
    session.flush()
    if taken.changed:
        touch(session, "organisation")
    return taken


def by_code(session: Session, code: str) -> Organisation:
    """Return the organisation with this code. Raises Unacceptable."""
    row = session.scalars(select(Organisation).where(Organisation.code == code)).first()
    if row is None:
        raise Unacceptable("org", f"没有代码为 {code} 的单位")
    return row


def refresh_paths(rows: list[Organisation]) -> None:
    """Write every organisation's path from the root down, from the parents as they are now."""
    by_id = {row.id: row for row in rows}
    for row in rows:
        chain = [row]
        while chain[-1].parent_id is not None:
            if len(chain) > len(rows):
                raise Unacceptable(row.code, f"{row.name}的上级机构形成了循环")
            chain.append(by_id[chain[-1].parent_id])
        path = "/" + "".join(f"{one.id}/" for one in reversed(chain))
        if row.path != path:
            row.path = path


# ---- one entry of the file -----------------------------------------------------------------------------------------


def _office(item: Any, place: int, demo: bool) -> OfficeEntry:
    if not isinstance(item, dict):
        raise Unacceptable(str(place), f"第 {place} 项不是机构")
    code = _text(item, "id", 20, place)
    where = f"第 {place} 项（{code}）"
    level = item.get("level")
    if level not in RANK:
        raise Unacceptable(code, f"{where}的 level 应为 province、city、county 或 school")
    _check_code(code, level, where, demo)
    parent = _optional(item, "parent", code)
    if level == "school" and parent is None:
        raise Unacceptable(code, f"{where}是学校，须写明 parent（上级机构）")
    return OfficeEntry(
        code=code,
        name=_text(item, "name", NAME_LIMIT, place),
        level=level,
        kind=_text(item, "kind", KIND_LIMIT, place) if item.get("kind") else "",
        parent=parent,
        competent_dept=(_optional(item, "competent_dept", code) or parent) if level == "school" else None,
        area=_optional(item, "area", code) or ("" if level == "school" else code),
        grades=_grades(item.get("grades", []), where, code),
        demonstration=item.get("demonstration") is True,
        phone=_text(item, "phone", 40, place) if item.get("phone") else "",
        classes=tuple(_class(one, where, code) for one in item.get("classes") or []),
    )


def _check_code(code: str, level: str, where: str, demo: bool) -> None:
    if level == "school":
        if school_code_fault(code, demo):
            raise Unacceptable(code, f"{where}的学校标识码不对：应为 10 位数字，第 3、4 位为省级代码")
    elif not (code.isascii() and code.isdigit() and len(code) in (6, 9, 12)) or not plausible_area(code, demo):
        raise Unacceptable(code, f"{where}的行政区划代码不对：应为 6、9 或 12 位数字，前两位为省级代码")


def _text(item: dict[str, Any], name: str, limit: int, place: int) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > limit or bad_character(value):
        raise Unacceptable(str(place), f"第 {place} 项的 {name} 应为 1 至 {limit} 个字")
    return value.strip()


def _optional(item: dict[str, Any], name: str, code: str) -> str | None:
    value = item.get(name)
    if value is not None and not (isinstance(value, str) and 0 < len(value) <= 20):
        raise Unacceptable(code, f"{code} 的 {name} 应为机构代码")
    return value


def _grades(value: Any, where: str, code: str) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(type(grade) is int and 1 <= grade <= 12 for grade in value):
        raise Unacceptable(code, f"{where}的 grades 应为 1 到 12 的年级列表")
    return tuple(sorted(set(value)))


def _class(item: Any, where: str, code: str) -> ClassEntry:
    wrong = Unacceptable(code, f"{where}的班级应有 no（7 位班号）、name、grade（1 到 12）和 entry（入学年月，6 位）")
    if not isinstance(item, dict):
        raise wrong
    no, name, grade, entry = (item.get(key) for key in ("no", "name", "grade", "entry"))
    capacity = item.get("capacity")
    if not (isinstance(no, str) and isinstance(name, str) and isinstance(entry, str) and type(grade) is int):
        raise wrong
    digits = no.isdigit() and len(no) == 7 and entry.isdigit() and len(entry) == 6
    if not digits or not 1 <= grade <= 12 or not 0 < len(name) <= CLASS_NAME_LIMIT or bad_character(name):
        raise wrong
    return ClassEntry(no, name, grade, entry, capacity if type(capacity) is int and capacity > 0 else None)


# ---- into the tables -----------------------------------------------------------------------------------------------


def _store_office(session: Session, known: dict[str, Organisation], entry: OfficeEntry, taken: Taken) -> None:
    parent = _found(known, entry.parent, entry)
    dept = _found(known, entry.competent_dept, entry)
    _check_place(entry, parent, dept)
    values = {
        "name": entry.name,
        "level": entry.level,
        "kind": entry.kind,
        "parent_id": parent.id if parent else None,
        "competent_dept_id": dept.id if dept else None,
        "area_code": entry.area,
        "grades": list(entry.grades),
        "demonstration": entry.demonstration,
    }
    if entry.phone:
        values["phone"] = entry.phone
    row = known.get(entry.code)
    if row is None:
        row = Organisation(code=entry.code, short_name=entry.name[:SHORT_LIMIT], path="", **values)
        session.add(row)
        session.flush()
        known[entry.code] = row
        taken.offices_added += 1
    elif _changed(row, values):
        taken.offices_changed += 1
    else:
        taken.same += 1


def _found(known: dict[str, Organisation], code: str | None, entry: OfficeEntry) -> Organisation | None:
    if code is None:
        return None
    if code not in known:
        raise Unacceptable(entry.code, f"{entry.name}（{entry.code}）的上级或主管机构 {code} 不存在")
    return known[code]


def _check_place(entry: OfficeEntry, parent: Organisation | None, dept: Organisation | None) -> None:
    if parent is not None and RANK[parent.level] >= RANK[entry.level]:
        raise Unacceptable(entry.code, f"{entry.name}（{entry.code}）不能隶属于{parent.name}：级别不高于它")
    if dept is not None and dept.level == "school":
        raise Unacceptable(entry.code, f"{entry.name}（{entry.code}）的主管机构{dept.name}是学校")


def _store_classes(session: Session, school: Organisation, entry: OfficeEntry, taken: Taken) -> None:
    rows = session.scalars(select(SchoolClass).where(SchoolClass.school_id == school.id))
    known = {row.no: row for row in rows}
    for one in entry.classes:
        values: dict[str, Any] = {"name": one.name, "grade": one.grade, "entry": one.entry}
        if one.capacity:
            values["capacity"] = one.capacity
        row = known.get(one.no)
        if row is None:
            known[one.no] = SchoolClass(school_id=school.id, no=one.no, **values)
            session.add(known[one.no])
            taken.classes_added += 1
        elif _changed(row, values):
            taken.classes_changed += 1
        else:
            taken.same += 1


def _changed(row: Any, values: dict[str, Any]) -> bool:
    different = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in different.items():
        setattr(row, name, value)
    return bool(different)


