"""The import page: upload, watch, decide, take the failed rows back; for the school's own people only."""

import logging
import re
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from models.imports import ImportBatch
from models.outbox import OutboxRow
from models.session import transact
from models.students import Student
from tests.cast import MONDAY, PUPILS
from tests.make_workbook import NAMES, pupil, resident_id, workbook
from tests.web.door import Door, csrf_of
from web.present import imports as drawing
from web.worker import Worker
from workflow.imports import batches, gathering
from workflow.imports.limits import Limits
from workflow.imports.reading import open_workbook

CLERK = "a1:school_clerk"
RED = "FFFFC7CE"
NUMBER = re.compile(r"\d{17}[\dX]")


class Desk:
    """A clerk at the import page, and the worker in the next room."""

    def __init__(self, door: Door, who: str = CLERK) -> None:
        door.house = replace(door.house, demo=True)  # area code 99 is good in a demonstration only
        door.app.extensions["house"] = door.house
        self.door, self.browser = door, door.browser(who)
        self.worker = Worker(door.house, lambda: MONDAY)

    def send(self, content: bytes, name: str = "五年级.xlsx") -> TestResponse:
        return send(self.browser, content, name)

    def sent(self, content: bytes, name: str = "五年级.xlsx") -> str:
        """Upload and return the address of the batch."""
        answer = self.send(content, name)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return answer.headers["Location"]

    def checked(self, content: bytes) -> str:
        place = self.sent(content)
        self.worker.work_on_imports()
        return place

    def text(self, place: str) -> str:
        answer = self.browser.get(place)
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    def confirm(self, place: str) -> TestResponse:
        token = csrf_of(self.browser.get(place))
        return self.browser.post(f"{place}/confirm", data={"csrf_token": token})

    def students(self) -> int:
        found: int = self.door.ask(select(func.count()).select_from(Student))[0]
        return found - len(PUPILS)


def send(browser: FlaskClient, content: bytes, name: str) -> TestResponse:
    token = csrf_of(browser.get("/imports/new"))
    return browser.post("/imports/new", data={"csrf_token": token, "file": (BytesIO(content), name)})


@pytest.fixture
def desk(door: Door) -> Desk:
    return Desk(door)


def book(door: Door, *changes: dict[str, Any], short: str = "a1", first: int = 0) -> bytes:
    code = door.cast.code[short]
    return workbook([pupil(n, code, **{"班级": "5年级1班", **change}) for n, change in enumerate(changes, first)])


def test_a_workbook_is_checked_decided_and_let_in(door: Door, desk: Desk) -> None:
    place = desk.sent(book(door, {}, {"姓名": "唐 思 晴"}, {"健康状况": "优"}))
    waiting = desk.text(place)
    assert 'hx-get="' in waiting
    assert "刷新看进度" in waiting, "without script the page is refreshed by hand"
    assert "HX-Refresh" not in desk.browser.get(f"{place}/progress").headers
    desk.worker.work_on_imports()
    assert desk.browser.get(f"{place}/progress").headers["HX-Refresh"] == "true"
    page = desk.text(place)
    assert "导入 2 行，保留 1 行" in page
    assert "将存为 唐思晴" in page
    assert desk.students() == 0
    assert desk.confirm(place).status_code == 303
    desk.worker.work_on_imports()
    assert "已导入 2 行" in desk.text(place)
    assert desk.students() == 2


def test_pressing_the_button_twice_imports_once(door: Door, desk: Desk) -> None:
    place = desk.checked(book(door, {}))
    token = csrf_of(desk.browser.get(place))
    for _ in range(2):
        assert desk.browser.post(f"{place}/confirm", data={"csrf_token": token}).status_code == 303
    desk.worker.work_on_imports()
    assert desk.browser.post(f"{place}/confirm", data={"csrf_token": token}).status_code == 303
    desk.worker.work_on_imports()
    assert desk.students() == 1


def test_the_same_file_again_is_the_same_import_checked_anew(door: Door, desk: Desk) -> None:
    content = book(door, {}, {"班级": "5年级9班"})
    place = desk.sent(content)
    assert desk.sent(content) == place, "also before the worker came"
    desk.worker.work_on_imports()
    assert "保留 1 行" in desk.text(place)
    assert desk.sent(content) == place
    assert 'hx-get="' in desk.text(place)
    desk.worker.work_on_imports()
    assert "导入 1 行，保留 1 行" in desk.text(place)
    desk.confirm(place)
    desk.worker.work_on_imports()
    again = desk.checked(content)
    assert again != place
    assert "没有一行可以导入" in desk.text(again)
    assert desk.students() == 1


def test_failed_rows_come_back_marked_and_only_they_are_sent_again(door: Door, desk: Desk) -> None:
    place = desk.checked(book(door, {}, {"健康状况": "优"}, {"身份证件号": resident_id(0, sex="女")}))
    desk.confirm(place)
    desk.worker.work_on_imports()
    answer = desk.browser.get(f"{place}/errors.xlsx")
    assert "attachment" in answer.headers["Content-Disposition"]
    returned = load_workbook(BytesIO(answer.data))
    sheet = returned.worksheets[0]
    heading = [cell.value for cell in sheet[2]]
    column = next(n for n, name in enumerate(heading, 1) if name and "健康状况" in str(name))
    assert sheet.max_row == 4
    cell = sheet.cell(3, column)
    assert (cell.value, cell.fill.fgColor.rgb) == ("优", RED)
    cell.value = "健康或良好"
    mended = BytesIO()
    returned.save(mended)
    second = desk.checked(mended.getvalue())
    page = desk.text(second)
    assert "导入 1 行，保留 1 行" in page
    assert "本校已有这个身份证件号的学生" in page, "the second row of one number, sent alone"
    desk.confirm(second)
    desk.worker.work_on_imports()
    assert desk.students() == 2


def test_rows_of_one_number_in_one_file_are_a_finding_of_the_school(door: Door, desk: Desk) -> None:
    place = desk.checked(book(door, {}, {"身份证件号": resident_id(0, sex="女")}))
    desk.confirm(place)
    desk.worker.work_on_imports()
    assert "第 2、3 行" in desk.text(place)
    assert "同一文件中身份证件号相同" in desk.text(place)


def test_a_school_hears_of_its_own_namesakes_and_never_of_other_schools(door: Door, desk: Desk) -> None:
    nameless = {"身份证件类型": "其他", "身份证件号": None, "姓名": "唐思晴", "性别": "女"}
    own = desk.checked(book(door, nameless, nameless))
    desk.confirm(own)
    desk.worker.work_on_imports()
    assert "姓名相同、性别相同、出生日期相同、均无身份证件号" in desk.text(own)
    other = Desk(door, "a2:school_clerk")
    place = other.checked(book(door, nameless, short="a2"))
    other.confirm(place)
    other.worker.work_on_imports()
    assert "疑似重复" not in other.text(place)


def test_nobody_else_sees_an_import(door: Door, desk: Desk) -> None:
    place = desk.checked(book(door, {}))
    for who in ("a2:school_clerk", "k1:dept_leader"):
        stranger = door.browser(who)
        for address in (place, f"{place}/progress", f"{place}/errors.xlsx"):
            assert stranger.get(address).status_code == 404
        token = csrf_of(stranger.get("/students/"))
        assert stranger.post(f"{place}/confirm", data={"csrf_token": token}).status_code == 404
    leader = door.browser("a1:school_leader")
    assert leader.get(place).status_code == 200
    assert "/confirm" not in leader.get(place).get_data(as_text=True)
    assert leader.post(f"{place}/confirm", data={"csrf_token": csrf_of(leader.get("/imports/new"))}).status_code == 403
    upload = leader.get("/imports/new").get_data(as_text=True)
    assert 'type="file"' not in upload
    assert "学籍管理员办理" in upload
    assert send(leader, book(door, {}), "x.xlsx").status_code == 403


def test_a_file_for_another_school_lets_no_row_in(door: Door, desk: Desk) -> None:
    place = desk.checked(book(door, {}, {}, short="d1"))
    page = desk.text(place)
    assert "没有一行可以导入" in page
    assert "学校标识码" in page


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "请选择要上传的文件"), (b"", "空"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 64, "xlsx")],
)
def test_what_is_no_workbook_is_refused_at_once(door: Door, desk: Desk, content: bytes | None, sentence: str) -> None:
    answer = desk.send(content or b"", "五年级.xlsx" if content is not None else "")
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert door.ask(select(ImportBatch.id)) == []


def test_a_file_with_too_many_rows_is_refused_on_its_page(
    door: Door, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "open_workbook", lambda source, _limits: open_workbook(source, Limits(rows=2)))
    page = desk.text(desk.checked(book(door, {}, {}, {})))
    assert "这个文件读不了" in page
    assert "什么都没有写进学籍" in page
    assert desk.students() == 0


def test_a_long_list_of_faults_is_paged_and_says_what_is_left_out(
    door: Door, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "FAULTS_SHOWN", 2)
    monkeypatch.setattr(batches, "gather", partial(gathering.gather, most_faults=3))
    place = desk.checked(book(door, *[{"健康状况": "优"} for _ in range(5)]))
    page = desk.text(place)
    assert "第 1–2 条，共 5 条" in page
    following = re.search(r'href="([^"]+after=2[^"]*)"', page)
    assert following
    last = desk.text(following[1].replace("&amp;", "&"))
    assert "第 3–3 条，共 5 条；页面只列前 3 条，其余见错误表" in last
    assert desk.text(f"{place}?only=nonsense&after=nonsense")


def test_the_template_opens_and_offers_the_schools_classes(door: Door, desk: Desk) -> None:
    answer = desk.browser.get("/imports/template.xlsx")
    found = load_workbook(BytesIO(answer.data))
    headings = {str(cell.value).replace("★", "") for row in found.worksheets[0].iter_rows(max_row=3) for cell in row}
    assert set(NAMES) <= headings
    listed = {cell.value for row in found["代码表"].iter_rows() for cell in row}
    assert {"1年级1班", "5年级1班", "6年级1班"} <= listed


def test_the_file_is_sealed_and_no_log_names_anybody(door: Door, desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        place = desk.checked(book(door, {}, {"身份证件号": "990101201503120016"}))
        desk.confirm(place)
        desk.worker.work_on_imports()
    assert NUMBER.findall(caplog.text) == []
    assert "唐" not in caplog.text
    kept = [path.read_bytes() for path in door.house.settings.files_dir.rglob("*") if path.is_file()]
    assert kept
    assert not any(content.startswith(b"PK") for content in kept)
    report = door.ask(select(ImportBatch.report_sealed))[0]
    assert b"990101201503120016" not in report
    assert NUMBER.findall(str(door.ask(select(OutboxRow.payload)))) == []


def test_a_destroyed_upload_says_so(door: Door, desk: Desk) -> None:
    place = desk.checked(book(door, {}, {"健康状况": "优"}))
    desk.confirm(place)
    desk.worker.work_on_imports()
    last = door.ask(select(ImportBatch.destroy_after))[0]
    transact(door.house.engine, lambda session: batches.destroy_old(session, last.replace(year=last.year + 1)))
    assert "已超过保存期限并销毁" in desk.text(place)
    assert desk.browser.get(f"{place}/errors.xlsx").status_code == 403
