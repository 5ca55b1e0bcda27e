"""What the API takes, put together from the tables that the views themselves check with."""

from web.api.bulk import BULK_LINE
from web.api.bulk import NEEDED as BULK_NEEDED
from web.api.cases import CORRECTED, PULLED
from web.api.description.words import Schema, members
from web.api.students import COLUMNS as STUDENT_COLUMNS
from web.api.verdicts import LINE, MOST
from web.input import OBJECT, TEXT, WHOLE
from workflow.bulk.judging import AGREEING, HANDING_ON, OTHERWISE
from workflow.bulk.judging import MOST as MOST_LINES
from workflow.id_errors.lists import VERDICTS
from workflow.imports.columns import BY_NAME
from workflow.problems.lists import REASONS as WHY
from workflow.problems.lists import VERDICTS as RULED

DIRECTIONS = ("inside", "incoming", "outgoing")
OUTSIDE = ("province", "school", "code", "dept", "phone", "request_no")


VERDICTS_SCHEMA: Schema = {
    "type": "array",
    "maxItems": MOST,
    "items": members(LINE, ("name", "verdict"), verdict={"enum": list(VERDICTS)}),
}
STUDENT_SCHEMA = members(STUDENT_COLUMNS, [name for name in STUDENT_COLUMNS if BY_NAME[name].needed])
BULK_LINES_SCHEMA: Schema = {
    "type": "array",
    "maxItems": MOST_LINES,
    "items": members(BULK_LINE, BULK_NEEDED, action={"enum": [AGREEING, *OTHERWISE, HANDING_ON]}),
}
VERDICT_SCHEMA = members(
    {"side": WHOLE, "into": WHOLE, "choices": OBJECT},
    ("side", "verdict"),
    verdict={"enum": list(RULED)},
    corrected=members(CORRECTED),
)
GROUPS = {
    "pulled": members(PULLED),
    "corrected": members(CORRECTED),
    "sides": {"type": "array", "items": {"type": "integer"}},
    "verdicts": {"type": "array", "items": VERDICT_SCHEMA},
    "reasons": {"type": "array", "items": {"enum": list(WHY)}},
}
OUTSIDE_SCHEMA = members(dict.fromkeys(OUTSIDE, TEXT))
DIRECTION_SCHEMA: Schema = {"enum": list(DIRECTIONS), "default": "inside"}
