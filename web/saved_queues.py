"""常用筛选: what the inbox is limited to is kept under a name, renamed and forgotten. The page is that of the inbox."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from web import clock, inbox
from web.auth import current_actor, current_world
from web.database import read_session, write
from web.input import check_form
from web.present import narrowing
from workflow import saved_queues
from workflow.errors import Unmet

bp = Blueprint("saved_queues", __name__, url_prefix="/inbox/queues")
Answer = Response | tuple[str, int]


@bp.post("")
def save() -> Answer:
    """Keep the filter that was sent along under a name; a fault draws the page again with everything typed."""
    wanted, _ = narrowing.read(request.form, current_world())
    now = clock.now()
    return _named(
        lambda session, name: saved_queues.save(session, current_actor(), name, wanted, now).public_id,
        inbox.limited_by(request.form),
    )


@bp.post("/<public_id>")
def rename(public_id: str) -> Answer:
    """Give a filter of the visitor's own another name."""
    asked = inbox.kept_as(saved_queues.find(read_session(), current_actor(), public_id))
    return _named(lambda session, name: saved_queues.rename(session, current_actor(), public_id, name).public_id, asked)


@bp.post("/<public_id>/delete")
def delete(public_id: str) -> Response:
    """Forget a filter of the visitor's own."""
    write(lambda session: saved_queues.delete(session, current_actor(), public_id))
    flash("已删除这个常用筛选，事项不受影响。", "done")
    return redirect(url_for("inbox.show"), 303)


def _named(work: Callable[[Session, str], str], asked: inbox.Asked) -> Answer:
    try:
        check_form(request.form)
        name = request.form.get("name", "")
        public_id = write(lambda session: work(session, name))
    except Unmet as refused:
        return inbox.draw(asked, refused.reasons[0].message), 422
    return redirect(url_for("inbox.show", queue=public_id), 303)
