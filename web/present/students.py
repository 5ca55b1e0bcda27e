"""A pupil's record as it is read: facts with masked numbers, spells, family, cases."""

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from models.students import Guardian, Student
from web import clock
from web.masks import mask_number, mask_phone
from web.pages.inbox import InboxRow
from web.pages.students import Spell, StudentPage
from web.present import words
from web.present.inbox import row as case_row
from web.views import ActionReason, Fact, Form
from workflow import inbox, students
from workflow.imports.codes import PUPIL_DOCUMENT
from workflow.step import Actor
from workflow.students import Record
from workflow.world import World

PLAIN = ("籍贯", "政治面貌", "健康状况", "户口性质", "就读方式", "入学方式", "入学年月", "是否留守儿童", "现住址")
"""Columns of the template that the page shows; the rest stays in the record."""


def page(
    session: Session, actor: Actor, world: World, record: Record, revealed: bool, form: Form | None
) -> StudentPage:
    """Return the page of one record; a school that only keeps a copy sees no family and no later life."""
    student = record.student
    spell, room = record.spells[0]
    family = [] if record.former else students.guardians(session, student)
    return StudentPage(
        name=student.name,
        state=words.STATUSES["10"] if record.former else words.STATUSES.get(student.status, student.status),
        school="" if record.former else world.name(spell.school_id),
        klass="" if record.former else room.name,
        facts=_copied(students.kept_copy(record, actor)) if record.former else _facts(student, revealed),
        guardians=tuple(_guardian(one, revealed) for one in family),
        spells=_spells(actor, world, record),
        cases=() if record.former else _cases(session, actor, world, student),
        notices=_notices(record, actor, hears_of_others(actor, world)),
        reveal=form,
        reveal_url=url_for("students.reveal", public_id=student.public_id),
    )


def _facts(student: Student, revealed: bool) -> tuple[Fact, ...]:
    facts = [
        Fact("性别", words.SEXES[student.sex]),
        Fact("出生日期", f"{student.birth_date:%Y年%-m月%-d日}"),
        Fact("民族", student.ethnicity),
        Fact("国籍/地区", student.nationality),
        Fact("证件类型", _document(student.id_type)),
        Fact("身份证件号", _number(student.id_number, student.id_number_tail, revealed)),
        Fact("学籍号", _number(student.record_no, student.record_no_tail, revealed) or "尚未取得"),
    ]
    details = student.details
    facts += [Fact(name, details.get(name, "")) for name in PLAIN]
    phone = details.get("联系电话", "")
    facts.append(Fact("联系电话", phone if revealed else mask_phone(phone)))
    if student.suspended_from:
        facts.append(Fact("休学", f"{student.suspended_from:%Y年%-m月%-d日}起"))
    return tuple(fact for fact in facts if fact.value)


def _copied(copy: dict[str, Any]) -> tuple[Fact, ...]:
    """The copy that stays with the old school, as the record was on the day the pupil left."""
    if not copy:
        return ()
    facts = [
        Fact("性别", words.SEXES[copy["sex"]]),
        Fact("出生日期", copy["birth_date"]),
        Fact("身份证件号", mask_number((copy.get("id_number") or "")[-4:])),
        Fact("学籍号", mask_number((copy.get("record_no") or "")[-4:])),
        *(Fact(name, copy["details"].get(name, "")) for name in PLAIN),
    ]
    return tuple(fact for fact in facts if fact.value)


def _guardian(guardian: Guardian, revealed: bool) -> tuple[Fact, ...]:
    phone = guardian.details.get("联系电话", "")
    facts = (
        Fact("姓名", guardian.name, note=guardian.relation + ("" if guardian.is_guardian else "（非监护人）")),
        Fact("联系电话", phone if revealed else mask_phone(phone)),
        Fact("身份证件号", _number(guardian.id_number, guardian.id_number_tail, revealed)),
    )
    return tuple(fact for fact in facts if fact.value)


def _spells(actor: Actor, world: World, record: Record) -> tuple[Spell, ...]:
    shown = []
    for spell, room in record.spells:
        own = spell.school_id in actor.org_ids
        if record.former and not own:
            continue
        void = spell.ended_on == spell.started_on
        how = "已作废" if void else {"21": "转出"}.get(spell.end_code or "", "在读")
        note = "本校保留电子档案副本" if own and spell.copy_sealed else ""
        shown.append(Spell(world.name(spell.school_id), room.name, spell.started_on, spell.ended_on, how, note))
    return tuple(shown)


def _cases(session: Session, actor: Actor, world: World, student: Student) -> tuple[InboxRow, ...]:
    today = clock.today()
    return tuple(case_row(line, world, actor, today) for line in inbox.about_pupil(session, actor, student.id))


def hears_of_others(actor: Actor, world: World) -> bool:
    """Tell whether the person may hear that another record has this number before a case asks for it (promise T3).

    A school that just entered a number hears nothing; once the case is open, it is asked about its own pupil.
    """
    return any(not world.office(desk.org_id).is_school for desk in actor.desks)


def _notices(record: Record, actor: Actor, hears: bool) -> tuple[ActionReason, ...]:
    found, student, former = [], record.student, record.former
    own = [spell for spell, _ in record.spells if spell.school_id in actor.org_ids]
    if former and own and not any(spell.copy_sealed for spell in own):
        found.append(ActionReason("该生不在本校就读，本校没有留存学籍副本", "info"))
    elif former:
        found.append(ActionReason("该生已转出，本校只能查看转出时的学籍副本", "info"))
    if student.disputed and hears and not former:
        found.append(ActionReason("身份证件号与其他学籍重复，处理完毕前不能转学", "warn"))
    if student.disciplinary and not former:
        found.append(ActionReason("该生处分尚未解除", "warn"))
    return tuple(found)


def _number(number: str | None, tail: str | None, revealed: bool) -> str:
    if not number:
        return ""
    return number if revealed else mask_number(tail)


def _document(code: str) -> str:
    return next((label for label in PUPIL_DOCUMENT.labels if PUPIL_DOCUMENT.code_of(label) == code), "")
