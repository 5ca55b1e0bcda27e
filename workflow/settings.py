"""Whether this installation holds demonstration data, which may do what real data never may."""

import datetime as dt

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.settings import Setting

_DEMO = "demo"


def is_demo(session: Session) -> bool:
    """Tell whether the data were made by the demo: then area code 99 is good and the day may be set.

    Asked once in each session.
    """
    if _DEMO not in session.info:
        session.info[_DEMO] = session.get(Setting, _DEMO) is not None
    return bool(session.info[_DEMO])


def asking() -> ColumnElement[bool]:
    """Return a column that tells it along with another query, whose answer `remember` keeps for the session."""
    return select(Setting.name).where(Setting.name == _DEMO).exists()


def remember(session: Session, demo: bool) -> None:
    session.info[_DEMO] = demo


def mark_demo(session: Session, kind: str, now: dt.datetime) -> None:
    """Say that these data are a demonstration; `kind` is what was loaded (`sample` or `district`)."""
    session.add(Setting(name=_DEMO, value={"kind": kind, "since": now.isoformat()}))
    remember(session, True)


def demo_kind(session: Session) -> str:
    """Return what the demo loaded, or nothing for real data."""
    row = session.get(Setting, _DEMO)
    return str(row.value["kind"]) if row else ""
