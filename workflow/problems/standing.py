"""Records as a new ruling finds them: while an earlier one stands, as they will be once that one is taken back.

An objection, or a school that answers anew, leads to a second ruling while the first is still in force (domain 4.10,
row 10). What is offered, judged, shown and carried out then all starts from the records before the first ruling.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from models.problems import Ruling
from models.students import Student
from workflow.problems import images
from workflow.problems.facts import records, rulings, sides_of
from workflow.problems.images import Conflict
from workflow.step import Step


@dataclass(frozen=True)
class Before:
    """What a new ruling starts from. `rows` are copies of what the earlier one changed, by table and number."""

    ruling: Ruling | None = None
    rows: Mapping[tuple[str, int], Any] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    """What was changed since the earlier ruling, and stays as it is."""

    @property
    def reopened(self) -> frozenset[int]:
        """Spells that the earlier ruling ended and that are open again."""
        spells = {number: row for (table, number), row in self.rows.items() if table == "enrolment"}
        return frozenset(number for number, row in spells.items() if row.ended_on is None)


def in_force(step: Step) -> list[Ruling]:
    """Return the rulings that are carried out and not taken back, the oldest first: one at most."""
    return [one for one in rulings(step) if one.confirmed_at is not None and one.undone_at is None]


def before(step: Step) -> Before:
    """Return what a new ruling starts from. Two statements while an earlier one stands, else none."""
    if "before" not in step.cache:
        earlier = next(iter(in_force(step)), None)
        step.cache["before"] = _before(step, earlier) if earlier is not None else Before()
    found: Before = step.cache["before"]
    return found


def as_judged(step: Step) -> dict[int, Student]:
    """Return the records of the sides by side, as a new ruling finds them. Those are for reading only."""
    places = {side.student_id: side.no for side in sides_of(step)}
    back = {places[number]: row for (table, number), row in before(step).rows.items()
            if table == "student" and number in places}  # fmt: skip
    return {**records(step), **back}


def _before(step: Step, earlier: Ruling) -> Before:
    query = images.with_rows(select(Ruling.id).where(Ruling.id == earlier.id))
    found = images.seen(step.session.execute(query).all())
    rows = images.as_restored(found)
    conflicts = [*images.conflicts_of(found), *images.disputed_again(step.session, rows)]
    return Before(earlier, rows, tuple(dict.fromkeys(conflicts)))
