"""A record whose ID number is wrong or did not pass the check (domain 4.9), as a school clerk reads it.

    opened ─▶ checking ─▶ deletion ─▶ deleted
                │  ▲
                ▼  │ (returned, refused, still faulty)
            department ─▶ corrected
                └─▶ police ─▶ confirmed
"""

from models.id_errors import IdError as About
from workflow import one_record as places
from workflow.id_errors import answering, guards, path, payload
from workflow.language import Action, Chosen, Days, End, Phase, Process, Role, holder, optional, required
from workflow.language import system as clock

clerk = Role("school_clerk")
school_leader = Role("school_leader")
dept_clerk = Role("dept_clerk")
dept_leader = Role("dept_leader")


class IdError(Process, key="id_error", version=1, title="身份证件号错误", prefix="SF", about=About):
    """The school answers first; a deletion needs its leader, everything else its department."""

    checks = payload.CHECKS

    opened = Phase("学校确认收到", asks=clerk @ places.school, within=Days("id_error.acknowledge"), kind="task")
    checking = Phase("学校核对", asks=clerk @ places.school, within=Days("id_error.choose"), kind="answer")
    deletion = Phase("学校复核删除", asks=school_leader @ places.school, within=Days("id_error.department"))
    department = Phase("主管部门核办", asks=dept_leader @ places.department, within=Days("id_error.department"))
    police = Phase("等待公安答复", asks=dept_clerk @ places.department, within=Days("id_error.police"), kind="record")
    corrected = End("已更正", good=True)
    confirmed = End("信息无误，已佐证", good=True)
    deleted = End("已注销记录", good=True)
    settled = End("不需要再办理", good=True)

    asked = (opened, checking)
    safe = (checking,)
    underway = (opened, checking, deletion, department, police)

    acknowledge = Action(
        "确认收到",
        opened >> checking,
        by=holder,
        kinds=("task",),
        does=(answering.note_seen,),
        tone="primary",
        consequence="确认后开始计算核对期限；也可以直接提出更正、佐证或删除。",
    )
    request_correction = Action(
        "申请更正",
        asked >> department,
        by=holder,
        kinds=("task", "answer"),
        fields=("corrected",),
        comment=optional,
        needs=(guards.record_is_here, guards.papers_for_correct, guards.no_refused_correction),
        does=(answering.note_correct,),
        tone="primary",
        consequence="主管部门同意后写入学籍，原内容留存备查，随即再次核验和查重；学籍号不变。",
    )
    request_claim = Action(
        "信息无误，提交佐证",
        asked >> department,
        by=holder,
        kinds=("task", "answer"),
        comment=optional,
        needs=(guards.may_claim, guards.record_is_here, guards.papers_for_claim, guards.no_refused_claim),
        does=(answering.note_claim,),
        consequence="主管部门核对公安证明后向公安机关核实，以公安答复为准。",
    )
    request_deletion = Action(
        "申请删除",
        asked >> deletion,
        by=holder,
        kinds=("task", "answer"),
        fields=("reason",),
        comment=required,
        needs=(guards.record_is_here, guards.papers_for_delete),
        does=(answering.note_delete,),
        tone="danger",
        consequence="学生不在本校就读的，由本校主管领导复核后注销这条记录；撤销期内可以恢复。",
    )
    approve_deletion = Action(
        "同意删除",
        deletion >> deleted,
        by=holder,
        comment=optional,
        signs=True,
        votes="for",
        needs=(guards.not_your_own_answer, guards.record_is_here, guards.record_is_as_answered, guards.no_problem_case),
        does=(answering.carry_out_deletion,),
        tone="danger",
        consequence="学籍记录随即注销，学生在本校的在籍同时结束；撤销期内可由主管部门恢复。",
    )
    return_deletion = Action(
        "退回重新核对",
        deletion >> checking,
        by=holder,
        comment=required,
        needs=(guards.not_your_own_answer,),
        does=(answering.note_return,),
        consequence="退回学籍管理员重新核对，记录不变。",
    )
    approve_correction = Action(
        "同意更正",
        (department,) >> Chosen(path.after_correction, corrected, checking),
        by=holder,
        comment=optional,
        signs=True,
        votes="for",
        when=path.corrects,
        needs=(guards.not_your_own_answer, guards.record_is_here, guards.record_is_as_answered, guards.no_problem_case),
        does=(answering.carry_out_correction,),
        tone="primary",
        consequence="更正随即写入学籍并再次核验；新号码与其他记录重复的，另按问题学籍处理。",
    )
    approve_claim = Action(
        "同意，送公安核实",
        department >> police,
        by=holder,
        comment=optional,
        signs=True,
        votes="for",
        when=path.claims,
        needs=(guards.not_your_own_answer, guards.record_is_here, guards.record_is_as_answered),
        does=(answering.send_to_police,),
        tone="primary",
        consequence="由本部门经办人向公安机关核实，收到书面答复后登记结果。",
    )
    return_ = Action(
        "退回补充",
        department >> checking,
        by=holder,
        comment=required,
        may=("items",),
        needs=(guards.not_your_own_answer,),
        does=(answering.note_return,),
        consequence="退回学校补充或改正，已填写的内容保留。",
    )
    refuse = Action(
        "不予采信",
        department >> checking,
        by=holder,
        votes="against",
        comment=required,
        needs=(guards.not_your_own_answer,),
        does=(answering.note_refusal,),
        tone="danger",
        consequence="记录不变；学校补充新的材料后可以再次提交，或改用其他办法。",
    )
    record_police = Action(
        "登记公安答复",
        (police,) >> Chosen(path.after_police, confirmed, checking),
        by=holder,
        kinds=("record",),
        fields=("result", "on_date"),
        comment=optional,
        needs=(guards.police_paper,),
        does=(answering.note_police,),
        tone="primary",
        consequence="确认无误的，本件办结；认定有误的，退回学校更正。",
    )
    settle = Action("问题已不存在", underway >> settled, by=clock, does=(answering.note_settled,))
    recallable = (return_deletion, approve_claim, return_, refuse)
