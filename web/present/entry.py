"""The form for one pupil: every column of the template but the school's code, in the order of a clerk's papers."""

from collections.abc import Mapping, Sequence

from web.pages.students import EntryGroup, EntryPage
from web.views import Field, FieldError, FieldKind, Form, Option
from workflow.imports.cells import SchoolFacts
from workflow.imports.columns import COLUMNS, Column
from workflow.imports.faults import Fault

USUAL = {"国籍/地区": "中国", "身份证件类型": "居民身份证"}
"""What stands in the form before anybody types."""
_PUPIL = (
    "姓名", "性别", "出生日期", "身份证件类型", "身份证件号", "民族", "国籍/地区", "港澳台侨外", "健康状况", "政治面貌",
    "籍贯", "出生地行政区划代码", "户口性质", "户口所在地行政区划代码",
)  # fmt: skip
_SCHOOL = ("班级", "入学年月", "入学方式", "就读方式")
_HOME = ("现住址", "通信地址", "家庭地址", "联系电话", "邮政编码")
HINTS = {
    "出生日期": "如 20170301",
    "入学年月": "如 202409",
    "身份证件号": "没有证件的，证件类型选“其他”，并填写监护人的身份证件号",
    "出生地行政区划代码": "6、9 或 12 位数字",
    "户口所在地行政区划代码": "6、9 或 12 位数字",
    "身份证件有效期": "如 20200101-20300101",
}


def page(
    facts: SchoolFacts,
    typed: Mapping[str, str],
    key: str,
    faults: Sequence[Fault] = (),
    refused: Sequence[FieldError] = (),
) -> EntryPage:
    """Return the form as typed so far. Blocking faults are errors, the others doubts."""
    told = [FieldError(fault.message, fault.column or "") for fault in faults if fault.severity == "block"]
    errors = (*told, *refused)
    doubts = () if errors else tuple(FieldError(fault.message, fault.column or "") for fault in faults)
    typed = {**typed, **({} if errors else read_as(faults))}
    at = {one.field: one.message for one in reversed(errors)}
    marks = {one.field: one.message for one in doubts}
    fields = {
        column.name: _field(column, facts, typed.get(column.name, ""), at, marks)
        for column in COLUMNS
        if column.kind != "school"
    }
    form = Form(errors=errors, key=key, button="录入")
    return EntryPage(facts.name, form, tuple(_groups(fields)), doubts)


def read_as(faults: Sequence[Fault]) -> dict[str, str]:
    """Return what doubtful values were read as; typed so, they are no doubts any more."""
    return {fault.column: fault.clean for fault in faults if fault.column and fault.clean is not None}


def _groups(fields: dict[str, Field]) -> list[EntryGroup]:
    named = {"学生": _PUPIL, "就读": _SCHOOL, "住址和联系": _HOME}
    taken = {name for names in named.values() for name in names}
    rest = [column for column in COLUMNS if column.name in fields and column.name not in taken]
    more = [column.name for column in rest if column.starred and not column.member]
    named |= {"家庭和上下学": tuple(more)}
    groups = [EntryGroup(title, tuple(fields[name] for name in names)) for title, names in named.items()]
    for member, title, folded in ((1, "监护人", False), (2, "另一位家庭成员", True)):
        own = tuple(fields[column.name] for column in rest if column.member == member)
        groups.append(EntryGroup(title, own, folded))
    free = tuple(fields[column.name] for column in rest if not column.starred and not column.member)
    return [*groups, EntryGroup("其他", free, folded=True)]


def _field(
    column: Column, facts: SchoolFacts, value: str, errors: Mapping[str, str], marks: Mapping[str, str]
) -> Field:
    kind, options = _choices(column, facts)
    name = column.name
    label = name.removeprefix(f"成员{column.member}") if column.member else name
    return Field(
        name, label, kind, value, hint=HINTS.get(name, ""), error=errors.get(name, ""), mark=marks.get(name, ""),
        required=column.needed, options=options, maxlength=None if options else column.limit,
    )  # fmt: skip


def _choices(column: Column, facts: SchoolFacts) -> tuple[FieldKind, tuple[Option, ...]]:
    if column.kind == "class":
        rooms = {no: name for name, no in facts.classes.items() if name != no}
        youngest_first = sorted(sorted(rooms.items()), key=lambda room: room[0][:4], reverse=True)
        return "select", (Option("", "请选择"), *(Option(no, name) for no, name in youngest_first))
    if column.table is None:
        return "text", ()
    return "select", (Option("", "请选择"), *(Option(label, label) for label in column.table.labels))
