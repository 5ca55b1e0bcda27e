"""Rules as jurisdictions set them: added from a day on, never rewritten; of one place's rows the later start wins.

How a rule is agreed on by two persons stands in workflow.policy_proposals.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people import Person, Post
from models.policies import Policy
from models.text import canonical
from workflow import administration
from workflow.administration import fault, text_faults
from workflow.deputies import ROLES
from workflow.errors import NotAllowed, NotFound, Reason
from workflow.holding import valid_on
from workflow.policies import DEFAULTS
from workflow.policy_shapes import GRADED, SHAPES, STAGED, STAGES, Shape, faults_of, shape_of
from workflow.step import Actor
from workflow.transfers.guards import GUARDS
from workflow.world import Office, PolicyRow, World

SOURCE_LIMIT = 200
LATEST = dt.date(2100, 1, 1)
AHEAD = dt.timedelta(days=730)
"""So long before its first day a change can be asked for; who would remember it after more?"""
NAMED, MOST_NAMED = "desk.named", 5
"""Whom a rule may name, and how many of the wrong names are told at once."""
GUARD_TITLES = {
    "T1": "转入年级与现年级不一致",
    "T2": "学生正在休学",
    "T3": "学生正受处分",
    "T4": "起始年级第一学期",
    "T5": "毕业年级",
    "T6": "不在受理时段",
    "T7": "转入班级超过班额",
    "T8": "转入学校没有学位",
    "T11": "非示范性高中转入示范性高中",
    "T12": "中等职业学校与普通高中之间转学",
    "T13": "同一县（区）内普通高中之间转学",
    "T14": "普通高中新生第一学期",
    "T15": "民办学校招收的学生转入公办学校",
    "T16": "到校时间和学籍转接的告知",
}
"""What each guard looks for, as the list of rules names it."""


@dataclass(frozen=True)
class Setting:
    """A new value as it is asked for; `since` and `until` are days, `stage` empty for every stage."""

    key: str
    value: Any
    source: str
    since: dt.date | None
    until: dt.date | None = None
    stage: str = ""


@dataclass(frozen=True)
class Holding:
    """What one place says about a key: the row in force, and those that will come. `office` None: the whole country."""

    office: Office | None
    now: PolicyRow | None
    coming: tuple[PolicyRow, ...]


def keys() -> list[str]:
    """Return every key that may be set."""
    return [*DEFAULTS, *(f"guard.{code}" for code in GRADED)]


def title_of(key: str) -> str:
    """Return what administrators read for a key."""
    guard = GUARDS.get(key.removeprefix("guard."))
    return DEFAULTS[key].title if key in DEFAULTS else f"{guard.code} {GUARD_TITLES[guard.code]}" if guard else key


def default_of(key: str) -> tuple[Any, str]:
    """Return the value that holds where nobody decided, and its source."""
    guard = GUARDS.get(key.removeprefix("guard."))
    if key not in DEFAULTS and guard:
        return guard.severity, guard.citation
    return DEFAULTS[key].value, DEFAULTS[key].source


def chain(world: World, key: str, office: Office, day: dt.date, stage: str | None = None) -> list[Holding]:
    """Return what every place above an office says, nearest first, the whole country last; the first `now` holds."""
    rows = [row for row in world.policies.get(key, ()) if row.stage in (None, stage)]
    found = []
    for place in [*world.upwards(office), None]:
        here = [row for row in rows if row.org_id == (place.id if place else None)]
        in_force = sorted((row for row in here if row.holds(day, stage)), key=lambda row: row.stage is None)
        coming = tuple(row for row in here if row.valid_from > day and not _is_void(row))
        found.append(Holding(place, in_force[0] if in_force else None, coming))
    return found


def in_force(world: World, key: str, office: Office, day: dt.date, stage: str | None = None) -> Holding | None:
    """Return the place whose rule holds, or None where the default does."""
    return next((holding for holding in chain(world, key, office, day, stage) if holding.now), None)


def base_of(world: World, key: str, office: Office) -> bytes:
    """Return the digest of everything that holds or will hold at an office for a key: whoever changes it sees this."""
    above: list[int | None] = [place.id for place in world.upwards(office)]
    places = [*above, None]
    rows = [
        [places.index(row.org_id), row.stage or "", row.value, row.valid_from.isoformat(), str(row.valid_to or "")]
        for row in world.policies.get(key, ())
        if row.org_id in places and not _is_void(row)
    ]
    return hashlib.sha256(canonical([default_of(key)[0], *rows])).digest()


def faults_of_setting(wanted: Setting, today: dt.date) -> list[Reason]:
    """Return everything that is wrong with a new value, at its field. Raises NotFound for a key that may not be set."""
    shape = shape_of(wanted.key)
    if shape is None:
        raise NotFound
    return [*value_faults(shape, wanted.value), *_frame_faults(wanted, today)]


def faults_of_start(since: dt.date | None, today: dt.date) -> list[Reason]:
    """Return what is wrong with the day from which a change is to hold."""
    if since is None:
        return [fault("valid_from", "请填写从哪天起，写成 2025-09-01 的样子")]
    if since > today + AHEAD:
        last = today + AHEAD
        return [fault("valid_from", f"最多提前两年设定，最迟从 {last.year}年{last.month}月{last.day}日起")]
    if since < today:
        return [fault("valid_from", "只能从今天或以后起：已经作出的决定按当时的规则")]
    return []


def faults_of_persons(
    session: Session, world: World, office: Office, key: str, value: Any, day: dt.date
) -> list[Reason]:
    """Return who is named by a rule and can answer nothing under it: nobody, or nobody at the office or below on `day`.

    Whoever leaves later is passed over when a question is handed out; a name that is wrong from the start was mistyped.
    """
    if key != NAMED or faults_of(SHAPES[NAMED], value):
        return []
    held = select(Person.username, Post.org_id).join(Post, Post.person_id == Person.id)
    rows = session.execute(held.where(Person.username.in_(value), Post.role.in_(ROLES), valid_on(day)))
    below = world.below(office.id)
    there = {username for username, org in rows if org in below}
    missing = "、".join([f"“{name}”" for name in value if name not in there][:MOST_NAMED])
    return [fault("value", f"{missing}在{office.name}和所属单位没有办理事项的岗位，请核对用户名")] if missing else []


def enter(session: Session, office: Office, wanted: Setting, created_by: int, now: dt.datetime) -> Policy:
    """Write a rule for an office and everything below it; whoever calls has seen to it that two persons agree."""
    assert wanted.since is not None
    row = Policy(
        key=wanted.key,
        org_id=office.id,
        stage=wanted.stage or None,
        value={"value": wanted.value},
        valid_from=wanted.since,
        valid_to=wanted.until,
        source=wanted.source,
        created_by=created_by,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def end(session: Session, office: Office, key: str, stage: str, since: dt.date) -> int:
    """End every rule of an office for a key the day before `since`, so that the next above holds; returns how many.

    What was to begin later never begins.
    """
    last = since - dt.timedelta(days=1)
    here = (Policy.key == key) & (Policy.org_id == office.id) & Policy.stage.is_not_distinct_from(stage or None)
    ended = list(session.scalars(select(Policy).where(here, Policy.valid_to.is_(None) | (Policy.valid_to > last))))
    for row in ended:
        row.valid_to = last
    session.flush()
    return len(ended)


def own_rules(world: World, key: str, office: Office, stage: str, since: dt.date) -> list[PolicyRow]:
    """Return the rules of the office itself that would hold on `since` or begin later."""
    rows = [row for row in world.policies.get(key, ()) if row.org_id == office.id and (row.stage or "") == stage]
    return [row for row in rows if (row.valid_to is None or row.valid_to >= since) and not _is_void(row)]


def may_set(actor: Actor, world: World, office: Office) -> None:
    """Raise NotFound or NotAllowed for whoever may not propose or confirm a rule of the office."""
    if office.id not in administration.reach(actor, world, administration.SECURITY):
        if office.id in administration.reach(actor, world, *administration.READERS):
            raise NotAllowed("policy", "规则由安全管理员设定")
        raise NotFound
    if office.is_school or office.closed_on is not None:
        raise NotAllowed("policy", "规则只由主管部门设定")


def _is_void(row: PolicyRow) -> bool:
    """Tell whether a rule was given up before it began."""
    return row.valid_to is not None and row.valid_to < row.valid_from


def value_faults(shape: Shape, value: Any) -> list[Reason]:
    """Return what is wrong with a value, at the field of the part that is."""
    return [fault(f"value.{path}" if path else "value", why) for path, why in faults_of(shape, value).items()]


def _frame_faults(wanted: Setting, today: dt.date) -> list[Reason]:
    found = text_faults({"citation": wanted.source}, {"citation": SOURCE_LIMIT}, {"citation": "请写明依据的文件"})
    start = faults_of_start(wanted.since, today)
    found += start
    if not start and wanted.since and wanted.until is not None and wanted.until < wanted.since:
        found.append(fault("valid_to", "止期早于起期"))
    if wanted.stage and (wanted.stage not in STAGES or wanted.key not in STAGED):
        found.append(fault("stage", "这一条不分学段"))
    return found
