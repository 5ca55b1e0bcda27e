"""When a place takes in transfers: its windows (guard T6) and freezes (guard C6), told before anything is typed."""

import datetime as dt
from dataclasses import dataclass

from workflow.counting import FREEZES, spans
from workflow.policies import look_up, severity_of
from workflow.transfers.terms import in_window, joined
from workflow.world import Office, World

HORIZON = 400
"""So many days are looked ahead: every window of the year comes up in them."""
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Admission:
    """Whether requests are taken in on a day.

    `until` is the last day of the stretch in which it stays so, None beyond the horizon; `opens` the next day on which
    it is open if it is closed, None if nobody announced one. `spans` are the windows, `freeze` the one that runs.
    """

    is_open: bool
    until: dt.date | None
    opens: dt.date | None
    spans: tuple[tuple[str, str], ...]
    freeze: tuple[dt.date, dt.date] | None
    source: str


def on(world: World, office: Office | None, day: dt.date, stage: str | None) -> Admission:
    """Return how it stands at an office on a day for pupils of a stage."""
    key = ("admission", office.id if office else None, day, stage)
    found: Admission | None = world.memory.get(key)
    if found is None:
        found = world.memory[key] = _on(world, office, day, stage)
    return found


def freeze_on(world: World, office: Office | None, day: dt.date, stage: str | None) -> tuple[dt.date, dt.date] | None:
    """Return the freeze in which a day lies, or None; freezes that touch or overlap are one, as for the clock."""
    return next((one for one in spans(world, FREEZES, office, stage) if one[0] <= day <= one[1]), None)


def windows_on(world: World, office: Office | None, day: dt.date, stage: str | None) -> list[dict[str, str]]:
    """Return the windows that hold on a day; none where requests are taken in all the year."""
    return list(look_up(world, "transfer.windows", office, day, stage).value)


def _on(world: World, office: Office | None, day: dt.date, stage: str | None) -> Admission:
    is_open = _is_open(world, office, day, stage)
    turn = next((n for n in range(1, HORIZON) if _is_open(world, office, day + n * _DAY, stage) != is_open), None)
    changes = day + turn * _DAY if turn else None
    freeze = freeze_on(world, office, day, stage)
    rule = look_up(world, FREEZES if freeze else "transfer.windows", office, day, stage)
    return Admission(
        is_open=is_open,
        until=changes - _DAY if changes else None,
        opens=None if is_open else changes,
        spans=tuple(joined(windows_on(world, office, day, stage))),
        freeze=freeze,
        source=rule.source,
    )


def _is_open(world: World, office: Office | None, day: dt.date, stage: str | None) -> bool:
    if freeze_on(world, office, day, stage):
        return False
    windows = windows_on(world, office, day, stage)
    if not windows or any(in_window(day, window) for window in windows):
        return True
    return severity_of(world, "T6", "block", office, day, stage) != "block"
