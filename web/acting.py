"""What a form does to a case: one action through the one door."""

from typing import Any

from web import clock
from web.auth import current_actor, current_world
from web.database import read_session, write
from workflow import engine
from workflow.errors import KeyReused


def act(no: str, action: str, key: str, seen: int, values: dict[str, Any]) -> engine.Outcome:
    """Carry out one action with what a form sent. Raises the refusals of workflow.errors.

    A key that comes again with other words is that of a page from before, brought back with the browser's button: it
    is as stale as any other. Only a program knows what a key is.
    """
    actor = current_actor().id
    try:
        return write(
            lambda session: engine.do(
                session, no, action, actor, now=clock.now(), key=key, seen_revision=seen, values=values
            )
        )
    except KeyReused:
        step = engine.look(read_session(), no, current_actor(), current_world(), clock.now())
        raise engine.stale(step.session, step.case) from None
