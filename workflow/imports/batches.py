"""The life of an uploaded workbook: taken in, checked (dry run), confirmed, imported, destroyed after its retention.

Reading and sealing happen outside any transaction; all rows of a batch then enter in one. Every step may be repeated:
a job that was killed is done again from its beginning, and one that comes late finds the batch has moved on.
"""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any, TypeVar

from sqlalchemy import Engine, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import crypto
from models.imports import ImportBatch
from models.session import LockTimeout, reading, transact
from workflow.calendar import day_of
from workflow.duplicates import fresh
from workflow.duplicates.blocked import KEPT
from workflow.errors import NotAllowed, NotFound
from workflow.files.kinds import XLSX
from workflow.files.names import clean
from workflow.imports.cells import SchoolFacts
from workflow.imports.errors import WorkbookRefused
from workflow.imports.gathering import NOT_COMPARED, Gathered, Judged, Progress, failed_rows, gather, school_facts
from workflow.imports.intake import OwnGroup, take_in
from workflow.imports.limits import PAGE
from workflow.imports.package import judge_beginning
from workflow.imports.report import error_workbook
from workflow.step import Actor
from workflow.storage import Store
from workflow.world import Office, world_of

T = TypeVar("T")
RETENTION_DAYS = 180
MOST_TRIES = 3
INTAKE_LOCK = 7_241_903
"""PostgreSQL advisory lock of whoever brings pupils in: rows that share a number must see each other."""


def upload(
    session: Session, store: Store, actor: Actor, school: Office, file_name: str, content: bytes, now: dt.datetime
) -> ImportBatch:
    """Keep a workbook, sealed, for checking; the same file again leads to the batch it already has, checked anew.

    A batch in state `uploaded` wants a check. Raises NotAllowed for anybody but a clerk of the school, and
    WorkbookRefused for what is no workbook at a glance; the caller commits.
    """
    if not actor.holds("school_clerk", school.id):
        raise NotAllowed("import", "导入由本校学籍管理员办理")
    digest = hashlib.sha256(content).digest()
    waiting = ImportBatch.state.not_in(("refused", "done")) & ImportBatch.storage_key.is_not(None)
    same = (ImportBatch.school_id == school.id) & (ImportBatch.file_digest == digest)
    known = session.scalars(select(ImportBatch).where(same, waiting).with_for_update()).first()
    if known is not None:
        if known.state == "checked":  # classes may have been added since
            known.state, known.done, known.total, known.message = "uploaded", 0, 0, ""
        return known
    judge_beginning(BytesIO(content), PAGE)
    batch = new_batch(actor.id, school, file_name, digest, now)
    batch.storage_key = store.put(content, crypto.unwrap(batch.data_key or b""))
    session.add(batch)
    session.flush()
    return batch


def new_batch(person_id: int, school: Office, file_name: str, digest: bytes, now: dt.datetime) -> ImportBatch:
    """Return a batch without a stored file (commands read the file where it lies)."""
    return ImportBatch(
        school_id=school.id,
        person_id=person_id,
        file_name=clean(file_name, XLSX),
        file_digest=digest,
        created_at=now,
        data_key=crypto.wrap(crypto.new_data_key()),
        state="uploaded",
        destroy_after=day_of(now) + dt.timedelta(days=RETENTION_DAYS),
    )


def confirm(
    session: Session, public_id: str, actor: Actor, now: dt.datetime, all_or_nothing: bool = False
) -> ImportBatch:
    """Let a checked batch be imported; the caller commits and has the job run.

    Raises NotFound for anybody but a clerk of the school, NotAllowed when the batch is not waiting for a decision.
    """
    batch = find(session, public_id, lock=True)
    if not actor.holds("school_clerk", batch.school_id):
        raise NotFound
    if batch.state != "checked" or batch.storage_key is None:
        raise NotAllowed("import", "这个文件现在不能导入，请看它的状态")
    if all_or_nothing and batch.blocked:
        raise NotAllowed("import", f"有 {batch.blocked} 行有错误，按“全部导入或全不导入”不能导入")
    batch.state, batch.confirmed_at, batch.all_or_nothing, batch.done = "importing", now, all_or_nothing, 0
    batch.message = ""
    return batch


def run_job(
    engine: Engine,
    store: Store,
    public_id: str,
    what: str,
    now: dt.datetime,
    *,
    demo: bool,
    alive: Callable[[], None] | None = None,
) -> None:
    """Do the work that an outbox row of topic `import` asks for; done twice it does no harm.

    `alive` is called whenever the job has got a little further.
    """
    try:
        if what == "check":
            run_check(engine, store, public_id, now, demo=demo, alive=alive)
        else:
            run_import(engine, store, public_id, now, demo=demo, alive=alive)
    except NotAllowed:
        return  # another delivery of the same row was faster


def run_check(
    engine: Engine,
    store: Store,
    public_id: str,
    now: dt.datetime,
    *,
    demo: bool,
    alive: Callable[[], None] | None = None,
) -> None:
    """Check an uploaded batch (a job): progress and report are stored, nothing else is written."""
    batch, school, facts = _begin(engine, public_id, "checking", ("uploaded", "checking"))
    try:
        gathered = _read(engine, store, batch, facts, demo=demo, alive=alive)
    except WorkbookRefused as refused:
        message = refused.message
        _change(engine, public_id, "checking", lambda row: _refuse(row, message, now))
        return
    with reading(engine) as session:
        judged, alike = gathered.judged(session, school), gathered.look(session, school)
    _change(engine, public_id, "checking", lambda row: _note_check(row, judged, alike, now))


def run_import(
    engine: Engine,
    store: Store,
    public_id: str,
    now: dt.datetime,
    *,
    demo: bool,
    alive: Callable[[], None] | None = None,
) -> None:
    """Import a confirmed batch (a job) in one transaction; repeated after a crash it starts from nothing."""
    batch, school, facts = _begin(engine, public_id, "importing", ("importing",))
    gathered = _read(engine, store, batch, facts, demo=demo, alive=alive, seal_at=now)
    enter(engine, lambda session: _import(session, public_id, school, gathered, now))


def enter(engine: Engine, work: Callable[[Session], T]) -> T:
    """Carry out a transaction that brings pupils in, one at a time over all workers; commits.

    A number that another transaction wrote in the same moment is there when the work is repeated.
    """

    def alone(session: Session) -> T:
        wait_for_turn(session, 120)
        return work(session)

    for _ in range(MOST_TRIES - 1):
        try:
            return transact(engine, alone)
        except (IntegrityError, LockTimeout):
            continue
    return transact(engine, alone)


def wait_for_turn(session: Session, seconds: int) -> None:
    """Let one transaction at a time bring pupils in. Raises LockTimeout after so many seconds.

    On SQLite every writing session has its turn from its beginning.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.set_config("lock_timeout", f"{seconds}s", True)))
        session.execute(select(func.pg_advisory_xact_lock(INTAKE_LOCK)))


def errors_of(batch: ImportBatch, store: Store, facts: SchoolFacts, *, demo: bool) -> bytes:
    """Return the error workbook of a batch: the blocked rows, marked. Raises NotAllowed once the file was destroyed."""
    if batch.storage_key is None:
        raise NotAllowed("errors", "上传的文件已超过保存期限并销毁，请重新上传原表")
    content = store.get(batch.storage_key, crypto.unwrap(batch.data_key or b""))
    here = batch.report.get("here", ())
    layout, failed = failed_rows(content, facts, day_of(batch.created_at), here, demo=demo)
    return error_workbook(failed, layout, facts)


def destroy_old(session: Session, today: dt.date) -> list[str]:
    """Empty batches whose retention is over: report and data key go. Returns the storage keys of their files.

    The caller commits, and discards the files after that; without the data key they are unreadable anyway.
    """
    left = or_(ImportBatch.storage_key.is_not(None), ImportBatch.report_sealed.is_not(None))
    old = select(ImportBatch).where(ImportBatch.destroy_after < today, left, ImportBatch.state != "importing")
    keys = []
    for batch in session.scalars(old.limit(500).with_for_update(skip_locked=True)):
        if batch.storage_key is not None:
            keys.append(batch.storage_key)
        batch.report, batch.storage_key, batch.data_key = None, None, None
        if batch.state != "done":
            batch.state, batch.message = "refused", "文件已超过保存期限并销毁，没有导入"
    return keys


def find(session: Session, public_id: str, lock: bool = False) -> ImportBatch:
    """Return a batch by its public id. Raises NotFound."""
    query = select(ImportBatch).where(ImportBatch.public_id == public_id)
    batch = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if batch is None:
        raise NotFound
    return batch


def note_counts(batch: ImportBatch, counts: Counter[str]) -> None:
    """Write the numbers of rows by their state."""
    batch.clean, batch.warned, batch.blocked = counts["clean"], counts["warn"], counts["block"]
    batch.total = batch.done = sum(counts.values())


def _import(session: Session, public_id: str, school: Office, gathered: Gathered, now: dt.datetime) -> None:
    batch = find(session, public_id, lock=True)
    if batch.state != "importing":
        return
    judged = gathered.judged(session, school)
    note_counts(batch, judged.counts)
    if batch.all_or_nothing and batch.blocked:
        batch.report, batch.state = judged.report(), "checked"
        batch.message = f"有 {batch.blocked} 行不能导入，按“全部导入或全不导入”一行也没有导入"
        return
    intake = take_in(session, world_of(session), school, judged.entering, batch.id, now, gathered.twice)
    batch.report = judged.report() | told(intake.mine) | {KEPT: gathered.doubtful}
    batch.imported, batch.state, batch.finished_at = intake.imported, "done", now
    fresh.ask_about_batch(session, batch, intake.first, intake.last, now)


def told(mine: Sequence[OwnGroup]) -> dict[str, Any]:
    """Return what the school may know of findings: those among its own records."""
    return {"findings": [group.as_dict() for group in mine]}


def _begin(
    engine: Engine, public_id: str, state: str, allowed: tuple[str, ...]
) -> tuple[ImportBatch, Office, SchoolFacts]:
    def work(session: Session) -> tuple[ImportBatch, Office, SchoolFacts]:
        batch = find(session, public_id, lock=True)
        if batch.state not in allowed or batch.storage_key is None:
            raise NotAllowed("import", "这个文件已经处理过")
        batch.state = state
        school = world_of(session).office(batch.school_id)
        return batch, school, school_facts(session, school)

    return transact(engine, work)


def _read(
    engine: Engine,
    store: Store,
    batch: ImportBatch,
    facts: SchoolFacts,
    *,
    demo: bool,
    alive: Callable[[], None] | None,
    seal_at: dt.datetime | None = None,
) -> Gathered:
    """Read the stored file. Both runs judge by the day of the upload, so that they find the same."""
    content = store.get(batch.storage_key or "", crypto.unwrap(batch.data_key or b""))
    report = _reporter(engine, batch.public_id, batch.state, alive)
    return gather(content, facts, day_of(batch.created_at), demo=demo, seal_at=seal_at, progress=report)


def _reporter(engine: Engine, public_id: str, state: str, alive: Callable[[], None] | None) -> Progress:
    """Return a progress call that writes at most every two per cent, in a transaction of its own."""
    last = [-1]

    def report(done: int, total: int) -> None:
        if total and (done * 50 // total) != last[0]:
            last[0] = done * 50 // total
            try:
                _change(engine, public_id, state, lambda row: _note_progress(row, done, total))
                if alive:
                    alive()
            except LockTimeout:
                return  # how far it is will be told the next time

    return report


def _change(engine: Engine, public_id: str, state: str, change: Callable[[ImportBatch], None]) -> None:
    """Change the batch, unless it has left `state` meanwhile."""

    def work(session: Session) -> None:
        batch = find(session, public_id, lock=True)
        if batch.state == state:
            change(batch)

    transact(engine, work)


def _note_progress(batch: ImportBatch, done: int, total: int) -> None:
    batch.done, batch.total = done, total


def _note_check(batch: ImportBatch, judged: Judged, alike: Sequence[OwnGroup], now: dt.datetime) -> None:
    batch.state, batch.checked_at = "checked", now
    note_counts(batch, judged.counts)
    batch.report = judged.report() | told(alike)
    if judged.gathered.compared is None:
        batch.report = {**batch.report, "notes": [*batch.report["notes"], NOT_COMPARED]}


def _refuse(batch: ImportBatch, message: str, now: dt.datetime) -> None:
    batch.state, batch.message, batch.finished_at = "refused", message[:500], now
