"""What the pages about messages show: notices, how one wants to be told, the words of mails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
class MailTextRow:
    """One kind of mail with the version in force (0: as shipped) and who wrote it."""

    word: str
    url: str
    version: int = 0
    author: str = ""
    at: datetime | None = None
    active: bool = False


@dataclass(frozen=True)
class MailTextsPage:
    """admin/mail_texts.html; without `title` none is chosen. `preview` are the parts of the mail with sample data."""

    rows: tuple[MailTextRow, ...]
    title: str = ""
    url: str = ""
    form: Form | None = None
    topic: str = ""
    seen: int = 0
    may_word: bool = False
    is_shipped: bool = True
    is_broken: bool = False
    """The version in force asks for what this program does not know; mails go out in the shipped words."""
    placeholders: tuple[Fact, ...] = ()
    preview: dict[str, Any] | None = None
    history: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class MessageSettingsPage:
    """notices/settings.html; `fault` says that mails to the person come back."""

    form: Form
    facts: tuple[Fact, ...]
    fault: str = ""
