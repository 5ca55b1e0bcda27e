"""Looks through the raw structure of a PDF for what a paper does not need: scripts, actions, embedded files.

The page library shows pages; it does not tell of every action. So every name in the file is read, also in the
compressed object streams, whatever way its letters are written.
"""

import re
import zlib
from collections.abc import Iterator

from workflow.files.limits import OBJECTS, UNPACKED
from workflow.files.refusals import Found

ACTIVE = {
    b"JavaScript": "pdf_script",
    b"Rendition": "pdf_script",
    b"Launch": "pdf_action",
    b"SubmitForm": "pdf_action",
    b"ImportData": "pdf_action",
    b"GoToE": "pdf_action",
    b"RichMedia": "pdf_embedded",
    b"EmbeddedFile": "pdf_embedded",
    b"EmbeddedFiles": "pdf_embedded",
    b"FileAttachment": "pdf_embedded",
}
NAME = re.compile(rb"/((?:[^\x00-\x20()<>\[\]{}/%#]|#[0-9A-Fa-f]{2}){4,40})(?=[\x00-\x20()<>\[\]{}/%]|$)")
ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
OBJECT = re.compile(rb"\d\s+\d+\s+obj\b")
STREAM = re.compile(rb"(?<!end)stream\r?\n?")
NUMBERED = re.compile(rb"[\s\0]*(%|\d+[\s\0]+\d+[\s\0])")
"""How an object stream begins: pairs of numbers (or a comment before them)."""
PIECE = 65_536
OVERLAP = 256


def look_through(content: bytes) -> None:
    """Raise Found for the first thing a scanned paper has no need of."""
    names = list(_names(content))
    _judge(names)
    if sum(1 for _ in OBJECT.finditer(content)) > OBJECTS:
        raise Found("pdf_objects", str(OBJECTS))
    left, opened = UNPACKED, 0
    for found in STREAM.finditer(content):
        used = _look_into(content, found.end(), left)
        left -= used
        opened += used > 0
        if left <= 0:
            raise Found("too_complex")
    if names.count(b"ObjStm") > opened:
        raise Found("pdf_structure")


def _look_into(content: bytes, start: int, most: int) -> int:
    """Read the names in a compressed stream that could hold objects; return how many bytes it unpacked to, or 0."""
    inflater = zlib.decompressobj()
    try:
        piece = inflater.decompress(content[start : start + PIECE], PIECE)
        if not NUMBERED.match(piece):
            return 0
        rest, size, tail = inflater.unconsumed_tail + content[start + PIECE :], len(piece), piece[-OVERLAP:]
        _judge(_names(piece))
        while not inflater.eof and rest and size < most:
            piece = inflater.decompress(rest, 16 * PIECE)
            if not piece:
                break
            rest, size = inflater.unconsumed_tail, size + len(piece)
            _judge(_names(tail + piece))
            tail = (tail + piece)[-OVERLAP:]
    except zlib.error:
        return 0
    return size


def _names(content: bytes) -> Iterator[bytes]:
    for found in NAME.finditer(content):
        name = found[1]
        yield ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), name) if b"#" in name else name


def _judge(names: "Iterator[bytes] | list[bytes]") -> None:
    for name in names:
        if name in ACTIVE:
            raise Found(ACTIVE[name])
