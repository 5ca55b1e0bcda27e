"""退回到以前的环节: whoever is asked sends the case to any step that was done before, not only to the applicant."""

from typing import Any

from workflow import going_back
from workflow.language import Common, Process, holder, required
from workflow.step import Step


def can_go_back(step: Step) -> bool:
    """Tell whether the present stop of a route has something before it."""
    return bool(going_back.earlier(step))


def back_to_fault(step: Step, value: Any) -> str | None:
    """Return what is wrong with the step that was typed."""
    return None if going_back.chosen(going_back.earlier(step), value) else "只能退回到本事项已经办过的环节，请选择"


def send_back(step: Step) -> None:
    """Void what is open, keep who asks for what, and count the days that are left."""
    assert step.item is not None
    target = going_back.chosen(going_back.earlier(step), step.payload["back_to"])
    assert target is not None, "the field was judged before"
    step.facts |= {"office": step.item.org_id, "asked_at": target.stop["org"] if target.stop else None}
    going_back.put_back(step, target, again=step.payload.get("resume") == "again")
    words = {"cause": "", "comment": step.payload["comment"], "at": step.now.isoformat()}
    objection = {"office": step.item.org_id, "action": "return", **words}
    asked_for = list(step.payload.get("items") or [])
    step.case.state = {**step.case.state, "objection": objection, "asked_for": asked_for}


def safe_phases(process: type[Process]) -> list[str]:
    """Return the phases of a process to which a case can be put back."""
    return [phase.name for phase in process.safe]


ACTS = {
    "send_back": Common(
        "退回前面环节",
        by=holder,
        kinds=("decide",),
        comment=required,
        fields=("back_to",),
        may=("items", "resume"),
        when=can_go_back,
        signs=True,
        does=(send_back,),
        goes=going_back.where,
        reaches=safe_phases,
        checks={"back_to": back_to_fault},
        consequence="所选环节重新办理，本环节期限停走；办好后直接回到本环节，其他单位的意见继续有效，另有选择的除外。",
    ),
}
