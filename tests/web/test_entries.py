"""A clerk enters one pupil by hand: what is wrong stands at its field, and nothing is told about other schools."""

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.cases import Command
from models.findings import Finding
from models.outbox import OutboxRow
from models.students import Enrolment, Guardian, Student
from tests.cast import MONDAY, Cast
from tests.journeys.hands import Page, Visitor
from tests.make_workbook import pupil, resident_id
from tests.register import Register
from tests.statements import counted
from tests.web.door import Door
from web.worker import Worker
from workflow.errors import NotAllowed
from workflow.imports import by_hand
from workflow.imports.gathering import school_facts
from workflow.world import world_of

CLERK = "a1:school_clerk"
DRAWN = re.compile(r"[0-9a-z]{26}|[0-9A-Za-z_-]{30,}|value=\"[^\"]{20,}\"")


@pytest.fixture
def door(door: Door) -> Door:
    door.house = door.app.extensions["house"] = replace(door.house, demo=True)  # area code 99 is good there only
    return door


def typed(cast: Cast, number: int = 0, **changes: Any) -> dict[str, str]:
    """Return a form filled in well, by column; None empties one."""
    row = pupil(number, 班级=cast.room[("a1", 5)].no, **changes)
    return {name: str(value) for name, value in row.items() if value is not None and name != "学校标识码"}


def entered(door: Door, values: dict[str, str], status: int = 200) -> Page:
    visitor = Visitor(door, CLERK)
    visitor.open("/students/new")
    return visitor.send("/students/new", status, **values)


def pupils(door: Door) -> int:
    count: int = door.ask(select(func.count(Student.id)))[0]
    return count


def test_a_pupil_is_entered_with_guardians_and_class_and_compared_soon_after(door: Door, cast: Cast) -> None:
    page = entered(door, typed(cast, 姓名="买买提·阿不都拉"))
    assert "已录入：买买提·阿不都拉" in page.words
    assert cast.room[("a1", 5)].name in page.words
    (student,) = door.ask(select(Student).where(Student.name == "买买提·阿不都拉"))
    assert page.address == f"/students/{student.public_id}"
    assert student.id_number == resident_id(0, sex="女")
    assert student.details["籍贯"] == "岚川省"
    spells = door.ask(select(Enrolment).where(Enrolment.student_id == student.id))
    assert [(one.school_id, one.class_id) for one in spells] == [(cast.org["a1"], cast.room[("a1", 5)].id)]
    assert len(door.ask(select(Guardian).where(Guardian.student_id == student.id))) == 2
    assert len(door.ask(select(OutboxRow).where(OutboxRow.topic == "compare"))) == 1


def test_every_fault_stands_at_its_field_and_what_was_typed_is_kept(door: Door, cast: Cast) -> None:
    before = pupils(door)
    wrong = typed(cast, 性别="男", 联系电话="12", 民族=None, 成员1姓名="唐文远", 籍贯="岚川省枫林镇")
    page = entered(door, wrong, 422)
    for column in ("性别", "联系电话", "民族"):
        assert f"#f-{column}" in page.links, column
        assert f'id="f-{column}-error"' in page.html, column
    form = page.form("/students/new")
    assert (form.values["籍贯"], form.values["联系电话"], form.values["性别"]) == ("岚川省枫林镇", "12", "男")
    assert form.values["身份证件号"] == wrong["身份证件号"]
    assert pupils(door) == before


def test_what_was_read_otherwise_than_typed_is_shown_before_it_is_stored(door: Door, cast: Cast) -> None:
    before = pupils(door)
    visitor = Visitor(door, CLERK)
    visitor.open("/students/new")
    page = visitor.send("/students/new", 422, **typed(cast, 姓名="唐 思 晴", 出生日期="2015-03-12"))
    assert "下面 2 处已按规范改写" in page.words
    assert page.form("/students/new").values["姓名"] == "唐思晴"
    assert page.form("/students/new").values["出生日期"] == "20150312"
    assert pupils(door) == before
    assert "已录入：唐思晴" in visitor.send("/students/new").words


def test_a_number_the_school_has_already_is_refused_at_its_field(door: Door, cast: Cast) -> None:
    entered(door, typed(cast))
    before = pupils(door)
    page = entered(door, typed(cast, 姓名="唐思雨"), 422)
    assert "本校已有这个身份证件号的学生" in page.words
    assert "#f-身份证件号" in page.links
    assert pupils(door) == before


def test_the_same_form_sent_twice_makes_one_record(door: Door, cast: Cast) -> None:
    before = pupils(door)
    without = {"身份证件类型": "其他", "身份证件号": None}
    visitor = Visitor(door, CLERK)
    visitor.open("/students/new")
    form = visitor.page.form("/students/new").values | typed(cast, **without)
    places = {visitor.client.post("/students/new", data=form).headers["Location"] for _ in range(2)}
    assert len(places) == 1
    assert pupils(door) == before + 1


def test_a_number_held_elsewhere_is_answered_like_one_nobody_has(door: Door, cast: Cast) -> None:
    register = Register(door.house.engine, cast)
    register.add("d1", "远方", resident_id(2, sex="女"))
    answers, asked = [], []
    entered(door, typed(cast, 20))  # what is read once is in memory now
    for number in (2, 4):
        with counted(door.house.engine) as seen:
            page = entered(door, typed(cast, 姓名="唐宁宁", 身份证件号=resident_id(number, sex="女")))
        asked.append(len(seen))
        answers.append(DRAWN.sub("·", page.html).replace(resident_id(number, sex="女")[-4:], "0000"))
    assert answers[0] == answers[1]
    assert "重复" not in answers[0]
    assert asked[0] == asked[1], "as many questions to the database, whatever the answer"
    assert door.ask(select(Finding.id)) == []
    Worker(door.house, lambda: MONDAY).compare_records()
    shared = select(Finding.decider_id).where(Finding.kind == "id_exact")
    assert door.ask(shared) == [cast.org["prov"]], "the office above both hears of it soon after"


def test_a_program_enters_a_pupil_once_and_hears_what_was_read_otherwise(door: Door, cast: Cast) -> None:
    program, before = door.api(CLERK), pupils(door)
    columns = typed(cast, 姓名="唐 思 晴", 身份证件号=f" {resident_id(0, sex='女')}")
    answers = [program.post("/students", {"columns": columns}, key="one-and-the-same") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].get_json() == answers[1].get_json()
    assert answers[0].get_json()["read_as"]["姓名"] == "唐思晴"
    assert [list(answer) for answer in door.ask(select(Command.answer))] == [["id"]], "no word about the child is kept"
    assert pupils(door) == before + 1
    wrong = program.post("/students", {"columns": columns | {"性别": "男", "籍贯": ""}})
    assert wrong.status_code == 422
    assert {reason["field"] for reason in wrong.get_json()["reasons"]} == {"columns.性别", "columns.籍贯"}
    here = program.post("/students", {"columns": columns})
    assert [reason["field"] for reason in here.get_json()["reasons"]] == ["columns.身份证件号"]
    assert program.post("/students", {"columns": columns | {"星座": "白羊"}}).status_code == 422


def test_only_a_clerk_of_the_school_enters_pupils(door: Door, cast: Cast) -> None:
    assert "录入学生" in Visitor(door, CLERK).open("/students/").words
    assert "录入学生" not in Visitor(door, "a1:school_leader").open("/students/").words
    for who in ("a1:school_leader", "k1:dept_clerk"):
        assert door.browser(who).get("/students/new").status_code == 403
    with Session(door.house.engine.execution_options(writes=True)) as session:
        leader, school = cast.actor(session, "a1:school_leader"), world_of(session).office(cast.org["a1"])
        facts = school_facts(session, school)
        row = by_hand.check(typed(cast), facts, MONDAY.date(), demo=True)
        with pytest.raises(NotAllowed):
            by_hand.enter(session, leader, school, row, "a-key", MONDAY)
