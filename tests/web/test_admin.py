"""The administration pages: who reaches what, nobody raises himself, and what a change does to running cases."""

import datetime as dt
import io
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models.access import AccessEntry
from models.calendar import CalendarDay
from models.cases import Case, Event, WorkItem
from models.organisations import Organisation
from models.people import Person, Post
from models.policies import Policy
from models.session import transact
from tests.cast import MONDAY
from tests.consistency import assert_consistent
from tests.play import Play
from tests.statements import counted
from tests.web.door import PASSWORD, Door, csrf_of, sign_in
from workflow import people
from workflow.calendar import FIRST_YEAR, LAST_YEAR, day_of, due_day_of
from workflow.world import touch

TODAY = day_of(MONDAY)
PAGES = ("organisations", "posts", "policies", "calendar")


@pytest.fixture
def admins(door: Door) -> Door:
    """System and security administrators at the province and at one county, and an auditor."""
    for place in ("prov", "k1"):
        for role in ("system_admin", "security_admin", "auditor"):
            appoint(door, place, role)
    return door


def appoint(door: Door, place: str, role: str, username: str = "") -> int:
    """Open an account with a post; `cast.person` knows it as place:role."""

    def work(session: Session) -> int:
        person = people.add(session, username or f"{place}-{role.replace('_', '.')}", "周全", MONDAY)
        people.assign(session, person, session.get_one(Organisation, door.cast.org[place]), role, TODAY)
        return person.id

    number = transact(door.house.engine, work)
    door.cast.person[username or f"{place}:{role}"] = number
    return number


def office_id(door: Door, place: str) -> str:
    return str(door.ask(select(Organisation.public_id).where(Organisation.id == door.cast.org[place]))[0])


def post(client: FlaskClient, path: str, **values: Any) -> TestResponse:
    """Send a form, with the CSRF token of the page it stands on."""
    token = csrf_of(client.get("/admin/calendar"))
    return client.post(path, data={"csrf_token": token, **values})


def text(answer: TestResponse) -> str:
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def school(**values: str) -> dict[str, str]:
    usual = {"name": "栖云区青松小学", "short_name": "青松小学", "phone": "15400001111", "grades": "1-6"}
    return {**usual, **values}


def new_post(who: str, place: str, role: str, door: Door, **values: str) -> dict[str, str]:
    return {"person": who, "org": door.cast.code[place], "role": role, "valid_from": TODAY.isoformat(), **values}


# ---- who may come in -------------------------------------------------------------------------------------------------


def test_every_page_answers_with_few_statements(admins: Door) -> None:
    for who in ("prov:system_admin", "prov:security_admin"):
        browser = admins.browser(who)
        browser.get("/admin/organisations")
        chosen = office_id(admins, "a1")
        for path in (*PAGES, f"organisations?org={chosen}", "organisations?q=小学", "policies?key=class.size"):
            with counted(admins.house.engine) as seen:
                answer = browser.get(f"/admin/{path}")
            assert answer.status_code == 200, path
            assert len(seen) <= 8, (path, seen)


def test_schools_do_not_administer_and_departments_only_read_rules_and_calendar(admins: Door) -> None:
    clerk, leader = admins.browser("a1:school_clerk"), admins.browser("k1:dept_leader")
    assert [clerk.get(f"/admin/{page}").status_code for page in PAGES] == [403] * 4
    assert [leader.get(f"/admin/{page}").status_code for page in PAGES] == [403, 403, 200, 200]
    page = text(leader.get("/admin/policies?key=node.transfer"))
    assert "您可以看，不能改" in page
    assert "岗位</a>" not in page.partition('aria-label="管理"')[2].partition("</nav>")[0]
    refused = post(leader, "/admin/policies?key=node.transfer", value="3", citation="文", valid_from=TODAY.isoformat())
    assert refused.status_code == 403
    assert admins.ask(select(Policy.id)) == []


def test_a_county_reaches_nothing_outside_its_own_subtree(admins: Door) -> None:
    """Every address with another county's school, office, post or account is as if it did not exist."""
    system, security = admins.browser("k1:system_admin"), admins.browser("k1:security_admin")
    other, county = office_id(admins, "b1"), office_id(admins, "k2")
    clerk = admins.cast.person["b1:school_clerk"]
    person = admins.ask(select(Person.public_id).where(Person.id == clerk))[0]
    held = admins.ask(select(Post.public_id).where(Post.person_id == clerk))[0]
    for path in (f"organisations?org={other}", f"policies?place={county}", f"calendar?place={county}",
                 f"calendar/days.csv?place={county}", f"posts?person={person}"):  # fmt: skip
        assert system.get(f"/admin/{path}").status_code == 404, path
    assert post(system, f"/admin/organisations?org={other}", **school()).status_code == 404
    assert post(system, f"/admin/organisations/{other}/end", how="close", confirm="1").status_code == 404
    assert post(system, f"/admin/posts/accounts/{person}", act="password").status_code == 404
    assert post(system, "/admin/posts", end=held).status_code == 404
    values = {"value": "3", "citation": "文", "valid_from": TODAY.isoformat()}
    assert post(security, f"/admin/policies?place={county}&key=node.transfer", **values).status_code == 404
    assert "禾苑" not in text(system.get("/admin/organisations?q=县")) + text(system.get("/admin/posts"))
    for wrong in (new_post("a1-school_clerk", "b1", "school_leader", admins),
                  new_post("b1-school_clerk", "a1", "school_leader", admins)):  # fmt: skip
        answer = post(system, "/admin/posts", **wrong)
        assert answer.status_code == 422
        assert "在您管理的范围内没有" in text(answer)
    upload = {"region": county, "file": (io.BytesIO(b"day,working,note,source\n2026-01-05,no,x,y\n"), "a.csv")}
    assert post(system, "/admin/calendar/import", **upload).status_code == 422
    nation = {"region": "CN", "file": (io.BytesIO(b"day,working,note,source\n2026-01-05,no,x,y\n"), "a.csv")}
    assert post(system, "/admin/calendar/import", **nation).status_code == 422
    assert admins.ask(select(Policy.id)) == []
    assert admins.ask(select(CalendarDay.day).where(CalendarDay.source == "y")) == []


# ---- nobody raises himself -------------------------------------------------------------------------------------------


def test_nobody_gives_or_ends_a_post_of_his_own(admins: Door) -> None:
    for who in ("k1:system_admin", "k1:security_admin"):
        browser, number = admins.browser(who), admins.cast.person[who]
        username = admins.ask(select(Person.username).where(Person.id == number))[0]
        answer = post(browser, "/admin/posts", **new_post(username, "k1", "dept_leader", admins))
        assert answer.status_code == 422
        assert "不能给自己任岗位" in text(answer)
        own = admins.ask(select(Post.public_id).where(Post.person_id == number))
        assert post(browser, "/admin/posts", end=own[0]).status_code == 422
        assert admins.ask(select(Post.valid_to).where(Post.person_id == number)) == [None]


def test_nobody_holds_two_of_the_three_administrators(admins: Door) -> None:
    security = admins.browser("prov:security_admin")
    for other in ("security_admin", "auditor"):
        answer = post(security, "/admin/posts", **new_post("k1-system.admin", "k1", other, admins))
        assert answer.status_code == 422
        assert "必须是三位不同的人员" in text(answer)


def test_only_the_security_administrator_makes_and_ends_administrators(admins: Door) -> None:
    """Else a system administrator could open an account for himself and make it the other one."""
    system = admins.browser("k1:system_admin")
    values = {"username": "second.self", "name": "周全", "org": admins.cast.code["k1"], "role": "security_admin"}
    assert post(system, "/admin/posts/accounts", **values).status_code == 422
    assert admins.ask(select(Person.id).where(Person.username == "second.self")) == []
    rival = admins.ask(select(Post.public_id).where(Post.person_id == admins.cast.person["k1:security_admin"]))[0]
    assert post(system, "/admin/posts", end=rival).status_code == 422
    person = admins.ask(select(Person.public_id).where(Person.id == admins.cast.person["k1:security_admin"]))[0]
    answer = post(system, f"/admin/posts/accounts/{person}", act="password")
    assert answer.status_code == 422
    assert "一次性密码" not in text(answer)
    security = admins.browser("k1:security_admin")
    assert post(security, "/admin/posts/accounts", **values).status_code == 403
    given = post(security, "/admin/posts", **new_post("a1-school_clerk", "k1", "auditor", admins))
    assert given.status_code == 303


# ---- posts and accounts ----------------------------------------------------------------------------------------------


def test_a_new_account_shows_its_password_once_and_works(admins: Door) -> None:
    system = admins.browser("k1:system_admin")
    values = {"username": "lin.zhixia", "name": "林知夏", "org": admins.cast.code["a1"], "role": "school_clerk"}
    answer = post(system, "/admin/posts/accounts", **values)
    assert answer.status_code == 200
    password = re.search(r"([a-z0-9]{4}-){2}[a-z0-9]{4}", text(answer))
    assert password
    assert password[0] not in text(system.get("/admin/posts"))
    assert sign_in(admins.app.test_client(), "lin.zhixia", password[0]).status_code == 303
    stored = admins.ask(select(Person).where(Person.username == "lin.zhixia"))[0]
    assert stored.password_changed_at is None
    notes = admins.ask(select(AccessEntry.what).order_by(AccessEntry.id))
    assert notes[-2:] == ["admin_post", "admin_account"]
    again = post(system, "/admin/posts/accounts", **values)
    assert again.status_code == 422
    assert "已经存在" in text(again)
    assert 'value="林知夏"' in text(again)


def test_a_post_counts_from_the_next_request_on_until_it_ends(admins: Door) -> None:
    security, clerk = admins.browser("k1:security_admin"), admins.browser("a1:school_clerk")
    assert clerk.get("/admin/policies").status_code == 403
    assert post(security, "/admin/posts", **new_post("a1-school_clerk", "k1", "dept_clerk", admins)).status_code == 303
    assert clerk.get("/admin/policies").status_code == 200
    mine = (Post.person_id == admins.cast.person["a1:school_clerk"]) & (Post.role == "dept_clerk")
    (held,) = admins.ask(select(Post.public_id).where(mine))
    assert post(security, "/admin/posts", end=held, confirm="1").status_code == 303
    assert clerk.get("/admin/policies").status_code == 403
    assert "已离任" in text(security.get("/admin/posts?former=1&q=a1-school"))


def test_before_a_post_ends_the_page_says_what_stays_at_the_desk(admins: Door) -> None:
    play = Play(admins.house.engine, admins.cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    security = admins.browser("k1:security_admin")
    leader = Post.person_id == admins.cast.person["a1:school_leader"]
    (held,) = admins.ask(select(Post.public_id).where(leader))
    asked = post(security, "/admin/posts", end=held)
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", asked.get_data(as_text=True)))
    assert asked.status_code == 200
    for said in ("不再担任", "岗位待办 1 件", "没有其他人在任", "离岗交接", "确认离任"):
        assert said in words, said
    assert admins.ask(select(Post.valid_to).where(leader)) == [None], "nothing ends before it is confirmed"
    handing_over = re.search(r'href="(/admin/handover/[^"]+)"', asked.get_data(as_text=True))
    assert handing_over
    assert "1 件，没有其他人在任" in text(security.get(handing_over[1]))
    assert post(security, "/admin/posts", end=held, confirm="1").status_code == 303
    assert admins.ask(select(Post.valid_to).where(leader)) == [TODAY - dt.timedelta(days=1)]


def test_a_class_teacher_needs_a_class_of_the_school(admins: Door) -> None:
    system, room = admins.browser("k1:system_admin"), admins.cast.room[("a1", 3)]
    for number, sentence in (("", "7 位班号"), ("2020199", "没有这个班号"), ("\x00", "不能使用")):
        wrong = new_post("a1-school_leader", "a1", "class_teacher", admins, **{"class": number})
        answer = post(system, "/admin/posts", **wrong)
        assert answer.status_code == 422
        assert sentence in text(answer)
    right = new_post("a1-school_leader", "a1", "class_teacher", admins, **{"class": room.no})
    assert post(system, "/admin/posts", **right).status_code == 303
    leader = post(system, "/admin/posts", **new_post("a1-school_leader", "a1", "dept_leader", admins))
    assert "没有部门负责人这个岗位" in text(leader)


def test_a_reset_password_ends_every_session(admins: Door) -> None:
    system, clerk = admins.browser("k1:system_admin"), admins.browser("a1:school_clerk")
    person = admins.ask(select(Person.public_id).where(Person.id == admins.cast.person["a1:school_clerk"]))[0]
    answer = post(system, f"/admin/posts/accounts/{person}", act="password")
    assert answer.status_code == 200
    assert clerk.get("/inbox").status_code == 303
    assert sign_in(admins.app.test_client(), "a1-school_clerk", PASSWORD).status_code == 401
    bad = post(system, f"/admin/posts/accounts/{person}", act="save", email="not an address", phone="1")
    assert bad.status_code == 422
    assert 'value="not an address"' in text(bad)
    assert post(system, f"/admin/posts/accounts/{person}", act="disable").status_code == 303
    assert admins.ask(select(Person.disabled_at).where(Person.public_id == person)) == [MONDAY]


def test_long_lists_of_posts_are_paged_by_key(admins: Door) -> None:
    system = admins.browser("prov:system_admin")
    seen: list[str] = []
    path = "/admin/posts"
    while path:
        page = system.get(path).get_data(as_text=True)
        seen += re.findall(r'<th scope="row">.*?<span class="mono soft small">([^<]+)', page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    everybody = admins.ask(select(func.count()).select_from(Post))[0]
    assert len(seen) == everybody > 25
    assert seen == sorted(seen)


# ---- organisations ---------------------------------------------------------------------------------------------------


def test_a_school_is_changed_and_every_fault_stands_at_its_field(admins: Door) -> None:
    system, chosen = admins.browser("k1:system_admin"), office_id(admins, "a1")
    path = f"/admin/organisations?org={chosen}"
    wrong = school(name="", short_name="九个字的简称太长了", phone="call me", grades="1-13", competent="nobody")
    answer = post(system, path, **wrong)
    assert answer.status_code == 422
    for field in ("name", "short_name", "phone", "grades", "competent"):
        assert f'id="f-{field}-error"' in text(answer), field
    assert 'value="call me"' in text(answer)
    outside = post(system, path, **school(competent=office_id(admins, "k2")))
    assert outside.status_code == 422
    right = school(name="栖云区青松实验小学", grades="1-6", competent=office_id(admins, "k1"), demonstration="1")
    assert post(system, path, **right).status_code == 303
    row = admins.ask(select(Organisation).where(Organisation.public_id == chosen))[0]
    assert (row.name, row.grades, row.demonstration) == ("栖云区青松实验小学", [1, 2, 3, 4, 5, 6], True)
    assert "栖云区青松实验小学" in text(system.get("/admin/organisations?q=实验"))


def test_a_school_is_founded_below_an_office_within_reach(admins: Door) -> None:
    admins.house.__dict__["demo"] = True  # codes of the fictional province count in demonstrations only
    system = admins.browser("k1:system_admin")
    values = school(name="栖云区映山小学", short_name="映山小学", level="school", code="2199000077")
    assert post(system, "/admin/organisations", **values, parent=office_id(admins, "k2")).status_code == 422
    taken = post(system, "/admin/organisations", **{**values, "code": admins.cast.code["a1"]},
                 parent=office_id(admins, "k1"))  # fmt: skip
    assert "已经用于其他单位" in text(taken)
    assert post(system, "/admin/organisations", **values, parent=office_id(admins, "k1")).status_code == 303
    row = admins.ask(select(Organisation).where(Organisation.code == "2199000077"))[0]
    county = admins.ask(select(Organisation).where(Organisation.id == admins.cast.org["k1"]))[0]
    assert row.path == f"{county.path}{row.id}/"
    assert row.competent_dept_id == county.id


def test_merging_a_school_redirects_what_waits_there(admins: Door) -> None:
    system = admins.browser("k1:system_admin")
    play = Play(admins.house.engine, admins.cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    assert play.phase == "releasing_school"
    closing = f"/admin/organisations/{office_id(admins, 'a2')}/end"
    unsure = post(system, closing, how="merge", into=admins.cast.code["a1"])
    assert unsure.status_code == 422
    assert "请勾选确认" in text(unsure)
    assert f'value="{admins.cast.code["a1"]}"' in text(unsure)
    assert post(system, closing, how="merge", into=admins.cast.code["b1"], confirm="1").status_code == 422
    still = post(system, closing, how="close", confirm="1")
    assert "在籍学生" in text(still)
    found_empty_school(admins)
    assert post(system, closing, how="merge", into="2199000088", confirm="1").status_code == 303
    waiting = admins.ask(select(WorkItem).where(WorkItem.open))[0]
    into = admins.ask(select(Organisation.id).where(Organisation.code == "2199000088"))[0]
    assert waiting.org_id == into
    assert "redirect" in admins.ask(select(Event.action).order_by(Event.seq))
    own = post(system, f"/admin/organisations/{office_id(admins, 'k1')}/end", how="close", confirm="1")
    assert "自己任职" in text(own)
    assert_consistent(admins.house.engine)


def found_empty_school(door: Door) -> None:
    """Found an empty primary school in county k1 that can take another one in."""

    def work(session: Session) -> None:
        county = session.get_one(Organisation, door.cast.org["k1"])
        row = Organisation(code="2199000088", name="栖云区听泉小学", short_name="听泉小学", level="school", path="",
                           parent_id=county.id, competent_dept_id=county.id, grades=[1])  # fmt: skip
        session.add(row)
        session.flush()
        row.path = f"{county.path}{row.id}/"
        touch(session, "organisation")

    transact(door.house.engine, work)


# ---- the calendar ----------------------------------------------------------------------------------------------------


def test_a_calendar_moves_open_deadlines_and_writes_it_into_the_case(admins: Door) -> None:
    system = admins.browser("prov:system_admin")
    play = Play(admins.house.engine, admins.cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    before, revision = admins.ask(select(WorkItem).where(WorkItem.open))[0], play.case().revision
    csv = "day,working,note,source\n2025-09-03,no,校舍检修,省厅通知\n2025-09-04,no,校舍检修,省厅通知\n"
    file = (io.BytesIO(csv.encode("gb18030")), "日历.csv")
    answer = post(system, "/admin/calendar/import", region="CN", file=file)
    assert answer.status_code == 303
    after = admins.ask(select(WorkItem).where(WorkItem.open))[0]
    assert due_day_of(after.due_at) - due_day_of(before.due_at) == dt.timedelta(days=2)
    assert admins.ask(select(Event.action).order_by(Event.seq))[-1] == "recompute"
    assert play.case().revision == revision
    assert "1 件在办事项" in text(system.get("/admin/calendar"))
    assert "校舍检修" in text(system.get("/admin/calendar?year=2025"))
    assert "2025-09-03,no" in system.get("/admin/calendar/days.csv?year=2025").get_data(as_text=True)
    assert_consistent(admins.house.engine)


def test_a_calendar_of_a_county_holds_there_only(admins: Door) -> None:
    system = admins.browser("prov:system_admin")
    for school_name, pupil in (("a1", "沈明铭"), ("b1", "卢天志")):
        play = Play(admins.house.engine, admins.cast)
        play.open(school_name, pupil, target_grade=5 if school_name == "a1" else 4)
        play.act(f"{school_name}:school_clerk", "submit")
    csv = b"day,working,note,source\n2025-09-03,no,x,y\n"
    values = {"region": office_id(admins, "k1"), "file": (io.BytesIO(csv), "a.csv")}
    assert post(system, "/admin/calendar/import", **values).status_code == 303
    moved = admins.ask(
        select(Case.applicant_org_id).join(Event, Event.case_id == Case.id).where(Event.action == "recompute")
    )
    assert moved == [admins.cast.org["a1"]]


def test_a_corrected_file_gives_up_days_that_it_does_not_name(admins: Door) -> None:
    """A whole year says so by its 1 October; with days for a place the visitor says that these are all there are."""
    system, county = admins.browser("prov:system_admin"), office_id(admins, "k1")

    def announced(region: str, *days: str, **more: str) -> str:
        csv = "day,working,note,source\n" + "".join(f"{day},no,假,公告\n" for day in days)
        post(system, "/admin/calendar/import", region=region, file=(io.BytesIO(csv.encode()), "a.csv"), **more)
        return text(system.get("/admin/calendar?year=2027"))

    def held(region: str) -> list[str]:
        days = select(CalendarDay.day).where(CalendarDay.region == region, CalendarDay.day >= dt.date(2027, 1, 1))
        return [day.isoformat() for day in sorted(admins.ask(days))]

    announced("CN", "2027-10-01", "2027-12-01")
    assert "原有的 1 天已删去" in announced("CN", "2027-10-01", "2027-01-01")
    assert held("CN") == ["2027-01-01", "2027-10-01"]
    announced("CN", "2027-05-03")
    assert held("CN") == ["2027-01-01", "2027-05-03", "2027-10-01"]
    announced(county, "2027-03-01", "2027-03-02")
    announced(county, "2027-03-03")
    assert len(held(admins.cast.code["k1"])) == 3
    announced(county, "2027-03-03", whole="yes")
    assert held(admins.cast.code["k1"]) == ["2027-03-03"]
    assert len(held("CN")) == 3


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "第 1 行"),
        (b"day,working\n", "表头"),
        (b"day,working,note,source\n2026-02-30,no,a,b\n", "不是日期"),
        (b"day,working,note,source\n2026-02-03,maybe,a,b\n", "yes"),
        (b"day,working,note,source\n2026-02-03,no,a,\n", "缺少来源"),
        (b"day,working,note,source\n1026-02-03,no,a,b\n", "请核对"),
        (b"day,working,note,source\n2026-02-03,no,a\x07,b\n", "不能使用"),
        (b"\xff\xfe\x00\x81", "CSV"),
        (b"x" * 200_001, "最大"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_calendar_file_that_cannot_be_taken_says_why(admins: Door, content: bytes, sentence: str) -> None:
    system = admins.browser("prov:system_admin")
    answer = post(system, "/admin/calendar/import", region="CN", file=(io.BytesIO(content), "a.csv"))
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert 'id="i-file-error"' in text(answer)


def test_a_term_is_worked_out_and_a_strange_one_refused_at_its_field(admins: Door) -> None:
    leader = admins.browser("k1:dept_leader")
    assert "到 2025年10月20日 周一 24:00 截止" in text(leader.get("/admin/calendar?from=2025-09-29&days=10"))
    assert "暂定" in text(leader.get("/admin/calendar?from=2030-01-01&days=10"))
    for query, field in (("from=x&days=10", "from"), ("from=2025-09-29&days=0", "days"), ("days=%D9%A1", "days"),
                         ("from=2025-09-29&days=99999999", "days")):  # fmt: skip
        answer = leader.get(f"/admin/calendar?{query}")
        assert answer.status_code == 422
        assert f'id="c-{field}-error"' in text(answer)
    answer = leader.get("/admin/calendar?from=9999-12-31&days=2000")
    assert answer.status_code == 422
    assert f"日期应在 {FIRST_YEAR} 到 {LAST_YEAR} 年之间" in text(answer)
    for year in ("0", "9999", "x", "2027"):
        assert leader.get(f"/admin/calendar?year={year}").status_code == 200


STRANGE_WORDS = ("%00", "%F0%A0%AE%B7", "%ED%A0%80", "x" * 3000, "%25%5F", "'%20or%201=1")
ADDRESSES = (
    *(f"organisations?{name}=" for name in ("q", "org", "new")),
    *(f"posts?{name}=" for name in ("q", "org", "role", "after", "person")),
    *(f"policies?{name}=" for name in ("key", "place", "key=class.size&stage")),
    *(f"calendar?{name}=" for name in ("place", "from", "year")),
    "posts?after=1-",
)
FIELDS = (
    *("name", "short_name", "phone", "grades", "code", "level", "parent", "username", "email", "person", "org", "role"),
    *("class", "valid_from", "valid_to", "how", "into", "region", "end"),
)


def test_strange_addresses_never_break_a_page(admins: Door) -> None:
    system = admins.browser("prov:system_admin")
    for strange in STRANGE_WORDS:
        for path in ADDRESSES:
            assert system.get(f"/admin/{path}{strange}").status_code < 500, (path, strange)


def test_strange_forms_never_break_a_page(admins: Door) -> None:
    system, chosen = admins.browser("prov:system_admin"), office_id(admins, "a1")
    targets = ("organisations", f"organisations?org={chosen}", f"organisations/{chosen}/end", "posts", "posts/accounts",
               "posts/accounts/x", "calendar/import")  # fmt: skip
    for strange in ("\x00", "𠮷" * 300, "", "\u202e"):
        values: dict[str, Any] = dict.fromkeys(FIELDS, strange)
        for path in targets:
            assert 400 <= post(system, f"/admin/{path}", **values).status_code < 500, (path, strange)
