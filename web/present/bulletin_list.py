"""The list behind a number of a bulletin: what was counted, with what has become of it. Pupils are masked.

A line that the viewer may not see any more (its office stands below another one now) is counted and not named.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from web.pages.statistics import ListedQuestion, ListedRecord, ListPage, RecordsPage
from web.present import bulletins as presented
from web.present import statistics_list as listed
from web.present.bulletin_links import Address
from web.views import Empty, Pager
from workflow.statistics import listing, places
from workflow.statistics.bulletin_lists import BEFORE, NAMES, TOTAL, Entry, is_of_records
from workflow.statistics.period import Period, month_before
from workflow.step import Actor
from workflow.world import Office, World

PAGE = listed.PAGE
MOST = 10_000_000
"""No list is so long that an address could lead farther."""
WORDS = {**presented.WHATS, "owed": "应办"}
NOT_NAMED = "不列出"
EMPTY = Empty("没有符合条件的事项", "数字可能刚刚变了；回到通报可以再看一次。")
MOVED, GONE = "现不归您的单位管理", "记录已不在"


@dataclass(frozen=True)
class Asked:
    """Which list: the code of its line (empty: the sum), its name, and after how many lines the page begins."""

    line: str
    name: str
    start: int = 0


def asked(told: Mapping[str, str]) -> Asked | None:
    """Return what an address asks for; None for what no number leads to."""
    start = told.get("from", "0")
    known = told.get("of", "") in NAMES and start.isascii() and start.isdigit() and len(start) <= 8
    if not known or int(start) > MOST:
        return None
    return Asked(told.get("line", TOTAL)[:20], told["of"], int(start))


def on_page(wanted: Asked, entries: Sequence[Entry]) -> Sequence[Entry]:
    """Return the part of a list that stands on the page."""
    return entries[wanted.start : wanted.start + PAGE]


@dataclass(frozen=True)
class Behind:
    """One list on its page: whose it is, how long, and how its addresses go on."""

    office: Office
    month: Period
    wanted: Asked
    total: int
    state: str
    """Whether the list was kept or is counted now, in words."""
    back: tuple[str, str]
    """Word and address of the bulletin."""
    here: Address


def questions(
    behind: Behind, numbers: Sequence[Entry], found: Sequence[listing.Entry], actor: Actor, world: World, today: dt.date
) -> ListPage:
    """Return one page of questions; `numbers` are those of the page, `found` what is known of them now."""
    known = {entry.id: entry for entry in found}

    def row(number: Entry) -> ListedQuestion:
        entry = known.get(number) if isinstance(number, int) else None
        if entry is None or not places.may_see(actor, world, world.office(entry.org_id)):
            return ListedQuestion("", NOT_NAMED, "", "", MOVED if entry else GONE, "", None)
        return listed.row(world, entry, today)

    return ListPage(**_frame(behind, world), rows=tuple(map(row, numbers)))


def records(
    behind: Behind, numbers: Sequence[Entry], found: Sequence[listing.RecordEntry], actor: Actor, world: World
) -> RecordsPage:
    """Return one page of records."""
    known = {(entry.case_id, entry.side): entry for entry in found}

    def row(number: Entry) -> ListedRecord:
        entry = known.get(number) if isinstance(number, tuple) else None
        if entry is None or not places.may_see(actor, world, world.office(entry.org_id)):
            return ListedRecord("", NOT_NAMED, "", MOVED if entry else GONE, "", "")
        return listed.record_row(world, entry)

    return RecordsPage(**_frame(behind, world), rows=tuple(map(row, numbers)))


def _frame(behind: Behind, world: World) -> dict[str, Any]:
    wanted, month = behind.wanted, behind.month
    earlier = wanted.name.startswith(BEFORE)
    month = month_before(month.first) if earlier else month
    line = world.by_code.get(wanted.line)
    whose = behind.office.name if line is None else f"{line.name}（本级）" if line.id == behind.office.id else line.name
    following, start = wanted.start + PAGE, behind.here(wanted.line, wanted.name)
    last = min(following, behind.total)
    many = behind.total > PAGE
    return {
        "title": f"{whose}：{presented.month_word(month)}{WORDS[wanted.name.removeprefix(BEFORE)]}",
        "narrowed": f"共 {behind.total:,} {'条' if is_of_records(wanted.name) else '件'}；{behind.state}",
        "back": behind.back[0],
        "back_url": behind.back[1],
        "pager": Pager(
            next_url=f"{start}&from={following}" if following < behind.total else "",
            first_url=start if wanted.start else "",
            shown=f"第 {wanted.start + 1:,}—{last:,}，共 {behind.total:,}" if many else "",
        ),
        "empty": EMPTY,
    }
