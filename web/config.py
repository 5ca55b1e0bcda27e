"""The settings of an installation: read once from the environment, checked, and named in one table."""

import datetime as dt
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from web import signatures
from web.bounces import BoxWrong, ReturnWrong, box_of, pattern_of
from web.chat import GatewayWrong, WebhookSender
from web.mailer import Mailer, SmtpUrlWrong

PREFIX = "XUEJIBAN_"
_ANY_SECRET = "whsec_" + "A" * 32
"""Signs nothing: a gateway's address is looked at alone."""


class SettingWrong(ValueError):
    """A setting that stops the start; the message names it and says what it must look like."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name


@dataclass(frozen=True)
class Settings:
    """What the program was told at its start. Folders are absolute; addresses have no slash at their end."""

    data_dir: Path
    database_url: str
    migration_url: str
    key_file: Path
    base_url: str = "http://127.0.0.1:8000"
    trusted_hosts: tuple[str, ...] = ()
    proxies: int = 0
    smtp_url: str = ""
    mail_from: str = "xuejiban@localhost.localdomain"
    mail_per_minute: int = 0
    """0: as many as there are."""
    relay_url: str = ""
    return_address: str = ""
    bounce_box: str = ""
    bounce_secret: str = field(default="", repr=False)
    chat_url: str = field(default="", repr=False)
    """May hold the key of a robot."""
    chat_secret: str = field(default="", repr=False)
    log_level: str = "INFO"
    today: dt.date | None = None
    """The day a demonstration pretends it is (`--today`); never from the environment."""
    argon2_memory: int = 65_536
    """KiB for one password check; tests lower it, nobody else can."""
    argon2_rounds: int = 3

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None, **given: Any) -> Self:
        """Return the checked settings; `given` (from the command line) wins. Raises SettingWrong."""
        environment = os.environ if environment is None else environment
        known = {variable.name for variable in VARIABLES}
        unknown = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
        if unknown:
            raise SettingWrong(unknown[0], "there is no such setting; the README lists them all")
        read = {
            variable.field: _read(variable, environment[variable.name])
            for variable in VARIABLES
            if environment.get(variable.name)
        }
        return cls(**_completed({**read, **given}))

    @property
    def files_dir(self) -> Path:
        """Where sealed files are kept."""
        return self.data_dir / "files"

    @property
    def mails_dir(self) -> Path:
        """Where the demo's mail sink keeps what it caught."""
        return self.data_dir / "mails"

    @property
    def relay_file(self) -> Path:
        """Where the bundled relay keeps what it took in."""
        return self.data_dir / "relay.db"

    @property
    def reports_dir(self) -> Path:
        """Where the bundled relay puts its delivery reports, as a Maildir."""
        return self.data_dir / "reports"

    @property
    def is_secure(self) -> bool:
        """Whether people reach us by https; then cookies say so."""
        return self.base_url.startswith("https://")

    @property
    def hosts(self) -> list[str]:
        """The host names under which a request is accepted."""
        own = urlsplit(self.base_url).hostname or ""
        return [own, "localhost", "127.0.0.1", "[::1]", *self.trusted_hosts]

    def on(self, today: dt.date | None) -> Self:
        """The same settings on another day."""
        return replace(self, today=today)


@dataclass(frozen=True)
class Variable:
    """One environment variable: its field, how it is read, and what the README says about it."""

    name: str
    field: str
    read: Callable[[str], Any]
    meaning: str


def _folder(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _database(text: str) -> str:
    try:
        backend = make_url(text).get_backend_name()
    except ArgumentError:
        backend = ""
    if backend not in ("sqlite", "postgresql"):
        raise ValueError("it must look like sqlite:////folder/file.db or postgresql://user@host/database")
    return text


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("it must look like https://xueji.example.cn")
    return text.rstrip("/")


def _host_names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    if any(set(name) & set("/ @?#*") for name in names):
        raise ValueError("it must be host names with commas between them")
    return names


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 10:
        raise ValueError("it must be a number from 0 to 10")
    return int(text)


def _mail_server(text: str) -> str:
    try:
        Mailer(text)
    except SmtpUrlWrong as wrong:
        raise ValueError(str(wrong)) from None
    return text


def _mailbox(text: str) -> str:
    try:
        box_of(text)
    except BoxWrong as wrong:
        raise ValueError(str(wrong)) from None
    return text


def _gateway(text: str) -> str:
    try:
        WebhookSender(text, _ANY_SECRET)
    except GatewayWrong as wrong:
        raise ValueError(str(wrong)) from None
    return text


def _secret(text: str) -> str:
    signatures.secret_of(text)
    return text


def _address(text: str) -> str:
    local, at, host = text.rpartition("@")
    if not at or not local or not host or any(char.isspace() for char in text):
        raise ValueError("it must be one e-mail address")
    return text


def _return_address(text: str) -> str:
    _address(text)
    try:
        pattern_of(text)
    except ReturnWrong as wrong:
        raise ValueError(str(wrong)) from None
    return text


def _pace(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 5 or not 1 <= int(text) <= 10_000:
        raise ValueError("it must be a number from 1 to 10000")
    return int(text)


def _level(text: str) -> str:
    if text.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("it must be DEBUG, INFO, WARNING or ERROR")
    return text.upper()


VARIABLES = (
    Variable("XUEJIBAN_DATA_DIR", "data_dir", _folder, "folder for database, keys and sealed files"),
    Variable("XUEJIBAN_DATABASE_URL", "database_url", _database, "the database, as the application's role"),
    Variable("XUEJIBAN_MIGRATION_URL", "migration_url", _database, "the same database, as the owner of its tables"),
    Variable("XUEJIBAN_KEY_FILE", "key_file", _folder, "the key ring; keep a copy of it elsewhere"),
    Variable("XUEJIBAN_BASE_URL", "base_url", _web_address, "the address people use; it stands in mails and QR codes"),
    Variable("XUEJIBAN_TRUSTED_HOSTS", "trusted_hosts", _host_names, "further host names that may be used"),
    Variable("XUEJIBAN_PROXIES", "proxies", _count, "how many proxies of ours stand in front"),
    Variable("XUEJIBAN_SMTP_URL", "smtp_url", _mail_server, "the mail server; without one, mails wait in the outbox"),
    Variable("XUEJIBAN_MAIL_FROM", "mail_from", _address, "the sender's address of our mails"),
    Variable("XUEJIBAN_MAIL_PER_MINUTE", "mail_per_minute", _pace, "how many mails go out in a minute at most"),
    Variable("XUEJIBAN_RELAY_URL", "relay_url", _mail_server, "the mail server to which the bundled relay hands on"),
    Variable("XUEJIBAN_RETURN_ADDRESS", "return_address", _return_address, "where undelivered mails are returned to"),
    Variable("XUEJIBAN_BOUNCE_BOX", "bounce_box", _mailbox, "the mailbox for reports of undelivered mails"),
    Variable("XUEJIBAN_BOUNCE_SECRET", "bounce_secret", _secret, "with it a mail gateway signs reports to our API"),
    Variable("XUEJIBAN_CHAT_URL", "chat_url", _gateway, "the gateway that brings short messages to telephones"),
    Variable("XUEJIBAN_CHAT_SECRET", "chat_secret", _secret, "with it messages to that gateway are signed"),
    Variable("XUEJIBAN_LOG_LEVEL", "log_level", _level, "how much is logged"),
)
"""Every variable there is. The README's table must name each of them."""


def _read(variable: Variable, text: str) -> Any:
    try:
        return variable.read(text.strip())
    except ValueError as wrong:
        raise SettingWrong(variable.name, str(wrong)) from None


def _completed(values: dict[str, Any]) -> dict[str, Any]:
    """Fill in what follows from other settings."""
    folder = values.setdefault("data_dir", Path("data").absolute())
    database = values.setdefault("database_url", f"sqlite:///{folder / 'xuejiban.db'}")
    values.setdefault("migration_url", database)
    values.setdefault("key_file", folder / "keys.json")
    if values.get("chat_url") and not values.get("chat_secret"):
        raise SettingWrong("XUEJIBAN_CHAT_SECRET", "it is needed where XUEJIBAN_CHAT_URL is set")
    return values
