"""How big and how complicated a scanned paper may be (promises 4)."""

from workflow.confined import Means

MEGABYTE = 1024 * 1024

IMAGE_BYTES = 2 * MEGABYTE
PDF_BYTES = 10 * MEGABYTE
PIXELS = 16_000_000
SIDE_MIN, SIDE_MAX = 200, 8_000
PAGES = 30
OBJECTS = 50_000
PAGE_POINTS_MIN, PAGE_POINTS_MAX = 72, 3_402
"""Sides of a PDF page in points: 2.5 cm to 1.2 m, a little more than A0."""
PICTURE_PIXELS = 40_000_000
"""Of one picture in a PDF: A4 at 600 dpi has 35 million."""
UNPACKED = 256 * MEGABYTE
"""How much of a PDF's compressed structure is looked through."""
SHOWN_WIDTH, SHOWN_HEIGHT = 1_400, 4_200
"""Sides of the picture of a page, in pixels."""

INSPECTION = Means(processor=10, wall=20.0, answer=64 * 1024)
PICTURE = Means(processor=10, wall=20.0)
