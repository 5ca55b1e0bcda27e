"""The one statement that writes a step: what it adds, what it changes, and when it refuses."""

from typing import cast

import pytest
from sqlalchemy import Engine, Table, select
from sqlalchemy.orm import Session

from models.cases import Case, WorkItem
from models.outbox import OutboxRow
from models.session import transact
from tests.cast import MONDAY
from tests.play import Play
from tests.statements import counted
from workflow import ledger
from workflow.ledger import Overtaken, Row
from workflow.row_numbers import Numbers

OUTBOX = cast(Table, OutboxRow.__table__)
ITEM = cast(Table, WorkItem.__table__)


def mail(word: str, **more: object) -> Row:
    row = {"dedup": word, "topic": "mail", "payload": {"字": word}, "created_at": MONDAY, "not_before": MONDAY}
    return OUTBOX, {**row, **more}


def test_rows_of_one_kind_are_numbered_in_their_order(engine: Engine, session: Session) -> None:
    rows = [mail("first"), mail("other kind", recipient="1"), mail("second"), mail("third")]
    with counted(engine) as seen:
        ledger.write(session, rows)
    assert len(seen) == 1
    assert rows == []
    words = session.scalars(select(OutboxRow.dedup).where(OutboxRow.recipient == "").order_by(OutboxRow.id))
    assert list(words) == ["first", "second", "third"]
    assert session.scalars(select(OutboxRow.attempts)).all() == [0, 0, 0, 0], "what is not said has its default"


def test_a_statement_is_made_again_after_a_rollback(session: Session) -> None:
    ledger.write(session, [mail("lost")])
    session.rollback()
    ledger.write(session, [mail("kept")])
    ledger.write(session, [mail("too")])
    session.commit()
    assert list(session.scalars(select(OutboxRow.dedup).order_by(OutboxRow.id))) == ["kept", "too"]


def test_only_what_changed_in_a_record_is_written(session: Session, play: Play) -> None:
    play.open("a1", "沈明铭")
    case = session.scalars(select(Case).where(Case.no == play.no)).one()
    assert ledger.changed(case) is None
    session.expunge(case)
    case.turn, case.state = 3, {"a": 1}
    change = ledger.changed(case, revision=0)
    assert change is not None
    assert tuple(change) == (Case.__table__, {"turn": 3, "state": {"a": 1}}, {"id": case.id, "revision": 0})
    ledger.write(session, [mail("with it")], [change])
    session.commit()
    assert (play.case().turn, play.case().state) == (3, {"a": 1})


def test_a_record_that_was_changed_behind_our_back_is_not_overwritten(engine: Engine, play: Play) -> None:
    play.open("a1", "沈明铭")
    number = play.case().id

    def overwrite(session: Session) -> None:
        change = ledger.Change(cast(Table, Case.__table__), {"turn": 3}, {"id": number, "revision": 7})
        ledger.write(session, [mail("with it")], [change])

    with pytest.raises(Overtaken):
        transact(engine, overwrite)
    assert play.case().turn == 0
    with Session(engine) as reader:
        assert reader.scalars(select(OutboxRow.id)).all() == []


def test_numbers_are_given_once_and_several_in_one_question(engine: Engine, session: Session) -> None:
    numbers = Numbers(session)
    with counted(engine) as seen:
        numbers.prepare(ITEM, OUTBOX)
        drawn = [numbers.draw(ITEM), numbers.draw(OUTBOX)]
    assert len(seen) == 1
    drawn += [numbers.draw(OUTBOX), numbers.draw(OUTBOX)]
    assert len(set(drawn[1:])) == 3
    ledger.write(session, [mail("numbered", id=drawn[1])])
    assert session.scalars(select(OutboxRow.id)).all() == drawn[1:2]
