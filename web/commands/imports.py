"""`import`: organisations, calendars, record numbers and verdicts from files. (`import students` stands elsewhere.)"""

import datetime as dt
import json
from pathlib import Path

import click
from sqlalchemy.orm import Session

from web import clock
from web.commands.frame import DAY, change, fail, json_option, note, put_json, today_option
from web.commands.import_students import import_students
from web.database import House
from web.present.calendar import changed_days
from workflow import calendar_changes, organisations, record_numbers
from workflow.calendar_changes import Taken
from workflow.errors import Unacceptable
from workflow.id_errors import verdicts
from workflow.id_errors.lists import VERDICT_TITLES
from workflow.world import NATION

SOURCE_LIMIT = 100
FILE = click.Path(path_type=Path, dir_okay=False)


@click.group("import")
def imports() -> None:
    """从文件导入：机构、日历、学籍号、学生。"""


imports.add_command(import_students)


@imports.command("organisations")
@click.argument("file", type=FILE, metavar="文件")
@json_option
def import_organisations(file: Path, as_json: bool) -> None:
    """导入机构、学校和班级（organisations.json）。重复导入不会改变任何内容。"""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise fail(f"{file} 不是 JSON 文件。") from None
    taken = change(lambda session, house: organisations.load(session, organisations.read(data, demo=house.demo)))
    counts = {
        "offices_added": taken.offices_added, "offices_changed": taken.offices_changed,
        "classes_added": taken.classes_added, "classes_changed": taken.classes_changed, "same": taken.same,
    }  # fmt: skip
    if as_json:
        put_json({"file": file.name, **counts})
        return
    click.echo(
        f"机构：新增 {taken.offices_added}，更改 {taken.offices_changed}；"
        f"班级：新增 {taken.classes_added}，更改 {taken.classes_changed}；其余 {taken.same} 项没有变化。"
    )


@imports.command("calendar")
@click.argument("file", type=FILE, metavar="文件")
@click.option("--region", default=NATION, show_default=True, metavar="代码", help="地区：CN 为全国，否则为机构代码。")
@click.option("--whole", is_flag=True, help="文件是这些年份的全部安排：该地区原有而文件中没有的日子删去。")
@json_option
@today_option
def import_calendar(file: Path, region: str, whole: bool, as_json: bool, today: dt.date | None) -> None:
    """导入放假和调休的日期（CSV），并重新计算未办结事项的期限。

    文件中有 10 月 1 日的年份视为全年安排，整年替换。
    """
    rows = calendar_changes.read(file.read_bytes())

    def work(session: Session, _: House) -> Taken:
        if region != NATION:
            organisations.by_code(session, region)
        return calendar_changes.take_in(session, region, rows, clock.now(), whole=whole)

    taken = change(work, today)
    if as_json:
        counts = {"days": taken.days, "replaced": taken.replaced, "given_up": taken.given_up}
        put_json({"file": file.name, "region": region, **counts, "recomputed": list(taken.moved)})
        return
    click.echo(f"已导入 {taken.days} 天{changed_days(taken)}；{len(taken.moved)} 件在办事项的期限随之更改。")


@imports.command("id-verdicts")
@click.argument("file", type=FILE, metavar="文件")
@click.option("--source", default="人口库核验", show_default=True, metavar="文字", help="结论的来源，记入学籍。")
@click.option("--on", "on", type=DAY, metavar="日期", help="核验的日期；不填为今天。")
@json_option
@today_option
def import_id_verdicts(file: Path, source: str, on: dt.date | None, as_json: bool, today: dt.date | None) -> None:
    """导入人口库核验结论（Excel 或 CSV，列为 姓名、身份证件号 或 学籍号、结论）。"""
    try:
        lines = verdicts.read(file.read_bytes())
    except Unacceptable as wrong:
        raise fail(f"{file.name}：{wrong.message}。") from None
    if not source.strip() or len(source) > SOURCE_LIMIT:
        raise fail(f"--source 应为 1 到 {SOURCE_LIMIT} 个字。")

    def work(session: Session, _: House) -> verdicts.Entered:
        return verdicts.enter(session, lines, source.strip(), on or clock.today(), clock.now())

    result = change(work, today)
    faults = [
        {"row": row, "name": name, "kind": code, "message": verdicts.FAULTS[code]}
        for row, name, code in sorted(result.faults)
    ]
    if as_json:
        put_json({"file": file.name, "rows": len(lines), "entered": result.entered, "counts": result.counts,
                  "faults": faults})  # fmt: skip
        return
    told = "，".join(f"{VERDICT_TITLES[code]} {count}" for code, count in result.counts.items() if count)
    click.echo(f"共 {len(lines)} 行：登记 {result.entered}（{told or '无'}），未登记 {len(faults)}。")
    for fault in faults:
        note(f"第 {fault['row']} 行 {fault['name']}：{fault['message']}。")


@imports.command("record-numbers")
@click.argument("file", type=FILE, metavar="文件")
@json_option
def import_record_numbers(file: Path, as_json: bool) -> None:
    """导入全国系统发放的学籍号（Excel 或 CSV，列为 姓名、身份证件号、学籍号；没有证件号的另须 出生日期）。"""
    try:
        lines = record_numbers.read(file.read_bytes())
    except Unacceptable as wrong:
        raise fail(f"{file.name}：{wrong.message}。") from None
    result = change(lambda session, _: record_numbers.enter(session, lines))
    faults = [
        {"row": row, "name": name, "kind": code, "message": record_numbers.FAULTS[code]}
        for row, name, code in sorted(result.faults)
    ]
    if as_json:
        put_json({"file": file.name, "rows": len(lines), "entered": result.entered, "same": result.same,
                  "faults": faults})  # fmt: skip
        return
    click.echo(f"共 {len(lines)} 行：登记 {result.entered}，已有相同学籍号 {result.same}，未登记 {len(faults)}。")
    for fault in faults:
        note(f"第 {fault['row']} 行 {fault['name']}：{fault['message']}。")
