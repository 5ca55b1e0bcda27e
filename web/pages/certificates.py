"""Certificates, and what a stranger sees of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from web.views import (
    Fact,
    Form,
)


@dataclass(frozen=True)
class CertificatePage:
    """certificates/show.html; `seal_word` is 有效, 已被更新 or 已撤销."""

    serial: str
    kind: str
    state: Literal["valid", "superseded", "revoked"]
    facts: tuple[Fact, ...]
    preview_url: str
    pdf_url: str
    verify_url: str
    qr: str
    copies: int
    word: str = "证明"
    case_url: str = ""
    looks: int = 0
    """How often strangers looked it up."""
    revoke: Form | None = None
    revoke_url: str = ""
    reissue: Form | None = None
    reissue_url: str = ""
    note: str = ""
    unprintable: str = ""
    """Why there is no PDF and no picture."""


@dataclass(frozen=True)
class VerifyPage:
    """verify/show.html: public. `state` empty: only the form is shown."""

    form: Form
    state: Literal["", "valid", "superseded", "revoked", "unknown"] = ""
    code: str = ""
    facts: tuple[Fact, ...] = ()
    host: str = ""
    text: str = ""
    name_form: Form | None = None
    """Asks for the name on the paper; the answer is yes or no."""
    name_url: str = ""
    name_fits: bool | None = None
    name_text: str = ""
