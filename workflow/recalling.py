"""What it takes to take the last answer back (取回, engine 2.8): kept with the case until the next one is given.

The event log keeps everything; what goes back is the present: where the case stands, what it remembers between steps,
and the questions. Only answers that a process names as `recallable` can be taken back, never one that ended the case
or had an effect on a record, and only while nothing was written into the log after it.
"""

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table

from models.cases import Case, WorkItem
from models.outbox import OutboxRow
from workflow.language import Action, Common
from workflow.step import Step

RECALL = "recall"
ACTS = ("send_back",)
"""Acts of every process that answer a question and can be taken back like the answers a process names."""
OUTBOX = cast(Table, OutboxRow.__table__)
_OF_ITEM = (
    "open", "assignee_id", "closed_at", "closed_by", "acting_for", "outcome", "void_reason", "took", "due_rule",
)  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """A case before somebody answers: where it stands, what it remembers, and each of its questions.

    `place` names the question that is asked (rights.here): who signed there may not sign elsewhere.
    """

    stands: dict[str, Any]
    place: str
    state: dict[str, Any]
    items: dict[int, dict[str, Any]]


def picture(step: Step, place: str) -> Picture:
    """Return the case as it is now."""
    case = step.case
    stands = {"phase": case.phase, "turn": case.turn, "round": case.round}
    items = {item.id: {name: getattr(item, name) for name in _OF_ITEM} for item in step.items}
    return Picture(stands, place, case.state, items)


def keep(step: Step, spec: Action, before: Picture) -> None:
    """Remember how to take back what was just done; what could be taken back until now cannot any more."""
    case = step.case
    if isinstance(spec, Common) and spec.quiet:
        return
    forget(case)
    if not _can_be_taken_back(step, spec):
        return
    assert step.item is not None
    had = {name: value for name, value in before.state.items() if case.state.get(name) != value}
    was = ((item, _otherwise(before.items[item.id], item)) for item in step.items if item.id in before.items)
    note = {
        "seq": case.last_seq,
        "action": spec.name,
        "item": step.item.id,
        "signed_at": before.place if spec.signs else None,
        **before.stands,
        "had": {name: value for name, value in had.items() if name != RECALL},
        "new": sorted(set(case.state) - set(before.state)),
        "items": {str(item.id): values for item, values in was if values},
        "opened": [item.id for item in step.items if item.id not in before.items],
        "told": [row["dedup"] for table, row in step.rows if table is OUTBOX],
    }
    case.state = {**case.state, RECALL: note}


def forget(case: Case) -> None:
    """Let the last answer stand for good: somebody has begun to work on what followed."""
    if RECALL in case.state:
        case.state = {name: value for name, value in case.state.items() if name != RECALL}


def kept(case: Case) -> dict[str, Any] | None:
    """Return what is kept of the last answer; None where it cannot be taken back."""
    found: dict[str, Any] | None = case.state.get(RECALL)
    return found


def answered(step: Step) -> WorkItem | None:
    """Return the question whose answer can be taken back."""
    note = kept(step.case)
    return next((item for item in step.items if note and item.id == note["item"]), None)


def restore(step: Step) -> list[WorkItem]:
    """Let the case stand, remember and ask as before the answer; returns the questions that are open again.

    For whom deputies acted stays known: nobody becomes free to sign by taking something back.
    """
    case, note = step.case, kept(step.case)
    assert note is not None
    case.turn, case.round = note["turn"], note["round"]
    standing = {"deputies": case.state["deputies"]} if "deputies" in case.state else {}
    stays = {name: value for name, value in case.state.items() if name not in (RECALL, *note["new"])}
    case.state = {**stays, **note["had"], **standing}
    again = []
    for item in step.items:
        before = note["items"].get(str(item.id), {})
        for name, value in before.items():
            setattr(item, name, value)
        if before.get("open"):
            again.append(item)
    return again


def _can_be_taken_back(step: Step, spec: Action) -> bool:
    phase = step.process.phases[step.case.phase]
    if step.item is None or step.actor.is_system or phase.final or phase in step.process.irrevocable:
        return False
    return spec in step.process.recallable or spec.name in ACTS


def _otherwise(before: dict[str, Any], item: WorkItem) -> dict[str, Any]:
    """Return what was otherwise before; the moment at which a question was closed never changes afterwards."""
    return {name: value for name, value in before.items() if getattr(item, name) != value}
