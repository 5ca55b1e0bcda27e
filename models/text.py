"""Text on its way into a column: JSON that keeps Chinese readable, and its one canonical form."""

import json
from typing import Any


def dumps(value: Any) -> str:
    """Serialise for a JSON column; Chinese stays readable so that SQLite can search it."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def canonical(value: Any) -> bytes:
    """Serialise for hashing: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()
