"""A rule changes when two persons want it: one administrator proposes, another one confirms or rejects.

What the second person reads is what the first one saw: when anything that holds at the place for this key was changed
in between, the proposal is stale and must be made anew. The version of the rules is raised under the proposal's lock,
so of two confirmations that touch the same rule the second one finds what the first has written.
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from models.organisations import Organisation
from models.people import SYSTEM_PERSON_ID, Person
from models.policies import PolicyProposal, PolicyTrial, TableVersion
from workflow import administration, policy_changes, policy_notices
from workflow.administration import READERS, fault, note, refuse, text_faults
from workflow.calendar import day_of
from workflow.errors import AlreadyDecided, NotFound, Reason, Unmet
from workflow.policy_changes import Setting, base_of, title_of
from workflow.policy_shapes import shape_of
from workflow.step import Actor
from workflow.world import Office, World, touch, world_of

LONGEST_REASON = 300
MOST_OPEN = 200
"""So many proposals may wait at one office; nobody could judge more with care."""
STATES = {
    "open": "待确认",
    "confirmed": "已确认",
    "rejected": "已驳回",
    "withdrawn": "已撤回",
    "stale": "已失效",
}
ANSWERS = {"confirmed": "confirm_rule", "rejected": "reject_rule", "withdrawn": "withdraw_rule"}
"""What whoever comes second is told that the first one did."""


@dataclass(frozen=True)
class Listed:
    """A proposal with the names of whoever made and whoever decided it."""

    proposal: PolicyProposal
    by: str
    decided_by: str


def propose(
    session: Session, actor: Actor, world: World, office: Office, wanted: Setting, reason: str, now: dt.datetime,
    trial: PolicyTrial | None = None,
) -> PolicyProposal:  # fmt: skip
    """Ask for a rule at an office. Raises NotFound, NotAllowed, or Unmet with all faults; the caller commits."""
    policy_changes.may_set(actor, world, office)
    today = day_of(now)
    persons = policy_changes.faults_of_persons(session, world, office, wanted.key, wanted.value, wanted.since or today)
    refuse([*policy_changes.faults_of_setting(wanted, today), *persons, *_reason_faults(reason)])
    return _put(session, actor, world, office, wanted, reason, now, "set", trial)


def propose_end(
    session: Session, actor: Actor, world: World, office: Office, wanted: Setting, reason: str, now: dt.datetime
) -> PolicyProposal:
    """Ask for the office's own rule to end, so that the next above holds; `wanted` gives key, stage and first day."""
    policy_changes.may_set(actor, world, office)
    if shape_of(wanted.key) is None:
        raise NotFound
    refuse([*policy_changes.faults_of_start(wanted.since, day_of(now)), *_reason_faults(reason)])
    assert wanted.since is not None
    if not policy_changes.own_rules(world, wanted.key, office, wanted.stage, wanted.since):
        raise Unmet([fault("", f"{office.name}那时没有另定“{title_of(wanted.key)}”，没有可以取消的")])
    return _put(session, actor, world, office, wanted, reason, now, "give_up", None)


def confirm(session: Session, actor: Actor, public_id: str, answer: str, now: dt.datetime) -> PolicyProposal:
    """Let a proposal take effect, as another person than the one who made it. Raises NotFound, NotAllowed or Unmet."""
    proposal, office = _open_for(session, actor, public_id)
    refuse([*_not_his_own(proposal, actor), *_answer_faults(answer)])
    touch(session, "policy")
    world = world_of(session)
    why_not = obstacle(world, proposal, day_of(now))
    if why_not:
        raise Unmet([fault("", why_not)])
    if proposal.act == "set":
        row = policy_changes.enter(session, office, setting_of(proposal), proposal.proposed_by, now)
        proposal.policy_id = row.id
    else:
        policy_changes.end(session, office, proposal.key, proposal.stage, proposal.valid_from)
    _decide(session, actor, proposal, office, "confirmed", answer, now)
    return proposal


def reject(session: Session, actor: Actor, public_id: str, answer: str, now: dt.datetime) -> PolicyProposal:
    """Turn a proposal down with a reason, as another person. Raises NotFound, NotAllowed or Unmet."""
    proposal, office = _open_for(session, actor, public_id)
    faults = [*_not_his_own(proposal, actor), *_answer_faults(answer)]
    if not answer:
        faults.append(fault("answer", "请写明为什么驳回，提议人会看到"))
    refuse(faults)
    _decide(session, actor, proposal, office, "rejected", answer, now)
    return proposal


def withdraw(session: Session, actor: Actor, public_id: str, now: dt.datetime) -> PolicyProposal:
    """Take one's own proposal back. Raises NotFound, NotAllowed or Unmet."""
    proposal, office = _open_for(session, actor, public_id)
    if proposal.proposed_by != actor.id:
        raise Unmet([fault("", "只有提议人可以撤回；不同意的，请写明理由驳回")])
    _decide(session, actor, proposal, office, "withdrawn", "", now)
    return proposal


def lapse(session: Session, now: dt.datetime) -> int:
    """Let those go that nobody can confirm any more, and tell who made them; returns how many. The caller commits.

    Which somebody is deciding at this moment are left to him.
    """
    world, lapsed = world_of(session), 0
    query = select(PolicyProposal).where(PolicyProposal.state == "open").order_by(PolicyProposal.id)
    for proposal in session.scalars(query.with_for_update(skip_locked=True)).all():
        if obstacle(world, proposal, day_of(now)):
            _lapse(session, world, proposal, CLOCK, now)
            lapsed += 1
    return lapsed


def mark(session: Session) -> int:
    """Return the number of the rules as they are now; it rises with every change of one."""
    return int(session.scalar(select(TableVersion.version).where(TableVersion.name == "policy")) or 0)


CLOCK = Actor(SYSTEM_PERSON_ID, "系统")


def _lapse(session: Session, world: World, proposal: PolicyProposal, actor: Actor, now: dt.datetime) -> None:
    office = world.office(proposal.org_id)
    changed = office.closed_on is not None or base_of(world, proposal.key, office) != proposal.base
    proposal.state, proposal.decided_at = "stale", now
    session.flush()
    policy_notices.leave_out(session, world, proposal, office, now)
    expired = not changed and proposal.valid_from < day_of(now)
    policy_notices.answer(session, proposal, office, actor.id, now, "expired" if expired else "")
    note(session, actor, "admin_policy", _said("失效", proposal, office), now)


def obstacle(world: World, proposal: PolicyProposal, today: dt.date) -> str:
    """Return why an open proposal cannot be confirmed any more, or nothing."""
    office = world.office(proposal.org_id)
    if office.closed_on is not None:
        return f"{office.name}已撤销，这项提议不能再确认"
    if base_of(world, proposal.key, office) != proposal.base:
        return "提议之后，这里的规则或默认值有了变动，提议时的比较已不成立。请按现在的规则重新提议"
    if proposal.valid_from < today:
        return f"提议的起始日 {proposal.valid_from} 已过：规则不能对已经过去的日子生效。请重新提议"
    if proposal.act == "set" and policy_changes.faults_of_setting(setting_of(proposal), today):
        return "提议的值不再符合这一条的要求。请重新提议"
    return ""


def setting_of(proposal: PolicyProposal) -> Setting:
    """Return what is asked for."""
    value = proposal.value["value"] if proposal.value else None
    return Setting(proposal.key, value, proposal.source, proposal.valid_from, proposal.valid_to, proposal.stage)


def find(session: Session, actor: Actor, world: World, public_id: str) -> Listed:
    """Return a proposal for an office within the actor's reach. Raises NotFound. One statement."""
    row = session.execute(_query().where(PolicyProposal.public_id == public_id)).one_or_none()
    if row is None or row[0].org_id not in administration.reach(actor, world, *READERS):
        raise NotFound
    return Listed(row[0], row[1], row[2] or "")


def waiting(session: Session, actor: Actor, world: World, limit: int) -> list[Listed]:
    """Return the open proposals within the actor's reach, the oldest first. One statement."""
    query = _query().join(Organisation, Organisation.id == PolicyProposal.org_id)
    query = query.where(PolicyProposal.state == "open", administration.within(actor, world, *READERS))
    return _listed(session, query.order_by(PolicyProposal.id).limit(limit))


def of_rule(session: Session, office: Office, key: str, limit: int) -> list[Listed]:
    """Return the latest proposals of an office for a key, the latest first. One statement."""
    here = (PolicyProposal.org_id == office.id) & (PolicyProposal.key == key)
    return _listed(session, _query().where(here).order_by(PolicyProposal.id.desc()).limit(limit))


def has_second(session: Session, actor: Actor, world: World, office: Office, day: dt.date) -> bool:
    """Tell whether anybody else could confirm what the actor proposes for an office. One statement."""
    return bool(policy_notices.seconds(session, actor.id, world, office, day))


def _listed(session: Session, query: Select[PolicyProposal, str, str | None]) -> list[Listed]:
    return [Listed(proposal, by, decided_by or "") for proposal, by, decided_by in session.execute(query)]


def _query() -> Select[PolicyProposal, str, str | None]:
    proposer, decider = aliased(Person), aliased(Person)
    return (
        select(PolicyProposal, proposer.name, decider.name)
        .join(proposer, proposer.id == PolicyProposal.proposed_by)
        .outerjoin(decider, decider.id == PolicyProposal.decided_by)
    )


def _put(
    session: Session, actor: Actor, world: World, office: Office, wanted: Setting, reason: str, now: dt.datetime,
    act: str, trial: PolicyTrial | None,
) -> PolicyProposal:  # fmt: skip
    _make_room(session, actor, world, office, wanted, now)
    assert wanted.since is not None
    proposal = PolicyProposal(
        act=act,
        key=wanted.key,
        org_id=office.id,
        stage=wanted.stage,
        value={"value": wanted.value} if act == "set" else None,
        valid_from=wanted.since,
        valid_to=wanted.until if act == "set" else None,
        source=wanted.source if act == "set" else "",
        reason=reason,
        base=base_of(world, wanted.key, office),
        proposed_by=actor.id,
        proposed_at=now,
        trial_id=trial.id if trial else None,
    )
    session.add(proposal)
    session.flush()
    note(session, actor, "admin_policy", _said("提议", proposal, office), now)
    policy_notices.ask(session, world, proposal, office, now)
    return proposal


def _make_room(
    session: Session, actor: Actor, world: World, office: Office, wanted: Setting, now: dt.datetime
) -> None:
    """At most one proposal waits for each rule of a place; one that cannot be confirmed any more makes way."""
    is_open = (PolicyProposal.org_id == office.id) & (PolicyProposal.state == "open")
    here = is_open & (PolicyProposal.key == wanted.key) & (PolicyProposal.stage == wanted.stage)
    earlier = session.execute(_query().where(here).with_for_update(of=PolicyProposal)).one_or_none()
    if earlier is not None and not obstacle(world, earlier[0], day_of(now)):
        words = f"{earlier[1]}对“{title_of(wanted.key)}”的提议还在等另一人确认；先确认、驳回或由其撤回，再重新提议"
        raise Unmet([fault("", words)])
    if earlier is not None:
        _lapse(session, world, earlier[0], actor, now)
    elif (session.scalar(select(func.count()).select_from(PolicyProposal).where(is_open)) or 0) >= MOST_OPEN:
        raise Unmet([fault("", f"{office.name}已有 {MOST_OPEN} 项提议等待确认，请先处理一些")])


def _open_for(session: Session, actor: Actor, public_id: str) -> tuple[PolicyProposal, Office]:
    """Return the proposal under its lock, and the office. Raises NotFound, NotAllowed, and
    AlreadyDecided, or Unmet where nobody did it, when it is open no more.
    """
    world = world_of(session)
    query = _query().where(PolicyProposal.public_id == public_id)
    row = session.execute(query.with_for_update(of=PolicyProposal)).one_or_none()
    if row is None or row[0].org_id not in administration.reach(actor, world, *READERS):
        raise NotFound
    proposal, office = row[0], world.office(row[0].org_id)
    policy_changes.may_set(actor, world, office)
    if proposal.state != "open":
        decider = session.get(Person, proposal.decided_by) if proposal.decided_by else None
        if decider is not None:  # asked for anew: the names that were read before the lock are those of an open one
            raise AlreadyDecided(None, ANSWERS[proposal.state], decider.name, proposal.decided_at)
        raise Unmet([fault("", f"这项提议{STATES[proposal.state]}，不能再办理")])
    return proposal, office


def _not_his_own(proposal: PolicyProposal, actor: Actor) -> list[Reason]:
    """Two persons, not two posts: whoever proposed does not decide, whatever else he holds."""
    if proposal.proposed_by == actor.id:
        return [fault("", "这是您自己提议的，须由另一位安全管理员确认或驳回；您可以撤回")]
    return []


def _decide(
    session: Session, actor: Actor, proposal: PolicyProposal, office: Office, state: str, answer: str, now: dt.datetime
) -> None:
    proposal.state, proposal.decided_by, proposal.decided_at = state, actor.id, now
    proposal.answer = answer
    session.flush()
    policy_notices.leave_out(session, world_of(session), proposal, office, now)
    policy_notices.answer(session, proposal, office, actor.id, now)
    note(session, actor, "admin_policy", _said(STATES[state].removeprefix("已"), proposal, office, answer), now)


def _said(act: str, proposal: PolicyProposal, office: Office, answer: str = "") -> str:
    what = "另定" if proposal.act == "set" else "不再另定"
    stage = f" {proposal.stage}" if proposal.stage else ""
    words = f"{act}：{office.code} 自 {proposal.valid_from} 起{what} {proposal.key}{stage}（{proposal.public_id}）"
    return f"{words}：{answer}" if answer else words


def _reason_faults(reason: str) -> list[Reason]:
    return text_faults({"reason": reason}, {"reason": LONGEST_REASON}, {"reason": "请写明为什么要改，确认的人据此判断"})


def _answer_faults(answer: str) -> list[Reason]:
    return text_faults({"answer": answer}, {"answer": LONGEST_REASON}, {})
