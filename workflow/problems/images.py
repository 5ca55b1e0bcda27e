"""Rows as they were before and after a ruling, and putting them back without touching what changed since.

An image holds every column but the data key, which never changes and must be destroyable; bytes are base64.
"""

import base64
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from models.base import Base
from models.problems import Ruling, RulingImage
from models.students import Enrolment, Guardian, StatusChange, Student
from workflow import key_data
from workflow import records as plain
from workflow.ledger import Row

IMAGE = cast(Table, RulingImage.__table__)
TABLES: dict[str, type[Base]] = {
    "student": Student,
    "guardian": Guardian,
    "enrolment": Enrolment,
    "status_change": StatusChange,
}
"""What a ruling may change, in the order in which rows are put back."""
KEY = "data_key"
VERSION = "version"


@dataclass(frozen=True)
class Conflict:
    """A value that was changed after the ruling; undoing leaves it as it is."""

    table: str
    row_id: int
    column: str
    student_id: int = 0
    """Whose record it is."""

    def stored(self) -> str:
        """Return the conflict as it stands in an event; `read` opens it again."""
        whose = "" if self.table == "student" else f":{self.student_id}"
        return f"{self.table}:{self.row_id}:{self.column}{whose}"

    @classmethod
    def read(cls, text: str) -> "Conflict":
        table, row, column, *whose = text.split(":")
        return cls(table, int(row), column, int(whose[0]) if whose else int(row))


def image_of(record: Base) -> dict[str, Any]:
    """Return the row as plain data."""
    return {
        column.name: _plain(getattr(record, column.name)) for column in record.__table__.columns if column.name != KEY
    }


class Watch:
    """Remembers records before they are changed; `images` tells afterwards what became of them."""

    def __init__(self) -> None:
        self._seen: dict[Base, dict[str, Any]] = {}

    def see(self, records: Iterable[Base]) -> None:
        for record in records:
            self._seen.setdefault(record, image_of(record))

    def rows(self, ruling_id: int) -> list[Row]:
        """Return one image for every record that is not what it was, as rows of the step."""
        found: list[Row] = []
        for record, before in self._seen.items():
            after = image_of(record)
            if after != before:
                row = {"ruling_id": ruling_id, "table_name": record.__tablename__, "row_id": after["id"]}
                found.append((IMAGE, {**row, "before": before, "after": after}))
        return found


def stored(session: Session, ruling: Ruling) -> list[RulingImage]:
    """Return the images of a ruling in the order in which they were taken."""
    query = select(RulingImage).where(RulingImage.ruling_id == ruling.id).order_by(RulingImage.id)
    return list(session.scalars(query))


def restore(session: Session, images: list[RulingImage]) -> list[Conflict]:
    """Put every row back as it was; a value that was changed since stays and is returned as a conflict.

    Rows nobody touched since are equal to their image byte by byte. A changed row keeps a version of its own.
    """
    conflicts: list[Conflict] = []
    for name, records in _rows(session, images).items():
        for image in (one for one in images if one.table_name == name):
            record = records.get(image.row_id)
            if record is not None:
                conflicts += _put_back(record, image)
    _hand_back_numbers(session, images, conflicts)
    return conflicts


@dataclass(frozen=True)
class Seen:
    """An image with the row as it is now (None: there is none), and for a record its school, the last it was at."""

    image: RulingImage
    row: Any
    school_id: int | None


def with_rows(query: Any) -> Any:
    """Return a query about a ruling with its images and the rows they belong to, for `seen`. For reading only."""
    last_school = select(Enrolment.school_id).where(Enrolment.student_id == Student.id)
    last_school = last_school.order_by(Enrolment.id.desc()).limit(1).correlate(Student)
    query = query.add_columns(RulingImage, *TABLES.values(), last_school.scalar_subquery().label("school_id"))
    query = query.outerjoin(RulingImage, RulingImage.ruling_id == Ruling.id)
    for name, kind in TABLES.items():
        table: Any = kind
        query = query.outerjoin(kind, (RulingImage.table_name == name) & (RulingImage.row_id == table.id))
    return query.order_by(RulingImage.id)


def seen(rows: Iterable[Any]) -> list[Seen]:
    """Return the images in the rows of a query that `with_rows` made."""
    found = []
    for row in rows:
        if row.RulingImage is not None:
            now = (getattr(row, kind.__name__) for kind in TABLES.values())
            found.append(Seen(row.RulingImage, next((one for one in now if one is not None), None), row.school_id))
    return found


def conflicts_of(found: Iterable[Seen]) -> list[Conflict]:
    """Return what undoing would leave alone."""
    return [
        _conflict(one.image, name)
        for one in found
        if one.row is not None
        for name in _changed_since(one.row, one.image)
    ]


def as_restored(found: Iterable[Seen]) -> dict[tuple[str, int], Any]:
    """Return copies of the rows as undoing would leave them, by table and number; the rows stay as they are."""
    copies = {}
    for one in found:
        if one.row is not None:
            values = {column.name: getattr(one.row, column.name) for column in one.row.__table__.columns}
            values |= _to_put_back(one.image, _changed_since(one.row, one.image))
            copies[one.image.table_name, one.image.row_id] = plain.made(type(one.row), values)
    return copies


def disputed_again(session: Session, copies: Mapping[tuple[str, int], Any]) -> list[Conflict]:
    """Let copies of records come back as disputed whose number somebody outside holds by now, and name them."""
    back = {number: row for (table, number), row in copies.items() if table == "student"}
    claiming = [row for row in back.values() if row.id_number_index and not row.disputed]
    taken = _taken_elsewhere(session, claiming, back)
    found = [row for row in claiming if row.id_number_index in taken]
    for row in found:
        vars(row)["disputed"] = True
    return [Conflict("student", row.id, "disputed", row.id) for row in found]


def opened(image: dict[str, Any]) -> dict[str, Any]:
    """Return the values of an image as they stood in the row."""
    return {name: _value(value) for name, value in image.items()}


def _put_back(record: Base, image: RulingImage) -> list[Conflict]:
    before, later = image.before or {}, _changed_since(record, image)
    untouched = image_of(record) == (image.after or {})
    values = _to_put_back(image, later)
    if VERSION in before:
        values[VERSION] = before[VERSION] if untouched else getattr(record, VERSION) + 1
    for name, value in values.items():
        setattr(record, name, value)
    return [_conflict(image, name) for name in later]


def _to_put_back(image: RulingImage, later: list[str]) -> dict[str, Any]:
    """Return the values from before the ruling, but for those that somebody changed again."""
    before, after = image.before or {}, image.after or {}
    ours = (name for name, value in before.items() if value != after[name] and name != VERSION)
    return {name: _value(before[name]) for name in ours if name not in later}


def _conflict(image: RulingImage, column: str) -> Conflict:
    owner = image.row_id if image.table_name == "student" else (image.before or image.after or {}).get("student_id")
    return Conflict(image.table_name, image.row_id, column, int(owner or 0))


def _changed_since(record: Base, image: RulingImage) -> list[str]:
    """Return the columns the ruling changed and somebody else changed again."""
    before, after, now = image.before or {}, image.after or {}, image_of(record)
    ours = [name for name, value in before.items() if value != after.get(name) and name != VERSION]
    return [name for name in ours if now[name] != after.get(name)]


def _rows(session: Session, images: list[RulingImage]) -> dict[str, dict[int, Any]]:
    """Return the rows of all images, locked, by table and number: one statement for each table."""
    found: dict[str, dict[int, Any]] = {}
    for name, kind in TABLES.items():
        numbers = [image.row_id for image in images if image.table_name == name]
        if numbers:
            table: Any = kind
            query = select(kind).where(table.id.in_(numbers)).order_by(table.id).with_for_update()
            rows: Iterable[Any] = session.scalars(query.execution_options(populate_existing=True))
            found[name] = {row.id: row for row in rows}
    return found


def _hand_back_numbers(session: Session, images: list[RulingImage], conflicts: list[Conflict]) -> None:
    """Let every record claim its number again, after all others have let it go.

    A number that somebody outside the case holds undisputed by now stays his; the record comes back as disputed.
    """
    back = {image.row_id for image in images if image.table_name == "student"}
    with session.no_autoflush:
        mine = [session.get_one(Student, number) for number in sorted(back)]
    claiming = [student for student in mine if student.id_number_index and not student.disputed]
    for student in claiming:
        student.disputed = True
    session.flush()
    taken = _taken_elsewhere(session, claiming, back)
    key_data.undispute(session, [student for student in claiming if student.id_number_index not in taken])
    conflicts += [Conflict("student", one.id, "disputed", one.id) for one in claiming if one.disputed]


def _taken_elsewhere(session: Session, claiming: list[Student], back: Iterable[int]) -> set[bytes | None]:
    """Return which of these records' numbers somebody holds undisputed who is not among those that come back."""
    if not claiming:
        return set()
    wanted = [student.id_number_index for student in claiming]
    query = select(Student.id_number_index).where(
        Student.id_number_index.in_(wanted), Student.disputed.is_(False), Student.id.not_in(set(back))
    )
    return set(session.scalars(query))


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"b": base64.b64encode(value).decode()}
    if isinstance(value, dt.datetime):
        return {"t": value.astimezone(dt.UTC).isoformat()}
    if isinstance(value, dt.date):
        return {"d": value.isoformat()}
    return value


def _value(plain: Any) -> Any:
    if not (isinstance(plain, dict) and len(plain) == 1):
        return plain
    ((mark, text),) = plain.items()
    if mark == "b":
        return base64.b64decode(text)
    if mark == "t":
        return dt.datetime.fromisoformat(text)
    return dt.date.fromisoformat(text) if mark == "d" else plain
