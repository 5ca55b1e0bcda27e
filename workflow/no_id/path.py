"""Level by level up to the province: which offices sign, and who is next (domain 4.12)."""

import datetime as dt

from workflow import key_data
from workflow.language import Question
from workflow.one_record import school_of, student_of
from workflow.policies import look_up
from workflow.routing import Stop, department_of, key_of
from workflow.step import Step
from workflow.world import Office, World

VALID = "valid"


def route(world: World, school: Office) -> list[Stop]:
    """Return the stops: the school's leader, its competent department, and every office above that.

    Levels that do not exist are not asked: a division has no counties, a city-run school no county above it.
    """
    stops = [{"phase": "school", "org": school.id, "role": "school_leader"}]
    offices = [world.today_s(office) for office in world.upwards(department_of(world, school))]
    asked = {office.level: office for office in offices if not office.is_school}
    return stops + [{"phase": level, "org": office.id, "role": "dept_leader"} for level, office in asked.items()]


def next_undecided(step: Step) -> str:
    """Return the phase of the first stop without a standing decision; `valid` when all have agreed."""
    standing, relied = step.case.state.get("decisions", {}), relied_on(step)
    for turn, stop in enumerate(step.case.route):
        decision = standing.get(key_of(stop))
        if decision is None or decision["relied"] != relied:
            step.case.turn = turn
            return str(stop["phase"])
    step.case.turn = len(step.case.route)
    return VALID


def relied_on(step: Step) -> str:
    """Return the digest of what every office relies on: the key data of the record and the reason."""
    return f"{key_data.digest_of(student_of(step))[:32]}:{step.subject.reason}"


def question(step: Step) -> list[Question]:
    """Ask the school while the question is open; otherwise the certificate simply holds."""
    if not step.subject.asking:
        return []
    return [Question(school_of(step).id, "school_clerk", "answer", "no_id.ask", turn=0)]


def next_term(world: World, school: Office, day: dt.date) -> dt.date:
    """Return the first day of the next term after `day` (policy `terms`)."""
    terms = look_up(world, "terms", school, day).value
    starts = [
        dt.date(year, *map(int, span[0].split("-"))) for year in (day.year, day.year + 1) for span in terms.values()
    ]
    return min(start for start in starts if start > day)


def before_the_number(step: Step) -> str:
    """Back to the certificate that holds, or to the form where there is none yet."""
    return VALID if step.subject.valid_from else "form"
