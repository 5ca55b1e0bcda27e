"""`bench bulk`: a hundred requests agreed to together, against one set-based statement that writes the same rows."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from models.cases import Case
from models.evidence import Evidence
from models.session import transact
from web.bench import limit
from web.bench.decision import Ground, prepared
from web.bench.measure import Series, interleaved, per_second
from web.bench.province import NOW
from workflow import engine as door
from workflow.bulk import orders
from workflow.bulk.judging import AGREEING
from workflow.bulk.orders import GRACE, Asked
from workflow.world import world_of

LIMIT = "one statement"
CONTENDERS = 3


def run(kind: str, items: int, rounds: int) -> dict[str, Series]:
    """Return requests a second that the receiving school's leader agrees to, `items` at once."""
    with prepared(kind, items * CONTENDERS * (rounds + 1)) as ground:
        transact(ground.engine, lambda session: _copy_papers(session, ground.province.no))
        contenders: list[tuple[str, Callable[[], float]]] = [
            (LIMIT, lambda: _by_hand(ground, items)),
            ("bulk", lambda: _together(ground, items)),
            ("one by one", lambda: _one_by_one(ground, items)),
        ]
        for _, warm_up in contenders:
            warm_up()
        return interleaved(contenders, rounds)


def _by_hand(ground: Ground, items: int) -> float:
    person, org = ground.province.signers[0], ground.province.org["k1"]
    given = [limit.values(no, 0, person, org) for no in ground.cases(items)]
    connection = limit.by_hand(ground.url)

    def act() -> int:
        connection.steps(given)
        return items

    try:
        return per_second(act)
    finally:
        connection.close()


def _together(ground: Ground, items: int) -> float:
    """Place an order and carry it out as the worker does, without the seconds in which it may be taken back."""
    person, asked = ground.province.signers[0], [Asked(no, 1, AGREEING) for no in ground.cases(items)]

    def place(session: Session) -> str:
        actor = door.actor_of(session, person, NOW.date())
        return orders.place(session, actor, world_of(session), asked, NOW).public_id

    def act() -> int:
        number = transact(ground.engine, place)
        while transact(ground.engine, lambda session: orders.next_piece(session, number, NOW + GRACE)):
            pass
        return items

    rate = per_second(act)
    _check(ground.engine, asked)
    return rate


def _one_by_one(ground: Ground, items: int) -> float:
    person, numbers = ground.province.signers[0], ground.cases(items)

    def decide(session: Session, no: str) -> Any:
        return door.do(session, no, AGREEING, person, now=NOW, key=f"bench-{no}", seen_revision=1)

    def act() -> int:
        for no in numbers:
            transact(ground.engine, lambda session, no=no: decide(session, no))  # type: ignore[misc]  # done at once
        return items

    return per_second(act)


def _check(engine: Engine, asked: list[Asked]) -> None:
    """A bench that decides nothing would be fast."""

    def waiting(session: Session) -> int:
        query = select(Case.id).where(Case.no.in_([one.no for one in asked]), Case.revision == 1)
        return len(session.scalars(query).all())

    if transact(engine, waiting):
        raise RuntimeError("requests were held back")


def _copy_papers(session: Session, no: str) -> None:
    """Give every copy of the request its papers: who misses one is not agreed to together with others."""
    first = session.scalars(select(Case).where(Case.no == no)).one()
    papers = [
        {column.name: getattr(paper, column.name) for column in Evidence.__table__.columns if column.name != "id"}
        for paper in session.scalars(select(Evidence).where(Evidence.case_id == first.id))
    ]
    copies = session.scalars(select(Case.id).where(Case.id != first.id)).all()
    rows = [
        {**paper, "case_id": number, "public_id": f"{number}-{place}"}
        for number in copies
        for place, paper in enumerate(papers)
    ]
    session.execute(insert(Evidence.__table__), rows)  # type: ignore[arg-type]  # a table
