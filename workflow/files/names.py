"""The name of an uploaded file as it may be shown and sent in a header."""

import re
import unicodedata
from pathlib import PurePosixPath

from workflow.files.kinds import EXTENSIONS

LONGEST = 120
"""Code points."""
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*;%', "_"))
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def clean(name: str, kind: str) -> str:
    """Return the last part of a path without signs that cannot be seen, and with an extension that fits the content.

    At most 120 code points. The middle of a long name is given up, never the extension.
    """
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(char for char in last if unicodedata.category(char) not in INVISIBLE)
    tidy = re.sub(r"\s+", " ", visible.translate(FORBIDDEN)).strip(" .")
    if DEVICES.fullmatch(tidy):
        tidy = f"_{tidy}"
    suffix = PurePosixPath(tidy).suffix
    fitting = EXTENSIONS[kind]
    stem, suffix = (tidy[: -len(suffix)], suffix) if suffix.lower() in fitting else (tidy, fitting[0])
    return (stem[: LONGEST - len(suffix)].rstrip(" .") or "未命名") + suffix
