"""Carries out a trial: the cases of a period in portions, each looked at under both rules; the result is plain data."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy import Engine

from models.session import reading
from workflow.calendar import day_of
from workflow.errors import NotFound, Unmet
from workflow.policy_changes import own_rules, value_faults
from workflow.policy_outlook import standing
from workflow.policy_shapes import shape_of
from workflow.simulation import (
    acts,
    admission,
    advice,
    alarms,
    bulk,
    causes,
    families,
    handing_out,
    ladder,
    limits,
    orders,
    papers,
    records,
    reviews,
    routes,
    second_refusals,
    signatures,
    sizes,
    stepping_in,
    suspensions,
    taking,
    terms,
    undoings,
)
from workflow.simulation.posts import Posts
from workflow.simulation.worlds import Pair, Wanted, own_rules_below, pair
from workflow.world import World, world_of

Progress = Callable[[int, int], None]
MOST_NAMED = 20
"""So many offices with a rule of their own are named; a result is read by people."""


class Counting(Protocol):
    """One way of looking at cases, which adds up as it goes."""

    def look(self, case: records.Past) -> None: ...
    def told(self) -> dict[str, Any]: ...


def last_year(today: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of the twelve months that end today."""
    month = today.replace(day=min(today.day, 28))
    return month.replace(year=today.year - 1) + (today - month) + dt.timedelta(days=1), today


def check(world: World, wanted: Wanted, today: dt.date) -> None:
    """Raise NotFound or Unmet for what cannot be tried: no such key, a value that does not fit, nothing to give up."""
    shape = shape_of(wanted.key)
    if shape is None:
        raise NotFound
    if wanted.value is None and not own_rules(world, wanted.key, wanted.office, wanted.stage, today):
        raise NotFound
    faults = value_faults(shape, wanted.value) if wanted.value is not None else []
    if faults:
        raise Unmet(faults)


def run(
    engine: Engine, wanted: Wanted, now: dt.datetime, *, most: int = records.MOST, progress: Progress | None = None
) -> dict[str, Any]:
    """Return what would have been otherwise. Reads in sessions of its own, a portion each, and keeps only sums."""
    today = day_of(now)
    with reading(engine) as session:
        world = world_of(session)
    worlds = pair(world, wanted, today)
    parts, processes = _countings(engine, wanted, worlds, now), _processes(wanted.key)
    of_cases = bool(parts) and wanted.key not in WITHOUT_CASES
    there = records.count(engine, wanted, processes) if of_cases else 0
    total, done = min(there, most), 0
    for portion in records.portions(engine, wanted, processes, most) if of_cases else ():
        for case in portion:
            for counting in parts.values():
                counting.look(case)
        done += len(portion)
        if progress:
            progress(done, max(total, done))
    return {
        **_frame(worlds, wanted, today),
        "simulated": bool(parts),
        "cases": done,
        "left_out": max(0, there - done),
        **{name: counting.told() for name, counting in parts.items()},
        "notes": [*_capped(there, done), *limits.notes_of(wanted.key)],
    }


def _frame(worlds: Pair, wanted: Wanted, today: dt.date) -> dict[str, Any]:
    """Return what is compared with what, and where the change would not reach."""
    office, key = wanted.office, wanted.key
    present, proposed = (standing(world, key, office, today, wanted.stage).value for world in worlds.both)
    if key in terms.PAUSES:  # as it was typed, not as it is moved to the year that is tried
        present = standing(worlds.real, key, office, today, wanted.stage).value
        proposed = wanted.value if wanted.value is not None else proposed
    own = own_rules_below(worlds.real, wanted, today)
    return {
        "key": key,
        "office": office.code,
        "stage": wanted.stage or None,
        "since": wanted.since.isoformat(),
        "until": wanted.until.isoformat(),
        "present": present,
        "proposed": proposed,
        "own_rules": [one.name for one in own[:MOST_NAMED]],
        "own_rules_more": max(0, len(own) - MOST_NAMED),
    }


def _countings(engine: Engine, wanted: Wanted, worlds: Pair, now: dt.datetime) -> dict[str, Counting]:
    """Return the ways of looking at cases that say something about a key."""
    key, found = wanted.key, dict[str, Counting]()
    if key in routes.KEYS:
        found["route"] = routes.Routes(worlds, wanted)
    if key == advice.KEY:
        found["advice"] = advice.Advice(worlds, wanted, now)
    elif terms.is_term(key) or key in terms.PAUSES:
        found["term"] = terms.Terms(worlds, wanted, now)
    if key == terms.GRACE:
        found["grace"] = terms.Grace(worlds, wanted)
    if key in ("case.expire", "case.expire_warnings"):
        found["expiry"] = terms.Expiry(worlds, wanted, now)
    if admission.is_told(key):
        found["admission"] = admission.Admission(worlds, wanted)
    if key == "reminder.ladder":
        found["reminders"] = ladder.Ladder(worlds, wanted, now)
    if key in signatures.KEYS:
        found["signing"] = signatures.Signatures(worlds, wanted)
    if key in WITHOUT_CASES:
        name, counting = WITHOUT_CASES[key]
        found[name] = counting(engine, worlds, wanted)
    if key in AT_DESKS:
        found.update(_at_desks(engine, wanted, worlds, now))
    if key in SIMPLE:
        name, simple, _ = SIMPLE[key]
        found[name] = simple(worlds, wanted)
    if key in UP_TO_NOW:
        name, running, _ = UP_TO_NOW[key]
        found[name] = running(worlds, wanted, now)
    return found


def _at_desks(engine: Engine, wanted: Wanted, worlds: Pair, now: dt.datetime) -> dict[str, Counting]:
    """Return the ways of looking that ask who sat where."""
    posts = Posts(engine, worlds, wanted)
    if wanted.key in (acts.OFF, acts.WHO):
        return {"acts": acts.Acts(worlds, wanted, posts)}
    if wanted.key == taking.CLAIM:
        return {"claiming": taking.Claiming(worlds, wanted, posts, now)}
    if wanted.key == taking.TAKEN:
        return {"taken": taking.Taken(worlds, wanted, posts, now)}
    return {"handing_out": handing_out.HandingOut(engine, worlds, wanted, posts, now)}


AT_DESKS = (acts.OFF, acts.WHO, taking.CLAIM, taking.TAKEN, handing_out.MANNER, handing_out.NAMED)
"""Keys of which something is told only with the posts of that time."""
WITHOUT_CASES: dict[str, tuple[str, Callable[[Engine, Pair, Wanted], Counting]]] = {
    orders.KEY: ("orders", orders.Orders),
    bulk.KEY: ("bulk", bulk.Bulk),
}
"""Keys that are not tried case by case: their name in the result, and what counts."""


SIMPLE: dict[str, tuple[str, Callable[[Pair, Wanted], Counting], tuple[str, ...]]] = {
    reviews.KEY: ("reviews", reviews.Reviews, reviews.PROCESSES),
    causes.KEY: ("causes", causes.Causes, causes.PROCESSES),
    **{key: ("undoings", undoings.Undoings, kinds) for key, kinds in undoings.PROCESSES.items()},
    sizes.KEY: ("sizes", sizes.Sizes, sizes.PROCESSES),
    second_refusals.KEY: ("second_refusals", second_refusals.SecondRefusals, second_refusals.PROCESSES),
    families.KEY: ("families", families.Families, families.PROCESSES),
    **{key: ("papers", papers.Papers, kinds) for key, kinds in papers.PROCESSES.items()},
}
"""Keys about which one way of looking says everything: its name in the result, and the processes it looks at."""
UP_TO_NOW: dict[str, tuple[str, Callable[[Pair, Wanted, dt.datetime], Counting], tuple[str, ...]]] = {
    alarms.KEY: ("alarms", alarms.Alarms, ()),
    suspensions.KEY: ("suspensions", suspensions.Suspensions, ()),
    stepping_in.KEY: ("stepping_in", stepping_in.SteppingIn, stepping_in.PROCESSES),
}
"""The same, of what may still be going on."""


def _processes(key: str) -> tuple[str, ...]:
    """Return the processes whose cases a key concerns; nothing means all of them."""
    for known in (SIMPLE, UP_TO_NOW):
        if key in known:
            return known[key][2]
    if key in signatures.KEYS:
        return signatures.PROCESSES
    if key in routes.KEYS or admission.is_told(key) or key.startswith("case."):
        return admission.PROCESSES
    return terms.PROCESSES.get(key.partition(".")[0], ()) if terms.is_term(key) or key == terms.GRACE else ()


def _capped(there: int, done: int) -> list[str]:
    return [f"这一时期有 {there} 件，只试算了最近的 {done} 件。"] if there > done else []
