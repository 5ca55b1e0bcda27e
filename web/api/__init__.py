"""The JSON API under /api/v1: the same services as the pages, spoken to by programs with a bearer token."""

from web.api import (
    bulk,
    bulletins,
    cases,
    certificates,
    delivery_reports,
    deputies,
    evidence,
    imports,
    inbox,
    openapi,
    pairs,
    problems,
    statistics,
    students,
    transfers,
    verdicts,
)
from web.api.blueprint import bp

__all__ = [
    "bp", "bulk", "bulletins", "cases", "certificates", "delivery_reports", "deputies", "evidence", "imports", "inbox",
    "openapi", "pairs", "problems", "statistics", "students", "transfers", "verdicts",
]  # fmt: skip
