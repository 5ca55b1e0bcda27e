"""Where pages, API, commands and jobs meet the database: one reading session a request, writing only by `write`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

from flask import Flask, current_app, g
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import crypto, schema
from models.session import make_engine, reading, transact
from web import clock
from web.config import Settings, SettingWrong
from workflow.settings import is_demo
from workflow.storage import Store

T = TypeVar("T")
TABLES = schema.Base.metadata
"""All tables are known wherever an installation is opened: mapped classes refer to each other by name."""


@dataclass(frozen=True)
class House:
    """An open installation: its settings, its database, and whether its data are a demonstration."""

    settings: Settings
    engine: Engine
    demo: bool

    @property
    def store(self) -> Store:
        """Where sealed files lie."""
        return Store(self.settings.files_dir)

    def close(self) -> None:
        """Give every database connection back."""
        self.engine.dispose()


def open_house(settings: Settings) -> House:
    """Hand in the keys, open the database and set the clock. Used by web, worker and commands alike.

    Raises KeyMissing or KeyFileInvalid without usable keys, SettingWrong when `--today` is asked of real data.
    """
    crypto.use(crypto.KeyRing.load(settings.key_file))
    engine = make_engine(settings.database_url)
    with reading(engine) as session:
        demo = is_demo(session)
    if settings.today and not demo:
        engine.dispose()
        raise SettingWrong("--today", "these are not demonstration data, which alone may live on another day")
    clock.set_today(settings.today)
    return House(settings, engine, demo)


def init_app(app: Flask, house: House) -> None:
    """Let the application work on `house`."""
    app.extensions["house"] = house
    app.teardown_appcontext(_close_session)


def current_house() -> House:
    """Return what the running application works on."""
    return cast(House, current_app.extensions["house"])


def read_session() -> Session:
    """Return this request's session for questions. What `write` changed is seen by the session asked for afterwards."""
    if "read_session" not in g:
        g.read_session = reading(current_house().engine)
    return cast(Session, g.read_session)


def write(work: Callable[[Session], T]) -> T:
    """Carry out `work` in one transaction and commit it; refusals pass through and leave nothing behind.

    When another request wrote the same key in the same moment (an idempotency key, a user name), `work` runs once
    more and finds what the other left.
    """
    _close_session()
    engine = current_house().engine
    try:
        return transact(engine, work)
    except IntegrityError:
        return transact(engine, work)


def _close_session(_error: BaseException | None = None) -> None:
    session = g.pop("read_session", None)
    if session is not None:
        session.close()
