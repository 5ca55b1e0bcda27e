"""The process that reads an untrusted workbook: takes its own limits first, then speaks in JSON frames.

Started by reading.py with the workbook as standard input. A frame is four bytes of length and JSON: first the layout,
then rows in chunks, at the end `{"end": true}`; or `{"refused": [code, message, limit]}` at any point.
"""

import gc
import json
import resource
import sys
from itertools import islice
from typing import Any, BinaryIO

from workflow.imports.errors import WorkbookRefused
from workflow.imports.limits import Limits
from workflow.imports.package import BROKEN, Package, refuse
from workflow.imports.table import PupilTable

CHUNK = 250
FORGED: tuple[type[Exception], ...] = (
    *BROKEN, KeyError, IndexError, AttributeError, OverflowError, RecursionError,
)  # fmt: skip
"""What only a broken or forged sheet can cause: attributes that are no numbers, parts that are not there."""


def main() -> None:
    """Entry of the child: `python -m workflow.imports.child LIMITS` with the limits as JSON."""
    limits = Limits(**json.loads(sys.argv[1]))
    confine(limits)
    # Elements of a parsed sheet hold no cycles, so the collector would only cost time.
    gc.disable()
    output = sys.stdout.buffer
    try:
        speak(sys.stdin.buffer, output, limits)
    except WorkbookRefused as refused:
        send(output, {"refused": [refused.code, refused.message, refused.limit]})
    except MemoryError:
        send(output, {"refused": ["bomb", refuse("bomb").message, None]})
    except FORGED:
        send(output, {"refused": ["damaged", refuse("damaged").message, None]})


def confine(limits: Limits) -> None:
    """No more memory, processor time, files or core dumps than allowed; nothing that follows can lift this."""
    for kind, amount in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 16),
    ):
        resource.setrlimit(kind, (amount, amount))


def speak(source: BinaryIO, output: BinaryIO, limits: Limits) -> None:
    table = PupilTable(Package(source, limits), limits)
    send(output, {"layout": table.layout.as_dict()})
    rows = table.rows()
    while chunk := list(islice(rows, CHUNK)):
        send(output, {"rows": chunk, "seen": table.seen})
    send(output, {"end": True, "seen": table.seen, "notes": table.late_notes()})


def send(output: BinaryIO, frame: dict[str, Any]) -> None:
    data = json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    output.write(len(data).to_bytes(4, "big") + data)
    output.flush()


if __name__ == "__main__":
    main()
