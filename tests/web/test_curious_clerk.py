"""A clerk who types three hundred numbers learns nothing about children elsewhere: not by answer, size or work (T3)."""

import datetime as dt
import json
import re
from typing import Any

import pytest
from sqlalchemy import func, select

from models.findings import Finding
from models.imports import ImportBatch
from models.outbox import OutboxRow
from models.session import transact
from models.students import Enrolment, Student
from tests.cast import MONDAY, Cast
from tests.faulty import Faulty
from tests.journeys.hands import Visitor
from tests.register import NUMBER, Register, number_of
from tests.statements import counted
from tests.web.door import Door
from tests.web.test_imports import Desk, book

TYPED = 300
CLERK, CLERK_2 = "a1:school_clerk", "a2:school_clerk"
DRAWN = re.compile(r"[0-9a-z]{26}|value=\"[^\"]{20,}\"|" + "[0-9A-Za-z_-]{40,}")
"""What is drawn by lot on every page: addresses, tokens, keys."""


@pytest.fixture
def register(door: Door, cast: Cast) -> Register:
    return Register(door.house.engine, cast)


def day(place: int) -> dt.date:
    return dt.date(2012, 9, 1) + dt.timedelta(days=place)


def number(place: int) -> str:
    return number_of(f"990101{day(place):%Y%m%d}{place * 37 % 499 * 2 + 1:03}")


def held_elsewhere(register: Register, count: int) -> None:
    """Enrol as many children at a school of another city, in one go."""

    def work(session: Any) -> None:
        room = session.scalars(select(Enrolment.class_id).where(Enrolment.school_id == register.cast.org["d1"])).first()
        for place in range(count):
            child = Student(name=f"远方{place}", name_key=f"远方{place}", sex="male", created_at=MONDAY)
            child.birth_date, child.id_number = day(place), number(place)
            session.add(child)
            session.flush()
            spell = {"school_id": register.cast.org["d1"], "class_id": room, "started_on": MONDAY.date()}
            session.add(Enrolment(student_id=child.id, **spell))

    transact(register.engine, work)
    register.scan()


def file_of(door: Door, first: int, name: str) -> bytes:
    """Three hundred boys with numbers from a place on: every other one has the very number, the rest a slip."""
    people = []
    for place in range(TYPED):
        typed = number(first + place)
        if place % 2:
            typed = number_of(typed[:5] + "7" + typed[6:17])
        people.append({"姓名": name + chr(0x4E00 + place), "性别": "男", "身份证件号": typed,
                       "出生日期": f"{day(first + place):%Y%m%d}"})  # fmt: skip
    return book(door, *people)


def told(desk: Desk, place: str) -> tuple[str, int]:
    """Return what the page of a batch says, without what is drawn by lot, and how long it is."""
    text = desk.text(place)
    return DRAWN.sub("·", text), len(text)


def test_three_hundred_numbers_in_a_file_are_answered_like_numbers_nobody_has(door: Door, register: Register) -> None:
    held_elsewhere(register, TYPED)
    desk = Desk(door)
    desk.checked(book(door, {"姓名": "孙文"}))  # what is read once is in memory now
    places: list[str] = []
    asked: list[list[int]] = []
    for first, name in ((0, "赵"), (TYPED, "钱")):
        content, counts = file_of(door, first, name), []
        with counted(door.house.engine) as seen:
            place = desk.checked(content)
        counts.append(len(seen))
        checked = told(desk, place)
        with counted(door.house.engine) as seen:
            assert desk.confirm(place).status_code == 303
        counts.append(len(seen))
        desk.worker.work_on_imports()
        places.append(place)
        asked.append(counts)
        assert f"导入 {TYPED} 行" in checked[0]
        assert "疑似" not in checked[0]
    known, unknown = (told(desk, place) for place in places)
    assert known == unknown
    assert asked[0] == asked[1], "as many questions to the database, whatever the answer"
    reports = [desk.door.ask(select(ImportBatch).where(ImportBatch.public_id == place.rsplit("/")[-1]))[0].report
               for place in places]  # fmt: skip
    assert reports[0] == reports[1]
    errands = desk.door.ask(select(OutboxRow.topic).where(OutboxRow.topic == "compare"))
    assert len(errands) == 2, "there is work to do in both cases"
    assert desk.door.ask(select(func.count(Finding.id)).where(Finding.kind == "id_exact")) == [TYPED // 2]
    decided = desk.door.ask(select(Finding.decider_id).distinct())
    assert decided == [door.cast.org["prov"]], "the office above both hears of it"


def test_own_pupils_look_the_same_whether_their_number_is_held_elsewhere_or_not(door: Door, register: Register) -> None:
    register.add("d1", "远方", NUMBER)
    pages = []
    for name, held in (("甲一", NUMBER), ("乙一", number_of("99010120140312951"))):
        register.add("a1", name, held)
        (public_id,) = door.ask(select(Student.public_id).where(Student.name == name))
        text = Visitor(door, CLERK).open(f"/students/{public_id}").html
        pages.append(DRAWN.sub("·", text).replace(name, "某").replace(held[-4:], "0000"))
    assert pages[0] == pages[1]


def test_a_number_typed_as_a_correction_is_answered_the_same_whoever_has_it(door: Door, register: Register) -> None:
    register.add("d1", "远方", NUMBER)
    answers: list[Any] = []
    for sequence, typed in ((450, NUMBER), (451, number_of("99010120140312951"))):
        faulty = Faulty(door.house.engine, door.cast)
        faulty.sequence = sequence
        faulty.wrong_number("a2", "王小明")
        faulty.paper(CLERK_2, "户口簿")
        caller = door.api(CLERK_2)
        with counted(door.house.engine) as seen:
            answer = caller.act(faulty.no, "request_correction", corrected={"id_number": typed})
        answers.append((answer.status_code, len(answer.data), len(seen), sorted(json.loads(answer.data))))
    assert answers[0] == answers[1]


def test_guesses_at_name_and_record_number_are_answered_alike_and_counted(door: Door, register: Register) -> None:
    """Right name and wrong number, wrong name and right number, nothing right: one answer (contract 4)."""
    held_elsewhere(register, 1)
    caller, right = door.api(CLERK), ("远方0", "G" + number(0))
    guesses = [(right[0], "G" + number(1)), ("远方1", right[1]), ("远方1", "G" + number(2))]
    told = set()
    for name, record_no in guesses:
        body = door.request("a1", name, record_no=record_no, submit=False)
        answer = caller.post("/transfers", body)
        told.add((answer.status_code, len(answer.data), answer.get_json().get("code")))
    assert len(told) == 1
