"""What is drawn rather than written: the QR code, the round seal, the square stamp of a decision."""

from math import ceil
from typing import NamedTuple

import segno

RING_DEGREES = 250.0
WIDEST_STEP = 26.0


def qr(url: str) -> str:
    """A QR code of `url` as an SVG data URI, error correction M, without quiet zone (the page leaves it)."""
    code = segno.make(url, error="m", micro=False)
    return str(code.svg_data_uri(border=0, xmldecl=False, nl=False, svgns=True, omitsize=True))


class RingSign(NamedTuple):
    """A character on the ring and how far it is turned, in degrees from the top."""

    char: str
    angle: float


def ring(name: str) -> list[RingSign]:
    """The characters of an office's name spread over the upper arc of a seal (WeasyPrint draws no text paths)."""
    step = min(WIDEST_STEP, RING_DEGREES / max(len(name) - 1, 1))
    start = -step * (len(name) - 1) / 2
    return [RingSign(char, round(start + step * place, 3)) for place, char in enumerate(name)]


def ring_size(name: str) -> float:
    """The size of the ring's characters in units of a 100 wide seal, so that neighbours do not touch."""
    step = min(WIDEST_STEP, RING_DEGREES / max(len(name) - 1, 1))
    return round(min(13.0, step * 0.6), 2)


class Stamp(NamedTuple):
    """Rows of characters of a square stamp and their size in units of a 100 wide stamp."""

    rows: list[str]
    size: float


def stamp(name: str) -> Stamp:
    """A short name broken into even rows that fill the field of a square stamp (84 × 46 units)."""
    per_row = next((n for n in range(4, 40) if ceil(len(name) / n) * min(84 / n, 20) <= 46), 40)
    count = max(ceil(len(name) / per_row), 1)
    even = max(ceil(len(name) / count), 1)
    rows = [name[at : at + even] for at in range(0, len(name), even)]
    return Stamp(rows, round(min(84 / even, 46 / count, 20.0), 2))
