"""A running demo: web in this process, the worker in one of its own, the mail sink in a thread; they end together."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from types import FrameType
from typing import IO

from waitress import create_server

from web.app import create_lasting_app
from web.config import Settings
from web.database import House
from web.mail_sink import MailSink

THREADS = 8
RESTART_SECONDS = 1.0


class PortTaken(Exception):
    """Another program listens there already."""


def take_port(host: str, port: int) -> socket.socket:
    """Reserve the address before anything is set up. PortTaken if it is in use, OSError if there is no such host."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError:
        listener.close()
        raise PortTaken from None
    return listener


@contextlib.contextmanager
def mails(settings: Settings) -> Iterator[Settings]:
    """Catch the mails in the data folder, unless the settings name a real mail server."""
    if settings.smtp_url:
        yield settings
        return
    with MailSink(settings.mails_dir) as sink:
        yield replace(settings, smtp_url=sink.url)


class Worker:
    """The worker process; it is started again when it dies, and dies itself when this process does."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._watch = threading.Thread(target=self._keep_running, name="worker-watch", daemon=True)

    def __enter__(self) -> "Worker":
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        self._watch.join(15)

    def _keep_running(self) -> None:
        while not self._stop.is_set():
            self._process = self._start()
            self._process.wait()
            self._stop.wait(RESTART_SECONDS)

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-P", "-m", "web.cli", "worker", "--while-stdin-open"]
        if self._settings.today:
            command += ["--today", self._settings.today.isoformat()]
        environment = environment_of(self._settings)
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=sys.stderr, env=environment, start_new_session=True
        )


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment in which another process works on the same installation."""
    return {
        **os.environ,
        "XUEJIBAN_DATA_DIR": str(settings.data_dir),
        "XUEJIBAN_DATABASE_URL": settings.database_url,
        "XUEJIBAN_MIGRATION_URL": settings.migration_url,
        "XUEJIBAN_KEY_FILE": str(settings.key_file),
        "XUEJIBAN_SMTP_URL": settings.smtp_url,
        "XUEJIBAN_BASE_URL": settings.base_url,
        "XUEJIBAN_CHAT_URL": settings.chat_url,
        "XUEJIBAN_CHAT_SECRET": settings.chat_secret,
    }


def serve(house: House, listener: socket.socket) -> None:
    """Answer requests until the process is told to end."""
    app = create_lasting_app(house.settings, house)
    server = create_server(app, sockets=[listener], threads=THREADS, ident=None)
    signal.signal(signal.SIGTERM, _end)
    try:
        server.run()
    finally:
        server.close()


def end_with(stream: IO[bytes], stop: threading.Event) -> None:
    """Set `stop` when the stream ends: whoever started us is gone."""

    def wait() -> None:
        while stream.read(4096):
            pass
        stop.set()

    threading.Thread(target=wait, name="parent-watch", daemon=True).start()


def reachable_names(host: str) -> tuple[str, ...]:
    """Return the names and addresses under which this machine may be asked when it listens on all of them."""
    if host not in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return (host.lower(),)
    name = socket.gethostname().lower()
    try:
        own = socket.gethostbyname_ex(name)[2]
    except OSError:
        own = []
    return (name, *own)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
