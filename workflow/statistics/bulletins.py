"""The monthly bulletin of a department: what its offices were late with, decided in time, and let grow old.

Figures are put together for a closed month and frozen when the leader issues them:

    rules    {late, old}: working days late and days since sending from which something is named
    total    a row: came, done, in_time, late, long_late, longest, old, records, old_records,
             and `before` with done, in_time, late and records of the month before
    lines    rows with code, name and kind (own, below), only offices with anything to tell
    quiet    how many offices had nothing
    before   {number}: the bulletin that the comparison was taken from, empty if it was counted anew
    changes  [{name, what, before, now}] against the version before this one

A correction is a new version under the same number. Days of lateness are counted by the calendar of the department.
"""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bulletins import Bulletin
from workflow import opening
from workflow.calendar import day_of, due_day_of
from workflow.errors import NotAllowed, NotFound, Unacceptable
from workflow.payload import text_fault
from workflow.policies import look_up
from workflow.statistics import counting, monthly, places
from workflow.statistics.counting import Recorded
from workflow.statistics.monthly import BEFORE, THIS, Limits, Month
from workflow.statistics.period import Period, month_before
from workflow.step import Actor
from workflow.world import Office, World

MONTHS_BACK = 12
LONGEST_REASON = 200
COMPARED = ("came", "done", "in_time", "late", "long_late", "longest", "old", "records", "old_records")
"""What is told of every office, in the order of the columns."""
SINCE = ("done", "in_time", "late", "records")
"""What is compared with the month before."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Issued:
    """A bulletin in the list of an office."""

    month: Period
    versions: tuple[Bulletin, ...]

    @property
    def latest(self) -> Bulletin | None:
        return self.versions[-1] if self.versions else None


def department(actor: Actor, world: World, code: str) -> Office:
    """Return a department whose bulletins the actor reads. Raises NotFound for others and for schools."""
    office = places.open_to(actor, world, code)
    if office.is_school:
        raise NotFound
    return office


def months(today: dt.date) -> list[Period]:
    """Return the closed months for which a bulletin may be issued, the last one first."""
    found = [month_before(today)]
    while len(found) < MONTHS_BACK:
        found.append(month_before(found[-1].first))
    return found


def closed_month(text: str, today: dt.date) -> Period:
    """Return the month written 2025-09. Raises Unacceptable for others than those of `months`."""
    found = next((month for month in months(today) if f"{month.first:%Y-%m}" == text), None)
    if found is None:
        raise Unacceptable("month", f"请选择最近 {MONTHS_BACK} 个月中已结束的一个月")
    return found


def shelf(session: Session, office: Office, today: dt.date) -> list[Issued]:
    """Return every month that may be issued with what was issued for it, in one statement."""
    every = months(today)
    query = select(Bulletin).where(Bulletin.org_id == office.id, Bulletin.month >= every[-1].first)
    found = list(session.scalars(query.order_by(Bulletin.month, Bulletin.version)))
    return [Issued(one, tuple(row for row in found if row.month == one.first)) for one in every]


def read(session: Session, actor: Actor, world: World, public_id: str) -> tuple[Bulletin, Office]:
    """Return one version with its office. Raises NotFound for what is not below the actor."""
    row = session.scalars(select(Bulletin).where(Bulletin.public_id == public_id)).one_or_none()
    office = world.offices.get(row.org_id) if row else None
    if row is None or office is None or not places.may_see(actor, world, office):
        raise NotFound
    return row, office


def may_issue(actor: Actor, office: Office) -> bool:
    """Tell whether this person gives out the bulletins of the office: its leader does."""
    return actor.holds("dept_leader", office.id)


def issue(
    session: Session,
    actor: Actor,
    world: World,
    office: Office,
    month: Period,
    now: dt.datetime,
    seen: int,
    reason: str = "",
) -> Bulletin:
    """Freeze the figures of a month as a new version. The caller commits.

    `seen` is the version the leader looked at, 0 for none: who comes second is told, and issues nothing twice.
    Raises NotAllowed, or Unacceptable with the field.
    """
    if not may_issue(actor, office):
        raise NotAllowed("bulletin", f"通报由{office.name}负责人出具")
    before = latest(session, office, month)
    if seen != (before.version if before else 0):
        raise Unacceptable("month", "这个月的通报刚刚已由他人出具，请先看新的一版")
    figures = put_together(session, world, office, month)
    number = before.number if before else _next_number(session, office, now)
    if before is not None:
        figures["changes"] = changes(before.figures, figures)
        _check_reason(reason, figures["changes"])
    row = Bulletin(
        org_id=office.id, month=month.first, version=seen + 1, number=number, figures=figures,
        reason=reason.strip() if before else "", issued_at=now, issued_by=actor.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def versions(session: Session, row: Bulletin) -> list[Bulletin]:
    """Return every version for the month of this one."""
    query = select(Bulletin).where(Bulletin.org_id == row.org_id, Bulletin.month == row.month)
    return list(session.scalars(query.order_by(Bulletin.version)))


def latest(session: Session, office: Office, month: Period) -> Bulletin | None:
    """Return the newest version for a month, if one was issued."""
    query = select(Bulletin).where(Bulletin.org_id == office.id, Bulletin.month == month.first)
    return session.scalars(query.order_by(Bulletin.version.desc()).limit(1)).first()


def _next_number(session: Session, office: Office, now: dt.datetime) -> str:
    year = day_of(now).year
    return f"〔{year}〕{opening.next_number(session, f'bulletin:{office.code}:{year}')}号"


def _check_reason(reason: str, found: list[Row]) -> None:
    if not found:
        raise Unacceptable("reason", "数字与已出具的一版相同，不需要重新出具")
    if not reason.strip():
        raise Unacceptable("reason", "请写明重新出具的原因")
    fault = text_fault(reason, LONGEST_REASON) or ("不能换行" if "\n" in reason or "\r" in reason else None)
    if fault:
        raise Unacceptable("reason", fault)


# ---- figures ---------------------------------------------------------------------------------------------------------


def put_together(session: Session, world: World, office: Office, month: Period) -> Row:
    """Return the figures of a closed month as they are counted now. Four statements."""
    before, ladder = month_before(month.first), look_up(world, "reminder.ladder", office, month.last).value
    limits = Limits(int(ladder["bulletin"]), int(ladder["expiry_days"]))
    lines = places.lines(world, office)
    counted = monthly.count(session, lines, (month, before), limits, world.calendar(office))
    records = [counting.recorded(session, lines, one.end) for one in (month, before)]
    issued = latest(session, office, before)
    rows = []
    for number, kind in ((office.id, "own"), *((child.id, "below") for child in world.supervised(office.id))):
        told = _row(world, office, month, [one[number] for one in counted], [_of(one, number) for one in records])
        rows.append({"code": world.office(number).code, "name": world.name(number), "kind": kind, **told})
    _compare(rows, issued)
    shown = [row for row in rows if _tells(row)]
    shown.sort(key=lambda row: (-row["late"], -row["long_late"], row["code"]))
    return {
        "rules": {"late": limits.late, "old": limits.old},
        "total": _total(rows),
        "lines": shown,
        "quiet": len(rows) - len(shown),
        "before": {"number": issued.number if issued else ""},
        "changes": [],
    }


def changes(old: Row, new: Row) -> list[Row]:
    """Return what differs between two versions, office by office."""
    before, after = (_by_code(one) for one in (old, new))
    found = []
    for code in dict.fromkeys([*after, *before]):
        was, now = before.get(code, {}), after.get(code, {})
        name = (now or was)["name"]
        found += [
            {"name": name, "what": what, "before": was.get(what, 0), "now": now.get(what, 0)}
            for what in COMPARED
            if was.get(what, 0) != now.get(what, 0)
        ]
    return found


def _by_code(figures: Row) -> dict[str, Row]:
    return {"": {"name": "合计", **figures["total"]}, **{row["code"]: row for row in figures["lines"]}}


def _row(world: World, office: Office, month: Period, counted: list[Month], records: list[Counter[int]]) -> Row:
    this, before = counted[THIS], counted[BEFORE]
    calendar = world.calendar(office)
    longest = calendar.working_days_between(due_day_of(this.oldest_due), month.last) if this.oldest_due else 0
    return {
        "came": this.came,
        "done": this.done,
        "in_time": this.in_time,
        "late": this.late,
        "long_late": this.long_late,
        "longest": longest,
        "old": this.old,
        "records": records[THIS].total(),
        "old_records": records[THIS][len(counting.RECORD_AGE_DAYS)],
        "before": {"done": before.done, "in_time": before.in_time, "late": before.late,
                   "records": records[BEFORE].total()},
    }  # fmt: skip


def _of(rows: list[Recorded], line: int) -> Counter[int]:
    """Return the records of one line by age."""
    found: Counter[int] = Counter()
    for row in rows:
        if row.line == line:
            found[row.age] += row.number
    return found


def _compare(rows: list[Row], issued: Bulletin | None) -> None:
    """Take the month before from its bulletin, where there is one: a paper does not contradict the one before it."""
    told = {row["code"]: row for row in issued.figures["lines"]} if issued else {}
    for row in rows:
        if issued:
            row["before"] = {what: told.get(row["code"], {}).get(what, 0) for what in SINCE}


def _total(rows: list[Row]) -> Row:
    found: Row = {what: sum(row[what] for row in rows) for what in COMPARED}
    found["longest"] = max((row["longest"] for row in rows), default=0)
    found["before"] = {what: sum(row["before"][what] for row in rows) for what in SINCE}
    return found


def _tells(row: Row) -> bool:
    return any(row[what] for what in COMPARED) or any(row["before"].values())

