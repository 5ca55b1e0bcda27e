"""Actions are answers: who may give them, what must be typed, what stands against them, and what they do."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from workflow.language.asking import ASIDE
from workflow.language.phases import Back, Chooser, Chosen, Move, Stay, stay

if TYPE_CHECKING:
    from models.cases import WorkItem
    from workflow.language.process import Process
    from workflow.step import Step

Effect = Callable[["Step"], None]
Need = Callable[["Step"], "Iterable[Any]"]
Check = Callable[["Step", Any], str | None]
"""Looks at one typed value; answers with the sentence that says what is wrong, or None."""

required = "required"
optional = "optional"

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
    that a page can ask them beforehand; `kinds` are the kinds of work item that give the right; `signs` marks a
    signature, which the same person gives only once in a case (C7). Where `when` says no, the action does not belong to
    this case at all. `answers` names the field that holds the turn of the question that is meant, where several are
    open. `votes` says how the answer counts where several sign ("for" or "against"); an answer that does not vote moves
    the case at once, whoever else is asked. With a `remark` words may be sent with it that no version asks for: what it
    means is the same with and without them.
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
        remark: bool = False,
        tone: str = "plain",
        consequence: str = "",
    ) -> None:
        self.title, self.move, self.by, self.comment = title, move, by, comment
        self.needs, self.does, self.fields, self.may = needs, does, fields, may
        self.kinds, self.signs, self.when, self.answers = kinds, signs, when, answers
        self.votes, self.remark = votes, remark
        self.tone, self.consequence = tone, consequence
        self.name = ""

    @property
    def stays(self) -> bool:
        return isinstance(self.move.target, Stay)

    @property
    def words(self) -> bool:
        """Tell whether anything may be said with it."""
        return bool(self.comment) or self.remark

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
    `settled_by`: acts after one of which there is nothing left to answer; who comes later is told of it.
    `somebody`: whether there is anybody whom it may name, which asks the database; options of one case tell it, a pile
    does not, and what is typed is judged by its check. `otherwise`: what is said where `when` says no.
    """

    def __init__(
        self, title: str, *, by: str, kinds: tuple[str, ...] = (), may: tuple[str, ...] = (),
        fits: "Callable[[Step, WorkItem], bool] | None" = None, goes: Chooser | None = None,
        reaches: "Callable[[type[Process]], Iterable[str]] | None" = None, checks: dict[str, Check] | None = None,
        after_end: bool = False, explained: bool = False, binds: bool = False, settled_by: tuple[str, ...] = (),
        somebody: tuple[Need, ...] = (), otherwise: str = "", **rest: Any,
    ) -> None:  # fmt: skip
        target = Chosen(goes) if goes else stay
        super().__init__(title, Move((), target), by=by, kinds=kinds, may=("turn", *may), answers="turn", **rest)
        self.quiet, self.fits, self.reaches, self._checks = goes is None, fits, reaches, checks or {}
        self.after_end, self.explained, self.binds = after_end, explained, binds or goes is not None
        self.settled_by, self.somebody, self.otherwise = settled_by, somebody, otherwise

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
