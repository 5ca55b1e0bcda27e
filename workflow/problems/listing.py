"""Lists of problem records: cases and pairs that look alike, cut to what the person may see and paged by key."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from models.cases import Case, CaseScope, WorkItem
from models.findings import Finding, FindingRecord
from models.imports import ImportBatch
from models.organisations import Organisation
from models.problems import Problem, ProblemSide, Ruling, Undoing
from models.students import Enrolment, Student
from workflow import processes, rights
from workflow.problems.pairs import JUDGES
from workflow.step import Actor, Step
from workflow.world import World

Statement = Any
"""A query; what it selects is said where it is run."""
COUNTED = 1001
"""Rows looked at for a counter; beyond it says 1000+."""
PAIR_KINDS = ("near", "near_blocked")
ASKED_OF_SIDES = ("answer", "review", "inquiry")
AGES = {"new": (0, 10), "month": (10, 30), "old": (30, 36500)}
"""Days since the case was opened, from and to."""


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to; empty: everything. `ended` and `judged` are the shelves of what is over."""

    kind: str = ""
    level: str = ""
    age: str = ""
    phase: str = ""
    late: bool = False
    ended: bool = False
    judged: bool = False


@dataclass(frozen=True)
class PairRecord:
    """One record of a pair, with the school it is enrolled at."""

    student_id: int
    name: str
    school_id: int | None
    public_id: str = ""


@dataclass(frozen=True)
class Pair:
    """Two records that look alike, or one and a row of an import that was blocked: (its school, sheet row)."""

    finding: Finding
    records: tuple[PairRecord, ...]
    blocked: tuple[int, int] | None = None


@dataclass(frozen=True)
class Counts:
    """How much lies on each shelf, up to COUNTED."""

    running: int = 0
    late: int = 0
    pairs: int = 0


def cases(
    session: Session,
    actor: Actor,
    world: World,
    wanted: Wanted,
    now: dt.datetime,
    after: int | None = None,
    limit: int = 25,
) -> list[Step]:
    """Return cases as steps to look at (sides and open questions are there), the oldest first, ended ones the latest.

    Three statements whatever their number. `step.cache["names"]` gives the name of each record by its number.    """
    query = _of_actor(actor, world, wanted, now)
    if after is not None:
        query = query.where(Case.id < after if wanted.ended else Case.id > after)
    rows = session.execute(query.order_by(Case.id.desc() if wanted.ended else Case.id).limit(limit)).all()
    return _filled(session, [Step(session, row[0], row[1], [], actor, world, now) for row in rows])


def beside(
    session: Session, actor: Actor, world: World, wanted: Wanted, now: dt.datetime, number: int
) -> tuple[str, str]:
    """Return the numbers of the cases before and behind this one in the list; empty at its ends. One statement."""
    mine, later = _of_actor(actor, world, wanted, now).with_only_columns(Case.no), Case.id > number
    up = mine.where(later).order_by(Case.id).limit(1).scalar_subquery()
    down = mine.where(Case.id < number).order_by(Case.id.desc()).limit(1).scalar_subquery()
    above, below = session.execute(select(up.label("above"), down.label("below"))).one()
    return (above or "", below or "") if wanted.ended else (below or "", above or "")


def pairs_beside(
    session: Session, actor: Actor, world: World, wanted: Wanted, now: dt.datetime, finding: Finding
) -> tuple[str, str]:
    """Return the ids of the pairs before and behind this one, the likeliest being first. One statement."""
    query = _pairs_of(actor, world, wanted, now)
    if query is None:
        return "", ""
    score, mine = func.coalesce(Finding.score, 0), query.with_only_columns(Finding.public_id)
    here = finding.score or 0
    before = mine.where((score > here) | ((score == here) & (Finding.id < finding.id)))
    behind = mine.where((score < here) | ((score == here) & (Finding.id > finding.id)))
    first = before.order_by(score, Finding.id.desc()).limit(1).scalar_subquery()
    last = behind.order_by(score.desc(), Finding.id).limit(1).scalar_subquery()
    found = session.execute(select(first.label("before"), last.label("behind"))).one()
    return found.before or "", found.behind or ""


def subjects(
    session: Session, actor: Actor, world: World, numbers: Iterable[int], now: dt.datetime
) -> dict[int, Step]:
    """Return by case number the problem that each of these cases is about, its own or the one whose ruling it undoes.

    For lists of other kinds; at most four statements, none without such cases.
    """
    wanted = sorted(set(numbers))
    if not wanted:
        return {}
    undone = select(Undoing.case_id, Ruling.case_id).join(Ruling, Ruling.id == Undoing.ruling_id)
    about = {number: number for number in wanted}
    about |= {row[0]: row[1] for row in session.execute(undone.where(Undoing.case_id.in_(wanted)))}
    query = select(Case, Problem).join(Problem, Problem.case_id == Case.id)
    rows = session.execute(query.where(Case.id.in_(set(about.values()))))
    steps = _filled(session, [Step(session, row[0], row[1], [], actor, world, now) for row in rows])
    found = {step.case.id: step for step in steps}
    return {number: found[problem] for number, problem in about.items() if problem in found}


def pairs(
    session: Session,
    actor: Actor,
    world: World,
    wanted: Wanted,
    now: dt.datetime,
    after: tuple[int, int] | None = None,
    limit: int = 25,
    *,
    backwards: bool = False,
    kinds: tuple[str, ...] = PAIR_KINDS,
) -> list[Pair]:
    """Return pairs that this person may judge, the likeliest first. Three statements. `after` is (score, number)."""
    query = _pairs_of(actor, world, wanted, now, kinds)
    if query is None:
        return []
    score = func.coalesce(Finding.score, 0)
    if after is not None:
        query = query.where((score < after[0]) | ((score == after[0]) & (Finding.id > after[1])))
    found = list(session.scalars(query.order_by(score.desc(), Finding.id).limit(limit)))
    records = _records(session, [finding.id for finding in found])
    rows = _blocked_rows(session, [finding.id for finding in found if finding.kind == "near_blocked"])
    return [Pair(finding, tuple(records.get(finding.id, ())), rows.get(finding.id)) for finding in found]


def records_of(session: Session, finding: Finding) -> tuple[PairRecord, ...]:
    """Return the records of one finding in the order they were found."""
    return tuple(_records(session, [finding.id]).get(finding.id, ()))


def counts(session: Session, actor: Actor, world: World, now: dt.datetime) -> Counts:
    """Return what lies on the shelves, in one statement."""
    pairs_of = _pairs_of(actor, world, Wanted(), now)
    numbers: list[Statement] = [
        _of_actor(actor, world, Wanted(), now).with_only_columns(Case.id),
        _of_actor(actor, world, Wanted(late=True), now).with_only_columns(Case.id),
        pairs_of.with_only_columns(Finding.id) if pairs_of is not None else select(literal(0)).where(literal(1) == 0),
    ]
    columns = [
        select(func.count()).select_from(one.limit(COUNTED).subquery()).scalar_subquery().label(f"count{place}")
        for place, one in enumerate(numbers)
    ]
    return Counts(*session.execute(select(*columns)).one())


def _of_actor(actor: Actor, world: World, wanted: Wanted, now: dt.datetime) -> Statement:
    """Cases that the person's offices may open, narrowed."""
    orgs = sorted({desk.org_id for desk in actor.desks if desk.role in rights.READERS})
    known = select(CaseScope.case_id).where(CaseScope.org_id.in_(orgs))
    over = Case.closed_at.is_not(None) if wanted.ended else Case.closed_at.is_(None)
    query: Statement = select(Case, Problem).join(Problem, Problem.case_id == Case.id)
    query = query.where(over, Case.id.in_(known))
    for column, value in ((Problem.kind, wanted.kind), (Problem.level, wanted.level), (Case.phase, wanted.phase)):
        if value:
            query = query.where(column == value)
    if wanted.age:
        query = query.where(*_aged(Case.opened_at, wanted.age, now))
    if wanted.late:
        query = query.where(Case.id.in_(_late(orgs, world, now)))
    return query


def _late(orgs: list[int], world: World, now: dt.datetime) -> Statement:
    """Cases in which a school or department of the person's own is late: nobody learns about others' lateness."""
    own = [_below(world, number) for number in orgs]
    query = select(WorkItem.case_id).join(Organisation, Organisation.id == WorkItem.org_id)
    late = query.where(WorkItem.open, WorkItem.kind.in_(ASKED_OF_SIDES), WorkItem.due_at <= now)
    return late.where(_any(own)) if own else late.where(literal(1) == 0)


def _pairs_of(
    actor: Actor, world: World, wanted: Wanted, now: dt.datetime, kinds: tuple[str, ...] = PAIR_KINDS
) -> Statement | None:
    """Pairs decided at the person's office or below it; None for those who judge nothing."""
    held = {desk.org_id for desk in actor.desks if desk.role in JUDGES}
    here = sorted(number for number in held if not world.office(number).is_school)
    if not here:
        return None
    running = select(Case.id).where(Case.id == Finding.case_id, Case.closed_at.is_(None)).exists()
    query = select(Finding).join(Organisation, Organisation.id == Finding.decider_id)
    query = query.where(Finding.kind.in_(kinds), _any([_below(world, number) for number in here]))
    if wanted.judged:
        query = query.where(Finding.state == "dismissed")
    else:
        query = query.where(Finding.state == "open", ~running)
    if wanted.level:
        query = query.where(Organisation.level == wanted.level)
    if wanted.age:
        query = query.where(*_aged(Finding.found_at, wanted.age, now))
    return query


def _aged(column: Any, age: str, now: dt.datetime) -> list[ColumnElement[bool]]:
    low, high = AGES[age]
    return [column <= now - dt.timedelta(days=low), column > now - dt.timedelta(days=high)]


def _below(world: World, number: int) -> ColumnElement[bool]:
    path = "/" + "".join(f"{part}/" for part in world.office(number).path)
    return Organisation.path.startswith(path) | (Organisation.competent_dept_id == number)


def _any(conditions: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    whole = conditions[0]
    for condition in conditions[1:]:
        whole = whole | condition
    return whole


def _filled(session: Session, steps: list[Step]) -> list[Step]:
    """Give every step its definition, its sides with their names, and its open questions. Two statements."""
    by_case = {step.case.id: step for step in steps}
    for step in steps:
        step.process = processes.of(step.case)
        step.cache |= {"sides": [], "names": {}}
    if not steps:
        return steps
    sides = select(ProblemSide, Student.name).outerjoin(Student, Student.id == ProblemSide.student_id)
    for side, name in session.execute(sides.where(ProblemSide.case_id.in_(by_case)).order_by(ProblemSide.no)):
        by_case[side.case_id].cache["sides"].append(side)
        by_case[side.case_id].cache["names"][side.no] = name or ""
    items = select(WorkItem).where(WorkItem.case_id.in_(by_case), WorkItem.open).order_by(WorkItem.due_at, WorkItem.id)
    for item in session.scalars(items):
        by_case[item.case_id].items.append(item)
    return steps


def _records(session: Session, findings: list[int]) -> dict[int, list[PairRecord]]:
    found: dict[int, list[PairRecord]] = {}
    if not findings:
        return found
    query = (
        select(FindingRecord.finding_id, Student.id, Student.name, Student.public_id, Enrolment.school_id)
        .join(Student, Student.id == FindingRecord.student_id)
        .outerjoin(Enrolment, (Enrolment.student_id == Student.id) & Enrolment.ended_on.is_(None))
        .where(FindingRecord.finding_id.in_(findings))
        .order_by(FindingRecord.id)
    )
    for row in session.execute(query):
        found.setdefault(row.finding_id, []).append(PairRecord(row.id, row.name, row.school_id, row.public_id))
    return found


def _blocked_rows(session: Session, findings: list[int]) -> dict[int, tuple[int, int]]:
    """Return {finding: (school, sheet row)} of rows that were not imported."""
    if not findings:
        return {}
    query = select(FindingRecord.finding_id, ImportBatch.school_id, FindingRecord.sheet_row)
    query = query.join(ImportBatch, ImportBatch.id == FindingRecord.import_batch_id)
    rows = session.execute(query.where(FindingRecord.finding_id.in_(findings)).order_by(FindingRecord.id))
    return {finding: (school, row or 0) for finding, school, row in rows}
