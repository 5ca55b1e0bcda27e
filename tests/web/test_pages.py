"""The desk and the case through a browser without script: every page asks few questions, whatever the data size."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.cases import Case
from models.people import Person
from models.session import transact
from models.students import Student
from tests.cast import Cast
from tests.journeys.hands import Visitor
from tests.play import Play
from tests.statements import counted
from tests.web.door import Door, fresh_key
from web import clock
from workflow.transfers import drafts

PAGE_LIMIT = 8


@pytest.fixture
def play(door: Door, cast: Cast) -> Play:
    """A transfer that waits for the receiving school's leader."""
    play = Play(door.house.engine, cast, clock.now())
    play.open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    return play


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found.group(1)


def post(browser: FlaskClient, page: str, url: str, **values: object) -> TestResponse:
    """Send a form of `page` as a browser would: with its token, its revision and a key."""
    drawn = browser.get(page).get_data(as_text=True)
    revision = re.search(r'name="revision" value="(\d+)"', drawn)
    form = {"csrf_token": token_of(drawn), "idempotency_key": fresh_key(), **values}
    if revision:
        form.setdefault("revision", revision.group(1))
    return browser.post(url, data=form)


PAGES = {
    "a1:school_leader": (
        "/inbox", "/inbox?tab=done", "/inbox?tab=copied", "/cases/{no}", "/cases/{no}?tab=evidence",
        "/cases/{no}?tab=talk", "/cases/{no}?tab=history", "/notices?tab=all", "/notices/settings",
    ),
    "a1:school_clerk": (
        "/inbox?tab=started", "/transfers/new", "/students/", "/students/{pupil}", "/students/new", "/imports/new",
        "/processes",
    ),
}  # fmt: skip


def test_a_page_asks_at_most_eight_questions(door: Door, cast: Cast, play: Play) -> None:
    pupil = door.ask(select(Student.public_id).where(Student.id == cast.pupil["丁思欣"]))[0]
    for who, paths in PAGES.items():
        browser = door.browser(who)
        for path in paths:
            url = path.format(no=play.no, pupil=pupil)
            browser.get(url)
            with counted(door.house.engine) as statements:
                answer = browser.get(url)
            reads = [one for one in statements if one.lstrip().upper().startswith(("SELECT", "WITH"))]
            assert answer.status_code == 200, url
            assert len(reads) <= PAGE_LIMIT, url + "\n" + "\n".join(reads)


def test_the_number_of_questions_does_not_grow_with_the_inbox(door: Door, cast: Cast, play: Play) -> None:
    browser = door.browser("a1:school_leader")
    browser.get("/inbox")
    with counted(door.house.engine) as few:
        browser.get("/inbox")
    one_more = Play(door.house.engine, cast, clock.now())
    one_more.open("a1", "古丽娜尔·艾合买提")
    one_more.act("a1:school_clerk", "submit")
    with counted(door.house.engine) as more:
        answer = browser.get("/inbox").get_data(as_text=True)
    assert one_more.no in answer
    assert len(more) <= len(few)


def test_a_leader_approves_on_the_case_page(door: Door, play: Play) -> None:
    browser = door.browser("a1:school_leader")
    answer = post(browser, f"/cases/{play.no}", f"/cases/{play.no}/approve", comment="同意接收")
    assert answer.status_code == 303
    assert play.phase == "releasing_school"


def test_a_refusal_without_reason_keeps_what_was_typed(door: Door, play: Play) -> None:
    browser = door.browser("a1:school_leader")
    answer = post(browser, f"/cases/{play.no}", f"/cases/{play.no}/refuse", comment="证明与户口簿不符")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "证明与户口簿不符" in page
    assert "请填写这一项" in page
    assert play.phase == "receiving_school"


def test_signers_read_the_class_and_a_case_that_is_over_says_what_came_of_it(door: Door, play: Play) -> None:
    signer = door.browser("a1:school_leader").get(f"/cases/{play.no}").get_data(as_text=True)
    assert "转出班级" in signer
    assert "转入班级" in signer
    play.act("a1:school_leader", "refuse", cause="没有空余学位", comment="满员")
    over = door.browser("a1:school_leader").get(f"/cases/{play.no}").get_data(as_text=True)
    assert "这件事项已经办结，不需要再办理。结果：学籍留在原学校。" in over


def test_no_paper_that_is_asked_for_is_called_optional(door: Door, cast: Cast) -> None:
    draft = Play(door.house.engine, cast, clock.now()).open("a1", "古丽娜尔·艾合买提")
    page = door.browser("a1:school_clerk").get(f"/transfers/{draft.no}/papers").get_data(as_text=True)
    assert "材料种类" in page
    assert "（可不填）" not in page


def test_a_stale_page_says_who_was_faster(door: Door, play: Play) -> None:
    browser = door.browser("a1:school_leader")
    play.act("a1:school_leader", "approve")
    answer = post(browser, f"/cases/{play.no}", f"/cases/{play.no}/approve", revision="1")
    assert answer.status_code == 409


def test_the_back_button_and_other_words_read_like_any_stale_page(door: Door, play: Play) -> None:
    leader = Visitor(door, "a1:school_leader")
    opened = leader.open(f"/cases/{play.no}")
    leader.send("/approve", comment="同意接收")
    leader.page = opened
    page = leader.send("/approve", 409, comment="同意，学位充足")
    who = door.ask(select(Person.name).where(Person.id == door.cast.person["a1:school_leader"]))[0]
    assert f"{who}已于2025年9月1日 09:00同意，请重新打开后再办理" in page.words
    assert "同意，学位充足" in page.words, "what was typed is not lost"
    assert f"/cases/{play.no}" in page.links
    assert "Idempotency" not in page.words


def test_an_act_that_is_still_possible_is_drawn_anew_with_what_was_typed_and_a_fresh_key(
    door: Door, play: Play
) -> None:
    leader = Visitor(door, "a1:school_leader")
    opened = leader.open(f"/cases/{play.no}")
    leader.send("/copy", person="a1-school_clerk")
    leader.page = opened
    page = leader.send("/copy", 409, person="青松小学", comment="请知悉")
    assert "09:00抄送。页面已是现在的情况，所填内容已保留" in page.words
    assert (page.form("/copy").values["comment"], page.form("/copy").values["person"]) == ("请知悉", "青松小学")
    assert page.form("/copy").values["idempotency_key"] != opened.form("/copy").values["idempotency_key"]


def test_a_stranger_finds_nothing(door: Door, play: Play) -> None:
    browser = door.browser("d1:school_leader")
    assert browser.get(f"/cases/{play.no}").status_code == 404
    assert browser.get("/cases/ZX2025-0000000000-0001").status_code == 404


def test_comments_reach_both_schools_and_change_no_revision(door: Door, play: Play) -> None:
    browser = door.browser("a1:school_clerk")
    before = play.case().revision
    answer = post(browser, f"/cases/{play.no}?tab=talk", f"/cases/{play.no}/comment", comment="请补户口簿首页")
    assert answer.status_code == 303
    other = door.browser("a2:school_leader")
    assert "请补户口簿首页" in other.get(f"/cases/{play.no}?tab=talk").get_data(as_text=True)
    assert play.case().revision == before


def test_the_wizard_leads_from_the_pupil_to_a_sent_request(door: Door, cast: Cast) -> None:
    browser = door.browser("a1:school_clerk")
    found = post(
        browser,
        "/transfers/new",
        "/transfers/new",
        direction="inside",
        name="沈明铭",
        record_no=cast.record_no["沈明铭"],
    ).get_data(as_text=True)
    assert "沈**" in found or "沈*" in found
    handle = re.search(r'name="handle" value="([^"]+)"', found)
    assert handle
    post(browser, "/transfers/new", "/transfers/new", handle=handle.group(1))
    no = door.ask(select(Case.no))[0]
    room = cast.room[("a1", 5)].no
    post(browser, f"/transfers/{no}/school", f"/transfers/{no}/school", target_grade="5", to_class=room)
    post(browser, f"/transfers/{no}/reason", f"/transfers/{no}/reason", reason="随迁", reason_note="父亲调动工作")
    blocked = browser.get(f"/transfers/{no}/send").get_data(as_text=True)
    assert "还缺材料" in blocked
    stopped = post(browser, f"/transfers/{no}/send", f"/transfers/{no}/send")
    assert stopped.status_code == 422
    ids = door.papers("a1")
    door.api("a1:school_clerk").patch(f"/cases/{no}", {"revision": 0, "evidence": ids})
    sent = post(browser, f"/transfers/{no}/send", f"/transfers/{no}/send")
    assert sent.status_code == 303, sent.get_data(as_text=True)
    kept = browser.get(sent.headers["Location"]).get_data(as_text=True)
    assert "转学申请回执" in kept
    assert no in kept
    assert "栖云区青松小学" in kept
    assert "最迟 2025年" in kept
    assert door.browser("a1:school_leader").get(f"/transfers/{no}/receipt").status_code == 200
    assert door.browser("a2:school_leader").get(f"/transfers/{no}/receipt").status_code in (302, 404)
    assert door.ask(select(Case.phase).where(Case.no == no)) == ["receiving_school"]


def test_a_wrong_record_number_is_told_at_its_field(door: Door) -> None:
    browser = door.browser("a1:school_clerk")
    answer = post(browser, "/transfers/new", "/transfers/new", direction="inside", name="沈明铭", record_no="G123")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "共 19 位" in page
    assert "沈明铭" in page


def test_whole_numbers_are_shown_only_for_a_purpose(door: Door, cast: Cast) -> None:
    pupil = door.ask(select(Student.public_id).where(Student.id == cast.pupil["丁思欣"]))[0]
    browser = door.browser("a1:school_clerk")
    masked = browser.get(f"/students/{pupil}").get_data(as_text=True)
    assert cast.record_no["丁思欣"] not in masked
    refused = post(browser, f"/students/{pupil}", f"/students/{pupil}", purpose="")
    assert refused.status_code == 422
    shown = post(browser, f"/students/{pupil}", f"/students/{pupil}", purpose="核对户口簿")
    assert cast.record_no["丁思欣"] in shown.get_data(as_text=True)


def test_another_school_does_not_find_the_pupil(door: Door, cast: Cast) -> None:
    pupil = door.ask(select(Student.public_id).where(Student.id == cast.pupil["丁思欣"]))[0]
    browser = door.browser("d1:school_clerk")
    assert browser.get(f"/students/{pupil}").status_code == 404
    assert "丁思欣" not in browser.get("/students/?q=丁思欣").get_data(as_text=True).split("</form>")[-1]


def missing(browser: FlaskClient, no: str) -> str:
    """Return what the line on top of a case page says is missing."""
    page = browser.get(f"/cases/{no}").get_data(as_text=True)
    found = re.search(r"<dt>缺什么</dt>\s*<dd>(.*?)</dd>", page, re.S)
    assert found
    return " ".join(re.findall(r">([^<>]+)<", found.group(1)))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({"items": ["户口簿", "转学申请"], "comment": "两份都看不清"}, "户口簿 转学申请"),
        ({"comment": "户口簿首页看不清，\n请重新上传"}, "按退回意见补正：户口簿首页看不清， 请重新上传"),
        ({"comment": "缺居住证" * 20}, "按退回意见补正：" + "缺居住证" * 9 + "缺居住…"),
    ],
)
def test_after_a_return_the_case_says_what_was_asked_for(
    door: Door, play: Play, said: dict[str, object], shown: str
) -> None:
    clerk = door.browser("a1:school_clerk")
    assert missing(clerk, play.no) == "不缺材料"
    play.act("a1:school_leader", "return", **said)
    assert missing(clerk, play.no) == shown
    play.act("a1:school_clerk", "submit")
    assert missing(clerk, play.no) == "不缺材料"


def test_an_office_whose_opinion_fell_with_a_correction_is_asked_on_the_route_too(door: Door, play: Play) -> None:
    """The line on top, the route and the API speak of one and the same office."""

    def route() -> list[str]:
        page = door.browser("a1:school_clerk").get(f"/cases/{play.no}").get_data(as_text=True)
        told = door.api("a1:school_clerk").get(f"/cases/{play.no}").get_json()["route"]
        drawn = re.findall(r'class="station is-(\w+)', page)[1:-1]
        assert drawn == [stop["state"] for stop in told]
        return drawn

    play.act("a1:school_leader", "approve")
    play.act("a2:school_leader", "return", comment="理由与材料不符")
    clerk = play.cast.person["a1:school_clerk"]
    seen, reason = play.case().revision, {"reason": "随迁"}
    transact(door.house.engine, lambda session: drafts.change(session, play.no, clerk, reason, seen, play.now))
    assert route() == ["coming", "coming", "coming"]
    assert play.act("a1:school_clerk", "submit").phase == "receiving_school"
    assert route() == ["present", "coming", "coming"]
    play.act("a1:school_leader", "approve")
    assert route() == ["done", "present", "coming"]


def test_a_draft_says_which_papers_it_still_needs(door: Door, cast: Cast) -> None:
    play = Play(door.house.engine, cast, clock.now()).open("a1", "沈明铭", papers=("户口簿",))
    assert missing(door.browser("a1:school_clerk"), play.no) == "转学申请 居住证明、居住证、工作调动证明（任选其一）"


def test_the_page_says_that_too_many_drafts_lie_unsent(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 0)
    answer = post(door.browser("a1:school_clerk"), "/transfers/new", "/transfers/new", direction="incoming")
    assert answer.status_code == 422
    answer = post(
        door.browser("a1:school_clerk"), "/transfers/new", "/transfers/new", direction="incoming", name="周小雨",
        record_no="G110101201501011233",
    )  # fmt: skip
    assert (answer.status_code, "没有提交的转学草稿" in answer.get_data(as_text=True)) == (422, True)
    assert door.ask(select(Case.id)) == []
