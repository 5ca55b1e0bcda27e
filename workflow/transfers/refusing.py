"""A second refusal goes up at once instead of round again (product C11; policy `refusal.second`)."""

from sqlalchemy import select

from models.cases import Case
from models.transfers import Transfer
from workflow.policies import look_up
from workflow.routing import key_of
from workflow.step import Step

LOOKED_AT = 20
"""So many earlier requests of one pupil are looked at, the latest first."""


def again(step: Step) -> bool:
    """Tell whether the office that is asked has refused this pupil's move between these two schools before."""
    rule = look_up(step.world, "refusal.second", step.world.office(step.case.applicant_org_id), step.today)
    return rule.value == "up" and (step.cache.get("refused_here", False) or bool(refused_before(step)))


def refused_before(step: Step) -> list[str]:
    """Return the numbers of earlier cases in which the office that is asked now refused the same move."""
    about, stop = step.subject, key_of(step.case.route[step.case.turn])
    if step.case.student_id is None:
        return []
    query = (
        select(Case.no, Case.state)
        .join(Transfer, Transfer.case_id == Case.id)
        .where(Case.student_id == step.case.student_id, Case.phase == "rejected", Case.id != step.case.id)
        .where(Transfer.from_school_id == about.from_school_id, Transfer.to_school_id == about.to_school_id)
        .order_by(Case.id.desc())
        .limit(LOOKED_AT)
    )
    return [no for no, state in step.session.execute(query) if stop in state.get("refusals", {})]
