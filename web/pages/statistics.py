"""What the pages of figures show: one frozen dataclass per template, given to it as `page`."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from web.views import ONE_PAGE, DaysLeft, Empty, Form, Pager, Tab


@dataclass(frozen=True)
class Figure:
    """A number that opens the list behind it; `note` stands beside it. Without `url` there is nothing to open."""

    value: str
    url: str = ""
    tone: str = ""
    note: str = ""
    note_url: str = ""


@dataclass(frozen=True)
class FigureLine:
    """One line of a table: an office with its figures. `kind` is total, own or below."""

    name: str
    figures: tuple[Figure, ...]
    kind: str = "below"
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class FigureTable:
    """A table of offices or of words. `groups` are heads over several columns: word and width."""

    caption: str
    heads: tuple[str, ...]
    lines: tuple[FigureLine, ...]
    groups: tuple[tuple[str, int], ...] = ()
    first: str = "单位"
    quiet: tuple[FigureLine, ...] = ()
    """Offices without any figure; they are named below the table."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Key:
    """What a pattern of a chart means."""

    kind: str
    word: str


@dataclass(frozen=True)
class Chart:
    """A picture with the table that says the same."""

    key: str
    title: str
    picture: Markup
    heads: tuple[str, ...]
    rows: tuple[FigureLine, ...]
    legend: tuple[Key, ...] = ()
    empty: str = ""
    """Said in place of a picture without anything in it."""


@dataclass(frozen=True)
class StatisticsPage:
    """statistics/show.html: one tab of the figures of one office."""

    title: str
    office: str
    """The office's code, which the form of the period carries along, as it does `tab`."""
    tab: str
    crumbs: tuple[tuple[str, str], ...]
    tabs: tuple[Tab, ...]
    periods: Form
    period: str
    """The days the figures are about, in words."""
    homes: tuple[Tab, ...] = ()
    """The offices that the viewer works at, where these are several that do not stand above each other."""
    sums: tuple[tuple[Figure, str], ...] = ()
    """The large numbers at the top of the first tab, each with its word."""
    choices: tuple[Tab, ...] = ()
    tables: tuple[FigureTable, ...] = ()
    charts: tuple[Chart, ...] = ()
    empty: Empty | None = None


@dataclass(frozen=True)
class ListedQuestion:
    """One question in the list behind a figure. `child` is masked. Without `url` it is only counted, not named."""

    url: str
    no: str
    child: str
    step: str
    office: str
    asked: str
    left: DaysLeft | None
    ended: str = ""


@dataclass(frozen=True)
class ListPage:
    """statistics/list.html"""

    title: str
    narrowed: str
    back_url: str
    rows: tuple[ListedQuestion, ...]
    pager: Pager = ONE_PAGE
    empty: Empty | None = None
    back: str = "统计"


@dataclass(frozen=True)
class ListedRecord:
    """One record with an open problem. The list reads no record: it names no pupil. Without `url` it is not named."""

    url: str
    no: str
    kind: str
    school: str
    step: str
    since: str


@dataclass(frozen=True)
class RecordsPage:
    """statistics/records.html"""

    title: str
    narrowed: str
    back_url: str
    rows: tuple[ListedRecord, ...]
    pager: Pager = ONE_PAGE
    empty: Empty | None = None
    back: str = "统计"


@dataclass(frozen=True)
class BulletinRow:
    """One month on the shelf; `number` is empty while nothing was issued."""

    month: str
    number: str
    url: str
    issued: str
    draft_url: str


@dataclass(frozen=True)
class BulletinsPage:
    """bulletins/index.html"""

    title: str
    crumbs: tuple[tuple[str, str], ...]
    statistics_url: str
    rows: tuple[BulletinRow, ...]
    below: tuple[tuple[str, str], ...] = ()
    may_issue: bool = False
    error: str = ""


@dataclass(frozen=True)
class Linked:
    """A paragraph: its title, and its words, numbers among them with the address of their list."""

    title: str
    pieces: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class BulletinPage:
    """bulletins/show.html: a version as it was issued, or a draft with the form that issues it."""

    title: str
    office: str
    number: str
    state: str
    shelf_url: str
    paragraphs: tuple[Linked, ...]
    table: FigureTable
    changes: FigureTable | None = None
    reason: str = ""
    replaced: bool = False
    versions: tuple[Tab, ...] = ()
    pdf_url: str = ""
    xlsx_url: str = ""
    draft_url: str = ""
    is_draft: bool = False
    form: Form | None = None
    error: str = ""
    """Why nothing was issued, where there is no form any more that could say it."""
    waiting: str = ""
    back_url: str = ""
    unlisted: str = ""
    """Why no number of an issued version opens a list."""
