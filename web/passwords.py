"""Passwords: what is acceptable, and Argon2id. Few checks run at once, for each takes 64 MB."""

from functools import cache
from pathlib import Path
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from web.config import Settings
from workflow.errors import Unacceptable

SHORTEST, LONGEST = 8, 128
COMMON = Path(__file__).with_name("common_passwords.txt")
_at_once = BoundedSemaphore(4)


class Passwords:
    """Hashing and checking at the cost the settings ask for."""

    def __init__(self, settings: Settings) -> None:
        self._hasher = PasswordHasher(settings.argon2_rounds, settings.argon2_memory, parallelism=1)
        self._nobodys = self._hasher.hash("no account has this password")

    def hash(self, password: str) -> str:
        """Return what may be stored."""
        with _at_once:
            return self._hasher.hash(password)

    def fits(self, stored: str | None, password: str) -> bool:
        """Tell whether the password is the stored one; takes as long when there is no account."""
        with _at_once:
            try:
                self._hasher.verify(stored or self._nobodys, password)
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Tell whether the hash was made at another cost and should be made anew."""
        return self._hasher.check_needs_rehash(stored)


def check_new(password: str, username: str) -> None:
    """Raise Unacceptable unless the password, exactly as typed, may become somebody's."""
    fault = _fault(password, username)
    if fault:
        raise Unacceptable("password", fault, "password_unacceptable", SHORTEST)


def _fault(password: str, username: str) -> str | None:
    if not SHORTEST <= len(password) <= LONGEST:
        return f"密码应为 {SHORTEST} 到 {LONGEST} 个字符，现在是 {len(password)} 个"
    folded = password.casefold()
    if len(set(password)) < 4 or folded in _common():
        return "这个密码太常见，请换一个"
    if username and username.casefold() in folded:
        return "密码不能包含用户名"
    return None


@cache
def _common() -> frozenset[str]:
    return frozenset(COMMON.read_text(encoding="utf-8").split())
