"""Districts in the format of the shared one: where the given one lies, a small one of our own, and loading either."""

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models import crypto
from models.imports import ImportBatch
from models.organisations import Organisation
from models.people import Person, Post
from models.session import transact
from models.students import Student
from tests.make_workbook import TODAY, pupil, resident_id, workbook
from workflow import organisations, processes
from workflow.calendar_files import shipped_rows, store
from workflow.imports.whole_file import import_file
from workflow.world import touch, world_of

ROOT = Path(__file__).resolve().parents[1]
GIVEN = Path(os.environ.get("XUEJIBAN_DISTRICT", ROOT.parent / "shared" / "data" / "district"))


def given_or_own(folder: Path) -> Path:
    """Return the district that is given; where none is, make one in `folder`. A wrong XUEJIBAN_DISTRICT is an error."""
    if (GIVEN / "transfers.json").exists():
        return GIVEN
    assert "XUEJIBAN_DISTRICT" not in os.environ, f"XUEJIBAN_DISTRICT names {GIVEN}, which is no district"
    return make(folder)


def load(engine: Engine, folder: Path) -> dt.date:
    """Load offices, one clerk a school, and every pupil of the files; returns the day of the import."""
    crypto.use(crypto.KeyRing.create())
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    today = dt.date.fromisoformat(expected["as_of"])
    entries = organisations.read(json.loads((folder / "organisations.json").read_text("utf-8")), demo=True)
    transact(engine, lambda session: _found(session, entries, at(today)))
    with Session(engine) as session:
        schools = {org.code: org.id for org in session.scalars(select(Organisation)) if org.level == "school"}
        world = world_of(session)
        clerks = {code: clerk_of(session, number).id for code, number in schools.items()}
    for path in sorted((folder / "imports").glob("*.xlsx")):
        code = path.name[:10]
        import_file(engine, path, world.office(schools[code]), clerks[code], at(today), demo=True)
    transact(engine, _number)
    return today


def at(day: dt.date) -> dt.datetime:
    """Nine in the morning of a day in Shanghai."""
    return dt.datetime.combine(day, dt.time(1), dt.UTC)


def clerk_of(session: Session, school: int) -> Person:
    query = select(Person).join(Post).where(Post.org_id == school, Post.role == "school_clerk")
    return session.scalars(query).one()


def pupil_of(session: Session, record: str) -> Student | None:
    """Return the pupil who came from `school code#row`."""
    code, _, row = record.partition("#")
    query = select(Student).join(ImportBatch, ImportBatch.id == Student.import_batch_id)
    query = query.join(Organisation, Organisation.id == ImportBatch.school_id)
    return session.scalars(query.where(Organisation.code == code, Student.sheet_row == int(row))).one_or_none()


def _found(session: Session, entries: list[organisations.OfficeEntry], now: dt.datetime) -> None:
    organisations.load(session, entries)
    store(session, "CN", shipped_rows())
    touch(session, "calendar")
    processes.publish(session, now)
    for org in session.scalars(select(Organisation).where(Organisation.level == "school")):
        clerk = Person(username=f"{org.code}-clerk", name=f"{org.name[:8]}学籍员", created_at=now)
        session.add(clerk)
        session.flush()
        session.add(Post(person_id=clerk.id, org_id=org.id, role="school_clerk", valid_from=dt.date(2020, 1, 1)))


def _number(session: Session) -> None:
    """Give every pupil the record number that the national system would issue: G and the ID number."""
    for student in session.scalars(select(Student).where(Student.id_number_index.is_not(None))):
        student.record_no = f"G{student.id_number}"


# ---- a district of our own -------------------------------------------------------------------------------------------

SCHOOLS = [("2199000001", "990101"), ("2199000002", "990101"), ("2199000003", "990102"), ("3199000004", "999000")]


def make(folder: Path) -> Path:
    """Four schools in two counties and a division without counties, six pupils each, and every kind of request."""
    (folder / "imports").mkdir(parents=True)
    offices = [_office(*line) for line in OFFICES] + [_school(code, dept) for code, dept in SCHOOLS]
    for place, (code, _) in enumerate(SCHOOLS):
        rows = [pupil(10 * place + number, code, 身份证件号=_number_of(place, number)) for number in range(6)]
        (folder / "imports" / f"{code}_学校.xlsx").write_bytes(workbook(rows))
    _write(folder, "organisations", offices)
    _write(folder, "expected", {"as_of": TODAY, "id_duplicates": GROUPS})
    _write(folder, "transfers", _requests())
    return folder


OFFICES = [
    ("990000", "province", None),
    ("990100", "city", "990000"),
    ("990101", "county", "990100"),
    ("990102", "county", "990100"),
    ("999000", "city", "990000"),
]


def _office(code: str, level: str, parent: str | None) -> dict[str, Any]:
    return {"id": code, "name": f"试验{code}教育局", "level": level, "kind": level, "parent": parent}


def _school(code: str, dept: str) -> dict[str, Any]:
    classes = [
        {"no": "2021101", "name": "五年级1班", "grade": 5, "entry": "202109"},
        {"no": "2022101", "name": "四年级1班", "grade": 4, "entry": "202209"},
    ]
    place = {"parent": dept, "competent_dept": dept, "area": dept}
    return {"id": code, "name": f"试验{code}小学", "level": "school", "kind": "小学", "grades": [4, 5, 6],
            "demonstration": False, "classes": classes, **place}  # fmt: skip


SHARED = {(1, 0): 0, (3, 4): 2}
"""Pupils who have the number of the pupil in the same row of another school."""
GROUPS = [
    {"id": "D01", "kind": "other_child_one_county", "level": "county", "decider": "990101",
     "records": ["2199000001#2", "2199000002#2"], "children": [["2199000001#2"], ["2199000002#2"]]},
    {"id": "D02", "kind": "same_child_division", "level": "province", "decider": "990000",
     "records": ["2199000003#6", "3199000004#6"], "children": [["2199000003#6", "3199000004#6"]]},
]  # fmt: skip
"""What is found about them, as in the given district."""


def _number_of(school: int, number: int) -> str:
    school = SHARED.get((school, number), school)
    return resident_id(10 * school + number, sex="男" if number % 2 else "女")


def _requests() -> list[dict[str, Any]]:
    departments = dict(SCHOOLS)
    levels = {code: level for code, level, _ in OFFICES}

    def stop(org: str, role: str) -> dict[str, str]:
        return {"org": org, "level": levels.get(org, "school"), "role": role}

    def route(source: str, target: str) -> list[dict[str, str]]:
        into, out_of = departments[target], departments[source]
        schools = [stop(target, "receiving_school"), stop(source, "releasing_school")]
        if into == out_of:
            return [*schools, stop(into, "common_department")]
        return [schools[0], stop(into, "receiving_department"), schools[1], stop(out_of, "releasing_department")]

    def request(number: int, row: int, source: int, target: int, **changes: Any) -> dict[str, Any]:
        (from_code, _), (to_code, _) = SCHOOLS[source], SCHOOLS[target]
        guard = changes.pop("guard", None)
        expect = {"refused": True, "guard": guard, "or": []} if guard else {
            "refused": False, "warnings": changes.pop("warnings", []), "route": route(from_code, to_code)}
        child = pupil(10 * source + row, from_code)
        return {"id": f"T{number:02}", "submit_on": "2025-09-08", "record": f"{from_code}#{row + 2}",
                "name": child["姓名"], "record_no": f"G{_number_of(source, row)}", "from": from_code, "to": to_code,
                "to_class": "2021101", "target_grade": 5, "reason": "住址变更",
                "evidence": ["转学申请", "户口簿", "居住证明"], "setup": {}, "expect": expect, **changes}  # fmt: skip

    return [
        request(1, 1, 0, 1),
        request(2, 2, 0, 2),
        request(3, 3, 0, 3),
        request(4, 1, 3, 0),
        request(5, 4, 0, 1, setup={"disciplinary_action": True}, warnings=["T3"]),
        request(6, 1, 0, 2, setup={"still_open": "T01"}, guard="C2"),
        request(7, 1, 0, 1, setup={"still_open": "T01"}, guard="C4"),
        request(8, 0, 0, 2, setup={"unresolved": "D01"}, guard="C3"),
        request(9, 5, 0, 1, name="唐某某", guard="C1"),
        request(10, 5, 0, 1, evidence=[], guard="C5"),
        request(11, 5, 0, 1, target_grade=4, to_class="2022101", guard="T1"),
        request(12, 5, 0, 1, setup={"suspended": ["2025-03-03", "2026-03-02"]}, guard="T2"),
        request(13, 5, 0, 1, submit_on="2025-11-12", guard="T6"),
    ]


def _write(folder: Path, name: str, data: Any) -> None:
    (folder / f"{name}.json").write_text(json.dumps(data, ensure_ascii=False), "utf-8")
