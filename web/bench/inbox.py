"""`bench inbox`: first page, page 500 by key, limited pages, counters, the drawn page, each against the bare query."""

import datetime as dt
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from flask.testing import FlaskClient
from sqlalchemy import Engine, Table, bindparam, insert, select, text
from sqlalchemy.orm import Session

from models.cases import Case, WorkItem
from models.people import Person
from models.session import make_engine, reading, transact
from models.transfers import Transfer
from web import clock
from web.app import create_app
from web.bench.decision import database
from web.bench.measure import Series, interleaved, per_second
from web.bench.province import NOW, Province, found
from web.config import Settings
from web.database import House
from web.passwords import Passwords
from workflow import engine as door
from workflow import inbox, narrowing, people
from workflow.inbox import Cursor
from workflow.narrowing import Narrowing
from workflow.world import world_of

PAGE = 26
FAR = 500
"""The page that lies far behind the first one, 25 lines each."""
BARE = (
    select(WorkItem.id, WorkItem.case_id, WorkItem.due_at)
    .where(WorkItem.open, WorkItem.queue == bindparam("queue"), WorkItem.assignee_id.is_(None))
    .order_by(WorkItem.due_at, WorkItem.id)
    .limit(PAGE)
)
CHUNK = 5000


def run(kind: str, rows: int, rounds: int, requests: int) -> dict[str, Series]:
    """Return answers a second with `rows` open items, half of them on the desk that is looked at."""
    with TemporaryDirectory(prefix="xuejiban-bench-") as folder:
        engine = make_engine(database(kind, Path(folder)))
        try:
            province = found(engine)
            _fill(engine, province, rows)
            return interleaved(_contenders(engine, province, rows, requests, Path(folder)), rounds)
        finally:
            engine.dispose()


def _contenders(
    engine: Engine, province: Province, rows: int, requests: int, folder: Path
) -> list[tuple[str, Callable[[], float]]]:
    person = province.person["to:leader"]
    with reading(engine) as session:
        actor, world = door.actor_of(session, person, NOW.date()), world_of(session)
        case = session.scalars(select(Case).where(Case.no == province.no)).one()
        limited = narrowing.filling(Narrowing("transfer", case.phase, "week"), actor, world, NOW)
        rare = narrowing.filling(Narrowing(office=case.applicant_org_id), actor, world, NOW)
    queue = next(iter(actor.queues))
    far = _cursor(min(FAR * 25, rows // 2 - PAGE))
    client = client_of(engine, person, folder)

    def ask(question: Callable[[Session], object]) -> Callable[[], float]:
        def answer() -> int:
            for _ in range(requests):
                with reading(engine) as session:
                    question(session)
            return requests

        return lambda: per_second(answer)

    return [
        ("bare query", ask(lambda session: session.execute(BARE, {"queue": queue}).all())),
        ("first page", ask(lambda session: inbox.todo(session, actor, limit=PAGE))),
        (f"page {FAR}", ask(lambda session: inbox.todo(session, actor, after=far, limit=PAGE))),
        ("limited page", ask(lambda session: inbox.todo(session, actor, limit=PAGE, limited=limited))),
        ("rare school", ask(lambda session: inbox.todo(session, actor, limit=PAGE, limited=rare))),
        ("counters", ask(lambda session: inbox.counters(session, actor, NOW))),
        ("drawn page", lambda: per_second(lambda: _draw(client, requests))),
    ]


def _draw(client: FlaskClient, requests: int) -> int:
    for _ in range(requests):
        answer = client.get("/inbox")
        if answer.status_code != 200:
            raise RuntimeError(f"/inbox answered {answer.status_code}")
    return requests


def client_of(engine: Engine, person: int, folder: Path) -> FlaskClient:
    """The whole application, asked in this process by a signed-in officer."""
    clock.set_today(NOW.date())
    address = engine.url.render_as_string(hide_password=False)
    settings = Settings(data_dir=folder, database_url=address, migration_url=address, key_file=folder / "keys.json")
    app = create_app(settings, House(settings, engine, demo=True))
    app.config["WTF_CSRF_ENABLED"] = False  # only for signing in; a page that is read asks for no token
    word = secrets.token_urlsafe(12)
    stored = Passwords(settings).hash(word)

    def admit(session: Session) -> str:
        row = session.get_one(Person, person)
        people.set_password(session, row, stored, changed_at=NOW)
        return row.username

    client = app.test_client()
    client.post("/login", data={"username": transact(engine, admit), "password": word})
    return client


def _cursor(place: int) -> Cursor:
    return NOW + dt.timedelta(seconds=2 * place), 2**62


def _fill(engine: Engine, province: Province, rows: int) -> None:
    """Add cases with one open item each: every other one on the leader's desk, the rest spread over other desks."""
    with reading(engine) as session:
        case = session.scalars(select(Case).where(Case.no == province.no)).one()
        about = session.get_one(Transfer, case.id)
        item = session.scalars(select(WorkItem).where(WorkItem.case_id == case.id)).one()
        like = {table: _values(row) for table, row in ((Case, case), (Transfer, about), (WorkItem, item))}
        first = case.id + 1
    for start in range(0, rows, CHUNK):
        numbers = range(start, min(start + CHUNK, rows))
        transact(engine, partial(_add, like=like, first=first, numbers=numbers))
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("analyze"))


def _add(session: Session, like: dict[Any, dict[str, Any]], first: int, numbers: range) -> None:
    cases = [{**like[Case], "id": first + n, "no": f"BENCH-{n}"} for n in numbers]
    abouts = [{**like[Transfer], "case_id": first + n, "public_id": f"bench{n}"} for n in numbers]
    items = [
        {**like[WorkItem], "case_id": first + n, "due_at": NOW + dt.timedelta(seconds=n),
         "queue": like[WorkItem]["queue"] if n % 2 == 0 else f"{n % 5000}:school_leader"}
        for n in numbers
    ]  # fmt: skip
    for table, rows in ((Case, cases), (Transfer, abouts), (WorkItem, items)):
        session.execute(insert(cast(Table, table.__table__)), rows)


def _values(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs if column.key != "id"}

