"""One pass over a workbook: what may become records, what is wrong with the rest, and the counts of both."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.organisations import SchoolClass
from workflow.duplicates import blocked, within
from workflow.duplicates.within import MOST_ROWS, Row
from workflow.imports.cells import SchoolFacts
from workflow.imports.checking import CheckedRow, blocked_row, check_workbook
from workflow.imports.faults import Fault
from workflow.imports.intake import (
    OwnGroup,
    Ready,
    already_here,
    duplicate_of,
    facts_of,
    own_group,
    ready,
    sealed,
    taken,
)
from workflow.imports.limits import PAGE, Limits
from workflow.imports.reading import Layout, RawRow, Workbook, open_workbook
from workflow.world import Office

KEPT_FAULTS = 2000
"""So many faults of each severity are listed with a batch; the error workbook holds every one."""
ROWS_NAMED = 10
"""So many rows are named in a remark about several."""
NOT_COMPARED = f"文件超过 {MOST_ROWS:,} 行，检查时没有查找相像的学生；导入后由后台比对，发现的由主管部门处理。"
Progress = Callable[[int, int], None]
"""Called with (sheet rows read, sheet rows in all)."""


@dataclass
class Gathered:
    """What a pass brought together. The cells of a row are not kept, so that 20,000 rows fit into memory."""

    layout: Layout
    most_faults: int | None = None
    """None keeps every fault."""
    ready: list[Ready] = field(default_factory=list)
    twice: list[tuple[int, bytes]] = field(default_factory=list)
    """Rows that repeat a number of the same file, with its blind index."""
    doubtful: list[dict[str, Any]] = field(default_factory=list)
    """Blocked rows whose number may be a slip of another record's; kept for the scan, sealed with the batch."""
    compared: list[Row] | None = None
    """Of the dry run of a short file (contract 3): its rows as they are compared with each other; else None."""
    faults: list[Fault] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    """Rows by clean, warn and block, as the file alone tells."""
    found: Counter[str] = field(default_factory=Counter)
    """All faults by severity, also those that are not kept."""
    notes: list[str] = field(default_factory=list)

    def add(self, row: CheckedRow, now: dt.datetime | None) -> None:
        """Take a checked row; with `now` it is sealed for storing."""
        state = row.state
        self.counts[state] += 1
        for fault in row.faults:
            self.found[fault.severity] += 1
            if self.most_faults is None or self.found[fault.severity] <= self.most_faults:
                self.faults.append(fault)
        if state != "block":
            self.ready.append(sealed(row, now) if now else ready(row))
            if self.compared is not None:
                self.compared.append(Row(row.raw.number, facts_of(row)))
        elif (index := duplicate_of(row)) is not None:
            self.twice.append((row.raw.number, index))
        elif (doubtful := blocked_row(row)) is not None:
            self.doubtful.append(doubtful)
        if sum(self.counts.values()) > MOST_ROWS:
            self.compared = None

    def look(self, session: Session, school: Office) -> list[OwnGroup]:
        """Return what looks alike within the school, if this is the dry run of a short file."""
        if self.compared is None:
            return []
        refused = [Row(row["row"], blocked.facts_of(row), blocked=True) for row in self.doubtful]
        return [own_group(like) for like in within.look(session, school.id, [*self.compared, *refused])]

    def remarks(self) -> list[str]:
        """Return what is to be said about the file as a whole."""
        without = [row.row for row in self.ready if row.index is None]
        if not without:
            return self.notes
        rows = "、".join(map(str, without[:ROWS_NAMED])) + ("等" if len(without) > ROWS_NAMED else "")
        return [*self.notes, f"第 {rows} 行（共 {len(without)} 行）的学生没有身份证件号，可以导入，转入无证件号办理。"]

    def joined(self, other: "Gathered") -> "Gathered":
        """Return this pass and the one over the rows that follow, as one."""
        both = Gathered(self.layout, self.most_faults, self.ready + other.ready, self.twice + other.twice)
        both.faults, both.notes = self.faults + other.faults, self.notes + other.notes
        both.doubtful = self.doubtful + other.doubtful
        both.counts, both.found = self.counts + other.counts, self.found + other.found
        if self.compared is not None and other.compared is not None and sum(both.counts.values()) <= MOST_ROWS:
            both.compared = self.compared + other.compared
        return both

    def judged(self, session: Session, school: Office, entered: frozenset[int] = frozenset()) -> "Judged":
        """Compare with what the school holds now; asks one statement for each thousand rows.

        `entered` are the sheet rows that an earlier run of the same file has let in.
        """
        fresh = [row for row in self.ready if row.row not in entered]
        here = set(already_here(session, school, fresh))
        counts = Counter(self.counts)
        for row in fresh:
            if row.row in here:
                counts["warn" if row.warned else "clean"] -= 1
                counts["block"] += 1
        entering = [row for row in fresh if row.row not in here]
        return Judged(self, entering, sorted(here), counts, len(self.ready) - len(fresh))


@dataclass
class Judged:
    """A pass after comparing it with the database: the rows that enter, and those whose number is there already."""

    gathered: Gathered
    entering: list[Ready]
    here: list[int]
    counts: Counter[str]
    skipped: int = 0

    @property
    def faults(self) -> list[Fault]:
        """Every kept fault in the order of the sheet."""
        own = [taken(row, self.gathered.layout) for row in self.here]
        return sorted([*self.gathered.faults, *own], key=lambda fault: fault.row)

    def report(self) -> dict[str, Any]:
        """As it is kept with a batch: notes, faults as far as they are kept, how many there are, known rows."""
        found, most = self.gathered.found, self.gathered.most_faults
        shown = self.faults
        if most is not None:
            left = Counter({"block": most, "warn": most})
            shown = [fault for fault in shown if _use(left, fault.severity)]
        return {
            "notes": self.gathered.remarks(),
            "faults": [fault.as_dict() for fault in shown],
            "found": {"block": found["block"] + len(self.here), "warn": found["warn"]},
            "here": self.here,
        }


def _use(left: Counter[str], severity: str) -> bool:
    left[severity] -= 1
    return left[severity] >= 0


def school_facts(session: Session, school: Office) -> SchoolFacts:
    """Return what the checks must know about a school: code, name, classes by number and name."""
    rows = session.execute(select(SchoolClass.no, SchoolClass.name).where(SchoolClass.school_id == school.id)).all()
    classes = {row.name: row.no for row in rows} | {row.no: row.no for row in rows}
    return SchoolFacts(school.code, classes, school.name)


def gather(
    source: Path | bytes,
    facts: SchoolFacts,
    today: dt.date,
    *,
    demo: bool,
    seal_at: dt.datetime | None = None,
    limits: Limits = PAGE,
    most_faults: int | None = KEPT_FAULTS,
    progress: Progress | None = None,
) -> Gathered:
    """Read and check a workbook without touching the database. Raises WorkbookRefused."""
    with open_workbook(source, limits) as book:
        result = Gathered(book.layout, most_faults, compared=None if seal_at else [])
        for row in check_workbook(book, facts, today, demo, progress):
            result.add(row, seal_at)
        result.notes = list(book.notes)
    return result


def portions(book: Workbook, rows: Iterator[CheckedRow], seal_at: dt.datetime | None, size: int) -> Iterator[Gathered]:
    """Gather a file of any length piece by piece; every fault is kept."""
    while True:
        piece = Gathered(book.layout, compared=None if seal_at else [])
        for row in islice(rows, size):
            piece.add(row, seal_at)
        if not piece.counts:
            return
        yield piece


def failed_rows(
    source: bytes, facts: SchoolFacts, today: dt.date, known: Iterable[int], *, demo: bool
) -> tuple[Layout, list[tuple[RawRow, list[Fault]]]]:
    """Return the rows that were blocked, as they stand in the file, with their faults; `known` are those of `here`."""
    here = set(known)
    with open_workbook(source) as book:
        failed = []
        for row in check_workbook(book, facts, today, demo):
            if row.raw.number in here and row.state != "block":
                row.faults.append(taken(row.raw.number, book.layout))
            if row.state == "block":
                failed.append((row.raw, row.faults))
        return book.layout, failed
