"""Filters of the inbox that an officer keeps under names of his own (常用筛选); nobody else opens them."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.saved_queues import SavedQueue
from workflow import inbox, narrowing, people
from workflow.errors import NotFound, Reason, Unmet
from workflow.narrowing import Narrowing
from workflow.payload import text_fault
from workflow.step import Actor
from workflow.world import World

MOST = 12
"""Filters that one person keeps."""
LONGEST = 20
"""Characters of a name."""


def kept(session: Session, actor: Actor) -> list[SavedQueue]:
    """Return an officer's filters in the order in which they were saved. One statement."""
    query = select(SavedQueue).where(SavedQueue.person_id == actor.id).order_by(SavedQueue.id)
    return list(session.scalars(query))


def wanted(queue: SavedQueue) -> Narrowing:
    """Return what a filter limits a list to."""
    return Narrowing(queue.process, queue.phase, queue.due, queue.office_id)


def counts(session: Session, actor: Actor, world: World, queues: Sequence[SavedQueue], now: dt.datetime) -> list[int]:
    """Return how much waits within each filter, as far as counters count. One statement for all of them."""
    return inbox.counted_within(session, actor, [narrowing.filling(wanted(one), actor, world, now) for one in queues])


def find(session: Session, actor: Actor, public_id: str) -> SavedQueue:
    """Return a filter of the officer's own. Raises NotFound."""
    mine = (SavedQueue.public_id == public_id[:26]) & (SavedQueue.person_id == actor.id)
    found = session.scalars(select(SavedQueue).where(mine)).one_or_none()
    if found is None:
        raise NotFound
    return found


def save(session: Session, actor: Actor, name: str, limited: Narrowing, now: dt.datetime) -> SavedQueue:
    """Keep a filter under a name. The caller commits. Raises Unmet (field `name`)."""
    if not limited:
        raise _refusal("请先选好筛选条件，再保存")
    others = _locked(session, actor)
    if len(others) >= MOST:
        raise _refusal(f"最多保存 {MOST} 个常用筛选，请先删去不用的")
    queue = SavedQueue(
        person_id=actor.id,
        name=_named(name, others),
        process=limited.process,
        phase=limited.phase,
        due=limited.due,
        office_id=limited.office,
        created_at=now,
    )
    session.add(queue)
    session.flush()
    return queue


def rename(session: Session, actor: Actor, public_id: str, name: str) -> SavedQueue:
    """Give a filter another name. The caller commits. Raises NotFound, or Unmet (field `name`)."""
    others = _locked(session, actor)
    queue = find(session, actor, public_id)
    queue.name = _named(name, [one for one in others if one is not queue])
    return queue


def delete(session: Session, actor: Actor, public_id: str) -> None:
    """Forget a filter. The caller commits. Raises NotFound."""
    session.delete(find(session, actor, public_id))


def _locked(session: Session, actor: Actor) -> list[SavedQueue]:
    """Return the officer's filters, which nobody changes until the commit."""
    people.hold(session, actor.id)
    return kept(session, actor)


def _named(typed: str, others: Sequence[SavedQueue]) -> str:
    """Return the name, its spaces tidied. Raises Unmet for one that is empty, too long or taken."""
    name = " ".join(typed.split())
    if not name:
        raise _refusal("请写一个名称")
    if fault := text_fault(name, LONGEST):
        raise _refusal(fault)
    if any(one.name == name for one in others):
        raise _refusal("已有同名的常用筛选，请换一个名称")
    return name


def _refusal(message: str) -> Unmet:
    return Unmet([Reason("field", "block", message, field="name")])
