"""Makes a demonstration once: database, keys, province or district, accounts, cases. Starting again keeps the data."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.organisations import Organisation
from models.people import SYSTEM_PERSON_ID, Person
from models.policies import Policy
from models.session import make_engine, reading, transact
from web import foundation
from web.config import Settings
from web.demo import accounts, problem_stories, province, stories
from web.demo.pupils import Rolls
from web.demo.stage import Stage
from workflow import closing, organisations, policy_proposals, processes
from workflow.calendar import day_of
from workflow.engine import actor_of
from workflow.errors import Unacceptable
from workflow.policy_changes import Setting
from workflow.settings import is_demo, mark_demo
from workflow.storage import Store
from workflow.world import touch, world_of

Progress = Callable[[], object]
DISTRICT_FILE = "organisations.json"


class NotADemo(Exception):
    """The data folder or database already holds something that no demo made."""


@dataclass(frozen=True)
class Plan:
    """What to make, if there is nothing yet."""

    settings: Settings
    now: dt.datetime
    district: Path | None = None

    @property
    def today(self) -> dt.date:
        return day_of(self.now)


def set_up(plan: Plan, done: Progress = lambda: None) -> bool:
    """Bring database and keys up to date and load the sample or district if there is none; tells whether it did.

    Raises NotADemo for data that no demo made, Unacceptable for a district file that cannot be taken. Everything is
    loaded in one transaction: a set-up that was interrupted leaves nothing and begins anew.
    """
    settings = plan.settings
    entries = _district(plan.district) if plan.district else None
    foundation.upgrade(settings)
    engine = make_engine(settings.database_url)
    try:
        with reading(engine) as session:
            known = is_demo(session)
            people = session.scalar(select(func.count()).where(Person.id != SYSTEM_PERSON_ID))
        if people and not known:
            raise NotADemo
        if known:
            transact(engine, lambda session: processes.publish(session, plan.now))
            return False
        foundation.hand_in_keys(settings)
        transact(engine, lambda session: _load(session, plan, entries, done))
    finally:
        engine.dispose()
    return True


def _district(folder: Path) -> list[organisations.OfficeEntry]:
    path = folder / DISTRICT_FILE
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise Unacceptable("district", f"没有找到 {path}") from None
    except (UnicodeDecodeError, ValueError):
        raise Unacceptable("district", f"{path} 不是 JSON 文件") from None
    return organisations.read(data, demo=True)


def _load(
    session: Session, plan: Plan, entries: list[organisations.OfficeEntry] | None, done: Progress
) -> None:
    mark_demo(session, "district" if entries else "sample", plan.now)
    foundation.lay(session, plan.now)
    year = province.school_year_of(plan.today)
    registrar = accounts.Registrar(session, plan.settings, plan.now, since=dt.date(year - 1, 9, 1))
    if entries:
        _load_district(session, registrar, entries, done)
    else:
        _load_sample(session, plan, registrar, year, done)
    accounts.write(plan.settings.data_dir, registrar.accounts)


def _load_district(
    session: Session, registrar: accounts.Registrar, entries: list[organisations.OfficeEntry], done: Progress
) -> None:
    organisations.load(session, entries)
    for office in session.scalars(select(Organisation).order_by(Organisation.id)):
        registrar.staff(office, office.code, top=office.parent_id is None)
        done()


def _load_sample(
    session: Session, plan: Plan, registrar: accounts.Registrar, year: int, done: Progress
) -> None:
    organisations.load(session, organisations.read(province.organisations(year), demo=True))
    by_code = {office.code: office for office in session.scalars(select(Organisation))}
    offices = {short: by_code[code] for short, code in province.CODES.items()}
    for short, office in offices.items():
        registrar.staff(office, short, top=office.parent_id is None, second_leader=short == "langxing")
        done()
    _always_open(session, offices["lanchuan"], registrar.since, plan.now)
    rolls = Rolls(session, offices, year, plan.now, plan.today)
    rolls.enter_all()
    found = rolls.enter_groups()
    stage = Stage(session, Store(plan.settings.files_dir), offices, rolls.numbers, year, plan.today)
    stage.newcomer("韩雪晴", "female", 4, 301)
    stage.newcomer("陆星辰", "male", 5, 302)
    stories.play(stage, done)
    problem_stories.play(stage, found, done)
    _reorganise(session, stage)
    _propose_a_rule(session, offices["qiyun"].id, plan.now)
    _close_books(registrar, {province.CODES[province.MERGED], province.CODES[province.CLOSED]})


def _always_open(session: Session, top: Organisation, since: dt.date, now: dt.datetime) -> None:
    """Let the province receive transfers all the year round, so that the demo can be tried on any day."""
    session.add(
        Policy(
            key="transfer.windows",
            org_id=top.id,
            value={"value": [{"from": "01-01", "to": "12-31"}]},
            valid_from=since,
            source="演示省份：全年受理转学",
            created_by=SYSTEM_PERSON_ID,
            created_at=now,
        )
    )
    session.flush()
    touch(session, "policy")


def _propose_a_rule(session: Session, office_id: int, now: dt.datetime) -> None:
    """Let one security administrator ask for a shorter term in one county; the other one finds it on the page."""
    proposer = session.scalars(select(Person.id).where(Person.username == "lanchuan.secadmin")).one()
    actor, world = actor_of(session, proposer, day_of(now)), world_of(session)
    since = day_of(now) + dt.timedelta(days=14)
    wanted = Setting("node.transfer", 7, "栖云区教育局〔演示〕1号：压缩转学办理时间", since)
    reason = "区内各校平均三天办结，十天的期限没有必要"
    policy_proposals.propose(session, actor, world, world.office(office_id), wanted, reason, now)


def _reorganise(session: Session, stage: Stage) -> None:
    """Merge one school while a case waits there, and close a teaching point without pupils."""
    now = stage.moment(5)
    old, new = stage.offices[province.MERGED], stage.offices[province.SUCCESSOR]
    closing.merge(session, old, new, day_of(now), ordered_by=None, now=now)
    closing.close(session, stage.offices[province.CLOSED], day_of(now))


def _close_books(registrar: accounts.Registrar, gone: set[str]) -> None:
    """Officers of schools that no longer exist are not in the list: they cannot do anything any more."""
    registrar.accounts[:] = [account for account in registrar.accounts if account.organisation not in gone]
