"""The one picture a paper may hold: the pupil's photo, as a small JPEG or PNG inside the facts."""

import base64
import binascii
import io
import re
from collections.abc import Mapping

from PIL import Image, UnidentifiedImageError

from web.papers.refusals import PaperRefused

DATA_URI = re.compile(r"data:image/(jpeg|png);base64,([A-Za-z0-9+/]+={0,2})")
LARGEST_BYTES = 2_000_000
LARGEST_PIXELS = 16_000_000


def require_photo(facts: Mapping[str, object]) -> None:
    """Refuse a photo that is anything but a whole JPEG or PNG; no photo at all leaves its space empty."""
    pupil = facts.get("pupil")
    photo = pupil.get("photo") if isinstance(pupil, Mapping) else None
    if photo is None:
        return
    found = DATA_URI.fullmatch(photo) if isinstance(photo, str) else None
    if not found:
        raise _refused("照片必须是 JPEG 或 PNG 图片")
    try:
        _look(found[1], base64.b64decode(found[2], validate=True))
    except (binascii.Error, UnidentifiedImageError, OSError, SyntaxError) as broken:
        raise _refused("照片文件已损坏，读不出来") from broken


def _look(kind: str, content: bytes) -> None:
    if len(content) > LARGEST_BYTES:
        raise _refused("照片超过 2 MB")
    with Image.open(io.BytesIO(content), formats=[kind]) as image:
        if image.width * image.height > LARGEST_PIXELS:
            raise _refused("照片超过 1600 万像素")
        image.load()


def _refused(reason: str) -> PaperRefused:
    return PaperRefused("photo", f"{reason}，文书没有出具。", {"field": "pupil.photo"})
