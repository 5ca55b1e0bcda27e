"""What a step of a problem reads beside its case: the sides in their order, and the rulings."""

from sqlalchemy import select

from models.problems import Problem, ProblemSide, Ruling
from models.students import Student
from workflow import settings
from workflow.parts import parts
from workflow.policies import look_up
from workflow.step import Step
from workflow.world import Office, World


def sides_of(step: Step) -> list[ProblemSide]:
    """Return the sides in their order; under the lock they are written with the step."""
    _read(step)
    found: list[ProblemSide] = step.cache["sides"]
    return found


def _read(step: Step) -> None:
    """Read sides and rulings, once for each step, in one statement."""
    if "sides" in step.cache and "rulings" in step.cache:
        return
    part = parts("side", "ruling")
    query = (
        select(ProblemSide, Ruling, settings.asking())
        .select_from(part)
        .outerjoin(ProblemSide, (part.c.name == "side") & (ProblemSide.case_id == step.case.id))
        .outerjoin(Ruling, (part.c.name == "ruling") & (Ruling.case_id == step.case.id))
        .order_by(ProblemSide.no, Ruling.id)
    )
    rows = step.session.execute(query).all()
    settings.remember(step.session, bool(rows[0][2]))
    for name, place in (("sides", 0), ("rulings", 1)):
        found = [row[place] for row in rows if row[place] is not None]
        if step.locked and name not in step.cache:
            step.take(*found)
        step.cache.setdefault(name, found)


def side_of(step: Step) -> ProblemSide:
    """Return the side that the step is about: the one whose question it answers."""
    number = step.payload.get("side") or (step.item.turn if step.item else 0)
    return next(side for side in sides_of(step) if side.no == number)


def rulings(step: Step) -> list[Ruling]:
    """Return the rulings, the oldest first; under the lock they are written with the step."""
    _read(step)
    kept: list[Ruling] = step.cache["rulings"]
    return kept


def latest_ruling(step: Step) -> Ruling | None:
    """Return the ruling that was drafted last."""
    return next(reversed(rulings(step)), None)


def records(step: Step) -> dict[int, Student]:
    """Return the records of the sides by side, locked in the order of their numbers when the step is to change them."""
    if "records" not in step.cache:
        places = {side.student_id: side.no for side in sides_of(step) if side.student_id}
        query = select(Student).where(Student.id.in_(places)).order_by(Student.id)
        if step.locked:
            query = query.with_for_update().execution_options(populate_existing=True)
        step.cache["records"] = {places[row.id]: row for row in step.session.scalars(query)}
    found: dict[int, Student] = step.cache["records"]
    return found


def school_of(world: World, side: ProblemSide) -> Office | None:
    """Return the side's school as it is today: a merged school has handed its matters on."""
    return world.today_s(world.office(side.school_id)) if side.school_id else None


def is_gone(world: World, side: ProblemSide) -> bool:
    """Tell whether the side's school was closed and nobody carries on: it is asked nothing more."""
    school = school_of(world, side)
    return school is not None and school.closed_on is not None


def department_of_side(world: World, side: ProblemSide) -> Office | None:
    return world.today_s(world.office(side.department_id)) if side.department_id else None


def reviewers_of(step: Step, side: ProblemSide) -> list[Office]:
    """Return who reviews a side, in order: inside one school the school, else its department and levels of policy.

    Policy `problem.review_levels` adds levels between the department and the office that decides (contract 6).
    """
    school, department = school_of(step.world, side), department_of_side(step.world, side)
    if school is None or department is None:
        return []
    if inside_one_school(step):
        return [school]
    levels = look_up(step.world, "problem.review_levels", department, step.today).value
    deciding = {office.id for office in step.world.upwards(decider(step))}
    above = [office for office in step.world.upwards(department) if office.id not in deciding]
    return [department, *(office for office in above if office.id != department.id and office.level in levels)]


def next_reviewer(step: Step, side: ProblemSide) -> Office | None:
    """Return the office whose turn it is to review the side; None when all have."""
    done = len(step.case.state.get("reviews", {}).get(str(side.no), []))
    chain = reviewers_of(step, side)
    return chain[done] if done < len(chain) else None


def decider(step: Step) -> Office:
    """Return the office that rules, as it is today."""
    problem: Problem = step.subject
    return step.world.today_s(step.world.office(problem.decider_id or step.case.applicant_org_id))


def arbitrates(step: Step) -> Office:
    """Return the office whose arbitrator drafts: the decider, for a school the department above it.

    After an objection it is the next office above (domain 4.10, row 10).
    """
    office = decider(step)
    if office.is_school:
        office = step.world.today_s(step.world.office(office.dept_id or office.parent_id or office.id))
    return raised(step, office, int(step.case.state.get("raised", 0)))


def confirms(step: Step) -> Office:
    """Return the office whose leader confirms; one above where both records have a life of their own."""
    return raised(step, arbitrates(step), 1 if step.case.state.get("above_confirms") else 0)


def raised(step: Step, office: Office, levels: int) -> Office:
    chain = list(step.world.upwards(office))
    return chain[min(levels, len(chain) - 1)]


def inside_one_school(step: Step) -> bool:
    """Tell whether all records belong to one school, which then settles them itself (domain 4.10)."""
    return len({side.school_id for side in sides_of(step)}) == 1


def stands_open(step: Step, side: ProblemSide) -> bool:
    """Tell whether the record still claims what the group shares."""
    return not (side.review == "accepted" and side.answer in ("delete", "correct"))
