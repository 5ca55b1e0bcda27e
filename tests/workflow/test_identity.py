"""Identity numbers and names: the table of the domain handbook and what lies beside it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow import identity

TODAY = date(2025, 9, 1)


def test_the_check_character_follows_the_worked_example() -> None:
    assert identity.check_character("99010120150312001") == "5"


@pytest.mark.parametrize(
    ("number", "birth", "sex"),
    [
        ("990101201503120015", date(2015, 3, 12), "男"),
        ("990101201503120023", date(2015, 3, 12), "女"),
        ("990201201602290111", date(2016, 2, 29), "男"),
        ("99020120130715124X", date(2013, 7, 15), "女"),
        ("99010320140520009X", date(2014, 5, 20), "男"),
    ],
)
def test_a_good_number_tells_birth_date_and_sex(number: str, birth: date, sex: str) -> None:
    read = identity.read_resident_id(number, TODAY, demo=True)
    assert (read.number, read.changes, read.fault, read.birth, read.sex) == (number, (), None, birth, sex)


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("990101201503120016", "check_digit"),
        ("990101201502300014", "impossible_date"),
        ("990101209903120010", "future_date"),
        ("99010120150312001", "length"),
        ("990101870608001", "15_digits"),
        ("9.90101E+17", "scientific"),
        ("9.90101e17", "scientific"),
        ("990101201503120000", "check_digit"),
        ("99010120I5O3120015", "letters"),
        ("990101201503120O15", "letters"),
        ("9901012015031200X5", "letters"),
        ("990101201503/20015", "characters"),
        ("810000201503120019", "other_area"),
        ("100101201503120018", "area"),
        ("", "length"),
    ],
)
def test_a_bad_number_is_named_for_what_is_wrong(number: str, fault: str) -> None:
    read = identity.read_resident_id(number, TODAY, demo=True)
    assert (read.fault, read.birth, read.sex) == (fault, None, None)


@pytest.mark.parametrize(
    ("written", "changes"),
    [
        ("99020120130715124x", ("lower_x",)),
        ("９９０２０１２０１３０７１５１２４Ｘ", ("full_width",)),
        ("\u300099020120130715124X", ("outer_space",)),
        ("99020120130715124X\u00a0", ("outer_space",)),
        ("990201 20130715 124X", ("inner_space",)),
        ("990201-20130715-124X", ("hyphen",)),
        ("990201－20130715–124X", ("full_width", "hyphen")),
        ("'99020120130715124X", ("apostrophe",)),
        (" 990201 20130715124x", ("outer_space", "inner_space", "lower_x")),
    ],
)
def test_writings_of_one_number_come_to_one_form(written: str, changes: tuple[str, ...]) -> None:
    read = identity.read_resident_id(written, TODAY, demo=True)
    assert (read.number, read.changes, read.fault) == ("99020120130715124X", changes, None)


def test_the_fictional_area_counts_in_demo_data_only() -> None:
    assert identity.read_resident_id("990101201503120015", TODAY).fault == "area"


@given(st.integers(0, 999), st.dates(date(1990, 1, 1), TODAY), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(sequence: int, birth: date, place: int, shift: int) -> None:
    first17 = f"990101{birth:%Y%m%d}{sequence:03}"
    number = first17 + identity.check_character(first17)
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert identity.read_resident_id(number, TODAY, demo=True).fault is None
    assert identity.read_resident_id(wrong, TODAY, demo=True).fault is not None


@given(st.text(max_size=40))
def test_no_text_upsets_the_judge(text: str) -> None:
    read = identity.read_resident_id(text, TODAY, demo=True)
    assert (read.fault is None) == (read.birth is not None)
    identity.read_name(text)
    identity.read_record_number(text)


def test_an_old_number_can_be_upgraded_for_comparing() -> None:
    assert identity.upgrade_15("990101870608001") == "990101198706080012"
    assert identity.upgrade_15("990101871308001") is None


@pytest.mark.parametrize(
    ("number", "fault", "remark"),
    [
        ("G990101201503120015", None, None),
        ("J990101201706080017", None, None),
        ("L990101201706081378", None, None),
        ("L990101201706081370", None, "check_digit"),
        ("G990101201503120016", "check_digit", None),
        ("A990101201503120015", "shape", None),
        ("G99010120150312001", "shape", None),
        ("J990101201713080017", "impossible_date", None),
        ("g990101201503120015", "shape", None),
    ],
)
def test_record_numbers_follow_the_handbook(number: str, fault: str | None, remark: str | None) -> None:
    read = identity.read_record_number(number)
    assert (read.fault, read.remark) == (fault, remark)


def test_a_formal_number_of_an_earlier_id_is_a_remark() -> None:
    assert identity.read_record_number("G990101201503120015", "990101201503120023").remark == "other_id"
    assert identity.read_record_number("L990101201706081378", "990101201503120023").remark is None


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("2199000001", None), ("3199000002", None), ("3499000003", None), ("5199000004", None), ("219900001", "shape"),
        ("9999000001", "category"), ("2299000001", "category"), ("21 9900 0001", "shape"), ("2100000001", "province"),
    ],
)  # fmt: skip
def test_school_codes_follow_the_handbook(code: str, fault: str | None) -> None:
    assert identity.school_code_fault(code, demo=True) == fault


def test_a_demo_school_is_none_outside_demo_data() -> None:
    assert identity.school_code_fault("2199000001") == "province"


@pytest.mark.parametrize(
    "name",
    [
        "唐思晴",
        "欧阳若溪",
        "古丽娜尔·艾合买提",
        "𠮷田",
        "王䶮",
        "李㛃",
        "陈𬱖",
        "龦\ufa64",
        "𰻞",
        "〇三",
        "Anna Maria",
        "J. Smith",
        "O'Neil-Ng",
        "Łukasz",
    ],
)
def test_names_are_stored_exactly_as_entered(name: str) -> None:
    assert identity.read_name(name) == identity.Name(name)


@pytest.mark.parametrize(
    ("written", "clean", "changes"),
    [
        ("唐 思 晴", "唐思晴", ("space",)),
        ("唐思晴\u3000", "唐思晴", ("space",)),
        ("古丽娜尔•艾合买提", "古丽娜尔·艾合买提", ("dot",)),
        ("古丽娜尔・艾合买提", "古丽娜尔·艾合买提", ("dot",)),
        ("古丽娜尔‧艾合买提", "古丽娜尔·艾合买提", ("dot",)),
        ("古丽娜尔．艾合买提", "古丽娜尔·艾合买提", ("dot",)),
        ("古丽娜尔.艾合买提", "古丽娜尔·艾合买提", ("dot",)),
        ("古丽娜尔 ⋅ 艾合买提", "古丽娜尔·艾合买提", ("space", "dot")),
        ("Anna  Maria", "Anna Maria", ("space",)),
    ],
)
def test_spaces_and_dots_are_put_right_and_told(written: str, clean: str, changes: tuple[str, ...]) -> None:
    assert identity.read_name(written) == identity.Name(clean, changes)


@pytest.mark.parametrize(
    ("name", "fault", "detail"),
    [
        ("唐\u200b思晴", "control", "第2个字符 U+200B"),
        ("唐\u202e思晴", "control", "第2个字符 U+202E"),
        ("唐思\x7f晴", "control", "第3个字符 U+007F"),
        ("\x07唐", "control", "第1个字符 U+0007"),
        ("唐\n思", "control", "第2个字符 U+000A"),
        ("唐\ue001", "private_use", "第2个字符 U+E001"),
        ("唐1", "character", "第2个字符“1”"),
        ("<b>唐", "character", "第1个字符“<”"),
        ("唐😀", "character", "第2个字符“😀”"),
        ("唐" * 51, "overlong", "51"),
        ("\u3000 ", "empty", ""),
        ("·唐思", "dot_place", ""),
        ("唐··思", "dot_place", ""),
    ],
)
def test_a_bad_name_is_named_with_character_and_position(name: str, fault: str, detail: str) -> None:
    read = identity.read_name(name)
    assert (read.fault, read.detail) == (fault, detail)
