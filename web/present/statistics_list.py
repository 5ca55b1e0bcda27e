"""The lists behind figures: what they are narrowed to, and how one line reads. Pupils are masked."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import url_for

from web import cursors
from web.formats import day, minute
from web.masks import mask_name
from web.pages.statistics import ListedQuestion, ListedRecord, ListPage, RecordsPage
from web.present import days, steps, words
from web.present.statistics_charts import AGES
from web.present.statistics_links import Links
from web.present.words import RECORD_AGES, RECORD_KINDS
from web.views import DaysLeft, Empty, Pager
from workflow import counting, processes
from workflow.payload import bad_character
from workflow.statistics.counting import AGE_DAYS
from workflow.statistics.listing import NOTHING_TICKED, OF_PERIOD, OPEN, Entry, RecordEntry, Wanted
from workflow.statistics.period import Period
from workflow.world import Office, World

PAGE = 25
TITLES = {
    "open": "在办", "today": "今天到期", "late": "逾期", "came": "新到", "went": "办结和撤销", "done": "办结",
    "in_time": "按期办结", "answers": "已答复", "returned": "退回", "refused": "不同意", "late_then": "期末逾期未办",
    "owed": "应办（办结和期末逾期未办）",
}  # fmt: skip
STEP = re.compile(r"[a-z_]{1,30}/[a-z_]{1,30}/[a-z_]{1,10}")
LONGEST_CAUSE = 40
NOBODY = "未办，已撤销"
EMPTY = Empty("没有符合条件的事项", "数字和名单是同时数的；回到统计页可以再看一次。")


class RecordsWanted(NamedTuple):
    """What a list of problem records is narrowed to."""

    kind: str
    age: int | None


def wanted(asked: Mapping[str, str], period: Period) -> Wanted | None:
    """Return what a list is narrowed to; None if the address asks for something that no number leads to."""
    of, step, cause = (asked.get(name, "") for name in ("of", "step", "cause"))
    age, week = _small(asked.get("age", ""), len(AGE_DAYS) + 1), _small(asked.get("week", ""), len(period.weeks))
    known = of in (*OPEN, *OF_PERIOD) and (not step or STEP.fullmatch(step))
    if not known or len(cause) > LONGEST_CAUSE or bad_character(cause) or -1 in (age, week):
        return None
    return Wanted(of, step, age, cause, week)


def records_wanted(asked: Mapping[str, str]) -> RecordsWanted | None:
    """Return what a list of problem records is narrowed to, or None as `wanted` does."""
    kind, age = asked.get("kind", ""), _small(asked.get("age", ""), len(RECORD_AGES))
    return None if kind not in ("", *RECORD_KINDS) or age == -1 else RecordsWanted(kind, age)


def _small(text: str, limit: int) -> int | None:
    """Return a number below `limit`, None where nothing is asked, -1 for anything else."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 and int(text) < limit else -1


def page(
    entries: Sequence[Entry], total: int, world: World, office: Office, period: Period, asked: Wanted, own: bool,
    after: str, today: dt.date,
) -> ListPage:  # fmt: skip
    """Return one page of the questions behind a number, which is `total`."""
    links = Links(period)
    narrowed: dict[str, Any] = {"step": asked.step, "age": asked.age, "cause": asked.cause, "week": asked.week}
    here = links.behind(office, asked.of, own=own, **narrowed)
    more = cursors.text_of(*entries[PAGE - 1].cursor) if len(entries) > PAGE else ""
    return ListPage(
        title=f"{office.name}{'（本级）' if own else ''}：{TITLES[asked.of]}",
        narrowed="；".join([length(total, "件"), *_said(asked, period)]),
        back_url=links.page(office),
        rows=tuple(row(world, entry, today) for entry in entries[:PAGE]),
        pager=Pager(
            next_url=links.behind(office, asked.of, own=own, after=more, **narrowed) if more else "",
            first_url=here if after else "",
        ),
        empty=EMPTY,
    )


def length(total: int, unit: str) -> str:
    """Say how long a list is, and where it goes on over several pages how much of it stands on one."""
    return f"共 {total:,} {unit}" + (f"，每页 {PAGE} {unit}" if total > PAGE else "")


def _said(asked: Wanted, period: Period) -> list[str]:
    said = [] if asked.of in OPEN else [f"{day(period.first)}至{day(period.last)}"]
    if asked.week is not None:
        week = period.weeks[asked.week]
        said = [f"{day(week.first)}至{day(week.last)}这一周"]
    said += [steps.full_word(asked.step)] if asked.step else []
    said += [AGES[asked.age]] if asked.age is not None else []
    if asked.cause:
        said.append("原因：" + ("未勾选" if asked.cause == NOTHING_TICKED else asked.cause))
    return said


def row(world: World, entry: Entry, today: dt.date) -> ListedQuestion:
    """Return one question as a line of a list."""
    return ListedQuestion(
        url=url_of(entry.process, entry.no),
        no=entry.no,
        child=mask_name(entry.name) if entry.name else "",
        step=steps.full_word(entry.step),
        office=world.name(entry.org_id),
        asked=minute(entry.opened_at),
        left=_left(world, entry, today),
        ended=_ended(entry),
    )


def _left(world: World, entry: Entry, today: dt.date) -> DaysLeft:
    if entry.closed_at is None:
        return days.of_item(world, entry, today)
    late = entry.closed_at >= entry.due_at
    return DaysLeft("overdue" if late else "done", "超过期限" if late else "期限内", counting.last_day(entry))


def _ended(entry: Entry) -> str:
    if entry.closed_at is None:
        return ""
    word = words.EVENTS.get(entry.outcome or "", "已办") if entry.outcome else NOBODY
    took = "" if entry.took is None else "，当天" if not entry.took else f"，{entry.took} 个工作日"
    return f"{minute(entry.closed_at)} {word}{took}"


def url_of(process: str, no: str) -> str:
    """Return the page of a case; problems have pages of their own."""
    return url_for("problems.show" if process in ("problem", "undo") else "cases.show", no=no)


def records_page(
    entries: Sequence[RecordEntry], total: int, world: World, office: Office, period: Period, asked: RecordsWanted,
    own: bool, after: str,
) -> RecordsPage:  # fmt: skip
    """Return one page of the records behind a number of problem records, which is `total`."""
    links = Links(period)
    narrowed: dict[str, Any] = {"kind": asked.kind, "age": asked.age}
    more = cursors.text_of(*entries[PAGE - 1].cursor) if len(entries) > PAGE else ""
    said = [RECORD_KINDS[asked.kind]] if asked.kind else []
    said += [RECORD_AGES[asked.age]] if asked.age is not None else []
    first = links.behind(office, "records", own=own, **narrowed) if after else ""
    return RecordsPage(
        title=f"{office.name}{'（本级）' if own else ''}：未结的问题学籍",
        narrowed="；".join([length(total, "条"), *said]),
        back_url=links.page(office, "records"),
        rows=tuple(record_row(world, entry) for entry in entries[:PAGE]),
        pager=Pager(links.behind(office, "records", own=own, after=more, **narrowed) if more else "", first),
        empty=EMPTY,
    )  # fmt: skip


def record_row(world: World, entry: RecordEntry) -> ListedRecord:
    """Return one record as a line of a list."""
    kind, step = RECORD_KINDS.get(entry.kind, entry.kind), processes.of(entry).phases[entry.phase].title
    school, url = world.name(entry.org_id), url_of(entry.process, entry.no)
    return ListedRecord(url, entry.no, kind, school, step, day(entry.since))
