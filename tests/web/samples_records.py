"""Pages about one record: an ID error in its states, a pupil without ID number, verdicts of the population register."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.web.sample_facts import AT, LONG_NAME, LONG_SCHOOL, TODAY, chip, station
from tests.web.samples_case import CASE, OPINION
from web.pages.cases import Paper
from web.pages.imports import VerdictFault, VerdictsPage
from web.present import entry
from web.views import (
    ActionPanel,
    ActionReason,
    ActionView,
    BallLine,
    Contact,
    DaysLeft,
    Fact,
    Field,
    FieldError,
    Form,
    Option,
    Tab,
)
from workflow.imports.cells import SchoolFacts
from workflow.imports.faults import Fault

SF, WH = "SF2025-2199000825-0003", "WH2025-2199000825-0001"
SCHOOL = Contact("学校", "栖云区青松小学", "2199000825", phone="15400001111")
DEPARTMENT = Contact("主管部门", "栖云区教育局", "990101", phone="15400003333")
PUPIL = (
    Fact("姓名", "沈明铭"),
    Fact("学籍号", "********0018"),
    Fact("性别", "男"),
    Fact("出生日期", "2014年3月12日"),
    Fact("身份证件类型", "居民身份证"),
    Fact("身份证件号", "********0010"),
    Fact("学籍状态", "在读"),
)
SEXES = (Option("male", "男"), Option("female", "女"))
KEY_DATA = (
    Field(
        "corrected.id_number", "身份证件号", hint="按户口簿逐位填写；不改号码的留空", autocomplete="off", maxlength=60
    ),
    Field("corrected.sex", "性别", "radio", "male", options=SEXES),
    Field("corrected.birth_date", "出生日期", "date", "2014-03-12"),
    Field("corrected.id_type", "身份证件类型", "select", "1", options=(Option("1", "居民身份证"), Option("Z", "其他"))),
    OPINION,
)
CORRECT = ActionView(
    "request_correction",
    "申请更正",
    primary=True,
    consequence="主管部门同意后写入学籍，原内容留存备查，随即再次核验和查重；学籍号不变。",
    fields=KEY_DATA,
)
CLAIM = ActionView(
    "request_claim",
    "信息无误，提交佐证",
    allowed=False,
    reasons=(ActionReason("“证件号码有误”只能更正或删除，不能提交佐证", "block"),),
)
DELETE = ActionView(
    "request_deletion",
    "申请删除",
    danger=True,
    consequence="学生不在本校就读的，由本校主管领导复核后注销这条记录；撤销期内可以恢复。",
    fields=(
        Field(
            "reason",
            "删除的理由",
            "radio",
            required=True,
            options=(Option("never_came", "学生从未到校就读"), Option("entered_twice", "重复录入")),
        ),
        replace(OPINION, required=True),
    ),
)
WRONG = replace(
    CORRECT,
    opened=True,
    fields=(replace(KEY_DATA[0], error="校验码（最后一位）不对，请与证件逐位核对"), *KEY_DATA[1:]),
)
FOUND = (
    station("确认收到", "栖云区青松小学", "done", on=TODAY, word="已办"),
    station("核对并答复", "栖云区青松小学", "present", left=chip("soon", "还剩 8 个工作日", 8)),
    station("主管部门核办", "栖云区教育局"),
)


def tabs(first: str) -> tuple[Tab, ...]:
    return tuple(Tab(word, "#", place == 0) for place, word in enumerate((first, "材料", "沟通", "办理记录")))


ID_ERROR = replace(
    CASE,
    no=SF,
    kind="证件号错误",
    title="沈明铭：证件号码有误",
    state="学校核对",
    ball=BallLine(
        "栖云区青松小学", "学籍管理员", chip("soon", "还剩 8 个工作日", 8), ("学校的答复",), since=AT, mine=True
    ),
    route=FOUND,
    route_because="删除由本校主管领导复核；更正和佐证由主管部门核办，佐证还须公安机关答复",
    route_rule=None,
    tabs=tabs("问题和答复"),
    panel=ActionPanel(SF, 1, "k" * 24, (CORRECT, CLAIM, DELETE)),
    objection=("", ""),
    pupil=PUPIL,
    request=(
        Fact("学校", "栖云区青松小学", "2199000825"),
        Fact("年级班级", "五年级 1 班"),
        Fact("问题", "证件号码有误", "号码本身不成立，请与户口簿逐位核对后更正。"),
        Fact("具体情况", "校验码（最后一位）不对；第 17 位表示的性别与学籍中的性别不符"),
    ),
    request_title="问题和学校的答复",
    request_text="",
    contacts=(SCHOOL, DEPARTMENT),
    papers=(),
    linked=(),
)
LONG = replace(
    ID_ERROR,
    title=f"{LONG_NAME}：姓名与人口库不一致",
    state="主管部门核办",
    ball=BallLine(LONG_SCHOOL, "部门负责人", chip("overdue", "逾期 3 个工作日", -5), since=AT),
    objection=(f"{LONG_SCHOOL}退回补正", "户口簿第二页看不清，公安证明没有盖章。" * 8),
    request=(
        Fact("学校", LONG_SCHOOL, "2199000825"),
        Fact("问题", "姓名与人口库不一致", "号码存在，但姓名不同。请核对同音字、形近字和间隔号，以户口簿为准。"),
        Fact("核验结论", "姓名不一致", "2025年9月1日 2025年秋季人口库比对"),
        Fact("学校答复", "申请更正"),
        Fact("更正姓名", LONG_NAME),
        Fact("更正身份证件号", "990101 20140312 8019"),
    ),
    request_text="家长称户口簿上的间隔号是后来改的。" * 20,
    panel=ActionPanel(SF, 3, "k" * 24, waiting_for=f"等待{LONG_SCHOOL}办理"),
)
LEVELS = (
    station("办理证明表", "栖云区青松小学", "done", on=TODAY, word="已上报"),
    station("学校核办", "栖云区青松小学", "done", on=TODAY, who="周明远", word="同意"),
    station("区县主管部门核办", "栖云区教育局", "done", on=TODAY, who="韩青", word="同意"),
    station("市级主管部门核办", "朗星市教育局", "done", on=TODAY, who="沈岚", word="同意"),
    station("省级主管部门核办", "岚川省教育厅", "done", on=TODAY, who="顾川", word="同意"),
    station("证明有效", "栖云区青松小学", "done", on=TODAY, word="已编号"),
)
NO_ID = replace(
    ID_ERROR,
    no=WH,
    kind="无身份证号学生",
    title="古丽娜尔·艾合买提：无身份证号学生在校就读证明",
    state="证明有效",
    ball=BallLine("", "", DaysLeft("done", "证明有效"), ended="证明有效，2月1日开学时询问学校是否已取得证件号"),
    route=LEVELS,
    route_because="共 4 级核办：学校、主管部门逐级上报到省级，没有的层级不经过",
    tabs=tabs("证明内容"),
    request=(
        Fact("学校", "栖云区青松小学", "2199000825"),
        Fact("年级班级", "一年级 1 班"),
        Fact("缺号原因", "户口登记尚未办理"),
        Fact("监护人", "艾合买提·吐尔逊（父亲）、阿依古丽·买买提（母亲）"),
        Fact("证明生效日期", "2025年10月20日"),
        Fact("下次询问", "2026年2月1日", "每学期开学时询问是否已取得证件号"),
    ),
    request_title="在校就读证明",
    panel=ActionPanel(
        WH,
        5,
        "k" * 24,
        (replace(CORRECT, name="enter_number", word="已取得证件号", primary=False, fields=KEY_DATA[:3]),),
    ),
    papers=(Paper("无身份证号学生在校就读证明表", "#", "在校证〔2025〕990000-0003"),),
)
FORM = Form(
    (
        Field("file", "核验结论", "file", hint="Excel 或 CSV，列为：姓名、身份证件号 或 学籍号、结论", required=True),
        Field("source", "结论的来源", value="人口库核验", hint="记入学籍，如：2025年秋季人口库比对", required=True),
        Field("on", "核验日期", "date", "2025-09-01", required=True, width="short"),
    ),
    button="登记结论",
)
VERDICTS = VerdictsPage(
    FORM,
    file_name="栖云区2025年秋季人口库比对结果.xlsx",
    rows=1280,
    entered=1277,
    counts=(Fact("通过", "1269 人"), Fact("查无此号", "5 人"), Fact("姓名不一致", "3 人")),
    faults=(
        VerdictFault(17, "王小明", "号码已找到，但姓名不符"),
        VerdictFault(203, LONG_NAME, "没有找到这名学生"),
        VerdictFault(1004, "", "姓名、结论以及身份证件号或学籍号都须填写"),
    ),
)

SCHOOL_FACTS = SchoolFacts("2199000101", {"2021101": "2021101", "五年级1班": "2021101"}, "栖云区青松小学")

SAMPLES: dict[str, tuple[str, Any]] = {
    "id-error": ("cases/show.html", ID_ERROR),
    "id-error-wrong": (
        "cases/show.html",
        replace(
            ID_ERROR,
            panel=ActionPanel(
                SF,
                1,
                "k" * 24,
                (WRONG, CLAIM, DELETE),
                errors=(FieldError("校验码（最后一位）不对，请与证件逐位核对", "corrected.id_number"),),
            ),
        ),
    ),
    "id-error-long": ("cases/show.html", LONG),
    "no-id": ("cases/show.html", NO_ID),
    "entry": ("students/new.html", entry.page(SCHOOL_FACTS, entry.USUAL, "k" * 24)),
    "entry-wrong": (
        "students/new.html",
        entry.page(
            SCHOOL_FACTS,
            {**entry.USUAL, "姓名": "买买提·阿不都拉·库尔班江·艾合买提", "性别": "男", "联系电话": "12"},
            "k" * 24,
            refused=(
                FieldError("性别填的是男，身份证件号的第 17 位却表示女，请按证件核对两者。", "性别"),
                FieldError("联系电话应为 11 位手机号或带区号的固定电话。", "联系电话"),
                FieldError("没有证件的，至少要填一位监护人的身份证件号，请补填。", "成员1身份证件号"),
            ),
        ),
    ),
    "entry-reread": (
        "students/new.html",
        entry.page(
            SCHOOL_FACTS,
            {**entry.USUAL, "姓名": "唐 思 晴"},
            "k" * 24,
            [Fault(0, None, "姓名", "space", "warn", "姓名：去掉了多余的空格。", "唐 思 晴", "唐思晴")],
        ),
    ),
    "verdicts": ("verdicts/new.html", VERDICTS),
    "verdicts-empty": ("verdicts/new.html", VerdictsPage(FORM)),
}
