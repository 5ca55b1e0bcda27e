"""What the API answers with, by the names that the paths refer to."""

from models.bulk import STATES as ORDER_STATES
from models.imports import STATES
from web.api.cases import ACTIONS
from web.api.description.words import (
    FLAG_SCHEMA,
    MAYBE_DAY,
    MOMENT_SCHEMA,
    TEXT_SCHEMA,
    TYPES,
    WHOLE_SCHEMA,
    Schema,
    list_of,
    object_of,
    ref,
)
from web.api.fields import ALL_KINDS as KINDS_OF_FIELDS
from web.api.inbox import LISTS
from web.api.statistics import OF
from web.input import LIST
from web.present.problems_list import SHELVES
from workflow.problems.lists import KINDS

LINE_OF_FIGURES = {
    **dict.fromkeys(("open", "today", "late", "came", "went", "done", "in_time", "late_then"), WHOLE_SCHEMA),
    "share": {"type": ["number", "null"], "description": "in_time out of done and late_then"},
    "median_days": {"type": ["number", "null"], "description": "working days"},
    "ended": {"type": "object", "additionalProperties": WHOLE_SCHEMA},
    "steps": {"type": "array", "items": {"type": "object"}},
    "records": {"type": "array", "items": {"type": "object"}},
}
SCHEMAS: dict[str, Schema] = {
    "FigureLine": object_of(office=ref("Office"), **LINE_OF_FIGURES),
    "Figures": object_of(
        office=ref("Office"),
        period={"type": "object"},
        at=MOMENT_SCHEMA,
        total=ref("FigureLine"),
        own=ref("FigureLine"),
        below=list_of("FigureLine"),
    ),
    "Bulletins": object_of(office=ref("Office"), months={"type": "array", "items": {"type": "object"}}),
    "Bulletin": object_of(
        id=TEXT_SCHEMA,
        office=ref("Office"),
        month=TEXT_SCHEMA,
        number=TEXT_SCHEMA,
        version=WHOLE_SCHEMA,
        reason=TEXT_SCHEMA,
        issued_at=MOMENT_SCHEMA,
        figures={"type": "object"},
    ),
    "Counted": object_of(
        of={"enum": list(OF)}, items={"type": "array", "items": {"type": "object"}}, next={"type": ["string", "null"]}
    ),
    "Problem": object_of(
        type=TEXT_SCHEMA,
        title=TEXT_SCHEMA,
        status=WHOLE_SCHEMA,
        detail=TEXT_SCHEMA,
        code=TEXT_SCHEMA,
        field=TEXT_SCHEMA,
        limit=WHOLE_SCHEMA,
        reasons=list_of("Reason"),
        request_id=TEXT_SCHEMA,
        revision={"type": "integer", "description": "409: the revision the case has now"},
        by={"type": "string", "description": "409: who changed it"},
        at={"type": "string", "format": "date-time", "description": "409: when"},
        action={"type": "string", "description": "409: what was done"},
    ),
    "Reason": object_of(
        guard=TEXT_SCHEMA,
        severity={"enum": ["block", "warn", "info"]},
        message=TEXT_SCHEMA,
        citation=TEXT_SCHEMA,
        field=TEXT_SCHEMA,
        clears=TEXT_SCHEMA,
    ),
    "Office": {**object_of(code=TEXT_SCHEMA, name=TEXT_SCHEMA, level=TEXT_SCHEMA), "type": ["object", "null"]},
    "Stop": object_of(
        org={"type": ["string", "null"], "description": "null: an office of another province"},
        name=TEXT_SCHEMA,
        level={"enum": ["school", "county", "city", "province", "external"]},
        role={"type": "string", "description": "the phase in which this office is asked"},
        signer={"type": "string", "description": "the role code that signs"},
        state={"enum": ["done", "present", "coming"]},
        manner={
            **object_of(
                code={"enum": ["any", "all", "vote", "turn"]},
                title=TEXT_SCHEMA,
                veto=FLAG_SCHEMA,
                share=WHOLE_SCHEMA,
                least=WHOLE_SCHEMA,
            ),
            "description": "only where several sign",
        },
        signers={**TYPES[LIST], "description": "the role codes of those who sign together"},
        signed={**TYPES[LIST], "description": "who has signed so far"},
        milestone=TEXT_SCHEMA,
        by=TEXT_SCHEMA,
        at=MOMENT_SCHEMA,
        overruled=FLAG_SCHEMA,
    ),
    "Option": object_of(
        action={"enum": sorted(ACTIONS)},
        title=TEXT_SCHEMA,
        allowed=FLAG_SCHEMA,
        reasons=list_of("Reason"),
        required=TYPES[LIST],
        optional=TYPES[LIST],
        fields={
            **list_of("Field"),
            "description": "what may be typed now, of `required` and `optional`; empty where it is not allowed",
        },
        consequence=TEXT_SCHEMA,
    ),
    "Field": object_of(
        name={
            "type": "string",
            "description": "`corrected.sex` stands for the member `sex` of the object `corrected`. "
            "`turn` is listed only where several questions are open, `person` by user name (an office by its code)",
        },
        title=TEXT_SCHEMA,
        required={"type": "boolean", "description": "within its object where the name has a dot"},
        kind={
            "enum": list(KINDS_OF_FIELDS),
            "description": "choice: the value of one of the options; choices: a list of them (`items` takes words of "
            "your own as well); date: YYYY-MM-DD; text: options are only proposals; objects: see the body",
        },
        options={
            "type": "array",
            "items": object_of(value={"type": ["string", "integer"]}, title=TEXT_SCHEMA),
        },
        max_length={"type": ["integer", "null"], "description": "in characters; null where nothing limits it"},
    ),
    "Item": object_of(
        kind={
            "enum": [
                "decide",
                "correct",
                "arrive",
                "record",
                "task",
                "copy",
                "answer",
                "review",
                "rule",
                "inquiry",
                "confirm",
                "object",
                "advise",
                "second",
            ]
        },
        phase=TEXT_SCHEMA,
        org=ref("Office"),
        role=TEXT_SCHEMA,
        mine=FLAG_SCHEMA,
        opened_at=MOMENT_SCHEMA,
        due={**MAYBE_DAY, "description": "the last day; null while suspended for an unknown time"},
        due_at=MOMENT_SCHEMA,
        provisional={"type": "boolean", "description": "the calendar is not known that far"},
        days_left=object_of(kind=TEXT_SCHEMA, days=WHOLE_SCHEMA),
        paused={
            "description": "why the clock stands still, and until when as far as known",
            "anyOf": [
                object_of(why={"enum": ["suspended", "freeze", "vacation"]}, until=MAYBE_DAY),
                {"type": "null"},
            ],
        },
    ),
    "Event": object_of(
        seq=WHOLE_SCHEMA,
        at=MOMENT_SCHEMA,
        action=TEXT_SCHEMA,
        by=TEXT_SCHEMA,
        acting_for={"type": ["string", "null"], "description": "for whom a deputy acted"},
        office=ref("Office"),
        **{"from": TEXT_SCHEMA, "to": TEXT_SCHEMA},
        comment=TEXT_SCHEMA,
        facts={"type": "object"},
    ),
    "Evidence": object_of(
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
    "Outcome": object_of(no=TEXT_SCHEMA, action=TEXT_SCHEMA, phase=TEXT_SCHEMA, revision=WHOLE_SCHEMA),
    "Summary": object_of(
        no=TEXT_SCHEMA,
        process=TEXT_SCHEMA,
        phase=TEXT_SCHEMA,
        revision=WHOLE_SCHEMA,
        route=list_of("Stop"),
        options=list_of("Option"),
        warnings=list_of("Reason"),
        notes=list_of("Reason"),
    ),
    "Case": {
        "allOf": [
            ref("Summary"),
            object_of(
                title=TEXT_SCHEMA,
                opened_at=MOMENT_SCHEMA,
                submitted_at=MOMENT_SCHEMA,
                closed_at=MOMENT_SCHEMA,
                applicant=ref("Office"),
                transfer={"type": ["object", "null"]},
                problem={"type": "object", "description": "of a problem: the sides and rulings that are yours"},
                id_error={"type": "object", "description": "of an ID error: what is wrong, what the school answered"},
                undo={"type": "object", "description": "of an undoing: which ruling, why, what would stay as it is"},
                reversal={"type": "object", "description": "of a finished transfer: whether it can be taken back"},
                clearance={"type": "object", "description": "of a task before sending: what to clear, and by whom"},
                no_id={"type": "object", "description": "of a pupil without ID number: since when the form holds"},
                proposal={"type": ["object", "null"], "description": "what one proposes and another has to confirm"},
                suspended={"type": ["object", "null"], "description": "who stopped the clock, until when, and why"},
                items=list_of("Item"),
                events=list_of("Event"),
                evidence=list_of("Evidence"),
                linked={"type": "object", "description": "cases linked to this one, and its certificates"},
            ),
        ]
    },
    "Line": object_of(
        no=TEXT_SCHEMA,
        process=TEXT_SCHEMA,
        phase=TEXT_SCHEMA,
        title=TEXT_SCHEMA,
        revision=WHOLE_SCHEMA,
        name={"type": "string", "description": "masked"},
        **{"from": ref("Office"), "to": ref("Office")},
        outside={"type": ["object", "null"]},
        opened_at=MOMENT_SCHEMA,
        sender=TEXT_SCHEMA,
        item={"oneOf": [ref("Item"), {"type": "null"}]},
        **{
            "for": {"type": ["string", "null"], "description": "whom you stand in for"},
            "with": {"type": ["string", "null"], "description": "who has the question by name"},
        },
    ),
    "Inbox": object_of(
        tab={"enum": list(LISTS)},
        items=list_of("Line"),
        next={"type": ["string", "null"]},
        counters=object_of(todo=WHOLE_SCHEMA, late=WHOLE_SCHEMA, today=WHOLE_SCHEMA, copied=WHOLE_SCHEMA),
    ),
    "Certificate": object_of(
        number=TEXT_SCHEMA,
        id=TEXT_SCHEMA,
        code={"type": "string", "description": "the word in the QR code"},
        kind=TEXT_SCHEMA,
        state={"enum": ["valid", "superseded", "revoked"]},
        case=TEXT_SCHEMA,
        issued_by=ref("Office"),
        issued_at=MOMENT_SCHEMA,
        revoked_at=MOMENT_SCHEMA,
        printed=FLAG_SCHEMA,
        facts={"type": "object"},
    ),
}
SCHEMAS["Fault"] = object_of(
    row={"type": "integer", "description": "the sheet's own row number"},
    cell=TEXT_SCHEMA,
    column=TEXT_SCHEMA,
    kind=TEXT_SCHEMA,
    severity={"enum": ["block", "warn"]},
    message=TEXT_SCHEMA,
    shown=TEXT_SCHEMA,
    clean={"type": ["string", "null"]},
)
SCHEMAS["Import"] = object_of(
    id=TEXT_SCHEMA,
    file=TEXT_SCHEMA,
    school=ref("Office"),
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
    faults={**list_of("Fault"), "description": "the first 2,000 of each severity"},
    faults_found={"type": "integer", "description": "how many there are"},
    findings={
        **list_of("OwnGroup"),
        "description": "rows that share a number, or name, sex and birth date, with records of the same school",
    },
)
SCHEMAS["OwnGroup"] = object_of(
    kind={"enum": ["id_exact", "nsb", "same_file"]},
    rows={"type": "array", "items": WHOLE_SCHEMA},
    others={"type": "integer", "description": "how many records of the school that are not in this file"},
    reasons=TYPES[LIST],
)
SCHEMAS["Colleague"] = object_of(
    id=TEXT_SCHEMA, username=TEXT_SCHEMA, name=TEXT_SCHEMA, org=TEXT_SCHEMA, role=TEXT_SCHEMA
)
SCHEMAS["Deputy"] = object_of(
    id=TEXT_SCHEMA,
    principal=TEXT_SCHEMA,
    deputy=TEXT_SCHEMA,
    process={"type": ["string", "null"], "description": "the only kind of case; null for all"},
    org={"oneOf": [ref("Office"), {"type": "null"}], "description": "the only office; null for all"},
    valid_from={"type": "string", "format": "date"},
    valid_to={"type": "string", "format": "date", "description": "the last day"},
    reason=TEXT_SCHEMA,
    ordered_by=TEXT_SCHEMA,
    state={"enum": ["coming", "running", "over"]},
    ended_at=MOMENT_SCHEMA,
)
SCHEMAS["Verdicts"] = object_of(
    lines=WHOLE_SCHEMA,
    entered=WHOLE_SCHEMA,
    counts={"type": "object", "additionalProperties": {"type": "integer"}},
    faults={"type": "array", "items": object_of(line=WHOLE_SCHEMA, kind=TEXT_SCHEMA, message=TEXT_SCHEMA)},
)
SCHEMAS["BulkOrder"] = object_of(
    id=TEXT_SCHEMA,
    state={"enum": list(ORDER_STATES)},
    total=WHOLE_SCHEMA,
    created_at=TEXT_SCHEMA,
    run_at=TEXT_SCHEMA,
    finished_at={"type": ["string", "null"]},
    results={"type": "object", "additionalProperties": object_of(action=TEXT_SCHEMA, phase=TEXT_SCHEMA)},
    held={"type": "object", "additionalProperties": TYPES[LIST]},
    to={"type": ["string", "null"]},
)
SCHEMAS["ProblemLine"] = object_of(
    no={"type": "string", "description": "of a case"},
    id={"type": "string", "description": "of a pair"},
    kind={"enum": list(KINDS)},
    level=TEXT_SCHEMA,
    decider=ref("Office"),
    phase=TEXT_SCHEMA,
    title=TEXT_SCHEMA,
    revision=WHOLE_SCHEMA,
    opened_at=MOMENT_SCHEMA,
    closed_at=MOMENT_SCHEMA,
    sides={"type": "array", "items": {"type": "object"}, "description": "only those the reader may see; names masked"},
    items=list_of("Item"),
    state=TEXT_SCHEMA,
    score={"type": ["integer", "null"]},
    reasons=TYPES[LIST],
    found_at=MOMENT_SCHEMA,
    records={"type": "array", "items": {"type": "object"}},
)
SCHEMAS["Problems"] = object_of(
    shelf={"enum": list(SHELVES)}, items=list_of("ProblemLine"), next={"type": ["string", "null"]}
)
