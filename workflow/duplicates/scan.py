"""The scan: every record against all others, in portions that are one transaction each and go on after a kill.

Any number of workers may drive one run: a portion is done by whoever holds the run's row, the others pass on.
"""

import datetime as dt
from collections.abc import Callable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.findings import Finding, ScanRun
from models.students import Student
from workflow import findings
from workflow.calendar import day_of
from workflow.duplicates import blocked, exact
from workflow.duplicates.comparing import compare, compare_blocked, not_compared, portion
from workflow.duplicates.refresh import refresh
from workflow.findings import Group
from workflow.row_numbers import dialect_of
from workflow.world import world_of

GROUPS, FINDINGS, BATCHES = 1000, 200, 20
"""Groups, findings and import batches of one portion."""
STARTING = 7_241_905
"""PostgreSQL advisory lock of whoever begins a run."""
FULL, NEW = "full", "new"


def running(session: Session) -> ScanRun | None:
    """Return the run that has not come to its end."""
    return session.scalars(select(ScanRun).where(ScanRun.state == "running").order_by(ScanRun.id).limit(1)).first()


def latest(session: Session) -> ScanRun | None:
    """Return the run of which a page tells: the running one, else the last full one."""
    newest = select(ScanRun).where((ScanRun.state == "running") | (ScanRun.scope == FULL))
    return session.scalars(newest.order_by(ScanRun.state.desc(), ScanRun.id.desc()).limit(1)).first()


def start(session: Session, now: dt.datetime, *, scope: str = FULL, by: int | None = None) -> ScanRun:
    """Begin a run, or go on with the one that has not ended. The caller commits.

    A full run compares every record again; one of the scope `new` only those that are new or have changed. Shared
    numbers and names are looked for everywhere in both cases.
    """
    if dialect_of(session) == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(STARTING)))
    if (run := running(session)) is not None:
        return run
    query = select(Student) if scope == FULL else not_compared()
    total = session.scalar(select(func.count()).select_from(query.with_only_columns(Student.id).subquery())) or 0
    run = ScanRun(scope=scope, step=STEPS[0], total=total, started_at=now, touched_at=now, started_by=by)
    session.add(run)
    session.flush()
    return run


def advance(session: Session, now: dt.datetime) -> ScanRun | None:
    """Do the next portion of the running run; its state tells whether that was the last one. The caller commits.

    None when no run is running, or another worker is at a portion of it.
    """
    query = select(ScanRun).where(ScanRun.state == "running").order_by(ScanRun.id).limit(1)
    run = session.scalars(query.with_for_update(skip_locked=True)).first()
    if run is None:
        return None
    run.touched_at = now
    if not PORTIONS[run.step](session, run, now):
        following = STEPS.index(run.step) + 1
        if following < len(STEPS):
            run.step, run.position, run.last_key = STEPS[following], 0, None
        else:
            run.state, run.finished_at = "done", now
    session.flush()
    return run


# ---- portions: each returns whether there may be more ----------------------------------------------------------------


def _numbers(session: Session, run: ScanRun, now: dt.datetime) -> bool:
    """Numbers that stand in more than one record, answered from the index alone, in its order."""
    keys = repeated_numbers(session, run.last_key, GROUPS)
    _record(session, run, exact.by_number(session, keys) if keys else [], now)
    run.last_key = keys[-1] if keys else run.last_key
    return len(keys) == GROUPS


def repeated_numbers(session: Session, after: bytes | None, limit: int) -> list[bytes]:
    """Return blind indexes that several records have, behind one, in their order."""
    index = Student.id_number_index
    query = select(index).where(index.is_not(None)).group_by(index).having(func.count() > 1).order_by(index)
    return [key for key in session.scalars((query.where(index > after) if after else query).limit(limit)) if key]


def _people(session: Session, run: ScanRun, now: dt.datetime) -> bool:
    """Records without a number that share name, sex and birth date, a thousand records at a time."""
    columns = (Student.id, Student.name_key, Student.sex, Student.birth_date)
    query = select(*columns).where(Student.id > run.position, Student.id_number_index.is_(None))
    rows = session.execute(query.where(Student.retired_at.is_(None)).order_by(Student.id).limit(GROUPS)).all()
    _record(session, run, exact.by_person(session, {(row.name_key, row.sex, row.birth_date) for row in rows}), now)
    run.position = rows[-1].id if rows else run.position
    return len(rows) == GROUPS


def _near(session: Session, run: ScanRun, now: dt.datetime) -> bool:
    query = select(Student) if run.scope == FULL else not_compared()
    records = portion(session, query.where(Student.id > run.position))
    if records:
        run.found += compare(session, records, now)
        run.position, run.done = records[-1].id, run.done + len(records)
    return bool(records)


def _blocked(session: Session, run: ScanRun, now: dt.datetime) -> bool:
    batches = blocked.after(session, run.position, day_of(now), BATCHES)
    run.found += compare_blocked(session, batches, now)
    run.position = batches[-1].id if batches else run.position
    return len(batches) == BATCHES


def _recheck(session: Session, run: ScanRun, now: dt.datetime) -> bool:
    """Findings that are open, whether they still hold."""
    query = select(Finding).where(Finding.id > run.position, Finding.state == "open")
    chunk = session.scalars(query.order_by(Finding.id).limit(FINDINGS)).all()
    refresh(session, world_of(session), chunk, now)
    run.position = chunk[-1].id if chunk else run.position
    return len(chunk) == FINDINGS


def _record(session: Session, run: ScanRun, groups: list[Group], now: dt.datetime) -> None:
    run.found += findings.record(session, world_of(session), groups, now).new


PORTIONS: dict[str, Callable[[Session, ScanRun, dt.datetime], bool]] = {
    "exact": _numbers, "nsb": _people, "near": _near, "blocked": _blocked, "recheck": _recheck,
}  # fmt: skip
STEPS = tuple(PORTIONS)
"""What a run does, in this order."""
