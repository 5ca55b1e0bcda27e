"""Days and months as clerks write them: clear writings are cleaned, what can be read in two ways is refused."""

import re
from datetime import date

from workflow.identity import date_of, fold_width
from workflow.imports.faults import Judged, Problem, warn

EARLIEST_BIRTH = date(1990, 1, 1)
YOUNGEST, OLDEST = 3, 25
EARLIEST_ENTRY = 1990

_YEAR_FIRST = re.compile(
    r"(\d{4})\s*([-/.年])\s*(\d{1,2})\s*([-/.月])\s*(\d{1,2})\s*(?:日|号)?(?: 00:00(?::00)?)?", re.ASCII
)
_YEAR_LAST = re.compile(r"\d{1,2}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*(?:\d{4}|\d{2})", re.ASCII)
_MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?(?:\s*[-/.]?\s*\d{1,2}\s*(?:日|号)?)?", re.ASCII)
_WRITINGS = {"-": "date_dash", "/": "date_slash", ".": "date_dot", "年": "date_chinese"}
_PAIR = {"-": "-", "/": "/", ".": ".", "年": "月"}
_VALIDITY = re.compile(
    r"(\d{4})[-./年]?(\d{2})[-./月]?(\d{2})日?\s*(?:-|~|至|到|–|—|－)\s*(长期|(\d{4})[-./年]?(\d{2})[-./月]?(\d{2})日?)",
    re.ASCII,
)

BIRTH_FORM = "请按 20150312 的写法填 8 位数字"
MONTH_FORM = "请按 202309 的写法填 6 位数字"


def judge_birth(text: str, today: date) -> Judged:
    """A birth date as YYYYMMDD; accepts other writings with the year first."""
    folded = fold_width(text).strip()
    if re.fullmatch(r"\d{8}", folded, re.ASCII):
        return _in_range(folded, today, None if folded == text.strip() else ("date_full_width", "全角数字已改为半角"))
    match = _YEAR_FIRST.fullmatch(folded)
    if match and match.group(4) == _PAIR[match.group(2)]:
        clean = f"{match.group(1)}{int(match.group(3)):02}{int(match.group(5)):02}"
        return _in_range(clean, today, (_WRITINGS[match.group(2)], f"已按 {clean} 读取"))
    if re.fullmatch(r"\d{5}", folded, re.ASCII):
        return _serial()
    if _YEAR_LAST.fullmatch(folded):
        return Problem("date_day_first", f"出生日期分不清日和月的先后，{BIRTH_FORM}。")
    return Problem("date_format", f"出生日期的写法无法识别，{BIRTH_FORM}。")


def _serial() -> Problem:
    return Problem(
        "date_serial", f"出生日期只剩 Excel 的日期序号，不能据此推算，{BIRTH_FORM}，并把单元格设为文本格式。"
    )


def judge_birth_number(text: str, today: date) -> Judged:
    """A birth date in a number cell: eight digits are clear, a bare serial number is not."""
    if not re.fullmatch(r"\d{8}", text, re.ASCII):
        return _serial()
    return _in_range(text, today, ("numeric_cell", "单元格是数字格式，已按文本读取；请把该列设为文本格式"))


def judge_birth_cell(day: str, today: date) -> Judged:
    """A real date cell, given as YYYY-MM-DD HH:MM:SS."""
    clean = day[:10].replace("-", "")
    return _in_range(clean, today, ("date_cell", f"单元格是日期格式，已按 {clean} 读取；请把该列设为文本格式"))


def _in_range(clean: str, today: date, remark: tuple[str, str] | None) -> Judged:
    day = date_of(clean)
    if day is None:
        return Problem("date_impossible", f"出生日期 {clean} 不存在，请按户口簿核对。")
    if day > today:
        return Problem("birth_future", f"出生日期 {clean} 还没有到，请按户口簿核对。")
    years = today.year - day.year - ((today.month, today.day) < (day.month, day.day))
    if day < EARLIEST_BIRTH or not YOUNGEST <= years <= OLDEST:
        return Problem(
            "birth_range", f"按出生日期 {clean} 推算为 {years} 岁，不在中小学生的 {YOUNGEST}—{OLDEST} 岁之内，请核对。"
        )
    return clean if remark is None else warn(remark[0], f"出生日期：{remark[1]}。", clean)


def judge_month(text: str, today: date) -> Judged:
    """入学年月 as YYYYMM; the first month of the stage, at most a year ahead."""
    folded = fold_width(text).strip()
    if re.fullmatch(r"\d{6}", folded, re.ASCII):
        return _month(folded, today, folded != text.strip())
    match = _MONTH.fullmatch(folded)
    if match:
        return _month(f"{match.group(1)}{int(match.group(2)):02}", today, True)
    if re.fullmatch(r"\d{8}", folded, re.ASCII) and date_of(folded):
        return _month(folded[:6], today, True)
    if re.fullmatch(r"\d{5}", folded, re.ASCII):
        return Problem("date_serial", f"入学年月只剩 Excel 的日期序号，{MONTH_FORM}，并把单元格设为文本格式。")
    return Problem("month_unreadable", f"入学年月的写法无法识别，{MONTH_FORM}。")


def judge_month_cell(day: str, today: date) -> Judged:
    return _month(day[:7].replace("-", ""), today, True)


def _month(clean: str, today: date, rewritten: bool) -> Judged:
    year, month = int(clean[:4]), int(clean[4:])
    if not 1 <= month <= 12:
        return Problem("month_impossible", f"入学年月 {clean} 里没有第 {month} 月，{MONTH_FORM}。")
    if year < EARLIEST_ENTRY or (year, month) > (today.year + 1, today.month):
        return Problem("month_range", f"入学年月 {clean} 不合常理，请核对。")
    return warn("month_format", f"入学年月已按 {clean} 读取。", clean) if rewritten else clean


def judge_validity(text: str) -> Judged:
    """身份证件有效期 as YYYYMMDD-YYYYMMDD or YYYYMMDD-长期."""
    match = _VALIDITY.fullmatch(fold_width(text).strip())
    form = "请按 20200101-20300101 或 20200101-长期 的写法填写"
    if match is None:
        return Problem("validity_format", f"身份证件有效期的写法无法识别，{form}。")
    start = "".join(match.group(1, 2, 3))
    end = "长期" if match.group(4) == "长期" else "".join(match.group(5, 6, 7))
    if date_of(start) is None or (end != "长期" and date_of(end) is None):
        return Problem("validity_impossible", "身份证件有效期里有不存在的日期，请按证件核对。")
    if end != "长期" and end <= start:
        return Problem("validity_order", "身份证件有效期的截止日期不晚于起始日期，请按证件核对。")
    clean = f"{start}-{end}"
    return clean if clean == text.strip() else warn("validity_written", f"身份证件有效期已按 {clean} 读取。", clean)
