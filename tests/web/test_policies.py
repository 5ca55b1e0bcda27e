"""The pages of the rules: all that apply at a place on a day, what will change, and changes that need two persons."""

import datetime as dt
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.access import AccessEntry
from models.messages import Notice
from models.organisations import Organisation
from models.people import Person
from models.policies import Policy, PolicyProposal
from models.session import transact
from tests.cast import MONDAY
from tests.play import Play
from tests.statements import counted
from tests.web.door import Door
from tests.web.test_admin import TODAY, admins, appoint, office_id, post, text  # noqa: F401 - a fixture among them
from web import clock
from web.present.policy_pages import SUBJECTS, subject_of
from workflow import people, policy_changes
from workflow.policies import DEFAULTS
from workflow.policy_changes import GUARD_TITLES, keys, title_of
from workflow.policy_shapes import GRADED, SHAPES, faults_of, shape_of

DAYS = "/admin/policies?key=node.transfer"
ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def first(admins: Door) -> FlaskClient:  # noqa: F811
    """The security administrator of county k1, who proposes."""
    return admins.browser("k1:security_admin")


@pytest.fixture
def second(admins: Door) -> FlaskClient:  # noqa: F811
    """The security administrator of the province, who may confirm what k1 proposes."""
    return admins.browser("prov:security_admin")


def asking(value: str = "5", since: dt.date = TODAY, **more: str) -> dict[str, str]:
    frame = {"citation": "区教育局〔2025〕3号", "valid_from": since.isoformat(), "reason": "缩短办理时间"}
    return {"value": value, **frame, **more}


def propose(client: FlaskClient, path: str = DAYS, **values: str) -> str:
    """Send the form of a rule; returns the address of the proposal."""
    answer = post(client, path, **{**asking(), **values})
    assert answer.status_code == 303, text(answer)
    return str(answer.headers["Location"])


def decide(client: FlaskClient, address: str, act: str, answer: str = "", status: int = 303) -> str:
    """Answer a proposal; returns the words of the page that follows."""
    given = post(client, address, act=act, answer=answer)
    assert given.status_code == status, text(given)
    return text(given if status != 303 else client.get(address))


def agree(first: FlaskClient, second: FlaskClient, path: str = DAYS, **values: str) -> None:
    decide(second, propose(first, path, **values), "confirm")


def states(door: Door) -> list[str]:
    return door.ask(select(PolicyProposal.state).order_by(PolicyProposal.id))


# ---- the shapes and the forms ----------------------------------------------------------------------------------------


def test_every_rule_has_a_shape_that_its_default_fits() -> None:
    assert set(SHAPES) == set(DEFAULTS)
    assert set(GUARD_TITLES) == set(GRADED)
    for key, default in DEFAULTS.items():
        assert faults_of(SHAPES[key], default.value) == {}, key
    assert all(shape_of(key) for key in keys())
    assert shape_of("guard.C1") is None


def test_every_rule_can_be_asked_for_as_its_form_shows_it(admins: Door, first: FlaskClient) -> None:  # noqa: F811
    """The form of each key, sent back as it is drawn, is taken and changes nothing of the value."""
    for key in keys():
        page = first.get(f"/admin/policies?key={key}").get_data(as_text=True)
        values = {"citation": "区教育局通知", "valid_from": TODAY.isoformat(), "reason": "重新公布", **typed_in(page)}
        assert post(first, f"/admin/policies?key={key}", **values).status_code == 303, key
        stored = admins.ask(select(PolicyProposal.value).where(PolicyProposal.key == key))[0]["value"]
        if key in DEFAULTS:
            assert stored == DEFAULTS[key].value, key
    assert admins.ask(select(Policy.id)) == []


def typed_in(page: str) -> dict[str, Any]:
    """Return what the fields of the rule's form hold, as a browser would send it."""
    found: dict[str, Any] = {}
    for name, shown in re.findall(r'<textarea[^>]*name="(value[^"]*)"[^>]*>([^<]*)', page):
        found[name] = shown
    for name, shown in re.findall(r'<input class="form-control"[^>]*name="(value[^"]*)"[^>]*value="([^"]*)"', page):
        found[name] = shown
    for name, shown in re.findall(r'type="checkbox" name="(value[^"]*)"[^>]*value="([^"]*)" checked', page):
        found.setdefault(name, []).append(shown)
    for name, options in re.findall(r'<select[^>]*name="(value[^"]*)"[^>]*>(.*?)</select>', page, re.DOTALL):
        found[name] = re.findall(r'value="([^"]*)" selected', options)[0]
    return found


def test_a_rule_is_refused_with_every_fault_at_its_field(admins: Door, first: FlaskClient) -> None:  # noqa: F811
    sizes = {f"value.{stage}.{limit}": "50" for stage in ("primary", "junior", "senior") for limit in ("warn", "block")}
    sizes |= {"value.primary.warn": "four", "citation": "", "valid_from": "2025-08-31"}
    answer = post(first, "/admin/policies?key=class.size", **sizes)
    assert answer.status_code == 422
    for field in ("value.primary.warn", "value.junior.block", "citation", "valid_from", "reason"):
        assert f'id="f-{field}-error"' in text(answer), field
    assert 'value="four"' in text(answer)
    for value in ("13-01 至 02-01", "昨天", "01-15", "\x00", "01-15 至 03-15\n" * 13):
        assert post(first, "/admin/policies?key=transfer.windows", **asking(value)).status_code == 422
    for wrong in ({"reason": "长" * 301}, {"valid_to": "2025-08-01"}, {"valid_to": "x"}, {"valid_from": "2999-01-01"}):
        answer = post(first, DAYS, **{**asking(), **wrong})
        assert answer.status_code == 422
        assert f'id="f-{next(iter(wrong))}-error"' in text(answer)
    assert post(first, "/admin/policies?key=guard.C1", value="off").status_code == 404
    assert states(admins) == []


def test_nobody_is_named_for_questions_that_he_cannot_have(admins: Door, first: FlaskClient) -> None:  # noqa: F811
    here = "/admin/policies?key=desk.named"
    wrong = {"nobody.here": "no such account", "b1-school_leader": "of another county", "k1-security.admin": "no desk"}
    for name, why in wrong.items():
        for act in ({}, {"act": "try"}):
            answer = post(first, here, **asking(f"a1-school_leader\n{name}", **act))
            assert answer.status_code == 422, why
            assert f"“{name}”在栖云区教育局和所属单位没有办理事项的岗位，请核对用户名" in text(answer), why
            assert 'id="f-value-error"' in text(answer)
    assert states(admins) == []
    propose(first, here, value="k1-dept_leader\na1-school_leader")


def test_a_change_is_asked_for_two_years_ahead_at_most(admins: Door, first: FlaskClient) -> None:  # noqa: F811
    last = TODAY + policy_changes.AHEAD
    answer = post(first, DAYS, **asking(since=last + dt.timedelta(days=1)))
    assert answer.status_code == 422
    assert f"最多提前两年设定，最迟从 {last:%Y年%-m月%-d日}起" in text(answer)
    assert states(admins) == []
    propose(first, valid_from=last.isoformat())


# ---- two persons -----------------------------------------------------------------------------------------------------


def test_a_rule_holds_when_a_second_person_has_confirmed_it_and_only_there(
    admins: Door, first: FlaskClient, second: FlaskClient  # noqa: F811
) -> None:
    here, elsewhere = (Play(admins.house.engine, admins.cast) for _ in range(2))
    windows = "/admin/policies?key=transfer.windows"
    address = propose(first, windows, value="11-01 至 11-30")
    here.open("a1", "沈明铭")
    assert "T6" not in str(admins.api("a1:school_clerk").get(f"/cases/{here.no}").get_json())
    assert admins.ask(select(Policy.id)) == [], "one person alone changes nothing"
    assert "待确认" in text(second.get("/admin/policies"))
    page = decide(second, address, "confirm", "已核对文件")
    assert "周全已确认" in page
    assert "已核对文件" in page
    answer = admins.api("a1:school_clerk").act(here.no, "submit")
    assert answer.status_code == 422
    assert "T6" in [reason["guard"] for reason in answer.get_json()["reasons"]]
    elsewhere.open("b1", "卢天志", target_grade=4)
    assert "T6" not in str(admins.api("b1:school_clerk").act(elsewhere.no, "submit").get_json())
    page = text(first.get(windows))
    assert "11月1日至11月30日" in page
    assert "用这一条" in page
    row = admins.ask(select(Policy))[0]
    assert row.created_by == admins.cast.person["k1:security_admin"]


def test_giving_a_rule_up_needs_two_persons_as_well(
    admins: Door, first: FlaskClient, second: FlaskClient  # noqa: F811
) -> None:
    nothing = post(first, DAYS, act="give_up", valid_from=TODAY.isoformat(), reason="恢复")
    assert nothing.status_code == 422
    assert "没有可以取消的" in text(nothing)
    agree(first, second)
    ending = {"act": "give_up", "valid_from": "2025-10-01", "reason": "恢复全省统一"}
    bad = post(first, DAYS, **{**ending, "reason": "", "valid_from": "2025-08-01"})
    assert bad.status_code == 422
    assert 'id="e-reason-error"' in text(bad)
    assert 'id="e-valid_from-error"' in text(bad)
    address = propose(first, **ending)
    assert admins.ask(select(Policy.valid_to)) == [None]
    decide(first, address, "confirm", status=422)
    decide(second, address, "confirm")
    assert admins.ask(select(Policy.valid_to)) == [dt.date(2025, 9, 30)]
    assert "2025.10.01" in text(first.get("/admin/policies"))


def test_whoever_may_confirm_finds_the_proposal_among_his_notices(
    admins: Door, first: FlaskClient, second: FlaskClient  # noqa: F811
) -> None:
    address = propose(first)
    assert "规则待您确认" not in text(first.get("/notices"))
    page = text(second.get("/notices"))
    assert "规则待您确认" in page
    assert title_of("node.transfer") in page
    [number] = admins.ask(select(Notice.id))
    assert post(second, "/notices", row=str(number)).location.endswith(address)
    decide(second, address, "reject", "依据不对")
    assert "规则待您确认" not in text(second.get("/notices"))


def test_nobody_confirms_what_he_proposed_not_even_from_another_post(
    admins: Door, first: FlaskClient  # noqa: F811
) -> None:
    address = propose(first)
    for act in ("confirm", "reject"):
        assert "须由另一位安全管理员" in decide(first, address, act, "同意", status=422)

    def raise_him(session: Session) -> None:
        person = session.get_one(Person, admins.cast.person["k1:security_admin"])
        held = session.get_one(Organisation, admins.cast.org["prov"])
        people.assign(session, person, held, "dept_leader", TODAY)

    transact(admins.house.engine, raise_him)
    assert "须由另一位安全管理员" in decide(first, address, "confirm", status=422)
    assert states(admins) == ["open"]


def test_only_security_administrators_who_reach_the_place_decide(admins: Door, first: FlaskClient) -> None:  # noqa: F811
    address = propose(first)
    appoint(admins, "k2", "security_admin")
    for who, look, act in (("k1:system_admin", 200, 403), ("k1:dept_leader", 200, 403), ("k2:security_admin", 404, 404),
                           ("a1:school_clerk", 403, 403)):  # fmt: skip
        browser = admins.browser(who)
        assert browser.get(address).status_code == look, who
        for name in ("confirm", "reject", "withdraw"):
            token = browser.get("/inbox").get_data(as_text=True)
            found = re.search(r'name="csrf_token" value="([^"]+)"', token)
            sent = {"act": name, "answer": "好", "csrf_token": found[1] if found else ""}
            assert browser.post(address, data=sent).status_code == act, (who, name)
    assert states(admins) == ["open"]


def test_a_rejection_says_why_and_the_proposer_may_ask_again(
    admins: Door, first: FlaskClient, second: FlaskClient  # noqa: F811
) -> None:
    address = propose(first)
    again = post(first, DAYS, **asking("6"))
    assert again.status_code == 422
    assert "还在等另一人确认" in text(again)
    assert "请写明为什么驳回" in decide(second, address, "reject", status=422)
    assert "撤回" in decide(second, address, "withdraw", status=422)
    assert "期限太短" in decide(second, address, "reject", "期限太短，学校来不及")
    late = decide(second, address, "confirm", status=409)
    assert re.search(r"已于\d+年\d+月\d+日 \d\d:\d\d驳回这项提议，请重新打开查看", late)
    mine = propose(first, value="6")
    assert "已撤回" in decide(first, mine, "withdraw")
    assert states(admins) == ["rejected", "withdrawn"]
    assert admins.ask(select(Policy.id)) == []


def test_what_was_changed_meanwhile_must_be_proposed_anew(
    admins: Door, first: FlaskClient, second: FlaskClient  # noqa: F811
) -> None:
    appoint(admins, "prov", "security_admin", "prov-second")
    address = propose(first)
    other = propose(second, f"{DAYS}&place={office_id(admins, 'prov')}", value="8")
    decide(admins.browser("prov-second"), other, "confirm")
    page = text(second.get(address))
    assert "请按现在的规则重新提议" in page
    assert 'value="confirm"' not in page
    assert "请按现在的规则重新提议" in decide(second, address, "confirm", status=422)
    agree(first, second, value="7")
    assert states(admins) == ["stale", "confirmed", "confirmed"]
    assert [row["value"] for row in admins.ask(select(Policy.value).order_by(Policy.id))] == [8, 7]


def test_a_start_that_has_passed_cannot_be_confirmed(
    admins: Door, first: FlaskClient, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:
    address = propose(first, valid_from="2025-09-02")
    monkeypatch.setattr(clock, "_read", lambda: MONDAY + dt.timedelta(days=1))  # Tuesday: still in time
    again = admins.browser("prov:security_admin")
    assert "已过" not in text(again.get(address))
    monkeypatch.setattr(clock, "_read", lambda: MONDAY + dt.timedelta(days=2))
    again = admins.browser("prov:security_admin")
    assert "起始日 2025-09-02 已过" in decide(again, address, "confirm", status=422)
    assert admins.ask(select(Policy.id)) == []
    decide(again, propose(admins.browser("k1:security_admin"), valid_from="2025-09-03"), "confirm")
    assert states(admins) == ["stale", "confirmed"]


def test_every_step_of_a_proposal_is_written_down(
    admins: Door, first: FlaskClient, second: FlaskClient  # noqa: F811
) -> None:
    decide(second, propose(first), "reject", "依据不对")
    decide(first, propose(first), "withdraw")
    agree(first, second)
    rows = admins.ask(select(AccessEntry.purpose).where(AccessEntry.what == "admin_policy").order_by(AccessEntry.id))
    assert [row.partition("：")[0] for row in rows] == ["提议", "驳回", "提议", "撤回", "提议", "确认"]
    assert all("990101 自 2025-09-01 起另定 node.transfer" in row for row in rows)
    assert rows[1].endswith("：依据不对")


# ---- what applies, and what will change ------------------------------------------------------------------------------


def test_every_rule_stands_under_one_subject() -> None:
    assert {subject_of(key) for key in keys()} == set(SUBJECTS) - {"others"}
    assert subject_of("something.new") == "others"


@ON_SQLITE
def test_the_page_tells_what_will_change_tomorrow_and_later(
    admins: Door, first: FlaskClient, second: FlaskClient  # noqa: F811
) -> None:
    assert "没有已经定下的变化" in text(first.get("/admin/policies"))
    tomorrow, later = TODAY + dt.timedelta(days=1), dt.date(2025, 12, 31)
    agree(first, second, valid_from=tomorrow.isoformat(), valid_to=later.isoformat())
    page = text(first.get("/admin/policies"))
    assert re.search(r"2025\.09\.02 <span[^>]*>明天</span>.*?<del[^>]*>10 个工作日</del> → <strong>5 个工作日", page)
    assert re.search(r"2026\.01\.01</span>.*?<del[^>]*>5 个工作日</del> → <strong>10 个工作日", page)
    assert "2025.09.02 起：5 个工作日" in page
    then = text(first.get("/admin/policies?day=2025-10-01"))
    assert "<strong>5 个工作日</strong>" in then
    assert re.search(r"2025\.09\.02 起</span>，<span[^>]*>至 2025\.12\.31", then)
    assert "明天" not in then
    assert "没有已经定下的变化" in text(first.get("/admin/policies?day=2026-01-01"))
    school = text(admins.browser("k1:dept_leader").get(DAYS))
    assert "您可以看，不能改" in school


@ON_SQLITE
def test_a_subject_and_a_day_limit_the_list(admins: Door, first: FlaskClient) -> None:  # noqa: F811
    page = text(first.get("/admin/policies?subject=guards"))
    assert "guard.T6" in page
    assert "node.transfer" not in page
    for day in ("x", "2025-02-30", "0001-01-01", "9999-12-31"):
        answer = first.get(f"/admin/policies?day={day}")
        assert answer.status_code == 422
        assert 'id="q-day-error"' in text(answer)
        assert f'value="{day}"' in text(answer)


@ON_SQLITE
def test_a_rule_for_one_stage_has_a_line_and_a_page_of_its_own(
    admins: Door, first: FlaskClient, second: FlaskClient  # noqa: F811
) -> None:
    levels = "/admin/policies?key=transfer.extra_levels"
    agree(first, second, levels, value="city", stage="senior")
    page = text(first.get("/admin/policies"))
    assert re.search(r"transfer\.extra_levels · 高中</span></th><td[^>]*><strong>市级", page)
    assert "不另加层级" in text(first.get(levels))
    assert "市级" in text(first.get(f"{levels}&stage=senior"))
    assert "不再另定" in text(first.get(f"{levels}&stage=senior"))


@ON_SQLITE
def test_an_office_with_one_security_administrator_is_told_so(admins: Door) -> None:  # noqa: F811
    alone = admins.browser("prov:security_admin")
    assert "没有第二位安全管理员" in text(alone.get(DAYS))
    appoint(admins, "prov", "security_admin", "prov-second")
    assert "没有第二位安全管理员" not in text(alone.get(DAYS))


def test_the_pages_ask_few_questions(admins: Door, first: FlaskClient, second: FlaskClient) -> None:  # noqa: F811
    address = propose(first)
    for key in keys()[:20]:
        if key != "node.transfer":
            page = first.get(f"/admin/policies?key={key}").get_data(as_text=True)
            post(first, f"/admin/policies?key={key}", **{**asking(), **typed_in(page)})
    second.get("/admin/policies")
    for path in ("/admin/policies", "/admin/policies?day=2025-12-01&subject=terms", DAYS, address):
        with counted(admins.house.engine) as seen:
            assert second.get(path).status_code == 200
        assert len(seen) <= 8, (path, seen)
