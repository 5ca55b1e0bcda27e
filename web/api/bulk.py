"""Many decisions by program: order them, read what became of each, take the order back within ten seconds."""

from typing import Any

from flask import Response, jsonify, request, url_for
from sqlalchemy.orm import Session

from models.bulk import BulkOrder
from web import clock
from web.api.blueprint import bp, idempotency_key, once
from web.api.documents import moment
from web.auth import current_actor, current_world
from web.database import read_session, write
from web.input import LIST, TEXT, WHOLE, Kind, check_members, json_object
from workflow.bulk import orders
from workflow.bulk.judging import MOST
from workflow.errors import Reason, Unmet

BULK_BODY: dict[str, Kind] = {"lines": LIST}
BULK_LINE: dict[str, Kind] = {"no": TEXT, "revision": WHOLE, "action": TEXT, "comment": TEXT, "cause": TEXT,
                              "person": TEXT}  # fmt: skip
NEEDED = ("no", "revision", "action")


@bp.post("/bulk")
def order_bulk() -> tuple[Response, int]:
    """Order decisions on many cases (202). What must be looked at first stays behind and is listed under `held`."""
    key, actor, world, now = idempotency_key(), current_actor(), current_world(), clock.now()
    body = json_object(request)
    check_members(body, BULK_BODY)
    asked = _lines(body.get("lines"))

    def place(session: Session) -> dict[str, Any]:
        return {"id": orders.place(session, actor, world, asked, now).public_id}

    answer, _ = write(lambda session: once(session, actor.id, key, ["bulk", body], now, lambda: place(session)))
    response = jsonify(_document(orders.find(read_session(), actor, answer["id"])))
    response.headers["Location"] = url_for(".show_bulk", public_id=answer["id"])
    return response, 202


@bp.get("/bulk/<public_id>")
def show_bulk(public_id: str) -> Response:
    """Tell how far an order is and what became of each line."""
    return jsonify(_document(orders.find(read_session(), current_actor(), public_id)))


@bp.post("/bulk/<public_id>/cancel")
def cancel_bulk(public_id: str) -> Response:
    """Take an order back; doing so again changes nothing. 403 once it is being carried out."""
    actor, now = current_actor(), clock.now()
    write(lambda session: orders.take_back(session, actor, public_id, now))
    return jsonify(_document(orders.find(read_session(), actor, public_id)))


def _lines(given: Any) -> list[orders.Asked]:
    """Read the lines. Raises Unmet for what is no line, naming its place."""
    if not isinstance(given, list) or not 0 < len(given) <= MOST:
        raise Unmet([Reason("field", "block", f"lines 应为 1 到 {MOST} 行的列表", field="lines")])
    faults, found = [], []
    for place, line in enumerate(given):
        if not isinstance(line, dict) or any(line.get(name) is None for name in NEEDED):
            faults.append(Reason("field", "block", "每行要有 no、revision 和 action", field=f"lines[{place}]"))
            continue
        check_members(line, BULK_LINE)
        values = {name: line[name] for name in ("comment", "cause", "person") if line.get(name)}
        found.append(orders.Asked(line["no"], line["revision"], line["action"], values))
    if faults:
        raise Unmet(faults)
    return found


def _document(order: BulkOrder) -> dict[str, Any]:
    report = order.report
    return {
        "id": order.public_id,
        "state": order.state,
        "total": order.total,
        "created_at": moment(order.created_at),
        "run_at": moment(order.run_at),
        "finished_at": moment(order.finished_at),
        "results": report.get("results", {}),
        "held": report.get("held", {}),
        "to": report.get("to") or None,
    }
