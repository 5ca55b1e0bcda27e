"""Who is asked: `role @ place`, several at once, how long an answer may take and what silence leads to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflow.step import Step

ASIDE = ("copy", "advise", "second")
"""Kinds of work items that ask for no answer the case waits for: to read only, advice to whoever decides, what
somebody proposes about the case and another has to confirm."""


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
