"""Taking a finished transfer back: everything as it was, once, in time, by two people, and only while it can be."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, Select, select, update
from sqlalchemy.orm import Session

from models.cases import Case, Event, WorkItem
from models.certificates import Certificate
from models.findings import Finding, FindingRecord
from models.organisations import Organisation, SchoolClass
from models.outbox import OutboxRow
from models.people import Post
from models.session import transact
from models.students import Enrolment, StatusChange, Student
from tests.cast import Cast
from tests.consistency import assert_consistent
from tests.play import Play
from tests.reversing import ask_back, come, finished, gone
from workflow import closing
from workflow.errors import NotAllowed, NotFound, Unmet

Ask = Callable[[Select[Any]], list[Any]]
TODAY = dt.date(2025, 9, 1)


@pytest.fixture(autouse=True)
def consistent(request: pytest.FixtureRequest) -> Iterator[None]:
    engine: Engine = request.getfixturevalue("engine")
    yield
    assert_consistent(engine)


def spells(ask: Ask, cast: Cast, pupil: str) -> list[tuple[int, int, dt.date, dt.date | None]]:
    query = select(Enrolment).where(Enrolment.student_id == cast.pupil[pupil]).order_by(Enrolment.id)
    return [(one.school_id, one.class_id, one.started_on, one.ended_on) for one in ask(query)]


def test_the_pupil_goes_on_where_he_was_and_nothing_of_the_history_is_lost(play: Play, ask: Ask, cast: Cast) -> None:
    finished(play)
    of = play.no
    back = ask_back(play, "k1:dept_clerk")
    assert spells(ask, cast, "沈明铭")[-1][0] == cast.org["a1"], "asking alone moves nothing"
    assert back.act("k1:dept_leader", "approve", comment="经核实属实").phase == "undone"
    old, new = cast.room["a2", 5].id, cast.room["a1", 5].id
    assert spells(ask, cast, "沈明铭") == [
        (cast.org["a2"], old, dt.date(2024, 9, 1), TODAY),
        (cast.org["a1"], new, TODAY, TODAY),
        (cast.org["a2"], old, TODAY, None),
    ]
    assert [one.code for one in ask(select(StatusChange).order_by(StatusChange.id))] == ["21", "22", "99"]
    [certificate] = ask(select(Certificate))
    assert (certificate.state, certificate.revoked_by) == ("revoked", cast.person["k1:dept_leader"])
    [paper] = ask(select(Case).where(Case.process == "paper_file"))
    assert (paper.phase, bool(paper.closed_at)) == ("terminated", True)
    assert not ask(select(WorkItem).where(WorkItem.open))
    transfer = ask(select(Case).where(Case.no == of))[0]
    assert (transfer.phase, transfer.state["reversed"]["no"]) == ("effective", back.no)
    told = ask(select(Event.action).where(Event.case_id == transfer.id).order_by(Event.seq))
    assert told[-2:] == ["reverse", "revoke_certificate"]
    decided = select(OutboxRow.recipient).where(OutboxRow.case_id == back.case().id)
    heard = set(ask(decided.where(OutboxRow.dedup.contains("case_decided"))))
    schools = {f"{cast.org[one]}:{role}" for one in ("a1", "a2") for role in ("school_clerk", "school_leader")}
    assert heard == schools | {f"{cast.org['k1']}:{role}" for role in ("dept_clerk", "dept_leader")}
    with pytest.raises(Unmet, match="已经撤销"):
        ask_back(play, "k1:dept_clerk", no=of)
    play.open("a1", "沈明铭").act("a1:school_clerk", "submit")


def test_both_schools_share_the_office_that_may_ask_and_two_people_decide(play: Play, cast: Cast) -> None:
    finished(play, "𠮷田䶮", target_grade=3)
    for stranger in ("k1:dept_clerk", "k2:dept_clerk", "city1:arbitrator", "city1:dept_leader", "prov:dept_clerk"):
        with pytest.raises(NotAllowed, match="只有两校共同的主管部门"):
            ask_back(play, stranger)
    with pytest.raises(NotFound):
        ask_back(play, "city2:dept_clerk")
    for cause, reason, fault in (("", "办错了", "原因"), ("mistaken", " ", "请写明"), ("x" * 30, "\0", "第 1 个字符")):
        with pytest.raises(Unmet, match=fault):
            ask_back(play, "city1:dept_clerk", cause=cause, reason=reason)
    back = ask_back(play, "city1:dept_clerk")
    with pytest.raises(Unmet, match="撤销已在办理"):
        ask_back(play, "city1:dept_clerk")
    for stranger in ("k1:dept_leader", "prov:dept_leader", "city1:dept_clerk"):
        with pytest.raises(NotAllowed):
            back.act(stranger, "approve")
    for who, sentence in (("a1:school_clerk", "这件转学由您申请"), ("city1:dept_clerk", "撤销由您提出")):
        lent = {"org_id": cast.org["city1"], "role": "dept_leader", "valid_from": dt.date(2025, 1, 2)}
        transact(play.engine, lambda session, p=cast.person[who], lent=lent: session.add(Post(person_id=p, **lent)))
        with pytest.raises(Unmet, match=sentence):
            back.act(who, "approve")
    assert back.act("city1:dept_leader", "refuse", comment="材料属实").phase == "refused"
    assert ask_back(play, "city1:dept_clerk").act("city1:dept_leader", "approve").phase == "undone"


def retire(session: Session, cast: Cast) -> None:
    session.get_one(Student, cast.pupil["沈明铭"]).retired_at = dt.datetime(2025, 9, 1, tzinfo=dt.UTC)


def close_the_class(session: Session, cast: Cast) -> None:
    session.get_one(SchoolClass, cast.room["a2", 5].id).closed_on = TODAY


def leave_again(session: Session, cast: Cast) -> None:
    spell = (Enrolment.student_id == cast.pupil["沈明铭"]) & Enrolment.ended_on.is_(None)
    session.execute(update(Enrolment).where(spell).values(ended_on=TODAY, end_code="31"))


def find_another(session: Session, cast: Cast) -> None:
    known = Finding(kind="id_exact", key=b"k" * 32, found_at=dt.datetime(2025, 9, 1, tzinfo=dt.UTC))
    known.records = [FindingRecord(student_id=cast.pupil["沈明铭"])]
    session.add(known)


IN_THE_WAY = [
    (retire, "已注销或并入"), (close_the_class, "没有可以接回的班级"), (leave_again, "此后又有变动"),
    (find_another, "未处理的问题学籍"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "sentence"), IN_THE_WAY, ids=[change.__name__ for change, _ in IN_THE_WAY])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_was_changed_since_cannot_be_put_back(
    play: Play, cast: Cast, change: Callable[[Session, Cast], None], sentence: str
) -> None:
    finished(play)
    back = ask_back(play, "k1:dept_clerk")
    transact(play.engine, lambda session: change(session, cast))
    with pytest.raises(Unmet, match=sentence):
        back.act("k1:dept_leader", "approve")
    back.act("k1:dept_leader", "refuse", comment="已不能恢复")
    with pytest.raises(Unmet, match=sentence):
        ask_back(play, "k1:dept_clerk")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_class_may_belong_to_the_schools_successor_by_now(play: Play, cast: Cast, ask: Ask) -> None:
    finished(play)

    def merge(session: Session) -> None:
        old, into = (session.get_one(Organisation, cast.org[short]) for short in ("a2", "b1"))
        closing.merge(session, old, into, TODAY, ordered_by=None, now=play.now)

    transact(play.engine, merge)
    ask_back(play, "city1:dept_clerk").act("city1:dept_leader", "approve")
    assert spells(ask, cast, "沈明铭")[-1][:2] == (cast.org["b1"], cast.room["a2", 5].id)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_one_business_of_a_pupil_at_a_time_and_a_term(play: Play, cast: Cast) -> None:
    finished(play)
    of, day = play.no, play.now
    onward = Play(play.engine, cast).open("b1", "沈明铭")
    onward.act("b1:school_clerk", "submit")
    with pytest.raises(Unmet, match="未办结的业务"):
        ask_back(play, "k1:dept_clerk")
    with pytest.raises(Unmet, match="只有已办结的转学可以撤销"):
        ask_back(play, "city1:dept_clerk", no=onward.no)
    onward.act("b1:school_clerk", "withdraw")
    back = ask_back(play, "k1:dept_clerk")
    with pytest.raises(Unmet, match="还有未办结的业务"):
        onward.open("b1", "沈明铭").act("b1:school_clerk", "submit")
    back.act("k1:dept_leader", "refuse", comment="不撤销")
    play.now = day + dt.timedelta(days=30)
    back = ask_back(play, "k1:dept_clerk", no=of)
    back.now += dt.timedelta(days=1)
    with pytest.raises(Unmet, match="撤销期已于 2025-10-01 届满"):
        back.act("k1:dept_leader", "approve")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_across_provinces_the_authority_of_the_school_inside_takes_it_back(play: Play, cast: Cast, ask: Ask) -> None:
    gone(play)
    assert ask(select(Student.status).where(Student.id == cast.pupil["丁思欣"])) == ["10"]
    ask_back(play, "k1:dept_clerk").act("k1:dept_leader", "approve")
    assert ask(select(Student.status).where(Student.id == cast.pupil["丁思欣"])) == ["01"]
    assert [one[3] for one in spells(ask, cast, "丁思欣")] == [TODAY, None]
    come(play)
    ask_back(play, "k1:dept_clerk").act("k1:dept_leader", "approve")
    [student] = ask(select(Student).where(Student.name == "林远来"))
    assert (student.retired_why, student.status) == ("deleted", "99")
    assert not ask(select(Enrolment).where(Enrolment.student_id == student.id, Enrolment.ended_on.is_(None)))
