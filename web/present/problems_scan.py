"""The scan as the list of problem records shows it: when it last ran, how far it is, and who may begin one."""

from flask import url_for
from sqlalchemy.orm import Session

from models.findings import ScanRun
from web.formats import full_minute
from web.pages.problems import ScanPanel
from workflow.duplicates import scan
from workflow.problems import pairs
from workflow.problems.pairs import JUDGES
from workflow.step import Actor
from workflow.world import World

STEPS = {
    "exact": "核对号码",
    "nsb": "核对同名同生日",
    "near": "比对相像的记录",
    "blocked": "比对未导入的行",
    "recheck": "复查已列出的",
}


def panel(session: Session, world: World, actor: Actor, key: str) -> ScanPanel | None:
    """Return what is told of the scan; None for those who judge no pairs. One statement."""
    if not any(desk.role in JUDGES for desk in actor.desks):
        return None
    run, may = scan.latest(session), pairs.may_scan(world, actor)
    running = run is not None and run.state == "running"
    return ScanPanel(
        words=_words(run, may),
        running=running,
        done=run.done if run and running else 0,
        total=run.total if run and running else None,
        doing=STEPS[run.step] if run and running else "",
        progress_url=url_for("problems.scan_progress") if running else "",
        start_url=url_for("problems.start_scan") if may and not running else "",
        key=key if may and not running else "",
    )


def _words(run: ScanRun | None, may: bool) -> str:
    """Say how it stands. How many groups are new in the whole province is told only where that is somebody's task."""
    if run is None:
        return "还没有做过全面查重。每天夜里自动进行一次，新导入的记录随即比对。"
    if run.state == "running":
        return f"{full_minute(run.started_at)}开始的全面查重正在进行，中断后会接着做。"
    new = f"，新发现 {run.found:,} 组" if may else ""
    ended = full_minute(run.finished_at) if run.finished_at else ""
    return f"上次全面查重于{ended}完成，比对 {run.done:,} 条记录{new}。每天夜里自动进行一次。"
