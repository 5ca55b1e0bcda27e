"""The three charts of an office: what is open by step, how old it is, what came and went by week."""

import datetime as dt
from typing import Any

from web import charts
from web.charts import Band, Bar, Part, Week
from web.formats import day
from web.pages.statistics import Chart, Figure, FigureLine, Key
from web.present import steps
from web.present.statistics_links import Links
from workflow.statistics import seasons
from workflow.statistics.counting import AGE_DAYS
from workflow.statistics.figures import Figures
from workflow.statistics.period import Period
from workflow.world import World

MOST_STEPS = 8
"""Steps with a bar of their own; the others share one."""
AGES = ("10天内", "11—30天", "31—60天", "61—180天", "超过半年")
OLD = ("plain", "plain", "plain", "today", "late")
"""Kinds of the columns: what is older than two months stands out, what the national system would clear most."""


def charts_of(figures: Figures, world: World, links: Links) -> tuple[Chart, ...]:
    """Return the charts, each with its table."""
    return (_by_step(figures, links), _by_age(figures, links), _by_week(figures, world, links))


def _by_step(figures: Figures, links: Links) -> Chart:
    paces: dict[str, dict[str, int]] = {}
    for (step, pace), number in figures.total.paces.items():
        paces.setdefault(step, {"late": 0, "today": 0, "later": 0})[pace] += number
    found = sorted(paces, key=lambda step: (-sum(paces[step].values()), steps.order(step)))
    rows = tuple(
        FigureLine(
            steps.full_word(step),
            tuple(
                _number(links, figures, of, number, step=step)
                for of, number in (("open", sum(paces[step].values())), ("today", paces[step]["today"]),
                                   ("late", paces[step]["late"]))
            ),
        )
        for step in found
    )  # fmt: skip
    drawn = [_bar(steps.full_word(step), paces[step]) for step in found[:MOST_STEPS]]
    if found[MOST_STEPS:]:
        rest = {pace: sum(paces[step][pace] for step in found[MOST_STEPS:]) for pace in ("late", "today", "later")}
        drawn.append(_bar("其他环节", rest))
    line = figures.total
    told = f"共 {line.open} 件在办，其中逾期 {line.late} 件，今天到期 {line.today} 件。"
    return Chart(
        "step", "在办事项在哪个环节", charts.bars("step", "在办事项在哪个环节", told, drawn),
        ("在办", "今天到期", "逾期"), rows,
        (Key("late", "逾期"), Key("today", "今天到期"), Key("plain", "期限内")), "" if rows else "现在没有在办事项。",
    )  # fmt: skip


def _bar(name: str, paces: dict[str, int]) -> Bar:
    parts = (Part("late", paces["late"]), Part("today", paces["today"]), Part("plain", paces["later"]))
    return Bar(name, parts, f"（逾期 {paces['late']}）" if paces["late"] else "")


def _by_age(figures: Figures, links: Links) -> Chart:
    ages = [figures.total.ages[age] for age in range(len(AGE_DAYS) + 1)]
    drawn = [Bar(name, (Part(kind, number),)) for name, kind, number in zip(AGES, OLD, ages, strict=True)]
    rows = tuple(
        FigureLine(name, (_number(links, figures, "open", number, age=age),))
        for age, (name, number) in enumerate(zip(AGES, ages, strict=True))
    )
    old = sum(ages[3:])
    told = f"共 {sum(ages)} 件在办，从申请提交算起超过 60 天的 {old} 件，其中超过半年的 {ages[-1]} 件。"
    title = "在办事项有多久"
    return Chart("age", title, charts.columns("age", title, told, drawn), ("在办",), rows,
                 empty="" if any(ages) else "现在没有在办事项。")  # fmt: skip


def _by_week(figures: Figures, world: World, links: Links) -> Chart:
    period, line = figures.period, figures.total
    weeks = period.weeks
    drawn = [Week(f"{week.first.month}/{week.first.day}", line.came[n], line.went[n]) for n, week in enumerate(weeks)]
    freezes, windows = (named(world, figures.office, period) for named in (seasons.freezes, seasons.windows))
    bands = [
        *(_band("freeze", first, last, period) for first, last in freezes),
        *(_band("window", first, last, period) for first, last in windows),
    ]
    flows = (("came", line.came), ("went", line.went))
    rows = tuple(
        FigureLine(
            f"{day(week.first)}至{day(week.last)}",
            tuple(_number(links, figures, of, flow[n], week=n) for of, flow in flows),
            note="暂停受理" if any(first <= week.last and week.first <= last for first, last in freezes) else "",
        )
        for n, week in enumerate(weeks)
    )
    told = f"所选时段新到 {line.came.total()} 件，办结或撤销 {line.went.total()} 件。"
    keys = [Key("plain", "新到"), Key("went", "办结（含撤销）")]
    keys += [Key("window", "受理时段")] if windows else []
    keys += [Key("freeze", "暂停受理")] if freezes else []
    title = "每周新到与办结"
    return Chart("week", title, charts.mirror("week", title, told, drawn, bands), ("新到", "办结"), rows, tuple(keys),
                 "" if line.came or line.went else "所选时段没有新到和办结。")  # fmt: skip


def _band(kind: str, first: dt.date, last: dt.date, period: Period) -> Band:
    """Return a span on the axis, which reaches from the Monday of the first week to the end of the last one."""
    days = len(period.weeks) * 7
    start, end = ((one - period.monday).days for one in (first, last))
    return Band(kind, start / days, (end + 1) / days)


def _number(links: Links, figures: Figures, of: str, value: int, **narrowed: Any) -> Figure:
    return Figure(f"{value:,}", links.behind(figures.office, of, **narrowed) if value else "")
