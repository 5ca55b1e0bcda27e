"""The picture of a page: made anew, upright, with the viewer's name in it."""

import io

import pytest
from PIL import Image, ImageChops

from tests import scans
from workflow.errors import Unacceptable
from workflow.files.opening import page_picture

JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"
LINES = ["张老师 · 栖云区教育局", "2025-09-01 09:00"]


def page(content: bytes, media_type: str, number: int = 1, lines: list[str] = LINES) -> Image.Image:
    return Image.open(io.BytesIO(page_picture(content, media_type, number, lines, scans.FONT)))


def changed(one: Image.Image, other: Image.Image) -> Image.Image:
    """Black where two pictures are alike, white where they differ clearly."""
    return ImageChops.difference(one.convert("L"), other.convert("L")).point(lambda value: 255 * (value > 20))


@pytest.mark.parametrize(
    "content, media_type", [(scans.picture(size=(900, 1200)), JPEG), (scans.pdf(), PDF)], ids=["picture", "pdf"]
)
def test_the_watermark_stands_in_every_part_of_the_picture(content: bytes, media_type: str) -> None:
    marked, plain = page(content, media_type), page(content, media_type, lines=[" "])
    difference = changed(marked, plain)
    width, height = marked.size
    for left in range(0, width - width // 3 + 1, width // 3):
        for top in range(0, height - height // 3 + 1, height // 3):
            part = difference.crop((left, top, left + width // 3, top + height // 3))
            assert part.getbbox() is not None, (left, top)


def test_another_viewer_leaves_another_mark() -> None:
    content = scans.picture(size=(900, 1200))
    other = ["古丽娜尔 · 禾苑县教育局", "2025-09-01 09:00"]
    assert changed(page(content, JPEG), page(content, JPEG, lines=other)).getbbox() is not None


def test_a_telephone_photo_is_turned_upright_and_tells_no_place() -> None:
    content = scans.turned_photo()
    assert b"GPS-SECRET-MAKER" in content
    told = page_picture(content, JPEG, 1, LINES, scans.FONT)
    assert Image.open(io.BytesIO(told)).size == (300, 400)
    assert b"GPS-SECRET-MAKER" not in told
    assert not Image.open(io.BytesIO(told)).getexif()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "I;16"])
def test_every_kind_of_png_shows_dark_as_dark_and_light_as_light(mode: str) -> None:
    light = {"1": 1, "L": 255, "P": 255, "RGBA": (255,) * 4, "LA": (255, 255), "I;16": 65535}[mode]
    dark = {"RGBA": (0, 0, 0, 255), "LA": (0, 255)}.get(mode, 0)
    image = Image.new(mode, (400, 400), light)
    image.paste(dark, (0, 0, 400, 200))
    if mode == "P":
        image.putpalette([value for value in range(256) for _ in range(3)])
    target = io.BytesIO()
    image.save(target, "PNG")
    shown = page(target.getvalue(), PNG, lines=[" "]).convert("L")
    assert shown.getpixel((200, 50)) < 40
    assert shown.getpixel((200, 350)) > 215


def test_what_is_transparent_lies_on_white_paper() -> None:
    target = io.BytesIO()
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(target, "PNG")
    assert page(target.getvalue(), PNG, lines=[" "]).convert("L").getpixel((150, 150)) > 250


def test_pictures_and_pages_are_shown_at_most_1400_pixels_wide() -> None:
    assert page(scans.picture(size=(3000, 2000)), JPEG).size == (1400, 933)
    assert page(scans.pdf(), PDF).width == 1400
    assert page(scans.pdf(size=(200, 3000)), PDF).size[1] <= 4200


def test_each_page_of_a_pdf_has_its_own_picture() -> None:
    def write(document: object) -> None:
        document.pages[1].Contents = document.make_stream(b"0 g 0 0 595 842 re f")  # type: ignore[attr-defined]

    content = scans.pdf(2, change=write)
    assert page(content, PDF, 1, [" "]).convert("L").getpixel((700, 200)) > 250
    assert page(content, PDF, 2, [" "]).convert("L").getpixel((700, 200)) < 5


def test_a_page_that_is_not_there_is_refused() -> None:
    with pytest.raises(Unacceptable):
        page(scans.pdf(), PDF, 2)
