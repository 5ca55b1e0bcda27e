"""The clock as people meet it on pages, in lists, mails and the API: pauses, due days, what may be done meanwhile."""

import datetime as dt
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import Case
from models.session import transact
from models.students import Student
from tests.cast import Cast
from tests.decree import decree
from tests.play import Play
from tests.web.door import Door
from tests.web.test_pages import post
from tests.workflow.test_timers import day_by_day
from web import clock
from workflow import deadlines
from workflow.policies import DEFAULTS

D = dt.date
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



def test_the_superior_sees_why_it_may_decide_and_the_other_side_sees_that_it_may(
    door: Door, session: Session, cast: Cast, play: Play
) -> None:
    decree(session, "reminder.ladder", {**DEFAULTS["reminder.ladder"].value, "take_over": 1})
    day_by_day(door.house.engine, D(2025, 9, 2), D(2025, 9, 16))
    here = f"/cases/{play.no}"
    county = door.browser("k1:dept_leader")
    for reader in (county, door.browser("a2:school_clerk")):
        seen = page(reader, here)
        assert "栖云区青松小学逾期未办，栖云区教育局可以代为决定" in seen
        assert "期限 9月15日已过。两个单位都可以办理，先办的算数；逾期不视为同意。" in seen
    assert "（代栖云区青松小学）" in page(county, "/inbox")
    assert post(county, here, f"{here}/approve", comment="材料属实").status_code == 303
    told = page(county, f"{here}?tab=history")
    assert "栖云区教育局代栖云区青松小学" in told
    assert "栖云区教育局可以代为决定" in told
    assert "栖云区教育局代为同意" in told, "on the line of stations"
    case = door.api("a2:school_clerk").get(f"/cases/{play.no}").get_json()
    assert case["route"][0]["instead"]["code"] == cast.code["k1"]
    approved = [event for event in case["events"] if event["action"] == "approve"][-1]
    assert (approved["office"]["code"], approved["instead_of"]["code"]) == (cast.code["k1"], cast.code["a1"])


# ---- windows and freezes in the wizard -------------------------------------------------------------------------------

NOVEMBER = dt.datetime(2025, 11, 3, 1, tzinfo=dt.UTC)
"""A Monday between the windows."""


@pytest.fixture
def november(door: Door, monkeypatch: pytest.MonkeyPatch) -> Door:
    monkeypatch.setattr(clock, "_read", lambda: NOVEMBER)
    return door


def test_the_wizard_says_before_anything_is_typed_until_when_it_is_open(door: Door) -> None:
    seen = page(door.browser("a1:school_clerk"), "/transfers/new")
    assert "现在受理转学" in seen
    assert "到 9月15日 24:00 截止" in seen


def test_outside_the_windows_it_says_when_it_opens_and_what_then_happens(november: Door) -> None:
    seen = page(november.browser("a1:school_clerk"), "/transfers/new")
    assert "现在不在转学受理时段" in seen
    assert "每年1月15日至3月15日、7月1日至9月15日受理。下一次从 2026年1月15日 0:00 起受理。" in seen
    assert "到时按草稿建立的先后自动送出" in seen


def test_in_a_freeze_it_names_the_freeze(door: Door, session: Session) -> None:
    decree(session, "transfer.freezes", [{"from": "2025-08-30", "to": "2025-09-05"}])
    seen = page(door.browser("a1:school_clerk"), "/transfers/new")
    assert "现在暂停受理转学" in seen
    assert "8月30日至9月5日暂停受理。下一次从 9月6日 0:00 起受理。" in seen


def test_freezes_that_overlap_are_named_as_one(door: Door, session: Session) -> None:
    spans = (("2025-09-06", "2025-09-10"), ("2025-08-30", "2025-09-03"), ("2025-09-02", "2025-09-05"))
    decree(session, "transfer.freezes", [{"from": first, "to": last} for first, last in spans])
    seen = page(door.browser("a1:school_clerk"), "/transfers/new")
    assert "8月30日至9月10日暂停受理。下一次从 9月11日 0:00 起受理。" in seen


def test_a_school_with_stages_under_different_rules_reads_each(november: Door, session: Session) -> None:
    decree(session, "transfer.windows", [{"from": "11-01", "to": "11-30"}], stage="junior")
    seen = page(november.browser("e1:school_clerk"), "/transfers/new")
    assert "有的学段现在不受理转学" in seen
    assert "初中：到 11月30日 24:00 截止。" in seen


def test_a_complete_draft_is_told_to_wait_and_can_be_called_back(november: Door, cast: Cast) -> None:
    play = Play(november.house.engine, cast, NOVEMBER).open("a1", "沈明铭")
    clerk, here = november.browser("a1:school_clerk"), f"/transfers/{play.no}/send"
    assert "开放时自动提交（2026年1月15日 0:00）" in page(clerk, here)
    assert post(clerk, here, here, then="wait").status_code == 303
    waits = page(clerk, here)
    assert "已定于 2026年1月15日 0:00 自动提交" in waits
    assert "2026年1月15日 0:00 自动提交" in page(clerk, "/inbox?tab=started")
    assert post(clerk, here, here, then="stop").status_code == 303
    assert "已定于" not in page(clerk, here)
    assert post(clerk, here, here, then="fly").status_code == 404


def test_what_lacks_papers_is_told_so_and_offered_nothing_to_wait_for(november: Door, cast: Cast) -> None:
    play = Play(november.house.engine, cast, NOVEMBER).open("a1", "沈明铭", papers=())
    clerk, here = november.browser("a1:school_clerk"), f"/transfers/{play.no}/send"
    seen = page(clerk, here)
    assert "开放时自动提交（" not in seen
    assert "还缺材料" in seen
    refused = post(clerk, here, here, then="wait")
    assert refused.status_code == 422
    assert "还缺材料" in refused.get_data(as_text=True)


def test_by_program_a_draft_waits_too(november: Door, cast: Cast) -> None:
    play = Play(november.house.engine, cast, NOVEMBER).open("a1", "沈明铭")
    clerk = november.api("a1:school_clerk")
    assert clerk.act(play.no, "submit").status_code == 422
    assert "wait_for_opening" in [one["action"] for one in clerk.get(f"/cases/{play.no}").get_json()["further"]]
    assert clerk.act(play.no, "wait_for_opening").status_code == 200
    events = clerk.get(f"/cases/{play.no}").get_json()["events"]
    assert events[-1]["action"] == "wait_for_opening"


# ---- before anything is sent: who clears what, and a task for him ---------------------------------------------------


@pytest.fixture
def suspended(door: Door, session: Session, cast: Cast) -> Door:
    """The pupil's suspension at the old school is not over."""
    session.get_one(Student, cast.pupil["沈明铭"]).suspended_from = D(2025, 3, 1)
    session.commit()
    return door


def test_the_first_step_names_who_clears_what_and_asks_him_with_one_press(suspended: Door, cast: Cast) -> None:
    clerk, typed = suspended.browser("a1:school_clerk"), {"direction": "inside", "name": "沈明铭"}
    found = post(clerk, "/transfers/new", "/transfers/new", record_no=cast.record_no["沈明铭"], **typed)
    seen = found.get_data(as_text=True)
    assert "该生正在休学，须先办理复学" in seen
    assert "由<strong>栖云区新苗小学</strong>处理" in seen
    handle = re.findall(r'name="handle" value="([^"]+)"', seen)[0]
    answer = post(clerk, "/transfers/new", "/transfers/new", handle=handle, then="ask")
    assert answer.status_code == 303
    no = suspended.ask(select(Case.no).where(Case.process == "transfer"))[0]
    told = page(clerk, f"/transfers/{no}/send")
    assert "已请栖云区新苗小学处理（XB2025-" in told
    assert "9月8日前答复" in told
    old = page(suspended.browser("a2:school_clerk"), "/inbox")
    assert "转学协办" in old
    assert "栖云区青松小学" in old


def test_each_obstacle_has_a_button_and_the_answer_comes_back_to_the_draft(suspended: Door, cast: Cast) -> None:
    play = Play(suspended.house.engine, cast, clock.now()).open("a1", "沈明铭")
    clerk, here = suspended.browser("a1:school_clerk"), f"/transfers/{play.no}/send"
    assert "请栖云区新苗小学处理" in page(clerk, here)
    assert post(clerk, here, here, then="ask", guard="T9").status_code == 422
    assert post(clerk, here, here, then="ask", guard="T2").status_code == 303
    no = suspended.ask(select(Case.no).where(Case.process == "clearance"))[0]
    old = suspended.browser("a2:school_clerk")
    task = page(old, f"/cases/{no}")
    assert "沈明铭转学前需处理：该生正在休学，须先办理复学" in task
    assert play.no not in task, "the draft is nobody's business but its school's"
    assert post(old, f"/cases/{no}", f"/cases/{no}/decline", comment="休学未满").status_code == 303
    back = page(clerk, here)
    assert f"栖云区新苗小学：不能处理（{no}）" in back
    assert "请栖云区新苗小学处理" in back, "it can be asked again"
    assert no in page(clerk, f"/cases/{play.no}")
    told = suspended.api("a2:school_clerk").get(f"/cases/{no}").get_json()
    assert told["clearance"]["message"] == "该生正在休学，须先办理复学"
    assert told["linked"]["cases"] == []
    assert old.get(f"/cases/{no}/form.pdf").status_code == 404
