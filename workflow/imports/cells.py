"""The rules for single cells, by the kind of their column. Dates and identity documents have modules of their own."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from workflow.identity import DEMO_PROVINCE, PROVINCES, find_unprintable, fold_width, read_name
from workflow.imports.columns import Column
from workflow.imports.dates import (
    judge_birth,
    judge_birth_cell,
    judge_birth_number,
    judge_month,
    judge_month_cell,
    judge_validity,
)  # fmt: skip
from workflow.imports.faults import Judged, Problem, warn
from workflow.imports.reading import Oddity

BLANKS = " \t\r\n\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
AREAS = PROVINCES | {"71", "81", "82"}
FARTHEST = 9999

_PHONE = re.compile(r"1\d{10}|0\d{2,3}-?\d{7,8}(?:-\d{1,6})?|[48]00-?\d{3}-?\d{4}|(?:\+|00)\d{7,15}", re.ASCII)
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&*+/=?^_{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}"
)
_HOMEPAGE = re.compile(
    r"(?:https?://)?(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}(?::\d{1,5})?(?:/[\x21-\x7e]*)?", re.ASCII
)
_DISTANCE = re.compile(r"\d{1,4}(?:\.\d{1,6})?", re.ASCII)
_LOSES_DIGITS_FROM = 16


@dataclass(frozen=True, slots=True)
class SchoolFacts:
    """The school that the file is for. `classes` maps class numbers and class names to the class number."""

    code: str
    classes: Mapping[str, str]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """What rules need beside the cell: the school, the day of the import, and whether area 99 counts (demo data)."""

    school: SchoolFacts
    today: date
    demo: bool = False


Rule = Callable[[str, Column, Setting], Judged]


def judge_text(text: str, column: Column, setting: Setting) -> Judged:
    """Judges a text cell: what no column may hold, then the rule of the column's kind."""
    if not text.isprintable() or "\ufffd" in text:
        bad = find_unprintable(text.strip(BLANKS), line_breaks=column.kind != "name")
        if bad is not None:
            return _unprintable(bad.fault, bad.detail, column)
    if text.startswith(("=", "＝")):
        return Problem("formula_text", f"{column.name}以“=”开头，像没有算出结果的公式，请填写结果本身。")
    return RULES[column.kind](text, column, setting)


def _unprintable(fault: str, detail: str, column: Column) -> Problem:
    if fault == "private_use":
        return Problem(
            "private_use_character", f"{column.name}的{detail} 是自造字，换一台电脑就认不出，请改用标准汉字。"
        )
    return Problem("control_character", f"{column.name}的{detail} 是看不见的控制字符，请删去后重新填写。")


def judge_oddity(cell: Oddity, column: Column, setting: Setting) -> Judged:
    """Judges a cell that is not text: formula, error, truth value, date or number."""
    if cell.kind == "formula":
        return Problem("formula", f"{column.name}是公式，系统不替表格计算，请改填结果（复制后选择性粘贴为数值）。")
    if cell.kind == "error":
        return Problem("error_value", f"{column.name}显示为错误值 {cell.text[:20]}，请重新填写。")
    if cell.kind == "bool":
        return Problem("bool_value", f"{column.name}是逻辑值 {cell.text}，请填写文字。")
    return (
        _judge_date_cell(cell.text, column, setting)
        if cell.kind == "date"
        else _judge_number(cell.text, column, setting)
    )


def _judge_date_cell(day: str, column: Column, setting: Setting) -> Judged:
    if column.kind == "birth":
        return judge_birth_cell(day, setting.today)
    if column.kind == "month":
        return judge_month_cell(day, setting.today)
    return Problem(
        "date_instead", f"{column.name}被表格软件当成了日期（{day[:10]}），请把单元格设为文本格式后重新填写。"
    )


def _judge_number(text: str, column: Column, setting: Setting) -> Judged:
    if column.kind == "birth":
        return judge_birth_number(text, setting.today)
    if column.kind == "label" and column.table is not None:
        label = column.table.padded(text)
        return label if label is not None else _unknown_label(text, column)
    if column.text_only and len(text) >= _LOSES_DIGITS_FROM:
        return Problem("precision_loss", f"{column.name}是数字格式，末几位已经丢失，请把该列设为文本格式后重新填写。")
    judged = judge_text(text, column, setting)
    if isinstance(judged, str) and (column.text_only or column.kind == "month"):
        return warn("numeric_cell", f"{column.name}是数字格式，已按文本读取；请把该列设为文本格式。", judged)
    return judged


# --- rules by kind ---------------------------------------------------------------------------------------------------


def _label(text: str, column: Column, setting: Setting) -> Judged:
    assert column.table is not None
    label = column.table.canonical(text)
    return label if label is not None else _unknown_label(text, column)


def _unknown_label(text: str, column: Column) -> Problem:
    assert column.table is not None
    return Problem(
        "label_unknown", f"{column.name}“{_short(text)}”不在可选项之内，请从这些里选：{column.table.offer()}。"
    )


def _short(text: str) -> str:
    return text if len(text) <= 20 else text[:20] + "…"


def _name(text: str, column: Column, setting: Setting) -> Judged:
    name = read_name(text)
    if name.fault is not None:
        return _name_fault(name.fault, name.detail, column)
    if not name.changes:
        return name.text
    done = {"space": "去掉了多余的空格", "dot": "间隔号已改为“·”"}
    kind = "name_dot" if "dot" in name.changes else "name_space"
    return warn(kind, f"{column.name}：{'，'.join(done[change] for change in name.changes)}。", name.text)


def _name_fault(fault: str, detail: str, column: Column) -> Problem:
    if fault == "overlong":
        return _overlong(int(detail), column)
    if fault in ("control", "private_use"):
        return _unprintable(fault, detail, column)
    if fault == "dot_place":
        return Problem("name_dot_place", f"{column.name}的间隔号“·”应当只在两段名字之间各有一个，请核对。")
    return Problem("name_character", f"{column.name}的{detail}不能用在姓名里，请按户口簿核对。")


def _overlong(length: int, column: Column) -> Problem:
    return Problem("overlong", f"{column.name}有 {length} 个字，最多 {column.limit} 个，请缩短；系统不会自行截断。")


def _free_text(text: str, column: Column, setting: Setting) -> Judged:
    clean = text.strip(BLANKS)
    if len(clean) > column.limit:
        return _overlong(len(clean), column)
    if sum(map(_is_mark, clean)) * 2 > len(clean):
        return Problem("marks", f"{column.name}里有大量叠加的符号，请重新填写。")
    if "\n" in clean or "\r" in clean or "\t" in clean:
        joined = " ".join(clean.split())
        return warn("line_break", f"{column.name}里的换行已改为空格。", joined)
    return clean


def _is_mark(sign: str) -> bool:
    return sign > "\u02ff" and not "\u3000" <= sign <= "\u9fff" and unicodedata.category(sign) == "Mn"


def _mark(text: str, column: Column, setting: Setting) -> Judged:
    clean = fold_width(text).strip(BLANKS)
    return _overlong(len(clean), column) if len(clean) > column.limit else clean


def _school(text: str, column: Column, setting: Setting) -> Judged:
    if text == setting.school.code:
        return text
    code = "".join(fold_width(text).split()).lstrip("'")
    if code == setting.school.code:
        return _rewritten(text, code, column)
    if not re.fullmatch(r"\d{10}", code, re.ASCII):
        return Problem("school_code_format", f"学校标识码应为 10 位数字，本校是 {setting.school.code}。")
    return Problem(
        "school_code_other", f"学校标识码不是本校的（本校是 {setting.school.code}），不能把学生导入别的学校，请核对。"
    )


def _rewritten(text: str, clean: str, column: Column) -> Judged:
    """Outer blanks go without a word; anything else that was changed is told."""
    return clean if text.strip(BLANKS) == clean else warn("rewritten", f"{column.name}已按 {clean} 读取。", clean)


def _class(text: str, column: Column, setting: Setting) -> Judged:
    classes = setting.school.classes
    written = text.strip(BLANKS)
    if written in classes:
        return classes[written]
    key = _class_key(written)
    found = {number for name, number in classes.items() if _class_key(name) == key}
    if len(found) == 1:
        return warn("class_written", f"班级“{_short(written)}”已按本校的同名班级读取。", found.pop())
    return Problem("class_unknown", f"本校没有“{_short(written)}”这个班，请填写本校已有的班号或班名。")


def _class_key(name: str) -> str:
    return re.sub(r"[\s()]", "", unicodedata.normalize("NFKC", name))


def _month(text: str, column: Column, setting: Setting) -> Judged:
    return judge_month(text, setting.today)


def _birth(text: str, column: Column, setting: Setting) -> Judged:
    return judge_birth(text, setting.today)


def _validity(text: str, column: Column, setting: Setting) -> Judged:
    return judge_validity(text)


def _area(text: str, column: Column, setting: Setting) -> Judged:
    code = text if text.isascii() else fold_width(text)
    code = "".join(code.split()).lstrip("'")
    if not (len(code) == 12 and code.isascii() and code.isdigit()):
        return Problem("area_format", f"{column.name}应为 12 位数字的区划代码（到村、居委会），请核对。")
    if code[:2] not in AREAS and not (setting.demo and code[:2] == DEMO_PROVINCE):
        return Problem("area_unknown", f"{column.name}的前两位 {code[:2]} 不是任何省级地区的代码，请核对。")
    return _rewritten(text, code, column)


def _area_or_text(text: str, column: Column, setting: Setting) -> Judged:
    """A family member's registration place: the 12-digit code, or the address in words."""
    folded = fold_width(text).strip(BLANKS + "'")
    return (
        _area(text, column, setting) if folded[:1].isdigit() and folded.isascii() else _free_text(text, column, setting)
    )


def _phone(text: str, column: Column, setting: Setting) -> Judged:
    if len(text) == 11 and text[0] == "1" and text.isascii() and text.isdigit():
        return text
    plain = (
        fold_width(text)
        .strip(BLANKS + "'")
        .translate({ord(dash): "-" for dash in "\u2010\u2011\u2012\u2013\u2014\u2212"})
    )
    closed = "".join(plain.split())
    mobile = closed.replace("-", "")
    mobile = mobile.removeprefix("+86") if mobile.startswith("+861") else mobile
    clean = mobile if re.fullmatch(r"1\d{10}", mobile, re.ASCII) else closed
    if _PHONE.fullmatch(clean):
        return _rewritten(text, clean, column)
    return Problem(
        "phone_format", f"{column.name}应为 11 位手机号，或带区号的座机号（如 0991-1234567），只填一个，请核对。"
    )


def _postcode(text: str, column: Column, setting: Setting) -> Judged:
    code = "".join(fold_width(text).split()).lstrip("'")
    if re.fullmatch(r"\d{6}", code, re.ASCII):
        return _rewritten(text, code, column)
    cure = "前面的 0 可能丢了，" if re.fullmatch(r"\d{5}", code, re.ASCII) else ""
    return Problem("postcode_format", f"邮政编码应为 6 位数字，{cure}请核对。")


def _distance(text: str, column: Column, setting: Setting) -> Judged:
    plain = fold_width(text).strip(BLANKS)
    unit = re.sub(r"\s*(?:公里|千米|km)$", "", plain, flags=re.IGNORECASE)
    try:
        good = bool(_DISTANCE.fullmatch(unit)) and Decimal(unit) <= FARTHEST
    except InvalidOperation:
        good = False
    if not good:
        return Problem("distance_format", f"上下学距离应填公里数，0 到 {FARTHEST} 之间，如 1.5，请核对。")
    return _rewritten(text, unit, column)


def _email(text: str, column: Column, setting: Setting) -> Judged:
    clean = fold_width(text).strip(BLANKS)
    if len(clean) > column.limit:
        return _overlong(len(clean), column)
    if not _EMAIL.fullmatch(clean) or ".." in clean:
        return Problem("email_format", "电子信箱的写法不对，只填一个地址，如 name@example.com。")
    return _rewritten(text, clean, column)


def _homepage(text: str, column: Column, setting: Setting) -> Judged:
    clean = text.strip(BLANKS)
    if len(clean) > column.limit:
        return _overlong(len(clean), column)
    if not _HOMEPAGE.fullmatch(clean):
        return Problem("homepage_format", "主页地址的写法不对，请填写 http:// 或 https:// 开头的网址。")
    return clean


def _never(text: str, column: Column, setting: Setting) -> Judged:
    raise AssertionError("documents are judged with their type, in documents.py")


RULES: dict[str, Rule] = {
    "label": _label, "name": _name, "text": _free_text, "mark": _mark, "school": _school, "class": _class,
    "month": _month, "birth": _birth, "validity": _validity, "area": _area, "area_or_text": _area_or_text,
    "phone": _phone, "postcode": _postcode, "distance": _distance, "email": _email, "homepage": _homepage,
    "document": _never,
}  # fmt: skip
