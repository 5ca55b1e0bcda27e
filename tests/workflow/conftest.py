"""The cast and one case to play, for every test of the engine."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.cast import Cast, build
from tests.play import Play


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


@pytest.fixture
def play(engine: Engine, cast: Cast) -> Play:
    return Play(engine, cast)
