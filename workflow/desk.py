"""Work items: closing what was answered, opening what is asked next, with deadline, timer and notice."""

import datetime as dt
from collections.abc import Iterable
from typing import cast

from sqlalchemy import Table

from models.cases import CaseScope, Timer, WorkItem
from models.outbox import OutboxRow
from workflow import counting, distributing, joint, ledger, records, reminders, rights
from workflow.calendar import day_of, due_day_of, due_instant
from workflow.counting import MONTHLY
from workflow.language import Action, Asked, Each, OnRoute, Phase, Place, Process, Question
from workflow.policies import look_up
from workflow.routing import key_of
from workflow.statistics import steps
from workflow.step import Intent, Step, queue_of

OUTBOX = cast(Table, OutboxRow.__table__)
TIMER = cast(Table, Timer.__table__)
ITEM = cast(Table, WorkItem.__table__)
SCOPE = cast(Table, CaseScope.__table__)


def rearrange(step: Step, process: type[Process], spec: Action, before: str, answer: str) -> None:
    """Bring the work items in line with the phase the case is in now; then timers and outbox.

    Where several are asked at once and the phase stays, only what is answered closes and only what is new opens.
    `answer` is the action that was taken; it is not `spec` where the earlier refusal of another signer prevails.
    """
    phase = process.phases[step.case.phase]
    if step.cache.get("as_before"):
        pass  # what was open before an answer that was taken back is open again
    elif isinstance(phase.asks, Each) and phase.name == before and "put_back_to" not in step.cache:
        _reconcile(step, phase, phase.asks.find(step), answer)
    elif not spec.stays:
        _close(step, answer, [item for item in step.items if not item.due_rule.get("by_hand")])
        ask(step, phase)
    if phase.final and phase.name != before:
        for queue in _whom_to_tell(step):
            step.tell("case_decided", queue, phase=phase.name)
    post(step)


def go_on(step: Step, phase: Phase, answer: str) -> None:
    """Several sign and the outcome is open: close what was answered, with its copies, and ask whoever is next."""
    assert step.item is not None
    seat = joint.same_seat(step, step.item)
    _close(step, answer, [*seat, *_beside(step, {one.id for one in seat})])
    following = joint.following(step, phase, _policy_of(phase))
    step.numbers.reserve(ITEM, len(following))
    for question in following:
        _put(step, phase, question)
    post(step)


def send(step: Step) -> None:
    """Write what the step has to tell into the outbox: one row for each recipient and purpose."""
    post(step)
    ledger.write(step.session, step.rows)


def post(step: Step) -> None:
    """Turn what the step has to tell into outbox rows, which are written with its other rows.

    A desk that is asked twice, as a school with two records of a problem, gets one notice.
    """
    seq = step.case.last_seq
    once: dict[tuple[str, str], Intent] = {}
    for intent in step.intents:
        once.setdefault((intent.purpose, intent.recipient), intent)
    for intent in once.values():
        row = {
            "dedup": f"{step.case.no}:{seq}{'+' * intent.apart}:{intent.purpose}:{intent.recipient}",
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
    questions = _questions(step, phase)
    step.numbers.reserve(ITEM, len(questions))
    for question in questions:
        _put(step, phase, question)


def _put(step: Step, phase: Phase, question: Question) -> WorkItem:
    item = _open(step, question)
    _wind(step, item)
    if item.kind in phase.lapses:
        _note_timer(step, item.id, "lapse", 0, item.due_at)
    back = item.kind == "correct" or step.cache.get("returned")
    step.tell("case_returned" if back else question.purpose, joint.desk_of(item), item=item.id)
    return item


def take_away(step: Step, item: WorkItem, why: str) -> None:
    """Close one question that nobody answers any more; what else the case waits for stays as it is."""
    _close(step, why, [item, *_beside(step, {item.id})])


def put(step: Step, question: Question) -> WorkItem:
    """Ask one more question in the phase the case is in, beside those that are open. The case is locked."""
    return _put(step, step.process.phases[step.case.phase], question)


def close(step: Step, outcome: str, items: Iterable[WorkItem]) -> None:
    """Take items off their desks; that which gave the right to the act was answered by it, the others are void."""
    _close(step, outcome, items)


def lay_copy(step: Step, queue: str, of: WorkItem, person: int | None = None) -> WorkItem:
    """Lay a copy to read on a desk, or before one person there; it stays until it was read."""
    row = {
        "id": step.numbers.draw(ITEM),
        "case_id": step.case.id,
        "kind": "copy",
        "phase": step.case.phase,
        "round": step.case.round,
        "turn": of.turn,
        "queue": queue,
        "org_id": int(queue.partition(":")[0]),
        "assignee_id": person,
        "open": True,
        "opened_at": step.now,
        "sent_by": step.actor.id,
        "due_at": of.due_at,
        "provisional": of.provisional,
        "due_rule": {**of.due_rule, "by_hand": True},
    }
    item = records.made(WorkItem, row)
    step.items.append(item)
    step.rows.append((ITEM, row))
    return item


def _reconcile(step: Step, phase: Phase, questions: list[Question], outcome: str) -> None:
    """Close what is not asked any more, with the copies of it, and open what is asked now and was not before."""
    wanted = {_place_of(step, question): question for question in questions}
    asked = [item for item in step.open_items if "instead_of" not in item.due_rule]
    gone = [item for item in asked if _asked_at(step, item) not in wanted]
    _close(step, outcome, [*gone, *_beside(step, {item.id for item in gone})])
    there = {_asked_at(step, item) for item in asked if item.open}
    new = [question for place, question in wanted.items() if place not in there]
    step.numbers.reserve(ITEM, len(new))
    for question in new:
        _put(step, phase, question)


def _beside(step: Step, numbers: set[int]) -> list[WorkItem]:
    """Return what lies on other desks because of these items: copies, the right to step in, advice that was asked."""
    return [item for item in step.items if numbers & {item.due_rule.get(name) for name in _BESIDE}]


_BESIDE = ("copy_of", "instead_of", "advice_on")


def ask_second(step: Step, asked: Iterable[tuple[str, int | None]], policy: str, purpose: str) -> None:
    """Lay what somebody proposes before whoever may confirm it, a desk or one person there, and tell them.

    It does not hold the case up. Whoever proposes is told nothing of it himself.
    """
    wanted = sorted(set(asked), key=str)
    step.numbers.reserve(ITEM, len(wanted))
    for queue, person in wanted:
        org, _, role = queue.partition(":")
        item = _open(step, Question(int(org), role, SECOND, policy, person=person))
        step.tell(purpose, joint.desk_of(item), item=item.id, but=step.actor.id)


def drop_second(step: Step, why: str) -> None:
    """Nobody is to confirm anything any more."""
    _close(step, why, [item for item in step.items if item.kind == SECOND])


SECOND = "second"


def _place_of(step: Step, question: Question) -> tuple[int, str, int]:
    return question.org_id, question.kind, step.case.turn if question.turn is None else question.turn


def _asked_at(step: Step, item: WorkItem) -> tuple[int, str, int]:
    """Where the question was put at first: one that climbed because nobody was there is the same question."""
    origin = [*item.due_rule.get("climbed_from", []), item.org_id][0]
    return step.world.today_s(step.world.office(origin)).id, item.kind, item.turn


def open_scope(step: Step, known: set[int]) -> None:
    """Let every party and every office above it find the case, beyond those that already can."""
    for number in sorted(rights.audience(step) - known):
        step.rows.append((SCOPE, {"org_id": number, "case_id": step.case.id}))


def remaining_days(step: Step, item: WorkItem) -> int:
    """Return the working days left on an item, at least one; they resume when the question comes back.

    Where an office above answered, those of the office that was asked.
    """
    asked = next((one for one in step.items if one.id == item.due_rule.get("instead_of")), item)
    calendar = counting.calendar_of(step.world, asked)
    return max(1, calendar.working_days_between(step.today, due_day_of(asked.due_at)))


def _close(step: Step, outcome: str, items: Iterable[WorkItem]) -> None:
    """Close what was asked, and the copies of it that lie on other desks."""
    for item in items:
        if not item.open:
            continue
        item.open, item.closed_at = False, step.now
        _keep_pauses(step, item)
        if item is step.item:
            item.outcome, item.closed_by = outcome, step.actor.id
            item.acting_for = step.acting_for.person_id if step.acting_for else None
            steps.note_answer(step, item)
        else:
            item.void_reason = outcome


def _keep_pauses(step: Step, item: WorkItem) -> None:
    """Keep with what is closed how long its clock stood still: what figures tell of it leaves these days out."""
    stood = counting.paused_days(step.world, item, day_of(item.opened_at), step.today) if item.kind != "copy" else 0
    rule = {name: value for name, value in item.due_rule.items() if name != "left"}
    if stood or rule != item.due_rule:
        item.due_rule = {**rule, "paused": stood}


def _questions(step: Step, phase: Phase) -> list[Question]:
    policy = _policy_of(phase)
    several = joint.begin(step, phase, policy, _remaining(step, phase))
    if several is not None:
        return several
    if phase.asks is None:
        return []
    if isinstance(phase.asks, OnRoute):
        return [_stop_question(step, policy, _remaining(step, phase))]
    if isinstance(phase.asks, Each):
        return phase.asks.find(step)
    assert isinstance(phase.asks, Asked)
    assert isinstance(phase.asks.place, Place)
    number = phase.asks.place.find(step)
    if not number:
        return []
    office = step.world.today_s(step.world.office(number))
    return [Question(office.id, phase.asks.role.code, phase.kind, policy, _remaining(step, phase))]


def _policy_of(phase: Phase) -> str:
    return phase.within.policy if phase.within else "node.transfer"


def _remaining(step: Step, phase: Phase) -> int | None:
    """Return the working days that whoever is asked had left when he sent the case back."""
    on_route = isinstance(phase.asks, OnRoute)
    asked = key_of(step.case.route[step.case.turn]) if on_route else phase.name
    left: int | None = step.case.state.get("remaining", {}).get(asked)
    return left


def _stop_question(step: Step, policy: str, remaining: int | None) -> Question:
    stop = step.case.route[step.case.turn]
    if stop.get("milestone"):
        return Question(stop["entered_by"], stop["role"], "record", policy, remaining)
    office = step.world.today_s(step.world.office(stop["org"]))
    return Question(office.id, stop["role"], "decide", policy, remaining)


def _open(step: Step, question: Question) -> WorkItem:
    office = step.world.office(question.org_id)
    pauses = {} if question.policy in MONTHLY else counting.pauses_of(step, office)
    calendar = counting.calendar_for(step.world, office, pauses)
    term = int(look_up(step.world, question.policy, office, step.today).value)
    days = question.remaining or term
    monthly = question.policy in MONTHLY
    due = calendar.add_month(step.today, term) if monthly else calendar.due_day(step.today, days)
    rule = {"days": days, "policy": question.policy, "from": step.today.isoformat(), "region": office.code, **pauses}
    if question.turn is not None or question.asking is not None:
        rule["asked"] = step.case.revision
    if question.asking is not None:
        rule["asking"] = question.asking
    if question.joined is not None:
        rule["joined"] = question.joined
    if question.added is not None:
        rule["added"] = question.added
    if question.instead_of:
        rule["instead_of"], rule["in_place_of"] = question.instead_of
    if question.advice_on:
        rule["advice_on"] = question.advice_on
    row = {
        "id": step.numbers.draw(ITEM),
        "case_id": step.case.id,
        "kind": question.kind,
        "phase": step.case.phase,
        "round": step.case.round,
        "turn": step.case.turn if question.turn is None else question.turn,
        "queue": queue_of(question.org_id, question.role),
        "org_id": question.org_id,
        "assignee_id": question.person,
        "open": True,
        "opened_at": step.now,
        "sent_by": step.actor.id,
        "due_at": due_instant(due.day),
        "provisional": due.provisional,
        "due_rule": rule,
        "step": None if question.instead_of or question.added else steps.name_of(step.case, question.kind),
    }
    item = records.made(WorkItem, row)
    if item.assignee_id is None:
        item.assignee_id = row["assignee_id"] = distributing.holder(step, item)
    step.items.append(item)
    step.rows.append((ITEM, row))
    return item


def _wind(step: Step, item: WorkItem) -> None:
    """Set the timer for the first reminder about the item."""
    office = step.world.office(item.org_id)
    calendar = counting.calendar_of(step.world, item)
    rung = reminders.first(step.world, office, calendar, step.now, item.due_at)
    _note_timer(step, item.id, rung.kind, rung.step, rung.at)


def _note_timer(step: Step, item_id: int | None, kind: str, number: int, at: dt.datetime) -> None:
    row = {"case_id": step.case.id, "work_item_id": item_id, "kind": kind, "step": number, "due_at": at}
    step.rows.append((TIMER, row))


def _whom_to_tell(step: Step) -> list[str]:
    return [rights.clerks_of(step.world.office(number)) for number in sorted(rights.parties(step))]


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
