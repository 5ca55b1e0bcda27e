"""离岗交接 on its page: what somebody has, one act that hands it over, and who finds the page at all."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import WorkItem
from models.people import Person, Post
from models.session import transact
from tests.cast import MONDAY, Cast
from tests.journeys.hands import Visitor
from tests.play import Play
from tests.web.door import Door
from web import clock

LEAVER = "a1:school_leader"


@pytest.fixture
def play(door: Door, cast: Cast) -> Play:
    """A question that the leaver took for himself; an administrator of the county, and a second leader."""
    play = Play(door.house.engine, cast, clock.now()).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.act(LEAVER, "claim")

    def work(session: Session) -> int:
        second = Person(username="second", name="第二人", created_at=MONDAY)
        session.add(second)
        session.flush()
        posts = ((second.id, "a1", "school_leader"), (cast.person["k1:dept_clerk"], "k1", "system_admin"))
        for person, office, role in posts:
            session.add(Post(person_id=person, org_id=cast.org[office], role=role, valid_from=MONDAY.date()))
        return second.id

    cast.person["second"] = transact(door.house.engine, work)
    return play


def address(door: Door, who: str = LEAVER) -> str:
    return f"/admin/handover/{door.ask(select(Person.public_id).where(Person.id == door.cast.person[who]))[0]}"


def test_an_administrator_hands_everything_to_a_successor(door: Door, play: Play) -> None:
    admin = Visitor(door, "k1:dept_clerk")
    page = admin.open(address(door))
    assert "正在办理的事项 1 件" in page.words
    admin.send(address(door), 422, successor="nobody", ends="account")
    assert "没有可以接手的在任人员 nobody" in admin.page.words
    assert admin.page.form(address(door)).values["successor"] == "nobody"
    admin.send(address(door), successor="second", ends="account")
    assert "接手人 1 件，交回各岗位 0 件" in admin.page.words
    assert door.ask(select(WorkItem.assignee_id).where(WorkItem.open)) == [door.cast.person["second"]]
    history = Visitor(door, "a1:school_clerk").open(f"/cases/{play.no}?tab=history").words
    assert "离岗交接：第二人" in history


def test_the_page_is_for_administrators_of_the_person_only(door: Door, play: Play) -> None:
    for stranger, status in ((LEAVER, 403), ("k1:dept_leader", 403)):
        assert door.browser(stranger).get(address(door)).status_code == status
    admin = door.browser("k1:dept_clerk")
    assert admin.get(address(door, "b1:school_leader")).status_code == 404
    assert admin.get("/admin/handover/nothing").status_code == 404
