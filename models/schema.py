"""Imports every table once, for those who need the whole schema."""

from models import (
    access,
    calendar,
    cases,
    certificates,
    evidence,
    findings,
    id_errors,
    imports,
    jobs,
    key_data,
    no_id,
    organisations,
    outbox,
    people,
    policies,
    problems,
    settings,
    students,
    transfers,
)
from models.base import Base

__all__ = [
    "Base", "access", "calendar", "cases", "certificates", "evidence", "findings", "id_errors", "imports", "jobs",
    "key_data", "no_id", "organisations", "outbox", "people", "policies", "problems", "settings", "students",
    "transfers",
]
