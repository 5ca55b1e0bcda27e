"""Scanned papers made by the tests: good ones and hostile ones."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image

FONT = Path(__file__).resolve().parents[1] / "pdf_templates" / "fonts" / "LXGWWenKai-Regular.ttf"
A4 = (595, 842)


def picture(kind: str = "JPEG", size: tuple[int, int] = (600, 800), mode: str = "RGB", **options: object) -> bytes:
    """A picture whose upper half is dark and whose lower half is light."""
    image = Image.new(mode, size, "white" if mode != "CMYK" else (0, 0, 0, 0))
    image.paste(image.getpixel((0, 0)) if mode == "P" else Image.new(mode, (size[0], size[1] // 2), "black"), (0, 0))
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def noise(width: int, height: int) -> bytes:
    """A PNG that does not compress."""
    state, rows = zlib.crc32(b"noise"), bytearray()
    while len(rows) < width * height * 3:
        state = zlib.crc32(state.to_bytes(4, "big"))
        rows += state.to_bytes(4, "big")
    target = io.BytesIO()
    Image.frombytes("RGB", (width, height), bytes(rows[: width * height * 3])).save(target, "PNG")
    return target.getvalue()


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def bomb_png(width: int, height: int) -> bytes:
    """A small PNG that claims, and really holds, a great many pixels."""
    packer = zlib.compressobj(9)
    row, packed = bytes(1 + width // 8), bytearray()
    for _ in range(height):
        packed += packer.compress(row)
    packed += packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = (png_chunk(b"IHDR", head), png_chunk(b"IDAT", bytes(packed)), png_chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def gif_in_png_frames() -> bytes:
    """An animated PNG of two frames."""
    frames = [Image.new("RGB", (300, 300), colour) for colour in ("red", "blue")]
    target = io.BytesIO()
    frames[0].save(target, "PNG", save_all=True, append_images=frames[1:], duration=100)
    return target.getvalue()


def two_pictures() -> bytes:
    """A camera's JPEG with a second picture behind the first (MPO)."""
    frames = [Image.new("RGB", (300, 300), colour) for colour in ("red", "blue")]
    target = io.BytesIO()
    frames[0].save(target, "MPO", save_all=True, append_images=frames[1:])
    return target.getvalue()


def turned_photo() -> bytes:
    """A telephone's photo: 400 wide and 300 high as stored, to be shown upright, with the place it was taken."""
    image = Image.new("RGB", (400, 300), "white")
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[0x0001] = "N"
    exif[0x010F] = "GPS-SECRET-MAKER"
    target = io.BytesIO()
    image.save(target, "JPEG", exif=exif)
    return target.getvalue()


def pdf(
    pages: int = 1, size: tuple[float, float] = A4, change: Callable[[Pdf], None] | None = None, **how: object
) -> bytes:
    """A PDF with a black bar on every page; `change` makes it hostile, `how` goes to save."""
    document = Pdf.new()
    for _ in range(pages):
        page = document.add_blank_page(page_size=size)
        page.Contents = document.make_stream(b"0 g 50 50 100 20 re f")
    if change is not None:
        change(document)
    target = io.BytesIO()
    document.save(target, **{"deterministic_id": "encryption" not in how, **how})
    return target.getvalue()


def with_script(document: Pdf) -> None:
    document.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="app.alert('1')")


def with_script_in_a_button(document: Pdf) -> None:
    action = document.make_indirect(Dictionary(S=Name.JavaScript, JS="app.alert('1')"))
    note = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 99, 99]), A=action)
    document.pages[0].Annots = Array([document.make_indirect(note)])


def with_launch(document: Pdf) -> None:
    document.Root.OpenAction = Dictionary(S=Name.Launch, F="calc.exe")


def with_submission(document: Pdf) -> None:
    document.Root.OpenAction = Dictionary(S=Name.SubmitForm, F="https://example.org/")


def with_attachment(document: Pdf) -> None:
    document.attachments["x.exe"] = b"MZ"


def with_xfa(document: Pdf) -> None:
    form = document.make_stream(b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'/>")
    document.Root.AcroForm = Dictionary(Fields=Array([]), XFA=form)


def with_a_huge_picture(document: Pdf) -> None:
    """A picture that says it has 900 million pixels."""
    image = document.make_stream(zlib.compress(bytes(1 << 20), 9))
    image.Type, image.Subtype, image.Width, image.Height = Name.XObject, Name.Image, 30_000, 30_000
    image.ColorSpace, image.BitsPerComponent, image.Filter = Name.DeviceGray, 8, Name.FlateDecode
    document.pages[0].Resources = Dictionary(XObject=Dictionary(Im0=image))
    document.pages[0].Contents = document.make_stream(b"500 0 0 500 0 0 cm /Im0 Do")


def with_endless_drawing(document: Pdf) -> None:
    """Forms that call each other: ten times ten times ten … rectangles."""
    inner = document.make_stream(b"0 0 500 500 re f " * 50)
    inner.Type, inner.Subtype, inner.BBox = Name.XObject, Name.Form, Array([0, 0, 595, 842])
    for _ in range(6):
        outer = document.make_stream(b"/F Do " * 20)
        outer.Type, outer.Subtype, outer.BBox = Name.XObject, Name.Form, Array([0, 0, 595, 842])
        outer.Resources = Dictionary(XObject=Dictionary(F=document.make_indirect(inner)))
        inner = outer
    document.pages[0].Resources = Dictionary(XObject=Dictionary(F=document.make_indirect(inner)))
    document.pages[0].Contents = document.make_stream(b"/F Do " * 20)


def hidden_script() -> bytes:
    """A script in a compressed object stream: not a letter of it can be read in the file."""
    return pdf(change=with_script_in_a_button, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def escaped_script() -> bytes:
    """The name of the action written with escapes, as evaders write it."""
    return pdf(change=with_script).replace(b"/JavaScript", b"/J#61vaScrip#74")


def zipped(inner: bytes = b"") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.txt", b"hello")
    return inner + target.getvalue()
