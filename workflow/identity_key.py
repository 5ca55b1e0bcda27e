"""The form in which names are compared. The name itself is always stored as entered."""

import unicodedata

DOTS = "\u00b7\u2022\u30fb\u2027\u22c5\uff0e\u0387."


def fold_name(name: str) -> str:
    """Return the comparison key: compatibility forms folded, separators unified, spaces dropped, case ignored."""
    dotted = "".join("\u00b7" if char in DOTS else char for char in name)
    folded = unicodedata.normalize("NFKC", dotted)
    return "".join(char for char in folded if not char.isspace()).casefold()[:100]
