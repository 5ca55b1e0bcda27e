"""What was put right before a request was sent again: the history says it, and new papers give a fresh term.

With every sending the facts are kept as digests under the words by which an office may ask for them (workflow.returns),
so that the next one can be compared with it.
"""

import datetime as dt
import hashlib
from typing import Any

from sqlalchemy import select

from models.evidence import Evidence
from models.text import canonical
from models.transfers import Transfer
from workflow import returns
from workflow.step import Step

SENT = "sent"


def note(step: Step) -> None:
    """Tell in the event what differs from the last sending; an office that sees new papers has its whole term again.

    Otherwise it goes on with the days it had left when it sent the request back (domain 8.1).
    """
    state = step.case.state
    before: dict[str, Any] | None = state.get(SENT)
    if before:
        papers = _papers_since(step, before["at"])
        step.facts["corrected"] = [*_changed_facts(step), *papers]
        state = {**state, "remaining": {}} if papers else state
    step.case.state = {**state, SENT: {"at": step.now.isoformat(), "facts": _facts(step.subject)}}


def unchanged(step: Step) -> list[str]:
    """Return what was ticked when the request was sent back, if not a single item of it was put right since then.

    What no list knows is said in the words of an office; there any change may be the one it means.
    """
    state = step.case.state
    ticked: list[str] = state.get("asked_for") or []
    if not ticked or SENT not in state:
        return []
    since = (state.get("objection") or {}).get("at") or state[SENT]["at"]
    changed = {*_changed_facts(step), *_papers_since(step, since)}
    meant = {name for item in ticked for name in (item, *returns.kinds_of(item))}
    said = changed and not set(ticked) <= set(returns.ITEMS["transfer"])
    return [] if said or meant & changed else ticked


def remark(step: Step) -> dict[str, Any] | None:
    """Return what the school says when it sends a request again; None where it says nothing, or sends it first."""
    said = str(step.payload.get("comment") or "").strip()
    if not said or SENT not in step.case.state:
        return None
    return {"office": step.case.applicant_org_id, "comment": said}


def _changed_facts(step: Step) -> list[str]:
    before = step.case.state[SENT]["facts"]
    return [name for name, digest in _facts(step.subject).items() if before.get(name) != digest]


def _facts(transfer: Transfer) -> dict[str, str]:
    index = transfer.record_no_index
    told: dict[str, list[object]] = {
        "学生姓名或学籍号": [transfer.name, index.hex() if index else ""],
        "转入年级或班级": [transfer.target_grade, transfer.to_class_id],
        "转学理由": [transfer.reason, transfer.reason_note],
    }
    return {name: hashlib.sha256(canonical(values)).hexdigest()[:16] for name, values in told.items()}


def _papers_since(step: Step, since: str) -> list[str]:
    """Return the kinds of papers that were handed in or taken back since a moment, as it is written in a state."""
    moment = dt.datetime.fromisoformat(since)
    return sorted({kind for kind, at in _papers(step) if at > moment})


def _papers(step: Step) -> list[tuple[str, dt.datetime]]:
    """Return the papers of the school with the last moment at which each was handed in or taken back; asks once."""
    if "papers_touched" not in step.cache:
        query = select(Evidence.kind, Evidence.uploaded_at, Evidence.withdrawn_at)
        query = query.where(Evidence.case_id == step.case.id, Evidence.org_id == step.case.applicant_org_id)
        rows = step.session.execute(query)
        step.cache["papers_touched"] = [(row.kind, row.withdrawn_at or row.uploaded_at) for row in rows]
    found: list[tuple[str, dt.datetime]] = step.cache["papers_touched"]
    return found
