"""Where a transfer asks: places that `role @ place` in the process definition names."""

from models.transfers import Transfer
from workflow.language import Place
from workflow.routing import department_of, lowest_common
from workflow.step import Step
from workflow.world import Office


def _applicant(step: Step) -> int | None:
    return int(step.case.applicant_org_id)


def _common_authority(step: Step) -> int | None:
    office = common_authority(step)
    return office.id if office else None


def _where_the_pupil_reports(step: Step) -> int | None:
    """The receiving school; for a pupil leaving the province our releasing school follows the file pull."""
    transfer: Transfer = step.subject
    return transfer.from_school_id if transfer.direction == "outgoing" else transfer.to_school_id


def common_authority(step: Step) -> Office | None:
    """Return the lowest office above both schools' departments; None when one side lies outside the province."""
    schools = [step.subject.from_school_id, step.subject.to_school_id]
    if None in schools:
        return None
    return lowest_common(step.world, [department_of(step.world, step.world.office(n)) for n in schools if n])


applicant = Place("applicant", _applicant)
common_authority_place = Place("common_authority", _common_authority)
where_the_pupil_reports = Place("where_the_pupil_reports", _where_the_pupil_reports)
