"""Papers of a problem: every side hands in for itself, and learns nothing from what another side handed in."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.cast import Cast
from tests.dispute import Dispute
from tests.workflow.test_evidence import Desk
from workflow import evidence
from workflow.errors import NotAllowed, NotFound


@pytest.fixture
def dispute(engine: Engine, cast: Cast) -> Dispute:
    return Dispute(engine, cast).about(("a1", "王小明"), ("a2", "王晓明"))


@pytest.fixture
def papers(engine: Engine, cast: Cast, tmp_path: Path) -> Desk:
    return Desk(engine, cast, tmp_path)


def test_two_sides_may_hand_in_the_very_same_scan_and_neither_notices(dispute: Dispute, papers: Desk) -> None:
    first = papers.hand_in("a1:school_clerk", dispute.case())
    second = papers.hand_in("a2:school_clerk", dispute.case())
    assert first.public_id != second.public_id
    assert papers.hand_in("a1:school_clerk", dispute.case()).public_id == first.public_id
    with pytest.raises(NotFound):
        papers.find("a2:school_clerk", first)
    assert papers.find("k1:arbitrator", first).public_id == first.public_id


def test_each_side_has_the_room_of_a_case(dispute: Dispute, papers: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "CASE_FILES", 1)
    papers.hand_in("a1:school_clerk", dispute.case())
    papers.hand_in("a2:school_clerk", dispute.case())


def test_a_paper_comes_in_and_goes_back_only_while_the_answer_is_open(dispute: Dispute, papers: Desk) -> None:
    paper = papers.hand_in("a1:school_clerk", dispute.case())
    dispute.claim(1)
    with pytest.raises(NotAllowed):
        papers.hand_in("a1:school_clerk", dispute.case(), kind="公安情况说明")
    with pytest.raises(NotAllowed):
        papers.withdraw("a1:school_clerk", paper)
