"""Addresses of the lists behind the numbers of a bulletin."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import url_for

from models.bulletins import Bulletin
from web.present import bulletins as presented
from web.present.bulletins import Change, Row
from workflow.statistics.bulletin_lists import BEFORE
from workflow.statistics.period import Period
from workflow.world import Office

Address = Callable[[str, str], str]
"""The address of the list of a line (empty: the sum) and a name; empty where there is none."""


def of_issued(row: Bulletin | None) -> Address:
    """Return the addresses of what an issued version kept: none for those from before lists were kept."""
    if row is None or not row.figures.get("listed"):
        return lambda line, name: ""
    return lambda line, name: _kept(row.public_id, line, name)


def of_draft(office: Office, month: Period) -> Address:
    """Return the addresses of what would be counted now."""
    known: dict[str, Any] = {"org": office.code, "month": f"{month.first:%Y-%m}"}
    return lambda line, name: url_for("bulletins.behind_draft", **known, line=line or None, of=name)


def _kept(public_id: str, line: str, name: str) -> str:
    return url_for("bulletins.behind", public_id=public_id, line=line or None, of=name)


@dataclass(frozen=True)
class Links:
    """The lists behind one version: its own (`now`), and those of the version it is compared with (`then`)."""

    figures: Row
    now: Address
    then: Address

    def behind(self, line: str, name: str) -> str:
        """Return where a number leads; nowhere for words and zeros."""
        row = self._rows().get(line)
        if not name or row is None:
            return ""
        if name.startswith(BEFORE) and not presented.length(row, name):  # then all of it is new
            name = name.removeprefix(BEFORE)
        if not presented.length(row, name):
            return ""
        before = self.figures["before"]
        if name.startswith(BEFORE) and before["number"]:  # told by the bulletin of the month before
            listed = before.get("id", "")
            return _kept(listed, line, name.removeprefix(BEFORE)) if listed else ""
        return self.now(line, name)

    def later(self, change: Change) -> str:
        """Return where the number of this version leads."""
        return self.now(change.line, change.name) if change.now and change.line is not None else ""

    def earlier(self, change: Change) -> str:
        """Return where the number of the version before leads."""
        return self.then(change.line, change.name) if change.before and change.line is not None else ""

    def _rows(self) -> dict[str, Row]:
        return {"": self.figures["total"], **{row["code"]: row for row in self.figures["lines"]}}
