"""Whose figures somebody may read, and under which line every office of a subtree is counted."""

from workflow.errors import NotAllowed, NotFound
from workflow.step import Actor
from workflow.world import Office, World

VIEWERS = ("dept_leader", "dept_clerk", "auditor", "school_leader", "school_clerk")
"""Roles that read figures: of their own school or department and of everything below it."""


def homes(actor: Actor, world: World) -> list[Office]:
    """Return the offices from which a person reads figures downwards, the highest first. Raises NotAllowed."""
    held = {desk.org_id: world.office(desk.org_id) for desk in actor.desks if desk.role in VIEWERS}
    if not held:
        raise NotAllowed("statistics", "统计由学校和主管部门的经办人、负责人以及审计员查看")
    chains = {number: [one.id for one in world.upwards(office)] for number, office in held.items()}
    tops = [held[number] for number, (_, *above) in chains.items() if not held.keys() & set(above)]
    return sorted(tops, key=lambda office: (len(chains[office.id]), office.code))


def open_to(actor: Actor, world: World, code: str) -> Office:
    """Return the office with this code, the own one without a code. Raises NotFound for what is not below the actor."""
    own = homes(actor, world)[0]
    if not code:
        return own
    office = world.by_code.get(code)
    if office is None or not may_see(actor, world, office):
        raise NotFound
    return office


def may_see(actor: Actor, world: World, office: Office) -> bool:
    """Tell whether the person reads figures at this office or above it."""
    held = {desk.org_id for desk in actor.desks if desk.role in VIEWERS}
    return any(above.id in held for above in world.upwards(office))


def lines(world: World, office: Office) -> dict[int, int]:
    """Return for every office of the subtree the number of the line it is counted in: the office itself, or one of
    those directly below it. Each is counted once, so that the lines add up."""
    found = {office.id: office.id}
    for child in world.supervised(office.id):
        for number in _subtree(world, child.id):
            found.setdefault(number, child.id)
    return found


def _subtree(world: World, number: int) -> list[int]:
    found = [number]
    for one in found:
        if len(found) > len(world.offices):  # offices that stand above each other in a circle
            break
        found += [child.id for child in world.supervised(one)]
    return found
