"""The shape of the house: who may lean on whom, what may not appear, and that the locks mean what setup.cfg says."""

import ast
import configparser
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("models", "workflow", "web", "pdf_templates")
OWN = {*FLOORS, "tests"}

MAY_IMPORT = {
    "models": {"models", "sqlalchemy", "alembic", "cryptography"},
    "workflow": {
        "models", "workflow", "sqlalchemy", "transitions",
        "python_calamine", "openpyxl", "xlsxwriter", "pypinyin", "rapidfuzz", "PIL", "pypdfium2", "fontTools",
    },
}
"""Beside the standard library. web may use everything that setup.cfg lists, except what is in ELSEWHERE."""
ELSEWHERE = {"web": {"transitions", "tests"}, "pdf_templates": {"flask", "sqlalchemy", "tests"}}
CLOCK = "web/clock.py"
LONGEST_FUNCTION = 60


@cache
def tracked() -> tuple[str, ...]:
    """Return every file of the repository, also those not yet committed, as paths from the root."""
    git = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(git, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    return tuple(name for name in names if name and (ROOT / name).is_file())


def modules(*folders: str) -> list[str]:
    """Return the Python files under `folders`."""
    return [name for name in tracked() if name.endswith(".py") and name.split("/")[0] in folders]


@cache
def tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(encoding="utf-8"), name)


def imported(name: str) -> set[str]:
    """Return the top-level names that the file imports, the standard library left out."""
    found = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}:{node.lineno}: imports are absolute"
            found.add(node.module or "")
    return {module.split(".")[0] for module in found} - sys.stdlib_module_names


def calls(*folders: str) -> Iterator[tuple[str, ast.Call, str]]:
    """Yield (place, call, dotted name) for every call of a dotted name in the Python files of `folders`."""
    for name in modules(*folders):
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield f"{name}:{node.lineno}", node, ast.unparse(node.func)


def texts() -> Iterator[tuple[str, str]]:
    """Yield the name and content of every text file that is ours."""
    for name in tracked():
        if name.startswith("tests/vendor/") or "/vendor/" in name:
            continue
        data = (ROOT / name).read_bytes()
        if b"\0" not in data[:8000]:
            yield name, data.decode("utf-8", "replace")


@pytest.mark.parametrize("floor", sorted(MAY_IMPORT))
def test_a_floor_imports_only_what_lies_below_it(floor: str) -> None:
    wrong = {name: extra for name in modules(floor) if (extra := imported(name) - MAY_IMPORT[floor])}
    assert not wrong


@pytest.mark.parametrize("floor", sorted(ELSEWHERE))
def test_a_library_with_one_home_stays_there(floor: str) -> None:
    assert not {name: extra for name in modules(floor) if (extra := imported(name) & ELSEWHERE[floor])}


def test_the_floors_come_from_this_checkout() -> None:
    asked = f"for name in {FLOORS}: print(__import__(name).__file__)"
    answer = subprocess.run([sys.executable, "-c", asked], cwd="/", check=True, capture_output=True, text=True).stdout
    assert [Path(line) for line in answer.splitlines()] == [ROOT / floor / "__init__.py" for floor in FLOORS]


def test_every_folder_with_python_in_it_is_a_package() -> None:
    files = modules(*OWN)
    without = {str(Path(name).parent) for name in files if not (ROOT / name).with_name("__init__.py").exists()}
    assert {folder for folder in without if not folder.startswith("models/migrations")} == set()


def test_every_module_says_what_lives_in_it() -> None:
    silent = [name for name in modules(*OWN) if tree(name).body and not ast.get_docstring(tree(name))]
    assert silent == []


def test_no_function_is_longer_than_a_page() -> None:
    functions = (
        (name, node) for name in modules(*FLOORS) if "migrations/versions" not in name for node in ast.walk(tree(name))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    lengths = {f"{name}:{node.name}": (node.end_lineno or 0) - node.lineno + 1 for name, node in functions}
    assert {place: lines for place, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


def test_only_one_module_reads_the_clock_and_no_test_does() -> None:
    reading = re.compile(r"(\b(dt|datetime|date)\.(now|utcnow|today)|\btime\.(time|localtime|gmtime|strftime))$")
    places = [place for place, _, called in calls(*OWN) if reading.search(called)]
    assert [place for place in places if place.split(":")[0] != CLOCK] == []


def test_sql_never_reads_the_clock_either() -> None:
    reading = re.compile(r"\bfunc\.(now|current_timestamp|current_date|localtimestamp)$")
    assert [place for place, _, called in calls(*FLOORS) if reading.search(called)] == []


def test_workflow_never_commits() -> None:
    assert [place for place, _, called in calls("workflow") if called.endswith((".commit", ".rollback"))] == []


def test_lists_are_paged_by_key_never_by_offset() -> None:
    by_call = [place for place, _, called in calls(*FLOORS) if called.endswith(".offset")]
    written = re.compile(r"\bOFFSET\s+[:\d%?$]", re.IGNORECASE)
    in_text = [name for name in modules(*FLOORS) if written.search((ROOT / name).read_text(encoding="utf-8"))]
    assert by_call + in_text == []


def test_nothing_is_left_to_do_and_nothing_is_hushed_without_a_reason() -> None:
    left = re.compile(r"TO[D]O|FIX[M]E|XX[X]:|# type[:] ignore(?!\[)|# no[q]a(?!: [A-Z]+\d+)")
    found = [
        f"{name}:{number}" for name, text in texts() if name.endswith((".py", ".html", ".css", ".cfg", ".toml"))
        for number, line in enumerate(text.splitlines(), 1) if left.search(line)
    ]
    assert found == []


def test_no_file_names_a_package_registry_or_the_machine_it_was_written_on() -> None:
    hosts = r"pypi[.]org|python[h]osted[.]org|registry[.]npmjs|deb[.]debian[.]org|npm[m]irror[.]com"
    paths = r"(?<![\w.-])/(ro[o]t/|wo[r]k/|op[t]/(pypi|wheels)|tm[p]/team)|[.]py[e]nv/"
    named = re.compile(f"{hosts}|{paths}")
    found = [f"{name}: {match.group()}" for name, text in texts() if (match := named.search(text))]
    assert found == []


def test_no_file_holds_a_private_key_or_a_token() -> None:
    secret = re.compile("-----BEGIN [A-Z ]*" + r"PRIVATE KEY-----|\bghp_[A-Za-z0-9]{30}|\bAKIA[0-9A-Z]{16}\b")
    assert [name for name, text in texts() if secret.search(text)] == []


def test_every_dependency_says_why_it_is_there() -> None:
    section, unexplained, reason = "", [], False
    for line in (ROOT / "setup.cfg").read_text(encoding="utf-8").splitlines():
        if re.match(r"(install_requires|test) =|\[|\S", line):
            section = line
        elif line.strip() and section.startswith(("install_requires", "test =")):
            if not line.strip().startswith("#") and not reason:
                unexplained.append(line.strip())
            reason = line.strip().startswith("#")
    assert unexplained == []


def locked(name: str) -> dict[str, str]:
    """Return {name: version} of a lock file."""
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))


def test_the_locks_hold_what_is_asked_for_with_hashes_and_no_address() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    asked = config["options"]["install_requires"], config["options.extras_require"]["test"]
    run, test = locked("requirements.lock"), locked("tests/requirements.lock")
    for lock, wanted in ((run, asked[0]), (test, "\n".join(asked))):
        names = {re.split(r"[ \[<>=]", line)[0] for line in wanted.split("\n") if line}
        assert names - set(lock) == set()
    assert run.items() <= test.items(), "both locks must name the same versions: run .ci/lock"
    for name in ("requirements.lock", "tests/requirements.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        blocks = re.split(r"^(?=\S)", text, flags=re.MULTILINE)
        assert [block.split()[0] for block in blocks if block and "--hash=sha256:" not in block] == []
        assert "://" not in text
        assert " @ " not in text


def test_every_setting_is_explained_in_the_readme() -> None:
    setting = re.compile(r"\bXUEJIBAN_[A-Z_]+[A-Z]\b")
    code = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in modules("web"))
    used = set(setting.findall(code))
    for readme in ("README.md", "README.zh.md"):
        text = (ROOT / readme).read_text(encoding="utf-8")
        assert used - set(setting.findall(text)) == set(), readme


@pytest.mark.parametrize("tool", [("ruff", "check", "."), ("mypy",)], ids=["lint", "types"])
def test_nothing_is_found_by(tool: tuple[str, ...]) -> None:
    found = subprocess.run([sys.executable, "-m", *tool], cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr
