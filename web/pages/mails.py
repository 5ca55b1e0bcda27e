"""The mails of a demonstration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from web.views import (
    ONE_PAGE,
    Empty,
    Fact,
    Pager,
    Tab,
)


@dataclass(frozen=True)
class MailRow:
    url: str
    to: str
    subject: str
    at: datetime
    state: Literal["queued", "sent", "bounced"] = "sent"
    active: bool = False


@dataclass(frozen=True)
class MailPage:
    """mails/index.html: the demo's mail spool; `text` and `html_url` belong to the chosen mail."""

    rows: tuple[MailRow, ...] = ()
    subject: str = ""
    facts: tuple[Fact, ...] = ()
    text: str = ""
    html_url: str = ""
    as_text: bool = False
    tabs: tuple[Tab, ...] = ()
    empty: Empty | None = None
    pager: Pager = ONE_PAGE
