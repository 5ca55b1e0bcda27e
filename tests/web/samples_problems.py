"""Records side by side: two, three and five, long ones, a form that came back, a blocked row, nothing at all."""

from __future__ import annotations

from dataclasses import replace

from tests.web.sample_facts import AT, LONG_NAME, LONG_SCHOOL, TODAY, chip, station
from tests.web.samples_case import OPINION
from tests.web.samples_records import ID_ERROR as ERROR_PAGE
from tests.web.samples_records import SF
from web.pages.cases import TakingBack
from web.pages.problem_parts import Cell, Chip, Column, Mark, Neighbours, ReasonPoint, Row, RowGroup, Task
from web.pages.problem_rulings import Choice, ForeseenRecord, Preset, PreviewPage, RulingForm, VerdictCard
from web.pages.problems import ComparePage, ListPage, PairActions
from web.present.problems_draft import corrected_fields
from web.present.problems_list import EMPTY
from web.present.problems_marks import name_cells, number_cells, text_cells
from web.views import (
    ActionPanel,
    ActionReason,
    ActionView,
    BallLine,
    DaysLeft,
    EvidenceTile,
    Fact,
    Field,
    FieldError,
    Form,
    Option,
    Seal,
    Tab,
)
from workflow.problems.lists import BLOCKED_REASONS, REASONS, VERDICTS

WT = "WT2025-990000-0001"
NAMES = ("王晓明", "王小明", "王筱明", "王晓朋", "王小明")
SCHOOLS = ("栖云区青松小学", "禾苑县第一小学", "朗星市实验小学", "云中市第三小学", "垦区第一小学")
NUMBERS = ("990101201403120110", "990101201403120110", "990101201403120110", "990101201403120110", "990101201403120110")
RECORDS = ("G990101201403120110", "L990102201409010017", "G990101201403120110", "", "G990101201403120110")
HERE = Cell((Mark("佐证属实"),), note="2025-09-08", lines=("“学生一直在本校就读，户口簿已核对。”",))
AWAY = Cell((Mark("删除本校记录"),), note="2025-09-09", lines=("学生已离校，在他校就读",))
PAPERS = (
    EvidenceTile("户口簿", "#", "户口簿.pdf", "pdf", "312 KB", 2),
    EvidenceTile("学校在读证明", "#", "在读证明.jpg", "image", "96 KB"),
    EvidenceTile("公安情况说明", gone="2025-09-09 已撤下，不作为依据"),
)


HEIRS = (
    "",
    "原禾苑县第一小学已于 2025年7月1日 并入禾苑县实验学校，由禾苑县实验学校办理。",
    "原朗星市实验小学已于 2025年7月1日 停办，没有承接的学校，不再要求答复，按现有材料认定。",
)


def columns(names: tuple[str, ...], schools: tuple[str, ...]) -> tuple[Column, ...]:
    states = (
        (Chip("佐证属实", "accent"), Chip("已审核", "green")),
        (Chip("待答复", "amber"),),
        (Chip("学校已停办", "red"),),
    )
    return tuple(
        Column(no, f"第 {no} 方", name, school, "", states[(no - 1) % 3], "#")
        for no, (name, school) in enumerate(zip(names, schools, strict=True), 1)
    )


def groups(names: tuple[str, ...]) -> tuple[RowGroup, ...]:
    many = len(names)
    born = tuple("2014-03-12" if place != 1 else "2014-03-21" for place in range(many))
    same = tuple(Cell((Mark("男"),)) for _ in names)
    family = tuple(
        Cell(lines=("王大山（父亲） 154****1111", "李春梅（母亲） 154****2222"), chips=(Chip("同监护人", "accent"),))
        for _ in names
    )
    seals = (Cell(seal=Seal("栖云区教育局", TODAY, "审核通过"), said="审核通过"), Cell(note="答复后审核"))
    return (
        RowGroup(
            "身份",
            (
                Row("姓名", tuple(name_cells(names)), judged=True),
                Row("性别", same, differs=False, judged=True),
                Row("出生日期", tuple(text_cells(born)), judged=True),
                Row("身份证件号", tuple(number_cells(NUMBERS[:many], revealed=False)), differs=False, judged=True),
            ),
        ),
        RowGroup(
            "学籍",
            (
                Row("学籍号", tuple(number_cells(RECORDS[:many], revealed=False)), judged=True),
                Row(
                    "班级",
                    tuple(Cell((Mark(f"五年级 {place} 班"),), note="2020-09-01 起") for place in range(1, many + 1)),
                ),
                Row("学校变动", tuple(Cell(lines=(said,) if said else ()) for said in (*HEIRS, "", "")[:many])),
            ),
        ),
        RowGroup("家庭", (Row("监护人", family, differs=False, judged=True),)),
        RowGroup(
            "答复与佐证",
            (
                Row("学校答复", tuple(HERE if place % 2 == 0 else AWAY for place in range(many))),
                Row("部门审核", tuple(seals[min(place, 1)] for place in range(many))),
                Row(
                    "佐证材料",
                    tuple(Cell(tiles=PAPERS if place == 0 else (EvidenceTile("户口簿"),)) for place in range(many)),
                ),
            ),
        ),
    )


def cards(names: tuple[str, ...], schools: tuple[str, ...]) -> tuple[VerdictCard, ...]:
    options = tuple(Option(code, one.title, one.consequence) for code, one in VERDICTS.items() if code != "distinct")
    found = []
    for no, (name, school) in enumerate(zip(names, schools, strict=True), 1):
        others = tuple(
            Option(str(other), f"第 {other} 方 {names[other - 1]}") for other in range(1, len(names) + 1) if other != no
        )
        choice = Choice(
            f"choice-{no}-name", "姓名", (Option("", "保留方的", names[0]), Option(str(no), f"第 {no} 方的", name)), ""
        )
        found.append(
            VerdictCard(
                no,
                f"第 {no} 方",
                name,
                school,
                options,
                "keep" if no == 1 else "merge",
                others,
                "1",
                (choice,),
                corrected_fields(f"corrected-{no}.", {}),
            )
        )
    return tuple(found)


def draft(names: tuple[str, ...], schools: tuple[str, ...]) -> RulingForm:
    reasons = tuple(Option(code, entry.title) for code, entry in REASONS.items())
    presets = [
        Preset(str(no), f"同一学生，保留第 {no} 方", "其余各方并入这条记录。", "#") for no in range(1, len(names) + 1)
    ]
    return RulingForm(
        cards(names, schools),
        Field("reasons", "认定依据（可多选）", "checks", chosen=("same_child",), options=reasons, required=True),
        Field("comment", "裁定理由", "textarea", hint="写明认定的事实和依据，最多 2000 字。", required=True, rows=5),
        7,
        "k" * 24,
        "#",
        tuple(presets),
    )


def compare(names: tuple[str, ...], schools: tuple[str, ...]) -> ComparePage:
    return ComparePage(
        WT,
        "身份证件号重复",
        "、".join(dict.fromkeys(names)),
        "裁定",
        columns(names, schools),
        groups(names),
        "#",
        BallLine("岚川省教育厅", "仲裁员", chip("soon", "还剩 8 个工作日", 8), since=AT, mine=True),
        (Tab("比对", "#", True), Tab("裁定", "#"), Tab("办理记录", "#")),
        reasons=(
            ReasonPoint("同号", "身份证件号相同"),
            ReasonPoint("同音", "姓名读音相同"),
            ReasonPoint("同监护人", "监护人证件号相同"),
            ReasonPoint("生日疑似笔误", "出生日期两位颠倒", None, True),
        ),
        form=draft(names, schools),
        reveal=Form((Field("purpose", "用途", required=True),), button="查看完整号码"),
        reveal_url="#",
        around=Neighbours("#", "待办", "#", "#"),
    )


TWO = compare(NAMES[:2], SCHOOLS[:2])
FIVE = compare(NAMES, SCHOOLS)
WHOLE = replace(
    FIVE,
    form=None,
    tasks=(
        Task(
            "复核裁定",
            ActionPanel(
                WT,
                7,
                "k" * 24,
                (
                    ActionView(
                        "confirm_ruling",
                        "复核同意",
                        primary=True,
                        consequence="裁定随即执行，各条学籍记录同时变更。",
                        fields=(OPINION,),
                    ),
                    ActionView(
                        "return_ruling",
                        "退回重拟",
                        consequence="退回重新拟定，记录不变。",
                        fields=(replace(OPINION, required=True),),
                    ),
                ),
                heading="复核裁定",
            ),
        ),
    ),
    notices=(
        ActionReason(
            "原裁定仍然有效。新的裁定生效时先撤回原裁定，各条记录恢复到原裁定之前，再按新的裁定变更。", "warn"
        ),
        ActionReason("原裁定之后另行变更，保留不动：第 1 方的学籍：姓名。", "warn"),
    ),
)
LONG = compare((LONG_NAME, LONG_NAME[:20] + LONG_NAME[21:], "王小明"), (LONG_SCHOOL, LONG_SCHOOL, SCHOOLS[2]))
FAULT = "第 1 方：并入和更正之后：身份证件号里的出生日期与所填的不符，请按证件一并更正"
WRONG_FORM = replace(
    draft(NAMES[:2], SCHOOLS[:2]),
    cards=(
        replace(
            cards(NAMES[:2], SCHOOLS[:2])[0],
            chosen="correct",
            corrected=corrected_fields("corrected-1.", {"name": "王大明"}, {"birth_date": FAULT.partition("：")[2]}),
        ),
        replace(cards(NAMES[:2], SCHOOLS[:2])[1], error="第 2 方：请选择并入哪一方", into_chosen=""),
    ),
    errors=(FieldError(FAULT, "corrected-1.birth_date"), FieldError("请写明理由", "comment")),
    words=Field("comment", "裁定理由", "textarea", error="请写明理由", required=True, rows=5),
)
BLOCKED = ComparePage(
    "",
    "与未导入的一行相像",
    "李思涵、李思函",
    "待判断",
    (
        Column(1, "学籍记录", "李思涵", SCHOOLS[0], "", (), "#"),
        Column(2, "未导入的一行", "李思函", SCHOOLS[1], "", (Chip("号码有误，未导入", "amber"),)),
    ),
    (
        RowGroup(
            "身份",
            (
                Row("姓名", tuple(name_cells(("李思涵", "李思函"))), judged=True),
                Row(
                    "身份证件号",
                    tuple(number_cells(("990101201403120515", "990101201403120510"), revealed=False)),
                    judged=True,
                ),
            ),
        ),
        RowGroup(
            "来历",
            (
                Row(
                    "录入",
                    (
                        Cell((Mark("逐条录入"),), note="2024-09-01"),
                        Cell((Mark("导入文件第 203 行"),), note="2025-09-01 林知夏 青松小学.xlsx"),
                    ),
                ),
            ),
        ),
    ),
    "#",
    reasons=(ReasonPoint("差一位", "身份证件号只差一位", 60), ReasonPoint("同音", "姓名读音相同", 25)),
    score=85,
    hidden_sides="这一行因证件号有误没有导入，它的号码与这条学籍记录的号码只差一处。请按证件判断是不是同一名学生。",
    pair=PairActions(
        "#",
        later_url="#",
        key="k" * 24,
        reasons=tuple(Option(code, word) for code, word in BLOCKED_REASONS.items()),
        error="请从所列理由中选择",
    ),
)
CHANGED = (("姓名", "王晓明", "王小明"), ("身份证件号", "********0110", "空"))
PREVIEW = PreviewPage(
    WT,
    "王晓明、王小明",
    (
        ForeseenRecord(
            "第 1 方",
            LONG_NAME,
            LONG_SCHOOL,
            "维持",
            "这条记录保留，号码归这条记录，并接收并入的内容。",
            "green",
            CHANGED,
            ("第 2 方并入这条记录",),
        ),
        ForeseenRecord(
            "第 2 方",
            "王小明",
            SCHOOLS[1],
            "并入第 1 方",
            VERDICTS["merge"].consequence,
            "red",
            (),
            ("家庭成员李春梅（母亲）移到第 1 方", "2 条学籍异动移到第 1 方"),
        ),
    ),
    ("经核实为同一学生",),
    "两校登记的监护人、住址一致，公安机关确认为同一人。",
    (),
    "#",
    "#",
    "k" * 24,
    7,
    "岚川省教育厅",
    (
        "原裁定仍然有效。新的裁定生效时先撤回原裁定，各条记录恢复到原裁定之前，再按新的裁定变更。",
        "第 1 方已撤下公安情况说明，不能再作为认定依据。",
    ),
    before="恢复后",
)
NOTHING = ListPage(
    (Tab("在办", "#", True), Tab("有一方逾期", "#"), Tab("疑似", "#")),
    Form((Field("age", "立案时间", "select", options=(Option("", "不论多久"),)),), button="筛选"),
    (),
    lead="同一号码、同名同生日的记录，各方核实后由共同的主管部门裁定。",
    empty=EMPTY[""],
)
DELETED = replace(
    ERROR_PAGE,
    state="已注销记录",
    ball=BallLine("", "", DaysLeft("done", "已注销记录"), ended="已注销记录：学籍记录已注销，撤销期内可由主管部门恢复"),
    panel=ActionPanel(SF, 4, "k" * 24, waiting_for="这件事项已经办结，不需要再办理。结果：学籍记录已注销。"),
    route=(
        station("确认收到", "栖云区青松小学", "done", on=TODAY, word="已办"),
        station("核对并答复", "栖云区青松小学", "done", on=TODAY, word="已办"),
        station("复核删除", "栖云区青松小学", "done", on=TODAY, word="已办"),
    ),
    taking_back=TakingBack(
        "注销与恢复",
        "撤销注销",
        "提请恢复这条记录",
        (Fact("注销", "2025年9月8日", note="学籍记录和在籍同时结束"), Fact("撤销期至", "2025年10月8日")),
        form=Form(
            (Field("reason", "撤销的理由", "textarea", error="请写明撤销的理由", required=True, rows=3),),
            (FieldError("请写明撤销的理由", "reason"),),
            "k" * 24,
            button="提请撤销",
        ),
        url="#",
    ),
)
HOME = "问题学籍"
SAMPLES = {
    "problem-two": ("problems/compare.html", TWO, HOME),
    "problem-three-long": ("problems/compare.html", LONG, HOME),
    "problem-five": ("problems/compare.html", WHOLE, HOME),
    "problem-five-draft": ("problems/compare.html", FIVE, HOME),
    "problem-wrong": ("problems/compare.html", replace(TWO, form=WRONG_FORM), HOME),
    "problem-blocked-row": ("problems/compare.html", BLOCKED, HOME),
    "problem-preview": ("problems/preview.html", PREVIEW, HOME),
    "problems-empty": ("problems/list.html", NOTHING, HOME),
    "id-error-deleted": ("cases/show.html", DELETED, HOME),
}
