"""Mails: the notices of one person that are due go into one mail, which keeps them for good however often it is tried.

What a mail holds is decided in one transaction before anybody tries to send it. So a repetition is the same mail, with
the same Message-ID, and never another selection of notices.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from models.messages import Mail, Notice
from workflow import gathering, message_choices, notices, outbox
from workflow.calendar import day_of
from workflow.gathering import MAIL
from workflow.message_choices import DEAD_ADDRESS, DIGEST, NO_ADDRESS, OVERTAKEN
from workflow.world import world_of


def due(session: Session, now: dt.datetime) -> list[int]:
    """Return whom a mail should be written to now; asks without taking any lock."""
    return gathering.due(session, MAIL, now)


def put_together(session: Session, person_id: int, now: dt.datetime) -> bool:
    """Make one mail of what is due for a person; False if somebody else does or just did. The caller commits."""
    gathered = gathering.gather(session, MAIL, person_id, now)
    if gathered is None:
        return False
    found, latest = gathered
    one = next(iter(notices.addressees(session, [person_id])), None)
    if one is None or not one.wishes.email or one.wishes.address_is_dead:
        return _put_aside(session, found, one is not None and one.wishes.address_is_dead, now)
    if gathered.overtaken:
        aside = update(Notice).where(Notice.id.in_(gathered.overtaken)).values(mail_at=None, unmailed=OVERTAKEN)
        session.execute(aside.execution_options(synchronize_session=False))
    mail = Mail(person_id=person_id, at=now, state_at=now)
    session.add(mail)
    session.flush()
    inside = update(Notice).where(Notice.id.in_([notice.id for notice in latest])).values(mail_id=mail.id)
    session.execute(inside.execution_options(synchronize_session=False))
    payload = {"purpose": "mail", "mail": mail.id}
    outbox.add_once(session, [errand("mail", mail.public_id, person_id, latest, payload, now)])
    remember(session, person_id, is_digest=any(one.wishes.choice(each.purpose) == DIGEST for each in latest), now=now)
    return True


def errand(
    topic: str, public_id: str, person_id: int, told: Sequence[Notice], payload: dict[str, Any], now: dt.datetime
) -> dict[str, Any]:
    """Return the row of the outbox for what goes to a person about these notices."""
    cases = {notice.case_id for notice in told}
    return {
        "dedup": f"{topic}-{public_id}",
        "topic": topic,
        "recipient": str(person_id),
        "case_id": cases.pop() if len(cases) == 1 else None,
        "payload": {**payload, "org": told[0].org_id},
        "created_at": now,
        "not_before": now,
        "attempts": 0,
    }


def remember(session: Session, person_id: int, *, is_digest: bool, now: dt.datetime) -> None:
    """Write down that something went out to a person, so that the next one keeps its distance."""
    remembered = {"last_mail_at": now, **({"last_digest_on": day_of(now)} if is_digest else {})}
    message_choices.put(session, person_id, **remembered)


def _put_aside(session: Session, found: Sequence[Notice], is_dead: bool, now: dt.datetime) -> bool:
    """Leave notices on the page whose person has no address that works; say so to somebody else if mails come back."""
    why = DEAD_ADDRESS if is_dead else NO_ADDRESS
    for notice in found:
        notice.mail_at, notice.unmailed = None, why
    session.flush()
    if is_dead:
        notices.pass_on(session, world_of(session), found, now)
    return False
