"""Whether this installation holds demonstration data, which may do what real data never may."""

import datetime as dt

from sqlalchemy.orm import Session

from models.settings import Setting

_DEMO = "demo"


def is_demo(session: Session) -> bool:
    """Tell whether the data were made by the demo: then area code 99 is good and the day may be set."""
    return session.get(Setting, _DEMO) is not None


def mark_demo(session: Session, kind: str, now: dt.datetime) -> None:
    """Say that these data are a demonstration; `kind` is what was loaded (`sample` or `district`)."""
    session.add(Setting(name=_DEMO, value={"kind": kind, "since": now.isoformat()}))


def demo_kind(session: Session) -> str:
    """Return what the demo loaded, or nothing for real data."""
    row = session.get(Setting, _DEMO)
    return str(row.value["kind"]) if row else ""
