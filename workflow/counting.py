"""Which days count towards a term: the working days of the place, less those on which the clock stands still.

It stands still for a transfer while the place takes none in (policy `transfer.freezes`), for a school in the vacations
its authority names (policy `school.vacations`), and for any question while its case is suspended. What applies to a
question is kept with it in `due_rule`, so that its last day can be counted anew whenever one of these changes:

    days, policy, from, region   the term, the day it counts from, and whose calendar holds
    pauses, stage                the policies under which it stands still, asked with the pupil's stage
    stopped                      [first, last] days of each suspension; `last` is None while nobody knows
    left                         working days left when the running suspension began; only while it runs
    paused                       working days on which the clock stood still, once the question is closed
"""

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Protocol

from models.transfers import Transfer
from workflow.calendar import FIRST_YEAR, LAST_YEAR, Calendar, Due, due_day_of
from workflow.days_left import DaysLeft, Hold, Kind, days_left
from workflow.policies import course, places_with_rules, stage_of
from workflow.step import Step
from workflow.world import Office, World

MONTHLY = ("transfer.paper_file",)
"""Terms counted in months, not in working days; no freeze or vacation holds them up."""
FREEZES, VACATIONS = "transfer.freezes", "school.vacations"
WHY = {FREEZES: "freeze", VACATIONS: "vacation"}
"""The policies under which a clock stands still, and what that is called."""

Span = tuple[dt.date, dt.date]
_DAY = dt.timedelta(days=1)
_FIRST, _LAST = dt.date(FIRST_YEAR, 1, 1), dt.date(LAST_YEAR, 12, 31)


class Termed(Protocol):
    """A work item, or what a list tells of one."""

    @property
    def org_id(self) -> int: ...
    @property
    def due_at(self) -> dt.datetime: ...
    @property
    def due_rule(self) -> dict[str, Any]: ...


def pauses_of(step: Step, office: Office) -> dict[str, Any]:
    """Return the part of a new question's rule that says when its clock stands still; empty if it never does."""
    about = step.subject if isinstance(step.subject, Transfer) and step.case.parent_id is None else None
    keys = [*([FREEZES] if about else []), *([VACATIONS] if office.is_school else [])]
    stage = stage_of(about.target_grade) if about else None
    return {"pauses": keys, **({"stage": stage} if stage else {})} if keys else {}


def calendar_for(world: World, office: Office | None, rule: dict[str, Any]) -> Calendar:
    """Return the days that count for a question at an office, as `pauses` and `stage` of its rule say."""
    calendar = world.calendar(office)
    still = tuple(span for key in rule.get("pauses", ()) for span in spans(world, key, office, rule.get("stage")))
    if not still:
        return calendar
    known: Calendar | None = world.memory.get((id(calendar), still))
    if known is None:
        known = world.memory[id(calendar), still] = calendar.without(still)
    return known


def calendar_of(world: World, item: Termed, today: dt.date | None = None) -> Calendar:
    """Return the days that count for a question; a suspension that has no end yet counts up to `today`, if given."""
    stops = [(first, last or today) for first, last in _stops(item)]
    calendar = calendar_for(world, _place(world, item), item.due_rule)
    return calendar.without((first, last) for first, last in stops if last) if stops else calendar


def due_of(world: World, item: Termed) -> Due | None:
    """Return the last day of a question, counted anew; None while nobody knows when its suspension ends."""
    rule, stops = item.due_rule, _stops(item)
    if "from" not in rule or "days" not in rule or any(last is None for _, last in stops):
        return None
    start, days = dt.date.fromisoformat(rule["from"]), int(rule["days"])
    if rule.get("policy") not in MONTHLY:
        return calendar_of(world, item).due_day(start, days)
    calendar = world.calendar(_place(world, item))
    due = calendar.add_month(start, days)
    for first, last in stops:
        if last is not None and first <= due.day:
            before = calendar
            calendar = calendar.without([(first, last)])
            day = calendar.shift(first - _DAY, before.working_days_between(first - _DAY, due.day))
            due = calendar.ending(due.day, day)
    return due


def last_day(item: Termed) -> dt.date | None:
    """Return the last day of a question as it stands; None while nobody knows when its suspension ends."""
    return None if any(last is None for _, last in _stops(item)) else due_day_of(item.due_at)


def left(world: World, item: Termed, today: dt.date) -> DaysLeft:
    """Return how long there is to answer a question; where its clock stands still, why and until when."""
    due, calendar, hold = due_day_of(item.due_at), calendar_of(world, item), hold_of(world, item, today)
    if hold and hold.why == "suspended":
        return DaysLeft(Kind.PAUSED, int(item.due_rule["left"]), hold)
    if hold and today < due:
        return DaysLeft(Kind.PAUSED, calendar.working_days_between(today, due), hold)
    return days_left(calendar, due, today)


def hold_of(world: World, item: Termed, today: dt.date) -> Hold | None:
    """Return why the clock of a question stands still today; None if it runs."""
    rule = item.due_rule
    if "left" in rule:
        until = _stops(item)[-1][1]
        if until is None or today <= until:
            return Hold("suspended", until)
    for key in rule.get("pauses", ()):
        for first, last in spans(world, key, _place(world, item), rule.get("stage")):
            if first <= today <= last:
                return Hold(WHY[key], last)
    return None


def paused_days(world: World, item: Termed, first: dt.date, last: dt.date) -> int:
    """Return the working days after `first` up to and with `last` on which the clock of a question stood still."""
    plain, counted = world.calendar(_place(world, item)), calendar_of(world, item, last)
    return plain.working_days_between(first, last) - counted.working_days_between(first, last)


def _place(world: World, item: Termed) -> Office | None:
    """Whose calendar holds: that of the office which was asked first, also where another one took over."""
    return world.by_code.get(str(item.due_rule.get("region", ""))) or world.offices.get(item.org_id)


def _stops(item: Termed) -> list[tuple[dt.date, dt.date | None]]:
    stops = item.due_rule.get("stopped", ())
    return [(dt.date.fromisoformat(first), dt.date.fromisoformat(last) if last else None) for first, last in stops]


def spans(world: World, key: str, office: Office | None, stage: str | None) -> tuple[Span, ...]:
    """Return the days on which a policy of dated spans holds at an office, day by day as the rules of that day say."""
    place = ("spans", key, places_with_rules(world, key, office), stage)
    if place not in world.memory:
        world.memory[place] = tuple(_joined(_pieces(course(world, key, office, stage))))
    found: tuple[Span, ...] = world.memory[place]
    return found


def _pieces(values: list[tuple[dt.date, Any]]) -> Iterator[Span]:
    """Cut the spans of each value to the days on which it holds, the earliest first."""
    for (since, value), (then, _) in pairwise([*values, (dt.date.max, None)]):
        for span in sorted(value, key=lambda one: str(one["from"])):
            first, last = dt.date.fromisoformat(span["from"]), dt.date.fromisoformat(span["to"])
            first, last = max(first, since, _FIRST), min(last, then - _DAY, _LAST)
            if first <= last:
                yield first, last


def _joined(spans: Iterator[Span]) -> Iterator[Span]:
    """Make one of spans that touch or overlap."""
    running: Span | None = None
    for first, last in spans:
        if running and first <= running[1] + _DAY:
            running = running[0], max(running[1], last)
            continue
        if running:
            yield running
        running = first, last
    if running:
        yield running
