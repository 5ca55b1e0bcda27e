"""Many rows at once stand as if each had been added alone, on both databases."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.findings import Finding
from models.many import draw_numbers, insert_many
from models.session import reading, transact
from models.students import Student

NOON = dt.datetime(2025, 9, 1, 12, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def pupil(name: str, **more: Any) -> dict[str, Any]:
    born = dt.date(2016, 1, 1)
    return {"name": name, "name_key": name, "sex": "female", "birth_date": born, "created_at": NOON, **more}


def test_defaults_bytes_times_and_odd_characters_arrive_as_they_would_alone(session: Session) -> None:
    odd = "𠮷\t\\N 扎西·顿珠"
    insert_many(session, Student, [pupil(odd, details_sealed=b"\\\x00\t\n"), pupil("无")])
    first, second = session.scalars(select(Student).order_by(Student.id))
    assert (first.name, first.details_sealed, first.nationality, first.version) == (odd, b"\\\x00\t\n", "中国", 1)
    assert first.created_at == NOON
    assert second.details_sealed is None
    assert len(first.public_id) == 26
    assert first.public_id != second.public_id


def test_documents_arrive_as_documents(session: Session) -> None:
    told = [{"field": "姓名", "kind": "same", "detail": "同音"}]
    insert_many(session, Finding, [{"kind": "near", "key": b"k", "found_at": NOON, "reasons": told}])
    assert session.scalars(select(Finding.reasons)).all() == [told]


def test_keys_drawn_before_are_never_given_to_anybody_else(engine: Engine) -> None:
    def work(session: Session) -> list[int]:
        numbers = draw_numbers(session, Student, 3)
        insert_many(session, Student, [pupil(f"甲{n}", id=n) for n in numbers])
        later = Student(**pupil("乙"))
        session.add(later)
        session.flush()
        return [*numbers, later.id]

    numbers = transact(engine, work)
    assert numbers == sorted(set(numbers))
    with reading(engine) as session:
        assert session.scalars(select(Student.name).order_by(Student.id)).all() == [
            *(f"甲{n}" for n in numbers[:3]),
            "乙",
        ]


def test_one_row_that_cannot_stand_leaves_none(engine: Engine) -> None:
    with pytest.raises(IntegrityError):
        transact(engine, lambda session: insert_many(session, Student, [pupil("甲"), pupil("乙", sex="?")]))
    with reading(engine) as session:
        assert session.scalars(select(Student.id)).all() == []
