"""Several matters in one mail: parted by what they ask, the most urgent first, and within a part by days left."""

import datetime as dt
from typing import NamedTuple

from web.mail_facts import Matter, Section
from workflow.days_left import Kind


class _Kind(NamedTuple):
    """A heading that counts well, what is asked, and its look."""

    title: str
    asked: str
    tone: str = "plain"
    is_task: bool = True


KINDS: dict[str, _Kind] = {
    "overdue": _Kind("已逾期", "请尽快办理，或督促经办人办理。", "late"),
    "supervise": _Kind("请督办", "请向办理单位了解情况，督促办理；仍由原单位作出决定。", "late"),
    "decide_instead": _Kind("可以代为决定", "请核对材料后代为决定，或督促原单位办理；先办的算数。", "late"),
    "bulletin_candidate": _Kind("拟列入通报", "请核实没有办结的缘由，督促在通报前办结。", "late"),
    "arrival_missing": _Kind("到校未确认", "请核实学生现在在哪里上学，已到校的确认到校。", "late"),
    "post_vacant": _Kind("岗位无人", "请尽快安排人员。", "late"),
    "today": _Kind("今天到期", "请今天办结。", "near"),
    "tomorrow": _Kind("明天到期", "请在期限前办理。", "near"),
    "reminder": _Kind("即将到期", "请在期限前办理；材料不齐的，可以退回补正。"),
    "expiry_warning": _Kind("将自动终止", "请在到期前办结；到期的由系统自动终止，学籍保持不变。", "near"),
    "address_bounced": _Kind("邮箱失效", "请核对后更正账号里的邮箱。"),
    "case_returned": _Kind("被退回", "请补正后重新提交。"),
    "urged": _Kind("被催办", "请尽快办理。", "near"),
    "case_waiting": _Kind("新任务", "请登录后办理。"),
    "case_proposed": _Kind("待您确认", "请核实后确认，或不采纳。"),
    "rule_proposed": _Kind("规则待您确认", "请核对后确认，或写明理由驳回。"),
    "case_ruled": _Kind("裁定已生效", "请登录后查看；没有异议的，不需要办理。"),
    "draft_not_sent": _Kind("未能自动提交", "请按所列原因处理后，重新提交。", "near"),
    "draft_sent": _Kind("已自动提交", "供您知悉。", is_task=False),
    "consulted": _Kind("请提意见", "请登录后答复意见，供办理单位参考。"),
    "mentioned": _Kind("提到了您", "请登录后查看留言。"),
    "advised": _Kind("意见已答复", "请登录后查看，继续办理。"),
    "copied": _Kind("抄送", "供您知悉，不需要办理。", is_task=False),
    "case_decided": _Kind("已有结果", "供您知悉。", is_task=False),
    "taken_back": _Kind("已取回", "上一环节取回了决定，暂不需要办理。", is_task=False),
    "case_suspended": _Kind("已挂起", "暂不办理，停止计时。", is_task=False),
    "case_resumed": _Kind("已恢复", "接着计时，请照常办理。"),
    "proposal_answered": _Kind("提请已答复", "供您知悉。", is_task=False),
    "rule_answered": _Kind("规则提议已答复", "供您知悉；驳回的理由在提议页面。", is_task=False),
    "certificate_ready": _Kind("证明已生成", "可以打开页面下载、打印。", is_task=False),
    "id_error_class": _Kind("证件号待核对", "请协助学籍管理员联系家长核对。", is_task=False),
    "import_done": _Kind("导入已完成", "请查看导入结果。", is_task=False),
}
"""In the order in which they are read."""


def sections(lines: list[tuple[str, Matter]]) -> tuple[Section, ...]:
    """Return the parts of a mail from (purpose, matter); a case is named once in each part."""
    found: dict[str, dict[object, Matter]] = {}
    for number, (purpose, matter) in enumerate(lines):
        found.setdefault(_kind(purpose, matter), {})[matter.no or number] = matter
    return tuple(
        Section(kind.title, kind.asked, tuple(sorted(found[name].values(), key=_urgency)), kind.tone, kind.is_task)
        for name, kind in KINDS.items()
        if name in found
    )


def _kind(purpose: str, matter: Matter) -> str:
    """A reminder belongs to the part of its day, and a task that is late by now to what is late."""
    if matter.left is None:
        return purpose
    if purpose == "case_waiting":
        return "overdue" if matter.left.kind is Kind.OVERDUE else purpose
    if purpose != "reminder":
        return purpose
    by_day = {Kind.TODAY: "today", Kind.TOMORROW: "tomorrow", Kind.OVERDUE: "overdue"}
    return by_day.get(matter.left.kind, purpose)


def _urgency(matter: Matter) -> tuple[dt.date, str]:
    return matter.due or dt.date.max, matter.no
