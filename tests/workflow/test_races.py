"""Several people act at the same moment: exactly one wins, the others hear who it was (promise P4; F1, F2, F18)."""

import datetime as dt
import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models.cases import Case, Event
from models.people import SYSTEM_PERSON_ID
from models.session import LockTimeout, make_engine, transact
from tests.cast import MONDAY, Cast
from tests.consistency import assert_consistent
from tests.decree import decree
from tests.play import Play
from web.bench.clones import clone
from workflow import engine as door
from workflow import reading
from workflow.errors import NotAllowed, NotFound, Refused, Stale, Unmet
from workflow.transfers import facts

RACES, ALL_RACES = 200, 1_000
LOAD_SECONDS, LONG_LOAD_SECONDS = 20, 600
"""For PostgreSQL; a quarter of it on SQLite, where one writes at a time."""
ON_POSTGRES = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
Act = tuple[str, str, dict[str, object]]
ACTS: list[Act] = [
    ("a1:school_leader", "approve", {}),
    ("a1:school_leader", "refuse", {"cause": "没有空余学位", "comment": "满员"}),
    ("a1:school_leader", "return", {"comment": "请补正"}),
    ("a1:school_clerk", "withdraw", {}),
    ("clock", "expire", {}),
]
PAIRS = list(itertools.combinations_with_replacement(ACTS, 2))
_keys = itertools.count(1)


class Race:
    """Lets people act on cases from threads that start together, each with a connection of its own."""

    def __init__(self, engine: Engine, cast: Cast) -> None:
        self.engine, self.cast = engine, cast

    def act(self, no: str, act: Act, seen: int, now: dt.datetime = MONDAY) -> object:
        who, action, values = act
        person = SYSTEM_PERSON_ID if who == "clock" else self.cast.person[who]
        key = f"race-{next(_keys):010d}"

        def work(session: Session) -> door.Outcome:
            return door.do(session, no, action, person, now=now, key=key, seen_revision=seen, values=dict(values))

        try:
            return transact(self.engine, work)
        except (Refused, LockTimeout, DBAPIError) as error:
            return error

    def together(self, pool: ThreadPoolExecutor, acts: list[Callable[[], object]]) -> list[object]:
        start = threading.Barrier(len(acts))

        def run(act: Callable[[], object]) -> object:
            start.wait(10)
            return act()

        return [future.result(30) for future in [pool.submit(run, act) for act in acts]]


@pytest.fixture
def race(engine: Engine, cast: Cast) -> Race:
    return Race(engine, cast)


def sent(session: Session, play: Play, copies: int) -> list[str]:
    """Cases that wait for the receiving school's leader."""
    play.open("a1", "沈明铭").act("a1:school_clerk", "submit")
    numbers = clone(session, play.no, copies)
    session.commit()
    return numbers


def clean(answers: list[object]) -> bool:
    """One outcome; everybody else was told who acted."""
    won = [answer for answer in answers if isinstance(answer, door.Outcome)]
    lost = [answer for answer in answers if isinstance(answer, Stale) and answer.actor and answer.action and answer.at]
    return len(won) == 1 and len(lost) == len(answers) - 1


def test_of_contradicting_decisions_exactly_one_is_made(session: Session, play: Play, race: Race, deep: bool) -> None:
    numbers = sent(session, play, ALL_RACES if deep else RACES)
    wrong = []
    with ThreadPoolExecutor(8) as pool:
        for no, pair in zip(numbers, itertools.cycle(PAIRS), strict=False):
            answers = race.together(pool, [lambda act=act, no=no: race.act(no, act, 1) for act in pair])
            if not clean(answers):
                wrong.append((no, pair, answers))
    assert wrong == []
    assert_consistent(race.engine)


def test_of_eight_people_at_once_exactly_one_wins(session: Session, play: Play, race: Race) -> None:
    numbers = sent(session, play, 10)
    with ThreadPoolExecutor(8) as pool:
        for no in numbers:
            acts = [*ACTS, *ACTS[:3]]
            assert clean(race.together(pool, [lambda act=act, no=no: race.act(no, act, 1) for act in acts]))
    assert_consistent(race.engine)


@ON_POSTGRES
def test_without_the_row_lock_the_race_is_lost(
    session: Session, play: Play, race: Race, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the same race, the lock taken away, both readers let through before either writes."""
    numbers = sent(session, play, 5)
    both_have_read = threading.Barrier(2, timeout=5)

    def unlocked(session: Session, no: str) -> Case:
        with Session(race.engine) as reader:
            case = reader.scalars(select(Case).where(Case.no == no)).one()
        both_have_read.wait()
        return case

    monkeypatch.setattr(reading, "locked", unlocked)
    with ThreadPoolExecutor(2) as pool:
        for no in numbers:
            assert not clean(race.together(pool, [lambda no=no: race.act(no, ACTS[0], 1)] * 2))


def test_a_session_that_read_before_somebody_decided_is_told_so(play: Play, engine: Engine, cast: Cast) -> None:
    """F2: the row in the session is old, the lock reads it anew."""
    play.open("a1", "沈明铭").act("a1:school_clerk", "submit")
    with Session(engine, expire_on_commit=False) as page:
        old = page.scalars(select(Case).where(Case.no == play.no)).one()
        page.commit()
        play.act("a1:school_leader", "approve")
        assert (old.phase, old.revision) == ("receiving_school", 1)
        with pytest.raises(Stale) as stale:
            door.do(page, play.no, "approve", cast.person["a1:school_leader"], now=MONDAY, key="again-000001",
                    seen_revision=1)  # fmt: skip
        page.rollback()
    assert stale.value.revision == 2


def test_the_same_request_eight_times_at_once_has_one_effect(session: Session, play: Play, race: Race) -> None:
    [no] = sent(session, play, 1)
    person = race.cast.person["a1:school_leader"]

    def once() -> object:
        return transact(
            race.engine,
            lambda session: door.do(
                session, no, "approve", person, now=MONDAY, key="one-key-for-eight", seen_revision=1, values={}
            ),
        )

    with ThreadPoolExecutor(8) as pool:
        answers = race.together(pool, [once] * 8)
    assert {(answer.phase, answer.revision) for answer in answers} == {("releasing_school", 2)}
    assert sorted(answer.repeated for answer in answers) == [False] + [True] * 7
    events = select(func.count()).select_from(Event).join(Case).where(Case.no == no, Event.action == "approve")
    assert session.scalar(events) == 1


def two_requests(engine: Engine, cast: Cast) -> list[object]:
    """Two schools send a request for the same pupil in the same moment."""
    plays = [Play(engine, cast).open(school, "沈明铭") for school in ("a1", "b1")]
    race = Race(engine, cast)
    acts = [(f"{school}:school_clerk", "submit", {}) for school in ("a1", "b1")]
    with ThreadPoolExecutor(2) as pool:
        pairs = zip(plays, acts, strict=True)
        return race.together(pool, [lambda p=play, a=act: race.act(p.no, a, 0) for play, act in pairs])


def test_a_pupil_is_asked_for_by_one_school_at_a_time(engine: Engine, cast: Cast) -> None:
    answers = two_requests(engine, cast)
    assert sorted(type(answer) for answer in answers if isinstance(answer, Unmet)) == [Unmet]
    assert [r.guard for answer in answers if isinstance(answer, Unmet) for r in answer.reasons if r.blocks] == ["C2"]
    assert_consistent(engine)


@ON_POSTGRES
def test_without_the_lock_on_the_pupil_two_schools_get_through(
    engine: Engine, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, both = facts.find_pupil, threading.Barrier(2, timeout=5)
    count = facts._count

    def counted(*args: object) -> None:
        count(*args)  # type: ignore[arg-type]
        both.wait()

    monkeypatch.setattr(facts, "find_pupil", lambda *asked, lock=False, **more: look(*asked, **more))
    monkeypatch.setattr(facts, "_count", counted)
    assert [type(answer) for answer in two_requests(engine, cast)] == [door.Outcome, door.Outcome]


@ON_POSTGRES
def test_whoever_waits_too_long_is_told_that_somebody_decides_right_now(
    session: Session, play: Play, race: Race
) -> None:
    [no] = sent(session, play, 1)
    session.scalars(select(Case).where(Case.no == no).with_for_update()).one()
    assert isinstance(race.act(no, ACTS[0], 1), LockTimeout)
    session.rollback()
    assert isinstance(race.act(no, ACTS[0], 1), door.Outcome)


WITHOUT_END: list[Act] = [
    ("a1:school_leader", "approve", {"comment": "同意"}),
    ("a2:school_leader", "return", {"comment": "请补正"}),
    ("a1:school_clerk", "submit", {}),
    ("a1:school_clerk", "submit", {}),
    ("k1:dept_leader", "approve", {}),
    ("a2:school_leader", "refuse", {"cause": "其他"}),
    ("d1:school_leader", "approve", {}),
]
"""The case goes round and round between draft and releasing school; the last three are never allowed."""


@pytest.mark.timeout(2 * LONG_LOAD_SECONDS)
def test_under_load_every_refusal_is_one_of_the_documented_ones(
    database: str, session: Session, play: Play, cast: Cast, deep: bool
) -> None:
    """F18: many people on few cases, pages that are old, returns and sendings: no deadlock, no surprise."""
    numbers = sent(session, play, 6)
    decree(session, "guard.C2", "off")  # the copies are about one pupil
    for guard in ("C4", "C5"):
        decree(session, f"guard.{guard}", "off")
    engine = make_engine(database, pool_size=16, max_overflow=0)
    seconds = (LONG_LOAD_SECONDS if deep else LOAD_SECONDS) / (1 if "postgres" in database else 4)
    race, stop = Race(engine, cast), time.monotonic() + seconds
    known = (door.Outcome, Stale, NotAllowed, NotFound, Unmet, LockTimeout)
    done, surprises = Counter[type](), list[object]()

    def worker(seed: int) -> None:
        chance = random.Random(seed)
        while time.monotonic() < stop:
            no = chance.choice(numbers)
            with Session(engine) as reader:
                seen = reader.scalars(select(Case.revision).where(Case.no == no)).one() - (chance.random() < 0.1)
            answer = race.act(no, chance.choice(WITHOUT_END), seen)
            done[type(answer)] += 1  # a kept refusal would keep its whole traceback: gigabytes in the long lane
            if not isinstance(answer, known):
                surprises.append(answer)

    with ThreadPoolExecutor(12) as pool:
        for future in [pool.submit(worker, seed) for seed in range(12)]:
            future.result()
    assert surprises == []
    assert done[door.Outcome] > 20
    assert_consistent(race.engine)
    engine.dispose()
