"""Facts to PDF bytes, inside the limited child process: one font, one style sheet, nothing fetched from anywhere."""

import hashlib
import json
import logging
from collections.abc import Mapping
from typing import Any

import weasyprint
from jinja2 import UndefinedError
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from web.papers import layout
from web.papers.glyphs import coverage, require_drawable, settled
from web.papers.photos import require_photo
from web.papers.refusals import PaperRefused

PRINT_DPI = 300
JPEG_QUALITY = 82


class Typesetter:
    """Kept for the life of the child: the parsed style, the font configuration and the compiled templates."""

    def __init__(self) -> None:
        self._complaints = Complaints()
        logger = logging.getLogger("weasyprint")
        logger.addHandler(self._complaints)
        logger.propagate = False
        self._fetcher = URLFetcher(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)
        self._fonts = FontConfiguration()
        self._style = weasyprint.CSS(string=layout.style(), font_config=self._fonts, url_fetcher=self._fetcher)
        layout.environment()
        coverage()
        self._print("<p>学</p>", b"warm")  # loads the font and starts the font library's threads

    def set(self, template: str, facts: Mapping[str, object]) -> bytes:
        """The PDF of one paper, the same bytes for the same facts."""
        require_photo(facts)
        plain: Any = settled(facts)
        require_drawable(plain)
        page = _html(template, plain)
        self._complaints.heard.clear()
        try:
            printed = self._print(page, _identifier(template, facts))
        except FatalURLFetchingError as blocked:  # not an Exception: must be caught by name
            raise _resource() from blocked
        if self._complaints.heard:
            raise _resource()
        return printed

    def _print(self, page: str, identifier: bytes) -> bytes:
        document = weasyprint.HTML(string=page, url_fetcher=self._fetcher)
        printed: bytes = document.write_pdf(
            stylesheets=[self._style],
            font_config=self._fonts,
            pdf_identifier=identifier,
            optimize_images=True,
            jpeg_quality=JPEG_QUALITY,
            dpi=PRINT_DPI,
        )
        return printed


class Complaints(logging.Handler):
    """WeasyPrint only warns about a picture it dropped or a glyph it lacks; on paper that is a forgery by omission."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())


def _html(template: str, facts: Mapping[str, object]) -> str:
    try:
        return layout.html(template, facts)
    except UndefinedError as missing:
        raise PaperRefused("facts", f"文书数据不完整，没有出具（{missing}）。") from missing
    except (KeyError, TypeError, ValueError) as wrong:
        raise PaperRefused("facts", f"文书数据的格式不对，没有出具（{type(wrong).__name__}）。") from wrong


def _identifier(template: str, facts: Mapping[str, object]) -> bytes:
    text = json.dumps([template, facts], ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32].encode()


def _resource() -> PaperRefused:
    return PaperRefused("resource", "文书里有一处图片或文字无法按原样印出，文书没有出具。")
