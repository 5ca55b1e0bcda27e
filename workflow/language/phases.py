"""Phases are questions; a move leads from one to the next, or to one that the case itself chooses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workflow.language.asking import ASIDE, Asked, Days, Each, Lapse, OnRoute
from workflow.manners import Jointly

if TYPE_CHECKING:
    from workflow.step import Step

Chooser = Callable[["Step"], str]


class Phase:
    """A question to somebody. `kind` is the kind of work item it opens; `lapses` says by kind what silence leads to."""

    final = False

    def __init__(
        self,
        title: str,
        *,
        asks: Asked | OnRoute | Each | Jointly | None = None,
        within: Days | None = None,
        kind: str = "decide",
        lapses: dict[str, Lapse] | None = None,
    ) -> None:
        self.title, self.asks, self.within, self.kind = title, asks, within, kind
        self.lapses = lapses or {}
        self.name = ""

    def __rshift__(self, target: "Phase | Chosen") -> "Move":
        return Move((self,), target)

    def __rrshift__(self, sources: "tuple[Phase, ...]") -> "Move":
        return Move(sources, self)


class End(Phase):
    """A phase in which nothing is asked any more. `good` tells whether the wish was fulfilled."""

    final = True

    def __init__(self, title: str, *, good: bool = False) -> None:
        super().__init__(title)
        self.good = good


TERMINATED = End("已终止")
"""The end of a case that two people ended before its time; every process has it and no definition names it."""
TERMINATED.name = "terminated"


class Chosen:
    """A target that the case itself decides among the phases named."""

    def __init__(self, choose: Chooser, *targets: Phase) -> None:
        self.choose, self.targets = choose, targets

    def __rrshift__(self, sources: tuple[Phase, ...]) -> "Move":
        return Move(sources, self)


@dataclass(frozen=True)
class Move:
    """From which phases an action leads where."""

    sources: tuple[Phase, ...]
    target: Phase | Chosen

    @property
    def targets(self) -> tuple[Phase, ...]:
        return self.target.targets if isinstance(self.target, Chosen) else (self.target,)


class Back(Chosen):
    """One of the phases named that was asked before (退回); the field `back_to` says which, `resume` what follows."""

    def __init__(self, *targets: Phase) -> None:
        super().__init__(lambda step: str(step.payload["back_to"]), *targets)

    def possible(self, step: "Step") -> list[Phase]:
        """Return the targets that were asked in this case before, in the order of the definition."""
        asked = {step.process.initial(), *(item.phase for item in step.items if item.kind not in ASIDE)}
        return [phase for phase in self.targets if phase.name in asked and phase.name != step.case.phase]

    def fault(self, step: "Step", value: Any) -> str | None:
        """Return what is wrong with the phase that was typed."""
        possible = self.possible(step)
        if value in [phase.name for phase in possible]:
            return None
        return "只能退回到办理过的环节：" + "、".join(phase.title for phase in possible)


def back_to(*targets: Phase) -> Back:
    """Back to a phase that was asked before. The action needs `back_to` in its fields, and `resume` may be typed."""
    return Back(*targets)


class Stay(Chosen):
    """An action that changes no phase."""

    def __init__(self) -> None:
        super().__init__(lambda step: step.case.phase)


stay = Stay()
