"""`cases` and `audit`: a list for scripts, and the check of every event chain."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import click
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models.cases import Case, WorkItem
from web.commands.frame import bar, json_option, put_json, questions, table, today_option
from workflow import counting, journal, processes
from workflow.audit import missing
from workflow.language import ASIDE
from workflow.world import World, world_of

BROKEN = 3
"""Exit code of `audit verify` when a chain is broken."""
CHUNK = 500
WORDS = {
    "missing": "事件缺失",
    "does not follow the event before it": "与前一个事件不衔接",
    "content does not match its hash": "内容与校验值不符",
    "the end of the chain is missing or was replaced": "末尾的事件缺失或被替换",
    "the whole case is missing": "整件事项缺失",
}


@click.group()
def cases() -> None:
    """在办和办结的事项。"""


@cases.command("list")
@click.option("--open", "only_open", is_flag=True, help="只列未办结的。")
@json_option
@today_option
def list_(only_open: bool, as_json: bool, today: dt.date | None) -> None:
    """列出事项：编号、流程、环节、在谁手里、哪天到期。"""
    with questions(today) as (_, session):
        found = list(_cases(session, world_of(session), only_open))
    if as_json:
        put_json(found)
        return
    titles = {process.key: process for process in processes.PUBLISHED}
    shown = [
        (one["no"], titles[one["process"]].title, titles[one["process"]].phases[one["phase"]].title,
         one["holder"] or "", one["due"] or "")
        for one in found
    ]  # fmt: skip
    click.echo(table(shown, ("编号", "流程", "环节", "在谁手里", "到期")))


def _cases(session: Session, world: World, only_open: bool) -> Iterator[dict[str, Any]]:
    last = 0
    while chunk := session.scalars(_page(last, only_open)).all():
        query = select(WorkItem).where(WorkItem.case_id.in_([case.id for case in chunk]))
        items = session.scalars(query.where(WorkItem.open, WorkItem.kind.not_in(ASIDE)).order_by(WorkItem.id.desc()))
        asked = {item.case_id: item for item in items}
        for case in chunk:
            yield _told(world, case, asked.get(case.id))
        last = chunk[-1].id
        session.expunge_all()


def _told(world: World, case: Case, item: WorkItem | None) -> dict[str, Any]:
    due = counting.last_day(item) if item else None
    holder = item.org_id if item else case.applicant_org_id if case.closed_at is None else None
    return {
        "no": case.no,
        "process": case.process,
        "phase": case.phase,
        "holder": world.name(holder) or None,
        "due": due.isoformat() if due else None,
    }


def _page(last: int, only_open: bool = False) -> Select[Case]:
    query = select(Case).where(Case.id > last).order_by(Case.id).limit(CHUNK)
    return query.where(Case.closed_at.is_(None)) if only_open else query


@click.group()
def audit() -> None:
    """留痕的检查。"""


@audit.command()
@json_option
def verify(as_json: bool) -> None:
    """检查每件事项的事件链：有没有被改、被删、被换。发现问题时退出码为 3。"""
    with questions() as (_, session):
        total = session.scalar(select(func.count()).select_from(Case)) or 0
        checked, broken = 0, next(missing(session), None)
        with bar("检查事件链", total) as progress:
            for case in _every_case(session):
                broken = broken or _broken(session, case)
                checked += 1
                progress.update()
    first_bad = {"case": broken.case, "seq": broken.seq, "why": broken.why} if broken else None
    if as_json:
        put_json({"ok": broken is None, "checked": checked, "first_bad": first_bad})
    elif broken is None:
        click.echo(f"{checked} 件事项的事件链都完好。")
    else:
        place = f"的第 {broken.seq} 个事件" if broken.seq else ""
        click.echo(f"事项 {broken.case}{place}不对：{WORDS.get(broken.why, broken.why)}。")
    if broken is not None:
        raise click.exceptions.Exit(BROKEN)


def _broken(session: Session, case: Case) -> journal.Broken | None:
    """Check one chain; a case that was decided while we looked is read again before anybody is alarmed."""
    found = journal.broken(session, case)
    if found is not None:
        session.refresh(case)
        found = journal.broken(session, case)
    return found


def _every_case(session: Session) -> Iterator[Case]:
    last = 0
    while chunk := session.scalars(_page(last)).all():
        yield from chunk
        last = chunk[-1].id
        session.expunge_all()
