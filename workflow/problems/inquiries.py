"""Inquiry sheets (核查单): a question to some sides, each of which insists or gives up."""

from models.problems import ProblemSide
from workflow import casefile, desk
from workflow.casefile import Entry
from workflow.policies import look_up
from workflow.problems import paper_kinds
from workflow.problems.facts import side_of, sides_of
from workflow.step import Step


def send(step: Step) -> None:
    """Ask the sides named; the arbitrator's clock is set anew with the term of the sheet added."""
    asked = set(step.payload["sides"])
    for side in sides_of(step):
        if side.no in asked:
            side.inquiry = "asked"
    state = dict(step.case.state)
    state["inquiries"] = int(state.get("inquiries", 0)) + 1
    if step.item is not None:
        office = step.world.office(step.item.org_id)
        term = int(look_up(step.world, "inquiry.sheet", office, step.today).value)
        state["ruling_days"] = desk.remaining_days(step, step.item) + term
        step.facts["office"] = office.id
    step.case.state = state
    paper_kinds.announce(step, paper_kinds.INQUIRY, state["inquiries"], sorted(asked))


def last_to(step: Step, side: ProblemSide) -> Entry | None:
    """Return the last sheet that was sent to a side: which office asked what, and when."""
    sent = (entry for entry in reversed(casefile.entries(step)) if entry.action == "send_inquiry")
    return next((entry for entry in sent if side.no in entry.body.get("sides", [])), None)


def note_answer(step: Step) -> None:
    """Keep whether the side insists or gives up; why stands in the event."""
    side = side_of(step)
    side.inquiry = step.payload["position"]
    side.words = {**side.words, "position_note": step.payload.get("comment") or ""}
    step.facts["side"] = side.no


def note_silence(step: Step) -> None:
    side = side_of(step)
    side.inquiry = "silent"
    step.facts["side"] = side.no
