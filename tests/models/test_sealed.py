"""Sealed attributes on mapped rows, in a database of their own."""

import pytest
from sqlalchemy import LargeBinary, String, create_engine, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from models import crypto
from models.base import new_public_id
from models.crypto import KeyMissing, KeyRing, SealBroken
from models.numbers import fold_number
from models.sealed import SealedComparison, last_four, sealed_number

NUMBER = "99020120130715124X"
OTHER = "990101201503120015"


class Base(DeclarativeBase):
    pass


class Pupil(Base):
    __tablename__ = "pupil"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    data_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_number_index: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    id_number_tail: Mapped[str | None] = mapped_column(String(4))
    id_number = sealed_number("id_number", purpose="id-no", canonical=fold_number)
    record_no_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    record_no_index: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    record_no_tail: Mapped[str | None] = mapped_column(String(4))
    record_no = sealed_number("record_no", purpose="record-no", canonical=fold_number)


@pytest.fixture(autouse=True)
def ring():
    before = crypto._ring
    crypto.use(KeyRing.create())
    yield
    crypto.use(before)


@pytest.fixture
def engine():
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


def test_setting_the_number_fills_all_columns_and_reading_opens_it(engine):
    with Session(engine) as session:
        pupil = Pupil(id_number="99020120130715124x", record_no="G" + NUMBER)
        session.add(pupil)
        session.commit()
        assert (pupil.id_number, pupil.record_no) == ("99020120130715124x", "G" + NUMBER)
        assert pupil.id_number_tail == "124X"
        assert pupil.id_number_index == Pupil.id_number.index_of(NUMBER)
        assert pupil.id_number_index != pupil.record_no_index
    with Session(engine) as session:
        assert session.scalars(select(Pupil)).one().id_number == "99020120130715124x"


def test_the_number_stands_in_no_column_of_the_database(engine):
    with Session(engine) as session:
        session.add(Pupil(id_number=NUMBER))
        session.commit()
        row = session.execute(text("select * from pupil")).one()
    assert NUMBER not in repr(tuple(row))
    assert NUMBER.encode().hex() not in repr([value.hex() for value in row if isinstance(value, bytes)])


def test_a_pupil_is_found_by_number_however_it_is_written(engine):
    with Session(engine) as session:
        session.add_all([Pupil(id_number=NUMBER), Pupil(id_number=OTHER), Pupil()])
        session.commit()
        found = session.scalars(select(Pupil).where(Pupil.id_number.matches(" 990201-20130715-124x"))).one()
        assert found.id_number == NUMBER


@pytest.mark.parametrize(
    "use",
    [
        lambda: select(Pupil).where(Pupil.id_number == NUMBER),
        lambda: select(Pupil).where(Pupil.id_number != NUMBER),
        lambda: select(Pupil).where(Pupil.id_number.in_([NUMBER])),
        lambda: select(Pupil).where(Pupil.id_number.like("99%")),
        lambda: select(Pupil).where(Pupil.id_number.is_(None)),
        lambda: select(Pupil).order_by(Pupil.id_number),
        lambda: select(Pupil).order_by(Pupil.id_number.desc()),
        lambda: select(Pupil.id_number),
        lambda: Pupil.id_number < NUMBER,
    ],
)
def test_a_sealed_attribute_in_sql_is_an_error_and_not_an_empty_answer(use):
    with pytest.raises(SealedComparison, match=r"id_number\.matches"):
        use()


def test_none_empties_all_three_columns():
    pupil = Pupil(id_number=NUMBER)
    pupil.id_number = None
    assert (pupil.id_number, pupil.id_number_sealed, pupil.id_number_index, pupil.id_number_tail) == (None,) * 4


@pytest.mark.parametrize("nothing", ["", " ", "-"])
def test_an_empty_number_is_an_error(nothing):
    with pytest.raises(ValueError, match="use None"):
        Pupil(id_number=nothing)


def test_a_seal_copied_to_another_row_or_column_does_not_open(engine):
    one, two = Pupil(id_number=NUMBER), Pupil(id_number=OTHER)
    two.id_number_sealed, two.data_key = one.id_number_sealed, one.data_key
    with pytest.raises(SealBroken):
        _ = two.id_number
    one.record_no_sealed = one.id_number_sealed
    with pytest.raises(SealBroken):
        _ = one.record_no


def test_each_record_has_a_data_key_of_its_own_and_keeps_it():
    one, two = Pupil(id_number=NUMBER), Pupil(id_number=NUMBER)
    assert crypto.unwrap(one.data_key) != crypto.unwrap(two.data_key)
    before = one.data_key
    one.id_number = OTHER
    assert one.data_key == before


def test_a_record_whose_data_key_was_destroyed_neither_opens_nor_takes_a_new_number():
    pupil = Pupil(id_number=NUMBER)
    pupil.data_key = None
    with pytest.raises(KeyMissing, match="destroyed"):
        _ = pupil.id_number
    with pytest.raises(KeyMissing, match="destroyed"):
        pupil.id_number = OTHER


def test_the_public_id_is_drawn_at_once_and_cannot_change_under_a_seal():
    pupil = Pupil(id_number=NUMBER)
    assert len(pupil.public_id) == 26
    with pytest.raises(ValueError, match="public_id"):
        pupil.public_id = new_public_id()
    with pytest.raises(ValueError, match="public_id"):
        Pupil(id_number=NUMBER, public_id=new_public_id())
    assert Pupil(public_id="a" * 26, id_number=NUMBER).id_number == NUMBER


def test_the_tail_never_shows_more_than_half_of_a_short_number():
    assert [last_four(number) for number in ("", "1", "12", "12345", "1234567", "12345678", NUMBER)] == [
        "", "", "2", "45", "567", "5678", "124X",
    ]  # fmt: skip


def test_a_name_that_differs_from_its_attribute_is_an_error_at_once():
    with pytest.raises((TypeError, RuntimeError), match="passport"):  # wrapped before Python 3.12
        type("Bad", (), {"passport": sealed_number("id_number", purpose="id-no", canonical=fold_number)})


def test_nothing_printed_of_a_sealed_attribute_shows_the_number():
    pupil = Pupil(id_number=NUMBER)
    assert NUMBER not in f"{Pupil.id_number!r} {pupil!r} {pupil.__dict__!r}"
