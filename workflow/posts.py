"""Accounts and posts as administrators manage them: limited to their offices, never for themselves, written down."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from models.organisations import Organisation, SchoolClass
from models.people import SYSTEM_PERSON_ID, Person, Post
from workflow import administration, handing_over, people
from workflow.administration import BOTH, SECURITY, SYSTEM, fault, is_public_id, note, refuse, text_faults
from workflow.calendar import day_of
from workflow.errors import NotFound, Reason, Unacceptable, Unmet
from workflow.handing_over import Handed
from workflow.holding import valid_on
from workflow.payload import bad_character, date_of
from workflow.people import ADMINISTRATORS
from workflow.rights import TITLES
from workflow.step import Actor
from workflow.world import Office, World

EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2100, 1, 1)
POST_LIMITS = {"person": 64, "org": 20, "class": 7}
ACCOUNT_LIMITS = {"username": 64, "name": 50, "email": 254, "phone": 40}
ONLY_SECURITY = "系统管理员、安全管理员和审计员的岗位只由安全管理员任免"


@dataclass(frozen=True)
class Held:
    """A post with its holder and class; `cursor` is where the next page begins."""

    post: Post
    person: Person
    room: str

    @property
    def cursor(self) -> tuple[str, int]:
        return self.person.username, self.post.id


@dataclass(frozen=True)
class Wanted:
    """What a list of posts is limited to; `former` shows those that ended as well."""

    text: str = ""
    role: str = ""
    org_id: int | None = None
    former: bool = False


def listed(
    session: Session,
    actor: Actor,
    world: World,
    wanted: Wanted,
    day: dt.date,
    after: tuple[str, int] | None = None,
    limit: int = 25,
) -> list[Held]:
    """Return posts within reach, ordered by user name. One statement."""
    query = (
        select(Post, Person, SchoolClass.name)
        .join(Person, Person.id == Post.person_id)
        .join(Organisation, Organisation.id == Post.org_id)
        .outerjoin(SchoolClass, SchoolClass.id == Post.class_id)
        .where(administration.within(actor, world, *BOTH))
    )
    if wanted.text:
        by_username = Person.username.contains(wanted.text, autoescape=True)
        query = query.where(by_username | Person.name.contains(wanted.text, autoescape=True))
    if wanted.role:
        query = query.where(Post.role == wanted.role)
    if wanted.org_id is not None:
        query = query.where(Post.org_id == wanted.org_id)
    if not wanted.former:
        query = query.where(Post.valid_to.is_(None) | (Post.valid_to >= day))
    if after:
        query = query.where(tuple_(Person.username, Post.id) > tuple_(*after))
    rows = session.execute(query.order_by(Person.username, Post.id).limit(limit))
    return [Held(row[0], row[1], row[2] or "") for row in rows]


def give(
    session: Session, actor: Actor, world: World, typed: Mapping[str, str], now: dt.datetime
) -> tuple[Person, Post]:
    """Give an existing account a post. `typed`: person, org (code), role, class, valid_from, valid_to. Raises Unmet."""
    faults = text_faults(typed, POST_LIMITS, {"person": "请填写用户名", "org": "请填写单位代码"})
    person = _known(session, actor, world, typed.get("person", ""), faults)
    place = _place(session, actor, world, typed, now, faults)
    if person is not None and person.id == actor.id:
        faults.append(fault("person", "不能给自己任岗位，请由另一位管理员办理"))
    refuse(faults)
    assert person is not None
    return person, _assign(session, actor, person, place, now)


def open_account(
    session: Session, actor: Actor, world: World, typed: Mapping[str, str], password_hash: str, now: dt.datetime
) -> Person:
    """Create an account with a first post, if one is named; its password must be changed. Raises Unmet."""
    if not administration.reach(actor, world, SYSTEM):
        raise NotFound
    faults = text_faults(typed, {**ACCOUNT_LIMITS, **POST_LIMITS}, {"username": "请填写用户名", "name": "请填写姓名"})
    wants_post = bool(typed.get("role") or typed.get("org"))
    place = _place(session, actor, world, typed, now, faults) if wants_post else None
    refuse(faults)
    contact = {"email": typed.get("email", ""), "phone": typed.get("phone", "")}
    try:
        person = people.add(session, typed["username"], typed["name"], now, **contact)
    except Unacceptable as wrong:
        raise Unmet([fault(wrong.field, wrong.message)]) from None
    people.set_password(session, person, password_hash, changed_at=None)
    if place is not None:
        _assign(session, actor, person, place, now)
    note(session, actor, "admin_account", f"新建账号 {person.username} {person.name}", now)
    return person


def account(session: Session, actor: Actor, world: World, public_id: str) -> tuple[Person, list[Post]]:
    """Return an account within reach with every post it ever held, the latest first. Raises NotFound."""
    found = select(Person).where(Person.public_id == public_id)
    person = session.scalars(found).first() if is_public_id(public_id) else None
    if person is None or person.id == SYSTEM_PERSON_ID:
        raise NotFound
    query = select(Post).where(Post.person_id == person.id).order_by(Post.valid_from.desc(), Post.id.desc())
    posts = list(session.scalars(query))
    if not {post.org_id for post in posts} & administration.reach(actor, world, *BOTH):
        raise NotFound
    return person, posts


def may_manage(actor: Actor, world: World, person: Person, posts: list[Post], day: dt.date) -> str:
    """Return why the actor may not change an account, or nothing.

    The account must work for the actor's offices only, must not be the actor's own, and must not be an administrator's:
    whoever could set another administrator's password could act as both.
    """
    within = administration.reach(actor, world, SYSTEM)
    running = [post for post in posts if post.valid_to is None or post.valid_to >= day]
    if not within:
        return "账号由系统管理员维护"
    if person.id == actor.id:
        return "不能更改自己的账号"
    if any(post.role in ADMINISTRATORS for post in running):
        return "管理员和审计员的密码在服务器上用 xuejiban user password 更改"
    if any(post.org_id not in within for post in running):
        return "该账号还在您管理范围以外任职"
    return ""


def change_account(
    session: Session, actor: Actor, world: World, public_id: str, typed: Mapping[str, str], now: dt.datetime
) -> Person:
    """Change mail address and telephone of an account. Raises NotFound or Unmet."""
    person = _manageable(session, actor, world, public_id, now)
    refuse(text_faults(typed, {"email": 254, "phone": 40}, {}))
    try:
        people.set_contact(person, email=typed.get("email", ""), phone=typed.get("phone", ""))
    except Unacceptable as wrong:
        raise Unmet([fault(wrong.field, wrong.message)]) from None
    note(session, actor, "admin_account", f"更改账号 {person.username} 的联系方式", now)
    return person


def renew_password(
    session: Session, actor: Actor, world: World, public_id: str, password_hash: str, now: dt.datetime
) -> Person:
    """Set a new one-time password and end every session of the account. Raises NotFound or Unmet."""
    person = _manageable(session, actor, world, public_id, now)
    people.set_password(session, person, password_hash, changed_at=None)
    note(session, actor, "admin_account", f"重置账号 {person.username} 的密码", now)
    return person


def disable(session: Session, actor: Actor, world: World, public_id: str, now: dt.datetime) -> Person:
    """End an account; what the person has goes back to its desks. Raises NotFound, Unmet or Unacceptable."""
    person = _manageable(session, actor, world, public_id, now)
    handing_over.leave(session, person, None, handing_over.ACCOUNT, actor.id, now)
    note(session, actor, "admin_account", f"停用账号 {person.username}", now)
    return person


def hand_over(
    session: Session, actor: Actor, world: World, public_id: str, typed: Mapping[str, str], now: dt.datetime
) -> tuple[Person, Handed]:
    """Hand everything somebody has to a successor or back to the desks, and end his posts or his account.

    `typed`: successor (user name, or empty), ends ("posts" or "account"). Raises NotFound, Unmet or Unacceptable.
    """
    person = _manageable(session, actor, world, public_id, now)
    faults = text_faults(typed, {"successor": 64, "ends": 10}, {})
    if typed.get("ends") not in (handing_over.POSTS, handing_over.ACCOUNT):
        faults.append(fault("ends", "请选择离职还是调离"))
    successor = None
    if typed.get("successor"):
        successor = _successor(session, actor, world, typed["successor"], person, now, faults)
    refuse(faults)
    if person.disabled_at is not None:
        raise Unacceptable("", f"账号 {person.username} 已经停用")
    handed = handing_over.leave(session, person, successor, typed["ends"], actor.id, now)
    to = f"，交给 {successor.username}" if successor else "，交回各岗位"
    note(session, actor, "admin_account", f"交接 {person.username}{to}", now)
    return person, handed


def _successor(
    session: Session, actor: Actor, world: World, username: str, person: Person, now: dt.datetime, faults: list[Reason]
) -> Person | None:
    """Return who takes over: somebody within reach who works today, and not the leaver himself."""
    within, today = administration.reach(actor, world, *BOTH), day_of(now)
    query = select(Person).join(Post, Post.person_id == Person.id).where(Person.username == username, valid_on(today))
    found = session.scalars(query.where(Post.org_id.in_(within))).first() if not bad_character(username) else None
    if found is None or found.id == person.id:
        faults.append(fault("successor", f"在您管理的范围内没有可以接手的在任人员 {username[:64]}"))
        return None
    desks = [set(handing_over.queues_of(session, one.id, today)) for one in (found, person)]
    if not desks[0] & desks[1]:
        words = f"{found.name}不在{person.name}的任何一个岗位任职，不能接手；不填则交回各岗位"
        faults.append(fault("successor", words))
        return None
    return found


def _manageable(session: Session, actor: Actor, world: World, public_id: str, now: dt.datetime) -> Person:
    person, posts = account(session, actor, world, public_id)
    why = may_manage(actor, world, person, posts, day_of(now))
    if why:
        raise Unmet([fault("", why)])
    return person


@dataclass(frozen=True)
class _Place:
    org: Organisation
    office: Office
    role: str
    room: SchoolClass | None
    since: dt.date
    until: dt.date | None


def _place(
    session: Session, actor: Actor, world: World, typed: Mapping[str, str], now: dt.datetime, faults: list[Reason]
) -> _Place | None:
    """Read where, as what and for how long; everything that is wrong goes into `faults`."""
    office, role = world.by_code.get(typed.get("org", "")), typed.get("role", "")
    since, until = _days(typed, day_of(now), faults)
    if role not in TITLES:
        faults.append(fault("role", "请选择岗位"))
    if office is None or office.id not in administration.reach(actor, world, *BOTH):
        if not any(reason.field == "org" for reason in faults):
            faults.append(fault("org", "在您管理的范围内没有这个代码的单位"))
        return None
    org = session.get_one(Organisation, office.id)
    if role in TITLES:
        if role not in people.roles_at(org):
            known = "、".join(TITLES[one] for one in people.roles_at(org))
            faults.append(fault("role", f"{office.name}没有{TITLES[role]}这个岗位，可选：{known}"))
        faults += not_his_to_give(actor, world, role, office.id)
    if office.closed_on is not None:
        faults.append(fault("org", f"{office.name}已停办，不能再任岗位"))
    room = _room(session, office, role, typed.get("class", ""), faults)
    return _Place(org, office, role, room, since, until)


def _days(typed: Mapping[str, str], today: dt.date, faults: list[Reason]) -> tuple[dt.date, dt.date | None]:
    since = date_of(typed["valid_from"]) if typed.get("valid_from") else today
    until = date_of(typed["valid_to"]) if typed.get("valid_to") else None
    if since is None or not EARLIEST <= since <= LATEST:
        faults.append(fault("valid_from", "日期应写成 2025-09-01 的样子"))
    if typed.get("valid_to") and (until is None or not EARLIEST <= until <= LATEST):
        faults.append(fault("valid_to", "日期应写成 2025-09-01 的样子"))
    if since and until and until < max(since, today):
        faults.append(fault("valid_to", "止期不能早于起始日期，也不能早于今天"))
    return since or today, until


def _room(session: Session, office: Office, role: str, no: str, faults: list[Reason]) -> SchoolClass | None:
    if role != "class_teacher":
        if no:
            faults.append(fault("class", "只有班主任填写班号"))
        return None
    no = no if re.fullmatch(r"[0-9]{7}", no) else ""
    query = select(SchoolClass).where(SchoolClass.school_id == office.id, SchoolClass.no == no)
    room = session.scalars(query.where(SchoolClass.closed_on.is_(None))).first() if no else None
    if room is None:
        faults.append(fault("class", f"{office.name}没有这个班号的班级" if no else "请填写班主任所带班级的 7 位班号"))
    return room


def not_his_to_give(actor: Actor, world: World, role: str, org_id: int) -> list[Reason]:
    """Return what stands against giving or ending a post of this role there."""
    if role in ADMINISTRATORS and org_id not in administration.reach(actor, world, SECURITY):
        return [fault("role", ONLY_SECURITY)]
    return []


def _known(session: Session, actor: Actor, world: World, username: str, faults: list[Reason]) -> Person | None:
    """Return the account if it belongs to the actor's offices or to none yet; no word about any other."""
    if not username or bad_character(username):
        return None
    query = select(Person).where(Person.username == username, Person.id != SYSTEM_PERSON_ID).with_for_update()
    person = session.scalars(query).first()
    if person is not None:
        offices = set(session.scalars(select(Post.org_id).where(Post.person_id == person.id)))
        if not offices or offices & administration.reach(actor, world, *BOTH):
            if person.disabled_at is None:
                return person
            faults.append(fault("person", f"账号 {username} 已停用"))
            return None
    faults.append(fault("person", f"在您管理的范围内没有用户名 {username[:64]}"))
    return None


def _assign(session: Session, actor: Actor, person: Person, place: _Place | None, now: dt.datetime) -> Post:
    assert place is not None
    try:
        post = people.assign(session, person, place.org, place.role, place.since, place.room)
    except Unacceptable as wrong:
        raise Unmet([fault(wrong.field, wrong.message)]) from None
    post.valid_to = place.until
    note(session, actor, "admin_post", said("任", person, place.office, place.role), now)
    return post


def said(act: str, person: Person, office: Office, role: str) -> str:
    """Return what the log of administration says of a post."""
    return f"{act} {person.username} {office.code} {TITLES[role]}"
