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
from workflow.acts import OPTIONAL
from workflow.calendar import due_instant
from workflow.language import ASIDE
from workflow.policies import stage_of
from workflow.simulation.worlds import Wanted

ADVICE = "consult.days"
"""The one key that is about advice, for which no case waits."""
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
    assignee_id: int | None = None
    """Who had it by name in the end."""
    causes: set[str] = field(default_factory=set)
    """Why it was refused, as far as that was ticked; read only where a rule about causes is tried."""

    @property
    def asked_at(self) -> int:
        """The office that was asked at first, also where another one took over."""
        return int([*self.due_rule.get("climbed_from", []), self.org_id][0])


@dataclass(frozen=True, slots=True)
class Note:
    """An event of which a rule asks: what the clock did about a question, or what somebody did with it."""

    action: str
    at: dt.datetime
    item: int
    office: int
    actor: int = 0
    """Who spoke, or for whom he did."""
    days: int | None = None
    """On how many days of the calendar a suspension stood that ended here."""
    again: bool = False
    """A refusal that went up because the office had refused before."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that an office handed in, until it was taken back."""

    kind: str
    office: int
    since: dt.datetime
    until: dt.datetime | None


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
    notes: list[Note] = field(default_factory=list)
    files: list[Paper] = field(default_factory=list)
    """Papers with their times; read only where a rule is about the papers of an answer."""
    refused_before: set[str] = field(default_factory=set)
    """Stops that refused the same move of the same pupil in an earlier case."""

    @property
    def stage(self) -> str | None:
        return stage_of(self.target_grade or self.from_grade)


CASE = (Case.id, Case.process, Case.version, Case.phase, Case.route, Case.state, Case.applicant_org_id, Case.opened_at,
        Case.submitted_at, Case.closed_at, Transfer.direction, Transfer.to_school_id, Transfer.from_school_id,
        Transfer.target_grade, Transfer.from_grade, Transfer.reason)  # fmt: skip
ITEM = (WorkItem.kind, WorkItem.phase, WorkItem.turn, WorkItem.queue, WorkItem.org_id, WorkItem.opened_at,
        WorkItem.closed_at, WorkItem.closed_by, WorkItem.due_at, WorkItem.due_rule, WorkItem.outcome,
        WorkItem.void_reason, WorkItem.id, WorkItem.assignee_id)  # fmt: skip


def count(engine: Engine, wanted: Wanted, processes: tuple[str, ...]) -> int:
    """Return how many cases there are in the period."""
    query = select(func.count()).select_from(CaseScope).join(Case, Case.id == CaseScope.case_id)
    with reading(engine) as session:
        return session.scalar(query.where(*there(wanted, processes))) or 0


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
        .where(CaseScope.case_id < last, *there(wanted, processes))
        .order_by(CaseScope.case_id.desc())
        .limit(limit)
    )
    with reading(engine) as session:
        cases = {row[0]: Past(*row) for row in session.execute(query)}
        asked = select(WorkItem.case_id, *ITEM).where(WorkItem.case_id.in_(cases), _is_asked(wanted.key))
        for number, *values in session.execute(asked.order_by(WorkItem.case_id, WorkItem.id)):
            cases[number].questions.append(Question(*values))
        more = MORE.get(wanted.key)
        if more:
            more(session, cases)
    return list(cases.values())


def _is_asked(key: str) -> ColumnElement[bool]:
    """Return which questions a key is about: those that a case waits for, or advice."""
    return WorkItem.kind == "advise" if key == ADVICE else WorkItem.kind.not_in(ASIDE)


def there(wanted: Wanted, processes: tuple[str, ...]) -> list[ColumnElement[bool]]:
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


def _events(*actions: str) -> Callable[[Session, dict[int, Past]], None]:
    """Return what reads the events of these names."""

    def read(session: Session, cases: dict[int, Past]) -> None:
        query = select(Event.case_id, Event.action, Event.at, Event.actor_id, Event.acting_for, Event.body)
        wanted = Event.case_id.in_(cases) & Event.action.in_(actions)
        for number, action, at, actor, principal, body in session.execute(
            query.where(wanted).order_by(Event.case_id, Event.seq)
        ):
            item, office = int(body.get("item") or 0), int(body.get("office") or 0)
            note = Note(action, at, item, office, principal or actor, body.get("days"), bool(body.get("again")))
            cases[number].notes.append(note)

    return read


def _files(session: Session, cases: dict[int, Past]) -> None:
    query = select(Evidence.case_id, Evidence.kind, Evidence.org_id, Evidence.uploaded_at, Evidence.withdrawn_at)
    for number, kind, office, since, until in session.execute(query.where(Evidence.case_id.in_(cases))):
        cases[int(number or 0)].files.append(Paper(kind, office, since, until))


def _refusals(session: Session, cases: dict[int, Past]) -> None:
    """Which refusals went up as second ones, and which stops had refused the same move in an earlier case."""
    _events("refuse")(session, cases)
    earlier, of = aliased(Case), aliased(Transfer)
    ended = [case.id for case in cases.values() if case.phase == "rejected"]
    school = earlier.applicant_org_id == Case.applicant_org_id  # by the index of a school's own cases
    query = (
        select(Case.id, earlier.state)
        .join(Transfer, Transfer.case_id == Case.id)
        .join(earlier, school & (earlier.student_id == Case.student_id) & (earlier.id < Case.id))
        .join(of, of.case_id == earlier.id)
        .where(Case.id.in_(ended), earlier.phase == "rejected")
        .where(of.from_school_id == Transfer.from_school_id, of.to_school_id == Transfer.to_school_id)
    )
    for number, state in session.execute(query):
        cases[number].refused_before |= set(state.get("refusals", {}))


MORE: dict[str, Callable[[Session, dict[int, Past]], None]] = {
    "transfer.evidence": _papers,
    "refusal.causes": _causes,
    "refusal.second": _refusals,
    "problem.review_levels": _deciders,
    "ruling.undo_days": _rulings,
    "transfer.undo_days": _transfers,
    "queue.grace_hours": _events("alarm", "climb"),
    "case.longest_stop": _events("suspend", "resume"),
    "reminder.take_over": _events("take_over"),
    "acts.off": _events(*OPTIONAL),
    "acts.who": _events("reassign", "release"),
    **dict.fromkeys(("desk.distribution", "desk.named", "desk.claim", "desk.taken"), _events("claim", "reassign")),
    **dict.fromkeys(("problem.evidence", "id_error.evidence", "no_id.evidence", "no_id.conversion"), _files),
}
