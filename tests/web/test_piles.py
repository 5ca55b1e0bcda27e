"""Working through a pile: after an answer the next question of the same kind is one click away."""

from tests.journeys.hands import Visitor
from tests.web.door import Door
from tests.web.test_api import started


def test_after_an_answer_the_next_question_of_the_pile_is_one_click_away(door: Door) -> None:
    first, second = (started(door, pupil)["no"] for pupil in ("沈明铭", "古丽娜尔·艾合买提"))
    leader = Visitor(door, "a1:school_leader")
    leader.open(f"/cases/{first}")
    page = leader.send("/approve")
    assert "办理下一件" in page.words
    page = leader.open("/inbox?next=transfer")
    assert page.address == f"/cases/{second}"
    leader.send("/approve")
    assert leader.open("/inbox?next=transfer").address == "/inbox", "the pile is done"
    assert leader.open("/inbox?next=nothing").address == "/inbox"


def test_whoever_has_nothing_done_is_not_led_away(door: Door) -> None:
    no = started(door)["no"]
    assert "办理下一件" not in Visitor(door, "a1:school_leader").open(f"/cases/{no}").words
    assert "办理下一件" not in Visitor(door, "a1:school_leader").open(f"/cases/{no}?done=1").words, "he has it still"


def test_whoever_goes_on_with_a_case_himself_finds_its_next_question_there(door: Door) -> None:
    """Chained: after the last signature the clerk's own next step lies open on the same page."""
    no = started(door)["no"]
    for who in ("a1:school_leader", "a2:school_leader", "k1:dept_leader"):
        door.api(who).act(no, "approve")
    clerk = Visitor(door, "a1:school_clerk")
    clerk.open(f"/cases/{no}")
    assert clerk.page.offers("/confirm_arrival")
