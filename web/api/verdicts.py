"""Verdicts of the population register by program: at most a thousand lines in one request."""

from typing import Any

from flask import Response, jsonify, request
from sqlalchemy.orm import Session

from web import clock
from web.api.blueprint import bp, idempotency_key, once
from web.auth import current_actor, current_world
from web.database import write
from web.input import LIST, TEXT, Kind, check_members, json_object
from web.verdicts import ONLY_OFFICERS, check
from workflow.errors import NotAllowed, Reason, Unmet
from workflow.id_errors import verdicts
from workflow.id_errors.verdicts import Line
from workflow.payload import date_of

BODY: dict[str, Kind] = {"source": TEXT, "on": TEXT, "verdicts": LIST}
LINE: dict[str, Kind] = {"name": TEXT, "id_number": TEXT, "record_no": TEXT, "verdict": TEXT}
MOST = 1000


@bp.post("/id-verdicts")
def enter_verdicts() -> Response:
    """Put verdicts on the records of the officer's schools; every line that fits none is told with its place."""
    actor = current_actor()
    schools = verdicts.reach(current_world(), actor)
    if not schools:
        raise NotAllowed("enter_verdicts", ONLY_OFFICERS)
    key, body = idempotency_key(), json_object(request)
    check_members(body, BODY)
    source, on = str(body.get("source") or "").strip(), date_of(body.get("on")) or clock.today()
    faults = [Reason("field", "block", fault.message, field=fault.field) for fault in check(source, on)]
    lines = _lines(body.get("verdicts") or [], faults)
    if faults:
        raise Unmet(faults)
    now = clock.now()

    def work(session: Session) -> dict[str, Any]:
        result = verdicts.enter(session, lines, source, on, now, schools)
        told = [{"line": row, "kind": code, "message": verdicts.FAULTS[code]} for row, _, code in sorted(result.faults)]
        return {"lines": len(lines), "entered": result.entered, "counts": result.counts, "faults": told}

    asked = ["id-verdicts", body]
    answer, repeated = write(lambda session: once(session, actor.id, key, asked, now, lambda: work(session)))
    response = jsonify(answer)
    if repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _lines(given: list[Any], faults: list[Reason]) -> list[Line]:
    """Return the lines, counted from 1."""
    if not 0 < len(given) <= MOST or not all(isinstance(one, dict) for one in given):
        faults.append(Reason("field", "block", f"verdicts 应为 1 到 {MOST} 个对象的列表", field="verdicts"))
        return []
    for one in given:
        check_members(one, LINE)
    names = ("name", "id_number", "record_no", "verdict")
    return [Line(place, *(str(one.get(name) or "").strip() for name in names)) for place, one in enumerate(given, 1)]
