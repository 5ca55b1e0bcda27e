"""The event log of a case: every event carries the hash of the one before it."""

import base64
import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from models import crypto
from models.cases import Case, Event
from models.text import canonical
from workflow import ledger
from workflow.step import Step

PRIVATE = ("comment", "note")
"""Payload fields that may speak about people; they are stored sealed and can be erased with the case's key."""


EVENT = cast(Table, Event.__table__)
HASHED = ("case_id", "seq", "at", "actor_id", "acting_for", "action", "from_phase", "to_phase", "body")


@dataclass(frozen=True)
class Broken:
    """The first event that is not what was written."""

    case: str
    seq: int
    why: str


def append(step: Step, action: str, before: str, after: str, **extra: Any) -> None:
    """Write one event at the end of the case's chain."""
    note(step, action, before, after, **extra)
    ledger.write(step.session, step.rows)


def note(step: Step, action: str, before: str, after: str, **extra: Any) -> None:
    """Make the next event of the case's chain; it is written with the other rows of the step."""
    case = step.case
    seq = case.last_seq + 1
    typed = {name: value for name, value in step.payload.items() if name not in step.private}
    row = {
        "case_id": case.id,
        "seq": seq,
        "at": step.now,
        "actor_id": step.actor.id,
        "acting_for": _acting_for(step),
        "action": action,
        "from_phase": before,
        "to_phase": after,
        "body": {**_sealed(case, seq, typed), **step.facts, **extra},
        "prev": case.head,
    }
    case.last_seq, case.head = seq, _hash(row)
    step.rows.append((EVENT, {**row, "hash": case.head}))


def _acting_for(step: Step) -> int | None:
    """For whom the actor speaks: whose question he answered, or at whose desk he sits in the office that speaks."""
    one = step.acting_for or step.actor.sits_for(step.facts.get("office"))
    return one.person_id if one else None


def hash_of(event: Event) -> bytes:
    """Return SHA-256 over the previous hash and the event's canonical JSON."""
    return _hash({column.name: getattr(event, column.name) for column in EVENT.c})


def _hash(row: dict[str, Any]) -> bytes:
    at = row["at"].astimezone(dt.UTC).isoformat(timespec="microseconds")
    content = canonical([at if name == "at" else row[name] for name in HASHED])
    return hashlib.sha256(row["prev"] + content).digest()


def opened(case: Case, event: Event) -> dict[str, str]:
    """Return the private words of an event; empty after the case's key was destroyed."""
    words = {}
    for name in PRIVATE:
        sealed = event.body.get(name)
        if sealed and case.data_key:
            data = base64.b64decode(sealed)
            place = crypto.place("event", name, f"{case.no}:{event.seq}")
            words[name] = crypto.open_sealed(crypto.unwrap(case.data_key), data, place).decode()
    return words


def broken(session: Session, case: Case) -> Broken | None:
    """Return the first event of the case that was changed, removed, inserted or moved; None if all is well."""
    head, seq = b"", 0
    for event in session.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.seq)):
        if event.seq != seq + 1:
            return Broken(case.no, seq + 1, "missing")
        if event.prev != head:
            return Broken(case.no, event.seq, "does not follow the event before it")
        if hash_of(event) != event.hash:
            return Broken(case.no, event.seq, "content does not match its hash")
        head, seq = event.hash, event.seq
    if seq != case.last_seq or head != case.head:
        return Broken(case.no, seq + 1, "the end of the chain is missing or was replaced")
    return None


def _sealed(case: Case, seq: int, values: dict[str, Any]) -> dict[str, Any]:
    """Return the payload as it may be stored: private words sealed, the rest as it is."""
    stored = {}
    for name, value in values.items():
        if name in PRIVATE and value:
            place = crypto.place("event", name, f"{case.no}:{seq}")
            stored[name] = base64.b64encode(crypto.seal(crypto.unwrap(case.data_key), value, place)).decode()
        elif value not in (None, "", []):
            stored[name] = value
    return stored
