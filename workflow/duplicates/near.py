"""Records that look like others: candidates by key in one statement, then compared field by field in memory.

Nobody's number is read from the database in plain text, and no record is compared with every other one: what a slip
could have made of a record is looked up by blind index, by folded name and by the sound of the name.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import ARRAY, Date, LargeBinary, Select, String, and_, bindparam, func, or_, select, tuple_, union_all
from sqlalchemy import BigInteger as Big
from sqlalchemy.orm import Session, aliased, defer

from models.findings import NameTrace
from models.students import Guardian, Student
from workflow.duplicates import exact, names, numbers
from workflow.duplicates.exact import Pair, person_of
from workflow.duplicates.scoring import HINT, Assessment, Facts, assess
from workflow.findings import NEAR, Group, pair_key
from workflow.row_numbers import dialect_of

BATCH = {"sqlite": 60, "postgresql": 400}
"""Records looked at by one statement; SQLite takes 32,766 values in one."""
SOUND = "sound"
LEAN = (defer(Student.details_sealed),)
"""What is long and not compared stays in the database."""


@dataclass(frozen=True)
class Alike:
    """A record and another one, with what speaks for and against their being one child."""

    one: int
    other: int
    assessment: Assessment

    def group(self) -> Group:
        """As it is recorded: the older record first."""
        reasons = tuple(self.assessment.reasons)
        pair = (self.one, self.other)
        return Group(NEAR, pair_key(*pair), pair, score=self.assessment.score, reasons=reasons)


@dataclass(frozen=True)
class Keys:
    """By which keys a record finds others that a slip may have made of it."""

    numbers: frozenset[bytes]
    record_nos: frozenset[bytes]
    names: frozenset[tuple[str, dt.date]]
    sounds: frozenset[tuple[int, dt.date]]


def look(session: Session, records: Sequence[Student], compared: Collection[int] = ()) -> list[Alike]:
    """Return the pairs of these records with any others that are at least a weak hint, each pair once.

    At most `BATCH` records at a time; four statements, or two where nothing comes near. Pairs that share their very
    key are found elsewhere, pairs that were decided to be different children are left out. For records that were
    `compared` since their last change, of two neighbouring numbers only the lower one looks for the other.
    """
    living = {record.id: record for record in records if record.retired_at is None}
    keys = {number: keys_of(record, upwards=number in compared) for number, record in living.items()}
    found = {row.id: row for row in _candidates(session, list(living), list(keys.values()))}
    pairs = _meeting(keys, found.values()) | _of_one_family(session, list(living))
    pairs = {pair for pair in pairs if pair[0] in found and pair[1] in found}
    pairs = {(low, high) for low, high in pairs if not share_the_key(found[low], found[high])}
    families = guardians_of(session, {number for pair in pairs for number in pair})
    facts = {number: facts_of(found[number], families) for number in {number for pair in pairs for number in pair}}
    assessed = (Alike(low, high, assess(facts[low], facts[high])) for low, high in sorted(pairs))
    alike = [pair for pair in assessed if pair.assessment.score >= HINT]
    apart = exact.distinct(session, [(pair.one, pair.other) for pair in alike])
    return [pair for pair in alike if (pair.one, pair.other) not in apart]


def facts_of(student: Student, families: dict[int, frozenset[bytes]]) -> Facts:
    """Open what is compared of a record."""
    guardians = families.get(student.id, frozenset())
    return Facts(
        student.id, student.name, student.sex, student.birth_date, student.id_number, student.record_no, guardians
    )


def guardians_of(session: Session, students: Collection[int]) -> dict[int, frozenset[bytes]]:
    """Return the blind indexes of the guardians' numbers of each record. One statement, none without records."""
    if not students:
        return {}
    query = select(Guardian.student_id, Guardian.id_number_index).where(Guardian.id_number_index.is_not(None))
    found: dict[int, set[bytes]] = {}
    for number, index in session.execute(query.where(Guardian.student_id.in_(sorted(students)))):
        found.setdefault(number, set()).add(index or b"")
    return {number: frozenset(indexes) for number, indexes in found.items()}


def share_the_key(one: Student, other: Student) -> bool:
    """Tell whether the two are found as an exact group already."""
    if one.id_number_index or other.id_number_index:
        return one.id_number_index == other.id_number_index
    return person_of(one) == person_of(other)


def keys_of(student: Student, *, upwards: bool = False) -> Keys:
    """Return by what others of whom this record may be a slip are found; `upwards` leaves the lower numbers out."""
    number, record_no, born = numbers.today_s_form(student.id_number or ""), student.record_no or "", student.birth_date
    return Keys(
        numbers=frozenset(map(Student.id_number.index_of, other_numbers(number, record_no, upwards))),
        record_nos=frozenset(map(Student.record_no.index_of, record_nos(number, record_no))),
        names=frozenset((name, born) for name in names.variants(student.name_key)),
        sounds=frozenset((key, born) for key in names.sound_keys(student.name)),
    )


def other_numbers(number: str, record_no: str, upwards: bool) -> list[str]:
    """The neighbours of the ID number, and the one that a 学籍号 was made from."""
    likely = (numbers.greater_neighbours if upwards else numbers.neighbours)(number)
    body = numbers.made_from(record_no)
    return [*likely, body] if body and body != number else likely


def record_nos(number: str, record_no: str) -> list[str]:
    """The 学籍号 itself, the one made from the ID number, and for L and J numbers their neighbours."""
    slips = numbers.neighbours(numbers.body_of(record_no)) if record_no[:1] in ("L", "J") else []
    own = [record_no, "G" + number if number else ""]
    return [*filter(None, own), *(record_no[0] + other for other in slips)]


# ---- which candidate belongs to which record -------------------------------------------------------------------------


def _meeting(keys: dict[int, Keys], found: Iterable[Student]) -> set[Pair]:
    """Return the pairs of a record and a candidate that meet in a key."""
    holders: dict[Any, list[int]] = {}
    for number, own in keys.items():
        for key in chain(own.numbers, own.record_nos, own.names, own.sounds):
            holders.setdefault(key, []).append(number)
    pairs: set[Pair] = set()
    for other in found:
        heard = ((key, other.birth_date) for key in names.sound_keys(other.name))
        held: list[Any] = [other.id_number_index, other.record_no_index, (other.name_key, other.birth_date)]
        for key in chain(held, heard):
            pairs.update(_ordered(number, other.id) for number in holders.get(key, ()) if number != other.id)
    return pairs


def _of_one_family(session: Session, ids: list[int]) -> set[Pair]:
    """Return records of one family with the same birthday or name. One statement."""
    return {_ordered(mine, other) for mine, other in session.execute(_family(ids))} if ids else set()


def _ordered(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


# ---- the statement ---------------------------------------------------------------------------------------------------


def _candidates(session: Session, ids: list[int], keys: list[Keys]) -> Sequence[Student]:
    """Return every living record that has one of the keys, and the asking ones. One statement."""
    if not ids:
        return []
    return session.scalars(_query(dialect_of(session), ids, keys).options(*LEAN)).all()


def _query(dialect: str, ids: list[int], keys: list[Keys]) -> Select[Student]:
    own, record_nos = _all(key.numbers for key in keys), _all(key.record_nos for key in keys)
    arms = [
        select(Student.id).where(Student.id.in_(ids)),
        select(_family(ids).subquery().c.other),
        _by_pairs(dialect, select(Student.id), (Student.name_key, Student.birth_date), _all(k.names for k in keys),
                  String()),
        _by_pairs(dialect, select(NameTrace.student_id).where(NameTrace.kind == SOUND),
                  (NameTrace.key, NameTrace.birth_date), _all(k.sounds for k in keys), Big()),
    ]  # fmt: skip
    arms += [select(Student.id).where(_among(dialect, Student.id_number_index, own))] if own else []
    arms += [select(Student.id).where(_among(dialect, Student.record_no_index, record_nos))] if record_nos else []
    return select(Student).where(Student.id.in_(union_all(*arms).subquery().select()), Student.retired_at.is_(None))


def _all(parts: Iterable[frozenset[Any]]) -> list[Any]:
    return sorted(set().union(*parts))


def _family(ids: list[int]) -> Any:
    """Select (record, another record) with one guardian's number and the same birthday or name."""
    theirs, me, they = aliased(Guardian), aliased(Student), aliased(Student)
    alike = or_(me.birth_date == they.birth_date, me.name_key == they.name_key)
    query = select(Guardian.student_id.label("mine"), theirs.student_id.label("other"))
    query = query.join(theirs, and_(theirs.id_number_index == Guardian.id_number_index))
    query = query.join(me, me.id == Guardian.student_id).join(they, they.id == theirs.student_id)
    return query.where(Guardian.student_id.in_(ids), theirs.student_id != Guardian.student_id, alike)


def _among(dialect: str, column: Any, values: list[bytes]) -> Any:
    if dialect == "postgresql":
        return column == func.any(bindparam(None, values, type_=ARRAY(LargeBinary)))
    return column.in_(values)


def _by_pairs(dialect: str, query: Any, columns: tuple[Any, Any], values: list[tuple[Any, dt.date]], kind: Any) -> Any:
    """Restrict a query to rows whose two columns are among the value pairs."""
    if dialect == "postgresql":
        firsts = bindparam(None, [first for first, _ in values], type_=ARRAY(kind))
        days = bindparam(None, [day for _, day in values], type_=ARRAY(Date))
        given = func.unnest(firsts, days).table_valued("first", "day").render_derived()
        return query.join(given, and_(columns[0] == given.c.first, columns[1] == given.c.day))
    return query.where(tuple_(*columns).in_(values))
