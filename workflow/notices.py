"""Notices: what an event has to tell to a desk becomes one notice for each person at it, once for each event.

Everybody finds his notices on the page; whether and when a mail carries one as well is the person's own choice.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.messages import Chat, Mail, MessageSetting, Notice
from models.people import Person, Post
from workflow import deputies, outbox
from workflow.calendar import day_of
from workflow.gathering import CHAT, MAIL
from workflow.holding import valid_on
from workflow.message_choices import COLUMNS, DEAD_ADDRESS, NO_ADDRESS, Wishes, wishes_of
from workflow.outbox import Errand
from workflow.people import hold
from workflow.rights import leaders_of
from workflow.world import Office, World, world_of

NOBODY = "nobody holds this post"
UNREACHED = ("refused", "bounced")
"""States of a mail that did not arrive."""
WITHOUT_MAIL = (NO_ADDRESS, DEAD_ADDRESS)
NOT_FACTS = ("purpose", "queue", "but")


@dataclass(frozen=True)
class Addressee:
    """Somebody who is told, with how he wants it."""

    person_id: int
    wishes: Wishes


def address(session: Session, errand: Errand, now: dt.datetime) -> bool:
    """Turn the notice to a desk into notices to its people and mark it done; False if somebody else did.

    The key names event and person, not the desk: who holds two posts is told once. Persons whose account has ended
    are no holders. Whoever fills in for one of them today is told as well, and whom the notice leaves out (`but`) not.
    """
    people = at_desk(session, errand.recipient, now)
    people += deputies_of(session, people, errand.recipient, errand.case_id, now)
    if not outbox.take(session, errand, now, note=None if people else NOBODY):
        return False
    event = errand.dedup.removesuffix(f":{errand.purpose}:{errand.recipient}")
    org_id = int(errand.recipient.partition(":")[0])
    facts = {name: value for name, value in errand.payload.items() if name not in NOT_FACTS}
    rows = [
        notice_row(one, f"{event}:{one.person_id}", errand.purpose, facts, now, org_id, errand.case_id)
        for one in people
        if one.person_id != errand.payload.get("but")
    ]
    add_once(session, rows)
    _pass_on_dead(session, rows, now)
    return True


def tell(
    session: Session, person_id: int, key: str, purpose: str, facts: dict[str, Any], now: dt.datetime,
    org_id: int | None = None,
) -> None:  # fmt: skip
    """Tell one person something that no desk shares, once for the key. The caller commits."""
    people = addressees(session, [person_id])
    add_once(session, [notice_row(one, key, purpose, facts, now, org_id) for one in people])


def follow_choices(session: Session, person_id: int, now: dt.datetime) -> None:
    """Let what has not gone out yet follow what a person has just chosen: one day brings one digest, at one hour.

    The person is locked, so that nobody puts a parcel together meanwhile. The caller commits.
    """
    hold(session, person_id)
    one = next(iter(addressees(session, [person_id])), None)
    if one is None:
        return
    waiting = select(Notice).where(Notice.person_id == person_id, MAIL.waits() | CHAT.waits())
    for notice in session.scalars(waiting):
        row = notice_row(one, notice.key, notice.purpose, {}, now)
        if notice.mail_at is not None and notice.mail_id is None:
            notice.mail_at, notice.unmailed = row["mail_at"], row["unmailed"]
        if notice.chat_at is not None and notice.chat_id is None:
            notice.chat_at = row["chat_at"]


def at_desk(session: Session, queue: str, now: dt.datetime) -> list[Addressee]:
    """Return who is told what concerns a desk `<org>:<role>[:<class>]`, or one person at it (`…@<person>`), today."""
    desk, _, named = queue.partition("@")
    org_id, role, *room = desk.split(":")
    query = (
        _people()
        .join(Post, Post.person_id == Person.id)
        .where(Post.org_id == int(org_id), Post.role == role, valid_on(day_of(now)))
        .where(*(Post.class_id == int(number) for number in room if number.isdigit()))
        .where(*(Person.id == int(number) for number in [named] if number))
    )
    return _read(session, query)


def pass_on(session: Session, world: World, told: Iterable[Notice], now: dt.datetime) -> None:
    """Tell somebody else at the office, or above it, what nobody there could be reached about."""
    for notice in told:
        if notice.org_id is None or notice.case_id is None or _somebody_else_knows(session, notice):
            continue
        office = world.office(notice.org_id)
        found = _next_contact(session, world, office, notice.person_id, now)
        if found is None:
            continue
        one, place = found
        event = notice.key.rpartition(":")[0]
        facts = {**notice.facts, "instead_of": notice.person_id}
        key = f"{event}:{one.person_id}"
        add_once(
            session, [notice_row(one, key, notice.purpose, facts, now, place.id, notice.case_id)]
        )


def deputies_of(
    session: Session, people: Iterable[Addressee], queue: str, case_id: int | None, now: dt.datetime
) -> list[Addressee]:
    """Return who fills in today for these people at a desk, in a case of this kind; nobody who sits there himself."""
    there = {one.person_id for one in people}
    org_id, role, *_ = queue.partition("@")[0].split(":")
    if not there or role not in deputies.ROLES:
        return []
    orders = deputies.standing_in(session, there, day_of(now), case_id=case_id, org_id=int(org_id))
    found = {deputy for each in orders.values() for deputy in each} - there
    return addressees(session, sorted(found)) if found else []


def addressees(session: Session, numbers: Sequence[int]) -> list[Addressee]:
    """Return these persons with how they want to be told, without those whose account has ended."""
    return _read(session, _people().where(Person.id.in_(numbers), Person.disabled_at.is_(None)))


def notice_row(
    one: Addressee, key: str, purpose: str, facts: dict[str, Any], now: dt.datetime, org_id: int | None = None,
    case_id: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the row of a notice that comes in now."""
    unmailed = one.wishes.unmailed(purpose)
    return {
        "key": key,
        "person_id": one.person_id,
        "org_id": org_id,
        "case_id": case_id,
        "purpose": purpose,
        "facts": facts,
        "at": now,
        "mail_at": None if unmailed else one.wishes.mail_at(purpose, now),
        "unmailed": unmailed,
        "chat_at": one.wishes.chat_at(purpose, now),
    }


def add_once(session: Session, rows: Iterable[dict[str, Any]]) -> None:
    """Insert notices whose key is not there yet; another transaction with the same key is no error."""
    new = list(rows)
    if not new:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(Notice).on_conflict_do_nothing(index_elements=["key"]), new)


def _people() -> Any:
    query = select(Person.id, Person.email, *COLUMNS)
    return query.outerjoin(MessageSetting, MessageSetting.person_id == Person.id).order_by(Person.id)


def _read(session: Session, query: Any) -> list[Addressee]:
    found = {row[0]: Addressee(row[0], wishes_of(row[1], tuple(row[2:]))) for row in session.execute(query)}
    return list(found.values())


def _pass_on_dead(session: Session, rows: Sequence[dict[str, Any]], now: dt.datetime) -> None:
    """Tell the next contact at once where mails to somebody come back."""
    keys = [row["key"] for row in rows if row["unmailed"] == DEAD_ADDRESS]
    if keys:
        pass_on(session, world_of(session), session.scalars(select(Notice).where(Notice.key.in_(keys))).all(), now)


def _somebody_else_knows(session: Session, notice: Notice) -> bool:
    """Tell whether somebody else at the office was told of the same event and can be reached, or has read it."""
    query = (
        select(Notice, Mail, Chat)
        .outerjoin(Mail, Mail.id == Notice.mail_id)
        .outerjoin(Chat, Chat.id == Notice.chat_id)
        .where(Notice.case_id == notice.case_id, Notice.org_id == notice.org_id, Notice.person_id != notice.person_id)
    )
    return any(
        one.read_at is not None or _gets_there(one, mail, chat)
        for one, mail, chat in session.execute(query)
        if one.facts.get("seq") == notice.facts.get("seq")
    )


def _gets_there(notice: Notice, mail: Mail | None, chat: Chat | None) -> bool:
    """Tell whether a notice leaves the house, or stays on the page because its reader wants it so."""
    by_telephone = notice.chat_at is not None and (chat is None or chat.state != "refused")
    return by_telephone or (notice.unmailed not in WITHOUT_MAIL and (mail is None or mail.state not in UNREACHED))


def _next_contact(
    session: Session, world: World, office: Office, person_id: int, now: dt.datetime
) -> tuple[Addressee, Office] | None:
    """Return the leader of the office, or of the nearest one above it, who can be reached by mail or telephone."""
    for place in world.upwards(office):
        for one in at_desk(session, leaders_of(place), now):
            if one.person_id != person_id and one.wishes.reachable:
                return one, place
    return None
