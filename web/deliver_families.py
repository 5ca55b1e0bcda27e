"""What guardians are told goes to the gateway of telephones, which sends it as a short message (SMS)."""

import datetime as dt
import logging
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.session import reading, transact
from web.chat import ChatMessage, ChatRejected, ChatSender
from web.family_words import text
from web.masks import mask_phone
from web.rounds import Round, insistently
from workflow import families, outbox
from workflow.families import Untold
from workflow.outbox import Errand

log = logging.getLogger(__name__)
TITLE = "转学进度"


class FamilyDelivery(Round):
    """Sends messages to guardians, one after the other. A number lives no longer than its message."""

    def __init__(self, engine: Engine, sender: ChatSender, clock: Callable[[], dt.datetime]) -> None:
        super().__init__(engine, clock)
        self.sender = sender

    def _send(self, errand: Errand) -> int:
        case_id, seq = errand.case_id or 0, int(errand.payload["seq"])
        receiver = ""
        try:
            with reading(self.engine) as session:
                told = families.read(session, case_id, seq, self.clock())
            receiver = mask_phone(told.number)
            self.sender.send(ChatMessage(errand.dedup, "", TITLE, text(told.stage), "", phone=told.number))
        except Untold as untold:
            self._mark(errand, untold.state, str(untold))
            return 0
        except ChatRejected as refused:
            log.warning("%s cannot be delivered: %s", errand.dedup, refused)
            self._refuse(errand, refused, receiver)
            return 0
        self._mark(errand, families.SENT, stage=told.stage.key, receiver=receiver)
        return 1

    def _mark(self, errand: Errand, state: str, why: str | None = None, **values: str) -> None:
        now = self.clock()

        def work(session: Session) -> None:
            outbox.finish(session, [errand], now, why)
            families.mark(session, errand.case_id or 0, int(errand.payload["seq"]), state, now, **values)

        insistently(lambda: transact(self.engine, work))

    def _refuse(self, errand: Errand, why: ChatRejected, receiver: str) -> None:
        now, told = self.clock(), {"receiver": receiver, "code": str(why.code)}

        def work(session: Session) -> None:
            outbox.fail(session, errand, str(why), now, permanent=True)
            families.mark(session, errand.case_id or 0, int(errand.payload["seq"]), families.REFUSED, now, **told)

        transact(self.engine, work)
