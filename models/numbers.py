"""The form in which identity numbers are compared, whatever the hand that wrote them."""

import unicodedata

_DROPPED = {" ", "-", "'", "\u2019", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014"}


def fold_number(text: str) -> str:
    """Return the number in half-width upper case without spaces, hyphens and leading apostrophes."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(char for char in folded if char not in _DROPPED and not char.isspace())
