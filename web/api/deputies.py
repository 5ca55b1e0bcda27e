"""Deputies by program: who stands in for whom, giving an order and ending one."""

from typing import Any

from flask import Response, jsonify, request
from sqlalchemy.orm import Session

from web import clock
from web.api.blueprint import bp, idempotency_key, once
from web.api.documents import moment, office
from web.auth import current_actor, current_world
from web.database import read_session, write
from web.input import TEXT, Kind, check_members, json_object
from web.present.words import PROCESSES
from workflow import deputy_orders
from workflow.deputy_orders import Shown

ORDER: dict[str, Kind] = dict.fromkeys(
    ("principal", "deputy", "process", "org", "valid_from", "valid_to", "reason"), TEXT
)


@bp.get("/deputies")
def list_deputies() -> Response:
    """Tell the orders that concern the caller or the people he leads."""
    return jsonify({"orders": [_document(one) for one in _listed(read_session())]})


@bp.post("/deputies")
def order_deputy() -> tuple[Response, int]:
    """Let somebody stand in for the caller, or for somebody he leads; user names say who."""
    key, body = idempotency_key(), json_object(request)
    check_members(body, ORDER)
    typed = {name: str(value).strip() for name, value in body.items() if value is not None}
    actor, world, now = current_actor(), current_world(), clock.now()

    def work(session: Session) -> dict[str, Any]:
        made = deputy_orders.order(session, actor, world, typed, now, tuple(PROCESSES))
        return _document(next(one for one in _listed(session) if one.order.id == made.id))

    asked = ["deputies", body]
    answer, repeated = write(lambda session: once(session, actor.id, key, asked, now, lambda: work(session)))
    response = jsonify(answer)
    if repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return response, 201


@bp.post("/deputies/<public_id>/end")
def end_deputy(public_id: str) -> Response:
    """End an order at once; ending it again changes nothing."""
    actor, world, now = current_actor(), current_world(), clock.now()

    def work(session: Session) -> dict[str, Any]:
        ended = deputy_orders.end(session, actor, world, public_id, now)
        return {"id": ended.public_id, "state": "over", "ended_at": moment(ended.ended_at)}

    return jsonify(write(work))


def _listed(session: Session) -> list[Shown]:
    return deputy_orders.listed(session, current_actor(), current_world(), clock.today())


def _document(one: Shown) -> dict[str, Any]:
    found = one.order
    return {
        "id": found.public_id,
        "principal": one.principal,
        "deputy": one.deputy,
        "process": found.process or None,
        "org": office(current_world(), found.org_id),
        "valid_from": found.valid_from.isoformat(),
        "valid_to": found.valid_to.isoformat(),
        "reason": found.reason,
        "ordered_by": one.by,
        "state": one.state(clock.today()),
        "ended_at": moment(found.ended_at),
    }
