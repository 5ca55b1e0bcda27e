"""The small province every test shares: who sits where, and a handful of fictional pupils.

岚川省 (prov)
  朗星市 (city1): 栖云区 (k1): a1, a2 (primary), a3 (senior) · 禾苑县 (k2): b1 (primary) · city-run senior c1
  霁川市 (city2): 柳渚县 (k3): d1 (primary)
  岚川垦区 (division, no counties): e1 (nine years)
"""

import atexit
import copy
import datetime as dt
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select, text
from sqlalchemy.orm import Session

from models import crypto
from models.base import Base
from models.organisations import Organisation, SchoolClass
from models.people import Person, Post
from models.students import Enrolment, Student
from tests import postgres
from workflow import processes
from workflow.calendar_files import shipped_rows, store
from workflow.identity import check_character
from workflow.identity_key import fold_name
from workflow.step import Actor, Desk
from workflow.world import touch

MONDAY = dt.datetime(2025, 9, 1, 1, 0, tzinfo=dt.UTC)
"""Monday 1 September 2025, nine in the morning in Shanghai: inside the transfer window, first term."""

OFFICES = [
    ("prov", "990000", "岚川省教育厅", "province", None),
    ("city1", "990100", "朗星市教育局", "city", "prov"),
    ("k1", "990101", "栖云区教育局", "county", "city1"),
    ("k2", "990102", "禾苑县教育局", "county", "city1"),
    ("city2", "990200", "霁川市教育局", "city", "prov"),
    ("k3", "990201", "柳渚县教育局", "county", "city2"),
    ("division", "999000", "岚川垦区教育局", "city", "prov"),
]
SCHOOLS = [
    ("a1", "2199000001", "栖云区青松小学", "k1", range(1, 7)),
    ("a2", "2199000002", "栖云区新苗小学", "k1", range(1, 7)),
    ("a3", "3499000003", "栖云区第一高级中学", "k1", range(10, 13)),
    ("b1", "2199000004", "禾苑县望岳小学", "k2", range(1, 7)),
    ("c1", "3499000005", "朗星市晨光高级中学", "city1", range(10, 13)),
    ("d1", "2199000006", "柳渚县弘文小学", "k3", range(1, 7)),
    ("e1", "3199000007", "岚川垦区育英学校", "division", range(1, 10)),
]
SURNAMES = "赵钱孙李周吴郑王冯陈"


@dataclass(frozen=True)
class Room:
    """A class of a school, as far as tests name it."""

    id: int
    no: str
    name: str
    grade: int


@dataclass
class Cast:
    """Numbers by short name: `org["a1"]`, `person["a1:school_clerk"]`, `pupil[name]`, and the class of each grade."""

    org: dict[str, int] = field(default_factory=dict)
    code: dict[str, str] = field(default_factory=dict)
    person: dict[str, int] = field(default_factory=dict)
    room: dict[tuple[str, int], Room] = field(default_factory=dict)
    record_no: dict[str, str] = field(default_factory=dict)
    pupil: dict[str, int] = field(default_factory=dict)

    def actor(self, session: Session, who: str) -> Actor:
        """Return a person of the cast ("a1:school_clerk") as an actor."""
        posts = session.scalars(select(Post).where(Post.person_id == self.person[who]))
        from_posts = tuple(Desk(post.org_id, post.role, post.class_id) for post in posts)
        return Actor(self.person[who], who, from_posts)


_ring = crypto.KeyRing.create()
_remembered: list[tuple[Table, list[dict[str, Any]]]] = []
_cast = Cast()


def build(session: Session) -> Cast:
    """Put the cast into a database: built once in each process, written back row by row into every other one.

    A database that `kept` or `postgres.Washable` made with the cast in it is left as it is.
    """
    crypto.use(_ring)
    if not _remembered:
        _create(session, _cast)
        _remembered.extend(_rows(session))
        session.commit()
        _keep(session)
    elif session.scalar(select(Student.id).limit(1)) is None:
        _write_back(session)
        _keep(session)
    session.rollback()
    return copy.deepcopy(_cast)


STATE = "cast"
"""Under this name a PostgreSQL database is kept with the cast in it."""
_files: list[Path] = []


def kept() -> Path | None:
    """Return an SQLite file with the cast in it, to be copied; None before the first one was built."""
    return _files[0] if _files else None


def _keep(session: Session) -> None:
    url = session.get_bind().engine.url
    washable = postgres.WASHABLE.get(url.database or "")
    if washable and STATE not in washable.kept:
        washable.keep(STATE)
    elif url.drivername.startswith("sqlite") and not _files and url.database:
        folder = Path(tempfile.mkdtemp(prefix="xuejiban-cast-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        with closing(sqlite3.connect(url.database)) as source, closing(sqlite3.connect(folder / "cast.db")) as target:
            source.backup(target)
        _files.append(folder / "cast.db")


def _rows(session: Session) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    for table in Base.metadata.sorted_tables:
        rows = [dict(row._mapping) for row in session.execute(table.select())]
        if rows:
            yield table, rows


def _write_back(session: Session) -> None:
    for table, _ in reversed(_remembered):
        session.execute(table.delete())
    for table, rows in _remembered:
        session.execute(table.insert(), rows)
        if "id" in table.c and session.get_bind().dialect.name == "postgresql":
            _count_past(session, table, max(row["id"] for row in rows))
    session.commit()


def _count_past(session: Session, table: Table, number: int) -> None:
    """Draw the numbers that were written by hand; the application's role may draw, but not set, a sequence."""
    drawn = "SELECT count(nextval(:sequence)) FROM generate_series(1, :number)"
    session.execute(text(drawn), {"sequence": f'"{table.name}_id_seq"', "number": number})


def _create(session: Session, cast: Cast) -> None:
    """Create offices, schools, one class a grade, one person for each role, and pupils in most schools."""
    for short, code, name, level, parent in OFFICES:
        _organisation(session, cast, short, code, name, level, parent)
    for short, code, name, dept, grades in SCHOOLS:
        _organisation(session, cast, short, code, name, "school", dept, list(grades))
        for grade in grades:
            _room(session, cast, short, grade)
    store(session, "CN", shipped_rows())
    touch(session, "organisation")
    touch(session, "calendar")
    processes.publish(session, MONDAY)
    for number, (school, name, sex) in enumerate(PUPILS):
        add_pupil(session, cast, school, name, sex, grade=GRADES[school], sequence=number + 1)
    session.commit()


GRADES = {"a1": 5, "a2": 5, "a3": 11, "b1": 3, "c1": 11, "d1": 4, "e1": 8}
PUPILS = [
    ("a2", "沈明铭", "male"),
    ("a2", "古丽娜尔·艾合买提", "female"),
    ("b1", "𠮷田䶮", "male"),
    ("a1", "丁思欣", "female"),
    ("d1", "卢天志", "male"),
    ("e1", "高怡若", "female"),
    ("a3", "彭婷馨", "female"),
    ("c1", "杨佑明", "male"),
]


def add_pupil(session: Session, cast: Cast, school: str, name: str, sex: str, *, grade: int, sequence: int) -> Student:
    """Enrol one more fictional pupil; the number is valid and unique for each sequence."""
    born = dt.date(2025 - grade - 6, 3, 12)
    digit = sequence * 2 - (1 if sex == "male" else 0)
    first17 = f"{990101}{born:%Y%m%d}{digit:03d}"
    number = first17 + check_character(first17)
    student = Student(name=name, name_key=fold_name(name), sex=sex, birth_date=born, created_at=MONDAY, version=1)
    student.id_number, student.record_no = number, "G" + number
    session.add(student)
    session.flush()
    room = cast.room[(school, grade)]
    session.add(
        Enrolment(student_id=student.id, school_id=cast.org[school], class_id=room.id, started_on=dt.date(2024, 9, 1))
    )
    cast.pupil[name], cast.record_no[name] = student.id, "G" + number
    return student


def _organisation(
    session: Session,
    cast: Cast,
    short: str,
    code: str,
    name: str,
    level: str,
    parent: str | None,
    grades: list[int] | None = None,
) -> None:
    above = cast.org.get(parent or "")
    is_school = level == "school"
    row = Organisation(
        code=code,
        name=name,
        level=level,
        kind="",
        parent_id=above,
        grades=grades or [],
        competent_dept_id=above if is_school else None,
        area_code=code[:6] if not is_school else "990101",
        short_name=name[-6:],
        path="",
    )
    session.add(row)
    session.flush()
    parent_path = session.get_one(Organisation, above).path if above else "/"
    row.path = f"{parent_path}{row.id}/"
    cast.org[short], cast.code[short] = row.id, code
    roles = ("school_clerk", "school_leader") if is_school else ("dept_clerk", "dept_leader", "arbitrator")
    for role in roles:
        person = Person(
            username=f"{short}-{role}",
            name=SURNAMES[len(cast.person) % 10] + "老师",
            created_at=MONDAY,
            email=f"{short}.{role}@example.org",
        )
        session.add(person)
        session.flush()
        session.add(Post(person_id=person.id, org_id=row.id, role=role, valid_from=dt.date(2024, 9, 1)))
        cast.person[f"{short}:{role}"] = person.id


def _room(session: Session, cast: Cast, short: str, grade: int) -> None:
    stage, first = (1, 1) if grade <= 6 else (2, 7) if grade <= 9 else (3, 10)
    entry = 2025 - (grade - first)
    room = SchoolClass(
        school_id=cast.org[short], no=f"{entry}{stage}01", name=f"{grade}年级1班", grade=grade, entry=f"{entry}09"
    )
    session.add(room)
    session.flush()
    cast.room[(short, grade)] = Room(room.id, room.no, room.name, grade)
