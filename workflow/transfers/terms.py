"""School terms, transfer windows and the last grade of a stage, from policy data."""

import datetime as dt
from typing import TYPE_CHECKING

from workflow.policies import look_up

if TYPE_CHECKING:
    from workflow.transfers.facts import Facts


def is_first_term(facts: "Facts") -> bool:
    """Tell whether today lies in the first term (policy `terms`, by default 1 September to 31 January)."""
    terms = look_up(facts.world, "terms", facts.deciding_office, facts.today).value
    first, last = terms["first"]
    return in_window(facts.today, {"from": first, "to": last})


def in_window(day: dt.date, window: dict[str, str]) -> bool:
    """Tell whether a day lies in a yearly window `{from: MM-DD, to: MM-DD}`, which may run over New Year."""
    here = f"{day:%m-%d}"
    start, end = window["from"], window["to"]
    return start <= here <= end if start <= end else here >= start or here <= end


def last_grade_of(grade: int) -> int:
    """Return the grade in which the stage of `grade` ends (6-3-3)."""
    return 6 if grade <= 6 else 9 if grade <= 9 else 12
