"""The inbox: what waits, what was done, what the office started, what is only to be read."""

import datetime as dt
from dataclasses import replace

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web import clock
from web.auth import current_actor, current_world
from web.database import read_session
from web.pages.inbox import InboxGroup, InboxPage, InboxRow
from web.present import admission, problems_list
from web.present import inbox as rows
from web.shell import counters
from web.views import DaysLeft, Empty, Pager, Tab
from workflow import distributing, inbox
from workflow.bulk import judging
from workflow.inbox import Counters, Cursor, Line
from workflow.problems import listing
from workflow.step import Actor, Step
from workflow.transfers import waiting
from workflow.world import World

bp = Blueprint("inbox", __name__)
PAGE = 25
TABS = {"todo": "待办", "done": "已办", "started": "我发起", "copied": "抄送"}
EMPTY = {
    "todo": "现在没有等您办理的事项",
    "done": "还没有办理过的事项",
    "started": "本单位还没有发起过申请",
    "copied": "没有抄送给您的事项",
}


@bp.get("/")
@bp.get("/inbox")
def show() -> str | Response:
    """Draw one tab of the inbox; `after` continues behind the last line of the page before.

    With `next` the first question of that process is opened instead, so that a pile is worked through one by one.
    """
    tab = request.args.get("tab", "todo")
    if tab not in TABS:
        abort(404)
    after = _cursor(request.args.get("after", ""))
    actor, session = current_actor(), read_session()
    world = current_world()
    if found := _next_of(request.args.get("next", "")):
        return redirect(url_for("cases.show", no=found))
    seen = {"colleagues": distributing.shows_taken(world, actor, clock.today())} if tab == "todo" else {}
    lines = getattr(inbox, tab)(session, actor, after=after, limit=PAGE + 1, **seen)
    counts = counters()
    steps = listing.subjects(session, actor, world, problems(lines), clock.now())
    shown = inbox.without_seats_of_others(lines[:PAGE], actor)
    page = InboxPage(
        tabs=tuple(Tab(word, url_for(".show", tab=key), key == tab, _count(key, counts)) for key, word in TABS.items()),
        groups=_about_problems(
            _about_drafts(
                _groups(tab, shown, world, actor, counts, after is None, inbox.pupils(session, lines)),
                waiting.opening_days(session, {line.id: line.no for line in lines if is_draft(line)}),
            ),
            {line.no: (steps[line.id], line.process) for line in lines if line.id in steps},
        ),
        pager=_pager(tab, lines, after),
        empty=_empty(tab, session, actor),
        title=TABS[tab],
        summary=_summary(counts) if tab == "todo" else "",
        bulk_url=url_for("bulk.choose") if tab == "todo" and _several_to_decide(lines) else "",
    )
    return render_template("inbox/show.html", page=page)


def is_draft(line: Line) -> bool:
    """Tell whether a line is a transfer that was never sent."""
    return line.process == "transfer" and line.phase == "draft" and line.submitted_at is None


def _about_drafts(groups: tuple[InboxGroup, ...], opens: dict[str, dt.date]) -> tuple[InboxGroup, ...]:
    """Let drafts that wait for the opening say when they go out by themselves."""
    if not opens:
        return groups

    def told(row: InboxRow) -> InboxRow:
        day = opens.get(row.case_no)
        return replace(row, left=DaysLeft("none", f"{admission.opening(day)} 自动提交")) if day else row

    return tuple(replace(group, rows=tuple(told(row) for row in group.rows)) for group in groups)


def _next_of(process: str) -> str:
    """Return the case of the first question of this process that waits for the viewer; empty if there is none."""
    if not process:
        return ""
    actor, session = current_actor(), read_session()
    lines = inbox.todo(session, actor, limit=judging.LOOKED_AT, colleagues=False)
    return next((line.no for line in lines if line.process == process), "")


def problems(lines: list[Line]) -> list[int]:
    """Return the cases among these lines that are about problem records."""
    return [line.id for line in lines if line.process in problems_list.PROCESSES]


def _several_to_decide(lines: list[Line]) -> bool:
    """Tell whether a page holds at least two questions that may be answered together."""
    return sum(line.process in judging.PROCESSES and line.item is not None and line.item.kind == "decide"
               for line in lines) > 1  # fmt: skip


def _about_problems(
    groups: tuple[InboxGroup, ...], steps: dict[str, tuple[Step, str]]
) -> tuple[InboxGroup, ...]:
    """Let the lines about problem records say whose they are, as far as the viewer may know."""
    if not steps:
        return groups
    return tuple(
        replace(
            group,
            rows=tuple(
                problems_list.in_inbox(row, *steps[row.case_no]) if row.case_no in steps else row for row in group.rows
            ),
        )
        for group in groups
    )


def _groups(
    tab: str, lines: list[Line], world: World, actor: Actor, counts: Counters, first: bool, names: dict[int, str]
) -> tuple[InboxGroup, ...]:
    if tab == "todo":
        return rows.groups(lines, world, actor, clock.today(), counts, first, names)
    if not lines:
        return ()
    found = tuple(rows.row(line, world, actor, clock.today(), names) for line in lines)
    return (InboxGroup("done", TABS[tab], len(found), found),)


def _pager(tab: str, lines: list[Line], after: Cursor | None) -> Pager:
    if len(lines) <= PAGE and after is None:
        return Pager()
    more = url_for(".show", tab=tab, after=_text(lines[PAGE - 1].cursor)) if len(lines) > PAGE else ""
    return Pager(next_url=more, first_url=url_for(".show", tab=tab) if after else "")


def _empty(tab: str, session: object, actor: Actor) -> Empty:
    if tab == "started" and any(desk.role == "school_clerk" for desk in actor.desks):
        return Empty(EMPTY[tab], "学生要转入本校时，从这里开始。", url_for("transfers.new"), "新建转学申请")
    if tab == "todo":
        return Empty(
            EMPTY[tab], "有新的事项时会出现在这里，同时发邮件提醒。", url_for(".show", tab="done"), "看看已办事项"
        )
    return Empty(EMPTY[tab])


def _summary(counts: Counters) -> str:
    if not counts.late and not counts.today:
        return ""
    parts = [f"已逾期 {counts.late} 件"] if counts.late else []
    parts += [f"今天到期 {counts.today} 件"] if counts.today else []
    return "，".join(parts)


def _count(tab: str, counts: Counters) -> int | None:
    return {"todo": counts.todo or None, "copied": counts.copied or None}.get(tab)


def _text(cursor: Cursor) -> str:
    return f"{cursor[0].astimezone(dt.UTC).timestamp():.6f}-{cursor[1]}"


def _cursor(text: str) -> Cursor | None:
    """Read the place to go on from; nonsense starts at the beginning."""
    moment, _, number = text.rpartition("-")
    try:
        at = dt.datetime.fromtimestamp(float(moment), dt.UTC)
        return (at, int(number)) if 0 <= int(number) < 2**53 else None
    except (ValueError, OverflowError, OSError):
        return None
