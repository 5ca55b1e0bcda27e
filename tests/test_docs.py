"""What the README shows is what the program says now."""

import re
from collections import Counter
from pathlib import Path

import pytest

from web.cli import COMMANDS
from web.process_picture import mermaid, svg
from workflow import processes

ROOT = Path(__file__).resolve().parents[1]
READMES = ("README.md", "README.zh.md")


@pytest.mark.parametrize("key", sorted({one.key for one in processes.PUBLISHED}))
def test_the_pictures_of_the_processes_are_those_of_the_definitions(key: str) -> None:
    for ending, draw in ((".mmd", mermaid), (".svg", svg)):
        kept = (ROOT / "docs" / "processes" / f"{key}{ending}").read_text(encoding="utf-8")
        assert kept == draw(processes.newest(key)), "run ./xuejiban process draw --output docs/processes"


@pytest.mark.parametrize("name", READMES)
def test_every_picture_and_link_of_the_readme_is_there(name: str) -> None:
    linked = re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text(encoding="utf-8"))
    assert linked
    assert [path for path in linked if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", READMES)
def test_every_command_of_the_readme_exists(name: str) -> None:
    used = set(re.findall(r"\./xuejiban ([a-z]+)", (ROOT / name).read_text(encoding="utf-8")))
    assert used - {*COMMANDS, "test"} == set()
    assert {"demo", "init", "serve", "worker", "doctor", "import", "user", "audit", "db", "process"} <= used


def test_both_readmes_have_the_same_parts() -> None:
    part = re.compile(r"^#+|^```\w*|^!\[", re.MULTILINE)
    parts = [part.findall((ROOT / name).read_text(encoding="utf-8")) for name in READMES]
    assert parts[0] == parts[1]


PATTERN = re.compile(
    r"^\| (\d+) \| [^|]+ \| (process|rule|act|left out) \| ([^|]+) \| (?:`([^`:]+)::([^`]+)`|—) \|$", re.MULTILINE
)
"""A line of the table: number, by what, how, and the test, which only what is left out may lack."""


def test_every_resource_pattern_has_its_line_and_a_test_that_exists() -> None:
    text = (ROOT / "docs" / "resource-patterns.md").read_text(encoding="utf-8")
    lines = PATTERN.findall(text)
    assert [int(number) for number, *_ in lines] == list(range(1, 44))
    for number, by, _, path, name in lines:
        assert bool(path) == (by != "left out"), f"{number} names no test"
        if path:
            assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), f"{number}: {path}::{name}"
    counted = Counter(by for _, by, *_ in lines)
    for by, count in counted.items():
        assert re.search(rf"^\| {by} \| [^|]+ \| {count} \|$", text, re.MULTILINE), f"{by} is counted wrongly"
    alone = counted["process"] + counted["rule"]
    assert f"rule alone: {alone} of 43" in text
    assert f"knows: {alone + counted['act']} of 43" in text
