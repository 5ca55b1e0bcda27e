"""Answers given to many at once: how many lines of such orders would not be allowed any more.

An order itself is kept thirty days. The log keeps for good that one person gave the same answer in several cases at the
very same moment, and nothing but such an order does that.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, Select, and_, func, select

from models.cases import Case, CaseScope, Event
from models.people import SYSTEM_PERSON_ID
from models.session import reading
from workflow.bulk.judging import AGREEING, HANDING_ON, OTHERWISE, PROCESSES
from workflow.policies import look_up
from workflow.simulation.records import Past, there
from workflow.simulation.worlds import Pair, Wanted

KEY = "bulk.answers"
ANSWERS = (AGREEING, *OTHERWISE, HANDING_ON)


class Bulk:
    """Reads the lines of all orders together, for the lines of one lie far apart; no case is asked."""

    def __init__(self, engine: Engine, pair: Pair, wanted: Wanted) -> None:
        self.engine, self.pair, self.wanted = engine, pair, wanted

    def look(self, case: Past) -> None:
        """One case alone does not tell of an order."""

    def told(self) -> dict[str, Any]:
        lines, barred, cases = Counter[str](), Counter[str](), set[int]()
        for case, action, office in self._lines():
            present, proposed = (
                look_up(world, KEY, self.pair.real.offices.get(office), self.wanted.until).value
                for world in self.pair.both
            )
            lines[action] += 1
            if action in present and action not in proposed:
                barred[action] += 1
                cases.add(case)
        return {
            "affected": len(cases),
            "lines": lines.total(),
            "answers": {name: {"lines": lines[name], "barred": barred[name]} for name in ANSWERS if lines[name]},
        }

    def _lines(self) -> Iterator[tuple[int, str, int]]:
        """Yield case, answer and office of each line."""
        at_once = (Event.actor_id, Event.at, Event.action)
        orders = self._answers(*at_once).group_by(*at_once).having(func.count() > 1).subquery()
        same = and_(*(column == orders.c[column.key] for column in at_once))
        lines = self._answers(Event.case_id, Event.action, Event.body).join(orders, same)
        with reading(self.engine) as session:
            for case, action, body in session.execute(lines):
                yield case, action, int(body.get("office") or 0)

    def _answers(self, *columns: Any) -> Select[Any]:
        """Select from the answers that people gave in the cases of the period."""
        by_people = Event.action.in_(ANSWERS) & (Event.actor_id != SYSTEM_PERSON_ID)
        found = select(*columns).select_from(Event).join(CaseScope, CaseScope.case_id == Event.case_id)
        return found.join(Case, Case.id == Event.case_id).where(*there(self.wanted, PROCESSES), by_people)
