"""Random questions in the tables, written without the door, and the slow way to count them: row by row, in Python."""

import datetime as dt
import random
from collections import Counter
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from models.cases import Case, StepCause, WorkItem
from models.id_errors import IdError
from models.no_id import NoIdNumber
from models.problems import Problem, ProblemSide
from models.transfers import Transfer
from tests.cast import Cast
from workflow import processes
from workflow.statistics.counting import AGE_DAYS, RECORD_AGE_DAYS
from workflow.statistics.period import Period
from workflow.world import World

SHANGHAI = dt.timezone(dt.timedelta(hours=8))
STEPS = ("transfer/receiving_school/decide", "transfer/draft/correct", "transfer/arrival/arrive",
         "problem/sides/answer", "paper_file/to_send/task", None)  # fmt: skip
ENDS = (("approve", 2), ("return", 2), ("refuse", 2), ("side_silent", 1), (None, None))
"""Outcomes with who closed the item: a person, the clock (1), or nobody."""
CAUSES = ("户口簿", "转学理由", "没有空余学位")
FIRST, NOW = dt.datetime(2025, 8, 20, tzinfo=dt.UTC), dt.datetime(2025, 11, 12, 2, 30, tzinfo=dt.UTC)
KINDS = ("id_exact", "nsb", "near", "id_error", "no_id")


def scatter(session: Session, cast: Cast, dice: random.Random, cases: int) -> None:
    """Add `cases` cases of a few questions each, and a few records with problems. Commits."""
    first = session.scalar(select(func.count()).select_from(Case)) or 0
    for number in range(first, first + cases):
        opened = _moment(dice, FIRST, NOW)
        closed = _moment(dice, opened, NOW) if dice.random() < 0.6 else None
        case = _case(session, cast, dice, f"ZX-{number}", "transfer", opened, closed)
        session.add(Transfer(case_id=case.id, name=f"学生{number}"))
        for turn in range(dice.randint(0, 3)):
            _question(session, cast, dice, case, turn, closed)
    for number in range(first, first + cases // 4):
        _record(session, cast, dice, f"WT-{number}")
    session.commit()


def _moment(dice: random.Random, first: dt.datetime, last: dt.datetime) -> dt.datetime:
    """Return any moment; often the very midnight of Shanghai or the last microsecond before it."""
    day = first + dice.random() * (last - first)
    midnight = day.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(dt.UTC)
    found = dice.choice([day, day, midnight, midnight - dt.timedelta(microseconds=1)])
    return min(max(found, first), last)


def _case(
    session: Session,
    cast: Cast,
    dice: random.Random,
    no: str,
    process: str,
    at: dt.datetime,
    closed: dt.datetime | None,
) -> Case:
    phase = processes.newest(process).initial()
    case = Case(no=no, process=process, version=1, phase=phase, applicant_org_id=cast.org["a1"], applicant_id=2,
                opened_at=at, submitted_at=at, closed_at=closed, data_key=b"")  # fmt: skip
    case.student_id = dice.choice(list(cast.pupil.values())) if process in ("id_error", "no_id") else None
    session.add(case)
    session.flush()
    return case


def _question(
    session: Session, cast: Cast, dice: random.Random, case: Case, turn: int, closed: dt.datetime | None
) -> None:
    last = closed or NOW
    opened = _moment(dice, case.opened_at, last)
    ended = _moment(dice, opened, last) if closed or dice.random() < 0.5 else None
    outcome, by = dice.choice(ENDS) if ended else (None, None)
    step, org = dice.choice(STEPS), dice.choice(list(cast.org.values()))
    item = WorkItem(
        case_id=case.id, kind="decide", phase="x", round=1, turn=turn, queue=f"{org}:x", org_id=org, open=ended is None,
        opened_at=opened, sent_by=2, due_at=_midnight(opened + dt.timedelta(days=dice.randint(1, 20))), due_rule={},
        outcome=outcome, closed_at=ended, closed_by=by, step=step,
        took=dice.randint(0, 15) if by == 2 and step else None,
    )  # fmt: skip
    session.add(item)
    session.flush()
    if outcome in ("return", "refuse"):
        causes = dice.sample(CAUSES, dice.randint(0, 2))
        if causes:
            session.execute(insert(StepCause), [{"work_item_id": item.id, "cause": cause} for cause in causes])


def _midnight(at: dt.datetime) -> dt.datetime:
    return at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(dt.UTC)


def _record(session: Session, cast: Cast, dice: random.Random, no: str) -> None:
    kind, opened = dice.choice(KINDS), _moment(dice, FIRST, NOW)
    closed = _moment(dice, opened, NOW) if dice.random() < 0.4 else None
    process = kind if kind in ("id_error", "no_id") else "problem"
    case = _case(session, cast, dice, no, process, opened, closed)
    schools = [cast.org[short] for short in ("a1", "a2", "b1", "c1", "d1", "e1")]
    if process == "problem":
        session.add(Problem(case_id=case.id, kind=kind, level="city"))
        session.flush()
        for side in range(1, dice.randint(2, 4)):
            session.add(ProblemSide(case_id=case.id, no=side, school_id=dice.choice(schools)))
        return
    about: Any = IdError if kind == "id_error" else NoIdNumber
    session.add(about(case_id=case.id, student_id=case.student_id, school_id=dice.choice(schools),
                      department_id=cast.org["k1"]))  # fmt: skip
    if kind == "no_id" and dice.random() < 0.3:
        case.phase = "valid"


@dataclass
class Slow:
    """What is counted for some offices, by reading every row. Sets hold the numbers of items."""

    sets: dict[str, set[int]] = field(default_factory=dict)
    days: dict[str, list[int]] = field(default_factory=dict)
    ages: dict[int, set[int]] = field(default_factory=dict)
    weeks: dict[tuple[str, int], set[int]] = field(default_factory=dict)
    causes: dict[tuple[str, str | None], set[int]] = field(default_factory=dict)
    records: Counter[tuple[str, int]] = field(default_factory=Counter)

    def note(self, what: str, item: int) -> None:
        self.sets.setdefault(what, set()).add(item)

    def of(self, what: str) -> set[int]:
        if what == "owed":
            return self.of("done") | self.of("late_then")
        return self.sets.get(what, set())

    def median(self) -> float | None:
        every = [one for days in self.days.values() for one in days]
        return median(every) if every else None


def count(session: Session, orgs: set[int], period: Period, now: dt.datetime) -> Slow:
    """Count everything about these offices."""
    slow = Slow()
    causes: dict[int, list[str]] = {}
    for number, cause in session.execute(select(StepCause.work_item_id, StepCause.cause)):
        causes.setdefault(number, []).append(cause)
    for item, sent in session.execute(select(WorkItem, Case.submitted_at).join(Case, Case.id == WorkItem.case_id)):
        if item.org_id in orgs and item.step:
            _count_item(slow, item, sent, causes.get(item.id, []), period, now)
    for school, kind, since in _records(session, now):
        if school in orgs:
            slow.records[(kind, sum(now - since >= dt.timedelta(days=days) for days in RECORD_AGE_DAYS))] += 1
    return slow


def _count_item(
    slow: Slow, item: WorkItem, sent: dt.datetime, causes: list[str], period: Period, now: dt.datetime
) -> None:
    then = min(now, _start(period.last + dt.timedelta(days=1)))
    if item.closed_at is None:
        slow.note("open", item.id)
        age = sum(now - sent >= dt.timedelta(days=days) for days in AGE_DAYS)
        slow.ages.setdefault(age, set()).add(item.id)
        if item.due_at <= now:
            slow.note("late", item.id)
        elif _day(item.due_at - dt.timedelta(microseconds=1)) == _day(now):
            slow.note("today", item.id)
    if item.due_at <= then and (item.closed_at is None or item.closed_at >= then):
        slow.note("late_then", item.id)
    if period.first <= _day(item.opened_at) <= period.last:
        slow.note("came", item.id)
        slow.weeks.setdefault(("came", _week(item.opened_at, period)), set()).add(item.id)
    if item.closed_at and period.first <= _day(item.closed_at) <= period.last:
        _count_ended(slow, item, item.closed_at, causes, period)


def _count_ended(slow: Slow, item: WorkItem, closed: dt.datetime, causes: list[str], period: Period) -> None:
    slow.note("went", item.id)
    slow.weeks.setdefault(("went", _week(closed, period)), set()).add(item.id)
    if item.outcome is None:
        return
    slow.note("done", item.id)
    if item.took is None:
        return
    slow.note("answers", item.id)
    slow.days.setdefault(item.step or "", []).append(item.took)
    if closed < item.due_at:
        slow.note("in_time", item.id)
    how = {"return": "returned", "refuse": "refused"}.get(item.outcome)
    if how:
        slow.note(how, item.id)
        for cause in causes or [None]:  # type: ignore[list-item]
            slow.causes.setdefault((how, cause), set()).add(item.id)


def _records(session: Session, now: dt.datetime) -> list[tuple[int, str, dt.datetime]]:
    running = [Case.closed_at.is_(None) | (Case.closed_at > now), Case.opened_at <= now]
    sides = select(ProblemSide.school_id, Problem.kind, Case.opened_at).join(Problem, Problem.case_id == Case.id)
    errors = select(IdError.school_id, Case.process, Case.opened_at).join(Case, Case.id == IdError.case_id)
    without = select(NoIdNumber.school_id, Case.process, Case.opened_at).join(Case, Case.id == NoIdNumber.case_id)
    queries = (sides.join(ProblemSide, ProblemSide.case_id == Case.id).where(*running), errors.where(*running),
               without.where(Case.phase != "valid", *running))  # fmt: skip
    return [tuple(row) for query in queries for row in session.execute(query)]


def below(world: World, number: int) -> set[int]:
    """The office and everything that it stands above."""
    return {one.id for one in world.offices.values() if number in {above.id for above in world.upwards(one)}}


def _day(at: dt.datetime) -> dt.date:
    return at.astimezone(SHANGHAI).date()


def _start(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), SHANGHAI).astimezone(dt.UTC)


def _week(at: dt.datetime, period: Period) -> int:
    """Weeks begin on Monday; the one in which the period begins is 0."""
    return (_day(at).toordinal() - 1) // 7 - (period.first.toordinal() - 1) // 7
