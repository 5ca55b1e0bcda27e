"""What a scanned paper may be, every refusal with its sentence, and that only the child suffers."""

import resource
from pathlib import Path

import pikepdf
import pytest

from tests import scans
from workflow import confined
from workflow.confined import Means, Perished
from workflow.errors import Unacceptable
from workflow.files import limits
from workflow.files.opening import Inspected, inspect
from workflow.files.refusals import SENTENCES

JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"


def refusal(content: bytes) -> Unacceptable:
    with pytest.raises(Unacceptable) as refused:
        inspect(content)
    assert refused.value.field == "file"
    return refused.value


@pytest.mark.parametrize(
    "content, expected",
    [
        (scans.picture(), Inspected(JPEG, 1)),
        (scans.picture("PNG"), Inspected(PNG, 1)),
        (scans.picture("PNG", mode="RGBA"), Inspected(PNG, 1)),
        (scans.picture("PNG", mode="1"), Inspected(PNG, 1)),
        (scans.picture(mode="CMYK"), Inspected(JPEG, 1)),
        (scans.picture(progressive=True), Inspected(JPEG, 1)),
        (scans.picture(size=(200, 8000)), Inspected(JPEG, 1)),
        (scans.turned_photo(), Inspected(JPEG, 1)),
        (scans.pdf(), Inspected(PDF, 1)),
        (scans.pdf(30), Inspected(PDF, 30)),
        (scans.pdf(3, object_stream_mode=pikepdf.ObjectStreamMode.generate), Inspected(PDF, 3)),
        (scans.pdf(linearize=True), Inspected(PDF, 1)),
    ],
)
def test_papers_as_offices_scan_them_come_in(content: bytes, expected: Inspected) -> None:
    assert inspect(content) == expected


CASES = [
    (b"", "empty", None),
    (b"hello, this is a text\n", "type", None),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "type", None),
    (b"GIF89a" + bytes(100), "type", None),
    (scans.zipped(), "type", None),
    (scans.picture("PNG") + bytes(2 * limits.MEGABYTE), "image_size", 2_097_152),
    (b"%PDF-1.7\n" + bytes(10 * limits.MEGABYTE), "pdf_size", 10_485_760),
    (scans.picture(size=(199, 400)), "sides", 8000),
    (scans.picture("PNG", size=(8001, 300)), "sides", 8000),
    (scans.bomb_png(4001, 4000), "pixels", 16_000_000),
    (scans.bomb_png(20_000, 20_000), "pixels", 16_000_000),
    (scans.gif_in_png_frames(), "frames", 1),
    (scans.two_pictures(), "frames", 1),
    (scans.noise(300, 300)[:-60_000], "image_damaged", None),
    (scans.picture(quality=95)[:1500], "image_damaged", None),
    (b"\xff\xd8\xff\xe0" + bytes(400), "image_damaged", None),
    (scans.picture()[:20] + b"<script>alert(1)</script>" + scans.picture()[20:], "polyglot", None),
    (scans.picture() + scans.pdf(), "polyglot", None),
    (scans.zipped(scans.picture()), "polyglot", None),
    (scans.zipped(scans.pdf()), "polyglot", None),
    (scans.pdf() + b"<html>", "polyglot", None),
    (scans.pdf() + b"MZ" * 10, "polyglot", None),
    (b"%PDF-1.4\nnothing", "pdf_damaged", None),
    (scans.pdf(0), "pdf_damaged", None),
    (scans.pdf(31), "pdf_pages", 30),
    (scans.pdf(size=(14_400, 14_400)), "pdf_page_size", 3402),
    (scans.pdf(size=(20, 500)), "pdf_page_size", 3402),
    (scans.pdf(encryption=pikepdf.Encryption(owner="o", user="u")), "pdf_password", None),
    (scans.pdf(encryption=pikepdf.Encryption(owner="o", user="")), "pdf_password", None),
    (scans.pdf(change=scans.with_script), "pdf_script", None),
    (scans.hidden_script(), "pdf_script", None),
    (scans.escaped_script(), "pdf_script", None),
    (scans.pdf(change=scans.with_launch), "pdf_action", None),
    (scans.pdf(change=scans.with_submission), "pdf_action", None),
    (scans.pdf(change=scans.with_attachment), "pdf_embedded", None),
    (scans.pdf(change=scans.with_xfa), "pdf_form", None),
    (scans.pdf(change=scans.with_a_huge_picture), "pdf_picture", 40_000_000),
]


@pytest.mark.parametrize("content, code, limit", CASES, ids=[f"{n}-{case[1]}" for n, case in enumerate(CASES)])
def test_everything_else_is_refused_with_its_sentence_and_limit(content: bytes, code: str, limit: int | None) -> None:
    refused = refusal(content)
    assert (refused.code, refused.limit) == (code, limit)
    assert refused.message.endswith("。")
    assert "{" not in refused.message


def test_the_size_that_was_found_stands_in_the_sentence() -> None:
    assert "2.1 MB" in refusal(scans.picture() + bytes(2_200_000)).message
    assert "31 页" in refusal(scans.pdf(31)).message
    assert "199×400" in refusal(scans.picture(size=(199, 400))).message


def test_a_pdf_of_a_hundred_thousand_objects_is_refused() -> None:
    objects = b"".join(b"%d 0 obj null endobj\n" % number for number in range(10, 100_010))
    whole = scans.pdf()
    assert refusal(whole[:15] + objects + whole[15:]).code in {"pdf_objects", "pdf_damaged"}


def test_a_pdf_whose_objects_are_packed_in_an_unusual_way_is_refused() -> None:
    odd = b"9 0 obj <</Type/ObjStm/N 1/First 4/Filter/LZWDecode/Length 4>> stream\n\x80\x0b\x60\x50\nendstream endobj\n"
    whole = scans.pdf()
    place = whole.index(b"xref")
    assert refusal(whole[:place] + odd + whole[place:]).code == "pdf_structure"


def test_every_sentence_has_a_test_that_shows_it() -> None:
    shown = {code for _, code, _ in CASES} | {"pdf_objects", "too_complex", "pdf_structure"}
    assert shown == set(SENTENCES)


def test_a_hostile_pdf_ends_only_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "INSPECTION", Means(processor=1, wall=6.0, answer=64 * 1024))
    content = scans.pdf(change=scans.with_endless_drawing)
    assert len(content) < 100_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert refusal(content).code == "too_complex"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000, "kilobytes"
    assert inspect(scans.pdf()) == Inspected(PDF, 1)


def test_a_pixel_bomb_costs_the_child_no_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # of every child of this process so far
    refusal(scans.bomb_png(20_000, 20_000))
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss <= max(before, 512 * 1024)


PROBE = "tests.workflow.files.probe"


def test_a_child_has_no_file_no_network_no_environment_and_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XUEJIBAN_DATABASE_URL", "secret")
    told = confined.ask(PROBE, {"try": "everything"}, b"content", Means()).decode()
    assert told == "content: file closed, socket closed, memory closed, process closed, environment bare"


def children() -> set[str]:
    """Return the processes this one has started and not reaped; other tests of the run may have some of their own."""
    tasks = Path("/proc/self/task").iterdir()
    return {number for task in tasks for number in (task / "children").read_text().split()}


@pytest.mark.parametrize("way", ["loop", "silence", "flood", "crash", "exit"])
def test_a_child_that_misbehaves_is_ended_and_reaped(way: str) -> None:
    before = children()
    with pytest.raises(Perished):
        confined.ask(PROBE, {"try": way}, b"", Means(processor=1, wall=1.5, answer=1000))
    assert children() <= before
