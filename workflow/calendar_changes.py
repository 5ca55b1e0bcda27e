"""A calendar taken in as one change: days stored, open deadlines counted anew, each moved case with an event."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.calendar import CalendarDay
from workflow import calendar_files, deadlines
from workflow.calendar import FIRST_YEAR, LAST_YEAR
from workflow.calendar_files import DayRow
from workflow.errors import Unacceptable
from workflow.payload import bad_character
from workflow.world import touch

LARGEST = 200_000
MOST_DAYS = 1500


@dataclass(frozen=True)
class Taken:
    """What an import did: days in the file, days otherwise before, days given up, cases whose last day moved."""

    days: int
    replaced: int
    given_up: int
    moved: tuple[str, ...]


def read(content: bytes) -> list[DayRow]:
    """Return the rows of an uploaded file; UTF-8, or GB 18030 as Chinese Excel writes it.

    Raises Unacceptable for what is no such file, CalendarFileWrong with the line for what is wrong in it.
    """
    if len(content) > LARGEST:
        raise Unacceptable("file", f"文件最大 {LARGEST // 1000} KB", limit=LARGEST)
    rows = calendar_files.parse(_text(content))
    if len(rows) > MOST_DAYS:
        raise Unacceptable("file", f"一次最多导入 {MOST_DAYS} 天，文件中有 {len(rows)} 天", limit=MOST_DAYS)
    strange = next((row.day for row in rows if not FIRST_YEAR <= row.day.year <= LAST_YEAR), None)
    unfit = next((row for row in rows if bad_character(row.note) or bad_character(row.source)), None)
    if unfit:
        raise Unacceptable("file", f"{unfit.day} 的说明或来源中有不能使用的字符")
    if strange:
        raise Unacceptable("file", f"{strange} 不在 {FIRST_YEAR} 到 {LAST_YEAR} 年之间，请核对")
    return rows


def take_in(
    session: Session, region: str, rows: Sequence[DayRow], now: dt.datetime, *, whole: bool = False
) -> Taken:
    """Store days for a region (CN or an organisation's code) and move open deadlines. The caller commits.

    A year that the file announces as a whole (it has its 1 October) is replaced: what the region had announced for it
    and the file does not name is given up, so that a corrected file corrects. Of other years, and with days for a
    place, nothing is given up unless `whole` says that the file holds all there is.
    The version of the calendar is raised first: of two imports at once the second waits and counts on the first.
    """
    touch(session, "calendar")
    query = select(CalendarDay.day, CalendarDay.working).where(CalendarDay.region == region)
    before = {row.day: row.working for row in session.execute(query)}
    named = {row.day for row in rows}
    years = {day.year for day in named} if whole else calendar_files.whole_years(named)
    over = [day for day in before if day.year in years and day not in named]
    session.execute(delete(CalendarDay).where(CalendarDay.region == region, CalendarDay.day.in_(over)))
    replaced = sum(1 for row in rows if before.get(row.day, row.working) != row.working)
    days = calendar_files.store(session, region, rows)
    session.flush()
    return Taken(days, replaced, len(over), tuple(deadlines.recompute(session, now)))


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unacceptable("file", "文件应为 CSV 文本（UTF-8 或 GB 18030 编码）")
