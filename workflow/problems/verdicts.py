"""What may be ruled about the records of a group: one verdict each, and together they must end the problem."""

from dataclasses import dataclass, field, replace
from typing import Any

from models.problems import ProblemSide
from workflow import key_data
from workflow.problems.facts import records, sides_of, stands_open
from workflow.problems.lists import CORRECTABLE, KEEPING, MAY_BE_DISTINCT, VERDICTS
from workflow.settings import is_demo
from workflow.step import Step

CHOOSABLE = ("name", "sex", "birth_date", "id_number", "record_no", "ethnicity", "nationality", "details")
"""Fields that a merge may take from either record; a choice names the side it comes from."""


@dataclass(frozen=True)
class Verdict:
    """What becomes of one record. `choices` name for each field of a merge the side whose value survives."""

    side: int
    verdict: str
    into: int | None = None
    choices: dict[str, int] = field(default_factory=dict)
    corrected: dict[str, Any] = field(default_factory=dict)

    @property
    def goes_on(self) -> bool:
        return self.verdict in KEEPING

    def stored(self) -> dict[str, Any]:
        """Return what may stand in the ruling in plain: everything but corrected values."""
        plain: dict[str, Any] = {"side": self.side, "verdict": self.verdict}
        if self.into:
            plain |= {"into": self.into, "choices": self.choices}
        return plain


def typed(value: list[dict[str, Any]]) -> list[Verdict]:
    """Return verdicts as they were typed (and found good)."""
    return [
        Verdict(one["side"], one["verdict"], one.get("into"), one.get("choices") or {}, one.get("corrected") or {})
        for one in value
    ]


def of_ruling(verdicts: list[dict[str, Any]], words: dict[str, Any]) -> list[Verdict]:
    """Return the verdicts of a stored ruling, with what is to be corrected."""
    corrected = words.get("corrected", {})
    return [replace(one, corrected=corrected.get(str(one.side), {})) for one in typed(verdicts)]


def from_answers(step: Step) -> list[Verdict]:
    """Return what the accepted answers of the sides amount to, when at most one of them still claims."""
    found = []
    for side in sides_of(step):
        if side.school_id is None:
            continue
        if stands_open(step, side):
            found.append(Verdict(side.no, "keep"))
        elif side.answer == "delete":
            found.append(Verdict(side.no, "close"))
        else:
            found.append(Verdict(side.no, "correct", corrected=side.words.get("corrected", {})))
    return found


def verdicts_fault(step: Step, value: Any) -> str | None:
    """Return what is wrong with the verdicts as typed, or None."""
    ours = [side for side in sides_of(step) if side.school_id]
    if not isinstance(value, list) or not all(_is_shaped(one) for one in value):
        return "请为每一方选择处理结果"
    if sorted(one["side"] for one in value) != [side.no for side in ours]:
        return "每一方都要有一个处理结果"
    verdicts = typed(value)
    for one in verdicts:
        fault = _fault_of_one(step, one, verdicts)
        if fault:
            return f"第 {one.side} 方：{fault}"
    return _fault_of_all(step.subject.kind, verdicts)


def corrected_fault(step: Step, value: Any, side: ProblemSide | None = None) -> str | None:
    """Return what is wrong with corrected key data, or None."""
    if not isinstance(value, dict) or not value:
        return "请填写要更正的内容"
    if set(value) - set(CORRECTABLE) or not all(isinstance(one, str) for one in value.values()):
        return "只能更正" + "、".join(CORRECTABLE.values())
    number = side.no if side else step.payload.get("side")
    student = records(step).get(number) if isinstance(number, int) else None
    if student is None:
        return None
    reasons = key_data.judge(student, value, step.today, demo=is_demo(step.session)).reasons
    return reasons[0].message if reasons else None


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


def _fault_of_one(step: Step, one: Verdict, verdicts: list[Verdict]) -> str | None:
    by_side = {other.side: other for other in verdicts}
    if one.verdict == "merge":
        target = by_side.get(one.into or 0)
        if target is None or target.side == one.side:
            return "请选择并入哪一方"
        if target.verdict not in ("keep", "correct"):
            return "只能并入维持或更正的记录"
        if not set(one.choices.values()) <= {one.side, target.side}:
            return "合并的内容只能取自这两条记录"
        if not target.corrected and (why := _joined_fault(step, one)):
            return f"合并后的内容：{why}"
    elif one.into or one.choices:
        return "只有并入时才选择合并内容"
    if one.verdict == "correct":
        side = next(side for side in sides_of(step) if side.no == one.side)
        return corrected_fault(step, one.corrected, side)
    if one.corrected:
        return "只有更正时才填写更正内容"
    if one.verdict == "remove_number" and (student := records(step).get(one.side)) and not student.id_number_index:
        return "这条记录没有证件号码"
    return None


def _joined_fault(step: Step, one: Verdict) -> str | None:
    """Return what would be wrong with the key data of the surviving record after a merge."""
    gone, survivor = records(step).get(one.side), records(step).get(one.into or 0)
    if gone is None or survivor is None:
        return None
    mine, chosen = key_data.of(gone).plain(), {name for name, side in one.choices.items() if side == one.side}
    if "id_number" in chosen:
        chosen.add("id_type")
    taken = {name: mine[name] for name in chosen & set(CORRECTABLE)}
    if not taken or {**key_data.of(survivor).plain(), **taken} == key_data.of(survivor).plain():
        return None
    reasons = key_data.judge(survivor, taken, step.today, demo=is_demo(step.session)).reasons
    return reasons[0].message if reasons else None


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
