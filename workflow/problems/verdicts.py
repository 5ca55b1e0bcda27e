"""What is ruled about the records of a group: one verdict each. Whether it may be so says workflow.problems.judging."""

from dataclasses import dataclass, field, replace
from typing import Any

from workflow.problems.facts import sides_of, stands_open
from workflow.problems.lists import KEEPING
from workflow.step import Step

CHOOSABLE = ("name", "sex", "birth_date", "id_number", "record_no", "ethnicity", "nationality", "details")
"""Fields that a merge may take from either record; a choice names the side it comes from."""


@dataclass(frozen=True)
class Verdict:
    """What becomes of one record. `choices` name for each field of a merge the side whose value survives."""

    side: int
    verdict: str
    into: int | None = None
    choices: dict[str, int] = field(default_factory=dict)
    corrected: dict[str, Any] = field(default_factory=dict)

    @property
    def goes_on(self) -> bool:
        return self.verdict in KEEPING

    def stored(self) -> dict[str, Any]:
        """Return what may stand in the ruling in plain: everything but corrected values."""
        plain: dict[str, Any] = {"side": self.side, "verdict": self.verdict}
        if self.into:
            plain |= {"into": self.into, "choices": self.choices}
        return plain


def typed(value: list[dict[str, Any]]) -> list[Verdict]:
    """Return verdicts as they were typed (and found good)."""
    return [
        Verdict(one["side"], one["verdict"], one.get("into"), one.get("choices") or {}, one.get("corrected") or {})
        for one in value
    ]


def of_ruling(verdicts: list[dict[str, Any]], words: dict[str, Any]) -> list[Verdict]:
    """Return the verdicts of a stored ruling, with what is to be corrected."""
    corrected = words.get("corrected", {})
    return [replace(one, corrected=corrected.get(str(one.side), {})) for one in typed(verdicts)]


def from_answers(step: Step) -> list[Verdict]:
    """Return what the accepted answers of the sides amount to, when at most one of them still claims."""
    found = []
    for side in sides_of(step):
        if side.school_id is None:
            continue
        if stands_open(step, side):
            found.append(Verdict(side.no, "keep"))
        elif side.answer == "delete":
            found.append(Verdict(side.no, "close"))
        else:
            found.append(Verdict(side.no, "correct", corrected=side.words.get("corrected", {})))
    return found
