"""Who sees which side of a problem: a school its own, a department those of its schools, the deciders all (T3)."""

from models.problems import ProblemSide
from workflow import rights
from workflow.problems.facts import arbitrates, confirms, decider, records, rulings, school_of, sides_of
from workflow.step import Step


def sees_all(step: Step) -> bool:
    """Tell whether the person works at the office that decides, or above it; other processes have no sides."""
    if step.actor.is_system or step.case.process != "problem":
        return True
    offices = {decider(step), arbitrates(step), confirms(step)}
    deciding = {above.id for office in offices if not office.is_school for above in step.world.upwards(office)}
    if decider(step).is_school:
        deciding.add(decider(step).id)
    return any(desk.org_id in deciding and desk.role in rights.READERS for desk in step.actor.desks)


def visible_sides(step: Step) -> list[ProblemSide]:
    """Return the sides whose records, papers and words the person may see."""
    sides = sides_of(step)
    return sides if sees_all(step) else [side for side in sides if _is_own(step, side)]


def may_see_paper_of(step: Step, org_id: int) -> bool:
    """Tell whether the person may open what this organisation handed in."""
    if org_id in step.actor.org_ids or sees_all(step):
        return True
    heir = step.world.today_s(step.world.office(org_id)).id
    return any(school.id == heir for side in visible_sides(step) if (school := school_of(step.world, side)))


def without_others(step: Step, text: str, own: list[ProblemSide]) -> str:
    """Return words of the deciding office as these sides may read them: other pupils and schools are not named."""
    names, schools = _names(step), {side.no: school_of(step.world, side) for side in sides_of(step)}
    mine = {name for side in own for name in names[side.no]}
    mine |= {school.name for side in own if (school := schools[side.no])}
    for side in sides_of(step):
        if side in own:
            continue
        school = schools[side.no]
        named = [(name, "另一名学生") for name in sorted(names[side.no], key=len, reverse=True)]
        if school:
            named += [(word, "另一所学校") for word in (school.name, school.short_name, school.code)]
        for word, instead in named:
            if len(word) > 1 and word not in mine:
                text = text.replace(word, instead)
    return text


def _names(step: Step) -> dict[int, set[str]]:
    """Return by side the names its pupil has and had: a ruling may have changed them since something was written."""
    found: dict[int, set[str]] = {side.no: set() for side in sides_of(step)}
    for number, student in records(step).items():
        found[number].add(student.name)
    for ruling in rulings(step):
        for number, name in ruling.words.get("names", {}).items():
            found[int(number)].add(name)
    return found


def _is_own(step: Step, side: ProblemSide) -> bool:
    """The side's school as it is today, its department, or an office above that one."""
    if side.school_id is None:
        return False
    school = step.world.today_s(step.world.office(side.school_id))
    chain = {side.school_id, *(above.id for above in step.world.upwards(school))}
    return any(desk.org_id in chain and desk.role in rights.READERS for desk in step.actor.desks)
