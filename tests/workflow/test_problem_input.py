"""Whatever is typed into an action of a problem gets an answer in words, never an error, and changes nothing."""

from typing import Any

import pytest
from sqlalchemy import Engine

from tests.cast import Cast
from tests.dispute import Dispute
from tests.workflow.test_problem_undoing import rows
from workflow.errors import Refused, Unmet

NASTY: list[Any] = [
    None, True, False, 0, -1, 1.5, 10**30, "", "x" * 3000, "\u202e", "a\x00b", [], {}, [[]], [{}], [None], {"a": 1},
    [1, 1], {"id_number": "1"}, {"id_number": None}, {"birth_date": "2015-02-30"}, {"sex": []}, {"name": "\x07"},
    {"id_type": "1"}, ["attends_here", "attends_here"],
    [{"side": 1}], [{"side": [], "verdict": {}}], [{"side": 1, "verdict": "keep"}] * 2,
    [{"side": 1, "verdict": "merge", "into": []}, {"side": 2, "verdict": "keep"}],
    [{"side": 1, "verdict": "keep", "choices": {"name": 1}}, {"side": 2, "verdict": "close"}],
    [{"side": 1, "verdict": "correct", "corrected": 5}, {"side": 2, "verdict": "keep"}],
    [{"side": 1, "verdict": "merge", "into": 2, "choices": {"name": 7}}, {"side": 2, "verdict": "keep"}],
]  # fmt: skip
GOOD: dict[str, dict[str, Any]] = {
    "answer_delete": {"side": 1, "reason": "left", "comment": "已离校"},
    "answer_correct": {"side": 1, "corrected": {"name": "王明明"}},
    "answer_claim": {"side": 1},
    "send_inquiry": {"sides": [1], "comment": "请说明"},
    "back_to_sides": {"sides": [1], "comment": "请补"},
    "draft_ruling": {
        "verdicts": [{"side": 1, "verdict": "keep"}, {"side": 2, "verdict": "close"}],
        "reasons": ["attends_here"],
        "comment": "如上",
    },
}
ANSWERS = ("answer_delete", "answer_correct", "answer_claim")
CASES = [(action, field) for action, values in GOOD.items() for field in values if field != "comment"]


@pytest.mark.parametrize(("action", "field"), CASES)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_nothing_that_can_be_typed_is_an_error(engine: Engine, cast: Cast, action: str, field: str) -> None:
    dispute = Dispute(engine, cast).about(("a1", "王小明"), ("a2", "王晓明"))
    who = "a1:school_clerk" if action in ANSWERS else "k1:arbitrator"
    if action not in ANSWERS:
        dispute.all_claim()
    before, phase = rows(dispute), dispute.phase
    for nasty in NASTY:
        values = {**GOOD[action], field: nasty}
        if values == GOOD[action]:
            continue
        with pytest.raises(Refused):
            dispute.act(who, action, **values)
    assert (rows(dispute), dispute.phase) == (before, phase)


def test_a_merge_that_would_contradict_itself_is_refused(engine: Engine, cast: Cast) -> None:
    dispute = Dispute(engine, cast).about(("a1", "王小明"), ("a3", "王小明"), kind="near").all_claim()
    with pytest.raises(Unmet, match="合并后的内容"):
        dispute.draft("k1", {"verdict": "keep"}, {"verdict": "merge", "into": 1, "choices": {"birth_date": 2}})


def test_a_merge_into_a_record_that_is_corrected_is_judged_when_it_is_drafted(engine: Engine, cast: Cast) -> None:
    dispute = Dispute(engine, cast).about(("a1", "王小明"), ("a3", "王晓明"), kind="near").all_claim()
    other = dispute.student(2)
    for choices, corrected, why in (
        ({"birth_date": 2}, {"name": "王大明"}, "第 1 方：并入和更正之后：身份证件号里的出生日期"),
        ({"name": 2}, {"name": "王晓明"}, "第 1 方：并入和更正之后：更正内容与原记录相同"),
        ({"id_number": 2}, {"name": "王大明"}, "第 1 方：并入和更正之后：身份证件号里的出生日期"),
    ):
        merge = {"verdict": "merge", "into": 1, "choices": choices}
        with pytest.raises(Unmet, match=why):
            dispute.draft("k1", {"verdict": "correct", "corrected": corrected}, merge)
    born = other.birth_date.isoformat()
    merge = {"verdict": "merge", "into": 1, "choices": {"id_number": 2}}
    dispute.draft("k1", {"verdict": "correct", "corrected": {"birth_date": born}}, merge)
    dispute.confirm("k1")
    kept = dispute.student(1)
    assert (kept.id_number, kept.birth_date, kept.disputed) == (other.id_number, other.birth_date, False)


def test_the_surviving_record_takes_the_other_number_undisputed(engine: Engine, cast: Cast) -> None:
    """Two valid numbers of one child: the right one moves to the record that survives, whichever was made first."""
    dispute = Dispute(engine, cast).about(("a1", "王小明"), ("a2", "王小明"), kind="near").all_claim()
    other = dispute.student(2).id_number
    before = rows(dispute)
    dispute.draft("k1", {"verdict": "keep"}, {"verdict": "merge", "into": 1, "choices": {"id_number": 2}})
    dispute.confirm("k1")
    assert (dispute.student(1).id_number, dispute.student(1).disputed) == (other, False)
    assert dispute.student(2).disputed
    assert rows(dispute) != before
