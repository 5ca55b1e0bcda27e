"""Who signs: from the competent departments of both schools to the frozen list of stops. The area code never counts."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from workflow import manners
from workflow.manners import Manner
from workflow.policies import look_up
from workflow.world import Office, World

Stop = dict[str, Any]


@dataclass(frozen=True)
class Side:
    """One side of a transfer: a school of ours, or a school outside the province (then `outside` describes it)."""

    school: Office | None
    outside: dict[str, Any] | None = None


def department_of(world: World, school: Office) -> Office:
    """Return the department that supervises a school today (domain 2.1: stored, never derived)."""
    number = school.dept_id or school.parent_id
    return world.today_s(world.office(number)) if number else school


def lowest_common(world: World, offices: Iterable[Office]) -> Office | None:
    """Return the lowest office that stands above all of these (or is one of them); None across provinces."""
    paths = [office.path for office in offices]
    shared: int | None = None
    for level in zip(*paths, strict=False):
        if len(set(level)) > 1:
            break
        shared = level[0]
    return world.office(shared) if shared is not None else None


def route(world: World, receiving: Side, releasing: Side, stage: str | None, day: dt.date) -> list[Stop]:
    """Return the stops in order (domain 4.1-4.3; contract 5: one signature where both share a department)."""
    into = department_of(world, receiving.school) if receiving.school else None
    out_of = department_of(world, releasing.school) if releasing.school else None
    if into and out_of and into.id == out_of.id:
        stops = [
            *_signatures(world, receiving.school, "receiving_school", day),
            *_signatures(world, releasing.school, "releasing_school", day),
            *_signatures(world, into, "common_department", day),
        ]
    elif receiving.school and not releasing.school:
        stops = [*_side(world, receiving.school, into, "receiving", stage, day), *_elsewhere(receiving.school)]
    else:  # an outgoing request comes to us after the receiving side agreed
        stops = [
            *_side(world, receiving.school, into, "receiving", stage, day),
            *_side(world, releasing.school, out_of, "releasing", stage, day),
        ]
    applicant = receiving.school or releasing.school
    asked = [_without_the_applicant(stop, applicant) for stop in stops]
    return [stop for stop in asked if not _is_the_applicant(stop, applicant)]


def key_of(stop: Stop) -> str:
    """Return what identifies a stop across two routes of the same case."""
    return f"{stop['phase']}:{stop['org']}:{stop['role']}:{stop.get('milestone', '')}"


def _without_the_applicant(stop: Stop, applicant: Office | None) -> Stop:
    """Leave the clerk who asks out of a stop that several sign; whoever is left alone signs alone."""
    if "seats" not in stop or applicant is None or stop["org"] != applicant.id:
        return stop
    seats = [seat for seat in stop["seats"] if seat["role"] != "school_clerk"]
    return _joined(stop["phase"], applicant, seats, manners.read(stop["manner"]))


def _is_the_applicant(stop: Stop, applicant: Office | None) -> bool:
    """The clerk of the school that asks has signed by sending the request."""
    return bool(applicant and stop["org"] == applicant.id and stop["role"] == "school_clerk")


def _side(
    world: World, school: Office | None, dept: Office | None, name: str, stage: str | None, day: dt.date
) -> list[Stop]:
    if school is None or dept is None:
        return []
    stops = _signatures(world, school, f"{name}_school", day)
    for office in [dept, *_extra_levels(world, dept, stage, day)]:
        stops += _signatures(world, office, f"{name}_department", day)
    return stops


def _extra_levels(world: World, dept: Office, stage: str | None, day: dt.date) -> list[Office]:
    levels = look_up(world, "transfer.extra_levels", dept, day, stage).value
    above = [office for office in world.upwards(dept) if office.id != dept.id]
    return [office for office in above if office.level in levels and dept.level != office.level]


def _signatures(world: World, office: Office | None, phase: str, day: dt.date) -> list[Stop]:
    if office is None:
        return []
    side = "school" if office.is_school else "department"
    roles = look_up(world, "node.steps", office, day).value[side]
    signing = look_up(world, f"signing.{side}", office, day).value
    each = signing["asked"] == "each"
    if signing["manner"] == manners.TURN and not each:
        return [{"phase": phase, "org": office.id, "role": role} for role in roles]
    return [_joined(phase, office, [{"role": role, "each": each} for role in roles], manner_of(signing))]


def manner_of(signing: dict[str, Any]) -> Manner:
    """Return the manner that a value of the policy `signing.…` means."""
    if signing["manner"] == manners.VOTE:
        return Manner(manners.VOTE, share=signing["share"], least=signing["persons"])
    return Manner(signing["manner"])


def _joined(phase: str, office: Office, seats: list[dict[str, Any]], manner: Manner) -> Stop:
    """Return one stop at which several sign. It is named by the last role, whoever else signs: a decision of the
    office stands whether one or several were to give it."""
    stop = {"phase": phase, "org": office.id, "role": seats[-1]["role"]}
    alone = len(seats) == 1 and not seats[0]["each"] and manner.least == 1
    return stop if alone else {**stop, "manner": manner.stored(), "seats": seats}


def _elsewhere(school: Office) -> list[Stop]:
    """The releasing province's steps: milestones that our school's clerk enters (domain 4.3, product boundary)."""
    steps = [("school", "relay_check"), ("school", "school_opinion"), ("department", "dept_opinion")]
    return [
        {
            "phase": f"releasing_{place}",
            "org": None,
            "role": "school_clerk",
            "milestone": milestone,
            "entered_by": school.id,
        }
        for place, milestone in steps
    ]
