"""The slowly changing tables in memory: organisations, policies, calendars. Read anew when their version rises."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ScalarSelect, func, select, update
from sqlalchemy.orm import Session

from models.calendar import CalendarDay
from models.organisations import Organisation
from models.policies import Policy, TableVersion
from workflow.calendar import Calendar
from workflow.calendar_files import whole_years

NATION = "CN"


@dataclass(frozen=True)
class Office:
    """An organisation as everybody sees it; `path` holds internal numbers from the root down to itself."""

    id: int
    public_id: str
    code: str
    name: str
    short_name: str
    level: str
    kind: str
    parent_id: int | None
    dept_id: int | None
    path: tuple[int, ...]
    area_code: str
    grades: tuple[int, ...]
    demonstration: bool
    phone: str
    closed_on: dt.date | None
    merged_into_id: int | None

    @property
    def is_school(self) -> bool:
        return self.level == "school"


@dataclass(frozen=True)
class PolicyRow:
    """One stored rule, as far as looking it up needs."""

    key: str
    org_id: int | None
    stage: str | None
    value: dict[str, Any]
    valid_from: dt.date
    valid_to: dt.date | None
    source: str

    def holds(self, day: dt.date, stage: str | None) -> bool:
        in_time = self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
        return in_time and self.stage in (None, stage)


@dataclass
class World:
    """A consistent picture of the slowly changing tables; never changed after it was built."""

    stamp: int
    offices: dict[int, Office]
    policies: dict[str, list[PolicyRow]]
    days: dict[str, dict[dt.date, bool]]
    by_code: dict[str, Office] = field(init=False)
    memory: dict[Any, Any] = field(default_factory=dict)
    """What others worked out from this picture and may use again as long as it stands."""
    _calendars: dict[str, Calendar] = field(default_factory=dict)
    _supervised: dict[int, list[Office]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_code = {office.code: office for office in self.offices.values()}

    def office(self, number: int) -> Office:
        return self.offices[number]

    def name(self, number: int | None) -> str:
        return self.offices[number].name if number in self.offices else ""

    def today_s(self, office: Office) -> Office:
        """Return the office that carries on for one that was merged into another."""
        seen = {office.id}
        while office.merged_into_id is not None and office.merged_into_id not in seen:
            office = self.offices[office.merged_into_id]
            seen.add(office.id)
        return office

    def upwards(self, office: Office) -> Iterator[Office]:
        """Yield the office and everything above it, nearest first; a school's department stands above it."""
        seen: set[int] = set()
        current: Office | None = office
        while current is not None and current.id not in seen:
            seen.add(current.id)
            yield current
            current = self.offices.get(_above(current) or 0)

    def below(self, number: int) -> set[int]:
        """Return the numbers of the office and of everything in its subtree or under its supervision."""
        return {o.id for o in self.offices.values() if number in o.path or o.dept_id == number}

    def supervised(self, number: int) -> list[Office]:
        """Return the offices that stand directly below this one in the way upwards, by their codes."""
        if not self._supervised:
            for office in sorted(self.offices.values(), key=lambda office: (office.is_school, office.code)):
                self._supervised.setdefault(_above(office) or 0, []).append(office)
        return self._supervised.get(number, [])

    def calendar(self, office: Office | None) -> Calendar:
        """Return the calendar that holds at the office: the nation's days, overridden by nearer regions."""
        regions = [o.code for o in self.upwards(office) if o.code in self.days] if office else []
        key = "/".join(regions)
        if key not in self._calendars:
            self._calendars[key] = self._build_calendar([NATION, *reversed(regions)])
        return self._calendars[key]

    def _build_calendar(self, regions: Iterable[str]) -> Calendar:
        merged: dict[dt.date, bool] = {}
        for region in regions:
            merged.update(self.days.get(region, {}))
        return Calendar(merged, whole_years(self.days.get(NATION, {})))


def _above(office: Office) -> int | None:
    """A school's department stands above it, whatever office it belongs to."""
    return office.dept_id if office.is_school and office.dept_id else office.parent_id


_worlds: WeakKeyDictionary[Any, World] = WeakKeyDictionary()
_TOUCHED = "world tables changed here"


def stamp_column() -> ScalarSelect[int]:
    """A column that other queries may carry along: it changes whenever one of the tables changed."""
    return select(func.coalesce(func.sum(TableVersion.version), 0)).scalar_subquery()


def world_of(session: Session, stamp: int | None = None) -> World:
    """Return the picture that belongs to `stamp` (read from the database when not given)."""
    if stamp is None:
        stamp = int(session.scalar(select(stamp_column())) or 0)
    own: dict[Any, World] | None = session.info.get(_TOUCHED)
    known, place = (_worlds, session.get_bind().engine.pool) if own is None else (own, stamp)
    world = known.get(place)
    if world is None or world.stamp != stamp:
        world = known[place] = _read(session, stamp)
    return world


def touch(session: Session, name: str) -> None:
    """Say that a table changed ("organisation", "policy" or "calendar"); part of the changing transaction.

    What this session reads from now on is not shared with others: it may still be rolled back.
    """
    session.info.setdefault(_TOUCHED, {})
    session.execute(update(TableVersion).where(TableVersion.name == name).values(version=TableVersion.version + 1))


def _read(session: Session, stamp: int) -> World:
    offices = {row.id: _office(row) for row in session.execute(select(*Organisation.__table__.c))}
    policies: dict[str, list[PolicyRow]] = {}
    for row in session.execute(select(*Policy.__table__.c).order_by(Policy.valid_from.desc(), Policy.id.desc())):
        stored = PolicyRow(row.key, row.org_id, row.stage, row.value, row.valid_from, row.valid_to, row.source)
        policies.setdefault(row.key, []).append(stored)
    days: dict[str, dict[dt.date, bool]] = {}
    for region, day, working in session.execute(select(CalendarDay.region, CalendarDay.day, CalendarDay.working)):
        days.setdefault(region, {})[day] = working
    return World(stamp, offices, policies, days)


def _office(row: Any) -> Office:
    return Office(
        id=row.id,
        public_id=row.public_id,
        code=row.code,
        name=row.name,
        short_name=row.short_name or row.name,
        level=row.level,
        kind=row.kind,
        parent_id=row.parent_id,
        dept_id=row.competent_dept_id,
        path=tuple(int(part) for part in row.path.split("/") if part),
        area_code=row.area_code,
        grades=tuple(row.grades or ()),
        demonstration=row.demonstration,
        phone=row.phone,
        closed_on=row.closed_on,
        merged_into_id=row.merged_into_id,
    )
