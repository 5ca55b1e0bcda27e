"""Correcting the key data of a pupil (domain 4.7): what may stand there, its history, and the check afterwards."""

import contextlib
import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import crypto
from models.base import new_public_id
from models.findings import Finding
from models.key_data import KeyChange
from models.sealed import data_key_of
from models.students import Student
from models.text import canonical
from workflow import findings
from workflow.duplicates import exact, fresh
from workflow.errors import Reason, Unmet
from workflow.identity import date_of
from workflow.identity_key import fold_name
from workflow.imports.cells import SchoolFacts, Setting, judge_text
from workflow.imports.codes import PUPIL_DOCUMENT, SEX
from workflow.imports.columns import BY_NAME
from workflow.imports.documents import OTHER, judge_document
from workflow.imports.faults import Judged
from workflow.settings import is_demo
from workflow.world import World

FIELDS = {
    "name": "姓名",
    "sex": "性别",
    "birth_date": "出生日期",
    "id_type": "身份证件类型",
    "id_number": "身份证件号",
}
"""Key data by their names in API and forms, with the national column; class and grade are not corrected here."""
SEXES = {"male": "男", "female": "女"}
NO_DOCUMENT = "Z"
"""Code of 身份证件类型 其他: the only one under which a record may have no number."""
CITATION = "《中小学生学籍管理办法》关键数据变更：按户口簿或公安证明更正，更正后须再次核验"


@dataclass(frozen=True)
class KeyData:
    """The key data of one record, clean: `sex` male or female, `id_type` a code, `id_number` empty for none."""

    name: str
    sex: str
    birth_date: dt.date
    id_type: str
    id_number: str

    def plain(self) -> dict[str, str]:
        """Return the values as they are typed and kept."""
        values = (self.name, self.sex, self.birth_date.isoformat(), self.id_type, self.id_number)
        return dict(zip(FIELDS, values, strict=True))

    @classmethod
    def read(cls, plain: Mapping[str, str]) -> "KeyData":
        """Return the key data that `plain` describes."""
        born = dt.date.fromisoformat(plain["birth_date"])
        return cls(plain["name"], plain["sex"], born, plain["id_type"], plain["id_number"])


@dataclass(frozen=True)
class Judgement:
    """What typed values would make of a record: its key data afterwards, and one reason for every fault."""

    after: KeyData
    reasons: tuple[Reason, ...]


def of(student: Student) -> KeyData:
    """Return the key data as they stand in the record."""
    return KeyData(student.name, student.sex, student.birth_date, student.id_type, student.id_number or "")


def digest_of(student: Student) -> str:
    """Return what tells whether the key data changed meanwhile; the number enters by its blind index."""
    index = student.id_number_index.hex() if student.id_number_index else ""
    values = [student.name, student.sex, student.birth_date.isoformat(), student.id_type, index]
    return hashlib.sha256(canonical(values)).hexdigest()


def judge(student: Student, values: Mapping[str, Any], today: dt.date, *, demo: bool) -> Judgement:
    """Judge typed key data by the rules of the import, together with what stays in the record.

    `values` holds what is to change, by the names of FIELDS: sex is male or female (or 男, 女), a birth date is written
    as 2015-03-12, `id_type` is a code or label. What was not typed is judged only where it contradicts what was.
    """
    faults: list[Reason] = [_fault(name, "不能更正这一项") for name in values if name not in FIELDS]
    setting = _setting(today, demo)
    clean = {**of(student).plain(), **_cleaned(values, setting, faults)}
    faults += _number_faults(clean, set(values), setting)
    after = KeyData.read(clean)
    if not faults and after == of(student):
        faults.append(_fault("corrected", "更正内容与原记录相同"))
    return Judgement(after, tuple(faults))


def codes_of(student: Student, today: dt.date, *, demo: bool) -> list[str]:
    """Return codes of what is wrong with the number of a stored record (workflow.id_errors.lists.DETAILS)."""
    label = PUPIL_DOCUMENT.canonical(student.id_type)
    number = student.id_number
    if number is None:
        return [] if label == OTHER else ["id_missing"]
    document = judge_document(number, label, BY_NAME["身份证件号"], _setting(today, demo))
    if document.number is None:
        return [document.judged.kind if not isinstance(document.judged, str) else "id_format"]
    found = ["id_sex"] if document.sex and document.sex != SEXES[student.sex] else []
    return found + (["id_birth"] if document.birth and document.birth != student.birth_date else [])


def correct(
    session: Session,
    world: World,
    student: Student,
    values: Mapping[str, Any],
    *,
    by: int,
    now: dt.datetime,
    today: dt.date,
    case_id: int | None = None,
) -> KeyChange:
    """Write corrected key data into a record and look for duplicates of what it has become. The caller commits.

    The old values are kept, sealed under the pupil's key; the record number is never computed anew (domain 4.7). A
    number that another record has makes this one disputed and is a finding, not an error. Raises Unmet for values that
    may not stand there. `student` must be locked by the caller and belong to the session.
    """
    (change,) = correct_all(session, world, [(student, values)], by=by, now=now, today=today, case_id=case_id)
    session.add(change)
    fresh.ask_about_record(session, student, now)
    return change


def correct_all(
    session: Session,
    world: World,
    corrected: Iterable[tuple[Student, Mapping[str, Any]]],
    *,
    by: int,
    now: dt.datetime,
    today: dt.date,
    case_id: int | None = None,
    in_a_case: frozenset[bytes] = frozenset(),
) -> list[KeyChange]:
    """Correct several records at once, as `correct` does one; the number of statements does not grow with them.

    Returns the history, which the caller writes, as he has the records compared. `in_a_case` are numbers with whose
    findings a case deals.
    """
    pairs, changes = list(corrected), []
    if not pairs:
        return []
    demo = is_demo(session)
    judged = [judge(student, values, today, demo=demo) for student, values in pairs]
    if reasons := [reason for one in judged for reason in one.reasons]:
        raise Unmet(reasons)
    had = {student.id: student.id_number_index for student, _ in pairs}
    for (student, _), one in zip(pairs, judged, strict=True):
        before = of(student)
        changes.append(_history(student, before, one.after, by, now, case_id))
        _write(student, before, one.after)
    students = [student for student, _ in pairs]
    holders = _settle(session, students, had, in_a_case, now)
    groups = [
        findings.Group(findings.EXACT, index, tuple(one.id for one in holders[index]))
        for index in {student.id_number_index for student in students if student.id_number_index}
        if len(holders[index]) > 1
    ]
    groups += exact.by_person(session, {exact.person_of(one) for one in students if one.id_number_index is None})
    findings.record(session, world, groups, now)
    return changes


def history(session: Session, student: Student) -> list[KeyChange]:
    """Return the corrections of a record, the newest first."""
    query = select(KeyChange).where(KeyChange.student_id == student.id).order_by(KeyChange.id.desc())
    return list(session.scalars(query))


def opened(student: Student, change: KeyChange) -> tuple[dict[str, str], dict[str, str]]:
    """Return (old, new) values of a correction. KeyMissing once the pupil's key was destroyed."""
    key = data_key_of(student)
    old = crypto.open_sealed(key, change.old_sealed, _place(change, "old_sealed"))
    new = crypto.open_sealed(key, change.new_sealed, _place(change, "new_sealed"))
    return json.loads(old), json.loads(new)


def _setting(today: dt.date, demo: bool) -> Setting:
    return Setting(SchoolFacts("", {}), today, demo)


# ---- judging ---------------------------------------------------------------------------------------------------------


def _cleaned(values: Mapping[str, Any], setting: Setting, faults: list[Reason]) -> dict[str, str]:
    """Return the typed values in their clean form; what cannot be read is left out and becomes a fault."""
    found: dict[str, str] = {}
    for name in (name for name in FIELDS if name in values and name != "id_number"):
        value = values[name]
        judged: str | Reason = _READ[name](value, setting) if isinstance(value, str) else _fault(name, "应当是文字")
        if isinstance(judged, Reason):
            faults.append(judged)
        else:
            found[name] = judged
    if "id_number" in values:
        number = values["id_number"]
        if number is None or isinstance(number, str):
            found["id_number"] = (number or "").strip()
        else:
            faults.append(_fault("id_number", "应当是文字"))
    return found


def _number_faults(clean: dict[str, str], typed: set[str], setting: Setting) -> Iterator[Reason]:
    """Judge the number under its declared type and against sex and birth date; put its clean form into `clean`."""
    label = PUPIL_DOCUMENT.canonical(clean["id_type"])
    if not clean["id_number"]:
        if label != OTHER and typed & {"id_type", "id_number"}:
            yield _fault("id_number", f"身份证件类型是“{label}”时必须填写身份证件号；确无证件的请把类型改为“其他”")
        return
    document = judge_document(clean["id_number"], label, BY_NAME["身份证件号"], setting)
    if document.number is None:
        if typed & {"id_type", "id_number"}:
            yield _fault("id_number", _text_or_fault(document.judged)[1])
        return
    clean["id_number"] = document.number
    if document.sex and document.sex != SEXES.get(clean["sex"]) and typed & {"id_type", "id_number", "sex"}:
        yield _fault("sex", f"身份证件号的第 17 位表示{document.sex}，与性别不符，请按证件一并更正")
    if document.birth and document.birth.isoformat() != clean["birth_date"] and typed - {"name"}:
        yield _fault("birth_date", "身份证件号里的出生日期与所填的不符，请按证件一并更正")


def _name(value: str, setting: Setting) -> str | Reason:
    return _column("name", value, setting)


def _sex(value: str, setting: Setting) -> str | Reason:
    label = SEX.canonical(SEXES.get(value, value))
    return next((code for code, word in SEXES.items() if word == label), None) or _fault("sex", "性别应为男或女")


def _birth_date(value: str, setting: Setting) -> str | Reason:
    judged = _column("birth_date", value, setting)
    day = date_of(judged) if isinstance(judged, str) else None
    return day.isoformat() if day else judged


def _id_type(value: str, setting: Setting) -> str | Reason:
    judged = _column("id_type", value, setting)
    return PUPIL_DOCUMENT.code_of(judged) if isinstance(judged, str) else judged


_READ = {"name": _name, "sex": _sex, "birth_date": _birth_date, "id_type": _id_type}


def _column(name: str, value: str, setting: Setting) -> str | Reason:
    """Judge one value by the rule of its column of the national template."""
    if not value.strip():
        return _fault(name, f"请填写{FIELDS[name]}")
    text, fault = _text_or_fault(judge_text(value, BY_NAME[FIELDS[name]], setting))
    return text if text is not None else _fault(name, fault)


def _text_or_fault(judged: Judged) -> tuple[str | None, str]:
    """Return the clean text, or why there is none. What the import only remarks on is taken."""
    if isinstance(judged, str):
        return judged, ""
    return judged.clean if judged.severity == "warn" else None, judged.message.rstrip("。")


def _fault(name: str, message: str) -> Reason:
    field = name if name == "corrected" else f"corrected.{name}"
    return Reason("field", "block", message, CITATION, field=field)


# ---- writing ---------------------------------------------------------------------------------------------------------


def _history(
    student: Student, before: KeyData, after: KeyData, by: int, now: dt.datetime, case_id: int | None
) -> KeyChange:
    old, new = before.plain(), after.plain()
    changed = [name for name in FIELDS if old[name] != new[name]]
    change = KeyChange(
        public_id=new_public_id(), student_id=student.id, case_id=case_id, at=now, changed_by=by, fields=changed
    )
    key = data_key_of(student)
    for column, values in (("old_sealed", old), ("new_sealed", new)):
        content = canonical({name: values[name] for name in changed})
        setattr(change, column, crypto.seal(key, content, _place(change, column)))
    return change


def _place(change: KeyChange, column: str) -> str:
    return crypto.place("key_change", column, change.public_id)


def _write(student: Student, before: KeyData, after: KeyData) -> None:
    student.name, student.name_key = after.name, fold_name(after.name)
    student.sex, student.birth_date, student.id_type = after.sex, after.birth_date, after.id_type
    if after.id_number != before.id_number:
        student.disputed = True  # until it is known that nobody else has the number
        student.id_number = after.id_number or None
    if (after.name, after.id_number) != (before.name, before.id_number):
        student.id_verdict, student.id_verdict_on, student.id_verdict_source = "unknown", None, ""
    student.version += 1


def _settle(
    session: Session,
    students: list[Student],
    had: Mapping[int, bytes | None],
    in_a_case: frozenset[bytes],
    now: dt.datetime,
) -> dict[bytes, list[Student]]:
    """Let records claim their numbers if no living record has them, and whoever is left alone with an old one.

    Returns the living holders of all numbers that these records have or had.
    """
    session.flush()
    old = {index for student in students if (index := had[student.id]) and index != student.id_number_index}
    numbers = old | {student.id_number_index for student in students if student.id_number_index}
    holders = _holders(session, numbers) if numbers else {}
    moved = [one for one in students if one.id_number_index != had[one.id]]
    alone = [one for one in moved if one.id_number_index is None or len(holders[one.id_number_index]) == 1]
    undispute(session, [*alone, *(holders[index][0] for index in old if len(holders.get(index, ())) == 1)])
    overtaken = {one.id_number_index for one in alone if one.disputed and one.id_number_index}
    if overtaken:  # somebody else's record got the number in this very moment
        holders |= _holders(session, overtaken)
    _forget(session, [index for index in old - in_a_case if len(holders.get(index, ())) < 2], now)
    return holders


def undispute(session: Session, students: Iterable[Student]) -> None:
    """Let records claim their numbers, but for those with which an import has brought in another in the same moment."""
    claiming = [student for student in students if student.disputed]
    if not claiming:
        return
    try:
        _claim(session, claiming)
    except IntegrityError:
        for student in claiming:
            with contextlib.suppress(IntegrityError):
                _claim(session, [student])


def _claim(session: Session, students: list[Student]) -> None:
    with session.begin_nested():
        for student in students:
            student.disputed = False
        session.flush()


def _forget(session: Session, indexes: list[bytes], now: dt.datetime) -> None:
    """Close the findings of numbers that are not shared any more, unless a case deals with them."""
    if indexes:
        same = (Finding.kind == findings.EXACT) & Finding.key.in_(indexes)
        lonely = same & (Finding.state == "open") & Finding.case_id.is_(None)
        session.execute(update(Finding).where(lonely).values(state="closed", closed_at=now))


def _holders(session: Session, indexes: Iterable[bytes]) -> dict[bytes, list[Student]]:
    """Return the living records by the number they have, in the order of their numbers."""
    found: dict[bytes, list[Student]] = defaultdict(list)
    query = select(Student).where(Student.id_number_index.in_(set(indexes)), Student.retired_at.is_(None))
    for student in session.scalars(query.order_by(Student.id)):
        found[student.id_number_index or b""].append(student)
    return found
