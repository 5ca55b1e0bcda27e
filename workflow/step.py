"""One attempt by one person to do one thing: what the machine moves, what guards ask and effects write to."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from models.cases import Case, WorkItem
from models.people import SYSTEM_PERSON_ID
from workflow import records
from workflow.calendar import day_of
from workflow.language import ASIDE
from workflow.ledger import Row
from workflow.row_numbers import Numbers
from workflow.world import World


@dataclass(frozen=True)
class Desk:
    """A post somebody holds today."""

    org_id: int
    role: str
    class_id: int | None = None

    @property
    def queue(self) -> str:
        return queue_of(self.org_id, self.role)


@dataclass(frozen=True)
class StandIn:
    """A post of somebody else that a person fills in for today (代理); no `process` means every kind of case."""

    person_id: int
    name: str
    desk: Desk
    process: str = ""


@dataclass(frozen=True)
class Actor:
    """Who acts: a person with the posts held today, and with the desks he fills in for. The clock is an actor too.

    `orders` are all desks he fills in for. Before a case (`within`) `desks` holds his own and those of them that reach
    it, which `stand_ins` names; everywhere else only his own.
    """

    id: int
    name: str
    desks: tuple[Desk, ...] = ()
    orders: tuple[StandIn, ...] = ()
    stand_ins: tuple[StandIn, ...] = ()
    own: tuple[Desk, ...] | None = None

    def within(self, process: str) -> "Actor":
        """Return the person as he stands before a case of this kind."""
        if not self.orders:
            return self
        reaching = tuple(one for one in self.orders if one.process in ("", process))
        desks = (*self.own_desks, *(one.desk for one in reaching))
        return replace(self, desks=desks, stand_ins=reaching, own=self.own_desks)

    @property
    def own_desks(self) -> tuple[Desk, ...]:
        return self.desks if self.own is None else self.own

    @property
    def principals(self) -> frozenset[int]:
        """Whom he stands in for before this case."""
        return frozenset(one.person_id for one in self.stand_ins)

    def has(self, queue: str, assignee_id: int | None) -> bool:
        """Tell whether a question is his own: on one of his desks, or with him by name."""
        if assignee_id is not None:
            return assignee_id == self.id
        return queue in self._own_queues

    def stands_in_for(self, queue: str, assignee_id: int | None) -> StandIn | None:
        """Return for whom he answers a question; None where it is his own, or not his at all."""
        if self.has(queue, assignee_id):
            return None
        asked = (one for one in self.stand_ins if one.desk.queue == queue)
        return next((one for one in asked if assignee_id in (None, one.person_id)), None)

    def sits_for(self, org_id: int | None, role: str = "") -> StandIn | None:
        """Return for whom he sits at an office (in a role); None where he sits there himself, or not at all."""
        if any(desk.org_id == org_id and role in ("", desk.role) for desk in self.own_desks):
            return None
        here = (one for one in self.stand_ins if one.desk.org_id == org_id and role in ("", one.desk.role))
        return next(here, None)

    @property
    def is_system(self) -> bool:
        return self.id == SYSTEM_PERSON_ID

    @cached_property
    def _own_queues(self) -> frozenset[str]:
        return frozenset(desk.queue for desk in self.own_desks)

    @property
    def queues(self) -> frozenset[str]:
        return frozenset(desk.queue for desk in self.desks)

    @property
    def org_ids(self) -> frozenset[int]:
        return frozenset(desk.org_id for desk in self.desks)

    def holds(self, role: str, org_id: int | None) -> bool:
        return any(desk.role == role and desk.org_id == org_id for desk in self.desks)


@dataclass(frozen=True)
class Intent:
    """Something to tell or make after the commit; becomes an outbox row."""

    topic: str
    purpose: str
    recipient: str
    facts: dict[str, Any]
    apart: bool = False
    """It is told to whoever is told something else of the same event, too."""


class Step:
    """The command context. `state` is what `transitions` reads and writes; a failed attempt leaves the row alone."""

    __slots__ = (
        "acting_for",
        "actor",
        "cache",
        "case",
        "facts",
        "intents",
        "item",
        "items",
        "locked",
        "now",
        "numbers",
        "payload",
        "private",
        "process",
        "rows",
        "session",
        "state",
        "subject",
        "taken",
        "target",
        "world",
    )

    def __init__(
        self,
        session: Session,
        case: Case,
        subject: Any,
        items: list[WorkItem],
        actor: Actor,
        world: World,
        now: dt.datetime,
        payload: dict[str, Any] | None = None,
        process: Any = None,
    ) -> None:
        self.process = process  # the definition; typed in workflow.language, which itself speaks of steps
        self.session, self.case, self.subject, self.items = session, case, subject, items
        self.actor, self.world, self.now = actor.within(case.process), world, now
        self.acting_for: StandIn | None = None
        """For whom the actor answers, where the right is not his own."""
        self.payload: dict[str, Any] = payload or {}
        self.state: str = case.phase
        self.target = ""
        self.item: WorkItem | None = None
        self.intents: list[Intent] = []
        self.rows: list[Row] = []
        """What is only added to the tables, at the end of the step."""
        self.numbers = Numbers(session)
        self.taken: list[Any] = []
        """Loaded records that the step writes itself: what changed in them goes out with its rows."""
        self.facts: dict[str, Any] = {}
        """What the event tells beyond what was typed."""
        self.private: set[str] = set()
        """Typed fields that are stored elsewhere and must not enter the event."""
        self.locked = False
        """Whether the case's row is locked, because the step is going to change it."""
        self.cache: dict[str, Any] = {}

    @property
    def today(self) -> dt.date:
        return day_of(self.now)

    @property
    def signed_by(self) -> str:
        """Return who signs, as papers and the route name him: a deputy with whom he acts for."""
        return f"{self.actor.name} 代 {self.acting_for.name}" if self.acting_for else self.actor.name

    @property
    def in_place_of(self) -> int | None:
        """The office in whose place the question is answered, because it was silent or had nobody; None if its own."""
        rule = self.item.due_rule if self.item else {}
        found: int | None = rule.get("in_place_of") or next(iter(rule.get("climbed_from", [])), None)
        return found

    @property
    def question(self) -> WorkItem:
        """The question that gives the right to the act; only for acts that need one."""
        assert self.item is not None
        return self.item

    @property
    def open_items(self) -> list[WorkItem]:
        """Return what the case waits for."""
        return [item for item in self.items if item.open and item.kind not in ASIDE]

    @property
    def all_open(self) -> list[WorkItem]:
        """Return what lies on desks: what the case waits for, copies to read, and advice that was asked for."""
        return [item for item in self.items if item.open]

    def had_a_hand(self, persons: Iterable[int | None]) -> bool:
        """Tell whether the actor is among these persons, or stands in for one, or one of them acted for him."""
        return bool({self.actor.id, *self.actor.principals} & counted(self.case, persons))

    def hand_over(self) -> None:
        """Give the loaded records to the session, which then writes what changes in them."""
        self.case = records.attached(self.session, self.case)
        self.subject = records.attached(self.session, self.subject) if self.subject else None
        self.items = [records.attached(self.session, item) for item in self.items]

    def take(self, *records: Any) -> None:
        """Take loaded records out of the session's hands; what changes in them is written once, with the step."""
        for record in records:
            self.session.expunge(record)
        self.taken += records

    def tell(self, purpose: str, recipient: str, *, apart: bool = False, **facts: Any) -> None:
        """Declare a notice to a queue; it is addressed and sent after the commit."""
        self.intents.append(Intent("notice", purpose, recipient, facts, apart))


def counted(case: Case, persons: Iterable[int | None]) -> set[int]:
    """Return these persons and everybody for whom they answered in the case: a deputy's hand is his principal's."""
    found = {person for person in persons if person}
    return found | {principal for deputy, principal in case.state.get("deputies", ()) if deputy in found}


def queue_of(org_id: int | None, role: str) -> str:
    """Return the key of the queue that a role at an organisation works from."""
    return f"{org_id}:{role}"
