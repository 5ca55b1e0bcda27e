"""The rules of a place on a day: every one that applies, where it comes from, and what will change afterwards."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from workflow.policy_changes import default_of, in_force, keys
from workflow.policy_shapes import STAGED, STAGES
from workflow.world import Office, PolicyRow, World

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Standing:
    """What holds for a key; `stage` is empty for every stage, `office` None for the whole country or the default.

    `row` is the stored rule, None where the shipped default holds.
    """

    key: str
    stage: str
    value: Any
    source: str
    office: Office | None
    row: PolicyRow | None


@dataclass(frozen=True)
class Change:
    """From `day` on another rule holds than the day before."""

    day: dt.date
    before: Standing
    after: Standing


def standing(world: World, key: str, office: Office, day: dt.date, stage: str = "") -> Standing:
    """Return the rule that holds at an office on a day."""
    holding = in_force(world, key, office, day, stage or None)
    if holding is None or holding.now is None:
        value, source = default_of(key)
        return Standing(key, stage, value, source, None, None)
    row = holding.now
    return Standing(key, stage, row.value.get("value", row.value), row.source, holding.office, row)


def everything(world: World, office: Office, day: dt.date) -> list[Standing]:
    """Return every rule that holds at an office on a day; a stage has a line of its own where a rule is its own."""
    found = []
    for key in keys():
        found.append(standing(world, key, office, day))
        if key in STAGED:
            of_stages = (standing(world, key, office, day, stage) for stage in STAGES)
            found += [one for one in of_stages if one.row is not None and one.row.stage == one.stage]
    return found


def coming(world: World, office: Office, day: dt.date) -> list[Change]:
    """Return every change after `day` that is known today, the next one first: rules that begin, rules that end."""
    places = {place.id for place in world.upwards(office)}
    found = []
    for number, key in enumerate(keys()):
        rows = [row for row in world.policies.get(key, ()) if row.org_id is None or row.org_id in places]
        stages = ["", *sorted({row.stage for row in rows if row.stage})]
        days = sorted({moved for row in rows for moved in _edges(row) if moved > day})
        found += [(one.day, number, one) for stage in stages for one in _changes(world, key, office, stage, days)]
    return [change for _, _, change in sorted(found, key=lambda one: one[:2])]


def _edges(row: PolicyRow) -> list[dt.date]:
    """Return the days on which a rule could make a difference: its first, and the one after its last."""
    if row.valid_to is None:
        return [row.valid_from]
    return [row.valid_from, row.valid_to + ONE_DAY] if row.valid_to >= row.valid_from else []


def _changes(world: World, key: str, office: Office, stage: str, days: list[dt.date]) -> list[Change]:
    """Return the changes of one key; those of a stage only where a rule of that stage begins or ends to hold."""
    found = []
    for day in days:
        before, after = (standing(world, key, office, one, stage) for one in (day - ONE_DAY, day))
        own = any(one.row is not None and (one.row.stage or "") == stage for one in (before, after))
        if own and _told(before) != _told(after):
            found.append(Change(day, before, after))
    return found


def _told(one: Standing) -> tuple[Any, str, int | None]:
    """What people notice: a rule that only begins anew with the same words is no change."""
    return one.value, one.source, one.office.id if one.office else None
