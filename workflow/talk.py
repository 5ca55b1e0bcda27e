"""What the parties say to each other about a case. A comment is an event, but changes no revision."""

import datetime as dt

from sqlalchemy.orm import Session

from workflow import engine, journal, rights
from workflow.errors import NotAllowed, Reason, Unmet
from workflow.payload import COMMENT_LIMIT, text_fault
from workflow.step import Step


def say(session: Session, no: str, actor_id: int, words: str, now: dt.datetime) -> Step:
    """Add a comment of a taking part organisation. Raises NotFound, NotAllowed or Unmet; the caller commits."""
    step = engine.locked_step(session, no, actor_id, now)
    if not step.actor.org_ids & rights.involved(step):
        raise NotAllowed("comment", "只有参与本事项的单位可以留言")
    if step.case.closed_at is not None:
        raise NotAllowed("comment", "事项已结束，不能再留言")
    fault = text_fault(words, COMMENT_LIMIT) if words.strip() else "请写下要说的话"
    if fault:
        raise Unmet([Reason("field", "block", fault, field="comment")])
    step.payload = {"comment": words.strip()}
    step.facts["office"] = next(iter(step.actor.org_ids & rights.involved(step)))
    journal.append(step, "comment", step.case.phase, step.case.phase)
    session.flush()
    return step
