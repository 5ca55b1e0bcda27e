"""Papers that an answer needs, in problems, wrong numbers and pupils without one: what lay there when it was given."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Any

from workflow.policies import look_up
from workflow.simulation.records import Past, Question
from workflow.simulation.worlds import Pair, Wanted
from workflow.transfers.guards import papers_missing
from workflow.world import World

ANSWERS: dict[str, dict[str, str]] = {
    "problem.evidence": {"answer_claim": "claim", "answer_correct": "correct", "answer_delete": "delete"},
    "id_error.evidence": {
        "request_claim": "claim",
        "request_correction": "correct",
        "request_deletion": "delete",
    },
    "no_id.evidence": {"submit": ""},
    "no_id.conversion": {"enter_number": ""},
}
"""The actions at which each list is asked for, and which part of it; none where the list has no parts."""
PROCESSES = {key: (key.partition(".")[0],) for key in ANSWERS}


class Papers:
    """Asks for the papers of each answer again, under both lists."""

    def __init__(self, pair: Pair, wanted: Wanted) -> None:
        self.pair, self.wanted = pair, wanted
        self.affected = self.answers = self.refused = self.spared = 0
        self.lacking: Counter[str] = Counter()

    def look(self, case: Past) -> None:
        touched = False
        for item, part in self._answers(case):
            present, proposed = (self._list(world, item, part) for world in self.pair.both)
            self.answers += 1
            there = self._there(case, item)
            lacked, lacks = papers_missing(present, there), papers_missing(proposed, there)
            more = [kind for kind in lacks if kind not in lacked]
            less = bool(set(present["all"]) - set(proposed["all"])) or bool(present["any"] and not proposed["any"])
            self.refused += bool(more)
            self.spared += less
            self.lacking.update(more)
            touched |= bool(more) or less
        self.affected += touched

    def told(self) -> dict[str, Any]:
        return {
            "affected": self.affected,
            "answers": self.answers,
            "refused": self.refused,
            "lacking": dict(self.lacking.most_common()),
            "spared": self.spared,
        }

    def _answers(self, case: Past) -> Iterator[tuple[Question, str]]:
        parts = ANSWERS[self.wanted.key]
        for item in case.questions:
            given = item.outcome or item.void_reason or ""
            if given in parts and item.kind in ("task", "answer"):
                yield item, parts[given]

    def _list(self, world: World, item: Question, part: str) -> dict[str, list[str]]:
        rule = look_up(world, self.wanted.key, world.offices.get(item.asked_at), self.wanted.until).value
        found: dict[str, list[str]] = rule[part] if part else rule
        return found

    def _there(self, case: Past, item: Question) -> frozenset[str]:
        """Return the kinds of papers that lay there when the answer was given; of a problem the side's own."""
        at, real = item.closed_at or dt.datetime.max.replace(tzinfo=dt.UTC), self.pair.real
        kept = (one for one in case.files if one.since <= at and (one.until is None or one.until > at))
        own = {item.asked_at, item.org_id, real.today_s(real.office(item.asked_at)).id}
        return frozenset(one.kind for one in kept if case.process != "problem" or one.office in own)
