"""A process is a class whose body reads from top to bottom; it is checked when it is created."""

import hashlib
from typing import Any, ClassVar, TypeVar

from models.text import canonical
from workflow.language.actions import AGAINST, FOR, Action, Check, Effect
from workflow.language.asking import Asked, Places
from workflow.language.phases import TERMINATED, Back, Phase
from workflow.language.written import action_spec, phase_spec
from workflow.manners import Jointly


class Process:
    """Base of every process definition; see workflow/processes/ for the ones that exist."""

    key: ClassVar[str]
    version: ClassVar[int]
    title: ClassVar[str]
    about: ClassVar[type[Any] | None]
    prefix: ClassVar[str]
    checks: ClassVar[dict[str, Check]] = {}
    """What is acceptable in a typed field, by its name; comments and dates are known everywhere."""
    safe: ClassVar[tuple[Phase, ...]] = ()
    """Phases that may be asked once more: a case can be put back to them from wherever it stands."""
    irrevocable: ClassVar[tuple[Phase, ...]] = ()
    """Phases behind which nothing can be asked once more, because something has taken effect."""
    anew: ClassVar[dict[str, Effect]] = {}
    """What else has to be forgotten when two people put a case back to a phase, by its name."""
    recallable: ClassVar[tuple["Action", ...]] = ()
    """Answers that leave nothing behind outside the case and its questions: whoever gave one can take it back."""
    unwinds: ClassVar[tuple[Effect, ...]] = ()
    """What has to be undone when two people end a case before its time."""
    declared: ClassVar[dict[str, Phase]]
    """The phases of the class body, which are what a version means."""
    phases: ClassVar[dict[str, Phase]]
    """Every phase that a case can be in: those declared, and the end that every process has."""
    actions: ClassVar[dict[str, Action]]

    def __init_subclass__(
        cls, *, key: str, version: int, title: str, prefix: str, about: type[Any] | None = None
    ) -> None:
        cls.key, cls.version, cls.title, cls.prefix, cls.about = key, version, title, prefix, about
        cls.declared = _named(cls, Phase)
        cls.phases = {**cls.declared, TERMINATED.name: cls.declared.get(TERMINATED.name, TERMINATED)}
        cls.actions = _named(cls, Action)
        _check(cls)

    @classmethod
    def initial(cls) -> str:
        """The phase written first is where a case begins."""
        return next(iter(cls.declared))

    @classmethod
    def spec(cls) -> dict[str, Any]:
        """Return the definition as plain data; what a version means may not change once published."""
        return {
            "key": cls.key,
            "version": cls.version,
            "phases": {name: phase_spec(phase) for name, phase in cls.declared.items()},
            "actions": {name: action_spec(action) for name, action in cls.actions.items()},
        }

    @classmethod
    def digest(cls) -> str:
        return hashlib.sha256(canonical(cls.spec())).hexdigest()


class BadProcess(TypeError):
    """A definition that cannot run; raised when the module is imported."""


N = TypeVar("N", Phase, Action)


def _named(cls: type, kind: type[N]) -> dict[str, N]:
    found: dict[str, N] = {}
    for name, value in vars(cls).items():
        if isinstance(value, kind):
            value.name = name.rstrip("_")
            found[value.name] = value
    return found


def _check(cls: type[Process]) -> None:
    start = next(iter(cls.declared), None)
    if start is None:
        raise BadProcess(f"{cls.key}: no phases")
    reached, left = {start}, set()
    for action in cls.actions.values():
        sources = {phase.name for phase in action.move.sources}
        targets = {phase.name for phase in action.move.targets}
        ends = [name for name in sources if cls.phases[name].final and not action.stays]
        if ends:
            raise BadProcess(f"{cls.key}: {action.name} leaves the end {ends[0]}")
        reached |= targets
        if targets - sources or len(targets) > 1:
            left |= sources
        if isinstance(action.move.target, Back) and "back_to" not in action.fields:
            raise BadProcess(f"{cls.key}: {action.name} does not ask where to")
        if action.votes not in (None, FOR, AGAINST):
            raise BadProcess(f"{cls.key}: {action.name} votes {action.votes}")
    for name, phase in cls.declared.items():
        if isinstance(phase.asks, Jointly) and not _can_agree(cls, phase):
            raise BadProcess(f"{cls.key}: nobody can agree in {name}")
        if isinstance(phase.asks, Asked) and (isinstance(phase.asks.place, Places) or phase.asks.each):
            raise BadProcess(f"{cls.key}: {name} asks several and does not say in which manner")
        if name not in reached:
            raise BadProcess(f"{cls.key}: nothing leads to {name}")
        if not phase.final and name not in left:
            raise BadProcess(f"{cls.key}: {name} cannot be left")


def _can_agree(cls: type[Process], phase: Phase) -> bool:
    return any(action.votes == FOR and action.leaves(phase.name) for action in cls.actions.values())
