"""The description of the API for programs: /api/v1/openapi.json."""

from flask import Response, jsonify

from web.api.blueprint import bp
from web.api.description.answers import SCHEMAS
from web.api.description.paths import PATHS
from web.api.description.words import Schema, ref
from web.auth import public


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


def _problem_response() -> Schema:
    return {
        "description": "RFC 9457 problem document",
        "content": {"application/problem+json": {"schema": ref("Problem")}},
    }
