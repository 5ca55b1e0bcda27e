"""The two worlds of a trial: the rules as they are today, and the same with the one that is tried; both timeless."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from workflow.counting import FREEZES, VACATIONS
from workflow.world import Office, PolicyRow, World

DATED = (FREEZES, VACATIONS)
"""Rules that name days of one year. On the cases of another year they are tried on the same days of that year."""
YEARS = range(-6, 7)


@dataclass(frozen=True)
class Wanted:
    """What is tried: a value for a key at an office, or (`value` None) that the office gives its own rule up.

    `since` and `until` are the first and the last day on which the cases were opened.
    """

    key: str
    office: Office
    stage: str
    value: Any
    since: dt.date
    until: dt.date


@dataclass(frozen=True)
class Pair:
    """`real` has every rule with its dates; in the other two a rule holds on every day or never."""

    real: World
    present: World
    proposed: World

    @property
    def both(self) -> tuple[World, World]:
        return self.present, self.proposed


def pair(world: World, wanted: Wanted, today: dt.date) -> Pair:
    """Return the worlds in which the cases are looked at."""
    holding = {key: [row for row in rows if _holds(row, today)] for key, rows in world.policies.items()}
    rules = {key: [_timeless(row, wanted) for row in rows] for key, rows in holding.items()}
    stage, office = wanted.stage or None, wanted.office.id
    others = [row for row in rules.get(wanted.key, []) if (row.org_id, row.stage) != (office, stage)]
    tried = PolicyRow(wanted.key, office, stage, {"value": wanted.value}, dt.date.min, None, "")
    rows = [_timeless(tried, wanted), *others] if wanted.value is not None else others
    return Pair(world, _with(world, rules), _with(world, {**rules, wanted.key: rows}))


def own_rules_below(world: World, wanted: Wanted, today: dt.date) -> list[Office]:
    """Return the offices below with a rule of their own for the key: the change does not reach them."""
    below = world.below(wanted.office.id) - {wanted.office.id}
    rows = (row for row in world.policies.get(wanted.key, ()) if _holds(row, today))
    found = {row.org_id for row in rows if row.org_id in below and row.stage in (None, wanted.stage or None)}
    return sorted((world.office(number) for number in found if number), key=lambda office: office.code)


def _holds(row: PolicyRow, today: dt.date) -> bool:
    return row.holds(today, row.stage)


def _with(world: World, policies: dict[str, list[PolicyRow]]) -> World:
    return replace(world, policies=policies, memory={})


def _timeless(row: PolicyRow, wanted: Wanted) -> PolicyRow:
    value = row.value
    if row.key in DATED:
        value = {"value": [copy for span in value.get("value", ()) for copy in _every_year(span, wanted)]}
    return replace(row, value=value, valid_from=dt.date.min, valid_to=None)


def _every_year(span: dict[str, str], wanted: Wanted) -> Iterator[dict[str, str]]:
    """Yield the span on the same days of every year that the cases could meet."""
    first, last = dt.date.fromisoformat(span["from"]), dt.date.fromisoformat(span["to"])
    for years in YEARS:
        start, end = _moved(first, years), _moved(last, years)
        if start <= wanted.until + dt.timedelta(days=366) and end >= wanted.since:
            yield {"from": start.isoformat(), "to": end.isoformat()}


def _moved(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)
