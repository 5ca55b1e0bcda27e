"""Entering one pupil by hand."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web import clock
from web.auth import current_actor, current_world
from web.cases import new_key
from web.database import current_house, read_session, write
from web.imports import own_school
from web.present import entry
from web.views import FieldError
from workflow.errors import NotAllowed, Unmet
from workflow.imports import by_hand
from workflow.imports.cells import SchoolFacts
from workflow.imports.columns import BY_NAME
from workflow.imports.gathering import school_facts
from workflow.world import Office

bp = Blueprint("entries", __name__, url_prefix="/students")


@bp.get("/new")
def new() -> str:
    """Draw the empty form."""
    _, facts = clerks_school()
    return render_template("students/new.html", page=entry.page(facts, entry.USUAL, new_key()))


@bp.post("/new")
def enter() -> Response | tuple[str, int]:
    """Store the pupil. With faults the form comes back as typed; what is read otherwise than typed is shown first."""
    school, facts = clerks_school()
    typed = {name: request.form[name] for name in BY_NAME if name in request.form}
    key = request.form.get("idempotency_key", "")[:100] or new_key()
    row = by_hand.check(typed, facts, clock.today(), demo=current_house().demo)
    reread = any(typed.get(column) != value for column, value in entry.read_as(row.faults).items())
    if row.state == "block" or reread:
        return render_template("students/new.html", page=entry.page(facts, typed, key, row.faults)), 422
    actor, now = current_actor(), clock.now()
    try:
        public_id = write(lambda session: by_hand.enter(session, actor, school, row, key, now))
    except Unmet as refused:
        errors = [FieldError(reason.message, reason.field) for reason in refused.reasons]
        return render_template("students/new.html", page=entry.page(facts, typed, key, refused=errors)), 422
    flash(f"已录入：{row.values['姓名']}", "done")
    return redirect(url_for("students.show", public_id=public_id), 303)


def clerks_school() -> tuple[Office, SchoolFacts]:
    """Return the clerk's school. Raises NotAllowed for everybody else."""
    school = own_school(current_world(), current_actor())
    if not current_actor().holds("school_clerk", school.id):
        raise NotAllowed("enter_student", by_hand.CLERK_ONLY)
    return school, school_facts(read_session(), school)
