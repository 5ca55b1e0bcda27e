"""A problem record with all its sides (domain 4.10 and 4.11), as an arbitrator reads it.

    sides ─▶ arbitration ─▶ confirmation ─▶ objection ─▶ settled
      │         ▲  (one office up)             │
      └─▶ settled by the sides    ◀── objection ┘     outside: another province takes part, the result is entered

Who is asked in a phase follows from the sides (workflow.problems.desks); several questions are open at once.
"""

from typing import ClassVar

from models.problems import Problem as About
from workflow.language import Action, Chosen, Days, End, Lapse, Phase, Process, holder, optional, required, stay
from workflow.language import system as clock
from workflow.problems import desks, guards, inquiries, joining, path, payload, ruling
from workflow.problems import sides as answering


class Problem(Process, key="problem", version=1, title="问题学籍", prefix="WT", about=About):
    """Questions first, answers below. A machine only proposes: every change was asked for and confirmed by people."""

    checks = payload.CHECKS

    sides = Phase(
        "各校答复",
        asks=desks.sides,
        within=Days("problem.side"),
        lapses={"answer": Lapse("side_silent", grace="problem.silent_grace")},
    )
    arbitration = Phase(
        "裁定", asks=desks.arbitrator, within=Days("arbitration"), lapses={"inquiry": Lapse("inquiry_silent")}
    )
    confirmation = Phase("复核裁定", asks=desks.leader, within=Days("arbitration.confirm"))
    outside = Phase("等待上级裁定结果", asks=desks.province, within=Days("arbitration"))
    objection = Phase(
        "异议期", asks=desks.objectors, within=Days("ruling.objection"), lapses={"object": Lapse("conclude")}
    )
    settled = End("已裁定", good=True)
    settled_by_sides = End("各方处理办结", good=True)
    void = End("已撤案")

    onward = Chosen(path.after_an_answer, sides, arbitration, confirmation, outside, settled_by_sides)

    answer_delete = Action(
        "申请删除",
        (sides,) >> onward,
        by=holder,
        kinds=("answer",),
        answers="side",
        fields=("side", "reason"),
        comment=required,
        needs=(guards.papers_for_delete,),
        does=(answering.note_delete,),
        consequence="学生不在本校就读的，主管部门核实后注销这条学籍记录；撤销期内可以恢复。",
    )
    answer_correct = Action(
        "申请更正",
        (sides,) >> onward,
        by=holder,
        kinds=("answer",),
        answers="side",
        fields=("side", "corrected"),
        comment=optional,
        needs=(guards.papers_for_correct,),
        does=(answering.note_correct,),
        consequence="学生在本校就读、但号码或姓名等有误的，主管部门核实后按更正内容修改。",
    )
    answer_claim = Action(
        "提交佐证",
        (sides,) >> onward,
        by=holder,
        kinds=("answer",),
        answers="side",
        fields=("side",),
        comment=optional,
        needs=(guards.papers_for_claim,),
        does=(answering.note_claim,),
        tone="primary",
        consequence="学生在本校就读、号码和姓名无误的，提交佐证材料；主管部门核实后提请裁定。",
    )
    accept_side = Action(
        "审核通过",
        (sides,) >> onward,
        by=holder,
        kinds=("review",),
        answers="side",
        fields=("side",),
        comment=optional,
        needs=(guards.not_your_own_answer, guards.number_is_free),
        does=(answering.accept,),
        tone="primary",
        consequence="这一方的答复和材料属实。各方都审核后提请裁定；只剩一方主张的，随即按答复处理。",
    )
    return_side = Action(
        "退回补充",
        (sides,) >> onward,
        by=holder,
        kinds=("review",),
        answers="side",
        fields=("side",),
        may=("items",),
        comment=required,
        needs=(guards.not_your_own_answer,),
        does=(answering.send_back,),
        consequence="退回学校补充或改正，已填写的内容保留。",
    )
    side_silent = Action(
        "逾期未答复",
        (sides,) >> onward,
        by=clock,
        kinds=("answer",),
        answers="side",
        fields=("side",),
        does=(answering.note_silence,),
    )

    send_inquiry = Action(
        "发核查单",
        (arbitration,) >> stay,
        by=holder,
        kinds=("rule",),
        fields=("sides",),
        comment=required,
        needs=(guards.took_no_part,),
        does=(inquiries.send,),
        consequence="向所选各方学校发出核查单，请其书面答复坚持或放弃；裁定期限相应顺延。",
    )
    answer_inquiry = Action(
        "答复核查单",
        (arbitration,) >> stay,
        by=holder,
        kinds=("inquiry",),
        answers="side",
        fields=("side", "position"),
        comment=required,
        does=(inquiries.note_answer,),
        tone="primary",
        consequence="答复送裁定部门，可以同时补充材料。",
    )
    inquiry_silent = Action(
        "核查单逾期",
        (arbitration,) >> stay,
        by=clock,
        kinds=("inquiry",),
        answers="side",
        fields=("side",),
        does=(inquiries.note_silence,),
    )
    back_to_sides = Action(
        "退回补充佐证",
        (arbitration,) >> sides,
        by=holder,
        kinds=("rule",),
        fields=("sides",),
        comment=required,
        needs=(guards.took_no_part,),
        does=(answering.ask_sides_again,),
        consequence="所选各方重新答复并补充材料，主管部门重新审核。",
    )
    draft_ruling = Action(
        "拟定裁定",
        (arbitration,) >> confirmation,
        by=holder,
        kinds=("rule",),
        fields=("verdicts", "reasons"),
        comment=required,
        needs=(guards.took_no_part,),
        does=(ruling.draft,),
        tone="primary",
        consequence="裁定由另一位同事复核后才生效。",
    )
    note_outside = Action(
        "登记进展",
        (outside,) >> stay,
        by=holder,
        kinds=("record",),
        fields=("on_date",),
        comment=required,
        consequence="如实登记上报、核查等进展和日期，记录不变。",
    )
    record_outside = Action(
        "登记裁定结果",
        (outside,) >> confirmation,
        by=holder,
        kinds=("record",),
        fields=("verdicts", "on_date"),
        comment=required,
        does=(ruling.draft_outside,),
        tone="primary",
        consequence="如实登记上级对本省记录的处理结果，由负责人复核后执行。",
    )
    confirm_ruling = Action(
        "复核同意",
        (confirmation,) >> Chosen(path.after_confirmation, objection, settled, settled_by_sides),
        by=holder,
        kinds=("confirm",),
        comment=optional,
        needs=(guards.did_not_draft, guards.records_are_as_ruled),
        does=(ruling.confirm,),
        tone="primary",
        consequence="裁定随即执行，各条学籍记录同时变更；各方可在异议期内凭新证据提出异议，撤销期内可以撤销。",
    )
    return_ruling = Action(
        "退回重拟",
        (confirmation,) >> Chosen(path.after_return, arbitration, outside, sides),
        by=holder,
        kinds=("confirm",),
        comment=required,
        needs=(guards.took_no_part,),
        does=(ruling.note_return, answering.ask_all_again),
        consequence="退回重新拟定，记录不变。",
    )
    object_ = Action(
        "提出异议",
        (objection,) >> arbitration,
        by=holder,
        kinds=("object",),
        answers="side",
        fields=("side",),
        comment=required,
        needs=(guards.may_object,),
        does=(ruling.note_objection,),
        tone="danger",
        consequence="凭新证据提请上一级部门复议，只能提出一次；复议期间原裁定继续有效。",
    )
    reopen = Action("重新裁定", (objection,) >> arbitration, by=clock, does=(ruling.note_reopening,))
    conclude = Action(
        "异议期满", (objection,) >> settled, by=clock, kinds=("object",), answers="side", fields=("side",)
    )
    side_joined = Action(
        "又有一方", (sides, arbitration, confirmation, outside) >> sides, by=clock, does=(joining.add_sides,)
    )
    withdraw_case = Action("撤案", (sides, arbitration, confirmation, outside) >> void, by=clock)
    safe = (sides,)
    irrevocable = (objection,)
    anew: ClassVar = {"sides": answering.put_anew}
