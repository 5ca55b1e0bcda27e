"""Identity documents by declared type: each type has its own form of number; 18 digits alone make no resident ID."""

import re
from dataclasses import dataclass
from datetime import date

from workflow.identity import (
    IdNumber,
    fold_width,
    is_built_like_resident_id,
    looks_scientific,
    read_permit_number,
    read_resident_id,
    tidy_number,
)  # fmt: skip
from workflow.imports.cells import BLANKS, Setting, judge_oddity, judge_text
from workflow.imports.columns import Column
from workflow.imports.faults import Judged, Problem, warn
from workflow.imports.reading import Oddity

RESIDENT = "居民身份证"
OTHER = "其他"
_PERMIT_AREA = {
    "香港特区护照/身份证明": "810000",
    "澳门特区护照/身份证明": "820000",
    "台湾居民来往大陆通行证": "830000",
}
_FORMS: dict[str, tuple[str, str]] = {
    "香港特区护照/身份证明": (
        r"[HK]\d{8}(?:\d{2})?|[A-Z]{1,2}\d{6}\(?[\dA]\)?|[A-Z]{2}\d{7}",
        "回乡证（H 加 8 位数字）、香港身份证、特区护照或 18 位居住证",
    ),
    "澳门特区护照/身份证明": (
        r"M\d{8}(?:\d{2})?|\d{7}\(?\d\)?|[A-Z]{2}\d{7}",
        "回乡证（M 加 8 位数字）、澳门身份证、特区护照或 18 位居住证",
    ),
    "台湾居民来往大陆通行证": (r"\d{8}|\d{10}[A-Z]?", "台胞证（8 位数字）或 18 位居住证"),
    "境外永久居住证": (
        r"[A-Z]{3}\d{12}|9\d{16}[\dX]",
        "外国人永久居留身份证（3 个字母加 12 位数字，或 9 开头的 18 位）",
    ),
    "护照": (r"(?=[A-Z]*\d)[A-Z\d]{5,15}", "护照（5 到 15 位字母和数字）"),
}

_CHANGES = {
    "lower_x": ("id_lower_x", "字母已改为大写"),
    "full_width": ("id_full_width", "全角字符已改为半角"),
    "outer_space": ("id_outer_space", "去掉了前后的空格"),
    "inner_space": ("id_inner_space", "去掉了中间的空格"),
    "hyphen": ("id_hyphen", "去掉了连字符"),
    "apostrophe": ("id_apostrophe", "去掉了开头的撇号"),
}
_FAULTS = {
    "scientific": ("id_scientific", "变成了科学记数法，原来的数字已经丢失，请把该列设为文本格式后按证件重新填写"),
    "15_digits": ("id_15_digits", "是 15 位旧号码，请按户口簿或身份证改填 18 位号码"),
    "length": ("id_length", "应为 18 位，现在是 {} 位，请按证件核对"),
    "letters": ("id_letters", "里有字母（{}），可能把 0 写成了 O、把 1 写成了 I，请按证件核对"),
    "characters": ("id_characters", "里有不该出现的字符（{}），请按证件核对"),
    "area": ("id_area", "的前六位 {} 不是居民身份证的地区码，请按证件核对"),
    "other_area": ("id_type", "的前六位 {} 与身份证件类型不符，请核对类型和号码"),
    "impossible_date": ("id_impossible_date", "里的出生日期 {} 不存在，请按证件核对"),
    "future_date": ("id_future_date", "里的出生日期 {} 还没有到，请按证件核对"),
    "check_digit": (
        "id_check_digit",
        "的校验码（最后一位）不对，可能有一位写错或两位颠倒，请与证件逐位核对；系统不会自行更正",
    ),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A judged number. `number` is the form for comparing, None when it must not be used; birth and sex if it tells."""

    judged: Judged
    number: str | None = None
    birth: date | None = None
    sex: str | None = None


def judge_document(cell: str | Oddity, kind: str | None, column: Column, setting: Setting) -> Document:
    """Judges a number under the declared type; `kind` None: no usable type is declared."""
    if isinstance(cell, Oddity):
        if cell.kind != "number":
            return Document(judge_oddity(cell, column, setting))
        return _number_cell(cell.text, kind, column, setting)
    barred = judge_text_only(cell, column, setting)
    if barred is not None:
        return Document(barred)
    if len(cell.strip(BLANKS)) > 4 * column.limit:
        return Document(_misfit(f"{column.name}有 {len(cell)} 个字符，请按证件核对。", "overlong"))
    return _by_type(cell, kind, column, setting)


def judge_text_only(cell: str, column: Column, setting: Setting) -> Problem | None:
    """What no text cell may hold, whatever the type of document."""
    if cell.isprintable() and not cell.startswith(("=", "＝")):
        return None
    plain = Column(column.name, "mark", limit=32_767)
    judged = judge_text(cell, plain, setting)
    return judged if isinstance(judged, Problem) else None


def _number_cell(text: str, kind: str | None, column: Column, setting: Setting) -> Document:
    if len(text) > 15:
        return Document(
            _misfit(
                f"{column.name}是数字格式，末三位已经丢失，无法恢复，请把该列设为文本格式后按证件重新填写。",
                "id_precision_loss",
            )
        )
    document = _by_type(text, kind, column, setting)
    if isinstance(document.judged, str):
        message = f"{column.name}是数字格式，已按文本读取；请把该列设为文本格式。"
        return Document(warn("numeric_cell", message, document.judged), document.number, document.birth, document.sex)
    return document


def _misfit(message: str, kind: str = "id_format") -> Problem:
    return Problem(kind, message)


def _by_type(text: str, kind: str | None, column: Column, setting: Setting) -> Document:
    if kind == RESIDENT:
        return _resident(read_resident_id(text, setting.today, setting.demo), column)
    if kind is None:
        return _untyped(text, column, setting)
    if looks_scientific(text):
        return _resident(IdNumber(text, fault="scientific"), column)
    if kind in _PERMIT_AREA and re.fullmatch(r"\d{17}[\dX]", tidy_number(text)[0], re.ASCII):
        return _resident(read_permit_number(text, _PERMIT_AREA[kind], setting.today), column)
    if kind in _FORMS:
        return _formed(text, kind, column)
    return _free(text, kind, column, setting)


def _resident(number: IdNumber, column: Column) -> Document:
    if number.fault is not None:
        kind, sentence = _FAULTS[number.fault]
        return Document(_misfit(f"{column.name}{sentence.format(number.detail)}。", kind))
    return Document(_with_changes(number.number, number.changes, column), number.number, number.birth, number.sex)


def _with_changes(number: str, changes: tuple[str, ...], column: Column) -> Judged:
    if not changes:
        return number
    done = "，".join(_CHANGES[change][1] for change in changes)
    return warn(_CHANGES[changes[0]][0], f"{column.name}：{done}。", number)


def _untyped(text: str, column: Column, setting: Setting) -> Document:
    """A family member's number without a type is taken when it is a good resident ID; else the type is needed."""
    document = _resident(read_resident_id(text, setting.today, setting.demo), column)
    if column.member and document.number is None:
        return Document(_misfit(f"{column.name}不是有效的居民身份证号；如是其他证件，请填写证件类型，否则请核对号码。"))
    return document


def _formed(text: str, kind: str, column: Column) -> Document:
    number, changes = tidy_number(text)
    pattern, sentence = _FORMS[kind]
    if not re.fullmatch(pattern, number, re.ASCII):
        return Document(_misfit(f"{column.name}与身份证件类型“{kind}”不符，应为{sentence}，请核对类型和号码。"))
    if kind == "境外永久居住证" and len(number) == 18 and not is_built_like_resident_id(number):
        return Document(_misfit(f"{column.name}{_FAULTS['check_digit'][1]}。", "id_check_digit"))
    return Document(_with_changes(number, changes, column), number)


def _free(text: str, kind: str, column: Column, setting: Setting) -> Document:
    """Types without a known form; but a good resident ID under such a type is declared wrongly."""
    clean = fold_width(text).strip(BLANKS).upper()
    if len(clean) > column.limit:
        return Document(_misfit(f"{column.name}有 {len(clean)} 个字，最多 {column.limit} 个，请核对。", "overlong"))
    if kind == OTHER and read_resident_id(clean, setting.today, setting.demo).fault is None:
        return Document(_misfit(f"{column.name}是有效的居民身份证号，请把身份证件类型改为“居民身份证”。", "id_type"))
    return Document(_with_changes(clean, () if clean == text.strip(BLANKS) else ("full_width",), column), clean)
