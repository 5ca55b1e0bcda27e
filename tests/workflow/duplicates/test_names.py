"""Names that may be one name: each relation by itself, found again by its keys, and strangers that stay strangers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.duplicates import names
from workflow.duplicates.names import DIFFERENT, LOOK, MISSING, SAME, SIMILAR, SOUND, SPELLING, SWAPPED, WRITTEN
from workflow.identity_key import fold_name

RELATED = [
    ("王小明", "王小明", SAME),
    ("古丽娜尔·艾合买提", "古丽娜尔•艾合买提", WRITTEN),
    ("欧阳 雪", "欧阳雪", WRITTEN),
    ("李﨑", "李﨑", SAME),
    ("张伟", "张玮", SOUND),
    ("沈晨曦", "沈宸汐", SOUND),
    ("单雄", "善雄", SOUND),
    ("欧阳晓婷", "欧阳小婷", SOUND),
    ("王晴", "王睛", LOOK),
    ("𠮷田明", "吉田明", LOOK),
    ("陈诗涵", "程诗涵", SIMILAR),
    ("刘娜", "刘拉", SIMILAR),
    ("艾合买提·古丽娜尔", "古丽娜尔·艾合买提", SWAPPED),
    ("王子豪", "子豪王", SWAPPED),
    ("陈晓明", "陈明", MISSING),
    ("阿依古丽·买买提", "阿依古力·买买提", SOUND),
    ("阿卜杜热依木·图尔荪", "阿卜杜热合木·图尔荪", SPELLING),
]
STRANGERS = [
    ("王子豪", "李思涵"),
    ("张伟", "张磊"),
    ("王芳", "王芳芳芳"),
    ("欧阳雪", "司马光"),
    ("李明", "明理"),
    ("陈", "程晨"),
    ("古丽娜尔·艾合买提", "阿依古丽·买买提"),
]


@pytest.mark.parametrize(("one", "other", "kind"), RELATED)
def test_a_relation_is_seen_from_both_sides(one: str, other: str, kind: str) -> None:
    assert (names.compare(one, other).kind, names.compare(other, one).kind) == (kind, kind)


@pytest.mark.parametrize(("one", "other"), STRANGERS)
def test_strangers_have_nothing_in_common(one: str, other: str) -> None:
    assert (names.compare(one, other).kind, names.compare(other, one).kind) == (DIFFERENT, DIFFERENT)


@pytest.mark.parametrize(("one", "other", "kind"), [row for row in RELATED if row[2] not in (MISSING, SPELLING)])
def test_a_related_name_is_found_by_a_key_and_not_by_reading_every_name(one: str, other: str, kind: str) -> None:
    by_look = fold_name(other) in names.variants(fold_name(one))
    assert by_look or names.sound_keys(one) & names.sound_keys(other)


def test_characters_that_differ_are_told_with_how_they_differ() -> None:
    (place,) = names.compare("王晴儿", "王睛儿").places
    assert place == {"at": 2, "one": "晴", "other": "睛", "how": LOOK}


LOOK_ALIKES = sorted(names.look_alikes().items())


@given(st.sampled_from(LOOK_ALIKES), st.data(), st.sampled_from("王李张欧"), st.integers(1, 2))
def test_every_look_alike_in_every_place_is_found_from_both_sides(
    pair: tuple[str, str], data: st.DataObject, surname: str, place: int
) -> None:
    sign, others = pair
    other = data.draw(st.sampled_from(others))
    one_name, other_name = (surname + ("明" + it if place == 2 else it + "明") for it in (sign, other))
    assert other_name in names.variants(one_name)
    assert one_name in names.variants(other_name)
    assert names.compare(one_name, other_name).related


@given(st.text(st.sampled_from("王李明小晓晴睛伟玮芳方·娜拉"), min_size=1, max_size=6), st.integers(0, 5))
def test_comparing_never_depends_on_who_comes_first(name: str, turn: int) -> None:
    other = name[turn:] + name[:turn]
    assert names.compare(name, other).kind == names.compare(other, name).kind


def test_the_table_of_look_alikes_goes_both_ways() -> None:
    table = names.look_alikes()
    assert all(sign in table[other] for sign, others in table.items() for other in others)
