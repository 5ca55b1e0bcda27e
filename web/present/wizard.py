"""The six steps of a new transfer: what each shows and which fields it asks."""

from dataclasses import replace
from typing import Any

from flask import url_for

from models.cases import Case
from models.organisations import SchoolClass
from models.transfers import Transfer
from web.masks import mask_name, mask_number
from web.pages.transfers import FoundPupil, SchoolHit, WizardPage, WizardStep
from web.present import actions, evidence, faulty, route, words
from web.views import ActionReason, Fact, Field, FieldError, Form, Option
from workflow import casefile
from workflow.calendar import short_day
from workflow.errors import Reason
from workflow.payload import COMMENT_LIMIT
from workflow.policies import look_up, stage_of
from workflow.routing import Side, department_of
from workflow.routing import route as lay
from workflow.step import Step
from workflow.transfers import clearing, corrections, opening
from workflow.transfers.facts import Facts, gather
from workflow.transfers.guards import grade_name, verdicts
from workflow.world import Office, World

STEPS = (
    ("pupil", "找学生"),
    ("school", "学校班级"),
    ("reason", "理由"),
    ("papers", "材料"),
    ("route", "经办路线"),
    ("send", "核对提交"),
)
TITLES = {
    "pupil": "先找到要转学的学生",
    "school": "转到哪个学校、哪个班",
    "reason": "为什么转学",
    "papers": "提交材料",
    "route": "由谁核办、什么时候办完",
    "send": "核对后提交",
}
DIRECTIONS = (
    Option("inside", "本省学生转入我校"),
    Option("incoming", "外省学生转入我校", "外省的办理情况由本校登记"),
    Option("outgoing", "我校学生转往外省", "须有对方的转学联系编号"),
)
OUTSIDE = (
    ("province", "外省（区、市）"),
    ("school", "外省学校名称"),
    ("code", "学校标识码"),
    ("dept", "外省主管部门"),
    ("phone", "联系电话"),
)
NEEDED_OUTSIDE = ("province", "school")


def frame(step: str, form: Form, transfer_case: Case | None = None, **more: Any) -> WizardPage:
    """Return one step in its frame, with the way back and the steps already reached."""
    keys = [key for key, _ in STEPS]
    at, no = keys.index(step), transfer_case.no if transfer_case else ""
    steps = tuple(
        WizardStep(
            key,
            word,
            "done" if n < at else "present" if n == at else "coming",
            url_for("transfers.draft", no=no, step=key) if no and 0 < n < at else "",
        )
        for n, (key, word) in enumerate(STEPS)
    )
    back = url_for("transfers.draft", no=no, step=keys[at - 1]) if no and at > 1 else ""
    if transfer_case and transfer_case.submitted_at:
        more["heading"] = "补正转学申请"
    return WizardPage(step=step, steps=steps, title=TITLES[step], form=form, no=no, back_url=back, **more)


def pupil_form(key: str, typed: dict[str, str], faults: dict[str, str]) -> Form:
    """Return the form of the first step: direction, name, record number."""
    fields = (
        Field("direction", "办理类型", "radio", typed.get("direction", "inside"), options=DIRECTIONS, required=True),
        Field(
            "name",
            "学生姓名",
            value=typed.get("name", ""),
            hint="与户口簿一致，一字不差",
            error=faults.get("name", ""),
            required=True,
            autocomplete="off",
            maxlength=100,
        ),
        Field(
            "record_no",
            "学籍号",
            value=typed.get("record_no", ""),
            hint="G、L 或 J 开头，共 19 位",
            error=faults.get("record_no", ""),
            required=True,
            autocomplete="off",
            maxlength=30,
        ),
    )
    return Form(fields, _errors(faults), key, button="查找")


def found(facts: Facts, handle: str) -> FoundPupil:
    """Return what a foreign school may see of a hit: school, grade, masked name, and what stands in the way."""
    reasons = verdicts(facts, ("C2", "C3", "C4", "C6", "T2", "T3", "T4", "T5", "T6", "T14", "T16"))
    assert facts.releasing is not None
    return FoundPupil(
        name=mask_name(facts.transfer.name),
        school=facts.releasing.name,
        phone=facts.releasing.phone,
        grade=grade_name(facts.grade) if facts.grade else "",
        blockers=tuple(blocker(r, facts) for r in reasons),
        may_ask=any(clearing.could_be_asked(reason) for reason in reasons),
        handle="" if any(reason.guard == "C4" for reason in reasons) else handle,
    )


def blocker(found_reason: Reason, facts: Facts) -> ActionReason:
    """Return a verdict with the desk that can clear it, by name and telephone where it is one of the two schools."""
    shown = actions.reason(found_reason)
    office = facts.releasing if shown.who_clears == "转出学校" else facts.deciding_office
    if shown.who_clears in ("转出学校", "主管部门") and office:
        return replace(shown, who_clears=office.name, phone=office.phone)
    return shown


def blockers(step: Step, reasons: list[Reason]) -> tuple[ActionReason, ...]:
    """Return what stands against a draft, each with the office that clears it, and whether that one was asked."""
    known = {one.guard: one for one in clearing.requests(step)}
    askable = {one.reason.guard: one.office for one in clearing.askable(step)} if opening.is_draft(step) else {}
    return tuple(_about(step, blocker(one, gather(step)), askable, known.get(one.guard)) for one in reasons)


def _about(
    step: Step, shown: ActionReason, askable: dict[str, Office], asked: clearing.Asked | None
) -> ActionReason:
    office = askable.get(shown.guard)
    if office:
        shown = replace(shown, who_clears=office.name, phone=office.phone, may_ask=True)
    return replace(shown, asked=_asked(step, asked)) if asked else shown


def _asked(step: Step, asked: clearing.Asked) -> str:
    name = step.world.name(asked.office_id)
    if asked.phase in clearing.RUNNING:
        until = f"，{short_day(asked.due, step.today)}前答复" if asked.due else ""
        return f"已请{name}处理（{asked.no}）{until}"
    return f"{name}：{words.PHASE_ENDS[asked.phase]}（{asked.no}）"


def school_form(step: Step, rooms: list[SchoolClass], key: str, faults: dict[str, str]) -> Form:
    """Return the form of the second step: grade and class here, or the school in another province."""
    transfer: Transfer = step.subject
    fields: list[Field] = []
    if transfer.direction != "inside":
        fields += _outside_fields(transfer, faults)
    grades = step.world.office(step.case.applicant_org_id).grades
    chosen = str(transfer.target_grade or _grade_of_pupil(step) or "")
    options = tuple(Option(str(grade), grade_name(grade)) for grade in (grades or range(1, 13)))
    fields.append(
        Field(
            "target_grade",
            "转入年级",
            "select",
            chosen,
            options=options,
            required=True,
            width="short",
            hint="平级转学：与现在的年级一致",
            error=faults.get("target_grade", ""),
        )
    )
    if transfer.direction != "outgoing":
        here = next((room.no for room in rooms if room.id == transfer.to_class_id), "")
        classes = tuple(Option(room.no, f"{room.name}（{room.no}）") for room in rooms)
        fields.append(
            Field(
                "to_class", "转入班级", "select", here, options=classes, required=True, error=faults.get("to_class", "")
            )
        )
    return Form(faulty.fields(step, fields), _errors(faults), key, step.case.revision, "保存，下一步")


def reason_form(step: Step, key: str, faults: dict[str, str]) -> Form:
    """Return the form of the third step: the reason from the list, and a note."""
    transfer: Transfer = step.subject
    office = step.world.office(step.case.applicant_org_id)
    reasons = look_up(step.world, "transfer.reasons", office, step.today).value
    fields = (
        Field(
            "reason",
            "转学理由",
            "radio",
            transfer.reason,
            options=tuple(Option(r, r) for r in reasons),
            required=True,
            error=faults.get("reason", ""),
        ),
        Field(
            "reason_note",
            "说明",
            "textarea",
            transfer.reason_note,
            hint="有需要说明的再写，最多 500 字",
            rows=3,
            error=faults.get("reason_note", ""),
        ),
    )
    return Form(faulty.fields(step, fields), _errors(faults), key, step.case.revision, "保存，下一步")


def schools(world: World, own: Office, query: str) -> tuple[SchoolHit, ...]:
    """Return open schools by code or by part of the name; another school is told who must start there."""
    text = query.strip()
    hits = [o for o in world.offices.values() if o.is_school and not o.closed_on and (o.code == text or text in o.name)]
    hits.sort(key=lambda office: (office.id != own.id, office.name))
    return tuple(_hit(world, office, own) for office in hits[:20])


def hit(world: World, office: Office) -> SchoolHit:
    """Return the clerk's own school as the chosen one."""
    return _hit(world, office, office)


def preview(step: Step) -> dict[str, Any]:
    """Return route, reason and expected dates as they would be if the request were sent now."""
    facts, transfer = gather(step), step.subject
    receiving = Side(step.world.offices.get(transfer.to_school_id or 0), transfer.outside)
    releasing = Side(facts.releasing or step.world.offices.get(transfer.from_school_id or 0), transfer.outside)
    if receiving.school is None and releasing.school is None:
        return {}
    stops = lay(step.world, receiving, releasing, stage_of(transfer.target_grade), step.today)
    return {"route": route.planned(step, stops), "route_because": route.because(stops, step)}


def summary(step: Step, tiles: tuple[Any, ...]) -> tuple[tuple[str, tuple[Fact, ...]], ...]:
    """Return everything once more, each part with the way to change it."""
    transfer, no = step.subject, step.case.no
    facts = gather(step)

    def change(key: str) -> str:
        return url_for("transfers.draft", no=no, step=key)

    origin = facts.releasing.name if facts.releasing else (transfer.outside or {}).get("school", "")
    target = step.world.name(transfer.to_school_id) or (transfer.outside or {}).get("school", "")
    room = facts.target_class.name if facts.target_class else ""
    grade = grade_name(transfer.target_grade) if transfer.target_grade else ""
    papers = "、".join(tile.kind for tile in tiles if tile.url)
    return (
        (
            "学生",
            (
                Fact("姓名", transfer.name),
                Fact("学籍号", mask_number(transfer.record_no_tail)),
                Fact("现在学校", origin),
            ),
        ),
        (
            "转入",
            (
                Fact("学校", target, change_url=change("school")),
                Fact(
                    "年级班级",
                    room if room.startswith(grade) else f"{grade} {room}".strip(),
                    change_url=change("school"),
                ),
            ),
        ),
        (
            "理由和材料",
            (
                Fact("类型", words.DIRECTIONS[transfer.direction]),
                Fact("理由", transfer.reason or "未填写", change_url=change("reason")),
                Fact("材料", papers or "还没有材料", change_url=change("papers")),
            ),
        ),
    )


def papers_form(step: Step, key: str, faults: dict[str, str]) -> Form:
    """Return the upload form of the fourth step; going on without a file is no fault of the form."""
    form = evidence.upload_form(step, key)
    assert form is not None
    fields = tuple(replace(field, error=faults.get(field.name, "")) for field in form.fields)
    return replace(form, fields=fields, errors=_errors(faults), revision=step.case.revision, button="下一步")


def remark(step: Step, faults: dict[str, str]) -> tuple[Field, ...]:
    """Return the field in which a school says something to what it was asked to put right; none in a new request."""
    if not step.case.state.get("asked_for"):
        return ()
    left = corrections.unchanged(step)
    hint = f"{'、'.join(left)}还没有改动。确实不用改的，请写明原因" if left else "可以不填"
    return (
        Field("comment", "补正说明", "textarea", hint=f"{hint}；核办的人会看到", rows=3,
              maxlength=COMMENT_LIMIT, error=faults.get("comment", "")),
    )  # fmt: skip


def asked_for(step: Step) -> str:
    """Return what the office that sent the request back asks to be corrected; empty for a new request."""
    if step.case.submitted_at is None:
        return ""
    last = next((e for e in reversed(casefile.entries(step)) if e.action == "return"), None)
    if last is None:
        return ""
    items = "、".join(str(item) for item in last.body.get("items", []))
    office = step.world.name(last.body.get("office"))
    return f"{office}退回补正：{last.comment}" + (f"（需补正：{items}）" if items else "")


def department(world: World, office: Office) -> str:
    return department_of(world, office).name


def _grade_of_pupil(step: Step) -> int | None:
    return gather(step).grade


def _outside_fields(transfer: Transfer, faults: dict[str, str]) -> list[Field]:
    known = transfer.outside or {}
    wanted = [*OUTSIDE, ("request_no", "对方转学联系编号")] if transfer.direction == "outgoing" else OUTSIDE
    return [
        Field(
            f"outside.{name}",
            label,
            value=known.get(name, ""),
            required=name in NEEDED_OUTSIDE,
            error=faults.get(f"outside.{name}", ""),
        )
        for name, label in wanted
    ]


def _hit(world: World, office: Office, own: Office) -> SchoolHit:
    other = office.id != own.id
    note = "转学由转入学校发起，请联系该校学籍管理员办理" if other else ""
    return SchoolHit(office.code, office.name, department(world, office), office.phone, note, disabled=other)


def _errors(faults: dict[str, str]) -> tuple[FieldError, ...]:
    return tuple(FieldError(message, name) for name, message in faults.items())
