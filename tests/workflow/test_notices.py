"""Notices and mails: everybody hears once, in the way he chose, and a mail keeps what it holds."""

import datetime as dt
import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from models.messages import Mail, MessageSetting, Notice
from models.outbox import OutboxRow
from models.people import Person, Post
from models.session import reading, transact
from tests.cast import MONDAY, Cast, build
from tests.play import Play
from tests.workflow.test_deputies import stand_in
from workflow import mails, message_choices, notices, outbox
from workflow.calendar import SHANGHAI
from workflow.engine import do
from workflow.errors import Unmet
from workflow.message_choices import GATHERING, GROUPS, PAUSE, Wishes

D = dt.date
SECOND, MINUTE, DAY = dt.timedelta(seconds=1), dt.timedelta(minutes=1), dt.timedelta(days=1)


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


def address_all(engine: Engine, now: dt.datetime = MONDAY) -> int:
    """Address every waiting notice, as the worker does."""
    done = 0
    while found := transact(engine, lambda session: outbox.claim(session, ["notice"], now)):
        for errand in found:
            done += transact(engine, lambda session, errand=errand: notices.address(session, errand, now))
    return done


def told(engine: Engine, **where: Any) -> list[Notice]:
    with reading(engine) as session:
        return list(session.scalars(select(Notice).filter_by(**where).order_by(Notice.id)))


def put_together(engine: Engine, now: dt.datetime) -> int:
    """Make the mails that are due, as the worker does."""
    with reading(engine) as session:
        persons = mails.due(session, now)
    return sum(transact(engine, lambda session, one=one: mails.put_together(session, one, now)) for one in persons)


def contents(engine: Engine) -> list[list[str]]:
    """Return the purposes inside every mail, the oldest mail first."""
    with reading(engine) as session:
        rows = session.execute(select(Notice.mail_id, Notice.purpose).order_by(Notice.mail_id, Notice.id)).all()
    numbers = sorted({row.mail_id for row in rows if row.mail_id})
    return [[row.purpose for row in rows if row.mail_id == number] for number in numbers]


def drop(engine: Engine, person: int, *purposes: str, now: dt.datetime = MONDAY) -> None:
    """Let a person hear of these things, each about a matter of its own."""

    def work(session: Session) -> None:
        for purpose in purposes:
            known = session.scalar(select(Notice.id).order_by(Notice.id.desc()).limit(1)) or 0
            notices.tell(session, person, f"test:{known + 1}", purpose, {"item": known + 1}, now)

    transact(engine, work)


def choose(engine: Engine, person: int, minute: int = 510, **choices: str) -> None:
    usual = {name: group.usual for name, group in GROUPS.items()}
    typed = {"minute": str(minute), **usual, **choices}
    transact(engine, lambda session: message_choices.save(session, person, typed))


def at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), SHANGHAI).astimezone(dt.UTC)


def hire(
    session: Session, name: str, org: int, role: str, *, email: str = "someone@example.org", disabled: bool = False
) -> int:
    """Give one more person the post; returns the person's number."""
    ended = MONDAY if disabled else None
    person = Person(username=f"extra-{name}", name="吴老师", created_at=MONDAY, email=email, disabled_at=ended)
    session.add(person)
    session.flush()
    session.add(Post(person_id=person.id, org_id=org, role=role, valid_from=dt.date(2024, 9, 1)))
    return person.id


def sent_to_the_receiving_school(engine: Engine, cast: Cast) -> Play:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    return play


# ---- who is told -----------------------------------------------------------------------------------------------------


def test_everybody_at_the_desk_gets_a_notice_of_his_own(engine: Engine, cast: Cast) -> None:
    second = transact(engine, lambda session: hire(session, "second", cast.org["a1"], "school_leader"))
    gone = transact(engine, lambda session: hire(session, "gone", cast.org["a1"], "school_leader", disabled=True))
    bare = transact(engine, lambda session: hire(session, "bare", cast.org["a1"], "school_leader", email=""))
    play = sent_to_the_receiving_school(engine, cast)
    assert address_all(engine) == 1
    found = {notice.person_id: notice for notice in told(engine)}
    assert set(found) == {cast.person["a1:school_leader"], second, bare}
    assert gone not in found
    assert (found[second].key, found[second].case_id) == (f"{play.no}:2:{second}", play.case().id)
    assert (found[second].org_id, found[second].read_at) == (cast.org["a1"], None)
    assert found[second].mail_at == MONDAY + GATHERING
    assert (found[bare].mail_at, found[bare].unmailed) == (None, "no_address"), "he reads it on the page"


def test_who_holds_two_posts_is_told_once_for_each_event(engine: Engine, cast: Cast) -> None:
    clerk = cast.person["a1:school_clerk"]
    both = Post(person_id=clerk, org_id=cast.org["a2"], role="school_clerk", valid_from=dt.date(2024, 9, 1))
    transact(engine, lambda session: session.add(both))
    sent_to_the_receiving_school(engine, cast).act("a1:school_clerk", "withdraw")
    address_all(engine)
    assert [notice.purpose for notice in told(engine, person_id=clerk)] == ["case_decided"]
    assert told(engine, person_id=cast.person["a2:school_clerk"])


def test_a_notice_for_an_empty_desk_says_so(engine: Engine, cast: Cast) -> None:
    leader = cast.person["a1:school_leader"]
    ended = update(Post).where(Post.person_id == leader).values(valid_to=dt.date(2025, 8, 31))
    transact(engine, lambda session: session.execute(ended))
    sent_to_the_receiving_school(engine, cast)
    address_all(engine)
    with reading(engine) as session:
        (errand,) = session.scalars(select(OutboxRow).where(OutboxRow.topic == "notice"))
    assert (errand.last_error, errand.done_at is not None) == (notices.NOBODY, True)
    assert told(engine) == []


def test_nothing_is_told_of_a_decision_that_was_not_committed(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")

    def fail_at_the_end(session: Session) -> None:
        who, key = cast.person["a1:school_clerk"], "a-key-of-this-test"
        assert do(session, play.no, "submit", who, now=MONDAY, key=key, seen_revision=0).phase == "receiving_school"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        transact(engine, fail_at_the_end)
    assert address_all(engine) == 0
    assert told(engine) == []


def test_whoever_fills_in_is_told_as_well_as_long_as_his_order_runs(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    stand_in(play, "k1:dept_clerk", "a1:school_leader", valid_to="2025-09-01")
    stand_in(play, "k1:dept_leader", "a1:school_leader", process="id_error", valid_from="2025-09-02")
    play.act("a1:school_clerk", "submit")
    address_all(engine)
    leader, deputy = cast.person["a1:school_leader"], cast.person["k1:dept_clerk"]
    assert {notice.person_id for notice in told(engine)} == {leader, deputy}
    later = Play(engine, cast, MONDAY + DAY).open("a1", "古丽娜尔·艾合买提")
    later.act("a1:school_clerk", "submit")
    address_all(engine, MONDAY + DAY)
    told_later = [notice.person_id for notice in told(engine, case_id=later.case().id)]
    assert told_later == [leader], "the one order has ended, the other is for other cases"


# ---- when a mail goes out --------------------------------------------------------------------------------------------


def test_new_tasks_go_out_after_a_moment_together_and_the_next_ones_after_a_pause(engine: Engine, cast: Cast) -> None:
    leader = cast.person["a1:school_leader"]
    drop(engine, leader, "case_waiting", "case_returned")
    assert put_together(engine, MONDAY) == 0
    assert put_together(engine, MONDAY + GATHERING) == 1
    drop(engine, leader, "case_waiting", "case_decided", now=MONDAY + MINUTE)
    drop(engine, leader, "case_waiting", now=MONDAY + 8 * MINUTE)
    assert put_together(engine, MONDAY + 9 * MINUTE) == 0
    assert put_together(engine, MONDAY + GATHERING + PAUSE) == 1
    assert contents(engine) == [["case_waiting", "case_returned"], ["case_waiting", "case_decided", "case_waiting"]]


def test_reminders_come_once_a_day_at_the_chosen_hour(engine: Engine, cast: Cast) -> None:
    early, late = cast.person["a1:school_leader"], cast.person["k1:dept_clerk"]
    choose(engine, early, 7 * 60)
    choose(engine, late, 16 * 60 + 30)
    day = D(2025, 9, 8)
    for person in (early, late):
        drop(engine, person, "reminder", "overdue", "supervise", now=at(day, 6))
    made = [hour for hour in range(6, 24) if put_together(engine, at(day, hour, 31))]
    assert made == [7, 16]
    drop(engine, early, "reminder", now=at(day, 17))
    assert not any(put_together(engine, at(day, hour, 31)) for hour in range(17, 24))
    assert put_together(engine, at(day + DAY, 7)) == 1, "the digest of the day had gone out"
    assert contents(engine) == [["reminder", "overdue", "supervise"]] * 2 + [["reminder"]]


def test_who_changes_the_hour_still_gets_one_digest_that_day(engine: Engine, cast: Cast) -> None:
    """What waited for the old hour goes with the new one; what was chosen for the page only is not mailed at all."""
    leader, noon = cast.person["a1:school_leader"], at(D(2025, 9, 8), 12)
    choose(engine, leader, 16 * 60)
    drop(engine, leader, "reminder", now=at(D(2025, 9, 8), 6))
    drop(engine, leader, "case_waiting", now=noon)
    choose(engine, leader, 8 * 60, tasks="page")
    transact(engine, lambda session: notices.follow_choices(session, leader, noon))
    drop(engine, leader, "overdue", now=noon)
    assert put_together(engine, noon + GATHERING) == 1
    assert put_together(engine, at(D(2025, 9, 8), 23)) == 0
    assert contents(engine) == [["reminder", "overdue"]]
    assert [one.unmailed for one in told(engine, purpose="case_waiting")] == ["by_choice"]


def test_a_digest_that_was_missed_goes_out_when_the_worker_is_back(engine: Engine, cast: Cast) -> None:
    leader = cast.person["a1:school_leader"]
    back = at(D(2025, 9, 8), 14)
    drop(engine, leader, "overdue", now=back)
    assert put_together(engine, back) == 0
    assert put_together(engine, back + GATHERING) == 1


def test_everybody_is_told_in_the_way_he_chose(engine: Engine, cast: Cast) -> None:
    leader = cast.person["a1:school_leader"]
    choose(engine, leader, tasks="page", results="digest", reminders="once", supervision="once")
    drop(engine, leader, "case_waiting", "case_decided", "overdue", "supervise", now=at(D(2025, 9, 8), 10))
    waits = {notice.purpose: notice.mail_at for notice in told(engine)}
    once = at(D(2025, 9, 8), 10) + GATHERING
    assert waits == {"case_waiting": None, "case_decided": once, "overdue": once, "supervise": once}
    assert told(engine, purpose="case_waiting")[0].unmailed == "by_choice"
    put_together(engine, once)
    drop(engine, leader, "case_decided", now=once + MINUTE)
    assert told(engine)[-1].mail_at == at(D(2025, 9, 9), 8, 30)


@pytest.mark.parametrize(("hour", "then"), [(6, (8, 7, 30)), (12, (8, 12, 0)), (21, (9, 7, 30)), (23, (9, 7, 30))])
def test_the_clock_writes_to_nobody_at_night(hour: int, then: tuple[int, int, int]) -> None:
    wishes = Wishes("a@example.org", choices={"reminders": "once"})
    now = at(D(2025, 9, 8), hour) - GATHERING
    assert wishes.mail_at("overdue", now) == at(D(2025, 9, then[0]), *then[1:])
    assert wishes.mail_at("case_waiting", now) == now + GATHERING, "what a colleague did is told at once"
    assert wishes.chat_at("case_waiting", now) is None
    rings = replace(wishes, chat=True).chat_at("case_waiting", now)
    assert rings == at(D(2025, 9, then[0]), *then[1:]), "but no telephone rings at night"


def test_a_clock_that_was_set_back_holds_nobody_up() -> None:
    ahead = MONDAY + 10 * DAY
    wishes = Wishes("a@example.org", last_mail_at=ahead, last_digest_on=ahead.date())
    assert wishes.mail_at("case_waiting", MONDAY) == MONDAY + GATHERING
    assert wishes.mail_at("overdue", at(D(2025, 9, 1), 9)) == at(D(2025, 9, 1), 9) + GATHERING


@pytest.mark.parametrize(
    "typed",
    [
        {"minute": "3"}, {"minute": ""}, {"minute": "５１０"}, {"minute": "9" * 5000}, {"tasks": "never"},
        {"reminders": "page"}, {"supervision": ""},
    ],
)  # fmt: skip
def test_what_cannot_be_chosen_is_refused_and_changes_nothing(
    typed: dict[str, str], engine: Engine, cast: Cast
) -> None:
    choose(engine, cast.person["a1:school_leader"], 600, tasks="digest")
    with pytest.raises(Unmet) as refused:
        choose(engine, cast.person["a1:school_leader"], **{"tasks": "once", **typed})  # type: ignore[arg-type]
    assert [reason.field for reason in refused.value.reasons] == list(typed)
    with reading(engine) as session:
        (row,) = session.scalars(select(MessageSetting))
    assert (row.digest_minute, row.choices["tasks"]) == (600, "digest")


# ---- what a mail holds -----------------------------------------------------------------------------------------------


def test_of_one_matter_only_the_most_serious_reminder_is_mailed(engine: Engine, cast: Cast) -> None:
    leader = cast.person["a1:school_leader"]

    def work(session: Session) -> None:
        for number, purpose in enumerate(("reminder", "supervise", "overdue", "expiry_warning")):
            notices.tell(session, leader, f"k{number}", purpose, {"item": 7}, MONDAY)

    transact(engine, work)
    assert put_together(engine, MONDAY + DAY) == 1
    assert contents(engine) == [["supervise", "expiry_warning"]]
    assert [notice.unmailed for notice in told(engine)] == ["overtaken", "", "overtaken", ""]


def test_a_stop_that_is_over_when_the_mail_is_written_is_not_told_as_if_it_held(engine: Engine, cast: Cast) -> None:
    drop(engine, cast.person["a1:school_leader"], "case_suspended", "case_waiting", "case_resumed")
    assert put_together(engine, MONDAY + DAY) == 1
    assert contents(engine) == [["case_waiting", "case_resumed"]]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_who_finds_another_at_work_for_a_person_leaves_the_mail_to_it(engine: Engine, cast: Cast) -> None:
    leader = cast.person["a1:school_leader"]
    drop(engine, leader, "case_waiting", "case_decided")
    with Session(engine) as other:
        other.execute(select(Person.id).where(Person.id == leader).with_for_update())
        assert put_together(engine, MONDAY + GATHERING) == 0
    assert put_together(engine, MONDAY + GATHERING) == 1


def test_two_who_put_together_at_once_make_one_mail(engine: Engine, cast: Cast) -> None:
    leader = cast.person["a1:school_leader"]
    for turn in range(10):
        drop(engine, leader, "case_waiting", "case_decided")
        now, start, made = MONDAY + GATHERING + turn * DAY, threading.Barrier(2), list[bool]()

        def work(now: dt.datetime = now, start: threading.Barrier = start, made: list[bool] = made) -> None:
            start.wait()
            made.append(transact(engine, lambda session: mails.put_together(session, leader, now)))

        both = [threading.Thread(target=work) for _ in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert sorted(made) == [False, True]
    assert contents(engine) == [["case_waiting", "case_decided"]] * 10
    with reading(engine) as session:
        errands = session.scalars(select(OutboxRow).where(OutboxRow.topic == "mail").order_by(OutboxRow.id)).all()
        ids = session.scalars(select(Mail.public_id).order_by(Mail.id)).all()
    assert [errand.dedup for errand in errands] == [f"mail-{public_id}" for public_id in ids]
