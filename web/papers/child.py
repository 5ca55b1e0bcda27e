"""The child process that prints, started by web/papers/press.py: papers in on standard input, PDFs out.

It has limits on memory, processor time and files, no network, and no environment to tell. It ends when its caller goes
away or has asked nothing for a while.
"""

import ctypes
import json
import os
import resource
import select
import sys
import traceback
from types import TracebackType
from typing import IO

from web.papers import frames
from web.papers.limits import Limits
from web.papers.refusals import PaperRefused
from web.papers.typeset import Typesetter

NEW_NETWORK, NEW_USER = 0x40000000, 0x10000000
FORBIDDEN = {
    "socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.exec", "os.fork", "os.system",
}


def main() -> None:
    """Warm up, close the doors, then print until the caller is gone."""
    sys.excepthook = report
    sys.unraisablehook = lambda missed: report(missed.exc_type, None, missed.exc_traceback)
    limits = Limits(**json.loads(sys.argv[1]))
    source, target = os.fdopen(os.dup(0), "rb", buffering=0), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints by mistake goes to the log, not into a PDF
    typesetter = Typesetter()
    leave_the_network()
    sys.addaudithook(no_way_out)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    frames.write(target, frames.READY, b"")
    serve(typesetter, source, target, limits)


def serve(typesetter: Typesetter, source: IO[bytes], target: IO[bytes], limits: Limits) -> None:
    for _ in range(limits.papers):
        if not select.select([source], [], [], limits.idle)[0]:
            return
        asked = frames.read(source)
        if asked is None:
            return
        allow_processor_time(limits.processor)
        kind, content = answer(typesetter, asked[1])
        frames.write(target, kind, content)


def answer(typesetter: Typesetter, question: bytes) -> tuple[bytes, bytes]:
    """The PDF, or why there is none."""
    try:
        request = json.loads(question)
        return frames.PDF, typesetter.set(request["template"], request["facts"])
    except PaperRefused as refused:
        reason = refused
    except MemoryError:
        reason = PaperRefused("memory", "这份文书排版需要的内存超过上限，没有出具。请减少内容后重试。")
    told = {"code": reason.code, "message": reason.message, "detail": reason.detail}
    return frames.REFUSAL, json.dumps(told).encode()


def allow_processor_time(seconds: int) -> None:
    """This many more seconds of processor time, then the kernel ends the process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, hard))


def leave_the_network() -> None:
    """Move into a network of our own with nothing in it, where the kernel lets us; the fetcher refuses in any case."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEW_NETWORK):
        libc.unshare(NEW_USER | NEW_NETWORK)


def no_way_out(event: str, _args: object) -> None:
    if event in FORBIDDEN:
        raise PermissionError(f"{event} is closed in the printing process")


def report(kind: type[BaseException], _error: BaseException | None, trace: TracebackType | None) -> None:
    """Say where it broke, never what the facts were."""
    places = [f"{os.path.basename(step.filename)}:{step.lineno}" for step in traceback.extract_tb(trace)[-4:]]
    print(f"printing process: {kind.__name__} at {' > '.join(places)}", file=sys.stderr)
