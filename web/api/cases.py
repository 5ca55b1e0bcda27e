"""Reading a case, changing its draft, and acting on it through the one door."""

from typing import Any

from flask import Response, jsonify, request
from sqlalchemy.orm import Session

from web import clock
from web.api.blueprint import arguments, bp, idempotency_key, once, opened
from web.api.documents import case_document
from web.api.problem_documents import is_problem
from web.api.transfers import DRAFT, note_hit, note_lookup
from web.auth import current_actor, current_world
from web.database import read_session, write
from web.input import LIST, OBJECT, TEXT, WHOLE, Kind, check_members, json_object
from web.present import people
from workflow import acts, casefile, engine, processes, talk
from workflow.errors import AlreadyDecided, NotAllowed, NotFound, Reason, Unmet
from workflow.key_data import FIELDS
from workflow.problems import asking, sight
from workflow.step import Step
from workflow.transfers import asking as reversing
from workflow.transfers import drafts

TYPED: dict[str, Kind] = {
    "comment": TEXT,
    "cause": TEXT,
    "items": LIST,
    "on_date": TEXT,
    "to": TEXT,
    "to_class": TEXT,
    "result": TEXT,
    "evidence": TEXT,
    "pulled": OBJECT,
    "reason": TEXT,
    "corrected": OBJECT,
    "side": WHOLE,
    "sides": LIST,
    "position": TEXT,
    "verdicts": LIST,
    "reasons": LIST,
    "turn": WHOLE,
    "person": TEXT,
    "back_to": TEXT,
    "jump_to": TEXT,
    "resume": TEXT,
    "where": TEXT,
    "until": TEXT,
    "guard": TEXT,
}
"""What may be typed with any action; which of it an action takes is the process definition's business."""
PULLED: dict[str, Kind] = dict.fromkeys(("sex", "birth_date", "id_type", "id_number", "ethnicity"), TEXT)
CORRECTED: dict[str, Kind] = dict.fromkeys(FIELDS, TEXT)
ACTIONS = frozenset(name for process in processes.PUBLISHED for name in process.actions) | frozenset(acts.COMMON)


@bp.get("/cases/<no>")
def show_case(no: str) -> Response:
    """Tell everything a party may know about a case, and what this person may do with it."""
    return jsonify(case_document(_look(no)))


@bp.patch("/cases/<no>")
def change_case(no: str) -> Response:
    """Store what was typed into a draft."""
    body = json_object(request)
    check_members(body, {**DRAFT, "revision": WHOLE})
    revision = _revision(body)
    values = {name: value for name, value in body.items() if name != "revision" and value is not None}
    asks = "record_no" in values or "name" in values
    if asks:
        note_lookup()

    def work(session: Session) -> None:
        drafts.change(session, no, current_actor().id, values, revision, clock.now())
        if asks:
            note_hit(_look(no, session))

    write(work)
    return jsonify(case_document(_look(no)))


@bp.post("/cases/<no>/actions/<action>")
def act(no: str, action: str) -> Response:
    """Carry out one action; the same key again gets the same answer."""
    key, body, actor = idempotency_key(), json_object(request), current_actor()
    if action not in ACTIONS:
        raise NotFound
    check_members({name: value for name, value in body.items() if name in KNOWN}, KNOWN)
    if isinstance(body.get("pulled"), dict):
        check_members(body["pulled"], PULLED)
    revision = _revision(body)
    values = {name: value for name, value in body.items() if name != "revision" and value is not None}

    def work(session: Session) -> engine.Outcome:
        return engine.do(session, no, action, actor.id, now=clock.now(), key=key, seen_revision=revision, values=values)

    try:
        outcome = write(work)
    except NotAllowed as refused:
        raise _too_late(no, action) or refused from None
    response = jsonify({"no": outcome.no, "action": action, "phase": outcome.phase, "revision": outcome.revision})
    if outcome.repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return response


KNOWN = {**TYPED, "revision": WHOLE}


@bp.get("/cases/<no>/people")
def show_people(no: str) -> Response:
    """Tell whom an act (`action`) may name now; nobody where the caller may not take it."""
    step, action = _look(no), arguments("action").get("action", "")
    found = [
        {"id": one.public_id, "username": one.username, "name": one.name, "org": step.world.office(one.org_id).code,
         "role": one.role}
        for one in people.choices(step, action)
    ]  # fmt: skip
    return jsonify({"people": found})


@bp.post("/cases/<no>/comments")
def add_comment(no: str) -> tuple[Response, int]:
    """Say something to the other parties; whoever is named with an @, or by id in `mention`, is told."""
    key, body, actor = idempotency_key(), json_object(request), current_actor()
    _look(no)
    check_members(body, {"comment": TEXT, "mention": LIST})
    said, also = str(body.get("comment") or ""), [str(one) for one in body.get("mention") or ()]
    now = clock.now()

    def work(session: Session) -> dict[str, Any]:
        step = talk.say(session, no, actor.id, said, now, also)
        return {"no": no, "seq": step.case.last_seq}

    asked = ["comment", no, body]
    answer, repeated = write(lambda session: once(session, actor.id, key, asked, now, lambda: work(session)))
    response = jsonify(answer)
    if repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return response, 201


@bp.post("/cases/<no>/rulings/<ruling>/undo")
def undo_ruling(no: str, ruling: str) -> tuple[Response, int]:
    """Ask for a ruling, or the deletion of a record, to be taken back: a case of its own, which the leader decides."""
    key, body, actor, world = idempotency_key(), json_object(request), current_actor(), current_world()
    _look(no)
    check_members(body, {"reason": TEXT})
    reason, now = str(body.get("reason") or "").strip(), clock.now()

    def work(session: Session) -> dict[str, Any]:
        case = asking.ask(session, no, actor, world, ruling, reason, now)
        return {"no": case.no, "process": case.process, "phase": case.phase, "revision": case.revision}

    asked = ["undo", no, ruling, body]
    answer, repeated = write(lambda session: once(session, actor.id, key, asked, now, lambda: work(session)))
    return opened(answer, repeated)


@bp.post("/cases/<no>/reversal")
def reverse_transfer(no: str) -> tuple[Response, int]:
    """Ask for a finished transfer to be taken back: a case of its own, which the leader decides."""
    key, body, actor = idempotency_key(), json_object(request), current_actor()
    _look(no)
    check_members(body, {"cause": TEXT, "reason": TEXT})
    cause, reason, now = str(body.get("cause") or ""), str(body.get("reason") or ""), clock.now()

    def work(session: Session) -> dict[str, Any]:
        case = reversing.ask(session, no, actor.id, cause, reason, now)
        return {"no": case.no, "process": case.process, "phase": case.phase, "revision": case.revision}

    asked = ["reversal", no, body]
    answer, repeated = write(lambda session: once(session, actor.id, key, asked, now, lambda: work(session)))
    return opened(answer, repeated)


def _too_late(no: str, action: str) -> Exception | None:
    """Return what to say when the question was answered already; None if it is open and merely not this person's."""
    step = _look(no)
    spec = processes.of(step.case).actions.get(action) or acts.COMMON.get(action)
    if spec is None:
        return NotFound()
    if spec.leaves(step.case.phase):
        return None
    if is_problem(step) and not sight.sees_all(step):
        return AlreadyDecided(step.case.revision)
    last = [entry for entry in casefile.entries(step) if entry.before != entry.after][-1]
    return AlreadyDecided(step.case.revision, last.action, last.actor, last.at)


def _look(no: str, session: Session | None = None) -> Step:
    return engine.look(session or read_session(), no, current_actor(), current_world(), clock.now())


def _revision(body: dict[str, Any]) -> int:
    """Return the revision the caller looked at; without it nobody could tell a stale request."""
    if body.get("revision") is None:
        raise Unmet([Reason("field", "block", "请给出您看到的 revision", field="revision")])
    return int(body["revision"])
