"""The worker: APScheduler as a clock that wakes a handful of jobs; what must survive are rows. Any number may run."""

import datetime as dt
import logging
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.cases import Case
from models.session import LockTimeout, reading, transact
from web import clock, pdf
from web.config import Settings
from web.database import House, open_house
from web.deadlines_job import Deadlines
from web.errands import Errands
from web.importing import LEASE as IMPORT_LEASE
from web.importing import Importing
from web.mailer import Mailer
from web.messages_job import Messages
from web.printing import Printing
from web.records_job import Records
from web.scanning import LEASE as SCAN_LEASE
from web.scanning import Scanning
from web.sending import SenderProcess
from web.trying import LEASE as TRIAL_LEASE
from web.trying import Trying
from workflow import handing_over, notices, outbox, policy_trials, queues, slots
from workflow.bulk import orders
from workflow.calendar import day_of
from workflow.duplicates.fresh import TOPIC as COMPARE
from workflow.imports.batches import destroy_old
from workflow.problems import opening, paper_kinds, papers
from workflow.transfers import settling

log = logging.getLogger(__name__)

DEFAULTS = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
"""A run that comes late is run, several late ones are one, and no job runs beside itself."""
TIDY_EVERY = dt.timedelta(hours=1)


def run(settings: Settings, stop: threading.Event) -> None:
    """Work until `stop` is set; what is being done then is finished. Raises what `open_house` raises."""
    house = open_house(settings)
    try:
        with Worker(house) as worker:
            worker.keep_going(stop)
    finally:
        house.close()


class Worker:
    """The jobs of one process. Every one may be run alone and at any time; tests hand in their own `now`."""

    def __init__(
        self, house: House, now: Callable[[], dt.datetime] = clock.now, mailer: Mailer | SenderProcess | None = None
    ) -> None:
        self.house, self.engine, self.now = house, house.engine, now
        self.node = f"{socket.gethostname()[:60]}:{os.getpid()}"
        self.stop = threading.Event()
        self._errands = Errands(self.engine, now, lambda: self.stop.is_set())
        self._messages = Messages(self.engine, house.settings, self._errands, mailer)
        self._printing = Printing(self.engine, house.store, house.settings.base_url, specimen=house.demo)
        self._deadlines = Deadlines(self.engine, self.node, now)
        self._records = Records(self.engine, self.node, now, demo=house.demo)
        self._importing = Importing(self.engine, house.store, demo=house.demo, now=now)
        self._trying = Trying(self.engine, now)
        self._scanning = Scanning(self.engine, self.node, now, lambda: self.stop.is_set())

    def __enter__(self) -> "Worker":
        self.beat()
        return self

    def __exit__(self, *_: object) -> None:
        self._messages.close()
        with suppress(LockTimeout, OperationalError):  # then the heartbeat ends by growing old
            transact(self.engine, lambda session: slots.leave(session, self.node))

    def keep_going(self, stop: threading.Event) -> None:
        """Run every job at its pace until `stop` is set, then let the running ones come to an end."""
        self.stop = stop
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a run left out is no news: the next one finds all
        scheduler = BackgroundScheduler(job_defaults=DEFAULTS, timezone=dt.UTC)
        for job, seconds in self.paces().items():
            scheduler.add_job(_calmly(job), "interval", seconds=seconds, id=job.__name__)
        scheduler.start()
        log.info("worker %s is at work", self.node)
        try:
            stop.wait()
        finally:
            stop.set()
            scheduler.shutdown(wait=True)
            log.info("worker %s has ended", self.node)

    def paces(self) -> dict[Callable[[], object], int]:
        """Return every job and after how many seconds it is due again."""
        jobs: dict[Callable[[], object], int] = {
            self.fire_timers: 5,
            self.address_notices: 1,
            self.issue_problem_papers: 1,
            self.print_papers: 1,
            self.work_on_imports: 1,
            self.try_rules: 1,
            self.carry_out_orders: 1,
            self.beat: 5,
            self.watch_queues: 60,
            self.check_numbers: 60,
            self.look_after_records: 5,
            self.look_after_problems: 10,
            self.compare_records: 2,
            self.scan_records: 10,
            self.tidy: 60,
            self.count_deadlines: 300,
            self.follow_pauses: 10,
            self.lapse_proposals: 60,
            self.send_drafts: 5,
            self.drop_needless: 60,
        }
        if self._messages.mails:
            jobs |= {self.put_mails_together: 2, self.deliver_mails: 1, self.read_bounces: 60, self.take_bounces: 5}
        if self._messages.chats:
            jobs |= {self.put_chats_together: 2, self.deliver_chats: 1, self.tell_families: 5}
        return jobs

    def fire_timers(self) -> int:
        """Fire whatever is due, the longest due first, and what becomes due by that; returns how many fired."""
        return self._deadlines.fire_timers(self.stop)

    def count_deadlines(self) -> int:
        """Once a night: count open deadlines anew by today's calendars; returns how many moved."""
        return self._deadlines.count()

    def follow_pauses(self) -> int:
        """Count open deadlines anew once a rule about freezes or vacations has changed; returns how many moved."""
        return self._deadlines.follow_pauses()

    def lapse_proposals(self) -> int:
        """Let proposals for rules go that nobody can confirm any more; returns how many."""
        return self._deadlines.lapse_proposals()

    def send_drafts(self) -> int:
        """Send the drafts that waited for the opening, the oldest first; returns how many."""
        return self._deadlines.send_drafts(self.stop)

    def address_notices(self) -> int:
        """Turn what a desk is to hear into notices to its people; returns how many desks were told."""
        return self._errands.drain("notice", self._address)

    def issue_problem_papers(self) -> int:
        """Number the papers of rulings and sheets of inquiry, for every side its own; returns how many decisions."""
        return self._errands.drain(paper_kinds.TOPIC, self._issue)

    def print_papers(self) -> int:
        """Print the certificates that were issued; returns how many."""
        return self._errands.drain("certificate", self._print, limit=5)

    def work_on_imports(self) -> int:
        """Check uploaded workbooks and let confirmed ones in; returns how many."""
        return self._errands.drain("import", self._import, limit=1, lease=IMPORT_LEASE)

    def carry_out_orders(self) -> int:
        """Carry out orders of many decisions whose time to be taken back is over; returns how many orders."""
        return self._errands.drain(orders.TOPIC, self._order, limit=1)

    def put_mails_together(self) -> int:
        """Make one mail for everybody for whom notices are due; returns how many mails."""
        return self._messages.put_mails_together()

    def put_chats_together(self) -> int:
        """Make one message for everybody who wants them on the telephone; returns how many."""
        return self._messages.put_chats_together()

    def try_rules(self) -> int:
        """Carry out the trials of rules that administrators asked for; returns how many."""
        return self._errands.drain("trial", self._try, limit=1, lease=TRIAL_LEASE)

    def deliver_mails(self) -> int:
        """Hand waiting mails to the server; returns how many it accepted."""
        return self._messages.deliver_mails(self.stop)

    def deliver_chats(self) -> int:
        """Hand waiting messages to the gateway of telephones; returns how many it accepted."""
        return self._messages.deliver_chats(self.stop)

    def tell_families(self) -> int:
        """Hand what guardians are told to the gateway of telephones; returns how many messages it accepted."""
        return self._messages.tell_families(self.stop)

    def read_bounces(self) -> int:
        """Read the reports of mails that came back; returns how many messages were read."""
        return self._messages.read_bounces()

    def take_bounces(self) -> int:
        """Do what follows when mails came back, whoever reported it; returns how many mails."""
        return self._messages.take_bounces()

    def watch_queues(self) -> int:
        """Raise the alarm for questions that nobody can answer; returns how many alarms were raised.

        First what somebody has at a desk where he does not sit any more goes back to that desk.
        """
        with reading(self.engine) as session:
            stranded = handing_over.stranded(session, self.now())
        for number in stranded:
            transact(self.engine, partial(handing_over.rescue, person_id=number, now=self.now()))
        with reading(self.engine) as session:
            found = queues.unattended(session, self.now())
        return sum(self._alarm(one) for one in found)

    def look_after_problems(self) -> int:
        """Open the cases of what was found, let new records join, withdraw what is over; returns how many."""
        now = self.now()
        with reading(self.engine) as session:
            found, changed = opening.waiting(session), opening.changed(session)
        for number in found:
            transact(self.engine, partial(opening.open_found, finding_id=number, now=now))
        for no, action in changed:
            transact(self.engine, partial(opening.follow, no=no, action=action, now=now))
        return len(found) + len(changed)

    def compare_records(self) -> int:
        """Look for records like those that came in or were corrected; returns how many errands were done."""
        return self._errands.drain(COMPARE, self._scanning.compare, limit=1, lease=SCAN_LEASE)

    def scan_records(self) -> int:
        """Once a night, or when it was asked for: compare every record with all others; returns how many portions."""
        return self._scanning.scan()

    def drop_needless(self) -> int:
        """End the tasks for other offices whose draft was sent or is gone; returns how many."""
        with reading(self.engine) as session:
            found = settling.needless(session)
        now = self.now()
        return sum(transact(self.engine, partial(settling.drop, no=no, now=now)) for no in found)

    def check_numbers(self) -> int:
        """Once a night: check the numbers of all records; returns how many were looked at."""
        return self._records.check_numbers()

    def look_after_records(self) -> int:
        """Open and end the cases of faulty records and of pupils without number; returns how many."""
        return self._records.look_after()

    def beat(self) -> None:
        """Say that this process is alive."""
        transact(self.engine, lambda session: slots.beat(session, self.node, self.now()))

    def tidy(self) -> int:
        """Once an hour, whoever comes first: delete what has served its time, bury rows that killed their workers."""
        now = self.now()
        slot = slots.slot_of(now, TIDY_EVERY)

        def work(session: Session) -> tuple[int, list[str]]:
            if not slots.take(session, "tidy", slot, self.node, now):
                return 0, []
            gone = slots.tidy(session, now) + outbox.bury_lost(session, now) + policy_trials.forget_old(session, now)
            files = destroy_old(session, day_of(now))
            slots.finish(session, "tidy", slot, self.node, now)
            return gone + len(files), files

        gone, files = transact(self.engine, work)
        for key in files:
            self.house.store.discard(key)
        return gone

    # ---- one row at a time -------------------------------------------------------------------------------------------

    def _address(self, notice: outbox.Errand) -> bool:
        return transact(self.engine, lambda session: notices.address(session, notice, self.now()))

    def _order(self, errand: outbox.Errand) -> bool:
        public_id = str(errand.payload["order"])
        while transact(self.engine, lambda session: orders.next_piece(session, public_id, self.now())):
            transact(self.engine, lambda session: outbox.renew(session, errand, self.now() + outbox.LEASE))
        return transact(self.engine, lambda session: outbox.take(session, errand, self.now()))

    def _try(self, errand: outbox.Errand) -> bool:
        return self._trying.carry_out(errand, self.now())

    def _import(self, errand: outbox.Errand) -> bool:
        return self._importing.carry_out(errand, self.now())

    def _issue(self, errand: outbox.Errand) -> bool:
        def work(session: Session) -> bool:
            if not outbox.take(session, errand, self.now()):
                return False
            case = session.get_one(Case, errand.case_id)
            papers.issue_announced(session, case.no, errand.payload, self.now())
            return True

        return transact(self.engine, work)

    def _print(self, errand: outbox.Errand) -> bool:
        try:
            return self._printing.carry_out(errand, self.now())
        except pdf.PaperRefused as refused:
            why, for_good = str(refused), refused.code not in ("time", "memory", "fault")
            log.error("certificate %s was not printed: %s", errand.recipient, why)
            now = self.now()
            transact(self.engine, lambda session: outbox.fail(session, errand, why, now, permanent=for_good))
            return False

    def _alarm(self, one: queues.Unattended) -> bool:
        log.warning("nobody can answer the question in case %s", one.no)
        return transact(self.engine, lambda session: queues.raise_alarm(session, one, self.now()))


def _calmly(job: Callable[[], object]) -> Callable[[], None]:
    """A busy or absent database is no reason for a traceback: the next run finds the same rows."""

    def run_once() -> None:
        try:
            job()
        except LockTimeout:
            log.debug("%s found the database busy", job.__name__)
        except OperationalError as problem:
            log.warning("%s could not reach the database: %s", job.__name__, type(problem.orig).__name__)

    return run_once
