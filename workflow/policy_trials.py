"""Trials that administrators start from the pages: a row first, carried out by a worker, the result kept with it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from models.policies import PolicyProposal, PolicyTrial
from models.session import LockTimeout, reading, transact
from workflow import administration, outbox, policy_changes
from workflow.administration import READERS, fault, refuse
from workflow.calendar import day_of
from workflow.errors import NotFound, Unmet
from workflow.simulation import trial
from workflow.simulation.worlds import Wanted
from workflow.step import Actor
from workflow.world import World, world_of

UNFINISHED = ("waiting", "running")
MOST_AT_ONCE = 3
KEEP = dt.timedelta(days=180)
"""So long a trial is kept that no proposal names."""


def start(session: Session, actor: Actor, world: World, wanted: Wanted, now: dt.datetime) -> PolicyTrial:
    """Ask for a trial; a worker carries it out. Raises NotFound, NotAllowed or Unmet; the caller commits."""
    policy_changes.may_set(actor, world, wanted.office)
    trial.check(world, wanted, day_of(now))
    if wanted.value is not None:
        refuse(policy_changes.faults_of_persons(session, world, wanted.office, wanted.key, wanted.value, day_of(now)))
    mine = (PolicyTrial.person_id == actor.id) & PolicyTrial.state.in_(UNFINISHED)
    if (session.scalar(select(func.count()).select_from(PolicyTrial).where(mine)) or 0) >= MOST_AT_ONCE:
        raise Unmet([fault("", f"您有 {MOST_AT_ONCE} 次试算还没有算完，请等算完再试")])
    row = PolicyTrial(
        key=wanted.key,
        org_id=wanted.office.id,
        stage=wanted.stage,
        value=None if wanted.value is None else {"value": wanted.value},
        since=wanted.since,
        until=wanted.until,
        person_id=actor.id,
        created_at=now,
        state="waiting",
    )
    session.add(row)
    session.flush()
    errand: dict[str, Any] = {
        "dedup": f"trial:{row.public_id}",
        "topic": "trial",
        "recipient": "",
        "payload": {"trial": row.public_id, "queue": f"{wanted.office.id}:security_admin"},
        "created_at": now,
        "not_before": now,
        "attempts": 0,
    }
    outbox.add_once(session, [errand])
    return row


def find(session: Session, actor: Actor, world: World, public_id: str) -> PolicyTrial:
    """Return a trial of an office within the actor's reach. Raises NotFound."""
    row = session.scalars(select(PolicyTrial).where(PolicyTrial.public_id == public_id)).one_or_none()
    if row is None or row.org_id not in administration.reach(actor, world, *READERS):
        raise NotFound
    return row


def wanted_of(world: World, row: PolicyTrial) -> Wanted:
    """Return what a trial tries."""
    value = row.value["value"] if row.value else None
    return Wanted(row.key, world.office(row.org_id), row.stage, value, row.since, row.until)


def of_value(session: Session, public_id: str, wanted: policy_changes.Setting, org_id: int) -> PolicyTrial | None:
    """Return the finished trial of exactly this rule at this office, so that its numbers belong to the proposal."""
    row = session.scalars(select(PolicyTrial).where(PolicyTrial.public_id == public_id)).one_or_none()
    if row is None or row.state != "done":
        return None
    same = (row.key, row.org_id, row.stage, row.value) == (wanted.key, org_id, wanted.stage, {"value": wanted.value})
    return row if same else None


def run_job(engine: Engine, public_id: str, now: dt.datetime, alive: Callable[[], None]) -> None:
    """Carry a trial out and keep the result; done twice it does no harm. `alive` is called as it gets further."""
    with reading(engine) as session:
        row = session.scalars(select(PolicyTrial).where(PolicyTrial.public_id == public_id)).one_or_none()
        wanted = wanted_of(world_of(session), row) if row else None
    if wanted is None or row is None or row.state == "done":
        return

    def report(done: int, total: int) -> None:
        try:
            transact(engine, lambda session: _note(session, public_id, state="running", done=done, total=total))
            alive()
        except LockTimeout:
            return  # how far it is will be told the next time

    result = trial.run(engine, wanted, now, progress=report)
    transact(engine, lambda session: _note(session, public_id, state="done", result=result, finished_at=now))


def give_up(session: Session, public_id: str, now: dt.datetime) -> None:
    """Say that a trial could not be carried out. The caller commits."""
    _note(session, public_id, state="broken", finished_at=now)


def forget_old(session: Session, now: dt.datetime) -> int:
    """Delete old trials that no proposal names; returns how many. The caller commits."""
    named = select(PolicyProposal.trial_id).where(PolicyProposal.trial_id.is_not(None))
    old = delete(PolicyTrial).where(PolicyTrial.created_at < now - KEEP, PolicyTrial.id.not_in(named))
    gone: Any = session.execute(old.execution_options(synchronize_session=False))
    return int(gone.rowcount)


def _note(session: Session, public_id: str, **values: Any) -> None:
    query = select(PolicyTrial).where(PolicyTrial.public_id == public_id, PolicyTrial.state != "done")
    row = session.scalars(query.with_for_update()).one_or_none()
    if row is not None:
        for name, value in values.items():
            setattr(row, name, value)
        session.flush()
