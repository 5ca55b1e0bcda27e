"""Sides that answer at the same moment: all of them are heard, the last one moves the case, once (engine 2.7, M4)."""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine

from tests.cast import Cast
from tests.consistency import assert_consistent
from tests.dispute import Dispute
from tests.statements import counted
from workflow.engine import Outcome
from workflow.errors import NotAllowed, Refused, Stale

ROUNDS, ALL_ROUNDS = 12, 100
NAMES = itertools.count(1)


@pytest.fixture
def dispute(engine: Engine, cast: Cast) -> Dispute:
    return Dispute(engine, cast)


def together(acts: list[Callable[[], object]]) -> list[object]:
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        start.wait(10)
        try:
            return act()
        except Refused as refused:
            return refused

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(60) for future in [pool.submit(run, act) for act in acts]]


def test_three_reviews_at_once_are_all_heard_and_the_case_moves_once(engine: Engine, cast: Cast, deep: bool) -> None:
    for number in range(ALL_ROUNDS if deep else ROUNDS):
        dispute = Dispute(engine, cast)
        first = next(NAMES)
        dispute.sequence = 100 + number * 3
        dispute.about(*((school, f"王小明{first}{place}") for place, school in enumerate(("a1", "b1", "d1"))))
        for side in (1, 2, 3):
            dispute.claim(side)
        seen = dispute.case().revision
        acts = [
            lambda side=side, dispute=dispute, seen=seen: dispute.act(
                dispute.reviewer(side), "accept_side", side=side, revision=seen
            )
            for side in (1, 2, 3)
        ]
        answers = together(acts)
        assert all(isinstance(answer, Outcome) for answer in answers), answers
        assert dispute.phase == "arbitration"
    assert_consistent(engine)


def test_the_same_side_answers_once_whoever_is_faster(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明"))
    dispute.paper("a1")
    seen = dispute.case().revision
    acts = [
        lambda: dispute.act("a1:school_clerk", "answer_claim", side=1, revision=seen),
        lambda: dispute.act("a1:school_clerk", "answer_delete", side=1, reason="left", comment="已离校", revision=seen),
    ]
    answers = together(acts)
    assert sum(isinstance(answer, Outcome) for answer in answers) == 1
    assert sum(isinstance(answer, NotAllowed | Stale) for answer in answers) == 1


def test_another_side_makes_nobodys_page_stale_but_a_question_asked_anew_does(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明"))
    seen = dispute.case().revision
    dispute.claim(2)
    dispute.paper("a1")
    dispute.act("a1:school_clerk", "answer_claim", side=1, revision=seen)
    dispute.act("k1:dept_clerk", "return_side", side=1, comment="请补盖章")
    with pytest.raises(Stale) as stale:
        dispute.act("a1:school_clerk", "answer_claim", side=1, revision=seen)
    assert not stale.value.actor, "nothing is said about who acted: it may have been another side"


MOST = {"answer_claim": 5, "accept_side": 5, "draft_ruling": 7, "confirm_ruling": 10}
"""Statements of a step, the same however many records there are."""


def test_a_step_of_a_problem_stays_within_its_number_of_statements(engine: Engine, cast: Cast) -> None:
    took: dict[str, list[int]] = {}
    for place, schools in enumerate((("a1", "b1"), ("a1", "a2", "b1", "d1", "e1"))):
        dispute = Dispute(engine, cast)
        dispute.sequence = 450 + place * 10
        dispute.about(*((school, f"王小明{place}{at}") for at, school in enumerate(schools)))
        with_watch(dispute, took)
    assert {action: numbers for action, numbers in took.items() if max(numbers) > MOST[action]} == {}
    assert all(numbers[0] >= numbers[-1] for numbers in took.values()), took


def with_watch(dispute: Dispute, took: dict[str, list[int]]) -> None:
    for side in range(1, len(dispute.schools) + 1):
        dispute.claim(side)
    for side in range(1, len(dispute.schools) + 1):
        revision = dispute.case().revision
        with counted(dispute.engine) as seen:
            dispute.act(dispute.reviewer(side), "accept_side", side=side, revision=revision)
        took.setdefault("accept_side", []).append(len(seen))
    office = "city1" if len(dispute.schools) == 2 else "prov"
    others = [{"verdict": "close"} for _ in dispute.schools[1:]]
    revision = dispute.case().revision
    typed = [{"side": number, **verdict} for number, verdict in enumerate([{"verdict": "keep"}, *others], 1)]
    with counted(dispute.engine) as seen:
        dispute.act(
            f"{office}:arbitrator", "draft_ruling", verdicts=typed, reasons=["same_child"], comment="如上",
            revision=revision,
        )  # fmt: skip
    took.setdefault("draft_ruling", []).append(len(seen))
    revision = dispute.case().revision
    with counted(dispute.engine) as seen:
        dispute.act(f"{office}:dept_leader", "confirm_ruling", revision=revision)
    took.setdefault("confirm_ruling", []).append(len(seen))
