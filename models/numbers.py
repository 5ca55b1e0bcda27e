"""The form in which identity numbers are compared, whatever the hand that wrote them."""

import re
import unicodedata
from datetime import date

RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
_OLD = re.compile(r"\d{15}", re.ASCII)
_DROPPED = {" ", "-", "'", "\u2019", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014"}


def fold_number(text: str) -> str:
    """Return the number in half-width upper case without spaces, hyphens and leading apostrophes."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(char for char in folded if char not in _DROPPED and not char.isspace())


def fold_id_number(text: str) -> str:
    """Return the folded number of an identity document; old 15-digit resident numbers as the 18 they became."""
    number = fold_number(text)
    return upgrade_15(number) or number


def check_character(first17: str) -> str:
    """Return the last character of a resident ID number (ISO 7064 MOD 11-2, GB 11643) for its first 17 digits."""
    total = sum(int(digit) * weight for digit, weight in zip(first17, RESIDENT_WEIGHTS, strict=True))
    return CHECK_CHARACTERS[total % 11]


def upgrade_15(number: str) -> str | None:
    """Return the 18 characters that an old 15-digit number became; None when the text is not such a number."""
    if not _OLD.fullmatch(number) or not _is_a_day("19" + number[6:12]):
        return None
    first17 = number[:6] + "19" + number[6:]
    return first17 + check_character(first17)


def _is_a_day(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return False
    return True
