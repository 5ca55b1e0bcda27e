"""A private PostgreSQL for one test run: on a socket in a fresh folder, gone when the run ends.

One cluster serves all xdist workers. A template database is migrated once; every test that wants PostgreSQL gets a
clone of it, so that nothing one test leaves behind, nor a row that a migration put there, can surprise the next.
"""

import atexit
import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from models.migrate import upgrade

OWNER = "xuejiban_owner"
APP = "xuejiban_app"
TEMPLATE = "xuejiban_template"
VARIABLE = "HOUSE_TEST_POSTGRES"
"""Tells the workers the socket folder of the running cluster. Not a setting of the product, so not named XUEJIBAN_…"""

START_SECONDS = 30
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
}


class NoPostgres(Exception):
    """There is no PostgreSQL server on this machine; the message says what to install."""


@dataclass(frozen=True)
class Cluster:
    """A running server, known by the folder of its socket."""

    folder: Path

    def url(self, database: str, role: str) -> str:
        """Return the SQLAlchemy address of `database` for `role`."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.folder}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Return an autocommitting connection of the superuser."""
        return psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True)

    def migrated_template(self) -> str:
        """Return the name of a migrated, untouched database; the first caller makes it, the others wait."""
        with _only_one(self.folder / "template.lock"), self.connect() as admin:
            known = admin.execute("SELECT datallowconn FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone()
            if known is None or known[0]:  # not made, or the maker died before it closed the template
                self._make_template(admin)
        return TEMPLATE

    def _make_template(self, admin: psycopg.Connection) -> None:
        for role in (OWNER, APP):
            if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                admin.execute(f"CREATE ROLE {role} LOGIN")
        admin.execute(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {TEMPLATE} OWNER {OWNER}")
        upgrade(self.url(TEMPLATE, OWNER), app_role=APP)
        admin.execute(f"ALTER DATABASE {TEMPLATE} ALLOW_CONNECTIONS false")

    def create(self, name: str, template: str = "template1") -> None:
        """Make the database `name` anew from `template`, owned by the owner's role."""
        with self.connect() as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            admin.execute(f'CREATE DATABASE "{name}" OWNER {OWNER} TEMPLATE {template} STRATEGY file_copy')

    def drop(self, name: str) -> None:
        """Remove the database `name`, closing whatever is still connected to it."""
        with self.connect() as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


class Washable:
    """One worker's database, brought back to the state of the template before every test.

    Measured on two cores: a new clone takes 190 ms, TRUNCATE of the touched tables 45 ms, deleting the rows and putting
    back what the migrations had written 6 ms. So rows are deleted, and every CLONE_AFTER tests a new clone sheds the
    dead ones.
    """

    CLONE_AFTER = 200

    def __init__(self, server: Cluster, name: str) -> None:
        self.server = server
        self.name = name
        self.washes = 0

    def wash(self) -> None:
        """Leave exactly the rows and sequences of the template; whoever is still connected is cut off."""
        if self.washes % self.CLONE_AFTER == 0:
            self.server.create(self.name, self.server.migrated_template())
            with self.server.connect(self.name) as admin:
                self._remember(admin)
        else:
            with self.server.connect(self.name) as admin:
                self._delete_rows(admin)
        self.washes += 1

    def _remember(self, admin: psycopg.Connection) -> None:
        tables = admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        self.filled = " UNION ALL ".join(f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)" for (name,) in tables)
        self.seed = {name: _copy_out(admin, name) for (name,) in admin.execute(self.filled).fetchall()}
        sequences = admin.execute("SELECT sequencename, last_value FROM pg_sequences").fetchall()
        self.rewind = "SELECT " + ", ".join(
            f"setval('\"{name}\"', {value or 1}, {value is not None})" for name, value in sequences
        )

    def _delete_rows(self, admin: psycopg.Connection) -> None:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [self.name],
        )
        admin.execute("SET session_replication_role = replica")  # no foreign keys, no guard on the event table
        for (name,) in admin.execute(self.filled).fetchall():
            admin.execute(f'DELETE FROM "{name}"')
        for name, rows in self.seed.items():
            with admin.cursor().copy(f'COPY "{name}" FROM STDIN') as copy:
                copy.write(rows)
        admin.execute(self.rewind)


def _copy_out(admin: psycopg.Connection, table: str) -> bytes:
    with admin.cursor().copy(f'COPY "{table}" TO STDOUT') as copy:
        return b"".join(bytes(part) for part in copy)


def cluster() -> Cluster:
    """Return this run's cluster, starting it if nobody has; raise NoPostgres where there is none to start."""
    if VARIABLE not in os.environ:
        os.environ[VARIABLE] = str(_start())
    return Cluster(Path(os.environ[VARIABLE]))


def _start() -> Path:
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="xuejiban-pg-", dir="/tmp" if os.access("/tmp", os.W_OK) else None))
    folder.chmod(0o700)
    become = _become_another_user(folder)
    data = folder / "data"
    initdb = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    atexit.register(_remove, folder, os.getpid())
    subprocess.run([*become, *initdb], check=True, cwd=folder, stdout=subprocess.DEVNULL)
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        # The server is our child and is told to stop when we die, however we die.
        server = subprocess.Popen(
            [*become, "--pdeathsig", "INT", programs / "postgres", "-D", data, "-k", folder, *options],
            cwd=folder, stdout=log, stderr=log, start_new_session=True,
        )
    atexit.register(_stop, server, os.getpid())  # runs before the folder goes
    _wait_until_ready(server, folder)
    return folder


def _programs() -> Path:
    def version(path: Path) -> float:
        return float(path.parent.name) if path.parent.name.replace(".", "").isdigit() else 0.0

    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=version)
    if found:
        return found[-1]
    if initdb := shutil.which("initdb"):
        return Path(initdb).resolve().parent
    raise NoPostgres("no PostgreSQL server found; apt-get install postgresql")


def _become_another_user(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: give the folder to its own user and return the command prefix."""
    if os.geteuid() != 0:
        return ["setpriv"]
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        user = pwd.getpwnam("nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _wait_until_ready(server: subprocess.Popen[bytes], folder: Path) -> None:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up and server.poll() is None:
        with contextlib.suppress(psycopg.OperationalError):
            Cluster(folder).connect().close()
            return
        time.sleep(0.02)
    raise RuntimeError("PostgreSQL did not start:\n" + (folder / "log").read_text(errors="replace"))


def _remove(folder: Path, starter: int) -> None:
    if os.getpid() == starter:
        shutil.rmtree(folder, ignore_errors=True)


def _stop(server: subprocess.Popen[bytes], starter: int) -> None:
    if os.getpid() == starter and server.poll() is None:  # a forked child leaves the server alone
        server.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(10)


@contextlib.contextmanager
def _only_one(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
