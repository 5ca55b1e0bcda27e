"""Bulk decisions in their states: a list with doubtful and barred lines, lines with faults, an order and its end."""

from __future__ import annotations

from tests.web.sample_facts import AT, LONG_NAME, chip, inbox_row
from web.pages.bulk import BulkHandOnPage, BulkLine, BulkListPage, BulkOrderPage, BulkOther, BulkOthersPage, BulkResult
from web.views import Empty, Field, FieldError, Form, Option

CHOICES = (Option("", "全部"), Option("late", "已逾期"))
FILTERS = Form(
    tuple(Field(name, word, "select", options=CHOICES, required=True)
          for name, word in (("phase", "环节"), ("school", "学校"), ("due", "期限"), ("verdict", "核对结果"))),
    button="筛选",
)  # fmt: skip
DOUBTS = ("转入班级 46 人，超过标准班额 45 人", "缺少材料：居住证明、居住证、工作调动证明（任选其一）")
CLEAR = BulkLine(inbox_row("周*", chip("today", "今天到期", 0)), "ZX1:1", clear=True, ticked=True)
DOUBTFUL = BulkLine(inbox_row(LONG_NAME, chip("overdue", "已逾期 2 个工作日", -2)), "ZX2:1", clear=False, doubts=DOUBTS)
BARRED = BulkLine(
    inbox_row("吴*", chip("later", "还剩 8 个工作日", 12)), "ZX3:1", clear=False, barred=True,
    doubts=("您已在本事项的前一环节核办过，须由他人办理",),
)  # fmt: skip
CAUSES = (Option("", "（不同意时选择）"),)
NOTHING = Empty("没有符合条件的事项", "换一个条件，或看全部。", "#", "看全部")
ANSWER = (
    Field("do.ZX2", "怎样办理", "select", "refuse", options=(Option("refuse", "不同意"),), required=True),
    Field("cause.ZX2", "不同意的理由", "select", error="请填写这一项", required=True, options=CAUSES),
    Field("comment.ZX2", "意见", "textarea", "本年级已满。" * 20, rows=2, required=True, maxlength=2000),
)  # fmt: skip
ONLY_ON = BulkLine(
    inbox_row("郑*", chip("later", "还剩 8 个工作日", 12)), "ZX4:1", clear=False, only_on=True,
    doubts=("您已在本事项的前一环节核办过，须由他人办理",),
)  # fmt: skip
STAYS = BulkLine(
    inbox_row("冯*", chip("soon", "还剩 3 个工作日", 3)), "ZX5:1", clear=False, barred=True,
    doubts=("同岗位没有可以接手的其他人员",),
)  # fmt: skip
LONG = BulkLine(inbox_row(LONG_NAME, chip("overdue", "已逾期 2 个工作日", -2)), "ZX6:1", clear=True)
RECEIVERS = (Option("", "请选择"), Option("x", "林知夏"), Option("y", LONG_NAME, "可接手 1 件"))
RECEIVER = (
    Field("person", "转给谁", "select", error="请填写这一项", options=RECEIVERS, required=True),
    Field("comment", "转办的缘由", "textarea", "出差三天。" * 20, rows=2, maxlength=2000),
)
HELD = (BulkResult("ZX2026-2199000101-0004", "#", "没有办理", DOUBTS),)

LISTED = (DOUBTFUL, CLEAR, ONLY_ON, BARRED)
SAMPLES = {
    "bulk": ("bulk/choose.html", BulkListPage(FILTERS, LISTED, clear=1, held=3, hands_on=True), "inbox"),
    "bulk-empty": (
        "bulk/choose.html",
        BulkListPage(FILTERS, (), clear=0, held=0, empty=NOTHING),
        "inbox",
    ),
    "bulk-others": (
        "bulk/others.html",
        BulkOthersPage((BulkOther(DOUBTFUL, ANSWER),), gone=1, errors=(FieldError("ZX2：请填写这一项", "cause.ZX2"),)),
        "inbox",
    ),
    "bulk-hand-on": (
        "bulk/hand_on.html",
        BulkHandOnPage(
            (STAYS, CLEAR, LONG), 2, Form(RECEIVER, (FieldError("请填写这一项", "person"),), button="转办 2 件"), 1
        ),
        "inbox",
    ),
    "bulk-handed-on": (
        "bulk/show.html",
        BulkOrderPage("x", "waiting", "将转办 37 件给林知夏", 37, AT, 8, held=HELD),
        "inbox",
    ),
    "bulk-waiting": ("bulk/show.html", BulkOrderPage("x", "waiting", "将办理 37 件", 37, AT, 8, held=HELD), "inbox"),
    "bulk-running": (
        "bulk/show.html",
        BulkOrderPage("x", "waiting", "将办理 118 件", 118, AT, gone_through=50, held=HELD),
        "inbox",
    ),
    "bulk-done": (
        "bulk/show.html",
        BulkOrderPage("x", "done", "已办理 1 件", 1, AT, decided=(BulkResult("ZX1", "#", "同意"),), held=HELD),
        "inbox",
    ),
}
