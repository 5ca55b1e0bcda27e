"""Pages of bulk decisions: the list with its verdicts, the lines answered one by one, the order and its outcome."""

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from flask import url_for
from werkzeug.datastructures import MultiDict

from models.bulk import BulkOrder
from web.pages.bulk import BulkHandOnPage, BulkLine, BulkListPage, BulkOrderPage, BulkOther, BulkOthersPage, BulkResult
from web.present import inbox as rows
from web.present import narrowing, words
from web.present.narrowing import Filter
from web.views import Empty, Field, FieldError, Form, Option
from workflow import processes
from workflow.bulk import handing_on, orders
from workflow.bulk.judging import LOOKED_AT, MOST, NOBODY, PROCESSES, Judged
from workflow.colleagues import Colleague
from workflow.errors import Reason
from workflow.payload import COMMENT_LIMIT
from workflow.transfers import payload
from workflow.world import World

VERDICTS = {"clear": "无疑义", "held": "须打开查看"}
ANSWERS = {"do": "怎样办理", "cause": "不同意的理由", "comment": "意见"}
LABELS = {"person": "转给谁", "comment": "转办的缘由"}


def filter_of(typed: Mapping[str, str], world: World) -> Filter:
    """Read the filter: what may be answered together is of one kind."""
    return narrowing.on_page({**typed, "process": PROCESSES[0]}, world)


def clear_of(typed: Mapping[str, str]) -> bool | None:
    """Tell whether only clear lines are wanted, or only those that ask for a closer look."""
    return {"clear": True, "held": False}.get(typed.get("verdict", ""))


def list_page(
    found: list[Judged],
    behind: int,
    asked: Filter,
    world: World,
    today: dt.date,
    faults: Sequence[Reason] = (),
    picked: list[str] | None = None,
) -> BulkListPage:
    """Return the list; the clear lines are ticked until somebody chose otherwise. `behind` more wait after these."""
    lines = tuple(_line(one, world, today, picked) for one in found)
    narrowed = any(asked.typed.get(name) for name in ("phase", "school", "due", "verdict"))
    return BulkListPage(
        filters=_filters(found, asked, world),
        lines=lines,
        clear=sum(line.clear for line in lines),
        held=sum(not line.clear for line in lines),
        hands_on=any(not one.stays for one in found),
        more=_behind(behind),
        errors=tuple(FieldError(reason.message) for reason in faults),
        empty=None if lines else _empty(narrowed),
        clear_url=url_for("bulk.choose") if narrowed else "",
    )


def _behind(count: int) -> str:
    """Say how many wait after those that are listed; where not all were counted, that it is so many at least."""
    at_least = "至少" if count >= LOOKED_AT - MOST else ""
    return f"是最急的；后面{at_least}还有 {count} 件，办完这些再列。" if count else ""


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


def hand_on_page(
    found: list[Judged], world: World, today: dt.date, chosen: int, form: Mapping[str, str], faults: Sequence[Reason]
) -> BulkHandOnPage:
    """Return the chosen lines, who can have them, and why one stays. The desks must have been looked around."""
    can = {one.line.no: handing_on.candidates(one) for one in found}
    lines = [_going(one, can[one.line.no], world, today) for one in found]
    going = sum(line.clear for line in lines)
    errors = {reason.field.partition(".")[0]: reason.message for reason in reversed(faults)}
    told = tuple(FieldError(message, name if name in LABELS else "") for name, message in errors.items())
    person = Field(
        "person",
        LABELS["person"],
        "select",
        form.get("person", ""),
        error=errors.get("person", ""),
        required=True,
        options=(Option("", "请选择"), *_receivers(list(can.values()), going)),
    )
    why = form.get("comment", "")
    comment = Field("comment", LABELS["comment"], "textarea", why, error=errors.get("comment", ""), rows=2,
                    maxlength=COMMENT_LIMIT)  # fmt: skip
    return BulkHandOnPage(
        lines=tuple(sorted(lines, key=lambda line: line.clear)),
        going=going,
        form=Form((person, comment), told, button=f"转办 {going} 件"),
        gone=chosen - len(lines),
    )


def _receivers(can: list[list[Colleague]], going: int) -> Iterator[Option]:
    """Yield who can have something; of whoever cannot have all of it, how much."""
    takes = Counter(one.public_id for people in can for one in people)
    names = {one.public_id: one.name for people in can for one in people}
    for key, name in names.items():
        yield Option(key, name, f"可接手 {takes[key]} 件" if takes[key] < going else "")


def _going(one: Judged, candidates: list[Colleague], world: World, today: dt.date) -> BulkLine:
    why = one.stays or ("" if candidates else NOBODY)
    return replace(_line(one, world, today, None), clear=not why, doubts=(why,) if why else (), barred=bool(why))


def order_page(order: BulkOrder, now: dt.datetime) -> BulkOrderPage:
    """Return an order as it is now."""
    report = order.report
    decided = [_decided(no, told) for no, told in sorted(report.get("results", {}).items())]
    held = [BulkResult(no, _case(no), "没有办理", tuple(why)) for no, why in sorted(report.get("held", {}).items())]
    act, to = ("转办", f"给{report['to']}") if report.get("to") else ("办理", "")
    done = f"已{act} {len(decided)} 件{to}" if decided else "一件也没有办成"
    titles = {"waiting": f"将{act} {order.total} 件{to}", "cancelled": f"已撤销，没有{act}", "done": done}
    return BulkOrderPage(
        public_id=order.public_id,
        state=order.state,  # type: ignore[arg-type]
        title=titles[order.state],
        total=order.total,
        at=order.created_at,
        seconds=max(0, math.ceil((order.run_at - now).total_seconds())) if order.state == "waiting" else 0,
        gone_through=orders.gone_through(order),
        decided=tuple(decided),
        held=tuple(held),
    )


def _line(one: Judged, world: World, today: dt.date, picked: list[str] | None) -> BulkLine:
    pick = f"{one.line.no}:{one.line.revision}"
    row = rows.row(one.line, world, one.step.actor, today)
    ticked = one.clear if picked is None else pick in picked
    only_on = not one.is_answered_here and not one.stays
    barred = not one.is_answered_here and not only_on
    return BulkLine(row, pick, one.clear, barred, only_on, one.doubts, ticked)


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
        for name, label in ANSWERS.items()
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
