"""A school's drafts: a number that a busy September does not reach, and a sentence that says what to do then."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.cast import Cast, build
from tests.play import Play
from workflow.errors import Unmet
from workflow.transfers import drafts


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


def test_a_school_with_too_many_unsent_drafts_first_sends_or_withdraws_some(
    engine: Engine, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 2)
    Play(engine, cast).open("a1", "沈明铭").act("a1:school_clerk", "submit")
    first = Play(engine, cast).open("a1", "丁思欣")
    Play(engine, cast).open("a1", "卢天志")
    with pytest.raises(Unmet) as refused:
        Play(engine, cast).open("a1", "高怡若")
    assert [reason.message for reason in refused.value.reasons] == [
        "本校已有 2 份没有提交的转学草稿，请先在待办页的“我发起”中提交或撤回一些，再新建。"
    ]
    Play(engine, cast).open("b1", "高怡若")
    first.act("a1:school_clerk", "withdraw")
    assert Play(engine, cast).open("a1", "高怡若").phase == "draft"
