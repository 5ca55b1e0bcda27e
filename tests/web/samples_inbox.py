"""The inbox limited: many kept filters with long names, a name that is taken, a kept filter, and nothing left."""

from __future__ import annotations

from tests.web.sample_facts import LONG_NAME, LONG_SCHOOL, chip, inbox_row
from web.pages.inbox import InboxGroup, InboxPage, Keeping, KeptFilter
from web.views import Empty, Field, Form, Option, Pager, Tab

TABS = tuple(Tab(word, "#", word == "待办", 12 if word == "待办" else None) for word in ("待办", "已办", "抄送"))
STEPS = (Option("", "全部"), Option("receiving_school", "转入学校核办"))
TERMS = (Option("", "全部"), Option("week", "本周内（含逾期）"))


def filters(school: str, error: str = "") -> Form:
    return Form(
        (
            Field("process", "事项", "select", "transfer", options=(Option("transfer", "转学"),), required=True),
            Field("phase", "环节", "select", "receiving_school", options=STEPS, required=True),
            Field("due", "期限", "select", "week", options=TERMS, required=True),
            Field("school", "学校或单位", "search", school, error=error, options=(Option(LONG_SCHOOL, ""),)),
        ),
        button="筛选",
    )


def kept(active: str) -> tuple[KeptFilter, ...]:
    names = ("全部", "已逾期", "长" * 20, *(f"第 {number} 片学校本周要办" for number in range(1, 11)))
    return tuple(KeptFilter(name, "#", name == active, "" if name == "全部" else "1000+") for name in names)


def keeping(typed: str, error: str = "", *, own: bool = False) -> Keeping:
    name = Field("name", "名称", value=typed, error=error, required=True, maxlength=20)
    return Keeping(Form((name,), button="改名" if own else "保存"), "#", "#" if own else "", opened=bool(error))


ROWS = (
    inbox_row("沈*", chip("overdue", "逾期 3 个工作日", -5), button="核办"),
    inbox_row(LONG_NAME, chip("overdue", "逾期 1 个工作日", -1), button="核办", origin=LONG_SCHOOL),
)
LATE = InboxGroup("late", "已逾期", 2, ROWS, of_page=True)
LIMITED = f"转学 · 转入学校核办 · 本周内（含逾期） · 涉及{LONG_SCHOOL}"

SAMPLES = {
    "inbox-limited": (
        "inbox/show.html",
        InboxPage(TABS, (LATE,), Pager(next_url="#"), narrowed=LIMITED, filters=filters(LONG_SCHOOL), clear_url="#",
                  kept=kept(""), keeping=keeping("已逾期", "已有同名的常用筛选，请换一个名称"), opened=True),
        "待办",
    ),
    "inbox-kept": (
        "inbox/show.html",
        InboxPage(TABS, (LATE,), narrowed="已逾期", filters=filters(""), clear_url="#", kept=kept("已逾期"),
                  keeping=keeping("已逾期", own=True)),
        "待办",
    ),
    "inbox-limited-empty": (
        "inbox/show.html",
        InboxPage(TABS, empty=Empty("没有符合条件的待办事项", f"筛选条件：{LIMITED}。", "#", "看全部"), opened=True,
                  narrowed=LIMITED, filters=filters(LONG_SCHOOL), clear_url="#", keeping=keeping("")),
        "待办",
    ),
    "inbox-unknown-school": (
        "inbox/show.html",
        InboxPage(TABS, empty=Empty("还没有筛选", "请先改正筛选条件。", "#", "看全部"), clear_url="#", opened=True,
                  filters=filters("小学", "有 5 个单位符合，请写全称或标识码")),
        "待办",
    ),
}  # fmt: skip
