"""Signing in, and passwords."""

from __future__ import annotations

from dataclasses import dataclass

from web.views import (
    Fact,
    Form,
)


@dataclass(frozen=True)
class LoginPage:
    """accounts/login.html; `wait` is said instead of the button while the account is throttled."""

    form: Form
    next: str = ""
    wait: str = ""
    demo_accounts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class PasswordPage:
    """accounts/password.html; `forced` when the password was given out by an administrator."""

    form: Form
    forced: bool = False
