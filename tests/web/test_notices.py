"""Notices on the page: everybody finds his own, a button marks them as read, and each chooses how he is told."""

import datetime as dt
import re
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models.messages import Mail, MessageSetting, Notice
from models.outbox import OutboxRow
from models.people import Post
from models.session import transact
from tests.cast import MONDAY, Cast
from tests.play import Play
from tests.statements import counted
from tests.web.door import Door, csrf_of
from tests.workflow.test_notices import address_all
from workflow import deliveries, mails, notices
from workflow.message_choices import GATHERING, GROUPS, Wishes

USUAL = {name: group.usual for name, group in GROUPS.items()}
LEADER = "a1:school_leader"


@pytest.fixture
def play(door: Door, cast: Cast) -> Play:
    """A transfer that waits for the receiving school's leader, who was told."""
    play = Play(door.house.engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    address_all(door.house.engine)
    return play


def post(door: Door, who: str, path: str, **values: Any) -> TestResponse:
    browser = door.browser(who)
    return browser.post(path, data={"csrf_token": csrf_of(browser.get("/notices/settings")), **values})


def page(door: Door, who: str, path: str = "/notices") -> str:
    return door.browser(who).get(path).get_data(as_text=True)


def notice(door: Door, who: str) -> Notice:
    [found] = door.ask(select(Notice).where(Notice.person_id == door.cast.person[who]))
    assert isinstance(found, Notice)
    return found


def test_a_new_task_stands_at_the_bell_and_in_the_list_with_a_masked_name(door: Door, play: Play) -> None:
    told = page(door, LEADER)
    assert '<span class="bell-count">1<span class="visually-hidden">条未读' in told
    for words in ("新任务", "沈*", play.no, "还剩"):
        assert words in told
    assert "沈明铭" not in told
    assert "bell-count" in page(door, LEADER, "/inbox")
    assert "bell-count" not in page(door, "a2:school_leader", "/inbox")
    assert "没有未读的通知" in page(door, "a2:school_leader")


def test_opening_by_the_button_marks_it_read_and_leads_to_the_case(door: Door, play: Play) -> None:
    number = notice(door, LEADER).id
    page(door, LEADER)
    assert notice(door, LEADER).read_at is None, "looking at the list changes nothing"
    answer = post(door, LEADER, "/notices", row=number)
    assert (answer.status_code, answer.location) == (303, f"/cases/{play.no}")
    first = notice(door, LEADER).read_at
    assert first == MONDAY
    assert "没有未读的通知" in page(door, LEADER)
    assert play.no in page(door, LEADER, "/notices?tab=all")
    assert post(door, LEADER, "/notices", row=number).status_code == 303, "twice does no harm"


def test_all_are_marked_up_to_what_the_page_showed(door: Door, play: Play) -> None:
    seen = notice(door, LEADER).id
    late = {"key": "late", "purpose": "case_waiting", "facts": {}, "at": MONDAY, "case_id": play.case().id}
    person = door.cast.person[LEADER]
    transact(door.house.engine, lambda session: session.add(Notice(person_id=person, **late)))
    assert post(door, LEADER, "/notices", up_to=seen).status_code == 303
    marked = {one.key: one.read_at is not None for one in door.ask(select(Notice))}
    assert marked == {f"{play.no}:2:{person}": True, "late": False}


def test_somebody_elses_notice_is_not_there(door: Door, play: Play) -> None:
    number = notice(door, LEADER).id
    for who in ("a1:school_clerk", "prov:dept_leader"):
        for row in ("", "x", "0", "-1", "９", "1" * 19, "1" * 4000, str(number)):
            assert post(door, who, "/notices", row=row).status_code == 404, row
    assert notice(door, LEADER).read_at is None


def test_who_left_the_desk_does_not_read_on(door: Door, play: Play) -> None:
    ended = update(Post).where(Post.person_id == door.cast.person[LEADER]).values(valid_to=dt.date(2025, 8, 31))
    transact(door.house.engine, lambda session: session.execute(ended))
    number = notice(door, LEADER).id
    assert play.no not in page(door, LEADER, "/notices?tab=all")
    assert post(door, LEADER, "/notices", row=number).status_code == 404


def test_the_list_goes_on_behind_its_last_line_and_asks_as_often_whatever_its_length(door: Door, play: Play) -> None:
    person, case = door.cast.person[LEADER], play.case().id
    browser = door.browser(LEADER)
    browser.get("/notices")
    with counted(door.house.engine) as few:
        browser.get("/notices")

    def fill(session: Session) -> None:
        facts: dict[str, Any] = {"phase": "rejected", "seq": 2}
        for number in range(60):
            told = {"case_id": case, "purpose": "case_decided", "facts": facts, "at": MONDAY}
            one = Notice(key=f"k{number}", person_id=person, **told)
            session.add(one)

    transact(door.house.engine, fill)
    with counted(door.house.engine) as many:
        url, pages = "/notices", 0
        while url:
            told = browser.get(url).get_data(as_text=True)
            pages += 1
            _, found, rest = told.partition('<a class="btn btn-quiet btn-small" href="/notices?tab=unread&amp;before=')
            url = f"/notices?tab=unread&before={rest.partition(chr(34))[0]}" if found else ""
    assert pages == 3
    assert "99+" not in told
    assert len(many) <= 3 * (len(few) + 1)  # an event is read, too


# ---- how one wants to be told ----------------------------------------------------------------------------------------


def test_a_choice_is_kept_and_holds_for_what_comes_next(door: Door, cast: Cast, play: Play) -> None:
    chosen = {**USUAL, "tasks": "digest", "minute": "960"}
    assert post(door, LEADER, "/notices/settings", **chosen).status_code == 303
    told = page(door, LEADER, "/notices/settings")
    assert 'value="960" selected' in told
    assert 'name="tasks" id="f-tasks-2" value="digest" checked' in told
    Play(door.house.engine, cast).open("a1", "古丽娜尔·艾合买提").act("a1:school_clerk", "submit")
    address_all(door.house.engine)
    _, second = door.ask(select(Notice).where(Notice.person_id == cast.person[LEADER]).order_by(Notice.id))
    assert second.mail_at == dt.datetime(2025, 9, 1, 8, tzinfo=dt.UTC)


def test_a_refused_choice_says_where_and_keeps_what_was_typed(door: Door, play: Play) -> None:
    answer = post(door, LEADER, "/notices/settings", **{**USUAL, "tasks": "page", "reminders": "page", "minute": "600"})
    told = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "请选择“到期和逾期提醒”的方式" in told
    assert 'value="600" selected' in told
    assert 'id="f-tasks-3" value="page" checked' in told
    assert door.ask(select(MessageSetting)) == []


def test_who_has_no_address_or_a_dead_one_is_told_so(door: Door, cast: Cast) -> None:
    person = cast.person[LEADER]
    address = "a1.school_leader@example.org"
    dead = MessageSetting(person_id=person, choices={}, dead_address=address, dead_since=MONDAY)
    transact(door.house.engine, lambda session: session.add(dead))
    told = page(door, LEADER, "/notices/settings")
    assert "被退回" in told
    assert "a***@example.org" in told
    assert Wishes(address, dead_address=address).unmailed("reminder") == "bounces"
    assert Wishes("new@example.org", dead_address=address).unmailed("reminder") == "", "corrected"


def test_an_import_is_told_to_whoever_confirmed_it(door: Door, cast: Cast) -> None:
    clerk = cast.person["a1:school_clerk"]
    told = {"batch": "none"}
    work = lambda session: notices.tell(session, clerk, "import:1", "import_done", told, MONDAY, cast.org["a1"])  # noqa: E731
    transact(door.house.engine, work)
    transact(door.house.engine, work)
    assert notice(door, "a1:school_clerk").purpose == "import_done"
    assert door.ask(select(OutboxRow)) == []


# ---- what became of it, beside the event -----------------------------------------------------------------------------


def told_of(door: Door, play: Play, who: str = "a1:school_clerk") -> str:
    """Return what the history of the case says of those who were told, without the marks."""
    page = door.browser(who).get(f"/cases/{play.no}?tab=history").get_data(as_text=True)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_history_says_who_was_told_and_whether_the_mail_went_out(door: Door, play: Play) -> None:
    assert "等待汇总发信 9月1日" in told_of(door, play)
    person = door.cast.person[LEADER]
    transact(door.house.engine, lambda session: mails.put_together(session, person, MONDAY + GATHERING))
    assert "待发" in told_of(door, play)
    for state, word, summary in (
        ("sent", "邮件已送出", "已通知 1 人，邮件送出 1 封"),
        ("refused", "邮件被拒收", "已通知 1 人，1 人的邮件没有送到"),
        ("bounced", "邮件被退回", "已通知 1 人，1 人的邮件没有送到"),
        ("moot", "已办理，不再发信", "已通知 1 人"),
    ):
        became = update(Mail).values(state=state, state_at=MONDAY)
        transact(door.house.engine, lambda session, became=became: session.execute(became))
        told = told_of(door, play)
        assert summary in told
        assert word in told
    post(door, LEADER, "/notices", row=notice(door, LEADER).id)
    assert "已通知 1 人，1 人已读" in told_of(door, play)


def test_a_side_of_a_problem_reads_of_its_own_offices_only(door: Door, play: Play) -> None:
    case, org, person = play.case().id, door.cast.org, door.cast.person

    def work(session: Session) -> list[tuple[str, str]]:
        for number, who in enumerate(("a1:school_leader", "d1:school_leader")):
            facts: dict[str, Any] = {"seq": 2}
            told = {"person_id": person[who], "org_id": org[who[:2]], "case_id": case, "facts": facts, "at": MONDAY}
            session.add(Notice(key=f"p{number}", purpose="case_ruled", unmailed="no_address", **told))
        session.flush()
        seen = deliveries.of_case(session, case, {org["a1"], org["a2"]})
        return [(one.person, one.state) for one in seen]

    assert [state for _, state in transact(door.house.engine, work)] == ["waiting", "no_address"]
