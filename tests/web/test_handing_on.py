"""Handing a question on: on the case page, on the page of a problem, and by program."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import WorkItem
from models.people import Person, Post
from models.session import reading, transact
from tests.cast import MONDAY, Cast
from tests.decree import decree
from tests.dispute import Dispute
from tests.journeys.hands import Visitor
from tests.play import Play
from tests.web.door import Door
from web import clock
from web.present import opinions
from workflow import casefile
from workflow.engine import look
from workflow.world import world_of


@pytest.fixture
def play(door: Door, cast: Cast) -> Play:
    play = Play(door.house.engine, cast, clock.now()).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    hire(door, "第二人", "a1", "school_leader")
    return play


def hire(door: Door, name: str, office: str, role: str) -> str:
    """Let one more person sit at a desk; returns the public id."""

    def work(session: Session) -> str:
        person = Person(username=f"more-{office}", name=name, created_at=MONDAY, password_changed_at=MONDAY)
        session.add(person)
        session.flush()
        door.cast.person[name] = person.id
        session.add(Post(person_id=person.id, org_id=door.cast.org[office], role=role, valid_from=MONDAY.date()))
        return person.public_id

    return transact(door.house.engine, work)


def assignees(door: Door) -> list[int | None]:
    return door.ask(select(WorkItem.assignee_id).where(WorkItem.open))


def test_a_leader_takes_it_his_colleague_sees_so_and_it_goes_to_him(door: Door, play: Play) -> None:
    leader, second = Visitor(door, "a1:school_leader"), Visitor(door, "第二人")
    leader.open(f"/cases/{play.no}")
    leader.send("/claim")
    second.open("/inbox")
    mine = door.ask(select(Person.name).where(Person.id == door.cast.person["a1:school_leader"]))[0]
    assert f"由 {mine} 办理" in second.page.words
    assert "同事正在办理" in second.page.words
    assert f"由 {mine} 办理" in second.open(f"/cases/{play.no}").words
    assert not second.page.offers("/approve")
    leader.open(f"/cases/{play.no}")
    person = door.ask(select(Person.public_id).where(Person.name == "第二人"))[0]
    leader.send("/reassign", person=person, comment="出差")
    assert "转办：第二人" in second.open(f"/cases/{play.no}?tab=history").words
    second.open(f"/cases/{play.no}")
    second.send("/approve")
    assert play.phase == "releasing_school"


def test_what_is_missing_stands_at_its_field(door: Door, play: Play) -> None:
    leader = Visitor(door, "a1:school_leader")
    leader.open(f"/cases/{play.no}")
    leader.send("/reassign", 422, comment="出差几天")
    assert "请填写这一项" in leader.page.words
    assert leader.page.form("/reassign").values["comment"] == "出差几天"
    leader.send("/escalate", 422)
    assert "请写明理由" in leader.page.words
    assert assignees(door) == [None]


def test_the_answer_of_the_office_above_is_told_as_such(door: Door, play: Play) -> None:
    leader, upper = Visitor(door, "a1:school_leader"), Visitor(door, "k1:dept_leader")
    leader.open(f"/cases/{play.no}")
    leader.send("/escalate", comment="与学生有亲属关系，应当回避")
    upper.open(f"/cases/{play.no}")
    upper.send("/approve", comment="同意")
    assert "栖云区教育局代为同意" in leader.open(f"/cases/{play.no}").words, "on the route"
    assert "栖云区教育局代栖云区青松小学" in leader.open(f"/cases/{play.no}?tab=history").words


def test_a_program_finds_whom_it_may_name(door: Door, play: Play) -> None:
    leader = door.api("a1:school_leader")
    acts = {one["action"]: one for one in leader.get(f"/cases/{play.no}").get_json()["further"]}
    assert acts["reassign"]["required"] == ["person"]
    [choice] = leader.get(f"/cases/{play.no}/people?action=reassign").get_json()["people"]
    assert (choice["name"], choice["role"], choice["org"]) == ("第二人", "school_leader", door.cast.code["a1"])
    stranger = door.api("a1:school_clerk").get(f"/cases/{play.no}/people?action=reassign")
    assert stranger.get_json() == {"people": []}
    assert leader.act(play.no, "reassign", person=choice["id"]).status_code == 200
    event = leader.get(f"/cases/{play.no}").get_json()["events"][-1]
    assert (event["action"], event["facts"]["handed_to"]) == ("reassign", "第二人")
    assert leader.act(play.no, "approve").status_code == 403
    assert leader.act(play.no, "take_back").status_code == 200
    wrong = leader.act(play.no, "reassign", person="x" * 3000)
    assert (wrong.status_code, wrong.get_json()["reasons"][0]["field"]) == (422, "person")


def test_where_nobody_could_take_it_a_program_reads_so_beforehand(door: Door, play: Play) -> None:
    play.act("a1:school_leader", "approve")
    told = door.api("a2:school_leader").get(f"/cases/{play.no}").get_json()
    acts = {one["action"]: one for one in told["further"]}
    assert acts["reassign"]["allowed"] is False
    assert [one["message"] for one in acts["reassign"]["reasons"]] == ["同岗位没有可以接手的其他人员"]
    assert acts["consult"]["allowed"] is True
    assert "转办" not in Visitor(door, "a2:school_leader").open(f"/cases/{play.no}").words


def test_on_the_page_of_a_problem_each_question_is_handed_on_by_itself(door: Door, cast: Cast) -> None:
    dispute = Dispute(door.house.engine, cast).about(("a1", "王小明"), ("a2", "王晓明"))
    person = hire(door, "第二人", "a1", "school_clerk")
    leader, clerk, other = (Visitor(door, who) for who in ("a1:school_leader", "a1:school_clerk", "a2:school_clerk"))
    leader.open(f"/problems/{dispute.no}")
    leader.send("/reassign", person=person)
    assert sorted(assignees(door), key=bool) == [None, door.cast.person["第二人"]]
    assert not clerk.open(f"/problems/{dispute.no}").offers("/answer_claim")
    page = other.open(f"/problems/{dispute.no}")
    assert page.offers("/answer_delete"), "the other side goes on"
    assert "第二人" not in page.words, "and learns nothing"
    assert "第二人" not in other.open(f"/problems/{dispute.no}?tab=history").words
    assert "转办" in leader.open(f"/problems/{dispute.no}?tab=history").words
    assert leader.open(f"/problems/{dispute.no}").offers("/take_back")
    leader.send("/take_back")
    assert assignees(door) == [None, None]


def test_a_review_goes_up_and_counts_for_the_department(door: Door, cast: Cast) -> None:
    dispute = Dispute(door.house.engine, cast).about(("a1", "王小明"), ("a2", "王晓明"))
    dispute.paper("a1", "户口簿", "学校在读证明")
    dispute.act("a1:school_clerk", "answer_claim", side=1)
    dispute.act("k1:dept_clerk", "escalate", turn=1, comment="材料难以认定")
    officer = Visitor(door, "city1:dept_clerk")
    officer.open(f"/problems/{dispute.no}")
    officer.send("/accept_side")
    events = door.api("city1:dept_clerk").get(f"/cases/{dispute.no}").get_json()["events"]
    assert events[-1]["action"] == "accept_side"
    assert dispute.side(1).review == "accepted"


def test_where_questions_are_taken_first_the_page_leads_with_it(door: Door, play: Play, session: Session) -> None:
    decree(session, "desk.claim", "first", door.cast.org["a1"])
    leader = Visitor(door, "a1:school_leader")
    page = leader.open(f"/cases/{play.no}")
    assert not page.offers("/approve")
    assert "须先认领再办理" in page.words
    assert page.words.index("由您办理，同岗位的同事能看到") < page.words.index("更多")
    leader.send("/claim")
    assert leader.open(f"/cases/{play.no}").offers("/approve")


def test_a_decision_is_taken_back_on_the_page_and_by_program_until_somebody_acts(door: Door, play: Play) -> None:
    leader, following = Visitor(door, "a1:school_leader"), Visitor(door, "a2:school_leader")
    for way in ("page", "program"):
        leader.open(f"/cases/{play.no}")
        leader.send("/approve")
        assert not following.open(f"/cases/{play.no}").offers("/recall")
        if way == "page":
            leader.open(f"/cases/{play.no}")
            assert "由您重新办理" in leader.page.words
            leader.send("/recall", comment="点错了")
        else:
            caller = door.api("a1:school_leader")
            offered = {one["action"]: one["allowed"] for one in caller.get(f"/cases/{play.no}").get_json()["further"]}
            assert offered["recall"]
            assert caller.act(play.no, "recall").status_code == 200
        assert play.phase == "receiving_school"
        assert "取回原决定：同意" in leader.open(f"/cases/{play.no}?tab=history").words
    with reading(door.house.engine) as session:
        step = look(session, play.no, door.cast.actor(session, "a1:school_leader"), world_of(session), MONDAY)
        given = opinions.given(step, casefile.entries(step))
    assert [(one["state"], one["note"]) for one in given] == [("voided", "9月1日本人取回，此意见不再算数")] * 2
    leader.open(f"/cases/{play.no}")
    leader.send("/approve")
    following.open(f"/cases/{play.no}")
    following.send("/claim")
    page = leader.open(f"/cases/{play.no}")
    assert not page.offers("/recall")
    assert "不能再取回" in page.words
