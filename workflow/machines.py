"""The one file that knows the `transitions` library: a process version becomes one shared Machine without models.

What the library is used for: a validated table of edges, several candidate edges tried in order, and pictures.
A false condition makes a trigger answer False without a word; `move` never lets that pass.
"""

from collections.abc import Callable
from typing import Any

from transitions import Machine, MachineError

from workflow import acts
from workflow.language import Back, Chosen, Process
from workflow.step import Step


class IllegalMove(Exception):
    """The definition has no edge for this action from this phase to this target: a defect, not a refusal."""


_machines: dict[type[Process], Machine] = {}


def machine_of(process: type[Process]) -> Machine:
    """Return the shared machine of a process version. It never holds a model."""
    if process not in _machines:
        _machines[process] = _build(process)
    return _machines[process]


def _build(process: type[Process]) -> Machine:
    return Machine(
        model=None,
        states=list(process.phases),
        transitions=[*_besides(process), *_edges(process)],
        initial=None,
        auto_transitions=False,
        send_event=True,
        queued=False,
    )


def move(process: type[Process], action: str, step: Step) -> str:
    """Carry `step.state` along the action and return the phase it arrives in."""
    try:
        moved = machine_of(process).events[action].trigger(step)
    except MachineError as error:
        raise IllegalMove(str(error)) from error
    if not moved:
        raise IllegalMove(f"{process.key}: {action} from {step.state} has no edge to {step.target}")
    return step.state


def edges(process: type[Process]) -> list[tuple[str, str, str]]:
    """Return `(action, from, to)` for every edge of the definition, in the order they are tried."""
    return [_plain(edge) for edge in _edges(process)]


def common_edges(process: type[Process]) -> list[tuple[str, str, str]]:
    """Return `(action, from, to)` for what any process can do besides; no definition and no picture shows it."""
    return [_plain(edge) for edge in _besides(process)]


def _plain(edge: dict[str, Any]) -> tuple[str, str, str]:
    return edge["trigger"], edge["source"], edge["dest"] or edge["source"]


def _besides(process: type[Process]) -> list[dict[str, Any]]:
    """What is not in the definition; these edges are tried first, each on its own condition."""
    return [*_waiting_edges(process), *_resuming_edges(process), *_common_edges(process)]


def _common_edges(process: type[Process]) -> list[dict[str, Any]]:
    """What any case can do while it is under way: go back, or be ended."""
    return [
        _edge(act.name, source, target)
        for act in acts.COMMON.values()
        if act.reaches is not None
        for source, phase in process.declared.items()
        if not phase.final
        for target in act.reaches(process)
    ]


def _resuming_edges(process: type[Process]) -> list[dict[str, Any]]:
    """From where a definition leads back, every answer may lead straight to whoever sent the case back."""
    backs = [action.move for action in process.actions.values() if isinstance(action.move.target, Back)]
    ways = dict.fromkeys((one.name, source.name) for move in backs for one in move.targets for source in move.sources)
    return [
        _edge(action.name, source, target)
        for source, target in ways
        for action in process.actions.values()
        if action.leaves(source) and not action.stays and not isinstance(action.move.target, Back)
    ]


def _edge(trigger: str, source: str, target: str) -> dict[str, Any]:
    dest = None if target == source else target
    return {"trigger": trigger, "source": source, "dest": dest, "conditions": [_arrives_at(target)]}


def _waiting_edges(process: type[Process]) -> list[dict[str, Any]]:
    """An answer that counts leaves the case where it is while others still have to sign; this edge is tried first."""
    return [
        _edge(action.name, source.name, source.name)
        for action in process.actions.values()
        if action.votes
        for source in action.move.sources
    ]


def _edges(process: type[Process]) -> list[dict[str, Any]]:
    found = []
    for action in process.actions.values():
        for source in action.move.sources:
            if action.stays:
                found.append({"trigger": action.name, "source": source.name, "dest": None})
                continue
            chosen = isinstance(action.move.target, Chosen)
            for target in action.move.targets:
                dest = None if target is source else target.name
                edge: dict[str, Any] = {"trigger": action.name, "source": source.name, "dest": dest}
                if chosen:
                    edge["conditions"] = [_arrives_at(target.name)]
                found.append(edge)
    return found


def _arrives_at(target: str) -> Callable[[Any], bool]:
    def arrives(event: Any) -> bool:
        return bool(event.model.target == target)

    return arrives
