"""The process that opens an untrusted paper: `python -m workflow.files.child`, content in, facts or a picture out.

An answer begins with "+" (facts as JSON, or a JPEG) or "-" (what speaks against the file, as JSON).
"""

import io
import json
import sys
from typing import Any

from PIL import ImageFont

from workflow.confined import confine, given
from workflow.files import images, pdfs, watermark
from workflow.files.kinds import PDF, is_two_things
from workflow.files.refusals import Found

QUALITY = 82
FONT_SIZE = 26


def main() -> None:
    question, means, content = given()
    images.prepare()
    font = ImageFont.truetype(question["font"], FONT_SIZE) if "font" in question else None
    confine(means)
    try:
        told = b"+" + (facts(content, question["kind"]) if font is None else picture(content, question, font))
    except Found as found:
        told = b"-" + json.dumps([found.code, found.shown]).encode()
    except MemoryError:
        told = b"-" + json.dumps(["too_complex", ""]).encode()
    sys.stdout.buffer.write(told)
    sys.stdout.buffer.flush()


def facts(content: bytes, kind: str) -> bytes:
    """The number of pages of a file that may come in."""
    if is_two_things(content, kind):
        raise Found("polyglot")
    pages = pdfs.inspect(content) if kind == PDF else images.inspect(content)
    return json.dumps({"pages": pages}).encode()


def picture(content: bytes, question: dict[str, Any], font: ImageFont.FreeTypeFont) -> bytes:
    """A page as JPEG with the watermark in it."""
    drawn = pdfs.draw(content, question["page"]) if question["kind"] == PDF else images.draw(content)
    watermark.stamp(drawn, question["lines"], font)
    target = io.BytesIO()
    drawn.save(target, "JPEG", quality=QUALITY)
    return target.getvalue()


if __name__ == "__main__":
    main()
