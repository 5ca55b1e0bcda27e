"""The caller's side: keeps one printing process warm, gives it papers one at a time, and survives its death."""

import atexit
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict
from importlib.resources import as_file, files
from pathlib import Path
from typing import IO

from web.papers import frames
from web.papers.facts import PAPERS
from web.papers.limits import Limits
from web.papers.refusals import PaperRefused

log = logging.getLogger(__name__)

FLOORS = Path(__file__).resolve().parents[2]
START = """
import sys, types
web = sys.modules["web"] = types.ModuleType("web")
web.__path__ = [sys.argv[2]]
from web.papers import child
child.main()
"""
"""The child loads the papers without the rest of the web floor: no Flask, no settings, little memory."""
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")


class Press:
    """Thread-safe; after a fork the new process starts a press of its own."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._lock = threading.Lock()
        self._child: _Child | None = None
        atexit.register(self._leave)
        os.register_at_fork(after_in_child=self._forget)

    def print(self, template: str, facts: Mapping[str, object]) -> bytes:
        """The PDF of one paper, or PaperRefused. One paper at a time: a second caller waits for the first."""
        if template not in PAPERS:
            raise ValueError(f"no such paper: {template}")
        request = _request(template, facts, self.limits.request)
        with self._lock:
            answer = self._ask(request)
            if answer is None:  # it went home, after its last paper or a long pause, before it heard us
                answer = self._ask(request)
            if answer is None:
                raise _fault()
            return self._opened(answer)

    def warm(self) -> None:
        """Have a child ready."""
        with self._lock:
            self._ready()

    @property
    def pid(self) -> int | None:
        """The process id of the child, if one is there."""
        return self._child.pid if self._child else None

    def close(self) -> None:
        """Let the child go."""
        with self._lock:
            self._drop()

    def _ask(self, request: bytes) -> tuple[bytes, bytes] | None:
        """One question to a living child; None if it had ended by itself before it heard the question."""
        child = self._ready()
        answer = child.ask(request, self.limits.wall)
        if answer is not None:
            return answer
        code = self._drop()
        if code == 0:
            return None
        log.error("the printing process ended with %s", code)
        raise _overdue() if child.overdue or code == -signal.SIGXCPU else _fault()

    def _ready(self) -> "_Child":
        if self._child and not self._child.alive:
            self._drop()
        if self._child is None:
            self._child = _Child(self.limits)
        return self._child

    def _opened(self, answer: tuple[bytes, bytes]) -> bytes:
        kind, content = answer
        if kind == frames.PDF:
            return content
        refused = PaperRefused(**json.loads(content))
        if refused.code == "memory":
            self._drop()
        raise refused

    def _drop(self) -> int | None:
        child, self._child = self._child, None
        return child.end() if child else None

    def _leave(self) -> None:
        """At the end of the process, whatever another thread is still waiting for."""
        child, self._child = self._child, None
        if child:
            child.kill()
            child.end()

    def _forget(self) -> None:
        child, self._child, self._lock = self._child, None, threading.Lock()
        if child:
            child.forget()


class _Child:
    """One printing process and the two pipes to it."""

    def __init__(self, limits: Limits) -> None:
        self.overdue = False
        self._held = ExitStack()
        home = self._held.enter_context(tempfile.TemporaryDirectory(prefix="xuejiban-print-"))
        fonts = self._held.enter_context(as_file(files("pdf_templates") / "fonts" / "fonts.conf"))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", START, json.dumps(asdict(limits)), str(FLOORS / "web")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(home, str(fonts)),
            cwd=home,
            start_new_session=True,  # an interrupt at the keyboard is for us; the child ends when its pipe closes
        )
        if self._exchange(None, limits.start) is None:
            log.error("the printing process did not start")
            self.end()
            raise _fault()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: bytes, seconds: float) -> tuple[bytes, bytes] | None:
        return self._exchange(request, seconds)

    def end(self) -> int:
        """Close the pipes, wait, and give the exit code (negative: the signal)."""
        for pipe in self._pipes():
            with suppress(OSError):
                pipe.close()
        try:
            code = self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._held.close()
        return code

    def forget(self) -> None:
        """After a fork: the child belongs to the parent; close our copies of its pipes and leave its files alone."""
        self._held.pop_all()
        self._process.returncode = 0
        for pipe in self._pipes():
            os.close(pipe.fileno())

    def _exchange(self, request: bytes | None, seconds: float) -> tuple[bytes, bytes] | None:
        """Send, then read one frame; None if the child is gone, `overdue` if we had to kill it."""
        stdin, stdout = self._pipes()
        guard = threading.Timer(seconds, self.kill)
        guard.daemon = True
        guard.start()
        try:
            if request is not None:
                frames.write(stdin, frames.ASK, request)
            return frames.read(stdout)
        except BrokenPipeError:
            return None
        finally:
            guard.cancel()

    def kill(self) -> None:
        """End it at once; whoever waits for an answer gets none."""
        self.overdue = True
        self._process.kill()

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError("the process was started with two pipes")
        return self._process.stdin, self._process.stdout


def _environment(home: str, fonts: str) -> dict[str, str]:
    """No key, no database address, no proxy: only what the interpreter and fontconfig need."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    ours = {"PYTHONPATH": str(FLOORS), "HOME": home, "XDG_CACHE_HOME": home, "FONTCONFIG_FILE": fonts}
    return {**kept, **ours, "MALLOC_ARENA_MAX": "1"}  # else each thread reserves 64 MB of the address space


def _request(template: str, facts: Mapping[str, object], largest: int) -> bytes:
    request = json.dumps({"template": template, "facts": facts}).encode()
    if len(request) > largest:
        raise PaperRefused("size", "文书内容太多，超过排版上限，没有出具。")
    return request


def _overdue() -> PaperRefused:
    return PaperRefused("time", "这份文书排版超过了时间上限，没有出具。请减少内容后重试。")


def _fault() -> PaperRefused:
    return PaperRefused("fault", "排版程序出了意外，文书没有出具。请稍后重试；再次出现时请把事项编号告诉系统管理员。")
