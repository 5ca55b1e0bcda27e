"""What a school sees of a problem: its own record, what is asked of it and until when, and what was decided of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from models.cases import WorkItem
from models.problems import ProblemSide
from web.masks import mask_number
from web.pages.problem_parts import Chip, Neighbours, Task
from web.pages.problem_sides import AnswerForm, OwnSide, PaperPlace, SidePage
from web.present import actions, days, words
from web.present import problems as shared
from web.present import problems_papers as printed
from web.present import problems_ruling as rulings
from web.present import problems_tasks as questions
from web.present.problems_compare import document, tiles_of
from web.present.problems_draft import corrected_fields, value_word
from web.present.problems_words import FIELD_LABELS
from web.views import ActionReason, Fact, Field, FieldError, Form, Option
from workflow import evidence, processes
from workflow.errors import Reason, Unacceptable
from workflow.payload import COMMENT_LIMIT
from workflow.policies import look_up
from workflow.problems import guards, inquiries, sight
from workflow.problems.comparing import Record
from workflow.problems.comparing import records as life
from workflow.problems.facts import school_of
from workflow.problems.lists import ANSWERS, PAPERS, REASONS_TO_DELETE
from workflow.step import Step

ACTIONS = {"claim": "answer_claim", "correct": "answer_correct", "delete": "answer_delete"}
EXPLAINED = {
    "id_exact": "本校这名学生的身份证件号，与另一条学籍记录相同。请核对户口簿和身份证，按实际情况选择一种答复。",
    "nsb": "本校这名学生没有身份证件号，姓名、性别、出生日期与另一条学籍记录相同。请核对后选择一种答复。",
    "near": "本校这名学生的学籍记录，与另一条学籍记录可能是同一名学生。请核对后选择一种答复。",
}
TONES: dict[str, Any] = {"answer": "amber", "review": "accent", "inquiry": "amber", "object": "accent"}
ITEMS_WORD = {"answer": "待本校答复", "review": "主管部门审核中", "inquiry": "待答复核查单", "object": "异议期"}
COMMENT_LABELS = {"claim": "补充说明", "correct": "更正的原因", "delete": "情况说明"}


def page(
    step: Step,
    key: str,
    around: Mapping[str, str],
    typed: Mapping[str, Any] | None = None,
    action: str = "",
    refused: Sequence[Reason] = (),
    neighbours: Neighbours | None = None,
    upload_refused: tuple[int, Form] | None = None,
) -> SidePage:
    """Return the school's page; after a refusal what was typed for `action` of one side comes back."""
    sides = sight.visible_sides(step)
    lives = life(step.session, [side.student_id for side in sides if side.student_id])
    step.cache["names"] = {side.no: lives[side.student_id].student.name for side in sides if side.student_id}
    tasks = questions.tasks(step, key, around, typed, action, list(refused) if action else None)
    found = []
    for side in sides:
        here = (typed or {}).get("side") == side.no
        said = (typed or {}, action, refused) if here else ({}, "", ())
        form = upload_refused[1] if upload_refused and upload_refused[0] == side.no else None
        if side.student_id:
            place_of, own = (key, around), _of_side(step, side, tasks)
            found.append(_own(step, side, lives[side.student_id], place_of, own, said, form))
    elsewhere = {task.panel.prefix for one in found for task in one.tasks}
    view = rulings.views(step, key, around)
    place: dict[str, Any] = {"no": step.case.no, **around}
    return SidePage(
        no=step.case.no,
        kind=shared.kind_word(step),
        title=shared.title(step),
        state=processes.of(step.case).phases[step.case.phase].title,
        ball=shared.ball(step),
        tabs=shared.tabs(step, "", len(view), around),
        explained=EXPLAINED[step.subject.kind],
        sides=tuple(found),
        act_url=url_for("problems.show", **place),
        key=key,
        seen=str(step.case.revision),
        rulings=view[:1],
        notices=(*shared.stopped(step), *_notices(refused, found, tasks, action)),
        tasks=tuple(task for task in tasks if task.panel.prefix not in elsewhere),
        around=neighbours,
    )


def _notices(
    refused: Sequence[Reason], found: Sequence[OwnSide], tasks: Sequence[Task], action: str
) -> tuple[ActionReason, ...]:
    """A refusal whose form is not there any more still has to be said."""
    if not refused or any(form.action == action for one in found for form in one.answer_forms):
        return ()
    if any(view.name == action for task in tasks for view in (*task.panel.actions, *task.panel.further)):
        return ()
    return tuple(actions.reason(reason) for reason in refused)


def _own(step: Step, side: ProblemSide, record: Record, place: tuple[str, Mapping[str, str]], tasks: tuple[Task, ...],
         said: tuple[Mapping[str, Any], str, Sequence[Reason]], upload: Form | None) -> OwnSide:  # fmt: skip
    item, (key, around) = _item(step, side), place
    mine = item is not None and item in shared.my_items(step)
    school = school_of(step.world, side)
    return OwnSide(
        no=side.no,
        word="本校记录",
        child=record.student.name,
        klass=f"{school.name if school else ''} {record.spells[0][1] if record.spells else ''}".strip(),
        record_url=url_for("students.show", public_id=record.student.public_id),
        facts=_facts(record),
        asked=_asked(item, mine),
        left=days.of_item(step.world, item, step.today) if item is not None else None,
        state=_state(side, item),
        answer_forms=_forms(step, side, said) if mine and item is not None and item.kind == "answer" else (),
        given=_given(side),
        returned=_returned(step, side),
        tasks=tasks,
        question=_question(step, side),
        tiles=tiles_of(step, side),
        heir=shared.heir(step.world, side),
        upload=upload or (upload_form(step, side, key) if mine and evidence.may_add(step) else None),
        upload_url=url_for("evidence.upload", no=step.case.no),
        papers=printed.issued(step, side.no),
        to_issue=printed.to_issue(step, side, key, around),
    )


def _item(step: Step, side: ProblemSide) -> WorkItem | None:
    here = [item for item in step.open_items if item.kind in shared.SIDE_ITEMS and item.turn == side.no]
    return next(iter(here), None)


def _asked(item: WorkItem | None, mine: bool) -> str:
    if item is None:
        return ""
    if not mine:
        return "答复和材料正由主管部门审核，现在不需要本校办理。" if item.kind == "review" else ""
    return {
        "answer": "请核对本校的记录，选择一种答复，交齐材料后发送。",
        "inquiry": "裁定部门发来核查单，请核实后答复。",
        "object": "裁定已经生效。对裁定有异议的，可在期限内凭新的佐证材料提出一次；没有异议的，不需要办理。",
        "review": "请审核这一方的答复。",
    }.get(item.kind, "")


def _state(side: ProblemSide, item: WorkItem | None) -> Chip:
    if item is not None:
        return Chip(ITEMS_WORD[item.kind], TONES[item.kind])
    if side.silent:
        return Chip("逾期未答复，按现有材料认定", "red")
    return Chip("已审核，等待结果", "green") if side.review == "accepted" else Chip("已答复", "accent")


def _facts(record: Record) -> tuple[Fact, ...]:
    student = record.student
    facts = [
        Fact("姓名", student.name),
        Fact("性别", words.SEXES[student.sex]),
        Fact("出生日期", f"{student.birth_date:%Y年%-m月%-d日}"),
        Fact("证件类型", document(student.id_type)),
        Fact("身份证件号", mask_number(student.id_number_tail) or "无"),
        Fact("学籍号", mask_number(student.record_no_tail) or "尚未取得"),
    ]
    facts += [Fact("监护人", f"{person.name}（{person.relation}）") for person in record.guardians]
    if record.source[0]:
        facts.append(Fact("录入", f"导入文件第 {student.sheet_row} 行", note=record.source[0]))
    if student.retired_at:
        facts.append(Fact("状态", "这条记录已注销"))
    return tuple(facts)


def _given(side: ProblemSide) -> tuple[Fact, ...]:
    if not side.answer:
        return ()
    facts = [Fact("答复", ANSWERS[side.answer].title)]
    if side.reason:
        facts.append(Fact("理由", REASONS_TO_DELETE[side.reason].title))
    facts += [
        Fact(f"更正{FIELD_LABELS.get(name, name)}", value_word(name, value, whole=True))
        for name, value in side.words.get("corrected", {}).items()
    ]
    if side.words.get("note"):
        facts.append(Fact("说明", side.words["note"]))
    return tuple(facts)


def _returned(step: Step, side: ProblemSide) -> tuple[str, str]:
    if side.review != "returned" or side.answer:
        return "", ""
    return "答复退回，请补充", shared.for_side(step, str(side.words.get("returned") or ""))


def _question(step: Step, side: ProblemSide) -> tuple[str, str]:
    """The question of the last inquiry sheet that was sent to this side."""
    if side.inquiry != "asked":
        return "", ""
    sheet = inquiries.last_to(step, side)
    if sheet is None:
        return "", ""
    office = step.world.name(sheet.body.get("office"))
    return f"核查单（{office} {sheet.at:%Y-%m-%d}）", shared.for_side(step, sheet.comment)


def _of_side(step: Step, side: ProblemSide, tasks: Sequence[Task]) -> tuple[Task, ...]:
    """Return the tasks about one side's question."""
    own = {f"{item.id}-" for item in step.open_items if item.kind in shared.SIDE_ITEMS and item.turn == side.no}
    return tuple(task for task in tasks if task.panel.prefix in own)


# ---- the three answers -----------------------------------------------------------------------------------------------


def _forms(step: Step, side: ProblemSide,
           said: tuple[Mapping[str, Any], str, Sequence[Reason]]) -> tuple[AnswerForm, ...]:  # fmt: skip
    return tuple(_form(step, side, answer, said) for answer in ACTIONS)


def _form(step: Step, side: ProblemSide, answer: str,
          said: tuple[Mapping[str, Any], str, Sequence[Reason]]) -> AnswerForm:  # fmt: skip
    typed, action, refused = said
    here = action == ACTIONS[answer]
    before = side.words if side.review == "returned" and side.words.get("answer") == answer else {}
    value = typed if here else {"comment": before.get("note", ""), "corrected": before.get("corrected", {})}
    faults = {reason.field: reason.message for reason in refused if reason.field} if here else {}
    lacking = guards.missing_papers(step, side, answer)
    return AnswerForm(
        action=ACTIONS[answer],
        title=ANSWERS[answer].title,
        consequence=ANSWERS[answer].consequence,
        papers=_papers(step, side, answer, lacking),
        fields=_fields(side, answer, value, faults),
        errors=tuple(FieldError(reason.message, _place(reason.field)) for reason in refused) if here else (),
        chosen=here or bool(before),
        missing="还缺" + "、".join(lacking) + "，请先在下面上传。" if lacking else "",
    )


def _place(field: str) -> str:
    return "corrected.name" if field == "corrected" else field


def _papers(step: Step, side: ProblemSide, answer: str, lacking: Sequence[str]) -> tuple[PaperPlace, ...]:
    there = {paper.kind for paper in guards.papers_of(step, side)}
    office = step.world.offices.get(side.school_id or 0)
    rule = look_up(step.world, "problem.evidence", office, step.today).value[answer]
    needed = list(rule["all"])
    places = [PaperPlace(kind, kind in there, True) for kind in needed]
    places += [PaperPlace(kind, kind in there, False, "任选其一") for kind in rule["any"]]
    known = {place.kind for place in places}
    others = [kind for kind in PAPERS[answer] if kind not in known]
    return (*places, *(PaperPlace(kind, kind in there, False, "可补充") for kind in others))


def _fields(side: ProblemSide, answer: str, value: Mapping[str, Any], faults: Mapping[str, str]) -> tuple[Field, ...]:
    found: list[Field] = [Field("side", "", "hidden", str(side.no))]
    if answer == "delete":
        options = tuple(Option(code, entry.title) for code, entry in REASONS_TO_DELETE.items())
        found.append(Field("reason", "删除的理由", "radio", str(value.get("reason", "")), options=options,
                           error=faults.get("reason", ""), required=True))  # fmt: skip
    if answer == "correct":
        corrected = value.get("corrected")
        typed = corrected if isinstance(corrected, dict) else {}
        found += corrected_fields("corrected.", typed, {"name": faults["corrected"]} if "corrected" in faults else None)
    found.append(
        Field("comment", COMMENT_LABELS[answer], "textarea", str(value.get("comment", "")),
              hint="写明核实的经过；请勿写入完整证件号", error=faults.get("comment", ""), required=answer == "delete",
              maxlength=COMMENT_LIMIT, rows=3)
    )  # fmt: skip
    return tuple(found)


def upload_form(
    step: Step, side: ProblemSide, key: str, refused: tuple[str, Unacceptable] | None = None
) -> Form:
    """Return the form for one more paper of a side; after a refusal with what was chosen and why."""
    chosen, fault = refused or ("", None)
    faults = {fault.field: fault.message} if fault else {}
    kinds = list(dict.fromkeys(kind for kinds in PAPERS.values() for kind in kinds))
    lacking = {kind for answer in PAPERS for kind in guards.missing_papers(step, side, answer)}
    options = tuple(Option(kind, kind) for kind in sorted(kinds, key=lambda kind: kind not in lacking))
    hint = "JPG、PNG 图片不超过 2 MB，PDF 不超过 10 MB。复印件须由监护人签字。"
    return Form(
        (
            Field("side", "", "hidden", str(side.no)),
            Field("kind", "材料种类", "select", chosen, options=options, error=faults.get("kind", ""), required=True),
            Field("file", "文件", "file", hint=hint, error=faults.get("file", ""), required=True,
                  accept=".jpg,.jpeg,.png,.pdf"),
        ),
        errors=(FieldError(fault.message, fault.field),) if fault else (),
        key=f"{key}-up{side.no}",
        button="上传",
    )  # fmt: skip

