"""What the clerk and the family keep after sending: number, schools, and which office answers by when."""

from flask import url_for

from web.pages.cases import Paper
from web.pages.transfers import ReceiptPage
from web.present import ball, route
from workflow import counting
from workflow.step import Step


def page(step: Step) -> ReceiptPage | None:
    """Return the receipt of a request that was sent; None while nobody outside the clerk's desk has it."""
    case, about, item = step.case, step.subject, ball.holding(step)
    if about is None or case.phase == "draft" or case.submitted_at is None or item is None:
        return None
    due = counting.last_day(item)
    if due is None:
        return None
    outside = (about.outside or {}).get("school", "")
    stations = route.stations(step)
    expected = [station.expected for station in stations if station.expected]
    return ReceiptPage(
        no=case.no,
        child=about.name,
        origin=step.world.name(about.from_school_id) or outside,
        target=step.world.name(about.to_school_id) or outside,
        sent_at=case.submitted_at,
        next_holder=step.world.name(item.org_id),
        due=due,
        route=stations,
        expected_end=max(expected, default=None),
        papers=(Paper("转学申请表", url_for("cases.form", no=case.no)),),
    )
