"""The processes that exist, newest version last; a case finds its own version here."""

import datetime as dt
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import Case, ProcessVersion
from workflow.language import Process
from workflow.processes.clearance import Clearance
from workflow.processes.id_error import IdError
from workflow.processes.no_id import NoId
from workflow.processes.paper_file import PaperFile
from workflow.processes.problem import Problem
from workflow.processes.reversal import Reversal
from workflow.processes.transfer import Transfer
from workflow.processes.undo import Undo

PUBLISHED: tuple[type[Process], ...] = (Transfer, PaperFile, Problem, Undo, IdError, NoId, Clearance, Reversal)
_BY_VERSION = {(process.key, process.version): process for process in PUBLISHED}


class Changed(RuntimeError):
    """A published version does not mean any more what it meant when cases began under it."""


class Begun(Protocol):
    """A case, or what a list tells of one."""

    @property
    def process(self) -> str: ...
    @property
    def version(self) -> int: ...


def of(case: Begun) -> type[Process]:
    """Return the definition a case was started under."""
    return _BY_VERSION[(case.process, case.version)]


def of_version(key: str, version: int) -> type[Process] | None:
    """Return a definition by key and version, None for one that this program does not know."""
    return _BY_VERSION.get((key, version))


def newest(key: str) -> type[Process]:
    """Return the version that new cases take. Raises KeyError for an unknown process."""
    return max((p for p in PUBLISHED if p.key == key), key=lambda p: p.version)


def publish(session: Session, now: dt.datetime) -> None:
    """Store what is new; refuse to start when a published version was edited or an open one is missing."""
    stored = {(row.key, row.version): row for row in session.scalars(select(ProcessVersion))}
    for place, process in _BY_VERSION.items():
        known = stored.get(place)
        if known is None:
            session.add(
                ProcessVersion(
                    key=process.key,
                    version=process.version,
                    digest=process.digest(),
                    spec=process.spec(),
                    published_at=now,
                )
            )
        elif known.digest != process.digest():
            raise Changed(
                f"process {process.key} version {process.version} was edited after publication; "
                "raise its version instead"
            )
    gone = select(Case.no, Case.process, Case.version).where(Case.closed_at.is_(None))
    for no, key, version in session.execute(gone.distinct()):
        if (key, version) not in _BY_VERSION:
            raise Changed(f"case {no} runs on {key} version {version}, which this program does not know")
