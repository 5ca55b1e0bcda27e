"""A row that was not imported because its number is wrong, beside the record it may mean: only for who decides."""

from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.access import AccessEntry
from models.findings import Finding
from models.imports import ImportBatch
from models.session import reading, transact
from tests.cast import MONDAY, Cast
from tests.journeys.hands import Visitor
from tests.make_workbook import pupil, workbook
from tests.register import Register, number_of
from tests.web.door import Door
from workflow.duplicates.comparing import compare_blocked
from workflow.imports.whole_file import import_file
from workflow.settings import mark_demo
from workflow.world import world_of

NUMBER = number_of("99010120140312051")
TYPED = NUMBER[:17] + ("0" if NUMBER[17] != "0" else "1")


@pytest.fixture
def finding(door: Door, cast: Cast, tmp_path: Any) -> str:
    """A pupil of d1, and a row of a1 with a wrong last character; the province decides."""
    engine = door.house.engine
    transact(engine, lambda session: mark_demo(session, "sample", MONDAY))
    Register(engine, cast).add("d1", "李思涵", NUMBER)
    row = pupil(3, "2199000001", 姓名="李思函", 身份证件号=TYPED, 性别="男", 出生日期="20140312", 班级="2021101")
    path = tmp_path / "2199000001_青松小学.xlsx"
    path.write_bytes(workbook([row]))
    with reading(engine) as session:
        school = world_of(session).office(cast.org["a1"])
    import_file(engine, path, school, 1, MONDAY, demo=True)
    compare_again(door)
    return str(door.ask(select(Finding.public_id).where(Finding.kind == "near_blocked"))[0])


def compare_again(door: Door) -> None:
    def work(session: Session) -> None:
        compare_blocked(session, list(session.scalars(select(ImportBatch))), MONDAY)

    transact(door.house.engine, work)


def test_a_blocked_row_is_compared_dismissed_with_a_reason_and_taken_back(door: Door, finding: str) -> None:
    visitor, address = Visitor(door, "prov:arbitrator"), f"/problems/pairs/{finding}"
    assert any(link.startswith(address) for link in visitor.open("/problems/?shelf=pairs").links)
    page = visitor.open(f"{address}?shelf=pairs")
    for words in ("李思涵", "李思函", "未导入的一行", "导入文件第", "不再提示"):
        assert words in page.words, words
    assert NUMBER[:10] not in page.html
    assert TYPED[:10] not in page.html
    assert "请从所列理由中选择" in visitor.send("/distinct", 422).words
    visitor.send("/distinct", reason="other_child")
    compare_again(door)
    assert finding not in visitor.open("/problems/?shelf=pairs").html, "what was dismissed stays dismissed"
    assert finding in visitor.open("/problems/?shelf=judged").html
    assert "经核对证件，是另一名学生" in visitor.open(address).words
    visitor.send("/again")
    assert "待判断" in visitor.open(address).words
    shown = visitor.send("/reveal", purpose="核对证件")
    assert TYPED[:6] in shown.html
    assert "疑似比对 核对证件" in door.ask(select(AccessEntry.purpose).where(AccessEntry.what == "reveal"))


def test_no_school_and_no_other_office_finds_it(door: Door, finding: str) -> None:
    for who in ("a1:school_clerk", "d1:school_leader", "k1:arbitrator", "city2:dept_clerk"):
        browser, program = door.browser(who), door.api(who)
        assert browser.get(f"/problems/pairs/{finding}").status_code == 404, who
        assert program.get(f"/problems/pairs/{finding}").status_code == 404, who
        assert program.post(f"/problems/pairs/{finding}/distinct", {"reason": "other_child"}).status_code == 404, who
        assert "李思" not in browser.get("/problems/?shelf=pairs").get_data(as_text=True), who


def test_a_program_compares_and_dismisses_it(door: Door, finding: str) -> None:
    program = door.api("prov:dept_clerk")
    (line,) = program.get("/problems?shelf=pairs").json["items"]
    assert (line["id"], line["kind"], line["row"]["school"]["code"]) == (finding, "near_blocked", door.cast.code["a1"])
    address = f"/problems/pairs/{finding}"
    told = program.get(address).json
    assert (told["compared"][0]["name"], told["row"]["name"]) == ("李思涵", "李思函")
    assert NUMBER[:6] not in str(told)
    assert TYPED[:6] not in str(told)
    assert program.post(f"{address}/distinct", {}).json["field"] == "reason"
    assert program.post(f"{address}/case", {}).status_code == 422
    answer = program.post(f"{address}/distinct", {"reason": "entered_again"}, key="dismiss-this-row-1")
    assert (answer.status_code, answer.json["state"]) == (200, "dismissed")
    again = program.post(f"{address}/distinct", {"reason": "entered_again"}, key="dismiss-this-row-1")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert program.get(address).json["judged"]["reason"] == "entered_again"
    assert program.post(f"{address}/again", {}).json["state"] == "open"


def test_a_row_that_was_destroyed_with_its_file_is_not_compared_any_more(door: Door, finding: str) -> None:
    transact(door.house.engine, lambda session: session.execute(update(ImportBatch).values(report_sealed=None)))
    page = Visitor(door, "prov:arbitrator").open(f"/problems/pairs/{finding}")
    assert "已过保存期" in page.words
    assert "李思函" not in page.words
