"""The command line: help everywhere, one sentence for every expected error, one JSON document where it is asked for."""

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import crypto
from models.people import ApiToken, Person, Post
from models.session import make_engine
from tests import quick_engines
from tests.web.commands import Commands
from web import clock
from web.cli import COMMANDS, main
from web.process_picture import mermaid, svg
from workflow import people, processes

ADMINISTRATORS = ("--system-admin", "林文博", "--security-admin", "赵雅琴", "--auditor", "沈志远")
HANZI = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(autouse=True)
def clean_process() -> Iterator[None]:
    """A command leaves the product's clock and keys set in this process; the next test starts without."""
    yield
    clock.set_today(None)
    crypto.use(None)


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    return Commands(tmp_path / "data")


@pytest.fixture
def founded(commands: Commands) -> Commands:
    """A real installation, on SQLite."""
    commands("init", "--code", "650000", "--name", "某某省教育厅", *ADMINISTRATORS)
    return commands


def every_command(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    with click.Context(group) as context:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            yield (*path, name)
            if isinstance(command, click.Group):
                yield from every_command(command, (*path, name))


def test_every_command_has_help_in_chinese(commands: Commands) -> None:
    told = {path: commands(*path, "--help").stdout for path in every_command(main)}
    assert len(told) > len(COMMANDS) + 10
    assert [path for path, text in told.items() if not HANZI.search(text)] == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nonsense",), "没有这个命令：nonsense"),
        (("user", "list", "--nonsense"), "没有选项 --nonsense"),
        (("user", "token"), "缺少 用户名"),
        (("calendar", "due", "soon", "--days", "3"), "“soon”不是日期"),
        (("demo", "--port", "many"), "--port 不对：应为 0 到 65535 的数字"),
    ],
)
def test_a_slip_of_the_pen_is_answered_in_words(commands: Commands, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in commands.refused(*words, code=2)


def test_without_an_installation_the_first_step_is_named(commands: Commands) -> None:
    assert "请先运行 xuejiban demo 或 xuejiban init" in commands.refused("cases", "list")


def test_a_setting_that_does_not_exist_stops_the_start_by_name(commands: Commands) -> None:
    commands.environment["XUEJIBAN_DATBASE_URL"] = "sqlite://"
    assert "XUEJIBAN_DATBASE_URL" in commands.refused("cases", "list")


def test_keys_that_others_may_read_are_refused(founded: Commands) -> None:
    (founded.folder / "keys.json").chmod(0o644)
    assert "0600" in founded.refused("cases", "list")


def test_the_calendar_answers_without_a_database(tmp_path: Path) -> None:
    environment = {**os.environ, "XUEJIBAN_DATA_DIR": str(tmp_path / "nothing")}
    words = ["calendar", "due", "2025-09-29", "--days", "10", "--json"]
    done = subprocess.run([sys.executable, "-m", "web.cli", *words], env=environment, capture_output=True, check=True)
    assert done.stdout.decode() == '{\n "due": "2025-10-20",\n "provisional": false\n}\n'
    assert done.stderr == b""
    assert not (tmp_path / "nothing").exists()


def test_a_day_beyond_the_announced_years_is_provisional(commands: Commands) -> None:
    assert commands.json("calendar", "due", "2030-05-06", "--days", "5") == {"due": "2030-05-13", "provisional": True}
    assert commands.json("calendar", "due", "2023-09-28", "--days", "10")["provisional"]


def test_an_installation_begins_with_three_different_administrators(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quick_engines, "hasty", False)
    commands = Commands(tmp_path / "data", empty_database)
    told = commands("init", "--code", "650000", "--name", "某某省教育厅", *ADMINISTRATORS).stdout
    assert stat.S_IMODE((commands.folder / "keys.json").stat().st_mode) == 0o600
    engine = make_engine(commands.environment["XUEJIBAN_DATABASE_URL"])
    with Session(engine) as session:
        rows = session.execute(select(Post.role, Person.username).join(Person).order_by(Post.id)).all()
        never = session.scalars(select(Person.password_changed_at).where(Person.username == "sysadmin")).one()
    engine.dispose()
    assert {row.role for row in rows} == set(people.ADMINISTRATORS)
    assert all(row.username in told for row in rows)
    assert never is None
    assert "不能再次初始化" in commands.refused("init", "--code", "650000", "--name", "另一个厅", *ADMINISTRATORS)
    commands("db", "upgrade")
    assert commands.json("audit", "verify") == {"ok": True, "checked": 0, "first_bad": None}
    checks = {one["name"]: one["state"] for one in commands.json("doctor", fails=1)["checks"]}
    assert checks["keys"] == checks["schema"] == checks["fonts"] == checks["processes"] == "ok"
    hasty = empty_database.startswith("postgresql")  # the tests' server runs with fsync=off
    assert checks["durability"] == ("fail" if hasty else "ok")
    assert checks["worker"] == "fail"


def test_one_person_cannot_be_two_administrators(commands: Commands) -> None:
    same = ("--system-admin", "林文博", "--security-admin", "林文博", "--auditor", "沈志远")
    assert "三位不同的人员" in commands.refused("init", "--code", "650000", "--name", "某某省教育厅", *same)


def test_the_invented_province_is_refused_in_real_data(founded: Commands, tmp_path: Path) -> None:
    other = Commands(tmp_path / "other")
    assert "行政区划代码" in other.refused("init", "--code", "990000", "--name", "岚川省教育厅", *ADMINISTRATORS)
    assert "演示数据" in founded.refused("student", "set", "G990101201502182054", "--disciplinary", "on")
    assert "--today" in founded.refused("student", "set", "1", "--disciplinary", "on", "--today", "2025-09-01")


def test_the_life_of_an_account(founded: Commands) -> None:
    place = ("--name", "钱立群", "--org", "650000", "--role", "dept_clerk")
    password = founded("user", "add", "qian.liqun", *place, "--email", "qian@example.org").stdout.strip()
    assert re.fullmatch(r"[a-z0-9]{4}(-[a-z0-9]{4}){2}", password)
    assert "已有这个岗位" in founded.refused("user", "add", "qian.liqun", *place)
    assert "没有代码为 659999 的单位" in founded.refused(
        "user", "add", "x.y", "--name", "甲", "--org", "659999", "--role", "dept_clerk"
    )
    assert "没有“school_clerk”这个岗位" in founded.refused(
        "user", "add", "x.y", "--name", "甲", "--org", "650000", "--role", "school_clerk"
    )
    assert founded("user", "password", "qian.liqun").stdout.strip() != password
    mine = [one for one in founded.json("user", "list") if one["username"] == "qian.liqun"]
    assert [(one["role"], one["organisation"], one["disabled"]) for one in mine] == [("dept_clerk", "650000", False)]
    founded("user", "add", "sun.li", *place)
    assert founded.refused("user", "handover", "qian.liqun", "--to", "qian.liqun") == "qian.liqun 不能接手。"
    handed = founded.json("user", "handover", "qian.liqun", "--to", "sun.li", "--keep-account")
    assert (handed["to"], handed["successor"], handed["desks"]) == ("sun.li", 0, 0)
    (mine,) = [one for one in founded.json("user", "list") if one["username"] == "qian.liqun"]
    assert (mine["role"], mine["disabled"]) == (None, False), "the post has ended, the account has not"
    founded("user", "disable", "qian.liqun")
    assert "已经停用" in founded.refused("user", "handover", "qian.liqun")
    assert "已经停用" in founded.refused("user", "token", "qian.liqun")
    assert founded.refused("user", "token", "nobody") == "没有账号 nobody。"
    assert founded.refused("user", "token", "system") == "没有账号 system。"


def test_a_token_is_shown_once_and_stored_as_its_digest(founded: Commands) -> None:
    token = founded("user", "token", "sysadmin", "--days", "30").stdout.strip()
    engine = make_engine(f"sqlite:///{founded.folder / 'xuejiban.db'}")
    with Session(engine) as session:
        row = session.scalars(select(ApiToken)).one()
        assert row.token_digest == people.token_digest(token)
        assert row.expires_at is not None
    engine.dispose()
    assert token.encode() not in b"".join(path.read_bytes() for path in founded.folder.glob("xuejiban.db*"))


@pytest.mark.parametrize("process", processes.PUBLISHED, ids=lambda process: process.key)
def test_the_pictures_show_every_phase(commands: Commands, process: type[processes.Process]) -> None:
    told = commands("process", "draw", process.key).stdout
    assert told == mermaid(process)
    assert all(f'"{phase.title}" as {name}' in told for name, phase in process.declared.items())
    picture = ElementTree.fromstring(svg(process))
    words = " ".join(picture.itertext())
    assert all(phase.title in words for phase in process.declared.values())
    assert all(action.title in words for action in process.actions.values())


def test_pictures_are_written_into_a_folder(commands: Commands, tmp_path: Path) -> None:
    commands("process", "draw", "--output", str(tmp_path / "pictures"))
    names = {path.name for path in (tmp_path / "pictures").iterdir()}
    assert names == {f"{process.key}.{kind}" for process in processes.PUBLISHED for kind in ("mmd", "svg")}
    assert "没有流程 nothing" in commands.refused("process", "draw", "nothing")
