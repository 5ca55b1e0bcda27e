"""Opening a case: its number, its row, its first event."""

import datetime as dt

from sqlalchemy import text
from sqlalchemy.orm import Session

from models import crypto
from models.cases import Case, CaseScope
from workflow import journal
from workflow.calendar import day_of
from workflow.language import Process
from workflow.step import Actor, Step
from workflow.world import Office, World

NEXT = text("""
insert into number_series (key, value) values (:key, 1)
on conflict (key) do update set value = number_series.value + 1 returning value
""")


def next_number(session: Session, series: str) -> int:
    """Return the next number of a series; the row stays locked until the commit, so none is given twice."""
    return int(session.execute(NEXT, {"key": series}).scalar_one())


def open_case(
    session: Session,
    process: type[Process],
    actor: Actor,
    office: Office,
    world: World,
    now: dt.datetime,
    *,
    student_id: int | None = None,
    parent_id: int | None = None,
) -> Case:
    """Return a new case of `process` kept by `office`, in its first phase, with its first event still unwritten."""
    year = day_of(now).year
    serial = next_number(session, f"case:{process.key}:{year}:{office.code}")
    case = Case(
        no=f"{process.prefix}{year}-{office.code}-{serial:04d}",
        process=process.key,
        version=process.version,
        phase=process.initial(),
        round=1,
        revision=0,
        last_seq=0,
        head=b"",
        route=[],
        turn=0,
        state={},
        applicant_org_id=office.id,
        applicant_id=actor.id,
        student_id=student_id,
        parent_id=parent_id,
        opened_at=now,
        data_key=crypto.wrap(crypto.new_data_key()),
    )
    session.add(case)
    session.flush()
    return case


def first_event(step: Step) -> None:
    """Write "opened" and let the applicant's organisation find the case."""
    step.session.add(CaseScope(org_id=step.case.applicant_org_id, case_id=step.case.id))
    journal.append(step, "open", "", step.case.phase)
