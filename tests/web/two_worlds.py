"""Two worlds in one province that know nothing of each other, and everybody who might try to look across.

World A: a1 takes pupils in from a2 (county k1, city1). World D: e1 (division) takes one in from d1 (county k3, city2).
In each world two schools of two counties hold one number; a1 and a2 have records that only look alike.
"""

import datetime as dt
import re
from dataclasses import dataclass, field

from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models.base import Base
from models.cases import Case
from models.certificates import Certificate
from models.evidence import Evidence
from models.organisations import Organisation
from models.people import Person, Post
from models.session import reading, transact
from models.students import Student
from tests import scans
from tests.cast import MONDAY
from tests.dispute import CLAIM_PAPERS, Dispute
from tests.play import Play
from tests.web.door import Door, csrf_of, fresh_key
from workflow import evidence, people, talk
from workflow.calendar import day_of
from workflow.imports.batches import new_batch
from workflow.world import world_of

TODAY = day_of(MONDAY)
LONG_AGO = dt.date(2024, 9, 1)
EXTRA_POSTS = (
    ("a1", "check_operator"),
    ("a1", "class_teacher"),
    ("prov", "auditor"),
    ("prov", "system_admin"),
    ("prov", "security_admin"),
    ("k1", "system_admin"),
    ("k2", "security_admin"),
)
DISABLED, YESTERDAY, ANONYMOUS = "disabled", "yesterday", "anonymous"
MARKS = {
    "A talk": "甲区留言金丝雀",
    "D talk": "丁区留言金丝雀",
    "A scan": "甲区扫描金丝雀.jpg",
    "D scan": "丁区扫描金丝雀.jpg",
    "A waiting": "甲校待用金丝雀.pdf",
    "D waiting": "丁校待用金丝雀.pdf",
    "A batch": "甲校表格金丝雀.xlsx",
    "D batch": "丁校表格金丝雀.xlsx",
    "A note": "甲校草稿金丝雀",
    "D note": "丁校草稿金丝雀",
    "P a1": "甲校佐证金丝雀.pdf",
    "P b1": "乙校佐证金丝雀.pdf",
    "Q d1": "丁校佐证金丝雀.pdf",
    "Q e1": "戊校佐证金丝雀.pdf",
}
TWICE = {
    "P": (("a1", "甲金雀"), ("b1", "乙金雀")),
    "Q": (("d1", "丁金雀"), ("e1", "戊金雀")),
    "N": (("a1", "近金雀"), ("a2", "近全雀")),
}
"""Records that share a number (P, Q) or look alike (N): no side may read the other's."""
QUIET = {"attempt", "access_entry", "web_session"}
"""Tables in which reading and refusing leave a line."""


@dataclass
class Visitor:
    """Somebody with a browser and a token, or with neither."""

    name: str
    browser: FlaskClient
    token: str = ""
    csrf: str = ""

    def ask(self, method: str, path: str, **options: object) -> TestResponse:
        """Send a page's form with its CSRF token, or an API call with token and a fresh key."""
        headers = {"X-CSRFToken": self.csrf}
        if path.startswith("/api/"):
            headers = {"Idempotency-Key": fresh_key()}
            if self.token:
                headers["Authorization"] = f"Bearer {self.token}"
        return self.browser.open(path, method=method, headers=headers, **options)  # type: ignore[arg-type]


@dataclass
class Worlds:
    """What there is to look at, by name: `cases["A run"]`, `pupils["丁思欣"]`, and the words that must not travel."""

    door: Door
    cases: dict[str, str] = field(default_factory=dict)
    papers: dict[str, str] = field(default_factory=dict)
    certificates: dict[str, str] = field(default_factory=dict)
    batches: dict[str, str] = field(default_factory=dict)
    pupils: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    pairs: dict[str, str] = field(default_factory=dict)
    offices: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    visitors: dict[str, Visitor] = field(default_factory=dict)

    def rows(self) -> dict[str, int]:
        """Count every table in which something would stand if a refused request had left something behind."""
        tables = [table for table in Base.metadata.sorted_tables if table.name not in QUIET]
        counts = (select(func.count()).select_from(table).scalar_subquery().label(table.name) for table in tables)
        with reading(self.door.house.engine) as session:
            return dict(session.execute(select(*counts)).one()._mapping)


def build(door: Door) -> Worlds:
    """Play both worlds to the point where there is something of every kind in each."""
    worlds = Worlds(door)
    _cases(door, worlds)
    _problems(door, worlds)
    transact(door.house.engine, lambda session: _talk_and_batches(session, door, worlds))
    for world, school in (("A", "a1"), ("D", "e1")):
        worlds.papers[f"{world} scan"] = _scan(door, worlds, world, school)
        worlds.papers[f"{world} waiting"] = _waiting(door, world, school)
    with reading(door.house.engine) as session:
        _names(session, door, worlds)
    return worlds


def _cases(door: Door, worlds: Worlds) -> None:
    engine, cast = door.house.engine, door.cast
    done = Play(engine, cast).open("a1", "沈明铭")
    done.act("a1:school_clerk", "submit")
    for who in ("a1:school_leader", "a2:school_leader", "k1:dept_leader"):
        done.act(who, "approve")
    done.act("a1:school_clerk", "confirm_arrival", on_date="2025-09-01")
    worlds.cases["A done"] = done.no
    for world, school, pupil, grade in (("A", "a1", "古丽娜尔·艾合买提", 5), ("D", "e1", "卢天志", 4)):
        run = Play(engine, cast).open(school, pupil, target_grade=grade)
        run.act(f"{school}:school_clerk", "submit")
        worlds.cases[f"{world} run"] = run.no
        draft = Play(engine, cast).open(school, pupil, target_grade=grade, reason_note=MARKS[f"{world} note"])
        worlds.cases[f"{world} draft"] = draft.no


def _problems(door: Door, worlds: Worlds) -> None:
    """P has been answered and reviewed by both sides; Q by the first; N is nobody's case yet."""
    for place, name in enumerate(TWICE):
        dispute = Dispute(door.house.engine, door.cast)
        dispute.sequence += place * 10
        if name == "N":
            worlds.pairs[name] = dispute.near(*TWICE[name])
            continue
        dispute.about(*TWICE[name])
        worlds.problems[name] = dispute.no
        for school, _ in TWICE[name]:
            dispute.paper(school, *CLAIM_PAPERS, file_name=MARKS[f"{name} {school}"])
        for side in (1, 2) if name == "P" else (1,):
            dispute.act(f"{dispute.schools[side - 1]}:school_clerk", "answer_claim", side=side)
            dispute.accept(side)


def _talk_and_batches(session: Session, door: Door, worlds: Worlds) -> None:
    cast, world = door.cast, world_of(session)
    for name, school in (("A", "a1"), ("D", "e1")):
        person = cast.person[f"{school}:school_clerk"]
        talk.say(session, worlds.cases[f"{name} run"], person, MARKS[f"{name} talk"], MONDAY)
        office = world.office(cast.org[school])
        batch = new_batch(person, office, MARKS[f"{name} batch"], name.encode() * 32, MONDAY)
        batch.state = "checked"
        session.add(batch)
        session.flush()
        batch.report = {"notes": [], "faults": [], "findings": []}
        worlds.batches[name] = batch.public_id


def _scan(door: Door, worlds: Worlds, world: str, school: str) -> str:
    with reading(door.house.engine) as session:
        case = session.scalars(select(Case).where(Case.no == worlds.cases[f"{world} run"])).one()
        actor = door.cast.actor(session, f"{school}:school_leader")

    def work(session: Session) -> str:
        return evidence.take_in(
            session, door.house.store, actor=actor, org_id=door.cast.org[school], kind="户口簿",
            file_name=MARKS[f"{world} scan"], content=scans.picture(size=(300, 300)), now=MONDAY, case=case,
        ).public_id  # fmt: skip

    return transact(door.house.engine, work)


def _waiting(door: Door, world: str, school: str) -> str:
    public_id = door.papers(school, ("户口簿",))[0]
    rename = update(Evidence).where(Evidence.public_id == public_id).values(file_name=MARKS[f"{world} waiting"])
    transact(door.house.engine, lambda session: session.execute(rename))
    return public_id


def _names(session: Session, door: Door, worlds: Worlds) -> None:
    paper = session.scalars(select(Certificate)).one()
    worlds.certificates["A"] = paper.public_id
    worlds.numbers |= {"A certificate": paper.number, "A code": paper.code}
    worlds.numbers |= {f"{name} no": no for name, no in worlds.cases.items()}
    for name, number in door.cast.pupil.items():
        worlds.pupils[name] = session.get_one(Student, number).public_id
    for short, number in door.cast.org.items():
        worlds.offices[short] = session.get_one(Organisation, number).public_id
    for who, number in door.cast.person.items():
        worlds.people[who] = session.get_one(Person, number).public_id


def let_in(worlds: Worlds, who: tuple[str, ...]) -> None:
    """Sign everybody in; then disable one account and end one post, so that the sessions are older than the change."""
    door = worlds.door
    transact(door.house.engine, lambda session: _appoint(session, door))
    for name in who:
        worlds.visitors[name] = _visitor(door, name)
    transact(door.house.engine, lambda session: _fall(session, door))


def _visitor(door: Door, name: str) -> Visitor:
    if name == ANONYMOUS:
        client = door.app.test_client()
        return Visitor(name, client, "", csrf_of(client.get("/login")))
    client = door.browser(name)
    return Visitor(name, client, door.token(name), csrf_of(client.get("/password")))


def _appoint(session: Session, door: Door) -> None:
    cast = door.cast
    for place, role in (*EXTRA_POSTS, ("a1", DISABLED), ("a1", YESTERDAY)):
        person = people.add(session, f"{place}-{role.replace('_', '.')}", "周全", MONDAY)
        held = "school_clerk" if role in (DISABLED, YESTERDAY) else role
        room = cast.room[(place, 5)].id if role == "class_teacher" else None
        session.flush()
        session.add(Post(person_id=person.id, org_id=cast.org[place], role=held, class_id=room, valid_from=LONG_AGO))
        cast.person[role if role in (DISABLED, YESTERDAY) else f"{place}:{role}"] = person.id


def _fall(session: Session, door: Door) -> None:
    session.get_one(Person, door.cast.person[DISABLED]).disabled_at = MONDAY
    ended = update(Post).where(Post.person_id == door.cast.person[YESTERDAY])
    session.execute(ended.values(valid_to=TODAY - dt.timedelta(days=1)))


def plain(answer: TestResponse) -> str:
    """Return a page without what is new in every answer."""
    return re.sub(r"[0-9a-zA-Z_.+-]{16,}|/[\w./%-]+", "", answer.get_data(as_text=True))
