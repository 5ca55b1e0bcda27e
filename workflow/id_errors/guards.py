"""What stands against an answer about an ID error, or against agreeing to it, in sentences the person reads."""

from collections.abc import Iterator

from sqlalchemy import func, select

from models.cases import Case
from models.evidence import Evidence
from models.problems import ProblemSide
from workflow import key_data
from workflow.errors import Reason
from workflow.id_errors.lists import KINDS, POLICE_PAPER
from workflow.id_errors.places import spell_of
from workflow.language import DifferentPeople
from workflow.one_record import school_of, student_of
from workflow.policies import look_up
from workflow.step import Step

MANUAL = "教育部学籍系统问题学籍处理说明：号码有误的只能更正或删除；人口库比对未通过而信息无误的，可以提交佐证"
FOUR_EYES = "同一事项的申请与核办由不同人员办理（岗位分离）"


def record_is_here(step: Step) -> Iterator[Reason]:
    """The pupil may have left, or the record may have been retired, while the case was open."""
    student, spell = student_of(step), spell_of(step)
    if student.retired_at is not None:
        yield Reason("record", "block", "这条学籍记录已经注销，不需要再办理")
    elif spell is None or step.world.today_s(step.world.office(spell.school_id)).id != school_of(step).id:
        yield Reason("record", "block", "学生已不在本校在籍，不需要再办理")


def may_claim(step: Step) -> Iterator[Reason]:
    """Only what was compared with the population register can be claimed to be right (domain 4.9)."""
    barred = [kind for kind in step.subject.kinds if not KINDS[kind].claim]
    if barred:
        yield Reason("claim", "block", f"“{KINDS[barred[0]].title}”只能更正或删除，不能提交佐证", MANUAL)


def papers_for_delete(step: Step) -> Iterator[Reason]:
    yield from _papers(step, "delete")


def papers_for_correct(step: Step) -> Iterator[Reason]:
    yield from _papers(step, "correct")


def papers_for_claim(step: Step) -> Iterator[Reason]:
    yield from _papers(step, "claim")


def police_paper(step: Step) -> Iterator[Reason]:
    """The answer of the police is a paper, handed in by the department that asked."""
    if POLICE_PAPER not in _kinds_there(step, since_answer=True):
        yield Reason("C5", "block", f"请先在“材料”页上传{POLICE_PAPER}的扫描件", "公安答复须留存书面材料")


def new_paper_after_refusal(step: Step, answer: str) -> Iterator[Reason]:
    """An answer that was refused is not given again without something new."""
    refused_at = step.case.state.get("refused", {}).get(answer)
    if refused_at is None:
        return
    newest = step.session.scalar(
        select(func.max(Evidence.uploaded_at)).where(
            Evidence.case_id == step.case.id, Evidence.withdrawn_at.is_(None)
        )
    )
    if newest is None or newest.isoformat() <= refused_at:
        yield Reason("refused", "block", "主管部门没有采信上一次的材料，请补充新的材料后再提交，或改用其他办法")


def no_refused_correction(step: Step) -> Iterator[Reason]:
    yield from new_paper_after_refusal(step, "correct")


def no_refused_claim(step: Step) -> Iterator[Reason]:
    yield from new_paper_after_refusal(step, "claim")


not_your_own_answer = DifferentPeople(
    "not_your_own_answer", FOUR_EYES, (lambda step: [step.subject.answered_by], "答复由您填写，须由另一位同事核办")
)


def record_is_as_answered(step: Step) -> Iterator[Reason]:
    """Key data that changed since the school answered are looked at anew."""
    if step.subject.words.get("relied") not in (None, key_data.digest_of(student_of(step))):
        yield Reason("C8", "block", "学校答复后，学籍中的姓名、证件号等有变动，请退回学校重新核对")


def no_problem_case(step: Step) -> Iterator[Reason]:
    """Records that share a number are settled together first."""
    open_side = (
        select(Case.no)
        .join(ProblemSide, ProblemSide.case_id == Case.id)
        .where(ProblemSide.student_id == step.subject.student_id, Case.closed_at.is_(None))
    )
    if step.session.scalar(open_side.limit(1)):
        yield Reason("C3", "block", "这条学籍记录正在按问题学籍处理，办结后再处理证件号错误")


def _papers(step: Step, answer: str) -> Iterator[Reason]:
    for kind in missing_papers(step, answer):
        yield Reason("C5", "block", f"还缺材料：{kind}", look_up_papers(step)[1])


def missing_papers(step: Step, answer: str) -> list[str]:
    """Return the kinds of papers that an answer still needs (policy `id_error.evidence`); alternatives joined by 或."""
    rules = look_up_papers(step)[0][answer]
    there = _kinds_there(step)
    missing = [kind for kind in rules["all"] if kind not in there]
    if rules["any"] and not there & set(rules["any"]):
        missing.append("或".join(rules["any"]))
    return missing


def look_up_papers(step: Step) -> tuple[dict[str, dict[str, list[str]]], str]:
    """Return the list of papers for each answer, and its source."""
    rule = look_up(step.world, "id_error.evidence", school_of(step), step.today)
    return rule.value, rule.source


def _kinds_there(step: Step, since_answer: bool = False) -> set[str]:
    query = select(Evidence.kind).where(Evidence.case_id == step.case.id, Evidence.withdrawn_at.is_(None))
    if since_answer and step.subject.answered_at:
        query = query.where(Evidence.uploaded_at >= step.subject.answered_at)
    return set(step.session.scalars(query))
