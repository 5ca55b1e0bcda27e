"""An import as its page shows it: counts, faults page by page, and groups among the school's own records."""

from collections.abc import Mapping
from typing import Any, Literal

from flask import url_for

from models.imports import ImportBatch
from web.pages.imports import Fault, ImportPage
from web.present.findings import sentences
from web.views import ONE_PAGE, Pager, Tab
from workflow import findings

FAULTS_SHOWN = 200
STATES = {
    "uploaded": "等待检查",
    "checking": "正在检查",
    "checked": "等您决定",
    "importing": "正在导入",
    "done": "已导入",
    "refused": "不能读取",
}
Shown = Literal["reading", "checked", "importing", "done", "broken"]
AS_SHOWN: dict[str, Shown] = {
    "uploaded": "reading",
    "checking": "reading",
    "checked": "checked",
    "importing": "importing",
    "done": "done",
    "refused": "broken",
}
FILTERS = {"": "全部", "block": "要改", "warn": "提醒"}


def import_page(batch: ImportBatch, school: str, key: str, *, only: str = "", after: str = "") -> ImportPage:
    """Return the page of a batch; `only` chooses a severity, `after` the number of faults passed over."""
    report = batch.report if AS_SHOWN[batch.state] in ("checked", "done") else {}
    faults = [fault for fault in report.get("faults", ()) if only not in FILTERS or only in ("", fault["severity"])]
    start = int(after) if after.isascii() and after.isdigit() and len(after) < 7 else 0
    counts = report.get("found", {})
    return ImportPage(
        batch_id=batch.public_id,
        file_name=batch.file_name,
        school=school,
        state=AS_SHOWN[batch.state],
        done=batch.done,
        total=batch.total or None,
        doing=doing(batch),
        rows=batch.clean + batch.warned + batch.blocked,
        clean=batch.clean,
        warn=batch.warned,
        block=batch.blocked,
        faults=tuple(_fault(fault) for fault in faults[start : start + FAULTS_SHOWN]),
        filters=_filters(batch.public_id, counts, only),
        pager=_pager(batch.public_id, only, start, len(faults), _all(counts, only)),
        notes=_notes(batch, report),
        findings=tuple(_group(group) for group in report.get("findings", ())),
        errors_url=url_for("imports.errors", batch_id=batch.public_id) if batch.storage_key else "",
        broken_because=batch.message,
        key=key,
        finished=f"已导入 {batch.imported} 行" if batch.state == "done" else "",
    )


def doing(batch: ImportBatch) -> str:
    """Say what the worker does with the file at this moment."""
    if batch.state == "uploaded":
        return "等待检查"
    if batch.state == "checking":
        return "正在检查"
    return "正在写入" if batch.total and batch.done >= batch.total else "正在核对"


def result_of(batch: ImportBatch) -> str:
    """Say in a few words what a batch came to, for the list of batches."""
    if batch.state == "done":
        return f"导入 {batch.imported} 行" + (f"，保留 {batch.blocked} 行" if batch.blocked else "")
    if batch.state == "checked":
        return f"可导入 {batch.clean + batch.warned} 行，要改 {batch.blocked} 行"
    return batch.message


def _notes(batch: ImportBatch, report: Mapping[str, Any]) -> tuple[str, ...]:
    notes = [batch.message] if batch.message else []
    if AS_SHOWN[batch.state] in ("checked", "done") and not report:
        notes.append("错误清单和上传的文件已超过保存期限并销毁。")
    return (*notes, *report.get("notes", ()))


def _fault(fault: Mapping[str, Any]) -> Fault:
    row = fault["row"]
    return Fault(
        row,
        fault["cell"] or f"第 {row} 行",
        fault["column"] or "整行",
        fault["severity"],
        fault["message"],
        fault["shown"] or "",
        fault["clean"] or "",
    )


def _filters(batch_id: str, counts: Mapping[str, int], only: str) -> tuple[Tab, ...]:
    if not _all(counts, ""):
        return ()
    return tuple(
        Tab(word, url_for("imports.show", batch_id=batch_id, only=key or None), key == only, _all(counts, key))
        for key, word in FILTERS.items()
    )


def _all(counts: Mapping[str, int], only: str) -> int:
    """All faults of a kind, also those that are too many to be kept."""
    return counts.get(only, 0) if only else sum(counts.values())


def _pager(batch_id: str, only: str, start: int, kept: int, found: int) -> Pager:
    end = min(start + FAULTS_SHOWN, kept)
    if found <= FAULTS_SHOWN:
        return ONE_PAGE
    shown = f"第 {start + 1}–{end} 条，共 {found} 条" if start < end else f"共 {found} 条"
    if found > kept and end == kept:
        shown += f"；页面只列前 {kept} 条，其余见错误表"
    more = url_for("imports.show", batch_id=batch_id, only=only or None, after=end) if end < kept else ""
    return Pager(more, url_for("imports.show", batch_id=batch_id, only=only or None) if start else "", shown)


def _group(group: Mapping[str, Any]) -> str:
    """One line about records of this school that may be one child; other schools' records are never among them."""
    reasons = "、".join(sentences(group["reasons"], against=False))
    return f"{rows_of(group)}：{reasons}，{ASKED.get(group['kind'], LOOK)}。"


def rows_of(group: Mapping[str, Any]) -> str:
    """Name the rows of a group, and the school's own records that they are like."""
    rows = "、".join(str(row) for row in group["rows"])
    known = "、".join(group.get("names", ()))
    others = f"{known}的学籍记录" if known else f"{group['others']} 条记录"
    return f"第 {rows} 行" + (f"与本校已有的{others}" if known else f"与本校已有的 {others}" if group["others"] else "")


LOOK = "请核对是不是同一名学生"
ASKED = {
    findings.SAME_FILE: "后一行没有导入，请核对",
    findings.NEAR_BLOCKED: "号码有误的一行可能就是这名学生，请按证件核对",
}
