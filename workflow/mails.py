"""Mails: the notices of one person that are due go into one mail, which keeps them for good however often it is tried.

What a mail holds is decided in one transaction before anybody tries to send it. So a repetition is the same mail, with
the same Message-ID, and never another selection of notices.
"""

import datetime as dt
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.messages import Mail, Notice
from models.people import Person
from workflow import message_choices, notices, outbox
from workflow.calendar import day_of
from workflow.message_choices import BY_CLOCK, DEAD_ADDRESS, DIGEST, GATHERING, NO_ADDRESS, OVERTAKEN
from workflow.world import world_of

MOST = 200
"""Notices in one mail; more wait for the next."""
PERSONS = 500

SERIOUS = ("reminder", "overdue", "arrival_missing", "supervise", "decide_instead", "bulletin_candidate")
"""The rungs of the ladder, the most serious last."""


def due(session: Session, now: dt.datetime) -> list[int]:
    """Return whom a mail should be written to now; asks without taking any lock."""
    waits = (Notice.mail_at.is_not(None)) & Notice.mail_id.is_(None)
    return list(session.scalars(select(Notice.person_id).where(waits, Notice.mail_at <= now).distinct().limit(PERSONS)))


def put_together(session: Session, person_id: int, now: dt.datetime) -> bool:
    """Make one mail of what is due for a person; False if somebody else does or just did. The caller commits."""
    if not _taken(session, person_id):
        return False
    waits = (Notice.mail_at.is_not(None)) & Notice.mail_id.is_(None)
    mine = select(Notice).where(waits, Notice.person_id == person_id, Notice.mail_at <= now + GATHERING)
    found = list(session.scalars(mine.order_by(Notice.id).limit(MOST).with_for_update(skip_locked=True)))
    latest = _latest(found)
    if not any(notice.mail_at and notice.mail_at <= now for notice in latest):
        return False
    one = next(iter(notices.addressees(session, [person_id])), None)
    if one is None or not one.wishes.email or one.wishes.address_is_dead:
        return _put_aside(session, found, one is not None and one.wishes.address_is_dead, now)
    overtaken = [notice.id for notice in found if notice not in latest]
    if overtaken:
        aside = update(Notice).where(Notice.id.in_(overtaken)).values(mail_at=None, unmailed=OVERTAKEN)
        session.execute(aside.execution_options(synchronize_session=False))
    mail = Mail(person_id=person_id, at=now, state_at=now)
    session.add(mail)
    session.flush()
    inside = update(Notice).where(Notice.id.in_([notice.id for notice in latest])).values(mail_id=mail.id)
    session.execute(inside.execution_options(synchronize_session=False))
    outbox.add_once(session, [_errand(mail, latest, now)])
    is_digest = any(one.wishes.choice(notice.purpose) == DIGEST for notice in latest)
    remembered = {"last_mail_at": now, **({"last_digest_on": day_of(now)} if is_digest else {})}
    message_choices.put(session, person_id, **remembered)
    return True


def _taken(session: Session, person_id: int) -> bool:
    """Lock the person, not only the notices: two workers with half of them each would make two mails."""
    row = select(Person.id).where(Person.id == person_id)
    return session.scalar(row.with_for_update(skip_locked=True, key_share=True)) is not None


def _errand(mail: Mail, notices: list[Notice], now: dt.datetime) -> dict[str, Any]:
    cases = {notice.case_id for notice in notices}
    return {
        "dedup": f"mail-{mail.public_id}",
        "topic": "mail",
        "recipient": str(mail.person_id),
        "case_id": cases.pop() if len(cases) == 1 else None,
        "payload": {"purpose": "mail", "mail": mail.id, "org": notices[0].org_id},
        "created_at": now,
        "not_before": now,
        "attempts": 0,
    }


def _put_aside(session: Session, found: list[Notice], is_dead: bool, now: dt.datetime) -> bool:
    """Leave notices on the page whose person has no address that works; say so to somebody else if mails come back."""
    why = DEAD_ADDRESS if is_dead else NO_ADDRESS
    for notice in found:
        notice.mail_at, notice.unmailed = None, why
    session.flush()
    if is_dead:
        notices.pass_on(session, world_of(session), found, now)
    return False


def _latest(notices: list[Notice]) -> list[Notice]:
    """Leave out the reminders that a later one of the same matter makes pointless.

    That happens after a pause of the worker: several rungs of one ladder then come together.
    """
    best: dict[tuple[Any, ...], Notice] = {}
    for notice in notices:
        matter = _matter(notice)
        best[matter] = max(best.get(matter, notice), notice, key=_rank)
    return sorted(best.values(), key=lambda notice: notice.id)


def _matter(notice: Notice) -> tuple[Any, ...]:
    if notice.purpose not in BY_CLOCK:
        return (notice.id,)
    ladder = "ladder" if notice.purpose in SERIOUS else notice.purpose
    return ladder, notice.case_id, notice.facts.get("item")


def _rank(notice: Notice) -> tuple[int, int]:
    return SERIOUS.index(notice.purpose) if notice.purpose in SERIOUS else 0, notice.id
