"""What a family reads on the telephone, all of it here: the number of the request, its stage, who has it, until when.

No name and no number of a person; there is no page for a family, so no link either.
"""


from workflow.calendar import short_day
from workflow.families import Stage

SIDES = {
    "receiving_school": "转入学校",
    "receiving_department": "转入方主管部门",
    "releasing_school": "转出学校",
    "releasing_department": "转出方主管部门",
    "common_department": "共同主管部门",
}
SENTENCES = {
    "office": "{sent}现由{holder}（{side}）核办{until}。",
    "office_elsewhere": "{sent}现由外省（区、市）办理，结果由{holder}登记。",
    "contested": "有单位不同意，现由{holder}裁定{until}。",
    "draft": "{by}退回补正。请联系{contact}，按学校告知的内容补正{items}{until}。",
    "arrival": "各单位均已同意。请{by_day}带孩子到{holder}报到，报到后学籍转入。",
    "arrival_elsewhere": "本地各单位均已同意，请按转入学校的通知报到。",
    "effective": "已办结，学籍转入{to_school}。",
    "rejected": "{by}不同意，本次申请结束，学籍不变。原因和依据请向{contact}了解。",
    "withdrawn": "已由{contact}撤回，本次申请结束，学籍不变。",
    "expired": "超过最长办理期限，已自动终止，学籍不变。仍要转学的，请联系{contact}重新申请。",
    "terminated": "已由上级主管部门终止，学籍不变。原因请向{contact}了解。",
}


def text(stage: Stage) -> str:
    """Return the whole message, a hundred characters or so."""
    return f"【学籍办】转学申请 {stage.no}：{_sentence(stage)}"


def _sentence(stage: Stage) -> str:
    kind = "office" if stage.phase in SIDES else stage.phase
    words = SENTENCES[f"{kind}_elsewhere" if stage.elsewhere else kind]
    return words.format(
        sent="已提交，" if stage.action == "submit" else "",
        holder=stage.holder or "办理单位",
        side=SIDES.get(stage.phase, ""),
        until=f"，{short_day(stage.due, stage.today)}截止" if stage.due else "",
        by=stage.by or ("外省（区、市）" if stage.action == "record_milestone" else "主管部门"),
        contact=f"{stage.school}（电话 {stage.phone}）" if stage.phone else stage.school,
        items=f"（{'、'.join(stage.items)}）" if stage.items else "",
        by_day=_by(stage),
        to_school=stage.to_school,
    )


def _by(stage: Stage) -> str:
    return f"在{short_day(stage.due, stage.today)}以前（含当日）" if stage.due else "尽早"
