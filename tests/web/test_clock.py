"""The clock as people meet it on pages, in lists, mails and the API: pauses, due days, what may be done meanwhile."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.session import transact
from tests.cast import Cast
from tests.decree import decree
from tests.play import Play
from tests.web.door import Door
from tests.web.test_pages import post
from web import clock
from workflow import deadlines

WHY = "等待公安机关的证明"


@pytest.fixture
def play(door: Door, cast: Cast) -> Play:
    """A transfer that waits for the receiving school's leader."""
    play = Play(door.house.engine, cast, clock.now())
    play.open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    return play


def page(browser: FlaskClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_leader_suspends_a_case_on_its_page_and_everybody_sees_it(door: Door, play: Play) -> None:
    leader = door.browser("a1:school_leader")
    here = f"/cases/{play.no}"
    refused = post(leader, here, f"{here}/suspend", until="2025-09-01")
    assert refused.status_code == 422
    wrong = refused.get_data(as_text=True)
    assert "请写明理由" in wrong
    assert "应为今天以后的日期" in wrong
    assert 'value="2025-09-01"' in wrong, "what was typed is kept"
    assert post(leader, here, f"{here}/suspend", comment=WHY, until="2025-09-10").status_code == 303
    for reader in (leader, door.browser("a2:school_clerk"), door.browser("k1:dept_clerk")):
        seen = page(reader, here)
        assert f"栖云区青松小学于 9月1日挂起本事项，至 9月10日（{WHY}）" in seen
        assert "至 9月10日，恢复后还有 10 个工作日" in seen
    assert "至 9月10日，恢复后还有 10 个工作日" in page(leader, "/inbox")
    assert "挂起，至 9月10日" in page(leader, f"{here}?tab=history")
    answer = post(leader, here, f"{here}/approve")
    assert answer.status_code == 422
    assert "恢复后才能办理" in answer.get_data(as_text=True)
    assert post(leader, here, f"{here}/resume").status_code == 303
    assert "已挂起" not in page(leader, here)


def test_the_api_tells_why_a_clock_stands_still_and_until_when(door: Door, play: Play) -> None:
    leader, clerk = door.api("a1:school_leader"), door.api("a2:school_clerk")
    assert leader.act(play.no, "suspend", comment=WHY).status_code == 200
    case = clerk.get(f"/cases/{play.no}").get_json()
    assert case["suspended"]["comment"] == WHY
    assert (case["suspended"]["until"], case["suspended"]["office"]["code"]) == (None, door.cast.code["a1"])
    (item,) = case["items"]
    assert item["paused"] == {"why": "suspended", "until": None}
    assert (item["due"], item["due_at"], item["days_left"]) == (None, None, {"kind": "paused", "days": 10})
    refused = leader.act(play.no, "approve")
    assert refused.status_code == 422
    assert [reason["guard"] for reason in refused.get_json()["reasons"]] == ["suspended"]
    assert leader.act(play.no, "resume").status_code == 200
    case = clerk.get(f"/cases/{play.no}").get_json()
    assert (case["suspended"], case["items"][0]["paused"], case["items"][0]["due"]) == (None, None, "2025-09-15")


def test_a_freeze_is_said_on_the_case_in_the_list_and_in_the_api(door: Door, play: Play) -> None:
    def freeze(session: Session) -> None:
        decree(session, "transfer.freezes", [{"from": "2025-08-30", "to": "2025-09-05"}])
        deadlines.recompute(session, clock.now())

    transact(door.house.engine, freeze)
    leader = door.browser("a1:school_leader")
    for path in (f"/cases/{play.no}", "/inbox"):
        assert "暂停受理至 9月5日，恢复后还有 10 个工作日" in page(leader, path)
    (item,) = door.api("a1:school_leader").get(f"/cases/{play.no}").get_json()["items"]
    assert item["paused"] == {"why": "freeze", "until": "2025-09-05"}

