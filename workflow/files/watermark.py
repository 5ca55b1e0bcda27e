"""Who looked, where and when, drawn across the picture itself, so that a photographed screen tells it too."""

import math

from PIL import Image, ImageDraw, ImageFont

ANGLE = 28
INK, EDGE = (70, 70, 70, 84), (255, 255, 255, 72)
ACROSS, DOWN = 48, 24
"""Pixels between two repetitions."""


def stamp(picture: Image.Image, lines: list[str], font: ImageFont.FreeTypeFont) -> None:
    """Repeat the lines across an RGB picture, dark on light and light on dark."""
    tile = _tile(lines, font).rotate(ANGLE, Image.Resampling.BICUBIC, expand=True)
    wide, high = tile.width + ACROSS, tile.height + DOWN
    for row, top in enumerate(range(-high // 2, picture.height, high)):
        for left in range(-(row % 2) * wide // 2, picture.width, wide):
            picture.paste(tile, (left, top), tile)


def _tile(lines: list[str], font: ImageFont.FreeTypeFont) -> Image.Image:
    text = "\n".join(lines)
    measure = ImageDraw.Draw(Image.new("RGBA", (1, 1)))
    left, top, right, bottom = measure.multiline_textbbox((0, 0), text, font, stroke_width=1)
    tile = Image.new("RGBA", (math.ceil(right - left) + 2, math.ceil(bottom - top) + 2))
    draw = ImageDraw.Draw(tile)
    draw.multiline_text((1 - left, 1 - top), text, INK, font, stroke_width=1, stroke_fill=EDGE)
    return tile
