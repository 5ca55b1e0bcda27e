"""Random stories, played on SQLite and PostgreSQL at once: both answer alike (P12), what is open is exactly what was
declared (F6), and after every command every desk shows exactly its work (F15)."""

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models import crypto
from models.cases import Case, WorkItem
from models.people import SYSTEM_PERSON_ID
from models.session import make_engine, reading, transact
from models.students import Enrolment
from tests import postgres
from tests.cast import MONDAY, Cast, build
from tests.consistency import assert_consistent
from tests.play import Play
from workflow import acts, inbox, processes, rights
from workflow import engine as door
from workflow.errors import NotAllowed, NotFound, Refused, Unmet
from workflow.processes.transfer import Transfer
from workflow.world import world_of

VALUES: dict[str, list[dict[str, Any]]] = {
    "refuse": [{"cause": "其他", "comment": "不同意"}, {"cause": "材料不真实", "comment": "不符"}, {"cause": "其他"}],
    "return": [{"comment": "请补正"}, {}],
    "reassign_target": [{"to": "2199000002", "to_class": "2023101", "comment": "统筹"}, {"to": "2199000001"}],
    "confirm_arrival": [{"on_date": "2025-09-01"}, {"on_date": "2026-09-01"}],
    "record_milestone": [{"result": "agreed", "on_date": "2025-09-01"}],
}
PEOPLE = [
    "a1:school_clerk", "a1:school_leader", "a2:school_leader", "a2:school_clerk", "b1:school_leader", "k1:dept_leader",
    "k2:dept_leader", "city1:dept_leader", "d1:school_leader", "clock",
]  # fmt: skip
RECALL = acts.COMMON["recall"]
_keys = itertools.count(1)


@dataclass
class Twin:
    """One of the two databases with the same cast in it."""

    engine: Engine
    cast: Cast
    ring: crypto.KeyRing
    play: Play = field(init=False)

    def begin(self) -> None:
        """Open a fresh request; whatever an earlier story left open is withdrawn, and the pupil back where he was."""
        crypto.use(self.ring)
        transact(self.engine, self._as_at_first)
        self.play = Play(self.engine, self.cast).open("a1", "𠮷田䶮", target_grade=3)

    def _as_at_first(self, session: Session) -> None:
        clerk = self.cast.person["a1:school_clerk"]
        open_ones = select(Case.no, Case.revision).where(Case.closed_at.is_(None), Case.process == "transfer")
        for no, seen in session.execute(open_ones).all():
            door.do(session, no, "withdraw", clerk, now=MONDAY, key=f"property-{next(_keys):08d}", seen_revision=seen)
        spells = select(Enrolment).where(Enrolment.student_id == self.cast.pupil["𠮷田䶮"]).order_by(Enrolment.id)
        first, *later = session.scalars(spells)
        for spell in later:
            session.delete(spell)
        session.flush()
        first.ended_on = first.end_code = None

    def act(self, who: str, action: str, values: dict[str, Any], key: str) -> tuple[Any, ...]:
        crypto.use(self.ring)
        person = SYSTEM_PERSON_ID if who == "clock" else self.cast.person[who]
        seen = self.play.case().revision

        def work(session: Session) -> door.Outcome:
            return door.do(
                session, self.play.no, action, person, now=MONDAY, key=key, seen_revision=seen, values=dict(values)
            )

        try:
            outcome = transact(self.engine, work)
        except Unmet as refused:
            return ("Unmet", *sorted((r.guard, r.field, r.message) for r in refused.reasons))
        except NotAllowed as refused:
            return ("NotAllowed", refused.why)
        except Refused as refused:
            return (type(refused).__name__,)
        return (outcome.phase, outcome.revision)

    def legal(self) -> list[tuple[str, str]]:
        """Everything somebody may do now."""
        crypto.use(self.ring)
        found = []
        with reading(self.engine) as session:
            world = world_of(session)
            for who in PEOPLE[:-1]:
                actor = door.actor_of(session, self.cast.person[who], MONDAY.date())
                try:
                    step = door.look(session, self.play.no, actor, world, MONDAY)
                except NotFound:
                    continue
                found += [(who, option.action) for option in door.options(step) if option.allowed]
                if rights.offered(step, RECALL) and not list(rights.against(step, RECALL)):
                    found.append((who, RECALL.name))
        return found

    def check(self) -> None:
        """What is open belongs to phase, round and turn; every desk shows exactly that."""
        with reading(self.engine) as session:
            case = session.scalars(select(Case).where(Case.no == self.play.no)).one()
            items = session.scalars(select(WorkItem).where(WorkItem.case_id == case.id, WorkItem.open)).all()
            final = processes.of(case).phases[case.phase].final
            assert len(items) == (0 if final or case.submitted_at is None else 1)
            assert all((i.phase, i.round, i.turn) == (case.phase, case.round, case.turn) for i in items)
            for who in PEOPLE[:-1]:
                actor = door.actor_of(session, self.cast.person[who], MONDAY.date())
                shown = {line.item.id for line in inbox.todo(session, actor, limit=200) if line.id == case.id}
                assert shown == {item.id for item in items if item.queue in actor.queues}


@pytest.fixture(scope="module")
def twins(
    sqlite_template: Path, postgres_server: postgres.Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Twin]]:
    path = tmp_path_factory.mktemp("twins") / "twin.db"
    shutil.copyfile(sqlite_template, path)
    name = f"twins_{path.parent.name.replace('-', '_')}"
    postgres_server.create(name, postgres_server.migrated_template())
    pair = []
    for url in (f"sqlite:///{path}", postgres_server.url(name, postgres.APP)):
        engine = make_engine(url)
        with Session(engine.execution_options(writes=True), expire_on_commit=False) as session:
            cast = build(session)
        pair.append(Twin(engine, cast, crypto.current()))
    assert pair[0].cast.org == pair[1].cast.org
    yield pair
    for twin in pair:
        crypto.use(twin.ring)
        assert_consistent(twin.engine)
        twin.engine.dispose()
    postgres_server.drop(name)


@settings(max_examples=settings.default.max_examples // 5)
@given(data=st.data())
def test_random_stories_are_the_same_on_both_databases_and_leave_every_desk_right(
    twins: list[Twin], data: st.DataObject
) -> None:
    for twin in twins:
        twin.begin()
    for _ in range(10):
        legal = twins[0].legal()
        assert legal == twins[1].legal()
        wild = data.draw(st.booleans()) or not legal
        anything = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(sorted(Transfer.actions)))
        who, action = data.draw(anything if wild else st.sampled_from(legal))
        values = data.draw(st.sampled_from(VALUES.get(action, [{}])))
        key = f"property-{next(_keys):08d}"
        answers = [twin.act(who, action, values, key) for twin in twins]
        assert answers[0] == answers[1]
        for twin in twins:
            twin.check()
        if twins[0].play.case().closed_at:
            break
