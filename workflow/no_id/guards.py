"""What stands against the steps of a pupil without number, in sentences the person reads."""

from collections.abc import Iterator

from sqlalchemy import select

from models.evidence import Evidence
from workflow.errors import Reason
from workflow.language import DifferentPeople
from workflow.no_id.places import family_of, room_of
from workflow.one_record import school_of, student_of
from workflow.policies import look_up
from workflow.step import Step

FOUR_EYES = "同一事项的申请与核办由不同人员办理（岗位分离）"


def pupil_is_here(step: Step) -> Iterator[Reason]:
    student, found = student_of(step), room_of(step)
    if student.retired_at is not None:
        yield Reason("record", "block", "这条学籍记录已经注销，不需要再办理")
    elif found is None or step.world.today_s(step.world.office(found[0].school_id)).id != school_of(step).id:
        yield Reason("record", "block", "学生已不在本校在籍，不需要再办理")


def still_without_number(step: Step) -> Iterator[Reason]:
    if student_of(step).id_number_index is not None:
        yield Reason("number", "block", "学籍中已有身份证件号，不需要再办理证明")


def guardian_has_number(step: Step) -> Iterator[Reason]:
    """At least one guardian's own number must be known (domain 4.12)."""
    if not any(one.is_guardian and one.id_number_index for one in family_of(step)):
        message = "至少要有一位监护人的身份证件号，请先在学籍中补充"
        yield Reason("guardian", "block", message, "无身份证号学生须登记至少一位监护人的身份证件号")


def signed_form_is_there(step: Step) -> Iterator[Reason]:
    yield from _papers(step, "no_id.evidence")


def papers_for_conversion(step: Step) -> Iterator[Reason]:
    yield from _papers(step, "no_id.conversion")


not_your_own_entry = DifferentPeople(
    "not_your_own_entry", FOUR_EYES, (lambda step: [step.subject.answered_by], "证件号由您填报，须由另一位同事核实")
)


def missing_papers(step: Step, policy: str) -> list[str]:
    """Return the kinds of papers that are still to come (policy `no_id.evidence` or `no_id.conversion`)."""
    rule = look_up(step.world, policy, school_of(step), step.today).value
    query = select(Evidence.kind).where(Evidence.case_id == step.case.id, Evidence.withdrawn_at.is_(None))
    there = set(step.session.scalars(query))
    missing = [kind for kind in rule["all"] if kind not in there]
    if rule["any"] and not there & set(rule["any"]):
        missing.append("或".join(rule["any"]))
    return missing


def _papers(step: Step, policy: str) -> Iterator[Reason]:
    source = look_up(step.world, policy, school_of(step), step.today).source
    for kind in missing_papers(step, policy):
        yield Reason("C5", "block", f"还缺材料：{kind}（在“材料”页上传）", source)
