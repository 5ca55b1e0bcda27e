"""挂起 and 恢复: whoever answers for the office that has a case stops its clock, with a reason, and lets it go on."""

import datetime as dt
from typing import Any

from workflow import rights, suspension
from workflow.calendar import due_day_of, short_day
from workflow.language import Common, overseer, required
from workflow.noting import above
from workflow.payload import coming_day, date_of
from workflow.policies import look_up
from workflow.step import Step


def may_stop(step: Step) -> bool:
    return bool(step.open_items) and "suspended" not in step.case.state


def may_go_on(step: Step) -> bool:
    return "suspended" in step.case.state


def latest(step: Step) -> dt.date:
    """Return the last day of a suspension that begins today (policy `case.longest_stop`): none goes on for ever."""
    desk = rights.overseeing(step)
    office = step.world.office(desk.org_id if desk else step.case.applicant_org_id)
    return step.today + dt.timedelta(days=int(look_up(step.world, "case.longest_stop", office, step.today).value))


def stop(step: Step) -> None:
    """Stop every clock of the case, up to the day that was typed or until somebody resumes it, but not for ever."""
    desk = rights.overseeing(step)
    assert desk is not None
    comment, until = step.payload.get("comment") or "", date_of(step.payload.get("until"))
    late = [item for item in step.open_items if due_day_of(item.due_at) < step.today]
    suspension.begin(step, until, latest(step), desk.org_id, comment)
    step.facts["office"] = desk.org_id
    _tell(step, "case_suspended")
    for office in {upper for item in late if (upper := above(step, step.world.office(item.org_id)))}:
        if rights.leaders_of(office) not in step.actor.queues:
            step.tell("case_suspended", rights.leaders_of(office))


def go_on(step: Step) -> None:
    """Let the clocks go on with the days that were left."""
    days = suspension.end(step)
    desk = rights.overseeing(step)
    step.facts |= {"days": days, **({"office": desk.org_id} if desk else {})}
    _tell(step, "case_resumed")


def _until(step: Step, value: Any) -> str | None:
    day, last = date_of(value), latest(step)
    return coming_day(step, value) or (
        f"最迟到 {short_day(last, step.today)}，到期可以再次挂起" if day and day > last else None
    )


def _tell(step: Step, purpose: str) -> None:
    """Tell whoever is asked, and the clerks of the parties."""
    parties = sorted(rights.parties(step))
    queues: dict[str, int | None] = {rights.clerks_of(step.world.office(number)): None for number in parties}
    queues |= {item.queue: item.id for item in step.open_items}
    for queue, item in queues.items():
        if queue not in step.actor.queues:
            about: dict[str, Any] = {"item": item} if item else {}
            step.tell(purpose, queue, **about)


ACTS = {
    "suspend": Common(
        "挂起",
        by=overseer,
        when=may_stop,
        comment=required,
        may=("until",),
        checks={"until": _until},
        does=(stop,),
        consequence="挂起期间停止计时，除撤回、恢复和留言外不能办理；到期自动恢复，剩余的工作日接着算。",
    ),
    "resume": Common(
        "恢复",
        by=overseer,
        when=may_go_on,
        otherwise="本事项没有挂起",
        comment="optional",
        does=(go_on,),
        consequence="从明天起接着计时，剩余的工作日不变。",
    ),
}
