"""What may be ruled: each verdict for itself, a merge and a correction of one record together, and all of them.

A draft is judged by the very rules by which it is carried out, so that nothing turns up at the confirmation only.
"""

from dataclasses import dataclass
from typing import Any

from models.problems import ProblemSide
from models.students import Student
from workflow import key_data
from workflow import records as plain
from workflow.problems import merging
from workflow.problems.facts import sides_of
from workflow.problems.lists import CORRECTABLE, MAY_BE_DISTINCT, VERDICTS
from workflow.problems.standing import as_judged
from workflow.problems.verdicts import CHOOSABLE, Verdict, typed
from workflow.settings import is_demo
from workflow.step import Step


@dataclass(frozen=True)
class Fault:
    """What is wrong with typed verdicts: in a sentence, and where. No side: with all of them together."""

    message: str
    side: int | None = None
    field: str = ""
    """The name of the corrected value that is at fault."""

    def __str__(self) -> str:
        return f"第 {self.side} 方：{self.message}" if self.side else self.message


def verdicts_fault(step: Step, value: Any) -> str | None:
    """Return what is wrong with the verdicts as typed, or None."""
    fault = first_fault(step, value)
    return str(fault) if fault else None


def first_fault(step: Step, value: Any) -> Fault | None:
    """Return the first thing that is wrong with the verdicts as typed, with its place, or None."""
    ours = [side for side in sides_of(step) if side.school_id]
    if not isinstance(value, list) or not all(_is_shaped(one) for one in value):
        return Fault("请为每一方选择处理结果")
    judged = [one["side"] for one in value]
    if missing := [side.no for side in ours if side.no not in judged]:
        return Fault("请选择处理结果", missing[0])
    if sorted(judged) != [side.no for side in ours]:
        return Fault("每一方都要有一个处理结果")
    verdicts = typed(value)
    for one in verdicts:
        fault = _fault_of_one(step, one, verdicts)
        if fault:
            return fault
    for one in verdicts:
        fault = _fault_of_joined(step, one, [other for other in verdicts if other.into == one.side])
        if fault:
            return fault
    message = _fault_of_all(step.subject.kind, verdicts)
    return Fault(message) if message else None


def corrected_fault(step: Step, value: Any, side: ProblemSide | None = None) -> str | None:
    """Return what is wrong with corrected key data, or None."""
    fault = _fault_of_corrected(step, value, side.no if side else step.payload.get("side"))
    return fault.message if fault else None


def _fault_of_corrected(step: Step, value: Any, number: Any) -> Fault | None:
    message = _misshapen(value)
    if message:
        return Fault(message, number)
    student = as_judged(step).get(number) if isinstance(number, int) else None
    return _judged(step, student, value, number) if student is not None else None


def _misshapen(value: Any) -> str | None:
    if not isinstance(value, dict) or not value:
        return "请填写要更正的内容"
    if set(value) - set(CORRECTABLE) or not all(isinstance(one, str) for one in value.values()):
        return "只能更正" + "、".join(CORRECTABLE.values())
    return None


def _judged(step: Step, student: Student, values: dict[str, Any], number: int, lead: str = "") -> Fault | None:
    """Judge values that are to stand in a record; the field is the one at fault."""
    reasons = key_data.judge(student, values, step.today, demo=is_demo(step.session)).reasons
    if not reasons:
        return None
    return Fault(lead + reasons[0].message, number, reasons[0].field.partition("corrected.")[2])


def _is_shaped(one: Any) -> bool:
    if not isinstance(one, dict) or set(one) - {"side", "verdict", "into", "choices", "corrected"}:
        return False
    choices, verdict = one.get("choices") or {}, one.get("verdict")
    return (
        type(one.get("side")) is int
        and (one.get("into") is None or type(one["into"]) is int)
        and isinstance(verdict, str)
        and verdict in VERDICTS
        and isinstance(choices, dict)
        and all(name in CHOOSABLE and type(side) is int for name, side in choices.items())
    )


def _fault_of_one(step: Step, one: Verdict, verdicts: list[Verdict]) -> Fault | None:
    if one.verdict == "correct":
        received = any(other.into == one.side for other in verdicts)
        if not received:
            return _fault_of_corrected(step, one.corrected, one.side)
        message = _misshapen(one.corrected)
    else:
        message = _contradiction(step, one, verdicts)
    return Fault(message, one.side) if message else None


def _contradiction(step: Step, one: Verdict, verdicts: list[Verdict]) -> str | None:
    """Return what the parts of one verdict have against each other."""
    by_side = {other.side: other for other in verdicts}
    if one.verdict == "merge":
        target = by_side.get(one.into or 0)
        if target is None or target.side == one.side:
            return "请选择并入哪一方"
        if target.verdict not in ("keep", "correct"):
            return "只能并入维持或更正的记录"
        if not set(one.choices.values()) <= {one.side, target.side}:
            return "合并的内容只能取自这两条记录"
    elif one.into or one.choices:
        return "只有并入时才选择合并内容"
    if one.corrected:
        return "只有更正时才填写更正内容"
    if one.verdict == "remove_number" and (student := as_judged(step).get(one.side)) and not student.id_number_index:
        return "这条记录没有证件号码"
    return None


def _fault_of_joined(step: Step, target: Verdict, merges: list[Verdict]) -> Fault | None:
    """Judge the key data of a record that receives others: what it takes from them, then what is corrected besides."""
    survivor = as_judged(step).get(target.side)
    if survivor is None or not merges:
        return None
    joined = plain.made(Student, {column.name: getattr(survivor, column.name) for column in Student.__table__.columns})
    for one in merges:
        for name, side in one.choices.items():
            if side == one.side and name in CORRECTABLE:
                merging.take(name, as_judged(step)[one.side], joined)
    had, now = key_data.of(survivor).plain(), key_data.of(joined).plain()
    taken = {name: value for name, value in now.items() if value != had[name]}
    if target.corrected:
        return _judged(step, joined, {**taken, **target.corrected}, target.side, "并入和更正之后：")
    last = next((one.side for one in reversed(merges) if one.choices), target.side)
    return _judged(step, survivor, taken, last, "合并后的内容：") if taken else None


def _fault_of_all(kind: str, verdicts: list[Verdict]) -> str | None:
    distinct = [one for one in verdicts if one.verdict == "distinct"]
    if distinct and kind not in MAY_BE_DISTINCT:
        return "同一号码只能属于一名学生，不能都维持；请更正、去除号码、并入或注销其余各方"
    if len(distinct) == 1:
        return "“不是同一人”至少涉及两条记录"
    same = [one for one in verdicts if _still_shares(kind, one)]
    if kind not in MAY_BE_DISTINCT and len(same) > 1:
        return "同一号码只能由一条记录保留；其余各方请更正号码、去除号码、并入或注销"
    if kind in MAY_BE_DISTINCT and len(same) > 1 and len(distinct) < len(same):
        return "仍有多条记录相同：确认是不同学生的，请都选“不是同一人”"
    return None


def _still_shares(kind: str, one: Verdict) -> bool:
    """Tell whether the record still has after the ruling what the group shares."""
    if one.verdict in ("keep", "distinct"):
        return True
    if kind != "id_exact":
        return False
    return one.verdict == "correct" and "id_number" not in one.corrected
