"""A private PostgreSQL of its own folder, from the server programs of this machine; gone when its starter ends."""

import atexit
import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

START_SECONDS = 30
SHORT = "/tmp"  # noqa: S108 - a socket's path may have 107 characters; mkdtemp makes a folder nobody else can enter


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


def start(settings: Mapping[str, str], prefix: str = "xuejiban-pg-") -> Path:
    """Start a server with these settings and return the folder of its socket; raise NoPostgres without programs."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=SHORT if os.access(SHORT, os.W_OK) else None))
    folder.chmod(0o700)
    become = _become_another_user(folder)
    data = folder / "data"
    how = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    atexit.register(_remove, folder, os.getpid())
    subprocess.run([*become, programs / "initdb", "-D", data, *how], check=True, cwd=folder, stdout=subprocess.DEVNULL)
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        # The server is our child and is told to stop when we die, however we die.
        server = subprocess.Popen(
            [*become, "--pdeathsig", "INT", programs / "postgres", "-D", data, "-k", folder, *options],
            cwd=folder, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
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


def _wait_until_ready(server: "subprocess.Popen[bytes]", folder: Path) -> None:
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


def _stop(server: "subprocess.Popen[bytes]", starter: int) -> None:
    if os.getpid() == starter and server.poll() is None:  # a forked child leaves the server alone
        server.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(10)
