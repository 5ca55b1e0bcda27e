"""Reads an untrusted workbook: a child process with limits does the parsing, this side takes finished rows."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from workflow.imports.columns import COLUMNS
from workflow.imports.errors import WorkbookRefused
from workflow.imports.limits import PAGE, Limits
from workflow.imports.package import judge_beginning, refuse
from workflow.imports.table import Layout

ROOT = Path(__file__).resolve().parents[2]
FRAME_LIMIT = 512 * 1024 * 1024

Progress = Callable[[int, int], None]
"""Called with (sheet rows read, sheet rows in all)."""


class Oddity(NamedTuple):
    """A cell that is not text. `kind` is number, date, formula, bool or error; `text` is what it shows."""

    kind: str
    text: str


Cell = str | Oddity | None


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it stands in the sheet, cells in the order of COLUMNS; `merges`: "top" or "covered" by position."""

    number: int
    hidden: bool
    cells: tuple[Cell, ...]
    merges: dict[int, str]

    def as_json(self) -> list[Any]:
        """For keeping blocked rows; from_json gives the row back."""
        return [self.number, self.hidden, list(self.cells), {str(place): kind for place, kind in self.merges.items()}]

    @classmethod
    def from_json(cls, data: list[Any]) -> "RawRow":
        cells = tuple(Oddity(*cell) if type(cell) is list else cell for cell in data[2])
        return cls(data[0], data[1], cells, {int(place): kind for place, kind in data[3].items()})


class Workbook:
    """An opened workbook. `layout` is known; `rows()` may be gone through once; `notes` is complete after that."""

    def __init__(self, child: "_Child") -> None:
        self._child = child
        self.layout = Layout(**child.expect("layout"))
        self.notes: list[str] = self.layout.notes

    def rows(self, progress: Progress | None = None) -> Iterator[RawRow]:
        """Rows as they come from the child, in chunks. Raises WorkbookRefused when the file turns out to be bad."""
        while True:
            frame = self._child.frame()
            yield from map(RawRow.from_json, frame.get("rows", ()))
            if progress is not None:
                progress(frame["seen"], max(frame["seen"], self.layout.total))
            if frame.get("end"):
                self.notes = [*self.layout.notes, *frame["notes"]]
                return


@contextmanager
def open_workbook(source: Path | bytes, limits: Limits = PAGE) -> Iterator[Workbook]:
    """Opens a workbook from a path or from bytes in memory; the child is gone when the block is left."""
    with _seekable(source) as file:
        judge_beginning(file, limits)
        child = _Child(file, limits)
        try:
            yield Workbook(child)
        finally:
            child.stop()


@contextmanager
def _seekable(source: Path | bytes) -> Iterator[BinaryIO]:
    """A real file for the child. Bytes go to anonymous memory, never to a temporary file that could be read later."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield file
        return
    # Without a buffer: the child moves the common position, which a buffer of ours would not notice.
    with open(os.memfd_create("workbook"), "w+b", buffering=0) as memory:
        rest = memoryview(source)
        while rest:
            rest = rest[memory.write(rest) :]
        yield cast(BinaryIO, memory)


class _Child:
    """The reading process. It gets the workbook, its limits and a bare environment: no keys, no addresses."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        file.seek(0)
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        self._stall = limits.stall * 1000
        command = [sys.executable, "-P", "-s", "-S", "-m", "workflow.imports.child", json.dumps(asdict(limits))]
        environment = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
        self._process = subprocess.Popen(
            command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd="/", bufsize=0
        )
        assert self._process.stdout is not None
        self._output = self._process.stdout
        self._ready = select.poll()
        self._ready.register(self._output, select.POLLIN)

    def expect(self, name: str) -> dict[str, Any]:
        content: dict[str, Any] = self.frame()[name]
        return content

    def frame(self) -> dict[str, Any]:
        """The next frame. A child that died or says nothing for too long means: this workbook is too much."""
        size = int.from_bytes(self._exactly(4), "big")
        if size > FRAME_LIMIT:
            raise refuse("bomb")
        frame: dict[str, Any] = json.loads(self._exactly(size))
        if "refused" in frame:
            raise WorkbookRefused(*frame["refused"])
        return frame

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            ready = self._ready.poll(self._stall)
            part = os.read(self._output.fileno(), min(size - len(data), 1 << 20)) if ready else b""
            if not part:
                raise refuse("bomb")
            data += part
        return bytes(data)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._output.close()


__all__ = ["COLUMNS", "Cell", "Layout", "Oddity", "Progress", "RawRow", "Workbook", "open_workbook"]
