"""Pages to look at without a back end: a context for each state of each template. People and places are invented."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from tests.web import (
    samples_admin,
    samples_bulk,
    samples_case,
    samples_inbox,
    samples_messages,
    samples_people,
    samples_problems,
    samples_records,
    samples_statistics,
)
from tests.web.sample_facts import (
    AT,
    CITATION,
    LONG_NAME,
    LONG_SCHOOL,
    RULE,
    TODAY,
    chip,
    done,
    inbox_row,
    station,
)
from web.pages.accounts import LoginPage, PasswordPage
from web.pages.cases import Paper
from web.pages.certificates import CertificatePage, VerifyPage
from web.pages.errors import ErrorPage
from web.pages.imports import Fault, ImportPage, ImportRow, ImportsPage
from web.pages.inbox import InboxGroup, InboxPage
from web.pages.mails import MailPage, MailRow
from web.pages.students import Spell, StudentPage, StudentRow, StudentsPage
from web.pages.transfers import FoundPupil, ReceiptPage, SchoolHit, WizardPage, WizardStep
from web.views import (
    ActionReason,
    Empty,
    EvidenceTile,
    Fact,
    Field,
    FieldError,
    Form,
    NavItem,
    Option,
    Pager,
    Shell,
    Tab,
    Window,
    refused,
)


@dataclass(frozen=True)
class Sample:
    """A template with its page; `public` ones are drawn without a person."""

    template: str
    page: Any
    public: bool = False
    active: str = ""


QR = (
    '<svg viewBox="0 0 21 21" role="img" aria-label="二维码">'
    + "".join(
        f'<rect x="{x}" y="{y}" width="1" height="1" fill="#000"/>'
        for x in range(21)
        for y in range(21)
        if (x * 7 + y * 11 + x * y) % 3 == 0
    )
    + "</svg>"
)


def shell(active: str) -> Shell:
    """The rail of a school clerk who is also an administrator, so that every entry is seen."""
    entries = [
        ("待办", "inbox", "", True),
        ("新建转学", "plus-square", "", True),
        ("查学生", "search", "", True),
        ("导入学生", "upload", "", False),
        ("统计", "bar-chart", "", False),
        ("单位", "building", "管理", False),
        ("岗位", "people", "管理", False),
        ("规则", "sliders", "管理", False),
        ("日历", "calendar3", "管理", False),
        ("未送达", "exclamation-triangle", "管理", False),
        ("演示邮件", "envelope", "演示", False),
        ("流程图", "diagram-3", "演示", False),
    ]
    nav = tuple(
        NavItem(
            word,
            icon,
            "#",
            active=word == active,
            count=12 if word == "待办" else 0,
            late=3 if word == "待办" else 0,
            on_phone=phone,
            group=group,
        )
        for word, icon, group, phone in entries
    )
    return Shell(person="林知夏", office="栖云区青松小学", roles="学籍管理员", nav=nav, today=TODAY, unread=5)


def tabs(active: str, **counts: int) -> tuple[Tab, ...]:
    words = ("待办", "已办", "我发起", "抄送")
    return tuple(Tab(word, "#", word == active, counts.get(word)) for word in words)


INBOX = InboxPage(
    tabs=tabs("待办", 待办=12, 我发起=4),
    summary="12 件，其中 3 件逾期。",
    groups=(
        InboxGroup(
            "late",
            "已逾期",
            3,
            (
                inbox_row("沈*", chip("overdue", "逾期 3 个工作日", -5), button="核办"),
                inbox_row("买买提·*", chip("overdue", "逾期 1 个工作日", -1), button="核办", origin=LONG_SCHOOL),
                inbox_row("丁*", chip("overdue", "逾期 1 个工作日", -1), button="补材料", returned=True),
            ),
        ),
        InboxGroup(
            "today",
            "今天到期",
            2,
            (
                inbox_row("卢*", chip("today", "今天到期", 0), button="核办", unread=True),
                inbox_row("高*", chip("today", "今天到期", 0), button="确认到校", step="确认到校"),
            ),
        ),
        InboxGroup(
            "week",
            "本周",
            3,
            (
                inbox_row("王*", chip("tomorrow", "明天到期", 1), button="核办"),
                inbox_row("欧阳*", chip("soon", "还剩 3 个工作日", 3), button="核办", target=LONG_SCHOOL),
                inbox_row("𠮷*", chip("paused", "已退回，停止计时"), button="查看", step="学校审核"),
            ),
        ),
        InboxGroup(
            "later",
            "以后",
            4,
            (
                inbox_row("周*", chip("later", "还剩 8 个工作日", 12), button="核办"),
                inbox_row("许*", chip("later", "还剩 9 个工作日", 13), button="核办"),
            ),
        ),
    ),
    pager=Pager(next_url="#", shown="已显示 10 件，共 12 件"),
)

STEPS = ("找学生", "学校班级", "原因", "材料", "路线", "核对送出")
STEP_KEYS = ("pupil", "school", "reason", "papers", "route", "send")


def wizard(step: str, title: str, form: Form, **more: Any) -> WizardPage:
    at = STEP_KEYS.index(step)
    steps = tuple(
        WizardStep(key, word, "done" if n < at else "present" if n == at else "coming", "#" if n < at else "")
        for n, (key, word) in enumerate(zip(STEP_KEYS, STEPS, strict=True))
    )
    page = WizardPage(
        step=step,
        steps=steps,
        title=title,
        form=form,
        back_url="#" if at else "",
        no="" if step == "pupil" else "ZX20250908-0007",
        saved_at=None if step == "pupil" else AT,
    )
    return replace(page, **more)


FIND = Form(
    fields=(
        Field(
            "route",
            "从哪里来、到哪里去",
            "radio",
            "in",
            required=True,
            options=(
                Option("in", "本省学生转入我校"),
                Option("abroad", "外省学生转入我校", "先在国家平台核对，这里记下进度"),
                Option("out", "我校学生转往外省", "要有对方的转学联系编号"),
            ),
        ),
        Field(
            "name",
            "姓名",
            value="沈明铭",
            hint="与户口簿一致，一字不差",
            required=True,
            autocomplete="off",
            maxlength=100,
        ),
        Field(
            "record_no",
            "学籍号",
            value="G990101201502182054",
            hint="G、L 或 J 开头，共 19 位",
            required=True,
            autocomplete="off",
            maxlength=19,
        ),
    ),
    button="查找",
    key="k" * 20,
)

BLOCKERS = (
    ActionReason(
        "这名学生有一件没办完的休学。", guard="C2", who_clears="禾苑县第一小学", phone="15412345678", rule=RULE
    ),
    ActionReason(
        "学籍有没解决的身份证件号重复问题，要先由学籍主管部门处理。",
        guard="C3",
        who_clears="禾苑县教育局",
        phone="15487654321",
        rule=RULE,
    ),
    ActionReason("转入后该班 47 人，超过小学 45 人的标准。", "warn", "T7", rule=RULE),
    ActionReason("转学手续办完以前，不得安排试读；也不得因学籍未到拒绝孩子入学。", "info", "T16", rule=RULE),
)

SUMMARY = (
    (
        "学生",
        (Fact("姓名", "沈明铭"), Fact("学籍号", "…2054"), Fact("现在学校", "禾苑县第一小学"), Fact("年级", "五年级")),
    ),
    (
        "转入",
        (Fact("学校", "栖云区青松小学", "2199000825", change_url="#"), Fact("年级班级", "五年级 1 班", change_url="#")),
    ),
    (
        "原因和材料",
        (
            Fact("原因", "监护人工作调动", change_url="#"),
            Fact("材料", "转学申请、户口簿、居住证明", "3 份", change_url="#"),
        ),
    ),
)

PAPERS = (
    EvidenceTile("转学申请", "#", "申请.jpg", "image", "412 KB", 1, "林知夏", AT, CITATION),
    EvidenceTile("户口簿", "#", "户口簿首页和本人页.pdf", "pdf", "1.8 MB", 2, "林知夏", AT, CITATION),
    EvidenceTile("居住证明、居住证、工作调动证明之一", citation=CITATION),
)

FAULTS = (
    Fault(
        7,
        "D7",
        "身份证件号",
        "block",
        "末位校验码不对，请与证件原件核对。",
        "990101201502182055",
        cure="不要改末位凑数，照证件重填。",
    ),
    Fault(12, "E12", "出生日期", "block", "出生日期 2015-02-19 与证件号里的 2015-02-18 不一致。", "2015-02-19"),
    Fault(19, "C19", "性别", "block", "性别填“女”，证件号第 17 位表示男。", "女"),
    Fault(33, "B33", "姓名", "warn", "间隔号统一为“·”。", "买买提•艾力", "买买提·艾力"),
    Fault(120, "AF120", "监护人1联系电话", "block", "不是 11 位手机号。", "1541234"),
    Fault(366, "H366", "现住址", "block", "没有填写。", ""),
)

IMPORT = ImportPage(
    batch_id="b7",
    file_name="2199000825_栖云区青松小学.xlsx",
    school="栖云区青松小学",
    state="checked",
    rows=500,
    clean=470,
    warn=18,
    block=12,
    faults=FAULTS,
    errors_url="#",
    key="k" * 20,
    filters=(Tab("全部", "#", True, 30), Tab("要改", "#", False, 12), Tab("提醒", "#", False, 18)),
    notes=("多了一列“备注”，不影响导入，没有读取。",),
    findings=("第 41 行与第 216 行是同一个证件号，两行都没有导入。",),
    pager=Pager(next_url="#", shown="第 1–6 条，共 30 条"),
)

CERTIFICATE = CertificatePage(
    serial="ZM-990101-2025-000128",
    kind="转学证明",
    state="valid",
    facts=(
        Fact("学生", "沈明铭"),
        Fact("从", "禾苑县第一小学"),
        Fact("到", "栖云区青松小学"),
        Fact("生效", "2025年9月22日"),
        Fact("签发", "栖云区教育局"),
        Fact("验证码", "K7QF-2M9X-W4TD"),
    ),
    preview_url="/samples/scan.svg",
    pdf_url="#",
    verify_url="#",
    qr=QR,
    copies=2,
    case_url="#",
    revoke=Form(
        (Field("reason", "为什么撤销", "textarea", required=True, maxlength=2000, rows=3),), button="撤销", key="k" * 20
    ),
)

CODE = Form(
    (Field("code", "验证码", hint="12 位，横线可以不写", required=True, autocomplete="off", maxlength=32),),
    button="验证",
)
LOGIN = Form(
    (
        Field("username", "用户名", required=True, autocomplete="username", maxlength=64, width="full"),
        Field("password", "密码", "password", required=True, autocomplete="current-password", width="full"),
    ),
)
PASSWORD = Form(
    (
        Field("current", "现在的密码", "password", required=True, autocomplete="current-password", width="full"),
        Field("new", "新密码", "password", hint="8 到 128 个字符", required=True, width="full"),
        Field("again", "再输一次新密码", "password", required=True, width="full"),
    ),
    button="修改密码",
)
VERIFIED = (
    Fact("证明", "转学证明"),
    Fact("学生", "沈**"),
    Fact("签发单位", "栖云区教育局"),
    Fact("签发日期", "2025年9月22日"),
)

STUDENT = StudentPage(
    name="沈明铭",
    state="在读",
    school="栖云区青松小学",
    klass="五年级 1 班",
    facts=(
        Fact("性别", "男"),
        Fact("出生日期", "2015年2月18日"),
        Fact("学籍号", "…2054"),
        Fact("证件号", "居民身份证 …2054"),
        Fact("民族", "汉族"),
        Fact("户口所在地", "岚川省禾苑县"),
        Fact("就读方式", "走读"),
        Fact("入学年月", "2021年9月"),
    ),
    guardians=(
        (Fact("姓名", "沈建国"), Fact("关系", "父亲"), Fact("电话", "154****5678")),
        (Fact("姓名", LONG_NAME), Fact("关系", "母亲"), Fact("电话", "154****4321")),
    ),
    spells=(
        Spell("栖云区青松小学", "五年级 1 班", dt.date(2025, 9, 22), None, "转入", "学籍号不变"),
        Spell(LONG_SCHOOL, "四年级 2 班", dt.date(2021, 9, 1), dt.date(2025, 9, 21), "转出"),
    ),
    cases=(inbox_row("转学", done("已办结"), button="查看", step="已办结"),),
    papers=(Paper("转学证明", "#", "2025年9月22日，有效"),),
    reveal_url="#",
    transfer_url="#",
    reveal=Form(
        (
            Field(
                "purpose",
                "用途",
                "select",
                required=True,
                options=(Option("", "请选择"), Option("check", "与证件原件核对"), Option("family", "家长当面要求")),
            ),
        ),
        button="显示",
        key="k" * 20,
    ),
)


def error(status: int, title: str, text: str, **more: Any) -> Sample:
    page = replace(ErrorPage(status, title, text, request_id="7f3c9a1e", back_url="#", back_word="返回案卷"), **more)
    return Sample("errors/show.html", page)


CLOSED = Window(
    "warn",
    "现在不在转学受理时段",
    "每年1月15日至3月15日、7月1日至9月15日受理。下一次从 2026年1月15日 0:00 起受理。现在可以先填好存为草稿；"
    "材料齐全的，最后一步选“开放时自动提交”，到时按草稿建立的先后自动送出。",
    RULE,
)
SAMPLES: dict[str, Sample] = {
    "login": Sample(
        "accounts/login.html",
        LoginPage(
            LOGIN,
            demo_accounts=(
                Fact("lin.zhixia", "林知夏", "栖云区青松小学 学籍管理员"),
                Fact("zhao.yue", "赵越", "栖云区青松小学 主管领导"),
            ),
        ),
        public=True,
    ),
    "login-wrong": Sample(
        "accounts/login.html",
        LoginPage(
            refused(LOGIN, (FieldError("用户名或密码不对。还可以再试 3 次。", "username"),)),
            wait="试错太多，请 14 分钟后再试。",
        ),
        public=True,
    ),
    "password": Sample("accounts/password.html", PasswordPage(PASSWORD, forced=True), public=True),
    "inbox": Sample("inbox/show.html", INBOX, active="待办"),
    "inbox-empty": Sample(
        "inbox/show.html",
        InboxPage(
            tabs=tabs("待办", 待办=0),
            empty=Empty("现在没有要您办的事", "最近办完：9月8日 14:20，沈* 的转学，同意。", "#", "看已办"),
        ),
        active="待办",
    ),
    "inbox-started": Sample(
        "inbox/show.html",
        InboxPage(
            tabs=tabs("我发起", 待办=12, 我发起=4),
            title="我发起",
            groups=(
                InboxGroup(
                    "waiting",
                    "等待对方",
                    2,
                    (
                        inbox_row(
                            "沈*", chip("soon", "还剩 4 个工作日", 4), holder="禾苑县第一小学", step="转出学校审核"
                        ),
                        inbox_row(
                            "许*", chip("overdue", "逾期 2 个工作日", -3), holder=LONG_SCHOOL, step="转出学校审核"
                        ),
                    ),
                ),
                InboxGroup("done", "已结束", 1, (inbox_row("高*", done("已办结"), step="学籍已转入"),)),
            ),
        ),
        active="待办",
    ),
    "wizard-1-pupil": Sample(
        "transfers/pupil.html",
        wizard(
            "pupil",
            "要转哪名学生",
            FIND,
            drafts=(Fact("王*", "栖云区青松小学", "9月5日存，还没选原因", change_url="#"),),
        ),
        active="新建转学",
    ),
    "wizard-1-closed": Sample(
        "transfers/pupil.html",
        wizard("pupil", "要转哪名学生", FIND, window=CLOSED),
        active="新建转学",
    ),
    "wizard-6-asked": Sample(
        "transfers/send.html",
        wizard(
            "send",
            "核对并送出",
            Form(button="再试一次", key="k" * 20),
            summary=SUMMARY,
            reasons=(
                replace(BLOCKERS[0], asked="已请禾苑县第一小学处理（XB2025-2199000825-0001），9月15日前答复"),
                replace(BLOCKERS[0], guard="C2", message="该生还有未办结的业务，须先办结或撤回", may_ask=True),
            ),
        ),
        active="新建转学",
    ),
    "wizard-6-wait": Sample(
        "transfers/send.html",
        wizard("send", "核对并送出", Form(button="再试一次", key="k" * 20), summary=SUMMARY, window=CLOSED,
               wait="2026年1月15日 0:00"),
        active="新建转学",
    ),
    "wizard-6-waits": Sample(
        "transfers/send.html",
        wizard("send", "核对并送出", Form(button="再试一次", key="k" * 20), summary=SUMMARY, window=CLOSED,
               waits="2026年1月15日 0:00"),
        active="新建转学",
    ),
    "wizard-1-blocked": Sample(
        "transfers/pupil.html",
        wizard(
            "pupil",
            "要转哪名学生",
            FIND,
            found=FoundPupil("沈**", "禾苑县第一小学", "五年级", "15412345678", BLOCKERS, "h", may_ask=True),
        ),
        active="新建转学",
    ),
    "wizard-1-not-found": Sample(
        "transfers/pupil.html",
        wizard(
            "pupil",
            "要转哪名学生",
            refused(FIND, (FieldError("学籍号应当是 19 位，现在是 18 位。", "record_no"),)),
            not_found="在全省的学籍里没有姓名和学籍号都对得上的学生。请让家长向原学校要“学籍基本信息表”核对。",
        ),
        active="新建转学",
    ),
    "wizard-2-school": Sample(
        "transfers/school.html",
        wizard(
            "school",
            "转到哪里",
            Form(
                (
                    Field(
                        "target_grade",
                        "年级",
                        "select",
                        "5",
                        required=True,
                        options=(Option("5", "五年级"),),
                        hint="转学应当平级",
                    ),
                    Field(
                        "to_class",
                        "班级",
                        "select",
                        "1",
                        required=True,
                        options=(Option("1", "五年级 1 班", "现有 41 人"), Option("2", "五年级 2 班", "现有 46 人")),
                    ),
                ),
                button="下一步",
                key="k" * 20,
            ),
            pupil=(Fact("学生", "沈**"), Fact("现在学校", "禾苑县第一小学", "电话 15412345678")),
            school_query="青松",
            searched=True,
            schools=(
                SchoolHit("2199000825", "栖云区青松小学", "栖云区教育局", "15400001111"),
                SchoolHit("2199000901", LONG_SCHOOL, "朗星市教育局", "15400002222"),
                SchoolHit(
                    "2199000777", "栖云区青松第二小学", "栖云区教育局", note="已并入栖云区青松小学", disabled=True
                ),
            ),
            chosen_school=SchoolHit("2199000825", "栖云区青松小学", "栖云区教育局"),
        ),
        active="新建转学",
    ),
    "wizard-3-reason": Sample(
        "transfers/reason.html",
        wizard(
            "reason",
            "为什么转学",
            Form(
                (
                    Field(
                        "reason",
                        "原因",
                        "radio",
                        "work",
                        required=True,
                        options=(
                            Option("move", "户籍迁移", "要交：转学申请、户口簿"),
                            Option("house", "住址变动", "要交：转学申请、户口簿、居住证明"),
                            Option("work", "监护人工作调动", "要交：转学申请、户口簿、工作调动证明"),
                            Option("other", "其他", "要写明"),
                        ),
                    ),
                    Field(
                        "note",
                        "补充说明",
                        "textarea",
                        maxlength=2000,
                        hint="审核人看得到；不要写与转学无关的家庭情况",
                        width="full",
                    ),
                ),
                button="下一步",
                key="k" * 20,
            ),
        ),
        active="新建转学",
    ),
    "wizard-4-papers": Sample(
        "transfers/papers.html",
        wizard(
            "papers",
            "交材料",
            Form(
                (
                    Field(
                        "kind",
                        "哪一种",
                        "select",
                        required=True,
                        options=(
                            Option("work", "工作调动证明"),
                            Option("home", "居住证明"),
                            Option("permit", "居住证"),
                        ),
                    ),
                    Field(
                        "file",
                        "照片或文件",
                        "file",
                        required=True,
                        accept="image/jpeg,image/png,application/pdf",
                        hint="JPG、PNG 每张不超过 2 MB，PDF 不超过 10 MB；手机可以直接拍",
                    ),
                ),
                button="下一步",
                key="k" * 20,
            ),
            papers=PAPERS,
        ),
        active="新建转学",
    ),
    "wizard-5-route": Sample(
        "transfers/route.html",
        wizard(
            "route",
            "由谁审核",
            Form(button="下一步", key="k" * 20),
            route=(
                station("提出申请", "栖云区青松小学", "present"),
                station("转入学校", "栖云区青松小学", expected=14),
                station("转入主管部门", "栖云区教育局", expected=30),
                station("转出学校", "禾苑县第一小学", expected=44),
                station("转出主管部门", "禾苑县教育局", expected=58, provisional=True),
                station("到校", "栖云区青松小学", expected=72, provisional=True),
            ),
            route_because="两所学校由不同的主管部门管理，所以要四家审核。",
            route_rule=RULE,
        ),
        active="新建转学",
    ),
    "wizard-6-send": Sample(
        "transfers/send.html",
        wizard(
            "send",
            "核对并送出",
            Form(
                (Field("confirm", "以上内容与家长提交的一致，材料已看过原件", "checkbox", required=True),),
                button="送出",
                key="k" * 20,
            ),
            summary=SUMMARY,
            reasons=BLOCKERS[2:],
        ),
        active="新建转学",
    ),
    "receipt": Sample(
        "transfers/receipt.html",
        ReceiptPage(
            "ZX20250908-0007",
            "沈明铭",
            "禾苑县第一小学",
            "栖云区青松小学",
            AT,
            "栖云区青松小学",
            dt.date(2025, 9, 22),
            (
                station("转入学校", "栖云区青松小学", "present", expected=14),
                station("转入主管部门", "栖云区教育局", expected=30),
                station("转出学校", "禾苑县第一小学", expected=44),
                station("转出主管部门", "禾苑县教育局", expected=58, provisional=True),
                station("到校", "栖云区青松小学"),
            ),
            dt.date(2025, 11, 18),
            (Paper("转学申请表", "#"),),
        ),
        active="新建转学",
    ),
    "students": Sample(
        "students/search.html",
        StudentsPage(
            Form(
                (
                    Field("q", "姓名、拼音或学籍号", "search", "沈", width="medium"),
                    Field(
                        "klass",
                        "班级",
                        "select",
                        required=True,
                        options=(Option("", "全部班级"), Option("51", "五年级 1 班")),
                        width="short",
                    ),
                ),
                button="查找",
            ),
            (
                StudentRow("#", "沈明铭", "…2054", "男", "栖云区青松小学 五年级 1 班", "在读"),
                StudentRow("#", LONG_NAME, "…9127", "女", f"{LONG_SCHOOL} 一年级 12 班", "在读", "证件号重复待裁"),
                StudentRow("#", "沈𠮷䶮", "…3310", "男", "栖云区青松小学 二年级 1 班", "休学"),
            ),
            pager=Pager(shown="共 3 名"),
        ),
        active="查学生",
    ),
    "students-empty": Sample(
        "students/search.html",
        StudentsPage(
            Form((Field("q", "姓名、拼音或学籍号", "search", "沈䶮"),), button="查找"),
            empty=Empty(
                "没有找到“沈䶮”", "在栖云区青松小学找过。外校学生请从“新建转学”用姓名和学籍号查。", "#", "新建转学"
            ),
        ),
        active="查学生",
    ),
    "student": Sample("students/show.html", STUDENT, active="查学生"),
    "imports": Sample(
        "imports/new.html",
        ImportsPage(
            Form(
                (
                    Field(
                        "file",
                        "Excel 文件",
                        "file",
                        required=True,
                        accept=".xlsx",
                        hint="国家模板，71 列；不超过 20 MB、20,000 行",
                    ),
                ),
                button="上传并检查",
                key="k" * 20,
            ),
            (
                ImportRow(
                    "#",
                    "2199000825_栖云区青松小学.xlsx",
                    "栖云区青松小学",
                    AT,
                    "林知夏",
                    "已检查",
                    "470 行可导入，12 行要改",
                ),
                ImportRow(
                    "#",
                    "一个名字特别特别长而且还带着年份和说明的工作簿文件（修改稿第三版）.xlsx",
                    LONG_SCHOOL,
                    AT,
                    "赵越",
                    "读不了",
                    "文件有密码",
                ),
            ),
            template_url="#",
            school="栖云区青松小学",
        ),
        active="导入学生",
    ),
    "import-reading": Sample(
        "imports/show.html",
        replace(IMPORT, state="reading", done=312, total=500, doing="正在检查每一行"),
        active="导入学生",
    ),
    "import-checked": Sample("imports/show.html", IMPORT, active="导入学生"),
    "import-done": Sample(
        "imports/show.html", replace(IMPORT, state="done", finished="已导入 488 行，用时 4 秒"), active="导入学生"
    ),
    "import-broken": Sample(
        "imports/show.html",
        replace(IMPORT, state="broken", broken_because="工作簿有打开密码。请在 Excel 里去掉密码，另存后再传。"),
        active="导入学生",
    ),
    "certificate": Sample("certificates/show.html", CERTIFICATE),
    "certificate-revoked": Sample(
        "certificates/show.html",
        replace(
            CERTIFICATE, state="revoked", revoke=None, note="9月30日由栖云区教育局撤销：学生未报到，学籍退回原校。"
        ),
    ),
    "verify": Sample("verify/show.html", VerifyPage(CODE), public=True),
    "verify-valid": Sample(
        "verify/show.html",
        VerifyPage(CODE, "valid", "K7QF-2M9X-W4TD", VERIFIED, "xueji.example", "这份证明由系统签发，现在有效。"),
        public=True,
    ),
    "verify-superseded": Sample(
        "verify/show.html",
        VerifyPage(
            CODE, "superseded", "K7QF-2M9X-W4TD", VERIFIED, "xueji.example", "内容已更正，请向签发单位要新的一份。"
        ),
        public=True,
    ),
    "verify-revoked": Sample(
        "verify/show.html",
        VerifyPage(
            CODE, "revoked", "K7QF-2M9X-W4TD", VERIFIED, "xueji.example", "这份证明在 2025年9月30日 撤销，不再有效。"
        ),
        public=True,
    ),
    "verify-unknown": Sample(
        "verify/show.html",
        VerifyPage(
            CODE,
            "unknown",
            "K7QF-2M9X-0000",
            (),
            "xueji.example",
            "没有这个验证码。请核对有没有抄错，0 和 O、1 和 I 不通用。",
        ),
        public=True,
    ),
    "mails": Sample(
        "mails/index.html",
        MailPage(
            (
                MailRow("#", "赵越", "请核办：沈* 的转学，9月22日前", AT, active=True),
                MailRow("#", "孙立", "逾期提醒：丁* 的转学已逾期 3 个工作日", AT, "bounced"),
                MailRow("#", LONG_NAME, "材料退回：请补户口簿第二页", AT, "queued"),
            ),
            "请核办：沈* 的转学，9月22日前",
            (Fact("收件人", "赵越 z***@example.org"), Fact("时间", "2025年9月8日 14:20")),
            "赵越：\n\n沈* 从禾苑县第一小学转入栖云区青松小学，轮到您核办。\n请在 9月22日 周一 24:00 前办理。\n\n打开案卷：https://xueji.example/cases/ZX20250908-0007\n",
            as_text=True,
            tabs=(Tab("网页", "#"), Tab("纯文字", "#", True)),
        ),
        active="演示邮件",
    ),
    "error-400": error(400, "这个请求看不懂", "页面可能开得太久，或者地址抄漏了。请回到上一页刷新后再试。"),
    "error-403": error(
        403,
        "您不能办这一步",
        "这件案卷您看得到，但这一步由别的岗位办理。",
        reasons=(ActionReason("学籍管理员不能审核本人提交的申请。", who_clears="栖云区青松小学 主管领导", rule=RULE),),
    ),
    "error-404": replace(error(404, "没有这一页", "地址不对，或者这件事不归您的单位。"), public=True),
    "error-409": error(
        409,
        "慢了一步，已经有人办过",
        "您打开页面以后，这件案卷有了变化。您的决定没有记入。",
        facts=(
            Fact("谁办的", "赵越", "栖云区青松小学 主管领导"),
            Fact("什么时候", "9月8日 14:21"),
            Fact("办了什么", "退回补正"),
        ),
        kept=(("意见", "材料齐全，同意转入。"),),
    ),
    "error-413": error(413, "文件太大", "一次最多传 25 MB；照片每张 2 MB，PDF 每份 10 MB。请压缩或分开传。"),
    "error-422": error(
        422,
        "还不能提交",
        "有几处要先改好。您填的内容都在。",
        reasons=BLOCKERS[:2],
        kept=(("补充说明", "随父亲调动。" * 40),),
    ),
    "error-429": error(429, "操作太快", "请等 30 秒再试。您填的内容都在。"),
    "error-503": error(503, "正在维护", "数据库暂时连不上，几分钟后再试。没有提交的内容不会丢。"),
}
SAMPLES |= {name: Sample(*parts) for name, parts in samples_case.SAMPLES.items()}
SAMPLES |= {name: Sample(*parts) for name, parts in samples_records.SAMPLES.items()}
OTHERS = (
    samples_admin, samples_bulk, samples_inbox, samples_messages, samples_people, samples_problems, samples_statistics,
)  # fmt: skip
for told in (other.SAMPLES for other in OTHERS):
    SAMPLES |= {name: Sample(template, page, active=active) for name, (template, page, active) in told.items()}


def draw_shell(sample: Sample) -> Shell | None:
    return None if sample.public else shell(sample.active)
