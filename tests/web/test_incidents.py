"""What was not delivered waits on a page for the system administrator, who tries it again or gives it up."""

from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models.access import AccessEntry
from models.cases import Timer
from models.organisations import Organisation
from models.outbox import OutboxRow
from models.people import Person
from models.session import transact
from tests.cast import MONDAY
from tests.play import Play
from tests.statements import counted
from tests.web.door import Door, csrf_of
from workflow import people
from workflow.calendar import day_of

URL = "/admin/incidents"
SYSADMINS = ("prov", "k1", "k2")


@pytest.fixture
def admins(door: Door) -> Door:
    for place in SYSADMINS:
        for role in ("system_admin", "security_admin"):

            def work(session: Session, place: str = place, role: str = role) -> int:
                person = people.add(session, f"{place}-{role.replace('_', '.')}", "周全", MONDAY)
                office = session.get_one(Organisation, door.cast.org[place])
                people.assign(session, person, office, role, day_of(MONDAY))
                return person.id

            door.cast.person[f"{place}:{role}"] = transact(door.house.engine, work)
    return door


@pytest.fixture
def lost(admins: Door) -> dict[str, int]:
    """A mail of a case of k1's school that was refused, and an import that belongs to no office: given up both."""
    play = Play(admins.house.engine, admins.cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    case, leader = play.case(), admins.cast.person["a1:school_leader"]
    common: dict[str, Any] = {"created_at": MONDAY, "not_before": MONDAY, "dead_at": MONDAY}
    mail = OutboxRow(
        dedup="m", topic="mail", recipient=str(leader), case_id=case.id, attempts=3,
        payload={"purpose": "mail", "mail": 0, "org": admins.cast.org["a1"]},
        last_error="MailRejected: 550 no such user", **common,
    )  # fmt: skip
    common["last_error"] = "KeyError"
    batch = OutboxRow(dedup="i", topic="import", recipient="b", payload={}, attempts=24, **common)

    def work(session: Session) -> dict[str, int]:
        session.add_all([mail, batch])
        session.execute(update(Timer).values(last_error="UnknownKind: x", attempts=4, lease_until=MONDAY))
        session.flush()
        return {"mail": mail.id, "import": batch.id}

    return transact(admins.house.engine, work)


def send(door: Door, who: str, **form: object) -> TestResponse:
    browser = door.browser(who)
    token = csrf_of(browser.get("/password"))
    return browser.post(URL, data={"csrf_token": token, **form})


def state(door: Door, number: int) -> tuple[int, bool, bool]:
    [row] = door.ask(select(OutboxRow).where(OutboxRow.id == number))
    return row.attempts, row.dead_at is not None, row.done_at is not None


def test_an_empty_list_says_so(admins: Door) -> None:
    page = admins.browser("prov:system_admin").get(URL).get_data(as_text=True)
    assert "没有未送达的事项" in page
    assert "正在自动再试的" not in page


def test_the_list_says_what_to_whom_and_why_in_plain_words(admins: Door, lost: dict[str, int]) -> None:
    browser = admins.browser("prov:system_admin")
    with counted(admins.house.engine) as seen:
        page = browser.get(URL).get_data(as_text=True)
    assert len(seen) <= 10
    for words in ("对方邮件服务器拒收", "试过 3 次", "核对或导入中途停止", "程序版本不认识这一项", "到期提醒"):
        assert words in page
    [school] = admins.ask(select(Organisation.name).where(Organisation.id == admins.cast.org["a1"]))
    [leader] = admins.ask(select(Person.name).where(Person.id == admins.cast.person["a1:school_leader"]))
    assert f"{school} {leader}" in page


@pytest.mark.parametrize(("who", "sees"), [("prov", {"mail", "import"}), ("k1", {"mail"}), ("k2", set())])
def test_an_administrator_sees_and_settles_what_lies_below_him_and_nothing_else(
    admins: Door, lost: dict[str, int], who: str, sees: set[str]
) -> None:
    page = admins.browser(f"{who}:system_admin").get(URL).get_data(as_text=True)
    assert {name for name, number in lost.items() if f'name="row" value="{number}"' in page} == sees
    for name, number in lost.items():
        for act in ("retry", "give_up"):
            answer = send(admins, f"{who}:system_admin", row=number, act=act, why="已电话告知")
            assert answer.status_code == (303 if name in sees else 404)


def test_only_the_system_administrator_comes_in(admins: Door, lost: dict[str, int]) -> None:
    for who in ("prov:security_admin", "a1:school_clerk", "k1:dept_leader"):
        assert admins.browser(who).get(URL).status_code == 403
        assert send(admins, who, row=lost["mail"], act="retry").status_code == 403


def test_what_is_tried_again_waits_in_the_outbox_from_the_beginning(admins: Door, lost: dict[str, int]) -> None:
    assert send(admins, "k1:system_admin", row=lost["mail"], act="retry").status_code == 303
    assert state(admins, lost["mail"]) == (0, False, False)
    assert send(admins, "k1:system_admin", row=lost["mail"], act="retry").status_code == 303, "somebody was faster"
    notes = select(AccessEntry.purpose).where(AccessEntry.what == "admin_outbox")
    assert len(admins.ask(notes)) == 1


def test_what_is_given_up_needs_a_reason_that_is_kept(admins: Door, lost: dict[str, int]) -> None:
    for why, fault in (("", "请写明为什么不再办"), ("长" * 161, "160")):
        refused = send(admins, "k1:system_admin", row=lost["mail"], act="give_up", why=why)
        assert (refused.status_code, fault in refused.get_data(as_text=True)) == (422, True)
    assert state(admins, lost["mail"]) == (3, True, False)
    assert send(admins, "k1:system_admin", row=lost["mail"], act="give_up", why="已电话告知").status_code == 303
    assert state(admins, lost["mail"]) == (3, True, True)
    [note] = admins.ask(select(AccessEntry.purpose).where(AccessEntry.what == "admin_outbox"))
    assert note.endswith("已电话告知")


@pytest.mark.parametrize("row", ["", "x", "-1", "0", "9" * 30, "٣"])
def test_a_row_that_does_not_exist_is_not_found(admins: Door, lost: dict[str, int], row: str) -> None:
    assert send(admins, "prov:system_admin", row=row, act="retry").status_code == 404
    assert admins.ask(select(func.count()).where(OutboxRow.dead_at.is_not(None))) == [2]
