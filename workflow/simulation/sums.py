"""Numbers that add up case by case: totals, and medians from counts of whole numbers, whatever the number of cases."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Spread:
    """Whole numbers by how often they came; as large as there are different ones."""

    counts: Counter[int] = field(default_factory=Counter)

    def add(self, number: int) -> None:
        self.counts[number] += 1

    @property
    def n(self) -> int:
        return sum(self.counts.values())

    @property
    def total(self) -> int:
        return sum(number * times for number, times in self.counts.items())

    @property
    def median(self) -> float | None:
        """Return the middle number, of an even many the mean of the two in the middle; None without numbers."""
        numbers = sorted(self.counts.items())
        if not numbers:
            return None
        places = ((self.n - 1) // 2, self.n // 2)
        middle = [_at(numbers, place) for place in places]
        return sum(middle) / 2

    def told(self) -> dict[str, float | int | None]:
        return {"cases": self.n, "total": self.total, "median": self.median}


def _at(numbers: list[tuple[int, int]], place: int) -> int:
    for number, times in numbers:
        if place < times:
            return number
        place -= times
    raise IndexError(place)
