"""What pages tell of a case about one record: the pupil, the school, key data as form fields."""

from typing import Any

from sqlalchemy import select

from models.numbers import fold_number
from models.organisations import SchoolClass
from models.students import Enrolment, Student
from web.masks import mask_name, mask_number
from web.present import days, words
from web.present.sight import sees_names
from web.views import Contact, Fact, Field, Option, Station
from workflow.imports.codes import PUPIL_DOCUMENT
from workflow.key_data import FIELDS
from workflow.step import Step
from workflow.transfers.guards import grade_name
from workflow.world import Office

TYPES = tuple(Option(PUPIL_DOCUMENT.code_of(label), label) for label in PUPIL_DOCUMENT.labels)


def name_of(step: Step, student: Student) -> str:
    """Return the pupil's name as this person may read it."""
    return student.name if sees_names(step) else mask_name(student.name)


def pupil(step: Step, student: Student) -> tuple[Fact, ...]:
    """Return whom the case is about; of numbers only the end."""
    facts = [Fact("姓名", name_of(step, student)), Fact("学籍号", mask_number(student.record_no_tail) or "还没有")]
    if sees_names(step):
        kind = PUPIL_DOCUMENT.canonical(student.id_type) or student.id_type
        status = "已注销" if student.retired_at else words.STATUSES.get(student.status, student.status)
        facts += [
            Fact("性别", words.SEXES[student.sex]),
            Fact("出生日期", f"{student.birth_date:%Y年%-m月%-d日}"),
            Fact("身份证件类型", kind),
            Fact("身份证件号", mask_number(student.id_number_tail) or "无"),
            Fact("学籍状态", status),
        ]
    return tuple(facts)


def place(step: Step, school: Office) -> list[Fact]:
    """Return the school and the class the pupil is in."""
    query = (
        select(SchoolClass)
        .join(Enrolment, Enrolment.class_id == SchoolClass.id)
        .where(Enrolment.student_id == step.subject.student_id, Enrolment.ended_on.is_(None))
    )
    room = step.session.scalars(query).one_or_none()
    facts = [Fact("学校", school.name, note=school.code)]
    if room is not None and sees_names(step):
        facts.append(Fact("年级班级", f"{grade_name(room.grade)} {room.name}"))
    return facts


def contacts(school: Office, department: Office) -> tuple[Contact, ...]:
    """Return whom to telephone."""
    both = (("学校", school), ("主管部门", department))
    return tuple(Contact(side, office.name, office.code, phone=office.phone) for side, office in both)


def typed_facts(step: Step, values: dict[str, Any]) -> list[Fact]:
    """Return what was typed to be corrected, for those who take part.

    The new number is whole only for whoever is asked to compare it with the paper; everybody else sees its end.
    """
    if not sees_names(step):
        return []
    comparing = any(item.queue in step.actor.queues and item.kind == "decide" for item in step.open_items)
    return [Fact(f"更正{word}", _shown(name, str(values[name]), comparing))
            for name, word in FIELDS.items() if values.get(name)]  # fmt: skip


def _shown(name: str, value: str, whole: bool) -> str:
    if name == "id_number":
        number = fold_number(value)
        return " ".join(filter(None, (number[:6], number[6:14], number[14:]))) if whole else mask_number(number[-4:])
    if name == "id_type":
        return PUPIL_DOCUMENT.canonical(value) or value
    return words.SEXES.get(value, value)


def corrected(names: tuple[str, ...], student: Student, typed: dict[str, Any], error: str) -> list[Field]:
    """Return the key data to be typed; a number is typed anew and never shown. The error stands at the first field."""
    values = {
        "name": student.name,
        "sex": student.sex,
        "birth_date": student.birth_date.isoformat(),
        "id_type": student.id_type,
        "id_number": "",
    }
    values |= {name: str(value) for name, value in typed.items() if name in values}
    return [_field(name, values[name], error if place == 0 else "") for place, name in enumerate(names)]


def _field(name: str, value: str, error: str) -> Field:
    label, field = FIELDS[name], f"corrected.{name}"
    if name == "sex":
        sexes = tuple(Option(code, word) for code, word in words.SEXES.items())
        return Field(field, label, "radio", value, options=sexes, error=error)
    if name == "id_type":
        return Field(field, label, "select", value, options=TYPES, error=error)
    if name == "birth_date":
        return Field(field, label, "date", value, error=error)
    hint = "按户口簿逐位填写；不改号码的留空" if name == "id_number" else "以户口簿为准"
    return Field(field, label, value=value, hint=hint, error=error, autocomplete="off", maxlength=60)


def present_station(step: Step, name: str, word: str) -> Station:
    """Return the station that is asked now."""
    item = next(iter(step.open_items), None)
    return Station(name, word, "present", left=days.of_item(step.world, item, step.today) if item else None)
