"""What a file is by its content, and whether it is something else at the same time."""

import io
import zipfile

JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BEGINNINGS = {b"\xff\xd8\xff": JPEG, b"\x89PNG\r\n\x1a\n": PNG, b"%PDF-": PDF}
EXTENSIONS = {JPEG: (".jpg", ".jpeg"), PNG: (".png",), PDF: (".pdf",), XLSX: (".xlsx",)}
"""The ends of file names that say the truth, the usual one first."""
LOOKED_AT = 4096
MARKUP = (b"<html", b"<script", b"<!doctype", b"<svg", b"<?php", b"<iframe")


def kind_of(content: bytes) -> str | None:
    """Return the media type that the first bytes prove; None for anything we do not take."""
    return next((kind for beginning, kind in BEGINNINGS.items() if content.startswith(beginning)), None)


def is_two_things(content: bytes, kind: str) -> bool:
    """Tell whether another program would find a page, an archive or a PDF in the same bytes."""
    ends = (content[:LOOKED_AT] + content[-LOOKED_AT:]).lower()
    if any(mark in ends for mark in MARKUP) or zipfile.is_zipfile(io.BytesIO(content)):
        return True
    if kind == PDF:
        return bool(content[content.rfind(b"%%EOF") + 5 :].strip(b"\0\r\n\t\x1a ")) and b"%%EOF" in content
    return b"%pdf-" in ends
