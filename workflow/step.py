"""One attempt by one person to do one thing: what the machine moves, what guards ask and effects write to."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from models.cases import Case, WorkItem
from models.people import SYSTEM_PERSON_ID
from workflow import records
from workflow.calendar import day_of
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
class Actor:
    """Who acts: a person with the posts held today. The clock is an actor too."""

    id: int
    name: str
    desks: tuple[Desk, ...] = ()

    @property
    def is_system(self) -> bool:
        return self.id == SYSTEM_PERSON_ID

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


class Step:
    """The command context. `state` is what `transitions` reads and writes; a failed attempt leaves the row alone."""

    __slots__ = (
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
        self.actor, self.world, self.now = actor, world, now
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
    def open_items(self) -> list[WorkItem]:
        return [item for item in self.items if item.open and item.kind != "copy"]

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

    def tell(self, purpose: str, recipient: str, **facts: Any) -> None:
        """Declare a notice to a queue; it is addressed and sent after the commit."""
        self.intents.append(Intent("notice", purpose, recipient, facts))


def queue_of(org_id: int | None, role: str) -> str:
    """Return the key of the queue that a role at an organisation works from."""
    return f"{org_id}:{role}"
