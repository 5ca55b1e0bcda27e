"""Who signs a question together: the seats that a definition, or the stop of a route, provides.

A seat is `{org, role}` and, where somebody is asked by name, `person`.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from workflow import manners, rights
from workflow.holding import holders
from workflow.language import Asked, OnRoute, Phase
from workflow.manners import Jointly, Manner
from workflow.routing import Stop
from workflow.step import Step, queue_of

Seat = dict[str, Any]


def plan(step: Step, phase: Phase) -> tuple[Manner, list[Seat]] | None:
    """Return the manner and the seats where a definition, or the stop of the route, asks several."""
    if isinstance(phase.asks, Jointly):
        return phase.asks.manner, _seats(step, phase.asks.manner, list(_of_definition(step, phase.asks.asked)))
    if not isinstance(phase.asks, OnRoute):
        return None
    stop: Stop = step.case.route[step.case.turn]
    if not stop.get("manner"):
        return None
    office = step.world.today_s(step.world.office(stop["org"]))
    manner = manners.read(stop["manner"])
    return manner, _seats(step, manner, [(office.id, one["role"], one["each"]) for one in stop["seats"]])


def _of_definition(step: Step, asked: Iterable[Asked]) -> Iterator[tuple[int, str, bool]]:
    for one in asked:
        found = one.place.find(step)
        for number in found if isinstance(found, list) else [found]:
            if number:
                office = step.world.today_s(step.world.office(number))
                yield office.id, one.role.code, one.each


def _seats(step: Step, manner: Manner, asked: list[tuple[int, str, bool]]) -> list[Seat]:
    """One seat for each desk and, where everybody at a desk signs, for each person who may.

    A vote that needs more persons than there are keeps seats for the missing ones: nobody's signature gets lost, the
    watch raises the alarm about them.
    """
    named = [queue_of(org, role) for org, role, each in asked if each]
    sitting = holders(step.session, named, step.today) if named else {}
    barred = rights.applicants(step.case) | rights.signers(step.case)
    seats: list[Seat] = []
    for org, role, each in asked:
        persons = sorted(sitting[queue_of(org, role)] - barred) if each else []
        seats += [{"org": org, "role": role, "person": person} for person in persons]
        if not persons:
            seats.append({"org": org, "role": role})
    missing = manner.least - len(seats) if manner.code == manners.VOTE else 0
    return seats + [{"org": asked[-1][0], "role": asked[-1][1]} for _ in range(missing)]
