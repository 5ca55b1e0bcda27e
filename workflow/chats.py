"""Short messages to the telephone: what a person hears by mail goes to his chat account as well, if he wants it.

A gateway outside of this house knows how an account is reached: by 企业微信, 钉钉 or SMS. Like a mail, a message keeps
its notices for good, and its key at the gateway stays the same however often it is tried.
"""

import datetime as dt

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.messages import Chat, Notice
from workflow import gathering, mails, notices, outbox
from workflow.gathering import CHAT
from workflow.message_choices import DIGEST
from workflow.world import world_of

TOPIC = "chat"


def due(session: Session, now: dt.datetime) -> list[int]:
    """Return to whose telephone a message should go now; asks without taking any lock."""
    return gathering.due(session, CHAT, now)


def put_together(session: Session, person_id: int, now: dt.datetime) -> bool:
    """Make one message of what is due for a person; False if somebody else does, or he wants none any more.

    The caller commits.
    """
    gathered = gathering.gather(session, CHAT, person_id, now)
    if gathered is None:
        return False
    one = next(iter(notices.addressees(session, [person_id])), None)
    wanted = one is not None and one.wishes.chat
    _forget(session, gathered.overtaken if wanted else [notice.id for notice in gathered.found])
    if one is None or not wanted:
        return False
    chat = Chat(person_id=person_id, at=now, state_at=now)
    session.add(chat)
    session.flush()
    told = gathered.latest
    inside = update(Notice).where(Notice.id.in_([notice.id for notice in told])).values(chat_id=chat.id)
    session.execute(inside.execution_options(synchronize_session=False))
    payload = {"purpose": TOPIC, "chat": chat.id}
    outbox.add_once(session, [mails.errand(TOPIC, chat.public_id, person_id, told, payload, now)])
    mails.remember(session, person_id, is_digest=any(one.wishes.choice(n.purpose) == DIGEST for n in told), now=now)
    return True


def not_reached(session: Session, chat_id: int, now: dt.datetime) -> None:
    """Tell somebody else what the gateway refused for good, as far as no mail carries it either. The caller commits."""
    lost = (Notice.chat_id == chat_id) & Notice.read_at.is_(None) & Notice.unmailed.in_(notices.WITHOUT_MAIL)
    notices.pass_on(session, world_of(session), session.scalars(select(Notice).where(lost)).all(), now)


def _forget(session: Session, numbers: list[int]) -> None:
    aside = update(Notice).where(Notice.id.in_(numbers)).values(chat_at=None)
    session.execute(aside.execution_options(synchronize_session=False))
