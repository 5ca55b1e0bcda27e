"""What the sides say: answers, reviews by their departments, silence, and sending a side back."""

from workflow.problems import ruling
from workflow.problems.facts import is_gone, latest_ruling, next_reviewer, side_of, sides_of
from workflow.problems.path import after_an_answer
from workflow.step import Step

ANEW = "本事项已调整环节，请核对后重新答复"


def note_delete(step: Step) -> None:
    _note(step, "delete")


def note_correct(step: Step) -> None:
    step.private.add("corrected")
    _note(step, "correct")


def note_claim(step: Step) -> None:
    _note(step, "claim")


def accept(step: Step) -> None:
    """Keep the review; when nothing is left to rule about, the answers themselves take effect."""
    side = side_of(step)
    side.reviewed_by, side.reviewed_at = step.actor.id, step.now
    _note_review(step, side.no, [*_reviews(step, side.no), step.actor.id])
    if next_reviewer(step, side) is None:
        side.review = "accepted"
    step.facts |= {"side": side.no, "office": step.item.org_id if step.item else None}
    follow_answers(step)


def send_back(step: Step) -> None:
    """Ask the school again, with what is missing; what it typed is kept for it."""
    side = side_of(step)
    _reopen(side.no, step)
    step.facts |= {"side": side.no, "office": step.item.org_id if step.item else None}


def note_silence(step: Step) -> None:
    """The term and its grace passed: this side is decided on the file. Silence never counts as a loss by itself."""
    side = side_of(step)
    side.silent = True
    step.facts |= {"side": side.no}
    follow_answers(step)


def ask_sides_again(step: Step) -> None:
    """The arbitrator wants better evidence from some sides (domain 4.10, row 7)."""
    for number in step.payload["sides"]:
        _reopen(number, step)
    step.case.round += 1
    step.facts["office"] = step.item.org_id if step.item else None


def ask_all_again(step: Step) -> None:
    """What the sides settled among themselves was not consented to: they answer anew."""
    returned = latest_ruling(step)
    if returned and returned.basis == "sides":
        for side in sides_of(step):
            _reopen(side.no, step)


def put_anew(step: Step) -> None:
    """Two people put the case back here (调整环节): every school answers anew; what was drafted or asked since is over.

    The sides read that they are asked again, not the words of the proposal: those may tell of another side.
    """
    for side in sides_of(step):
        if side.school_id:
            _reopen(side.no, step, ANEW)
            side.inquiry = ""
    step.case.state = {**step.case.state, "ruling_days": None}


def follow_answers(step: Step) -> None:
    """Where at most one record still claims, the accepted answers become a ruling: carried out, or put for consent."""
    target = after_an_answer(step)
    if target == "settled_by_sides":
        ruling.settle(step)
    elif target == "confirmation":
        ruling.propose_from_answers(step)


def _note(step: Step, answer: str) -> None:
    side = side_of(step)
    side.answer, side.reason = answer, step.payload.get("reason", "")
    side.review, side.silent = "", False
    side.words = {"corrected": step.payload.get("corrected") or {}, "note": step.payload.get("comment") or ""}
    side.answered_by, side.answered_at = step.actor.id, step.now
    step.facts |= {"side": side.no, "answer": answer}


def _reopen(number: int, step: Step, said: str | None = None) -> None:
    side = next(side for side in sides_of(step) if side.no == number)
    words = dict(side.words)
    side.words = {**words, "returned": said or step.payload.get("comment") or "", "answer": side.answer}
    side.answer, side.review, side.silent = "", "returned", is_gone(step.world, side)
    _note_review(step, number, [])


def _reviews(step: Step, number: int) -> list[int]:
    """Who has agreed to a side's answer so far, in the order of the offices."""
    return list(step.case.state.get("reviews", {}).get(str(number), []))


def _note_review(step: Step, number: int, persons: list[int]) -> None:
    reviews = {**step.case.state.get("reviews", {}), str(number): persons}
    step.case.state = {**step.case.state, "reviews": reviews}
