"""The clerk's wish that a complete draft be sent when requests are taken in again, and taking the wish back."""

import datetime as dt
from collections.abc import Iterator

from sqlalchemy import update

from models.cases import Timer
from workflow.calendar import due_instant
from workflow.errors import Reason
from workflow.step import Step
from workflow.transfers import admission
from workflow.transfers.admission import Admission
from workflow.transfers.facts import gather
from workflow.transfers.guards import may_be_sent

WAITING = "waiting"
"""Where the wish stands in the state of the case: who, when, and on which day it opens."""
KIND = "send"
TIMES = ("C6", "T6")
"""Guards that only say that it is not the time."""


def is_draft(step: Step) -> bool:
    """Tell whether the case is a new transfer that was not sent yet."""
    return bool(step.case.process == "transfer" and step.case.phase == "draft" and step.case.submitted_at is None)


def may_wait(step: Step) -> bool:
    return is_draft(step) and WAITING not in step.case.state


def waits(step: Step) -> bool:
    return is_draft(step) and WAITING in step.case.state


def admission_of(step: Step) -> Admission:
    """Return whether the place takes in this request today, and when it will."""
    facts = gather(step)
    return admission.on(step.world, facts.deciding_office, step.today, facts.stage)


def complete_but_for_the_time(step: Step) -> Iterator[Reason]:
    """Everything that stands against the request, the time left out; and that there is a time to wait for."""
    yield from (reason for reason in may_be_sent(step) if reason.guard not in TIMES)
    found = admission_of(step)
    if found.is_open:
        yield Reason("opening", "block", "现在就在受理时段内，请直接提交")
    elif found.opens is None:
        yield Reason("opening", "block", "主管部门还没有公布下一次受理时间", found.source)


def could_wait(step: Step) -> bool:
    """Tell whether nothing but the time stands against the draft."""
    return not any(reason.blocks for reason in complete_but_for_the_time(step))


def begin(step: Step) -> None:
    """Note the wish, and the moment at which it comes true."""
    opens = admission_of(step).opens
    assert opens is not None
    step.case.state = {
        **step.case.state,
        WAITING: {"by": step.actor.id, "at": step.now.isoformat(), "opens": opens.isoformat()},
    }
    at = due_instant(opens - dt.timedelta(days=1))
    step.session.add(Timer(case_id=step.case.id, kind=KIND, due_at=at))
    step.facts |= {"office": step.case.applicant_org_id, "opens": opens.isoformat()}


def give_up(step: Step) -> None:
    """Let the draft lie until somebody sends it."""
    waiting = (Timer.case_id == step.case.id) & (Timer.kind == KIND) & Timer.fired_at.is_(None)
    step.session.execute(update(Timer).where(waiting).values(fired_at=step.now))
    forget(step)
    step.facts["office"] = step.case.applicant_org_id


def forget(step: Step) -> None:
    """The wish is over: it came true, or nobody has it any more."""
    step.case.state = {name: value for name, value in step.case.state.items() if name != WAITING}
