"""Identity numbers and names: bring to one written form, then judge. Pure functions; `today` is an argument."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from models.numbers import check_character as check_character
from models.numbers import upgrade_15 as upgrade_15

# First two digits of GB/T 2260: the province-level areas of the mainland.
PROVINCES = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
    ]
)
DEMO_PROVINCE = "99"
# Areas on the residence permits of residents of Hong Kong, Macao and Taiwan; the number is built like a resident ID.
PERMIT_AREAS = {"810000": "香港", "820000": "澳门", "830000": "台湾"}

SCHOOL_CATEGORIES = frozenset({"21", "31", "32", "34", "37", "51"})
SCHOOL_PROVINCES = PROVINCES | {"66", "71", "81", "82"}

NAME_LIMIT = 50
MIDDLE_DOT = "\u00b7"
OTHER_DOTS = "\u2022\u30fb\uff65\u2027\u22c5\u2219\u0387\uff0e\ufe52."
HYPHENS = "-\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"
APOSTROPHES = "'\u2018\u2019`\uff07"

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_DOTS = {ord(dot): MIDDLE_DOT for dot in OTHER_DOTS}
_HYPHENS = dict.fromkeys(map(ord, HYPHENS))
_HANZI_RANGES = (
    (0x3007, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF),
    (0x2A700, 0x2EE5D), (0x2F800, 0x2FA1F), (0x30000, 0x323AF),
)  # fmt: skip
_HANZI = "".join(f"{chr(first)}-{chr(last)}" for first, last in _HANZI_RANGES)
_HANZI_NAME = re.compile(f"[{_HANZI}]+(?:{MIDDLE_DOT}[{_HANZI}]+)*")
_HANZI_WITH_SPACES = re.compile(rf"[{_HANZI}{MIDDLE_DOT}\s]+")
_HANZI_ANY = re.compile(f"[{_HANZI}]")
_RECORD_NUMBER = re.compile(r"[GLJ]\d{17}[\dX]", re.ASCII)


def fold_width(text: str) -> str:
    """Full-width letters, digits and signs as half-width ones; the ideographic space as a space."""
    return text.translate(_FULL_WIDTH).replace("\u3000", " ")


def date_of(text: str) -> date | None:
    """The day written as YYYYMMDD, or None when there is no such day."""
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


# --- resident ID numbers ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A number in its one written form, what had to be changed for that, and what is wrong with it.

    `changes` holds any of apostrophe, full_width, outer_space, inner_space, hyphen, lower_x. `fault` is None for a
    good number, else one of scientific, 15_digits, length, letters, characters, area, other_area, impossible_date,
    future_date, check_digit; `detail` says where. `birth` and `sex` are None when there is a fault.
    """

    number: str
    changes: tuple[str, ...] = ()
    fault: str | None = None
    detail: str = ""
    birth: date | None = None
    sex: str | None = None


def tidy_number(text: str) -> tuple[str, tuple[str, ...]]:
    """Folds width, removes spaces, hyphens and a leading apostrophe, raises letters: (number, changes)."""
    if text.isascii() and text.isalnum() and text.upper() == text:
        return text, ()
    changes = []
    stripped = text.strip()
    if stripped != text:
        changes.append("outer_space")
    if stripped and stripped[0] in APOSTROPHES:
        stripped = stripped[1:].strip()
        changes.append("apostrophe")
    folded = fold_width(stripped)
    if folded != stripped:
        changes.append("full_width")
    closed = "".join(folded.split())
    if closed != folded:
        changes.append("inner_space")
    plain = closed.translate(_HYPHENS)
    if plain != closed:
        changes.append("hyphen")
    raised = plain.upper()
    if raised != plain:
        changes.append("lower_x")
    return raised, tuple(changes)


def read_resident_id(text: str, today: date, demo: bool = False) -> IdNumber:
    """Judges the number of a 居民身份证. Area 99 is good in demo data only. Nothing is ever corrected by guessing."""
    if looks_scientific(text):
        return IdNumber(text.strip(), fault="scientific")
    number, changes = tidy_number(text)
    fault, detail = _resident_shape(number)
    if fault is None:
        fault, detail = _resident_content(number, today, demo)
    if fault is not None:
        return IdNumber(number, changes, fault, detail)
    return IdNumber(number, changes, birth=date_of(number[6:14]), sex=sex_of(number))


def looks_scientific(text: str) -> bool:
    """Whether the text is a long number that a spreadsheet has shortened, such as 9.90101E+17."""
    return re.fullmatch(r"\s*\d(\.\d*)?E\+?\d{1,3}\s*", fold_width(text), re.ASCII | re.IGNORECASE) is not None


def sex_of(number: str) -> str:
    """男 or 女 by the 17th digit of a resident ID number."""
    return "男" if int(number[16]) % 2 else "女"


def is_built_like_resident_id(number: str) -> bool:
    """18 characters, a day that exists and the right check character, whatever the area."""
    return _resident_shape(number)[0] is None and date_of(number[6:14]) is not None and _check_fits(number)


def _resident_shape(number: str) -> tuple[str | None, str]:
    if re.fullmatch(r"\d{17}[\dX]", number, re.ASCII):
        return None, ""
    if re.fullmatch(r"\d{15}", number, re.ASCII):
        return "15_digits", ""
    odd = [
        (place, sign)
        for place, sign in enumerate(number, 1)
        if not ("0" <= sign <= "9" or (sign == "X" and place == 18))
    ]
    if not odd:
        return "length", str(len(number))
    if all("A" <= sign <= "Z" for _, sign in odd):
        return ("letters" if len(number) == 18 else "length"), (_places(odd) if len(number) == 18 else str(len(number)))
    return "characters", _places(odd)


def _places(odd: list[tuple[int, str]]) -> str:
    return "、".join(f"第{place}位“{sign}”" for place, sign in odd[:3])


def _resident_content(number: str, today: date, demo: bool) -> tuple[str | None, str]:
    area = number[:6]
    if area in PERMIT_AREAS:
        return "other_area", PERMIT_AREAS[area]
    if not plausible_area(area, demo):
        return "area", area
    return _date_and_check(number, today)


def _date_and_check(number: str, today: date) -> tuple[str | None, str]:
    birth = date_of(number[6:14])
    if birth is None:
        return "impossible_date", number[6:14]
    if not _check_fits(number):
        return "check_digit", ""
    if birth > today:
        return "future_date", number[6:14]
    return None, ""


def read_permit_number(text: str, area: str, today: date) -> IdNumber:
    """Judges the 18 characters of a residence permit (居住证) of `area` 810000, 820000 or 830000."""
    number, changes = tidy_number(text)
    fault, detail = _resident_shape(number)
    if fault is None:
        fault, detail = ("other_area", number[:6]) if number[:6] != area else _date_and_check(number, today)
    if fault is not None:
        return IdNumber(number, changes, fault, detail)
    return IdNumber(number, changes, birth=date_of(number[6:14]), sex=sex_of(number))


def _check_fits(number: str) -> bool:
    return number[17] == check_character(number[:17])


def plausible_area(code: str, demo: bool = False) -> bool:
    """Whether the first two digits name a mainland province; 99 counts in demo data only."""
    return code[:2] in PROVINCES or (demo and code[:2] == DEMO_PROVINCE)


# --- numbers issued by the national system ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecordNumber:
    """A 学籍号. `fault` stops (shape, impossible_date, check_digit), `remark` only warns (check_digit, other_id)."""

    number: str
    fault: str | None = None
    remark: str | None = None


def read_record_number(text: str, id_number: str | None = None) -> RecordNumber:
    """Judges a G, L or J number (domain 3.2): a wrong check character stops G and J, and is a remark for L."""
    number = fold_width(text).strip()
    if not _RECORD_NUMBER.fullmatch(number):
        return RecordNumber(number, fault="shape")
    body = number[1:]
    if date_of(body[6:14]) is None:
        return RecordNumber(number, fault="impossible_date")
    if not _check_fits(body):
        return (
            RecordNumber(number, remark="check_digit")
            if number[0] == "L"
            else RecordNumber(number, fault="check_digit")
        )
    if number[0] == "G" and id_number and body != id_number:
        return RecordNumber(number, remark="other_id")
    return RecordNumber(number)


def school_code_fault(
    code: str,
    demo: bool = False,
    categories: frozenset[str] = SCHOOL_CATEGORIES,
    provinces: frozenset[str] = SCHOOL_PROVINCES,
) -> str | None:
    """None for a school code of the right shape, else shape, category or province. No check digit is documented."""
    if not re.fullmatch(r"\d{10}", code, re.ASCII):
        return "shape"
    if code[:2] not in categories:
        return "category"
    if code[2:4] not in provinces and not (demo and code[2:4] == DEMO_PROVINCE):
        return "province"
    return None


# --- names -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Name:
    """A personal name as it may be stored. `changes`: space, dot. `fault`: empty, overlong, control, private_use,
    dot_place, character; `detail` names the character and its position."""

    text: str
    changes: tuple[str, ...] = ()
    fault: str | None = None
    detail: str = ""


def read_name(text: str) -> Name:
    """Cleans and judges a name: spaces go from a name of Hanzi, other dots become U+00B7, the rest stays as entered."""
    if _HANZI_NAME.fullmatch(text) and len(text) <= NAME_LIMIT:
        return Name(text)
    bad = find_unprintable(text)
    if bad is not None:
        return Name(text, fault=bad.fault, detail=bad.detail)
    dotted = _with_middle_dots(text)
    clean = _without_spaces(dotted)
    changes = tuple(change for change, done in (("space", clean != dotted), ("dot", dotted != text)) if done)
    fault, detail = _name_fault(clean)
    return Name(clean, changes, fault, detail)


def _with_middle_dots(text: str) -> str:
    # A full stop belongs to a Latin name ("J. Smith"); between Hanzi it stands for the middle dot.
    return text.translate(_DOTS) if _HANZI_ANY.search(text) else text


def _without_spaces(text: str) -> str:
    if _HANZI_WITH_SPACES.fullmatch(text):
        return "".join(text.split())
    return " ".join(text.split())


def _name_fault(name: str) -> tuple[str | None, str]:
    if not name:
        return "empty", ""
    if len(name) > NAME_LIMIT:
        return "overlong", str(len(name))
    for place, sign in enumerate(name, 1):
        if not _may_stand_in_a_name(sign):
            return "character", f"第{place}个字符“{sign}”"
    if name[0] == MIDDLE_DOT or name[-1] == MIDDLE_DOT or MIDDLE_DOT * 2 in name:
        return "dot_place", ""
    return None, ""


def _may_stand_in_a_name(sign: str) -> bool:
    if _HANZI_ANY.match(sign) or sign == MIDDLE_DOT:
        return True
    return sign in " -'\u2019." or unicodedata.category(sign) in ("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc")


@dataclass(frozen=True, slots=True)
class Unprintable:
    """A character that must not be stored: `fault` is control or private_use; `detail` names it and its position."""

    fault: str
    detail: str


def find_unprintable(text: str, line_breaks: bool = False) -> Unprintable | None:
    """The first control, invisible, direction or private-use character; with `line_breaks` tabs and line ends pass."""
    if text.isprintable() and "\ufffd" not in text:
        return None
    for place, sign in enumerate(text, 1):
        if (sign.isprintable() and sign != "\ufffd") or (line_breaks and sign in "\t\n\r"):
            continue
        category = unicodedata.category(sign)
        if category == "Co":
            return Unprintable("private_use", f"第{place}个字符 U+{ord(sign):04X}")
        if category in ("Cc", "Cf", "Cs", "Zl", "Zp") or ord(sign) & 0xFFFE == 0xFFFE or sign == "\ufffd":
            return Unprintable("control", f"第{place}个字符 U+{ord(sign):04X}")
    return None
