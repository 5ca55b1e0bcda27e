"""Writers beside each other on SQLite, which has one lock for everything."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from models import session as sessions
from models.session import LockTimeout, make_engine, transact


def add(session: Session) -> None:
    session.execute(text("insert into step values ('me')"))


def test_a_writer_gives_up_after_a_while_and_comes_in_when_the_lock_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'busy.db'}")
    transact(engine, lambda session: session.execute(text("create table step (who text)")))
    monkeypatch.setattr(sessions, "BUSY_SECONDS", 0)
    with Session(engine.execution_options(writes=True)) as other:
        add(other)
        with pytest.raises(LockTimeout):
            transact(engine, add)
        other.commit()
    transact(engine, add)
    with Session(engine) as session:
        assert session.scalar(text("select count(*) from step")) == 2
    engine.dispose()
