"""What guardians are told: the stage, nothing of the child, once for each change, to a number that is kept nowhere."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from models.base import Base
from models.cases import Case, Timer
from models.messages import FamilyMessage
from models.organisations import Organisation
from models.outbox import OutboxRow
from models.session import reading, transact
from models.students import Guardian
from tests.cast import MONDAY, Cast
from tests.decree import decree
from tests.gateway import Gateway
from tests.play import Play
from tests.web import test_worker
from tests.web.door import Door
from tests.web.test_chat import SECRET, gateway
from tests.web.test_notices import told_of
from tests.web.test_worker import Office, rows, submitted
from tests.workflow.test_outside import COMING, LEAVING
from web.commands.doctor import _families
from web.config import Settings
from web.database import House
from web.family_words import text
from workflow import families, outbox
from workflow.message_choices import PAUSE
from workflow.world import touch

settings = test_worker.settings
__all__ = ["gateway", "settings"]
NUMBER, CHILD = "15400001234", "沈明铭"
SCHOOL, LEADER, OTHER, COUNTY = "a1:school_clerk", "a1:school_leader", "a2:school_leader", "k1:dept_leader"
on_one_database = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def guardian(session: Session, cast: Cast, number: str, child: str = CHILD, position: int = 1, **more: Any) -> None:
    """Name somebody of the family in the child's record, with a telephone number as somebody typed it."""
    row = Guardian(student_id=cast.pupil[child], position=position, name="沈建国", relation="父亲", **more)
    row.details = {"联系电话": number}
    session.add(row)


@pytest.fixture
def office(engine: Engine, session: Session, settings: Settings, cast: Cast, gateway: Gateway) -> Iterator[Office]:
    """A worker with a gateway, in a county where families are told; the child's father has a telephone."""
    decree(session, "guardian.messages", "on", cast.org["k1"])
    guardian(session, cast, "+86 154-0000-1234")
    school = update(Organisation).where(Organisation.id == cast.org["a1"]).values(phone="0990-1234567")
    session.execute(school)
    touch(session, "organisation")
    session.commit()
    told = replace(settings, chat_url=gateway.url, chat_secret=SECRET, smtp_url="smtp://127.0.0.1:9")
    office = Office(House(told, engine, demo=False), None)
    with office.worker:
        yield office


@pytest.fixture
def door(database: str, tmp_path: Path, cast: Cast, monday: None) -> Iterator[Door]:
    """The pages, in a folder beside that of the worker."""
    folder = tmp_path / "pages"
    folder.mkdir()
    door = Door(database, folder, cast)
    yield door
    door.house.close()


def told(office: Office, gateway: Gateway, after: dt.timedelta = PAUSE) -> list[str]:
    """Let some time pass; return what families were told meanwhile, without the number of the request."""
    before = len(gateway.posted)
    office.now += after
    office.worker.tell_families()
    texts = [json.loads(one.body)["text"]["content"] for one in gateway.posted[before:]]
    return [re.sub(r"^【学籍办】转学申请 ZX\S+：", "", text) for text in texts]


def states(engine: Engine) -> list[str]:
    return rows(engine, select(FamilyMessage.state).order_by(FamilyMessage.id))


def test_a_family_is_told_every_stage_and_nothing_of_the_child(
    engine: Engine, cast: Cast, office: Office, gateway: Gateway
) -> None:
    play = submitted(engine, cast)
    assert told(office, gateway, PAUSE / 2) == [], "a moment is left to take things back, or to go on"
    assert told(office, gateway) == ["已提交，现由栖云区青松小学（转入学校）核办，9月15日截止。"]
    play.act(LEADER, "return", comment="沈明铭的户口簿看不清", items=["户口簿", "沈明铭的照片", "居住或工作证明"])
    assert told(office, gateway) == [
        "栖云区青松小学退回补正。请联系栖云区青松小学（电话 0990-1234567），"
        "按学校告知的内容补正（户口簿、居住或工作证明），9月15日截止。"
    ]
    play.act(SCHOOL, "submit")
    play.act(LEADER, "approve")
    assert told(office, gateway) == ["现由栖云区新苗小学（转出学校）核办，9月15日截止。"], "of two steps the last one"
    play.act(OTHER, "approve")
    assert told(office, gateway) == ["现由栖云区教育局（共同主管部门）核办，9月15日截止。"]
    play.act(COUNTY, "approve")
    assert told(office, gateway) == [
        "各单位均已同意。请在9月15日以前（含当日）带孩子到栖云区青松小学报到，报到后学籍转入。"
    ]
    play.act(SCHOOL, "confirm_arrival", on_date="2025-09-01")
    assert told(office, gateway) == ["已办结，学籍转入栖云区青松小学。"]
    assert told(office, gateway) == []
    for one in gateway.posted:
        body = json.loads(one.body)
        assert (body["kind"], body["to"], body["url"]) == ("sms", {"phone": NUMBER}, "")
        assert CHILD not in one.body.decode()
        assert cast.record_no[CHILD] not in one.body.decode()
        assert "看不清" not in one.body.decode(), "no free text"
    assert len(set(gateway.keys())) == len(gateway.posted) == 6
    with reading(engine) as session:
        for table in Base.metadata.sorted_tables:
            kept = repr(session.execute(table.select()).all())
            assert NUMBER not in kept, f"the number stands in {table.name}"
            assert "0000-1234" not in kept, f"the number stands in {table.name}"


ENDS = {
    "refuse": "栖云区青松小学不同意，本次申请结束，学籍不变。原因和依据请向栖云区青松小学（电话 0990-1234567）了解。",
    "withdraw": "已由栖云区青松小学（电话 0990-1234567）撤回，本次申请结束，学籍不变。",
    "expire": "超过最长办理期限，已自动终止，学籍不变。仍要转学的，请联系栖云区青松小学（电话 0990-1234567）重新申请。",
    "terminate": "已由上级主管部门终止，学籍不变。原因请向栖云区青松小学（电话 0990-1234567）了解。",
    "contest": "有单位不同意，现由栖云区教育局裁定，9月15日截止。",
}


@on_one_database
@pytest.mark.parametrize("end", ENDS)
def test_a_family_is_told_the_end(engine: Engine, cast: Cast, office: Office, gateway: Gateway, end: str) -> None:
    play = submitted(engine, cast)
    if end == "refuse":
        play.act(LEADER, "refuse", cause="没有空余学位", comment="已满")
    elif end == "withdraw":
        play.act(SCHOOL, "withdraw")
    elif end == "terminate":
        play.act(COUNTY, "propose_termination", comment="重复")
        play.act("city1:dept_leader", "confirm_termination")
    elif end == "contest":
        play.act(LEADER, "approve")
        play.act(OTHER, "refuse", cause="其他", comment="另有原因")
    else:
        others = update(Timer).where(Timer.kind != "expire").values(fired_at=MONDAY)
        transact(engine, lambda session: session.execute(others))
        for days in (190, 3):  # the end waits until somebody was warned of it
            office.now += dt.timedelta(days=days)
            office.worker.fire_timers()
    assert told(office, gateway, dt.timedelta(hours=11)) == [ENDS[end]]


@on_one_database
def test_what_another_province_does_is_told_as_such(
    engine: Engine, cast: Cast, office: Office, gateway: Gateway, session: Session
) -> None:
    """A child that comes from there has no record here yet, and so no number: of it only the words are read."""
    guardian(session, cast, NUMBER, "丁思欣")
    session.commit()
    leaving = Play(engine, cast).open("a1", "丁思欣", papers=(), **LEAVING)
    leaving.act(SCHOOL, "submit")
    leaving.act(LEADER, "approve")
    leaving.act(COUNTY, "approve")
    assert told(office, gateway) == ["本地各单位均已同意，请按转入学校的通知报到。"]
    coming = Play(engine, cast).open("a1", "林远来", **COMING)
    coming.act(SCHOOL, "submit")
    coming.act(LEADER, "approve")
    coming.act(COUNTY, "approve")

    def read() -> str:
        with reading(engine) as session:
            case = session.get_one(Case, coming.case().id)
            return text(families._stage(session, case, case.last_seq)).partition("：")[2]

    assert read() == "现由外省（区、市）办理，结果由栖云区青松小学登记。"
    coming.act(SCHOOL, "record_milestone", result="bounced", on_date="2025-09-01")
    assert read().startswith("外省（区、市）退回补正。请联系栖云区青松小学")
    assert told(office, gateway) == []
    assert states(engine) == ["moot", "moot", "sent", "moot", "moot", "moot", "no_number"]


@on_one_database
def test_nobody_is_told_twice_or_too_late_or_at_night(
    engine: Engine, cast: Cast, office: Office, gateway: Gateway
) -> None:
    play = submitted(engine, cast)
    assert len(told(office, gateway)) == 1
    play.act(LEADER, "approve")
    play.act(LEADER, "recall")
    assert told(office, gateway, PAUSE * 2) == [], "he took it back before anybody knew"
    assert states(engine) == ["sent", "moot", "moot"]
    play.now = office.now = dt.datetime(2025, 9, 1, 14, tzinfo=dt.UTC)
    play.act(LEADER, "approve")
    assert told(office, gateway, dt.timedelta(hours=9)) == [], "seven in the morning"
    assert len(told(office, gateway, dt.timedelta(hours=1))) == 1
    play.act(OTHER, "approve")
    gateway.answers = [500]
    told(office, gateway, dt.timedelta(hours=12))
    assert told(office, gateway, dt.timedelta(days=4)) == []
    assert states(engine)[-1] == "moot", "an old stage is no news"


@on_one_database
@pytest.mark.parametrize("number", ["", "0990-1234567", "154000012345", "１５４００００１２３４"])
def test_only_a_guardian_with_a_mobile_number_is_told_and_the_applicant_learns_that_there_is_none(
    engine: Engine, session: Session, cast: Cast, office: Office, gateway: Gateway, number: str, door: Door
) -> None:
    guardian(session, cast, number, "古丽娜尔·艾合买提")
    guardian(session, cast, NUMBER, "古丽娜尔·艾合买提", 2, is_guardian=False)
    session.commit()
    play = submitted(engine, cast, "古丽娜尔·艾合买提")
    has_one = number.startswith("１")
    assert len(told(office, gateway)) == has_one
    assert states(engine) == (["sent"] if has_one else ["no_number"])
    words = "监护人 154****1234" if has_one else "学籍档案中没有监护人的手机号，没有发短信"
    assert words in told_of(door, play)
    assert ("监护人" in told_of(door, play, "a2:school_clerk")) == has_one, "that concerns the applicant only"


@on_one_database
def test_the_history_says_what_became_of_it_with_a_masked_number(
    engine: Engine, cast: Cast, office: Office, gateway: Gateway, door: Door
) -> None:
    play = submitted(engine, cast)
    assert "监护人 短信等待发出" in told_of(door, play)
    with reading(engine) as session:
        [waiting] = _families(session)
        assert "有 1 条给监护人的短信发不出" in waiting.message, "what doctor says where there is no gateway"
    gateway.answers = [422]
    assert len(told(office, gateway)) == 1
    assert "监护人 154****1234 短信被拒收" in told_of(door, play)
    with reading(engine) as session:
        [dead] = outbox.incidents(session)
        assert (dead.topic, NUMBER in repr(vars(dead))) == ("family", False)
    gateway.answers = [200]
    transact(engine, lambda session: outbox.retry(session, dead.id, office.now))
    assert len(told(office, gateway)) == 1
    assert "监护人 154****1234 短信已送出" in told_of(door, play)


@on_one_database
def test_a_draft_and_places_without_the_rule_tell_nobody(engine: Engine, cast: Cast, office: Office) -> None:
    draft = Play(engine, cast).open("a1", CHILD)
    draft.act(SCHOOL, "withdraw")
    Play(engine, cast).open("b1", "卢天志", target_grade=4).act("b1:school_clerk", "submit")
    assert rows(engine, select(OutboxRow.id).where(OutboxRow.topic == "family")) == []
