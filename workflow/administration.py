"""What an administrator may reach: the subtrees of the offices where the role is held; every change is written down."""

import datetime as dt
import re
from collections.abc import Mapping

from sqlalchemy import ColumnElement, false, or_
from sqlalchemy.orm import Session

from models.access import AccessEntry
from models.organisations import Organisation
from workflow.errors import NotFound, Reason, Unmet
from workflow.payload import text_fault
from workflow.step import Actor
from workflow.world import Office, World

SYSTEM, SECURITY = "system_admin", "security_admin"
BOTH = (SYSTEM, SECURITY)
READERS = (*BOTH, "dept_clerk", "dept_leader")
"""Who may read rules and calendars."""


def reach(actor: Actor, world: World, *roles: str) -> frozenset[int]:
    """Return the numbers of all offices in the subtrees where the actor holds one of the roles."""
    tops = {desk.org_id for desk in actor.desks if desk.role in roles}
    return frozenset(number for top in tops for number in world.below(top))


def tops(actor: Actor, world: World, *roles: str) -> list[Office]:
    """Return the offices themselves, without those that stand below another one of them."""
    own = dict.fromkeys(desk.org_id for desk in actor.desks if desk.role in roles)
    return [world.office(one) for one in own if not any(other in world.office(one).path[:-1] for other in own)]


def within(actor: Actor, world: World, *roles: str) -> ColumnElement[bool]:
    """Return the condition that keeps a list inside the subtrees of the offices where the actor holds a role."""
    conditions = [
        Organisation.path.startswith("/" + "".join(f"{part}/" for part in top.path))
        | (Organisation.competent_dept_id == top.id)
        for top in tops(actor, world, *roles)
    ]
    return or_(false(), *conditions)


def office_of(world: World, public_id: str, within: frozenset[int]) -> Office:
    """Return an office within reach. Raises NotFound for one that does not exist or lies elsewhere."""
    found = next((office for office in world.offices.values() if office.public_id == public_id), None)
    if found is None or found.id not in within:
        raise NotFound
    return found


def is_public_id(text: str) -> bool:
    """Tell whether a part of an address may be a public id; nothing else is asked of the database."""
    return re.fullmatch(r"[A-Za-z0-9_-]{1,26}", text) is not None


def note(session: Session, actor: Actor, what: str, purpose: str, now: dt.datetime) -> None:
    """Write down an administrator's change beside the looks at records. The caller commits."""
    session.add(AccessEntry(at=now, person_id=actor.id, what=what, purpose=purpose[:200]))


def fault(field: str, message: str) -> Reason:
    """Return what is wrong with one field of a form."""
    return Reason("field", "block", message, field=field)


def text_faults(typed: Mapping[str, str], limits: Mapping[str, int], needed: Mapping[str, str]) -> list[Reason]:
    """Return one reason for every text that is too long, holds what cannot be kept, or is needed and missing."""
    found = []
    for name, limit in limits.items():
        text = typed.get(name, "")
        wrong = text_fault(text, limit) or ("不能换行" if "\n" in text else None)
        if not text and name in needed:
            wrong = needed[name]
        if wrong:
            found.append(fault(name, wrong))
    return found


def refuse(faults: list[Reason]) -> None:
    """Raise Unmet when there is a fault."""
    if faults:
        raise Unmet(faults)
