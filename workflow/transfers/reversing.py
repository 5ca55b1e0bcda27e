"""Taking a finished transfer back: what the consent of the leader does, all of it in one transaction (domain 4.0)."""

from collections.abc import Iterator
from typing import cast

from sqlalchemy import Table, select

from models.cases import Case, WorkItem
from models.certificates import Certificate
from models.students import Enrolment, StatusChange
from models.transfers import Transfer
from workflow import desk, journal
from workflow.errors import Reason
from workflow.language import TERMINATED, DifferentPeople, Place
from workflow.problems.carrying_out import GONE, retire
from workflow.routing import key_of
from workflow.step import Step, queue_of
from workflow.transfers import standing
from workflow.transfers.standing import REVERSED, Standing

ENROLMENT = cast(Table, Enrolment.__table__)
STATUS_CHANGE = cast(Table, StatusChange.__table__)
CODES = {"inside": "99", "incoming": "18", "outgoing": "17"}
"""学籍异动类别 of taking a transfer back (domain 5.2): 99 其他, 18 取消学籍, 17 恢复学籍."""
WHY = "转学已由主管部门撤销"
"""What the certificates say of their end; a stranger reads no more."""

not_the_asker = DifferentPeople(
    "not_the_asker",
    "撤销转学须两名人员办理，申请转学的人不参与决定",
    (lambda step: [step.case.applicant_id], "撤销由您提出，须由另一位同事决定"),
    (lambda step: step.case.state["applied_by"], "这件转学由您申请，须由他人决定是否撤销"),
)


def transfer_of(step: Step) -> Step:
    """Return the transfer that a case of reversal is about, as the same person has it; locked where the step is.

    One statement, which reads the record as well.
    """
    if "transfer" not in step.cache:
        rows = standing.rows(step, step.case.parent_id)
        of = step.cache["transfer"] = _beside(step, rows[0].of, rows[0].Transfer)
        of.cache["standing"] = standing.seen(rows)
    found: Step = step.cache["transfer"]
    return found


def still_possible(step: Step) -> Iterator[Reason]:
    """What stood against it when it was asked for is asked once more."""
    yield from (Reason("reversal", "block", message) for message in standing.obstacles(transfer_of(step)))


def take_back(step: Step) -> None:
    """Put the pupil back, end the certificates and the paper file, and write it into the log of the transfer."""
    of = transfer_of(step)
    found, office = standing.read(of), step.case.applicant_org_id
    step.take(found.student, of.case)
    _put_back(step, of, found)
    of.case.state = {
        **of.case.state,
        REVERSED: {"no": step.case.no, "at": step.now.isoformat(), "office": office},
    }
    of.facts = {"office": office, "reversal": step.case.no}
    journal.note(of, "reverse", "", "")
    _end_certificates(step, of)
    _end_paper_file(step, of)
    _tell_who_decided(step, of)
    step.facts |= {"office": office, "of": of.case.no}


def note_refusal(step: Step) -> None:
    step.facts |= {"office": step.case.applicant_org_id, "of": transfer_of(step).case.no}


def _put_back(step: Step, of: Step, found: Standing) -> None:
    """Void the spell at the new school from its start and let the old one go on; no row of the history goes away."""
    student, (latest, *earlier) = found.student, found.spells
    moved = found.last_move.facts if found.last_move else {}
    if of.subject.direction == "outgoing":
        student.status = moved.get("status", "01")
    else:
        latest.ended_on, latest.end_code = latest.started_on, GONE
        step.session.flush()  # before another one opens: the database allows one open enrolment
    if of.subject.direction == "incoming":
        retire(student, None, step.now, step.today, why="deleted")
    else:
        _go_on(step, of, found, latest if of.subject.direction == "outgoing" else earlier[0])
        student.version += 1
    back = {
        "student_id": student.id,
        "code": CODES[of.subject.direction],
        "reason": "撤销转学",
        "on_date": step.today,
        "case_id": step.case.id,
        "document_no": step.case.no,
        "facts": {"from": moved.get("to", ""), "to": moved.get("from", "")},
    }
    step.rows.append((STATUS_CHANGE, back))


def _go_on(step: Step, of: Step, found: Standing, former: Enrolment) -> None:
    """Enrol the pupil where he was, from the day on which he left."""
    assert found.room is not None  # a guard asked for it
    spell = {
        "student_id": found.student.id,
        "school_id": found.room.school_id,
        "class_id": found.room.id,
        "seat_no": former.seat_no,
        "started_on": of.subject.arrived_on,
    }
    step.rows.append((ENROLMENT, spell))


def _end_certificates(step: Step, of: Step) -> None:
    """Revoke what was issued about the transfer; the public page says so from this transaction on."""
    valid = (Certificate.case_id == of.case.id) & (Certificate.state == "valid")
    for one in step.session.scalars(select(Certificate).where(valid).with_for_update()).all():
        step.take(one)
        one.state, one.revoked_at, one.revoked_by, one.revoked_reason = "revoked", step.now, step.actor.id, WHY
        of.facts = {"office": step.case.applicant_org_id, "certificate": one.number, "reversal": step.case.no}
        journal.note(of, "revoke_certificate", "", "")


def _end_paper_file(step: Step, of: Step) -> None:
    """End the handing over of the paper file, if it is still on its way; what was sent comes back by hand."""
    waiting = (WorkItem.case_id == Case.id) & WorkItem.open
    query = select(Case, WorkItem).outerjoin(WorkItem, waiting)
    query = query.where(Case.parent_id == of.case.id, Case.process == "paper_file", Case.closed_at.is_(None))
    rows = step.session.execute(query.with_for_update(of=Case)).all()
    if not rows:
        return
    case, items = rows[0][0], [item for _, item in rows if item is not None]
    step.take(case, *items)
    paper, before = _beside(step, case, None, items), case.phase
    case.state = {**case.state, REVERSED: of.case.state[REVERSED]}
    desk.close(paper, "reversed", items)
    case.phase, case.closed_at, case.revision = TERMINATED.name, step.now, case.revision + 1
    paper.facts = {"office": step.case.applicant_org_id, "reversal": step.case.no}
    journal.note(paper, "end_with_transfer", before, case.phase)


def _tell_who_decided(step: Step, of: Step) -> None:
    """Tell the desks that agreed to the transfer; both schools hear as parties of the case."""
    decided = of.case.state.get("decisions", {})
    for stop in of.case.route:
        if stop["org"] and key_of(stop) in decided:
            office = step.world.today_s(step.world.office(stop["org"]))
            step.tell("case_decided", queue_of(office.id, stop["role"]), phase="undone")


def _beside(step: Step, case: Case, subject: Transfer | None, items: list[WorkItem] | None = None) -> Step:
    """Return the same attempt of the same person on a case that stands beside; it is written with the step."""
    other = Step(step.session, case, subject, items or [], step.actor, step.world, step.now)
    other.locked, other.rows, other.numbers = step.locked, step.rows, step.numbers
    other.acting_for = step.acting_for
    return other


def _asking_office(step: Step) -> int | None:
    return int(step.case.applicant_org_id)


asking_office = Place("asking_office", _asking_office)
