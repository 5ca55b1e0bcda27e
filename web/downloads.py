"""Files on their way out: named safely, never opened by the browser as something of ours."""

import unicodedata
from urllib.parse import quote

from flask import Response

LONGEST_NAME = 120


def attachment(content: bytes, name: str, media_type: str) -> Response:
    """Return a file to be saved, under a name without path and control characters, in a sandbox of its own."""
    clean = safe_name(name)
    plain = clean.encode("ascii", "ignore").decode().replace('"', "").strip(" .") or "file"
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(clean, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, 200, headers, content_type=media_type)


def safe_name(name: str) -> str:
    """Return the last part of a file name without anything that a header or a file system would take for more."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(char for char in last if unicodedata.category(char)[0] != "C" and char not in '<>:"|?*')
    return kept.strip(" .")[:LONGEST_NAME] or "file"
