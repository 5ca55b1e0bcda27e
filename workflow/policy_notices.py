"""Who is told that a rule is to change: every other security administrator who may confirm it, then who proposed it.

Each is told as he likes.
"""

import datetime as dt
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.messages import Notice
from models.people import Post
from models.policies import PolicyProposal
from workflow import notices
from workflow.administration import SECURITY
from workflow.calendar import day_of
from workflow.holding import holders
from workflow.message_choices import ANSWERED
from workflow.step import queue_of
from workflow.world import Office, World

PURPOSE, ANSWER = "rule_proposed", "rule_answered"


def seconds(session: Session, proposer: int, world: World, office: Office, day: dt.date) -> dict[int, int]:
    """Return who may confirm what somebody proposes for an office, each with the office of his post. One statement."""
    places = list(world.upwards(office))
    there = holders(session, [queue_of(one.id, SECURITY) for one in places], day)
    found: dict[int, int] = {}
    for place in places:
        for person in sorted(there[queue_of(place.id, SECURITY)] - {proposer}):
            found.setdefault(person, place.id)
    return found


def ask(session: Session, world: World, proposal: PolicyProposal, office: Office, now: dt.datetime) -> None:
    """Tell them, once each, with the office from whose post they see it. The caller commits."""
    asked = seconds(session, proposal.proposed_by, world, office, day_of(now))
    facts = _facts(proposal, office)
    people = notices.addressees(session, sorted(asked)) if asked else []
    rows = [
        notices.notice_row(one, _key(proposal, one.person_id), PURPOSE, facts, now, asked[one.person_id])
        for one in people
    ]
    notices.add_once(session, rows)


def answer(
    session: Session, proposal: PolicyProposal, office: Office, decided_by: int, now: dt.datetime, why: str = ""
) -> None:
    """Tell who proposed it what became of it, unless he did it himself; `why` where the state does not say it.

    The caller commits.
    """
    if decided_by != proposal.proposed_by:
        facts = {**_facts(proposal, office), "answer": why or proposal.state}
        notices.tell(session, proposal.proposed_by, _key(proposal, proposal.proposed_by), ANSWER, facts, now)


def leave_out(session: Session, world: World, proposal: PolicyProposal, office: Office, now: dt.datetime) -> None:
    """Nobody is written to any more about what was decided, and it counts as read: there is nothing left to do."""
    places = [one.id for one in world.upwards(office)]
    ever = session.scalars(select(Post.person_id).where(Post.org_id.in_(places), Post.role == SECURITY))
    about = Notice.key.in_([_key(proposal, person) for person in ever]) & (Notice.purpose == PURPOSE)
    unsent = update(Notice).where(about, Notice.mail_id.is_(None), Notice.mail_at.is_not(None))
    session.execute(unsent.values(mail_at=None, unmailed=ANSWERED).execution_options(synchronize_session=False))
    unread = update(Notice).where(about, Notice.read_at.is_(None)).values(read_at=now)
    session.execute(unread.execution_options(synchronize_session=False))


def _facts(proposal: PolicyProposal, office: Office) -> dict[str, Any]:
    return {"proposal": proposal.public_id, "rule": proposal.key, "stage": proposal.stage, "office": office.id}


def _key(proposal: PolicyProposal, person: int) -> str:
    return f"rule:{proposal.public_id}:{person}"
