"""A case that nobody finishes ends by itself (policies `case.expire*`), never before the days of a warning have passed.

Workers may stand still for days: of the warnings that were missed only the last is given, and if none was given in time
the end waits for one.
"""

import datetime as dt
import math

from sqlalchemy import exists, select

from models.cases import Event, Timer
from workflow import ladder
from workflow.calendar import day_of, due_day_of, due_instant
from workflow.noting import note
from workflow.policies import look_up
from workflow.step import Step

WARNING, END = "expiry_warning", "expire"


def warn(step: Step, due_at: dt.datetime, days: int) -> None:
    """Give the warning that was due `days` before the end, unless it is too late or a later one is due as well."""
    ends = due_instant(day_of(due_at) + dt.timedelta(days=days - 1))
    if ends > step.now and not _another_is_due(step):
        _tell(step, ends)


def may_end(step: Step, ends: dt.datetime) -> bool:
    """Tell whether the case may end now, because it was said in time that it would; else warn, and end it later."""
    office = step.world.office(step.case.applicant_org_id)
    warnings = [int(days) for days in look_up(step.world, "case.expire_warnings", office, step.today).value]
    if not warnings or _was_told(step, ends):
        return True
    later = due_instant(step.today + dt.timedelta(days=min(warnings) - 1))
    step.session.add(Timer(case_id=step.case.id, kind=END, due_at=later))
    _tell(step, later)
    return False


def _tell(step: Step, ends: dt.datetime) -> None:
    """Tell both schools, and whoever has the case, how many days are left."""
    days = math.ceil((ends - step.now) / dt.timedelta(days=1))
    whom = [*ladder.clerks_of_both(step), *(item.queue for item in step.open_items)]
    tell = [(WARNING, queue) for queue in whom]
    note(step, WARNING, tell=tell, days=days, ends=due_day_of(ends).isoformat())


def _another_is_due(step: Step) -> bool:
    missed = (Timer.case_id == step.case.id) & (Timer.kind == WARNING) & Timer.fired_at.is_(None)
    return bool(step.session.scalar(select(exists().where(missed, Timer.due_at <= step.now))))


def _was_told(step: Step, ends: dt.datetime) -> bool:
    """Tell whether a warning named this end."""
    given = select(Event.body).where(Event.case_id == step.case.id, Event.action == WARNING).order_by(Event.seq.desc())
    body = step.session.scalar(given.limit(1))
    return body is not None and body.get("ends") == due_day_of(ends).isoformat()
