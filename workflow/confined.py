"""Work on untrusted content in a child process that first gives up what it does not need. Its death is an answer.

The caller runs `ask`; the module it names calls `given` and, when its libraries are loaded, `confine`.
"""

import ctypes
import json
import os
import resource
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

ROOT = Path(__file__).resolve().parents[1]
AT_ONCE = 2
"""Children of one process that may work at the same time; more would only fight for memory."""
NEW_NETWORK, NEW_USER = 0x40000000, 0x10000000

_seats = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Means:
    """What one piece of work may use: bytes of memory, seconds of processor and of waiting, bytes of answer."""

    memory: int = 512 * 1024 * 1024
    processor: int = 10
    wall: float = 15.0
    answer: int = 16 * 1024 * 1024


class Perished(Exception):
    """The child ended without an answer: it needed more than it may use, or the content broke it."""


def ask(module: str, question: dict[str, Any], content: bytes, means: Means) -> bytes:
    """Return what `python -m module` answers about the content. Raises Perished.

    The child gets the content as anonymous memory on standard input, the question as JSON, and a bare environment.
    """
    asked = json.dumps({"question": question, "means": asdict(means)})
    command = [sys.executable, "-P", "-s", "-m", module, asked]
    environment = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    with _seat(means.wall), _in_memory(content) as file:
        child = subprocess.Popen(
            command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd="/", bufsize=0
        )
        with child:
            try:
                answer = _read(child.stdout, means)
                code = child.wait(timeout=2)
            except subprocess.TimeoutExpired:
                raise Perished("did not end") from None
            finally:
                child.kill()
    if code != 0:
        raise Perished(f"ended with {code}")
    return answer


def given() -> tuple[dict[str, Any], Means, bytes]:
    """In the child: the question, the means and the content."""
    asked = json.loads(sys.argv[1])
    return asked["question"], Means(**asked["means"]), sys.stdin.buffer.read()


def confine(means: Means) -> None:
    """In the child: no network, no further file, and no more than the means. Nothing that follows can lift this."""
    _leave_the_network()
    for kind, amount in (
        (resource.RLIMIT_AS, means.memory),
        (resource.RLIMIT_CPU, means.processor),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(kind, (amount, amount))


def _leave_the_network() -> None:
    """Move into an empty network where the kernel allows it; without files to open there is no socket either."""
    libc = ctypes.CDLL(None)
    if libc.unshare(NEW_NETWORK):
        libc.unshare(NEW_USER | NEW_NETWORK)


@contextmanager
def _seat(seconds: float) -> Iterator[None]:
    if not _seats.acquire(timeout=seconds):
        raise Perished("no free place")
    try:
        yield
    finally:
        _seats.release()


@contextmanager
def _in_memory(content: bytes) -> Iterator[BinaryIO]:
    """A file that never touches a disk."""
    with open(os.memfd_create("content"), "w+b") as file:
        file.write(content)
        file.flush()
        file.seek(0)
        yield file


def _read(output: IO[bytes] | None, means: Means) -> bytes:
    assert output is not None
    end, waiting, data = time.monotonic() + means.wall, select.poll(), bytearray()
    waiting.register(output, select.POLLIN | select.POLLHUP)
    while True:
        left = end - time.monotonic()
        if left <= 0 or not waiting.poll(left * 1000):
            raise Perished("took too long")
        part = os.read(output.fileno(), 1 << 20)
        if not part:
            return bytes(data)
        data += part
        if len(data) > means.answer:
            raise Perished("answered too much")
