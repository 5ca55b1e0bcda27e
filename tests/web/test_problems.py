"""Pages of problem records: who sees what, what is asked, and that nothing typed is lost."""

import pytest

from tests.cast import Cast
from tests.dispute import Dispute
from tests.journeys.hands import Visitor
from tests.web.door import Door


@pytest.fixture
def dispute(door: Door, cast: Cast) -> Dispute:
    return Dispute(door.house.engine, cast)


def test_every_part_opens_for_who_decides(door: Door, dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    officer = Visitor(door, "k1:arbitrator")
    for part in ("", "?only=diff", "?tab=rulings", "?tab=history", "?shelf=all", "?preset=1"):
        page = officer.open(f"/problems/{dispute.no}{part}")
        assert "王小明" in page.words
    assert "王小明" in officer.open("/problems/").words
    assert officer.open(f"/cases/{dispute.no}").address == f"/problems/{dispute.no}"
