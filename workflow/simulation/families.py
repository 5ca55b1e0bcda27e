"""Messages to families: how many there would have been, one for each stage that a request reached and stayed in."""

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from workflow.families import POLICY as KEY
from workflow.families import PROCESSES
from workflow.message_choices import PAUSE, not_at_night
from workflow.policies import look_up
from workflow.simulation.records import Past
from workflow.simulation.worlds import Pair, Wanted

__all__ = ("KEY", "PROCESSES", "Families")


class Families:
    """Counts the stages of each request that was sent; of several in a row a family hears the last one."""

    def __init__(self, pair: Pair, wanted: Wanted) -> None:
        self.pair, self.wanted = pair, wanted
        self.affected, self.messages = 0, [0, 0]

    def look(self, case: Past) -> None:
        if case.submitted_at is None:
            return
        office = self.pair.real.offices.get(case.applicant_org_id)
        on = [look_up(world, KEY, office, self.wanted.until).value == "on" for world in self.pair.both]
        told = _told(list(_stages(case)))
        self.affected += on[0] != on[1] and bool(told)
        self.messages = [have + told * wanted for have, wanted in zip(self.messages, on, strict=True)]

    def told(self) -> dict[str, Any]:
        present, proposed = self.messages
        return {"affected": self.affected, "messages": {"present": present, "proposed": proposed}}


def _stages(case: Past) -> Iterator[dt.datetime]:
    """Yield when each stage began since the request was sent, its end too."""
    stands: tuple[str, int] | None = None
    for item in case.questions:
        beside = "instead_of" in item.due_rule or "added" in item.due_rule
        if beside or case.submitted_at is None or item.opened_at < case.submitted_at:
            continue
        if (item.phase, item.turn) != stands:
            yield item.opened_at
        stands = item.phase, item.turn
    if case.closed_at:
        yield case.closed_at


def _told(moments: list[dt.datetime]) -> int:
    """Return of how many stages a message goes out: those that still hold when the pause after it is over."""
    lasting = sum(not_at_night(at + PAUSE) < later for at, later in pairwise(moments))
    return lasting + bool(moments)
