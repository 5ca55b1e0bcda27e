"""The acceptance table of duplicates: every group, near pair and decider of a district, and no false one.

XUEJIBAN_DISTRICT names the folder; else the shared district beside the checkout is used. Two districts of our own with
other offices, faults and children are always tried too.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models.findings import Finding, FindingRecord
from models.imports import ImportBatch
from models.organisations import Organisation
from models.session import reading, transact
from models.students import Student
from tests import district, planted
from web.present.findings import sentences
from workflow.duplicates import scan

Answer = tuple[str, str | None, str | None]
"""Kind of the finding, level and code of the office that decides."""
Answers = dict[tuple[str, ...], Answer]


@pytest.mark.parametrize(
    ("database", "seed"),
    [
        ("sqlite", 0),
        ("postgresql", 0),
        ("sqlite", 7),
        ("postgresql", 20261128),
        pytest.param("postgresql", 7, marks=pytest.mark.deep),
        pytest.param("sqlite", 20261128, marks=pytest.mark.deep),
    ],
    indirect=["database"],
)
def test_every_group_and_near_pair_of_a_district_is_found_and_no_other_one(
    engine: Engine, tmp_path: Path, seed: int
) -> None:
    given = district.GIVEN if seed == 0 and (district.GIVEN / "expected.json").exists() else None
    folder = given or planted.make(tmp_path / "district", seed % 100)
    assert differences(engine, folder) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_comparison_itself_sees_differences(engine: Engine, tmp_path: Path) -> None:
    folder = planted.make(tmp_path / "district", 3)
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    forgotten = expected["near_pairs"].pop()
    wrong = expected["id_duplicates"][0]
    wrong["decider"] = "999999"
    invented = {**expected["near_pairs"][0], "records": ["2199030000#2", "2199030001#2"]}
    expected["near_pairs"].append(invented)
    twins = expected["decoys"].pop(0)
    expected["id_duplicates"].append(twins)
    (folder / "expected.json").write_text(json.dumps(expected), "utf-8")
    seen = {records for records, _, _ in differences(engine, folder)}
    assert seen == {tuple(sorted(one["records"])) for one in (forgotten, wrong, invented, twins)}


def differences(engine: Engine, folder: Path) -> list[tuple[tuple[str, ...], Any, Any]]:
    """Load a district, scan it, and return every group that was not found as expected, with both sides."""
    now = district.at(district.load(engine, folder))
    transact(engine, lambda session: scan.start(session, now))
    while transact(engine, lambda session: scan.advance(session, now).state) == "running":  # type: ignore[union-attr]
        pass
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    wanted, decoys = answers_of(expected), {tuple(sorted(one["records"])) for one in expected["decoys"]}
    with reading(engine) as session:
        found = found_in(session)
    told: list[tuple[tuple[str, ...], Any, Any]] = []
    for records in sorted(wanted.keys() | found.keys()):
        here, there = found.get(records), wanted.get(records)
        if here != there and not (there is None and records in decoys and here and here[0] == "near"):
            told.append((records, here, there))
    return told


def answers_of(expected: dict[str, Any]) -> Answers:
    """What should be found. Of a number twice in one file the second row is blocked, as are rows with a bad check."""
    blocked = {
        f"{file['school_code']}#{fault['row']}"
        for file in expected["files"].values() for fault in file["faults"] if fault["severity"] == "block"
    }  # fmt: skip
    answers: Answers = {}
    kinds = (("id_duplicates", "id_exact"), ("nsb_duplicates", "nsb"), ("near_pairs", "near"))
    for part, kind in kinds:
        for one in expected[part]:
            records = tuple(sorted(one["records"]))
            if one["kind"] == "same_file":
                kind_ = "same_file"
            else:
                kind_ = "near_blocked" if blocked & set(records) else kind
            answers[records] = (kind_, one["level"], one["decider"])
    return answers


def found_in(session: Session) -> Answers:
    """What was found, every near pair with reasons that can be told."""
    batch = func.coalesce(FindingRecord.import_batch_id, Student.import_batch_id)
    row = func.coalesce(FindingRecord.sheet_row, Student.sheet_row)
    query = (
        select(FindingRecord.finding_id, Organisation.code, row)
        .outerjoin(Student, Student.id == FindingRecord.student_id)
        .join(ImportBatch, ImportBatch.id == batch)
        .join(Organisation, Organisation.id == ImportBatch.school_id)
    )
    records: dict[int, list[str]] = {}
    for number, code, place in session.execute(query):
        records.setdefault(number, []).append(f"{code}#{place}")
    offices = {one.id: one for one in session.scalars(select(Organisation))}
    answers: Answers = {}
    for finding in session.scalars(select(Finding).where(Finding.state == "open")):
        office = offices.get(finding.decider_id or 0)
        answers[tuple(sorted(records[finding.id]))] = (finding.kind, office and office.level, office and office.code)
        assert sentences(finding.reasons, against=False), "a finding says why"
        assert (finding.score is None) == (finding.kind not in ("near", "near_blocked"))
    return answers
