"""Which characters the font of our papers can draw, and a refusal by name for those it cannot."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import as_file, files

from fontTools.ttLib import TTFont

from web.papers.refusals import PaperRefused

FONT = "LXGWWenKai-Regular.ttf"
LAYOUT = {"\n", "\t"}
SHOWN_AT_MOST = 5
NOT_TEXT = {"photo", "url"}

LABELS = {
    "pupil.name": "学生姓名",
    "guardian.name": "监护人姓名",
    "releasing.name": "转出学校",
    "receiving.name": "转入学校",
    "releasing.class_name": "转出班级",
    "receiving.class_name": "转入班级",
    "reason": "转学原因",
    "statement": "申请说明",
    "opinions.text": "办理意见",
    "opinions.office": "办理单位",
    "opinions.decider": "办理人",
    "opinions.note": "办理备注",
    "attachments.name": "附件名称",
    "attachments.detail": "附件说明",
    "items.name": "档案材料名称",
    "items.note": "档案材料备注",
    "issued_by": "出具单位",
    "seal.name": "印章名称",
}


@cache
def coverage() -> frozenset[int]:
    """Every code point that the vendored font draws with a glyph of its own."""
    with as_file(files("pdf_templates") / "fonts" / FONT) as path, TTFont(path, lazy=True) as font:
        drawn = font.getBestCmap()
    return frozenset(point for point in drawn if not _private(chr(point)))


def undrawable(text: str) -> list[str]:
    """The characters of `text` that cannot be printed, each once, in the order they appear."""
    drawn = coverage()
    return [char for char in dict.fromkeys(text) if ord(char) not in drawn and char not in LAYOUT]


def settled(value: object) -> object:
    """The same facts with one kind of line end, and plain spaces for the blanks the font does not know."""
    if isinstance(value, str):
        return "".join(_settled(char) for char in value.replace("\r\n", "\n").replace("\r", "\n"))
    if isinstance(value, Mapping):
        return {key: item if key in NOT_TEXT else settled(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [settled(item) for item in value]
    return value


def require_drawable(facts: Mapping[str, object]) -> None:
    """Refuse facts with a character that would come out as a box, a blank or somebody's private sign."""
    for field, text in _texts(facts, ""):
        if missing := undrawable(text):
            raise _refusal(field, missing)


def _settled(char: str) -> str:
    return " " if unicodedata.category(char) == "Zs" and ord(char) not in coverage() else char


def _texts(value: object, field: str) -> Iterator[tuple[str, str]]:
    """All text of the facts with the dotted name of its field; positions in lists are left out of the name."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key not in NOT_TEXT:
                yield from _texts(item, f"{field}.{key}" if field else str(key))
    elif isinstance(value, Sequence):
        for item in value:
            yield from _texts(item, field)


def _refusal(field: str, missing: list[str]) -> PaperRefused:
    first = missing[0]
    code, advice = _advice(first)
    names = "、".join(_named(char) for char in missing[:SHOWN_AT_MOST]) + ("等" if len(missing) > SHOWN_AT_MOST else "")
    message = f"“{LABELS.get(field, field)}”里的{names}{advice}，文书没有出具。"
    return PaperRefused(code, message, {"field": field, "character": first, "code_point": _code_point(first)})


def _advice(char: str) -> tuple[str, str]:
    if _private(char):
        return "private_use", "是自造字（私用区编码），换一台机器就会变成别的字；请改用国家标准里的正式编码"
    if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} or _selector(char):
        return "control", "是看不见的控制字符，不能印在文书上；请删去后重试"
    return "character", "不在文书字库里，印出来会是空框；请核对这个字，确认无误的请告知系统管理员补充字库"


def _named(char: str) -> str:
    code_point = _code_point(char)
    return f"“{char}”（{code_point}）" if _advice(char)[0] == "character" else f"字符 {code_point} "


def _code_point(char: str) -> str:
    return f"U+{ord(char):04X}"


def _private(char: str) -> bool:
    return unicodedata.category(char) == "Co"


def _selector(char: str) -> bool:
    return 0xFE00 <= ord(char) <= 0xFE0F or 0xE0100 <= ord(char) <= 0xE01EF
