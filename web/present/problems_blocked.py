"""A row of an import that was blocked, beside the record its number may have meant: for who judges, and nobody else."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from models.findings import Finding
from models.students import Guardian
from web.masks import mask_number
from web.pages.problem_parts import Cell, Chip, Column, Mark, Neighbours, Row, RowGroup
from web.pages.problems import ComparePage, PairActions
from web.present import problems_reasons as grounds
from web.present import words
from web.present.problems_marks import name_cells, number_cells, text_cells
from web.views import Form, Option
from workflow.calendar import day_of
from workflow.errors import NotFound
from workflow.identity import date_of
from workflow.problems.blocked_rows import BlockedRow, Judged
from workflow.problems.comparing import Record
from workflow.problems.lists import BLOCKED_REASONS
from workflow.world import Office, World

DESTROYED = "这份导入文件已过保存期，行内的内容已经销毁，不能再比对。"
NOT_ENTERED = "这一行因证件号有误没有导入，它的号码与这条学籍记录的号码只差一处。请按证件判断是不是同一名学生。"


def page(
    world: World,
    finding: Finding,
    record: Record,
    school: Office | None,
    found: tuple[BlockedRow | None, Judged | None],
    acts: tuple[str, Mapping[str, str], Neighbours | None],
    reveal: Form | None,
    refused: str = "",
    only_diff: bool = False,
) -> ComparePage:
    """Return the page; `acts` are the key of its forms, the list the viewer came from, and his place in it."""
    (row, judged), (key, around, place) = found, acts
    if row is None:
        raise NotFound
    done = finding.state == "dismissed"
    address = {what: url_for("problems.judge", public_id=finding.public_id, what=what, **dict[str, Any](around))
               for what in ("distinct", "again")}  # fmt: skip
    own = url_for("problems.pair", public_id=finding.public_id, **dict[str, Any](around))
    later = (place.next_url or place.list_url) if place else url_for("problems.index", shelf="pairs")
    return ComparePage(
        no="",
        kind="与未导入的一行相像",
        title="、".join(dict.fromkeys(filter(None, (record.student.name, (row.content or {}).get("name", ""))))),
        state="不再提示" if done else "待判断" if finding.state == "open" else "已不再相像",
        columns=_columns(world, record, school, row),
        groups=_groups(record, row, revealed=reveal is None),
        url=own,
        only_diff=only_diff,
        reasons=grounds.reasons(finding, {}),
        score=finding.score,
        hidden_sides=NOT_ENTERED if row.content else DESTROYED,
        pair=PairActions(
            distinct_url="" if finding.state != "open" else address["distinct"],
            back_url=address["again"] if done else "",
            later_url=later,
            key=key,
            judged=_told(judged) if done else "",
            reasons=tuple(Option(code, word) for code, word in BLOCKED_REASONS.items()),
            error=refused,
        ),
        reveal=reveal,
        reveal_url=url_for("problems.reveal_pair", public_id=finding.public_id, **dict[str, Any](around)),
        revealed=reveal is None,
        around=place,
        compares=row.content is not None,
    )


def _told(judged: Judged | None) -> str:
    if judged is None:
        return ""
    return f"{judged.by} 于 {day_of(judged.at):%Y年%-m月%-d日} 处理：{BLOCKED_REASONS[judged.reason]}。"


def _columns(world: World, record: Record, school: Office | None, row: BlockedRow) -> tuple[Column, ...]:
    student = record.student
    here = Column(
        no=1,
        word="学籍记录",
        child=student.name,
        school=school.name if school else "没有在籍学校",
        department="",
        chips=(Chip("已注销", "red"),) if student.retired_at else (),
        url=url_for("students.show", public_id=student.public_id),
    )
    name = (row.content or {}).get("name", "")
    there = Column(no=2, word="未导入的一行", child=name, school=world.name(row.school_id), department="",
                   chips=(Chip("号码有误，未导入", "amber"),))  # fmt: skip
    return here, there


def _groups(record: Record, row: BlockedRow, revealed: bool) -> tuple[RowGroup, ...]:
    source = RowGroup("来历", (Row("录入", (_entered(record), _handed_in(row))),))
    if row.content is None:
        return (source,)
    student, typed = record.student, row.content
    born = date_of(typed["birth_date"])
    pairs = (
        ("姓名", name_cells, student.name, typed["name"]),
        ("性别", text_cells, words.SEXES[student.sex], typed["sex"]),
        ("出生日期", text_cells, student.birth_date.isoformat(), born.isoformat() if born else typed["birth_date"]),
        ("身份证件号", lambda values: number_cells(values, revealed), student.id_number or "", typed["number"]),
    )
    identity = tuple(_row(label, draw([mine, other]), (mine, other)) for label, draw, mine, other in pairs)
    return RowGroup("身份", identity), RowGroup("家庭", (_family(record, typed["guardians"]),)), source


def _row(label: str, cells: Sequence[Cell], values: tuple[str, str]) -> Row:
    filled = tuple(cell if value else Cell(note="未填写") for cell, value in zip(cells, values, strict=True))
    return Row(label, filled, values[0] != values[1], judged=True)


def _family(record: Record, numbers: Sequence[str]) -> Row:
    """Who is the same guardian by his number; the row's guardians are kept by their numbers only."""
    typed = {Guardian.id_number.index_of(number) for number in numbers}
    mine = {one.id_number_index for one in record.guardians if one.id_number_index}
    chips = (Chip("同监护人", "accent"),) if typed & mine else ()
    here = tuple(f"{one.name}（{one.relation}）" + (f" 证件尾号 {one.id_number_tail}" if one.id_number_tail else "")
                 for one in record.guardians)  # fmt: skip
    there = tuple(f"监护人证件 {mask_number(number[-4:])}" for number in numbers)
    cells = (Cell(lines=here, chips=chips, note="" if here else "未登记"),
             Cell(lines=there, chips=chips, note="" if there else "未填写"))  # fmt: skip
    return Row("监护人", cells, typed != mine, judged=True)


def _entered(record: Record) -> Cell:
    student, (file, who) = record.student, record.source
    made = f"{day_of(student.created_at):%Y-%m-%d}"
    if not file:
        return Cell((Mark("逐条录入"),), note=made)
    return Cell((Mark(f"导入文件第 {student.sheet_row} 行"),), note=f"{made} {who} {file}")


def _handed_in(row: BlockedRow) -> Cell:
    return Cell((Mark(f"导入文件第 {row.row} 行"),), note=f"{day_of(row.at):%Y-%m-%d} {row.by} {row.file_name}")
