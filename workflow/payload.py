"""What may be typed with an action: known fields only, within their limits; every fault names its field."""

import datetime as dt
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from workflow.calendar import day_written
from workflow.errors import Reason
from workflow.language import Action, Check, required
from workflow.step import Step

COMMENT_LIMIT = 2000
"""Code points; longer words are refused with their count, never cut (promises 4)."""

MISSING = "请填写这一项"


def faults(step: Step, spec: Action, checks: Mapping[str, Check]) -> Iterator[Reason]:
    """Yield one reason for every field that is unknown, missing or not acceptable."""
    allowed = {*spec.fields, *spec.may, *(["comment"] if spec.words else [])}
    for name in step.payload:
        if name not in allowed:
            yield _fault(name, "这一步不接受这个字段")
    comment = step.payload.get("comment")
    if spec.comment == required and not (isinstance(comment, str) and comment.strip()):
        yield _fault("comment", "请写明理由")
    for name in spec.fields:
        if step.payload.get(name) in (None, "", []):
            yield _fault(name, MISSING)
    for name in sorted(allowed & {name for name, value in step.payload.items() if value not in (None, "", [])}):
        check = checks.get(name) or COMMON.get(name)
        message = check(step, step.payload[name]) if check else None
        if message:
            yield _fault(name, message)


DIRECTION_MARKS = "\u202a\u202b\u202d\u202e\u2066\u2067\u2068"
UNPRINTABLE = ("Cc", "Cs", "Co", "Cn")
"""Control, surrogate, private-use and unassigned code points."""


def bad_character(text: str) -> str | None:
    """Return a sentence that names the first character a text may not hold, or None."""
    for place, char in enumerate(text, 1):
        if char in "\n\t\r":
            continue
        if unicodedata.category(char) in UNPRINTABLE or char in DIRECTION_MARKS:
            return f"第 {place} 个字符（U+{ord(char):04X}）不能使用，请删除"
    return None


def text_fault(text: Any, limit: int) -> str | None:
    """Return what is wrong with a free text, or None."""
    if not isinstance(text, str):
        return "应当是文字"
    if len(text) > limit:
        return f"最多 {limit} 字，现在有 {len(text)} 字"
    return bad_character(text)


def date_of(value: Any) -> dt.date | None:
    """Return the date written as YYYY-MM-DD, or None."""
    return day_written(value) if isinstance(value, str) else None


def _past_day(step: Step, value: Any) -> str | None:
    day = date_of(value)
    if day is None:
        return "日期应写成 2025-09-01 的样子"
    if day > step.today:
        return "日期不能晚于今天"
    if step.case.submitted_at and day < step.case.opened_at.date() - dt.timedelta(days=366):
        return "日期过早，请核对"
    return None


def _comment(step: Step, value: Any) -> str | None:
    return text_fault(value, COMMENT_LIMIT)


def _items(step: Step, value: Any) -> str | None:
    if not isinstance(value, list) or len(value) > 30 or not all(isinstance(item, str) for item in value):
        return "请勾选需要补正的内容"
    return next((fault for item in value if (fault := text_fault(item, 60))), None)


def _turn(step: Step, value: Any) -> str | None:
    return None if type(value) is int else "应为整数"


def coming_day(step: Step, value: Any) -> str | None:
    """Return what is wrong with a day that must lie ahead, or None."""
    day = date_of(value)
    if day is None:
        return "日期应写成 2025-09-01 的样子"
    return "应为今天以后的日期" if day <= step.today else None


def _resume(step: Step, value: Any) -> str | None:
    return None if value in RESUME else "请选择补正以后怎么办"


RESUME = {"straight": "直接回到本环节，其间各单位的意见继续有效", "again": "其后各环节重新办理"}
"""What follows when a case that was sent back has been put right."""
COMMON: dict[str, Check] = {
    "turn": _turn,
    "resume": _resume,
    "comment": _comment,
    "items": _items,
    "on_date": _past_day,
}


def _fault(name: str, message: str) -> Reason:
    return Reason("field", "block", message, field=name)
