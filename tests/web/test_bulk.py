"""The pages and the API of bulk decisions: tick, agree to the clear ones, answer the others, take it back."""

import datetime as dt
import re

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from models.bulk import BulkOrder
from models.cases import Case
from models.evidence import Evidence
from models.people import Person
from models.session import transact
from tests.cast import MONDAY, add_pupil
from tests.council import colleague
from tests.play import Play
from tests.statements import counted
from tests.web.door import Door, fresh_key
from tests.web.test_pages import PAGE_LIMIT, token_of
from web import clock
from web.worker import Worker
from workflow.bulk import judging, orders

LEADER, STRANGER = "a1:school_leader", "b1:school_leader"
LATER = MONDAY + dt.timedelta(seconds=11)


class Bulk:
    """A leader's browser on the page of bulk decisions, with four requests on the desk."""

    def __init__(self, door: Door) -> None:
        self.door, self.browser = door, door.browser(LEADER)
        self.numbers = [self._request(number) for number in range(4)]

    def _request(self, number: int) -> str:
        name = f"郑量{'甲乙丙丁'[number]}"
        transact(
            self.door.house.engine,
            lambda session: add_pupil(session, self.door.cast, "a2", name, "male", grade=5, sequence=400 + number),
        )
        play = Play(self.door.house.engine, self.door.cast, clock.now()).open("a1", name)
        play.act("a1:school_clerk", "submit")
        return play.no

    def doubt(self, no: str) -> None:
        case = select(Case.id).where(Case.no == no).scalar_subquery()
        gone = update(Evidence).where(Evidence.case_id == case, Evidence.kind == "户口簿").values(withdrawn_at=MONDAY)
        transact(self.door.house.engine, lambda session: session.execute(gone))

    def send(self, path: str, **form: object) -> TestResponse:
        token = token_of(self.browser.get("/bulk").get_data(as_text=True))
        return self.browser.post(path, data={"csrf_token": token, **form})

    def picks(self, numbers: list[str] | None = None) -> list[str]:
        return [f"{no}:1" for no in (self.numbers if numbers is None else numbers)]

    def work(self) -> None:
        worker = Worker(self.door.house, lambda: LATER)
        assert worker.carry_out_orders() == 1

    def phases(self) -> list[str]:
        found = dict(zip(self.numbers, map(self._phase, self.numbers), strict=True))
        return [found[no] for no in self.numbers]

    def _phase(self, no: str) -> str:
        (phase,) = self.door.ask(select(Case.phase).where(Case.no == no))
        return str(phase)


@pytest.fixture
def bulk(door: Door) -> Bulk:
    return Bulk(door)


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def test_the_clear_ones_are_ticked_and_agreed_to_and_the_doubtful_one_is_listed(bulk: Bulk) -> None:
    bulk.doubt(bulk.numbers[0])
    page = text(bulk.browser.get("/bulk"))
    assert len(re.findall(r'name="pick"[^>]* checked', page)) == 3
    assert "缺少材料：户口簿" in page
    placed = bulk.send("/bulk", do="agree", pick=bulk.picks())
    assert placed.status_code == 303
    order = text(bulk.browser.get(placed.location))
    assert "将办理 3 件" in order
    assert "10 秒" in order
    assert "缺少材料：户口簿" in order
    bulk.work()
    assert "已办理 3 件" in text(bulk.browser.get(placed.location))
    assert bulk.phases() == ["receiving_school", *["releasing_school"] * 3]


def test_a_long_list_says_how_many_wait_behind_what_it_shows(bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "MOST", 3)
    assert "3 件，是最急的；后面还有 1 件，办完这些再列。" in text(bulk.browser.get("/bulk"))
    monkeypatch.setattr(judging, "MOST", 4)
    assert "4 件，最急的在前。" in text(bulk.browser.get("/bulk"))


def test_an_order_is_taken_back_by_one_button(bulk: Bulk) -> None:
    placed = bulk.send("/bulk", do="agree", pick=bulk.picks())
    assert bulk.send(placed.location + "/cancel").status_code == 303
    assert "已撤销" in text(bulk.browser.get(placed.location))
    assert bulk.browser.get(placed.location + "/progress").headers["HX-Refresh"] == "true"
    bulk.work()
    assert set(bulk.phases()) == {"receiving_school"}


def test_a_long_order_says_how_far_it_is(bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    bulk.doubt(bulk.numbers[0])
    placed = bulk.send("/bulk", do="agree", pick=bulk.picks())
    public_id = placed.location.rpartition("/")[2]
    monkeypatch.setattr(orders, "PIECE", 2)
    said = []
    monkeypatch.setattr(clock, "_read", lambda: LATER)
    for _ in range(2):
        said += re.findall(r"已办 <[^>]*>(.*?)<", text(bulk.browser.get(placed.location + "/progress")))
        transact(bulk.door.house.engine, lambda session: orders.next_piece(session, public_id, LATER))
    assert said == ["0 / 3 件", "2 / 3 件"]
    assert bulk.browser.get(placed.location + "/progress").headers["HX-Refresh"] == "true"


def test_the_others_are_answered_line_by_line_and_a_fault_keeps_what_was_typed(bulk: Bulk) -> None:
    one, two, three = bulk.numbers[:3]
    drawn = bulk.send("/bulk", do="others", pick=bulk.picks([one, two, three]))
    assert drawn.status_code == 200
    assert text(drawn).count(">先不办<") == 3
    answers = {f"do.{one}": "return", f"comment.{one}": "户口簿看不清", f"do.{two}": "refuse", f"comment.{two}": "已满"}
    refused = bulk.send("/bulk/others", pick=bulk.picks([one, two, three]), **answers)
    assert refused.status_code == 422
    assert "户口簿看不清" in text(refused)
    assert "请填写这一项" in text(refused)
    answers[f"cause.{two}"] = "没有空余学位"
    placed = bulk.send("/bulk/others", pick=bulk.picks([one, two, three]), **answers)
    assert placed.status_code == 303
    bulk.work()
    assert bulk.phases() == ["draft", "rejected", "receiving_school", "receiving_school"]


def test_nothing_chosen_or_nonsense_is_answered_in_one_sentence(bulk: Bulk) -> None:
    nonsense = ({}, {"do": "agree"}, {"do": "others"}, {"do": "agree", "pick": "x"}, {"do": "agree", "pick": "ZX:-1"})
    for form in nonsense:
        answer = bulk.send("/bulk", **form)
        assert answer.status_code == 422, form
        assert "error-summary" in text(answer), form
    assert not bulk.door.ask(select(BulkOrder.id))


def test_an_order_is_its_owners_alone(bulk: Bulk) -> None:
    placed = bulk.send("/bulk", do="agree", pick=bulk.picks())
    stranger = bulk.door.browser(STRANGER)
    assert stranger.get(placed.location).status_code == 404
    assert stranger.get(placed.location + "/progress").status_code == 404
    token = token_of(text(stranger.get("/bulk")))
    assert stranger.post(placed.location + "/cancel", data={"csrf_token": token}).status_code == 404
    caller = bulk.door.api(STRANGER)
    assert caller.get(placed.location).status_code == 404
    assert not any(no in text(stranger.get("/bulk")) for no in bulk.numbers)


def test_the_list_asks_few_questions(bulk: Bulk) -> None:
    bulk.browser.get("/bulk")
    with counted(bulk.door.house.engine) as statements:
        assert bulk.browser.get("/bulk?verdict=clear").status_code == 200
    assert len([one for one in statements if one.lstrip().upper().startswith(("SELECT", "WITH"))]) <= PAGE_LIMIT


def test_a_program_orders_reads_and_takes_back(bulk: Bulk) -> None:
    caller, key = bulk.door.api(LEADER), fresh_key()
    body = {"lines": [{"no": no, "revision": 1, "action": "approve"} for no in bulk.numbers]}
    placed = caller.post("/bulk", body, key)
    assert placed.status_code == 202
    assert placed.json["state"] == "waiting"
    assert placed.json["total"] == 4
    again = caller.post("/bulk", body, key)
    assert again.json["id"] == placed.json["id"]
    path = f"/bulk/{placed.json['id']}"
    assert caller.post(path + "/cancel").json["state"] == "cancelled"
    assert caller.get(path).json["results"] == {}
    wrong = caller.post("/bulk", {"lines": [{"no": "x"}, 7]})
    assert {reason["field"] for reason in wrong.json["reasons"]} == {"lines[0]", "lines[1]"}


def test_the_chosen_are_handed_on_to_one_colleague_of_the_desk(bulk: Bulk) -> None:
    assert bulk.send("/bulk", do="hand_on", pick=bulk.picks()).status_code == 200
    assert "转办所选" not in text(bulk.browser.get("/bulk")), "nobody else sits there"
    alone = text(bulk.send("/bulk", do="hand_on", pick=bulk.picks()))
    assert alone.count("同岗位没有可以接手的其他人员") == 4
    assert "转办 4 件" not in alone
    colleague(bulk.door.house.engine, bulk.door.cast, "林老师", "a1", "school_leader")
    (public_id,) = bulk.door.ask(select(Person.public_id).where(Person.username == "林老师"))
    assert "转办所选" in text(bulk.browser.get("/bulk"))
    chosen = bulk.picks([*bulk.numbers[:3], "ZX2025-2199000001-9999"])
    page = text(bulk.send("/bulk", do="hand_on", pick=chosen))
    assert "转办 3 件" in page
    assert "所选的 1 件已不在您的待办中" in page
    assert f'<option value="{public_id}">林老师</option>' in page
    refused = bulk.send("/bulk/hand-on", pick=chosen, comment="出差三天")
    assert refused.status_code == 422
    assert text(refused).count("请填写这一项") == 2, "at the field and in the list at the top"
    assert "出差三天" in text(refused)
    placed = bulk.send("/bulk/hand-on", pick=bulk.picks(bulk.numbers[:3]), person=public_id, comment="出差三天")
    assert placed.status_code == 303
    assert "将转办 3 件给林老师" in text(bulk.browser.get(placed.location))
    bulk.work()
    assert "已转办 3 件给林老师" in text(bulk.browser.get(placed.location))
    assert "由</span> <span class=\"strong name\">林老师" in text(bulk.browser.get("/inbox"))
    caller = bulk.door.api(LEADER)
    line = {"no": bulk.numbers[3], "revision": 1, "action": "reassign", "person": "林老师"}
    ordered = caller.post("/bulk", {"lines": [line]})
    assert (ordered.status_code, ordered.json["to"]) == (202, "林老师")
    wrong = caller.post("/bulk", {"lines": [{**line, "person": "a1-school_clerk"}]})
    assert (wrong.status_code, wrong.json["reasons"][0]["field"]) == (422, "person")
