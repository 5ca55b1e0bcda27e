"""Spans of days that explain a curve: when requests are taken in, and when they are not."""


from workflow.counting import FREEZES, Span, spans
from workflow.policies import look_up
from workflow.statistics.period import DAY, Period
from workflow.transfers.terms import in_window
from workflow.world import Office, World


def freezes(world: World, office: Office, period: Period) -> list[Span]:
    """Return the days of the period on which the office takes no transfers in (policy `transfer.freezes`)."""
    found = [(max(first, period.first), min(last, period.last)) for first, last in spans(world, FREEZES, office, None)]
    return [(first, last) for first, last in found if first <= last]


def windows(world: World, office: Office, period: Period) -> list[Span]:
    """Return the days of the period that lie in a yearly window (policy `transfer.windows`, as it holds at the end)."""
    yearly = look_up(world, "transfer.windows", office, period.last).value
    found: list[Span] = []
    for number in range((period.last - period.first).days + 1):
        day = period.first + number * DAY
        if not any(in_window(day, window) for window in yearly):
            continue
        if found and found[-1][1] == day - DAY:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
