"""The papers of a case as facts for printing: 转学申请表 with every opinion, 学籍档案转接清单."""

from typing import Any

from sqlalchemy import select

from models.certificates import Certificate
from models.students import Guardian, Student
from web.masks import mask_name, mask_phone
from web.paper_facts_of import Print, id_type_word, masked, no_id_facts, school_facts
from web.papers import facts as papers
from web.present import opinions, words
from web.present.sight import sees_names
from workflow import casefile
from workflow.calendar import day_of, due_day_of
from workflow.no_id import certificate as no_id_certificate
from workflow.step import Step
from workflow.transfers.certificate import kind_of, party, records_of, rules_of
from workflow.transfers.standing import REVERSED

FILE_ITEMS = (
    ("学生学籍基本信息表", "原件，加盖学校公章"),
    ("学籍信息证明材料", ""),
    ("综合素质发展报告", ""),
    ("体质健康测试及健康体检信息", ""),
    ("在校期间获奖信息", ""),
    ("享受资助信息", ""),
)
"""What a paper file consists of; how many sheets there are is written by whoever packs it."""
OVER = {"withdrawn": "申请已撤回", "expired": "长期未办结，已清理", "terminated": "经上级部门两人确认终止"}


def transfer_form(step: Step, printing: Print) -> papers.TransferForm:
    """Return the facts of 转学申请表（联系表）; numbers are whole only for those who keep or decide on them."""
    case, transfer = step.case, step.subject
    entries = casefile.entries(step)
    submitted = case.submitted_at or case.opened_at
    return {
        **_head(step, printing, case.no, entries),
        "kind": kind_of(step) if case.route else words.DIRECTIONS[transfer.direction],
        "applied_on": day_of(submitted).isoformat(),
        "pupil": _pupil(step),
        "releasing": school_facts(party(step, transfer.from_school_id, transfer.from_class_id, transfer.from_grade)),
        "receiving": school_facts(party(step, transfer.to_school_id, transfer.to_class_id, transfer.target_grade)),
        "reason": transfer.reason,
        "statement": transfer.reason_note,
        "guardian": _guardian(step),
        "opinions": opinions.given(step, entries) + opinions.awaited(step),
        "milestones": opinions.milestones(step, entries),
        "attachments": _attachments(step),
        "effective_on": day_of(case.closed_at).isoformat() if case.phase == "effective" and case.closed_at else None,
    }


def no_id_form(step: Step, printing: Print) -> papers.NoIdCertificate:
    """Return the facts of the form that pupil, parent and school sign, before there is a certificate."""
    told = {**no_id_certificate.frozen_facts(step), "decisions": []}
    head = _head(step, printing, step.case.no, [])
    return {**head, **no_id_facts(told), "seal": None}  # type: ignore[typeddict-item]  # both parts are typed


def paper_file_list(step: Step, printing: Print) -> papers.PaperFileList:
    """Return the facts of 学籍档案转接清单: whose file, from whom to whom, sent and received when."""
    entries = casefile.entries(step)
    frozen = _certificate_of_parent(step)
    first = min(step.items, key=lambda item: item.id)
    return {
        **_head(step, printing, step.case.no, entries),
        "pupil": _pupil_of(frozen, sees_names(step)),
        "releasing": school_facts(frozen["releasing"]),
        "receiving": school_facts(frozen["receiving"]),
        "items": [{"name": name, "copies": None, "pages": None, "note": note} for name, note in FILE_ITEMS],
        "due_on": due_day_of(first.due_at).isoformat(),
        "sending": _sending(entries),
        "receipt": _receipt(entries),
    }


def sees_numbers(step: Step) -> bool:
    """Whole identity numbers are for the school that keeps the record and for the departments that decide."""
    transfer, mine = step.subject, step.actor.org_ids
    keepers = {transfer.from_school_id}
    moved = step.case.phase == "effective" and REVERSED not in step.case.state
    if moved or transfer.direction == "incoming":
        keepers.add(transfer.to_school_id)
    asked = {stop["org"] for stop in step.case.route if stop["org"]}
    keepers |= {number for number in asked if not step.world.office(number).is_school}
    return bool(mine & keepers)


def _head(step: Step, printing: Print, number: str, entries: list[casefile.Entry]) -> papers.Paper:
    case = step.case
    office = step.world.office(case.applicant_org_id)
    return {
        "number": number,
        "case_no": case.no,
        "authority": records_of(step.world, office),
        "issued_by": office.name,
        "issued_at": (case.submitted_at or case.opened_at).isoformat(),
        "copy": printing.copy,
        "printed_by": printing.by,
        "printed_at": printing.at.isoformat(),
        "rules": rules_of(step),
        "specimen": printing.specimen,
        "verify": None,
        "void": _void(step, entries),
    }


def _void(step: Step, entries: list[casefile.Entry]) -> papers.Void | None:
    back = next((entry for entry in entries if entry.action == "reverse"), None)
    if back is not None:
        return {"on": day_of(back.at).isoformat(), "by": back.signed_by, "reason": "转学已由主管部门撤销"}
    if step.case.phase not in OVER or step.case.closed_at is None:
        return None
    last = next(entry for entry in reversed(entries) if entry.after == step.case.phase)
    return {"on": day_of(last.at).isoformat(), "by": last.actor, "reason": OVER[step.case.phase]}


def _pupil(step: Step) -> papers.Pupil:
    transfer = step.subject
    student = step.session.get(Student, step.case.student_id) if step.case.student_id else None
    whole = sees_numbers(step)
    own = whole or step.case.applicant_org_id in step.actor.org_ids  # who typed the record number may read it again
    name = transfer.name if sees_names(step) else mask_name(transfer.name)
    return {
        "name": name,
        "sex": words.SEXES.get(student.sex, "") if student and sees_names(step) else "",
        "birth_date": student.birth_date.isoformat() if student and whole else "",
        "id_type": id_type_word(student.id_type) if student else "",
        "id_number": _number(student, whole),
        "record_no": (transfer.record_no or "") if own else masked(transfer.record_no_tail or ""),
        "nationality": student.nationality if student and whole else "",
        "ethnic_group": student.ethnicity if student and whole else "",
        "photo": None,
    }


def _number(student: Student | None, whole: bool) -> str:
    if student is None:
        return ""
    return (student.id_number or "无") if whole else masked(student.id_number_tail or "")


def _pupil_of(frozen: dict[str, Any], named: bool) -> papers.Pupil:
    told = frozen["pupil"]
    return {
        "name": frozen["name"] if named else mask_name(frozen["name"]),
        "sex": words.SEXES.get(told["sex"], ""),
        "birth_date": told["birth_date"],
        "id_type": id_type_word(told["id_type"]),
        "id_number": masked(told["id_tail"]),
        "record_no": masked(told["record_tail"]),
        "nationality": told["nationality"],
        "ethnic_group": told["ethnicity"],
        "photo": None,
    }


def _guardian(step: Step) -> papers.Guardian:
    query = select(Guardian).where(Guardian.student_id == step.case.student_id).order_by(Guardian.position)
    family = list(step.session.scalars(query)) if step.case.student_id else []
    first = next((one for one in family if one.is_guardian), None)
    if first is None:
        return {"name": "", "relation": "", "phone": "", "signed_on": None}
    phone, whole = str(first.details.get("联系电话") or ""), sees_numbers(step)
    return {
        "name": first.name if whole else mask_name(first.name),
        "relation": first.relation,
        "phone": phone if whole else mask_phone(phone),
        "signed_on": None,
    }


def _attachments(step: Step) -> list[papers.Attachment]:
    return [
        {
            "name": paper.kind,
            "detail": f"{paper.pages} 页" if paper.media_type == "application/pdf" else "图片",
            "received_on": day_of(paper.uploaded_at).isoformat(),
            "digest": paper.digest.hex(),
        }
        for paper, _ in casefile.papers(step)
        if paper.withdrawn_at is None
    ]


def _certificate_of_parent(step: Step) -> dict[str, Any]:
    """Return the facts of the transfer that this paper file follows, as they were frozen when the pupil moved."""
    query = select(Certificate).where(Certificate.case_id == step.case.parent_id).order_by(Certificate.id.desc())
    return step.session.scalars(query.limit(1)).one().facts


def _sending(entries: list[casefile.Entry]) -> papers.Sending:
    sent = next((entry for entry in entries if entry.action == "send"), None)
    if sent is None:
        return {"method": "", "tracking_no": "", "sent_on": None, "sent_by": ""}
    return {"method": sent.comment, "tracking_no": "", "sent_on": sent.body.get("on_date"), "sent_by": sent.actor}


def _receipt(entries: list[casefile.Entry]) -> papers.Receipt:
    got = next((entry for entry in entries if entry.action == "receive"), None)
    if got is None:
        return {"received_on": None, "received_by": "", "complete": None, "remark": ""}
    return {
        "received_on": got.body.get("on_date"),
        "received_by": got.actor,
        "complete": None,
        "remark": got.comment,
    }
