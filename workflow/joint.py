"""Several sign one question: who is asked, what their answers amount to, who is next. Under the lock of the case.

Everybody asked has a *seat*: a work item of his own or, where one signs after the other, a place among the waiting.
`case.state["signing"]` holds what belongs to the present asking only: a number that marks its work items, the manner,
the waiting seats, and who has answered. Every new asking begins with a new number, so that an answer given in an
earlier round, or before the question was put again, can never count.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from models.cases import WorkItem
from workflow import manners, rights
from workflow.holding import holders
from workflow.language import AGAINST, FOR, Action, Asked, OnRoute, Phase, Process, Question
from workflow.manners import Jointly, Manner
from workflow.routing import Stop
from workflow.step import Step, queue_of

Seat = dict[str, Any]
"""`{org, role}` and, where somebody is asked by name, `person`."""
SIGNING = "signing"


def running(step: Step) -> dict[str, Any] | None:
    """Return what is kept of the present question while several sign it."""
    found: dict[str, Any] | None = step.case.state.get(SIGNING)
    return found


def group(step: Step) -> list[WorkItem]:
    """Return the work items of the present asking, answered ones included."""
    signing = running(step)
    return [item for item in step.items if signing and _number_of(item) == signing["asking"] and item.kind != "copy"]


def begin(step: Step, phase: Phase, policy: str, remaining: int | None = None) -> list[Question] | None:
    """Return what to ask first where the phase asks several, None where it does not; an earlier signing is over."""
    if SIGNING in step.case.state:
        step.case.state = {name: value for name, value in step.case.state.items() if name != SIGNING}
    plan = _plan(step, phase)
    if plan is None:
        return None
    manner, seats = plan
    first, waiting = (seats, []) if manner.at_once else (seats[:1], seats[1:])
    signing = {"asking": step.case.last_seq, "manner": manner.stored(), "waiting": waiting, "voted": []}
    step.case.state = {**step.case.state, SIGNING: signing}
    return [_question(step, seat, phase.kind, policy, remaining) for seat in first]


def following(step: Step, phase: Phase, policy: str) -> Question | None:
    """Return the question to the next in turn once nobody is asked any more, and take him from the waiting."""
    signing = running(step)
    if not signing or not signing["waiting"] or any(item.open for item in group(step)):
        return None
    seat, *waiting = signing["waiting"]
    step.case.state = {**step.case.state, SIGNING: {**signing, "waiting": waiting}}
    if seat.get("person") and not _still_sits(step, seat):
        seat = {**seat, "person": None}
    return _question(step, seat, phase.kind, policy)


def decided(step: Step, process: type[Process], spec: Action) -> Action | None:
    """Return the action whose move follows: `spec` itself unless several sign; None while the outcome is open."""
    signing = running(step)
    if signing is None or spec.votes is None or step.item is None or _number_of(step.item) != signing["asking"]:
        return spec
    votes = list(_votes(step, process, spec))
    agreed, refused = votes.count(FOR), votes.count(AGAINST)
    pending = len(signing["waiting"]) + sum(item.open and item is not step.item for item in group(step))
    verdict = manners.read(signing["manner"]).verdict(agreed, refused, pending)
    if verdict is None:
        return None
    if verdict == (spec.votes == FOR):
        return spec
    return process.actions[signing["against"]["action"]]


def note_vote(step: Step, spec: Action) -> None:
    """Keep an answer that decides nothing yet; what was typed with a refusal is needed if it prevails in the end."""
    signing = running(step)
    assert signing is not None
    assert step.item is not None
    vote = {"by": step.actor.id, "name": step.signed_by, "at": step.now.isoformat(), "vote": spec.votes}
    kept = {**signing, "voted": [*signing["voted"], vote]}
    if spec.votes == AGAINST:
        typed = {name: value for name, value in step.payload.items() if name not in step.private}
        kept.setdefault("against", {"action": spec.name, "typed": typed})
    step.case.state = {**step.case.state, SIGNING: kept}
    step.facts |= {"office": step.item.org_id, "vote": spec.votes}


def note_signers(step: Step, decided_by: Action) -> None:
    """Keep all who signed a question that is decided now: none of them may sign another one of the case (C7)."""
    signing = running(step)
    if not signing or not signing["voted"] or decided_by.votes is None:
        return
    persons = [*(vote["by"] for vote in signing["voted"]), step.actor.id]
    known = {**step.case.state.get("cosigners", {}), rights.here(step.case): persons}
    step.case.state = {**step.case.state, "cosigners": known}


def prevailing(step: Step, spec: Action, decided_by: Action) -> dict[str, Any]:
    """Return what was typed with the action that follows: by whoever acts now, or by whoever refused before."""
    signing = running(step)
    if decided_by is spec or not signing:
        return step.payload
    typed: dict[str, Any] = signing["against"]["typed"]
    return typed


def together(step: Step) -> dict[str, Any]:
    """Return what a decision keeps of all who agreed to it; nothing where one signed alone."""
    signing = running(step)
    if not signing or not signing["voted"]:
        return {}
    names = [*(vote["name"] for vote in signing["voted"] if vote["vote"] == FOR), step.signed_by]
    return {"name": "、".join(names), "with": signing["voted"]}


def moments(step: Step, decision: dict[str, Any] | None = None) -> set[str]:
    """Return when the answers were given on which a decision rests; without one, those of the present asking."""
    if decision is None:
        return {vote["at"] for vote in (running(step) or {"voted": []})["voted"]}
    return {decision["at"], *(vote["at"] for vote in decision.get("with", ()))}


def _votes(step: Step, process: type[Process], spec: Action) -> Iterator[str | None]:
    """How each answer of this asking counts, the present one included."""
    for item in group(step):
        if item is step.item:
            yield spec.votes
        elif item.outcome and not item.void_reason:
            yield process.actions[item.outcome].votes


def _number_of(item: WorkItem) -> int | None:
    number: int | None = item.due_rule.get("asking")
    return number


# ---- who is asked ----------------------------------------------------------------------------------------------------


def _plan(step: Step, phase: Phase) -> tuple[Manner, list[Seat]] | None:
    """Return the manner and the seats where a definition, or the stop of the route, asks several."""
    if isinstance(phase.asks, Jointly):
        return phase.asks.manner, _seats(step, phase.asks.manner, list(_of_definition(step, phase.asks.asked)))
    if not isinstance(phase.asks, OnRoute):
        return None
    stop: Stop = step.case.route[step.case.turn]
    if not stop.get("manner"):
        return None
    office = step.world.today_s(step.world.office(stop["org"]))
    manner = manners.read(stop["manner"])
    return manner, _seats(step, manner, [(office.id, one["role"], one["each"]) for one in stop["seats"]])


def _of_definition(step: Step, asked: Iterable[Asked]) -> Iterator[tuple[int, str, bool]]:
    for one in asked:
        found = one.place.find(step)
        for number in found if isinstance(found, list) else [found]:
            if number:
                office = step.world.today_s(step.world.office(number))
                yield office.id, one.role.code, one.each


def _seats(step: Step, manner: Manner, asked: list[tuple[int, str, bool]]) -> list[Seat]:
    """One seat for each desk and, where everybody at a desk signs, for each person who may.

    A vote that needs more persons than there are keeps seats for the missing ones: nobody's signature gets lost, the
    watch raises the alarm about them.
    """
    named = [queue_of(org, role) for org, role, each in asked if each]
    sitting = holders(step.session, named, step.today) if named else {}
    barred = rights.applicants(step.case) | rights.signers(step.case)
    seats: list[Seat] = []
    for org, role, each in asked:
        persons = sorted(sitting[queue_of(org, role)] - barred) if each else []
        seats += [{"org": org, "role": role, "person": person} for person in persons]
        if not persons:
            seats.append({"org": org, "role": role})
    missing = manner.least - len(seats) if manner.code == manners.VOTE else 0
    return seats + [{"org": asked[-1][0], "role": asked[-1][1]} for _ in range(missing)]


def _question(step: Step, seat: Seat, kind: str, policy: str, remaining: int | None = None) -> Question:
    return Question(seat["org"], seat["role"], kind, policy, remaining, person=seat.get("person"), asking=_asking(step))


def _asking(step: Step) -> int:
    signing = running(step)
    assert signing is not None
    return int(signing["asking"])


def _still_sits(step: Step, seat: Seat) -> bool:
    queue = queue_of(seat["org"], seat["role"])
    return seat["person"] in holders(step.session, [queue], step.today)[queue]
