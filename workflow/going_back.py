"""Putting a case back to a step that was asked before: what can be chosen, and what becomes void (engine 2.8, F6).

Everything open is void and the round rises, so that no answer given so far to the questions that are put again can
count. Decisions of other offices stand: afterwards the case goes straight back to whoever sent it back, unless he
wants everything in between done again. What was decided on facts that were changed meanwhile falls by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from models.cases import WorkItem
from workflow import desk, rights
from workflow.language import AGAINST, ASIDE, Action, Back, Common, OnRoute, Process
from workflow.routing import Stop, key_of
from workflow.step import Step


@dataclass(frozen=True)
class Target:
    """A step that can be asked again: a phase or, on a route, the stop with this number. `code` is what is typed."""

    code: str
    phase: str
    turn: int | None = None
    stop: Stop | None = None


def visited(step: Step) -> list[Target]:
    """Return the steps of the case so far that are safe to be asked again, the present one included, in their order."""
    if step.case.phase in [phase.name for phase in step.process.irrevocable]:
        return []
    asked = {step.process.initial(), *(item.phase for item in step.items if item.kind not in ASIDE)}
    safe = [phase for phase in step.process.safe if phase.name in asked]
    found = [Target(phase.name, phase.name) for phase in safe if not isinstance(phase.asks, OnRoute)]
    on_route = {phase.name for phase in safe if isinstance(phase.asks, OnRoute)}
    known = _known_stops(step)
    for turn, stop in enumerate(step.case.route):
        if stop["phase"] in on_route and not stop.get("milestone") and key_of(stop) in known:
            found.append(Target(str(turn), stop["phase"], turn, stop))
    return found


def earlier(step: Step) -> list[Target]:
    """Return the steps of a route to which whoever is asked now can send the case back: those that he builds on."""
    case = step.case
    if rights.here(case) == case.phase:
        return []
    standing = {key for key, one in case.state.get("decisions", {}).items() if not one.get("overruled")}
    return [
        target
        for target in visited(step)
        if target.turn is None or (target.turn < case.turn and key_of(case.route[target.turn]) in standing)
    ]


def chosen(targets: Iterable[Target], code: Any) -> Target | None:
    """Return the target that was typed, or None."""
    return next((target for target in targets if target.code == code), None)


def put_back(step: Step, target: Target, *, again: bool) -> None:
    """Void what is open and let the target be asked anew; with `again` also everything behind it."""
    case = step.case
    case.round += 1
    _keep_days(step, step.item or next(iter(step.open_items), None))
    if again:
        _drop(step, [key_of(stop) for stop in case.route[target.turn or 0 :]])
    elif target.stop is not None:
        _drop(step, [key_of(target.stop)])
    if target.turn is not None:
        case.turn = target.turn
    if case.state.get("resume"):
        case.state = {**case.state, "resume": []}
    step.cache |= {"returned": True, "put_back_to": target.phase}


def where(step: Step) -> str:
    """Return the phase to which the case was put back in this step."""
    return str(step.cache["put_back_to"])


def note(step: Step, process: type[Process], decided: Action) -> None:
    """Follow an action of a definition: from where it leads back is kept, and from there it leads straight back.

    `step.target` is where the action leads; it becomes the phase that sent the case back.
    """
    case = step.case
    if isinstance(decided, Common):
        return
    ways = case.state.get("resume", [])
    _forget_days(step)
    if isinstance(decided.move.target, Back):
        case.round += 1
        _keep_days(step, step.item)
        step.cache["returned"] = True
        straight = step.payload.get("resume") != "again"
        back = {"at": step.target, "to": case.phase, "turn": case.turn}
        case.state = {**case.state, "resume": [*ways, back] if straight else []}
    elif ways and ways[-1]["at"] == case.phase:
        case.state = {**case.state, "resume": ways[:-1]}
        if decided.votes != AGAINST and not process.phases[step.target].final:
            step.target, case.turn = ways[-1]["to"], ways[-1]["turn"]


def _known_stops(step: Step) -> set[str]:
    """The stops that were asked: whoever decided, refused or sent something back, and whoever is asked now."""
    state = step.case.state
    asked = (state.get(name, {}) for name in ("decisions", "refusals", "remaining"))
    return {rights.here(step.case), *(key for one in asked for key in one)}


def _keep_days(step: Step, item: WorkItem | None) -> None:
    """Whoever is asked now goes on with the days he has left when the case comes back to him."""
    if item is not None:
        left = {**step.case.state.get("remaining", {}), rights.here(step.case): desk.remaining_days(step, item)}
        step.case.state = {**step.case.state, "remaining": left}


def _forget_days(step: Step) -> None:
    """The days left of a question outside the route are used up with its answer."""
    left = step.case.state.get("remaining", {})
    if step.case.phase in left:
        kept = {key: days for key, days in left.items() if key != step.case.phase}
        step.case.state = {**step.case.state, "remaining": kept}


def _drop(step: Step, keys: list[str]) -> None:
    """Let decisions count no more. Whoever gave them still signs nowhere else in the case (C7)."""
    state = step.case.state
    decisions = state.get("decisions", {})
    gone = {key: decision["by"] for key, decision in decisions.items() if key in keys}
    if not gone:
        return
    cosigners = dict(state.get("cosigners", {}))
    for key, person in gone.items():
        cosigners[key] = sorted({*cosigners.get(key, []), person})
    kept = {key: decision for key, decision in decisions.items() if key not in gone}
    step.case.state = {**state, "decisions": kept, "cosigners": cosigners}
