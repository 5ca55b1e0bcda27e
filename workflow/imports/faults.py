"""What is wrong with a cell or a row, in the words a clerk reads."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

Severity = Literal["block", "warn"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One finding. `row` and `cell` are the sheet's, `column` is the national name without ★.

    For a whole row cell and column are None.

    block: the row must not become a record. warn: the row is taken with `clean`, and the clerk is told. `shown` and
    `clean` may hold identity numbers, `message` never does.
    """

    row: int
    cell: str | None
    column: str | None
    kind: str
    severity: Severity
    message: str
    shown: str | None = None
    clean: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Problem(NamedTuple):
    """What a rule says about one cell, before it is known where the cell stands. `clean` only when it is a warning."""

    kind: str
    message: str
    severity: Severity = "block"
    clean: str | None = None


Judged = str | Problem
"""A rule answers with the value to store, or with a problem."""


def warn(kind: str, message: str, clean: str) -> Problem:
    return Problem(kind, message, "warn", clean)
