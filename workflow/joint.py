"""Several sign one question: who is asked, what their answers amount to, who is next. Under the lock of the case.

Everybody asked has a *seat*: a work item of his own or, where one signs after the other, a place among the waiting.
`case.state["signing"]` holds what belongs to the present asking only: a number that marks its work items, the manner,
the waiting seats, and who has answered. Every new asking begins with a new number, so that an answer given in an
earlier round, or before the question was put again, can never count.

Whoever is asked may add signers (加签). They decide nothing: the consent of a seat counts when they have agreed too,
and what they object to is for whoever added them to decide anew.
"""

from dataclasses import replace
from typing import Any

from models.cases import WorkItem
from workflow import counting, manners, rights, seats
from workflow.calendar import due_day_of
from workflow.holding import holders
from workflow.language import AGAINST, FOR, Action, Phase, Process, Question
from workflow.manners import ALONE, Manner
from workflow.seats import Seat
from workflow.step import Step, queue_of

SIGNING = "signing"
BEFORE, BESIDE, AFTER = "before", "beside", "after"
"""When an added signer is asked: before whoever added him, at the same time, or once that one has agreed."""


def running(step: Step) -> dict[str, Any] | None:
    """Return what is kept of the present question while several sign it."""
    found: dict[str, Any] | None = step.case.state.get(SIGNING)
    return found


def asked(step: Step) -> list[WorkItem]:
    """Return every question of the present asking, whoever may answer in the place of a silent seat included."""
    signing = running(step)
    return [item for item in step.items if signing and _number_of(item) == signing["asking"] and item.kind != "copy"]


def group(step: Step) -> list[WorkItem]:
    """Return the work items of the present asking, one for each seat, answered ones included; added signers are not
    among them. Whoever stepped in for a silent seat counts where he answered, or answers now."""
    there = {item.id: item for item in asked(step)}
    chains: dict[int, list[WorkItem]] = {}
    for item in there.values():
        chains.setdefault(_seat_of(there, item), []).append(item)
    return [next((one for one in chain if one.outcome or one is step.item), chain[0]) for chain in chains.values()]


def same_seat(step: Step, item: WorkItem) -> list[WorkItem]:
    """Return the question with those of its seat: who was asked, and whoever may answer in his place."""
    there = {one.id: one for one in asked(step)}
    seat = _seat_of(there, item)
    return [item, *(one for one in there.values() if one is not item and _seat_of(there, one) == seat)]


def added(step: Step) -> list[WorkItem]:
    """Return the questions to signers that were added in the present asking."""
    signing = running(step)
    found = (item for item in step.items if signing and item.kind != "copy")
    return [item for item in found if item.due_rule.get("added", {}).get("asking") == (signing or {})["asking"]]


def begin(step: Step, phase: Phase, policy: str, remaining: int | None = None) -> list[Question] | None:
    """Return what to ask first where the phase asks several, None where it does not; an earlier signing is over."""
    if SIGNING in step.case.state:
        step.case.state = {name: value for name, value in step.case.state.items() if name != SIGNING}
    found = seats.plan(step, phase)
    if found is None:
        return None
    manner, there = found
    first, waiting = (there, []) if manner.at_once else (there[:1], there[1:])
    _keep(step, _new(step, manner, waiting))
    return [_question(step, seat, phase.kind, policy, remaining) for seat in first]


def add(step: Step, item: WorkItem, seat: Seat, where: str, policy: str) -> Question | None:
    """Add a signer to the question; returns what to ask him now, None where his turn comes after this one's answer."""
    if running(step) is None:
        _keep(step, _new(step, ALONE, []))
        item.due_rule = {**item.due_rule, "joined": _signing(step)["asking"]}
    note = {"asking": _signing(step)["asking"], "to": item.id, "where": where, "signer": seat.pop("name")}
    note |= {"by": step.actor.id, "name": step.signed_by}
    seat = {**seat, "added": note, "days": _days_left(step, item)}
    if where == AFTER:
        _keep(step, {**_signing(step), "after": [*_signing(step)["after"], seat]})
        return None
    return _question(step, seat, item.kind, policy)


def remove(step: Step, person: int) -> tuple[WorkItem | None, dict[str, Any]]:
    """Take an added signer who has not answered away; returns his question, if it was put, and who added him."""
    for item in added(step):
        if item.open and item.assignee_id == person:
            return item, item.due_rule["added"]
    signing = _signing(step)
    seat = next(one for one in signing["after"] if one["person"] == person)
    _keep(step, {**signing, "after": [one for one in signing["after"] if one is not seat]})
    return None, seat["added"]


def take_off(step: Step, number: int) -> tuple[list[WorkItem], list[dict[str, Any]]]:
    """Take off all signers that were added to this question and have not answered; returns their questions, as far as
    they were put, and a note of each."""
    there = [item for item in added(step) if item.open and item.due_rule["added"]["to"] == number]
    signing = running(step) or {"after": []}
    later = [seat for seat in signing["after"] if seat["added"]["to"] == number]
    if later:
        _keep(step, {**signing, "after": [seat for seat in signing["after"] if seat not in later]})
    return there, [*(item.due_rule["added"] for item in there), *(seat["added"] for seat in later)]


def unanswered(step: Step) -> dict[int, dict[str, Any]]:
    """Return the added signers who have not answered, by person, with who added them."""
    there = {item.assignee_id: item.due_rule["added"] for item in added(step) if item.open and item.assignee_id}
    return there | {seat["person"]: seat["added"] for seat in (running(step) or {"after": []})["after"]}


def following(step: Step, phase: Phase, policy: str) -> list[Question]:
    """Return what is asked next after an answer that decided nothing, and take it from what was waiting."""
    signing, item = running(step), step.item
    if signing is None or item is None:
        return []
    note = item.due_rule.get("added")
    if note and _vote_of(step.process, item) == AGAINST:
        return ask_again(step, note["to"], phase.kind, policy)
    mine = [seat for seat in signing["after"] if seat["added"]["to"] == item.id]
    if mine:
        _keep(step, {**signing, "after": [seat for seat in signing["after"] if seat not in mine]})
        return [_question(step, seat, phase.kind, policy) for seat in mine]
    if not signing["waiting"] or any(one.open for one in (*group(step), *added(step))):
        return []
    seat, *waiting = signing["waiting"]
    _keep(step, {**signing, "waiting": waiting})
    return [_question(step, _as_he_sits(step, seat), phase.kind, policy)]


def freed(step: Step, number: int) -> list[Question]:
    """Return the question to whoever had agreed and waits for none of his added signers any more."""
    waiting = [note for note in unanswered(step).values() if note["to"] == number]
    item = next(one for one in step.items if one.id == number)
    return [] if waiting else ask_again(step, number, item.kind, str(item.due_rule.get("policy", "node.transfer")))


def ask_again(step: Step, number: int, kind: str, policy: str) -> list[Question]:
    """Put the question again to whoever had agreed to it, because what he waited for fell away; his vote is void."""
    item = next(one for one in group(step) if one.id == number)
    if item.open or item.void_reason:
        return []
    item.void_reason, item.awaits_others = "asked_again", False
    signing = _signing(step)
    voted = [vote for vote in signing["voted"] if vote["item"] != item.id]
    _keep(step, {**signing, "voted": voted})
    org, _, role = item.queue.partition(":")
    seat = {"org": int(org), "role": role, "person": item.assignee_id, "days": _days_left(step, item)}
    again = _question(step, seat, kind, policy)
    marks = {name: item.due_rule[name] for name in ("asking", "joined") if name in item.due_rule}
    return [replace(again, asking=marks.get("asking"), joined=marks.get("joined"), purpose="case_returned")]


def decided(step: Step, process: type[Process], spec: Action) -> Action | None:
    """Return the action whose move follows: `spec` itself unless several sign; None while the outcome is open."""
    signing, item = running(step), step.item
    if signing is None or spec.votes is None or item is None or item not in (*group(step), *added(step)):
        return spec
    seated = [one for one in group(step) if not one.void_reason]
    objected = item.due_rule.get("added", {}).get("to") if spec.votes == AGAINST else None
    votes = [_vote_of(process, one) for one in seated if one is not item and one.outcome and one.id != objected]
    votes += [spec.votes] if item in seated else []
    pending = len(signing["waiting"]) + len(seated) - len(votes)
    verdict = manners.read(signing["manner"]).verdict(votes.count(FOR), votes.count(AGAINST), pending)
    others = any(one.open and one is not item for one in added(step))
    if verdict is None or (verdict and (others or signing["after"])):
        return None
    if item in seated and verdict == (spec.votes == FOR):
        return spec
    return process.actions[signing[FOR if verdict else AGAINST]["action"]]


def note_vote(step: Step, spec: Action) -> None:
    """Keep an answer that decides nothing yet; what was typed with it is needed if it prevails in the end."""
    signing, item = _signing(step), step.item
    assert item is not None
    note = item.due_rule.get("added")
    vote = {
        "by": step.actor.id,
        "name": step.signed_by,
        "at": step.now.isoformat(),
        "vote": spec.votes,
        "item": item.id,
    }
    if note:
        vote |= {"added": note["to"], "comment": str(step.payload.get("comment") or "")}
    kept = {**signing, "voted": [*signing["voted"], vote]}
    if not note and spec.votes:
        typed = {name: value for name, value in step.payload.items() if name not in step.private}
        kept.setdefault(spec.votes, {"action": spec.name, "typed": typed})
    _keep(step, kept)
    step.facts |= {"office": item.org_id, "vote": spec.votes}
    if note:
        step.facts["added_by"] = note["name"]
        waiting = next((one for one in step.open_items if one.id == note["to"]), None)
        if waiting:
            step.tell("case_waiting", desk_of(waiting), item=waiting.id)


def desk_of(item: WorkItem) -> str:
    """Return whom to tell of a question: everybody at the desk, or the one who has it by name."""
    return f"{item.queue}@{item.assignee_id}" if item.assignee_id else item.queue


def mark_waiting(step: Step) -> None:
    """Mark the answers that decide nothing until others have signed: with whoever gave one nothing waits (desktop)."""
    voted = {vote["item"] for vote in (running(step) or {"voted": []})["voted"]}
    others = any(item.open for item in (*asked(step), *added(step))) if voted else False
    for item in step.items:
        waits = others and item.id in voted and not item.open
        if bool(item.awaits_others) != waits:
            item.awaits_others = waits


def note_signers(step: Step, decided_by: Action) -> None:
    """Keep all who signed a question that is decided now: none of them may sign another one of the case (C7)."""
    signing = running(step)
    if not signing or not signing["voted"] or decided_by.votes is None:
        return
    persons = [*(vote["by"] for vote in signing["voted"]), step.actor.id]
    known = {**step.case.state.get("cosigners", {}), rights.here(step.case): persons}
    step.case.state = {**step.case.state, "cosigners": known}


def prevailing(step: Step, spec: Action, decided_by: Action) -> tuple[dict[str, Any], WorkItem | None]:
    """Return what was typed with the action that follows, and the question that it answers.

    They are those of whoever acts now, unless an earlier refusal prevails, or the last of the added signers agreed.
    """
    signing, item = running(step), step.item
    typed = step.payload
    if signing and decided_by is not spec and decided_by.votes:
        typed = signing[decided_by.votes]["typed"]
    note = item.due_rule.get("added") if item else None
    if signing and note and decided_by.votes:
        typed = signing[decided_by.votes]["typed"]
        step.facts["added_by"] = note["name"]
        item = next(one for one in step.items if one.id == note["to"])
    return typed, item


def together(step: Step) -> dict[str, Any]:
    """Return what a decision keeps of all who agreed to it; nothing where one signed alone.

    It is the decision of whoever had the question, also where the last of the signers he added completes it.
    """
    signing, item = running(step), step.item
    if not signing or not signing["voted"] or item not in group(step):
        return {}
    names = [*(vote["name"] for vote in signing["voted"] if vote["vote"] == FOR), step.signed_by]
    by = next((vote["by"] for vote in signing["voted"] if item and vote["item"] == item.id), step.actor.id)
    return {"by": by, "name": "、".join(names), "with": signing["voted"]}


def moments(step: Step, decision: dict[str, Any] | None = None) -> set[str]:
    """Return when the answers were given on which a decision rests; without one, those of the present asking."""
    if decision is None:
        return {vote["at"] for vote in (running(step) or {"voted": []})["voted"]}
    return {decision["at"], *(vote["at"] for vote in decision.get("with", ()))}


def _vote_of(process: type[Process], item: WorkItem) -> str | None:
    return process.actions[item.outcome].votes if item.outcome else None


def _seat_of(there: dict[int, WorkItem], item: WorkItem) -> int:
    """Return the question that was put first where somebody may answer it in another one's place."""
    while item.due_rule.get("instead_of") in there:
        item = there[item.due_rule["instead_of"]]
    return item.id


def _number_of(item: WorkItem) -> int | None:
    number: int | None = item.due_rule.get("asking", item.due_rule.get("joined"))
    return number


def _new(step: Step, manner: Manner, waiting: list[Seat]) -> dict[str, Any]:
    return {"asking": step.case.last_seq, "manner": manner.stored(), "waiting": waiting, "voted": [], "after": []}


def _signing(step: Step) -> dict[str, Any]:
    signing = running(step)
    assert signing is not None, "several sign"
    return signing


def _keep(step: Step, signing: dict[str, Any]) -> None:
    step.case.state = {**step.case.state, SIGNING: signing}


def _days_left(step: Step, item: WorkItem) -> int:
    """Working days until the question is due: what several sign takes no longer than what one signs."""
    calendar = counting.calendar_of(step.world, item)
    return max(1, calendar.working_days_between(step.today, due_day_of(item.due_at)))


def _question(step: Step, seat: Seat, kind: str, policy: str, remaining: int | None = None) -> Question:
    return Question(
        seat["org"],
        seat["role"],
        kind,
        policy,
        seat.get("days", remaining),
        person=seat.get("person"),
        asking=None if "added" in seat else _signing(step)["asking"],
        added=seat.get("added"),
    )


def _as_he_sits(step: Step, seat: Seat) -> Seat:
    """Whoever left before his turn came is followed by his desk."""
    if not seat.get("person"):
        return seat
    queue = queue_of(seat["org"], seat["role"])
    sits = seat["person"] in holders(step.session, [queue], step.today)[queue]
    return seat if sits else {**seat, "person": None}
