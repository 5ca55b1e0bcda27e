"""Facts become a PDF. The facts of each paper: web/papers/facts.py and pdf_templates/samples/*.json."""

from collections.abc import Mapping

from web.papers.press import Press
from web.papers.refusals import PaperRefused

__all__ = ["PaperRefused", "render", "warm"]

_press = Press()


def render(template: str, facts: Mapping[str, object]) -> bytes:
    """Print `transfer_form`, `transfer_certificate` or `paper_file_list`; the same facts always give the same bytes.

    Raises PaperRefused (code, message for people, detail) when the paper cannot be printed exactly as the facts say.
    """
    return _press.print(template, facts)


def warm() -> None:
    """Start the printing process now, so that the first paper does not wait for it."""
    _press.warm()
