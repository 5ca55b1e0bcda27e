"""What the administration pages share: the blueprint, who may come in, forms as they come and go back."""

from dataclasses import replace

from flask import Blueprint, request

from web.auth import current_actor, current_world
from web.views import Field, FieldError, Form, Option, refused
from workflow import administration
from workflow.administration import READERS
from workflow.errors import NotAllowed, NotFound, Unacceptable, Unmet
from workflow.payload import text_fault
from workflow.world import Office

bp = Blueprint("admin", __name__, url_prefix="/admin")
LONGEST_SEARCH = 50


def reach(*roles: str) -> frozenset[int]:
    """Return the offices where the visitor has one of the roles."""
    return administration.reach(current_actor(), current_world(), *roles)


def reach_or_refuse(*roles: str) -> frozenset[int]:
    """Return the offices within the visitor's reach. Raises NotAllowed where there are none."""
    within = reach(*roles)
    if not within:
        raise NotAllowed("admin", "这一页由管理员使用")
    return within


def chosen_office(name: str, within: frozenset[int]) -> Office | None:
    """Return the office that a parameter of the address names, or None without one. Raises NotFound."""
    asked = request.args.get(name, "")
    return administration.office_of(current_world(), asked, within) if asked else None


def chosen_department(name: str, within: frozenset[int]) -> Office:
    """Return the department a parameter names, else the first where the visitor works. Raises NotFound."""
    office = chosen_office(name, within)
    if office is None:
        own = [desk.org_id for desk in current_actor().desks if desk.role in READERS]
        office = current_world().office(own[0])
    if office.is_school:
        raise NotFound
    return office


def departments(within: frozenset[int]) -> list[Office]:
    """Return the departments within reach in the order of the tree."""
    found = [office for number in within if not (office := current_world().office(number)).is_school]
    return sorted((office for office in found if office.closed_on is None), key=lambda office: office.path)


def office_options(offices: list[Office]) -> tuple[Option, ...]:
    """Return offices as the choices of a field."""
    return tuple(Option(office.public_id, office.name) for office in offices)


def search_text() -> tuple[str, str]:
    """Return what is searched for, and what is wrong with it."""
    text = request.args.get("q", "").strip()
    wrong = text_fault(text, LONGEST_SEARCH)
    return (text[:LONGEST_SEARCH], wrong) if wrong else (text, "")


def typed() -> dict[str, str]:
    """Return the form as it was sent, without the blanks around the values."""
    return {name: text.replace("\r\n", "\n").strip() for name, text in request.form.items()}


def given_back(form: Form, values: dict[str, str], error: Unmet | Unacceptable) -> Form:
    """Return the form with what was typed in it and every fault at its field."""
    fields = tuple(_kept(field, values) for field in form.fields)
    names = {field.name for field in fields}
    return refused(replace(form, fields=fields), errors_of(error, names))


def errors_of(error: Unmet | Unacceptable, names: set[str]) -> tuple[FieldError, ...]:
    """Return the faults; one of a field that is not in the form concerns the whole form."""
    if isinstance(error, Unacceptable):
        return (FieldError(error.message, error.field if error.field in names else ""),)
    return tuple(FieldError(one.message, one.field if one.field in names else "") for one in error.reasons)


def _kept(field: Field, values: dict[str, str]) -> Field:
    if field.kind in ("fact", "file", "checks"):
        return field
    return replace(field, value=values.get(field.name, ""))
