"""Records side by side: fields in rows, what differs marked, and the facts that help a person to decide."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from flask import url_for

from models.evidence import Evidence
from models.problems import ProblemSide
from models.students import Guardian
from web.masks import mask_number, mask_phone
from web.pages.problem_parts import Cell, Chip, Column, Mark, Row, RowGroup
from web.present import problems as shared
from web.present import words
from web.present.evidence import tile
from web.present.problems_marks import name_cells, number_cells, text_cells
from web.views import EvidenceTile, Seal
from workflow import key_data
from workflow.calendar import day_of
from workflow.imports.codes import PUPIL_DOCUMENT
from workflow.problems import guards
from workflow.problems.comparing import Record
from workflow.problems.facts import is_gone
from workflow.problems.lists import ANSWERS, CORRECTABLE, REASONS_TO_DELETE
from workflow.problems.payload import POSITIONS
from workflow.step import Step
from workflow.world import Office, World

COUNTY = re.compile(r"^.{2,30}?[县区旗]")
SHOWN_OF_ADDRESS = 6
ENDS = {"merged": "已并入另一条记录", "deleted": "已注销"}
WORDS_KEPT = 300


@dataclass(frozen=True)
class Placed:
    """One record with its place on the page; `side` is None for a pair that is no case yet."""

    no: int
    record: Record
    school: Office | None
    side: ProblemSide | None = None


def columns(world: World, placed: Sequence[Placed], numbered: bool = True) -> tuple[Column, ...]:
    """Return the heads: which side, whose record, at which school; who sees not all sides is told no numbers."""
    return tuple(_column(world, one, numbered) for one in placed)


def groups(step: Step | None, world: World, placed: Sequence[Placed], revealed: bool) -> tuple[RowGroup, ...]:
    """Return the rows under their headings; those about answers only for a case."""
    found = [
        RowGroup("身份", _identity(placed, revealed)),
        RowGroup("学籍", _enrolment(world, placed, revealed)),
        RowGroup("家庭", _family(placed, revealed)),
        RowGroup("来历", _origin(placed)),
    ]
    if step is not None:
        found.append(RowGroup("答复与佐证", _answers(step, placed)))
    return tuple(replace(group, rows=tuple(row for row in group.rows if _says_something(row))) for group in found)


def _column(world: World, one: Placed, numbered: bool) -> Column:
    school, side = one.school, one.side
    department = world.offices.get(school.dept_id or 0) if school else None
    chips = []
    if one.record.student.retired_at:
        chips.append(Chip(ENDS.get(one.record.student.retired_why or "", "已注销"), "red"))
    if side is not None:
        chips += [Chip("学校已停办", "red")] if is_gone(world, side) and not side.answer else side_chips(side)
    return Column(
        no=one.no,
        word=f"第 {one.no} 方" if numbered else "",
        child=one.record.student.name,
        school=school.name if school else "没有在籍学校",
        department=department.name if department else "",
        chips=tuple(chips),
        url=url_for("students.show", public_id=one.record.student.public_id),
    )


def side_chips(side: ProblemSide) -> list[Chip]:
    """Return where a side stands, in a word or two."""
    if side.silent:
        return [Chip("逾期未答复", "red")]
    if not side.answer:
        return [Chip("退回补充", "amber")] if side.review == "returned" else [Chip("待答复", "amber")]
    answered = Chip(ANSWERS[side.answer].title, "accent")
    return [answered, Chip("已审核", "green") if side.review == "accepted" else Chip("待审核", "amber")]


# ---- rows ------------------------------------------------------------------------------------------------------------


def _row(label: str, cells: Sequence[Cell], values: Sequence[object]) -> Row:
    """A row that is judged: it differs unless every record says the same."""
    return Row(label, tuple(cells), len(set(values)) > 1, judged=len(values) > 1)


def _told(label: str, cells: Sequence[Cell]) -> Row:
    """A row that is only read; it stays when equal rows fold away."""
    return Row(label, tuple(cells))


def _plain(label: str, placed: Sequence[Placed], value: Callable[[Placed], str]) -> Row:
    values = [value(one) for one in placed]
    differs = len(set(values)) > 1
    return _row(label, [_cell(text, differs) for text in values], values)


def _cell(text: str, differs: bool) -> Cell:
    if not text:
        return Cell(note="未填写")
    return Cell((Mark(text, "diff" if differs else "same"),))


def _identity(placed: Sequence[Placed], revealed: bool) -> tuple[Row, ...]:
    students = [one.record.student for one in placed]
    names = [student.name for student in students]
    born = [student.birth_date.isoformat() for student in students]
    numbers = [student.id_number or "" for student in students]
    return (
        _row("姓名", name_cells(names), names),
        _plain("性别", placed, lambda one: words.SEXES[one.record.student.sex]),
        _row("出生日期", text_cells(born), born),
        _plain("证件类型", placed, lambda one: document(one.record.student.id_type)),
        _row("身份证件号", number_cells(numbers, revealed), numbers),
        _plain("民族", placed, lambda one: one.record.student.ethnicity),
        _plain("国籍/地区", placed, lambda one: one.record.student.nationality),
        _told("更正记录", [Cell(lines=_corrections(one.record)) for one in placed]),
    )


def _enrolment(world: World, placed: Sequence[Placed], revealed: bool) -> tuple[Row, ...]:
    numbers = [one.record.student.record_no or "" for one in placed]
    return (
        _row("学籍号", number_cells(numbers, revealed), numbers),
        _plain("学籍状态", placed, lambda one: _status(one.record)),
        _told("班级", [_class(one.record) for one in placed]),
        _told("学校变动", [Cell(lines=_heir(world, one.side)) for one in placed]),
        _told("就读经历", [Cell(lines=_former(world, one.record)) for one in placed]),
        _told("学籍异动", [Cell(lines=_changes(one.record)) for one in placed]),
    )


def _family(placed: Sequence[Placed], revealed: bool) -> tuple[Row, ...]:
    keys = [{_person_key(person) for person in one.record.guardians} for one in placed]
    shared = set.intersection(*keys) if len(keys) > 1 else set()
    cells = []
    for one in placed:
        chips = (Chip("同监护人", "accent"),) if shared & {_person_key(p) for p in one.record.guardians} else ()
        lines = tuple(_guardian(person, revealed) for person in one.record.guardians)
        cells.append(Cell(lines=lines, chips=chips, note="" if lines else "未登记"))
    addresses = [str(one.record.student.details.get("现住址") or "") for one in placed]
    shown = [address if revealed else _county(address) for address in addresses]
    differs = len(set(addresses)) > 1
    return (
        Row("监护人", tuple(cells), len({frozenset(one) for one in keys}) > 1, judged=len(placed) > 1),
        _row("现住址", [_address(text, differs, not revealed) for text in shown], addresses),
    )


def _origin(placed: Sequence[Placed]) -> tuple[Row, ...]:
    return (
        _told("录入", [_source(one.record) for one in placed]),
        _told("最近变动", [_cell(f"{one.record.last:%Y-%m-%d}" if one.record.last else "", False) for one in placed]),
        _told("其他业务", [_cell(_business(one.record), False) for one in placed]),
    )


def _answers(step: Step, placed: Sequence[Placed]) -> tuple[Row, ...]:
    sides = [one.side for one in placed if one.side is not None]
    return (
        _told("学校答复", [_answer(side, is_gone(step.world, side)) for side in sides]),
        _told("部门审核", [_review(step, side) for side in sides]),
        _told("佐证材料", [Cell(tiles=tiles_of(step, side)) for side in sides]),
        _told("核查单", [_inquiry(side) for side in sides]),
    )


def _says_something(row: Row) -> bool:
    return any(
        cell.runs or cell.lines or cell.seal or cell.tiles or cell.chips or (row.judged and row.differs)
        for cell in row.cells
    )


# ---- cells -----------------------------------------------------------------------------------------------------------


def document(code: str) -> str:
    """Return the kind of identity document in words."""
    return next((label for label in PUPIL_DOCUMENT.labels if PUPIL_DOCUMENT.code_of(label) == code), code)


def _status(record: Record) -> str:
    student = record.student
    if student.retired_at:
        return ENDS.get(student.retired_why or "", "已注销")
    return words.STATUSES.get(student.status, student.status)


def _class(record: Record) -> Cell:
    if not record.spells:
        return Cell(note="没有在籍")
    spell, room = record.spells[0]
    until = f"至 {spell.ended_on:%Y-%m-%d}" if spell.ended_on else "起"
    return Cell((Mark(room),), note=f"{spell.started_on:%Y-%m-%d} {until}")


def _heir(world: World, side: ProblemSide | None) -> tuple[str, ...]:
    """Who acts for the side, where its school is no more."""
    said = shared.heir(world, side) if side is not None else ""
    return (said,) if said else ()


def _former(world: World, record: Record) -> tuple[str, ...]:
    return tuple(
        f"{spell.started_on:%Y-%m-%d} 至 {spell.ended_on:%Y-%m-%d} {world.name(spell.school_id)} {room}"
        for spell, room in record.spells[1:]
        if spell.ended_on
    )


def _changes(record: Record) -> tuple[str, ...]:
    return tuple(
        f"{change.on_date:%Y-%m-%d} {change.reason}" + (f"（{change.document_no}）" if change.document_no else "")
        for change in record.changes
    )


def _corrections(record: Record) -> tuple[str, ...]:
    lines = []
    for change in record.corrections:
        old, _ = key_data.opened(record.student, change)
        had = [f"{CORRECTABLE.get(name, name)}原为{_code(name, old[name])}" for name in change.fields if old.get(name)]
        lines.append(f"{change.at:%Y-%m-%d} " + ("、".join(had) or "补登"))
    return tuple(lines)


def _code(name: str, value: str) -> str:
    if name == "id_number":
        return mask_number(value[-4:])
    if name == "sex":
        return words.SEXES.get(value, value)
    return document(value) if name == "id_type" else value


def _person_key(person: Guardian) -> object:
    return person.id_number_index or (person.name, person.relation)


def _guardian(person: Guardian, revealed: bool) -> str:
    phone = str(person.details.get("联系电话") or "")
    parts = [f"{person.name}（{person.relation}）", phone if revealed else mask_phone(phone)]
    if person.id_number_tail:
        parts.append((person.id_number or "") if revealed else "证件尾号 " + person.id_number_tail)
    return " ".join(part for part in parts if part)


def _county(address: str) -> str:
    if not address:
        return ""
    found = COUNTY.match(address)
    return (found[0] if found else address[:SHOWN_OF_ADDRESS]) + "…"


def _address(text: str, differs: bool, cut: bool) -> Cell:
    cell = _cell(text, differs and not cut)
    return replace(cell, note="区县以下不同") if text and differs and cut else cell


def _source(record: Record) -> Cell:
    student, (file, who) = record.student, record.source
    made = f"{student.created_at:%Y-%m-%d}"
    if not file:
        return Cell((Mark("逐条录入"),), note=made)
    return Cell((Mark(f"导入文件第 {student.sheet_row} 行"),), note=f"{made} {who} {file}")


def _business(record: Record) -> str:
    return f"{record.cases} 件，材料 {record.papers} 份" if record.cases else "没有办过"


def _answer(side: ProblemSide, gone: bool) -> Cell:
    if not side.answer and gone:
        return Cell(note="学校已停办，按现有材料认定")
    if not side.answer:
        note = "逾期，经督办仍未答复，按现有材料认定" if side.silent else "还没有答复"
        return Cell(note=note, chips=(Chip("缺", "red"),) if side.silent else ())
    said = side.words
    lines = [f"更正{CORRECTABLE[name]}" for name in said.get("corrected", {})]
    if side.reason:
        lines.append(REASONS_TO_DELETE[side.reason].title)
    if said.get("note"):
        lines.append("“" + short(said["note"]) + "”")
    at = f"{day_of(side.answered_at):%Y-%m-%d}" if side.answered_at else ""
    return Cell((Mark(ANSWERS[side.answer].title),), note=at, lines=tuple(lines))


def short(text: str) -> str:
    """Return the text, cut where it would fill the page; the whole stands in the history."""
    return text if len(text) <= WORDS_KEPT else text[: WORDS_KEPT - 1] + "…"


def _review(step: Step, side: ProblemSide) -> Cell:
    office = step.world.offices.get(side.department_id or 0)
    if side.review == "accepted" and side.reviewed_at and office:
        return Cell(seal=Seal(office.short_name, day_of(side.reviewed_at), "审核通过"), said="审核通过")
    if side.review == "returned":
        return Cell(chips=(Chip("退回", "amber"),), lines=("“" + short(side.words.get("returned") or "") + "”",))
    return Cell(note="待审核" if side.answer else "答复后审核")


def tiles_of(step: Step, side: ProblemSide) -> tuple[EvidenceTile, ...]:
    """Return what a side handed in, what it took back, and a place for each paper that its answer still needs."""
    there = tuple(tile(paper, "") for paper in guards.papers_of(step, side))
    gone = tuple(EvidenceTile(paper.kind, gone=_taken_back(paper)) for paper in guards.withdrawn_by(step, side))
    lacking = guards.missing_papers(step, side, side.answer) if side.answer else []
    return there + gone + tuple(EvidenceTile(kind) for kind in lacking)


def _taken_back(paper: Evidence) -> str:
    return f"{day_of(paper.withdrawn_at):%Y-%m-%d} 已撤下，不作为依据" if paper.withdrawn_at else ""


def _inquiry(side: ProblemSide) -> Cell:
    if not side.inquiry:
        return Cell()
    if side.inquiry in POSITIONS:
        note = side.words.get("position_note") or ""
        chip = Chip(POSITIONS[side.inquiry], "green" if side.inquiry == "give_up" else "accent")
        return Cell(chips=(chip,), lines=("“" + short(note) + "”",) if note else ())
    return Cell(chips=(Chip("逾期未答复", "red") if side.inquiry == "silent" else Chip("等待答复", "amber"),))

