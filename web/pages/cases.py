"""A case, and its papers in the viewer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from web.views import (
    ActionPanel,
    BallLine,
    Contact,
    EvidenceTile,
    Fact,
    Form,
    Rule,
    Station,
    Tab,
    TimelineEntry,
)


@dataclass(frozen=True)
class Paper:
    """A PDF that can be printed from a case or a pupil."""

    word: str
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class TakingBack:
    """What a finished case did (a deletion, a transfer), and taking it back.

    `heading` stands above; `word` names the cases of asking for it, which are (number, address, state); `ask` opens the
    form, above which stands what it would do.
    """

    heading: str
    word: str
    ask: str
    facts: tuple[Fact, ...]
    moves: tuple[Fact, ...] = ()
    cases: tuple[tuple[str, str, str], ...] = ()
    form: Form | None = None
    url: str = ""
    why_not: str = ""
    undone: bool = False


@dataclass(frozen=True)
class Again:
    """Taking up an ended request: where to, and the key of the form."""

    url: str
    key: str


@dataclass(frozen=True)
class CasePage:
    """cases/show.html; `tab` is one of request, evidence, talk, history; only its part is drawn."""

    no: str
    kind: str
    title: str
    state: str
    ball: BallLine
    route: tuple[Station, ...]
    tabs: tuple[Tab, ...]
    tab: Literal["request", "evidence", "talk", "history"]
    panel: ActionPanel
    objection: tuple[str, str] = ("", "")
    """Who sent it back or refused, and why; empty once that was answered."""
    notes: tuple[tuple[str, str], ...] = ()
    """What everybody must know first: who suspended the case, who may decide in whose place; heading and words."""
    edit_url: str = ""
    """Where the applicant corrects what was written."""
    route_because: str = ""
    route_rule: Rule | None = None
    pupil: tuple[Fact, ...] = ()
    request: tuple[Fact, ...] = ()
    request_title: str = "申请"
    request_text: str = ""
    evidence: tuple[EvidenceTile, ...] = ()
    upload: Form | None = None
    timeline: tuple[TimelineEntry, ...] = ()
    decisions_only: bool = False
    comment: Form | None = None
    contacts: tuple[Contact, ...] = ()
    papers: tuple[Paper, ...] = ()
    linked: tuple[Paper, ...] = ()
    watching: str = ""
    taking_back: TakingBack | None = None
    again: Again | None = None


@dataclass(frozen=True)
class ViewerPage:
    """cases/evidence.html: one paper, with the viewer's name and the time laid over it."""

    case_no: str
    title: str
    back_url: str
    images: tuple[str, ...]
    facts: tuple[Fact, ...]
    watermark: str = ""
    """Words to lay over the pages; empty when they stand in the pictures themselves."""
    others: tuple[EvidenceTile, ...] = ()
    notice: str = ""
    download_url: str = ""
    withdraw_url: str = ""
