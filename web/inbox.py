"""The inbox: what waits, what was done, what the office started, what is only to be read."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.saved_queues import SavedQueue
from web import clock
from web.auth import current_actor, current_world
from web.database import read_session
from web.input import BadInput
from web.pages.inbox import InboxGroup, InboxPage, InboxRow, Keeping, KeptFilter
from web.present import admission, narrowing, problems_list
from web.present import inbox as rows
from web.present import saved_queues as presented
from web.present.narrowing import Filter
from web.shell import counters
from web.views import DaysLeft, Empty, Pager, Tab
from workflow import distributing, inbox, saved_queues
from workflow import narrowing as limiting
from workflow.bulk import judging
from workflow.inbox import Counters, Cursor, Line
from workflow.narrowing import Narrowing
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
    if found := _next_of(request.args.get("next", "")):
        return redirect(url_for("cases.show", no=found))
    after = _cursor(request.args.get("after", ""))
    if queue := request.args.get("queue", ""):
        return draw(kept_as(saved_queues.find(read_session(), current_actor(), queue), after))
    return draw(limited_by(request.args if tab in narrowing.LISTS else {}, tab, after))


@dataclass(frozen=True)
class Asked:
    """What is looked at: a tab, what it is limited to, where that is kept, and behind which line the page begins."""

    tab: str
    filter: Filter
    after: Cursor | None
    queue: SavedQueue | None = None

    def address(self, **more: Any) -> str:
        if self.queue is not None:
            return url_for("inbox.show", queue=self.queue.public_id, **more)
        return url_for("inbox.show", tab=self.tab, **narrowing.address(self.filter.wanted, current_world()), **more)


def limited_by(typed: Mapping[str, str], tab: str = "todo", after: Cursor | None = None) -> Asked:
    """Return a tab limited by what was typed."""
    return Asked(tab, narrowing.on_page(typed, current_world()), after)


def kept_as(queue: SavedQueue, after: Cursor | None = None) -> Asked:
    """Return what waits within a filter that is kept."""
    return Asked("todo", Filter({}, saved_queues.wanted(queue)), after, queue)


def draw(asked: Asked, refused: str = "") -> str:
    """Draw a tab; `refused` is why the name that was sent for its filter cannot be taken."""
    return render_template("inbox/show.html", page=_page(asked, refused))


def _page(asked: Asked, refused: str) -> InboxPage:
    actor, session, world = current_actor(), read_session(), current_world()
    tab, wanted = asked.tab, asked.filter.wanted
    lines = [] if asked.filter.faults else _lines(asked)
    counts = counters()
    steps = listing.subjects(session, actor, world, problems(lines), clock.now())
    shown = inbox.without_seats_of_others(lines[:PAGE], actor)
    return InboxPage(
        tabs=tuple(
            Tab(word, url_for("inbox.show", tab=key), key == tab, _count(key, counts)) for key, word in TABS.items()
        ),
        groups=_about_problems(
            _about_drafts(
                _groups(asked, shown, counts, len(lines) > PAGE, inbox.pupils(session, lines)),
                waiting.opening_days(session, {line.id: line.no for line in lines if is_draft(line)}),
            ),
            {line.no: (steps[line.id], line.process) for line in lines if line.id in steps},
        ),
        pager=_pager(asked, lines),
        empty=_empty(asked, actor),
        title=TABS[tab],
        summary=_summary(counts) if tab == "todo" and not wanted else "",
        bulk_url=_bulk(wanted, world) if tab == "todo" and _several_to_decide(lines) else "",
        filters=rows.filters(asked.filter, world, actor, tab, shown) if tab in narrowing.LISTS else None,
        narrowed=narrowing.told(wanted, world),
        clear_url=url_for("inbox.show", tab=tab) if wanted or asked.filter.faults else "",
        kept=_kept(asked, counts) if tab == "todo" else (),
        keeping=_keeping(asked, refused) if tab == "todo" and (wanted or refused) else None,
        opened=bool(refused or asked.filter.faults or (wanted and asked.queue is None)),
    )


def _kept(asked: Asked, counts: Counters) -> tuple[KeptFilter, ...]:
    """Return the filters that the visitor keeps, each with what waits within it: two statements, none where none."""
    if not counts.kept:
        return ()
    actor, session, world = current_actor(), read_session(), current_world()
    queues = saved_queues.kept(session, actor)
    numbers = saved_queues.counts(session, actor, world, queues, clock.now())
    chosen = asked.queue.public_id if asked.queue else ""
    everything = not asked.filter.wanted and not asked.filter.faults
    return presented.chips(queues, numbers, chosen, everything=everything, more=counts.todo >= inbox.COUNTED)


def _keeping(asked: Asked, refused: str) -> Keeping:
    typed = request.form.get("name", "") if request.method == "POST" else ""
    if asked.queue is not None:
        return presented.renaming(asked.queue, typed, refused)
    return presented.saving(narrowing.address(asked.filter.wanted, current_world()), typed, refused)


def _lines(asked: Asked) -> list[Line]:
    """Return the lines of the page and one more, where there is one."""
    actor, world, now = current_actor(), current_world(), clock.now()
    more: dict[str, Any] = {}
    if asked.tab in narrowing.LISTS:
        more["limited"] = limiting.filling(asked.filter.wanted, actor, world, now)
    if asked.tab == "todo":
        more["colleagues"] = distributing.shows_taken(world, actor, clock.today())
    found: list[Line] = getattr(inbox, asked.tab)(read_session(), actor, after=asked.after, limit=PAGE + 1, **more)
    return found


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
    lines = inbox.todo(session, actor, limit=1, colleagues=False, limited={"only_process": process})
    return lines[0].no if lines else ""


def problems(lines: list[Line]) -> list[int]:
    """Return the cases among these lines that are about problem records."""
    return [line.id for line in lines if line.process in problems_list.PROCESSES]


def _several_to_decide(lines: list[Line]) -> bool:
    """Tell whether a page holds at least two questions that may be answered together."""
    return sum(judging.is_asked(line) for line in lines) > 1


def _about_problems(groups: tuple[InboxGroup, ...], steps: dict[str, tuple[Step, str]]) -> tuple[InboxGroup, ...]:
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
    asked: Asked, lines: list[Line], counts: Counters, more: bool, names: dict[int, str]
) -> tuple[InboxGroup, ...]:
    """Return the lines under their headings; what a limited list counts is what it shows."""
    actor, world, today = current_actor(), current_world(), clock.today()
    first, narrowed = asked.after is None, bool(asked.filter.wanted)
    if asked.tab == "todo":
        told = None if narrowed else counts
        return rows.groups(lines, world, actor, today, told, first, names, more or not first)
    if not lines:
        return ()
    found = tuple(rows.row(line, world, actor, today, names) for line in lines)
    return (InboxGroup("done", TABS[asked.tab], len(found), found),)


def _bulk(wanted: Narrowing, world: World) -> str:
    """Return where the same questions can be answered together."""
    limited = narrowing.address(wanted, world)
    return url_for("bulk.choose", **{name: value for name, value in limited.items() if name != "process"})


def _pager(asked: Asked, lines: list[Line]) -> Pager:
    if len(lines) <= PAGE and asked.after is None:
        return Pager()
    more = asked.address(after=_text(lines[PAGE - 1].cursor)) if len(lines) > PAGE else ""
    return Pager(next_url=more, first_url=asked.address() if asked.after else "")


def _empty(asked: Asked, actor: Actor) -> Empty:
    tab, everything = asked.tab, url_for("inbox.show", tab=asked.tab)
    if asked.filter.faults:
        return Empty("还没有筛选", "请先改正筛选条件。", everything, "看全部")
    if asked.filter.wanted:
        limited = narrowing.told(asked.filter.wanted, current_world())
        return Empty(f"没有符合条件的{TABS[tab]}事项", f"筛选条件：{limited}。", everything, "看全部")
    if tab == "started" and any(desk.role == "school_clerk" for desk in actor.desks):
        return Empty(EMPTY[tab], "学生要转入本校时，从这里开始。", url_for("transfers.new"), "新建转学申请")
    if tab == "todo":
        return Empty(
            EMPTY[tab], "有新的事项时会出现在这里，同时发邮件提醒。", url_for("inbox.show", tab="done"), "看看已办事项"
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
    """Read the place to go on from; None for the beginning. Raises BadInput for what no page of the list gave."""
    if not text:
        return None
    moment, _, number = text.rpartition("-")
    try:
        at = dt.datetime.fromtimestamp(float(moment), dt.UTC)
        if 0 <= int(number) < 2**53:
            return at, int(number)
    except (ValueError, OverflowError, OSError):
        pass
    raise BadInput("网址中的 after 有误，请回到待办，从第一页看起", "value_unacceptable", field="after")
