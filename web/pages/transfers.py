"""The steps of a new transfer, and its receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from web.pages.cases import Paper
from web.views import (
    ActionReason,
    EvidenceTile,
    Fact,
    Form,
    Rule,
    Station,
    Window,
)


@dataclass(frozen=True)
class WizardStep:
    key: str
    word: str
    state: Literal["done", "present", "coming"]
    url: str = ""


@dataclass(frozen=True)
class FoundPupil:
    """A hit of the exact search: only what a foreign school may see, and everything that stands in the way."""

    name: str
    school: str
    grade: str
    phone: str = ""
    blockers: tuple[ActionReason, ...] = ()
    handle: str = ""
    """Opaque value posted to begin the draft; empty when blocked."""
    may_ask: bool = False
    """Whether other offices can clear what stands in the way."""


@dataclass(frozen=True)
class SchoolHit:
    code: str
    name: str
    department: str
    phone: str = ""
    note: str = ""
    disabled: bool = False


@dataclass(frozen=True)
class WizardPage:
    """transfers/*.html: the six steps. `no` is the draft's case number, empty before the pupil is found."""

    step: str
    steps: tuple[WizardStep, ...]
    title: str
    form: Form
    heading: str = "新建转学"
    no: str = ""
    saved_at: datetime | None = None
    back_url: str = ""
    lead: str = ""
    found: FoundPupil | None = None
    not_found: str = ""
    drafts: tuple[Fact, ...] = ()
    pupil: tuple[Fact, ...] = ()
    school_query: str = ""
    schools: tuple[SchoolHit, ...] = ()
    searched: bool = False
    chosen_school: SchoolHit | None = None
    papers: tuple[EvidenceTile, ...] = ()
    reused: tuple[EvidenceTile, ...] = ()
    route: tuple[Station, ...] = ()
    route_because: str = ""
    route_rule: Rule | None = None
    summary: tuple[tuple[str, tuple[Fact, ...]], ...] = ()
    reasons: tuple[ActionReason, ...] = ()
    window: Window | None = None
    wait: str = ""
    """The moment at which the draft could be sent by itself; empty where it may not wait."""
    waits: str = ""
    """The moment at which it will be."""


@dataclass(frozen=True)
class ReceiptPage:
    """transfers/receipt.html: what the clerk and the family keep of a request that was sent."""

    no: str
    child: str
    origin: str
    target: str
    sent_at: datetime
    next_holder: str
    due: date
    route: tuple[Station, ...]
    expected_end: date | None = None
    papers: tuple[Paper, ...] = ()
