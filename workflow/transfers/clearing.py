"""Before a request is sent: who must clear what stands against it, and a task for that office (product, first 4)."""

import datetime as dt
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from models.cases import Case, WorkItem
from workflow import counting, desk, journal, ledger, opening
from workflow.errors import Reason, Unmet
from workflow.processes.clearance import Clearance
from workflow.step import Step
from workflow.transfers.facts import Facts, gather
from workflow.transfers.guards import verdicts
from workflow.transfers.opening import TIMES, is_draft
from workflow.world import Office

CASE = cast(Table, Case.__table__)
CLEARED_BY = ("转出学校", "原申请单位", "主管部门", "转入学校或其主管部门", "省级主管部门")
"""Who may be asked, as the guards name them."""
MOST = 10
"""So many requests may be made about one draft; who needs more should telephone."""


@dataclass(frozen=True)
class Obstacle:
    """What stands against a request, and the other office that can clear it."""

    reason: Reason
    office: Office


@dataclass(frozen=True)
class Asked:
    """An office that was asked about a draft: for what, where it stands, and until when it answers."""

    no: str
    guard: str
    office_id: int
    phase: str
    due: dt.date | None


def obstacles(step: Step) -> list[Obstacle]:
    """Return everything that another office can clear; windows and freezes are waited for, nobody is asked."""
    facts = gather(step)
    found = []
    for reason in verdicts(facts):
        office = _who(step, facts, reason) if could_be_asked(reason) else None
        if office is not None and office.id != step.case.applicant_org_id:
            found.append(Obstacle(reason, office))
    return found


def could_be_asked(reason: Reason) -> bool:
    """Tell whether some other office clears what a guard found, before it is known which one."""
    return reason.blocks and reason.guard not in TIMES and reason.clears in CLEARED_BY


def askable(step: Step) -> list[Obstacle]:
    """Return the obstacles about which an office may be asked now: once at a time, and not without end."""
    known = requests(step)
    running = {one.guard for one in known if one.phase in RUNNING}
    return [] if len(known) >= MOST else [one for one in obstacles(step) if one.reason.guard not in running]


def may_ask(step: Step) -> bool:
    return is_draft(step) and bool(askable(step))


def requests(step: Step) -> list[Asked]:
    """Return who was asked about the draft so far, the earliest first; read once for each step."""
    if "clearances" not in step.cache:
        step.cache["clearances"] = _requests(step.session, step.case.id)
    found: list[Asked] = step.cache["clearances"]
    return found


def ask(step: Step) -> None:
    """Put the task on the other office's desk, as a case of its own beside the draft."""
    chosen = next((one for one in askable(step) if one.reason.guard == step.payload["guard"]), None)
    if chosen is None:
        raise Unmet([Reason("field", "block", "请从所列事项中选择要请对方处理的一项", field="guard")])
    applicant = step.world.office(step.case.applicant_org_id)
    student = gather(step).student
    serial = step.numbers.serial(opening.series_of(Clearance, applicant, step.now))
    case = opening.new_case(
        Clearance, serial, step.actor, applicant, step.now, parent_id=step.case.id,
        student_id=student.id if student else None,
    )  # fmt: skip
    case.id = step.numbers.draw(CASE)
    case.phase = "school" if chosen.office.is_school else "department"
    case.state = {"asked": chosen.office.id, "parties": [chosen.office.id], "guard": chosen.reason.guard,
                  "message": chosen.reason.message, "citation": chosen.reason.citation}  # fmt: skip
    case.submitted_at = step.now
    linked = Step(step.session, case, None, [], step.actor, step.world, step.now, process=Clearance)
    linked.rows, linked.numbers = step.rows, step.numbers
    journal.note(linked, "open", "", case.phase)
    desk.ask(linked, Clearance.phases[case.phase])
    desk.post(linked)
    desk.open_scope(linked, known=set())
    step.rows.append(ledger.added(case))
    step.facts |= {"office": applicant.id, "asked": chosen.office.id}


RUNNING = tuple(phase.name for phase in Clearance.asked)


def _requests(session: Session, case_id: int) -> list[Asked]:
    query = (
        select(Case.no, Case.state, Case.phase, WorkItem)
        .outerjoin(WorkItem, (WorkItem.case_id == Case.id) & WorkItem.open & (WorkItem.kind == "task"))
        .where(Case.parent_id == case_id, Case.process == Clearance.key)
        .order_by(Case.id)
    )
    return [
        Asked(no, state["guard"], state["asked"], phase, counting.last_day(item) if item else None)
        for no, state, phase, item in session.execute(query)
    ]


def _who(step: Step, facts: Facts, reason: Reason) -> Office | None:
    """Return the office that a guard names as who can clear it; None where that is nobody of ours."""
    if reason.clears == "转出学校":
        return facts.releasing
    if reason.clears == "原申请单位":
        other = select(Case.applicant_org_id).where(Case.no.in_(facts.open_cases)).order_by(Case.id).limit(1)
        return step.world.offices.get(step.session.scalar(other) or 0)
    if reason.clears == "省级主管部门" and facts.deciding_office:
        above = step.world.upwards(facts.deciding_office)
        return next((office for office in above if office.level == "province"), None)
    return facts.deciding_office
