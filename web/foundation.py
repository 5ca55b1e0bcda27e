"""What an installation stands on before anybody works in it: tables, rights, keys, calendar, published processes."""

import datetime as dt
from functools import partial

from sqlalchemy import make_url
from sqlalchemy.orm import Session

from models import crypto, migrate
from models.session import make_engine, transact
from web.config import Settings
from workflow import calendar_files, processes
from workflow.statistics.catching_up import catch_up
from workflow.world import NATION, touch


def upgrade(settings: Settings) -> None:
    """Bring the tables up to date and give the application's role its rights, as the role that owns them."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    app, owner = make_url(settings.database_url), make_url(settings.migration_url)
    role = app.username if app.username != owner.username else None
    migrate.upgrade(settings.migration_url, app_role=role)
    _catch_up(settings)


def _catch_up(settings: Settings) -> None:
    """Let the program fill in what new columns need of it; nothing where it is all there."""
    engine, after = make_engine(settings.database_url), 0
    try:
        while (last := transact(engine, partial(catch_up, after=after))) is not None:
            after = last
    finally:
        engine.dispose()


def hand_in_keys(settings: Settings) -> None:
    """Use the key ring of the installation; make one if there is none yet. KeyFileInvalid if it cannot be trusted."""
    if not settings.key_file.exists():
        settings.key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        crypto.KeyRing.create().save(settings.key_file)
    crypto.use(crypto.KeyRing.load(settings.key_file))


def lay(session: Session, now: dt.datetime) -> None:
    """Put the shipped calendar and the processes of this program into an empty database. The caller commits."""
    calendar_files.store(session, NATION, calendar_files.shipped_rows())
    touch(session, "calendar")
    processes.publish(session, now)
