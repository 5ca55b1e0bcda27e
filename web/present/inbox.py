"""Rows and groups of an officer's desk."""

import datetime as dt
from collections.abc import Iterable, Iterator

from flask import url_for

from web.masks import mask_name
from web.pages.inbox import InboxGroup, InboxRow
from web.present import days, narrowing, words
from web.present.narrowing import Filter
from web.views import DaysLeft, Field, Form
from workflow import processes
from workflow.calendar import due_day_of
from workflow.inbox import ABOUT_A_RECORD, About, Counters, Line
from workflow.step import Actor
from workflow.world import World

GROUPS = (("late", "已逾期"), ("today", "今天到期"), ("week", "本周内"), ("later", "以后"), ("waiting", "同事正在办理"))


def groups(
    lines: list[Line],
    world: World,
    actor: Actor,
    today: dt.date,
    counts: Counters | None,
    first_page: bool,
    names: dict[int, str],
    of_page: bool = False,
) -> tuple[InboxGroup, ...]:
    """Return the waiting lines under the headings overdue, today, this week, later, and what colleagues took.

    `counts` are those of the whole desk, None where the list is limited. `of_page` tells that there are other pages: a
    heading whose number of the whole desk is not known says that it counts this page.
    """
    found: dict[str, list[InboxRow]] = {key: [] for key, _ in GROUPS}
    for line in lines:
        drawn = row(line, world, actor, today, names)
        found["waiting" if drawn.taken_by else _group(line, today)].append(drawn)
    totals = {"late": counts.late, "today": counts.today} if counts and first_page else {}
    return tuple(
        InboxGroup(
            key,  # type: ignore[arg-type]
            title,
            max(totals.get(key, 0), len(found[key])),
            tuple(found[key]),
            of_page and key not in totals,
        )
        for key, title in GROUPS
        if found[key]
    )


def row(line: Line, world: World, actor: Actor, today: dt.date, names: dict[int, str] | None = None) -> InboxRow:
    """Return one line as it is read: what, who (masked), from where to where, how long, what to do.

    `names` are the pupils of cases that follow no transfer (workflow.inbox.pupils).
    """
    item, about = line.item, line.about
    process = processes.of(line)
    actor = actor.within(line.process)
    for_whom = actor.stands_in_for(item.queue, item.assignee_id) if item is not None and item.open else None
    mine = item is not None and item.open and (for_whom is not None or actor.has(item.queue, item.assignee_id))
    asks = line.process == "clearance"  # the transfer is a draft yet: who asks is what matters
    own = about is not None and bool({about.from_school_id, about.to_school_id} & actor.org_ids)
    return InboxRow(
        case_no=line.no,
        kind=words.PROCESSES.get(line.process, process.title),
        child=_child(about, own) if line.id not in (names or {}) else _pupil(line, actor, names or {}),
        origin=world.name(line.applicant_org_id) if asks else _side(about, world, "from") or _school(line, world),
        target="" if asks else _side(about, world, "to"),
        step=_step(line, process.phases[item.phase if item else line.phase].title) + _instead(line, world),
        left=_left(line, world, today),
        url=_url(line, actor),
        button=_button(line, mine),
        sent_by=line.sender,
        sent_at=item.opened_at if item else line.opened_at,
        holder="" if mine or item is None or not item.open else world.name(item.org_id),
        returned=item is not None and item.kind == "correct",
        for_whom=for_whom.name if for_whom else "",
        taken_by=line.with_whom if item is not None and item.open and not mine else "",
    )


def filters(asked: Filter, world: World, actor: Actor, tab: str, lines: list[Line]) -> Form:
    """Return the filter of a tab; offered are the schools on the page and the offices directly below the actor's."""
    below = (office.id for number in sorted(actor.org_ids) for office in world.supervised(number))
    by_name = narrowing.fields(asked, world, [*schools(lines), *below])
    if not asked.wanted.process:
        by_name.pop("phase")  # the steps are those of one kind of business
    place = (Field("tab", "", "hidden", tab),) if tab != "todo" else ()
    return Form((*place, *by_name.values()), button="筛选")


def schools(lines: Iterable[Line]) -> Iterator[int]:
    """Yield the schools that lines about transfers name."""
    for line in lines:
        if line.about is not None:
            yield from filter(None, (line.about.from_school_id, line.about.to_school_id))


def _step(line: Line, title: str) -> str:
    """Return what is asked; of a proposal that somebody has to confirm so, whatever the case itself waits for."""
    return "待您确认提请" if line.item is not None and line.item.kind == "second" and line.item.open else title


def _instead(line: Line, world: World) -> str:
    """Return for whom the question may be answered, where an office below was silent."""
    silent = line.item.due_rule.get("in_place_of") if line.item else None
    return f"（代{world.name(silent)}）" if silent else ""


def _url(line: Line, actor: Actor) -> str:
    if line.phase != "draft" or not actor.holds("school_clerk", line.applicant_org_id):
        return url_for("cases.show", no=line.no)
    return url_for("transfers.draft", no=line.no, step="send" if line.submitted_at else "school")


def _group(line: Line, today: dt.date) -> str:
    due = due_day_of(line.item.due_at) if line.item else today
    if due < today:
        return "late"
    if due == today:
        return "today"
    return "week" if due <= today + dt.timedelta(days=6 - today.weekday()) else "later"


def _child(about: About | None, own: bool) -> str:
    if about is None or not about.name:
        return "（未填写）"
    return about.name if own else mask_name(about.name)


def _pupil(line: Line, actor: Actor, names: dict[int, str]) -> str:
    own = line.applicant_org_id in actor.org_ids
    return names[line.id] if own else mask_name(names[line.id])


def _school(line: Line, world: World) -> str:
    """Return the school that keeps the record a case is about."""
    return world.name(line.applicant_org_id) if line.process in ABOUT_A_RECORD else ""


def _side(about: About | None, world: World, side: str) -> str:
    if about is None:
        return ""
    number = about.from_school_id if side == "from" else about.to_school_id
    outside = (about.outside or {}) if about.direction in ("incoming", "outgoing") else {}
    return world.name(number) or outside.get("school", "") or "待核对"


def _left(line: Line, world: World, today: dt.date) -> DaysLeft:
    if line.item is not None and line.item.open:
        return days.of_item(world, line.item, today)
    if line.closed_at:
        return DaysLeft("done", words.PHASE_ENDS.get(line.phase, "已结束"))
    return DaysLeft("none", "草稿" if line.submitted_at is None else "办理中")


def _button(line: Line, mine: bool) -> str:
    if line.submitted_at is None:
        return "继续填写"
    return words.BUTTONS.get(line.item.kind, "查看") if mine and line.item else "查看"
