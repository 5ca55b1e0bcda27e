"""How long there is, as a word and a pace."""

import datetime as dt

from models.cases import WorkItem
from web.views import DaysLeft, Pace
from workflow import counting
from workflow.calendar import short_day
from workflow.days_left import Hold
from workflow.inbox import Item
from workflow.statistics.listing import Entry
from workflow.world import World

STILL = {"suspended": "已挂起", "freeze": "停止计时", "vacation": "停止计时"}
BECAUSE = {"suspended": "", "freeze": "暂停受理", "vacation": "假期"}
"""What is said of a clock that stands still, and why it does."""


def of_item(world: World, item: WorkItem | Item | Entry, today: dt.date) -> DaysLeft:
    """Return what is left on a work item today; without a last day while nobody knows when its clock goes on."""
    left = counting.left(world, item, today)
    due = counting.last_day(item)
    if left.hold is not None:
        return DaysLeft("paused", STILL[left.hold.why], due, item.provisional, _then(left.hold, left.n, today))
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


def _then(hold: Hold, n: int, today: dt.date) -> str:
    """Until when the clock stands still, and what will be left of the term then."""
    until = f"至 {short_day(hold.until, today)}" if hold.until else ""
    left = f"恢复后还有 {n} 个工作日" if n > 0 else f"此前已逾期 {-n} 个工作日" if n else "此前已到期"
    return "，".join(filter(None, (BECAUSE[hold.why] + until, left)))
