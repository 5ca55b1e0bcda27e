"""Pages of bulk decisions: the list with its verdicts, the lines answered one by one, the order and its outcome."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence

from flask import url_for
from werkzeug.datastructures import MultiDict

from models.bulk import BulkOrder
from web.pages.bulk import BulkLine, BulkListPage, BulkOrderPage, BulkOther, BulkOthersPage, BulkResult
from web.present import inbox as rows
from web.present import words
from web.views import Empty, Field, FieldError, Form, Option
from workflow.bulk.judging import DUE, LOOKED_AT, MOST, Judged, Wanted
from workflow.errors import Reason
from workflow.payload import COMMENT_LIMIT
from workflow.processes.transfer import Transfer
from workflow.transfers import payload
from workflow.world import World

DUES = {"late": "已逾期", "today": "今天到期", "week": "本周内到期"}
VERDICTS = {"clear": "无疑义", "held": "须打开查看"}
LABELS = {"do": "怎样办理", "cause": "不同意的理由", "comment": "意见"}


def wanted(typed: Mapping[str, str], world: World) -> Wanted:
    """Read the filter; what means nothing limits nothing."""
    school = world.by_code.get(typed.get("school", ""))
    due, phase, verdict = (typed.get(name, "") for name in ("due", "phase", "verdict"))
    return Wanted(
        phase=phase if phase in Transfer.phases else "",
        school=school.id if school else None,
        due=due if due in DUE else "",
        clear={"clear": True, "held": False}.get(verdict),
    )


def list_page(
    found: list[Judged],
    typed: Mapping[str, str],
    world: World,
    today: dt.date,
    faults: Sequence[Reason] = (),
    picked: list[str] | None = None,
) -> BulkListPage:
    """Return the list; the clear lines are ticked until somebody chose otherwise."""
    lines = tuple(_line(one, world, today, picked) for one in found)
    narrowed = any(typed.get(name) for name in ("phase", "school", "due", "verdict"))
    return BulkListPage(
        filters=_filters(found, typed, world),
        lines=lines,
        clear=sum(line.clear for line in lines),
        held=sum(not line.clear for line in lines),
        more=f"先列出最急的 {MOST} 件，办完再列后面的。" if len(lines) == MOST else "",
        errors=tuple(FieldError(reason.message) for reason in faults),
        empty=None if lines else _empty(narrowed),
        clear_url=url_for("bulk.choose") if narrowed else "",
    )


def others_page(
    found: list[Judged], world: World, today: dt.date, chosen: int, form: MultiDict[str, str], faults: Sequence[Reason]
) -> BulkOthersPage:
    """Return the chosen lines, each with the answers it may get and what was typed for it."""
    errors: dict[str, str] = {}
    for reason in faults:
        errors.setdefault(reason.field, reason.message)
    lines = tuple(BulkOther(_line(one, world, today, None), _fields(one, form, errors)) for one in found)
    summary = tuple(FieldError(_placed(reason), "" if reason.field == "pick" else reason.field) for reason in faults)
    return BulkOthersPage(lines, gone=chosen - len(lines), errors=summary)


def order_page(order: BulkOrder, now: dt.datetime) -> BulkOrderPage:
    """Return an order as it is now."""
    report = order.report
    decided = [_decided(no, told) for no, told in sorted(report.get("results", {}).items())]
    held = [BulkResult(no, _case(no), "没有办理", tuple(why)) for no, why in sorted(report.get("held", {}).items())]
    done = f"已办理 {len(decided)} 件" if decided else "一件也没有办成"
    titles = {"waiting": f"将办理 {order.total} 件", "cancelled": "已撤销，没有办理", "done": done}
    return BulkOrderPage(
        public_id=order.public_id,
        state=order.state,  # type: ignore[arg-type]
        title=titles[order.state],
        total=order.total,
        at=order.created_at,
        seconds=max(0, math.ceil((order.run_at - now).total_seconds())) if order.state == "waiting" else 0,
        decided=tuple(decided),
        held=tuple(held),
    )


def _line(one: Judged, world: World, today: dt.date, picked: list[str] | None) -> BulkLine:
    pick = f"{one.line.no}:{one.line.revision}"
    row = rows.row(one.line, world, one.step.actor, today)
    ticked = one.clear if picked is None else pick in picked
    return BulkLine(row, pick, one.clear, not one.answers, one.doubts, ticked)


def _filters(found: list[Judged], typed: Mapping[str, str], world: World) -> Form:
    """The choices that exist on this desk; what was chosen stays even where it left nothing."""
    phases = {one.line.item.phase for one in found if one.line.item} | {typed.get("phase", "")}
    numbers = {n for one in found if (a := one.line.about) for n in (a.from_school_id, a.to_school_id) if n}
    schools = {office.code: office.name for n in numbers if (office := world.offices.get(n))}
    if chosen := world.by_code.get(typed.get("school", "")):
        schools[chosen.code] = chosen.name
    titles = [(name, phase.title) for name, phase in Transfer.phases.items() if name in phases]
    return Form(
        (
            _choice("phase", "环节", titles, typed),
            _choice("school", "学校", sorted(schools.items(), key=lambda pair: pair[1]), typed),
            _choice("due", "期限", list(DUES.items()), typed),
            _choice("verdict", "核对结果", list(VERDICTS.items()), typed),
        ),
        button="筛选",
    )


def _choice(name: str, label: str, options: list[tuple[str, str]], typed: Mapping[str, str]) -> Field:
    every = (Option("", "全部"), *(Option(code, word) for code, word in options))
    return Field(name, label, "select", typed.get(name, ""), options=every, required=True)


def _fields(one: Judged, form: Mapping[str, str], errors: Mapping[str, str]) -> tuple[Field, ...]:
    no = one.line.no
    if not one.others:
        return ()
    answers = (Option("", "先不办"), *(Option(spec.name, spec.title) for spec in one.others))
    causes = (Option("", "（不同意时选择）"), *(Option(cause, cause) for cause in payload.causes(one.step)))
    choices = {"do": answers, "cause": causes}
    return tuple(
        Field(
            name=f"{name}.{no}",
            label=label,
            kind="select" if name in choices else "textarea",
            value=form.get(f"{name}.{no}", ""),
            error=errors.get(f"{name}.{no}", ""),
            options=choices.get(name, ()),
            required=True,
            rows=2,
            maxlength=COMMENT_LIMIT,
        )
        for name, label in LABELS.items()
    )


def _placed(reason: Reason) -> str:
    """A fault in the list at the top says which case it is about."""
    no = reason.field.partition(".")[2]
    return f"{no}：{reason.message}" if no else reason.message


def _decided(no: str, told: Mapping[str, str]) -> BulkResult:
    return BulkResult(no, _case(no), words.EVENTS.get(told["action"], "已办理"))


def _case(no: str) -> str:
    return url_for("cases.show", no=no)


def _empty(narrowed: bool) -> Empty:
    if narrowed:
        return Empty("没有符合条件的事项", "换一个条件，或看全部。", url_for("bulk.choose"), "看全部")
    text = f"转学申请轮到您核办时会列在这里。最急的 {LOOKED_AT} 件待办里现在没有。"
    return Empty("现在没有可以成批办理的事项", text, url_for("inbox.show"), "回到待办")
