"""The house of the stories: the cast, a clock that moves only when a story says so, a worker with a mail server."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cast import MONDAY, Cast
from tests.consistency import assert_consistent
from tests.journeys.hands import Visitor
from tests.web.conftest import cast  # noqa: F401 - a fixture
from tests.web.door import Caller, Door
from web import clock, mail_sink
from web.database import open_house
from web.mail_sink import KeptMail, MailSink
from web.mailer import Mailer
from web.worker import Worker
from workflow.message_choices import PAUSE


class Story:
    """A house, its clock, its worker and the mails that reached somebody."""

    def __init__(self, door: Door, sink: MailSink) -> None:
        self.door, self.cast, self.now = door, door.cast, MONDAY
        self.sink = sink
        self._visitors: dict[str, Visitor] = {}
        self._callers: dict[str, Caller] = {}
        self._house = open_house(replace(door.settings, smtp_url=sink.url))
        self.worker = Worker(self._house, lambda: self.now, Mailer(sink.url))

    def page_of(self, who: str) -> Visitor:
        """Return somebody's browser; everybody signs in once."""
        if who not in self._visitors:
            self._visitors[who] = Visitor(self.door, who)
        return self._visitors[who]

    def program_of(self, who: str) -> Caller:
        """Return somebody's program at the API."""
        if who not in self._callers:
            self._callers[who] = self.door.api(who)
        return self._callers[who]

    def later(self, days: int, hour: int = 1) -> None:
        """Let some days pass and the worker do what came due; it is nine in the morning again (UTC hour 1)."""
        self.now = (self.now + dt.timedelta(days=days)).replace(hour=hour, minute=0)
        self.work()

    def work(self) -> None:
        """Let the worker catch up: timers, notices, papers, mails."""
        self.worker.fire_timers()
        self.worker.address_notices()
        self.worker.issue_problem_papers()
        self.worker.print_papers()
        self.worker.address_notices()
        soon = self.now + dt.timedelta(minutes=1)
        self.now = soon + PAUSE  # nobody is still waiting for his next mail, and nobody looked at a page meanwhile
        self.worker.put_mails_together()
        self.worker.deliver_mails()
        self.now = soon

    def mails(self, who: str) -> list[KeptMail]:
        """Return what somebody of the cast received so far, the first mail first."""
        address = who.replace(":", ".") + "@example.org"
        return [mail for mail in reversed(mail_sink.listing(self.sink.folder)) if address in mail.recipient]

    def close(self) -> None:
        self._house.close()


@pytest.fixture
def story(database: str, tmp_path: Path, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:  # noqa: F811
    """A story on a Monday in September; afterwards nothing in the database may contradict anything else."""
    told: list[Story] = []
    monkeypatch.setattr(clock, "_read", lambda: told[0].now if told else MONDAY)
    door = Door(database, tmp_path, cast)
    with MailSink(tmp_path / "mails") as sink:
        told.append(Story(door, sink))
        with told[0].worker:
            yield told[0]
        told[0].close()
    assert_consistent(door.house.engine)
    door.house.close()
