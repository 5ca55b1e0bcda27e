"""Where a transfer goes next: always to the first stop of its route that has not decided on today's facts."""

import hashlib
from typing import Any

from models.text import canonical
from models.transfers import Transfer
from workflow.routing import Stop, key_of
from workflow.step import Step
from workflow.transfers import refusing
from workflow.transfers.places import common_authority

ARRIVAL = "arrival"


def next_undecided(step: Step) -> str:
    """Return the phase of the first stop without a standing decision, and remember whose turn it is.

    A decision stands while the facts it relied on are unchanged (contract 5), so after a correction the case goes
    straight back to the office that returned it, unless what earlier offices relied on was changed.
    """
    known = standing_decisions(step)
    for turn, stop in enumerate(step.case.route):
        if key_of(stop) not in known:
            step.case.turn = turn
            return str(stop["phase"])
    step.case.turn = len(step.case.route)
    return ARRIVAL


def standing_decisions(step: Step) -> dict[str, Any]:
    """Return the decisions on the route that hold today, by stop: those made on today's facts.

    What took effect rests on all of its decisions, whatever becomes of the record later; other processes judge theirs.
    """
    known: dict[str, Any] = step.case.state.get("decisions", {})
    if not isinstance(step.subject, Transfer) or step.case.phase == "effective":
        return known
    on_route = ((stop, key_of(stop)) for stop in step.case.route)
    return {key: known[key] for stop, key in on_route if key in known and stands(step.subject, stop, known[key])}


def stands(transfer: Transfer, stop: Stop, decision: dict[str, Any]) -> bool:
    """Tell whether a decision was made on today's facts; the class concerns the receiving school alone."""
    room = transfer.to_class_id
    same_class = stop["phase"] != "receiving_school" or decision.get("room", room) == room
    return same_class and bool(decision["relied"] == relied_on(transfer, stop))


def after_refusal(step: Step) -> str:
    """A listed cause ends the case the first time; any other, and a second refusal, goes to the common authority.

    It is not asked about its own refusal, nor about a school that does not want its own request any more. Where it
    refused for a silent or empty desk, another person rules (guard C7).
    """
    authority = common_authority(step)
    if authority is None or step.case.phase in ("contested", "receiving_school"):
        return "rejected"
    if step.case.route[step.case.turn]["org"] == authority.id:
        return "rejected"
    if step.payload.get("cause") == OTHER_CAUSE:
        return "contested"
    if refusing.again(step):
        step.facts["again"] = True
        return "contested"
    return "rejected"


def after_milestone(step: Step) -> str:
    """Follow what the other province answered: on, back to the draft, or to the end."""
    result = step.payload["result"]
    if result == "refused":
        return "rejected"
    if result == "bounced":
        return "draft"
    if step.case.phase == ARRIVAL:
        return "effective" if step.subject.direction == "outgoing" else ARRIVAL
    return next_undecided(step)


def relied_on(transfer: Transfer, stop: Stop) -> str:
    """Return the digest of the facts that an office's decision relies on."""
    facts: list[object] = [transfer.name, _hex(transfer.record_no_index), transfer.target_grade, transfer.direction]
    if stop["phase"].startswith("receiving") or stop["phase"] == "common_department":
        facts += [transfer.to_school_id, transfer.reason]
    if stop["phase"].startswith("releasing") or stop["phase"] == "common_department":
        facts += [transfer.from_school_id]
    return hashlib.sha256(canonical(facts)).hexdigest()


def _hex(value: bytes | None) -> str:
    return value.hex() if value else ""


OTHER_CAUSE = "其他"
