"""The cases of a period that an office may see, in portions by key, each with what was asked in it."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Engine, func, select
from sqlalchemy.orm import Session, aliased

from models.cases import Case, CaseScope, Event, StepCause, WorkItem
from models.evidence import Evidence
from models.problems import Problem, Ruling, Undoing
from models.session import reading
from models.transfers import Reversal, Transfer
from workflow.calendar import due_instant
from workflow.language import ASIDE
from workflow.policies import stage_of
from workflow.simulation.worlds import Wanted

PORTION = 500
MOST = 50_000
"""So many cases are tried, the latest ones first; nothing is kept of a portion but sums."""
_DAY = dt.timedelta(days=1)


@dataclass(slots=True)
class Question:
    """What one desk was asked; fits where a work item is counted."""

    kind: str
    phase: str
    turn: int
    queue: str
    org_id: int
    opened_at: dt.datetime
    closed_at: dt.datetime | None
    closed_by: int | None
    due_at: dt.datetime
    due_rule: dict[str, Any]
    outcome: str | None
    void_reason: str | None
    id: int = 0
    causes: set[str] = field(default_factory=set)
    """Why it was refused, as far as that was ticked; read only where a rule about causes is tried."""

    @property
    def asked_at(self) -> int:
        """The office that was asked at first, also where another one took over."""
        return int([*self.due_rule.get("climbed_from", []), self.org_id][0])


@dataclass(frozen=True, slots=True)
class Note:
    """What the clock did about a question: an alarm for an empty desk, or that it went to the office above."""

    action: str
    at: dt.datetime
    item: int
    office: int


@dataclass(slots=True)
class Past:
    """One case as it was; the lower half only of transfers."""

    id: int
    process: str
    version: int
    phase: str
    route: list[Any]
    state: dict[str, Any]
    applicant_org_id: int
    opened_at: dt.datetime
    submitted_at: dt.datetime | None
    closed_at: dt.datetime | None
    direction: str | None
    to_school_id: int | None
    from_school_id: int | None
    target_grade: int | None
    from_grade: int | None
    reason: str | None
    questions: list[Question] = field(default_factory=list)
    papers: set[str] = field(default_factory=set)
    decider_id: int | None = None
    """The office that rules about a problem."""
    ruled_at: dt.datetime | None = None
    ruled_by: int | None = None
    """When the ruling that is to be taken back was confirmed, and at which office."""
    notes: list["Note"] = field(default_factory=list)

    @property
    def stage(self) -> str | None:
        return stage_of(self.target_grade or self.from_grade)


CASE = (Case.id, Case.process, Case.version, Case.phase, Case.route, Case.state, Case.applicant_org_id, Case.opened_at,
        Case.submitted_at, Case.closed_at, Transfer.direction, Transfer.to_school_id, Transfer.from_school_id,
        Transfer.target_grade, Transfer.from_grade, Transfer.reason)  # fmt: skip
ITEM = (WorkItem.kind, WorkItem.phase, WorkItem.turn, WorkItem.queue, WorkItem.org_id, WorkItem.opened_at,
        WorkItem.closed_at, WorkItem.closed_by, WorkItem.due_at, WorkItem.due_rule, WorkItem.outcome,
        WorkItem.void_reason, WorkItem.id)  # fmt: skip


def count(engine: Engine, wanted: Wanted, processes: tuple[str, ...]) -> int:
    """Return how many cases there are in the period."""
    query = select(func.count()).select_from(CaseScope).join(Case, Case.id == CaseScope.case_id)
    with reading(engine) as session:
        return session.scalar(query.where(*_there(wanted, processes))) or 0


def portions(engine: Engine, wanted: Wanted, processes: tuple[str, ...], most: int = MOST) -> Iterator[list[Past]]:
    """Yield the cases of the period, the latest first, each portion read by a session of its own."""
    last, read = 2**62, 0
    while read < most:
        limit = min(PORTION, most - read)
        found = _portion(engine, wanted, processes, last, limit)
        if found:
            yield found
        if len(found) < limit:
            return
        last, read = found[-1].id, read + len(found)


def _portion(engine: Engine, wanted: Wanted, processes: tuple[str, ...], last: int, limit: int) -> list[Past]:
    query = (
        select(*CASE)
        .select_from(CaseScope)
        .join(Case, Case.id == CaseScope.case_id)
        .outerjoin(Transfer, Transfer.case_id == Case.id)
        .where(CaseScope.case_id < last, *_there(wanted, processes))
        .order_by(CaseScope.case_id.desc())
        .limit(limit)
    )
    with reading(engine) as session:
        cases = {row[0]: Past(*row) for row in session.execute(query)}
        asked = select(WorkItem.case_id, *ITEM).where(WorkItem.case_id.in_(cases), WorkItem.kind.not_in(ASIDE))
        for number, *values in session.execute(asked.order_by(WorkItem.case_id, WorkItem.id)):
            cases[number].questions.append(Question(*values))
        more = MORE.get(wanted.key)
        if more:
            more(session, cases)
    return list(cases.values())


def _there(wanted: Wanted, processes: tuple[str, ...]) -> list[ColumnElement[bool]]:
    first, after = due_instant(wanted.since - _DAY), due_instant(wanted.until)
    found = [CaseScope.org_id == wanted.office.id, Case.opened_at >= first, Case.opened_at < after]
    return [*found, Case.process.in_(processes)] if processes else found


# ---- what only some rules ask ----------------------------------------------------------------------------------------


def _papers(session: Session, cases: dict[int, Past]) -> None:
    query = select(Evidence.case_id, Evidence.kind, Evidence.uploaded_at)
    kept = Evidence.case_id.in_(cases) & Evidence.withdrawn_at.is_(None)
    for number, kind, at in session.execute(query.where(kept)):
        case = cases[int(number or 0)]
        if case.submitted_at is None or at <= case.submitted_at:
            case.papers.add(kind)


def _causes(session: Session, cases: dict[int, Past]) -> None:
    items = {item.id: item for case in cases.values() for item in case.questions if item.outcome == "refuse"}
    query = select(StepCause.work_item_id, StepCause.cause).where(StepCause.work_item_id.in_(items))
    for number, cause in session.execute(query):
        items[number].causes.add(cause)


def _deciders(session: Session, cases: dict[int, Past]) -> None:
    query = select(Problem.case_id, Problem.decider_id).where(Problem.case_id.in_(cases))
    for number, decider in session.execute(query):
        cases[number].decider_id = decider


def _rulings(session: Session, cases: dict[int, Past]) -> None:
    query = select(Undoing.case_id, Ruling.confirmed_at, Ruling.office_id).join(Ruling, Ruling.id == Undoing.ruling_id)
    for number, at, office in session.execute(query.where(Undoing.case_id.in_(cases))):
        cases[number].ruled_at, cases[number].ruled_by = at, office


def _transfers(session: Session, cases: dict[int, Past]) -> None:
    """When what a reversal takes back took effect, and the office by whose rule it can be."""
    of, back = aliased(Case), aliased(Case)
    query = (
        select(Reversal.case_id, of.closed_at, back.applicant_org_id)
        .join(of, of.id == Reversal.transfer_id)
        .join(back, back.id == Reversal.case_id)
    )
    for number, at, office in session.execute(query.where(Reversal.case_id.in_(cases))):
        cases[number].ruled_at, cases[number].ruled_by = at, office


def _notes(session: Session, cases: dict[int, Past]) -> None:
    query = select(Event.case_id, Event.action, Event.at, Event.body).order_by(Event.case_id, Event.seq)
    wanted = Event.case_id.in_(cases) & Event.action.in_(("alarm", "climb"))
    for number, action, at, body in session.execute(query.where(wanted)):
        cases[number].notes.append(Note(action, at, int(body.get("item", 0)), int(body.get("office", 0))))


MORE: dict[str, Callable[[Session, dict[int, Past]], None]] = {
    "transfer.evidence": _papers,
    "refusal.causes": _causes,
    "problem.review_levels": _deciders,
    "ruling.undo_days": _rulings,
    "transfer.undo_days": _transfers,
    "queue.grace_hours": _notes,
}
