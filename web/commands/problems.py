"""`problems`: what was found, as a list for scripts, and the scan that looks for it."""

import datetime as dt
import time
from functools import partial
from typing import Any

import click
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models.findings import Finding, FindingRecord, ScanRun
from models.imports import ImportBatch
from models.session import LockTimeout, reading, transact
from models.students import Enrolment, Student
from web import clock
from web.commands.frame import bar, json_option, note, opened, put_json, questions, table, today_option
from web.present.findings import sentences
from web.present.problems_scan import STEPS
from workflow.duplicates import scan
from workflow.world import World, world_of


@click.group()
def problems() -> None:
    """问题学籍。"""


@problems.command("list")
@click.option("--all", "everything", is_flag=True, help="也列已处理的。")
@json_option
def list_problems(everything: bool, as_json: bool) -> None:
    """列出疑似重复的学籍记录：涉及哪些记录，由谁裁定，理由是什么。"""
    with questions() as (_, session):
        world = world_of(session)
        records = _records(session, world)
        query = select(Finding).order_by(Finding.id)
        rows = session.scalars(query if everything else query.where(Finding.state == "open"))
        found = [_finding(world, row, records.get(row.id, [])) for row in rows]
    if as_json:
        put_json(found)
        return
    shown = [(one["id"], one["kind"], "、".join(one["records"]), world.by_code[one["decider"]].name
              if one["decider"] else "", "；".join(one["reasons"])) for one in found]  # fmt: skip
    click.echo(table(shown, ("编号", "类别", "记录", "裁定单位", "理由")))


@problems.command("scan")
@click.option("--new", "scope", flag_value=scan.NEW, help="只比对新增或改动过的记录。")
@json_option
@today_option
def scan_records(scope: str | None, as_json: bool, today: dt.date | None) -> None:
    """全面查重：把每条学籍记录与其他记录比对。中断后再次运行接着做，与后台程序同时运行也不会重复。"""
    with opened(today) as house:
        run = transact(house.engine, partial(scan.start, now=clock.now(), scope=scope or scan.FULL))
        with bar("查重", total=run.total) as line:
            line.unit = "条"
            while run.state == "running":
                run = _go_on(house.engine, run)
                line.set_description(STEPS[run.step], refresh=False)
                line.update(run.done - line.n)
    if as_json:
        put_json(_told(run))
    else:
        note(f"查重完成：比对 {run.done:,} 条记录，新发现 {run.found:,} 组。")


def _go_on(engine: Engine, run: ScanRun) -> ScanRun:
    """Do the next portion, or wait a moment while a worker does one."""
    try:
        mine = transact(engine, partial(scan.advance, now=clock.now()))
    except LockTimeout:
        mine = None
    if mine is not None:
        return mine
    time.sleep(WAIT_SECONDS)
    with reading(engine) as session:
        return session.get_one(ScanRun, run.id)


WAIT_SECONDS = 0.2


def _told(run: ScanRun) -> dict[str, Any]:
    times = {name: getattr(run, name).isoformat() for name in ("started_at", "finished_at") if getattr(run, name)}
    return {"scope": run.scope, "state": run.state, "total": run.total, "done": run.done, "found": run.found, **times}


def _finding(world: World, row: Finding, records: list[str]) -> dict[str, Any]:
    office = world.offices.get(row.decider_id or 0)
    return {
        "id": row.public_id,
        "kind": row.kind,
        "state": row.state,
        "score": row.score,
        "records": records,
        "level": office.level if office else None,
        "decider": office.code if office else None,
        "reasons": sentences(row.reasons),
    }


def _records(session: Session, world: World) -> dict[int, list[str]]:
    """Return {finding: records as `school#row`}; a record that came from no sheet shows its public id for the row."""
    batch_of = func.coalesce(FindingRecord.import_batch_id, Student.import_batch_id)
    query = (
        select(
            FindingRecord.finding_id, func.coalesce(FindingRecord.sheet_row, Student.sheet_row).label("row"),
            Student.public_id, func.coalesce(ImportBatch.school_id, Enrolment.school_id).label("school"),
        )
        .outerjoin(Student, Student.id == FindingRecord.student_id)
        .outerjoin(ImportBatch, ImportBatch.id == batch_of)
        .outerjoin(Enrolment, (Enrolment.student_id == Student.id) & Enrolment.ended_on.is_(None))
        .order_by(FindingRecord.id)
    )  # fmt: skip
    found: dict[int, list[str]] = {}
    for line in session.execute(query):
        code = world.office(line.school).code if line.school else ""
        found.setdefault(line.finding_id, []).append(f"{code}#{line.row or line.public_id}")
    return found
