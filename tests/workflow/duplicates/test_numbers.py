"""Neighbours of numbers: every slip is found, no good number is taken for another, and nothing is ever corrected."""

import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workflow.duplicates.numbers import (
    DIGIT,
    SAME,
    SWAP,
    UNRELATED,
    greater_neighbours,
    meant,
    neighbours,
    slip,
)
from workflow.identity import check_character, date_of, is_built_like_resident_id

DAYS = st.dates(dt.date(1930, 1, 1), dt.date(2030, 12, 31))


@st.composite
def valid(draw: st.DrawFn) -> str:
    area = draw(st.integers(110000, 999999))
    first17 = f"{area}{draw(DAYS):%Y%m%d}{draw(st.integers(0, 999)):03}"
    return first17 + check_character(first17)


def with_digit(number: str, place: int, digit: int) -> str:
    body = number[:place] + str(digit) + number[place + 1 : 17]
    return body + check_character(body)


def with_swap(number: str, place: int) -> str:
    body = number[:place] + number[place + 1] + number[place] + number[place + 2 : 17]
    return body + check_character(body)


def has_a_day(number: str) -> bool:
    day = date_of(number[6:14])
    return day is not None and day >= dt.date(1900, 1, 1)


@given(valid(), st.integers(0, 16), st.integers(0, 9))
def test_a_wrong_digit_with_its_check_character_is_found(number: str, place: int, digit: int) -> None:
    other = with_digit(number, place, digit)
    assume(other != number and has_a_day(other))
    assert other in neighbours(number)
    assert slip(number, other).kind == DIGIT
    assert slip(number, other).places == (place + 1,)


@given(valid(), st.integers(0, 15))
def test_two_neighbouring_digits_swapped_are_found(number: str, place: int) -> None:
    other = with_swap(number, place)
    assume(other != number and has_a_day(other))
    assert other in neighbours(number)
    assert slip(number, other).kind == SWAP
    assert slip(number, other).places == (place + 1, place + 2)


@given(valid())
def test_neighbours_are_at_most_169_good_numbers_and_mutual(number: str) -> None:
    found = neighbours(number)
    assert len(found) == len(set(found)) <= 169
    assert number not in found
    assert all(is_built_like_resident_id(other) and has_a_day(other) for other in found)
    assert all(number in neighbours(other) for other in found[::20])


@given(valid(), st.integers(0, 998))
def test_of_two_neighbours_exactly_one_finds_the_other_upwards(number: str, pick: int) -> None:
    found = neighbours(number)
    other = found[pick % len(found)]
    assert (other in greater_neighbours(number)) != (number in greater_neighbours(other))


@given(valid(), valid())
def test_numbers_without_a_slip_are_unrelated_and_no_neighbours(one: str, other: str) -> None:
    assume(sum(a != b for a, b in zip(one[:17], other[:17], strict=True)) > 2)
    assert other not in neighbours(one)
    assert slip(one, other).kind == UNRELATED


@given(valid(), st.integers(0, 17), st.integers(0, 10))
def test_what_was_meant_is_among_the_guesses_after_a_wrong_character(number: str, place: int, digit: int) -> None:
    sign = "0123456789X"[digit] if place == 17 else str(digit % 10)
    typed = number[:place] + sign + number[place + 1 :]
    assume(typed != number)
    assert number in meant(typed)
    assert slip(number, typed).places == (place + 1,)


@given(valid(), st.integers(0, 16))
def test_what_was_meant_is_among_the_guesses_after_a_swap(number: str, place: int) -> None:
    typed = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assume(typed != number and typed[:17].isdigit())
    assert number in meant(typed)
    assert slip(number, typed).kind == SWAP


@given(valid())
def test_a_good_number_means_itself(number: str) -> None:
    assert meant(number) == []
    assert slip(number, number).kind == SAME


@pytest.mark.parametrize("text", ["", "K12345", "99010120150312001", "990101201502300014", "99010120150312O015"])
def test_what_is_no_number_has_no_neighbours(text: str) -> None:
    assert neighbours(text) == []
