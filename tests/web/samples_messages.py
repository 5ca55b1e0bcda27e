"""The pages about messages: the list of notices and how one wants to be told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.web.sample_facts import AT, LONG_NAME, LONG_SCHOOL, TODAY
from web.admin.mail_texts import _field
from web.mail import shipped, worded
from web.mail_samples import placeholders, sample
from web.pages.messages import MailTextRow, MailTextsPage, MessageSettingsPage, NoticeRow, NoticesPage
from web.present.notices import fields
from web.views import DaysLeft, Empty, Fact, FieldError, Form, Pager, Tab, refused
from workflow import wording
from workflow.message_choices import Wishes

WISHES = Wishes("lin@example.cn", minute=8 * 60)


def tabs(active: str) -> tuple[Tab, ...]:
    return tuple(Tab(word, "#", word == active, 5 if word == "未读" else None) for word in ("未读", "全部"))


NEW = NoticeRow(
    41, "新任务", "沈*", AT, "", "ZX2025-2199000101-0007", "转学", True,
    DaysLeft("soon", "还剩 4 个工作日", TODAY + dt.timedelta(days=4)), "#",
)  # fmt: skip
ROWS = (
    NEW,
    replace(NEW, number=40, word="已逾期", about="古丽娜尔·*", left=DaysLeft("overdue", "已逾期 2 个工作日", TODAY)),
    replace(NEW, number=39, word="已有结果", about=f"{LONG_NAME[0]}*", note="不同意：没有空余学位", left=None),
    replace(NEW, number=38, word="证明已生成", note="转学证明 转证〔2025〕990101-0031", left=None),
    replace(
        NEW, number=37, word="导入已完成", about=LONG_SCHOOL, kind="学生导入", case_no="", left=None,
        note="导入 488 行，退回 12 行",
    ),
    replace(NEW, number=36, word="即将到期", unread=False, note="已办理", left=None),
    replace(NEW, number=35, word="请督办", unread=False, left=DaysLeft("overdue", "已逾期 3 个工作日", TODAY)),
)  # fmt: skip

WORDS = {**shipped("case_returned"), "asked": "按退回意见补正；要问的请打 15400001111。"}


def mail_texts(words: Mapping[str, str], *errors: FieldError, may: bool = True, versions: int = 2) -> MailTextsPage:
    """The page with one mail opened."""
    fields = tuple(_field(name, words[name]) for name in wording.LIMITS)
    rows = tuple(
        MailTextRow(title, "#", 2 if n == 1 else 0, "林知夏", AT, n == 1)
        for n, title in enumerate(("新任务", "被退回", "已有结果", "即将到期", "已逾期", "汇总（一封里几件事）"))
    )
    return MailTextsPage(
        rows,
        "被退回",
        "#",
        refused(Form(fields, button="保存为新一版"), errors),
        "case_returned",
        2,
        may,
        not versions,
        tuple(Fact(f"{{{name}}}", value) for name, value in placeholders("case_returned").items()),
        worded("case_returned", sample("case_returned"), "王老师", WORDS),
        tuple(Fact(f"第 {n} 版", "林知夏", "2025年9月8日 14:20") for n in range(versions, 0, -1)),
    )


SAMPLES: dict[str, tuple[str, Any, str]] = {
    "notices": ("notices/list.html", NoticesPage(tabs("全部"), ROWS, 41, 5, Pager("#")), ""),
    "notices-empty": (
        "notices/list.html",
        NoticesPage(tabs("未读"), empty=Empty("没有未读的通知", "新任务、提醒和办理结果会出现在这里。")),
        "",
    ),
    "mail-texts": ("admin/mail_texts.html", mail_texts(WORDS), "邮件用语"),
    "mail-texts-refused": (
        "admin/mail_texts.html",
        mail_texts(
            {**WORDS, "subject": "请补正：{姓名}", "note": "见 www.example.com" * 10},
            FieldError("没有“姓名”这个占位符，可用的有：学生、事项、事项编号", "subject"),
            FieldError("不能写网址或邮箱：邮件里只有一个打开本系统的按钮", "note"),
        ),
        "邮件用语",
    ),
    "mail-texts-reader": ("admin/mail_texts.html", mail_texts(WORDS, may=False, versions=0), "邮件用语"),
    "mail-texts-none": (
        "admin/mail_texts.html",
        MailTextsPage(tuple(MailTextRow(title, "#") for title in ("新任务", "被退回", "已有结果"))),
        "邮件用语",
    ),
    "message-settings": (
        "notices/settings.html",
        MessageSettingsPage(Form(fields(WISHES, offers_chat=True)), (Fact("邮箱", "l***@example.cn"),)),
        "",
    ),
    "message-settings-refused": (
        "notices/settings.html",
        MessageSettingsPage(
            refused(
                Form(fields(WISHES, {"minute": "3", "tasks": ""})),
                (FieldError("请从列出的时间中选择", "minute"), FieldError("请选择“新任务”的方式", "tasks")),
            ),
            (Fact("邮箱", "l***@example.cn"),),
            "发往这个邮箱的邮件被退回，现在不再向它发信。请联系管理员更正邮箱。",
        ),
        "",
    ),
}
