"""What each page of problem records shows: one frozen dataclass per template, given to it as `page`."""

from __future__ import annotations

from dataclasses import dataclass

from web.pages.problem_parts import Chip, Column, IssuedPaper, Neighbours, ReasonPoint, RowGroup, Task
from web.pages.problem_rulings import ForeseenRecord, RulingForm, RulingView
from web.views import ONE_PAGE, ActionReason, BallLine, DaysLeft, Empty, Form, Option, Pager, Tab, TimelineEntry


@dataclass(frozen=True)
class ProblemRow:
    """One case or pair in the list. `children` are full names of what the viewer may see, masked for nobody else."""

    url: str
    children: tuple[str, ...]
    kind: str
    no: str
    schools: tuple[str, ...]
    step: str
    holder: str
    left: DaysLeft
    button: str = "查看"
    mine: bool = False
    chips: tuple[Chip, ...] = ()
    level: str = ""
    age: str = ""


@dataclass(frozen=True)
class ScanPanel:
    """problems/_scan.html: how the scan for records that look alike stands."""

    words: str
    running: bool = False
    done: int = 0
    total: int | None = None
    doing: str = ""
    progress_url: str = ""
    start_url: str = ""
    """Empty for everybody who may not begin one."""
    key: str = ""


@dataclass(frozen=True)
class ListPage:
    """problems/list.html"""

    tabs: tuple[Tab, ...]
    filters: Form
    rows: tuple[ProblemRow, ...]
    title: str = "问题学籍"
    lead: str = ""
    narrowed: str = ""
    """Said when filters are set; with the way back to everything."""
    clear_url: str = ""
    pager: Pager = ONE_PAGE
    empty: Empty | None = None
    scan: ScanPanel | None = None


@dataclass(frozen=True)
class PairActions:
    """What can be done with a pair that only looks alike."""

    distinct_url: str = ""
    case_url: str = ""
    later_url: str = ""
    back_url: str = ""
    key: str = ""
    judged: str = ""
    """Who said when that these are different children; then it can be taken back."""
    running: tuple[str, str] = ("", "")
    """(number, address) of the case that was opened for it."""
    reasons: tuple[Option, ...] = ()
    """Of a blocked row: why there may be nothing more to do; one of them is chosen."""
    error: str = ""


@dataclass(frozen=True)
class ComparePage:
    """problems/compare.html: records side by side, for who decides, for reviewing departments, and for pairs."""

    no: str
    kind: str
    title: str
    state: str
    columns: tuple[Column, ...]
    groups: tuple[RowGroup, ...]
    url: str
    ball: BallLine | None = None
    tabs: tuple[Tab, ...] = ()
    only_diff: bool = False
    reasons: tuple[ReasonPoint, ...] = ()
    score: int | None = None
    earlier: tuple[str, ...] = ()
    notices: tuple[ActionReason, ...] = ()
    tasks: tuple[Task, ...] = ()
    form: RulingForm | None = None
    ruling: RulingView | None = None
    foreseen: tuple[ForeseenRecord, ...] = ()
    """What the draft would change, for whoever confirms it."""
    before: str = "现在"
    papers: tuple[IssuedPaper, ...] = ()
    papers_pending: bool = False
    """A ruling stands, and its papers will be there in a moment."""
    pair: PairActions | None = None
    reveal: Form | None = None
    reveal_url: str = ""
    revealed: bool = False
    around: Neighbours | None = None
    hidden_sides: str = ""
    """Said to who sees only some of the records."""
    compares: bool = True
    """More than one column, so that there is something to compare."""

    @property
    def same_rows(self) -> int:
        return sum(1 for group in self.groups for row in group.rows if row.judged and not row.differs)


@dataclass(frozen=True)
class HistoryPage:
    """problems/history.html"""

    no: str
    kind: str
    title: str
    state: str
    tabs: tuple[Tab, ...]
    timeline: tuple[TimelineEntry, ...]
    ball: BallLine | None = None
    comment: Form | None = None
    comment_url: str = ""
    write_url: str = ""
    """Where the form for a comment is drawn; empty where it stands here, or nothing may be said any more."""
