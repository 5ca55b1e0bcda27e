"""What must be true before a transfer is sent and before it takes effect: C1-C8 and T1-T16 of the domain handbook.

A guard answers with nothing, or with the sentence an officer reads. Its severity can be changed by the policy
`guard.<code>` of a jurisdiction (block, warn, info, off); the sentence always comes with the rule's citation.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from workflow.calendar import short_day
from workflow.errors import Reason
from workflow.policies import MEASURES, look_up, severity_of
from workflow.step import Step
from workflow.transfers import admission, corrections
from workflow.transfers.facts import SUSPENDED, Facts, gather
from workflow.transfers.terms import in_window, is_first_term, joined, last_grade_of

Answer = str | tuple[str, str] | None
"""A sentence with the guard's own severity, or `(severity, sentence)` where the guard grades it."""


@dataclass(frozen=True)
class Guard:
    """A rule with its code, its usual severity, its source, and who can clear what it finds."""

    code: str
    severity: str
    citation: str
    clears: str
    ask: Callable[[Facts], Answer]


GUARDS: dict[str, Guard] = {}


def guard(
    code: str, citation: str, *, severity: str = "block", clears: str = "本校学籍管理员"
) -> Callable[[Callable[[Facts], Answer]], Callable[[Facts], Answer]]:
    """Register a guard under its code of domain 4.0 or 4.1."""

    def register(ask: Callable[[Facts], Answer]) -> Callable[[Facts], Answer]:
        GUARDS[code] = Guard(code, severity, citation, clears, ask)
        return ask

    return register


def verdicts(facts: Facts, codes: tuple[str, ...] | None = None) -> list[Reason]:
    """Return what every guard (or those named) has to say, blockers first."""
    found = []
    for rule in GUARDS.values():
        if codes is None or rule.code in codes:
            found += list(_verdict(rule, facts))
    order = {"block": 0, "warn": 1, "info": 2}
    return sorted(found, key=lambda reason: order[reason.severity])


def may_be_sent(step: Step) -> list[Reason]:
    """The guards at submission, and what was not filled in."""
    return [*_unfilled(step), *_not_put_right(step), *verdicts(gather(step))]


def _not_put_right(step: Step) -> Iterator[Reason]:
    """Warn of what comes back as it was sent back, unless the school says why.

    It is no refusal: the office that asked may have been wrong, and reads in the history that nothing was changed.
    """
    left = corrections.unchanged(step)
    if left and not (step.locked and corrections.remark(step)):
        items = "、".join(f"“{item}”" for item in left)
        none = "都没有改动" if len(left) > 1 else "没有改动"
        message = f"要求补正的{items}{none}；确实不用改的，请写明原因，核办的人会看到"
        yield Reason("field", "warn", message, field="comment")


def _unfilled(step: Step) -> Iterator[Reason]:
    transfer, outside = step.subject, step.subject.outside or {}
    if not transfer.reason:
        yield _field("reason", "请选择转学理由")
    if transfer.direction == "inside":
        return
    if transfer.direction == "incoming" and not transfer.name:
        yield _field("name", "请填写学生姓名")
    if transfer.direction == "incoming" and not transfer.record_no_index:
        yield _field("record_no", "请填写学籍号，跨省转学须凭学籍号核验")
    for name, message in OUTSIDE_FIELDS[transfer.direction].items():
        if not outside.get(name):
            yield _field(f"outside.{name}", message)


OUTSIDE_FIELDS = {
    "incoming": {"province": "请填写转出省份", "school": "请填写转出学校"},
    "outgoing": {
        "province": "请填写转入省份",
        "school": "请填写转入学校",
        "request_no": "请填写对方在全国系统中的申请编号",
    },
}
"""What must be known of the side in another province (domain 4.3)."""


def may_take_effect(step: Step) -> list[Reason]:
    """The guards before the record moves. Windows and papers were settled when the request was sent."""
    if step.subject.direction == "incoming":
        return [] if step.subject.pulled_sealed else [_not_pulled()]
    return verdicts(gather(step), ("C1", "C2", "C3", "C8", "T2"))


def not_after_all_consents(step: Step) -> list[Reason]:
    """Across provinces a request cannot be taken back once every side agreed (domain 4.3)."""
    if step.subject.direction != "inside" and step.case.phase == "arrival":
        return [Reason("withdraw", "block", "跨省转学各方已同意，不能再撤回", "跨省转学办结同意后不可撤回")]
    return []


def may_assign_another_school(step: Step) -> list[Reason]:
    """Only in compulsory education, where the chosen school has no place (guard T8)."""
    if (step.subject.target_grade or 12) <= 9:
        return []
    return [Reason("T8", "block", "高中阶段不由主管部门另行安排学校", "另行安排只适用于义务教育阶段")]


def _verdict(rule: Guard, facts: Facts) -> Iterator[Reason]:
    answer = rule.ask(facts)
    if answer is None:
        return
    own, message = answer if isinstance(answer, tuple) else (rule.severity, answer)
    severity = severity_of(facts.world, rule.code, own, facts.deciding_office, facts.today, facts.stage)
    if severity != "off":
        yield Reason(rule.code, severity, message, rule.citation, clears=rule.clears)


def _field(name: str, message: str) -> Reason:
    return Reason("field", "block", message, field=name)


def _not_pulled() -> Reason:
    return Reason("C1", "block", "还没有登记调档，学生信息尚未取得，不能确认报到", "跨省转学最后一步为调档")


# ---- Common guards (domain 4.0) ------------------------------------------------------------------------------------


@guard("C1", "全国学籍系统 2001：学籍信息不符（姓名与学籍号须完全一致）")
def pupil_is_found(facts: Facts) -> Answer:
    if facts.transfer.direction == "incoming":
        return None
    if facts.student is not None:
        same = facts.releasing == facts.receiving
        return "该生已在本校就读，不需要转学" if same else None
    return "没有找到姓名与学籍号都一致的在籍学生，请核对后重新填写"


@guard("C2", "全国学籍系统 2002：学生有其他在办业务", clears="原申请单位")
def no_other_open_case(facts: Facts) -> Answer:
    return "该生还有未办结的业务，须先办结或撤回" if facts.open_cases else None


@guard("C3", "全国学籍系统 2003：问题学籍未处理，须由转出学校先行处理", clears="转出学校")
def record_is_settled(facts: Facts) -> Answer:
    return "该生学籍为未处理的问题学籍，须先处理" if facts.disputed else None


@guard("C4", "同一学校不得为同一学生重复申请")
def no_second_request(facts: Facts) -> Answer:
    return f"本校已为该生建立申请（{facts.own_duplicates[0]}），请继续办理那一件" if facts.own_duplicates else None


@guard("C5", "除准确的学籍信息、转入学校和转学理由证明外，不得要求其他材料")
def papers_are_there(facts: Facts) -> Answer:
    missing = missing_papers(facts)
    return "还缺材料：" + "；".join(missing) if missing else None


def missing_papers(facts: Facts) -> list[str]:
    """Return the kinds of papers that the rule of the place asks for and nobody has attached."""
    if facts.transfer.direction == "outgoing":  # the family applied to the other province's school
        return []
    rule = look_up(facts.world, "transfer.evidence", facts.deciding_office, facts.today, facts.stage).value
    return papers_missing(rule, facts.papers)


def papers_missing(rule: dict[str, Any], papers: Collection[str]) -> list[str]:
    """Return what a rule `{all, any}` about papers still asks for beyond those that are there."""
    missing = [kind for kind in rule["all"] if kind not in papers]
    choice = rule.get("any", [])
    if choice and not set(papers) & set(choice):
        missing.append("、".join(choice) + "（任选其一）")
    return missing


@guard("C6", "暂停受理时段由主管部门公布", clears="主管部门")
def no_freeze_today(facts: Facts) -> Answer:
    if facts.taken_in:
        return None
    freeze = admission.freeze_on(facts.world, facts.deciding_office, facts.today, facts.stage)
    if freeze is None:
        return None
    start, end = (short_day(day, facts.today) for day in freeze)
    return f"{start}至{end}暂停受理转学，申请可先存为草稿"


@guard("C8", "办结前学籍信息有变动的，须重新核对", severity="warn")
def record_is_unchanged(facts: Facts) -> Answer:
    sent = facts.transfer.student_version
    if facts.student is None or sent is None or sent == facts.student.version:
        return None
    return "申请提交后该生的学籍信息有变动，请核对"


# ---- Guards of a transfer (domain 4.1) -----------------------------------------------------------------------------


@guard("T1", "平级转学：转入年级须与现年级一致")
def same_grade(facts: Facts) -> Answer:
    wanted = facts.transfer.target_grade
    if wanted is None:
        return "请填写转入年级"
    if facts.receiving and wanted not in facts.receiving.grades:
        return f"{facts.receiving.name}没有{grade_name(wanted)}"
    if facts.target_class and facts.target_class.grade != wanted:
        return "所选班级不是转入年级的班级"
    if facts.grade is not None and facts.grade != wanted:
        return f"该生现为{grade_name(facts.grade)}，不能转入{grade_name(wanted)}"
    return None


@guard("T2", "休学期间不办理转学", clears="转出学校")
def not_suspended(facts: Facts) -> Answer:
    student = facts.student
    if student is None:
        return None
    started = student.suspended_from is not None and student.suspended_from <= facts.today
    running = started and (student.suspended_to is None or facts.today <= student.suspended_to)
    return "该生正在休学，须先办理复学" if running or student.status == SUSPENDED else None


@guard("T3", "受处分期间转学须慎重", severity="warn", clears="转出学校")
def not_disciplined(facts: Facts) -> Answer:
    return "该生处分尚未解除，请转入学校知悉" if facts.student and facts.student.disciplinary else None


@guard("T4", "起始年级第一学期不办理转学（北京、湖南等地规定），主管部门可放宽", clears="主管部门")
def not_in_the_entry_term(facts: Facts) -> Answer:
    if facts.grade in (1, 7, 10) and is_first_term(facts):
        return f"{grade_name(facts.grade)}第一学期不办理转学"
    return None


@guard("T5", "毕业年级一般不办理转学（各地规定不同）", clears="主管部门")
def not_about_to_graduate(facts: Facts) -> Answer:
    if facts.grade is None or facts.grade != last_grade_of(facts.grade):
        return None
    if facts.grade == 12:
        return "高三年级不办理转学"
    if is_first_term(facts):
        return "warn", f"{grade_name(facts.grade)}为毕业年级，请确认确有必要"
    return f"{grade_name(facts.grade)}最后一学期不办理转学"


@guard("T6", "学期中途一般不办理转学，受理时段由主管部门公布", clears="主管部门")
def inside_a_window(facts: Facts) -> Answer:
    if facts.taken_in:
        return None
    rule = admission.windows_on(facts.world, facts.deciding_office, facts.today, facts.stage)
    if not rule or any(in_window(facts.today, window) for window in rule):
        return None
    spans = "、".join(f"{_month_day(first)}至{_month_day(last)}" for first, last in joined(rule))
    return f"今天不在转学受理时段内（{spans}），申请可先存为草稿"


@guard("T7", "班额标准：小学45人、中学50人；56人及以上为大班额", clears="转入学校或其主管部门")
def class_is_not_full(facts: Facts) -> Answer:
    if facts.target_class is None:
        return None if facts.transfer.direction == "outgoing" else "请选择转入班级"
    sizes = look_up(facts.world, "class.size", facts.deciding_office, facts.today, facts.stage).value
    limits = sizes[facts.stage or "primary"]
    after = facts.seats_taken + 1
    if after >= limits["block"]:
        return f"{facts.target_class.name}转入后将有{after}人，达到大班额，不能接收"
    if after > limits["warn"]:
        return "warn", f"{facts.target_class.name}转入后将有{after}人，超过标准班额{limits['warn']}人"
    return None


@guard("T8", "义务教育阶段转入学校无学位的，由主管部门统筹安排", severity="info", clears="转入学校主管部门")
def another_school_may_be_assigned(facts: Facts) -> Answer:
    answer = class_is_not_full(facts)
    if isinstance(answer, str) and facts.target_class and facts.stage != "senior":
        return "转入学校没有学位时，可由主管部门另行安排学校"
    return None


@guard("T11", "普通高中不得由非示范性高中转入示范性高中")
def no_rise_to_a_demonstration_school(facts: Facts) -> Answer:
    if facts.stage != "senior" or not facts.receiving or not facts.releasing:
        return None
    if facts.receiving.demonstration and not facts.releasing.demonstration:
        return "非示范性高中的学生不能转入示范性高中"
    return None


@guard("T12", "中等职业学校与普通高中之间的转学按省级规定执行，默认不办理", clears="省级主管部门")
def no_bridge_between_kinds(facts: Facts) -> Answer:
    if facts.stage != "senior" or not facts.receiving or not facts.releasing:
        return None
    kinds = {facts.receiving.kind.startswith("中等职业"), facts.releasing.kind.startswith("中等职业")}
    return "职业学校与普通高中之间不能直接转学" if len(kinds) == 2 else None


@guard("T13", "同一县（区）内普通高中之间一般不办理转学（部分地区规定）", severity="warn", clears="主管部门")
def not_inside_one_county(facts: Facts) -> Answer:
    if facts.stage != "senior" or not facts.receiving or not facts.releasing:
        return None
    same = facts.receiving.area_code == facts.releasing.area_code and facts.receiving.area_code
    return "两所高中在同一县（区），一般不办理转学" if same else None


@guard("T14", "普通高中新生入学第一学期不办理转学（转往外省除外）", clears="主管部门")
def not_in_the_first_senior_term(facts: Facts) -> Answer:
    if facts.grade == 10 and is_first_term(facts) and facts.transfer.direction != "outgoing":
        return "高一第一学期不办理转学"
    return None


@guard("T15", "民办学校自主招收的学生一般不转入公办学校", severity="warn", clears="主管部门")
def privately_recruited_stays(facts: Facts) -> Answer:
    if facts.stage != "senior" or not facts.receiving or not facts.releasing:
        return None
    private = facts.releasing.kind.startswith("民办") and not facts.receiving.kind.startswith("民办")
    return "该生就读于民办学校，转入公办学校前请核对录取方式" if private else None


@guard("T16", MEASURES + "；教育部学籍管理问答（2016年）", severity="info")
def attendance_and_record(facts: Facts) -> Answer:
    return "转学核办完成前不要安排试读；但不得因学籍尚未转到而拒绝学生就学"


GRADE_NAMES = (
    "",
    "一年级",
    "二年级",
    "三年级",
    "四年级",
    "五年级",
    "六年级",
    "七年级",
    "八年级",
    "九年级",
    "高一",
    "高二",
    "高三",
)


def grade_name(grade: int) -> str:
    """Return a grade (1-12) as officers say it."""
    return GRADE_NAMES[grade] if 0 < grade < len(GRADE_NAMES) else f"{grade}年级"


def _month_day(text: str) -> str:
    month, day = text.split("-")
    return f"{int(month)}月{int(day)}日"
