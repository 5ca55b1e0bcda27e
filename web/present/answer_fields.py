"""The fields of what is typed with an answer, by name: one function each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from web.present import act_fields, people, subjects, words
from web.views import Field, Option
from workflow import returns
from workflow.acts import overruling, suspending
from workflow.calendar import short_day
from workflow.payload import COMMENT_LIMIT
from workflow.step import Step
from workflow.transfers import clearing, payload
from workflow.transfers.outside import FILE_PULL, expected
from workflow.transfers.path import OTHER_CAUSE

COMMENTS = {
    "submit": "补正说明",
    "consult": "要问的内容",
    "reassign": "转办的缘由",
    "take_back": "收回的缘由",
    "recall": "取回的缘由",
    "escalate": "呈请上级的理由",
    "hand_down": "退还的缘由",
    "copy": "附言",
    "urge": "附言",
    "suspend": "挂起的理由",
}
"""What words are asked for, where it is no opinion."""
LABELS = {
    "comment": "意见",
    "cause": "拒绝的理由",
    "items": "需要补正的内容",
    "on_date": "日期",
    "until": "挂起至",
    "guard": "请对方处理的事",
    "to": "接收学校标识码",
    "to_class": "班号（7 位）",
    "result": "办理结果",
    "evidence": "凭证（系统截图或公文）",
}


@dataclass(frozen=True)
class Asked:
    """One value that is typed with an action: as it was typed, what is wrong with it, and what every field has."""

    step: Step
    action: str
    name: str
    value: Any
    faults: dict[str, str]
    common: dict[str, Any]


def of(
    step: Step, action: str, name: str, spec: Any, typed: dict[str, Any], faults: dict[str, str]
) -> list[Field]:
    """Return the fields of one typed value; none for what has a place of its own on the page."""
    needed = name in spec.fields or (name == "comment" and spec.comment == "required")
    label = COMMENTS.get(action, LABELS["comment"]) if name == "comment" else LABELS.get(name, name)
    common: dict[str, Any] = {"label": label, "error": faults.get(name, ""), "required": needed}
    value = typed.get(name, "")
    known = act_fields.fields(step, name, value, common)
    if known is not None:
        return known
    told_by = subjects.of(step)
    own = told_by.fields(step, action, name, value, faults.get(name, ""), common) if told_by else None
    return own if own is not None else BY_NAME.get(name, _number)(Asked(step, action, name, value, faults, common))


def _person(asked: Asked) -> list[Field]:
    return [people.field(asked.step, asked.action, str(asked.value), asked.faults.get(asked.name, ""))]


def _comment(asked: Asked) -> list[Field]:
    hint = f"最多 {COMMENT_LIMIT} 字" + ("；" + payload.FEES if asked.action == "refuse" else "")
    return [Field(asked.name, kind="textarea", value=str(asked.value), hint=hint, rows=3, **asked.common)]


def _cause(asked: Asked) -> list[Field]:
    hints = {OTHER_CAUSE: "由双方共同的上级部门裁定"}
    return [_radio(asked, *(Option(cause, cause, hints.get(cause, "")) for cause in payload.causes(asked.step)))]


def _items(asked: Asked) -> list[Field]:
    chosen = tuple(asked.value) if isinstance(asked.value, list) else ()
    items = tuple(Option(item, item) for item in returns.ITEMS.get(asked.step.case.process, ()))
    return [Field(asked.name, kind="checks", chosen=chosen, options=items, **asked.common)]


def _on_date(asked: Asked) -> list[Field]:
    return [Field(asked.name, kind="date", value=str(asked.value or asked.step.today.isoformat()), **asked.common)]


def _guard(asked: Asked) -> list[Field]:
    found = clearing.askable(asked.step)
    return [_radio(asked, *(Option(one.reason.guard, one.reason.message, one.office.name) for one in found))]


def _until(asked: Asked) -> list[Field]:
    last = suspending.latest(asked.step)
    hint = f"到这一天为止，次日自动恢复；不填的由人恢复，最迟到 {short_day(last, asked.step.today)}"
    return [Field(asked.name, kind="date", value=str(asked.value), hint=hint, width="short", **asked.common)]


def _result(asked: Asked) -> list[Field]:
    return [_radio(asked, *(Option(code, word) for code, word in payload.RESULTS.items()))]


def _pulled(asked: Asked) -> list[Field]:
    """The pupil's data that come with the file pull; asked only when that is the step."""
    if expected(asked.step) is not FILE_PULL or asked.step.subject.direction != "incoming":
        return []
    value = asked.value if isinstance(asked.value, dict) else {}
    error = asked.faults.get("pulled", "")
    sexes = tuple(Option(code, word) for code, word in words.SEXES.items())
    return [
        Field("pulled.sex", "调档信息：性别", "radio", value.get("sex", ""), options=sexes, error=error, required=True),
        Field("pulled.birth_date", "调档信息：出生日期", "date", value.get("birth_date", ""), required=True),
        Field("pulled.id_number", "调档信息：身份证件号", value=value.get("id_number", ""), hint="没有证件号的可不填"),
    ]


def _proposal(asked: Asked) -> list[Field]:
    """The proposal that the page shows, so that no other one is answered from it."""
    return [Field(asked.name, "", "hidden", overruling.which(asked.step), error=asked.faults.get(asked.name, ""))]


def _nothing(_: Asked) -> list[Field]:
    return []


def _number(asked: Asked) -> list[Field]:
    return [Field(asked.name, value=str(asked.value), inputmode="numeric", **asked.common)]


def _radio(asked: Asked, *options: Option) -> Field:
    return Field(asked.name, kind="radio", value=str(asked.value), options=options, **asked.common)


BY_NAME: dict[str, Callable[[Asked], list[Field]]] = {
    "person": _person,
    "comment": _comment,
    "cause": _cause,
    "items": _items,
    "on_date": _on_date,
    "guard": _guard,
    "until": _until,
    "result": _result,
    "pulled": _pulled,
    "proposal": _proposal,
    "evidence": _nothing,
}
"""Values that are no plain number."""
