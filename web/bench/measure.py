"""Interleaved rounds, medians with their spread, and ratios inside one run."""

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Series:
    """Steps a second of one contender, one number a round."""

    name: str
    rounds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    def as_json(self, limit: "Series | None" = None) -> dict[str, Any]:
        found: dict[str, Any] = {
            "median": round(self.median, 1),
            "spread": [round(min(self.rounds), 1), round(max(self.rounds), 1)],
        }
        if limit is not None and limit is not self:
            found["of_limit"] = round(self.median / limit.median, 3)
        return found


def interleaved(contenders: Iterable[tuple[str, Callable[[], float]]], rounds: int) -> dict[str, Series]:
    """Let every contender run once in each round, so that a slow moment of the machine hits all of them."""
    runs = list(contenders)
    found = {name: Series(name) for name, _ in runs}
    for _ in range(rounds):
        for name, run in runs:
            found[name].rounds.append(run())
    return found


def per_second(work: Callable[[], int]) -> float:
    """Return how many units `work` did a second; it returns their number."""
    start = time.perf_counter()
    done = work()
    return done / (time.perf_counter() - start)
