"""Organisations, posts, handing over, incidents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from web.views import (
    ONE_PAGE,
    ActionReason,
    Empty,
    Fact,
    Form,
    Pager,
)

Tone = Literal["info", "done", "warn", "error"]


@dataclass(frozen=True)
class OrgNode:
    """One office in the tree, with those below it when it is open; `folded` when there are some that are not drawn."""

    id: str
    name: str
    level: str
    code: str
    note: str = ""
    active: bool = False
    folded: bool = False
    closed: bool = False
    children: tuple[OrgNode, ...] = ()


@dataclass(frozen=True)
class OrganisationsPage:
    """admin/organisations.html"""

    tree: tuple[OrgNode, ...]
    query: str = ""
    chosen: str = ""
    chosen_id: str = ""
    chosen_code: str = ""
    facts: tuple[Fact, ...] = ()
    form: Form | None = None
    alarms: tuple[ActionReason, ...] = ()
    new_url: str = ""
    """Where a new office is founded below the chosen one; empty for who may not."""
    ending: Form | None = None
    end_url: str = ""
    more: str = ""
    """Said under a list that was cut."""


@dataclass(frozen=True)
class PostRow:
    id: str
    person: str
    username: str
    office: str
    role: str
    begun: date
    ended: date | None = None
    klass: str = ""
    state: str = "在任"
    url: str = ""
    may_end: bool = True


@dataclass(frozen=True)
class AccountCard:
    """One account beside the list of posts; `why_not` says why it cannot be changed here."""

    name: str
    facts: tuple[Fact, ...]
    url: str
    close_url: str
    form: Form | None = None
    disabled: bool = False
    why_not: str = ""
    hand_over_url: str = ""


@dataclass(frozen=True)
class EndingCard:
    """A post that somebody is about to end; `alone` says that nobody else sits at the desk."""

    id: str
    person: str
    post: str
    facts: tuple[Fact, ...]
    alone: bool
    hand_over_url: str
    cancel_url: str


@dataclass(frozen=True)
class HandOverPage:
    """admin/handover.html: what somebody has; `form` is None where `why_not` says why nobody may hand it over here."""

    name: str
    username: str
    facts: tuple[Fact, ...]
    back_url: str
    url: str
    desks: tuple[Fact, ...] = ()
    """The desks that are left, with what waits there and who else sits there."""
    empty: bool = False
    form: Form | None = None
    why_not: str = ""


@dataclass(frozen=True)
class PostsPage:
    """admin/posts.html; `secret` is a password that is shown this once."""

    rows: tuple[PostRow, ...]
    form: Form
    filter: Form
    pager: Pager = ONE_PAGE
    alarms: tuple[ActionReason, ...] = ()
    account_form: Form | None = None
    ending: EndingCard | None = None
    account: AccountCard | None = None
    secret: tuple[Fact, ...] = ()
    secret_note: str = ""


@dataclass(frozen=True)
class IncidentRow:
    """Something that was given up; `why` in plain words, `said` is what the program wrote down."""

    number: int
    what: str
    receiver: str
    case_no: str
    at: datetime
    attempts: int
    why: str
    said: tuple[Fact, ...] = ()
    posts_url: str = ""


@dataclass(frozen=True)
class HangingRow:
    """A timer that failed and will be tried again without anybody's help."""

    what: str
    case_no: str
    due_at: datetime
    next_at: datetime | None
    attempts: int
    why: str


@dataclass(frozen=True)
class DeadAddress:
    """An account to whose address mails come back."""

    who: str
    office: str
    address: str
    since: datetime | None
    posts_url: str


@dataclass(frozen=True)
class IncidentsPage:
    """admin/incidents.html; `failed` is the row whose form came back with `typed` and `error`."""

    rows: tuple[IncidentRow, ...]
    empty: Empty
    hanging: tuple[HangingRow, ...] = ()
    addresses: tuple[DeadAddress, ...] = ()
    more: int = 0
    longest: int = 200
    failed: int = 0
    typed: str = ""
    error: str = ""
