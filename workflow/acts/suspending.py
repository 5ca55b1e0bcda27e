"""挂起 and 恢复: whoever answers for the office that has a case stops its clock, with a reason, and lets it go on."""

from workflow import rights, suspension
from workflow.language import Common, overseer, required
from workflow.payload import date_of
from workflow.step import Step


def may_stop(step: Step) -> bool:
    return bool(step.open_items) and "suspended" not in step.case.state


def may_go_on(step: Step) -> bool:
    return "suspended" in step.case.state


def stop(step: Step) -> None:
    """Stop every clock of the case, up to the day that was typed or until somebody resumes it."""
    desk = rights.overseeing(step)
    assert desk is not None
    office = desk.org_id
    suspension.begin(step, date_of(step.payload.get("until")), office, step.payload.get("comment") or "")
    step.facts["office"] = office
    _tell(step, "case_suspended")


def go_on(step: Step) -> None:
    """Let the clocks go on with the days that were left."""
    days = suspension.end(step)
    desk = rights.overseeing(step)
    step.facts |= {"days": days, **({"office": desk.org_id} if desk else {})}
    _tell(step, "case_resumed")


def _tell(step: Step, purpose: str) -> None:
    """Tell whoever is asked, and the clerks of the parties."""
    parties = sorted(rights.parties(step))
    queues: dict[str, int | None] = {rights.clerks_of(step.world.office(number)): None for number in parties}
    queues |= {item.queue: item.id for item in step.open_items}
    for queue, item in queues.items():
        if queue not in step.actor.queues:
            step.tell(purpose, queue, **({"item": item} if item else {}))


ACTS = {
    "suspend": Common(
        "挂起",
        by=overseer,
        when=may_stop,
        comment=required,
        may=("until",),
        does=(stop,),
        consequence="挂起期间停止计时，除撤回、恢复和留言外不能办理；到期自动恢复，剩余的工作日接着算。",
    ),
    "resume": Common(
        "恢复",
        by=overseer,
        when=may_go_on,
        comment="optional",
        does=(go_on,),
        consequence="从明天起接着计时，剩余的工作日不变。",
    ),
}
