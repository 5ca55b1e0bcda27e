"""When the answers of several people decide one question: 或签, 会签, 票签 and 顺签. Only counting; nothing is stored.

A process says it in a phase (`asks=everyone(…)`), a jurisdiction in the policy `node.signing`. Each person asked has a
work item of his own; what is counted are these items, under the lock of the case.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflow.language import Asked

ANY, ALL, VOTE, TURN = "any", "all", "vote", "turn"
WORDS = {ANY: "或签", ALL: "会签", VOTE: "票签", TURN: "顺签"}
"""What officers call each manner."""


@dataclass(frozen=True)
class Manner:
    """`veto`: in a joint signature one refusal decides at once. `share` (percent of those asked) and `least` (persons)
    say how many must agree in a vote."""

    code: str
    veto: bool = True
    share: int = 100
    least: int = 1

    @property
    def at_once(self) -> bool:
        """Whether everybody is asked at the same time."""
        return self.code != TURN

    def needed(self, asked: int) -> int:
        """Return how many of those asked must agree in a vote; the share is rounded up."""
        return max(self.least, -(-asked * self.share // 100))

    def verdict(self, agreed: int, refused: int, pending: int) -> bool | None:
        """Return whether the question is decided for (True) or against (False); None while it may still change."""
        if self.code == ANY:
            return agreed > 0 if agreed or refused else None
        if self.code == VOTE:
            needed = self.needed(agreed + refused + pending)
            return True if agreed >= needed else False if agreed + pending < needed else None
        if refused and (self.veto or self.code == TURN or not pending):
            return False
        return None if pending else True

    def stored(self) -> dict[str, Any]:
        """Return the manner as a route or a definition keeps it."""
        plain: dict[str, Any] = {"code": self.code}
        if self.code == ALL:
            plain["veto"] = self.veto
        if self.code == VOTE:
            plain |= {"share": self.share, "least": self.least}
        return plain


ALONE = Manner(ALL)
"""How a single person's question is counted once signers were added to it."""


def read(stored: Mapping[str, Any]) -> Manner:
    """Return the manner that `stored` wrote down."""
    return Manner(**stored)


@dataclass(frozen=True)
class Jointly:
    """Several are asked the same question, each with a work item of his own."""

    manner: Manner
    asked: "tuple[Asked, ...]"


def anyone(*asked: "Asked") -> Jointly:
    """或签: the first answer counts, the other questions close."""
    return Jointly(Manner(ANY), asked)


def everyone(*asked: "Asked", veto: bool = False) -> Jointly:
    """会签: the last answer moves the case; with `veto` the first refusal does."""
    return Jointly(Manner(ALL, veto), asked)


def quorum(share: int, *asked: "Asked", least: int = 1) -> Jointly:
    """票签: moves as soon as the outcome can no longer change. `share` is percent of those asked."""
    return Jointly(Manner(VOTE, share=share, least=least), asked)


def in_turn(*asked: "Asked") -> Jointly:
    """顺签: the next one is asked, and his clock starts, when the one before has agreed; a refusal decides at once."""
    return Jointly(Manner(TURN), asked)


def all_holders(asked: "Asked") -> "Asked":
    """Everybody who holds the post is asked by name, not just one of them."""
    return replace(asked, each=True)
