"""What a list of a desk is limited to: kind of business, step, term, the school or office it concerns.

The inbox, bulk decisions and saved queues are limited by the same words. A limit is one more condition on the open
items, so that a list is still read from the index of its desk, in its order, and goes on page by page inside it.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import BindParameter, ColumnElement, FromClause, Table, bindparam, select

from models.base import UtcDateTime
from models.cases import Case, CaseScope, WorkItem
from workflow.calendar import day_of, due_instant
from workflow.problems.lists import OF_SIDES
from workflow.step import Actor
from workflow.world import World

_CASE, ITEM, _SCOPE = (cast(Table, one.__table__) for one in (Case, WorkItem, CaseScope))
TERMS = ("late", "today", "week", "later")
"""Last days: passed, today, by the end of this week (what is late or due today is so too), and after that."""


@dataclass(frozen=True)
class Narrowing:
    """Process and phase by their keys, `due` one of TERMS, the office by its number; what is empty limits nothing."""

    process: str = ""
    phase: str = ""
    due: str = ""
    office: int | None = None

    def __bool__(self) -> bool:
        return self != EVERYTHING


EVERYTHING = Narrowing()


def filling(wanted: Narrowing, actor: Actor, world: World, now: dt.datetime) -> dict[str, Any]:
    """Return the values for `limits`; their names say which limits there are."""
    since, until = between(wanted.due, now)
    place = "concerns" if _is_below(wanted.office, actor, world) else "concerns_openly"
    found = {"only_process": wanted.process, "only_phase": wanted.phase, "since": since, "until": until,
             place: wanted.office}  # fmt: skip
    return {name: value for name, value in found.items() if value}


def limits(names: Iterable[str], item: FromClause = ITEM, mark: str = "") -> list[ColumnElement[bool]]:
    """Return the conditions on open items that belong to these values; `mark` tells several limits apart."""
    return [_LIMITS[name](item, name + mark) for name in names]


def between(due: str, now: dt.datetime) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return after which moment and until which one the last day of a term ends."""
    today = day_of(now)
    midnight, week_ends = due_instant(today), due_instant(today + dt.timedelta(days=6 - today.weekday()))
    terms = {"late": (None, now), "today": (now, midnight), "week": (None, week_ends), "later": (week_ends, None)}
    return terms.get(due, (None, None))


def _is_below(office: int | None, actor: Actor, world: World) -> bool:
    """Tell whether an officer sees everything at an office: his own, or one below it.

    The sides of a problem do not know of each other (promise T3). Whoever could limit his list by a school that he
    does not see there would learn from what is left that it is the other side.
    """
    return any(office in world.below(one) for one in actor.within(OF_SIDES[0]).org_ids)


def _of_case(item: FromClause, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Items whose case is such; asked for one item after the other, so that the order of the index holds."""
    return item.c.case_id.in_(select(_CASE.c.id).where(_CASE.c.id == item.c.case_id, condition))


def _concerns(item: FromClause, name: str) -> ColumnElement[bool]:
    known = select(_SCOPE.c.case_id).where(_SCOPE.c.org_id == bindparam(name), _SCOPE.c.case_id == item.c.case_id)
    return item.c.case_id.in_(known)


def _moment(name: str) -> BindParameter[dt.datetime]:
    return bindparam(name, type_=UtcDateTime())


def _among(item: FromClause, name: str) -> ColumnElement[bool]:
    """Items of cases that are named; there are few of them, whatever the desk."""
    return item.c.case_id.in_(select(_CASE.c.id).where(_CASE.c.no.in_(bindparam(name, expanding=True))))


_LIMITS: dict[str, Callable[[FromClause, str], ColumnElement[bool]]] = {
    "only_cases": _among,
    "only_process": lambda item, name: _of_case(item, _CASE.c.process == bindparam(name)),
    "only_phase": lambda item, name: item.c.phase == bindparam(name),
    "since": lambda item, name: item.c.due_at > _moment(name),
    "until": lambda item, name: item.c.due_at <= _moment(name),
    "concerns": _concerns,
    "concerns_openly": lambda item, name: _concerns(item, name) & _of_case(item, _CASE.c.process.not_in(OF_SIDES)),
}
