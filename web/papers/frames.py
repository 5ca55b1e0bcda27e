"""How the child and its caller talk: one kind byte, four length bytes, then the content."""

import struct
from typing import IO

HEAD = struct.Struct(">cI")
READY, ASK, PDF, REFUSAL = b"K", b"A", b"P", b"R"


def write(stream: IO[bytes], kind: bytes, content: bytes) -> None:
    stream.write(HEAD.pack(kind, len(content)) + content)
    stream.flush()


def read(stream: IO[bytes]) -> tuple[bytes, bytes] | None:
    """The next frame, or None when the other side is gone (also in the middle of a frame)."""
    head = _exactly(stream, HEAD.size)
    if head is None:
        return None
    kind, length = HEAD.unpack(head)
    content = _exactly(stream, length)
    return None if content is None else (kind, content)


def _exactly(stream: IO[bytes], count: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < count:
        part = stream.read(count - len(parts))
        if not part:
            return None
        parts += part
    return bytes(parts)
