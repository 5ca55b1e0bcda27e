"""Pairs that look alike for programs: comparing them, and saying what they are. Whoever may not judge finds nothing."""

from typing import Any

from flask import Response, jsonify, request
from sqlalchemy.orm import Session

from models.findings import Finding
from web import clock
from web.api.blueprint import bp, idempotency_key, once
from web.api.documents import moment, office
from web.api.problems import pair_document
from web.auth import current_actor, current_world
from web.database import read_session, write
from web.input import TEXT, check_members, json_object
from web.masks import mask_number
from workflow import students
from workflow.errors import NotFound, Unacceptable
from workflow.findings import NEAR_BLOCKED
from workflow.problems import blocked_rows, comparing, listing, pairs
from workflow.problems.listing import Pair

JUDGEMENTS = ("distinct", "again", "case")


@bp.get("/problems/pairs/<public_id>")
def show_pair(public_id: str) -> Response:
    """Tell what stands in both records, numbers masked; looking is written down for every record."""
    actor, world, session = current_actor(), current_world(), read_session()
    finding = pairs.seen(session, world, actor, public_id)
    records = listing.records_of(session, finding)
    numbers, now = [one.student_id for one in records], clock.now()
    document = _document(session, finding, records)
    write(lambda writing: students.note_looks(writing, actor, numbers, "view", "疑似比对", now))
    return jsonify(document)


@bp.post("/problems/pairs/<public_id>/<what>")
def judge_pair(public_id: str, what: str) -> Response:
    """Say that these are different children (of a blocked row: why it is done with), take that back, or open a case."""
    key, body, actor, world = idempotency_key(), json_object(request), current_actor(), current_world()
    finding = pairs.seen(read_session(), world, actor, public_id)
    if what not in JUDGEMENTS:
        raise NotFound
    check_members(body, {"reason": TEXT})
    reason, now, row = str(body.get("reason") or ""), clock.now(), finding.kind == NEAR_BLOCKED
    if row and what == "case":
        raise Unacceptable("finding", "未导入的一行不能立案，请更正后重新导入")

    def work(session: Session) -> dict[str, Any]:
        if what == "case":
            return {"id": public_id, "state": "open", "case": pairs.make_case(session, world, actor, public_id, now).no}
        if what == "distinct":
            done = (
                pairs.dismiss_row(session, world, actor, public_id, reason, now)
                if row
                else pairs.dismiss(session, world, actor, public_id, now)
            )
        else:
            done = (pairs.take_back_row if row else pairs.take_back)(session, world, actor, public_id, now)
        return {"id": public_id, "state": done.state, "case": None}

    asked = ["pair", public_id, what, body]
    answer, repeated = write(lambda session: once(session, actor.id, key, asked, now, lambda: work(session)))
    response = jsonify(answer)
    if repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _document(session: Session, finding: Finding, records: tuple[Any, ...]) -> dict[str, Any]:
    world, lives = current_world(), comparing.records(session, [one.student_id for one in records])
    row, judged = blocked_rows.row_of(session, finding) if finding.kind == NEAR_BLOCKED else (None, None)
    compared = [
        {
            "name": student.name,
            "sex": student.sex,
            "birth_date": student.birth_date.isoformat(),
            "id_number": mask_number(student.id_number_tail),
            "record_no": mask_number(student.record_no_tail),
            "school": office(world, one.school_id),
        }
        for one in records
        for student in (lives[one.student_id].student,)
    ]
    blocked = (row.school_id, row.row) if row else None
    told = pair_document(world, Pair(finding, records, blocked)) | {"compared": compared}
    if row is None:
        return told
    typed = row.content or {}
    return told | {
        "row": {
            **(told["row"] or {}),
            "name": typed.get("name"),
            "sex": typed.get("sex"),
            "birth_date": typed.get("birth_date"),
            "id_number": mask_number(typed["number"][-4:]) if typed else None,
            "kept": row.content is not None,
        },
        "judged": {"reason": judged.reason, "by": judged.by, "at": moment(judged.at)} if judged else None,
    }
