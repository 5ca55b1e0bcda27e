"""`import students`: one document of every fault, exit codes, resuming, all or nothing."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from models import crypto
from models.session import make_engine, reading
from models.students import Student
from tests.make_workbook import make_district, pupil, resident_id, school_code, workbook
from tests.web.commands import Commands
from web import clock
from workflow.imports import whole_file
from workflow.imports.intake import take_in

DAY = ("--today", "2025-09-01")
NUMBER = re.compile(r"\d{17}[\dX]")


@pytest.fixture(autouse=True)
def clean_process() -> Iterator[None]:
    yield
    clock.set_today(None)
    crypto.use(None)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("district")
    district, data = make_district(folder / "district"), folder / "data"
    Commands(data)("demo", "--no-serve", "--data-dir", str(data), "--district", str(district))
    return data


@pytest.fixture
def commands(made: Path, tmp_path: Path) -> Commands:
    shutil.copytree(made, tmp_path / "data")
    return Commands(tmp_path / "data")


def file_of(folder: Path, *changes: dict[str, Any], name: str = "") -> str:
    path = folder / (name or f"{school_code(1)}_试验.xlsx")
    path.write_bytes(workbook([pupil(number, **change) for number, change in enumerate(changes)]))
    return str(path)


def students(commands: Commands) -> int:
    engine = make_engine(f"sqlite:///{commands.folder / 'xuejiban.db'}")
    with reading(engine) as session:
        found = session.scalar(select(func.count()).select_from(Student)) or 0
    engine.dispose()
    return found


def test_the_document_names_every_fault_by_row_and_cell(commands: Commands, tmp_path: Path) -> None:
    path = file_of(tmp_path, {}, {"姓名": "唐 思 晴"}, {"健康状况": "优"})
    document = commands.json("import", "students", path, *DAY)
    assert list(document)[:6] == ["file", "school", "rows", "clean", "warn", "block"]
    counts = [document[name] for name in ("rows", "clean", "warn", "block", "imported")]
    assert counts == [3, 1, 1, 1, 2]
    warned, blocked = document["faults"]
    assert (warned["row"], warned["column"], warned["severity"], warned["clean"]) == (3, "姓名", "warn", "唐思晴")
    assert (blocked["row"], blocked["kind"], blocked["severity"]) == (4, "label_unknown", "block")
    assert set(blocked) == {"row", "cell", "column", "kind", "severity", "message", "shown", "clean"}


def test_a_dry_run_says_the_same_and_writes_nothing(commands: Commands, tmp_path: Path) -> None:
    path = file_of(tmp_path, {}, {"性别": None})
    dry = commands.json("import", "students", path, "--dry-run", *DAY)
    assert (dry["clean"], dry["block"], dry["imported"], students(commands)) == (1, 1, 0, 0)
    assert commands.json("import", "students", path, *DAY)["faults"] == dry["faults"]
    assert students(commands) == 1


def test_the_same_file_again_tells_the_same_and_doubles_nothing(commands: Commands, tmp_path: Path) -> None:
    path = file_of(tmp_path, {}, {"姓名": "唐 思 晴"})
    first = commands.json("import", "students", path, *DAY)
    again = commands.json("import", "students", path, *DAY)
    assert (again["imported"], again["already_imported"], students(commands)) == (0, 2, 2)
    assert again["faults"] == first["faults"]


def test_all_or_nothing_writes_nothing_once_a_row_is_blocked(commands: Commands, tmp_path: Path) -> None:
    path = file_of(tmp_path, {}, {"性别": None})
    result = commands("import", "students", path, "--all-or-nothing", *DAY, fails=1)
    assert "有 1 行不能导入" in result.stderr
    document = commands.json("import", "students", path, "--all-or-nothing", *DAY, fails=1)
    assert (document["block"], document["imported"], students(commands)) == (1, 0, 0)
    good = file_of(tmp_path, {}, {}, name=f"{school_code(1)}_好.xlsx")
    assert commands.json("import", "students", good, "--all-or-nothing", *DAY)["imported"] == 2


def test_the_school_is_named_by_the_file_or_by_the_option(commands: Commands, tmp_path: Path) -> None:
    path = file_of(tmp_path, {}, name="五年级.xlsx")
    assert "请用 --school 写明学校" in commands.refused("import", "students", path, *DAY)
    assert "没有学校标识码为 2199000009 的学校" in commands.refused(
        "import", "students", path, "--school", "2199000009"
    )
    assert "990101" in commands.refused("import", "students", path, "--school", "990101"), "an office is no school"
    assert commands.json("import", "students", path, "--school", school_code(1), *DAY)["school"] == school_code(1)


@pytest.mark.parametrize("content", [b"", b"no workbook", workbook([], names=("商品", "数量"))])
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(
    commands: Commands, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / f"{school_code(1)}.xlsx"
    path.write_bytes(content)
    sentence = commands.refused("import", "students", str(path), "--json", *DAY)
    assert sentence.endswith("。")
    assert "\n" not in sentence
    assert "没有找到" in commands.refused("import", "students", str(tmp_path / f"{school_code(1)}_none.xlsx"))


def test_a_longer_file_enters_in_portions_and_goes_on_where_it_stopped(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_file, "RESUMED", 3)
    monkeypatch.setattr(whole_file, "AT_ONCE", 6)
    twin = {"身份证件号": resident_id(0, sex="女")}
    path = file_of(tmp_path, *[{} for _ in range(9)], twin)
    calls: list[object] = []

    def third_fails(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return take_in(*given)

    monkeypatch.setattr(whole_file, "take_in", third_fails)
    commands("import", "students", path, *DAY, fails=130)
    assert students(commands) == 6
    document = commands.json("import", "students", path, *DAY)
    assert (document["rows"], document["imported"], document["already_imported"]) == (10, 3, 6)
    assert (document["block"], students(commands)) == (1, 9)


def test_pupils_without_a_number_are_let_in_and_named_in_a_remark(commands: Commands, tmp_path: Path) -> None:
    path = file_of(tmp_path, {}, {"身份证件类型": "其他", "身份证件号": None})
    document = commands.json("import", "students", path, *DAY)
    assert (document["clean"], document["faults"]) == (2, [])
    assert document["notes"] == ["第 3 行（共 1 行）的学生没有身份证件号，可以导入，转入无证件号办理。"]


def test_people_read_a_summary_without_numbers(commands: Commands, tmp_path: Path) -> None:
    path = file_of(tmp_path, {}, {"身份证件号": "990101201503120016"})
    result = commands("import", "students", path, *DAY)
    assert "共 2 行" in result.stdout
    assert "已导入 1 行" in result.stdout
    assert NUMBER.findall(result.stdout + result.stderr) == []
