"""Closing and merging schools and offices: whatever waited there goes to the successor, each case with an event.

A merger never changes who had to sign a running case; it changes whose desk the question lies on (engine D7).
"""

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session

from models.cases import Case, CaseScope, WorkItem
from models.organisations import Organisation, SchoolClass
from models.people import SYSTEM_PERSON_ID, Person, Post
from models.students import Enrolment
from models.transfers import Transfer
from workflow import desk, engine, journal
from workflow.errors import Unacceptable
from workflow.organisations import refresh_paths
from workflow.step import queue_of
from workflow.world import touch


def close(session: Session, org: Organisation, on: dt.date) -> None:
    """Close an organisation that nothing and nobody depends on any more. Raises Unacceptable with the obstacle."""
    _still_there(org)
    for message, query in _in_the_way(org):
        count = session.scalar(query)
        if count:
            raise Unacceptable("org", message.format(name=org.name, count=count))
    _end(session, org, on, None)


def merge(
    session: Session, org: Organisation, into: Organisation, on: dt.date, *, ordered_by: Person | None, now: dt.datetime
) -> list[str]:
    """Merge a school into a school or an office into an office; returns the cases that were redirected.

    A school's classes and the pupils in them go over; an office's schools and sub-offices do. Requests for moving
    *to* the closing school must be finished or withdrawn first: another school would have to agree anew.
    """
    _still_there(org)
    _still_there(into)
    if org.id == into.id or (org.level == "school") != (into.level == "school"):
        raise Unacceptable("into", "只能并入另一所学校（部门并入另一个部门）")
    if into.path.startswith(org.path):
        raise Unacceptable("into", f"{into.name}是{org.name}的下级，不能反过来并入")
    if org.level == "school":
        _no_arrivals(session, org)
        _hand_over_classes(session, org, into)
    else:
        _hand_over_offices(session, org, into)
    _end(session, org, on, into)
    session.flush()
    return _redirect_all(session, org, into, ordered_by, now)


def _still_there(org: Organisation) -> None:
    if org.closed_on is not None:
        raise Unacceptable("org", f"{org.name}已于 {org.closed_on} 撤销")


def _in_the_way(org: Organisation) -> list[tuple[str, Select[int]]]:
    waiting = (WorkItem.org_id == org.id) & WorkItem.open
    below = (Organisation.parent_id == org.id) | (Organisation.competent_dept_id == org.id)
    return [
        ("{name}还有 {count} 名在籍学生，须先办理转出或并校", _count(Enrolment, _here(Enrolment, org))),
        ("{name}还有 {count} 件待办，须先办结或并入其他单位", _count(WorkItem, waiting)),
        ("{name}还有 {count} 个下属单位，须先划转", _count(Organisation, below & Organisation.closed_on.is_(None))),
    ]


def _here(spells: type[Enrolment], org: Organisation) -> ColumnElement[bool]:
    return (spells.school_id == org.id) & spells.ended_on.is_(None)


def _count(table: type[Any], condition: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).select_from(table).where(condition)


def _end(session: Session, org: Organisation, on: dt.date, into: Organisation | None) -> None:
    org.closed_on, org.merged_into_id = on, into.id if into else None
    running = (Post.org_id == org.id) & (Post.valid_to.is_(None) | (Post.valid_to > on))
    session.execute(update(Post).where(running).values(valid_to=on))
    session.flush()
    touch(session, "organisation")


def _no_arrivals(session: Session, school: Organisation) -> None:
    coming = (Transfer.to_school_id == school.id) | (Case.applicant_org_id == school.id)
    query = select(func.count()).select_from(Transfer).join(Case, Case.id == Transfer.case_id)
    count = session.scalar(query.where(coming, Case.closed_at.is_(None)))
    if count:
        raise Unacceptable("org", f"{school.name}还有 {count} 件自己提出的转学申请未办结，须先办结或撤回")


def _hand_over_classes(session: Session, school: Organisation, into: Organisation) -> None:
    taken = set(session.scalars(select(SchoolClass.no).where(SchoolClass.school_id == into.id)))
    for room in session.scalars(select(SchoolClass).where(SchoolClass.school_id == school.id)):
        room.no = _free_number(room.no, taken)
        room.school_id = into.id
        taken.add(room.no)
    session.execute(update(Enrolment).where(_here(Enrolment, school)).values(school_id=into.id))
    into.grades = sorted({*into.grades, *school.grades})


def _free_number(no: str, taken: set[str]) -> str:
    """The class's own number, else the next free one of its year and stage (YYYYSNN)."""
    head, number = no[:5], int(no[5:])
    others = (f"{head}{n:02d}" for n in [*range(number + 1, 100), *range(1, number)])
    free = next((candidate for candidate in (no, *others) if candidate not in taken), None)
    if free is None:
        raise Unacceptable("into", f"{head[:4]}级班号已用完，不能并入班级 {no}")
    return free


def _hand_over_offices(session: Session, office: Organisation, into: Organisation) -> None:
    rows = list(session.scalars(select(Organisation)))
    for row in rows:
        if row.competent_dept_id == office.id:
            row.competent_dept_id = into.id
        if row.parent_id == office.id and row.id != into.id:
            row.parent_id = into.id
    refresh_paths(rows)


def _redirect_all(
    session: Session, org: Organisation, into: Organisation, ordered_by: Person | None, now: dt.datetime
) -> list[str]:
    waiting = (WorkItem.org_id == org.id) & WorkItem.open
    query = select(Case.no).join(WorkItem, WorkItem.case_id == Case.id).where(waiting).distinct().order_by(Case.no)
    cases = list(session.scalars(query))
    for no in cases:
        _redirect(session, no, org, into, ordered_by, now)
    return cases


def _redirect(
    session: Session, no: str, org: Organisation, into: Organisation, ordered_by: Person | None, now: dt.datetime
) -> None:
    step = engine.locked_step(session, no, SYSTEM_PERSON_ID, now)
    moved = {}
    for item in step.items:
        if item.open and item.org_id == org.id:
            item.org_id, item.assignee_id = into.id, None
            item.queue = queue_of(into.id, item.queue.partition(":")[2])
            moved[item.queue] = item.id
    for queue, item_id in moved.items():
        step.tell("case_waiting", queue, item=item_id)
    known = set(session.scalars(select(CaseScope.org_id).where(CaseScope.case_id == step.case.id)))
    desk.open_scope(step, known)
    step.facts.update({"from": org.code, "to": into.code, "ordered_by": ordered_by.public_id if ordered_by else ""})
    journal.append(step, "redirect", "", "")
    desk.send(step)
    session.flush()
