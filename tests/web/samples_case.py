"""The case page in its states: to be decided, returned, refused, across provinces, over, and on every tab."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from tests.web.sample_facts import AT, CITATION, LONG_NAME, LONG_SCHOOL, RULE, TODAY, chip, done, station
from web.pages.cases import Again, CasePage, Paper, TakingBack, ViewerPage
from web.views import (
    ActionPanel,
    ActionReason,
    ActionView,
    BallLine,
    Contact,
    Delivered,
    Delivery,
    EvidenceTile,
    Fact,
    Field,
    FieldError,
    Form,
    Option,
    Seal,
    Tab,
    TimelineEntry,
)

NO = "ZX20250908-0007"


def tabs(active: str) -> tuple[Tab, ...]:
    words = (("申请", "request", None), ("材料", "evidence", 3), ("留言", "talk", 2), ("经过", "history", 9))
    return tuple(Tab(word, "#", key == active, count) for word, key, count in words)


OPINION = Field("comment", "意见", "textarea", maxlength=2000, rows=3, hint="会印在申请表上")
APPROVE = ActionView(
    "approve",
    "同意",
    button="同意转出",
    primary=True,
    consequence="签上您的姓名和日期，送下一站。",
    next_holder="栖云区教育局",
    fields=(OPINION,),
)
RETURN = ActionView(
    "return",
    "退回补正",
    consequence="期限停走；补好后直接回到您这里，前面的意见仍然有效。",
    next_holder="栖云区青松小学",
    fields=(
        Field(
            "items",
            "要补哪几样",
            "checks",
            required=True,
            options=(
                Option("application", "转学申请"),
                Option("household", "户口簿"),
                Option("proof", "工作调动证明"),
                Option("grade", "年级和班级"),
            ),
        ),
        Field("comment", "说明", "textarea", required=True, maxlength=2000, rows=3),
    ),
)
REFUSE = ActionView(
    "refuse",
    "不同意",
    button="不同意转出",
    danger=True,
    consequence="列明的原因会结束这件案卷；“其他”交共同主管部门裁定。",
    fields=(
        Field(
            "cause",
            "原因",
            "radio",
            required=True,
            options=(
                Option("open_case", "有没办完的业务"),
                Option("problem", "问题学籍没有解决"),
                Option("identity", "不是这名学生"),
                Option("other", "其他", "由共同的主管部门在 10 个工作日内裁定"),
            ),
        ),
        Field("comment", "书面理由", "textarea", required=True, maxlength=2000, rows=3),
    ),
)
REASSIGN = ActionView(
    "reassign_target", "改派学校", allowed=False, reasons=(ActionReason("只有转入学校的主管部门可以改派。", rule=RULE),)
)
WITHDRAW = ActionView(
    "withdraw",
    "撤回",
    allowed=False,
    reasons=(
        ActionReason("只有提出申请的学校可以撤回。", rule=RULE),
        ActionReason("撤回要在确认到校以前。", who_clears="栖云区青松小学", phone="15400001111", rule=RULE),
    ),
)
PANEL = ActionPanel(NO, 7, "k" * 24, (APPROVE, RETURN, REFUSE, REASSIGN, WITHDRAW))

ROUTE = (
    station("提出申请", "栖云区青松小学", "done", on=TODAY, who="林知夏", word="提交"),
    station("转入学校", "栖云区青松小学", "done", on=TODAY, who="赵越", word="同意"),
    station("转出学校", "禾苑县第一小学", "present", left=chip("tomorrow", "明天到期", 1)),
    station("共同主管部门", "栖云区教育局", expected=28),
    station("到校", "栖云区青松小学", expected=44),
)

HISTORY = (
    TimelineEntry(
        "system",
        AT,
        "提醒办理",
        delivered=Delivered(
            "已通知 3 人，邮件送出 1 封，1 人的邮件没有送到，1 人已读",
            (
                Delivery("孙立", "禾苑县第一小学", "邮件被退回", AT, lost=True),
                Delivery("赵越", "禾苑县第一小学", "邮件已送出（代为通知）", AT, AT),
                Delivery("买买提·艾合买提", LONG_SCHOOL, "没有邮箱，在网页上通知", AT),
            ),
        ),
    ),
    TimelineEntry(
        "system",
        AT,
        "催办",
        delivered=Delivered(
            "已通知 1 人，邮件送出 1 封，监护人短信已送出",
            (
                Delivery("孙立", "禾苑县第一小学", "邮件已送出", AT),
                Delivery("监护人 154****1234", "", "短信已送出", AT),
            ),
        ),
    ),
    TimelineEntry(
        "comment",
        AT,
        "留言",
        "林知夏",
        "栖云区青松小学",
        text="家长说原件已经带到学校，需要的话今天可以补拍。" * 3,
        mine=True,
    ),
    TimelineEntry(
        "decision",
        AT,
        "同意",
        "赵越",
        "栖云区青松小学",
        deputy_for="钱主任",
        text="学位够，同意转入。",
        seal=Seal("青松小学", TODAY),
    ),
    TimelineEntry("event", AT, "补正后重新提交", "林知夏", "栖云区青松小学"),
    TimelineEntry(
        "decision",
        AT,
        "退回补正",
        "赵越",
        "栖云区青松小学",
        text="户口簿第二页看不清。",
        items=("户口簿",),
        seal=Seal("青松小学", TODAY, "退回", void=True),
    ),
    TimelineEntry("evidence", AT, "交来户口簿", "林知夏", "栖云区青松小学"),
    TimelineEntry(
        "decision",
        AT,
        "不同意",
        LONG_NAME,
        LONG_SCHOOL,
        text="长意见。" * 500,
        seal=Seal("朗星市直第二实验", TODAY, "不同意", refusal=True),
    ),
    TimelineEntry("milestone", AT, "国家平台核对通过", "林知夏", "栖云区青松小学"),
    TimelineEntry("event", AT, "提交申请", "林知夏", "栖云区青松小学"),
)

TILES = (
    EvidenceTile("转学申请", "#", "申请.jpg", "image", "412 KB", 1, "林知夏", AT, CITATION),
    EvidenceTile(
        "户口簿", "#", "户口簿首页和本人页.pdf", "pdf", "1.8 MB", 2, "林知夏", AT, CITATION, faulty="第二页看不清"
    ),
    EvidenceTile("居住证明、居住证、工作调动证明之一", citation=CITATION),
)

CASE = CasePage(
    no=NO,
    kind="转学",
    title="沈明铭 转入栖云区青松小学",
    state="转出学校审核",
    ball=BallLine(
        "禾苑县第一小学", "主管领导", chip("tomorrow", "明天到期", 1), ("工作调动证明",), AT, "15412345678", mine=True
    ),
    route=ROUTE,
    route_because="两所学校都归栖云区教育局主管，所以只要三家审核。",
    route_rule=RULE,
    tabs=tabs("request"),
    tab="request",
    panel=PANEL,
    pupil=(
        Fact("姓名", "沈明铭"),
        Fact("性别", "男"),
        Fact("出生日期", "2015年2月18日"),
        Fact("学籍号", "…2054"),
        Fact("证件号", "…2054"),
        Fact("学籍状态", "在读"),
    ),
    request=(
        Fact("转出", "禾苑县第一小学 五年级 2 班", "2199000386"),
        Fact("转入", "栖云区青松小学 五年级 1 班", "2199000825"),
        Fact("原因", "监护人工作调动"),
        Fact("监护人", "沈建国", "父亲，154****5678"),
    ),
    request_text="随父亲调到栖云区工作，全家已于八月迁入。",
    evidence=TILES,
    upload=Form(
        (
            Field(
                "kind",
                "哪一种",
                "select",
                required=True,
                options=(Option("work", "工作调动证明"), Option("home", "居住证明")),
            ),
            Field(
                "file",
                "照片或文件",
                "file",
                required=True,
                accept="image/jpeg,image/png,application/pdf",
                hint="JPG、PNG 每张不超过 2 MB，PDF 不超过 10 MB",
            ),
        ),
        button="上传",
        key="k" * 24,
        revision=7,
    ),
    contacts=(
        Contact("转出学校", "禾苑县第一小学", "2199000386", "孙立", "15412345678"),
        Contact("转入学校", "栖云区青松小学", "2199000825", "林知夏", "15400001111"),
        Contact("主管部门", "栖云区教育局", "990101", "", "15400003333"),
    ),
    papers=(Paper("转学申请表", "#", "带各家意见"), Paper("转学证明", "", "确认到校后生成")),
    linked=(Paper("纸质档案交接", "#", "10月22日前寄到"),),
)

TALK = Form(
    (Field("text", "写留言", "textarea", required=True, maxlength=2000, rows=3, hint="案卷各方都看得到"),),
    button="发送",
    key="k" * 24,
)

REFUSE_WRONG = replace(
    REFUSE,
    opened=True,
    fields=(
        replace(REFUSE.fields[0], error="请选一个原因。"),
        replace(REFUSE.fields[1], error="理由不能空着。", value=""),
    ),
)

LONG_ROUTE = (
    station("提出申请", LONG_SCHOOL, "done", on=TODAY, who="林知夏", word="提交"),
    station("转入学校", LONG_SCHOOL, "done", on=TODAY, who=LONG_NAME, word="同意"),
    station("转入主管部门", "栖云区教育局", "done", on=TODAY, who="周正", word="同意"),
    station("转入市", "朗星市教育局", "skipped", skipped_because="只有高中要市里审核"),
    station("国家平台核对", "国家学籍平台", "done", on=TODAY, who="林知夏", word="通过", external=True),
    station("转出学校", "外省某市第三中学", "present", external=True, left=chip("overdue", "逾期 3 个工作日", -5)),
    station("转出主管部门", "外省某县教育局", expected=30, external=True),
    station("调档", "栖云区青松小学", expected=44, provisional=True),
    station("到校", "栖云区青松小学", expected=58, provisional=True),
)


def over(state: str, word: str, ended: str, route: tuple[Any, ...]) -> CasePage:
    return replace(
        CASE,
        state=state,
        route=route,
        tabs=tabs("history"),
        tab="history",
        timeline=HISTORY[3:],
        ball=BallLine("", "", done(word), ended=ended),
        panel=ActionPanel(NO, 12, "k" * 24, waiting_for="已经结束，没有要办的事。"),
    )


VIEWER = ViewerPage(
    NO,
    "户口簿",
    "#",
    ("/samples/scan.svg", "/samples/scan.svg"),
    (
        Fact("文件", "户口簿首页和本人页.pdf"),
        Fact("大小", "1.8 MB，2 页"),
        Fact("交来", "林知夏", "9月8日 14:20"),
        Fact("校验值", "3f9a…c21e"),
    ),
    "林知夏 2025-09-08 14:20",
    TILES[:1],
)

REFUSED = (
    *ROUTE[:2],
    station("转出学校", "禾苑县第一小学", "refused", on=TODAY, who="孙立", word="不同意"),
    *(replace(stop, state="skipped", skipped_because="案卷已结束", expected=None) for stop in ROUTE[3:]),
)
FINISHED = tuple(
    replace(stop, state="done", on=TODAY + dt.timedelta(n * 4), who="孙立", word="同意") for n, stop in enumerate(ROUTE)
)

TAKING_BACK = TakingBack(
    "撤销转学",
    "撤销转学",
    "提请撤销这件转学",
    (Fact("撤销期至", "2025年10月24日"),),
    (
        Fact("学籍现在", "栖云区青松小学 五年级1班"),
        Fact("撤销后回到", f"{LONG_SCHOOL} 五年级3班"),
        Fact("转学证明", "转证〔2025〕2199000101-0007", note="作废，公开验证页随即显示已撤销"),
    ),
    form=Form(
        (
            Field("cause", "撤销的原因", "select", options=(Option("mistaken", "办错学生或办错学校"),), required=True),
            Field("reason", "具体情况", "textarea", error="请写明撤销的理由", required=True, rows=3),
        ),
        (FieldError("请写明撤销的理由", "reason"),),
        "k" * 24,
        button="提请撤销",
    ),
    url="#",
)
FAR = "票签：已签 2 人（1 人不同意），待签 3 人"
SIGNING = replace(
    CASE,
    ball=replace(CASE.ball, holder="栖云区教育局", role="部门经办人、部门负责人", signed=FAR, missing=()),
    route=(*ROUTE[:2], replace(ROUTE[2], step="转出学校票签", word=FAR), *ROUTE[3:]),
    panel=replace(
        PANEL,
        actions=(
            replace(
                APPROVE,
                button="同意",
                next_holder="",
                consequence="票签：5 人中有 3 人同意即为同意；已有 1 人同意，除您外还有 2 人未签。",
            ),
            RETURN,
            REFUSE,
        ),
    ),
)

STOPPED_WORDS = "栖云区教育局于 9月8日挂起本事项，至 9月30日（等公安机关的证明）。期间停止计时，恢复后接着办理。"
STOPPED = tuple(
    replace(one, allowed=False, primary=False, reasons=(ActionReason("栖云区教育局于 9月8日挂起本事项，恢复后办理"),))
    for one in (APPROVE, RETURN)
)
RESUME = ActionView(
    "resume",
    "恢复",
    consequence="从明天起接着计时，剩余的工作日不变。",
    fields=(Field("comment", "意见", "textarea", rows=3),),
)

WHERE = (
    Option("draft", "栖云区青松小学（补正后重新提交）"),
    Option("0", "栖云区青松小学（转入学校核办）", "赵越 9月8日已同意"),
    Option("1", f"{LONG_SCHOOL}（转出学校核办）", f"{LONG_NAME} 9月8日已同意"),
)
SEND_BACK = ActionView(
    "send_back",
    "退回前面环节",
    opened=True,
    consequence="所选环节重新办理，本环节期限停走；办好后直接回到本环节，其他单位的意见继续有效，另有选择的除外。",
    fields=(
        Field("back_to", "退回到", "radio", required=True, options=WHERE, error="请填写这一项"),
        Field("items", "需要补正的内容", "checks", options=(Option("a", "转入年级或班级"), Option("b", "户口簿"))),
        Field("resume", "办好以后", "radio", "straight", required=True, options=(
            Option("straight", "直接回到本环节，其间各单位的意见继续有效"), Option("again", "其后各环节重新办理"))),
        Field("comment", "意见", "textarea", required=True, rows=3),
    ),
)  # fmt: skip
CONFIRM = ActionView(
    "confirm_termination",
    "确认终止",
    danger=True,
    consequence="事项随即结束，未办的全部作废，不再恢复；各方收到通知，学生可以另行办理。",
    fields=(Field("comment", "意见", "textarea", rows=3),),
)
TOO_LATE = ActionView(
    "recall",
    "取回",
    allowed=False,
    reasons=(ActionReason("您作出决定以后，本事项已有新的办理记录（认领、转办、催办、留言、材料等），不能再取回"),),
)
PROPOSED = replace(
    CASE,
    notes=(("朗星市教育局 周正 提请终止本事项，待另一人确认", "同一学生重复申请，且原校已合并。" * 6),),
    objection=("栖云区教育局退回补正", "班级与学籍不符。"),
    pupil=(replace(CASE.pupil[0], mark="栖云区教育局要求补正"), *CASE.pupil[1:]),
    request=(*CASE.request[:2], replace(CASE.request[2], mark="栖云区教育局要求补正"), CASE.request[3]),
    panel=replace(PANEL, further=(SEND_BACK, CONFIRM, TOO_LATE)),
)

SAMPLES: dict[str, tuple[str, Any]] = {
    "case-proposed": ("cases/show.html", PROPOSED),
    "case-signing": ("cases/show.html", SIGNING),
    "case": ("cases/show.html", CASE),
    "case-evidence": ("cases/show.html", replace(CASE, tab="evidence", tabs=tabs("evidence"))),
    "case-talk": (
        "cases/show.html",
        replace(CASE, tab="talk", tabs=tabs("talk"), comment=TALK, timeline=(HISTORY[2],)),
    ),
    "case-history": ("cases/show.html", replace(CASE, tab="history", tabs=tabs("history"), timeline=HISTORY)),
    "case-waiting": (
        "cases/show.html",
        replace(
            CASE,
            ball=replace(CASE.ball, mine=False, left=chip("soon", "还剩 4 个工作日", 4), missing=()),
            panel=ActionPanel(
                NO,
                7,
                "k" * 24,
                (
                    ActionView(
                        "withdraw",
                        "撤回",
                        consequence="案卷结束，学籍留在原校。",
                        fields=(Field("comment", "为什么撤回", "textarea", required=True, rows=2),),
                    ),
                    replace(REASSIGN, allowed=False),
                ),
                waiting_for="等待禾苑县第一小学审核，9月12日前。",
            ),
        ),
    ),
    "case-suspended": (
        "cases/show.html",
        replace(
            CASE,
            notes=(("已挂起", STOPPED_WORDS),),
            ball=replace(CASE.ball, left=replace(chip("paused", "已挂起", 29), note="至 9月30日，恢复后还有 4 天")),
            panel=ActionPanel(NO, 7, "k" * 24, STOPPED, further=(RESUME,)),
        ),
    ),
    "case-wrong": (
        "cases/show.html",
        replace(
            CASE,
            panel=replace(
                PANEL,
                actions=(APPROVE, RETURN, REFUSE_WRONG, WITHDRAW),
                errors=(FieldError("请选一个原因。", "cause"), FieldError("理由不能空着。", "comment")),
            ),
        ),
    ),
    "case-long": (
        "cases/show.html",
        replace(
            CASE,
            title=f"{LONG_NAME} 转入{LONG_SCHOOL}",
            route=LONG_ROUTE,
            ball=BallLine(
                LONG_SCHOOL,
                "主管领导",
                chip("overdue", "逾期 3 个工作日", -5),
                ("户口簿", "工作调动证明", "转学申请"),
                AT,
                "15412345678",
            ),
            panel=replace(
                PANEL,
                warnings=(ActionReason("转入后该班 47 人，超过小学 45 人的标准。", "warn", "T7", rule=RULE),),
                handled_by="周正",
            ),
        ),
    ),
    "case-done": (
        "cases/show.html",
        replace(
            over("已生效", "已办结", "已办结：9月24日到校，学籍已转入栖云区青松小学。", FINISHED),
            taking_back=TAKING_BACK,
        ),
    ),
    "case-refused": (
        "cases/show.html",
        replace(
            over("不同意", "已结束", "已结束：9月8日禾苑县第一小学不同意，原因是问题学籍没有解决。", REFUSED),
            again=Again("#", "k" * 24),
        ),
    ),
    "viewer": ("cases/evidence.html", VIEWER),
}
