"""Rulings: drafted by one person, confirmed by another, carried out in the moment of confirmation."""

from models.problems import Ruling
from workflow.problems import carrying_out, images, paper_kinds
from workflow.problems.facts import arbitrates, latest_ruling, records, rulings, sides_of
from workflow.problems.standing import in_force
from workflow.problems.verdicts import Verdict, from_answers, typed
from workflow.step import Step


def draft(step: Step) -> None:
    """Write the ruling down; nothing is changed before somebody else confirms it."""
    step.private |= {"verdicts"}
    basis = "objection" if step.case.state.get("raised") else "arbitration"
    verdicts = typed(step.payload["verdicts"])
    _write(step, basis, verdicts, step.payload["reasons"], step.payload.get("comment") or "")
    step.facts |= {"verdicts": [one.stored() for one in verdicts], "office": arbitrates(step).id}


def draft_outside(step: Step) -> None:
    """Write down what was decided outside the province about our records (domain 4.10, row 11)."""
    step.private |= {"verdicts"}
    verdicts = typed(step.payload["verdicts"])
    _write(step, "outside", verdicts, [], step.payload.get("comment") or "")
    step.facts |= {"verdicts": [one.stored() for one in verdicts]}


def propose_from_answers(step: Step) -> None:
    """Put the school's own settlement before its department (domain 4.10: the county sees and confirms)."""
    _write(step, "sides", from_answers(step), [], "")


def settle(step: Step) -> None:
    """Let the accepted answers take effect at once: the school answered, its department is the second person."""
    ruling = _write(step, "sides", from_answers(step), [], "")
    _carry_out(step, ruling)


def confirm(step: Step) -> None:
    """Carry the draft out."""
    ruling = latest_ruling(step)
    if ruling is None:
        raise LookupError("nothing was drafted")
    _carry_out(step, ruling)
    step.facts["office"] = step.item.org_id if step.item else None


def note_return(step: Step) -> None:
    """The leader wants another draft."""
    step.case.round += 1
    step.facts["office"] = step.item.org_id if step.item else None


def note_objection(step: Step) -> None:
    """Take the case one level up; the ruling stands until that office decides otherwise."""
    from_side = next(side for side in sides_of(step) if side.no == step.payload["side"])
    from_side.objected = True
    state = dict(step.case.state)
    state |= {"raised": int(state.get("raised", 0)) + 1, "ruling_days": None}
    step.case.state = state
    step.case.round += 1
    step.facts["side"] = from_side.no


def note_reopening(step: Step) -> None:
    """The ruling was taken back while objections were possible: the office rules anew."""
    step.case.state = {**step.case.state, "ruling_days": None}
    step.case.round += 1


def _write(step: Step, basis: str, verdicts: list[Verdict], reasons: list[str], text: str) -> Ruling:
    students = records(step)
    ruling = Ruling(
        case_id=step.case.id,
        round=step.case.round,
        basis=basis,
        office_id=arbitrates(step).id,
        drafted_by=step.actor.id,
        drafted_at=step.now,
        verdicts=[one.stored() for one in verdicts],
        reasons=reasons,
    )
    ruling.words = {
        "text": text,
        "corrected": {str(one.side): one.corrected for one in verdicts if one.corrected},
        "names": {str(number): student.name for number, student in students.items()},
        "versions": {str(number): student.version for number, student in students.items()},
    }
    step.session.add(ruling)
    step.session.flush()
    rulings(step).append(ruling)
    state = dict(step.case.state)
    state["drafted_by"] = step.actor.id
    state["above_confirms"] = carrying_out.both_lived(step, verdicts)
    step.case.state = state
    return ruling


def _carry_out(step: Step, ruling: Ruling) -> None:
    """Let the ruling take effect; one that stood before it, and was objected to, is taken back first."""
    for earlier in in_force(step):
        _take_back(step, earlier)
    ruling.confirmed_by, ruling.confirmed_at = step.actor.id, step.now
    carrying_out.carry_out(step, ruling)
    if ruling.basis in paper_kinds.RULED:
        paper_kinds.announce(step, paper_kinds.RULING, ruling.id)
    step.subject.standing_ruling_id = ruling.id
    step.facts |= {"ruling": ruling.public_id, "verdicts": ruling.verdicts}


def _take_back(step: Step, earlier: Ruling) -> None:
    """Put the records back as they were; what was changed since stays, and is named in the event."""
    conflicts = images.restore(step.session, images.stored(step.session, earlier))
    earlier.undone_at, earlier.undone_by = step.now, step.actor.id
    paper_kinds.end_of_rulings(step.session, step.case.id, step.actor.id, "裁定已由新的裁定代替", step.now)
    step.facts |= {"replaced": earlier.public_id, "conflicts": [one.stored() for one in conflicts]}
