"""PDF papers: judged as a document, and every page drawn once before it may come in."""

import math

import pypdfium2 as pdfium
from PIL import Image
from pypdfium2 import raw

from workflow.files import limits, structure
from workflow.files.refusals import Found

PASSWORD = 4
"""FPDF_ERR_PASSWORD."""
TRIAL_WIDTH = 120
NESTING = 8
"""How deep pictures are looked for in forms inside forms."""


def inspect(content: bytes) -> int:
    """Return the number of pages; raises Found."""
    document = _open(content)
    structure.look_through(content)
    if raw.FPDF_GetFormType(document) in (raw.FORMTYPE_XFA_FULL, raw.FORMTYPE_XFA_FOREGROUND):
        raise Found("pdf_form")
    if raw.FPDFDoc_GetJavaScriptActionCount(document) > 0:
        raise Found("pdf_script")
    if raw.FPDFDoc_GetAttachmentCount(document) > 0:
        raise Found("pdf_embedded")
    pages = len(document)
    if pages > limits.PAGES:
        raise Found("pdf_pages", str(pages))
    for number in range(pages):
        _try_page(document, number)
    return pages


def draw(content: bytes, number: int) -> Image.Image:
    """Return the picture of a page (from 1), as wide as it is shown."""
    page = _page(_open(content), number - 1)
    width, height = page.get_size()
    scale = min(limits.SHOWN_WIDTH / width, limits.SHOWN_HEIGHT / height)
    return _picture(page, scale)


def _open(content: bytes) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as broken:
        raise Found("pdf_password" if broken.err_code == PASSWORD else "pdf_damaged") from broken
    if raw.FPDF_GetSecurityHandlerRevision(document) != -1:
        raise Found("pdf_password")
    return document


def _try_page(document: pdfium.PdfDocument, number: int) -> None:
    page = _page(document, number)
    width, height = page.get_size()
    if min(width, height) < limits.PAGE_POINTS_MIN or max(width, height) > limits.PAGE_POINTS_MAX:
        raise Found("pdf_page_size", str(number + 1))
    for picture in page.get_objects([raw.FPDF_PAGEOBJ_IMAGE], max_depth=NESTING):
        if math.prod(picture.get_px_size()) > limits.PICTURE_PIXELS:
            raise Found("pdf_picture", str(number + 1))
    _picture(page, TRIAL_WIDTH / width)
    page.close()


def _page(document: pdfium.PdfDocument, number: int) -> pdfium.PdfPage:
    try:
        return document[number]
    except pdfium.PdfiumError as broken:
        raise Found("pdf_damaged") from broken


def _picture(page: pdfium.PdfPage, scale: float) -> Image.Image:
    picture: Image.Image = page.render(scale=scale, rev_byteorder=True, may_draw_forms=True).to_pil()
    return picture.convert("RGB")
