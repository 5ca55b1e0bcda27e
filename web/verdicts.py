"""Entering what the population register says of names and numbers: a list that a department officer hands in."""

import datetime as dt

from flask import Blueprint, render_template, request

from web import clock
from web.auth import current_actor, current_world
from web.database import write
from web.pages.imports import VerdictFault, VerdictsPage
from web.views import Fact, Field, FieldError, Form
from workflow.errors import NotAllowed, Unacceptable
from workflow.id_errors import verdicts
from workflow.id_errors.lists import VERDICT_TITLES
from workflow.id_errors.verdicts import Entered
from workflow.payload import date_of, text_fault

bp = Blueprint("verdicts", __name__, url_prefix="/id-verdicts")
SOURCE_LIMIT = 100
MOST_FAULTS = 200
ONLY_OFFICERS = "核验结论由主管部门的经办人或负责人登记"


@bp.get("/new")
def new() -> str:
    """Draw the form."""
    _reach()
    return _draw(VerdictsPage(_form({})))


@bp.post("/new")
def enter() -> str | tuple[str, int]:
    """Put the verdicts on the records of the officer's schools and tell what became of every line."""
    schools, file = _reach(), request.files.get("file")
    source, on = request.form.get("source", "").strip(), date_of(request.form.get("on", "").strip())
    faults = check(source, on)
    if file is None or not file.filename:
        faults.append(FieldError("请选择要上传的文件", "file"))
    if faults or file is None or not file.filename or on is None:
        return _draw(VerdictsPage(_form(request.form.to_dict(), faults))), 422
    try:
        lines = verdicts.read(file.read())
    except Unacceptable as refused:
        return _draw(VerdictsPage(_form(request.form.to_dict(), [FieldError(refused.message, "file")]))), 422
    result = write(lambda session: verdicts.enter(session, lines, source, on, clock.now(), schools))
    return _draw(_told(file.filename, len(lines), result))


def check(source: str, on: dt.date | None) -> list[FieldError]:
    """Return what is wrong with where verdicts come from and when they were given."""
    faults = []
    wrong = text_fault(source, SOURCE_LIMIT) if source else "请写明结论的来源"
    if wrong:
        faults.append(FieldError(wrong, "source"))
    if on is None or on > clock.today():
        faults.append(FieldError("核验日期应写成 2025-09-01 的样子，不能晚于今天", "on"))
    return faults


def _reach() -> set[int]:
    schools = verdicts.reach(current_world(), current_actor())
    if not schools:
        raise NotAllowed("enter_verdicts", ONLY_OFFICERS)
    return schools


def _form(typed: dict[str, str], faults: list[FieldError] | None = None) -> Form:
    wrong = {fault.field: fault.message for fault in faults or []}
    fields = (
        Field(
            "file", "核验结论", "file", hint="Excel 或 CSV，列为：姓名、身份证件号 或 学籍号、结论", required=True,
            error=wrong.get("file", ""), accept=".xlsx,.csv",
        ),
        Field(
            "source", "结论的来源", value=typed.get("source", "人口库核验"), hint="记入学籍，如：2025年秋季人口库比对",
            required=True, error=wrong.get("source", ""), maxlength=SOURCE_LIMIT,
        ),
        Field(
            "on", "核验日期", "date", typed.get("on") or clock.today().isoformat(), required=True,
            error=wrong.get("on", ""), width="short",
        ),
    )  # fmt: skip
    return Form(fields, tuple(faults or ()), button="登记结论")


def _told(file: str, rows: int, result: Entered) -> VerdictsPage:
    counts = [Fact(VERDICT_TITLES[code], f"{count} 人") for code, count in result.counts.items() if count]
    faults = [VerdictFault(row, name, verdicts.FAULTS[code]) for row, name, code in sorted(result.faults)]
    return VerdictsPage(
        _form({}),
        file_name=file,
        rows=rows,
        entered=result.entered,
        counts=tuple(counts),
        faults=tuple(faults[:MOST_FAULTS]),
        more_faults=max(0, len(faults) - MOST_FAULTS),
    )


def _draw(page: VerdictsPage) -> str:
    return render_template("verdicts/new.html", page=page)
