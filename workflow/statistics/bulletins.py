"""The monthly bulletin of a department: what its offices were late with, decided in time, and let grow old.

Figures are put together for a closed month and frozen when the leader issues them. A correction is a new version
under the same number.
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bulletins import Bulletin
from workflow import opening
from workflow.calendar import day_of
from workflow.errors import NotAllowed, NotFound, Unacceptable
from workflow.payload import text_fault
from workflow.statistics import bulletin_lists, places
from workflow.statistics.bulletin_figures import Row, changes, latest
from workflow.statistics.period import Period, month_before
from workflow.step import Actor
from workflow.world import Office, World

MONTHS_BACK = 12
LONGEST_REASON = 200


@dataclass(frozen=True)
class Issued:
    """A bulletin in the list of an office."""

    month: Period
    versions: tuple[Bulletin, ...]

    @property
    def latest(self) -> Bulletin | None:
        return self.versions[-1] if self.versions else None


def department(actor: Actor, world: World, code: str) -> Office:
    """Return a department whose bulletins the actor reads. Raises NotFound for others and for schools."""
    office = places.open_to(actor, world, code)
    if office.is_school:
        raise NotFound
    return office


def months(today: dt.date) -> list[Period]:
    """Return the closed months for which a bulletin may be issued, the last one first."""
    found = [month_before(today)]
    while len(found) < MONTHS_BACK:
        found.append(month_before(found[-1].first))
    return found


def closed_month(text: str, today: dt.date) -> Period:
    """Return the month written 2025-09. Raises Unacceptable for others than those of `months`."""
    found = next((month for month in months(today) if f"{month.first:%Y-%m}" == text), None)
    if found is None:
        raise Unacceptable("month", f"请选择最近 {MONTHS_BACK} 个月中已结束的一个月")
    return found


def shelf(session: Session, office: Office, today: dt.date) -> list[Issued]:
    """Return every month that may be issued with what was issued for it, in one statement."""
    every = months(today)
    query = select(Bulletin).where(Bulletin.org_id == office.id, Bulletin.month >= every[-1].first)
    found = list(session.scalars(query.order_by(Bulletin.month, Bulletin.version)))
    return [Issued(one, tuple(row for row in found if row.month == one.first)) for one in every]


def read(session: Session, actor: Actor, world: World, public_id: str) -> tuple[Bulletin, Office]:
    """Return one version with its office. Raises NotFound for what is not below the actor."""
    row = session.scalars(select(Bulletin).where(Bulletin.public_id == public_id)).one_or_none()
    office = world.offices.get(row.org_id) if row else None
    if row is None or office is None or not places.may_see(actor, world, office):
        raise NotFound
    return row, office


def may_issue(actor: Actor, office: Office) -> bool:
    """Tell whether this person gives out the bulletins of the office: its leader does."""
    return actor.holds("dept_leader", office.id)


def issue(
    session: Session,
    actor: Actor,
    world: World,
    office: Office,
    month: Period,
    now: dt.datetime,
    seen: int,
    reason: str = "",
) -> Bulletin:
    """Freeze the figures of a month as a new version, with the list behind each. The caller commits.

    `seen` is the version the leader looked at, 0 for none: who comes second is told, and issues nothing twice.
    Raises NotAllowed, or Unacceptable with the field.
    """
    if not may_issue(actor, office):
        raise NotAllowed("bulletin", f"通报由{office.name}负责人出具")
    before = latest(session, office, month)
    if seen != (before.version if before else 0):
        raise Unacceptable("month", "这个月的通报刚刚已由他人出具，请先看新的一版")
    figures, lists = bulletin_lists.frozen(session, world, office, month)
    number = before.number if before else _next_number(session, office, now)
    if before is not None:
        figures["changes"] = changes(before.figures, figures)
        _check_reason(reason, figures["changes"])
    row = Bulletin(
        org_id=office.id, month=month.first, version=seen + 1, number=number, figures=figures,
        reason=reason.strip() if before else "", issued_at=now, issued_by=actor.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    bulletin_lists.keep(session, row, lists)
    return row


def versions(session: Session, row: Bulletin) -> list[Bulletin]:
    """Return every version for the month of this one."""
    query = select(Bulletin).where(Bulletin.org_id == row.org_id, Bulletin.month == row.month)
    return list(session.scalars(query.order_by(Bulletin.version)))


def _next_number(session: Session, office: Office, now: dt.datetime) -> str:
    year = day_of(now).year
    return f"〔{year}〕{opening.next_number(session, f'bulletin:{office.code}:{year}')}号"


def _check_reason(reason: str, found: list[Row]) -> None:
    if not found:
        raise Unacceptable("reason", "数字与已出具的一版相同，不需要重新出具")
    if not reason.strip():
        raise Unacceptable("reason", "请写明重新出具的原因")
    fault = text_fault(reason, LONGEST_REASON) or ("不能换行" if "\n" in reason or "\r" in reason else None)
    if fault:
        raise Unacceptable("reason", fault)
