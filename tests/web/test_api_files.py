"""Files by API: scanned papers go in, belong to their case and come out again; workbooks are checked and let in."""

import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.access import AccessEntry
from models.certificates import Certificate
from models.outbox import OutboxRow
from models.session import transact
from models.students import Student
from tests import scans
from tests.cast import MONDAY
from tests.make_workbook import pupil, workbook
from tests.web.door import Caller, Door
from workflow import certificates
from workflow.imports import batches


def send(caller: Caller, path: str, **data: Any) -> Any:
    return caller.client.post(f"/api/v1{path}", headers=caller.headers, data=data)


def test_a_paper_goes_in_belongs_to_its_case_and_comes_out_again(door: Door) -> None:
    clerk, content = door.api("a1:school_clerk"), scans.picture()
    answer = send(clerk, "/evidence", kind="户口簿", file=(io.BytesIO(content), "../../户口 簿\u202e.jpg"))
    assert answer.status_code == 201, answer.get_json()
    paper = answer.get_json()
    assert paper["media_type"] == "image/jpeg"
    assert "/" not in paper["file_name"]
    assert clerk.get(f"/evidence/{paper['id']}").get_json() == paper
    for stranger in ("d1:school_clerk", "k1:dept_leader"):
        assert door.api(stranger).get(f"/evidence/{paper['id']}").status_code == 404

    rest = door.papers("a1", ("转学申请", "居住证明"))
    case = clerk.post("/transfers", door.request("a1", "沈明铭", evidence=[*rest, paper["id"]])).get_json()
    leader = door.api("a2:school_leader")
    assert paper["id"] in [one["id"] for one in leader.get(f"/cases/{case['no']}").get_json()["evidence"]]
    given = leader.get(f"/evidence/{paper['id']}/content")
    assert given.get_data() == content
    assert given.headers["Content-Disposition"].startswith("attachment")
    assert given.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in given.headers["Content-Security-Policy"]
    assert door.ask(select(func.count()).select_from(AccessEntry).where(AccessEntry.what == "evidence")) == [1]
    assert door.api("d1:school_leader").get(f"/evidence/{paper['id']}/content").status_code == 404


@pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)>", b"MZ\x00", scans.hidden_script(), scans.zipped()])
def test_what_is_no_scan_is_refused_with_a_sentence(door: Door, content: bytes) -> None:
    answer = send(door.api("a1:school_clerk"), "/evidence", kind="户口簿", file=(io.BytesIO(content), "x.jpg"))
    assert answer.status_code == 422
    assert answer.get_json()["field"] == "file"


def test_a_paper_for_a_case_of_others_is_refused_like_one_that_does_not_exist(door: Door) -> None:
    no = door.api("a1:school_clerk").post("/transfers", door.request("a1", "沈明铭")).get_json()["no"]
    stranger = door.api("d1:school_clerk")
    for name in (no, "ZX2025-nothing"):
        answer = send(stranger, "/evidence", kind="户口簿", case=name, file=(io.BytesIO(scans.picture()), "x.jpg"))
        assert answer.status_code == 404


def run_jobs(door: Door) -> None:
    """Do what a worker would do with the import rows of the outbox."""
    for payload in door.ask(select(OutboxRow.payload).where(OutboxRow.topic == "import").order_by(OutboxRow.id)):
        batches.run_job(
            door.house.engine, door.house.store, payload["batch"], payload["what"], MONDAY, demo=door.house.demo
        )


def school_book(door: Door) -> bytes:
    return workbook([pupil(number, door.cast.code["a1"]) for number in range(3)])


def test_a_workbook_is_checked_first_and_let_in_when_confirmed(door: Door) -> None:
    clerk = door.api("a1:school_clerk")
    answer = send(clerk, "/imports", file=(io.BytesIO(school_book(door)), "pupils.xlsx"))
    assert answer.status_code == 202, answer.get_json()
    batch = answer.get_json()
    assert (batch["state"], batch["rows"]) == ("uploaded", 0)
    before = door.ask(select(func.count()).select_from(Student))[0]
    run_jobs(door)
    checked = clerk.get(f"/imports/{batch['id']}").get_json()
    assert checked["state"] == "checked", checked
    assert checked["rows"] == 3
    assert door.ask(select(func.count()).select_from(Student))[0] == before
    for stranger in ("a2:school_clerk", "k1:dept_leader"):
        assert door.api(stranger).get(f"/imports/{batch['id']}").status_code == 404
        assert door.api(stranger).post(f"/imports/{batch['id']}/confirm", {}).status_code == 404
    assert clerk.post(f"/imports/{batch['id']}/confirm", {"force": True}).status_code == 422
    assert clerk.post(f"/imports/{batch['id']}/confirm", {}).status_code == 202
    run_jobs(door)
    done = clerk.get(f"/imports/{batch['id']}").get_json()
    assert (done["state"], done["imported"]) == ("done", done["clean"] + done["warn"])
    assert door.ask(select(func.count()).select_from(Student))[0] == before + done["imported"]


def test_what_is_no_workbook_is_refused_by_name(door: Door) -> None:
    clerk = door.api("a1:school_clerk")
    answer = send(clerk, "/imports", file=(io.BytesIO(b"no workbook"), "pupils.xlsx"))
    assert (answer.status_code, answer.get_json()["field"]) == (422, "file")
    other = workbook([], names=("商品", "数量"))
    batch = send(clerk, "/imports", file=(io.BytesIO(other), "pupils.xlsx")).get_json()
    run_jobs(door)
    refused = clerk.get(f"/imports/{batch['id']}").get_json()
    assert refused["state"] == "refused"
    assert refused["message"]
    answer = clerk.post(f"/imports/{batch['id']}/confirm", {})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "not_now")


def test_only_the_schools_clerk_imports(door: Door) -> None:
    content, school = school_book(door), door.cast.code["a1"]
    for who in ("k1:dept_clerk", "a2:school_clerk"):
        answer = send(door.api(who), "/imports", school=school, file=(io.BytesIO(content), "x.xlsx"))
        assert answer.status_code == 403
    assert send(door.api("a1:school_clerk"), "/imports").get_json()["field"] == "file"


def test_a_printed_certificate_can_be_fetched_and_the_print_is_written_down(door: Door, tmp_path: Path) -> None:
    no = door.api("a1:school_clerk").post("/transfers", door.request("a1", "沈明铭")).get_json()["no"]
    for who in ("a1:school_leader", "a2:school_leader", "k1:dept_leader"):
        door.api(who).act(no, "approve")
    clerk = door.api("a1:school_clerk")
    clerk.act(no, "confirm_arrival", on_date="2025-09-01")
    number = clerk.get(f"/cases/{no}").get_json()["linked"]["certificates"][0]["number"]

    def print_it(session: Session) -> None:
        paper = certificates.by_number(session, number)
        assert isinstance(paper, Certificate)
        key = certificates.keep_original(door.house.store, paper, b"%PDF-1.7 printed")
        assert certificates.note_original(session, paper.id, key, b"0" * 32)

    transact(door.house.engine, print_it)
    given = clerk.get(f"/certificates/{number}/pdf")
    assert (given.status_code, given.get_data()) == (200, b"%PDF-1.7 printed")
    assert door.ask(select(func.count()).select_from(AccessEntry).where(AccessEntry.what == "print")) == [1]
    above = door.api("prov:dept_leader")
    assert above.get(f"/certificates/{number}").get_json()["facts"]["name"] == "沈*"
    assert above.get(f"/certificates/{number}/pdf").status_code == 403
