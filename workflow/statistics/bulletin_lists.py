"""The lists behind the numbers of a bulletin: as they are now for a draft, as they were for what was issued.

What was counted changes afterwards: questions are answered, last days move, offices are merged. So whoever issues a
bulletin keeps, beside each number, what it was counted from, and the number is the length of that list.

Names of lists are those of numbers (bulletin_figures.COMPARED), `owed` for what was to be decided, and the same with
`before_` for the month before, where that was counted anew. What stands under `longest` is the first of `late`.
"""

import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bulletins import Bulletin, BulletinList
from models.text import dumps
from workflow.statistics import counting, monthly, places
from workflow.statistics.bulletin_figures import Counted, Row, arranged, latest, limits_of
from workflow.statistics.counting import Lines
from workflow.statistics.monthly import Month
from workflow.statistics.period import Period, month_before
from workflow.world import Office, World

RECORDS = ("records", "old_records")
KEPT = ("came", "done", "in_time", "late", "long_late", "old", *RECORDS)
BEFORE_KEPT = ("done", "late", "records")
"""What is compared with the month before: the lists that a difference is taken from."""
BEFORE = "before_"
TOTAL = ""
"""The line of the sum."""
PARTS = {"owed": ("done", "late"), "longest": ("late",)}
"""Lists that are put together from others, or go by another name."""
NAMES = (*KEPT, *PARTS, *(BEFORE + name for name in (*BEFORE_KEPT, "owed")))
Entry = int | tuple[int, int]
"""The number of a question; case and side of a record."""
Place = tuple[str, str]
"""Line and name of a list."""


def is_of_records(name: str) -> bool:
    """Tell whether a list is one of records, and not of questions."""
    return name.removeprefix(BEFORE) in RECORDS


def is_line(world: World, office: Office, code: str) -> bool:
    """Tell whether a code stands for a line of the office's bulletins: the sum, its own desk, an office below."""
    return code in (TOTAL, office.code, *(child.code for child in world.supervised(office.id)))


def frozen(session: Session, world: World, office: Office, month: Period) -> tuple[Row, dict[Place, list[Entry]]]:
    """Return the figures of a month to be issued, and the list behind each. At most five statements.

    Numbers are lengths of lists, so that they agree whatever others do in between.
    """
    before, lines = month_before(month.first), places.lines(world, office)
    issued = latest(session, office, before)
    found = [_gathered(session, world, office, lines, month, month)]
    if issued is None:
        found.append(_gathered(session, world, office, lines, before, month))
    else:  # the comparison is with what that bulletin told
        found.append(_Gathered({line: Month() for line in found[0].months}, defaultdict(Counter), defaultdict(list)))
    counted = Counted([one.months for one in found], [one.records for one in found])
    figures = {**arranged(world, office, month, counted, issued), "listed": True}
    lists = {place: one for place, one in found[0].lists.items() if place[1] in KEPT}
    if issued is None:
        older = found[1].lists.items()
        lists |= {(line, BEFORE + name): one for (line, name), one in older if name in BEFORE_KEPT}
    return figures, lists


def keep(session: Session, row: Bulletin, lists: Mapping[Place, Sequence[Entry]]) -> None:
    """Store the lists of a version that was just issued."""
    session.add_all(
        BulletinList(bulletin_id=row.id, line=line, what=name, numbers=_packed(entries))
        for (line, name), entries in lists.items()
    )


def kept(session: Session, row: Bulletin, line: str, name: str) -> list[Entry]:
    """Return the list behind a number of an issued version; empty where there is none. One statement."""
    parts = _parts(name)
    query = select(BulletinList.what, BulletinList.numbers).where(
        BulletinList.bulletin_id == row.id, BulletinList.line == line, BulletinList.what.in_(parts)
    )
    found = {what: _unpacked(numbers) for what, numbers in session.execute(query)}
    return [entry for part in parts for entry in found.get(part, ())]


def now(session: Session, world: World, office: Office, month: Period, line: str, name: str) -> list[Entry]:
    """Return the list behind a number of a draft, as it would be counted now. Two statements."""
    lines: Lines = places.lines(world, office)
    if line != TOTAL:
        asked = world.by_code[line].id
        lines = {org: one for org, one in lines.items() if one == asked}
    of = month_before(month.first) if name.startswith(BEFORE) else month
    found = _gathered(session, world, office, lines, of, month)
    return [entry for part in _parts(name.removeprefix(BEFORE)) for entry in found.lists.get((line, part), ())]


@dataclass
class _Gathered:
    """A month by line: its numbers, its records by age, and its lists."""

    months: dict[int, Month]
    records: defaultdict[int, Counter[int]]
    lists: defaultdict[Place, list[Entry]]

    def add(self, code: str, name: str, entry: Entry) -> None:
        """Put something into the list of its line and into that of the sum."""
        self.lists[(code, name)].append(entry)
        self.lists[(TOTAL, name)].append(entry)


def _gathered(session: Session, world: World, office: Office, lines: Lines, of: Period, month: Period) -> _Gathered:
    """Look through the month `of`, under the limits that the bulletin of `month` goes by."""
    questions = monthly.named(session, lines, of, limits_of(world, office, month), world.calendar(office))
    found = _Gathered(monthly.summed(lines, questions), defaultdict(Counter), defaultdict(list))
    code = {line: world.office(line).code for line in found.months}
    for question in questions:
        found.add(code[question.line], question.name, question.id)
    for record in counting.named_records(session, lines, of.end):
        found.records[record.line][record.age] += 1
        for name in RECORDS if record.age == len(counting.RECORD_AGE_DAYS) else RECORDS[:1]:
            found.add(code[record.line], name, (record.case, record.side))
    return found


def _parts(name: str) -> list[str]:
    """Return the lists that make up the one of this name."""
    start = BEFORE if name.startswith(BEFORE) else ""
    plain = name.removeprefix(BEFORE)
    return [start + part for part in PARTS.get(plain, (plain,))]


def _packed(entries: Sequence[Entry]) -> bytes:
    return zlib.compress(dumps(entries).encode())


def _unpacked(packed: bytes) -> list[Entry]:
    return [tuple(one) if isinstance(one, list) else one for one in json.loads(zlib.decompress(packed))]
