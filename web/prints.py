"""Prints for a request: the paper, or a page that says clearly why there is none; and a picture of its first sheet."""

import io
import threading
from collections.abc import Mapping
from http import HTTPStatus

import pypdfium2

from web import clock, pdf
from web.auth import current_actor, current_world
from web.database import current_house
from web.errors import Problem
from web.paper_facts_of import Print
from web.papers.glyphs import require_drawable, settled
from web.papers.refusals import PaperRefused
from workflow.step import Step

PICTURE_WIDTH = 1191
"""Pixels of a preview: A4 at 144 dpi, sharp on a dense screen."""
OF_THE_PAPER = ("character", "private_use", "control", "photo", "size")
"""Refusals that lie in what is written; the others are ours and may pass."""

_pdfium = threading.Lock()


def printed(template: str, facts: Mapping[str, object]) -> bytes:
    """Return the PDF. Raises Problem with the sentence of the refusal when it cannot be printed as it must be."""
    try:
        return pdf.render(template, facts)
    except PaperRefused as refused:
        raise problem_of(refused) from refused


def refusal_of(facts: Mapping[str, object]) -> str:
    """Return why these facts cannot be printed in our font; nothing when they can."""
    plain = settled(facts)
    assert isinstance(plain, Mapping | dict)
    try:
        require_drawable(plain)
    except PaperRefused as refused:
        return refused.message
    return ""


def problem_of(refused: PaperRefused) -> Problem:
    """Return the answer for a paper that was not printed."""
    ours = refused.code not in OF_THE_PAPER
    status = HTTPStatus.SERVICE_UNAVAILABLE if ours else HTTPStatus.UNPROCESSABLE_ENTITY
    return Problem(status, f"paper_{refused.code}", "文书没有出具", refused.message)


def printing(step: Step, copy: int = 1) -> Print:
    """Return the marks of a print for whoever asks now."""
    house, actor = current_house(), current_actor()
    office = current_world().name(next((desk.org_id for desk in actor.desks), None))
    return Print(house.settings.base_url, house.demo, clock.now(), f"{office} {actor.name}".strip(), copy)


def first_sheet(content: bytes) -> bytes:
    """Return the first page of one of our own PDFs as PNG. The library is not made for threads: one at a time."""
    target = io.BytesIO()
    with _pdfium:
        document = pypdfium2.PdfDocument(content)
        try:
            page = document[0]
            picture = page.render(scale=PICTURE_WIDTH / page.get_width()).to_pil()
            picture.save(target, "PNG", optimize=False, compress_level=3)
        finally:
            document.close()
    return target.getvalue()
