"""The figures of an office and of those directly below it, put together from what was counted."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from workflow.calendar import day_of, due_instant
from workflow.statistics import counting, places
from workflow.statistics.counting import Caused, Ended, Flow, Owed, Recorded
from workflow.statistics.period import Period
from workflow.world import Office, World

DONE = ("answered", "returned", "refused", "lapsed")
"""How a question ends that an office was to answer; a silent office is counted too, never as in time."""


@dataclass
class Line:
    """What is counted for one office, or for the sum of several. Counters hold numbers of questions."""

    paces: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Open now, by (step, pace)."""
    ages: Counter[int] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    """Ended in the period, by how."""
    in_time: int = 0
    days: dict[str, Counter[int]] = field(default_factory=dict)
    """Answers of the period: step, days, how many."""
    came: Counter[int] = field(default_factory=Counter)
    went: Counter[int] = field(default_factory=Counter)
    """By week of the period."""
    late_then: int = 0
    records: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Records with an open problem, by (kind, age)."""

    @property
    def open(self) -> int:
        return self.paces.total()

    @property
    def today(self) -> int:
        return self._of_pace("today")

    @property
    def late(self) -> int:
        return self._of_pace("late")

    @property
    def done(self) -> int:
        """Ended in the period by an answer, or by the silence of whoever was to answer."""
        return sum(self.ends[how] for how in DONE)

    @property
    def owed(self) -> int:
        """What was to be answered: done in the period, or late at its end. In time out of this is the share."""
        return self.done + self.late_then

    @property
    def share(self) -> float | None:
        """The part decided in time, 0 to 1; None where nothing was to be decided."""
        return self.in_time / self.owed if self.owed else None

    @property
    def empty(self) -> bool:
        return not (self.open or self.ends or self.came or self.late_then or self.records)

    def median(self, step: str | None = None) -> float | None:
        """Return the median of working days, of one step or of all."""
        return median(self.days.get(step, {}) if step else sum(self.days.values(), Counter()))

    def answers(self, step: str) -> int:
        return self.days[step].total() if step in self.days else 0

    def add(self, other: "Line") -> None:
        """Count another line in."""
        for name in ("paces", "ages", "ends", "came", "went", "records"):
            getattr(self, name).update(getattr(other, name))
        for step, days in other.days.items():
            self.days.setdefault(step, Counter()).update(days)
        self.in_time += other.in_time
        self.late_then += other.late_then

    def _of_pace(self, pace: str) -> int:
        return sum(count for (_, one), count in self.paces.items() if one == pace)


@dataclass(frozen=True)
class Figures:
    """An office: the sum of its subtree, its own desk, and a line for each office directly below it."""

    office: Office
    period: Period
    now: dt.datetime
    total: Line
    own: Line
    below: tuple[tuple[Office, Line], ...]
    causes: tuple[Caused, ...] = ()


def of_office(session: Session, world: World, office: Office, period: Period, now: dt.datetime) -> Figures:
    """Return the figures of an office: four statements, whatever stands below it. Rights are the caller's matter."""
    lines = places.lines(world, office)
    found = Gathered(lines.values())
    found.take_owed(counting.owed(session, lines, now, due_instant(day_of(now))))
    ends, flows = counting.passed(session, lines, period, now)
    found.take_ended(ends)
    found.take_flow(flows)
    found.take_records(counting.recorded(session, lines, now))
    causes = counting.caused(session, lines, period)
    total = Line()
    for line in found.lines.values():
        total.add(line)
    below = tuple((child, found.lines[child.id]) for child in world.supervised(office.id) if _shown(child, found))
    ordered = sorted(causes, key=lambda one: (-one.number, one.cause or ""))
    return Figures(office, period, now, total, found.lines[office.id], below, tuple(ordered))


def median(counts: Mapping[int, int]) -> float | None:
    """Return the median of numbers given with how often each occurs; None without any."""
    total = sum(counts.values())
    if not total:
        return None
    low, high = (total - 1) // 2, total // 2
    return (_at(counts, low) + _at(counts, high)) / 2


def _at(counts: Mapping[int, int], place: int) -> int:
    """Return the number at a place, counted from 0, when all are put in order."""
    for value in sorted(counts):
        place -= counts[value]
        if place < 0:
            return value
    raise IndexError(place)


def _shown(child: Office, found: "Gathered") -> bool:
    """An office that was closed is only shown while something is counted for it."""
    return child.closed_on is None or not found.lines[child.id].empty


class Gathered:
    """Lines while they are filled."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self.lines = {number: Line() for number in numbers}

    def take_owed(self, rows: Iterable[Owed]) -> None:
        for row in rows:
            self.lines[row.line].paces[(row.step, row.pace)] += row.number
            self.lines[row.line].ages[row.age] += row.number

    def take_ended(self, rows: Iterable[Ended]) -> None:
        for row in rows:
            line = self.lines[row.line]
            line.ends[row.how] += row.number
            line.in_time += row.number if row.in_time else 0
            if row.took is not None:
                line.days.setdefault(row.step, Counter())[row.took] += row.number

    def take_flow(self, rows: Iterable[Flow]) -> None:
        for row in rows:
            line = self.lines[row.line]
            if row.what == "late":
                line.late_then += row.number
            else:
                (line.came if row.what == "came" else line.went)[row.week or 0] += row.number

    def take_records(self, rows: Iterable[Recorded]) -> None:
        for row in rows:
            self.lines[row.line].records[(row.kind, row.age)] += row.number
