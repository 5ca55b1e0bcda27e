"""Small pieces that the sample pages share."""

from __future__ import annotations

import datetime as dt
from typing import Any

from web.pages.inbox import InboxRow
from web.views import DaysLeft, Pace, Rule, Station, StationState

TODAY = dt.date(2025, 9, 8)
AT = dt.datetime(2025, 9, 8, 6, 20, tzinfo=dt.UTC)
LONG_NAME = "阿卜杜热依木江·买买提吐尔逊艾合买提库尔班尼亚孜阿布都克里木玉素甫伊敏江喀迪尔阿不都拉赛买提"
LONG_SCHOOL = "岚川省朗星市栖云区人民政府直属机关第二实验小学暨青少年外国语与艺术教育九年一贯制学校北校区"
CITATION = "《中小学生学籍管理办法》第十五条"
RULE = Rule("有未办结业务的学生，不能再办理新的学籍业务。", CITATION)


def chip(pace: Pace, word: str, days: int | None = None) -> DaysLeft:
    """Days left with the last day so many days from the sample's today."""
    return DaysLeft(pace, word, None if days is None else TODAY + dt.timedelta(days))


def done(word: str) -> DaysLeft:
    return DaysLeft("done", word)


def station(
    step: str, name: str, state: StationState = "coming", *, expected: int | None = None, **more: Any
) -> Station:
    """A station; `expected` counts days from the sample's today."""
    day = None if expected is None else TODAY + dt.timedelta(expected)
    return Station(name=name, step=step, state=state, expected=day, **more)


def inbox_row(child: str, left: DaysLeft, **more: Any) -> InboxRow:
    """A transfer from one sample school to the other."""
    facts: dict[str, Any] = {
        "case_no": "ZX20250908-0007",
        "kind": "转学",
        "origin": "禾苑县第一小学",
        "target": "栖云区青松小学",
        "url": "#",
        "step": "转入学校审核",
        "sent_by": "林知夏",
        "sent_at": AT,
    }
    return InboxRow(child=child, left=left, **(facts | more))
