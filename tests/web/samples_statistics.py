"""Figures in their states: a busy office with charts, medians by step, an empty one, days typed wrong, lists."""

from __future__ import annotations

from typing import Any

from tests.web.sample_facts import LONG_SCHOOL, chip
from web import charts
from web.charts import Band, Bar, Part, Week
from web.pages.statistics import (
    BulletinPage,
    BulletinRow,
    BulletinsPage,
    Chart,
    Figure,
    FigureLine,
    FigureTable,
    Key,
    Linked,
    ListedQuestion,
    ListedRecord,
    ListPage,
    RecordsPage,
    StatisticsPage,
)
from web.views import Empty, Field, FieldError, Form, Option, Pager, Tab, refused

TABS = tuple(Tab(word, "#", word == "概况") for word in ("概况", "用时", "退回", "问题学籍"))
CHOICES = (Option("month", "本月"), Option("free", "自选"))
PERIODS = Form(
    (
        Field("period", "时段", "select", "free", options=CHOICES, required=True),
        Field("from", "起（自选时填）", "date", "2025-09-01", required=True, width="short"),
        Field("to", "止", "date", "2025-11-12", required=True, width="short"),
    ),
    button="查看",
)
WRONG = refused(PERIODS, (FieldError("止期不能晚于今天", "to"),))
HEADS = ("在办", "今天到期", "逾期", "新到", "办结", "按期", "期末逾期", "按期率", "用时中位数", "退回", "不同意")
BUSY = ("12,345", "67", "1,234", "98,765", "87,654", "80,123", "1,234", "90.1%", "4.5", "3,210", "456")
QUIET = tuple(FigureLine(f"栖云区第{n}小学", (), url="#") for n in range(1, 40))


def number(value: str, tone: str = "") -> Figure:
    if value == "90.1%":
        return Figure(value, "#", note="80,123/88,888")
    return Figure(value, "" if value == "0" else "#", tone)


def line(name: str, kind: str = "below", values: tuple[str, ...] = BUSY) -> FigureLine:
    tones = ("", "amber", "red", "", "", "", "red")
    told = tuple(number(value, tones[n] if n < len(tones) else "") for n, value in enumerate(values))
    return FigureLine(name, told, kind, "" if kind != "below" else "#", "已撤并" if name == LONG_SCHOOL else "")


OFFICES = FigureTable(
    "各单位", HEADS, (line("合计", "total"), line("本级", "own"), line("栖云区青松小学"), line(LONG_SCHOOL)),
    groups=(("现在", 3), ("所选时段", 8)), quiet=QUIET, notes=("一件事项同时问几个单位的，各计一件。",),
)  # fmt: skip
STEPS = ("转学：转入学校核办", "转学：等待学生报到", "问题学籍：各校答复")
BARS = [
    Bar(step, (Part("late", 12), Part("today", 3), Part("plain", 40 - 11 * n)), "（逾期 12）")
    for n, step in enumerate(STEPS)
]
OLD = (("10天内", "plain", 43), ("11—30天", "plain", 88), ("61—180天", "today", 7), ("超过半年", "late", 1))
AGES = [Bar(name, (Part(kind, count),)) for name, kind, count in OLD]
WEEKS = [Week(f"{n % 12 + 1}/{n + 1}", 40 + n * 7 % 50, n * 11 % 80) for n in range(24)]
TOLD = ("新到", "办结")
ROWS = tuple(FigureLine(f"9月{n}日至9月{n + 6}日", (Figure("40", "#"), Figure("0")), note="暂停受理") for n in (1, 8))
CHARTS = (
    Chart("step", "在办事项在哪个环节", charts.bars("step", "在办", "共 120 件", BARS), TOLD, ROWS,
          (Key("late", "逾期"), Key("today", "今天到期"), Key("plain", "期限内"))),
    Chart("age", "在办事项有多久", charts.columns("age", "多久", "共 139 件", AGES), TOLD, ROWS),
    Chart("week", "每周新到与办结", charts.mirror("week", "每周", "新到 900 件", WEEKS,
                                              [Band("freeze", 0.2, 0.3), Band("window", 0, 0.1)]), TOLD, ROWS,
          (Key("plain", "新到"), Key("went", "办结（含撤销）"), Key("window", "受理时段"), Key("freeze", "暂停受理"))),
)  # fmt: skip
SUMS = tuple((number(value), word) for value, word in zip(BUSY, HEADS, strict=True))[:6]
MEDIANS = FigureTable("各环节用时", ("转入学校核办", "转入方主管部门核办", "补正申请"), (
    FigureLine("合计", (Figure("3.5", note="1,234", note_url="#"), Figure("12", note="9", note_url="#"), Figure("—"))),
), notes=("中位数，单位是工作日。",))  # fmt: skip
ABOVE = (("岚川省教育厅", "#"), ("朗星市教育局", "#"))
PAGE: dict[str, Any] = {"title": "栖云区教育局", "office": "990101", "crumbs": ABOVE, "tabs": TABS}
NOTHING = Empty("这段时间没有任何事项", "现在没有在办事项。")
DAYS = "2025年9月1日至2025年11月12日"
ROW = ListedQuestion("#", "ZX2025-2199000001-0001", "沈*", "转学：转入方主管部门核办", LONG_SCHOOL, "9月1日 09:00",
                     chip("overdue", "已逾期 26 个工作日", -26))  # fmt: skip
MOVED = ListedQuestion("", "不列出", "", "", "现不归您的单位管理", "", None)
ENDED = ListedQuestion("#", "WT2025-990000-0001", "", "问题学籍：各校答复", "禾苑县望岳小学", "9月1日 09:00",
                       chip("done", "期限内", 0), "9月3日 10:12 答复：佐证属实，2 个工作日")  # fmt: skip
SECOND = "学籍通报〔2025〕2号（第 2 版）"
TITLE = "关于2025年10月学籍业务办理情况的通报"
TEXT = (
    Linked("一、总体情况", (("10月新到", ""), ("103", "#"), ("件，办结", ""), ("64", "#"),
                           ("件，其中按期办结", ""), ("33", "#"), ("件。按期率37.5%（按期33件，应办88件）。", ""))),
    Linked("二、逾期未办", (("截至2025年10月31日，逾期未办", ""), ("24", "#"),
                           (f"件，比上月增加7件。涉及{LONG_SCHOOL}13件。", ""))),
)
WIDE = tuple(f"逾期{n}个工作日以上" for n in range(13))
TABLE = FigureTable("各单位情况", WIDE, (
    FigureLine("合计", tuple(Figure("1,234", "#") for _ in WIDE), "total"),
    FigureLine(LONG_SCHOOL, tuple(Figure("—") for _ in WIDE)),
), notes=("一件事项同时问几个单位的，各计一件。",))  # fmt: skip
CHANGES = FigureTable("与上一版的不同", ("数字", "第 1 版", "本版"), (
    FigureLine("合计", (Figure("按期办结"), Figure("33"), Figure("30", "#"))),
))  # fmt: skip
REASON = Field("reason", "重新出具的原因", required=True, width="full", maxlength=200)
ISSUE = refused(
    Form((REASON,), key="k" * 20, button="出具第 2 版"),
    (FieldError("请写明重新出具的原因", "reason"),),
)

SAMPLES = {
    "bulletins": (
        "bulletins/index.html",
        BulletinsPage("朗星市教育局", ABOVE[:1], "#", (
            BulletinRow("2025年10月", "学籍通报〔2025〕2号（第 2 版）", "#", "2025年11月12日 10:30", "#"),
            BulletinRow("2025年9月", "", "", "", "#"),
        ), (("栖云区教育局", "#"), ("禾苑县教育局", "#")), may_issue=True),
        "统计",
    ),
    "bulletin": (
        "bulletins/show.html",
        BulletinPage(TITLE, "朗星市教育局", SECOND, "2025年11月12日 10:30 出具，数字不再变动", "#",
                     TEXT, TABLE, CHANGES, "补录了调档日期" * 12, True, TABS[:2], "#", "#", "#",
                     unlisted="出具这一版时还没有保存数字背后的名单，数字点不开。"),
        "统计",
    ),
    "bulletin-draft": (
        "bulletins/show.html",
        BulletinPage(TITLE, "朗星市教育局", SECOND, "按现在的记录重新统计", "#", TEXT, TABLE, CHANGES,
                     is_draft=True, form=ISSUE, back_url="#"),
        "统计",
    ),
    "statistics": (
        "statistics/show.html",
        StatisticsPage(**PAGE, tab="", periods=PERIODS, period=DAYS, sums=SUMS, charts=CHARTS, tables=(OFFICES,)),
        "统计",
    ),
    "statistics-days": (
        "statistics/show.html",
        StatisticsPage(**PAGE, tab="days", periods=WRONG, period=DAYS, choices=TABS[:2], tables=(MEDIANS,)),
        "统计",
    ),
    "statistics-empty": (
        "statistics/show.html",
        StatisticsPage(**PAGE, tab="", periods=PERIODS, period=DAYS, empty=NOTHING),
        "统计",
    ),
    "statistics-list": (
        "statistics/list.html",
        ListPage("栖云区教育局：逾期", "共 1,312 件，每页 25 件；转学：转入学校核办；超过半年", "#", (ROW, ENDED),
                 Pager("#", "#")),
        "统计",
    ),
    "bulletin-list": (
        "statistics/list.html",
        ListPage("栖云区教育局：2025年10月应办", "共 1,312 件；2025年11月12日出具时的名单，期限和办理是现在的情况",
                 "#", (ROW, ENDED, MOVED), Pager("#", "#", "第 26—50，共 1,312"), back=SECOND),
        "统计",
    ),
    "statistics-records": (
        "statistics/records.html",
        RecordsPage("栖云区教育局：未结的问题学籍", "共 31 条，每页 25 条；身份证件号重复；30 天以上", "#",
                    (ListedRecord("#", "WT2025-990000-0001", "身份证件号重复", LONG_SCHOOL, "各校答复", "9月1日"),)),
        "统计",
    ),
}  # fmt: skip
