"""Mail rows become mails: written now, handed to the server, then marked. A lost worker only delays them."""

import datetime as dt
import logging
import re
from collections.abc import Callable
from email.message import EmailMessage
from urllib.parse import urlsplit

from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from models.messages import Mail, Notice
from models.session import reading, transact
from web import letters
from web.bounces import returned_to
from web.config import Settings
from web.letters import Letter, Moot
from web.mail import compose
from web.mail_facts import MailRefused, Sender
from web.mailer import Mailer, MailRejected
from web.rounds import Round, insistently
from web.sending import SenderProcess
from workflow import bounces, mail_templates, outbox
from workflow.message_choices import ANSWERED
from workflow.outbox import Errand
from workflow.wording import UnknownPlaceholder

log = logging.getLogger(__name__)

_STATUS = re.compile(r"\b5[.]\d[.]\d{1,3}\b")


class Delivery(Round):
    """Sends mails, one after the other."""

    def __init__(
        self, engine: Engine, mailer: Mailer | SenderProcess, settings: Settings, clock: Callable[[], dt.datetime]
    ) -> None:
        super().__init__(engine, clock)
        self.mailer = mailer
        self.base_url = settings.base_url
        host = urlsplit(settings.base_url).hostname or "localhost"
        self.sender = Sender(settings.mail_from, host=host)
        self.return_address = settings.return_address

    def _send(self, errand: Errand) -> int:
        now, mail_id, person_id = self.clock(), int(errand.payload["mail"]), int(errand.recipient)
        address = ""
        try:
            with reading(self.engine) as session:
                letter = letters.write(session, mail_id, person_id, self.base_url, now)
            address = letter.recipient.address
            message, version = self._composed(letter, errand.dedup, now)
            repeated = self.mailer.send(message, returned_to(self.return_address, errand.dedup.removeprefix("mail-")))
        except Moot as moot:
            self._drop(errand, str(moot))
            return 0
        except (MailRejected, MailRefused) as refused:
            log.warning("%s cannot be delivered: %s", errand.dedup, refused)
            self._refuse(errand, refused, address)
            return 0
        self._mark(errand, letter, version, repeated)
        return 1

    def _composed(self, letter: Letter, key: str, now: dt.datetime) -> tuple[EmailMessage, int]:
        """Return the mail and the version of the words it was written with: the shipped ones where the others fail."""
        told = letter.topic, letter.facts, letter.recipient
        try:
            return compose(*told, key=key, sender=self.sender, at=now, words=letter.words), letter.version
        except UnknownPlaceholder as unknown:  # worded for another version of this program
            log.warning("version %s of the mail %s asks for %s", letter.version, letter.topic, unknown)
            return compose(*told, key=key, sender=self.sender, at=now), mail_templates.SHIPPED

    def _mark(self, errand: Errand, letter: Letter, version: int, repeated: bool) -> None:
        now = self.clock()
        told = {
            "topic": letter.topic,
            "template_version": version,
            "address": letter.recipient.address,
            "sent_at": now,
            "repeated": repeated,
        }

        def work(session: Session) -> None:
            outbox.finish(session, [errand], now)
            _put(session, errand, "sent", now, **told)
            if letter.answered:
                over = update(Notice).where(Notice.id.in_(letter.answered)).values(unmailed=ANSWERED)
                session.execute(over)

        insistently(lambda: transact(self.engine, work))

    def _drop(self, errand: Errand, why: str) -> None:
        def work(session: Session) -> None:
            outbox.finish(session, [errand], self.clock(), why)
            _put(session, errand, "moot", self.clock())

        transact(self.engine, work)

    def _refuse(self, errand: Errand, why: MailRejected | MailRefused, address: str) -> None:
        """Give the mail up; if it was the address that was refused, somebody else is told and asked to put it right."""
        now, code = self.clock(), _code_of(why)

        def work(session: Session) -> None:
            outbox.fail(session, errand, f"{type(why).__name__}: {why}", now, permanent=True)
            _put(session, errand, "refused", now, code=code, address=address)
            if why.recipient if isinstance(why, MailRejected) else why.field == "recipient":
                mail = session.get_one(Mail, int(errand.payload["mail"]))
                bounces.not_reached(session, mail, code, now)

        transact(self.engine, work)


def _code_of(why: MailRejected | MailRefused) -> str:
    """The server's detailed status (5.1.1), else its code, or nothing if no server was asked."""
    if isinstance(why, MailRefused):
        return ""
    found = _STATUS.search(str(why))
    return found[0] if found else str(why.code)


def _put(session: Session, errand: Errand, state: str, now: dt.datetime, **values: object) -> None:
    mail = update(Mail).where(Mail.id == int(errand.payload["mail"]), Mail.state != "bounced")
    session.execute(mail.values(state=state, state_at=now, **values))
