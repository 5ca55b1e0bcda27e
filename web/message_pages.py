"""What the pages about messages show: notices, how one wants to be told, the words of mails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from web.views import ONE_PAGE, DaysLeft, Empty, Fact, Form, Pager, Tab


@dataclass(frozen=True)
class NoticeRow:
    """One notice: what it is (`word`), about whom or what, and how urgent it is now. Opening it marks it as read."""

    number: int
    word: str
    about: str
    at: datetime
    note: str = ""
    case_no: str = ""
    kind: str = ""
    unread: bool = False
    left: DaysLeft | None = None
    url: str = ""
    """Where it leads; an unread one is opened by a button, which marks it."""


@dataclass(frozen=True)
class NoticesPage:
    """notices/list.html"""

    tabs: tuple[Tab, ...]
    rows: tuple[NoticeRow, ...] = ()
    newest: int = 0
    """Everything up to this one was on the page when it was drawn."""
    unread: int = 0
    pager: Pager = ONE_PAGE
    empty: Empty | None = None


@dataclass(frozen=True)
class MessageSettingsPage:
    """notices/settings.html; `fault` says that mails to the person come back."""

    form: Form
    facts: tuple[Fact, ...]
    fault: str = ""
