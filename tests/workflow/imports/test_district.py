"""The acceptance table: findings in every file of a district equal its expected.json, cell by cell.

XUEJIBAN_DISTRICT names the folder; else the shared district beside the checkout is used. A small district of our own
is always checked too, so that a missing folder hides nothing.
"""

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.make_workbook import make_district
from workflow.imports.cells import SchoolFacts
from workflow.imports.checking import CheckedRow, check_workbook
from workflow.imports.reading import Layout, open_workbook

ROOT = Path(__file__).resolve().parents[3]
GIVEN = Path(os.environ.get("XUEJIBAN_DISTRICT", ROOT.parent / "shared" / "data" / "district"))


def test_findings_in_the_given_district_equal_the_expected_ones(tmp_path: Path) -> None:
    if "XUEJIBAN_DISTRICT" in os.environ:
        assert (GIVEN / "expected.json").exists(), f"XUEJIBAN_DISTRICT names {GIVEN}, which is no district"
    district = GIVEN if (GIVEN / "expected.json").exists() else make_district(tmp_path / "district")
    assert differences(district) == []


def test_findings_in_a_district_of_our_own_equal_the_expected_ones(tmp_path: Path) -> None:
    assert differences(make_district(tmp_path / "district")) == []


@pytest.mark.parametrize("wrong", ["unlisted", "missing"])
def test_the_comparison_itself_sees_differences(tmp_path: Path, wrong: str) -> None:
    district = make_district(tmp_path / "district")
    expected = json.loads((district / "expected.json").read_text("utf-8"))
    faults = next(iter(expected["files"].values()))["faults"]
    if wrong == "unlisted":
        faults.pop()
    else:
        faults.append({**faults[0], "row": faults[0]["row"] + 1})
    (district / "expected.json").write_text(json.dumps(expected), "utf-8")
    assert len(differences(district)) == 1


def differences(district: Path) -> list[Any]:
    """Every row or file whose findings differ from expected.json, with both sides."""
    expected = json.loads((district / "expected.json").read_text("utf-8"))
    today = date.fromisoformat(expected["as_of"])
    schools = {entry["id"]: entry for entry in json.loads((district / "organisations.json").read_text("utf-8"))}
    found: list[Any] = []
    for name, file in expected["files"].items():
        layout, rows = checked(district / "imports" / name, facts_of(schools[file["school_code"]]), today)
        found += differing_rows(name, rows, file["faults"])
        counts = [sum(row.state == state for row in rows) for state in ("clean", "warn", "block")]
        wanted = [file["clean_rows"], file["warn_rows"], file["block_rows"]]
        if (layout.header_row, layout.unknown_columns) != (file["header_row"], file["unknown_columns"]):
            found.append((name, layout))
        if len(rows) != file["rows"] or (counts != wanted and not found):
            found.append((name, counts, wanted))
    return found


def facts_of(school: dict[str, Any]) -> SchoolFacts:
    classes = {key: entry["no"] for entry in school["classes"] for key in (entry["no"], entry["name"])}
    return SchoolFacts(school["id"], classes, school["name"])


def checked(path: Path, school: SchoolFacts, today: date) -> tuple[Layout, list[CheckedRow]]:
    with open_workbook(path) as book:
        return book.layout, list(check_workbook(book, school, today, demo=True))


def differing_rows(name: str, rows: list[CheckedRow], faults: list[dict[str, Any]]) -> list[Any]:
    wanted = {fault["row"]: fault for fault in faults}
    different: list[Any] = []
    for row in rows:
        fault = wanted.pop(row.raw.number, None)
        if not agrees(row, fault):
            different.append((name, row.raw.number, fault, row.faults))
    return different + [(name, row, fault, []) for row, fault in wanted.items()]


def agrees(row: CheckedRow, fault: dict[str, Any] | None) -> bool:
    """A clean row has no finding, a warned row only the listed one, a blocked row at least the listed one."""
    if fault is None:
        return not row.faults
    here = {(found.column, found.severity) for found in row.faults}
    allowed = {(column, fault["severity"]) for column in (fault["column"], *fault["also"])}
    if fault["severity"] == "block":
        return bool(here & allowed)
    clean = fault.get("clean")
    return bool(here) and here <= allowed and (clean is None or any(found.clean == clean for found in row.faults))
