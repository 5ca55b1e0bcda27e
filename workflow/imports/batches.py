"""The life of an uploaded workbook: taken in, checked (dry run), confirmed, imported. Pages, API and commands use it.

Reading happens outside any transaction; rows enter in one transaction up to PAGE rows, beyond that in chunks that a
second run of the same file continues.
"""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models import crypto
from models.imports import ImportBatch
from models.organisations import SchoolClass
from models.session import reading, transact
from models.students import Student
from workflow.calendar import day_of
from workflow.errors import NotAllowed, NotFound
from workflow.imports.cells import SchoolFacts
from workflow.imports.checking import CheckedRow, check_workbook
from workflow.imports.errors import WorkbookRefused
from workflow.imports.faults import Fault
from workflow.imports.intake import ALREADY_HERE, already_here, take_in
from workflow.imports.limits import COMMAND, PAGE, Limits
from workflow.imports.reading import Layout, open_workbook
from workflow.step import Actor
from workflow.storage import Store
from workflow.world import Office, world_of

RETENTION_DAYS = 180
CHUNK = 1000
RESUMED = 5000
"""Rows of one transaction when a file is longer than a page may send."""
Progress = Callable[[int, int], None]


@dataclass
class Checked:
    """A workbook after checking: counts, faults, and the rows that may become records."""

    layout: Layout
    rows: list[CheckedRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[Fault]:
        return [fault for row in self.rows for fault in row.faults]


def school_facts(session: Session, school: Office) -> SchoolFacts:
    """Return what the checks must know about a school: code, name, classes by number and name."""
    rows = session.execute(select(SchoolClass.no, SchoolClass.name).where(SchoolClass.school_id == school.id)).all()
    classes = {row.name: row.no for row in rows} | {row.no: row.no for row in rows}
    return SchoolFacts(school.code, classes, school.name)


def upload(
    session: Session, store: Store, actor: Actor, school: Office, file_name: str, content: bytes, now: dt.datetime
) -> ImportBatch:
    """Keep a workbook, sealed, for checking; the same file again leads to the batch it already has.

    Raises NotAllowed for anybody but a clerk of the school; the caller commits.
    """
    if not actor.holds("school_clerk", school.id):
        raise NotAllowed("import", "导入由本校学籍管理员办理")
    digest = hashlib.sha256(content).digest()
    known = session.scalars(
        select(ImportBatch).where(
            ImportBatch.school_id == school.id,
            ImportBatch.file_digest == digest,
            ImportBatch.state.not_in(("refused", "done")),
        )
    ).first()
    if known is not None:
        return known
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
        file_name=file_name[:200],
        file_digest=digest,
        created_at=now,
        data_key=crypto.wrap(crypto.new_data_key()),
        state="uploaded",
        destroy_after=day_of(now) + dt.timedelta(days=RETENTION_DAYS),
    )


def check(
    source: Path | bytes,
    facts: SchoolFacts,
    today: dt.date,
    *,
    demo: bool,
    limits: Limits = PAGE,
    progress: Progress | None = None,
) -> Checked:
    """Read and check a workbook without touching the database. Raises WorkbookRefused."""
    with open_workbook(source, limits) as book:
        rows = list(check_workbook(book, facts, today, demo, progress))
        return Checked(book.layout, rows, list(book.notes))


def compare(engine: Engine, school: Office, rows: list[CheckedRow]) -> None:
    """Add a fault to every row whose number the school holds already; one statement for each thousand rows."""
    by_row = {row.raw.number: row for row in rows}
    with reading(engine) as session:
        for chunk in _chunks(rows, CHUNK):
            for fault in already_here(session, school, chunk):
                by_row[fault.row].faults.append(fault)


def compare_kept(batch: ImportBatch, rows: list[CheckedRow]) -> None:
    """Add the faults that only the database knew when the batch was checked, as the report kept them."""
    by_row = {row.raw.number: row for row in rows}
    for kept in batch.report.get("faults", ()):
        if kept["kind"] == ALREADY_HERE and kept["row"] in by_row:
            by_row[kept["row"]].faults.append(Fault(**kept))


def run_job(engine: Engine, store: Store, public_id: str, what: str, now: dt.datetime, *, demo: bool) -> None:
    """Do the work that an outbox row of topic `import` asks for; done twice it does no harm."""
    try:
        (run_check if what == "check" else run_import)(engine, store, public_id, now, demo=demo)
    except NotAllowed:
        return  # another delivery of the same row was faster


def run_check(engine: Engine, store: Store, public_id: str, now: dt.datetime, *, demo: bool) -> None:
    """Check an uploaded batch (a job): progress and report are stored, nothing else is written."""
    batch, school, facts = _begin(engine, public_id, "checking", ("uploaded", "checking"))
    try:
        content = store.get(batch.storage_key or "", crypto.unwrap(batch.data_key or b""))
        checked = check(content, facts, day_of(now), demo=demo, progress=_reporter(engine, public_id))
    except WorkbookRefused as refused:
        message = refused.message
        _finish(engine, public_id, lambda row: _refuse(row, message, now))
        return
    compare(engine, school, checked.rows)
    _finish(engine, public_id, lambda row: _note_check(row, checked, now))


def confirm(
    session: Session, public_id: str, actor: Actor, now: dt.datetime, all_or_nothing: bool = False
) -> ImportBatch:
    """Let a checked batch be imported; the caller commits and has the job run."""
    batch = find(session, public_id, lock=True)
    if not actor.holds("school_clerk", batch.school_id):
        raise NotFound
    if batch.state != "checked":
        raise NotAllowed("import", "这个文件现在不能导入，请看它的状态")
    if all_or_nothing and batch.blocked:
        raise NotAllowed("import", f"有 {batch.blocked} 行有错误，按“全部导入或全不导入”不能导入")
    batch.state, batch.confirmed_at, batch.all_or_nothing, batch.done = "importing", now, all_or_nothing, 0
    return batch


def run_import(engine: Engine, store: Store, public_id: str, now: dt.datetime, *, demo: bool) -> None:
    """Import a confirmed batch (a job) in one transaction; repeated after a crash it starts from nothing."""
    batch, school, facts = _begin(engine, public_id, "importing", ("importing",))
    content = store.get(batch.storage_key or "", crypto.unwrap(batch.data_key or b""))
    checked = check(content, facts, day_of(batch.created_at), demo=demo, progress=_reporter(engine, public_id))
    compare(engine, school, checked.rows)

    def work(session: Session) -> None:
        row = find(session, public_id, lock=True)
        if row.state != "importing":
            return
        row.imported = store_rows(session, school, checked.rows, row.id, now)
        row.state, row.finished_at, row.done = "done", now, row.total
        _note_counts(row, checked)

    transact(engine, work)


def store_rows(session: Session, school: Office, rows: Iterable[CheckedRow], batch_id: int, now: dt.datetime) -> int:
    """Store the rows that may become records, chunk by chunk, in the caller's transaction; returns their number."""
    world = world_of(session)
    return sum(take_in(session, world, school, chunk, batch_id, now).imported for chunk in _chunks(rows, CHUNK))


@dataclass
class FileImport:
    """What a command did with a file: counts and faults, but not the rows, so that any length fits into memory."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    skipped: int = 0
    imported: int = 0

    def add(self, rows: list[CheckedRow]) -> None:
        self.counts.update(row.state for row in rows)
        self.faults += [fault for row in rows for fault in row.faults]


def import_file(
    engine: Engine,
    path: Path,
    school: Office,
    person_id: int,
    now: dt.datetime,
    *,
    demo: bool,
    write: bool = True,
    progress: Progress | None = None,
) -> FileImport:
    """Check a file of any length and, if `write`, import it (command line), reading it as a stream.

    Up to PAGE rows enter in one transaction, longer files in chunks; a second run of the same file goes on behind
    the rows that are there already. Raises WorkbookRefused.
    """
    digest, result = _digest(path), FileImport()
    with reading(engine) as session:
        facts = school_facts(session, school)
        there = _rows_of_file(session, school, digest)
    with open_workbook(path, COMMAND) as book:
        rows = (row for row in check_workbook(book, facts, day_of(now), demo, progress))
        for chunk in _portions(rows):
            fresh = [row for row in chunk if row.raw.number not in there]
            result.skipped += len(chunk) - len(fresh)
            compare(engine, school, fresh)
            result.add(fresh)
            if write and fresh:
                result.imported += _store_portion(engine, school, fresh, path.name, digest, person_id, now)
        result.notes = list(book.notes)
    return result


def _portions(rows: Iterator[CheckedRow]) -> Iterator[list[CheckedRow]]:
    """Everything at once if it is no more than a page may send, else portions of RESUMED rows."""
    first = list(islice(rows, (PAGE.rows or 0) + 1))
    if len(first) <= (PAGE.rows or 0):
        yield first
        return
    yield from _chunks(chain(first, rows), RESUMED)


def _store_portion(
    engine: Engine, school: Office, rows: list[CheckedRow], name: str, digest: bytes, person_id: int, now: dt.datetime
) -> int:
    def work(session: Session) -> int:
        batch = new_batch(person_id, school, name, digest, now)
        batch.state, batch.finished_at, batch.total = "done", now, len(rows)
        batch.clean, batch.warned, batch.blocked = _counts(rows)
        session.add(batch)
        session.flush()
        batch.imported = store_rows(session, school, rows, batch.id, now)
        return batch.imported

    return transact(engine, work)


def find(session: Session, public_id: str, lock: bool = False) -> ImportBatch:
    """Return a batch by its public id. Raises NotFound."""
    query = select(ImportBatch).where(ImportBatch.public_id == public_id)
    batch = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if batch is None:
        raise NotFound
    return batch


def _rows_of_file(session: Session, school: Office, digest: bytes) -> set[int]:
    query = select(Student.sheet_row).join(ImportBatch, ImportBatch.id == Student.import_batch_id)
    rows = session.scalars(query.where(ImportBatch.school_id == school.id, ImportBatch.file_digest == digest))
    return {row for row in rows if row is not None}


def _begin(
    engine: Engine, public_id: str, state: str, allowed: tuple[str, ...]
) -> tuple[ImportBatch, Office, SchoolFacts]:
    def work(session: Session) -> tuple[ImportBatch, Office, SchoolFacts]:
        batch = find(session, public_id, lock=True)
        if batch.state not in allowed:
            raise NotAllowed("import", "这个文件已经处理过")
        batch.state = state
        school = world_of(session).office(batch.school_id)
        return batch, school, school_facts(session, school)

    return transact(engine, work)


def _reporter(engine: Engine, public_id: str) -> Progress:
    """Return a progress call that writes at most every two per cent, in a transaction of its own."""
    last = [-1]

    def report(done: int, total: int) -> None:
        if total and (done * 50 // total) != last[0]:
            last[0] = done * 50 // total
            _finish(engine, public_id, lambda row: _note_progress(row, done, total))

    return report


def _finish(engine: Engine, public_id: str, change: Callable[[ImportBatch], None]) -> None:
    transact(engine, lambda session: change(find(session, public_id, lock=True)))


def _note_progress(batch: ImportBatch, done: int, total: int) -> None:
    batch.done, batch.total = done, total


def _note_check(batch: ImportBatch, checked: Checked, now: dt.datetime) -> None:
    batch.state, batch.checked_at = "checked", now
    _note_counts(batch, checked)
    batch.total = batch.done = len(checked.rows)
    batch.report = report_of(checked)


def _note_counts(batch: ImportBatch, checked: Checked) -> None:
    batch.clean, batch.warned, batch.blocked = _counts(checked.rows)


def report_of(checked: Checked) -> dict[str, Any]:
    """Return the report as it is kept with the batch: notes and every fault."""
    return {"notes": checked.notes, "faults": [fault.as_dict() for fault in checked.faults]}


def _refuse(batch: ImportBatch, message: str, now: dt.datetime) -> None:
    batch.state, batch.message, batch.finished_at = "refused", message[:500], now


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _chunks(rows: Iterable[CheckedRow], size: int) -> Iterator[list[CheckedRow]]:
    stream = iter(rows)
    while chunk := list(islice(stream, size)):
        yield chunk


def _counts(rows: list[CheckedRow]) -> tuple[int, int, int]:
    states = Counter(row.state for row in rows)
    return states["clean"], states["warn"], states["block"]
