"""Counting tries, so that guessing takes for ever and nobody is locked out for ever.

Tries are rows, so that every web process and every restart sees the same count. A limit holds for a sliding window:
as soon as old tries have left it, the next one is let through.
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models.people import Attempt


@dataclass(frozen=True)
class Limit:
    """At most `most` tries in `window` for one subject."""

    most: int
    window: dt.timedelta


@dataclass
class TooMany(Exception):
    """The limit of `kind` is reached; it opens again in `wait` seconds."""

    kind: str
    wait: int


QUARTER = dt.timedelta(minutes=15)
DAY = dt.timedelta(days=1)
ACCOUNT = Limit(10, QUARTER)
ADDRESS = Limit(60, QUARTER)
EVERYBODY = Limit(1000, QUARTER)
LIMITS = {
    "login": {"account": ACCOUNT, "address": ADDRESS, "all": EVERYBODY},
    "token": {"address": ADDRESS},
    "verify": {"address": Limit(60, QUARTER), "all": Limit(3000, QUARTER)},
    "lookup": {"person": Limit(500, DAY)},
}
"""What is counted, for whom, and how much of it is let through. `login` and `token` count failures."""
_KEPT = dt.timedelta(days=2)


def check(session: Session, kind: str, now: dt.datetime, **subjects: str) -> None:
    """Raise TooMany when one of the subjects (`account=…`, `address=…`) has used up its tries. One statement."""
    limits = {_key(name, subject): LIMITS[kind][name] for name, subject in subjects.items()}
    longest = max(limit.window for limit in limits.values())
    query = select(Attempt.subject, func.count(), func.min(Attempt.at)).where(
        Attempt.kind == kind, Attempt.subject.in_(limits), Attempt.at > now - longest
    )
    waits = [
        (oldest + limits[subject].window - now).total_seconds()
        for subject, count, oldest in session.execute(query.group_by(Attempt.subject))
        if count >= limits[subject].most
    ]
    if waits:
        raise TooMany(kind, max(1, int(max(waits)) + 1))


def count(session: Session, kind: str, now: dt.datetime, **subjects: str) -> None:
    """Write one try for every subject and sweep away what no limit looks at any more."""
    session.add_all(Attempt(kind=kind, subject=_key(name, subject), at=now) for name, subject in subjects.items())
    session.execute(delete(Attempt).where(Attempt.kind == kind, Attempt.at < now - _KEPT))


def forgive(session: Session, kind: str, **subjects: str) -> None:
    """Forget the tries of these subjects, after one of them succeeded."""
    keys = [_key(name, subject) for name, subject in subjects.items()]
    session.execute(delete(Attempt).where(Attempt.kind == kind, Attempt.subject.in_(keys)))


def _key(name: str, subject: str) -> str:
    return f"{name}:{subject}"[:120]
