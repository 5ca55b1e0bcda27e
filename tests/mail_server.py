"""A plain mail server as a process of its own: takes everything, writes down what it took before it says so.

Run by tests: `python -m tests.mail_server LOG PAUSE`. The first line of LOG is the port; every other line is recipient
and Message-ID of a mail that was taken, written PAUSE seconds before the sender hears "250 OK".
"""

import asyncio
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, Self

from aiosmtpd.smtp import SMTP

PATIENCE = 60.0


def free_port() -> int:
    """Return a port of this machine on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class MailServer:
    """The process and what it took."""

    def __init__(self, log: Path, pause: float = 0.02) -> None:
        self.log = log
        self._process = subprocess.Popen([sys.executable, "-m", "tests.mail_server", str(log), str(pause)])
        give_up = time.monotonic() + PATIENCE
        while not log.exists() or not log.read_text().endswith("\n"):
            assert time.monotonic() < give_up, "the mail server did not start"
            time.sleep(0.01)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.log.read_text().splitlines()[0]}"

    def taken(self) -> list[str]:
        """Return the Message-IDs in the order in which they were taken."""
        return [line.split()[1] for line in self.log.read_text().splitlines()[1:]]

    def counted(self) -> Counter[str]:
        return Counter(self.taken())

    def wait_for(self, number: int) -> None:
        give_up = time.monotonic() + PATIENCE
        while len(self.taken()) < number:
            assert time.monotonic() < give_up, f"{len(self.taken())} of {number} mails came"
            time.sleep(0.005)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


class _Taker:
    def __init__(self, log: Path, pause: float) -> None:
        self.log, self.pause = log, pause

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        found = re.search(rb"^Message-ID:\s*(\S+)", envelope.content, re.MULTILINE)
        with self.log.open("a") as file:
            file.write(f"{envelope.rcpt_tos[0]} {found[1].decode() if found else '-'}\n")
        await asyncio.sleep(self.pause)
        return "250 OK"


async def _serve(log: Path, pause: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(_Taker(log, pause), loop=loop), "127.0.0.1", 0)
    log.write_text(f"{server.sockets[0].getsockname()[1]}\n")
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), float(sys.argv[2])))
