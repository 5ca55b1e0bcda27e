"""`policies list` and `policies simulate`: what scripts read, what people read, and what is refused in one sentence."""

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from models.session import transact
from tests.cast import MONDAY
from tests.decree import decree
from tests.play import Play
from tests.web.commands import Commands
from tests.web.door import Door
from web import clock
from workflow.policy_changes import keys

TODAY = MONDAY + dt.timedelta(days=60)


@pytest.fixture
def commands(door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """The command line on the cast's database, in October; one transfer is on its way since September."""
    play = Play(door.house.engine, door.cast).open("a1", "𠮷田䶮", target_grade=3)
    play.act("a1:school_clerk", "submit")
    play.now = MONDAY + dt.timedelta(days=9)
    play.act("a1:school_leader", "approve")
    monkeypatch.setattr(clock, "_read", lambda: TODAY)
    found = Commands(tmp_path)
    database = door.settings.database_url
    found.environment |= {"XUEJIBAN_DATABASE_URL": database, "XUEJIBAN_MIGRATION_URL": database}
    return found


def test_the_list_has_every_rule_with_its_source_and_its_changes(door: Door, commands: Commands) -> None:
    def coming(session: Session) -> None:
        decree(session, "node.transfer", 5, door.cast.org["city1"], since=dt.date(2025, 12, 1))

    transact(door.house.engine, coming)
    found = commands.json("policies", "list", "--org", "990101")
    assert {one["key"] for one in found} == set(keys())
    days = next(one for one in found if one["key"] == "node.transfer")
    assert (days["value"], days["words"], days["place"], days["from"]) == (10, "10 个工作日", "产品默认", None)
    assert [(one["day"], one["value"], one["place"]) for one in days["changes"]] == [("2025-12-01", 5, "朗星市教育局")]
    then = commands.json("policies", "list", "--org", "990101", "--day", "2025-12-01")
    days = next(one for one in then if one["key"] == "node.transfer")
    assert (days["value"], days["office"], days["from"], days["source"]) == (5, "990100", "2025-12-01", "测试文件")
    assert "2025-12-01 起 5 个工作日" in commands("policies", "list", "--org", "990101").output


def test_a_simulation_prints_one_document_and_writes_nothing(door: Door, commands: Commands) -> None:
    found = commands.json("policies", "simulate", "node.transfer", "--org", "990000", "--value", "5")
    assert (found["key"], found["present"], found["proposed"], found["cases"]) == ("node.transfer", 10, 5, 1)
    assert (found["since"], found["until"]) == ("2024-11-01", "2025-10-31")
    assert found["term"]["late"] == {"present": 1, "proposed": 2}
    told = commands("policies", "simulate", "node.transfer", "--org", "990000", "--value", "5", "--year", "2025").output
    assert "10 个工作日 → 5 个工作日" in told
    assert "会逾期的答复" in told
    assert "只假定" in told
    none = commands.json("policies", "simulate", "node.transfer", "--org", "990000", "--value", "5", "--year", "2024")
    assert none["cases"] == 0
    guard = commands.json("policies", "simulate", "guard.T16", "--org", "990000", "--value", "block")
    assert guard["admission"]["refused"] == 1
    levels = ("policies", "simulate", "transfer.extra_levels", "--org", "990000", "--value", '["city"]')
    assert commands.json(*levels)["route"]["signatures"]["added"] == 2
    acts = commands("policies", "simulate", "acts.off", "--org", "990000", "--value", '["claim"]').output
    assert "这一时期没有这样办过" in acts



def test_what_cannot_be_asked_is_refused_in_one_sentence(commands: Commands) -> None:
    ask = ("policies", "simulate", "node.transfer", "--org")
    assert "没有代码为 123 的单位" in commands.refused(*ask, "123", "--value", "5")
    assert "主管部门的代码" in commands.refused(*ask, "2199000001", "--value", "5")
    assert "1 到 60 的整数" in commands.refused(*ask, "990000", "--value", "five")
    assert "两者用一个" in commands.refused(*ask, "990000")
    assert "没有另定这一条" in commands.refused(*ask, "990000", "--give-up")
    assert "没有这一条规则" in commands.refused("policies", "simulate", "x" * 500, "--org", "990000", "--value", "5")
    assert "1 到 60" in commands.refused(*ask, "990000", "--value", "[" * 100_000)
    assert "没有代码为" in commands.refused("policies", "list", "--org", "\u202e")
