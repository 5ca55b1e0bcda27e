"""What each page of problem records shows: one frozen dataclass per template, given to it as `page`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from web.views import (
    ONE_PAGE,
    ActionPanel,
    ActionReason,
    BallLine,
    DaysLeft,
    Empty,
    EvidenceTile,
    Fact,
    Field,
    FieldError,
    Form,
    Option,
    Pager,
    Seal,
    Tab,
    TimelineEntry,
)

Tone = Literal["", "red", "amber", "green", "accent"]


@dataclass(frozen=True)
class Chip:
    """A short word in a frame; `detail` is read on demand."""

    word: str
    tone: Tone = ""
    detail: str = ""


# ---- the list --------------------------------------------------------------------------------------------------------


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


# ---- comparing -------------------------------------------------------------------------------------------------------


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


# ---- ruling ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """Which record's value of one field survives a merge."""

    name: str
    label: str
    options: tuple[Option, ...]
    value: str


@dataclass(frozen=True)
class VerdictCard:
    """What is to become of one record; the parts for a merge and for a correction show when they are chosen."""

    no: int
    word: str
    child: str
    school: str
    options: tuple[Option, ...]
    chosen: str = ""
    into: tuple[Option, ...] = ()
    into_chosen: str = ""
    choices: tuple[Choice, ...] = ()
    corrected: tuple[Field, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Preset:
    """A common outcome that fills in all cards; `key` is the digit that picks it."""

    key: str
    word: str
    hint: str
    url: str


@dataclass(frozen=True)
class RulingForm:
    """The form of a draft. It goes to the preview first; nothing is sent from here."""

    cards: tuple[VerdictCard, ...]
    reasons: Field
    words: Field
    revision: int
    key: str
    preview_url: str
    presets: tuple[Preset, ...] = ()
    errors: tuple[FieldError, ...] = ()
    on_date: Field | None = None
    heading: str = "拟定裁定"


@dataclass(frozen=True)
class ForeseenRecord:
    """What the draft makes of one record: sentences, and fields before and after."""

    word: str
    child: str
    school: str
    verdict: str
    sentence: str
    tone: Tone = ""
    changes: tuple[tuple[str, str, str], ...] = ()
    """(field, before, after)"""
    moves: tuple[str, ...] = ()


@dataclass(frozen=True)
class PreviewPage:
    """problems/preview.html: exactly what will change; `fields` (hidden ones) carry everything typed along."""

    no: str
    title: str
    records: tuple[ForeseenRecord, ...]
    reasons: tuple[str, ...]
    words: str
    fields: tuple[Field, ...]
    send_url: str
    edit_url: str
    key: str
    revision: int
    next_holder: str
    warnings: tuple[str, ...] = ()
    before: str = "现在"
    """What the values are called from which the changes start."""
    send_word: str = "提交复核"


@dataclass(frozen=True)
class RulingView:
    """One ruling as it is read: verdicts of the records the viewer may see, why, who, and since when."""

    title: str
    state: Chip
    verdicts: tuple[tuple[str, str, str], ...]
    """(which record, verdict, what follows)"""
    reasons: tuple[str, ...]
    words: str
    facts: tuple[Fact, ...]
    seals: tuple[Seal, ...] = ()
    until: str = ""
    undo: Form | None = None
    undo_url: str = ""
    undo_why_not: str = ""
    undo_links: tuple[Tab, ...] = ()


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


# ---- pages -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """Something that is asked of the viewer here: the answers he may give, under a heading of their own."""

    heading: str
    panel: ActionPanel
    lead: str = ""


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
class Neighbours:
    """The place in the list the viewer came from."""

    list_url: str
    word: str
    previous_url: str = ""
    next_url: str = ""


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
class PaperPlace:
    """A paper that an answer needs or takes: there, or still missing."""

    kind: str
    there: bool
    required: bool
    note: str = ""


@dataclass(frozen=True)
class AnswerForm:
    """One of the three answers a school may give, with its papers and fields."""

    action: str
    title: str
    consequence: str
    papers: tuple[PaperPlace, ...]
    fields: tuple[Field, ...]
    errors: tuple[FieldError, ...] = ()
    chosen: bool = False
    missing: str = ""
    """What must be handed in before this answer can be sent."""


@dataclass(frozen=True)
class OwnSide:
    """One record of the school in the case: what is asked, what was answered, what was decided."""

    no: int
    word: str
    child: str
    klass: str
    record_url: str
    facts: tuple[Fact, ...]
    asked: str
    left: DaysLeft | None
    state: Chip
    answer_forms: tuple[AnswerForm, ...] = ()
    given: tuple[Fact, ...] = ()
    """The answer as it was sent."""
    returned: tuple[str, str] = ("", "")
    """(office, why)"""
    tasks: tuple[Task, ...] = ()
    question: tuple[str, str] = ("", "")
    """An inquiry sheet: (office, question)."""
    tiles: tuple[EvidenceTile, ...] = ()
    heir: str = ""
    upload: Form | None = None
    upload_url: str = ""
    papers: tuple[IssuedPaper, ...] = ()
    to_issue: tuple[PaperToIssue, ...] = ()


@dataclass(frozen=True)
class SidePage:
    """problems/side.html: what a school sees of a problem: its own record and nothing of anybody else."""

    no: str
    kind: str
    title: str
    state: str
    ball: BallLine
    tabs: tuple[Tab, ...]
    explained: str
    sides: tuple[OwnSide, ...]
    act_url: str
    key: str
    seen: str
    rulings: tuple[RulingView, ...] = ()
    notices: tuple[ActionReason, ...] = ()
    tasks: tuple[Task, ...] = ()
    """What is asked of the viewer beside the question to the school, and what he may do with the whole case."""
    around: Neighbours | None = None


@dataclass(frozen=True)
class RulingsPage:
    """problems/rulings.html: every ruling of the case, the latest first."""

    no: str
    kind: str
    title: str
    state: str
    tabs: tuple[Tab, ...]
    rulings: tuple[RulingView, ...]
    ball: BallLine | None = None
    tasks: tuple[Task, ...] = ()
    empty: str = ""


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


@dataclass(frozen=True)
class UndoPage:
    """problems/undo.html: the case that takes a ruling (or a deletion) back, with everything that would be put back."""

    no: str
    title: str
    state: str
    ball: BallLine
    facts: tuple[Fact, ...]
    reason: str
    records: tuple[ForeseenRecord, ...]
    conflicts: tuple[str, ...]
    problem: tuple[str, str]
    """(number, address) of the problem case."""
    panel: ActionPanel
    timeline: tuple[TimelineEntry, ...] = ()
    done: bool = False
    word: str = "裁定"
    """What is taken back."""

