"""What a finished transfer did to the record, as it stands today: whether it can still be taken back (domain 4.0)."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from models.cases import Case
from models.organisations import SchoolClass
from models.students import Enrolment, StatusChange, Student
from models.transfers import Transfer
from workflow.calendar import day_of
from workflow.policies import look_up
from workflow.routing import department_of, lowest_common
from workflow.step import Step
from workflow.transfers.facts import disputes, under_way
from workflow.world import Office

REVERSED = "reversed"
"""Where the case of a transfer remembers that it was taken back: `{no, at, office}` of the case that did it."""
OUT, IN = "21", "22"
"""学籍异动类别 of the two sides of a transfer (domain 5.2)."""


@dataclass(frozen=True)
class Standing:
    """The record of a transfer today. `spells` are its enrolments, the latest first."""

    student: Student
    spells: tuple[Enrolment, ...]
    room: SchoolClass | None
    """The class that the pupil left, to which he returns; none where he came from another province."""
    present: SchoolClass | None
    """The class of the latest spell."""
    last_move: StatusChange | None
    """The latest line of the record's history by which the pupil came or went."""
    busy: bool
    disputed: bool


def authority(of: Step) -> Office | None:
    """Return the office that may take a transfer back: the lowest above both schools, or above the one of ours."""
    schools = [of.world.today_s(of.world.office(number)) for number in of.subject.school_ids if number]
    return lowest_common(of.world, [department_of(of.world, school) for school in schools])


def last_day(of: Step) -> dt.date:
    """Return the last day on which it can be taken back (policy `transfer.undo_days`, calendar days)."""
    day = day_of(of.case.closed_at) if of.case.closed_at else of.today
    return day + dt.timedelta(days=int(look_up(of.world, "transfer.undo_days", authority(of), day).value))


def obstacles(of: Step) -> Iterator[str]:
    """Yield everything that stands against taking a transfer back today, whoever asks. One statement at most."""
    if of.case.phase != "effective":
        yield "只有已办结的转学可以撤销"
    elif REVERSED in of.case.state:
        yield "这件转学已经撤销，不能再次撤销"
    elif of.today > last_day(of):
        yield f"撤销期已于 {last_day(of)} 届满"
    else:
        yield from _of_record(of, read(of))


def _of_record(of: Step, found: Standing) -> Iterator[str]:
    if found.student.retired_at is not None:
        yield "该生的学籍记录已注销或并入其他记录，不能撤销这件转学"
    elif not _as_left(of, found):
        yield "该生的学籍此后又有变动，不能撤销这件转学"
    elif of.subject.direction != "incoming" and not _can_return(of, found.room):
        yield "原班级或原学校已撤销，没有可以接回的班级"
    if found.busy:
        yield "该生还有未办结的业务，须先办结或撤回"
    if found.disputed:
        yield "该生学籍为未处理的问题学籍，须先处理"


def read(of: Step) -> Standing:
    """Return the record of a transfer as it is, locked where the step is going to change it; read once for each."""
    if "standing" not in of.cache:
        of.cache["standing"] = seen(rows(of, of.case.id))
    found: Standing = of.cache["standing"]
    return found


def rows(step: Step, number: int | None) -> list[Any]:
    """Read a transfer by the number of its case, with the record as it is: a row for each spell, the latest first."""
    present, elsewhere = aliased(SchoolClass, name="present"), Case.parent_id.is_distinct_from(number)
    of, moved = aliased(Case, name="of"), aliased(StatusChange)
    last = select(moved.id).where(moved.student_id == of.student_id, moved.code.in_((OUT, IN)))
    query = (
        select(
            of, Transfer, Student, Enrolment, SchoolClass, present, StatusChange,
            under_way(of.student_id, elsewhere).exists().label("busy"),
            disputes(of.student_id).exists().label("disputed"),
        )
        .join(Transfer, Transfer.case_id == of.id)
        .join(Student, Student.id == of.student_id)
        .outerjoin(Enrolment, Enrolment.student_id == Student.id)
        .outerjoin(SchoolClass, SchoolClass.id == Transfer.from_class_id)
        .outerjoin(present, present.id == Enrolment.class_id)
        .outerjoin(StatusChange, StatusChange.id == last.order_by(moved.id.desc()).limit(1).scalar_subquery())
        .where(of.id == number)
        .order_by(Enrolment.id.desc())
    )  # fmt: skip
    if step.locked:
        query = query.with_for_update(of=(of, Student)).execution_options(populate_existing=True)
    return list(step.session.execute(query))


def seen(found: list[Any]) -> Standing:
    """Return what was read of a record."""
    first, spells = found[0], tuple(row.Enrolment for row in found if row.Enrolment is not None)
    return Standing(
        first.Student, spells, first.SchoolClass, first.present, first.StatusChange, first.busy, first.disputed
    )


def _as_left(of: Step, found: Standing) -> bool:
    """Tell whether the pupil is still where the transfer put him."""
    if not found.spells or found.last_move is None or found.last_move.case_id != of.case.id:
        return False
    return (found.spells[0].ended_on is None) != bool(of.subject.direction == "outgoing")


def _can_return(of: Step, room: SchoolClass | None) -> bool:
    """Tell whether the class is still there. It belongs to the school's successor by now if there is one."""
    return room is not None and room.closed_on is None and of.world.office(room.school_id).closed_on is None
