"""Giving and ending the orders by which one officer stands in for another, and who may do that (代理)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from models.deputies import Substitution
from models.people import SYSTEM_PERSON_ID, Person, Post
from workflow import administration
from workflow.administration import BOTH, fault, is_public_id, note, refuse, text_faults
from workflow.calendar import day_of
from workflow.deputies import ROLES
from workflow.errors import NotFound, Reason
from workflow.payload import date_of
from workflow.policies import look_up
from workflow.rights import LEADING
from workflow.step import Actor
from workflow.world import Office, World

LIMITS = {"principal": 64, "deputy": 64, "process": 30, "org": 20, "reason": 100}
NEEDED = {"deputy": "请选择由谁代理"}
AHEAD = dt.timedelta(days=366)
"""No order begins later than this from today."""
SHOWN = dt.timedelta(days=90)
"""So long an order that ended is still listed."""
LISTED = 200


@dataclass(frozen=True)
class Shown:
    """An order with the names in it, and whether the viewer may end it."""

    order: Substitution
    principal: str
    deputy: str
    by: str
    may_end: bool

    def state(self, day: dt.date) -> str:
        """Return coming, running or over."""
        if self.order.ended_at is not None or self.order.valid_to < day:
            return "over"
        return "coming" if self.order.valid_from > day else "running"


def listed(session: Session, actor: Actor, world: World, day: dt.date) -> list[Shown]:
    """Return the orders that concern the actor, and those of the offices he leads or administers; newest first."""
    principal, deputy, by = aliased(Person), aliased(Person), aliased(Person)
    concern = or_(Substitution.principal_id == actor.id, Substitution.deputy_id == actor.id)
    within = _reach(actor, world)
    if within:
        there = select(Post.person_id).where(Post.org_id.in_(within), Post.role.in_(ROLES))
        concern = or_(concern, Substitution.principal_id.in_(there))
    query = (
        select(Substitution, principal.name, deputy.name, by.name)
        .join(principal, principal.id == Substitution.principal_id)
        .join(deputy, deputy.id == Substitution.deputy_id)
        .join(by, by.id == Substitution.ordered_by)
        .where(concern, Substitution.valid_to >= day - SHOWN)
        .order_by(Substitution.id.desc())
        .limit(LISTED)
    )
    return [Shown(row[0], row[1], row[2], row[3], _may_end(row[0], actor, day)) for row in session.execute(query)]


def order(
    session: Session, actor: Actor, world: World, typed: Mapping[str, str], now: dt.datetime, kinds: tuple[str, ...]
) -> Substitution:
    """Let somebody stand in for somebody else. Raises Unmet with every fault at its field; the caller commits.

    `typed`: principal (user name; empty: the actor himself), deputy (user name), process (one of `kinds`, or empty for
    all), org (code, or empty for all offices of the principal), valid_from, valid_to, reason.
    """
    faults = text_faults(typed, LIMITS, NEEDED)
    since, until = _period(typed, day_of(now), faults)
    principal = _principal(session, actor, world, typed, faults)
    deputy = _person(session, typed.get("deputy", ""), "deputy", faults) if typed.get("deputy") else None
    if typed.get("process") and typed["process"] not in kinds:
        faults.append(fault("process", "没有这类事项"))
    refuse(faults)
    assert principal is not None
    assert deputy is not None
    place = _place(session, actor, world, principal, typed.get("org", ""), since, faults)
    refuse(faults)
    made = Substitution(
        principal_id=principal.id,
        deputy_id=deputy.id,
        process=typed.get("process", ""),
        org_id=place.id if place else None,
        valid_from=since,
        valid_to=until,
        reason=typed.get("reason", ""),
        ordered_by=actor.id,
        ordered_at=now,
    )
    _check_people(session, actor, world, principal, deputy, made, faults)
    _check_other_orders(session, principal, deputy, made, faults)
    refuse(faults)
    session.add(made)
    note(session, actor, "deputy", f"代理 {deputy.username} 代 {principal.username} {since} 至 {until}", now)
    session.flush()
    return made


def end(session: Session, actor: Actor, world: World, public_id: str, now: dt.datetime) -> Substitution:
    """End an order at once. Raises NotFound where it is none of the actor's business; an ended one stays as it is."""
    query = select(Substitution).where(Substitution.public_id == public_id).with_for_update()
    found = session.scalars(query).one_or_none() if is_public_id(public_id) else None
    if found is None or not (_concerns(found, actor) or _reaches(session, actor, world, found)):
        raise NotFound
    if found.ended_at is None and found.valid_to >= day_of(now):
        found.ended_at, found.ended_by = now, actor.id
        note(session, actor, "deputy", f"结束代理 {found.deputy_id} 代 {found.principal_id}", now)
        session.flush()
    return found


def offices_of(session: Session, person_id: int, day: dt.date) -> list[int]:
    """Return where somebody has posts that can be filled in for, from `day` on."""
    query = select(Post.org_id).where(Post.person_id == person_id, Post.role.in_(ROLES), _lasts(day))
    return list(dict.fromkeys(session.scalars(query.order_by(Post.id))))


def places_for(world: World, offices: list[int]) -> set[int]:
    """Return where a deputy for these offices may come from: the offices themselves and the authority above each."""
    return {above.id for number in offices for above in list(world.upwards(world.office(number)))[:2]}


# ---- who may -------------------------------------------------------------------------------------------------------


def _reach(actor: Actor, world: World) -> frozenset[int]:
    """The offices for whose people the actor may give orders: those he leads, and those he administers."""
    return administration.reach(actor, world, *BOTH) | led_by(actor)


def led_by(actor: Actor) -> set[int]:
    """Return the offices that somebody leads."""
    return {desk.org_id for desk in actor.desks if desk.role in LEADING}


def may_order_for_others(actor: Actor, world: World) -> bool:
    return bool(_reach(actor, world))


def _concerns(one: Substitution, actor: Actor) -> bool:
    return actor.id in (one.principal_id, one.deputy_id)


def _reaches(session: Session, actor: Actor, world: World, one: Substitution) -> bool:
    query = select(Post.org_id).where(Post.person_id == one.principal_id, Post.role.in_(ROLES))
    return bool(set(session.scalars(query)) & _reach(actor, world))


def _may_end(one: Substitution, actor: Actor, day: dt.date) -> bool:
    """Whoever sees an order in his list may end it while it runs or is to come."""
    return one.ended_at is None and one.valid_to >= day


# ---- what is wrong -------------------------------------------------------------------------------------------------


def _period(typed: Mapping[str, str], today: dt.date, faults: list[Reason]) -> tuple[dt.date, dt.date]:
    since = date_of(typed["valid_from"]) if typed.get("valid_from") else today
    until = date_of(typed.get("valid_to", ""))
    if since is None or not today <= since <= today + AHEAD:
        faults.append(fault("valid_from", "开始日期应写成 2025-09-01 的样子，不早于今天，不晚于一年后"))
    if until is None or (since is not None and until < since):
        faults.append(fault("valid_to", "请写明代理到哪一天为止，不早于开始日期"))
    return since or today, until or today


def _principal(
    session: Session, actor: Actor, world: World, typed: Mapping[str, str], faults: list[Reason]
) -> Person | None:
    """Return whose desk it is, locked so that two orders for him come one after the other."""
    username = typed.get("principal", "")
    wanted = Person.username == username if username else Person.id == actor.id
    query = select(Person).where(wanted, Person.id != SYSTEM_PERSON_ID, Person.disabled_at.is_(None))
    found = session.scalars(query.with_for_update()).one_or_none()
    if found is not None and found.id != actor.id:
        posts = select(Post.org_id).where(Post.person_id == found.id, Post.role.in_(ROLES))
        found = found if set(session.scalars(posts)) & _reach(actor, world) else None
    if found is None:
        faults.append(fault("principal", f"在您可以安排的人员中没有用户名 {username[:64]}"))
    return found


def _person(session: Session, username: str, field: str, faults: list[Reason]) -> Person | None:
    query = select(Person).where(Person.username == username, Person.id != SYSTEM_PERSON_ID)
    found = session.scalars(query.where(Person.disabled_at.is_(None))).one_or_none()
    if found is None:
        faults.append(fault(field, f"可以代理的人员中没有用户名 {username[:64]}"))
    return found


def _place(
    session: Session, actor: Actor, world: World, principal: Person, code: str, since: dt.date, faults: list[Reason]
) -> Office | None:
    """Return the office the order is confined to; None for all where the principal works."""
    offices = offices_of(session, principal.id, since)
    mine = offices if principal.id == actor.id else [one for one in offices if one in _reach(actor, world)]
    if not mine:
        faults.append(fault("principal", "没有可以代理的岗位"))
        return None
    if not code:
        return world.office(mine[0]) if len(mine) < len(offices) else None
    office = world.by_code.get(code)
    if office is None or office.id not in mine:
        faults.append(fault("org", f"{principal.name}在这个单位没有可以代理的岗位"))
    return office


def _check_people(
    session: Session,
    actor: Actor,
    world: World,
    principal: Person,
    deputy: Person,
    made: Substitution,
    faults: list[Reason],
) -> None:
    if deputy.id == principal.id:
        faults.append(fault("deputy", "本人不能代理本人"))
        return
    if deputy.id == actor.id:
        faults.append(fault("deputy", "不能指定自己代理别人，请由本人或其他管理人员设置"))
        return
    places = [made.org_id] if made.org_id else offices_of(session, principal.id, made.valid_from)
    longest = int(look_up(world, "deputy.longest_days", world.office(places[0]), made.valid_from).value)
    if (made.valid_to - made.valid_from).days >= longest:
        faults.append(fault("valid_to", f"一次最长 {longest} 天"))
    held = select(Post.org_id).where(Post.person_id == deputy.id, Post.role.in_(ROLES), _lasts(made.valid_to))
    works_at = set(session.scalars(held.where(Post.valid_from <= made.valid_from)))
    for number in places:
        office = world.office(number)
        if not works_at & {above.id for above in world.upwards(office)}:
            faults.append(fault("deputy", f"代理人在这段时间须在{office.name}或其上级主管部门任职"))
            return


def _check_other_orders(
    session: Session, principal: Person, deputy: Person, made: Substitution, faults: list[Reason]
) -> None:
    """Refuse a second deputy for the same work, and one who is away himself: nobody acts through a third person."""
    query = select(Substitution).where(
        Substitution.principal_id.in_((principal.id, deputy.id)),
        Substitution.valid_from <= made.valid_to,
        Substitution.valid_to >= made.valid_from,
        Substitution.ended_at.is_(None),
    )
    for one in session.scalars(query.order_by(Substitution.id)):
        if one.process and made.process and one.process != made.process:
            continue
        if one.principal_id == deputy.id:
            faults.append(fault("deputy", f"{deputy.name}在这段时间自己也由别人代理，不能再代理别人"))
        elif not one.org_id or not made.org_id or one.org_id == made.org_id:
            faults.append(fault("valid_from", f"{one.valid_from} 至 {one.valid_to} 已有人代理同样的事项，请先结束"))


def _lasts(day: dt.date) -> ColumnElement[bool]:
    return or_(Post.valid_to.is_(None), Post.valid_to >= day)
