"""Rows for the telephone become messages: written now, handed to the gateway, then marked."""

import datetime as dt
import logging
from collections.abc import Callable

from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from models.messages import Chat
from models.session import reading, transact
from web import letters
from web.chat import ChatMessage, ChatRejected, ChatSender
from web.letters import Letter, Moot
from web.mail import check_facts, shipped, worded
from web.mail_facts import MailRefused
from web.rounds import Round, insistently
from workflow import chats, outbox
from workflow.outbox import Errand
from workflow.wording import UnknownPlaceholder

log = logging.getLogger(__name__)


class ChatDelivery(Round):
    """Sends messages to telephones, one after the other."""

    def __init__(
        self, engine: Engine, sender: ChatSender, base_url: str, clock: Callable[[], dt.datetime]
    ) -> None:
        super().__init__(engine, clock)
        self.sender, self.base_url = sender, base_url

    def _send(self, errand: Errand) -> int:
        chat_id, person_id = int(errand.payload["chat"]), int(errand.recipient)
        try:
            with reading(self.engine) as session:
                letter = letters.for_telephone(session, chat_id, person_id, self.base_url, self.clock())
            self.sender.send(message_of(letter, errand.dedup))
        except Moot as moot:
            self._mark(errand, "moot", note=str(moot))
            return 0
        except (ChatRejected, MailRefused) as refused:
            log.warning("%s cannot be delivered: %s", errand.dedup, refused)
            self._refuse(errand, refused)
            return 0
        self._mark(errand, "sent")
        return 1

    def _mark(self, errand: Errand, state: str, note: str | None = None) -> None:
        now = self.clock()

        def work(session: Session) -> None:
            outbox.finish(session, [errand], now, note)
            _put(session, errand, state, now)

        insistently(lambda: transact(self.engine, work))

    def _refuse(self, errand: Errand, why: ChatRejected | MailRefused) -> None:
        now, code = self.clock(), str(why.code) if isinstance(why, ChatRejected) else ""

        def work(session: Session) -> None:
            outbox.fail(session, errand, str(why), now, permanent=True)
            _put(session, errand, "refused", now, code)
            chats.not_reached(session, int(errand.payload["chat"]), now)

        transact(self.engine, work)


def message_of(letter: Letter, key: str) -> ChatMessage:
    """Return what a mail would say in its subject, its deadline and its link. Raises MailRefused."""
    check_facts(letter.topic, letter.facts)
    try:
        parts = worded(letter.topic, letter.facts, letter.recipient.name, letter.words or shipped(letter.topic))
    except UnknownPlaceholder:  # worded for another version of this program
        parts = worded(letter.topic, letter.facts, letter.recipient.name, shipped(letter.topic))
    lines = (f"【学籍办】{parts['subject']}", f"期限：{parts['until']}" if parts["until"] else "", parts["url"])
    return ChatMessage(key, letter.recipient.address, parts["subject"], "\n".join(filter(None, lines)), parts["url"])


def _put(session: Session, errand: Errand, state: str, now: dt.datetime, code: str = "") -> None:
    chat = update(Chat).where(Chat.id == int(errand.payload["chat"]))
    session.execute(chat.values(state=state, state_at=now, code=code))
