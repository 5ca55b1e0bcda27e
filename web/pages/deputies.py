"""Who acts for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from web.views import (
    Form,
)


@dataclass(frozen=True)
class DeputyRow:
    """An order by which somebody stands in for somebody; `end_url` is empty once it is over."""

    deputy: str
    principal: str
    kinds: str
    office: str
    since: date
    until: date
    state: str
    running: bool = False
    note: str = ""
    end_url: str = ""


@dataclass(frozen=True)
class DeputiesPage:
    """deputies/show.html: orders for the viewer's own desk, those he took over, and those of the people he leads."""

    form: Form
    mine: tuple[DeputyRow, ...] = ()
    taken: tuple[DeputyRow, ...] = ()
    others: tuple[DeputyRow, ...] = ()
    leads: bool = False
