"""Work items: closing what was answered, opening what is asked next, with deadline, timer and notice."""

import datetime as dt
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Table

from models.cases import CaseScope, Timer, WorkItem
from models.outbox import OutboxRow
from workflow import ledger, records, reminders, rights
from workflow.calendar import due_day_of, due_instant
from workflow.language import Action, OnRoute, Phase, Process
from workflow.policies import look_up
from workflow.routing import key_of
from workflow.step import Step, queue_of

MONTHLY = ("transfer.paper_file",)
"""Terms counted in months, not in working days."""


OUTBOX = cast(Table, OutboxRow.__table__)
TIMER = cast(Table, Timer.__table__)
ITEM = cast(Table, WorkItem.__table__)
SCOPE = cast(Table, CaseScope.__table__)


@dataclass(frozen=True)
class Question:
    """To whom a phase puts its question, and how long the answer may take."""

    org_id: int
    role: str
    kind: str
    policy: str
    remaining: int | None = None


def rearrange(step: Step, process: type[Process], spec: Action) -> None:
    """Bring the work items in line with the phase the case is in now; then timers and outbox."""
    phase = process.phases[step.case.phase]
    if not spec.stays:
        _close(step, spec.name)
        ask(step, phase)
    if phase.final:
        for queue in _whom_to_tell(step):
            step.tell("case_decided", queue, phase=phase.name)
    post(step)


def send(step: Step) -> None:
    """Write what the step has to tell into the outbox: one row for each recipient and purpose."""
    post(step)
    ledger.write(step.session, step.rows)


def post(step: Step) -> None:
    """Turn what the step has to tell into outbox rows, which are written with its other rows."""
    seq = step.case.last_seq
    for intent in step.intents:
        row = {
            "dedup": f"{step.case.no}:{seq}:{intent.purpose}:{intent.recipient}",
            "topic": intent.topic,
            "recipient": intent.recipient,
            "case_id": step.case.id,
            "payload": {"purpose": intent.purpose, "seq": seq, **intent.facts},
            "created_at": step.now,
            "not_before": step.now,
        }
        step.rows.append((OUTBOX, row))
    step.intents.clear()


def begin(step: Step, process: type[Process]) -> None:
    """Ask the first question of a case that starts without a draft."""
    ask(step, process.phases[step.case.phase])
    send(step)


def ask(step: Step, phase: Phase) -> None:
    """Open what the phase asks, each question with its first reminder and a notice to whoever is asked."""
    for question in _questions(step, phase):
        item = _open(step, question)
        _wind(step, item)
        purpose = "case_returned" if item.kind == "correct" else "case_waiting"
        step.tell(purpose, item.queue, item=item.id)


def open_scope(step: Step, known: set[int]) -> None:
    """Let every party and every office above it find the case, beyond those that already can."""
    for number in sorted(rights.audience(step) - known):
        step.rows.append((SCOPE, {"org_id": number, "case_id": step.case.id}))


def remaining_days(step: Step, item: WorkItem) -> int:
    """Return the working days left on an item, at least one; they resume when the question comes back."""
    calendar = step.world.calendar(step.world.office(item.org_id))
    return max(1, calendar.working_days_between(step.today, due_day_of(item.due_at)))


def _close(step: Step, outcome: str) -> None:
    """Close what was asked, and the copies of it that lie on other desks."""
    for item in step.items:
        if not item.open:
            continue
        item.open, item.closed_at = False, step.now
        if item is step.item:
            item.outcome, item.closed_by = outcome, step.actor.id
        else:
            item.void_reason = outcome


def _questions(step: Step, phase: Phase) -> list[Question]:
    if phase.asks is None:
        return []
    if isinstance(phase.asks, OnRoute):
        return [_stop_question(step)]
    policy = phase.within.policy if phase.within else "node.transfer"
    number = phase.asks.place.find(step)
    if not number:
        return []
    office = step.world.today_s(step.world.office(number))
    return [Question(office.id, phase.asks.role.code, phase.kind, policy)]


def _stop_question(step: Step) -> Question:
    stop = step.case.route[step.case.turn]
    remaining = step.case.state.get("remaining", {}).get(key_of(stop))
    if stop.get("milestone"):
        return Question(stop["entered_by"], stop["role"], "record", "node.transfer", remaining)
    office = step.world.today_s(step.world.office(stop["org"]))
    return Question(office.id, stop["role"], "decide", "node.transfer", remaining)


def _open(step: Step, question: Question) -> WorkItem:
    office = step.world.office(question.org_id)
    calendar = step.world.calendar(office)
    term = int(look_up(step.world, question.policy, office, step.today).value)
    days = question.remaining or term
    monthly = question.policy in MONTHLY
    due = calendar.add_month(step.today, term) if monthly else calendar.due_day(step.today, days)
    row = {
        "id": step.numbers.draw(ITEM),
        "case_id": step.case.id,
        "kind": question.kind,
        "phase": step.case.phase,
        "round": step.case.round,
        "turn": step.case.turn,
        "queue": queue_of(question.org_id, question.role),
        "org_id": question.org_id,
        "open": True,
        "opened_at": step.now,
        "sent_by": step.actor.id,
        "due_at": due_instant(due.day),
        "provisional": due.provisional,
        "due_rule": {"days": days, "policy": question.policy, "from": step.today.isoformat(), "region": office.code},
    }
    item = records.made(WorkItem, row)
    step.items.append(item)
    step.rows.append((ITEM, row))
    return item


def _wind(step: Step, item: WorkItem) -> None:
    """Set the timer for the first reminder about the item."""
    office = step.world.office(item.org_id)
    rung = reminders.first(step.world, office, step.now, item.due_at)
    _note_timer(step, item.id, rung.kind, rung.step, rung.at)


def _note_timer(step: Step, item_id: int | None, kind: str, number: int, at: dt.datetime) -> None:
    row = {"case_id": step.case.id, "work_item_id": item_id, "kind": kind, "step": number, "due_at": at}
    step.rows.append((TIMER, row))


def _whom_to_tell(step: Step) -> list[str]:
    schools = {step.case.applicant_org_id}
    if step.subject is not None:
        schools |= {n for n in (step.subject.from_school_id, step.subject.to_school_id) if n}
    return [queue_of(number, "school_clerk") for number in sorted(schools)]


def set_expiry(step: Step) -> None:
    """Note the timers that warn of and end a case which nothing finishes (policies `case.expire*`)."""
    office = step.world.office(step.case.applicant_org_id)
    months = int(look_up(step.world, "case.expire", office, step.today).value)
    day = step.world.calendar(office).add_month(step.today, months).day
    warnings = look_up(step.world, "case.expire_warnings", office, step.today).value
    for days in [*warnings, 0]:
        kind = "expiry_warning" if days else "expire"
        at = reminders.morning(day - dt.timedelta(days=int(days) - 1)) if days else due_instant(day)
        if at > step.now:
            _note_timer(step, None, kind, int(days), at)
