"""The one door. `do` is the only way a case changes; `options` answers what a person may do, and if not, why."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from sqlalchemy import BindParameter, Table, bindparam, select
from sqlalchemy.orm import Session

from models.cases import Case, Command, Event, WorkItem
from models.people import Person
from workflow import (
    acts,
    deputies,
    desk,
    families,
    going_back,
    joint,
    journal,
    ledger,
    machines,
    payload,
    processes,
    reading,
    recalling,
    rights,
    settled,
    suspension,
)
from workflow.acts import overruling
from workflow.errors import KeyReused, NotAllowed, NotFound, Reason, Stale, Unmet
from workflow.language import Action, Common, Each, Process
from workflow.reading import Reading
from workflow.step import Actor, Step
from workflow.world import World, world_of


@dataclass(frozen=True)
class Outcome:
    """What a command did. `repeated` says that it was the stored answer of an earlier request."""

    no: str
    phase: str
    revision: int
    repeated: bool = False


@dataclass(frozen=True)
class Option:
    """One action as a person sees it here: allowed, or all the reasons why not."""

    action: str
    spec: Action
    reasons: tuple[Reason, ...]

    @property
    def allowed(self) -> bool:
        return not any(reason.blocks for reason in self.reasons)


def do(
    session: Session,
    no: str,
    action: str,
    actor_id: int,
    *,
    now: dt.datetime,
    key: str,
    seen_revision: int | None,
    values: dict[str, Any] | None = None,
) -> Outcome:
    """Carry out one action on one case. The caller commits.

    `key` makes a repetition harmless: the same request gets the stored answer. `seen_revision` is the revision the
    person looked at; None only for the clock. Raises the refusals of workflow.errors; nothing is changed then.
    """
    values = values or {}
    session.flush()
    case = reading.locked(session, no)
    process = processes.of(case)
    found = reading.all_about(session, case, process.about, actor_id, key, now)
    request = _digest(no, action, seen_revision, values)
    if found.digest is not None:
        return _answer_again(found, request)
    step = _step(session, case, found, now, values)
    step.taken = [case, *([step.subject] if step.subject else []), *step.items]
    _let_in(step, action)
    spec = process.actions.get(action) or acts.COMMON.get(action)
    several = spec is not None and _asks_several(step, process, spec)
    if not several and (seen_revision is not None or not step.actor.is_system):
        check_revision(session, case, seen_revision)
    if spec is None or not spec.belongs_to(step):
        said = spec.otherwise if isinstance(spec, Common) and step.case.closed_at is None else ""
        raise settled.meanwhile(step, spec) or NotAllowed(action, said or "这一步现在不能做")
    _judge(step, process, spec)
    if several and not step.actor.is_system:
        _check_question(step, seen_revision)
    before = case.revision
    outcome = _carry_out(step, process, spec)
    answer = {"no": no, "phase": outcome.phase, "revision": outcome.revision}
    row = {"actor_id": actor_id, "key": key, "digest": request, "at": now, "answer": answer}
    step.rows.append((COMMAND, row))
    _write(step, before)
    return outcome


def locked_step(session: Session, no: str, actor_id: int, now: dt.datetime) -> Step:
    """Return the case under its lock, for changes that are not decisions. Raises NotFound for strangers."""
    session.flush()
    case = reading.locked(session, no)
    found = reading.all_about(session, case, processes.of(case).about, actor_id, "", now)
    step = _step(session, case, found, now, {})
    step.hand_over()
    _let_in(step, "")
    return step


def check_revision(session: Session, case: Case, seen: int | None) -> None:
    """Raise Stale when somebody changed the case since the page was drawn, or nobody says what was seen."""
    if seen != case.revision:
        raise stale(session, case)


def _asks_several(step: Step, process: type[Process], spec: Action) -> bool:
    """Tell whether the action answers one of several questions that are open at once."""
    if joint.running(step) and (spec.votes or isinstance(spec, Common)):
        return True
    if isinstance(spec, Common):
        return isinstance(process.phases[step.case.phase].asks, Each)
    return spec.answers is not None


def _check_question(step: Step, seen: int | None) -> None:
    """Where several are asked at once, what others answer makes nobody's page stale: only his own question asked anew.

    Nothing is said about who changed what; it may have been another side.
    """
    if seen is None or seen > step.case.revision or (step.item and seen < step.item.due_rule.get("asked", 0)):
        raise Stale(step.case.revision)


def options(step: Step) -> list[Option]:
    """Return every action that leads out of the present phase, with the reasons that stand against it here."""
    process = processes.of(step.case)
    found = []
    for spec in process.actions.values():
        if rights.offered(step, spec):
            found.append(Option(spec.name, spec, tuple(rights.against(step, spec))))
    return found


def further(step: Step) -> list[Option]:
    """Return what every process allows besides its own actions (转办, 认领 …), as far as it belongs here."""
    known = processes.of(step.case).actions
    offered = (spec for name, spec in acts.COMMON.items() if name not in known and rights.offered(step, spec))
    return [Option(spec.name, spec, tuple(_against(step, spec))) for spec in offered]


def _against(step: Step, spec: Common) -> list[Reason]:
    found = list(rights.against(step, spec))
    if not any(reason.blocks for reason in found):
        found += [reason for need in spec.somebody for reason in need(step)]
    return found


def look(session: Session, no: str, actor: Actor, world: World, now: dt.datetime) -> Step:
    """Return the case as `actor` may see it, for reading. Raises NotFound for strangers."""
    case = session.scalars(_CASE, {"no": no}).one_or_none()
    if case is None:
        raise NotFound
    process = processes.of(case)
    rows = session.execute(_items_query(process.about), {"case": case.id}).all()  # type: ignore[arg-type]
    subject, items = (rows[0][0] if process.about else None), [row[-1] for row in rows if row[-1] is not None]
    step = Step(session, case, subject, items, actor, world, now, {}, process)
    _let_in(step, "")
    return step


def actor_of(session: Session, person_id: int, day: dt.date) -> Actor:
    """Return the person with the posts held on `day`; nobody if the account has ended."""
    row = session.execute(_HELD, {"person": person_id, "day": day}).one_or_none()
    if row is None:
        raise NotFound
    return reading.actor_of(row.id, row.name, row.posts, row.orders)


@cache
def _items_query(about: Any) -> Any:
    """Everything asked in a case, each time beside what the process keeps about it."""
    number: BindParameter[int] = bindparam("case")
    if about is None:
        return select(WorkItem).where(WorkItem.case_id == number).order_by(WorkItem.id)
    both = select(about, WorkItem).outerjoin(WorkItem, WorkItem.case_id == about.case_id)
    return both.where(about.case_id == number).order_by(WorkItem.id)


_CASE = select(Case).where(Case.no == bindparam("no"))
_HELD = select(
    Person.id,
    Person.name,
    reading.posts_column().label("posts"),
    deputies.column(bindparam("person")).label("orders"),
).where(Person.id == bindparam("person"), Person.disabled_at.is_(None))
COMMAND = cast(Table, Command.__table__)
"""Statements are built once; a step only fills them in."""


def _step(session: Session, case: Case, found: Reading, now: dt.datetime, values: dict[str, Any]) -> Step:
    world = world_of(session, found.stamp)
    step = Step(session, case, found.subject, found.items, found.actor, world, now, values, processes.of(case))
    step.locked = True
    step.numbers.ready[desk.ITEM] = found.number
    return step


def _write(step: Step, before: int) -> None:
    """Write the whole step: what effects gave to the session, then everything else in one statement, the case last.

    `before` is the revision that the case must still have.
    """
    step.session.flush()
    case, *others = step.taken
    changes = [ledger.changed(record) for record in others]
    changes.append(ledger.changed(case, revision=before))
    ledger.write(step.session, step.rows, [change for change in changes if change])
    step.session.expire_all()  # what the caller read before is old now


def _digest(no: str, action: str, seen: int | None, values: dict[str, Any]) -> bytes:
    """Return what identifies a request; it is taken before anything typed was judged, so it must bear everything."""
    return hashlib.sha256(json.dumps([no, action, seen, values], sort_keys=True, default=repr).encode()).digest()


def _answer_again(earlier: Reading, request: bytes) -> Outcome:
    if earlier.digest != request:
        raise KeyReused
    answer = earlier.answer
    return Outcome(answer["no"], answer["phase"], answer["revision"], repeated=True)


def stale(session: Session, case: Case) -> Stale:
    """Return what to say to somebody whose page was drawn before the last change: who changed what, and when."""
    query = select(Event.action, Event.at, Person.name).join(Person, Person.id == Event.actor_id)
    last = session.execute(
        query.where(Event.case_id == case.id, Event.to_phase != "").order_by(Event.seq.desc()).limit(1)
    ).first()
    return Stale(case.revision, last.action, last.name, last.at) if last else Stale(case.revision)


def _let_in(step: Step, action: str) -> None:
    """Raise NotFound for a stranger. Who stood in here until lately is told that he does not any more."""
    if rights.may_see(step):
        return
    raise _too_late(step, action, rights.audience(step)) or NotFound


def _too_late(step: Step, action: str, org_ids: Iterable[int]) -> NotAllowed | None:
    over = deputies.lapsed(step.session, step.actor.id, step.case.process, org_ids, step.today)
    return NotAllowed(action, f"您代理{over[0]}已于{over[1]:%-m月%-d日}结束，不能再代为办理") if over else None


def _judge(step: Step, process: type[Process], spec: Action) -> None:
    """Right, four eyes, form and guards, under the lock; all reasons at once."""
    right = rights.right_to(step, spec)
    if right is not None:
        asked = [item.org_id for item in step.open_items]
        late = _too_late(step, spec.name, asked) or settled.meanwhile(step, spec)
        raise late or NotAllowed(spec.name, right.message)
    stopped = suspension.against(step, spec.name)
    if stopped:
        raise Unmet([stopped])
    checks = {**process.checks, **spec.checks}
    reasons = [*payload.faults(step, spec, checks), *rights.before_guards(step, spec)]
    for need in spec.needs:
        reasons += need(step)
    if any(reason.blocks for reason in reasons):
        raise Unmet(reasons)


def _note_deputy(step: Step, spec: Action) -> None:
    """Remember that somebody answered for somebody: whoever must be another person later is neither of the two.

    What decides nothing (a copy, a claim) is remembered of nobody, else a deputy's click would bar his principal.
    """
    if isinstance(spec, Common) and not spec.binds:
        return
    known = step.case.state.get("deputies", [])
    pair = [step.actor.id, step.acting_for.person_id] if step.acting_for else None
    if pair and pair not in known:
        step.case.state = {**step.case.state, "deputies": [*known, pair]}


def _carry_out(step: Step, process: type[Process], spec: Action) -> Outcome:
    """Let the answer take effect. Where several sign it may decide nothing yet, and the case stays where it is."""
    case, before, unanswered = step.case, step.case.phase, recalling.picture(step, rights.here(step.case))
    _note_deputy(step, spec)
    decided = joint.decided(step, process, spec)
    if decided is None:
        joint.note_vote(step, spec)
        step.target = before
        case.phase = machines.move(process, spec.name, step)
    else:
        _take_effect(step, process, spec, decided)
    if not (isinstance(spec, Common) and spec.quiet):
        case.revision += 1
    if process.phases[case.phase].final and case.closed_at is None:
        case.closed_at = step.now
    if step.in_place_of and not isinstance(spec, Common):
        step.facts.setdefault("instead_of", step.in_place_of)
    journal.note(step, spec.name, before, case.phase)
    overruling.lapse(step, unanswered.stands)
    if decided is None:
        desk.go_on(step, process.phases[before], spec.name)
    else:
        desk.rearrange(step, process, decided, before, spec.name)
    joint.mark_waiting(step)
    families.note(step, unanswered.stands)
    recalling.keep(step, spec, unanswered)
    return Outcome(case.no, case.phase, case.revision)


def _take_effect(step: Step, process: type[Process], spec: Action, decided: Action) -> None:
    """Do what `decided` declares and move along it; what was typed with `spec` is what the event tells."""
    typed, answered = step.payload, step.item
    step.payload, step.item = joint.prevailing(step, spec, decided)
    joint.note_signers(step, decided)
    for effect in decided.does:
        effect(step)
    if not decided.stays:
        target = decided.move.target
        step.target = target.choose(step) if hasattr(target, "choose") else target.name
        going_back.note(step, process, decided)
        step.case.phase = machines.move(process, decided.name, step)
    step.payload, step.item = typed, answered
    if decided is not spec:
        step.facts["decided"] = decided.name
