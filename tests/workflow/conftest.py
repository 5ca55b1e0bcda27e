"""The cast and one case to play, for every test of the engine."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, Select
from sqlalchemy.orm import Session

from models.session import reading
from tests.cast import Cast, build
from tests.play import Play


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


@pytest.fixture
def play(engine: Engine, cast: Cast) -> Play:
    return Play(engine, cast)


@pytest.fixture
def ask(engine: Engine) -> Callable[[Select[Any]], list[Any]]:
    """Return what stands in the database now; nothing stays open that would keep others from writing."""

    def rows(query: Select[Any]) -> list[Any]:
        with reading(engine) as session:
            return list(session.scalars(query))

    return rows
