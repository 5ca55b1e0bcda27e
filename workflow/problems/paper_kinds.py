"""The kinds of papers of a problem, telling the worker to issue them, and ending those of a ruling that is no more."""

import datetime as dt

from sqlalchemy import update
from sqlalchemy.orm import Session

from models.certificates import Certificate
from workflow.step import Intent, Step

RULING, INQUIRY, COVER, WAIVER = "ruling", "inquiry", "evidence_cover", "waiver"
KINDS = (RULING, INQUIRY, COVER, WAIVER)
SERIES = {RULING: "学籍裁", INQUIRY: "学籍核", COVER: "学籍佐", WAIVER: "学籍弃"}
"""What the numbers of a kind begin with."""
TOPIC = "problem_papers"
RULED = ("arbitration", "objection")
"""Rulings that are put on paper: what the sides settled, or another province decided, is no ruling of an office."""


def announce(step: Step, kind: str, number: int, sides: list[int] | None = None) -> None:
    """Let the worker issue the papers of a ruling, or of the sheet of inquiry with this count, after the commit."""
    step.intents.append(Intent(TOPIC, kind, f"{kind}-{number}", {kind: number, "sides": sides or []}))


def end_of_rulings(session: Session, case_id: int, person_id: int, why: str, now: dt.datetime) -> None:
    """Declare the papers of the rulings of a case invalid: the ruling was taken back or replaced. One statement."""
    valid = (Certificate.case_id == case_id) & (Certificate.kind == RULING) & (Certificate.state == "valid")
    ended = update(Certificate).where(valid)
    session.execute(ended.values(state="revoked", revoked_at=now, revoked_by=person_id, revoked_reason=why))
