"""A pupil without an ID number (domain 4.12), as a school clerk reads it.

    form ─▶ school ─▶ county ─▶ city ─▶ province ─▶ valid ◀─▶ (asked each term) ─▶ conversion ─▶ converted
      ▲──────── returned ────────┘                    └─▶ left

Which levels there are, is the case's frozen route (workflow.no_id.path).
"""

from models.no_id import NoIdNumber as About
from workflow import one_record
from workflow.language import (
    Action,
    Chosen,
    Days,
    Each,
    End,
    Phase,
    Process,
    Role,
    holder,
    on_route,
    optional,
    party,
    required,
    stay,
)
from workflow.language import system as clock
from workflow.no_id import deciding, guards, path, payload, places

clerk = Role("school_clerk")
dept_leader = Role("dept_leader")
LEVEL = Days("no_id.level")


class NoId(Process, key="no_id", version=1, title="无身份证号学生", prefix="WH", about=About):
    """A form that goes up to the province; then the certificate holds until there is a number or the pupil leaves."""

    checks = payload.CHECKS

    form = Phase("学校办理证明表", asks=clerk @ one_record.school, within=Days("no_id.form"), kind="answer")
    school = Phase("学校核办", asks=on_route, within=LEVEL)
    county = Phase("区县核办", asks=on_route, within=LEVEL)
    city = Phase("市级核办", asks=on_route, within=LEVEL)
    province = Phase("省级核办", asks=on_route, within=LEVEL)
    valid = Phase("证明有效", asks=Each("question", "学校学籍管理员（每学期开学）", path.question))
    conversion = Phase("主管部门核实证件号", asks=dept_leader @ one_record.department, within=LEVEL)
    converted = End("已取得证件号", good=True)
    left = End("学生已离校")

    levels = (school, county, city, province)
    safe = (form, *levels)
    irrevocable = (valid, conversion)
    unwinds = (deciding.end_certificate,)
    onward = Chosen(path.next_undecided, *levels, valid)

    submit = Action(
        "上报",
        (form,) >> onward,
        by=holder,
        kinds=("answer",),
        fields=("reason",),
        comment=optional,
        needs=(
            guards.pupil_is_here,
            guards.still_without_number,
            guards.guardian_has_number,
            guards.signed_form_is_there,
        ),
        does=(deciding.submit,),
        tone="primary",
        consequence="先打印证明表，由学生和家长签字、学校盖章，扫描上传后上报；逐级核办到省级为止。",
    )
    approve = Action(
        "同意",
        levels >> onward,
        by=holder,
        comment=optional,
        signs=True,
        votes="for",
        needs=(guards.pupil_is_here, guards.still_without_number),
        does=(deciding.note_decision,),
        tone="primary",
        consequence="同意后转到上一级；省级同意后证明生效并编号。",
    )
    return_ = Action(
        "退回补正",
        levels >> form,
        by=holder,
        comment=required,
        may=("items",),
        does=(deciding.note_return,),
        consequence="退回学校补正；补正后直接回到本级，其他单位的意见继续有效。",
    )
    ask = Action("开学询问", (valid,) >> stay, by=clock, does=(deciding.note_asked,))
    not_yet = Action(
        "还没有",
        (valid,) >> stay,
        by=holder,
        kinds=("answer",),
        comment=optional,
        does=(deciding.note_not_yet,),
        consequence="证明继续有效，下学期开学时再问。",
    )
    enter_number = Action(
        "已取得证件号",
        (form, valid) >> conversion,
        by=party,
        when=places.clerk_is_here,
        fields=("corrected",),
        needs=(guards.pupil_is_here, guards.still_without_number, guards.papers_for_conversion),
        does=(deciding.enter_number,),
        consequence="主管部门核实后写入学籍并核验、查重；学籍号不变。",
    )
    approve_number = Action(
        "同意，写入学籍",
        conversion >> converted,
        by=holder,
        votes="for",
        comment=optional,
        needs=(guards.not_your_own_entry, guards.pupil_is_here, guards.still_without_number),
        does=(deciding.convert,),
        tone="primary",
        consequence="证件号随即写入学籍，证明从今天起不再使用；号码与其他记录重复的，另按问题学籍处理。",
    )
    return_number = Action(
        "退回重新填报",
        (conversion,) >> Chosen(path.before_the_number, form, valid),
        by=holder,
        comment=required,
        needs=(guards.not_your_own_entry,),
        does=(deciding.send_number_back,),
        consequence="退回学校重新填报，学籍不变。",
    )
    note_obtained = Action(
        "学籍中已有证件号",
        (form, *levels, valid, conversion) >> converted,
        by=clock,
        does=(deciding.end_certificate,),
    )
    leave = Action(
        "学生离校", (form, *levels, valid, conversion) >> left, by=clock, does=(deciding.end_certificate,)
    )
    recallable = (approve, return_)
