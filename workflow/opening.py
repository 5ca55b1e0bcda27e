"""Opening a case: its number, its row, its first event."""

import datetime as dt

from sqlalchemy.orm import Session

from models import crypto
from models.cases import Case, CaseScope
from workflow import journal
from workflow.calendar import day_of
from workflow.language import Process
from workflow.row_numbers import Numbers
from workflow.step import Actor, Step
from workflow.world import Office, World


def next_number(session: Session, series: str) -> int:
    """Return the next number of a series; the row stays locked until the commit, so none is given twice."""
    return Numbers(session).serial(series)


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
    numbered_at: Office | None = None,
) -> Case:
    """Return a new case of `process` kept by `office`, in its first phase, with its first event still unwritten.

    Its number names the office, or `numbered_at` where parties are not to learn from it who keeps the case.
    """
    serial = next_number(session, series_of(process, numbered_at or office, now))
    case = new_case(process, serial, actor, office, now, student_id=student_id, parent_id=parent_id)
    if numbered_at is not None:
        case.no = number_of(process, numbered_at, serial, now)
    session.add(case)
    session.flush()
    return case


def series_of(process: type[Process], office: Office, now: dt.datetime) -> str:
    """Return the series in which the cases of a process are numbered at an office this year."""
    return f"case:{process.key}:{day_of(now).year}:{office.code}"


def number_of(process: type[Process], office: Office, serial: int, now: dt.datetime) -> str:
    return f"{process.prefix}{day_of(now).year}-{office.code}-{serial:04d}"


def new_case(
    process: type[Process],
    serial: int,
    actor: Actor,
    office: Office,
    now: dt.datetime,
    *,
    student_id: int | None = None,
    parent_id: int | None = None,
) -> Case:
    """Return a case of `process` in its first phase that is not in the database yet."""
    return Case(
        no=number_of(process, office, serial, now),
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


def first_event(step: Step) -> None:
    """Write "opened" and let the applicant's organisation find the case."""
    step.session.add(CaseScope(org_id=step.case.applicant_org_id, case_id=step.case.id))
    journal.append(step, "open", "", step.case.phase)
