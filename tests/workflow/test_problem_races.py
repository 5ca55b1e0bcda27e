"""Sides that answer at the same moment: all of them are heard, the last one moves the case, once (engine 2.7, M4)."""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.findings import Finding, FindingRecord
from models.session import reading, transact
from tests.cast import Cast
from tests.consistency import assert_consistent
from tests.dispute import Dispute
from tests.faulty import Faulty
from tests.statements import counted
from workflow.engine import Outcome
from workflow.errors import NotAllowed, Refused, Stale, Unacceptable
from workflow.identity import check_character
from workflow.problems import asking, opening
from workflow.world import world_of

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


def test_two_workers_at_one_finding_open_one_case(engine: Engine, cast: Cast) -> None:
    for number in range(ROUNDS // 3):
        dispute = Dispute(engine, cast)
        dispute.sequence = 100 + number * 3
        finding = dispute.found(("a1", f"王小明{number}"), ("b1", f"王晓明{number}"))
        work = partial(opening.open_found, finding_id=finding, now=dispute.now)
        opened = together([partial(transact, engine, work)] * 2)
        assert sorted(opened) == [False, True]
    assert_consistent(engine)


def test_two_officers_who_ask_for_an_undoing_at_once_are_heard_once(dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    dispute.draft("k1", {"verdict": "keep"}, {"verdict": "close"})
    dispute.confirm("k1")
    ruling = dispute.ruling().public_id

    def ask(session: Session, who: str) -> str:
        actor = dispute.cast.actor(session, who)
        return asking.ask(session, dispute.no, actor, world_of(session), ruling, "新证据", dispute.now).no

    officers = ("k1:arbitrator", "k1:dept_clerk")
    answers = together([lambda who=who: transact(dispute.engine, lambda s: ask(s, who)) for who in officers])
    assert sum(isinstance(answer, str) for answer in answers) == 1
    assert sum(isinstance(answer, Unacceptable) for answer in answers) == 1


def test_two_schools_whose_records_are_corrected_to_one_number_at_once_are_one_group(
    engine: Engine, cast: Cast
) -> None:
    """Each school's correction is a case of its own; neither waits for the other, and both records are found."""
    cases = []
    for place, (school, name) in enumerate((("a2", "王小明"), ("b1", "李小明"))):
        faulty = Faulty(engine, cast)
        faulty.sequence = 450 + place * 10
        faulty.wrong_number(school, name)
        cases.append(faulty)
    born = cases[0].student().birth_date
    first = f"990101{born:%Y%m%d}811"
    for faulty in cases:
        faulty.correct(id_number=first + check_character(first), birth_date=born.isoformat())
    acts = [
        lambda faulty=faulty, office=office: faulty.act(f"{office}:dept_leader", "approve_correction")
        for faulty, office in zip(cases, ("k1", "k2"), strict=True)
    ]
    answers = together(acts)
    assert all(isinstance(answer, Outcome) for answer in answers), answers
    with reading(engine) as session:
        finding = session.scalars(select(Finding)).one()
        members = set(session.scalars(select(FindingRecord.student_id)))
        assert (finding.kind, members) == ("id_exact", {faulty.student_id for faulty in cases})
    assert sorted(faulty.student().disputed for faulty in cases) in ([False, True], [True, True])


MOST = {"answer_claim": 5, "accept_side": 5, "draft_ruling": 8, "confirm_ruling": 10}
"""Statements of a step, the same however many records there are."""
FOR_NUMBERS = 2
"""A savepoint and its end, where records claim their numbers: an import may bring in another in that moment."""
RULED = {
    "merge": {"verdict": "merge", "into": 1},
    "close": {"verdict": "close"},
    "remove": {"verdict": "remove_number"},
    "correct": {"verdict": "correct"},
    "distinct": {"verdict": "distinct"},
}
SCHOOLS = (("a1", "b1"), ("a1", "a2", "b1", "d1", "e1"))


@pytest.mark.parametrize("ruled", RULED)
def test_a_step_of_a_problem_stays_within_its_number_of_statements(engine: Engine, cast: Cast, ruled: str) -> None:
    took: dict[str, list[int]] = {}
    for place, schools in enumerate(SCHOOLS):
        dispute = Dispute(engine, cast)
        dispute.sequence = 450 + place * 10
        kind = "nsb" if ruled == "distinct" else "id_exact"
        dispute.about(*((school, f"王小明{place}") for school in schools), kind=kind)
        with_watch(dispute, took, ruled)
    most = {**MOST, "confirm_ruling": MOST["confirm_ruling"] + FOR_NUMBERS * (ruled == "correct")}
    assert {action: numbers for action, numbers in took.items() if max(numbers) > most[action]} == {}
    assert all(numbers[0] >= numbers[-1] for numbers in took.values()), took


def with_watch(dispute: Dispute, took: dict[str, list[int]], ruled: str) -> None:
    for side in range(1, len(dispute.schools) + 1):
        dispute.claim(side)
    for side in range(1, len(dispute.schools) + 1):
        watched(dispute, took, dispute.reviewer(side), "accept_side", side=side)
    office = "city1" if len(dispute.schools) == 2 else "prov"
    first = RULED["distinct"] if ruled == "distinct" else {"verdict": "keep"}
    verdicts = [first, *(RULED[ruled] for _ in dispute.schools[1:])]
    if ruled == "correct":
        verdicts = [first, *(corrected(dispute, number) for number in range(1, len(dispute.schools)))]
    typed = [{"side": number, **verdict} for number, verdict in enumerate(verdicts, 1)]
    why = {"reasons": ["same_child"], "comment": "如上"}
    watched(dispute, took, f"{office}:arbitrator", "draft_ruling", verdicts=typed, **why)
    watched(dispute, took, f"{office}:dept_leader", "confirm_ruling")


def corrected(dispute: Dispute, number: int) -> dict[str, Any]:
    """A good number of the right day and sex that nobody has."""
    first = f"990101{dispute.student(1).birth_date:%Y%m%d}{800 + dispute.sequence % 100 * 2 + number * 2 - 1}"
    return {"verdict": "correct", "corrected": {"id_number": first + check_character(first)}}


def watched(dispute: Dispute, took: dict[str, list[int]], who: str, action: str, **values: Any) -> None:
    revision = dispute.case().revision
    with counted(dispute.engine) as seen:
        dispute.act(who, action, revision=revision, **values)
    took.setdefault(action, []).append(len(seen))
    if len(seen) > MOST[action]:
        print(action, *(" ".join(one.split())[:220] for one in seen), sep="\n    ")
