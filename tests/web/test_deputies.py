"""The page 代理 and its twin for programs: giving an order, seeing it, answering under it, ending it."""

import datetime as dt

import pytest
from sqlalchemy import select

from models.deputies import Substitution
from models.people import Person
from tests.cast import MONDAY, Cast
from tests.journeys.hands import Visitor
from tests.play import Play
from tests.web.door import Door
from web import clock

FRIDAY = (MONDAY + dt.timedelta(days=4)).date().isoformat()


@pytest.fixture
def play(door: Door, cast: Cast) -> Play:
    play = Play(door.house.engine, cast, clock.now()).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    return play


def name_of(door: Door, who: str) -> str:
    return str(door.ask(select(Person.name).where(Person.id == door.cast.person[who]))[0])


def test_an_order_is_given_answered_under_and_ended_on_the_pages(door: Door, play: Play) -> None:
    leader, deputy = Visitor(door, "a1:school_leader"), Visitor(door, "k1:dept_clerk")
    leader.open("/deputies/")
    leader.send("/deputies/", deputy="k1-dept_clerk", valid_to=FRIDAY, reason="培训")
    assert "代理中" in leader.page.words
    who = name_of(door, "a1:school_leader")
    assert f"代 {who}" in deputy.open("/inbox").words
    deputy.open(f"/cases/{play.no}")
    deputy.send(f"/cases/{play.no}/approve", comment="同意接收")
    history = deputy.open(f"/cases/{play.no}?tab=history").words
    assert f"{name_of(door, 'k1:dept_clerk')} 代 {who}" in history
    assert f"{name_of(door, 'k1:dept_clerk')} 代 {who}" in deputy.open(f"/cases/{play.no}").words, "on the route"
    deputy.open("/deputies/")
    deputy.send("/end")
    assert "提前结束" in deputy.page.words


def test_whoever_stood_in_reads_that_his_time_is_over(
    door: Door, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "_read", lambda: MONDAY.replace(hour=15, minute=59))
    leader, deputy = Visitor(door, "a1:school_leader"), Visitor(door, "k1:dept_clerk")
    leader.open("/deputies/")
    leader.send("/deputies/", deputy="k1-dept_clerk", valid_to=MONDAY.date().isoformat())
    deputy.open(f"/cases/{play.no}")
    monkeypatch.setattr(clock, "_read", lambda: MONDAY.replace(hour=16, minute=1))
    deputy.send(f"/cases/{play.no}/approve", status=403)
    assert f"您代理{name_of(door, 'a1:school_leader')}已于9月1日结束，不能再代为办理" in deputy.page.words
    assert play.phase == "receiving_school"


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(door: Door) -> None:
    leader = Visitor(door, "a1:school_leader")
    leader.open("/deputies/")
    leader.send("/deputies/", 422, deputy="k1-dept_clerk", valid_to="2025-08-01", reason="病假")
    assert "请写明代理到哪一天为止" in leader.page.words
    assert leader.page.form("/deputies/").values["reason"] == "病假"
    assert leader.page.form("/deputies/").values["deputy"] == "k1-dept_clerk"
    assert door.ask(select(Substitution)) == []


def test_a_leader_arranges_it_for_his_clerk_and_sees_it(door: Door) -> None:
    leader, clerk = Visitor(door, "a1:school_leader"), Visitor(door, "a1:school_clerk")
    leader.open("/deputies/")
    leader.send("/deputies/", principal="a1-school_clerk", deputy="k1-dept_clerk", valid_to=FRIDAY)
    assert name_of(door, "a1:school_clerk") in leader.page.words
    assert "设置" in clerk.open("/deputies/").words
    clerk.send("/end")
    assert door.ask(select(Substitution.ended_by)) == [door.cast.person["a1:school_clerk"]]


def test_a_program_does_the_same(door: Door, play: Play) -> None:
    leader, deputy, stranger = door.api("a1:school_leader"), door.api("k1:dept_clerk"), door.api("k2:dept_clerk")
    body = {"deputy": "k1-dept_clerk", "valid_to": FRIDAY, "process": "transfer"}
    made = leader.post("/deputies", body, "deputy-key-0000000001")
    assert made.status_code == 201
    assert leader.post("/deputies", body, "deputy-key-0000000001").get_json() == made.get_json()
    number = made.get_json()["id"]
    assert [one["id"] for one in deputy.get("/deputies").get_json()["orders"]] == [number]
    assert stranger.get("/deputies").get_json()["orders"] == []
    [line] = deputy.get("/inbox").get_json()["items"]
    assert (line["no"], line["for"], line["item"]["mine"]) == (play.no, name_of(door, "a1:school_leader"), True)
    assert deputy.act(play.no, "approve").status_code == 200
    events = deputy.get(f"/cases/{play.no}").get_json()["events"]
    assert (events[-1]["by"], events[-1]["acting_for"]) == (
        name_of(door, "k1:dept_clerk"), name_of(door, "a1:school_leader"),
    )  # fmt: skip
    assert stranger.post(f"/deputies/{number}/end").status_code == 404
    assert deputy.post(f"/deputies/{number}/end").get_json()["state"] == "over"
    refused = leader.post("/deputies", {"deputy": "a1-school_leader", "valid_to": FRIDAY})
    assert (refused.status_code, refused.get_json()["reasons"][0]["message"]) == (422, "本人不能代理本人")
