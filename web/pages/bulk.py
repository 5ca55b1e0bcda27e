"""What the pages of bulk decisions are made of: plain frozen facts, words already in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from web.pages.inbox import InboxRow
from web.views import Empty, Field, FieldError, Form


@dataclass(frozen=True)
class BulkLine:
    """One question with the verdict of the checks; `pick` names the case and the revision that is shown."""

    row: InboxRow
    pick: str
    clear: bool
    barred: bool = False
    """The viewer can do nothing with it here; `doubts` say why."""
    only_on: bool = False
    """He can hand it on, and nothing else."""
    doubts: tuple[str, ...] = ()
    ticked: bool = False


@dataclass(frozen=True)
class BulkListPage:
    """bulk/choose.html"""

    filters: Form
    lines: tuple[BulkLine, ...]
    clear: int
    held: int
    more: str = ""
    """Said when not everything is shown."""
    hands_on: bool = False
    """Something can be handed on to a colleague."""
    errors: tuple[FieldError, ...] = ()
    empty: Empty | None = None
    clear_url: str = ""
    """Where all filters are off; empty where none is on."""


@dataclass(frozen=True)
class BulkOther:
    """One line that is answered by itself."""

    line: BulkLine
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class BulkOthersPage:
    """bulk/others.html"""

    lines: tuple[BulkOther, ...]
    gone: int
    """Chosen lines that are not on the desk any more."""
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True)
class BulkHandOnPage:
    """bulk/hand_on.html; of `lines` the clear ones can go to somebody, `doubts` say why another stays."""

    lines: tuple[BulkLine, ...]
    going: int
    form: Form
    gone: int
    """Chosen lines that are not on the desk any more."""


@dataclass(frozen=True)
class BulkResult:
    """What became of one line."""

    no: str
    url: str
    word: str
    why: tuple[str, ...] = ()


@dataclass(frozen=True)
class BulkOrderPage:
    """bulk/show.html; `seconds` are left to take the order back, `gone_through` of `total` lines are over."""

    public_id: str
    state: Literal["waiting", "cancelled", "done"]
    title: str
    total: int
    at: datetime
    seconds: int = 0
    gone_through: int = 0
    decided: tuple[BulkResult, ...] = ()
    held: tuple[BulkResult, ...] = ()
