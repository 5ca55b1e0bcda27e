"""Refusals. They carry facts; the sentences for people are made by whoever speaks to them."""

import datetime as dt
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reason:
    """Why something cannot be done (block), should be considered (warn) or is good to know (info)."""

    guard: str
    severity: str
    message: str
    citation: str = ""
    field: str = ""
    clears: str = ""
    """Who can clear it, as a name an officer understands."""

    @property
    def blocks(self) -> bool:
        return self.severity == "block"


class Refused(Exception):
    """Base of every refusal; nothing was changed."""

    code = "refused"


class NotFound(Refused):
    """It does not exist for this person."""

    code = "not_found"


@dataclass
class NotAllowed(Refused):
    """It is the person's case, but not this person's turn or right."""

    action: str
    why: str = ""
    code = "not_allowed"


@dataclass
class Stale(Refused):
    """The page was drawn before the latest change. `actor`, `action`, `at` tell who changed what, when.

    What is no case has no `revision`.
    """

    revision: int | None
    action: str = ""
    actor: str = ""
    at: dt.datetime | None = None
    code = "stale"


class AlreadyDecided(Stale):
    """Somebody else answered it meanwhile."""

    code = "already_decided"


@dataclass
class Unmet(Refused):
    """Guards or fields that stop the action: all of them, each with its sentence."""

    reasons: list[Reason] = field(default_factory=list)
    code = "unmet"


class Busy(Refused):
    """Somebody is deciding this very moment."""

    code = "busy"


class KeyReused(Refused):
    """An idempotency key came again with another body."""

    code = "idempotency_key_reused"


@dataclass
class Unacceptable(Refused):
    """A value or file that cannot be taken. `field` names the input, `message` is one clear sentence."""

    field: str
    message: str
    code: str = "unacceptable"
    limit: int | None = None
