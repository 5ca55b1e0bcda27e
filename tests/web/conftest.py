"""The application on both databases, on a Monday in September."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.cast import MONDAY, Cast, build
from tests.web.door import Door
from web import clock


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


@pytest.fixture
def monday(monkeypatch: pytest.MonkeyPatch) -> None:
    """The product's clock stands still on MONDAY."""
    monkeypatch.setattr(clock, "_read", lambda: MONDAY)


@pytest.fixture
def door(database: str, tmp_path: Path, cast: Cast, monday: None) -> Iterator[Door]:
    door = Door(database, tmp_path, cast)
    yield door
    door.house.close()
