"""The processes, drawn."""

from __future__ import annotations

from dataclasses import dataclass

from web.views import (
    Fact,
    Tab,
)


@dataclass(frozen=True)
class ProcessPage:
    """processes/show.html; `picture` is trusted SVG drawn from the definition, `rows` says the same in words."""

    title: str
    version: str
    digest: str
    picture: str
    rows: tuple[tuple[str, str, str, str, str], ...]
    """(phase, who, action, leads to, days)"""
    others: tuple[Tab, ...] = ()
    policies: tuple[Fact, ...] = ()
