"""The only place that reads the machine's clock. Demonstration data may live on another day."""

import datetime as dt
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_shift = dt.timedelta()


def now() -> dt.datetime:
    """Return this instant, aware and in UTC; on a set day the time of the day is kept and goes on."""
    return _read() + _shift


def machine() -> dt.datetime:
    """Return this instant as other machines reckon it, also on a set day; for signatures between programs."""
    return _read()


def today() -> dt.date:
    """Return the day it is in Shanghai."""
    return now().astimezone(SHANGHAI).date()


def set_today(day: dt.date | None) -> None:
    """Let the product live on `day` from now on (None: on the real day). The caller has seen that data are a demo."""
    global _shift
    _shift = dt.timedelta() if day is None else day - _read().astimezone(SHANGHAI).date()


def is_set() -> bool:
    """Tell whether the product lives on another day than the machine."""
    return bool(_shift)


def _read() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
