"""What happens to a problem besides the straight way: silence, inquiry sheets, objections, mergers, newcomers."""

import datetime as dt

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import Case, Event, Timer, WorkItem
from models.evidence import Evidence
from models.findings import DistinctPair, FindingRecord
from models.organisations import Organisation
from models.people import Post
from models.policies import Policy
from models.session import reading, transact
from models.students import Student
from tests.cast import MONDAY, Cast, add_pupil
from tests.dispute import Dispute
from tests.play import Play
from tests.workflow.test_problems import desks
from workflow import closing, queues, timers
from workflow.errors import NotAllowed, NotFound, Stale, Unacceptable, Unmet
from workflow.problems import opening, pairs
from workflow.world import touch, world_of


@pytest.fixture
def dispute(engine: Engine, cast: Cast) -> Dispute:
    return Dispute(engine, cast)


def let_time_pass(dispute: Dispute, until: dt.datetime) -> None:
    """Fire every timer at its moment, as the worker does."""
    while True:
        with reading(dispute.engine) as session:
            query = select(Timer.due_at).where(Timer.fired_at.is_(None)).order_by(Timer.due_at).limit(1)
            at = session.scalar(query)
        if at is None or at > until:
            break
        dispute.now = max(at, dispute.now)
        for due in transact(dispute.engine, lambda session: timers.claim(session, dispute.now)):
            transact(dispute.engine, lambda session, one=due: timers.fire(session, one, dispute.now))
    dispute.now = until


def test_a_silent_side_is_supervised_and_after_five_days_decided_on_the_file(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明"))
    dispute.claim(1)
    dispute.accept(1)
    let_time_pass(dispute, MONDAY + dt.timedelta(days=15))  # ten working days have passed
    assert (dispute.phase, dispute.side(2).silent) == ("sides", False)
    with reading(dispute.engine) as session:
        done = set(session.scalars(select(Event.action).where(Event.case_id == dispute.case().id)))
    assert "supervise" in done
    let_time_pass(dispute, MONDAY + dt.timedelta(days=25))
    assert (dispute.phase, dispute.side(2).silent) == ("arbitration", True)
    assert desks(dispute) == [("k1:arbitrator", 0)]
    dispute.draft("k1", {"verdict": "keep"}, {"verdict": "remove_number"}, reasons=["school_silent"])
    dispute.confirm("k1")
    assert dispute.student(2).id_number is None


def test_silence_alone_loses_nothing(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明"))
    let_time_pass(dispute, MONDAY + dt.timedelta(days=40))
    assert dispute.phase == "arbitration"
    assert [dispute.student(number).retired_at for number in (1, 2)] == [None, None]


def test_an_inquiry_sheet_asks_the_sides_and_lengthens_the_term(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    dispute.act("k1:arbitrator", "send_inquiry", sides=[2], comment="学生现在何处就读？")
    assert desks(dispute) == [("k1:arbitrator", 1), ("a2:school_clerk", 2)]
    dispute.act("a2:school_clerk", "answer_inquiry", side=2, position="give_up", comment="学生已转走")
    assert dispute.side(2).inquiry == "give_up"
    assert desks(dispute) == [("k1:arbitrator", 1)]
    assert dispute.phase == "arbitration"


def test_an_inquiry_nobody_answers_lapses(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    dispute.act("k1:arbitrator", "send_inquiry", sides=[1, 2], comment="请说明")
    let_time_pass(dispute, MONDAY + dt.timedelta(days=16))
    assert {dispute.side(1).inquiry, dispute.side(2).inquiry} == {"silent"}
    assert desks(dispute) == [("k1:arbitrator", 1)]


def test_a_returned_side_answers_again_and_the_others_wait(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明"))
    dispute.claim(1)
    dispute.act("k1:dept_clerk", "return_side", side=1, comment="在读证明没有盖章")
    assert desks(dispute) == [("a2:school_clerk", 2), ("a1:school_clerk", 1)]
    dispute.claim(1)
    dispute.accept(1)
    assert dispute.side(1).review == "accepted"


def test_the_arbitrator_can_send_sides_back(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    dispute.act("k1:arbitrator", "back_to_sides", sides=[2], comment="请补公安情况说明")
    assert (dispute.phase, desks(dispute)) == ("sides", [("a2:school_clerk", 2)])


def test_an_objection_needs_new_evidence_and_goes_one_office_up(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    dispute.draft("k1", {"verdict": "keep"}, {"verdict": "close"})
    dispute.confirm("k1")
    with pytest.raises(Unmet, match="新的佐证材料"):
        dispute.act("a2:school_clerk", "object", side=2, comment="认定有误")
    dispute.now += dt.timedelta(hours=1)
    dispute.paper("a2", "公安情况说明")
    dispute.act("a2:school_clerk", "object", side=2, comment="认定有误")
    assert desks(dispute) == [("city1:arbitrator", 0)]
    assert dispute.student(2).retired_at is not None, "the ruling stands meanwhile"
    dispute.draft("city1", {"verdict": "remove_number"}, {"verdict": "keep"})
    dispute.confirm("city1")
    assert (dispute.student(1).id_number, dispute.student(2).retired_at) == (None, None)
    assert not dispute.student(2).disputed
    assert desks(dispute) == [("a1:school_clerk", 1)], "the side that objected does not object again"


def test_the_term_for_objections_ends_by_itself(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    dispute.draft("k1", {"verdict": "keep"}, {"verdict": "close"})
    dispute.confirm("k1")
    let_time_pass(dispute, MONDAY + dt.timedelta(days=8))
    assert dispute.phase == "settled"


def test_answers_need_their_papers(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明"))
    with pytest.raises(Unmet, match="还缺材料：户口簿"):
        dispute.act("a1:school_clerk", "answer_claim", side=1)
    dispute.paper("a1")
    withdraw(dispute, "户口簿")
    with pytest.raises(Unmet, match="还缺材料：户口簿"):
        dispute.act("a1:school_clerk", "answer_claim", side=1)


def withdraw(dispute: Dispute, kind: str) -> None:
    def work(session: Session) -> None:
        session.scalars(select(Evidence).where(Evidence.kind == kind)).one().withdrawn_at = dispute.now

    transact(dispute.engine, work)


def test_nobody_answers_or_reviews_for_another_side(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("b1", "王晓明"))
    dispute.claim(1)
    with pytest.raises(NotAllowed):
        dispute.act("a1:school_clerk", "answer_delete", side=2, reason="left", comment="不是我们的")
    with pytest.raises(NotAllowed):
        dispute.act("k2:dept_clerk", "accept_side", side=1)
    with pytest.raises(NotAllowed):
        dispute.act("k1:dept_leader", "accept_side", side=1)


def test_two_officers_who_decide_at_once_decide_once(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    seen = dispute.case().revision
    dispute.draft("k1", {"verdict": "keep"}, {"verdict": "close"})
    with pytest.raises(Stale):
        dispute.act("k1:arbitrator", "send_inquiry", sides=[1], comment="请说明", revision=seen)


def test_a_record_that_changed_after_the_draft_is_judged_anew(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    dispute.draft("k1", {"verdict": "keep"}, {"verdict": "close"})

    def edit(session: Session) -> None:

        session.get_one(Student, dispute.students[0]).version += 1

    transact(dispute.engine, edit)
    with pytest.raises(Unmet, match="在拟定裁定后有变动"):
        dispute.confirm("k1")
    dispute.act("k1:dept_leader", "return_ruling", comment="请重拟")
    assert dispute.phase == "arbitration"


def test_a_pupil_in_arbitration_is_not_transferred(dispute: Dispute, cast: Cast) -> None:
    dispute.about(("b1", "王小明"), ("a2", "王晓明"))
    request = Play(dispute.engine, cast).open("a1", "王小明", target_grade=3)
    with pytest.raises(Unmet) as refused:
        request.act("a1:school_clerk", "submit")
    assert any(reason.guard == "C3" for reason in refused.value.reasons)


def test_a_school_that_merges_hands_its_side_on(dispute: Dispute, cast: Cast) -> None:
    dispute.about(("a1", "王小明"), ("b1", "王晓明"))
    merge(dispute, "a1", "a2")
    assert desks(dispute) == [("a2:school_clerk", 1), ("b1:school_clerk", 2)]
    dispute.schools[0] = "a2"
    dispute.paper("a2")
    dispute.act("a2:school_clerk", "answer_claim", side=1)
    dispute.accept(1)
    dispute.claim(2)
    dispute.accept(2)
    assert desks(dispute) == [("city1:arbitrator", 0)]


def merge(dispute: Dispute, org: str, into: str) -> None:
    def work(session: Session) -> None:
        gone = session.get_one(Organisation, dispute.cast.org[org])
        other = session.get_one(Organisation, dispute.cast.org[into])
        closing.merge(session, gone, other, dispute.now.date(), ordered_by=None, now=dispute.now)

    transact(dispute.engine, work)


def test_a_county_that_merges_in_the_middle_keeps_every_side_and_the_ruling_goes_on(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    merge(dispute, "k1", "k2")
    assert desks(dispute) == [("k2:arbitrator", 0)]
    dispute.draft("k2", {"verdict": "keep"}, {"verdict": "close"})
    dispute.confirm("k2")
    assert dispute.student(2).retired_why == "deleted"


def test_a_third_school_that_turns_up_becomes_a_side_and_may_lift_the_case(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明")).all_claim()

    def arrive(session: Session) -> None:
        student = add_pupil(session, dispute.cast, "d1", "王筱明", "male", grade=4, sequence=450)
        student.disputed = True
        session.add(FindingRecord(finding_id=dispute.finding().id, student_id=student.id))

    transact(dispute.engine, arrive)
    look_after(dispute)
    assert dispute.phase == "sides"
    assert desks(dispute) == [("d1:school_clerk", 3)]
    assert dispute.problem().decider_id == dispute.cast.org["prov"]


def look_after(dispute: Dispute) -> None:
    for no, action in transact(dispute.engine, opening.changed):
        transact(dispute.engine, lambda session, n=no, a=action: opening.follow(session, n, a, dispute.now))


def test_a_group_that_ended_elsewhere_is_withdrawn(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明"))

    def retire(session: Session) -> None:

        session.get_one(Student, dispute.students[1]).retired_at = dispute.now

    transact(dispute.engine, retire)
    look_after(dispute)
    assert dispute.phase == "void"
    assert desks(dispute) == []


def test_a_finding_becomes_one_case_however_often_the_worker_looks(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明"))
    assert transact(dispute.engine, opening.waiting) == []
    with reading(dispute.engine) as session:
        assert len(list(session.scalars(select(Case).where(Case.process == "problem")))) == 1


def test_policy_can_add_a_level_of_review_below_the_deciding_office(dispute: Dispute, cast: Cast) -> None:
    dispute.about(("a1", "王小明"), ("d1", "王晓明"))
    add_policy(dispute, "problem.review_levels", ["city"])
    dispute.claim(1)
    dispute.accept(1)
    assert desks(dispute) == [("d1:school_clerk", 2), ("city1:dept_clerk", 1)]
    assert dispute.side(1).review == ""
    dispute.act("city1:dept_clerk", "accept_side", side=1)
    assert dispute.side(1).review == "accepted"


def add_policy(dispute: Dispute, key: str, value: object) -> None:
    def work(session: Session) -> None:
        rule = Policy(
            key=key, value={"value": value}, valid_from=dt.date(2025, 1, 1), source="试点", created_at=dispute.now
        )
        rule.created_by = dispute.cast.person["prov:dept_leader"]
        session.add(rule)
        touch(session, "policy")

    transact(dispute.engine, work)


def test_a_question_that_climbed_stays_where_it_climbed_when_another_side_answers(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明"))

    def climbed(session: Session) -> None:
        item = session.scalars(select(WorkItem).where(WorkItem.case_id == dispute.case().id, WorkItem.turn == 1)).one()
        item.due_rule = {**item.due_rule, "climbed_from": [item.org_id]}
        item.org_id, item.queue = dispute.cast.org["k1"], f"{dispute.cast.org['k1']}:dept_clerk"

    transact(dispute.engine, climbed)
    dispute.claim(2)
    assert ("k1:dept_clerk", 1) in desks(dispute)
    assert ("a1:school_clerk", 1) not in desks(dispute)


def test_a_pair_that_only_looks_alike_is_remembered_as_different_or_made_a_case(dispute: Dispute, cast: Cast) -> None:
    finding = dispute.near(("a1", "张伟"), ("a2", "张玮"))

    def judge(who: str, what: str) -> object:
        def work(session: Session) -> object:
            actor = cast.actor(session, who)
            return getattr(pairs, what)(session, world_of(session), actor, finding, dispute.now)

        return transact(dispute.engine, work)

    for stranger in ("a1:school_clerk", "k2:arbitrator", "a1:school_leader"):
        with pytest.raises(NotFound):
            judge(stranger, "dismiss")
    judge("k1:arbitrator", "dismiss")
    judge("k1:arbitrator", "dismiss")
    with reading(dispute.engine) as session:
        assert session.scalars(select(DistinctPair)).one().revoked_at is None
    with pytest.raises(Unacceptable):
        judge("k1:arbitrator", "make_case")
    judge("k1:arbitrator", "take_back")
    judge("k1:arbitrator", "make_case")
    with pytest.raises(NotAllowed, match="已经立案"):
        judge("k1:arbitrator", "dismiss")


def test_across_provinces_our_side_is_heard_and_the_result_is_entered(dispute: Dispute) -> None:
    dispute.across()
    assert desks(dispute) == [("a1:school_clerk", 1)]
    dispute.claim(1)
    dispute.act("k1:dept_clerk", "accept_side", side=1)
    assert (dispute.phase, desks(dispute)) == ("outside", [("prov:dept_clerk", 0)])
    dispute.act("prov:dept_clerk", "note_outside", on_date="2025-09-01", comment="已上报")
    verdicts = [{"side": 1, "verdict": "remove_number"}]
    dispute.act("prov:dept_clerk", "record_outside", verdicts=verdicts, on_date="2025-09-01", comment="部级裁定归对方")
    dispute.act("prov:dept_leader", "confirm_ruling")
    assert (dispute.phase, dispute.student(1).id_number) == ("settled", None)


def test_across_provinces_a_record_that_is_given_up_needs_nobody_outside(dispute: Dispute) -> None:
    dispute.across()
    dispute.delete(1)
    dispute.act("k1:dept_clerk", "accept_side", side=1)
    assert (dispute.phase, dispute.student(1).retired_why) == ("settled_by_sides", "deleted")


def test_only_an_officer_above_the_school_registers_a_record_of_another_province(dispute: Dispute) -> None:
    for stranger in ("a1:school_clerk", "k2:dept_clerk", "k1:dept_leader"):
        with pytest.raises(NotAllowed):
            dispute.across(stranger)


def test_a_leader_who_drafted_himself_does_not_block_the_case_it_climbs(dispute: Dispute, cast: Cast) -> None:
    """At a small office one person holds both posts: the office above confirms."""
    dispute.about(("a1", "王小明"), ("a2", "王晓明")).all_claim()

    def one_person(session: Session) -> None:
        post = session.scalars(select(Post).where(Post.org_id == cast.org["k1"], Post.role == "dept_leader")).one()
        post.person_id = cast.person["k1:arbitrator"]

    transact(dispute.engine, one_person)
    dispute.draft("k1", {"verdict": "keep"}, {"verdict": "close"})
    with pytest.raises(Unmet, match="须由另一位同事复核"):
        dispute.act("k1:arbitrator", "confirm_ruling")
    (one,) = transact(dispute.engine, lambda session: queues.unattended(session, dispute.now))
    transact(dispute.engine, lambda session: queues.raise_alarm(session, one, dispute.now))
    let_time_pass(dispute, MONDAY + dt.timedelta(days=2))
    assert desks(dispute) == [("city1:dept_leader", 0)]
    dispute.confirm("city1")
    assert dispute.phase == "objection"


def test_the_number_of_a_case_does_not_tell_where_the_other_record_is(dispute: Dispute) -> None:
    near = Dispute(dispute.engine, dispute.cast).about(("a1", "王小明"), ("a2", "王晓明"))
    far = Dispute(dispute.engine, dispute.cast)
    far.sequence = 410
    far.about(("a1", "李小明"), ("d1", "李晓明"))
    assert near.no[:-4] == far.no[:-4]
