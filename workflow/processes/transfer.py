"""School-to-school transfer (domain 4.1-4.3), as a registrar reads it.

    draft ─▶ receiving school ─▶ its department ─▶ releasing school ─▶ its department ─▶ arrival ─▶ effective
             (one common department decides last where both schools share it)

Which offices sign, in what order, is the case's frozen route (workflow.routing); the phases only name the questions.
"""

from models.transfers import Transfer as About
from workflow.language import Action, Chosen, Days, End, Phase, Process, Role, applicant, holder, on_route, required
from workflow.language import system as clock
from workflow.transfers import deciding, guards, moving, outside, path, payload, places

school_clerk = Role("school_clerk")
dept_leader = Role("dept_leader")
NODE = Days("node.transfer")


class Transfer(Process, key="transfer", version=1, title="转学", prefix="ZX", about=About):
    """Questions first, answers below; `on_route` asks the stop whose turn it is."""

    checks = payload.CHECKS

    draft = Phase("填写申请", asks=school_clerk @ places.applicant, within=Days("node.correct"), kind="correct")
    receiving_school = Phase("转入学校核办", asks=on_route, within=NODE)
    receiving_department = Phase("转入方主管部门核办", asks=on_route, within=NODE)
    releasing_school = Phase("转出学校核办", asks=on_route, within=NODE)
    releasing_department = Phase("转出方主管部门核办", asks=on_route, within=NODE)
    common_department = Phase("共同主管部门核办", asks=on_route, within=NODE)
    contested = Phase("上级部门裁定", asks=dept_leader @ places.common_authority_place, within=Days("node.contested"))
    arrival = Phase(
        "等待学生报到", asks=school_clerk @ places.where_the_pupil_reports, within=Days("node.arrival"), kind="arrive"
    )
    effective = End("已办结", good=True)
    rejected = End("不同意转学")
    withdrawn = End("已撤回")
    expired = End("逾期清理")

    offices = (receiving_school, receiving_department, releasing_school, releasing_department, common_department)
    safe = (draft, *offices)
    underway = (*offices, contested, arrival)
    next_stop = Chosen(path.next_undecided, *offices, arrival)

    submit = Action(
        "提交",
        (draft,) >> next_stop,
        by=applicant,
        kinds=("correct",),
        needs=(guards.may_be_sent,),
        does=(deciding.freeze_route,),
        remark=True,
        tone="primary",
        consequence="提交后依次由各单位核办，办理期间可以撤回。",
    )
    approve = Action(
        "同意",
        (*offices, contested) >> next_stop,
        by=holder,
        comment="optional",
        signs=True,
        votes="for",
        does=(deciding.note_decision,),
        tone="primary",
        consequence="同意后转到下一环节。",
    )
    return_ = Action(
        "退回补正",
        offices >> draft,
        by=holder,
        comment=required,
        signs=True,
        may=("items",),
        does=(deciding.note_return,),
        consequence="退回申请学校补正；补正后直接回到本环节，其他单位的意见继续有效。",
    )
    refuse = Action(
        "不同意",
        (*offices, contested) >> Chosen(path.after_refusal, contested, rejected),
        by=holder,
        comment=required,
        fields=("cause",),
        signs=True,
        votes="against",
        does=(deciding.note_refusal,),
        tone="danger",
        consequence="所列理由成立的，申请终止；其他理由由双方共同的上级部门裁定。",
    )
    reassign_target = Action(
        "另行安排学校",
        (receiving_department, common_department) >> Chosen(path.next_undecided, receiving_school),
        by=holder,
        comment=required,
        signs=True,
        fields=("to", "to_class"),
        needs=(guards.may_assign_another_school,),
        does=(deciding.assign_school,),
        consequence="由另一所学校接收，原转入学校不再办理；新学校须先核办。",
    )
    record_milestone = Action(
        "登记外省办理结果",
        (releasing_school, releasing_department, arrival)
        >> Chosen(path.after_milestone, *offices, arrival, draft, rejected, effective),
        by=holder,
        comment="optional",
        kinds=("record", "arrive"),
        fields=("result", "on_date"),
        may=("evidence", "pulled"),
        when=outside.is_waited_for,
        does=(outside.note_milestone, moving.release_if_pulled),
        tone="primary",
        consequence="如实登记外省（区、市）在全国系统中的办理结果和日期。",
    )
    confirm_arrival = Action(
        "确认报到",
        arrival >> effective,
        by=holder,
        kinds=("arrive",),
        when=moving.pupil_comes_to_us,
        fields=("on_date",),
        needs=(guards.may_take_effect,),
        does=(moving.move_record, moving.issue_certificate, moving.open_paper_file),
        tone="primary",
        consequence="学籍随即转入本校，并生成转学证明。",
    )
    withdraw = Action(
        "撤回",
        (draft, *underway) >> withdrawn,
        by=applicant,
        comment="optional",
        needs=(guards.not_after_all_consents,),
        tone="danger",
        consequence="撤回后本申请结束，可以重新申请。",
    )
    expire = Action("逾期清理", (draft, *underway) >> expired, by=clock)
    recallable = (approve, return_, refuse)
