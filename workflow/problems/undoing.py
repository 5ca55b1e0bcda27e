"""Taking a ruling back: what the consent of the leader does, and what stands against it (domain 4.10)."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select, update

from models.cases import Case
from models.findings import DistinctPair, Finding
from models.id_errors import IdError, IdFault
from models.problems import Problem, Ruling
from models.students import Student
from workflow import findings
from workflow.calendar import day_of
from workflow.duplicates import exact
from workflow.errors import Reason
from workflow.language import DifferentPeople, Place
from workflow.policies import look_up
from workflow.problems import images, paper_kinds, sight
from workflow.step import Step
from workflow.world import World


@dataclass(frozen=True)
class TakenBack:
    """What a case of undoing is about: the ruling, and the case in which it was made as the same person sees it."""

    step: Step
    ruling: Ruling
    images: list[images.Seen]


def taken_back(step: Step) -> TakenBack:
    """Return the ruling that a case of undoing is about, with its own case and what it changed. One statement."""
    query = (
        select(Ruling, Case, Problem, IdError)
        .join(Case, Case.id == Ruling.case_id)
        .outerjoin(Problem, Problem.case_id == Case.id)
        .outerjoin(IdError, IdError.case_id == Case.id)
        .where(Ruling.id == step.subject.ruling_id)
    )
    rows = step.session.execute(images.with_rows(query)).all()
    ruling, case, problem, error = rows[0][:4]
    its_own = Step(step.session, case, problem or error, [], step.actor, step.world, step.now)
    return TakenBack(its_own, ruling, images.seen(rows))


def sees(found: TakenBack) -> bool:
    """Tell whether the person sees everything that the ruling changed: all of a problem, or the one record."""
    return found.step.case.process != "problem" or sight.sees_all(found.step)


def last_day(world: World, ruling: Ruling) -> dt.date:
    """Return the last day on which the ruling can be taken back (policy `ruling.undo_days`, calendar days)."""
    day = day_of(ruling.confirmed_at) if ruling.confirmed_at else dt.date.min
    days = int(look_up(world, "ruling.undo_days", world.office(ruling.office_id), day).value)
    return day + dt.timedelta(days=days)


not_the_asker = DifferentPeople(
    "not_the_asker",
    "撤销裁定须两名人员办理",
    (lambda step: [step.case.applicant_id], "撤销由您提出，须由另一位同事决定"),
)


def still_possible(step: Step) -> Iterator[Reason]:
    """An undo after an undo, or after its term, has nothing to put back."""
    ruling = step.session.get_one(Ruling, step.subject.ruling_id)
    if ruling.undone_at is not None:
        yield Reason("undo", "block", "这项裁定已经撤销，不能再次撤销")
    elif step.today > last_day(step.world, ruling):
        yield Reason("undo", "block", f"撤销期已于 {last_day(step.world, ruling)} 届满")


def undo(step: Step) -> None:
    """Put the records back; what was changed since stays and is named in the event. The problem is open again."""
    ruling = step.session.get_one(Ruling, step.subject.ruling_id)
    conflicts = images.restore(step.session, images.stored(step.session, ruling))
    ruling.undone_at, ruling.undone_by = step.now, step.actor.id
    _reopen(step, ruling)
    _find_again(step, [one.row_id for one in conflicts if (one.table, one.column) == ("student", "disputed")])
    paper_kinds.end_of_rulings(step.session, ruling.case_id, step.actor.id, "裁定已撤销", step.now)
    pairs = update(DistinctPair).where(DistinctPair.case_id == ruling.case_id, DistinctPair.revoked_at.is_(None))
    step.session.execute(pairs.values(revoked_at=step.now))
    step.facts |= {
        "ruling": ruling.public_id,
        "conflicts": [one.stored() for one in conflicts],
    }


def _reopen(step: Step, ruling: Ruling) -> None:
    """Let what the ruling settled be dealt with anew: the finding, or the faults of a record that was deleted."""
    problem = step.session.get(Problem, ruling.case_id)
    if problem is None:
        faults = update(IdFault).where(IdFault.case_id == ruling.case_id, IdFault.state == "closed")
        step.session.execute(faults.values(state="open", closed_at=None))
        return
    problem.standing_ruling_id = None
    finding = step.session.get(Finding, problem.finding_id) if problem.finding_id else None
    if finding is not None:
        finding.state, finding.closed_at = "open", None


def _find_again(step: Step, students: list[int]) -> None:
    """Let records whose number somebody else holds by now be found with him; nothing where there is none."""
    if not students:
        return
    query = select(Student.id_number_index).where(Student.id.in_(students), Student.id_number_index.is_not(None))
    groups = exact.by_number(step.session, set(step.session.scalars(query)))
    findings.record(step.session, step.world, groups, step.now)


def _asking_office(step: Step) -> int | None:
    return int(step.case.applicant_org_id)


asking_office = Place("asking_office", _asking_office)
