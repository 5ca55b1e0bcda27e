"""Starting a transfer and changing its draft. Both schools' names are looked up, never taken on trust."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models.cases import Case
from models.evidence import Evidence
from models.organisations import SchoolClass
from models.transfers import Transfer
from workflow import engine, opening, payload, processes, recalling
from workflow.errors import NotAllowed, Reason, Unacceptable, Unmet
from workflow.evidence import check_room
from workflow.identity import read_record_number
from workflow.policies import look_up
from workflow.step import Actor, Step
from workflow.world import Office, World

FIELDS = (
    "name",
    "record_no",
    "to",
    "to_class",
    "target_grade",
    "reason",
    "reason_note",
    "offline_first",
    "outside",
    "direction",
    "evidence",
)

RECORD_NO_FAULTS = {
    "shape": "学籍号应为 G、L 或 J 加 18 位数字（末位可为 X），共 19 位",
    "impossible_date": "学籍号中的出生日期不存在，请核对",
    "check_digit": "学籍号的校验位不对，请与纸质材料核对",
}


MOST_DRAFTS = 50
"""So many requests of one school may lie there unsent; more are forgotten ones, or a program that went wrong."""


@dataclass
class Draft:
    """A request as typed; everything may still be missing. `outside` describes a school in another province."""

    values: dict[str, Any]
    faults: list[Reason] = field(default_factory=list)

    def text(self, name: str, limit: int) -> str:
        value = self.values.get(name)
        if value is None:
            return ""
        fault = payload.text_fault(value, limit)
        if fault:
            self.faults.append(Reason("field", "block", fault, field=name))
            return ""
        return str(value)


def _leave_room(session: Session, office: Office) -> None:
    """Refuse another draft where too many lie unsent. Two at once may exceed the number by one: it is no guard."""
    unsent = (Case.applicant_org_id == office.id) & Case.submitted_at.is_(None) & Case.closed_at.is_(None)
    count = select(func.count()).select_from(Case).where(unsent, Case.process == "transfer")
    if (session.scalar(count) or 0) >= MOST_DRAFTS:
        words = f"本校已有 {MOST_DRAFTS} 份没有提交的转学草稿，请先在待办页的“我发起”中提交或撤回一些，再新建。"
        raise Unmet([Reason("drafts", "block", words)])


def start(
    session: Session, actor: Actor, office: Office, world: World, values: dict[str, Any], now: dt.datetime,
    again_of: int | None = None,
) -> Case:  # fmt: skip
    """Open a draft kept by the actor's school; `again_of` is the ended case that it takes up.

    Raises NotAllowed or Unmet; the caller commits.
    """
    if not actor.holds("school_clerk", office.id):
        raise NotAllowed("start", "转学由学校的学籍管理员发起")
    _leave_room(session, office)
    case = opening.open_case(session, processes.newest("transfer"), actor, office, world, now)
    transfer = Transfer(case_id=case.id, direction=values.get("direction") or "inside", again_of_id=again_of)
    session.add(transfer)
    step = Step(session, case, transfer, [], actor, world, now)
    fill(step, office, values)
    opening.first_event(step)
    session.flush()
    return case


def change(
    session: Session, no: str, actor_id: int, values: dict[str, Any], seen_revision: int | None, now: dt.datetime
) -> Case:
    """Store what was typed into a draft (also one that came back for correction). The caller commits."""
    step = engine.locked_step(session, no, actor_id, now)
    if step.case.phase != "draft":
        raise NotAllowed("change", "申请已提交，不能再修改")
    if not step.actor.holds("school_clerk", step.case.applicant_org_id):
        raise NotAllowed("change", "只有申请学校的学籍管理员可以修改")
    engine.check_revision(session, step.case, seen_revision)
    fill(step, step.world.office(step.case.applicant_org_id), values)
    recalling.forget(step.case)
    session.flush()
    return step.case


def fill(step: Step, office: Office, values: dict[str, Any]) -> None:
    """Write the typed values into the transfer; raises Unmet with every fault at its field."""
    draft = Draft(values)
    unknown = [name for name in values if name not in FIELDS]
    draft.faults += [Reason("field", "block", "没有这个字段", field=name) for name in unknown]
    _pupil(step.subject, draft)
    _schools(step, office, draft)
    _reason(step, office, draft)
    if draft.faults:
        raise Unmet(draft.faults)
    if "evidence" in values:
        attach(step, values["evidence"] or [])


def attach(step: Step, public_ids: Any) -> None:
    """Put uploaded papers of the applicant's organisation into the case; raises Unmet for one that is not there."""
    if not isinstance(public_ids, list) or len(public_ids) > 20 or not all(isinstance(i, str) for i in public_ids):
        raise Unmet([Reason("field", "block", "材料应为编号列表，最多 20 份", field="evidence")])
    mine = (Evidence.org_id == step.case.applicant_org_id) & Evidence.withdrawn_at.is_(None)
    free = Evidence.case_id.is_(None) | (Evidence.case_id == step.case.id)
    found = set(step.session.scalars(select(Evidence.public_id).where(Evidence.public_id.in_(public_ids), mine, free)))
    lost = [one for one in public_ids if one not in found]
    if lost:
        raise Unmet([Reason("field", "block", f"没有找到编号为 {lost[0][:26]} 的材料", field="evidence")])
    new = Evidence.public_id.in_(found) & Evidence.case_id.is_(None)
    try:
        check_room(step.session, step.case.id, step.session.scalars(select(Evidence.size).where(new)))
    except Unacceptable as full:
        raise Unmet([Reason("field", "block", full.message, field="evidence")]) from full
    step.session.execute(update(Evidence).where(new).values(case_id=step.case.id))


def _pupil(transfer: Transfer, draft: Draft) -> None:
    if "name" in draft.values:
        transfer.name = draft.text("name", 100).strip()
    if "record_no" in draft.values:
        record_no = draft.text("record_no", 30).strip().upper()
        fault = read_record_number(record_no).fault if record_no else None
        if fault:
            draft.faults.append(Reason("field", "block", RECORD_NO_FAULTS[fault], field="record_no"))
        elif record_no:
            transfer.record_no = record_no


def _schools(step: Step, office: Office, draft: Draft) -> None:
    transfer, values = step.subject, draft.values
    if transfer.direction not in ("inside", "incoming", "outgoing"):
        draft.faults.append(Reason("field", "block", "转学类型只有省内、外省转入、转往外省", field="direction"))
        return
    if "outside" in values:
        transfer.outside = _outside(draft)
    if transfer.direction == "outgoing":
        transfer.from_school_id = office.id
    else:
        transfer.to_school_id = office.id
    wanted = values.get("to")
    if wanted not in (None, "", office.code) and transfer.direction != "outgoing":
        draft.faults.append(Reason("field", "block", "转学由转入学校发起，转入学校只能是本校", field="to"))
    if "target_grade" in values:
        _grade(transfer, draft)
    if "to_class" in values:
        _class(step, office, draft)


def _grade(transfer: Transfer, draft: Draft) -> None:
    grade = draft.values["target_grade"]
    if isinstance(grade, str) and grade.isascii() and grade.isdigit() and len(grade) <= 2:
        grade = int(grade)
    if grade in (None, ""):
        transfer.target_grade = None
    elif isinstance(grade, int) and not isinstance(grade, bool) and 1 <= grade <= 12:
        transfer.target_grade = grade
    else:
        draft.faults.append(Reason("field", "block", "年级应为 1 到 12 的数字", field="target_grade"))


def _class(step: Step, office: Office, draft: Draft) -> None:
    no = draft.text("to_class", 7)
    if not no:
        step.subject.to_class_id = None
        return
    query = select(SchoolClass.id).where(SchoolClass.school_id == office.id, SchoolClass.no == no)
    step.subject.to_class_id = step.session.scalar(query)
    if step.subject.to_class_id is None:
        draft.faults.append(Reason("field", "block", "本校没有这个班级", field="to_class"))


def _reason(step: Step, office: Office, draft: Draft) -> None:
    transfer = step.subject
    if draft.values.get("reason"):
        reason = draft.text("reason", 20)
        allowed = look_up(step.world, "transfer.reasons", office, step.today).value
        if reason in allowed:
            transfer.reason = reason
        else:
            draft.faults.append(Reason("field", "block", "请从所列理由中选择：" + "、".join(allowed), field="reason"))
    if "reason_note" in draft.values:
        transfer.reason_note = draft.text("reason_note", 500)
    if "offline_first" in draft.values:
        transfer.offline_first = draft.values["offline_first"] is True


def _outside(draft: Draft) -> dict[str, str]:
    given = draft.values["outside"]
    names = {"province": 40, "school": 60, "code": 10, "dept": 60, "phone": 40, "request_no": 60}
    if not isinstance(given, dict) or set(given) - set(names):
        draft.faults.append(Reason("field", "block", "外省学校信息填写有误", field="outside"))
        return {}
    for name, value in given.items():
        fault = payload.text_fault(value, names[name])
        if fault:
            draft.faults.append(Reason("field", "block", fault, field=f"outside.{name}"))
    return {name: str(value).strip() for name, value in given.items()}
