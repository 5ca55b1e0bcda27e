"""What speaks for one child: every score is the sum of its reasons, one slip alone is not enough, twins stay twins."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.register import BORN, FAR, NUMBER, number_of
from web.present import findings as words
from workflow.duplicates import names
from workflow.duplicates.scoring import HINT, POINTS, STRANGERS, TWINS, Facts, assess

CHILD = Facts(1, "王小明", "male", BORN, NUMBER, guardians=frozenset({b"mother"}))
NEXT = number_of("99010120140312013")
SLIP = number_of("99010120140312111")
OTHER_FAMILY = frozenset({b"another mother"})

ALIKE = {
    "one digit": replace(CHILD, number=SLIP),
    "two digits swapped": replace(CHILD, number=number_of("99010120140312101")),
    "one digit, another family": replace(CHILD, number=SLIP, guardians=OTHER_FAMILY),
    "the same sound": replace(CHILD, number=SLIP, name="王晓明", guardians=frozenset()),
    "a look-alike": replace(CHILD, number=SLIP, name="王小朋", guardians=frozenset()),
    "swapped parts": replace(CHILD, number=SLIP, name="小明王", guardians=frozenset()),
    "no number on one side": replace(CHILD, number=None, guardians=frozenset()),
    "no number on one side, the same sound, one mother": replace(CHILD, number=None, name="王晓明"),
    "another number, one mother": replace(CHILD, number=FAR),
    "a record number from the other's ID number": replace(CHILD, number=FAR, record_no="G" + NUMBER),
    "an old record number": replace(CHILD, number=FAR, record_no="L990101201403120011", guardians=OTHER_FAMILY),
}
APART = {
    "namesakes of one day": replace(CHILD, number=FAR, guardians=OTHER_FAMILY),
    "neighbouring numbers, strangers": replace(CHILD, number=SLIP, name="李思涵", guardians=OTHER_FAMILY),
    "siblings": replace(CHILD, number=number_of("99010120160801017"), name="王大壮", birth_date=dt.date(2016, 8, 1)),
    "twins with other names": replace(CHILD, number=NEXT, name="王大壮"),
    "the same sound and day": replace(CHILD, number=FAR, name="王晓明", guardians=OTHER_FAMILY),
    "one name, another birthday": replace(CHILD, number=None, birth_date=dt.date(2011, 7, 1), guardians=OTHER_FAMILY),
}


@pytest.mark.parametrize("other", ALIKE.values(), ids=list(ALIKE))
def test_what_may_be_one_child_is_a_hint(other: Facts) -> None:
    one = replace(CHILD, record_no=other.record_no) if (other.record_no or "").startswith("L") else CHILD
    assert assess(one, other).score >= HINT


@pytest.mark.parametrize("other", APART.values(), ids=list(APART))
def test_what_is_chance_is_nobody_s_business(other: Facts) -> None:
    assert assess(CHILD, other).score < HINT


def test_twins_whose_names_sound_alike_stay_a_weak_hint_that_says_so() -> None:
    found = assess(CHILD, replace(CHILD, number=NEXT, name="王晓明"))
    assert HINT <= found.score <= TWINS
    assert "也可能是双胞胎" in words.sentences(found.reasons)[-1]


numbers = st.sampled_from([NUMBER, SLIP, FAR, NEXT, None])
people = st.builds(
    Facts, st.just(1), st.sampled_from(["王小明", "王晓明", "李思涵", "明小王", "王小朋"]),
    st.sampled_from(["male", "female"]), st.sampled_from([BORN, dt.date(2014, 12, 3), dt.date(2011, 1, 1)]), numbers,
    numbers.map(lambda number: number and "G" + number), st.sampled_from([frozenset({b"m"}), frozenset({b"n"})]),
)  # fmt: skip


@given(people, people)
def test_a_score_is_the_sum_of_its_reasons_and_the_same_from_both_sides(one: Facts, other: Facts) -> None:
    found, back = assess(one, other), assess(other, one)
    assert found.score == back.score
    total = sum(reason["points"] for reason in found.reasons)
    assert found.score in {max(0, min(100, total)), STRANGERS, TWINS}
    assert all(reason["points"] == POINTS.get((reason["field"], reason["kind"]), 0) for reason in found.reasons)
    assert len(words.sentences(found.reasons)) == len(found.reasons)


@given(people, people)
def test_reasons_never_hold_a_digit_of_a_number(one: Facts, other: Facts) -> None:
    for reason in assess(one, other).reasons:
        if reason["field"] in ("id_number", "record_no"):
            assert set(reason["detail"] or ()) <= {"places"}


def test_every_reason_has_its_words() -> None:
    for field, kind in POINTS:
        assert words.sentence({"field": field, "kind": kind, "detail": None})
    assert set(names.RELATED) <= set(words.NAMES)
