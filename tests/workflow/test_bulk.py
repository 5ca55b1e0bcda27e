"""Many questions answered at once: the clear ones together, the others each by its reason, ten seconds to undo."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from models.bulk import BulkOrder
from models.cases import Case, Event
from models.evidence import Evidence
from models.outbox import OutboxRow
from models.people import Person
from models.session import reading, transact
from tests.cast import MONDAY, Cast, add_pupil, build
from tests.council import colleague
from tests.decree import decree
from tests.play import Play
from tests.statements import counted
from workflow.bulk import changed, judging, orders
from workflow.bulk.judging import Judged
from workflow.bulk.orders import GRACE, Asked
from workflow.errors import NotAllowed, NotFound, Unmet
from workflow.narrowing import TERMS, Narrowing
from workflow.world import world_of

LEADER = "a1:school_leader"


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


@pytest.fixture
def sent(engine: Engine, cast: Cast) -> list[str]:
    """Five requests that wait for the leader of the receiving school."""
    return requests(engine, cast, 5)


def requests(engine: Engine, cast: Cast, how_many: int) -> list[str]:
    names = [f"周试{'一二三四五六七八九十'[number]}" for number in range(how_many)]

    def enrol(session: Session) -> None:
        for number, name in enumerate(names):
            add_pupil(session, cast, "a2", name, "male", grade=5, sequence=300 + number)

    transact(engine, enrol)
    found = []
    for name in names:
        play = Play(engine, cast).open("a1", name)
        play.act("a1:school_clerk", "submit")
        found.append(play.no)
    return found


def withdraw_a_paper(engine: Engine, no: str) -> None:
    """Let one of the papers that must be there be taken back."""
    case = select(Case.id).where(Case.no == no).scalar_subquery()
    gone = update(Evidence).where(Evidence.case_id == case, Evidence.kind == "户口簿").values(withdrawn_at=MONDAY)
    transact(engine, lambda session: session.execute(gone))


def desk(
    engine: Engine, cast: Cast, who: str = LEADER, at: dt.datetime = MONDAY, **wanted: Any
) -> dict[str, Judged]:
    clear = wanted.pop("clear", None)
    with reading(engine) as session:
        actor, world = cast.actor(session, who), world_of(session)
        return {one.line.no: one for one in judging.judged(session, actor, world, Narrowing(**wanted), at, clear).lines}


def place(engine: Engine, cast: Cast, asked: list[Asked], who: str = LEADER) -> str:
    return transact(
        engine,
        lambda session: orders.place(session, cast.actor(session, who), world_of(session), asked, MONDAY).public_id,
    )


def agree(numbers: list[str], revision: int = 1) -> list[Asked]:
    return [Asked(no, revision, "approve") for no in numbers]


def run(engine: Engine, public_id: str, at: dt.datetime = MONDAY + GRACE) -> BulkOrder:
    while transact(engine, lambda session: orders.next_piece(session, public_id, at)):
        pass
    with reading(engine) as session:
        return session.scalars(select(BulkOrder).where(BulkOrder.public_id == public_id)).one()


def phases(engine: Engine, numbers: list[str]) -> set[str]:
    with reading(engine) as session:
        return set(session.scalars(select(Case.phase).where(Case.no.in_(numbers))))


def test_clear_cases_are_approved_together_and_what_misses_a_paper_stays_behind(
    engine: Engine, cast: Cast, sent: list[str]
) -> None:
    withdraw_a_paper(engine, sent[0])
    judged = desk(engine, cast)
    assert [no for no, one in judged.items() if not one.clear] == [sent[0]]
    order = run(engine, place(engine, cast, agree(sent)))
    assert order.state == "done"
    assert set(order.report["results"]) == set(sent[1:])
    assert order.report["held"] == {sent[0]: ["缺少材料：户口簿"]}
    assert phases(engine, sent[:1]) == {"receiving_school"}
    assert phases(engine, sent[1:]) == {"releasing_school"}


def test_nothing_is_decided_for_ten_seconds_and_what_was_taken_back_never_is(
    engine: Engine, cast: Cast, sent: list[str]
) -> None:
    public_id = place(engine, cast, agree(sent))
    assert phases(engine, sent) == {"receiving_school"}
    with reading(engine) as session:
        jobs = session.scalars(select(OutboxRow.not_before).where(OutboxRow.topic == orders.TOPIC)).all()
    assert jobs == [MONDAY + GRACE], "no worker begins earlier"
    cancel(engine, cast, public_id, MONDAY + GRACE / 2)
    order = run(engine, public_id)
    assert order.state == "cancelled"
    assert order.order == {}
    assert phases(engine, sent) == {"receiving_school"}


def test_after_ten_seconds_an_order_cannot_be_taken_back_nor_by_anybody_else_before(
    engine: Engine, cast: Cast, sent: list[str]
) -> None:
    public_id = place(engine, cast, agree(sent))
    with pytest.raises(NotFound):
        cancel(engine, cast, public_id, MONDAY, who="a2:school_leader")
    with pytest.raises(NotAllowed):
        cancel(engine, cast, public_id, MONDAY + GRACE)


def cancel(engine: Engine, cast: Cast, public_id: str, at: dt.datetime, who: str = LEADER) -> None:
    transact(engine, lambda session: orders.take_back(session, cast.actor(session, who), public_id, at))


def test_others_are_returned_or_refused_each_with_its_own_reason(engine: Engine, cast: Cast, sent: list[str]) -> None:
    asked = [
        Asked(sent[0], 1, "return", {"comment": "户口簿看不清"}),
        Asked(sent[1], 1, "refuse", {"comment": "本年级已满", "cause": "没有空余学位"}),
    ]
    order = run(engine, place(engine, cast, asked))
    told = {no: one["phase"] for no, one in order.report["results"].items()}
    assert told == {sent[0]: "draft", sent[1]: "rejected"}
    assert order.order == {}, "the words typed are destroyed once they stand in the cases"


def test_a_reason_that_is_missing_is_asked_for_at_its_line_and_nothing_is_ordered(
    engine: Engine, cast: Cast, sent: list[str]
) -> None:
    asked = [Asked(sent[0], 1, "return"), Asked(sent[1], 1, "refuse", {"comment": "满了", "cause": "不喜欢"})]
    with pytest.raises(Unmet) as refused:
        place(engine, cast, asked)
    assert {reason.field for reason in refused.value.reasons} == {f"comment.{sent[0]}", f"cause.{sent[1]}"}
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(BulkOrder)) == 0


def test_what_changed_between_the_order_and_its_carrying_out_is_held_back(
    engine: Engine, cast: Cast, sent: list[str]
) -> None:
    public_id = place(engine, cast, agree(sent))
    other = Play(engine, cast)
    other.no = sent[2]
    other.act("a1:school_clerk", "withdraw")
    order = run(engine, public_id)
    assert list(order.report["held"]) == [sent[2]]
    assert len(order.report["results"]) == 4


def test_an_order_that_is_carried_out_twice_decides_once(engine: Engine, cast: Cast, sent: list[str]) -> None:
    public_id = place(engine, cast, agree(sent))
    run(engine, public_id)

    def forget(session: Session) -> None:  # as if the first worker had died before its mark
        order = session.scalars(select(BulkOrder).where(BulkOrder.public_id == public_id)).one()
        lines = [{"no": no, "revision": 1, "action": "approve", "values": {}} for no in sent]
        order.state, order.order, order.report = "waiting", {"lines": lines}, {"held": {}}

    transact(engine, forget)
    again = run(engine, public_id)
    assert set(again.report["results"]) == set(sent)
    assert not again.report["held"]
    with reading(engine) as session:
        assert session.scalar(select(func.count()).where(Event.action == "approve")) == len(sent)


def test_nobody_agrees_to_what_is_not_on_his_desk_and_learns_nothing_of_it(
    engine: Engine, cast: Cast, sent: list[str]
) -> None:
    for stranger in ("b1:school_leader", "a2:school_leader", "a1:school_clerk"):
        assert not any(one.clear for one in desk(engine, cast, stranger).values())
        with pytest.raises(Unmet):
            place(engine, cast, agree([sent[0]]), who=stranger)
    mixed = place(engine, cast, agree([*sent[:2], "ZX2025-0000000000-9999"]))
    assert run(engine, mixed).report["held"] == {"ZX2025-0000000000-9999": [orders.GONE]}


def test_a_list_is_limited_by_school_phase_and_term(engine: Engine, cast: Cast, sent: list[str]) -> None:
    assert len(desk(engine, cast, office=cast.org["a2"])) == 5
    assert not desk(engine, cast, office=cast.org["b1"])
    assert not desk(engine, cast, due="late")
    assert not desk(engine, cast, phase="releasing_school")
    assert len(desk(engine, cast, phase="receiving_school")) == 5
    withdraw_a_paper(engine, sent[0])
    assert len(desk(engine, cast, clear=True)) == 4
    assert len(desk(engine, cast, clear=False)) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_a_limit_finds_behind_the_most_urgent_ones_can_be_answered(
    engine: Engine, cast: Cast, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    far = Play(engine, cast, MONDAY + dt.timedelta(days=1)).open("a1", "𠮷田䶮", target_grade=3)
    far.act("a1:school_clerk", "submit")
    monkeypatch.setattr(judging, "LOOKED_AT", 2)
    assert list(desk(engine, cast)) == sent[:2]
    assert list(desk(engine, cast, office=cast.org["b1"])) == [far.no]
    assert set(run(engine, place(engine, cast, agree([far.no]))).report["results"]) == {far.no}


def doubts(engine: Engine, cast: Cast, play: Play, who: str) -> tuple[str, ...]:
    """Return what somebody should look at first, and see that an order leaves the case behind for it."""
    found = desk(engine, cast, who)[play.no]
    if found.doubts:
        with pytest.raises(Unmet):
            place(engine, cast, agree([play.no], play.case().revision), who=who)
    return found.doubts


def test_nobody_agrees_unseen_to_what_was_sent_back_or_refused_or_warned_of(
    engine: Engine, session: Session, cast: Cast
) -> None:
    plain, cross = Play(engine, cast).open("a1", "沈明铭"), Play(engine, cast).open("a1", "𠮷田䶮", target_grade=3)
    plain.act("a1:school_clerk", "submit")
    assert doubts(engine, cast, plain, LEADER) == ()
    plain.act(LEADER, "return", comment="请补正")
    plain.act("a1:school_clerk", "submit")
    assert doubts(engine, cast, plain, LEADER) == ("退回补正过，请打开核对",)
    stages = ("primary", "junior", "senior")
    decree(session, "class.size", {stage: {"warn": 1, "block": 100} for stage in stages})
    warned = Play(engine, cast).open("a1", "古丽娜尔·艾合买提")
    warned.act("a1:school_clerk", "submit")
    assert any("班额" in one for one in doubts(engine, cast, warned, LEADER))
    decree(session, "class.size", {stage: {"warn": 90, "block": 100} for stage in stages})
    cross.act("a1:school_clerk", "submit")
    for who in (LEADER, "k1:dept_leader"):
        cross.act(who, "approve")
    cross.act("b1:school_leader", "refuse", cause="其他", comment="不同意")
    cross.act("city1:dept_leader", "approve")
    assert doubts(engine, cast, cross, "k2:dept_leader") == ("有单位不同意过，请打开查看",)


def test_whoever_leaves_the_province_needs_no_papers_of_ours(engine: Engine, cast: Cast) -> None:
    outside = {"province": "海西省", "school": "海西第一小学", "request_no": "HX-2025-77"}
    play = Play(engine, cast).open("a1", "丁思欣", papers=(), direction="outgoing", to_class="", outside=outside)
    play.act("a1:school_clerk", "submit")
    assert desk(engine, cast)[play.no].clear


def test_only_decisions_are_listed(engine: Engine, cast: Cast, sent: list[str]) -> None:
    play = Play(engine, cast)
    play.no = sent[0]
    play.act(LEADER, "return", comment="请补正")
    assert desk(engine, cast, "a1:school_clerk") == {}, "a correction is no decision"


def test_whoever_sent_a_request_does_not_agree_to_it_in_a_pile(engine: Engine, cast: Cast, sent: list[str]) -> None:
    colleague(engine, cast, "a1:school_clerk", "a1", "school_leader")
    found = desk(engine, cast, "a1:school_clerk")
    assert [(one.clear, one.answers) for one in found.values()] == [(False, ())] * 5
    with pytest.raises(Unmet):
        place(engine, cast, agree(sent), who="a1:school_clerk")


def test_the_same_case_twice_in_an_order_is_refused(engine: Engine, cast: Cast, sent: list[str]) -> None:
    with pytest.raises(Unmet, match="每件一次"):
        place(engine, cast, agree([sent[0], sent[0]]))


def test_what_changed_before_the_order_is_held_back_too(engine: Engine, cast: Cast, sent: list[str]) -> None:
    public_id = place(engine, cast, [*agree(sent[:1], revision=9), *agree(sent[1:])])
    with reading(engine) as session:
        order = session.scalars(select(BulkOrder).where(BulkOrder.public_id == public_id)).one()
    assert (order.total, order.report["held"]) == (4, {sent[0]: [_told(engine, cast, "a1:school_clerk", "提交")]})


def _told(engine: Engine, cast: Cast, who: str, act: str) -> str:
    with reading(engine) as session:
        return f"{session.get_one(Person, cast.person[who]).name}已于9月1日 09:00{act}，请打开查看"


def test_of_two_officers_with_the_same_pile_the_slower_one_reads_who_decided_what_and_when(
    engine: Engine, cast: Cast, sent: list[str]
) -> None:
    colleague(engine, cast, "second", "a1", "school_leader")
    first, late = place(engine, cast, agree(sent[:2])), place(engine, cast, agree(sent[:2]), who="second")
    assert len(run(engine, first, MONDAY).report["results"]) == 2
    said = _told(engine, cast, LEADER, "同意")
    assert run(engine, late, MONDAY).report["held"] == {no: [said] for no in sent[:2]}
    mixed = place(engine, cast, agree([sent[0], sent[2]]), who="second")
    assert run(engine, mixed).report["held"] == {sent[0]: [said]}, "so he does of what was decided before he orders"


def test_a_pile_tells_nothing_of_a_case_that_was_never_asked_of_the_desk(
    engine: Engine, cast: Cast, sent: list[str]
) -> None:
    with reading(engine) as session:
        assert set(changed.by_whom(session, cast.actor(session, LEADER), sent)) == set(sent)
        assert changed.by_whom(session, cast.actor(session, "k3:dept_leader"), sent) == {}


@pytest.mark.parametrize(("day", "due"), [
    (dt.date(2025, 9, 8), {"later"}), (dt.date(2025, 9, 15), {"today", "week"}),
    (dt.date(2025, 9, 16), {"late", "week"}),
])  # fmt: skip
def test_terms_are_those_of_the_day(engine: Engine, cast: Cast, sent: list[str], day: dt.date, due: set[str]) -> None:
    """The requests are due on Monday 15 September."""
    at = dt.datetime.combine(day, MONDAY.timetz())
    assert {one for one in TERMS if len(desk(engine, cast, at=at, due=one)) == 5} == due
    assert not any(desk(engine, cast, at=at, due=one) for one in set(TERMS) - due)


def test_a_place_says_which_answers_are_given_to_many_at_once(
    engine: Engine, session: Session, cast: Cast, sent: list[str]
) -> None:
    decree(session, "bulk.answers", ["return"], cast.org["k1"])
    judged = desk(engine, cast)[sent[0]]
    assert (judged.clear, [spec.name for spec in judged.answers]) == (False, ["return"])
    back = Asked(sent[1], 1, "return", {"comment": "户口簿看不清"})
    order = run(engine, place(engine, cast, [*agree(sent[:1]), back]))
    assert order.report == {"results": {sent[1]: {"action": "return", "phase": "draft"}},
                            "held": {sent[0]: [judging.ONE_BY_ONE]}}  # fmt: skip
    with pytest.raises(Unmet):
        place(engine, cast, [Asked(sent[2], 1, "refuse", {"comment": "已满", "cause": "没有空余学位"})])
    decree(session, "bulk.answers", [], cast.org["a1"])
    with pytest.raises(Unmet):
        place(engine, cast, [*agree(sent[:1]), Asked(sent[2], 1, "return", {"comment": "看不清"})])


def test_what_else_can_be_answered_is_looked_at_only_where_somebody_asks(
    engine: Engine, cast: Cast, sent: list[str]
) -> None:
    one = desk(engine, cast)[sent[0]]
    assert one.is_answered_here
    assert "others" not in vars(one)
    assert [spec.name for spec in one.answers] == ["approve", "return", "refuse"]


def test_an_order_goes_on_piece_by_piece_and_what_has_begun_is_not_taken_back(
    engine: Engine, cast: Cast, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "PIECE", 2)
    public_id = place(engine, cast, agree(sent))

    def more(at: dt.datetime) -> bool:
        return transact(engine, lambda session: orders.next_piece(session, public_id, at))

    assert more(MONDAY)
    assert len([no for no in sent if phases(engine, [no]) == {"releasing_school"}]) == 2
    with pytest.raises(NotAllowed):
        cancel(engine, cast, public_id, MONDAY)  # by a clock that was set back
    assert [more(MONDAY + GRACE) for _ in range(3)] == [True, False, False]
    assert phases(engine, sent) == {"releasing_school"}


def test_what_was_ordered_already_is_not_ordered_once_more(engine: Engine, cast: Cast, sent: list[str]) -> None:
    first = place(engine, cast, agree(sent[:2]))
    with pytest.raises(Unmet):
        place(engine, cast, agree(sent[:2]))
    run(engine, place(engine, cast, agree(sent[1:3])))
    assert phases(engine, sent[2:3]) == {"releasing_school"}
    assert phases(engine, sent[:2]) == {"receiving_school"}
    run(engine, first)
    assert phases(engine, sent[:3]) == {"releasing_school"}


def test_an_order_that_was_taken_back_can_be_taken_back_again(engine: Engine, cast: Cast, sent: list[str]) -> None:
    public_id = place(engine, cast, agree(sent))
    for at in (MONDAY, MONDAY + GRACE):
        cancel(engine, cast, public_id, at)
    assert phases(engine, sent) == {"receiving_school"}


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_somebody_is_deciding_is_left_behind_and_the_others_go_on(
    engine: Engine, cast: Cast, sent: list[str]
) -> None:
    public_id = place(engine, cast, agree(sent[:3]))
    with Session(engine) as other:
        other.scalars(select(Case).where(Case.no == sent[0]).with_for_update()).one()
        order = run(engine, public_id)
        other.rollback()
    assert order.report["held"] == {sent[0]: [orders.BUSY]}
    assert set(order.report["results"]) == set(sent[1:3])


@pytest.mark.parametrize("number", [0, 501])
def test_an_order_has_between_one_and_five_hundred_lines(engine: Engine, cast: Cast, number: int) -> None:
    with pytest.raises(Unmet):
        place(engine, cast, agree([f"ZX{n}" for n in range(number)]))


def test_judging_asks_the_same_number_of_questions_whatever_the_number_of_lines(engine: Engine, cast: Cast) -> None:
    sent = requests(engine, cast, 8)
    with counted(engine) as many:
        assert len(desk(engine, cast)) == 8
    run(engine, place(engine, cast, agree(sent[:6])))
    with counted(engine) as few:
        assert len(desk(engine, cast)) == 2
    assert len(many) == len(few) <= 8


def test_a_line_more_takes_three_statements_and_its_savepoint(engine: Engine, cast: Cast, sent: list[str]) -> None:
    """Reading the case, reading who acts, writing; the order itself is not read again for each line."""
    taken = []
    for numbers in (sent[:1], sent[1:]):
        order = place(engine, cast, agree(numbers))
        with counted(engine) as seen:
            run(engine, order)
        taken.append(len(seen))
    assert taken[1] - taken[0] == 3 * (3 + 2), "SAVEPOINT and RELEASE are two"
    assert phases(engine, sent) == {"releasing_school"}
