"""What signatures, returns and answers leave behind for a pupil without number; the certificate is numbered here."""

from typing import Any, cast

from sqlalchemy import Table, select, update

from models.base import new_public_id
from models.cases import CaseScope
from models.certificates import Certificate
from models.students import StatusChange
from workflow import desk, joint, key_data, ledger, reminders
from workflow.errors import NotFound
from workflow.no_id import certificate, path
from workflow.no_id.lists import SERIES
from workflow.no_id.places import room_of
from workflow.one_record import school_of, student_of
from workflow.routing import key_of
from workflow.step import Intent, Step

CERTIFICATE = cast(Table, Certificate.__table__)
CHANGE = cast(Table, StatusChange.__table__)


def submit(step: Step) -> None:
    """Freeze who signs; decisions of an earlier round stand while what they relied on is unchanged."""
    subject, case = step.subject, step.case
    subject.reason = step.payload["reason"]
    subject.words = {**subject.words, "note": step.payload.get("comment") or ""}
    case.route = path.route(step.world, school_of(step))
    case.state = {**case.state, "submitted_by": step.actor.id, "objection": None, "asked_for": []}
    desk.open_scope(step, set(step.session.scalars(select(CaseScope.org_id).where(CaseScope.case_id == case.id))))
    step.facts |= {"office": _office(step)}


def note_decision(step: Step) -> None:
    """Keep the signature; the last one makes the certificate valid."""
    case = step.case
    stop, several = case.route[case.turn], joint.together(step)
    decision = {
        "by": step.actor.id,
        "name": step.signed_by,
        "at": step.now.isoformat(),
        "relied": path.relied_on(step),
        **({"by_office": _office(step)} if step.in_place_of and not several else {}),
        **several,
    }
    decisions = {**case.state.get("decisions", {}), key_of(stop): decision}
    left = {key: days for key, days in case.state.get("remaining", {}).items() if key != key_of(stop)}
    case.state = {**case.state, "decisions": decisions, "remaining": left, "objection": None, "asked_for": []}
    step.facts["office"] = _office(step)
    if path.next_undecided(step) == path.VALID:
        _issue(step)
    else:
        case.turn = case.route.index(stop)


def note_return(step: Step) -> None:
    """Stop the office's clock; the days it had left resume when the form comes back."""
    case = step.case
    if step.item is None:
        raise NotFound
    left = {**case.state.get("remaining", {}), key_of(case.route[case.turn]): desk.remaining_days(step, step.item)}
    words = {"cause": "", "comment": step.payload.get("comment") or ""}
    told = {"office": _office(step), "action": "return", **words, "at": step.now.isoformat()}
    asked_for = list(step.payload.get("items") or [])
    case.state = {**case.state, "remaining": left, "objection": told, "asked_for": asked_for}
    case.round += 1
    step.facts["office"] = _office(step)


def note_asked(step: Step) -> None:
    """Ask the school; what it answered last time does not count any more."""
    step.subject.asking, step.subject.asked_on = True, step.today


def note_not_yet(step: Step) -> None:
    """Ask again at the start of the next term."""
    step.subject.asking = False
    step.case.state = {**step.case.state, "objection": None}
    step.facts["office"] = _office(step)
    set_question(step)


def enter_number(step: Step) -> None:
    """Keep the number that the pupil has now, until the department has seen the paper."""
    step.private.add("corrected")
    subject = step.subject
    typed = {"id_type": "1", **step.payload["corrected"]}
    subject.words = {**subject.words, "corrected": typed, "relied": key_data.digest_of(student_of(step))}
    subject.answered_by, subject.asking = step.actor.id, False
    step.item = next((item for item in step.open_items if item.kind == "answer"), None)
    step.case.state = {**step.case.state, "objection": None, "asked_for": []}
    step.facts["office"] = school_of(step).id


def convert(step: Step) -> None:
    """Write the number into the record; a number somebody else has makes a duplicate problem, not an error."""
    student = student_of(step)
    change = key_data.correct(
        step.session,
        step.world,
        student,
        step.subject.words.get("corrected", {}),
        by=step.actor.id,
        now=step.now,
        today=step.today,
        case_id=step.case.id,
    )
    found = room_of(step)
    line = {
        "student_id": student.id,
        "code": "99",
        "reason": "取得身份证件号",
        "on_date": step.today,
        "case_id": step.case.id,
        "document_no": step.case.no,
        "facts": {"verdict": "correct", "from": step.world.name(found[0].school_id) if found else "", "to": ""},
    }
    step.rows.append((CHANGE, line))
    step.facts |= {"office": _office(step), "fields": change.fields}
    end_certificate(step)


def send_number_back(step: Step) -> None:
    """The paper does not prove it: the school is asked again."""
    told = {"office": _office(step), "action": "return", "cause": "", "comment": step.payload.get("comment") or ""}
    step.subject.asking, step.subject.asked_on = step.subject.valid_from is not None, step.today
    step.case.state = {**step.case.state, "objection": told, "asked_for": []}
    step.case.round += 1
    step.facts["office"] = _office(step)


def end_certificate(step: Step) -> None:
    """From today on the certificate speaks of the past only."""
    if step.subject.certificate_id:
        this = update(Certificate).where(Certificate.id == step.subject.certificate_id)
        step.session.execute(this.values(expires_on=step.today))


def set_question(step: Step) -> None:
    """Note the moment at which the school is asked: the first day of the next term."""
    day = path.next_term(step.world, school_of(step), step.today)
    at = reminders.morning(day)
    row: dict[str, Any] = {"case_id": step.case.id, "work_item_id": None, "kind": "ask", "step": 0, "due_at": at}
    step.rows.append((desk.TIMER, row))


def _issue(step: Step) -> None:
    """Give the certificate its number and freeze its facts; the paper is printed after the commit."""
    case, subject = step.case, step.subject
    office = step.world.office(case.route[-1]["org"])
    subject.valid_from = step.today
    serial = step.numbers.serial(f"certificate:no_id:{step.today.year}:{office.code}")
    made = Certificate(
        id=step.numbers.draw(CERTIFICATE),
        public_id=new_public_id(),
        code=new_public_id(),
        number=f"{SERIES}〔{step.today.year}〕{office.code}-{serial:04d}",
        kind="no_id",
        case_id=case.id,
        student_id=subject.student_id,
        org_id=office.id,
        issued_at=step.now,
    )
    made.facts = certificate.frozen_facts(step)
    step.rows.append(ledger.added(made))
    subject.certificate_id = made.id
    step.intents.append(Intent("certificate", "print", str(made.id), {"certificate": made.id}))
    step.facts["certificate"] = made.number
    set_question(step)


def _office(step: Step) -> int | None:
    return step.item.org_id if step.item else None
