"""What machines ask: is the process alive, can it work, and how much waits."""

import datetime as dt
from typing import Any

from flask import Blueprint, Response
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from models import migrate
from models.cases import Timer, WorkItem
from models.jobs import Heartbeat
from models.outbox import OutboxRow
from web import clock
from web.auth import public
from web.database import read_session

bp = Blueprint("health", __name__)
SILENT_AFTER = dt.timedelta(minutes=2)
"""A worker that was not heard of for so long counts as gone."""


@bp.get("/healthz")
@public
def alive() -> Response:
    """The process answers; nothing else is asked."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@public
def ready() -> Response:
    """The database answers and has the schema this program was written for."""
    try:
        found = migrate.current(read_session().connection())
    except SQLAlchemyError:
        return Response("database does not answer\n", 503, mimetype="text/plain")
    if found != migrate.newest():
        return Response("database needs `xuejiban db upgrade`\n", 503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")


@bp.get("/metrics")
@public
def metrics() -> Response:
    """Counts without names, in the text form that Prometheus reads."""
    session, now = read_session(), clock.now()
    waiting = (OutboxRow.done_at.is_(None)) & (OutboxRow.dead_at.is_(None))
    found = session.execute(
        select(
            _many(WorkItem.id, WorkItem.open & (WorkItem.kind != "copy")),
            _many(WorkItem.id, WorkItem.open & (WorkItem.kind != "copy") & (WorkItem.due_at <= now)),
            _many(OutboxRow.id, waiting),
            _many(OutboxRow.id, OutboxRow.dead_at.is_not(None)),
            _many(Timer.id, Timer.fired_at.is_(None) & (Timer.due_at <= now)),
            _many(Heartbeat.node, Heartbeat.at > now - SILENT_AFTER),
        )
    ).one()
    lines = [f"# TYPE {name} gauge\n{name} {value}\n" for name, value in zip(NAMES, found, strict=True)]
    return Response("".join(lines), content_type="text/plain; version=0.0.4; charset=utf-8")


NAMES = (
    "xuejiban_work_items_open",
    "xuejiban_work_items_overdue",
    "xuejiban_outbox_waiting",
    "xuejiban_outbox_dead",
    "xuejiban_timers_due",
    "xuejiban_workers_alive",
)


def _many(column: Any, condition: Any) -> Any:
    return select(func.count(column)).where(condition).scalar_subquery()
