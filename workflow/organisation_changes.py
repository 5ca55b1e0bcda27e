"""Offices and schools as administrators change them one by one; files with many are taken in by `organisations`."""

import datetime as dt
import re
from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.organisations import Organisation, SchoolClass
from models.people import Person, Post
from models.students import Enrolment
from workflow import administration, closing
from workflow.administration import fault, note, refuse, text_faults
from workflow.calendar import day_of
from workflow.errors import NotFound, Reason
from workflow.identity import plausible_area, school_code_fault
from workflow.organisations import NAME_LIMIT, RANK
from workflow.rights import leaders_of
from workflow.step import Actor
from workflow.world import Office, World, touch

PHONE_LIMIT, SHORT_LIMIT = 40, 8
LIMITS = {"name": NAME_LIMIT, "short_name": SHORT_LIMIT, "phone": PHONE_LIMIT}
NEEDED = {"name": "请填写单位名称", "short_name": "请填写简称，它印在印章里"}
_PHONE = re.compile(r"[0-9+() -]{5,40}")
_GRADES = re.compile(r"(\d{1,2})(?:-(\d{1,2}))?")


def change(
    session: Session, actor: Actor, world: World, office: Office, typed: Mapping[str, str], now: dt.datetime
) -> None:
    """Change what may be changed of an organisation. Raises Unmet with every field that is wrong; touches the world."""
    within = administration.reach(actor, world, administration.SYSTEM)
    if office.id not in within:
        raise NotFound
    faults = [*text_faults(typed, LIMITS, NEEDED), *_phone(typed)]
    grades = _grades(typed, faults) if office.is_school else office.grades
    dept = _department(world, within, typed.get("competent", ""), office, faults) if office.is_school else None
    if office.closed_on is not None:
        faults.append(fault("", f"{office.name}已停办，不能再更改"))
    refuse(faults)
    row = session.get_one(Organisation, office.id)
    row.name, row.short_name, row.phone = typed["name"], typed["short_name"], typed.get("phone", "")
    if dept is not None:
        row.competent_dept_id, row.grades = dept.id, list(grades)
        row.demonstration = typed.get("demonstration") == "1"
    _changed(session, actor, f"更改单位 {row.code} {row.name}", now)


def create(
    session: Session, actor: Actor, world: World, typed: Mapping[str, str], now: dt.datetime, *, demo: bool
) -> Organisation:
    """Found an organisation below one within reach. Raises Unmet with every field that is wrong."""
    within = administration.reach(actor, world, administration.SYSTEM)
    faults = [*text_faults(typed, LIMITS, NEEDED), *_phone(typed)]
    level, code = typed.get("level", ""), typed.get("code", "")
    parent = _department(world, within, typed.get("parent", ""), None, faults, "parent")
    school = level == "school"
    if level not in ("city", "county", "school"):
        faults.append(fault("level", "请选择级别"))
    elif parent is not None and RANK[parent.level] >= RANK[level]:
        faults.append(fault("level", f"级别须低于上级单位{parent.name}"))
    faults += _code(session, code, school, demo)
    grades = _grades(typed, faults) if school else ()
    refuse(faults)
    assert parent is not None
    row = Organisation(
        code=code,
        name=typed["name"],
        short_name=typed["short_name"],
        level=level,
        parent_id=parent.id,
        competent_dept_id=parent.id if school else None,
        area_code=parent.area_code if school else code,
        grades=list(grades),
        demonstration=school and typed.get("demonstration") == "1",
        phone=typed.get("phone", ""),
        path="",
    )
    session.add(row)
    session.flush()
    row.path = "/" + "".join(f"{number}/" for number in (*parent.path, row.id))
    _changed(session, actor, f"新建单位 {row.code} {row.name}", now)
    return row


def end(
    session: Session, actor: Actor, world: World, office: Office, typed: Mapping[str, str], now: dt.datetime
) -> list[str]:
    """Close an organisation from today, or merge it into another within reach; returns the cases that were redirected.

    `typed`: how (close or merge), into (code of the successor), confirm ("1"). Raises Unmet or Unacceptable.
    """
    within = administration.reach(actor, world, administration.SYSTEM)
    if office.id not in within:
        raise NotFound
    into = world.by_code.get(typed.get("into", "").strip())
    merging = typed.get("how") == "merge"
    faults: list[Reason] = []
    if typed.get("how") not in ("close", "merge"):
        faults.append(fault("how", "请选择停办还是并入"))
    if merging and (into is None or into.id not in within):
        faults.append(fault("into", "在您管理的范围内没有这个代码的单位"))
    if typed.get("confirm") != "1":
        faults.append(fault("confirm", "请勾选确认"))
    if office.id in {desk.org_id for desk in actor.desks}:
        faults.append(fault("", "不能停办自己任职的单位，请由上级办理"))
    refuse(faults)
    row = session.get_one(Organisation, office.id)
    today = day_of(now)
    if merging and into is not None:
        successor = session.get_one(Organisation, into.id)
        who = session.get_one(Person, actor.id)
        moved = closing.merge(session, row, successor, today, ordered_by=who, now=now)
        note(session, actor, "admin_org", f"{row.code} {row.name}并入 {into.code} {into.name}", now)
        return moved
    closing.close(session, row, today)
    note(session, actor, "admin_org", f"停办 {row.code} {row.name}", now)
    return []


def numbers(session: Session, office: Office, day: dt.date) -> tuple[int, int, int]:
    """Return how many classes, enrolled pupils and persons in post an organisation has. One statement."""
    held = (Post.valid_from <= day) & (Post.valid_to.is_(None) | (Post.valid_to >= day))
    classes = select(func.count()).where(SchoolClass.school_id == office.id, SchoolClass.closed_on.is_(None))
    pupils = select(func.count()).where(Enrolment.school_id == office.id, Enrolment.ended_on.is_(None))
    posts = select(func.count(func.distinct(Post.person_id))).where(Post.org_id == office.id, held)
    row = session.execute(select(classes.scalar_subquery(), pupils.scalar_subquery(), posts.scalar_subquery())).one()
    return int(row[0]), int(row[1]), int(row[2])


def leaderless(session: Session, offices: list[Office], day: dt.date) -> list[Office]:
    """Return those of the offices that nobody leads on that day: their decisions would climb. One statement."""
    held = (Post.valid_from <= day) & (Post.valid_to.is_(None) | (Post.valid_to >= day))
    query = (
        select(Post.org_id, Post.role)
        .join(Person, Person.id == Post.person_id)
        .where(Post.role.in_(("school_leader", "dept_leader")), held, Person.disabled_at.is_(None))
        .where(Post.org_id.in_([office.id for office in offices]))
        .distinct()
    )
    led = {f"{row.org_id}:{row.role}" for row in session.execute(query)}
    return [office for office in offices if office.closed_on is None and leaders_of(office) not in led]


def _changed(session: Session, actor: Actor, text: str, now: dt.datetime) -> None:
    note(session, actor, "admin_org", text, now)
    session.flush()
    touch(session, "organisation")


def _phone(typed: Mapping[str, str]) -> list[Reason]:
    phone = typed.get("phone", "")
    wrong = phone and not _PHONE.fullmatch(phone) and len(phone) <= PHONE_LIMIT
    return [fault("phone", "电话只能有数字、空格、短横、加号和括号，至少 5 位")] if wrong else []


def _code(session: Session, code: str, school: bool, demo: bool) -> list[Reason]:
    if school and school_code_fault(code, demo):
        return [fault("code", "学校标识码应为 10 位数字，前两位为学校类别，第 3、4 位为省级代码")]
    if not school and not (re.fullmatch(r"[0-9]{6}|[0-9]{9}|[0-9]{12}", code) and plausible_area(code, demo)):
        return [fault("code", "行政区划代码应为 6、9 或 12 位数字，前两位为省级代码")]
    if session.scalar(select(Organisation.id).where(Organisation.code == code)) is not None:
        return [fault("code", f"代码 {code} 已经用于其他单位")]
    return []


def _department(
    world: World, within: frozenset[int], public_id: str, school: Office | None, faults: list[Reason],
    field: str = "competent",
) -> Office | None:  # fmt: skip
    """Return the chosen department: one within reach, or the one the school has already."""
    kept = school.dept_id if school else None
    for office in world.offices.values():
        may_be = not office.is_school and office.closed_on is None and (office.id in within or office.id == kept)
        if office.public_id == public_id and may_be:
            return office
    faults.append(fault(field, "请选择主管部门" if school else "请选择上级单位"))
    return None


def _grades(typed: Mapping[str, str], faults: list[Reason]) -> tuple[int, ...]:
    """Return the grades written as "1-6" or "7、8、9"."""
    found: set[int] = set()
    parts = [part for part in re.split(r"[、，,\s]+", typed.get("grades", "").replace("－", "-")) if part]
    for part in parts:
        read = _GRADES.fullmatch(part)
        first, last = (int(read[1]), int(read[2] or read[1])) if read else (0, 0)
        if not 1 <= first <= last <= 12:
            found.clear()
            break
        found |= set(range(first, last + 1))
    if not found:
        faults.append(fault("grades", "年级写成 1-6 或 7、8、9 的样子，从 1 到 12"))
    return tuple(sorted(found))
