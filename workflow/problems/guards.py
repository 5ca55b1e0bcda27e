"""What stands against an answer, a review, a ruling or its confirmation, in sentences the person reads."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from sqlalchemy import select

from models.evidence import Evidence
from models.problems import ProblemSide
from models.students import Student
from workflow.errors import Reason
from workflow.language import DifferentPeople
from workflow.policies import look_up
from workflow.problems.facts import latest_ruling, raised, records, school_of, side_of, sides_of
from workflow.step import Step

ONE_STEP_ONE_PERSON = "同一事项的申请与核办、前后环节由不同人员办理（岗位分离）"
SEPARATE = "仲裁由经办、拟定、复核三名不同人员办理，审核过任何一方的人员不得参与裁定"


def papers_for_delete(step: Step) -> Iterator[Reason]:
    yield from _papers(step, "delete")


def papers_for_correct(step: Step) -> Iterator[Reason]:
    yield from _papers(step, "correct")


def papers_for_claim(step: Step) -> Iterator[Reason]:
    yield from _papers(step, "claim")


def missing_papers(step: Step, side: ProblemSide, answer: str) -> list[str]:
    """Return the kinds of papers that an answer still needs (policy `problem.evidence`); alternatives joined by 或."""
    office = step.world.offices.get(side.school_id or 0)
    rules: dict[str, Any] = look_up(step.world, "problem.evidence", office, step.today).value[answer]
    there = {paper.kind for paper in papers_of(step, side)}
    missing = [kind for kind in rules["all"] if kind not in there]
    if rules["any"] and not there & set(rules["any"]):
        missing.append("或".join(rules["any"]))
    return missing


def papers_of(step: Step, side: ProblemSide) -> list[Evidence]:
    """Return what the side's school (or the one it was merged into) handed in and did not take back."""
    return [paper for paper in _of_side(step, side) if paper.withdrawn_at is None]


def withdrawn_by(step: Step, side: ProblemSide) -> list[Evidence]:
    """Return what the side took back and handed in nothing of the same kind for, the latest of each kind."""
    there = {paper.kind for paper in papers_of(step, side)}
    gone = {paper.kind: paper for paper in _of_side(step, side) if paper.withdrawn_at and paper.kind not in there}
    return list(gone.values())


def _of_side(step: Step, side: ProblemSide) -> list[Evidence]:
    school = school_of(step.world, side)
    here = {side.school_id, school.id if school else None}
    return [paper for paper in every_paper(step) if paper.org_id in here]


def every_paper(step: Step) -> list[Evidence]:
    """Return every paper of the case, those taken back too, the oldest first. One statement for each step."""
    if "papers" not in step.cache:
        query = select(Evidence).where(Evidence.case_id == step.case.id)
        step.cache["papers"] = list(step.session.scalars(query.order_by(Evidence.id)))
    found: list[Evidence] = step.cache["papers"]
    return found


def _answered(step: Step) -> list[int | None]:
    """Who answered for the side in question, though he may hold both posts."""
    return [side_of(step).answered_by] if step.item else []


def _reviewed(step: Step) -> list[int]:
    return list(step.case.state.get("reviews", {}).get(str(side_of(step).no), [])) if step.item else []


not_your_own_answer = DifferentPeople(
    "not_your_own_answer",
    ONE_STEP_ONE_PERSON,
    (_answered, "答复由您填写，须由另一位同事审核"),
    (_reviewed, "您已在前一级审核过，须由他人审核"),
)


def number_is_free(step: Step) -> Iterator[Reason]:
    """A corrected number may not be another record's (recheck, domain 4.10 row 3); says nothing about whose."""
    if step.item is None:
        return
    side = side_of(step)
    if side.answer == "correct" and _taken(step, side, side.words.get("corrected", {}).get("id_number")):
        yield Reason("recheck", "block", "更正后的号码在查重中没有通过，请退回学校核对", "更正后须再次查重")


def _hands(step: Step) -> set[int | None]:
    """Whoever answered for a side or reviewed one."""
    sides, reviews = sides_of(step), step.case.state.get("reviews", {}).values()
    return {side.answered_by for side in sides} | {side.reviewed_by for side in sides} | set(chain(*reviews))


def _drafter(step: Step) -> list[int | None]:
    ruling = latest_ruling(step)
    return [ruling.drafted_by] if ruling else []


_TOOK_PART = (_hands, "您答复或审核过其中一方，须由他人裁定")
took_no_part = DifferentPeople("took_no_part", SEPARATE, _TOOK_PART)
did_not_draft = DifferentPeople(
    "did_not_draft", SEPARATE, _TOOK_PART, (_drafter, "裁定由您拟定，须由另一位同事复核")
)


def records_are_as_ruled(step: Step) -> Iterator[Reason]:
    """A record that changed after the draft is judged anew."""
    ruling = latest_ruling(step)
    if ruling is None:
        return
    now = records(step)
    for number, version in ruling.words.get("versions", {}).items():
        student = now.get(int(number))
        if student is None or student.version != version:
            yield Reason("C8", "block", f"第 {number} 方的学籍记录在拟定裁定后有变动，请退回重新拟定")


def may_object(step: Step) -> Iterator[Reason]:
    """Once for each side, with a paper handed in after the ruling, and only while somebody stands above."""
    if step.item is None:
        return
    ruling, side = latest_ruling(step), side_of(step)
    if ruling is None or ruling.confirmed_at is None:
        return
    if not any(paper.uploaded_at > ruling.confirmed_at for paper in papers_of(step, side)):
        yield Reason("objection", "block", "提出异议须先上传新的佐证材料", "裁定后五个工作日内可凭新证据提出一次异议")
    office = step.world.office(ruling.office_id)
    if raised(step, office, 1).id == office.id:
        yield Reason("objection", "block", "裁定已由省级部门作出，上面没有可以复议的部门")


def _papers(step: Step, answer: str) -> Iterator[Reason]:
    if step.item is None:
        return
    for kind in missing_papers(step, side_of(step), answer):
        yield Reason("C5", "block", f"还缺材料：{kind}", "按答复种类提交的佐证材料清单")


def _taken(step: Step, side: ProblemSide, number: str | None) -> bool:
    if not number:
        return False
    others = select(Student.id).where(Student.id_number.matches(number), Student.id != side.student_id)
    return step.session.scalar(others.where(Student.retired_at.is_(None)).limit(1)) is not None
