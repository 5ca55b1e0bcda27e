"""The process language: phases are questions, actions are answers, `role @ place` says who is asked.

A process is a class whose body reads from top to bottom. It is checked when it is created: every phase can be
reached, every phase that is not an end can be left, and every end is final.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from models.text import canonical
from workflow.errors import Reason
from workflow.manners import Jointly

if TYPE_CHECKING:
    from models.cases import WorkItem
    from workflow.step import Step

Effect = Callable[["Step"], None]
Need = Callable[["Step"], "Iterable[Any]"]
Chooser = Callable[["Step"], str]
Check = Callable[["Step", Any], str | None]
"""Looks at one typed value; answers with the sentence that says what is wrong, or None."""

ASIDE = ("copy", "advise")
"""Kinds of work items that ask for no answer the case waits for: to read only, and advice to whoever decides."""

required = "required"
optional = "optional"


@dataclass(frozen=True)
class Place:
    """Where somebody is asked; `find` gives the organisation's number for a case."""

    name: str
    find: Callable[["Step"], int | None]


@dataclass(frozen=True)
class Places:
    """Where several are asked together; `find` gives the organisations' numbers in their order."""

    name: str
    find: Callable[["Step"], list[int]]


@dataclass(frozen=True)
class Role:
    """A role code of domain 2.2 that can be asked somewhere."""

    code: str

    def __matmul__(self, place: Place | Places) -> "Asked":
        return Asked(self, place)


@dataclass(frozen=True)
class Asked:
    """The role at the place to which a phase puts its question. `each`: everybody in that role, by name."""

    role: Role
    place: Place | Places
    each: bool = False


class OnRoute:
    """The question goes to the stop of the frozen route whose turn it is."""


on_route = OnRoute()


@dataclass(frozen=True)
class Days:
    """A term in working days, named by the policy that holds the number."""

    policy: str


@dataclass(frozen=True)
class Question:
    """What lies on one desk: who is asked, as which kind of work item, and how long the answer may take.

    `turn` tells questions of one phase apart (the side of a problem); `remaining` are working days left from before.
    """

    org_id: int
    role: str
    kind: str
    policy: str
    remaining: int | None = None
    turn: int | None = None
    purpose: str = "case_waiting"
    """The notice that tells whoever is asked."""
    instead_of: tuple[int, int] | None = None
    """The work item and the office in whose place somebody above may answer; that one stays open beside."""
    person: int | None = None
    """Who is asked by name; nobody else at the desk sees the question."""
    asking: int | None = None
    """Marks the questions that several sign together (workflow.joint)."""
    joined: int | None = None
    """The same, where one was asked alone and added the others."""
    added: dict[str, Any] | None = None
    """Who added this signer to which question (加签); nobody else may answer in his place."""
    advice_on: int | None = None
    """The work item on which advice is asked; it stays open, and the advice is of no use once it is answered."""


@dataclass(frozen=True)
class Each:
    """Several are asked at once. `find` says, from the case as it is now, which questions are open (会签).

    `title` is what people read for whoever is asked.
    """

    name: str
    title: str
    find: Callable[["Step"], list[Question]]


@dataclass(frozen=True)
class Lapse:
    """What the clock does when the term of a question passes: after `grace` (a policy), if any, and supervision."""

    action: str
    grace: str | None = None


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


Hands = Callable[["Step"], Iterable[int | None]]
"""Answers who had a hand in an earlier part of a case."""


class DifferentPeople:
    """A guard (四眼): whoever had a hand in an earlier part of the case takes no part in this one.

    `hands` are pairs of who that was and the sentence he reads. Deputies count as whom they act for, and the other way
    round: neither the deputy of an earlier person passes, nor somebody for whom a deputy acted before.
    """

    through = "前面的环节由您代理的人或者代您办理的人经手，须由他人办理"

    def __init__(self, name: str, rule: str, *hands: tuple[Hands, str]) -> None:
        self.__name__, self.rule, self.hands = name, rule, hands

    def __call__(self, step: "Step") -> Iterator[Reason]:
        for who, sentence in self.hands:
            persons = set(who(step))
            if step.had_a_hand(persons):
                yield Reason("C7", "block", sentence if step.actor.id in persons else self.through, self.rule)
                return

    def barred(self, step: "Step") -> set[int]:
        """Return who is barred in this case, deputies left out."""
        return {person for who, _ in self.hands for person in who(step) if person}


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

FOR, AGAINST = "for", "against"
"""How an answer counts where several sign."""

holder = "holder"
"""Whoever is asked by an open work item."""
applicant = "applicant"
"""The clerk of the organisation that started the case."""
party = "party"
"""Anybody with a post at an organisation that takes part."""
handler = "handler"
"""Whoever is asked, or the leader of the office that is."""
leader = "leader"
"""The leader of the office that is asked."""
overseer = "overseer"
"""The leader of the office that has the question, or of the office above it."""
decider = "decider"
"""Whoever gave the last answer, or in whose place it was given."""
authority = "authority"
"""Whoever leads an office that stands above all whose matter it is."""
system = "system"
"""The clock."""


class Action:
    """An answer. `by` has no default: an action nobody may take cannot be written by accident.

    `fields` must be typed with it, those named in `may` can be left out. `needs` are guards that read nothing typed, so
    that a page can ask them beforehand; `kinds` are the kinds of work
    item that give the right; `signs` marks a signature, which the same person gives only once in a case (C7). Where
    `when` says no, the action does not belong to this case at all. `answers` names the field that holds the turn of
    the question that is meant, where several are open. `votes` says how the answer counts where several sign
    ("for" or "against"); an answer that does not vote moves the case at once, whoever else is asked.
    """

    def __init__(
        self,
        title: str,
        move: Move,
        *,
        by: str,
        comment: str | None = None,
        needs: tuple[Need, ...] = (),
        does: tuple[Effect, ...] = (),
        fields: tuple[str, ...] = (),
        may: tuple[str, ...] = (),
        kinds: tuple[str, ...] = ("decide",),
        signs: bool = False,
        when: "Callable[[Step], bool] | None" = None,
        answers: str | None = None,
        votes: str | None = None,
        tone: str = "plain",
        consequence: str = "",
    ) -> None:
        self.title, self.move, self.by, self.comment = title, move, by, comment
        self.needs, self.does, self.fields, self.may = needs, does, fields, may
        self.kinds, self.signs, self.when, self.answers = kinds, signs, when, answers
        self.votes = votes
        self.tone, self.consequence = tone, consequence
        self.name = ""

    @property
    def stays(self) -> bool:
        return isinstance(self.move.target, Stay)

    @property
    def checks(self) -> dict[str, Check]:
        """What is acceptable in the fields that only this action has."""
        return {"back_to": self.move.target.fault} if isinstance(self.move.target, Back) else {}

    def answers_item(self, step: "Step", item: "WorkItem") -> bool:
        """Tell whether this work item gives the right to the action. A signer who was added only agrees or objects."""
        return item.kind in self.kinds and (self.votes is not None or "added" not in item.due_rule)

    def leaves(self, phase: str) -> bool:
        return any(source.name == phase for source in self.move.sources)

    def belongs_to(self, step: "Step") -> bool:
        """Tell whether the action is an answer to the present question of this case."""
        return self.leaves(step.case.phase) and (self.when is None or self.when(step))


class Common(Action):
    """An act that every process knows while a case is under way; it stands in no definition and belongs to no version.

    It answers no question. Any kind of work item gives the right to it where `kinds` names none, as far as the item
    `fits`; `turn` says which question is meant where several are open. `checks` judges what only this act takes. Where
    it moves the case, `goes` chooses the phase among those that it `reaches` in a process; any other act is `quiet`:
    it raises no revision, so that no open page gets stale by it. `after_end`: it is possible in a case that is over,
    too. `explained`: whoever may take it reads why he cannot at the moment, instead of not finding it. `binds`: it is
    remembered for whom a deputy did it, as another person must do what follows; so it is for all that moves the case.
    """

    def __init__(
        self, title: str, *, by: str, kinds: tuple[str, ...] = (), may: tuple[str, ...] = (),
        fits: "Callable[[Step, WorkItem], bool] | None" = None, goes: Chooser | None = None,
        reaches: "Callable[[type[Process]], Iterable[str]] | None" = None, checks: dict[str, Check] | None = None,
        after_end: bool = False, explained: bool = False, binds: bool = False, **rest: Any,
    ) -> None:  # fmt: skip
        target = Chosen(goes) if goes else stay
        super().__init__(title, Move((), target), by=by, kinds=kinds, may=("turn", *may), answers="turn", **rest)
        self.quiet, self.fits, self.reaches, self._checks = goes is None, fits, reaches, checks or {}
        self.after_end, self.explained, self.binds = after_end, explained, binds or goes is not None

    def leaves(self, phase: str) -> bool:
        return True

    @property
    def checks(self) -> dict[str, Check]:
        return self._checks

    def answers_item(self, step: "Step", item: "WorkItem") -> bool:
        asked = item.kind in self.kinds if self.kinds else item.kind not in ASIDE
        return asked and "added" not in item.due_rule and (self.fits is None or self.fits(step, item))

    def belongs_to(self, step: "Step") -> bool:
        underway = step.case.closed_at is None or self.after_end
        return step.case.submitted_at is not None and underway and (self.when is None or self.when(step))


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
            "phases": {name: _phase_spec(phase) for name, phase in cls.declared.items()},
            "actions": {name: _action_spec(action) for name, action in cls.actions.items()},
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


def _phase_spec(phase: Phase) -> dict[str, Any]:
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


def _action_spec(action: Action) -> dict[str, Any]:
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
