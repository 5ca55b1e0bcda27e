"""The pages of figures: tables of offices, numbers that open their lists, three charts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import url_for

from web.formats import full_day
from web.pages.statistics import Figure, FigureLine, FigureTable, StatisticsPage
from web.present import steps
from web.present.statistics_charts import charts_of
from web.present.statistics_links import Links
from web.present.words import RECORD_AGES, RECORD_KINDS
from web.views import Empty, Field, FieldError, Form, Option, Tab, refused
from workflow.statistics import places
from workflow.statistics.counting import Caused
from workflow.statistics.figures import Figures, Line
from workflow.statistics.listing import NOTHING_TICKED
from workflow.statistics.period import KEYS, Period
from workflow.step import Actor
from workflow.world import Office, World

TABS = {"": "概况", "days": "用时", "causes": "退回", "records": "问题学籍"}
NONE = "—"


@dataclass(frozen=True)
class Place:
    """A line of a table while it is drawn: whose it is, and whether it is the office's own desk alone."""

    office: Office
    line: Line
    links: Links
    own: bool = False

    def number(self, of: str, value: int, tone: str = "", **narrowed: Any) -> Figure:
        """Return a number that opens its list; nothing stands behind a zero."""
        if not value:
            return Figure("0")
        return Figure(f"{value:,}", self.links.behind(self.office, of, own=self.own, **narrowed), tone)

    def share(self) -> Figure:
        """Return the part decided in time; it opens what was to be decided."""
        line = self.line
        if line.share is None:
            return Figure(NONE)
        owed = self.links.behind(self.office, "owed", own=self.own)
        return Figure(f"{line.share:.1%}", owed, note=f"{line.in_time:,}/{line.owed:,}")

    def median(self) -> Figure:
        """Return the median of days; it opens the answers that it is the middle of."""
        median = self.line.median()
        answers = self.links.behind(self.office, "answers", own=self.own)
        return Figure(said_days(median), "" if median is None else answers)


Cells = Callable[[Place], tuple[Figure, ...]]


def page(figures: Figures, world: World, actor: Actor, tab: str, process: str, form: Form) -> StatisticsPage:
    """Return one tab of the figures of an office."""
    links = Links(figures.period)
    total = Place(figures.office, figures.total, links)
    draw = {"": _overview, "days": _days, "causes": _causes, "records": _records}[tab]
    found = {} if figures.total.empty else draw(figures, links, total, process)
    if found and not tab:
        found |= {"sums": _sums(total), "charts": charts_of(figures, world, links)}
    return StatisticsPage(
        title=figures.office.name,
        office=figures.office.code,
        tab=tab,
        crumbs=_crumbs(world, actor, figures.office, links, tab),
        tabs=_tabs(figures.office, links, tab),
        periods=form,
        homes=_homes(world, actor, figures.office, links, tab),
        period="现在" if tab == "records" else _said(figures.period),
        empty=None if found else _empty(figures),
        **found,
    )


def _tabs(office: Office, links: Links, tab: str) -> tuple[Tab, ...]:
    """Return the tabs; a department's bulletins are pages of their own."""
    found = [Tab(word, links.page(office, key), key == tab) for key, word in TABS.items()]
    if not office.is_school:
        found.append(Tab("通报", url_for("bulletins.index", org=office.code)))
    return tuple(found)


def period_form(key: str, first: str, last: str, errors: tuple[FieldError, ...] = ()) -> Form:
    """Return the choice of the period as it was typed."""
    options = tuple(Option(code, word) for code, word in KEYS.items())
    fields = (
        Field("period", "时段", "select", key or "month", options=options, required=True),
        Field("from", "起（自选时填）", "date", first, required=True, width="short"),
        Field("to", "止", "date", last, required=True, width="short"),
    )
    return refused(Form(fields, button="查看"), errors)


def _said(period: Period) -> str:
    first, last = period.first, period.last
    days = full_day(first) if first == last else f"{full_day(first)}至{full_day(last)}"
    return days if period.key == "free" else f"{KEYS[period.key]}（{days}）"


def _crumbs(world: World, actor: Actor, office: Office, links: Links, tab: str) -> tuple[tuple[str, str], ...]:
    """Return the way from the highest office whose figures the viewer reads down to this one."""
    above = [one for one in world.upwards(office) if one is not office and places.may_see(actor, world, one)]
    return tuple((one.name, links.page(one, tab)) for one in reversed(above))


def _homes(world: World, actor: Actor, office: Office, links: Links, tab: str) -> tuple[Tab, ...]:
    tops, chain = places.homes(actor, world), {one.id for one in world.upwards(office)}
    return tuple(Tab(one.name, links.page(one, tab), one.id in chain) for one in tops) if len(tops) > 1 else ()


def _empty(figures: Figures) -> Empty:
    return Empty("这段时间没有任何事项", f"{figures.office.name}及所属单位现在没有在办事项，所选时段也没有新到或办结。")


# ---- the tabs --------------------------------------------------------------------------------------------------------


def _sums(total: Place) -> tuple[tuple[Figure, str], ...]:
    line = total.line
    return (
        (total.number("open", line.open), "在办"),
        (total.number("today", line.today, "amber"), "今天到期"),
        (total.number("late", line.late, "red"), "逾期"),
        (total.number("done", line.done), "本期办结"),
        (total.share(), "按期率"),
        (total.median(), "用时中位数（工作日）"),
    )


def _overview(figures: Figures, links: Links, total: Place, _process: str) -> dict[str, Any]:
    heads = ("在办", "今天到期", "逾期", "新到", "办结", "按期", "期末逾期", "按期率", "用时中位数", "退回", "不同意")

    def cells(place: Place) -> tuple[Figure, ...]:
        line = place.line
        return (
            place.number("open", line.open),
            place.number("today", line.today, "amber"),
            place.number("late", line.late, "red"),
            place.number("came", line.came.total()),
            place.number("done", line.done),
            place.number("in_time", line.in_time),
            place.number("late_then", line.late_then, "red"),
            place.share(),
            place.median(),
            place.number("returned", line.ends["returned"]),
            place.number("refused", line.ends["refused"]),
        )

    notes = (
        "在办、今天到期、逾期是现在的数，其余是所选时段的数。一件事项同时问几个单位或几个人的，各计一件；草稿、抄送、征求意见和加签不计。",
        "按期率＝按期办结 ÷（办结＋期末逾期）；办结包括退回、不同意和系统代为认定的逾期未答复。",
        "按期率点开是应办的事项；用时中位数点开是各次答复，每次用了几天。",
        "用时从收到的第二天起算，按各单位的工作日历，扣除停止计时的日子。",
    )
    table = _table("各单位", heads, figures, links, cells, notes, (("现在", 3), ("所选时段", 8)))
    return {"tables": (table,)}


def _days(figures: Figures, links: Links, total: Place, process: str) -> dict[str, Any]:
    found = sorted(figures.total.days, key=steps.order)
    processes = list(dict.fromkeys(steps.process_of(step) for step in found))
    if not processes:
        return {"tables": (FigureTable("各环节用时", (), (), notes=("所选时段没有办结的事项。",)),)}
    chosen = process if process in processes else processes[0]
    shown = [step for step in found if steps.process_of(step) == chosen]

    def cells(place: Place) -> tuple[Figure, ...]:
        return tuple(_median(place, step) for step in shown)

    notes = ("中位数，单位是工作日；括号里是办结的件数，点开看是哪些事项。当天办结计 0。",)
    choices = tuple(
        Tab(steps.process_word(one), links.page(figures.office, "days", process=one), one == chosen)
        for one in processes
    )
    heads = tuple(steps.word(step) for step in shown)
    return {"tables": (_table("各环节用时", heads, figures, links, cells, notes),), "choices": choices}


def _median(place: Place, step: str) -> Figure:
    line, answers = place.line, place.line.answers(step)
    if not answers:
        return Figure(NONE)
    behind = place.links.behind(place.office, "answers", own=place.own, step=step)
    return Figure(said_days(line.median(step)), note=f"{answers:,}", note_url=behind)


def _causes(figures: Figures, links: Links, total: Place, _process: str) -> dict[str, Any]:
    def cells(place: Place) -> tuple[Figure, ...]:
        line = place.line
        sent_back = line.ends["returned"] + line.ends["refused"]
        answered = sent_back + line.ends["answered"]
        part = Figure(NONE)
        if answered:
            every = place.links.behind(place.office, "answers", own=place.own)
            part = Figure(f"{sent_back / answered:.1%}", every, note=f"{sent_back:,}/{answered:,}")
        return (place.number("returned", line.ends["returned"]), place.number("refused", line.ends["refused"]), part)

    tables = tuple(
        FigureTable(caption, ("次数",), tuple(_cause(total, how, one) for one in figures.causes if one.how == how),
                    first="原因", notes=notes)
        for how, caption, notes in (
            ("returned", "为什么退回", ("一次退回勾选几项的，各计一次。由办理单位勾选；只写在意见里的列为未勾选。",)),
            ("refused", "为什么不同意", ()),
        )
        if any(one.how == how for one in figures.causes)
    )  # fmt: skip
    table = _table("各单位退回和不同意", ("退回", "不同意", "占答复的比例"), figures, links, cells)
    return {"tables": (*tables, table)}


def _cause(total: Place, how: str, one: Caused) -> FigureLine:
    number = total.number(how, one.number, cause=one.cause or NOTHING_TICKED)
    return FigureLine(one.cause or "未勾选", (number,))


def _records(figures: Figures, links: Links, total: Place, _process: str) -> dict[str, Any]:
    def cells(place: Place) -> tuple[Figure, ...]:
        return _by_age(place, "")

    kinds = tuple(
        FigureLine(word, _by_age(total, kind)) for kind, word in RECORD_KINDS.items() if _count(total.line, kind)
    )
    heads = ("合计", *RECORD_AGES)
    notes = ("按记录计：一件问题涉及几所学校的几条记录，各计一条。年龄从立案算起，按自然日。",)
    by_kind = (FigureTable("按类别", heads, kinds, first="类别"),) if kinds else ()
    return {"tables": (*by_kind, _table("按单位", heads, figures, links, cells, notes))}


def _by_age(place: Place, kind: str) -> tuple[Figure, ...]:
    counts = [_count(place.line, kind, age) for age in range(len(RECORD_AGES))]
    tones = ("", "", "red")
    return (
        place.number("records", sum(counts), kind=kind),
        *(place.number("records", count, tones[age], kind=kind, age=age) for age, count in enumerate(counts)),
    )


def _count(line: Line, kind: str, age: int | None = None) -> int:
    return sum(n for (one, old), n in line.records.items() if kind in ("", one) and age in (None, old))


# ---- parts -----------------------------------------------------------------------------------------------------------


def _table(
    caption: str,
    heads: tuple[str, ...],
    figures: Figures,
    links: Links,
    cells: Cells,
    notes: tuple[str, ...] = (),
    groups: tuple[tuple[str, int], ...] = (),
) -> FigureTable:
    """Return a table with the sum on top, then the office's own desk, then every office directly below it."""
    office, below = figures.office, figures.below
    lines = [FigureLine("合计" if below else office.name, cells(Place(office, figures.total, links)), "total")]
    if below:
        lines.append(FigureLine("本级", cells(Place(office, figures.own, links, own=True)), "own"))
    shown = [(child, line) for child, line in below if not line.empty]
    lines += [_line(child, line, links, cells) for child, line in shown]
    quiet = tuple(FigureLine(child.name, (), url=links.page(child)) for child, line in below if line.empty)
    return FigureTable(caption, heads, tuple(lines), groups, quiet=quiet, notes=notes)


def _line(child: Office, line: Line, links: Links, cells: Cells) -> FigureLine:
    note = "已撤并" if child.closed_on else ""
    return FigureLine(child.name, cells(Place(child, line, links)), url=links.page(child), note=note)


def said_days(days: float | None) -> str:
    """Return a median in words: whole where it is whole."""
    return NONE if days is None else f"{days:.0f}" if days == int(days) else f"{days:.1f}"
