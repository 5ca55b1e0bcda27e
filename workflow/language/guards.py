"""What a definition says of its people: who had a hand in an earlier part takes no part in a later one."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from workflow.errors import Reason

if TYPE_CHECKING:
    from workflow.step import Step

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
