"""Who looked, where and when, drawn across the picture itself, so that a photographed screen tells it too."""

import math

from PIL import Image, ImageDraw, ImageFont

ANGLE = 28
INK, EDGE = (70, 70, 70, 84), (255, 255, 255, 72)
GAP = 90
"""Pixels between two repetitions."""


def stamp(picture: Image.Image, lines: list[str], font: ImageFont.FreeTypeFont) -> Image.Image:
    """Return the picture with the lines repeated across it, dark on light and light on dark."""
    tile = _tile(lines, font)
    side = math.ceil(math.hypot(*picture.size))
    sheet = Image.new("RGBA", (side, side))
    for row, top in enumerate(range(0, side, tile.height + GAP)):
        for left in range(-(row % 2) * tile.width // 2, side, tile.width + GAP):
            sheet.paste(tile, (left, top))
    turned = sheet.rotate(ANGLE, Image.Resampling.BICUBIC)
    left, top = (side - picture.width) // 2, (side - picture.height) // 2
    layer = turned.crop((left, top, left + picture.width, top + picture.height))
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")


def _tile(lines: list[str], font: ImageFont.FreeTypeFont) -> Image.Image:
    text = "\n".join(lines)
    measure = ImageDraw.Draw(Image.new("RGBA", (1, 1)))
    left, top, right, bottom = measure.multiline_textbbox((0, 0), text, font, stroke_width=1)
    tile = Image.new("RGBA", (math.ceil(right - left) + 2, math.ceil(bottom - top) + 2))
    draw = ImageDraw.Draw(tile)
    draw.multiline_text((1 - left, 1 - top), text, INK, font, stroke_width=1, stroke_fill=EDGE)
    return tile
