"""Mails that came back: the mail is marked, an administrator is asked to put the address right, somebody else is told.

All of it happens once for each mail, however often a report of it comes in, and whoever sent it: a report must name the
mail by the random word in its Message-ID, which only those know who handled the mail.
"""

import datetime as dt
import re
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.messages import Mail, MessageSetting, Notice
from models.people import Person, Post
from workflow import message_choices, notices, outbox
from workflow.administration import SYSTEM
from workflow.calendar import day_of
from workflow.holding import holders, valid_on
from workflow.outbox import Errand
from workflow.step import queue_of
from workflow.world import World, world_of

TOPIC, PURPOSE = "bounce", "address_bounced"
PASSING = re.compile(r"5[.](2[.][23]|[367][.]\d+)")
"""What may be different tomorrow: a full mailbox, a mail that was too big, a filter. The address itself is good."""


def report(session: Session, public_id: str, code: str, now: dt.datetime) -> bool:
    """Note once that a mail came back; what follows is an errand, tried again when it fails.

    False if the mail is unknown or was reported before. `code` is the status (5.1.1). The caller commits.
    """
    found = select(Mail.id).where(Mail.public_id == public_id, Mail.state.in_(("queued", "sent")))
    if session.scalar(found) is None:
        return False
    return _errand(session, public_id, {"mail": public_id, "code": code[:12]}, now)


def unreadable(session: Session, name: str, why: str, now: dt.datetime) -> bool:
    """Put a report that nobody can read before an administrator, once for its name. The caller commits."""
    return _errand(session, name[:60], {"mail": "", "code": ""}, now, dead_at=now, last_error=why[:500])


def carry_out(session: Session, errand: Errand, now: dt.datetime) -> bool:
    """Do what a report asks for; False if somebody else did. The caller commits."""
    if not outbox.take(session, errand, now):
        return False
    take_in(session, str(errand.payload["mail"]), str(errand.payload["code"]), now)
    return True


def take_in(session: Session, public_id: str, code: str, now: dt.datetime) -> bool:
    """Mark a mail that came back and do what follows; False if it is unknown or was marked before. The caller commits.

    `code` is the status of the report (5.1.1).
    """
    found = select(Mail).where(Mail.public_id == public_id).with_for_update()
    mail = session.scalars(found).one_or_none()
    if mail is None or mail.state not in ("queued", "sent"):
        return False
    mail.state, mail.state_at, mail.code = "bounced", now, code[:12]
    session.flush()
    not_reached(session, mail, code, now)
    return True


def not_reached(session: Session, mail: Mail, code: str, now: dt.datetime) -> None:
    """Do what follows when a mail was refused or came back. The caller commits."""
    person = session.get_one(Person, mail.person_id)
    address = mail.address or person.email
    if not PASSING.fullmatch(code):
        message_choices.put(session, person.id, dead_address=address, dead_since=now)
    world = world_of(session)
    _ask_administrators(session, world, person, address, code, now)
    told = list(session.scalars(select(Notice).where(Notice.mail_id == mail.id, Notice.read_at.is_(None))))
    notices.pass_on(session, world, told, now)


def dead_addresses(session: Session, within: frozenset[int], day: dt.date) -> list[tuple[Person, MessageSetting, int]]:
    """Return the accounts whose present address is known not to work, with one of their offices within reach."""
    query = (
        select(Person, MessageSetting, Post.org_id)
        .join(MessageSetting, MessageSetting.person_id == Person.id)
        .join(Post, Post.person_id == Person.id)
        .where(MessageSetting.dead_address != "", MessageSetting.dead_address == Person.email, valid_on(day))
        .where(Post.org_id.in_(sorted(within)))
        .order_by(MessageSetting.dead_since.desc(), Person.id, Post.id)
    )
    found: dict[int, tuple[Person, MessageSetting, int]] = {}
    for person, setting, org_id in session.execute(query.limit(500)):
        found.setdefault(person.id, (person, setting, org_id))
    return list(found.values())


def _errand(session: Session, name: str, payload: dict[str, str], now: dt.datetime, **more: Any) -> bool:
    row = {"dedup": f"{TOPIC}-{name}", "topic": TOPIC, "payload": {"purpose": TOPIC, **payload}, "created_at": now}
    return outbox.add_one(session, {**row, "recipient": "", "not_before": now, "attempts": 0, **more})


def _ask_administrators(
    session: Session, world: World, person: Person, address: str, code: str, now: dt.datetime
) -> None:
    """Tell the nearest administrators of accounts, once for each address."""
    posts = select(Post.org_id).join(Person, Person.id == Post.person_id)
    offices = session.scalars(posts.where(Post.person_id == person.id, valid_on(day_of(now))).order_by(Post.id)).all()
    key = f"bounce:{person.id}:{sha256(address.encode()).hexdigest()[:16]}"
    for org_id in dict.fromkeys(offices):
        chain = [office.id for office in world.upwards(world.office(org_id))]
        by_queue = holders(session, [queue_of(number, SYSTEM) for number in chain], day_of(now))
        near = next((number for number in chain if by_queue[queue_of(number, SYSTEM)]), None)
        if near is None:
            continue
        facts = {"person": person.id, "office": org_id, "code": code[:12]}
        for administrator in sorted(by_queue[queue_of(near, SYSTEM)] - {person.id}):
            notices.tell(session, administrator, f"{key}:{administrator}", PURPOSE, facts, now, org_id=near)
