"""Pages of bulk decisions: the list with its verdicts, the lines answered one by one, the order and its outcome."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence

from flask import url_for
from werkzeug.datastructures import MultiDict

from models.bulk import BulkOrder
from web.pages.bulk import BulkLine, BulkListPage, BulkOrderPage, BulkOther, BulkOthersPage, BulkResult
from web.present import inbox as rows
from web.present import narrowing, words
from web.present.narrowing import Filter
from web.views import Empty, Field, FieldError, Form, Option
from workflow import processes
from workflow.bulk.judging import LOOKED_AT, MOST, PROCESSES, Judged
from workflow.errors import Reason
from workflow.payload import COMMENT_LIMIT
from workflow.transfers import payload
from workflow.world import World

VERDICTS = {"clear": "无疑义", "held": "须打开查看"}
LABELS = {"do": "怎样办理", "cause": "不同意的理由", "comment": "意见"}


def filter_of(typed: Mapping[str, str], world: World) -> Filter:
    """Read the filter: what may be answered together is of one kind."""
    return narrowing.on_page({**typed, "process": PROCESSES[0]}, world)


def clear_of(typed: Mapping[str, str]) -> bool | None:
    """Tell whether only clear lines are wanted, or only those that ask for a closer look."""
    return {"clear": True, "held": False}.get(typed.get("verdict", ""))


def list_page(
    found: list[Judged],
    asked: Filter,
    world: World,
    today: dt.date,
    faults: Sequence[Reason] = (),
    picked: list[str] | None = None,
) -> BulkListPage:
    """Return the list; the clear lines are ticked until somebody chose otherwise."""
    lines = tuple(_line(one, world, today, picked) for one in found)
    narrowed = any(asked.typed.get(name) for name in ("phase", "school", "due", "verdict"))
    return BulkListPage(
        filters=_filters(found, asked, world),
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


def _filters(found: list[Judged], asked: Filter, world: World) -> Form:
    schools = rows.schools(one.line for one in found)
    by_name = narrowing.fields(asked, world, schools)
    steps = {name: title for name, title in narrowing.steps_of(PROCESSES[0]).items() if _is_decided(name)}
    phase = narrowing.choice("phase", "环节", steps, asked.wanted.phase)
    verdict = narrowing.choice("verdict", "核对结果", VERDICTS, asked.typed.get("verdict", ""))
    return Form((phase, by_name["school"], by_name["due"], verdict), button="筛选")


def _is_decided(phase: str) -> bool:
    return processes.newest(PROCESSES[0]).phases[phase].kind == "decide"


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
