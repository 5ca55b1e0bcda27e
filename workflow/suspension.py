"""A case that is suspended (挂起): nobody answers, no clock runs, until somebody resumes it or its last day is over.

What must be known meanwhile stands in `case.state["suspended"]`: since when, by whom, why, until when if that is known,
and for what moments the timers stood that were disarmed.
"""

import datetime as dt
from typing import Any

from models.cases import Case, Timer, WorkItem
from workflow import counting, winding
from workflow.calendar import Due, day_of, due_day_of, due_instant, short_day
from workflow.errors import Reason
from workflow.step import Step

NEVER = due_instant(dt.date(2999, 12, 31))
"""The moment of what will not come before the case is resumed; lists put it last."""
MEANWHILE = frozenset({"withdraw", "resume", "propose_termination", "confirm_termination", "drop_proposal"})
"""What may be done in a suspended case; comments and papers are no answers and go on too."""
_DAY = dt.timedelta(days=1)


def running(case: Case, today: dt.date) -> dict[str, Any] | None:
    """Return what is kept of the suspension; None if there is none, or if its last day is over."""
    kept: dict[str, Any] | None = case.state.get("suspended")
    if kept is None or today > _last_of(kept, today):
        return None
    return kept


def against(step: Step, action: str) -> Reason | None:
    """Return why an action must wait, or None."""
    kept = running(step.case, step.today)
    if kept is None or action in MEANWHILE or step.actor.is_system:
        return None
    return Reason("suspended", "block", said(step, kept) + "，恢复后才能办理")


def told(step: Step) -> str:
    """Return what everybody who opens a suspended case must know first; empty while it goes on, or when it is over."""
    kept = running(step.case, step.today) if step.case.closed_at is None else None
    return f"{said(step, kept)}。期间停止计时，恢复后接着办理。" if kept else ""


def said(step: Step, kept: dict[str, Any]) -> str:
    """Return who suspended the case, until when, and why."""
    since = day_of(dt.datetime.fromisoformat(kept["at"]))
    until = dt.date.fromisoformat(kept["until"]) if kept["until"] else None
    words = f"{step.world.name(kept['office'])}于 {short_day(since)}挂起本事项"
    ends = f"，至 {short_day(until, step.today)}" if until else ""
    return f"{words}{ends}（{' '.join(kept['comment'].split())}）"


def begin(step: Step, until: dt.date | None, latest: dt.date, office: int, comment: str) -> None:
    """Stop every clock of the case under its lock, where `until` is not known up to `latest` if nobody resumes it.

    The working days left are kept with each question.
    """
    timers = winding.waiting(step)
    moments = {str(timer.id): timer.due_at.isoformat() for timer in timers}
    for timer in timers:
        timer.due_at = NEVER
    for item in step.open_items:
        _stop(step, item, until)
    step.session.add(Timer(case_id=step.case.id, kind="resume", due_at=due_instant(until or latest)))
    kept = {"at": step.now.isoformat(), "by": step.actor.id, "office": office, "comment": comment,
            "until": until.isoformat() if until else None, "latest": latest.isoformat(), "timers": moments}  # fmt: skip
    step.case.state = {**step.case.state, "suspended": kept}


def end(step: Step) -> int:
    """Let every clock go on under the lock; returns on how many days of the calendar they stood still.

    Where nobody resumed it, the last day of the suspension counts, however late that is noticed.
    """
    kept = step.case.state["suspended"]
    since = day_of(dt.datetime.fromisoformat(kept["at"]))
    last = min(step.today, _last_of(kept, step.today))
    for timer in winding.waiting(step):
        if str(timer.id) in kept["timers"]:
            timer.due_at = dt.datetime.fromisoformat(kept["timers"][str(timer.id)]) + (last - since)
        elif timer.kind == "resume":
            timer.fired_at = step.now
    for item in step.open_items:
        _go_on(step, item, last)
    step.case.state = {name: value for name, value in step.case.state.items() if name != "suspended"}
    return (last - since).days


def _last_of(kept: dict[str, Any], today: dt.date) -> dt.date:
    """Return the last day of a suspension; those of before there was a longest one have none and last today as well."""
    day = kept["until"] or kept.get("latest")
    return dt.date.fromisoformat(day) if day else today


def _stop(step: Step, item: WorkItem, until: dt.date | None) -> None:
    """Days after today do not count; on the last day today does not either, so that one is left afterwards."""
    due = due_day_of(item.due_at)
    first = step.today if due == step.today else step.today + _DAY
    left = counting.calendar_of(step.world, item).working_days_between(first - _DAY, due)
    stopped = [*item.due_rule.get("stopped", []), [first.isoformat(), until.isoformat() if until else None]]
    item.due_rule = {**item.due_rule, "stopped": stopped, "left": left}
    _put(step, item, counting.due_of(step.world, item))


def _go_on(step: Step, item: WorkItem, last: dt.date) -> None:
    rule = {name: value for name, value in item.due_rule.items() if name != "left"}
    if "left" not in item.due_rule:
        return
    *before, (first, _) = rule["stopped"]
    stopped = [*before, [first, last.isoformat()]] if first <= last.isoformat() else before
    item.due_rule = {**rule, "stopped": stopped}
    due = counting.due_of(step.world, item)
    if due is not None:
        winding.move(step, item, due)


def _put(step: Step, item: WorkItem, due: Due | None) -> None:
    """Note the last day as far as it is known; timers stay disarmed."""
    for one in step.items:
        if one is item or (one.open and one.kind == "copy" and one.due_rule.get("copy_of") == item.id):
            one.due_at = due_instant(due.day) if due else NEVER
            one.provisional = due.provisional if due else False
