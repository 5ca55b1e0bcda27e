"""How long there is, as a word and a pace."""

import datetime as dt

from models.cases import WorkItem
from web.views import DaysLeft, Pace
from workflow.calendar import due_day_of
from workflow.days_left import days_left
from workflow.inbox import Item
from workflow.world import World


def of_item(world: World, item: WorkItem | Item, today: dt.date) -> DaysLeft:
    """Return what is left on a work item today."""
    calendar = world.calendar(world.offices.get(item.org_id))
    due = due_day_of(item.due_at)
    left = days_left(calendar, due, today)
    pace, word = _said(left.kind, left.n)
    return DaysLeft(pace, word, due, item.provisional)


def _said(kind: str, n: int) -> tuple[Pace, str]:
    if kind == "overdue":
        return "overdue", f"已逾期 {n} 个工作日" if n else "已逾期"
    if kind == "today":
        return "today", "今天到期"
    if kind == "tomorrow":
        return "tomorrow", "明天到期"
    if kind == "soon":
        return "soon", f"还剩 {n} 个工作日"
    return "later", f"还剩 {n} 个工作日"
