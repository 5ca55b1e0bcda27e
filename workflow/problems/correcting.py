"""Key data as a side or a ruling corrects it: what may stand there, and writing it into the record."""

import datetime as dt
from typing import Any

from models.students import Student
from workflow.identity import read_name, read_resident_id
from workflow.identity_key import fold_name
from workflow.payload import date_of

RESIDENT = "1"
SEXES = {"male": "男", "female": "女"}


def fault(student: Student, values: dict[str, Any], today: dt.date) -> str | None:
    """Return what is wrong with corrected key data of this record, or None."""
    if values.get("sex", "male") not in SEXES:
        return "性别应为男或女"
    if "birth_date" in values and date_of(values["birth_date"]) is None:
        return "出生日期应写成 2015-03-12 的样子"
    if "name" in values and read_name(values["name"]).fault:
        return "姓名不能这样写，请核对"
    return _number_fault(student, values, today) or (None if changes(student, values) else "更正内容与原记录相同")


def _number_fault(student: Student, values: dict[str, Any], today: dt.date) -> str | None:
    number = values.get("id_number", student.id_number)
    kind = values.get("id_type", student.id_type)
    if kind != RESIDENT or not number:
        return None
    read = read_resident_id(number, today, demo=True)
    if read.fault:
        return "身份证件号不对：应为 18 位，日期存在，校验位正确"
    sex = values.get("sex", student.sex)
    born = date_of(values["birth_date"]) if "birth_date" in values else student.birth_date
    if read.sex != SEXES[sex] or read.birth != born:
        return "身份证件号与性别或出生日期不一致，请一并更正"
    return None


def changes(student: Student, values: dict[str, Any]) -> dict[str, Any]:
    """Return what would be another value than the record has."""
    now = {
        "name": student.name,
        "sex": student.sex,
        "birth_date": student.birth_date.isoformat(),
        "id_type": student.id_type,
        "id_number": student.id_number or "",
    }
    return {name: value for name, value in values.items() if now[name] != value}


def write(student: Student, values: dict[str, Any]) -> None:
    """Put corrected values into the record; a new number stays disputed until nobody else is found to claim it."""
    for name, value in changes(student, values).items():
        if name == "name":
            student.name = read_name(value).text
            student.name_key = fold_name(student.name)
        elif name == "birth_date":
            student.birth_date = dt.date.fromisoformat(value)
        elif name == "id_number":
            student.id_number, student.disputed = value or None, True
        else:
            setattr(student, name, value)
    student.version += 1
