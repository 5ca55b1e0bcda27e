"""How much speaks for two records being one child: a reason per field with its points, never a bare number.

Nothing here decides: what scores enough is shown to people, the likeliest first.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from workflow.duplicates import names, numbers
from workflow.duplicates.numbers import DIGIT, OLD, SWAP, UNRELATED, Slip
from workflow.identity import is_built_like_resident_id

HINT = 45
"""From here on a pair is kept and shown to whoever judges; below, it is nobody's business."""
STRANGERS, TWINS = 30, 50
"""What the score is cut to when the names have nothing in common, or when the two are more likely twins."""

POINTS: dict[tuple[str, str], int] = {
    ("id_number", DIGIT): 50,
    ("id_number", SWAP): 50,
    ("id_number", OLD): 70,
    ("id_number", UNRELATED): -35,
    ("record_no", "same"): 60,
    ("record_no", "other_s_id"): 60,
    ("record_no", DIGIT): 25,
    ("record_no", SWAP): 25,
    ("name", names.SAME): 30,
    ("name", names.WRITTEN): 30,
    ("name", names.SWAPPED): 24,
    ("name", names.SOUND): 24,
    ("name", names.LOOK): 24,
    ("name", names.SIMILAR): 16,
    ("name", names.SPELLING): 14,
    ("name", names.MISSING): 12,
    ("name", names.DIFFERENT): -30,
    ("birth_date", "same"): 20,
    ("birth_date", "slip"): 8,
    ("birth_date", "different"): -20,
    ("sex", "same"): 5,
    ("sex", "different"): -15,
    ("guardian", "same"): 40,
}
"""Points by field and kind. A slip in a number weighs much because it has to be sought; a common birthday weighs
little, because hundreds share it."""

Reason = dict[str, Any]
"""`{field, kind, detail, points}`; detail holds places and characters of names, never digits of a number."""


@dataclass(frozen=True)
class Facts:
    """What is compared of a record, in plain text and only in memory; a blocked row has no `student_id`."""

    student_id: int | None
    name: str
    sex: str
    birth_date: dt.date | None
    number: str | None = None
    record_no: str | None = None
    guardians: frozenset[bytes] = frozenset()
    """Blind indexes of the guardians' numbers."""
    school_id: int | None = None


@dataclass(frozen=True)
class Assessment:
    """The score of a pair, 0 to 100, and what it is made of, the strongest first."""

    score: int
    reasons: list[Reason] = field(default_factory=list)


def assess(one: Facts, other: Facts) -> Assessment:
    """Compare two records field by field."""
    slip = numbers.slip(one.number, other.number) if one.number and other.number else None
    likeness = names.compare(one.name, other.name)
    reasons = [
        *_of_number(one, other, slip),
        *_of_record_no(one, other),
        _reason("name", likeness.kind, {"places": list(likeness.places)} if likeness.places else None),
        *_of_person(one, other),
    ]
    total = sum(reason["points"] for reason in reasons)
    if not likeness.related and not (slip and slip.kind == OLD) and not _tied_by_record_no(reasons):
        total = min(total, STRANGERS)
    if slip and likeness.kind not in (names.SAME, names.WRITTEN, names.SWAPPED) and _like_twins(one, other, slip):
        reasons.append({"field": "twins", "kind": "likely", "detail": None, "points": 0})
        total = min(total, TWINS)
    reasons.sort(key=lambda reason: -reason["points"])
    return Assessment(max(0, min(100, total)), reasons)


def _reason(name: str, kind: str, detail: dict[str, Any] | None = None) -> Reason:
    return {"field": name, "kind": kind, "detail": detail, "points": POINTS[name, kind]}


def _of_number(one: Facts, other: Facts, slip: Slip | None) -> Iterator[Reason]:
    """Two good numbers that have nothing in common speak against it; a bad one says nothing unless it is a slip."""
    if slip is None or slip.kind == numbers.SAME:
        return
    good = all(is_built_like_resident_id(number or "") for number in (one.number, other.number))
    if slip.related or good:
        yield _reason("id_number", slip.kind, {"places": list(slip.places)} if slip.places else None)


def _of_record_no(one: Facts, other: Facts) -> Iterator[Reason]:
    """The 学籍号: one for both, or made from the other's ID number; L and J numbers also by a slip."""
    mine, others = one.record_no or "", other.record_no or ""
    if mine and mine == others:
        yield _reason("record_no", "same")
    elif _leads_to(one, other) or _leads_to(other, one):
        yield _reason("record_no", "other_s_id")
    elif mine[:1] == others[:1] and mine[:1] in ("L", "J"):
        slip = numbers.slip(numbers.body_of(mine), numbers.body_of(others))
        if slip.kind in (DIGIT, SWAP) and max(slip.places) <= 14:  # behind it stands a running number of the school
            yield _reason("record_no", slip.kind, {"places": [place + 1 for place in slip.places]})


def _leads_to(one: Facts, other: Facts) -> bool:
    """A G number is made from an ID number: the one the child had then. L and J numbers only look like one."""
    body = numbers.made_from(one.record_no or "")
    return bool(body) and body == other.number and body != one.number


def _tied_by_record_no(reasons: list[Reason]) -> bool:
    return any(reason["field"] == "record_no" and reason["kind"] in ("same", "other_s_id") for reason in reasons)


def _of_person(one: Facts, other: Facts) -> Iterator[Reason]:
    if one.birth_date and other.birth_date:
        yield _reason("birth_date", _birthdays(one.birth_date, other.birth_date))
    if one.sex and other.sex:
        yield _reason("sex", "same" if one.sex == other.sex else "different")
    if one.guardians & other.guardians:
        yield _reason("guardian", "same")


def _birthdays(one: dt.date, other: dt.date) -> str:
    """same; slip (one digit, two neighbouring digits, or day and month swapped); different."""
    if one == other:
        return "same"
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return "slip"
    mine, others = f"{one:%Y%m%d}", f"{other:%Y%m%d}"
    places = [at for at in range(8) if mine[at] != others[at]]
    if len(places) == 1:
        return "slip"
    swapped = len(places) == 2 and places[1] == places[0] + 1 and mine[places[0]] == others[places[1]]
    return "slip" if swapped and mine[places[1]] == others[places[0]] else "different"


def _like_twins(one: Facts, other: Facts, slip: Slip) -> bool:
    """Numbers that follow each other, one birthday, and no sign of two families: twins are registered like that."""
    if slip.kind != DIGIT or slip.places != (numbers.BODY,) or one.birth_date != other.birth_date:
        return False
    apart = abs(int((one.number or "")[14:17]) - int((other.number or "")[14:17]))
    two_families = bool(one.guardians) and bool(other.guardians) and not one.guardians & other.guardians
    return apart <= 2 and not two_families
