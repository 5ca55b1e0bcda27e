"""Accounts and posts: who may be somebody somewhere, tokens for programs, and what ends with an account."""

import datetime as dt
import hashlib
import re
import secrets
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models.organisations import Organisation, SchoolClass
from models.people import ApiToken, Person, Post, WebSession
from workflow.calendar import day_of
from workflow.errors import NotFound, Unacceptable
from workflow.identity import read_name

SCHOOL_ROLES = ("school_clerk", "school_leader", "check_operator", "class_teacher")
DEPARTMENT_ROLES = ("dept_clerk", "dept_leader", "arbitrator")
ADMINISTRATORS = ("system_admin", "security_admin", "auditor")
"""Three separate administrators (promises 3): nobody holds two of these posts."""

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]")
_MAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")


def hold(session: Session, person_id: int) -> None:
    """Let nobody else do what needs this person held until the commit; rows that only refer to him go on."""
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))


def add(session: Session, username: str, name: str, now: dt.datetime, *, email: str = "", phone: str = "") -> Person:
    """Create an account that cannot log in yet. Raises Unacceptable with the field that is wrong."""
    if not _USERNAME.fullmatch(username):
        raise Unacceptable("username", "账号由 3 至 64 个小写字母、数字、点、下划线或短横组成，首尾为字母或数字")
    if session.scalar(select(Person.id).where(Person.username == username)) is not None:
        raise Unacceptable("username", f"账号 {username} 已经存在")
    clean = read_name(name)
    if clean.fault:
        raise Unacceptable("name", "姓名不能为空，最长 50 字，不能含特殊符号")
    person = Person(username=username, name=clean.text, created_at=now)
    set_contact(person, email=email, phone=phone)
    session.add(person)
    session.flush()
    return person


def set_contact(person: Person, *, email: str, phone: str) -> None:
    """Set where notices go and which telephone is shown. Raises Unacceptable."""
    if email and not _MAIL.fullmatch(email):
        raise Unacceptable("email", f"{email} 不是电子邮箱地址")
    person.email, person.phone = email, phone


def assign(
    session: Session, person: Person, org: Organisation, role: str, since: dt.date, room: SchoolClass | None = None
) -> Post:
    """Give a person a post from `since` on. Raises Unacceptable where role, office and class do not go together."""
    _check_place(org, role, room, since)
    held = session.scalars(
        select(Post).where(Post.person_id == person.id, Post.valid_to.is_(None) | (Post.valid_to >= since))
    ).all()
    if role in ADMINISTRATORS and any(post.role in ADMINISTRATORS for post in held):
        raise Unacceptable("role", "系统管理员、安全管理员和审计员必须是三位不同的人员")
    if any((post.org_id, post.role, post.class_id) == (org.id, role, room.id if room else None) for post in held):
        raise Unacceptable("role", f"{person.name}在{org.name}已有这个岗位")
    post = Post(person_id=person.id, org_id=org.id, role=role, class_id=room.id if room else None, valid_from=since)
    session.add(post)
    session.flush()
    return post


def roles_at(org: Organisation) -> tuple[str, ...]:
    """Return the roles that make sense at an organisation: schools ask and sign, departments sign and rule."""
    return SCHOOL_ROLES if org.level == "school" else (*DEPARTMENT_ROLES, *ADMINISTRATORS)


def by_username(session: Session, username: str) -> Person:
    """Return the account. Raises NotFound; the account of the clock is nobody's."""
    person = session.scalars(select(Person).where(Person.username == username, Person.username != "system")).first()
    if person is None:
        raise NotFound
    return person


def set_password(session: Session, person: Person, password_hash: str, *, changed_at: dt.datetime | None) -> None:
    """Store a new password and end every session. `changed_at` None: it must be changed at the next log-in."""
    person.password_hash, person.password_changed_at = password_hash, changed_at
    session.execute(delete(WebSession).where(WebSession.person_id == person.id))


def disable(session: Session, person: Person, now: dt.datetime) -> None:
    """End an account: no log-in, no token, no session, and its posts end today. What the person did stays on record."""
    if person.disabled_at is not None:
        raise Unacceptable("username", f"账号 {person.username} 已经停用")
    person.disabled_at = now
    session.execute(delete(WebSession).where(WebSession.person_id == person.id))
    of_person: Any = ApiToken.person_id == person.id
    session.execute(update(ApiToken).where(of_person, ApiToken.revoked_at.is_(None)).values(revoked_at=now))
    end_posts(session, person, day_of(now))


def end_posts(session: Session, person: Person, last: dt.date) -> None:
    """End every post that runs or is to come; `last` is the last day on which it holds."""
    running: Any = (Post.person_id == person.id) & (Post.valid_to.is_(None) | (Post.valid_to > last))
    session.execute(update(Post).where(running).values(valid_to=last))


def issue_token(
    session: Session, person: Person, now: dt.datetime, *, label: str = "", days: int | None = None
) -> str:
    """Return a new bearer token of a person; only its digest is stored, so it is shown this once."""
    if person.disabled_at is not None:
        raise Unacceptable("username", f"账号 {person.username} 已经停用")
    token = f"xjb_{secrets.token_urlsafe(32)}"
    expires = now + dt.timedelta(days=days) if days else None
    session.add(
        ApiToken(
            token_digest=token_digest(token), person_id=person.id, label=label, created_at=now, expires_at=expires
        )
    )
    session.flush()
    return token


def token_digest(token: str) -> bytes:
    """Return what is stored of a token: SHA-256, for the token itself is 256 random bits."""
    return hashlib.sha256(token.encode()).digest()


def _check_place(org: Organisation, role: str, room: SchoolClass | None, since: dt.date) -> None:
    if role not in roles_at(org):
        raise Unacceptable("role", f"{org.name}没有“{role}”这个岗位，可选：{'、'.join(roles_at(org))}")
    if org.closed_on is not None and org.closed_on <= since:
        raise Unacceptable("org", f"{org.name}已撤销，不能再设岗位")
    if role == "class_teacher" and (room is None or room.school_id != org.id):
        raise Unacceptable("class", "班主任岗位须指明本校的班级")
    if role != "class_teacher" and room is not None:
        raise Unacceptable("class", "只有班主任岗位指明班级")
