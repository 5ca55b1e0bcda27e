"""Rules, proposals and trials."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from web.pages.administration import Tone
from web.views import (
    Fact,
    Form,
    Tab,
)


@dataclass(frozen=True)
class PolicyRow:
    """A rule in force here; `later` tells what it will become, `valid_from` is None for the shipped default."""

    key: str
    meaning: str
    value: str
    place: str
    citation: str
    valid_from: date | None
    valid_to: date | None = None
    stage: str = ""
    url: str = ""
    later: str = ""


@dataclass(frozen=True)
class ChangeRow:
    """A day from which another rule will hold; `soon` says 明天 where it is the next day."""

    day: date
    meaning: str
    before: str
    after: str
    place: str
    citation: str
    url: str = ""
    soon: str = ""


@dataclass(frozen=True)
class ProposalRow:
    """A proposal in a list; `note` says why it cannot be confirmed any more, or what was answered."""

    url: str
    meaning: str
    office: str
    asked: str
    since: date
    by: str
    at: datetime
    state: str
    note: str = ""


@dataclass(frozen=True)
class PoliciesPage:
    """admin/policies.html: every rule that holds at a place on a day, in groups of (heading, rows)."""

    place: str
    day: date
    groups: tuple[tuple[str, tuple[PolicyRow, ...]], ...]
    filter: Form
    changes: tuple[ChangeRow, ...] = ()
    more_changes: int = 0
    proposals: tuple[ProposalRow, ...] = ()
    more_proposals: bool = False
    today: bool = True
    """Whether `day` is today."""


@dataclass(frozen=True)
class PolicyPage:
    """admin/policy.html: one rule at a place; `chain` names the places that could decide, nearest first."""

    row: PolicyRow
    office: str
    day: date
    back_url: str
    chain: tuple[Fact, ...]
    stages: tuple[Tab, ...] = ()
    changes: tuple[ChangeRow, ...] = ()
    proposals: tuple[ProposalRow, ...] = ()
    form: Form | None = None
    ending: Form | None = None
    """Asks for the place's own rule to end; None where there is none of its own."""
    alone: bool = False
    """Nobody else may confirm what the visitor proposes here."""


@dataclass(frozen=True)
class TrialPage:
    """admin/trial.html: a rule tried on the cases of a period; drawn anew while `state` is waiting or running."""

    url: str
    progress_url: str
    rule_url: str
    propose_url: str
    meaning: str
    office: str
    state: Literal["waiting", "running", "done", "broken"]
    before: str
    after: str
    period: str
    done: int = 0
    total: int = 0
    facts: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()
    beyond: str = ""
    """Names the offices below that a change would not reach."""
    again: Form | None = None


@dataclass(frozen=True)
class ProposalPage:
    """admin/proposal.html: what is asked for beside what holds; `decide` and `withdraw` for whoever may."""

    url: str
    meaning: str
    office: str
    state: str
    tone: Tone
    rule_url: str
    facts: tuple[Fact, ...]
    before: str
    after: str
    trial_url: str = ""
    trial_period: str = ""
    trial: tuple[Fact, ...] = ()
    """What the proposer's trial found."""
    obstacle: str = ""
    own: bool = False
    decide: bool = False
    withdraw: bool = False
    error: str = ""
    typed: str = ""
    longest: int = 300
