"""The check of all histories: every chain of events, and every case number that was given out."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import Case, NumberSeries
from workflow import processes
from workflow.journal import Broken


def missing(session: Session) -> Iterator[Broken]:
    """Yield a line for every case number that was given out and whose case is gone.

    Numbers are given out in the transaction that stores the case, so a series has no gaps.
    """
    here: dict[str, set[str]] = {}
    for no in session.scalars(select(Case.no)):
        series, _, serial = no.rpartition("-")
        here.setdefault(series, set()).add(serial)
    prefixes = {process.key: process.prefix for process in processes.PUBLISHED}
    for key, last in session.execute(select(NumberSeries.key, NumberSeries.value).order_by(NumberSeries.key)):
        kind, *place = key.split(":")
        if kind == "case":
            process, year, office = place
            series = f"{prefixes[process]}{year}-{office}"
            for serial in sorted({f"{number:04d}" for number in range(1, last + 1)} - here.get(series, set())):
                yield Broken(f"{series}-{serial}", 0, "the whole case is missing")
