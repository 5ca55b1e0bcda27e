"""Every address of the API with what it takes, what it gives and how it may refuse."""

from web import signatures
from web.api.bulk import BULK_BODY
from web.api.cases import ACTIONS, TYPED
from web.api.delivery_reports import BODY as REPORT_BODY
from web.api.deputies import ORDER
from web.api.description.bodies import (
    BULK_LINES_SCHEMA,
    DIRECTION_SCHEMA,
    GROUPS,
    OUTSIDE_SCHEMA,
    STUDENT_SCHEMA,
    VERDICTS_SCHEMA,
)
from web.api.description.words import (
    BINARY,
    FLAG_SCHEMA,
    MOMENT_SCHEMA,
    TEXT_SCHEMA,
    WHOLE_SCHEMA,
    Schema,
    json_of,
    list_of,
    members,
    object_of,
    operation,
    parameter,
    ref,
)
from web.api.imports import CONFIRM
from web.api.inbox import LISTS
from web.api.pairs import JUDGEMENTS
from web.api.statistics import OF
from web.api.students import BODY as STUDENT_BODY
from web.api.transfers import DRAFT
from web.api.verdicts import BODY
from web.errors import IDEMPOTENCY_KEY
from web.imports import XLSX
from web.input import LIST, TEXT, WHOLE
from web.present.problems import LEVELS
from web.present.problems_list import SHELVES
from web.present.words import PROCESSES
from web.security import LARGEST_REQUEST
from workflow.narrowing import TERMS
from workflow.problems.listing import AGES
from workflow.problems.lists import BLOCKED_REASONS, KINDS
from workflow.statistics.period import KEYS
from workflow.transfers.asking import CAUSES

SIGNED = (signatures.ID, signatures.TIMESTAMP, signatures.SIGNATURE)
KEY = parameter("Idempotency-Key", "header", {"type": "string", "pattern": f"^{IDEMPOTENCY_KEY.pattern}$"})
CASE_NO = parameter("no", "path")
FIGURES_OF = [
    parameter("org", "query", required=False),
    parameter("period", "query", {"enum": list(KEYS)}, required=False),
    parameter("from", "query", {"type": "string", "format": "date"}, required=False),
    parameter("to", "query", {"type": "string", "format": "date"}, required=False),
]
PATHS: Schema = {
    "/bulletins": {
        "get": operation(
            "Read which months of a department were issued, in which versions.",
            "200",
            json_of(ref("Bulletins")),
            (401, 403, 404, 422),
            parameters=FIGURES_OF[:1],
        )
    },
    "/bulletins/{public_id}": {
        "parameters": [parameter("public_id", "path")],
        "get": operation("Read one version with its frozen figures.", "200", json_of(ref("Bulletin")), (401, 404)),
    },
    "/statistics": {
        "get": operation(
            "Read the figures of an office: the sum of its subtree, its own, and those of each office directly below.",
            "200",
            json_of(ref("Figures")),
            (401, 403, 404, 422),
            parameters=FIGURES_OF,
        )
    },
    "/statistics/items": {
        "get": operation(
            "Read the list behind one figure, page by page.",
            "200",
            json_of(ref("Counted")),
            (401, 403, 404, 422),
            parameters=[
                *FIGURES_OF,
                parameter("of", "query", {"enum": list(OF)}),
                *(parameter(name, "query", required=False) for name in ("own", "step", "cause", "kind", "after")),
                *(parameter(name, "query", WHOLE_SCHEMA, required=False) for name in ("age", "week", "limit")),
            ],
        )
    },
    "/transfers": {
        "post": operation(
            "Open a draft; with submit also send it. A refused one leaves nothing behind.",
            "201",
            json_of(ref("Summary")),
            (400, 401, 403, 404, 409, 413, 415, 422, 429),
            parameters=[KEY],
            requestBody={
                "required": True,
                **json_of(
                    members(
                        DRAFT,
                        outside=OUTSIDE_SCHEMA,
                        direction=DIRECTION_SCHEMA,
                        submit=FLAG_SCHEMA,
                        again_of={"type": "string", "description": "an ended request, instead of the facts"},
                    ),
                ),
            },
        )
    },
    "/cases/{no}": {
        "parameters": [CASE_NO],
        "get": operation("Read a case.", "200", json_of(ref("Case")), (401, 404)),
        "patch": operation(
            "Change a draft, also one that came back for correction.",
            "200",
            json_of(ref("Case")),
            (400, 401, 403, 404, 409, 413, 415, 422),
            requestBody={
                "required": True,
                **json_of(members({**DRAFT, "revision": WHOLE}, ("revision",), outside=OUTSIDE_SCHEMA)),
            },
        ),
    },
    "/cases/{no}/comments": {
        "post": operation(
            "Say something to the other parties; @name or @username tells that person.",
            "201",
            json_of(object_of(no=TEXT_SCHEMA, seq=WHOLE_SCHEMA)),
            (400, 401, 403, 404, 409, 413, 415, 422),
            parameters=[CASE_NO, KEY],
            requestBody={"required": True, **json_of(members({"comment": TEXT, "mention": LIST}, ("comment",)))},
        )
    },
    "/cases/{no}/people": {
        "get": operation(
            "Whom an act of `further` may name in its member `person`.",
            "200",
            json_of(object_of(people=list_of("Colleague"))),
            (401, 404, 422),
            parameters=[CASE_NO, parameter("action", "query")],
        )
    },
    "/cases/{no}/actions/{action}": {
        "post": operation(
            "Carry out one action. `options` and `further` of the case tell which are allowed and what may be typed.",
            "200",
            json_of(ref("Outcome")),
            (400, 401, 403, 404, 409, 413, 415, 422),
            parameters=[CASE_NO, parameter("action", "path", {"enum": sorted(ACTIONS)}), KEY],
            requestBody={
                "required": True,
                **json_of(members({**TYPED, "revision": WHOLE}, ("revision",), **GROUPS)),
            },
        )
    },
    "/problems/pairs/{public_id}": {
        "get": operation(
            "Compare a pair that looks alike, or a record with a row that was not imported; only for who judges it.",
            "200",
            json_of({"type": "object"}),
            (401, 404),
            parameters=[parameter("public_id", "path")],
        )
    },
    "/problems/pairs/{public_id}/{what}": {
        "post": operation(
            "Judge a pair: different children (of a row: why it is done with), taken back, or a case of it.",
            "200",
            json_of(object_of(id=TEXT_SCHEMA, state=TEXT_SCHEMA, case={"type": ["string", "null"]})),
            (400, 401, 403, 404, 409, 413, 415, 422),
            parameters=[
                parameter("public_id", "path"),
                parameter("what", "path", {"enum": list(JUDGEMENTS)}),
                KEY,
            ],
            requestBody={
                "required": True,
                **json_of(members({"reason": TEXT}, reason={"enum": list(BLOCKED_REASONS)})),
            },
        )
    },
    "/cases/{no}/rulings/{ruling}/undo": {
        "post": operation(
            "Ask for a ruling, or the deletion of a record, to be taken back; the leader decides about the new case.",
            "201",
            json_of(object_of(no=TEXT_SCHEMA, process=TEXT_SCHEMA, phase=TEXT_SCHEMA, revision=WHOLE_SCHEMA)),
            (400, 401, 403, 404, 409, 413, 415, 422),
            parameters=[CASE_NO, parameter("ruling", "path"), KEY],
            requestBody={"required": True, **json_of(members({"reason": TEXT}, ("reason",)))},
        )
    },
    "/cases/{no}/reversal": {
        "post": operation(
            "Ask for a finished transfer to be taken back; the leader decides about the new case.",
            "201",
            json_of(object_of(no=TEXT_SCHEMA, process=TEXT_SCHEMA, phase=TEXT_SCHEMA, revision=WHOLE_SCHEMA)),
            (400, 401, 403, 404, 409, 413, 415, 422),
            parameters=[CASE_NO, KEY],
            requestBody={
                "required": True,
                **json_of(
                    members({"cause": TEXT, "reason": TEXT}, ("cause", "reason"), cause={"enum": list(CAUSES)}),
                ),
            },
        )
    },
    "/problems": {
        "get": operation(
            "Problem records: cases of the own sides, or all of them for the deciding offices, and pairs to judge.",
            "200",
            json_of(ref("Problems")),
            (401, 422),
            parameters=[
                parameter("shelf", "query", {"enum": list(SHELVES), "default": ""}, required=False),
                parameter("kind", "query", {"enum": list(KINDS)}, required=False),
                parameter("level", "query", {"enum": list(LEVELS)}, required=False),
                parameter("age", "query", {"enum": list(AGES)}, required=False),
                parameter("phase", "query", required=False),
                parameter("after", "query", required=False),
                parameter("limit", "query", {"type": "integer", "maximum": 100, "default": 25}, required=False),
            ],
        )
    },
    "/inbox": {
        "get": operation(
            "One list of the desk, the most urgent first; todo and copied can be limited.",
            "200",
            json_of(ref("Inbox")),
            (401, 404, 422),
            parameters=[
                parameter("tab", "query", {"enum": list(LISTS), "default": "todo"}, required=False),
                parameter("process", "query", {"enum": list(PROCESSES)}, required=False),
                parameter("phase", "query", required=False),
                parameter("due", "query", {"enum": list(TERMS)}, required=False),
                parameter("school", "query", required=False),
                parameter("queue", "query", required=False),
                parameter("after", "query", required=False),
                parameter("limit", "query", {"type": "integer", "maximum": 100, "default": 25}, required=False),
            ],
        )
    },
    "/evidence": {
        "post": operation(
            f"Hand in a scanned paper: JPEG, PNG or PDF, in a request of at most {LARGEST_REQUEST} bytes.",
            "201",
            json_of(ref("Evidence")),
            (400, 401, 403, 404, 413, 422),
            requestBody={
                "required": True,
                "content": {
                    "multipart/form-data": {
                        "schema": {
                            **object_of(kind=TEXT_SCHEMA, file=BINARY, case=TEXT_SCHEMA),
                            "required": ["kind", "file"],
                            "additionalProperties": False,
                        }
                    }
                },
            },
        )
    },
    "/evidence/{public_id}": {
        "get": operation(
            "What is known about a paper.",
            "200",
            json_of(ref("Evidence")),
            (401, 404),
            parameters=[parameter("public_id", "path")],
        )
    },
    "/evidence/{public_id}/content": {
        "get": operation(
            "The file as it was handed in.",
            "200",
            {"content": {"application/octet-stream": {"schema": BINARY}}},
            (401, 404),
            parameters=[parameter("public_id", "path")],
        )
    },
    "/id-verdicts": {
        "post": operation(
            "Enter verdicts of the population register about the officer's pupils; a bad one opens an ID error.",
            "200",
            json_of(ref("Verdicts")),
            (400, 401, 403, 409, 413, 415, 422),
            parameters=[KEY],
            requestBody={"required": True, **json_of(members(BODY, ("source", "verdicts"), verdicts=VERDICTS_SCHEMA))},
        )
    },
    "/delivery-reports": {
        "post": operation(
            "A mail gateway reports that a mail came back; signed by Standard Webhooks, not later than five minutes.",
            "200",
            json_of(object_of(taken=FLAG_SCHEMA)),
            (401, 404, 413, 415, 422),
            security=[],
            parameters=[parameter(name, "header") for name in SIGNED],
            requestBody={"required": True, **json_of(members(REPORT_BODY, REPORT_BODY))},
        )
    },
    "/bulk": {
        "post": operation(
            "Order decisions on many cases, carried out ten seconds later; what asks for a closer look is held.",
            "202",
            json_of(ref("BulkOrder")),
            (400, 401, 403, 409, 413, 415, 422),
            parameters=[KEY],
            requestBody={"required": True, **json_of(members(BULK_BODY, ("lines",), lines=BULK_LINES_SCHEMA))},
        )
    },
    "/bulk/{public_id}": {
        "get": operation(
            "What became of each line of an order of yours.",
            "200",
            json_of(ref("BulkOrder")),
            (401, 404),
            parameters=[parameter("public_id", "path")],
        )
    },
    "/bulk/{public_id}/cancel": {
        "post": operation(
            "Take an order back before it is carried out.",
            "200",
            json_of(ref("BulkOrder")),
            (401, 403, 404, 409),
            parameters=[parameter("public_id", "path")],
        )
    },
    "/students": {
        "post": operation(
            "Enter one pupil of the clerk's school, by the columns of the national template.",
            "201",
            json_of(object_of(id=TEXT_SCHEMA, name=TEXT_SCHEMA, read_as={"type": "object"})),
            (400, 401, 403, 409, 413, 415, 422),
            parameters=[KEY],
            requestBody={"required": True, **json_of(members(STUDENT_BODY, ("columns",), columns=STUDENT_SCHEMA))},
        )
    },
    "/imports": {
        "post": operation(
            "Hand in a workbook (.xlsx) for a dry run, which the worker does.",
            "202",
            json_of(ref("Import")),
            (400, 401, 403, 409, 413, 422),
            requestBody={
                "required": True,
                "content": {
                    "multipart/form-data": {
                        "schema": {
                            **object_of(file=BINARY, school=TEXT_SCHEMA),
                            "required": ["file"],
                            "additionalProperties": False,
                        }
                    }
                },
            },
        )
    },
    "/imports/{public_id}": {
        "get": operation(
            "How far an import is, and what the dry run found.",
            "200",
            json_of(ref("Import")),
            (401, 404),
            parameters=[parameter("public_id", "path")],
        )
    },
    "/imports/{public_id}/confirm": {
        "post": operation(
            "Let the clean and the warned rows in; the worker does it.",
            "202",
            json_of(ref("Import")),
            (400, 401, 404, 409, 413, 415, 422),
            parameters=[parameter("public_id", "path"), KEY],
            requestBody={"required": False, **json_of(members(CONFIRM))},
        )
    },
    "/imports/{public_id}/errors.xlsx": {
        "get": operation(
            "The blocked rows as a workbook to correct and hand in again; 403 once the file was destroyed.",
            "200",
            {"content": {XLSX: {"schema": BINARY}}},
            (401, 403, 404),
            parameters=[parameter("public_id", "path")],
        )
    },
    "/certificates/{name}": {
        "get": operation(
            "A certificate by its number or its id.",
            "200",
            json_of(ref("Certificate")),
            (401, 404),
            parameters=[parameter("name", "path")],
        )
    },
    "/certificates/{name}/pdf": {
        "get": operation(
            "The printed paper; 503 with Retry-After until it is printed.",
            "200",
            {"content": {"application/pdf": {"schema": BINARY}}},
            (401, 403, 404, 503),
            parameters=[parameter("name", "path")],
        )
    },
    "/deputies": {
        "get": operation(
            "Who stands in for whom: you, for you, or for the people you lead.",
            "200",
            json_of(object_of(orders=list_of("Deputy"))),
            (401, 403),
        ),
        "post": operation(
            "Let somebody stand in for you, or for somebody you lead (user names).",
            "201",
            json_of(ref("Deputy")),
            (400, 401, 403, 409, 413, 415, 422),
            parameters=[KEY],
            requestBody={"required": True, **json_of(members(ORDER, ("deputy", "valid_to")))},
        ),
    },
    "/deputies/{public_id}/end": {
        "post": operation(
            "End an order at once.",
            "200",
            json_of(object_of(id=TEXT_SCHEMA, state=TEXT_SCHEMA, ended_at=MOMENT_SCHEMA)),
            (401, 404),
            parameters=[parameter("public_id", "path")],
        )
    },
    "/openapi.json": {"get": operation("This description.", "200", json_of({"type": "object"}), (), security=[])},
}
