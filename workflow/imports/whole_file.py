"""A workbook that lies on the machine, of any length, read as a stream: what the import command does.

Up to as many rows as a page may send enter in one transaction, longer files in portions; a second run of the same file
goes on behind the rows that are there already.
"""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from itertools import chain, islice
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.imports import ImportBatch
from models.session import reading
from models.students import Student
from workflow.calendar import day_of
from workflow.duplicates import fresh
from workflow.duplicates.blocked import KEPT
from workflow.duplicates.within import MOST_ROWS
from workflow.imports.batches import enter, new_batch, note_counts
from workflow.imports.checking import check_workbook
from workflow.imports.faults import Fault
from workflow.imports.gathering import NOT_COMPARED, Gathered, Judged, Progress, portions, school_facts
from workflow.imports.intake import Intake, OwnGroup, take_in
from workflow.imports.limits import COMMAND, PAGE
from workflow.imports.reading import open_workbook
from workflow.world import Office, world_of

AT_ONCE = PAGE.rows or 0
"""So many rows enter in one transaction, as on the page."""
RESUMED = 5000
"""Rows of one transaction when a file is longer than that."""


@dataclass
class FileImport:
    """What became of a file: counts and faults, but not the rows, so that any length fits into memory."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    findings: list[OwnGroup] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    skipped: int = 0
    """Rows that an earlier run of the same file has let in."""
    imported: int = 0
    stopped: bool = False
    """All or nothing was asked and a row is blocked: nothing was written."""

    def add(self, judged: Judged) -> None:
        """Take over what a portion of the file has come to."""
        self.counts.update(judged.counts)
        self.faults += judged.faults
        self.skipped += judged.skipped
        self.notes += judged.gathered.remarks()


@dataclass(frozen=True)
class Order:
    """What is asked: which file for which school, in whose name, and how."""

    path: Path
    school: Office
    person_id: int
    now: dt.datetime
    demo: bool
    write: bool = True
    all_or_nothing: bool = False


def import_file(
    engine: Engine,
    path: Path,
    school: Office,
    person_id: int,
    now: dt.datetime,
    *,
    demo: bool,
    write: bool = True,
    all_or_nothing: bool = False,
    progress: Progress | None = None,
) -> FileImport:
    """Check a file of any length and, if `write`, import it. Raises WorkbookRefused.

    With `all_or_nothing` the whole file is checked before the first row is written; a blocked row stops everything.
    """
    order = Order(path, school, person_id, now, demo, write, all_or_nothing)
    if write and all_or_nothing:
        first = _run(engine, Order(path, school, person_id, now, demo, write=False), progress)
        if first.counts["block"]:
            first.stopped = True
            return first
    return _run(engine, order, progress)


def _run(engine: Engine, order: Order, progress: Progress | None) -> FileImport:
    digest, result = _digest(order.path), FileImport()
    with reading(engine) as session:
        facts = school_facts(session, order.school)
        there = frozenset(_rows_of_file(session, order.school, digest))
    entered: dict[bytes, tuple[int, int]] = {}
    with open_workbook(order.path, COMMAND) as book:
        rows = check_workbook(book, facts, day_of(order.now), order.demo, progress)
        for piece in _portions(portions(book, rows, order.now if order.write else None, RESUMED)):
            if order.write:
                entered |= _take(engine, order, piece, digest, there, entered, result)
            else:
                with reading(engine) as session:
                    result.add(piece.judged(session, order.school, there))
                    result.findings += piece.look(session, order.school)
        result.notes += book.notes
    if not order.write and sum(result.counts.values()) > MOST_ROWS:
        result.notes.append(NOT_COMPARED)
    return result


def _portions(pieces: Iterator[Gathered]) -> Iterator[Gathered]:
    """Everything at once if it is no more than AT_ONCE, else piece by piece."""
    held = list(islice(pieces, AT_ONCE // RESUMED))
    further = next(pieces, None)
    if further is not None:
        for piece in chain(held, [further], pieces):
            piece.compared = None
            yield piece
    elif held:
        yield reduce(Gathered.joined, held)


def _take(
    engine: Engine,
    order: Order,
    piece: Gathered,
    digest: bytes,
    there: frozenset[int],
    entered: dict[bytes, tuple[int, int]],
    result: FileImport,
) -> dict[bytes, tuple[int, int]]:
    """Let a portion in, in one transaction; returns the numbers that entered."""

    def work(session: Session) -> tuple[Judged, Intake]:
        judged = piece.judged(session, order.school, there)
        batch = new_batch(order.person_id, order.school, order.path.name, digest, order.now)
        batch.state, batch.finished_at = "done", order.now
        note_counts(batch, judged.counts)
        session.add(batch)
        session.flush()
        world = world_of(session)
        intake = take_in(session, world, order.school, judged.entering, batch.id, order.now, piece.twice, entered)
        batch.imported = intake.imported
        batch.report = {KEPT: piece.doubtful} if piece.doubtful else None
        fresh.ask_about_batch(session, batch, intake.first, intake.last, order.now)
        return judged, intake

    judged, intake = enter(engine, work)
    result.add(judged)
    result.imported += intake.imported
    result.findings += intake.mine
    return intake.numbers


def _rows_of_file(session: Session, school: Office, digest: bytes) -> set[int]:
    query = select(Student.sheet_row).join(ImportBatch, ImportBatch.id == Student.import_batch_id)
    rows = session.scalars(query.where(ImportBatch.school_id == school.id, ImportBatch.file_digest == digest))
    return {row for row in rows if row is not None}


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
