"""Files that come in: rows, faults, verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from web.views import (
    ONE_PAGE,
    Fact,
    Form,
    Pager,
    Tab,
)


@dataclass(frozen=True)
class Fault:
    row: int
    cell: str
    column: str
    severity: Literal["block", "warn"]
    message: str
    shown: str = ""
    clean: str = ""
    cure: str = ""


@dataclass(frozen=True)
class ImportRow:
    url: str
    file_name: str
    school: str
    at: datetime
    who: str
    state: str
    result: str


@dataclass(frozen=True)
class ImportsPage:
    """imports/new.html: upload (None for who may only look), template, and the latest batches."""

    form: Form | None
    rows: tuple[ImportRow, ...] = ()
    template_url: str = ""
    school: str = ""


@dataclass(frozen=True)
class VerdictFault:
    """A line of a list of verdicts that fits no record."""

    row: int
    name: str
    message: str


@dataclass(frozen=True)
class VerdictsPage:
    """verdicts/new.html: the form, and after a list was handed in what became of its lines."""

    form: Form
    file_name: str = ""
    rows: int = 0
    entered: int = 0
    counts: tuple[Fact, ...] = ()
    faults: tuple[VerdictFault, ...] = ()
    more_faults: int = 0


@dataclass(frozen=True)
class ImportPage:
    """imports/show.html: `state` runs reading → checked → importing → done, or broken."""

    batch_id: str
    file_name: str
    school: str
    state: Literal["reading", "checked", "importing", "done", "broken"]
    done: int = 0
    total: int | None = None
    doing: str = ""
    rows: int = 0
    clean: int = 0
    warn: int = 0
    block: int = 0
    faults: tuple[Fault, ...] = ()
    filters: tuple[Tab, ...] = ()
    pager: Pager = ONE_PAGE
    notes: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    errors_url: str = ""
    broken_because: str = ""
    key: str = ""
    finished: str = ""
