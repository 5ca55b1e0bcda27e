"""From the notices of a mail to a letter: who is written to, and which of its matters are still worth telling."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from models.messages import Notice
from models.people import Person
from web.mail_facts import DIGEST, Facts, Recipient
from web.matters import Ground, Writer, read
from workflow import mail_templates
from workflow.message_choices import BY_CLOCK

ASKS = frozenset({*BY_CLOCK, "case_waiting", "case_returned"})
"""Purposes that are of no use any more once the question is answered; news about a case always are."""


class Moot(Exception):
    """There is nothing to send any more; the reason goes into the outbox row."""


@dataclass(frozen=True)
class Letter:
    """What `web.mail.compose` needs. `answered` are the notices of the mail that have become pointless."""

    topic: str
    facts: Facts
    recipient: Recipient
    answered: tuple[int, ...] = ()
    version: int = mail_templates.SHIPPED
    words: Mapping[str, str] | None = None
    """The words in force for this topic, None for the shipped ones."""


def write(session: Session, mail_id: int, person_id: int, base_url: str, now: dt.datetime) -> Letter:
    """Write one letter about the notices of a mail.

    Raises Moot if the person's account has ended, or if every matter that was asked about has been answered.
    """
    person = _person(session, person_id)
    if not person.email:
        raise Moot("no address any more")
    return _written(session, Notice.mail_id == mail_id, person, person.email, base_url, now)


def for_telephone(session: Session, chat_id: int, person_id: int, base_url: str, now: dt.datetime) -> Letter:
    """Write what a short message says; the address of its recipient is the user name. Raises Moot."""
    person = _person(session, person_id)
    return _written(session, Notice.chat_id == chat_id, person, person.username, base_url, now)


def _written(
    session: Session, which: ColumnElement[bool], person: Person, address: str, base_url: str, now: dt.datetime
) -> Letter:
    grounds = read(session, which)
    told = [ground for ground in grounds if not _answered(ground)]
    answered = tuple(ground.notice.id for ground in grounds if ground not in told)
    if not told:
        raise Moot("answered before the mail was sent")
    writer = Writer(session, told, base_url, now, reader=person.id)
    topic = told[0].notice.purpose if len(told) == 1 else DIGEST
    facts = writer.digest() if topic == DIGEST else writer.facts(told[0])
    recipient = Recipient(address, person.name)
    return Letter(topic, facts, recipient, answered, *mail_templates.in_force(session, topic))


def _person(session: Session, person_id: int) -> Person:
    person = session.get(Person, person_id)
    if person is None or person.disabled_at is not None:
        raise Moot("the account has ended")
    return person


def _answered(ground: Ground) -> bool:
    if ground.notice.purpose not in ASKS or ground.case is None:
        return False
    return ground.case.closed_at is not None or (ground.item is not None and not ground.item.open)
