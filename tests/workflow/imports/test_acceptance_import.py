"""The acceptance table through the command line: every file of a district, then every shared number and its decider."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models import crypto
from tests.make_workbook import make_district
from tests.web.commands import Commands
from tests.workflow.imports.test_district import GIVEN
from web import clock

Found = dict[int, list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def clean_process() -> Iterator[None]:
    yield
    clock.set_today(None)
    crypto.use(None)


@pytest.mark.parametrize("which", ["given", "own"])
def test_every_file_of_a_district_and_every_finding_is_as_expected(which: str, tmp_path: Path) -> None:
    own = which == "own" or not (GIVEN / "expected.json").exists()
    district = make_district(tmp_path / "district") if own else GIVEN
    expected = json.loads((district / "expected.json").read_text("utf-8"))
    commands = Commands(tmp_path / "data")
    commands("demo", "--no-serve", "--data-dir", str(commands.folder), "--district", str(district))
    for name, file in expected["files"].items():
        document = commands.json("import", "students", str(district / "imports" / name), "--today", expected["as_of"])
        assert told(document) == wanted(file), name
        assert differing(document["faults"], file["faults"]) == []
        own_rows = {record for group in document["findings"] for record in group["records"]}
        assert all(record.startswith(file["school_code"]) for record in own_rows)
    assert groups(commands.json("problems", "list")) == groups(expected["id_duplicates"] + expected["nsb_duplicates"])


def told(document: dict[str, Any]) -> dict[str, Any]:
    names = ("school", "rows", "clean", "warn", "block", "imported")
    return {name: document[name] for name in names}


def wanted(file: dict[str, Any]) -> dict[str, Any]:
    clean, warn, block = file["clean_rows"], file["warn_rows"], file["block_rows"]
    return {"school": file["school_code"], "rows": file["rows"], "clean": clean, "warn": warn, "block": block,
            "imported": clean + warn}  # fmt: skip


def differing(found: list[dict[str, Any]], listed: list[dict[str, Any]]) -> list[Any]:
    """Rows whose faults differ from the listed one: another cell, another severity, or a fault too many."""
    by_row: Found = {}
    for fault in found:
        by_row.setdefault(fault["row"], []).append(fault)
    different: list[Any] = [row for row in by_row if row not in {fault["row"] for fault in listed}]
    for fault in listed:
        here = {(one["column"], one["severity"]) for one in by_row.get(fault["row"], [])}
        allowed = {(column, fault["severity"]) for column in (fault["column"], *fault["also"])}
        agrees = bool(here & allowed) if fault["severity"] == "block" else bool(here) and here <= allowed
        clean = {one["clean"] for one in by_row.get(fault["row"], [])}
        if not agrees or ("clean" in fault and fault["clean"] is not None and fault["clean"] not in clean):
            different.append((fault, by_row.get(fault["row"])))
    return different


def groups(found: list[dict[str, Any]]) -> set[tuple[tuple[str, ...], str, str]]:
    return {(tuple(sorted(one["records"])), one["level"], one["decider"]) for one in found}
