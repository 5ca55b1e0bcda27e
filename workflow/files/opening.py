"""The safe side of untrusted papers: asks a confined child what a file is and how a page of it looks."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflow import confined
from workflow.files import limits
from workflow.files.kinds import PDF, kind_of
from workflow.files.refusals import refuse

CHILD = "workflow.files.child"


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that may come in."""

    media_type: str
    pages: int


def inspect(content: bytes) -> Inspected:
    """Return what the file is by its content. Raises errors.Unacceptable with one sentence."""
    if not content:
        raise refuse("empty")
    kind = kind_of(content)
    if kind is None:
        raise refuse("type")
    most, code = (limits.PDF_BYTES, "pdf_size") if kind == PDF else (limits.IMAGE_BYTES, "image_size")
    if len(content) > most:
        raise refuse(code, f"{len(content) / limits.MEGABYTE:.1f}")
    told = _ask({"kind": kind}, content, limits.INSPECTION)
    return Inspected(kind, json.loads(told)["pages"])


def page_picture(content: bytes, media_type: str, page: int, lines: list[str], font: Path) -> bytes:
    """Return a page (from 1) as a JPEG at most 1,400 pixels wide, the lines drawn across it in `font`.

    The picture is made anew: nothing of the file's own (EXIF, scripts, hidden layers) is in it. Raises Unacceptable.
    """
    question = {"kind": media_type, "page": page, "lines": lines, "font": str(font)}
    return _ask(question, content, limits.PICTURE)


def _ask(question: dict[str, Any], content: bytes, means: confined.Means) -> bytes:
    try:
        told = confined.ask(CHILD, question, content, means)
    except confined.Perished as perished:
        raise refuse("too_complex") from perished
    if told.startswith(b"-"):
        code, shown = json.loads(told[1:])
        raise refuse(code, shown)
    return told[1:]
