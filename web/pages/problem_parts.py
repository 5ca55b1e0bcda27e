"""What the pages of problem records are made of: cells and columns, chips, questions, papers with a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from web.views import ActionPanel, EvidenceTile, Seal

Tone = Literal["", "red", "amber", "green", "accent"]


@dataclass(frozen=True)
class Chip:
    """A short word in a frame; `detail` is read on demand."""

    word: str
    tone: Tone = ""
    detail: str = ""


@dataclass(frozen=True)
class Mark:
    """A run of characters of a value: like the others', or not. `alike` differs but sounds or looks the same."""

    text: str
    tone: Literal["same", "diff", "alike"] = "same"


@dataclass(frozen=True)
class Cell:
    """One value of one record, in runs; `lines` stand below each other, `note` is quiet."""

    runs: tuple[Mark, ...] = ()
    note: str = ""
    lines: tuple[str, ...] = ()
    said: str = ""
    """What the marks mean, for who cannot see them."""
    mono: bool = False
    seal: Seal | None = None
    tiles: tuple[EvidenceTile, ...] = ()
    chips: tuple[Chip, ...] = ()


@dataclass(frozen=True)
class Row:
    """One field across all records. `judged` rows are told to be equal or different; others are only read."""

    label: str
    cells: tuple[Cell, ...]
    differs: bool = True
    judged: bool = False


@dataclass(frozen=True)
class RowGroup:
    title: str
    rows: tuple[Row, ...]

    @property
    def differs(self) -> bool:
        return any(row.differs for row in self.rows)


@dataclass(frozen=True)
class Column:
    """The head of one record's column."""

    no: int
    word: str
    child: str
    school: str
    department: str
    chips: tuple[Chip, ...] = ()
    url: str = ""
    """The record's own page, for who may open it."""


@dataclass(frozen=True)
class ReasonPoint:
    """Why the records were found together; `points` explain the score on demand."""

    word: str
    detail: str = ""
    points: int | None = None
    against: bool = False


@dataclass(frozen=True)
class Task:
    """Something that is asked of the viewer here: the answers he may give, under a heading of their own."""

    heading: str
    panel: ActionPanel
    lead: str = ""


@dataclass(frozen=True)
class IssuedPaper:
    """A paper with a number: a ruling, a sheet of inquiry, the cover of the evidence, a waiver."""

    word: str
    number: str
    url: str
    note: str = ""
    state: Chip | None = None


@dataclass(frozen=True)
class PaperToIssue:
    """A paper that a school can have issued about its record, or why not now."""

    word: str
    hint: str
    url: str
    key: str
    side: int
    why_not: str = ""


@dataclass(frozen=True)
class Neighbours:
    """The place in the list the viewer came from."""

    list_url: str
    word: str
    previous_url: str = ""
    next_url: str = ""
