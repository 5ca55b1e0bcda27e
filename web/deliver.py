"""Mail rows become mails: written now, handed to the server, then marked. A lost worker only delays them."""

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterable
from hashlib import sha256
from itertools import groupby
from threading import Event
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.session import LockTimeout, reading, transact
from web import letters
from web.config import Settings
from web.letters import Letter, Moot
from web.mail import MailRefused, Sender, compose
from web.mailer import Mailer, MailRejected, MailTemporary
from workflow import outbox
from workflow.notices import GATHERED
from workflow.outbox import Errand

log = logging.getLogger(__name__)

SERVER_PAUSE = dt.timedelta(seconds=15)
MARGIN = dt.timedelta(seconds=40)
"""No mail is begun when less than this is left of the lease: one dialogue may take so long."""

SERIOUS = ("reminder", "overdue", "arrival_missing", "supervise", "bulletin_candidate")
"""The rungs of the ladder, the most serious last."""
OVERTAKEN = "a later reminder of the same matter went out instead"
PAUSES = (0.1, 0.5, 1.0, 2.0, 4.0)
"""Seconds between the attempts to mark a mail that was accepted."""


class Delivery:
    """Sends what was claimed, one mail for each person and purpose of a morning, one after the other."""

    def __init__(self, engine: Engine, mailer: Mailer, settings: Settings, clock: Callable[[], dt.datetime]) -> None:
        self.engine, self.mailer, self.clock = engine, mailer, clock
        self.base_url = settings.base_url
        host = urlsplit(settings.base_url).hostname or "localhost"
        self.sender = Sender(settings.mail_from, host=host)

    def deliver(self, errands: list[Errand], until: dt.datetime, stop: Event) -> int:
        """Deliver the rows of one claim whose lease ends at `until`; returns how many mails were accepted.

        `stop`, and a server that does not answer, end the round: the other rows go back and lose no attempt.
        """
        latest, overtaken = _latest(errands)
        if overtaken:
            transact(self.engine, lambda session: outbox.finish(session, overtaken, self.clock(), OVERTAKEN))
        groups, accepted = _gathered(latest), 0
        for number, group in enumerate(groups):
            if stop.is_set() or self.clock() > until - MARGIN:
                self._release(groups[number:], self.clock())
                break
            try:
                accepted += self._send(group)
            except MailTemporary as failed:
                self._failed(group, str(failed), permanent=False)
                if failed.code == 0:
                    self._release(groups[number + 1 :], self.clock() + SERVER_PAUSE)
                    break
            except Exception as fault:  # a fault of ours: not this row first again, and the others at once
                self._failed(group, type(fault).__name__, permanent=False)
                self._release(groups[number + 1 :], self.clock())
                raise
        return accepted

    def _send(self, group: list[Errand]) -> int:
        now = self.clock()
        try:
            with reading(self.engine) as session:
                letter = letters.write(session, group, self.base_url, now)
            message = compose(
                letter.topic, letter.facts, letter.recipient, key=key_of(letter), sender=self.sender, at=now
            )
            self.mailer.send(message)
        except Moot as moot:
            note = str(moot)
            transact(self.engine, lambda session: outbox.finish(session, group, self.clock(), note))
            return 0
        except (MailRejected, MailRefused) as refused:
            log.warning("mail %s cannot be delivered: %s", group[0].dedup, refused)
            self._failed(group, f"{type(refused).__name__}: {refused}", permanent=True)
            return 0
        self._mark(letter)
        return 1

    def _mark(self, letter: Letter) -> None:
        first, *others = letter.told
        now = self.clock()

        def work(session: Session) -> None:
            outbox.finish(session, [first], now)
            outbox.finish(session, others, now, f"told in the mail {first.dedup}")
            outbox.finish(session, letter.moot, now, "answered before the mail was sent")

        _insistently(lambda: transact(self.engine, work))

    def _failed(self, group: list[Errand], why: str, *, permanent: bool) -> None:
        def work(session: Session) -> None:
            for errand in group:
                outbox.fail(session, errand, why, self.clock(), permanent=permanent)

        transact(self.engine, work)

    def _release(self, groups: Iterable[list[Errand]], until: dt.datetime) -> None:
        rows = [errand for group in groups for errand in group]
        if rows:
            transact(self.engine, lambda session: outbox.release(session, rows, until))


def _insistently(mark: Callable[[], None]) -> None:
    """A mail that was accepted must be marked, else it goes out again: do not give up because the database is busy."""
    for pause in PAUSES:
        try:
            mark()
            return
        except (LockTimeout, OperationalError):
            time.sleep(pause)
    mark()


def key_of(letter: Letter) -> str:
    """The key that becomes the Message-ID: that of the row, or for several rows one that belongs to exactly these."""
    first, *others = letter.told
    if not others:
        return first.dedup
    all_of_them = "\n".join(errand.dedup for errand in letter.told)
    return f"{first.dedup}:and-{len(others)}-more:{sha256(all_of_them.encode()).hexdigest()[:16]}"


def _latest(errands: list[Errand]) -> tuple[list[Errand], list[Errand]]:
    """Part the rows into those worth sending and the reminders that a later one of the same matter makes pointless.

    That happens after a pause of the worker or the server: several rungs of one ladder then go out together.
    """
    best: dict[tuple[Any, ...], Errand] = {}
    for errand in errands:
        matter = _matter(errand)
        best[matter] = max(best.get(matter, errand), errand, key=_rank)
    kept = {errand.id for errand in best.values()}
    return list(best.values()), [errand for errand in errands if errand.id not in kept]


def _matter(errand: Errand) -> tuple[Any, ...]:
    if errand.purpose not in GATHERED:
        return (errand.id,)
    ladder = "ladder" if errand.purpose in SERIOUS else errand.purpose
    return errand.recipient, ladder, errand.case_id, errand.payload.get("item")


def _rank(errand: Errand) -> tuple[int, int]:
    return SERIOUS.index(errand.purpose) if errand.purpose in SERIOUS else 0, errand.id


def _gathered(errands: list[Errand]) -> list[list[Errand]]:
    """Reminders of one kind to one person go together; everything else is a mail of its own."""

    def kind(errand: Errand) -> tuple[str, str, int]:
        alone = 0 if errand.purpose in GATHERED else errand.id
        return errand.recipient, errand.purpose, alone

    groups = [list(group) for _, group in groupby(sorted(errands, key=lambda one: (kind(one), one.id)), kind)]
    return sorted(groups, key=lambda group: group[0].id)
