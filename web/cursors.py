"""Where a list goes on: a moment and some whole numbers, as text that may stand in an address."""

import datetime as dt

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
LONGEST = 60
MOST_MICROSECONDS, MOST = 2**53, 2**53


def text_of(at: dt.datetime, *numbers: int) -> str:
    """Return the place behind a line of a list."""
    return "-".join(map(str, ((at - EPOCH) // dt.timedelta(microseconds=1), *numbers)))


def read(text: str, count: int = 1) -> tuple[dt.datetime, list[int]] | None:
    """Return the moment and the numbers; None for anything that `text_of` does not say."""
    parts = text.split("-") if len(text) <= LONGEST else []
    if len(parts) != count + 1 or not all(one.isascii() and one.isdigit() for one in parts):
        return None
    moment, *rest = map(int, parts)
    if moment >= MOST_MICROSECONDS or any(number >= MOST for number in rest):
        return None
    return EPOCH + dt.timedelta(microseconds=moment), rest
