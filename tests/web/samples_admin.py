"""The administration pages and the picture of a process."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import replace
from typing import Any

from tests.web.sample_facts import CITATION, LONG_NAME, LONG_SCHOOL, RULE
from web.pages.administration import (
    DeadAddress,
    EndingCard,
    HandOverPage,
    HangingRow,
    IncidentRow,
    IncidentsPage,
    OrganisationsPage,
    OrgNode,
    PostRow,
    PostsPage,
)
from web.pages.calendar import CalendarPage, Day, Month
from web.pages.policies import ChangeRow, PoliciesPage, PolicyPage, PolicyRow, ProposalPage, ProposalRow, TrialPage
from web.pages.processes import ProcessPage
from web.views import ActionReason, Empty, Fact, Field, FieldError, Form, Option, Pager, Tab, refused

AT = dt.datetime(2025, 9, 8, 6, 20, tzinfo=dt.UTC)
HOLIDAYS = {(10, day) for day in range(1, 9)} | {(1, 1), (5, 1), (5, 2), (5, 3), (5, 4), (5, 5)}
MAKEUP = {(9, 28), (10, 11), (4, 27)}


def month(number: int) -> Month:
    def cell(day: int, weekday: int) -> Day:
        kind = (
            "blank"
            if not day
            else "holiday"
            if (number, day) in HOLIDAYS
            else "makeup"
            if (number, day) in MAKEUP
            else "rest"
            if weekday > 4
            else "work"
        )
        return Day(day, kind, {"holiday": "国庆节", "makeup": "调休上班"}.get(kind, ""), (number, day) == (9, 8))  # type: ignore[arg-type]

    weeks = calendar.Calendar().monthdays2calendar(2025, number)
    return Month(f"{number} 月", tuple(tuple(cell(*day) for day in week) for week in weeks))


SCHOOL = Form(
    (
        Field("name", "名称", value="栖云区青松小学", required=True, maxlength=100, width="full"),
        Field(
            "short_name",
            "简称",
            value="青松小学",
            required=True,
            hint="印在印章里，不超过 8 个字",
            maxlength=8,
            width="short",
        ),
        Field("code", "学校标识码", "fact", "2199000825"),
        Field(
            "competent",
            "学籍主管部门",
            "select",
            "q",
            required=True,
            hint="按管理关系选，不按所在地",
            options=(Option("q", "栖云区教育局"), Option("l", "朗星市教育局")),
        ),
        Field("phone", "学籍办公电话", "tel", "15400001111", inputmode="tel", width="short"),
        Field("closed_on", "停办日期", "date", width="short"),
    ),
    button="保存",
    key="k" * 20,
)

TREE = (
    OrgNode(
        "1",
        "岚川省教育厅",
        "省",
        "990000",
        children=(
            OrgNode(
                "2",
                "朗星市教育局",
                "市",
                "990100",
                children=(
                    OrgNode(
                        "3",
                        "栖云区教育局",
                        "区县",
                        "990101",
                        children=(
                            OrgNode("4", "栖云区青松小学", "小学", "2199000825", active=True),
                            OrgNode("5", LONG_SCHOOL, "九年一贯制", "2199000901", note="没有主管领导"),
                            OrgNode("6", "栖云区青松第二小学", "小学", "2199000777", closed=True),
                        ),
                    ),
                    OrgNode("7", "禾苑县教育局", "区县", "990102", folded=True),
                ),
            ),
            OrgNode("9", "岚川垦区教育局", "垦区", "999000"),
        ),
    ),
)

POLICIES = (
    (
        "转学的期限",
        (
            PolicyRow(
                "node.transfer",
                "转学每个环节的办理期限（工作日）",
                "5 个工作日",
                "栖云区教育局",
                "栖云区教育局〔2025〕3号《关于压缩转学办理时间的通知》",
                dt.date(2025, 9, 1),
                dt.date(2027, 8, 31),
                url="#",
                later="2027.09.01 起：10 个工作日",
            ),
            PolicyRow("case.expire", "未办结的申请多久后清理（月）", "6 个月", "产品默认", CITATION, None, url="#"),
        ),
    ),
    (
        "转学的时段、条件和材料",
        (
            PolicyRow(
                "transfer.windows",
                "受理转学的时段（月-日）",
                "1月15日至3月15日、7月1日至9月15日",
                "朗星市教育局",
                "朗星市教育局 2024 年通知",
                dt.date(2024, 9, 1),
                None,
                "小学",
                "#",
            ),
            PolicyRow(
                "class.size",
                "班额：超过标准班额提醒，达到大班额不再接收",
                "小学：标准班额 45 人，大班额 56 人；初中：标准班额 50 人，大班额 56 人；高中：标准班额 50 人",
                "岚川省教育厅",
                CITATION,
                dt.date(2020, 1, 1),
                url="#",
            ),
        ),
    ),
)
CHANGES = (
    ChangeRow(
        dt.date(2025, 9, 9),
        "转学每个环节的办理期限（工作日）",
        "10 个工作日",
        "5 个工作日",
        "栖云区教育局",
        "栖云区教育局〔2025〕3号",
        "#",
        "明天",
    ),
    ChangeRow(
        dt.date(2026, 1, 1),
        "受理转学的时段（月-日）（高中）",
        "1月15日至3月15日、7月1日至9月15日",
        "2月1日至2月28日、7月1日至8月31日",
        LONG_SCHOOL,
        CITATION,
        "#",
    ),
)
PROPOSALS = (
    ProposalRow(
        "#", "等待学生报到的期限（工作日）", "栖云区教育局", "15 个工作日", dt.date(2025, 10, 1), "林知夏", AT, "待确认"
    ),
    ProposalRow(
        "#",
        "除主管部门外还须签署的层级（按学段）（高中）",
        "朗星市教育局",
        "不再另定，按上级的规则",
        dt.date(2025, 9, 1),
        LONG_NAME,
        AT,
        "不能再确认",
        "提议的起始日 2025-09-01 已过：规则不能对已经过去的日子生效。请重新提议",
    ),
)
RULE_FORM = Form(
    (
        Field("value", "栖云区的值", required=True, value="五", hint="1 到 60，个工作日", width="short"),
        Field("valid_from", "从哪天起", "date", "2025-09-08", required=True, width="short"),
        Field("valid_to", "到哪天止", "date", hint="不填为长期", width="short"),
        Field("citation", "依据", required=True, hint="文件名称和文号", maxlength=200),
        Field("reason", "为什么要改", "textarea", required=True, hint="给确认的人看", rows=3, maxlength=300),
    ),
    button="提交提议",
    key="k" * 20,
)
PROPOSAL = ProposalPage(
    url="#",
    meaning="等待学生报到的期限（工作日）",
    office="栖云区教育局",
    state="待确认",
    tone="info",
    rule_url="#",
    facts=(
        Fact("从哪天起", "2025年10月1日", "长期"),
        Fact("依据", "栖云区教育局〔2025〕3号"),
        Fact("为什么", "国庆假期后报到的学生多，十天不够。" * 4),
        Fact("提议人", LONG_NAME, "2025年9月8日 14:20"),
    ),
    before="10 个工作日（产品默认）",
    after="15 个工作日",
    decide=True,
)

PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 120" width="760" height="120" aria-hidden="true">'
    + "".join(
        f'<rect x="{20 + n * 150}" y="40" width="110" height="40" rx="6" fill="none" stroke="currentColor"/>'
        f'<text x="{75 + n * 150}" y="65" text-anchor="middle" font-size="13" fill="currentColor">{word}</text>'
        for n, word in enumerate(("草稿", "转入学校", "转出学校", "主管部门", "到校"))
    )
    + "</svg>"
)

TRIED = (
    Fact("试算的事项", "18240 件"),
    Fact("路线会不同的", "9120 件"),
    Fact("少签的", "9120 次", "其中 8804 次实际走到；这些环节当时拒绝过 3 次、退回过 212 次"),
    Fact("节省的工作日", "共 21130 个工作日，每件中位 2 个", "8804 件走过这些环节，按当时实际用的时间算"),
    Fact("每次签署实际用时", "中位 3 个工作日", "共 61234 次签署"),
)
TRIAL = TrialPage(
    "#",
    "#",
    "#",
    "#",
    "每个单位由谁签署",
    "岚川省教育厅",
    "done",
    "学校：学籍主管领导；主管部门：部门经办人、部门负责人",
    "学校：学籍主管领导；主管部门：部门负责人",
    "2024年9月9日至2025年9月8日",
    facts=TRIED,
    notes=(
        "按今天的单位关系和今天的其他规则推算；撤并过的单位按现在的归属。",
        "少一次签署后会不会多出别的差错，过去的记录里看不出；由这一环节退回、拒绝过几件，单独列出供参考。",
    ),
    beyond=f"栖云区教育局、{LONG_SCHOOL}另有自己的规则，不受这一改动影响。",
    again=Form(
        (Field("year", "用哪个时期的事项", "select", required=True, options=(Option("", "最近 12 个月"),)),),
        button="再算一次",
    ),
)

PLACES = Form(
    (
        Field(
            "place",
            "看哪里的规则",
            "select",
            "q",
            required=True,
            options=(Option("q", "栖云区教育局"), Option("l", "朗星市教育局")),
        ),
        Field("day", "哪一天", "date", "2025-09-08", required=True, width="short"),
        Field("subject", "哪一类", "select", required=True, options=(Option("", "全部"),), width="short"),
    ),
    button="查看",
)

LEAVER = HandOverPage(
    "林知夏",
    "lin.zhixia",
    (
        Fact("正在办理的事项", "212 件"),
        Fact("等其答复的征求意见", "3 件"),
        Fact("没有阅读的抄送", "没有"),
        Fact("没有提交的草稿", "1 份"),
        Fact("代理", "2 项"),
    ),
    "#",
    "#",
    form=refused(
        Form(
            (
                Field(
                    "successor",
                    "由谁接手",
                    value="nobody",
                    hint="填写用户名；不填则全部交回各岗位，由同岗位的人员办理",
                    maxlength=64,
                    width="full",
                ),
                Field(
                    "ends",
                    "结束什么",
                    "radio",
                    options=(
                        Option("account", "离职：停用账号", "不能再登录，岗位随之结束，不能恢复"),
                        Option("posts", "调离：结束现有岗位", "账号保留，可以另任岗位"),
                    ),
                    required=True,
                    width="full",
                ),
            ),
            key="k" * 20,
            button="交接",
        ),
        (FieldError("没有可以接手的在任人员 nobody", "successor"),),
    ),
)
SAMPLES: dict[str, tuple[str, Any, str]] = {
    "handover": ("admin/handover.html", LEAVER, "岗位"),
    "handover-nothing": (
        "admin/handover.html",
        replace(
            LEAVER,
            name=LONG_NAME,
            facts=tuple(Fact(one.label, "没有") for one in LEAVER.facts),
            empty=True,
            form=None,
            why_not="这个账号已停用",
        ),
        "岗位",
    ),
    "organisations": (
        "admin/organisations.html",
        OrganisationsPage(
            TREE,
            chosen="栖云区青松小学",
            chosen_id="4",
            facts=(Fact("班级", "12 个"), Fact("在读", "431 人"), Fact("岗位", "4 人在任")),
            form=SCHOOL,
            alarms=(ActionReason(f"{LONG_SCHOOL}没有主管领导，待办会交上级办理。", "warn", rule=RULE),),
        ),
        "单位",
    ),
    "posts-ending": (
        "admin/posts.html",
        PostsPage(
            (),
            Form((Field("person", "用户名", required=True, hint="先有账号，再任岗位", width="medium"),), button="任命"),
            Form((), button="筛选"),
            ending=EndingCard(
                "1",
                LONG_NAME,
                f"{LONG_SCHOOL} 主管领导",
                (Fact("本人正在办理", "12 件，离任后交回岗位"), Fact("岗位待办", "472 件"), Fact("其他在任", "没有")),
                True,
                "#",
                "#",
            ),
        ),
        "岗位",
    ),
    "posts": (
        "admin/posts.html",
        PostsPage(
            (
                PostRow("1", "林知夏", "lin.zhixia", "栖云区青松小学", "学籍管理员", dt.date(2024, 9, 1)),
                PostRow("2", LONG_NAME, "abdu.r", LONG_SCHOOL, "班主任", dt.date(2024, 9, 1), klass="五年级 12 班"),
                PostRow(
                    "3",
                    "赵越",
                    "zhao.yue",
                    "栖云区青松小学",
                    "主管领导",
                    dt.date(2020, 9, 1),
                    dt.date(2024, 8, 31),
                    state="已离任",
                ),
            ),
            Form(
                (
                    Field("person", "用户名", required=True, hint="先有账号，再任岗位", width="medium"),
                    Field("org", "单位代码", required=True, width="short"),
                    Field(
                        "role",
                        "岗位",
                        "select",
                        required=True,
                        options=(Option("c", "学籍管理员"), Option("l", "主管领导")),
                        width="short",
                    ),
                    Field("valid_from", "从", "date", "2025-09-08", required=True, width="short"),
                    Field("valid_to", "到", "date", width="short"),
                ),
                button="任命",
                key="k" * 20,
            ),
            Form(
                (
                    Field("q", "姓名或用户名", "search", width="short"),
                    Field(
                        "role",
                        "岗位",
                        "select",
                        required=True,
                        options=(Option("", "全部岗位"), Option("c", "学籍管理员")),
                        width="short",
                    ),
                ),
                button="筛选",
            ),
            Pager(next_url="#", shown="第 1–3 条，共 86 条"),
        ),
        "岗位",
    ),
    "policies": (
        "admin/policies.html",
        PoliciesPage("栖云区教育局", AT.date(), POLICIES, PLACES, CHANGES, 3, PROPOSALS),
        "规则",
    ),
    "policies-calm": (
        "admin/policies.html",
        PoliciesPage(LONG_SCHOOL, dt.date(2027, 3, 1), POLICIES[:1], PLACES, today=False),
        "规则",
    ),
    "policy": (
        "admin/policy.html",
        PolicyPage(
            POLICIES[0][1][0],
            "栖云区教育局",
            AT.date(),
            "#",
            (
                Fact("栖云区教育局", "5 个工作日", "用这一条；2027.09.01 起：8 个工作日"),
                Fact("朗星市教育局", "没有另定"),
                Fact("岚川省教育厅", "没有另定"),
                Fact("产品默认", "10 个工作日"),
            ),
            (Tab("各学段", "#", True), Tab("小学", "#"), Tab("初中", "#"), Tab("高中", "#")),
            CHANGES[:1],
            PROPOSALS,
            refused(RULE_FORM, (FieldError("应为 1 到 60 的整数", "value"), FieldError("请写明依据", "citation"))),
            Form(
                (
                    Field("valid_from", "从哪天起按上级的规则", "date", "2025-09-08", required=True, width="short"),
                    Field("reason", "为什么不再另定", "textarea", required=True, rows=2),
                ),
                button="提议不再另定",
            ),
            alone=True,
        ),
        "规则",
    ),
    "policy-reader": (
        "admin/policy.html",
        PolicyPage(POLICIES[1][1][1], LONG_SCHOOL, AT.date(), "#", (Fact("产品默认", "10 个工作日", "用这一条"),)),
        "规则",
    ),
    "proposal": (
        "admin/proposal.html",
        replace(PROPOSAL, trial_url="#", trial_period="2024年9月9日至2025年9月8日的事项", trial=TRIED[:3]),
        "规则",
    ),
    "trial": ("admin/trial.html", TRIAL, "规则"),
    "trial-running": (
        "admin/trial.html",
        replace(TRIAL, state="running", done=6500, total=18240, facts=(), notes=(), beyond="", again=None),
        "规则",
    ),
    "trial-none": (
        "admin/trial.html",
        replace(TRIAL, facts=(), notes=("班级当时的人数没有随申请保存，不能试算。",), beyond=""),
        "规则",
    ),
    "trial-broken": ("admin/trial.html", replace(TRIAL, state="broken", facts=(), notes=(), beyond=""), "规则"),
    "proposal-stale": (
        "admin/proposal.html",
        replace(
            PROPOSAL,
            state="不能再确认",
            tone="warn",
            obstacle="提议之后，这里的规则或默认值有了变动，提议时的比较已不成立。请按现在的规则重新提议",
            error="请写明为什么驳回，提议人会看到",
            typed="",
        ),
        "规则",
    ),
    "proposal-own": ("admin/proposal.html", replace(PROPOSAL, decide=False, own=True, withdraw=True), "规则"),
    "calendar": (
        "admin/calendar.html",
        CalendarPage(
            2025,
            "全国",
            tuple(month(n) for n in range(1, 13)),
            True,
            "国务院办公厅关于 2025 年部分节假日安排的通知",
            (Tab("2024", "#"), Tab("2025", "#", True), Tab("2026", "#")),
            (Fact("国庆节、中秋节", "10月1日–8日"), Fact("调休上班", "9月28日、10月11日")),
            Form(
                (Field("file", "CSV 文件", "file", required=True, accept=".csv", hint="日期、是否上班、名称"),),
                button="导入",
                key="k" * 20,
            ),
            Form(
                (
                    Field("from", "从", "date", "2025-09-28", required=True, width="short"),
                    Field("days", "工作日", "number", "10", required=True, width="short"),
                ),
                button="算",
            ),
            "到 2025年10月20日 周一 24:00 截止",
        ),
        "日历",
    ),
    "calendar-unknown": (
        "admin/calendar.html",
        CalendarPage(
            2027, "全国", tuple(month(n) for n in range(1, 13)), False, "", (Tab("2026", "#"), Tab("2027", "#", True))
        ),
        "日历",
    ),
    "incidents": (
        "admin/incidents.html",
        IncidentsPage(
            (
                IncidentRow(
                    11,
                    "邮件",
                    f"{LONG_SCHOOL}学籍主管领导 {LONG_NAME}",
                    "ZX20250908-0007",
                    AT,
                    3,
                    "对方邮件服务器拒收，多半是邮箱地址不对。请先在“岗位”中更正邮箱，再重试。",
                    (Fact("程序记录", "MailRejected: 550 5.1.1 <nobody@example.cn>: no such user here"),),
                    "#",
                ),
                IncidentRow(
                    12, "证明打印", "栖云区青松小学", "ZX20250901-0002", AT, 24, "排版没有成功。请核对事项内容后重试。"
                ),
            ),
            Empty("没有未送达的事项"),
            (
                HangingRow(
                    "到期提醒", "ZX20250908-0003", AT, AT, 4, "执行时出错，系统会自动再试。反复出现时请联系技术支持。"
                ),
            ),
            addresses=(
                DeadAddress("孙立（heyuan.leader）", "禾苑县第一小学", "s***@example.cn", AT, "#"),
                DeadAddress(f"{LONG_NAME}（long）", LONG_SCHOOL, "l***@mail.example.edu.cn", AT, "#"),
            ),
            failed=12,
            typed="",
            error="请写明为什么不再办",
        ),
        "未送达",
    ),
    "incidents-empty": (
        "admin/incidents.html",
        IncidentsPage((), Empty("没有未送达的事项", "出现办不成的，会列在这里等您处理。")),
        "未送达",
    ),
    "process": (
        "processes/show.html",
        ProcessPage(
            "转学",
            "4",
            "9f1c2b3a4d5e6f70",
            PICTURE,
            (
                ("草稿", "转入学校 学籍管理员", "提交", "转入学校审核", "—"),
                ("转入学校审核", "转入学校 主管领导", "同意", "转出学校审核", "10 个工作日"),
                ("转出学校审核", "转出学校 主管领导", "不同意", "已拒绝，或交共同主管部门", "10 个工作日"),
            ),
            (Tab("转学", "#", True),),
            (Fact("期限", "每一站 10 个工作日", CITATION),),
        ),
        "流程图",
    ),
}
