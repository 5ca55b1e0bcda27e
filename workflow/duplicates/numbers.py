"""Which other numbers a number may be a slip of. A number is never corrected: its neighbours are only looked for.

The check character catches every single wrong digit and every swap of two neighbours, so what reaches the records is a
second valid number, and what is blocked has a valid number one slip away (promises.md 5.3).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from models.numbers import CHECK_CHARACTERS, RESIDENT_WEIGHTS, check_character, upgrade_15
from workflow.identity import date_of, is_built_like_resident_id

BODY = 17
"""Digits before the check character."""
PREFIXES = "GLJ"
"""Letters of a 学籍号, which stand before 18 characters built like an ID number."""
SAME, DIGIT, SWAP, OLD, UNRELATED = "same", "digit", "swap", "old_form", "unrelated"
_SHAPE = re.compile(r"\d{17}[\dX]", re.ASCII)
_EARLIEST = date(1900, 1, 1)


@dataclass(frozen=True)
class Slip:
    """How one number becomes the other: `kind` digit, swap (of two neighbours), old_form (15 digits), same or
    unrelated; `places` are counted from 1 and leave the check character out."""

    kind: str
    places: tuple[int, ...] = ()

    @property
    def related(self) -> bool:
        return self.kind != UNRELATED


def neighbours(number: str) -> list[str]:
    """Return the valid numbers that differ in one of the first 17 digits or by a swap of two neighbouring ones.

    The check character is computed anew and days that do not exist are left out: 169 numbers at most. A text that is
    not built like a resident ID number has none.
    """
    if not is_built_like_resident_id(number):
        return []
    day = number[6:14]
    return [
        body + CHECK_CHARACTERS[total % 11]
        for body, total in _slips(number[:BODY])
        if body[6:14] == day or _has_a_day(body)
    ]


def greater_neighbours(number: str) -> list[str]:
    """Return the neighbours that are greater than the number: of two neighbours exactly one finds the other."""
    return [other for other in neighbours(number) if other > number]


def meant(number: str) -> list[str]:
    """Return the valid numbers one slip away from one whose check character is wrong: what may have been meant.

    One of the 18 characters wrong, or two neighbours of them swapped. Empty for a number that is good, or that has not
    the shape of one.
    """
    if not _SHAPE.fullmatch(number) or is_built_like_resident_id(number):
        return []
    body = number[:BODY]
    likely = [body + check_character(body)]
    likely += (other + number[BODY] for other, total in _slips(body) if CHECK_CHARACTERS[total % 11] == number[BODY])
    likely += _check_swapped(number)
    return [other for other in dict.fromkeys(likely) if is_built_like_resident_id(other) and _has_a_day(other)]


def today_s_form(number: str) -> str:
    """Return the 18 characters that 15 digits became; any other number as it is."""
    return upgrade_15(number) or number


def body_of(record_no: str) -> str:
    """Return the 18 characters behind the letter of a 学籍号; empty for a text that is none."""
    return record_no[1:] if record_no[:1] in PREFIXES and len(record_no) == 19 else ""


def made_from(record_no: str) -> str:
    """Return the ID number that a 学籍号 was made from; empty for L and J numbers, which correspond to none."""
    return body_of(record_no) if record_no[:1] == "G" else ""


def slip(one: str, other: str) -> Slip:
    """Return how two numbers are related; both folded, the second may have a wrong check character."""
    if one == other:
        return Slip(SAME)
    mine, others = today_s_form(one), today_s_form(other)
    if mine == others:
        return Slip(OLD)
    if len(mine) != len(others) or len(mine) != BODY + 1:
        return Slip(UNRELATED)
    return _slip(mine, others)


def _slip(one: str, other: str) -> Slip:
    """Compare two of 18 characters. Where both are valid the check character follows from the others."""
    found = _between(one, other)
    if not found.related and is_built_like_resident_id(one) and is_built_like_resident_id(other):
        return _between(one[:BODY], other[:BODY])
    return found


def _between(one: str, other: str) -> Slip:
    places = tuple(at for at, (a, b) in enumerate(zip(one, other, strict=True), 1) if a != b)
    if len(places) == 1:
        return Slip(DIGIT, places)
    if len(places) == 2 and places[1] == places[0] + 1:
        first, second = (at - 1 for at in places)
        if one[first] == other[second] and one[second] == other[first]:
            return Slip(SWAP, places)
    return Slip(UNRELATED)


def _slips(body: str) -> Iterator[tuple[str, int]]:
    """Yield the 153 bodies with another digit and the at most 16 with two neighbours swapped, with their weighted sums.

    The sums follow from that of the body itself, which makes this several times faster than adding up each anew.
    """
    digits = [int(digit) for digit in body]
    total = sum(digit * weight for digit, weight in zip(digits, RESIDENT_WEIGHTS, strict=True))
    for at, digit in enumerate(digits):
        before, after, weight = body[:at], body[at + 1 :], RESIDENT_WEIGHTS[at]
        for other in range(10):
            if other != digit:
                yield f"{before}{other}{after}", total + (other - digit) * weight
    for at, (digit, following) in enumerate(pairwise(digits)):
        if digit != following:
            change = (following - digit) * (RESIDENT_WEIGHTS[at] - RESIDENT_WEIGHTS[at + 1])
            yield f"{body[:at]}{following}{digit}{body[at + 2 :]}", total + change


def _check_swapped(number: str) -> Iterator[str]:
    """Yield the number with its check character and the digit before it swapped back."""
    if number[BODY].isdigit():
        yield number[: BODY - 1] + number[BODY] + number[BODY - 1]


def _has_a_day(body: str) -> bool:
    day = date_of(body[6:14])
    return day is not None and day >= _EARLIEST
