"""Several who sign for one office: when their answers would have decided under each manner of signing.

Everybody is taken to need as many working days as he really needed. Where nobody knows how long somebody would have
needed, because he never answered, nothing is said but how many such questions there are.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from models.people import SYSTEM_PERSON_ID
from workflow.calendar import day_of
from workflow.manners import TURN, Manner
from workflow.policies import look_up
from workflow.routing import manner_of
from workflow.simulation.records import Past, Question
from workflow.simulation.sums import Spread
from workflow.simulation.worlds import Pair, Wanted
from workflow.world import Office

KEYS = ("signing.school", "signing.department")
PROCESSES = ("transfer",)
ANSWERS = ("approve", "refuse")


class Answer(NamedTuple):
    """What one signer said, and the working days he took for it."""

    role: str
    days: int
    agreed: bool


class Signatures:
    """Lets the answers that were given decide anew, in the manner of each world."""

    def __init__(self, pair: Pair, wanted: Wanted) -> None:
        self.pair, self.wanted = pair, wanted
        self.affected = self.questions = self.unknown = self.most_added = 0
        self.saved = Spread()

    def look(self, case: Past) -> None:
        """Count the questions of one transfer that an office signed, or would have signed, in another manner."""
        touched, measured, saved = False, False, 0
        for office, items in self._asked(case):
            found = self._both(office, items)
            if found is None:
                continue
            touched = True
            self.questions += 1
            if None in found:
                self.unknown += 1
                self.most_added += int(look_up(self.pair.proposed, "node.transfer", office, self.wanted.until).value)
                continue
            measured = True
            saved += found[0] - found[1]  # type: ignore[operator]  # both are known here
        self.affected += touched
        if measured:
            self.saved.add(saved)

    def told(self) -> dict[str, Any]:
        return {
            "affected": self.affected,
            "questions": self.questions,
            "days_saved": self.saved.told(),
            "unknown": self.unknown,
            "days_added_at_most": self.most_added,
        }

    def _asked(self, case: Past) -> list[tuple[Office, list[Question]]]:
        """Return what each office that the rule is about was asked in a phase; added signers are no part of it."""
        found: dict[tuple[str, int], list[Question]] = {}
        for item in case.questions:
            office = self.pair.real.offices.get(item.asked_at)
            if item.kind != "decide" or "added" in item.due_rule or "instead_of" in item.due_rule or office is None:
                continue
            if self.wanted.key == f"signing.{'school' if office.is_school else 'department'}":
                found.setdefault((item.phase, office.id), []).append(item)
        return [(self.pair.real.office(number), items) for (_, number), items in found.items()]

    def _both(self, office: Office, items: list[Question]) -> tuple[int | None, int | None] | None:
        """Return after how many working days the office had decided in each world; None where nothing is different."""
        rules = [look_up(world, self.wanted.key, office, self.wanted.until).value for world in self.pair.both]
        if rules[0] == rules[1]:
            return None
        alone = len(items) == 1 and all(one["asked"] == "desk" and manner_of(one).least == 1 for one in rules)
        if alone:
            return None
        known = [self._answer(office, item) for item in items if self._answered(item)]
        silent = len(items) - len(known)
        if any(item.outcome == "return" for item in items) or rules[1]["asked"] == "each" != rules[0]["asked"]:
            return None, None  # whoever was asked again, or would have been asked as well, is not known
        found = [after(_at_desks(known) if one["asked"] == "desk" else known, silent, manner_of(one)) for one in rules]
        return found[0], found[1]

    def _answered(self, item: Question) -> bool:
        return item.outcome in ANSWERS and item.closed_by not in (None, SYSTEM_PERSON_ID) and item.closed_at is not None

    def _answer(self, office: Office, item: Question) -> Answer:
        assert item.closed_at is not None  # whoever answered did so at some time
        days = self.pair.real.calendar(office).working_days_between(day_of(item.opened_at), day_of(item.closed_at))
        paused = int(item.due_rule.get("paused", 0))
        return Answer(item.queue.partition(":")[2], max(0, days - paused), item.outcome == "approve")


def after(answers: list[Answer], silent: int, manner: Manner) -> int | None:
    """Return after how many working days the answers decide; None where that hangs on whoever never answered."""
    agreed = refused = spent = 0
    in_order = answers if manner.code == TURN else sorted(answers, key=lambda answer: answer.days)
    for answer in in_order:
        agreed, refused = agreed + answer.agreed, refused + (not answer.agreed)
        spent = spent + answer.days if manner.code == TURN else answer.days
        if manner.verdict(agreed, refused, len(answers) + silent - agreed - refused) is not None:
            return spent
    return None


def _at_desks(answers: Iterable[Answer]) -> list[Answer]:
    """Return the first answer of each desk: anybody there speaks for it."""
    first: dict[str, Answer] = {}
    for answer in answers:
        if answer.role not in first or answer.days < first[answer.role].days:
            first[answer.role] = answer
    return list(first.values())
