"""What must be true of the whole database after every story, whatever happened in it."""

from collections.abc import Iterator

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models.cases import Case, Event, Timer, WorkItem
from models.session import reading
from models.students import Enrolment
from workflow import acts, joint, journal, machines, processes
from workflow.language import ASIDE, Each
from workflow.rights import queue_of

NOT_THE_LADDER = ("climb", "lapse")
RESTING = {("no_id", "valid")}
"""Phases in which nobody may be asked for a while; the calendar puts the next question."""


def assert_consistent(engine: Engine) -> None:
    """Fail with every contradiction found between cases, items, events, timers and enrolments."""
    with reading(engine) as session:
        found = list(_contradictions(session))
    assert found == [], found


def _contradictions(session: Session) -> Iterator[str]:
    for case in session.scalars(select(Case).order_by(Case.id)):
        events = list(session.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.seq)))
        items = list(session.scalars(select(WorkItem).where(WorkItem.case_id == case.id)))
        yield from _chain(session, case)
        yield from _history(case, events)
        yield from _items(case, items)
        yield from _timers(session, case)
    query = select(Enrolment.student_id).where(Enrolment.ended_on.is_(None)).group_by(Enrolment.student_id)
    for student in session.scalars(query.having(func.count() > 1)):
        yield f"pupil {student} is enrolled twice"


def _chain(session: Session, case: Case) -> Iterator[str]:
    fault = journal.broken(session, case)
    if fault:
        yield f"{fault.case}: event {fault.seq} {fault.why}"


def _history(case: Case, events: list[Event]) -> Iterator[str]:
    """Replay the log: every event starts where the one before it ended, along an edge of the case's own version."""
    edges = {*machines.edges(processes.of(case)), *machines.common_edges(processes.of(case))}
    phase, decisions = "", 0
    for event in events:
        known = event.action in processes.of(case).actions or _counts(event.action)
        if not event.to_phase or (event.from_phase == event.to_phase and not known):
            continue
        if event.from_phase != phase:
            yield f"{case.no}: event {event.seq} starts in {event.from_phase}, not in {phase}"
        if phase and (event.body.get("decided", event.action), event.from_phase, event.to_phase) not in edges:
            yield f"{case.no}: event {event.seq} {event.action} leads from {phase} to {event.to_phase}"
        decisions += bool(phase)
        phase = event.to_phase
    if phase != case.phase:
        yield f"{case.no} is in {case.phase}, its log ends in {phase}"
    if decisions != case.revision:
        yield f"{case.no} is at revision {case.revision} after {decisions} decisions"


def _counts(action: str) -> bool:
    """Tell whether a common act raises the revision."""
    act = acts.COMMON.get(action)
    return act is not None and not act.quiet


def _items(case: Case, items: list[WorkItem]) -> Iterator[str]:
    process = processes.of(case)
    asked = [item for item in items if item.open and item.kind not in ASIDE and "instead_of" not in item.due_rule]
    several = isinstance(process.phases[case.phase].asks, Each)
    if several and len({(item.kind, item.turn) for item in asked}) != len(asked):
        yield f"{case.no} in {case.phase} asks somebody twice"
    yield from _signers(case, asked)
    for item in asked:
        if item.phase != case.phase or (not several and (item.round != case.round or item.turn != case.turn)):
            yield f"{case.no}: open item of {item.phase}/{item.round}/{item.turn}, now {case.phase}/{case.round}"
        if not item.queue.startswith(queue_of(item.org_id, "")):
            yield f"{case.no}: item of {item.org_id} lies in queue {item.queue}"
    final = process.phases[case.phase].final
    unsent = case.submitted_at is None and case.phase == process.initial()
    rests = (case.process, case.phase) in RESTING
    jointly = joint.SIGNING in case.state
    if len(asked) != (0 if final or unsent else 1) and not (several and (asked or rests)) and not (jointly and asked):
        yield f"{case.no} in {case.phase} has {len(asked)} open items"
    if any(item.open and not item.due_rule.get("by_hand") for item in items) and final:
        yield f"{case.no} is finished and has open items"
    if final != (case.closed_at is not None):
        yield f"{case.no} in {case.phase} is closed at {case.closed_at}"


def _signers(case: Case, asked: list[WorkItem]) -> Iterator[str]:
    """Where several sign, every open question belongs to the present asking, and nobody is asked twice by name."""
    signing = case.state.get(joint.SIGNING)
    marks = {_asking(item) for item in asked if "instead_of" not in item.due_rule}
    if marks - {signing["asking"] if signing else None}:
        yield f"{case.no} in {case.phase} asks signers of another asking"
    named = [item.assignee_id for item in asked if item.assignee_id and signing]
    if len(set(named)) != len(named):
        yield f"{case.no} in {case.phase} asks a person twice"


def _asking(item: WorkItem) -> int | None:
    """Return what marks a question that is signed by several: put to several, joined by others, or added."""
    rule = item.due_rule
    number: int | None = rule.get("asking", rule.get("joined", rule.get("added", {}).get("asking")))
    return number


def _timers(session: Session, case: Case) -> Iterator[str]:
    """An open item has exactly one unfired reminder of its own; a timer of a closed one finds nothing to act on.

    A case that rests has a timer for its next question.
    """
    if (case.process, case.phase) in RESTING:
        asks = select(Timer.id).where(Timer.case_id == case.id, Timer.kind == "ask", Timer.fired_at.is_(None))
        asked = select(WorkItem.id).where(WorkItem.case_id == case.id, WorkItem.open)
        if session.scalar(asks.limit(1)) is None and session.scalar(asked.limit(1)) is None:
            yield f"{case.no} rests and nothing will ever ask again"
    on_the_ladder = Timer.kind.not_in(NOT_THE_LADDER)
    query = (
        select(WorkItem.id, func.count(Timer.id))
        .outerjoin(Timer, (Timer.work_item_id == WorkItem.id) & Timer.fired_at.is_(None) & on_the_ladder)
        .where(WorkItem.case_id == case.id, WorkItem.open, WorkItem.kind.not_in(ASIDE))
        .group_by(WorkItem.id)
    )
    for item, timers in session.execute(query):
        if timers != 1:
            yield f"{case.no}: item {item} has {timers} timers"
