"""What waits for an officer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from web.views import (
    ONE_PAGE,
    DaysLeft,
    Empty,
    Form,
    Pager,
    Tab,
)


@dataclass(frozen=True)
class InboxRow:
    """One work item. `child` is masked already; `button` names the one act (核办、补材料、确认到校、查看)."""

    case_no: str
    kind: str
    child: str
    origin: str
    target: str
    step: str
    left: DaysLeft
    url: str
    button: str = "查看"
    sent_by: str = ""
    sent_at: datetime | None = None
    holder: str = ""
    """Who has it when it is not the viewer; the row is then quiet."""
    returned: bool = False
    unread: bool = False
    for_whom: str = ""
    """Whose desk it lies on, where the viewer stands in for him."""
    taken_by: str = ""
    """The colleague who has it by name."""


@dataclass(frozen=True)
class InboxGroup:
    key: Literal["late", "today", "week", "later", "waiting", "done"]
    title: str
    count: int
    rows: tuple[InboxRow, ...] = ()
    of_page: bool = False
    """The count is that of this page alone: there are more elsewhere."""


@dataclass(frozen=True)
class KeptFilter:
    """A saved filter above the list; `count` is what waits within it, empty where it was not counted."""

    name: str
    url: str
    active: bool
    count: str = ""


@dataclass(frozen=True)
class Keeping:
    """What can be done with the present filter: keep it under a name, or give it another and forget it.

    The form carries the name, and for one that is not kept yet what the list is limited to.
    """

    form: Form
    save_url: str
    delete_url: str = ""
    """Empty for a filter that is not kept."""
    opened: bool = False


@dataclass(frozen=True)
class InboxPage:
    """inbox/show.html"""

    tabs: tuple[Tab, ...]
    groups: tuple[InboxGroup, ...] = ()
    pager: Pager = ONE_PAGE
    empty: Empty | None = None
    title: str = "待办"
    summary: str = ""
    bulk_url: str = ""
    """Where many of them can be answered together; empty where none can."""
    filters: Form | None = None
    """None where the list cannot be limited."""
    narrowed: str = ""
    """What the list is limited to, in words; empty for nothing."""
    clear_url: str = ""
    kept: tuple[KeptFilter, ...] = ()
    """The filters that the officer keeps, the whole list first; none where he keeps none."""
    keeping: Keeping | None = None
    opened: bool = False
    """The filter is drawn open: it is at work, or something is wrong with it."""
