"""Signing in and out: sessions that really end, throttling that never lasts, tokens, and addresses one is sent to."""

import datetime as dt
import gc
import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.people import Attempt, Person, WebSession
from models.session import transact
from tests.cast import MONDAY
from tests.web.door import PASSWORD, Door, csrf_of, settings_for, sign_in
from web import clock, throttle
from web.app import create_app, create_lasting_app
from web.config import Settings, SettingWrong
from web.database import open_house
from web.passwords import check_new
from web.security import safe_next
from web.sessions import ABSOLUTE, IDLE
from workflow import people
from workflow.errors import Unacceptable
from workflow.settings import mark_demo

WHO = "a1:school_clerk"
NOBODYS = "这里没有这个用户"


def wait(monkeypatch: pytest.MonkeyPatch, passed: dt.timedelta) -> None:
    """Let the product's clock show MONDAY and `passed`."""
    monkeypatch.setattr(clock, "_read", lambda: MONDAY + passed)


def cookie_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("xuejiban")
    return cookie.value if cookie else ""


def is_in(client: FlaskClient) -> bool:
    """Tell whether the browser is signed in: the login page sends on whoever is."""
    return client.get("/login").status_code == 303


def sessions(door: Door) -> int:
    return int(door.ask(select(func.count()).select_from(WebSession))[0])


def test_signing_in_makes_a_new_session_and_signing_out_removes_it(door: Door) -> None:
    client, username = door.app.test_client(), door.give_password(WHO)
    client.get("/login")
    before = cookie_of(client)
    answer = sign_in(client, username)
    stolen = cookie_of(client)
    assert answer.status_code == 303
    assert stolen != before
    assert is_in(client)
    assert sessions(door) == 1

    client.post("/logout", data={"csrf_token": csrf_of(client.get("/no/such/page"))})
    assert sessions(door) == 0
    thief = door.app.test_client()
    thief.set_cookie("xuejiban", stolen)
    assert not is_in(thief)


def test_signing_in_twice_leaves_one_session_of_the_browser(door: Door) -> None:
    client, username = door.app.test_client(), door.give_password(WHO)
    token = csrf_of(client.get("/login"))
    data = {"csrf_token": token, "username": username, "password": PASSWORD}
    assert client.post("/login", data=data).status_code == 303
    first = cookie_of(client)
    again = {**data, "csrf_token": csrf_of(client.get("/no/such/page"))}
    assert client.post("/login", data=again).status_code == 303
    assert cookie_of(client) != first
    assert sessions(door) == 1


def test_the_cookie_is_not_for_scripts_nor_for_other_sites(door: Door) -> None:
    answer = sign_in(door.app.test_client(), door.give_password(WHO))
    header = answer.headers["Set-Cookie"]
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert "Expires" not in header


def test_a_visitor_leaves_no_row(door: Door) -> None:
    for _ in range(3):
        door.app.test_client().get("/login")
    assert sessions(door) == 0


@pytest.mark.parametrize("passed", [IDLE, ABSOLUTE])
def test_a_session_ends_when_nobody_uses_it(door: Door, monkeypatch: pytest.MonkeyPatch, passed: dt.timedelta) -> None:
    client = door.browser(WHO)
    wait(monkeypatch, passed - dt.timedelta(seconds=1) if passed == IDLE else dt.timedelta())
    assert is_in(client)
    wait(monkeypatch, passed + IDLE)
    assert not is_in(client)


def test_a_used_session_ends_after_twelve_hours_all_the_same(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    client, passed = door.browser(WHO), dt.timedelta()
    while passed < ABSOLUTE - dt.timedelta(minutes=20):
        passed += dt.timedelta(minutes=20)
        wait(monkeypatch, passed)
        assert is_in(client)
    wait(monkeypatch, ABSOLUTE)
    assert not is_in(client)


def test_another_password_or_the_end_of_the_account_ends_every_session(door: Door) -> None:
    client = door.browser(WHO)
    door.give_password(WHO, "another-Panda-28")
    assert not is_in(client)

    client = door.browser(WHO)

    def end(session: Session) -> None:
        people.disable(session, session.get_one(Person, door.cast.person[WHO]), MONDAY)

    transact(door.house.engine, end)
    assert not is_in(client)
    assert sign_in(door.app.test_client(), "a1-school_clerk").status_code == 401


def test_a_password_that_was_given_out_opens_only_the_page_to_change_it(door: Door) -> None:
    username = door.give_password(WHO)

    def give_out(session: Session) -> None:
        session.get_one(Person, door.cast.person[WHO]).password_changed_at = None

    transact(door.house.engine, give_out)
    client = door.app.test_client()
    sign_in(client, username)
    assert client.get("/inbox").headers["Location"] == "/password"
    other = door.app.test_client()
    sign_in(other, username)
    token = csrf_of(client.get("/password"))

    def change(current: str, new: str, again: str) -> int:
        data = {"csrf_token": token, "current": current, "new": new, "again": again}
        return client.post("/password", data=data).status_code

    better = "Heron-Teapot-81"
    assert change("wrong-Password-1", better, better) == 422
    assert change(PASSWORD, better, better + "x") == 422
    assert change(PASSWORD, "12345678", "12345678") == 422
    assert change(PASSWORD, PASSWORD, PASSWORD) == 422
    assert change(PASSWORD, better, better) == 303
    page = client.get("/inbox")
    assert page.status_code == 200
    assert "密码已修改" in page.get_data(as_text=True)
    assert not is_in(other)
    assert sign_in(door.app.test_client(), username, PASSWORD).status_code == 401
    assert sign_in(door.app.test_client(), username, better).status_code == 303


def test_a_refusal_never_says_what_was_wrong(door: Door) -> None:
    username = door.give_password(WHO)
    pages = []
    for name, password in [(username, "wrong-Password-1"), (NOBODYS, PASSWORD), ("system", PASSWORD)]:
        answer = sign_in(door.app.test_client(), name, password)
        assert answer.status_code == 401
        pages.append(answer.get_data(as_text=True))
    assert all("用户名或密码不正确" in page for page in pages)
    assert PASSWORD not in "".join(pages)


def test_nonsense_in_the_form_is_refused_quietly(door: Door) -> None:
    nonsense: tuple[str | bytes, ...] = ("", " ", "x" * 5000, "a\x00b", b"\xed\xa0\x80", "'; --")
    for username in nonsense:
        client = door.app.test_client()
        token = csrf_of(client.get("/login"))
        answer = client.post("/login", data={"csrf_token": token, "username": username, "password": PASSWORD})
        assert answer.status_code in (401, 422), username


def test_guessing_is_slowed_down_and_nobody_is_locked_out_for_ever(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    client, username = door.app.test_client(), door.give_password(WHO)
    for _ in range(throttle.ACCOUNT.most):
        assert sign_in(client, username, "wrong-Password-1").status_code == 401
    answer = sign_in(client, username)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60 + 1
    assert "分钟后再试" in answer.get_data(as_text=True)
    assert sign_in(client, door.give_password("a1:school_leader")).status_code == 303
    wait(monkeypatch, throttle.QUARTER)
    assert sign_in(door.app.test_client(), username).status_code == 303
    assert door.ask(select(Attempt.id).where(Attempt.subject == f"account:{username}")) == []


def test_a_token_is_known_until_it_is_revoked_or_its_owner_leaves(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    caller = door.api(WHO)
    assert caller.get("/inbox").status_code == 200
    for headers in ({}, {"Authorization": "Bearer xjb_wrong"}, {"Authorization": "Basic abc"}):
        answer = door.app.test_client().get("/api/v1/inbox", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.get_json()["code"] == "unauthenticated"

    def end(session: Session) -> None:
        people.disable(session, session.get_one(Person, door.cast.person[WHO]), MONDAY)

    transact(door.house.engine, end)
    assert caller.get("/inbox").status_code == 401


def test_a_browser_session_is_worth_nothing_at_the_api(door: Door) -> None:
    assert door.browser(WHO).get("/api/v1/inbox").status_code == 401


def test_guessing_tokens_is_slowed_down(door: Door) -> None:
    client = door.app.test_client()
    wrong = {"Authorization": "Bearer xjb_wrong"}
    for _ in range(throttle.ADDRESS.most):
        assert client.get("/api/v1/inbox", headers=wrong).status_code == 401
    assert client.get("/api/v1/inbox", headers=wrong).status_code == 429
    assert door.api(WHO).get("/inbox").status_code == 200


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "/\\evil.example", "https:evil", "http://evil.example", "javascript:alert(1)", "", "cases",
     "/a\nb", "/\t/evil", "/" + "x" * 3000],
)  # fmt: skip
def test_nobody_is_sent_to_another_site(address: str) -> None:
    assert safe_next(address, "/home") == "/home"


def test_after_signing_in_one_is_where_one_wanted_to_be(door: Door) -> None:
    username = door.give_password(WHO)
    wanted = sign_in(door.app.test_client(), username, next="/cases/ZX2025-1-0001?tab=history")
    assert wanted.headers["Location"] == "/cases/ZX2025-1-0001?tab=history"
    evil = sign_in(door.app.test_client(), username, next="//evil.example")
    assert evil.headers["Location"] in ("/", "/inbox")


def test_a_form_without_its_token_is_refused(door: Door) -> None:
    answer = door.app.test_client().post("/login", data={"username": "x", "password": PASSWORD})
    assert answer.status_code == 400
    assert PASSWORD not in answer.get_data(as_text=True)


@pytest.mark.parametrize("password", ["short", "x" * 129, "12345678", "aaaaaaaaaa", "abababab", "zhanglin-2025"])
def test_a_bad_password_cannot_be_chosen(password: str) -> None:
    with pytest.raises(Unacceptable):
        check_new(password, "zhanglin")


def test_a_long_sentence_is_a_good_password() -> None:
    check_new("栖云区的秋天 很凉快", "zhanglin")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("XUEJIBAN_DATABSE_URL", "sqlite://"),
        ("XUEJIBAN_DATABASE_URL", "mysql://x"),
        ("XUEJIBAN_BASE_URL", "xueji.example.cn"),
        ("XUEJIBAN_PROXIES", "many"),
        ("XUEJIBAN_MAIL_PER_MINUTE", "0"),
        ("XUEJIBAN_MAIL_PER_MINUTE", "六十"),
        ("XUEJIBAN_SMTP_URL", "mail.example.cn"),
        ("XUEJIBAN_MAIL_FROM", "nobody"),
        ("XUEJIBAN_CHAT_URL", "gateway.example.cn"),
        ("XUEJIBAN_CHAT_SECRET", "short"),
        ("XUEJIBAN_LOG_LEVEL", "loud"),
        ("XUEJIBAN_TRUSTED_HOSTS", "https://x/y"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_names_itself(name: str, value: str) -> None:
    with pytest.raises(SettingWrong, match=name):
        Settings.from_environment({name: value})


def test_settings_follow_from_the_data_folder(tmp_path: Path) -> None:
    settings = Settings.from_environment({"XUEJIBAN_DATA_DIR": str(tmp_path), "HOME": "x"})
    assert settings.database_url == f"sqlite:///{tmp_path}/xuejiban.db"
    assert settings.migration_url == settings.database_url
    assert settings.key_file == tmp_path / "keys.json"


def test_only_a_demonstration_may_live_on_another_day(door: Door, database: str, tmp_path: Path) -> None:
    with pytest.raises(SettingWrong, match="--today"):
        open_house(settings_for(database, tmp_path).on(dt.date(2025, 9, 10)))


def test_what_a_serving_process_has_loaded_is_not_looked_through_for_garbage(door: Door) -> None:
    house, before = open_house(door.settings), gc.get_freeze_count()
    try:
        assert create_lasting_app(door.settings, house).test_client().get("/login").status_code == 200
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()
        house.close()


def test_a_demonstration_lists_its_accounts_at_the_door_and_real_data_never_do(door: Door, tmp_path: Path) -> None:
    account = {"username": "lin", "password": "p-1", "name": "林", "role": "school_clerk", "class": None}
    listed = [{**account, "organisation": door.cast.code["a1"]}]
    (tmp_path / "accounts.json").write_text(json.dumps(listed), encoding="utf-8")
    assert "p-1" not in door.app.test_client().get("/login").get_data(as_text=True)
    transact(door.house.engine, lambda session: mark_demo(session, "sample", MONDAY))
    house = open_house(door.settings)
    page = create_app(door.settings, house).test_client().get("/login").get_data(as_text=True)
    house.close()
    assert "栖云区青松小学 学籍管理员" in page
    assert "p-1" in page
