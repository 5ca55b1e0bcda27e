"""JPEG and PNG: judged by their header before a single pixel is unpacked, then drawn upright in plain RGB."""

import io
import struct
import zlib

from PIL import Image, ImageOps, MpoImagePlugin, TiffImagePlugin

from workflow.files import limits
from workflow.files.refusals import Found

FORMATS = ("JPEG", "PNG")
TRANSPARENT = ("RGBA", "LA", "PA", "P")
READ_LATER = (MpoImagePlugin, TiffImagePlugin)
"""Pillow imports these in the middle of its work; the child has to have them before its doors close."""


def prepare() -> None:
    """Load what Pillow would load later."""
    Image.MAX_IMAGE_PIXELS = limits.PIXELS
    Image.preinit()


def inspect(content: bytes) -> int:
    """Return the number of pages, which is 1; raises Found."""
    image = _open(content)
    width, height = image.size
    if width * height > limits.PIXELS:
        raise Found("pixels", f"{width}×{height}")
    if min(width, height) < limits.SIDE_MIN or max(width, height) > limits.SIDE_MAX:
        raise Found("sides", f"{width}×{height}")
    frames = getattr(image, "n_frames", 1)
    if frames > 1:
        raise Found("frames", str(frames))
    try:
        image.load()
        ImageOps.exif_transpose(image)
    except (OSError, ValueError, SyntaxError, KeyError, struct.error, zlib.error) as broken:
        raise Found("image_damaged") from broken
    return 1


def draw(content: bytes) -> Image.Image:
    """Return the picture upright, in RGB on white, no wider than it is shown. Nothing of the file's own remains."""
    image = _open(content)
    image.draft("RGB", (limits.SHOWN_WIDTH, limits.SHOWN_HEIGHT))
    upright = _in_colour(ImageOps.exif_transpose(image))
    upright.thumbnail((limits.SHOWN_WIDTH, limits.SHOWN_HEIGHT))
    return upright


def _in_colour(image: Image.Image) -> Image.Image:
    if image.mode in TRANSPARENT:
        image = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        return paper
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    return image.convert("RGB")


def _open(content: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError as bomb:
        raise Found("pixels", "超过两倍") from bomb
    except (OSError, ValueError, SyntaxError, KeyError, struct.error, zlib.error) as broken:
        raise Found("image_damaged") from broken
