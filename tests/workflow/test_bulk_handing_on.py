"""Many questions handed on to one colleague (B13): by the same order, ten seconds to take it back, line by line."""

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.bulk import BulkOrder
from models.cases import Event, WorkItem
from models.deputies import Substitution
from models.session import reading, transact
from tests.cast import MONDAY, Cast, build
from tests.consistency import assert_consistent
from tests.council import colleague
from tests.decree import decree
from tests.play import Play
from tests.statements import counted
from tests.workflow.test_bulk import LEADER, cancel, desk, place, requests, run
from workflow.bulk.judging import NOBODY, NOT_HANDED_ON
from workflow.bulk.orders import GRACE, Asked
from workflow.errors import Unmet

SECOND = "林老师"
DEPUTY = "林老师代理的人提交或核办过本事项，须转给其他人员"
ELSEWHERE = "请从名单中选择同岗位的其他人员"


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


@pytest.fixture
def sent(engine: Engine, cast: Cast) -> list[str]:
    """Three requests before a leader who is not alone at his desk."""
    colleague(engine, cast, SECOND, "a1", "school_leader")
    return requests(engine, cast, 3)


def to(person: str, numbers: list[str], revision: int = 1, **words: str) -> list[Asked]:
    return [Asked(no, revision, "reassign", {"person": person, **words}) for no in numbers]


def held(engine: Engine, public_id: str) -> dict[str, list[str]]:
    with reading(engine) as session:
        order = session.scalars(select(BulkOrder).where(BulkOrder.public_id == public_id)).one()
        return dict(order.report["held"])


def refused(engine: Engine, cast: Cast, asked: list[Asked], who: str = LEADER) -> list[tuple[str, str]]:
    with pytest.raises(Unmet) as why:
        place(engine, cast, asked, who)
    return [(reason.field, reason.message) for reason in why.value.reasons]


def with_whom(engine: Engine) -> set[int | None]:
    with reading(engine) as session:
        return set(session.scalars(select(WorkItem.assignee_id).where(WorkItem.open)))


def test_all_of_them_go_to_one_colleague_when_the_ten_seconds_are_over(
    engine: Engine, cast: Cast, sent: list[str]
) -> None:
    with reading(engine) as session:
        due = set(session.scalars(select(WorkItem.due_at).where(WorkItem.open)))
    taken_back = place(engine, cast, to(SECOND, sent))
    cancel(engine, cast, taken_back, MONDAY + GRACE / 2)
    assert run(engine, taken_back).state == "cancelled"
    order = place(engine, cast, to(SECOND, sent, comment="出差三天"))
    assert with_whom(engine) == {None}
    done = run(engine, order)
    assert done.report == {"results": {no: {"action": "reassign", "phase": "receiving_school"} for no in sent},
                           "held": {}, "to": SECOND}  # fmt: skip
    assert with_whom(engine) == {cast.person[SECOND]}
    with reading(engine) as session:
        assert set(session.scalars(select(WorkItem.due_at).where(WorkItem.open))) == due, "the last day stays"
        told = session.scalars(select(Event).where(Event.action == "reassign")).all()
        assert [one.body["handed_to"]["name"] for one in told] == [SECOND] * 3
    assert_consistent(engine)
    back = run(engine, place(engine, cast, to("a1-school_leader", sent)))
    assert set(back.report["results"]) == set(sent), "whoever leads the office hands on what a colleague has"
    with engine.connect() as connection:
        assert connection.execute(select(BulkOrder.order_sealed)).scalars().all() == [None] * 3


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_the_colleague_cannot_have_stays_and_says_why(engine: Engine, cast: Cast, sent: list[str]) -> None:
    colleague(engine, cast, "clerk2", "a1", "school_clerk")
    colleague(engine, cast, "clerk2", "a1", "school_leader")
    own = Play(engine, cast).open("a1", "沈明铭")
    own.act("clerk2", "submit")
    order = place(engine, cast, [*to("clerk2", [*sent[:2], own.no]), *to("clerk2", sent[2:], revision=9)])
    behind = held(engine, order)
    assert behind.pop(own.no) == [ELSEWHERE]
    assert [no for no, [why] in behind.items() if why.endswith("，请打开查看")] == [sent[2]], "changed since, by whom"
    assert set(run(engine, order).report["results"]) == set(sent[:2])
    assert refused(engine, cast, to("clerk2", [own.no])) == [("person", ELSEWHERE)]
    assert refused(engine, cast, to("a1-school_clerk", sent)) == [("person", ELSEWHERE)]
    assert refused(engine, cast, [Asked(own.no, 1, "reassign")]) == [(f"person.{own.no}", "请填写这一项")]
    long = refused(engine, cast, to(SECOND, [own.no], comment="长" * 2001))
    assert [field for field, _ in long] == [f"comment.{own.no}"]
    stands_in = Substitution(
        principal_id=cast.person["clerk2"], deputy_id=cast.person[SECOND], ordered_by=cast.person["clerk2"],
        valid_from=MONDAY.date(), valid_to=MONDAY.date(), ordered_at=MONDAY,
    )  # fmt: skip
    transact(engine, lambda session: session.add(stands_in))
    assert held(engine, place(engine, cast, to(SECOND, [own.no, sent[2]]))) == {own.no: [DEPUTY]}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_place_decides_whether_and_by_whom(engine: Engine, session: Session, cast: Cast, sent: list[str]) -> None:
    def stays(who: str = LEADER) -> set[str]:
        return {one.stays for one in desk(engine, cast, who).values()}

    assert stays() == {""}
    decree(session, "bulk.answers", ["approve"], cast.org["k1"])
    assert stays() == {NOT_HANDED_ON}
    assert refused(engine, cast, to(SECOND, sent)) == [("person", NOT_HANDED_ON)]
    decree(session, "bulk.answers", ["reassign"], cast.org["a1"])
    assert stays() == {""}
    assert [one.answers for one in desk(engine, cast).values()] == [()] * 3, "handed on, and nothing else"
    decree(session, "acts.off", ["reassign"], cast.org["a1"])
    assert stays() == {"本地区不使用这种办理方式"}
    assert len(refused(engine, cast, to(SECOND, sent))) == 1
    decree(session, "acts.off", [], cast.org["k2"])
    play = Play(engine, cast).open("a1", "𠮷田䶮", target_grade=3)
    play.act("a1:school_clerk", "submit")
    play.act(LEADER, "approve")
    assert stays("k1:dept_leader") == {NOT_HANDED_ON}
    decree(session, "bulk.answers", ["reassign"], cast.org["k1"])
    assert stays("k1:dept_leader") == {NOBODY}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_number_of_statements_does_not_grow_with_the_lines(engine: Engine, cast: Cast, sent: list[str]) -> None:
    took = []
    for numbers in (sent[:1], sent):
        with counted(engine) as statements:
            order = place(engine, cast, to(SECOND, numbers))
        took.append([one for one in statements if "post" not in one.split("FROM")[0]])
        cancel(engine, cast, order, MONDAY)
    assert len(took[0]) == len(took[1]) <= 12
