"""`bench duplicates`: one pupil's check, the near look-up alone and as a scan, shared numbers, import with checks."""

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, cast

from sqlalchemy import Engine, Table, bindparam, func, insert, select, text, union_all
from sqlalchemy.orm import Session

from models.findings import NameTrace
from models.imports import ImportBatch
from models.many import insert_many
from models.organisations import SchoolClass
from models.session import make_engine, reading, transact
from models.students import Enrolment, Student
from web.bench.decision import database
from web.bench.measure import Series, interleaved, per_second
from web.bench.province import NOW, Province, found
from workflow.duplicates import exact, names, near, scan
from workflow.identity import check_character
from workflow.imports.intake import Ready, take_in
from workflow.world import world_of

LIMITS = {
    "one check": "two probes",
    "near look-up": "two probes",
    "near scan": "two probes",
    "shared numbers": "group by",
    "import": "bare insert",
}
"""What each contender is compared with."""
SURNAMES, GIVEN = "赵钱孙周吴郑王冯陈蒋韩杨朱秦许何吕张孔曹", "子涵宇轩思雨欣怡浩然梓晨佳琪俊杰诗雅明志文静博超雪婷天磊"
SHARED = 1000
"""Of so many records one has the number of another one."""
CHUNK = 5000
STUDENT, ENROLMENT = cast(Table, Student.__table__), cast(Table, Enrolment.__table__)
PROBES = union_all(
    select(Student.id).where(Student.id_number_index == bindparam("number")),
    select(Student.id).where(
        Student.name_key == bindparam("name"), Student.birth_date == bindparam("born"), Student.sex == bindparam("sex")
    ),
)
GROUPS = (
    select(Student.id_number_index)
    .where(Student.id_number_index.is_not(None))
    .group_by(Student.id_number_index)
    .having(func.count() > 1)
)


@dataclass
class Ground:
    """A database full of pupils, and where new ones come from."""

    engine: Engine
    province: Province
    people: "People"
    serial: Iterator[int] = field(default_factory=lambda: itertools.count(10**9))


class People:
    """Draws pupils: names from common characters, birthdays over twelve years, numbers of one province."""

    def __init__(self, seed: int = 7) -> None:
        self.random = Random(seed)
        self.drawn = itertools.count(1)

    def row(self, number: str | None = None) -> dict[str, Any]:
        """Return the columns of a record, with the number that it is found by."""
        draw, place = self.random, next(self.drawn)
        name = draw.choice(SURNAMES) + draw.choice(GIVEN) + draw.choice(GIVEN)
        born = dt.date(2008, 1, 1) + dt.timedelta(days=draw.randrange(4380))
        body = f"{990000 + place // 1000 % 9999}{born:%Y%m%d}{place % 1000:03}"  # nobody else has it
        number = number or body + check_character(body)
        return {"public_id": f"bench{place}", "name": name, "name_key": name, "sex": "male", "birth_date": born,
                "id_number_index": Student.id_number.index_of(number), "disputed": False, "created_at": NOW,
                "version": 1, "status": "01", "id_type": "1"}  # fmt: skip


def run(kind: str, rows: int, rounds: int, requests: int, batch: int) -> dict[str, Series]:
    """Return, a second: checks, look-ups, records gone over and records imported, among `rows` pupils."""
    with TemporaryDirectory(prefix="xuejiban-bench-") as folder:
        engine = make_engine(database(kind, Path(folder)))
        try:
            ground = Ground(engine, found(engine), People())
            _fill(ground, rows)
            return interleaved(_contenders(ground, rows, requests, batch), rounds)
        finally:
            engine.dispose()


def _contenders(ground: Ground, rows: int, requests: int, batch: int) -> list[tuple[str, Callable[[], float]]]:
    asked = [ground.people.row() for _ in range(requests)]
    pupils = transact(ground.engine, lambda session: _sealed_pupils(session, ground, requests))

    def each(question: Callable[[Session, int], object]) -> Callable[[], float]:
        def answer() -> int:
            with reading(ground.engine) as session:
                for place in range(requests):
                    question(session, place)
            return requests

        return lambda: per_second(answer)

    def probe(session: Session, place: int) -> object:
        row = asked[place]
        given = {"number": row["id_number_index"], "name": row["name_key"], "born": row["birth_date"]}
        return session.execute(PROBES, {**given, "sex": row["sex"]}).all()

    return [
        ("two probes", each(probe)),
        ("one check", each(lambda session, place: exact.by_number(session, [asked[place]["id_number_index"]]))),
        ("near look-up", each(lambda session, place: near.look(session, [session.get_one(Student, pupils[place])]))),
        ("near scan", lambda: per_second(lambda: _look_through(ground, pupils))),
        ("group by", lambda: per_second(lambda: _group(ground, rows))),
        ("shared numbers", lambda: per_second(lambda: _scan(ground, rows))),
        ("bare insert", lambda: _bare(ground, batch)),
        ("import", lambda: _import(ground, batch)),
    ]


def _look_through(ground: Ground, pupils: list[int]) -> int:
    """Look for records like these in portions, as the full scan does with every record."""
    with reading(ground.engine) as session:
        size = near.BATCH[ground.engine.dialect.name]
        for start in range(0, len(pupils), size):
            portion = pupils[start : start + size]
            near.look(session, [session.get_one(Student, number) for number in portion])
    return len(pupils)


def _group(ground: Ground, rows: int) -> int:
    with reading(ground.engine) as session:
        session.scalars(GROUPS).all()
    return rows


def _scan(ground: Ground, rows: int) -> int:
    """Go over all shared numbers in the portions of the scan."""
    last: bytes | None = None
    with reading(ground.engine) as session:
        while keys := scan.repeated_numbers(session, last, scan.GROUPS):
            last = keys[-1]
    return rows


def _bare(ground: Ground, batch: int) -> float:
    """Bring rows straight into the indexed tables: COPY on PostgreSQL, one executemany on SQLite."""
    rows, spells = _drawn(ground, batch)
    if ground.engine.dialect.name == "postgresql":
        return per_second(lambda: _copy(ground.engine, ((STUDENT, rows), (ENROLMENT, spells))))

    def work(session: Session) -> int:
        session.connection().execute(insert(STUDENT), rows)
        session.connection().execute(insert(ENROLMENT), spells)
        return batch

    return per_second(lambda: transact(ground.engine, work))


def _copy(engine: Engine, tables: tuple[tuple[Table, list[dict[str, Any]]], ...]) -> int:
    with engine.begin() as connection:
        cursor: Any = connection.connection.cursor()
        for table, rows in tables:
            columns = ", ".join(rows[0])
            with cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(tuple(row.values()))
    return len(tables[0][1])


def _import(ground: Ground, batch: int) -> float:
    """Let rows in as an import does: what shares a number or a name is found in the same transaction."""
    rows, _ = _drawn(ground, batch)
    ready = [
        Ready(number, False, row["id_number_index"], "2021101", "", NOW.date(), {**NOTHING_SEALED, **row, "id": None})
        for number, row in enumerate(rows, 1)
    ]
    for one in ready:
        del one.student["id"], one.student["disputed"]

    def work(session: Session) -> int:
        world = world_of(session)
        school = world.office(ground.province.org["to"])
        file = ImportBatch(school_id=school.id, person_id=1, file_name="x.xlsx", file_digest=b"0" * 32, state="done",
                           created_at=NOW, destroy_after=NOW.date())  # fmt: skip
        session.add(file)
        session.flush()
        return take_in(session, world, school, ready, file.id, NOW).imported

    return per_second(lambda: transact(ground.engine, work))


NOTHING_SEALED = {"id_number_sealed": None, "id_number_tail": None, "details_sealed": None, "data_key": None}


def _drawn(ground: Ground, count: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return records with numbers of their own far behind all others, and their enrolments."""
    usual: dict[str, Any] = {"nationality": "", "ethnicity": "", "id_verdict": "unknown", "id_verdict_source": ""}
    usual |= {"disciplinary": False}
    rows = [{**ground.people.row(), "id": next(ground.serial), **usual} for _ in range(count)]
    place = {"school_id": ground.province.org["to"], "class_id": 1, "seat_no": "", "started_on": NOW.date()}
    return rows, [{"id": row["id"], "student_id": row["id"], **place} for row in rows]


# ---- filling ---------------------------------------------------------------------------------------------------------


def _fill(ground: Ground, rows: int) -> None:
    for start in range(0, rows, CHUNK):
        count = min(CHUNK, rows - start)
        transact(ground.engine, lambda session, count=count: _add(session, ground, count))  # type: ignore[misc]
    with ground.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        if ground.engine.dialect.name == "postgresql":
            connection.execute(text("select setval('student_id_seq', (select max(id) from student))"))
        connection.execute(text("vacuum analyze" if ground.engine.dialect.name == "postgresql" else "analyze"))


def _add(session: Session, ground: Ground, count: int) -> None:
    first = int(session.scalar(select(func.coalesce(func.max(Student.id), 0))) or 0) + 1
    rows = [{**ground.people.row(), "id": first + place} for place in range(count)]
    for place in range(SHARED, count, SHARED):
        rows[place] |= {"id_number_index": rows[place - 1]["id_number_index"], "disputed": True}
    insert_many(session, Student, rows)
    traces = [
        {"student_id": row["id"], "kind": near.SOUND, "key": key, "birth_date": row["birth_date"]}
        for row in rows for key in names.sound_keys(row["name"])
    ]  # fmt: skip
    session.execute(insert(cast(Table, NameTrace.__table__)), traces)


def _sealed_pupils(session: Session, ground: Ground, count: int) -> list[int]:
    """Add pupils whose numbers can be opened, to be looked at; returns their numbers."""
    room = session.scalars(select(SchoolClass)).first()
    assert room is not None
    found = []
    for _ in range(count):
        drawn = ground.people.row()
        body = f"990101{drawn['birth_date']:%Y%m%d}{next(ground.people.drawn) % 1000:03}"
        student = Student(id=next(ground.serial), name=drawn["name"], name_key=drawn["name_key"], sex="male",
                          birth_date=drawn["birth_date"], created_at=NOW, disputed=True)  # fmt: skip
        student.id_number = body + check_character(body)
        session.add(student)
        found.append(student.id)
    session.flush()
    return found
