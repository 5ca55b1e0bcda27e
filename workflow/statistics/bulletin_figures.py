"""What a bulletin says of a closed month, as plain data:

    rules    {late, old}: working days late and days since sending from which something is named
    total    a row: came, done, in_time, late, long_late, longest, old, records, old_records,
             and `before` with done, in_time, late and records of the month before
    lines    rows with code, name and kind (own, below), only offices with anything to tell
    quiet    how many offices had nothing
    before   {number, id}: the bulletin that the comparison was taken from, empty if it was counted anew;
             the id only where that one has lists
    changes  [{code, name, what, before, now}] against the version before this one
    listed   whether the list behind each number was kept; what was issued before that has none

Days of lateness are counted by the calendar of the department.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bulletins import Bulletin
from workflow.calendar import due_day_of
from workflow.policies import look_up
from workflow.statistics import counting, monthly, places
from workflow.statistics.counting import Recorded
from workflow.statistics.monthly import BEFORE, THIS, Limits, Month
from workflow.statistics.period import Period, month_before
from workflow.world import Office, World

COMPARED = ("came", "done", "in_time", "late", "long_late", "longest", "old", "records", "old_records")
"""What is told of every office, in the order of the columns."""
SINCE = ("done", "in_time", "late", "records")
"""What is compared with the month before."""
Row = dict[str, Any]


def latest(session: Session, office: Office, month: Period) -> Bulletin | None:
    """Return the newest version for a month, if one was issued."""
    query = select(Bulletin).where(Bulletin.org_id == office.id, Bulletin.month == month.first)
    return session.scalars(query.order_by(Bulletin.version.desc()).limit(1)).first()


def put_together(session: Session, world: World, office: Office, month: Period) -> Row:
    """Return the figures of a closed month as they are counted now. Four statements."""
    before, lines = month_before(month.first), places.lines(world, office)
    limits, calendar = limits_of(world, office, month), world.calendar(office)
    months = monthly.count(session, lines, (month, before), limits, calendar)
    records = [_by_line(counting.recorded(session, lines, one.end)) for one in (month, before)]
    return arranged(world, office, month, Counted(months, records), latest(session, office, before))


@dataclass(frozen=True)
class Counted:
    """What was counted by line, for the month and for the one before it; records by how old they are."""

    months: Sequence[Mapping[int, Month]]
    records: Sequence[Mapping[int, Counter[int]]]


def limits_of(world: World, office: Office, month: Period) -> Limits:
    """Return from when on something is named (policy `reminder.ladder`, as it holds at the end of the month)."""
    ladder = look_up(world, "reminder.ladder", office, month.last).value
    return Limits(int(ladder["bulletin"]), int(ladder["expiry_days"]))


def arranged(world: World, office: Office, month: Period, counted: Counted, issued: Bulletin | None) -> Row:
    """Return the figures that were counted; `issued` is the bulletin of the month before."""
    limits, rows = limits_of(world, office, month), []
    for number, kind in ((office.id, "own"), *((child.id, "below") for child in world.supervised(office.id))):
        months = [found[number] for found in counted.months]
        told = _row(world, office, month, months, [found[number] for found in counted.records])
        rows.append({"code": world.office(number).code, "name": world.name(number), "kind": kind, **told})
    _compare(rows, issued)
    shown = [row for row in rows if _tells(row)]
    shown.sort(key=lambda row: (-row["late"], -row["long_late"], row["code"]))
    return {
        "rules": {"late": limits.late, "old": limits.old},
        "total": _total(rows),
        "lines": shown,
        "quiet": len(rows) - len(shown),
        "before": _named(issued),
        "changes": [],
    }


def _named(issued: Bulletin | None) -> Row:
    """Name the bulletin a comparison is taken from; by its id only if it has lists to be opened."""
    if issued is None:
        return {"number": "", "id": ""}
    return {"number": issued.number, "id": issued.public_id if issued.figures.get("listed") else ""}


def changes(old: Row, new: Row) -> list[Row]:
    """Return what differs between two versions, office by office."""
    before, after = (_by_code(one) for one in (old, new))
    found = []
    for code in dict.fromkeys([*after, *before]):
        was, now = before.get(code, {}), after.get(code, {})
        name = (now or was)["name"]
        found += [
            {"code": code, "name": name, "what": what, "before": was.get(what, 0), "now": now.get(what, 0)}
            for what in COMPARED
            if was.get(what, 0) != now.get(what, 0)
        ]
    return found


def _by_code(figures: Row) -> dict[str, Row]:
    return {"": {"name": "合计", **figures["total"]}, **{row["code"]: row for row in figures["lines"]}}


def _row(
    world: World, office: Office, month: Period, counted: Sequence[Month], records: Sequence[Counter[int]]
) -> Row:
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


def _by_line(rows: list[Recorded]) -> Mapping[int, Counter[int]]:
    """Return the records of each line by age."""
    found: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for row in rows:
        found[row.line][row.age] += row.number
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
