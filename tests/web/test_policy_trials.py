"""A rule tried from its page: a worker counts, the result stays with the proposal, and nothing is changed by it."""

import datetime as dt
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models.policies import Policy, PolicyProposal, PolicyTrial
from models.session import transact
from tests.cast import MONDAY
from tests.play import Play
from tests.statements import counted
from tests.web.door import Door
from tests.web.test_admin import admins, appoint, post, text  # noqa: F401 - a fixture among them
from tests.web.test_policies import DAYS, asking, decide, first, propose, second  # noqa: F401 - fixtures among them
from web.worker import Worker
from workflow import policy_trials
from workflow.policy_trials import MOST_AT_ONCE


@pytest.fixture
def worker(admins: Door) -> Worker:  # noqa: F811
    """The worker of a house in which one transfer was decided by its first office."""
    play = Play(admins.house.engine, admins.cast, MONDAY - dt.timedelta(days=30)).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.now = MONDAY - dt.timedelta(days=20)
    play.act("a1:school_leader", "approve")
    return Worker(admins.house, lambda: MONDAY)


def begin(client: FlaskClient, path: str = DAYS, **values: str) -> str:
    """Press the button that tries; returns the address of the trial."""
    answer = post(client, path, **{**asking(), "act": "try", **values})
    assert answer.status_code == 303, text(answer)
    return str(answer.headers["Location"])


def test_a_rule_is_tried_before_it_is_proposed(
    admins: Door, first: FlaskClient, second: FlaskClient, worker: Worker  # noqa: F811
) -> None:
    address = begin(first, value="3", citation="", reason="")
    page = text(first.get(address))
    assert "排队等候试算" in page
    assert "every 1s" in page
    assert "按这个值提议" not in page
    assert re.search(r'is-active" href="/admin/policies" aria-current="page"', page)
    assert "HX-Refresh" not in first.get(f"{address}/progress").headers
    assert worker.try_rules() == 1
    assert first.get(f"{address}/progress").headers["HX-Refresh"] == "true"
    page = text(first.get(address))
    assert "10 个工作日" in page
    assert "<strong>3 个工作日</strong>" in page
    assert "会逾期的答复" in page
    assert "只假定逾期的都在新期限的最后一天办结" in page
    form = first.get(f"{DAYS}&trial={address.rpartition('/')[2]}").get_data(as_text=True)
    assert 'name="value" id="f-value" value="3"' in form
    proposal = propose(first, value="3", trial=address.rpartition("/")[2])
    assert "会逾期的答复" in text(second.get(proposal))
    assert admins.ask(select(Policy.id)) == []
    for path in (address, proposal):
        with counted(admins.house.engine) as seen:
            assert second.get(path).status_code == 200
        assert len(seen) <= 8, (path, seen)


def test_a_trial_of_another_value_does_not_stand_by_a_proposal(
    admins: Door, first: FlaskClient, worker: Worker  # noqa: F811
) -> None:
    trial = begin(first, value="3").rpartition("/")[2]
    early = propose(first, value="3", trial=trial)
    decide(first, early, "withdraw")
    worker.try_rules()
    propose(first, value="4", trial=trial)
    propose(first, "/admin/policies?key=node.arrival", value="3", trial=trial)
    assert admins.ask(select(PolicyProposal.trial_id)) == [None] * 3


def test_giving_up_and_another_year_are_tried_as_well(
    admins: Door, first: FlaskClient, second: FlaskClient, worker: Worker  # noqa: F811
) -> None:
    assert post(first, DAYS, act="try_give_up").status_code == 404
    decide(second, propose(first, value="4"), "confirm")
    address = begin(first, act="try_give_up")
    again = post(first, address, year="2024")
    assert again.status_code == 303
    worker.try_rules()
    page = text(first.get(address))
    assert "不再另定，按上级的规则" in page
    assert "2024年9月2日至2025年9月1日" in page
    assert "2024年1月1日至2024年12月31日" in text(first.get(again.headers["Location"]))
    assert [row["cases"] for row in admins.ask(select(PolicyTrial.result).order_by(PolicyTrial.id))] == [1, 0]


def test_what_a_trial_cannot_tell_is_said_of_this_very_rule(admins: Door, first: FlaskClient, worker: Worker) -> None:  # noqa: F811
    address = begin(first, "/admin/policies?key=desk.taken", value="hide")
    worker.try_rules()
    page = text(first.get(address))
    assert "显示会不同的" in page
    assert "只影响同岗位的人在待办里看不看得到" in page
    sizes = {f"value.{stage}.{limit}": number for stage in ("primary", "junior", "senior")
             for limit, number in (("warn", "40"), ("block", "50"))}  # fmt: skip
    address = begin(first, "/admin/policies?key=class.size", **sizes)
    worker.try_rules()
    page = text(first.get(address))
    assert "只有提交时已经提醒过超班额的，才留下了当时的人数" in page
    assert "当时没有提醒，没有留下人数" in page
    wrong = post(first, DAYS, act="try", value="five")
    assert wrong.status_code == 422
    assert 'id="f-value-error"' in text(wrong)


def test_only_who_may_propose_tries_and_who_reads_rules_sees_it(
    admins: Door, first: FlaskClient, worker: Worker  # noqa: F811
) -> None:
    address = begin(first)
    appoint(admins, "k2", "security_admin")
    readers = (("k1:dept_leader", 200, 403), ("k1:system_admin", 200, 403), ("k2:security_admin", 404, 404))
    for who, look, act in readers:
        browser = admins.browser(who)
        assert browser.get(address).status_code == look, who
        assert browser.get(f"{address}/progress").status_code == look, who
        assert post(browser, address, year="").status_code == act, who
        assert post(browser, DAYS, **asking(), act="try").status_code in (403, 303), who
    assert admins.browser("a1:school_clerk").get(address).status_code == 403
    assert len(admins.ask(select(PolicyTrial.id).where(PolicyTrial.org_id == admins.cast.org["k1"]))) == 1


def test_not_more_than_a_few_wait_at_once(admins: Door, first: FlaskClient, worker: Worker) -> None:  # noqa: F811
    for number in range(MOST_AT_ONCE):
        begin(first, value=str(number + 1))
    full = post(first, DAYS, **asking(), act="try")
    assert full.status_code == 422
    assert "还没有算完" in text(full)
    assert worker.try_rules() == MOST_AT_ONCE
    begin(first)


def test_a_trial_that_broke_says_so_and_old_ones_are_forgotten(
    admins: Door, first: FlaskClient, worker: Worker  # noqa: F811
) -> None:
    broken, named = begin(first), begin(first, value="6")
    transact(admins.house.engine, lambda session: policy_trials.give_up(session, broken.rpartition("/")[2], MONDAY))
    assert "没有算完" in text(first.get(broken))
    worker.try_rules()
    propose(first, value="6", trial=named.rpartition("/")[2])
    begin(first, value="7")
    later = MONDAY + policy_trials.KEEP + dt.timedelta(days=1)
    assert transact(admins.house.engine, lambda session: policy_trials.forget_old(session, later)) == 2
    assert len(admins.ask(select(PolicyTrial.id))) == 1
