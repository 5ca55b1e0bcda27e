"""`import students`: the national workbook from a file, of any length, checked cell by cell."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from models.people import SYSTEM_PERSON_ID
from models.session import reading
from web import clock
from web.commands.frame import bar, fail, json_option, note, opened, put_json, today_option
from web.present.findings import sentences
from web.present.imports import rows_of
from workflow.imports.faults import Fault
from workflow.imports.intake import OwnGroup
from workflow.imports.reading import Progress
from workflow.imports.whole_file import FileImport, import_file
from workflow.world import Office, world_of

CODE = re.compile(r"\d{10}(?!\d)")
FAULTS_TOLD = 50
"""So many faults are printed for a person; --json gives all."""


@click.command("students")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="文件")
@click.option("--school", metavar="代码", help="学校标识码；不写时取文件名开头的十位数字。")
@click.option("--dry-run", is_flag=True, help="只检查，不写入。")
@click.option("--all-or-nothing", is_flag=True, help="有一行不能导入就一行也不导入。")
@json_option
@today_option
def import_students(
    file: Path, school: str | None, dry_run: bool, all_or_nothing: bool, as_json: bool, today: dt.date | None
) -> None:
    """导入学生（全国学籍信息导入模板，.xlsx）。有错误的行不写入，并逐格列出；同一文件再次导入不会重复。"""
    code = school or _code_of(file)
    with opened(today) as house:
        with reading(house.engine) as session:
            office = _school(session, code)
        with bar("读取") as line:
            result = import_file(
                house.engine, file, office, SYSTEM_PERSON_ID, clock.now(), demo=house.demo, write=not dry_run,
                all_or_nothing=all_or_nothing, progress=_reporter(line),
            )  # fmt: skip
    if as_json:
        put_json(_document(file, office, result))
    else:
        _tell(result, dry_run)
    if result.stopped:
        raise fail(f"有 {result.counts['block']} 行不能导入，按 --all-or-nothing 一行也没有导入。")


def _code_of(file: Path) -> str:
    found = CODE.match(file.name)
    if found is None:
        raise fail(f"文件名 {file.name} 不以十位学校标识码开头，请用 --school 写明学校。")
    return found[0]


def _school(session: Session, code: str) -> Office:
    office = world_of(session).by_code.get(code)
    if office is None or office.level != "school":
        raise fail(f"没有学校标识码为 {code} 的学校，请先导入机构。")
    return office


def _reporter(line: Any) -> Progress:
    line.unit = "行"

    def report(done: int, total: int) -> None:
        if done < line.n:  # --all-or-nothing reads the file a second time
            line.reset()
        line.total = total
        line.set_description("写入" if done >= total else "读取", refresh=False)
        line.update(done - line.n)

    return report


def _document(file: Path, school: Office, result: FileImport) -> dict[str, Any]:
    counts = result.counts
    return {
        "file": file.name,
        "school": school.code,
        "rows": sum(counts.values()),
        "clean": counts["clean"],
        "warn": counts["warn"],
        "block": counts["block"],
        "faults": [_fault(fault) for fault in result.faults],
        "findings": [_group(group, school) for group in result.findings],
        "notes": result.notes,
        "imported": result.imported,
        "already_imported": result.skipped,
    }


def _fault(fault: Fault) -> dict[str, Any]:
    told = fault.as_dict()
    order = ("row", "cell", "column", "kind", "severity", "message", "shown", "clean")
    return {name: told[name] for name in order}


def _group(group: OwnGroup, school: Office) -> dict[str, Any]:
    """A group among the school's own records; what concerns other schools goes to the deciding office only."""
    return {
        "kind": group.kind,
        "records": [f"{school.code}#{row}" for row in group.rows],
        "others": group.others,
        "level": school.level,
        "decider": school.code,
        "reasons": sentences(group.reasons),
    }


def _tell(result: FileImport, dry_run: bool) -> None:
    counts = result.counts
    click.echo(
        f"共 {sum(counts.values())} 行：没有问题 {counts['clean']}，可导入但有提醒 {counts['warn']}，"
        f"不能导入 {counts['block']}。" + ("只检查，没有写入。" if dry_run else f"已导入 {result.imported} 行。")
    )
    if result.skipped:
        click.echo(f"其中 {result.skipped} 行此前已由同一文件导入，没有重复写入。")
    for fault in result.faults[:FAULTS_TOLD]:
        word = "错误" if fault.severity == "block" else "提醒"
        click.echo(f"{word}  {fault.cell or f'第 {fault.row} 行'}  {fault.column or '整行'}：{fault.message}")
    if len(result.faults) > FAULTS_TOLD:
        note(f"另有 {len(result.faults) - FAULTS_TOLD} 处，用 --json 可看全部。")
    for group in result.findings:
        click.echo(f"疑似  {rows_of(group.as_dict())}：{'、'.join(sentences(group.reasons, against=False))}")
    for text in result.notes:
        note(text)
