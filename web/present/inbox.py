"""Rows and groups of an officer's desk."""

import datetime as dt

from flask import url_for

from models.cases import Case
from models.transfers import Transfer
from web.masks import mask_name
from web.pages import InboxGroup, InboxRow
from web.present import days, words
from web.views import DaysLeft
from workflow import processes
from workflow.calendar import due_day_of
from workflow.inbox import Counters, Line
from workflow.step import Actor
from workflow.world import World

GROUPS = (("late", "已逾期"), ("today", "今天到期"), ("week", "本周内"), ("later", "以后"))


def groups(
    lines: list[Line], world: World, actor: Actor, today: dt.date, counts: Counters, first_page: bool
) -> tuple[InboxGroup, ...]:
    """Return the waiting lines under the headings overdue, today, this week, later."""
    found: dict[str, list[InboxRow]] = {key: [] for key, _ in GROUPS}
    for line in lines:
        found[_group(line, today)].append(row(line, world, actor, today))
    totals = {"late": counts.late, "today": counts.today} if first_page else {}
    return tuple(
        InboxGroup(key, title, max(totals.get(key, 0), len(found[key])), tuple(found[key]))  # type: ignore[arg-type]
        for key, title in GROUPS
        if found[key]
    )


def row(line: Line, world: World, actor: Actor, today: dt.date) -> InboxRow:
    """Return one line as it is read: what, who (masked), from where to where, how long, what to do."""
    case, item, transfer = line.case, line.item, line.transfer
    process = processes.of(case)
    mine = item is not None and item.open and item.queue in actor.queues
    own = transfer is not None and bool({transfer.from_school_id, transfer.to_school_id} & actor.org_ids)
    phase = item.phase if item else case.phase
    return InboxRow(
        case_no=case.no,
        kind=words.PROCESSES.get(case.process, process.title),
        child=_child(transfer, own),
        origin=_side(transfer, world, "from"),
        target=_side(transfer, world, "to"),
        step=process.phases[phase].title,
        left=_left(line, world, today),
        url=_url(case, actor),
        button=_button(line, mine),
        sent_by=line.sender,
        sent_at=item.opened_at if item else case.opened_at,
        holder="" if mine or item is None or not item.open else world.name(item.org_id),
        returned=item is not None and item.kind == "correct",
    )


def _url(case: Case, actor: Actor) -> str:
    if case.phase != "draft" or not actor.holds("school_clerk", case.applicant_org_id):
        return url_for("cases.show", no=case.no)
    return url_for("transfers.draft", no=case.no, step="send" if case.submitted_at else "school")


def _group(line: Line, today: dt.date) -> str:
    due = due_day_of(line.item.due_at) if line.item else today
    if due < today:
        return "late"
    if due == today:
        return "today"
    return "week" if due <= today + dt.timedelta(days=6 - today.weekday()) else "later"


def _child(transfer: Transfer | None, own: bool) -> str:
    if transfer is None or not transfer.name:
        return "（未填写）"
    return transfer.name if own else mask_name(transfer.name)


def _side(transfer: Transfer | None, world: World, side: str) -> str:
    if transfer is None:
        return ""
    number = transfer.from_school_id if side == "from" else transfer.to_school_id
    outside = (transfer.outside or {}) if transfer.direction in ("incoming", "outgoing") else {}
    return world.name(number) or outside.get("school", "") or "待核对"


def _left(line: Line, world: World, today: dt.date) -> DaysLeft:
    if line.item is not None and line.item.open:
        return days.of_item(world, line.item, today)
    if line.case.closed_at:
        return DaysLeft("done", words.PHASE_ENDS.get(line.case.phase, "已结束"))
    return DaysLeft("none", "草稿" if line.case.submitted_at is None else "办理中")


def _button(line: Line, mine: bool) -> str:
    if line.case.submitted_at is None:
        return "继续填写"
    return words.BUTTONS.get(line.item.kind, "查看") if mine and line.item else "查看"
