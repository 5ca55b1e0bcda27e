"""What a bulletin says of a closed month, as plain data:

    rules    {late, old}: working days late and days since sending from which something is named
    total    a row: came, done, in_time, late, long_late, longest, old, records, old_records,
             and `before` with done, in_time, late and records of the month before
    lines    rows with code, name and kind (own, below), only offices with anything to tell
    quiet    how many offices had nothing
    before   {number}: the bulletin that the comparison was taken from, empty if it was counted anew
    changes  [{name, what, before, now}] against the version before this one

Days of lateness are counted by the calendar of the department.
"""

from collections import Counter
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
