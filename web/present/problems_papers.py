"""The papers of a problem on its pages: what was issued and may be read, and what the viewer may have issued."""

from collections.abc import Mapping
from typing import Any

from flask import url_for

from models.certificates import Certificate
from models.problems import ProblemSide
from web.formats import full_day
from web.pages.problem_parts import Chip, IssuedPaper, PaperToIssue
from web.paper_facts_of import KINDS
from workflow.problems import paper_kinds, papers
from workflow.problems.facts import latest_ruling, school_of, sides_of
from workflow.step import Step

HINTS = {
    paper_kinds.COVER: "连同签字盖章的纸质材料送主管部门",
    paper_kinds.WAIVER: "监护人不要求转接学籍时打印签署，扫描后上传",
}
STATES = {"superseded": Chip("已更新", "amber"), "revoked": Chip("已作废", "red")}


def issued(step: Step, side: int | None = None) -> tuple[IssuedPaper, ...]:
    """Return the papers the viewer may read, the latest first: of one side, or of all."""
    found = [one for one in _of_case(step) if papers.may_see(step, one)]
    return tuple(_told(step, one) for one in found if side is None or one.facts["side"] == side)


def to_issue(step: Step, side: ProblemSide, key: str, around: Mapping[str, str]) -> tuple[PaperToIssue, ...]:
    """Return the papers that a school may have issued about its record."""
    place: dict[str, Any] = {"no": step.case.no, **around}
    return tuple(
        PaperToIssue(
            KINDS[kind], HINTS[kind], url_for("problems.issue", kind=kind, **place), f"{key}-{kind}-{side.no}", side.no,
            papers.obstacle(step, side, kind),
        )
        for kind in papers.ASKED_FOR
    )  # fmt: skip


def being_issued(step: Step) -> bool:
    """Tell whether a ruling stands whose papers the worker has not made yet."""
    ruling = latest_ruling(step)
    if ruling is None or ruling.confirmed_at is None or ruling.undone_at or ruling.basis not in paper_kinds.RULED:
        return False
    return not any(one.kind == paper_kinds.RULING and one.state == "valid" for one in _of_case(step))


def _of_case(step: Step) -> list[Certificate]:
    if "issued" not in step.cache:
        step.cache["issued"] = papers.of_case(step.session, step.case.id)
    found: list[Certificate] = step.cache["issued"]
    return found


def _told(step: Step, paper: Certificate) -> IssuedPaper:
    return IssuedPaper(
        word=KINDS[paper.kind],
        number=paper.number,
        url=url_for("certificates.show", public_id=paper.public_id),
        note=f"{_whose(step, paper.facts['side'])}{full_day(paper.issued_at)}",
        state=STATES.get(paper.state),
    )


def _whose(step: Step, number: int) -> str:
    """Say which side a paper is for, to who reads those of several."""
    if not number:
        return "全案，存档 "
    side = next((one for one in sides_of(step) if one.no == number), None)
    school = school_of(step.world, side) if side else None
    return f"{school.name} " if school and school.id not in step.actor.org_ids else ""
