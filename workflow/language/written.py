"""A definition as plain data: what a version means, which may not change once it is published."""

from typing import Any

from workflow.language.actions import Action
from workflow.language.asking import Asked, Each, OnRoute
from workflow.language.phases import Phase
from workflow.manners import Jointly


def phase_spec(phase: Phase) -> dict[str, Any]:
    asks = phase.asks
    spec: dict[str, Any] = {
        "final": phase.final,
        "asks": who_is_asked(asks),
        "within": phase.within.policy if phase.within else None,
        "kind": phase.kind,
    }
    if phase.lapses:
        spec["lapses"] = {kind: [lapse.action, lapse.grace] for kind, lapse in phase.lapses.items()}
    return spec


def who_is_asked(asks: Asked | OnRoute | Each | Jointly | None) -> str | None:
    """Return how a definition names whoever a phase asks."""
    if isinstance(asks, Jointly):
        manner = ",".join(f"{name}={value}" for name, value in asks.manner.stored().items())
        return f"{manner}:" + ",".join(f"{'each ' * one.each}{who_is_asked(one)}" for one in asks.asked)
    if isinstance(asks, OnRoute):
        return "route"
    if isinstance(asks, Each):
        return f"each:{asks.name}"
    return f"{asks.role.code}@{asks.place.name}" if asks else None


def action_spec(action: Action) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "from": [phase.name for phase in action.move.sources],
        "to": [phase.name for phase in action.move.targets],
        "by": action.by,
        "comment": action.comment,
        "needs": [need.__name__ for need in action.needs],
        "does": [effect.__name__ for effect in action.does],
        "fields": list(action.fields),
        "may": list(action.may),
        "kinds": list(action.kinds),
        "signs": action.signs,
        "when": action.when.__name__ if action.when else None,
    }
    if action.answers:
        spec["answers"] = action.answers
    if action.votes and any(isinstance(phase.asks, Jointly) for phase in action.move.sources):
        spec["votes"] = action.votes  # elsewhere it only says how answers count where a policy asks several
    return spec
