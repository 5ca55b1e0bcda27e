"""Addresses on the pages of figures: they stay with an office and a period."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from workflow.statistics.period import Period
from workflow.world import Office


@dataclass(frozen=True)
class Links:
    """Addresses that stay with a period."""

    period: Period

    def page(self, office: Office, tab: str = "", **more: str) -> str:
        """Return the address of a tab of an office."""
        asked: dict[str, Any] = {"org": office.code, "tab": tab or None, **self._days(), **more}
        return url_for("statistics.show", **asked)

    def behind(self, office: Office, of: str, *, own: bool = False, **narrowed: Any) -> str:
        """Return the address of the list behind a number of an office, with all below it or of its own desk."""
        kept = {name: value for name, value in narrowed.items() if value not in (None, "")}
        asked: dict[str, Any] = {"org": office.code, "of": of, "own": "1" if own else None, **self._days(), **kept}
        return url_for("statistics.behind", **asked)

    def _days(self) -> dict[str, Any]:
        if self.period.key == "free":
            return {"period": "free", "from": self.period.first.isoformat(), "to": self.period.last.isoformat()}
        return {"period": self.period.key if self.period.key != "month" else None}
