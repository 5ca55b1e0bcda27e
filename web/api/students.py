"""One pupil entered by program, with the columns of the national template."""

from typing import Any

from flask import Response, jsonify, request
from sqlalchemy.orm import Session

from web import clock
from web.api.blueprint import bp, idempotency_key, once
from web.auth import current_actor
from web.database import current_house, write
from web.entries import clerks_school
from web.input import OBJECT, TEXT, Kind, check_members, json_object
from web.present.entry import read_as
from workflow.errors import Reason, Unmet
from workflow.imports import by_hand
from workflow.imports.columns import BY_NAME

BODY: dict[str, Kind] = {"columns": OBJECT}
COLUMNS: dict[str, Kind] = {name: TEXT for name in BY_NAME if name != "学校标识码"}


@bp.post("/students")
def enter_student() -> tuple[Response, int]:
    """Store a pupil of the clerk's school; `read_as` tells which values were read otherwise than they were given."""
    actor, key, now = current_actor(), idempotency_key(), clock.now()
    school, facts = clerks_school()
    body = json_object(request)
    check_members(body, BODY)
    columns = body.get("columns") or {}
    check_members(columns, COLUMNS)
    given = {name: value for name, value in columns.items() if value}
    row = by_hand.check(given, facts, clock.today(), demo=current_house().demo)
    if row.state == "block":
        raise _refused([(fault.column or "", fault.message) for fault in row.faults if fault.severity == "block"])

    def work(session: Session) -> dict[str, Any]:
        try:
            public_id = by_hand.enter(session, actor, school, row, key, now)
        except Unmet as refused:
            raise _refused([(reason.field, reason.message) for reason in refused.reasons]) from None
        return {"id": public_id}  # it is kept beside the key: nothing of the child may stand in it

    asked = ["students", body]
    answer, repeated = write(lambda session: once(session, actor.id, key, asked, now, lambda: work(session)))
    response = jsonify({**answer, "name": row.values["姓名"], "read_as": read_as(row.faults)})
    if repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return response, 201


def _refused(faults: list[tuple[str, str]]) -> Unmet:
    return Unmet([Reason("field", "block", message, field=f"columns.{column}") for column, message in faults])
