"""Orders of many decisions: placed at once, carried out ten seconds later by the worker, taken back until then.

Nothing is decided when an order is placed, so taking it back needs no compensation. Each line goes through the one
door like a single decision, with the revision that was seen and a key of its own: whatever changed meanwhile holds
that line back, and a job that is carried out twice decides nothing twice.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models import crypto
from models.bulk import BulkOrder
from models.outbox import OutboxRow
from models.session import is_lock_timeout
from workflow import engine, payload
from workflow import people as accounts
from workflow.acts import people
from workflow.bulk import changed, handing_on
from workflow.bulk.judging import (
    AGREEING,
    HANDING_ON,
    MOST,
    NOT_TOGETHER,
    Judged,
    among,
    judge,
    may_answer,
)
from workflow.errors import Busy, NotAllowed, NotFound, Reason, Refused, Stale, Unmet
from workflow.step import Actor, Step
from workflow.world import World

TOPIC = "bulk"
GRACE = dt.timedelta(seconds=10)
"""So long an order can be taken back (product.md first 10)."""
PIECE = 25
"""Lines of one transaction."""
GONE = "不在您的待办中，可能已由同事办理"
BUSY = "正有人办理，请稍后再试"
ORDERED = "已在您另一份还没有办完的成批办理中"


@dataclass(frozen=True)
class Asked:
    """One line as a person answered it: the case, the revision that was seen, the action and what was typed."""

    no: str
    revision: int
    action: str
    values: dict[str, Any] = field(default_factory=dict)


def place(session: Session, actor: Actor, world: World, asked: Sequence[Asked], now: dt.datetime) -> BulkOrder:
    """Order the decisions; what must be looked at first stays behind and is listed. The caller commits.

    Raises Unmet for words that cannot be taken (field `<name>.<no>`), or when nothing is left to be carried out.
    """
    if not asked:
        raise Unmet([_fault("pick", "请先勾选要办理的事项")])
    if len(asked) > MOST or len({one.no for one in asked}) < len(asked):
        raise Unmet([_fault("pick", f"一次最多办理 {MOST} 件，每件一次")])
    mine = {one.line.no: one for one in _on_the_desk(session, actor, world, {one.no for one in asked}, now)}
    if any(one.action == HANDING_ON for one in asked):
        handing_on.look_around(session, list(mine.values()), now)
    faults = [fault for one in asked if one.no in mine for fault in _faults(mine[one.no], one)]
    if faults:
        raise Unmet(faults)
    ordered = _ordered(session, actor)
    late = [one.no for one in asked if one.no not in mine or mine[one.no].line.revision != one.revision]
    told = changed.by_whom(session, actor, late)
    held = {one.no: why for one in asked if (why := _why_held(mine.get(one.no), one, told.get(one.no, "")))}
    held |= {one.no: [ORDERED] for one in asked if one.no in ordered}
    lines = [one for one in asked if one.no not in held]
    if not lines:
        raise Unmet([_nothing_left(asked, held)])
    report = {"held": held, **_receiver(mine, lines)}
    return _store(session, actor, sorted(lines, key=lambda one: one.no), report, now)


def _ordered(session: Session, actor: Actor) -> set[str]:
    """Return the cases in the person's orders that wait; his row is locked, so that two presses cannot pass each other.

    Else who takes the second order back reads that nothing was decided, while the first one decides it.
    """
    accounts.hold(session, actor.id)
    waiting = select(BulkOrder).where(BulkOrder.person_id == actor.id, BulkOrder.state == "waiting")
    return {line["no"] for order in session.scalars(waiting) for line in order.order["lines"]}


def find(session: Session, actor: Actor, public_id: str, *, lock: bool = False) -> BulkOrder:
    """Return an order of the person's own. Raises NotFound."""
    query = select(BulkOrder).where(BulkOrder.public_id == public_id[:26], BulkOrder.person_id == actor.id)
    order = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if order is None:
        raise NotFound
    return order


def take_back(session: Session, actor: Actor, public_id: str, now: dt.datetime) -> BulkOrder:
    """Take an order back before it is carried out. Raises NotFound, or NotAllowed once it is too late."""
    order = find(session, actor, public_id, lock=True)
    if order.state == "cancelled":
        return order
    if order.state != "waiting" or now >= order.run_at or order.report.get("results"):
        raise NotAllowed("cancel", "已经开始办理，不能撤销；单件仍可按各自的办法更正")
    order.state, order.finished_at, order.order = "cancelled", now, None
    return order


def next_piece(session: Session, public_id: str, now: dt.datetime) -> bool:
    """Carry out the next lines of an order; False when nothing is left. The caller commits.

    A line that is refused leaves nothing behind and is listed with the reasons; the others go on.
    """
    query = select(BulkOrder).where(BulkOrder.public_id == public_id).with_for_update()
    order = session.scalars(query).one_or_none()
    if order is None or order.state != "waiting":
        return False
    report = order.report
    results, held = dict(report.get("results", {})), dict(report.get("held", {}))
    open_lines = [line for line in order.order["lines"] if line["no"] not in results and line["no"] not in held]
    whose = order.person_id, order.public_id  # the end of a savepoint makes the row be read again whenever it is asked
    for line in open_lines[:PIECE]:
        outcome = _carry_out(session, whose, line, now)
        (results if isinstance(outcome, dict) else held)[line["no"]] = outcome
    order.report = {**report, "results": results, "held": held}
    if len(open_lines) > PIECE:
        return True
    order.state, order.finished_at, order.order = "done", now, None
    return False


def gone_through(order: BulkOrder) -> int:
    """Return how many lines of an order have been carried out or were held back then; what stayed before counts not."""
    if order.state != "waiting":
        return order.total
    over = {**order.report.get("results", {}), **order.report.get("held", {})}
    return sum(line["no"] in over for line in order.order["lines"])


def _carry_out(
    session: Session, whose: tuple[int, str], line: dict[str, Any], now: dt.datetime
) -> dict[str, str] | list[str]:
    """Return what came of one line, or why it stays behind."""
    person, order = whose
    key = f"bulk:{order}:{line['no']}"
    seen, values = line["revision"], line["values"]
    try:
        with session.begin_nested():
            done = engine.do(
                session, line["no"], line["action"], person, now=now, key=key, seen_revision=seen, values=values
            )
    except Refused as refused:
        return _why(refused)
    except DBAPIError as error:
        if not is_lock_timeout(error):
            raise
        return [BUSY]
    return {"action": line["action"], "phase": done.phase}


def _why(refused: Refused) -> list[str]:
    if isinstance(refused, Unmet):
        return [reason.message for reason in refused.reasons if reason.blocks]
    if isinstance(refused, NotAllowed) and refused.why:
        return [refused.why]
    if isinstance(refused, Stale):
        return [changed.said(refused)]
    return [BUSY] if isinstance(refused, Busy) else [GONE]


def _on_the_desk(session: Session, actor: Actor, world: World, numbers: set[str], now: dt.datetime) -> list[Judged]:
    """Judge those of the cases that wait for the person; others do not exist here."""
    return judge(session, actor, world, among(session, actor, world, numbers, now), now)


def _why_held(found: Judged | None, one: Asked, late: str) -> list[str]:
    """Return why a line stays behind; `late` is what was done to it last where that is known."""
    if found is None:
        return [late or GONE]
    if one.action == HANDING_ON:
        return _why_it_stays(found, one, late)
    if one.action not in [spec.name for spec in found.answers]:
        return list(found.doubts) or [NOT_TOGETHER]
    if found.line.revision != one.revision:
        return [late or changed.CHANGED]
    return list(found.doubts) if one.action == AGREEING else []


def _why_it_stays(found: Judged, one: Asked, late: str) -> list[str]:
    """Return why a question does not go to the colleague who is named."""
    if found.stays:
        return [found.stays]
    if found.line.revision != one.revision:
        return [late or changed.CHANGED]
    return [reason.message for reason in handing_on.faults(found, one.values)]


def _receiver(mine: dict[str, Judged], lines: list[Asked]) -> dict[str, str]:
    """Return the name of the colleague to whom all lines go, if they do."""
    names = {people.chosen(mine[one.no].step).name if one.action == HANDING_ON else "" for one in lines}
    return {"to": names.pop()} if len(names) == 1 and "" not in names else {}


def _nothing_left(asked: Sequence[Asked], held: dict[str, list[str]]) -> Reason:
    """Say why nothing is left to be done; of a colleague who can have none of the questions, what is against him."""
    why = {message for messages in held.values() for message in messages}
    if len(why) == 1 and all(one.action == HANDING_ON for one in asked):
        return _fault("person", why.pop())
    return _fault("pick", f"所选的 {len(held)} 件都要打开查看或另行处理，没有可以一并办理的")


def _faults(found: Judged, one: Asked) -> Iterable[Reason]:
    """What is wrong with the words of a line; each fault names the field with the case.

    A colleague who cannot have this one may have the others: that is no fault, the line stays.
    """
    if one.action == HANDING_ON:
        named = one.values.get("person") not in (None, "")
        wrong = handing_on.faults(found, one.values) if not found.stays else []
        wrong = [reason for reason in wrong if reason.field not in ("", "person") or (not named and reason.field)]
        return [_fault(f"{reason.field}.{one.no}", reason.message) for reason in wrong]
    spec = may_answer(found.step, one.action)
    if spec is None:
        return [_fault(f"do.{one.no}", "请选择怎样办理")] if found.answers and one.action != AGREEING else []
    step: Step = found.step
    step.payload, step.item = dict(one.values), next(iter(step.open_items), None)
    reasons = list(payload.faults(step, spec, step.process.checks))
    return [_fault(f"{reason.field}.{one.no}", reason.message) for reason in reasons]


def _store(session: Session, actor: Actor, lines: list[Asked], report: dict[str, Any], now: dt.datetime) -> BulkOrder:
    order = BulkOrder(
        person_id=actor.id,
        total=len(lines),
        created_at=now,
        run_at=now + GRACE,
        data_key=crypto.wrap(crypto.new_data_key()),
    )
    plain = [{"no": x.no, "revision": x.revision, "action": x.action, "values": x.values} for x in lines]
    order.order, order.report = {"lines": plain}, report
    session.add(order)
    session.flush()
    row = OutboxRow(
        dedup=f"bulk:{order.public_id}",
        topic=TOPIC,
        payload={"order": order.public_id},
        created_at=now,
        not_before=order.run_at,
    )
    session.add(row)
    return order


def _fault(name: str, message: str) -> Reason:
    return Reason("field", "block", message, field=name)
