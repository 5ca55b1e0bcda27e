"""What the description of the API is written with: kinds of values, and how an operation is put down."""

from collections.abc import Iterable, Mapping
from typing import Any

from web.input import GRADE, LIST, OBJECT, TEXT, WHOLE, YES_NO, Kind

Schema = dict[str, Any]

TYPES: dict[Kind, Schema] = {
    TEXT: {"type": "string"},
    WHOLE: {"type": "integer"},
    YES_NO: {"type": "boolean"},
    LIST: {"type": "array", "items": {"type": "string"}},
    OBJECT: {"type": "object"},
    GRADE: {"type": ["integer", "string"], "description": "1 to 12"},
}


def members(kinds: Mapping[str, Kind], required: Iterable[str] = (), **more: Schema) -> Schema:
    """Return an object that has these members and no other; `more` are described one by one."""
    properties = {name: TYPES[kind] for name, kind in kinds.items()} | more
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": list(required)} if required else {})


def object_of(**properties: Schema) -> Schema:
    """Return an object of an answer, which may get further members."""
    return {"type": "object", "properties": properties}


def ref(name: str) -> Schema:
    """Refer to a schema of answers by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def list_of(name: str) -> Schema:
    """Return a list of what the name stands for."""
    return {"type": "array", "items": ref(name)}


def json_of(schema: Schema) -> Schema:
    """Return a body in JSON."""
    return {"content": {"application/json": {"schema": schema}}}


def operation(summary: str, good: str, answer: Schema, problems: Iterable[int], **more: Any) -> Schema:
    """Return an operation: its answer under the status `good`, and with which statuses it may refuse."""
    responses: Schema = {good: {"description": summary, **answer}}
    responses |= {str(status): {"$ref": "#/components/responses/Problem"} for status in problems}
    return {"summary": summary, "responses": responses, **more}


def parameter(name: str, place: str, schema: Schema | None = None, *, required: bool = True) -> Schema:
    """Return a parameter; `place` is query, path or header, and what is in a path is always needed."""
    return {"name": name, "in": place, "required": required or place == "path", "schema": schema or TEXT_SCHEMA}


TEXT_SCHEMA: Schema = {"type": "string"}
WHOLE_SCHEMA: Schema = {"type": "integer"}
FLAG_SCHEMA: Schema = {"type": "boolean"}
MAYBE_DAY: Schema = {"type": ["string", "null"], "format": "date"}
MOMENT_SCHEMA: Schema = {"type": ["string", "null"], "format": "date-time"}
BINARY: Schema = {"type": "string", "format": "binary"}
