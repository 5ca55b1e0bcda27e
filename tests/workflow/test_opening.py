"""Drafts that wait for the opening: sent by themselves, in the order in which they were begun, each once."""

import datetime as dt
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from models.cases import Case, Event, Timer
from models.outbox import OutboxRow
from models.people import Post
from models.policies import Policy
from models.session import make_engine, transact
from tests.cast import MONDAY, Cast, add_pupil
from tests.consistency import assert_consistent
from tests.decree import decree
from tests.play import Play
from tests.web.door import settings_for
from tests.workflow.test_timers import told
from web.database import House
from web.worker import Worker
from workflow.calendar import SHANGHAI, due_instant
from workflow.errors import NotAllowed, Unmet
from workflow.transfers import admission
from workflow.transfers import waiting as queue
from workflow.world import touch, world_of

D = dt.date
Ask = Callable[[Any], list[Any]]
NOVEMBER = dt.datetime(2025, 11, 3, 1, tzinfo=dt.UTC)
"""A Monday between the windows; the next one opens on 15 January."""
OPENS = D(2026, 1, 15)
SENT = select(OutboxRow.case_id).where(OutboxRow.payload["purpose"].as_string() == "draft_sent").order_by(OutboxRow.id)
"""Cases in the order in which they were sent."""
MIDNIGHT = due_instant(D(2026, 1, 14))


def opening_bell(day: D) -> dt.datetime:
    """Return the first moment of a day in Shanghai."""
    return dt.datetime.combine(day, dt.time(), SHANGHAI).astimezone(dt.UTC)


def draft(engine: Engine, cast: Cast, pupil: str = "沈明铭", **values: Any) -> Play:
    return Play(engine, cast, NOVEMBER).open("a1", pupil, **values)


def waiting(engine: Engine, cast: Cast, pupil: str = "沈明铭") -> Play:
    play = draft(engine, cast, pupil)
    play.act("a1:school_clerk", "wait_for_opening")
    return play


@pytest.fixture
def desk(engine: Engine, database: str, tmp_path: Path) -> "Desk":
    return Desk(database, engine, tmp_path)


class Desk:
    """A worker whose clock a test moves."""

    def __init__(self, database: str, engine: Engine, folder: Path) -> None:
        self.now = NOVEMBER
        self.worker = Worker(House(settings_for(database, folder), engine, demo=False), lambda: self.now)

    def work(self, now: dt.datetime) -> int:
        self.now = now
        return self.worker.send_drafts()


def test_a_draft_saved_between_the_windows_is_sent_at_midnight_of_the_opening(
    engine: Engine, cast: Cast, desk: Desk, ask: Ask
) -> None:
    play = waiting(engine, cast)
    assert opening_bell(OPENS) == MIDNIGHT
    assert desk.work(MIDNIGHT - dt.timedelta(seconds=1)) == 0
    assert play.phase == "draft"
    assert desk.work(MIDNIGHT) == 1
    assert play.phase == "receiving_school"
    sent = ask(select(Event).where(Event.action == "submit"))[0]
    assert (sent.actor_id, sent.at) == (cast.person["a1:school_clerk"], MIDNIGHT)
    assert play.case().state["submitted_by"] == cast.person["a1:school_clerk"]
    assert told(play, "opened") == [("draft_sent", f"{cast.org['a1']}:school_clerk")]
    assert "waiting" not in play.case().state
    assert desk.work(MIDNIGHT) == 0
    assert_consistent(engine)


def test_only_what_is_complete_but_for_the_time_may_wait(engine: Engine, cast: Cast) -> None:
    play = draft(engine, cast, papers=())
    with pytest.raises(Unmet) as refused:
        play.act("a1:school_clerk", "wait_for_opening")
    blocking = {reason.guard for reason in refused.value.reasons if reason.blocks}
    assert blocking == {"C5"}, "all that stands against it but the time"


def test_where_it_is_open_there_is_nothing_to_wait_for(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast, MONDAY).open("a1", "沈明铭")
    with pytest.raises(Unmet) as refused:
        play.act("a1:school_clerk", "wait_for_opening")
    assert refused.value.reasons[-1].message == "现在就在受理时段内，请直接提交"


def test_where_nothing_was_announced_there_is_nothing_to_wait_for(engine: Engine, session: Session, cast: Cast) -> None:
    freezes = [{"from": f"{year}-01-01", "to": f"{year}-12-31"} for year in range(2025, 2028)]
    decree(session, "transfer.freezes", freezes)
    with pytest.raises(Unmet) as refused:
        waiting(engine, cast)
    assert "主管部门还没有公布下一次受理时间" in [reason.message for reason in refused.value.reasons]


def test_only_the_clerk_of_the_school_chooses_and_he_can_take_it_back(engine: Engine, cast: Cast, desk: Desk) -> None:
    play = draft(engine, cast)
    with pytest.raises(NotAllowed):
        play.act("a1:school_leader", "wait_for_opening")
    play.act("a1:school_clerk", "wait_for_opening")
    with pytest.raises(NotAllowed):
        play.act("a1:school_clerk", "wait_for_opening")
    play.act("a1:school_clerk", "stop_waiting")
    assert desk.work(MIDNIGHT) == 0
    assert play.phase == "draft"
    assert_consistent(engine)


def test_what_stands_against_it_then_is_told_with_all_reasons_and_the_draft_stays(
    engine: Engine, session: Session, cast: Cast, desk: Desk, ask: Ask
) -> None:
    play = waiting(engine, cast)
    decree(session, "class.size", {stage: {"warn": 1, "block": 1} for stage in ("primary", "junior", "senior")})
    decree(session, "transfer.evidence", {"all": ["转学申请", "户口簿", "体检表"], "any": ["居住证明"]})
    assert desk.work(MIDNIGHT) == 0
    assert play.phase == "draft"
    assert told(play, "not_sent") == [("draft_not_sent", f"{cast.org['a1']}:school_clerk")]
    (event,) = ask(select(Event).where(Event.action == "not_sent"))
    assert event.body["items"] == ["还缺材料：体检表", "5年级1班转入后将有2人，达到大班额，不能接收"]
    assert desk.work(MIDNIGHT) == 0, "it does not try again by itself"
    assert_consistent(engine)


def test_one_who_has_left_his_post_sends_nothing(engine: Engine, cast: Cast, desk: Desk, ask: Ask) -> None:
    play = waiting(engine, cast)
    ended = update(Post).where(Post.person_id == cast.person["a1:school_clerk"]).values(valid_to=D(2025, 12, 31))
    transact(engine, lambda session: session.execute(ended))
    desk.work(MIDNIGHT)
    assert play.phase == "draft"
    (event,) = ask(select(Event).where(Event.action == "not_sent"))
    assert event.body["items"] == ["定下自动提交的人已不在学籍管理员岗位上，请重新提交"]


def test_drafts_go_in_the_order_in_which_they_were_begun_not_in_that_of_the_wishes(
    engine: Engine, cast: Cast, desk: Desk, ask: Ask
) -> None:
    first, second = draft(engine, cast), draft(engine, cast, "古丽娜尔·艾合买提")
    for play in (second, first):
        play.act("a1:school_clerk", "wait_for_opening")
    desk.work(MIDNIGHT)
    assert ask(SENT) == [first.case().id, second.case().id]


def test_an_opening_that_is_put_off_puts_the_draft_off(
    engine: Engine, session: Session, cast: Cast, desk: Desk, ask: Ask
) -> None:
    play = waiting(engine, cast)
    decree(session, "transfer.freezes", [{"from": "2026-01-10", "to": "2026-01-31"}])
    desk.now = NOVEMBER
    assert desk.worker.follow_pauses() == 1
    february = opening_bell(D(2026, 2, 1))
    assert ask(select(Timer.due_at).where(Timer.kind == "send")) == [february]
    assert play.case().state["waiting"]["opens"] == "2026-02-01"
    assert desk.work(february) == 1
    assert play.phase == "receiving_school"
    assert_consistent(engine)


def test_a_freeze_nobody_counted_yet_only_puts_the_draft_off(
    engine: Engine, session: Session, cast: Cast, desk: Desk
) -> None:
    play = waiting(engine, cast)
    decree(session, "transfer.freezes", [{"from": "2026-01-10", "to": "2026-01-31"}])
    desk.work(MIDNIGHT)
    assert play.phase == "draft"
    desk.work(opening_bell(D(2026, 2, 1)))
    assert play.phase == "receiving_school"


def test_a_freeze_that_is_lifted_lets_the_draft_go_at_once(
    engine: Engine, session: Session, cast: Cast, desk: Desk
) -> None:
    rule = decree(session, "transfer.freezes", [{"from": "2025-09-01", "to": "2025-09-14"}])
    play = Play(engine, cast, MONDAY).open("a1", "沈明铭")
    play.act("a1:school_clerk", "wait_for_opening")

    def lift(session: Session) -> None:
        session.execute(update(Policy).where(Policy.id == rule.id).values(valid_to=D(2025, 9, 2)))
        touch(session, "policy")

    transact(engine, lift)
    desk.now = opening_bell(D(2025, 9, 3))
    assert desk.worker.follow_pauses() == 1
    assert desk.worker.send_drafts() == 1
    assert play.phase == "receiving_school"


def test_a_draft_sent_or_withdrawn_by_hand_is_left_alone(engine: Engine, cast: Cast, desk: Desk, ask: Ask) -> None:
    by_hand, gone = waiting(engine, cast), waiting(engine, cast, "古丽娜尔·艾合买提")
    gone.act("a1:school_clerk", "withdraw")
    by_hand.now = MIDNIGHT + dt.timedelta(seconds=1)
    by_hand.act("a1:school_clerk", "submit")
    desk.work(MIDNIGHT + dt.timedelta(minutes=1))
    assert ask(select(func.count()).select_from(Event).where(Event.action == "submit")) == [1]
    assert ask(select(Timer.id).where(Timer.kind == "send", Timer.fired_at.is_(None))) == []
    assert_consistent(engine)


def test_two_workers_send_every_draft_once_and_in_order(
    engine: Engine, database: str, session: Session, cast: Cast, tmp_path: Path, ask: Ask
) -> None:
    """Both begin at the opening; one of them dies in the middle of a draft, which the other then sends."""
    names = [f"周小{digit}" for digit in "一二三四五六七八"]
    for number, name in enumerate(names):
        add_pupil(session, cast, "a2", name, "male", grade=5, sequence=300 + number)
    session.commit()
    plays = [waiting(engine, cast, name) for name in names]
    with pytest.raises(InterruptedError):
        transact(engine, _die_in_the_middle)
    sent: list[int] = []

    def work() -> None:
        own = make_engine(database)
        worker = Worker(House(settings_for(database, tmp_path), own, demo=False), lambda: MIDNIGHT)
        sent.append(worker.send_drafts())
        own.dispose()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sent) >= len(plays)
    submitted = ask(select(Case.no).join(Event, Event.case_id == Case.id).where(Event.action == "submit"))
    assert sorted(submitted) == sorted(play.no for play in plays)
    assert ask(SENT) == [play.case().id for play in plays]
    assert_consistent(engine)


def _die_in_the_middle(session: Session) -> None:
    assert queue.send_next(session, MIDNIGHT)
    raise InterruptedError


# ---- when it is open -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "is_open", "until", "opens"),
    [
        (D(2025, 9, 1), True, D(2025, 9, 15), None),
        (D(2025, 9, 16), False, D(2026, 1, 14), D(2026, 1, 15)),
        (D(2026, 1, 15), True, D(2026, 3, 15), None),
        (D(2026, 3, 16), False, D(2026, 6, 30), D(2026, 7, 1)),
    ],
)
def test_the_windows_say_until_when_it_is_open_and_when_it_opens_next(
    session: Session, cast: Cast, day: D, is_open: bool, until: D, opens: D | None
) -> None:
    world = world_of(session)
    found = admission.on(world, world.office(cast.org["k1"]), day, "primary")
    assert (found.is_open, found.until, found.opens) == (is_open, until, opens)


def test_a_freeze_cuts_a_window_and_a_place_that_only_warns_is_open_all_the_year(session: Session, cast: Cast) -> None:
    decree(session, "transfer.freezes", [{"from": "2025-09-08", "to": "2025-09-10"}])
    decree(session, "guard.T6", "warn", cast.org["k2"])
    world = world_of(session)
    k1, k2 = world.office(cast.org["k1"]), world.office(cast.org["k2"])
    cut = admission.on(world, k1, D(2025, 9, 9), "primary")
    assert (cut.is_open, cut.opens, cut.freeze) == (False, D(2025, 9, 11), (D(2025, 9, 8), D(2025, 9, 10)))
    assert admission.on(world, k2, D(2025, 11, 3), "primary").is_open
    assert not admission.on(world, k2, D(2025, 9, 9), "primary").is_open
