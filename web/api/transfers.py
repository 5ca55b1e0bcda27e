"""Asking for a transfer: a draft, or a draft that is sent at once; both in one transaction with the answer."""

import datetime as dt
import hashlib
from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from models.access import AccessEntry
from web import clock, throttle
from web.api.blueprint import bp, idempotency_key, once, opened
from web.api.documents import summary
from web.auth import current_visitor
from web.database import read_session, write
from web.input import GRADE, LIST, OBJECT, TEXT, YES_NO, Kind, check_members, json_object
from web.sessions import Visitor
from workflow import engine
from workflow.errors import NotAllowed, Reason, Unmet
from workflow.step import Step
from workflow.transfers import again, drafts
from workflow.transfers.facts import gather
from workflow.world import Office, World, world_of

DRAFT: dict[str, Kind] = {
    "name": TEXT,
    "record_no": TEXT,
    "to": TEXT,
    "to_class": TEXT,
    "target_grade": GRADE,
    "reason": TEXT,
    "reason_note": TEXT,
    "offline_first": YES_NO,
    "outside": OBJECT,
    "evidence": LIST,
}
"""What a draft takes; the service looks at every value once more."""
ALONE = ("again_of", "submit")
"""What is no fact of a draft."""


@bp.post("/transfers")
def create_transfer() -> tuple[Response, int]:
    """Open a draft and, with `submit`, send it. A refused one leaves nothing behind.

    `again_of` is the number of an ended request, whose facts and papers are taken instead of any others.
    """
    key, visitor, now = idempotency_key(), current_visitor(), clock.now()
    body = json_object(request)
    check_members(body, {**DRAFT, "direction": TEXT, "again_of": TEXT, "submit": YES_NO})
    if body.get("again_of"):
        _check_alone(body)
    note_lookup()

    def work(session: Session) -> tuple[dict[str, Any], bool]:
        asked = ["POST /transfers", body]
        return once(session, visitor.actor.id, key, asked, now, lambda: _open(session, visitor, body, key, now))

    answer, repeated = write(work)
    return opened(answer, repeated)


def note_lookup() -> None:
    """Count a question about a pupil by name and number, whatever its answer. Raises TooMany."""
    now, person = clock.now(), str(current_visitor().actor.id)
    throttle.check(read_session(), "lookup", now, person=person)
    write(lambda session: throttle.count(session, "lookup", now, person=person))


def note_hit(step: Step) -> None:
    """Write into the access log that a pupil was found by name and number; the school that keeps him can read it."""
    found = gather(step).student if step.subject.direction != "incoming" else None
    if found is None:
        return
    entry = AccessEntry(at=step.now, person_id=step.actor.id, what="search", student_id=found.id, case_id=step.case.id)
    entry.purpose = f"转学申请：{step.world.name(step.case.applicant_org_id)}"
    step.session.add(entry)


def _open(session: Session, visitor: Visitor, body: dict[str, Any], key: str, now: dt.datetime) -> dict[str, Any]:
    actor, world = visitor.actor, world_of(session, visitor.stamp)
    if body.get("again_of"):
        no = again.open_again(session, body["again_of"], actor.id, now).no
    else:
        values = {name: value for name, value in body.items() if name not in ALONE and value is not None}
        no = drafts.start(session, actor, _office(visitor, world, values), world, values, now).no
    if body.get("submit"):
        inner = f"submit-{hashlib.sha256(key.encode()).hexdigest()}"
        engine.do(session, no, "submit", actor.id, now=now, key=inner, seen_revision=0)
    step = engine.look(session, no, actor, world, now)
    note_hit(step)
    return summary(step)


def _check_alone(body: dict[str, Any]) -> None:
    """Refuse facts beside the number of an ended request: they are changed in the draft, if at all."""
    beside = [name for name, value in body.items() if name not in ALONE and value is not None]
    if beside:
        words = "据原申请重新申请时，内容从原申请带入，不用再填"
        raise Unmet([Reason("field", "block", words, field=name) for name in beside])


def _office(visitor: Visitor, world: World, values: dict[str, Any]) -> Office:
    """Return the school for which the person asks: the one named in `to` if he is its clerk, else his first."""
    schools = [world.office(desk.org_id) for desk in visitor.actor.desks if desk.role == "school_clerk"]
    if not schools:
        raise NotAllowed("start", "转学由学校的学籍管理员发起")
    return next((school for school in schools if school.code == values.get("to")), schools[0])
