"""What the school's answer and the department's decision leave behind; a correction or deletion is carried out here."""

from typing import Any

from models.problems import Ruling
from models.students import StatusChange
from workflow import key_data
from workflow.id_errors import checking
from workflow.id_errors.lists import CHECKSUM, KINDS
from workflow.id_errors.places import spell_of
from workflow.one_record import student_of
from workflow.payload import date_of
from workflow.problems.carrying_out import CODES, retire
from workflow.problems.images import Watch
from workflow.routing import department_of
from workflow.settings import is_demo
from workflow.step import Step

OUTSIDE = tuple(kind for kind in KINDS if kind != CHECKSUM)
"""Kinds that only another verdict of the population register, or the police, can take back."""


def note_seen(step: Step) -> None:
    """The clerk knows of it."""
    step.facts["office"] = _office(step)


def note_delete(step: Step) -> None:
    _note(step, "delete")


def note_correct(step: Step) -> None:
    step.private.add("corrected")
    _note(step, "correct")


def note_claim(step: Step) -> None:
    _note(step, "claim")


def note_return(step: Step) -> None:
    """Ask the school again, with what is missing; what it typed is kept for it."""
    step.case.round += 1
    _object(step, "return")


def note_refusal(step: Step) -> None:
    """Remember which answer was not believed, and when: it is not given again without new papers."""
    refused = {**step.case.state.get("refused", {}), step.subject.answer: step.now.isoformat()}
    step.case.state = {**step.case.state, "refused": refused}
    step.case.round += 1
    _object(step, "refuse")


def carry_out_correction(step: Step) -> None:
    """Correct the record, then check it again; what is still wrong is said to the school."""
    error, student = step.subject, student_of(step)
    change = key_data.correct(
        step.session,
        step.world,
        student,
        error.words.get("corrected", {}),
        by=step.actor.id,
        now=step.now,
        today=step.today,
        case_id=step.case.id,
    )
    _history(step, "correct")
    if {"name", "id_number"} & set(change.fields):
        checking.close_faults(step.session, student.id, step.now, OUTSIDE)
    checking.note(step.session, [student], step.now, step.today, demo=is_demo(step.session))
    left = checking.open_faults(step.session, student.id)
    error.kinds = [kind for kind in KINDS if kind in {fault.kind for fault in left}] or error.kinds
    error.details = [code for fault in left for code in fault.details]
    step.cache["still_faulty"] = bool(left)
    step.facts |= {"office": _office(step), "fields": change.fields, "passed": not left}
    step.case.state = {**step.case.state, "objection": _recheck(step, bool(left)), "asked_for": []}
    _forget_answer(step, bool(left))


def send_to_police(step: Step) -> None:
    """The department believes the school; what the police say decides."""
    step.facts["office"] = _office(step)
    step.case.state = {**step.case.state, "objection": None, "asked_for": []}


def note_police(step: Step) -> None:
    """The police confirmed the record, or denied it; then the school looks again."""
    error, student = step.subject, student_of(step)
    confirmed = step.payload["result"] == "confirmed"
    error.police_on = date_of(step.payload["on_date"])
    step.facts |= {"office": _office(step), "result": step.payload["result"]}
    if confirmed:
        student.id_verdict, student.id_verdict_on = "passed", error.police_on
        student.id_verdict_source = f"公安答复（{step.case.no}）"
        checking.close_faults(step.session, student.id, step.now, OUTSIDE)
    else:
        step.case.round += 1
        _object(step, "refuse")
        _forget_answer(step, True)


def carry_out_deletion(step: Step) -> None:
    """Retire the record as a ruling does, with images of what was, so that the department can undo it."""
    error, student, spell = step.subject, student_of(step), spell_of(step)
    watch = Watch()
    watch.see([student, *([spell] if spell else [])])
    retire(student, spell, step.now, step.today, why="deleted")
    _history(step, "close")
    checking.close_faults(step.session, student.id, step.now, KINDS)
    ruling = _ruling(step)
    step.session.add(ruling)
    step.session.flush()
    step.rows += watch.rows(ruling.id)
    error.ruling_id = ruling.id
    step.facts |= {"office": _office(step), "ruling": ruling.public_id}


def note_settled(step: Step) -> None:
    """Nothing is left to do: say why."""
    step.facts["why"] = "retired" if student_of(step).retired_at else "left" if spell_of(step) is None else "fault_gone"


def _note(step: Step, answer: str) -> None:
    error = step.subject
    error.answer, error.reason = answer, step.payload.get("reason", "")
    error.words = {
        "corrected": step.payload.get("corrected") or {},
        "note": step.payload.get("comment") or "",
        "relied": key_data.digest_of(student_of(step)),
    }
    error.answered_by, error.answered_at = step.actor.id, step.now
    step.case.state = {**step.case.state, "objection": None, "asked_for": []}
    step.facts |= {"office": _office(step), "answer": answer}


def _object(step: Step, action: str) -> None:
    """Keep what everybody who opens the case must read first: who sent it back, and why."""
    told = {"office": _office(step), "action": action, "cause": "", "comment": step.payload.get("comment") or ""}
    asked_for = list(step.payload.get("items") or [])
    step.case.state = {**step.case.state, "objection": told, "asked_for": asked_for}
    step.facts["office"] = _office(step)


def _recheck(step: Step, faulty: bool) -> dict[str, Any] | None:
    if not faulty:
        return None
    kinds = "、".join(KINDS[kind].title for kind in step.subject.kinds)
    comment = f"更正已写入，但复查仍未通过：{kinds}"
    return {"office": _office(step), "action": "recheck", "cause": "", "comment": comment}


def _forget_answer(step: Step, again: bool) -> None:
    if again:
        step.subject.answer, step.subject.reason = "", ""


def _ruling(step: Step) -> Ruling:
    """The deletion as a ruling of the school's department, under which it can be undone."""
    office = department_of(step.world, step.world.office(_office(step) or step.case.applicant_org_id))
    ruling = Ruling(
        case_id=step.case.id,
        round=step.case.round,
        basis="school",
        office_id=office.id,
        drafted_by=step.subject.answered_by,
        drafted_at=step.subject.answered_at,
        verdicts=[{"side": 1, "verdict": "close"}],
        reasons=[step.subject.reason],
        confirmed_by=step.actor.id,
        confirmed_at=step.now,
    )
    ruling.words = {"text": step.subject.words.get("note", "")}
    return ruling


def _history(step: Step, verdict: str) -> None:
    student, spell = student_of(step), spell_of(step)
    school = step.world.name(spell.school_id) if spell else step.world.name(step.subject.school_id)
    step.session.add(
        StatusChange(
            student_id=student.id,
            code=CODES[verdict],
            reason="身份证件号错误",
            on_date=step.today,
            case_id=step.case.id,
            document_no=step.case.no,
            facts={"verdict": verdict, "from": school, "to": ""},
        )
    )


def _office(step: Step) -> int | None:
    return step.item.org_id if step.item else None
