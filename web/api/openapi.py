"""The description of the API (OpenAPI 3.1), put together from the tables that the views themselves use."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, jsonify

from models.bulk import STATES as ORDER_STATES
from models.imports import STATES
from web import signatures
from web.api.blueprint import bp
from web.api.bulk import BULK_BODY, BULK_LINE
from web.api.bulk import NEEDED as BULK_NEEDED
from web.api.cases import ACTIONS, CORRECTED, PULLED, TYPED
from web.api.delivery_reports import BODY as REPORT_BODY
from web.api.deputies import ORDER
from web.api.imports import CONFIRM
from web.api.inbox import LISTS
from web.api.pairs import JUDGEMENTS
from web.api.statistics import OF
from web.api.students import BODY as STUDENT_BODY
from web.api.students import COLUMNS as STUDENT_COLUMNS
from web.api.transfers import DRAFT
from web.api.verdicts import BODY, LINE, MOST
from web.auth import public
from web.errors import IDEMPOTENCY_KEY
from web.imports import XLSX
from web.input import GRADE, LIST, OBJECT, TEXT, WHOLE, YES_NO, Kind
from web.present.problems import LEVELS
from web.present.problems_list import SHELVES
from web.present.words import PROCESSES
from web.security import LARGEST_REQUEST
from workflow.bulk.judging import AGREEING, HANDING_ON, OTHERWISE
from workflow.bulk.judging import MOST as MOST_LINES
from workflow.id_errors.lists import VERDICTS
from workflow.imports.columns import BY_NAME
from workflow.narrowing import TERMS
from workflow.problems.listing import AGES
from workflow.problems.lists import BLOCKED_REASONS, KINDS
from workflow.problems.lists import REASONS as WHY
from workflow.problems.lists import VERDICTS as RULED
from workflow.statistics.period import KEYS
from workflow.transfers.asking import CAUSES

Schema = dict[str, Any]

TYPES: dict[Kind, Schema] = {
    TEXT: {"type": "string"},
    WHOLE: {"type": "integer"},
    YES_NO: {"type": "boolean"},
    LIST: {"type": "array", "items": {"type": "string"}},
    OBJECT: {"type": "object"},
    GRADE: {"type": ["integer", "string"], "description": "1 to 12"},
}
DIRECTIONS = ("inside", "incoming", "outgoing")
OUTSIDE = ("province", "school", "code", "dept", "phone", "request_no")


@bp.get("/openapi.json")
@public
def describe() -> Response:
    """Tell what the API takes and gives."""
    return jsonify(document())


def document() -> Schema:
    """Return the whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "学籍办 API",
            "version": "1",
            "description": "Times are UTC in ISO 8601, days are days in Asia/Shanghai. A case that is not yours does "
            "not exist for you (404). Numbers of persons are masked in every answer.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": PATHS,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": SCHEMAS,
            "responses": {"Problem": _problem_response()},
        },
    }


def _members(kinds: Mapping[str, Kind], required: Iterable[str] = (), **more: Schema) -> Schema:
    properties = {name: TYPES[kind] for name, kind in kinds.items()} | more
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": list(required)} if required else {})


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(name: str) -> Schema:
    return {"type": "array", "items": _ref(name)}


def _json(schema: Schema) -> Schema:
    return {"content": {"application/json": {"schema": schema}}}


def _problem_response() -> Schema:
    return {
        "description": "RFC 9457 problem document",
        "content": {"application/problem+json": {"schema": _ref("Problem")}},
    }


def _operation(summary: str, good: str, answer: Schema, problems: Iterable[int], **more: Any) -> Schema:
    responses: Schema = {good: {"description": summary, **answer}}
    responses |= {str(status): {"$ref": "#/components/responses/Problem"} for status in problems}
    return {"summary": summary, "responses": responses, **more}


def _parameter(name: str, place: str, schema: Schema | None = None, *, required: bool = True) -> Schema:
    return {"name": name, "in": place, "required": required or place == "path", "schema": schema or TEXT_SCHEMA}


TEXT_SCHEMA: Schema = {"type": "string"}
WHOLE_SCHEMA: Schema = {"type": "integer"}
FLAG_SCHEMA: Schema = {"type": "boolean"}
MAYBE_DAY: Schema = {"type": ["string", "null"], "format": "date"}
MOMENT_SCHEMA: Schema = {"type": ["string", "null"], "format": "date-time"}
SIGNED = (signatures.ID, signatures.TIMESTAMP, signatures.SIGNATURE)
KEY = _parameter("Idempotency-Key", "header", {"type": "string", "pattern": f"^{IDEMPOTENCY_KEY.pattern}$"})
CASE_NO = _parameter("no", "path")
BINARY: Schema = {"type": "string", "format": "binary"}

LINE_OF_FIGURES = {
    **dict.fromkeys(("open", "today", "late", "came", "went", "done", "in_time", "late_then"), WHOLE_SCHEMA),
    "share": {"type": ["number", "null"], "description": "in_time out of done and late_then"},
    "median_days": {"type": ["number", "null"], "description": "working days"},
    "ended": {"type": "object", "additionalProperties": WHOLE_SCHEMA},
    "steps": {"type": "array", "items": {"type": "object"}},
    "records": {"type": "array", "items": {"type": "object"}},
}
SCHEMAS: dict[str, Schema] = {
    "FigureLine": _object(office=_ref("Office"), **LINE_OF_FIGURES),
    "Figures": _object(
        office=_ref("Office"),
        period={"type": "object"},
        at=MOMENT_SCHEMA,
        total=_ref("FigureLine"),
        own=_ref("FigureLine"),
        below=_list("FigureLine"),
    ),
    "Bulletins": _object(office=_ref("Office"), months={"type": "array", "items": {"type": "object"}}),
    "Bulletin": _object(
        id=TEXT_SCHEMA,
        office=_ref("Office"),
        month=TEXT_SCHEMA,
        number=TEXT_SCHEMA,
        version=WHOLE_SCHEMA,
        reason=TEXT_SCHEMA,
        issued_at=MOMENT_SCHEMA,
        figures={"type": "object"},
    ),
    "Counted": _object(of={"enum": list(OF)}, items={"type": "array", "items": {"type": "object"}},
                       next={"type": ["string", "null"]}),
    "Problem": _object(
        type=TEXT_SCHEMA,
        title=TEXT_SCHEMA,
        status=WHOLE_SCHEMA,
        detail=TEXT_SCHEMA,
        code=TEXT_SCHEMA,
        field=TEXT_SCHEMA,
        limit=WHOLE_SCHEMA,
        reasons=_list("Reason"),
        request_id=TEXT_SCHEMA,
        revision={"type": "integer", "description": "409: the revision the case has now"},
        by={"type": "string", "description": "409: who changed it"},
        at={"type": "string", "format": "date-time", "description": "409: when"},
        action={"type": "string", "description": "409: what was done"},
    ),
    "Reason": _object(
        guard=TEXT_SCHEMA,
        severity={"enum": ["block", "warn", "info"]},
        message=TEXT_SCHEMA,
        citation=TEXT_SCHEMA,
        field=TEXT_SCHEMA,
        clears=TEXT_SCHEMA,
    ),
    "Office": {**_object(code=TEXT_SCHEMA, name=TEXT_SCHEMA, level=TEXT_SCHEMA), "type": ["object", "null"]},
    "Stop": _object(
        org={"type": ["string", "null"], "description": "null: an office of another province"},
        name=TEXT_SCHEMA,
        level={"enum": ["school", "county", "city", "province", "external"]},
        role={"type": "string", "description": "the phase in which this office is asked"},
        signer={"type": "string", "description": "the role code that signs"},
        state={"enum": ["done", "present", "coming"]},
        manner={
            **_object(code={"enum": ["any", "all", "vote", "turn"]}, title=TEXT_SCHEMA, veto=FLAG_SCHEMA,
                      share=WHOLE_SCHEMA, least=WHOLE_SCHEMA),
            "description": "only where several sign",
        },
        signers={**TYPES[LIST], "description": "the role codes of those who sign together"},
        signed={**TYPES[LIST], "description": "who has signed so far"},
        milestone=TEXT_SCHEMA,
        by=TEXT_SCHEMA,
        at=MOMENT_SCHEMA,
        overruled=FLAG_SCHEMA,
    ),
    "Option": _object(
        action={"enum": sorted(ACTIONS)},
        title=TEXT_SCHEMA,
        allowed=FLAG_SCHEMA,
        reasons=_list("Reason"),
        required=TYPES[LIST],
        optional=TYPES[LIST],
        consequence=TEXT_SCHEMA,
    ),
    "Item": _object(
        kind={"enum": [
            "decide", "correct", "arrive", "record", "task", "copy",
            "answer", "review", "rule", "inquiry", "confirm", "object",
        ]},
        phase=TEXT_SCHEMA,
        org=_ref("Office"),
        role=TEXT_SCHEMA,
        mine=FLAG_SCHEMA,
        opened_at=MOMENT_SCHEMA,
        due={**MAYBE_DAY, "description": "the last day; null while suspended for an unknown time"},
        due_at=MOMENT_SCHEMA,
        provisional={"type": "boolean", "description": "the calendar is not known that far"},
        days_left=_object(kind=TEXT_SCHEMA, days=WHOLE_SCHEMA),
        paused={"description": "why the clock stands still, and until when as far as known", "anyOf": [
            _object(why={"enum": ["suspended", "freeze", "vacation"]}, until=MAYBE_DAY),
            {"type": "null"},
        ]},
    ),
    "Event": _object(
        seq=WHOLE_SCHEMA,
        at=MOMENT_SCHEMA,
        action=TEXT_SCHEMA,
        by=TEXT_SCHEMA,
        acting_for={"type": ["string", "null"], "description": "for whom a deputy acted"},
        office=_ref("Office"),
        **{"from": TEXT_SCHEMA, "to": TEXT_SCHEMA},
        comment=TEXT_SCHEMA,
        facts={"type": "object"},
    ),
    "Evidence": _object(
        id=TEXT_SCHEMA,
        kind=TEXT_SCHEMA,
        file_name=TEXT_SCHEMA,
        media_type=TEXT_SCHEMA,
        size=WHOLE_SCHEMA,
        pages=WHOLE_SCHEMA,
        sha256=TEXT_SCHEMA,
        uploaded_at=MOMENT_SCHEMA,
        withdrawn_at=MOMENT_SCHEMA,
    ),
    "Outcome": _object(no=TEXT_SCHEMA, action=TEXT_SCHEMA, phase=TEXT_SCHEMA, revision=WHOLE_SCHEMA),
    "Summary": _object(
        no=TEXT_SCHEMA,
        process=TEXT_SCHEMA,
        phase=TEXT_SCHEMA,
        revision=WHOLE_SCHEMA,
        route=_list("Stop"),
        options=_list("Option"),
        warnings=_list("Reason"),
        notes=_list("Reason"),
    ),
    "Case": {
        "allOf": [
            _ref("Summary"),
            _object(
                title=TEXT_SCHEMA,
                opened_at=MOMENT_SCHEMA,
                submitted_at=MOMENT_SCHEMA,
                closed_at=MOMENT_SCHEMA,
                applicant=_ref("Office"),
                transfer={"type": ["object", "null"]},
                problem={"type": "object", "description": "of a problem: the sides and rulings that are yours"},
                id_error={"type": "object", "description": "of an ID error: what is wrong, what the school answered"},
                undo={"type": "object", "description": "of an undoing: which ruling, why, what would stay as it is"},
                reversal={"type": "object", "description": "of a finished transfer: whether it can be taken back"},
                clearance={"type": "object", "description": "of a task before sending: what to clear, and by whom"},
                no_id={"type": "object", "description": "of a pupil without ID number: since when the form holds"},
                proposal={"type": ["object", "null"], "description": "what one proposes and another has to confirm"},
                suspended={"type": ["object", "null"], "description": "who stopped the clock, until when, and why"},
                items=_list("Item"),
                events=_list("Event"),
                evidence=_list("Evidence"),
                linked={"type": "object", "description": "cases linked to this one, and its certificates"},
            ),
        ]
    },
    "Line": _object(
        no=TEXT_SCHEMA,
        process=TEXT_SCHEMA,
        phase=TEXT_SCHEMA,
        title=TEXT_SCHEMA,
        revision=WHOLE_SCHEMA,
        name={"type": "string", "description": "masked"},
        **{"from": _ref("Office"), "to": _ref("Office")},
        outside={"type": ["object", "null"]},
        opened_at=MOMENT_SCHEMA,
        sender=TEXT_SCHEMA,
        item={"oneOf": [_ref("Item"), {"type": "null"}]},
        **{
            "for": {"type": ["string", "null"], "description": "whom you stand in for"},
            "with": {"type": ["string", "null"], "description": "who has the question by name"},
        },
    ),
    "Inbox": _object(
        tab={"enum": list(LISTS)},
        items=_list("Line"),
        next={"type": ["string", "null"]},
        counters=_object(todo=WHOLE_SCHEMA, late=WHOLE_SCHEMA, today=WHOLE_SCHEMA, copied=WHOLE_SCHEMA),
    ),
    "Certificate": _object(
        number=TEXT_SCHEMA,
        id=TEXT_SCHEMA,
        code={"type": "string", "description": "the word in the QR code"},
        kind=TEXT_SCHEMA,
        state={"enum": ["valid", "superseded", "revoked"]},
        case=TEXT_SCHEMA,
        issued_by=_ref("Office"),
        issued_at=MOMENT_SCHEMA,
        revoked_at=MOMENT_SCHEMA,
        printed=FLAG_SCHEMA,
        facts={"type": "object"},
    ),
}
SCHEMAS["Fault"] = _object(
    row={"type": "integer", "description": "the sheet's own row number"},
    cell=TEXT_SCHEMA,
    column=TEXT_SCHEMA,
    kind=TEXT_SCHEMA,
    severity={"enum": ["block", "warn"]},
    message=TEXT_SCHEMA,
    shown=TEXT_SCHEMA,
    clean={"type": ["string", "null"]},
)
SCHEMAS["Import"] = _object(
    id=TEXT_SCHEMA,
    file=TEXT_SCHEMA,
    school=_ref("Office"),
    state={"enum": list(STATES)},
    message={"type": "string", "description": "why the file was refused"},
    done=WHOLE_SCHEMA,
    total=WHOLE_SCHEMA,
    rows=WHOLE_SCHEMA,
    clean=WHOLE_SCHEMA,
    warn=WHOLE_SCHEMA,
    block=WHOLE_SCHEMA,
    imported=WHOLE_SCHEMA,
    created_at=MOMENT_SCHEMA,
    finished_at=MOMENT_SCHEMA,
    notes={"type": "array", "items": TEXT_SCHEMA},
    faults={**_list("Fault"), "description": "the first 2,000 of each severity"},
    faults_found={"type": "integer", "description": "how many there are"},
    findings={
        **_list("OwnGroup"),
        "description": "rows that share a number, or name, sex and birth date, with records of the same school",
    },
)
SCHEMAS["OwnGroup"] = _object(
    kind={"enum": ["id_exact", "nsb", "same_file"]},
    rows={"type": "array", "items": WHOLE_SCHEMA},
    others={"type": "integer", "description": "how many records of the school that are not in this file"},
    reasons=TYPES[LIST],
)
SCHEMAS["Colleague"] = _object(
    id=TEXT_SCHEMA, username=TEXT_SCHEMA, name=TEXT_SCHEMA, org=TEXT_SCHEMA, role=TEXT_SCHEMA
)
SCHEMAS["Deputy"] = _object(
    id=TEXT_SCHEMA,
    principal=TEXT_SCHEMA,
    deputy=TEXT_SCHEMA,
    process={"type": ["string", "null"], "description": "the only kind of case; null for all"},
    org={"oneOf": [_ref("Office"), {"type": "null"}], "description": "the only office; null for all"},
    valid_from={"type": "string", "format": "date"},
    valid_to={"type": "string", "format": "date", "description": "the last day"},
    reason=TEXT_SCHEMA,
    ordered_by=TEXT_SCHEMA,
    state={"enum": ["coming", "running", "over"]},
    ended_at=MOMENT_SCHEMA,
)
SCHEMAS["Verdicts"] = _object(
    lines=WHOLE_SCHEMA,
    entered=WHOLE_SCHEMA,
    counts={"type": "object", "additionalProperties": {"type": "integer"}},
    faults={"type": "array", "items": _object(line=WHOLE_SCHEMA, kind=TEXT_SCHEMA, message=TEXT_SCHEMA)},
)
SCHEMAS["BulkOrder"] = _object(
    id=TEXT_SCHEMA,
    state={"enum": list(ORDER_STATES)},
    total=WHOLE_SCHEMA,
    created_at=TEXT_SCHEMA,
    run_at=TEXT_SCHEMA,
    finished_at={"type": ["string", "null"]},
    results={"type": "object", "additionalProperties": _object(action=TEXT_SCHEMA, phase=TEXT_SCHEMA)},
    held={"type": "object", "additionalProperties": TYPES[LIST]},
    to={"type": ["string", "null"]},
)
VERDICTS_SCHEMA: Schema = {
    "type": "array",
    "maxItems": MOST,
    "items": _members(LINE, ("name", "verdict"), verdict={"enum": list(VERDICTS)}),
}
STUDENT_SCHEMA = _members(STUDENT_COLUMNS, [name for name in STUDENT_COLUMNS if BY_NAME[name].needed])
BULK_LINES_SCHEMA: Schema = {
    "type": "array",
    "maxItems": MOST_LINES,
    "items": _members(BULK_LINE, BULK_NEEDED, action={"enum": [AGREEING, *OTHERWISE, HANDING_ON]}),
}
VERDICT_SCHEMA = _members(
    {"side": WHOLE, "into": WHOLE, "choices": OBJECT},
    ("side", "verdict"),
    verdict={"enum": list(RULED)},
    corrected=_members(CORRECTED),
)
GROUPS = {
    "pulled": _members(PULLED),
    "corrected": _members(CORRECTED),
    "sides": {"type": "array", "items": {"type": "integer"}},
    "verdicts": {"type": "array", "items": VERDICT_SCHEMA},
    "reasons": {"type": "array", "items": {"enum": list(WHY)}},
}
SCHEMAS["ProblemLine"] = _object(
    no={"type": "string", "description": "of a case"},
    id={"type": "string", "description": "of a pair"},
    kind={"enum": list(KINDS)},
    level=TEXT_SCHEMA,
    decider=_ref("Office"),
    phase=TEXT_SCHEMA,
    title=TEXT_SCHEMA,
    revision=WHOLE_SCHEMA,
    opened_at=MOMENT_SCHEMA,
    closed_at=MOMENT_SCHEMA,
    sides={"type": "array", "items": {"type": "object"}, "description": "only those the reader may see; names masked"},
    items=_list("Item"),
    state=TEXT_SCHEMA,
    score={"type": ["integer", "null"]},
    reasons=TYPES[LIST],
    found_at=MOMENT_SCHEMA,
    records={"type": "array", "items": {"type": "object"}},
)
SCHEMAS["Problems"] = _object(
    shelf={"enum": list(SHELVES)}, items=_list("ProblemLine"), next={"type": ["string", "null"]}
)
OUTSIDE_SCHEMA = _members(dict.fromkeys(OUTSIDE, TEXT))
DIRECTION_SCHEMA: Schema = {"enum": list(DIRECTIONS), "default": "inside"}

FIGURES_OF = [
    _parameter("org", "query", required=False),
    _parameter("period", "query", {"enum": list(KEYS)}, required=False),
    _parameter("from", "query", {"type": "string", "format": "date"}, required=False),
    _parameter("to", "query", {"type": "string", "format": "date"}, required=False),
]
PATHS: Schema = {
    "/bulletins": {
        "get": _operation(
            "Read which months of a department were issued, in which versions.",
            "200",
            _json(_ref("Bulletins")),
            (401, 403, 404),
            parameters=FIGURES_OF[:1],
        )
    },
    "/bulletins/{public_id}": {
        "parameters": [_parameter("public_id", "path")],
        "get": _operation("Read one version with its frozen figures.", "200", _json(_ref("Bulletin")), (401, 404)),
    },
    "/statistics": {
        "get": _operation(
            "Read the figures of an office: the sum of its subtree, its own, and those of each office directly below.",
            "200",
            _json(_ref("Figures")),
            (401, 403, 404, 422),
            parameters=FIGURES_OF,
        )
    },
    "/statistics/items": {
        "get": _operation(
            "Read the list behind one figure, page by page.",
            "200",
            _json(_ref("Counted")),
            (401, 403, 404, 422),
            parameters=[
                *FIGURES_OF,
                _parameter("of", "query", {"enum": list(OF)}),
                *(_parameter(name, "query", required=False) for name in ("own", "step", "cause", "kind", "after")),
                *(_parameter(name, "query", WHOLE_SCHEMA, required=False) for name in ("age", "week", "limit")),
            ],
        )
    },
    "/transfers": {
        "post": _operation(
            "Open a draft; with submit also send it. A refused one leaves nothing behind.",
            "201",
            _json(_ref("Summary")),
            (400, 401, 403, 404, 409, 413, 415, 422, 429),
            parameters=[KEY],
            requestBody={
                "required": True,
                **_json(
                    _members(DRAFT, outside=OUTSIDE_SCHEMA, direction=DIRECTION_SCHEMA, submit=FLAG_SCHEMA,
                             again_of={"type": "string", "description": "an ended request, instead of the facts"}),
                ),
            },
        )
    },
    "/cases/{no}": {
        "parameters": [CASE_NO],
        "get": _operation("Read a case.", "200", _json(_ref("Case")), (401, 404)),
        "patch": _operation(
            "Change a draft, also one that came back for correction.",
            "200",
            _json(_ref("Case")),
            (400, 401, 403, 404, 409, 413, 415, 422),
            requestBody={
                "required": True,
                **_json(_members({**DRAFT, "revision": WHOLE}, ("revision",), outside=OUTSIDE_SCHEMA)),
            },
        ),
    },
    "/cases/{no}/comments": {
        "post": _operation(
            "Say something to the other parties; @name or @username tells that person.",
            "201",
            _json(_object(no=TEXT_SCHEMA, seq=WHOLE_SCHEMA)),
            (400, 401, 403, 404, 409, 413, 415, 422),
            parameters=[CASE_NO, KEY],
            requestBody={"required": True, **_json(_members({"comment": TEXT, "mention": LIST}, ("comment",)))},
        )
    },
    "/cases/{no}/people": {
        "get": _operation(
            "Whom an act of `further` may name in its member `person`.",
            "200",
            _json(_object(people=_list("Colleague"))),
            (401, 404),
            parameters=[CASE_NO, _parameter("action", "query")],
        )
    },
    "/cases/{no}/actions/{action}": {
        "post": _operation(
            "Carry out one action. The options of the case tell which are allowed and what they take.",
            "200",
            _json(_ref("Outcome")),
            (400, 401, 403, 404, 409, 413, 415, 422),
            parameters=[CASE_NO, _parameter("action", "path", {"enum": sorted(ACTIONS)}), KEY],
            requestBody={
                "required": True,
                **_json(_members({**TYPED, "revision": WHOLE}, ("revision",), **GROUPS)),
            },
        )
    },
    "/problems/pairs/{public_id}": {
        "get": _operation(
            "Compare a pair that looks alike, or a record with a row that was not imported; only for who judges it.",
            "200",
            _json({"type": "object"}),
            (401, 404),
            parameters=[_parameter("public_id", "path")],
        )
    },
    "/problems/pairs/{public_id}/{what}": {
        "post": _operation(
            "Judge a pair: different children (of a row: why it is done with), taken back, or a case of it.",
            "200",
            _json(_object(id=TEXT_SCHEMA, state=TEXT_SCHEMA, case={"type": ["string", "null"]})),
            (400, 401, 403, 404, 409, 413, 415, 422),
            parameters=[
                _parameter("public_id", "path"), _parameter("what", "path", {"enum": list(JUDGEMENTS)}), KEY,
            ],
            requestBody={"required": True, **_json(_members({"reason": TEXT}, reason={"enum": list(BLOCKED_REASONS)}))},
        )
    },
    "/cases/{no}/rulings/{ruling}/undo": {
        "post": _operation(
            "Ask for a ruling, or the deletion of a record, to be taken back; the leader decides about the new case.",
            "201",
            _json(_object(no=TEXT_SCHEMA, process=TEXT_SCHEMA, phase=TEXT_SCHEMA, revision=WHOLE_SCHEMA)),
            (400, 401, 403, 404, 409, 413, 415, 422),
            parameters=[CASE_NO, _parameter("ruling", "path"), KEY],
            requestBody={"required": True, **_json(_members({"reason": TEXT}, ("reason",)))},
        )
    },
    "/cases/{no}/reversal": {
        "post": _operation(
            "Ask for a finished transfer to be taken back; the leader decides about the new case.",
            "201",
            _json(_object(no=TEXT_SCHEMA, process=TEXT_SCHEMA, phase=TEXT_SCHEMA, revision=WHOLE_SCHEMA)),
            (400, 401, 403, 404, 409, 413, 415, 422),
            parameters=[CASE_NO, KEY],
            requestBody={
                "required": True,
                **_json(
                    _members({"cause": TEXT, "reason": TEXT}, ("cause", "reason"), cause={"enum": list(CAUSES)}),
                ),
            },
        )
    },
    "/problems": {
        "get": _operation(
            "Problem records: cases of the own sides, or all of them for the deciding offices, and pairs to judge.",
            "200",
            _json(_ref("Problems")),
            (401, 422),
            parameters=[
                _parameter("shelf", "query", {"enum": list(SHELVES), "default": ""}, required=False),
                _parameter("kind", "query", {"enum": list(KINDS)}, required=False),
                _parameter("level", "query", {"enum": list(LEVELS)}, required=False),
                _parameter("age", "query", {"enum": list(AGES)}, required=False),
                _parameter("phase", "query", required=False),
                _parameter("after", "query", required=False),
                _parameter("limit", "query", {"type": "integer", "maximum": 100, "default": 25}, required=False),
            ],
        )
    },
    "/inbox": {
        "get": _operation(
            "One list of the desk, the most urgent first; todo and copied can be limited.",
            "200",
            _json(_ref("Inbox")),
            (401, 404, 422),
            parameters=[
                _parameter("tab", "query", {"enum": list(LISTS), "default": "todo"}, required=False),
                _parameter("process", "query", {"enum": list(PROCESSES)}, required=False),
                _parameter("phase", "query", required=False),
                _parameter("due", "query", {"enum": list(TERMS)}, required=False),
                _parameter("school", "query", required=False),
                _parameter("queue", "query", required=False),
                _parameter("after", "query", required=False),
                _parameter("limit", "query", {"type": "integer", "maximum": 100, "default": 25}, required=False),
            ],
        )
    },
    "/evidence": {
        "post": _operation(
            f"Hand in a scanned paper: JPEG, PNG or PDF, in a request of at most {LARGEST_REQUEST} bytes.",
            "201",
            _json(_ref("Evidence")),
            (400, 401, 403, 404, 413, 422),
            requestBody={
                "required": True,
                "content": {
                    "multipart/form-data": {
                        "schema": {
                            **_object(kind=TEXT_SCHEMA, file=BINARY, case=TEXT_SCHEMA),
                            "required": ["kind", "file"],
                            "additionalProperties": False,
                        }
                    }
                },
            },
        )
    },
    "/evidence/{public_id}": {
        "get": _operation(
            "What is known about a paper.",
            "200",
            _json(_ref("Evidence")),
            (401, 404),
            parameters=[_parameter("public_id", "path")],
        )
    },
    "/evidence/{public_id}/content": {
        "get": _operation(
            "The file as it was handed in.",
            "200",
            {"content": {"application/octet-stream": {"schema": BINARY}}},
            (401, 404),
            parameters=[_parameter("public_id", "path")],
        )
    },
    "/id-verdicts": {
        "post": _operation(
            "Enter verdicts of the population register about the officer's pupils; a bad one opens an ID error.",
            "200",
            _json(_ref("Verdicts")),
            (400, 401, 403, 409, 413, 415, 422),
            parameters=[KEY],
            requestBody={"required": True, **_json(_members(BODY, ("source", "verdicts"), verdicts=VERDICTS_SCHEMA))},
        )
    },
    "/delivery-reports": {
        "post": _operation(
            "A mail gateway reports that a mail came back; signed by Standard Webhooks, not later than five minutes.",
            "200",
            _json(_object(taken=FLAG_SCHEMA)),
            (401, 404, 413, 415, 422),
            security=[],
            parameters=[_parameter(name, "header") for name in SIGNED],
            requestBody={"required": True, **_json(_members(REPORT_BODY, REPORT_BODY))},
        )
    },
    "/bulk": {
        "post": _operation(
            "Order decisions on many cases, carried out ten seconds later; what asks for a closer look is held.",
            "202",
            _json(_ref("BulkOrder")),
            (400, 401, 403, 409, 413, 415, 422),
            parameters=[KEY],
            requestBody={"required": True, **_json(_members(BULK_BODY, ("lines",), lines=BULK_LINES_SCHEMA))},
        )
    },
    "/bulk/{public_id}": {
        "get": _operation(
            "What became of each line of an order of yours.",
            "200",
            _json(_ref("BulkOrder")),
            (401, 404),
            parameters=[_parameter("public_id", "path")],
        )
    },
    "/bulk/{public_id}/cancel": {
        "post": _operation(
            "Take an order back before it is carried out.",
            "200",
            _json(_ref("BulkOrder")),
            (401, 403, 404, 409),
            parameters=[_parameter("public_id", "path")],
        )
    },
    "/students": {
        "post": _operation(
            "Enter one pupil of the clerk's school, by the columns of the national template.",
            "201",
            _json(_object(id=TEXT_SCHEMA, name=TEXT_SCHEMA, read_as={"type": "object"})),
            (400, 401, 403, 409, 413, 415, 422),
            parameters=[KEY],
            requestBody={"required": True, **_json(_members(STUDENT_BODY, ("columns",), columns=STUDENT_SCHEMA))},
        )
    },
    "/imports": {
        "post": _operation(
            "Hand in a workbook (.xlsx) for a dry run, which the worker does.",
            "202",
            _json(_ref("Import")),
            (400, 401, 403, 409, 413, 422),
            requestBody={
                "required": True,
                "content": {
                    "multipart/form-data": {
                        "schema": {
                            **_object(file=BINARY, school=TEXT_SCHEMA),
                            "required": ["file"],
                            "additionalProperties": False,
                        }
                    }
                },
            },
        )
    },
    "/imports/{public_id}": {
        "get": _operation(
            "How far an import is, and what the dry run found.",
            "200",
            _json(_ref("Import")),
            (401, 404),
            parameters=[_parameter("public_id", "path")],
        )
    },
    "/imports/{public_id}/confirm": {
        "post": _operation(
            "Let the clean and the warned rows in; the worker does it.",
            "202",
            _json(_ref("Import")),
            (400, 401, 404, 409, 413, 415, 422),
            parameters=[_parameter("public_id", "path"), KEY],
            requestBody={"required": False, **_json(_members(CONFIRM))},
        )
    },
    "/imports/{public_id}/errors.xlsx": {
        "get": _operation(
            "The blocked rows as a workbook to correct and hand in again; 403 once the file was destroyed.",
            "200",
            {"content": {XLSX: {"schema": BINARY}}},
            (401, 403, 404),
            parameters=[_parameter("public_id", "path")],
        )
    },
    "/certificates/{name}": {
        "get": _operation(
            "A certificate by its number or its id.",
            "200",
            _json(_ref("Certificate")),
            (401, 404),
            parameters=[_parameter("name", "path")],
        )
    },
    "/certificates/{name}/pdf": {
        "get": _operation(
            "The printed paper; 503 with Retry-After until it is printed.",
            "200",
            {"content": {"application/pdf": {"schema": BINARY}}},
            (401, 403, 404, 503),
            parameters=[_parameter("name", "path")],
        )
    },
    "/deputies": {
        "get": _operation(
            "Who stands in for whom: you, for you, or for the people you lead.",
            "200",
            _json(_object(orders=_list("Deputy"))),
            (401, 403),
        ),
        "post": _operation(
            "Let somebody stand in for you, or for somebody you lead (user names).",
            "201",
            _json(_ref("Deputy")),
            (400, 401, 403, 409, 413, 415, 422),
            parameters=[KEY],
            requestBody={"required": True, **_json(_members(ORDER, ("deputy", "valid_to")))},
        ),
    },
    "/deputies/{public_id}/end": {
        "post": _operation(
            "End an order at once.",
            "200",
            _json(_object(id=TEXT_SCHEMA, state=TEXT_SCHEMA, ended_at=MOMENT_SCHEMA)),
            (401, 404),
            parameters=[_parameter("public_id", "path")],
        )
    },
    "/openapi.json": {"get": _operation("This description.", "200", _json({"type": "object"}), (), security=[])},
}
