"""`bench statistics`: the figures of a province, a list behind them and the drawn page, against the bare aggregate."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models.session import make_engine, reading
from web.bench.bureau import furnish
from web.bench.decision import database
from web.bench.inbox import client_of
from web.bench.measure import Series, interleaved, per_second
from web.bench.province import NOW, Province, found
from workflow.statistics import listing, places
from workflow.statistics.figures import of_office
from workflow.statistics.listing import Wanted
from workflow.statistics.period import Period, chosen
from workflow.statistics.sql import ENDED, ITEM, OWED
from workflow.world import world_of

LIMIT = "bare aggregate"
OPENED = select(ITEM.c.org_id, func.count(), func.max(ITEM.c.due_at)).where(OWED).group_by(ITEM.c.org_id)
CLOSED = select(ITEM.c.org_id, func.count(), func.sum(ITEM.c.took)).where(ENDED).group_by(ITEM.c.org_id)
"""The least that reads the same rows: what every office owes, and what ended at it in the period."""


YEAR = 366


def run(kind: str, rows: int, rounds: int, requests: int, days: int = YEAR) -> dict[str, Series]:
    """Return answers a second over about `rows` questions of one year, asked about the last `days` days of it."""
    with TemporaryDirectory(prefix="xuejiban-bench-") as folder:
        engine = make_engine(database(kind, Path(folder)))
        try:
            province = found(engine)
            furnish(engine, province, rows)
            return interleaved(_contenders(engine, province, requests, Path(folder), days), rounds)
        finally:
            engine.dispose()


def _contenders(
    engine: Engine, province: Province, requests: int, folder: Path, days: int
) -> list[tuple[str, Callable[[], float]]]:
    with reading(engine) as session:
        world = world_of(session)
    office = world.office(province.org["province"])
    first = NOW.date() - dt.timedelta(days=days - 1)
    period = chosen(world, office, NOW.date(), "free", first, NOW.date())
    lines = places.lines(world, office)
    client = client_of(engine, province.person["province:leader"], folder)

    def ask(question: Callable[[Session], object]) -> Callable[[], float]:
        def answer() -> int:
            for _ in range(requests):
                with reading(engine) as session:
                    question(session)
            return requests

        return lambda: per_second(answer)

    def draw() -> int:
        for _ in range(requests):
            answer = client.get(f"/statistics/?period=free&from={period.first}&to={period.last}")
            if answer.status_code != 200:
                raise RuntimeError(f"/statistics/ answered {answer.status_code}")
        return requests

    return [
        (LIMIT, ask(lambda session: _bare(session, period))),
        ("figures", ask(lambda session: of_office(session, world, office, period, NOW))),
        ("list behind", ask(lambda session: listing.entries(session, lines, Wanted("done"), period, NOW))),
        ("drawn page", lambda: per_second(draw)),
    ]


def _bare(session: Session, period: Period) -> None:
    in_period = (ITEM.c.closed_at >= period.start) & (ITEM.c.closed_at < period.end)
    session.execute(OPENED).all()
    session.execute(CLOSED.where(in_period)).all()
