"""Looking for pupils, and a record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from web.pages.cases import Paper
from web.pages.inbox import InboxRow
from web.views import (
    ONE_PAGE,
    ActionReason,
    Empty,
    Fact,
    Field,
    FieldError,
    Form,
    Pager,
)


@dataclass(frozen=True)
class StudentRow:
    url: str
    name: str
    number: str
    sex: str
    klass: str
    state: str
    note: str = ""


@dataclass(frozen=True)
class StudentsPage:
    """students/search.html"""

    form: Form
    rows: tuple[StudentRow, ...] = ()
    searched: str = ""
    pager: Pager = ONE_PAGE
    empty: Empty | None = None
    enter_url: str = ""
    """Where a clerk enters one pupil by hand."""


@dataclass(frozen=True)
class Spell:
    """One enrolment of a pupil, newest first."""

    school: str
    klass: str
    begun: date
    ended: date | None
    how: str
    note: str = ""


@dataclass(frozen=True)
class StudentPage:
    """students/show.html; numbers are masked already, `reveal` asks for a purpose."""

    name: str
    state: str
    school: str
    klass: str
    facts: tuple[Fact, ...]
    guardians: tuple[tuple[Fact, ...], ...] = ()
    spells: tuple[Spell, ...] = ()
    cases: tuple[InboxRow, ...] = ()
    papers: tuple[Paper, ...] = ()
    notices: tuple[ActionReason, ...] = ()
    reveal_url: str = ""
    reveal: Form | None = None
    transfer_url: str = ""


@dataclass(frozen=True)
class EntryGroup:
    """Some columns of the template; `folded` ones may all be left out."""

    title: str
    fields: tuple[Field, ...]
    folded: bool = False


@dataclass(frozen=True)
class EntryPage:
    """students/new.html; `form` carries key and errors, `doubts` what was read otherwise than it was typed."""

    school: str
    form: Form
    groups: tuple[EntryGroup, ...]
    doubts: tuple[FieldError, ...] = ()
