"""The ladder of reminders about one work item (domain 8.3): which rung comes next, and when."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from workflow.calendar import SHANGHAI, Calendar, due_day_of
from workflow.policies import DEFAULTS, look_up
from workflow.world import Office, World

MORNING = dt.time(6, 0, tzinfo=SHANGHAI)
"""Early enough for the daily digest, whichever hour people chose for it; nobody is written to at this hour."""


@dataclass(frozen=True)
class Rung:
    """A step of the ladder: remind, overdue, supervise, take_over, bulletin or stale.

    `step` counts working days from the due day.
    """

    kind: str
    step: int
    at: dt.datetime


def first(world: World, office: Office, calendar: Calendar, now: dt.datetime, due_at: dt.datetime) -> Rung:
    """Return the first rung that still lies ahead of a new item; `calendar` holds the days that count for it."""
    return next(rung for rung in _rungs(world, office, calendar, due_at) if rung.at > now)


def after(
    world: World, office: Office, calendar: Calendar, due_at: dt.datetime, *, now: dt.datetime, step: int
) -> Rung | None:
    """Return the next rung above `step`, or None after the last.

    Rungs that passed while no worker ran come one after the other at once, but of several missed daily reminders only
    the latest.
    """
    daily: Rung | None = None
    for rung in _rungs(world, office, calendar, due_at):
        if rung.step <= step:
            continue
        if rung.at <= now and rung.kind == "overdue":
            daily = rung
            continue
        return daily if daily and rung.at > now else rung
    return daily


def _rungs(world: World, office: Office, calendar: Calendar, due_at: dt.datetime) -> Iterator[Rung]:
    yield from rungs(ladder_of(world, office, due_day_of(due_at)), calendar, due_at)


def rungs(ladder: dict[str, Any], calendar: Calendar, due_at: dt.datetime) -> Iterator[Rung]:
    """Yield every rung of a ladder (policy `reminder.ladder`) about a question that is due at `due_at`."""
    last, ladder = due_day_of(due_at), {**DEFAULTS["reminder.ladder"].value, **ladder}
    end = last + dt.timedelta(days=int(ladder["expiry_days"]))
    number = min([*ladder["remind"], 0])
    while (day := calendar.shift(last, number) if number else last) < end:
        kind = _kind(ladder, number)
        if kind:
            yield Rung(kind, number, morning(day))
        number += 1
    yield Rung("stale", number, morning(end))


def ladder_of(world: World, office: Office, day: dt.date) -> dict[str, Any]:
    """Return the ladder that holds at an office; what an older rule does not speak of is as shipped."""
    return {**DEFAULTS["reminder.ladder"].value, **look_up(world, "reminder.ladder", office, day).value}


def morning(day: dt.date) -> dt.datetime:
    """Return the moment of the day at which the reminders of that day come up, in UTC."""
    return dt.datetime.combine(day, MORNING).astimezone(dt.UTC)


def _kind(ladder: dict[str, Any], number: int) -> str:
    if number in ladder["remind"]:
        return "remind"
    for kind in ("take_over", "supervise"):
        if number == ladder[kind]:
            return kind
    if number == ladder["bulletin"]:
        return "bulletin"
    return "overdue" if number >= int(ladder["overdue_from"]) else ""
