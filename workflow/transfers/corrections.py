"""What was put right before a request was sent again: the history says it, and new papers give a fresh term.

With every sending the facts are kept as digests under the words by which an office may ask for them (workflow.returns),
so that the next one can be compared with it.
"""

import datetime as dt
import hashlib
from typing import Any

from sqlalchemy import or_, select

from models.evidence import Evidence
from models.text import canonical
from models.transfers import Transfer
from workflow.step import Step

SENT = "sent"


def note(step: Step) -> None:
    """Tell in the event what differs from the last sending; an office that sees new papers has its whole term again.

    Otherwise it goes on with the days it had left when it sent the request back (domain 8.1).
    """
    state, facts = step.case.state, _facts(step.subject)
    before: dict[str, Any] | None = state.get(SENT)
    if before:
        papers = _changed_papers(step, dt.datetime.fromisoformat(before["at"]))
        changed = [name for name, digest in facts.items() if before["facts"].get(name) != digest]
        step.facts["corrected"] = [*changed, *papers]
        state = {**state, "remaining": {}} if papers else state
    step.case.state = {**state, SENT: {"at": step.now.isoformat(), "facts": facts}}


def _facts(transfer: Transfer) -> dict[str, str]:
    index = transfer.record_no_index
    told: dict[str, list[object]] = {
        "学生姓名或学籍号": [transfer.name, index.hex() if index else ""],
        "转入年级或班级": [transfer.target_grade, transfer.to_class_id],
        "转学理由": [transfer.reason, transfer.reason_note],
    }
    return {name: hashlib.sha256(canonical(values)).hexdigest()[:16] for name, values in told.items()}


def _changed_papers(step: Step, since: dt.datetime) -> list[str]:
    """Return the kinds of papers that were handed in or taken back since the last sending."""
    touched = or_(Evidence.uploaded_at > since, Evidence.withdrawn_at > since)
    query = select(Evidence.kind).where(Evidence.case_id == step.case.id, touched)
    return sorted(set(step.session.scalars(query.where(Evidence.org_id == step.case.applicant_org_id))))
