"""Messages that leave the house: mails and messages to telephones are put together and delivered, bounces read."""

import datetime as dt
import imaplib
import logging
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from threading import Event

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.base import new_public_id
from models.session import reading, transact
from web import bounces as reports
from web.chat import WebhookSender
from web.config import Settings
from web.deliver import Delivery
from web.deliver_chats import ChatDelivery
from web.deliver_families import FamilyDelivery
from web.errands import Errands
from web.mailer import Mailer
from web.rounds import Round
from web.sending import SenderProcess
from workflow import bounces, chats, families, mails, outbox

log = logging.getLogger(__name__)


class Messages:
    """What one worker does about mails and messages. Without a server for one of them, nothing of it is done."""

    def __init__(
        self, engine: Engine, settings: Settings, errands: Errands, mailer: Mailer | SenderProcess | None = None
    ) -> None:
        self.engine, self.errands, self.now = engine, errands, errands.now
        self.mailer = mailer or (SenderProcess(settings) if settings.smtp_url else None)
        self.mails = Delivery(engine, self.mailer, settings, self.now) if self.mailer else None
        sender = WebhookSender(settings.chat_url, settings.chat_secret) if settings.chat_url else None
        self.chats = ChatDelivery(engine, sender, settings.base_url, self.now) if sender else None
        self.families = FamilyDelivery(engine, sender, self.now) if sender else None
        boxes = [settings.bounce_box, f"maildir:{settings.reports_dir}"]
        self.boxes = [reports.box_of(one) for one in boxes if one]
        self.returned = reports.pattern_of(settings.return_address)

    def close(self) -> None:
        """Let the process that talks to the mail server finish what it is at."""
        if self.mailer:
            self.mailer.close()

    def put_mails_together(self) -> int:
        """Make one mail for everybody for whom notices are due; returns how many mails."""
        return self._put_together(mails.due, mails.put_together)

    def put_chats_together(self) -> int:
        """Make one message for everybody who wants them on the telephone; returns how many."""
        return self._put_together(chats.due, chats.put_together)

    def deliver_mails(self, stop: Event) -> int:
        """Hand waiting mails to the server; returns how many it accepted."""
        return self._deliver("mail", self.mails, stop)

    def deliver_chats(self, stop: Event) -> int:
        """Hand waiting messages to the gateway; returns how many it accepted."""
        return self._deliver(chats.TOPIC, self.chats, stop)

    def tell_families(self, stop: Event) -> int:
        """Hand what guardians are told to the gateway; returns how many messages it accepted."""
        return self._deliver(families.TOPIC, self.families, stop)

    def read_bounces(self) -> int:
        """Read the reports of mails that came back; returns how many messages were read."""
        read = 0
        for box in self.boxes:
            try:
                read += box.each(self._take_report)
            except (OSError, imaplib.IMAP4.error) as problem:
                log.warning("the mailbox for undelivered mails could not be read: %s", type(problem).__name__)
        return read

    def take_bounces(self) -> int:
        """Do what follows when mails came back, whoever reported it; returns how many mails."""
        now = self.now()
        return self.errands.drain(
            bounces.TOPIC,
            lambda errand: transact(self.engine, lambda session: bounces.carry_out(session, errand, now)),
        )

    def _put_together(
        self,
        due: Callable[[Session, dt.datetime], list[int]],
        put_together: Callable[..., bool],
    ) -> int:
        now = self.now()
        with reading(self.engine) as session:
            persons = due(session, now)
        return sum(transact(self.engine, partial(put_together, person_id=one, now=now)) for one in persons)

    def _deliver(self, topic: str, delivery: Round | None, stop: Event) -> int:
        accepted = 0
        while delivery and not stop.is_set():
            now = self.now()
            batch = self.errands.claim(topic, now, outbox.BATCH)
            if not batch:
                break
            accepted += delivery.deliver(batch, now + outbox.LEASE, stop)
        return accepted

    def _take_report(self, content: bytes | None) -> None:
        now = self.now()
        try:
            report = None if content is None else reports.understood(content, self.returned)
            broken = "it could not be read" if content is None else ""
        except Exception as fault:  # noqa: BLE001 - a fault of ours would come up again and hold up the others
            report, broken = None, type(fault).__name__
        if broken:
            name = sha256(content).hexdigest() if content else new_public_id()
            log.error("a report of an undelivered mail was put aside: %s", broken)
            transact(self.engine, lambda session: bounces.unreadable(session, name, broken, now))
        elif report is None:
            log.info("a message in the mailbox for undelivered mails is about no mail of ours")
        else:
            transact(self.engine, lambda session: bounces.report(session, report.public_id, report.code, now))
