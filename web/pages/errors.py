"""What went wrong, said once."""

from __future__ import annotations

from dataclasses import dataclass

from web.views import (
    ActionReason,
    Fact,
    Field,
    FieldError,
)


@dataclass(frozen=True)
class ErrorPage:
    """errors/show.html. `kept` gives back what was typed: (label, text)."""

    status: int
    title: str
    text: str
    reasons: tuple[ActionReason, ...] = ()
    facts: tuple[Fact, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    back_url: str = ""
    back_word: str = ""
    request_id: str = ""
    errors: tuple[FieldError, ...] = ()
    hidden: tuple[Field, ...] = ()
