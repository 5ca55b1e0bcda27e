"""What lies before an officer: his queues, what is with him by name, and the desks he fills in for (代理)."""

from functools import lru_cache
from typing import Any, NamedTuple, cast

from sqlalchemy import CTE, BindParameter, ColumnElement, Table, bindparam, select

from models.cases import Case, WorkItem
from workflow.language import ASIDE
from workflow.step import Actor

_CASE, _ITEM = cast(Table, Case.__table__), cast(Table, WorkItem.__table__)
_SIGNED = _ITEM.alias("signed")


class Desktop(NamedTuple):
    """What a statement about a desk depends on; the rest is filled in.

    `own` counts the officer's queues. For every other heap `others` says whether it is what its holder took for
    himself, and whether only one kind of case counts.
    """

    own: int
    others: tuple[tuple[bool, bool], ...] = ()


class Heap(NamedTuple):
    """Items on a desk that the officer fills in for: those nobody took, or those that `holder` did."""

    queue: str
    holder: int | None
    process: str


def desktop_of(actor: Actor) -> Desktop:
    """Return the shape of an officer's desk."""
    return Desktop(len(actor.queues), tuple((one.holder is not None, bool(one.process)) for one in heaps(actor)))


def on(desk: Desktop, *, colleagues: bool = False) -> list[ColumnElement[bool]]:
    """Return the conditions on open items that a desk of this shape shows, one for each range of an index.

    With `colleagues` also what others at the same desk took for themselves, so that everybody sees who is on it.
    """
    whose: ColumnElement[bool] = _ITEM.c.assignee_id.is_(None)
    if colleagues:
        whose |= (_ITEM.c.assignee_id != bindparam("actor")) & _ITEM.c.kind.not_in(ASIDE)
    free = [_ITEM.c.open & (_ITEM.c.queue == bindparam(f"queue{n}")) & whose for n in range(desk.own)]
    mine = _ITEM.c.open & (_ITEM.c.assignee_id == bindparam("actor"))
    found = [*free, mine, *(_filled_in(place, *one) for place, one in enumerate(desk.others))]
    left = _signed_beside(desk)
    return [one & _ITEM.c.id.not_in(select(left.c.id)) for one in found]


def filling(actor: Actor) -> dict[str, Any]:
    """Return the values for the conditions of an officer's desk."""
    values: dict[str, Any] = {"actor": actor.id} | {f"queue{n}": one for n, one in enumerate(sorted(actor.queues))}
    for place, heap in enumerate(heaps(actor)):
        values[f"other{place}"] = heap.queue
        values |= {f"holder{place}": heap.holder} if heap.holder is not None else {}
        values |= {f"process{place}": heap.process} if heap.process else {}
    return values


def heaps(actor: Actor) -> list[Heap]:
    """Return every heap once; what a wider order shows is not shown again by a narrower one."""
    found: dict[Heap, None] = {}
    for one in actor.orders:
        free = [] if one.desk.queue in actor.queues else [Heap(one.desk.queue, None, one.process)]
        found |= dict.fromkeys([*free, Heap(one.desk.queue, one.person_id, one.process)])
    return [heap for heap in found if not heap.process or heap._replace(process="") not in found]


@lru_cache(500)
def _signed_beside(desk: Desktop) -> CTE:
    """Return what is left of the questions that he has signed himself: that is for others (guard C7), so nothing of it
    waits for him. Nor does it where he signed through a deputy, or whoever he stands in for in every kind of case did.

    It does not depend on the line that is looked at, so that a list still comes from the index of its desk.
    """
    holders = (f"holder{place}" for place, (taken, confined) in enumerate(desk.others) if taken and not confined)
    persons: list[BindParameter[int]] = [bindparam(name) for name in ("actor", *holders)]
    left = _ITEM.alias("left")
    same = (left.c.case_id == _SIGNED.c.case_id) & (left.c.phase == _SIGNED.c.phase)
    query = select(left.c.id).join_from(_SIGNED, left, same).where(left.c.open, left.c.kind.not_in(ASIDE))
    by_him = _SIGNED.c.closed_by.in_(persons) | _SIGNED.c.acting_for.in_(persons)
    return query.where(_SIGNED.c.awaits_others, by_him).cte("left_of_signed")


def _filled_in(place: int, taken: bool, confined: bool) -> ColumnElement[bool]:
    with_whom = _ITEM.c.assignee_id == bindparam(f"holder{place}") if taken else _ITEM.c.assignee_id.is_(None)
    found = _ITEM.c.open & (_ITEM.c.queue == bindparam(f"other{place}")) & with_whom
    if confined:
        of_kind = select(_CASE.c.id).where(_CASE.c.process == bindparam(f"process{place}"))
        found &= _ITEM.c.case_id.in_(of_kind.where(_CASE.c.id == _ITEM.c.case_id))
    return found
