"""A monthly bulletin in words: its paragraphs, the columns of its table, what a correction changed."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from web.formats import full_day
from workflow.statistics.bulletin_lists import BEFORE
from workflow.statistics.period import Period
from workflow.world import Office

Row = dict[str, Any]
Words = tuple["str | Piece", ...]
MOST_NAMED = 8
"""Offices that a paragraph names; the others stand in the table."""
NONE = "—"
WHATS = {
    "came": "新到", "done": "办结", "in_time": "按期办结", "late": "月末逾期", "long_late": "长期逾期",
    "longest": "最长逾期", "old": "陈案", "records": "问题学籍", "old_records": "问题学籍（30天以上）",
}  # fmt: skip
RECORD_DAYS = 30


class Piece(NamedTuple):
    """Some words of a paragraph; a number with the name and the line of the list behind it."""

    text: str
    name: str = ""
    line: str = ""


class Paragraph(NamedTuple):
    title: str
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


class Column(NamedTuple):
    """A column of the table: its head, the list behind it, the number of a row (None: nothing), and how that reads."""

    head: str
    name: str
    number: Callable[[Row], float | int | None]
    kind: str = "whole"


def month_word(month: Period) -> str:
    return f"{month.first.year}年{month.first.month}月"


def title(month: Period) -> str:
    return f"关于{month_word(month)}学籍业务办理情况的通报"


def columns(figures: Row) -> tuple[Column, ...]:
    """Return the columns of the table; limits stand in their heads."""
    rules = figures["rules"]
    return (
        Column("新到", "came", lambda row: row["came"]),
        Column("办结", "done", lambda row: row["done"]),
        Column("按期办结", "in_time", lambda row: row["in_time"]),
        Column("应办", "owed", owed),
        Column("按期率", "owed", share, "percent"),
        Column("按期率比上月（百分点）", "before_owed", share_change, "points"),
        Column("月末逾期", "late", lambda row: row["late"]),
        Column("逾期比上月", "before_late", lambda row: row["late"] - row["before"]["late"], "change"),
        Column(f"逾期{rules['late']}个工作日以上", "long_late", lambda row: row["long_late"]),
        Column("最长逾期（工作日）", "longest", lambda row: row["longest"]),
        Column(f"超过{rules['old']}天未办结", "old", lambda row: row["old"]),
        Column("问题学籍", "records", lambda row: row["records"]),
        Column(f"其中{RECORD_DAYS}天以上", "old_records", lambda row: row["old_records"]),
    )


def owed(row: Row) -> int:
    """What was to be decided: done in the month, or late at its end."""
    return int(row["done"] + row["late"])


def length(row: Row, name: str) -> int:
    """Return how long the list of this name is beside a row."""
    if name.startswith(BEFORE):
        return length(row["before"], name.removeprefix(BEFORE))
    return owed(row) if name == "owed" else int(row["late" if name == "longest" else name])


def share(row: Row) -> float | None:
    return row["in_time"] / owed(row) if owed(row) else None


def share_change(row: Row) -> float | None:
    """Return by how many percentage points the share rose; None where one of the months has none."""
    now, before = share(row), share(row["before"])
    return None if now is None or before is None else round((now - before) * 100, 1)


def said(column: Column, row: Row) -> str:
    """Return a cell of the table in words."""
    number = column.number(row)
    if number is None:
        return NONE
    if column.kind == "percent":
        return f"{number:.1%}"
    if column.kind == "points":
        return f"{number:+.1f}"
    return f"{number:+d}" if column.kind == "change" and number else f"{number:,}"


def name_of(row: Row) -> str:
    return f"{row['name']}（本级）" if row["kind"] == "own" else str(row["name"])


def notes(figures: Row) -> tuple[str, ...]:
    """Return what the numbers mean."""
    before = figures["before"]["number"]
    return (
        "一件事项同时问几个单位的，各计一件；草稿不计。应办＝办结＋月末逾期，按期率＝按期办结÷应办。",
        "逾期按本单位的工作日历计算；问题学籍按记录计，年龄按自然日从立案算起。"
        + (f"上月的数字取自学籍通报{before}。" if before else "上月的数字为重新统计。"),
        *((f"另有 {figures['quiet']} 个单位本月没有事项，未列出。",) if figures["quiet"] else ()),
    )


def paragraphs(month: Period, figures: Row) -> tuple[Paragraph, ...]:
    """Return the text of the bulletin."""
    total, lines, rules = figures["total"], figures["lines"], figures["rules"]
    overall = (f"{month.first.month}月新到", _number(total, "came"), "件，办结", _number(total, "done"),
               "件，其中按期办结", _number(total, "in_time"), "件。", *_share_said(total))  # fmt: skip
    late: Words = (f"截至{full_day(month.last)}，逾期未办", _number(total, "late"), "件，",
                   *_than_before(total, "late", "件"), "。")  # fmt: skip
    if total["late"]:
        longest: Words = ("，最长", _number(total, "longest"), "个工作日") if total["longest"] else ()
        late = (*late, f"其中逾期{rules['late']}个工作日以上", _number(total, "long_late"), "件", *longest, "。",
                *_named(lines, "late", "件", _long(rules["late"])))  # fmt: skip
    old: Words = (f"没有自提交起超过{rules['old']}天仍未办结的事项。",)
    if total["old"]:
        old = (f"自提交起超过{rules['old']}天仍未办结的", _number(total, "old"), "件。", *_named(lines, "old", "件"))
    records: Words = ("月末未结", _number(total, "records"), "条，", *_than_before(total, "records", "条"))
    if total["records"]:
        records = (*records, f"；立案{RECORD_DAYS}天以上", _number(total, "old_records"), "条")
    records = (*records, "。", *_named(lines, "old_records", "条"))
    found = [_paragraph("一、总体情况", overall), _paragraph("二、逾期未办", late), _paragraph("三、长期未办结", old),
             _paragraph("四、问题学籍", records)]  # fmt: skip
    if total["late"] or total["old"]:
        asked = "请有逾期未办和长期未办结事项的单位抓紧核办，并查明原因。"
        found.append(_paragraph("五、要求", (asked,)))
    return tuple(found)


class Change(NamedTuple):
    """What a correction changed: the office, which number, before and now; name and line of its lists."""

    office: str
    what: str
    before: int
    now: int
    name: str
    line: str | None


def changes(figures: Row) -> tuple[Change, ...]:
    """Return what a correction changed; what was issued before lists were kept does not tell the line."""
    return tuple(
        Change(one["name"], WHATS[one["what"]], one["before"], one["now"], one["what"], one.get("code"))
        for one in figures["changes"]
    )


def number_word(number: str, version: int) -> str:
    """Return the number as it is printed at the head."""
    return f"学籍通报{number}" + (f"（第 {version} 版）" if version > 1 else "")


def file_name(office: Office, month: Period, number: str, version: int) -> str:
    again = f"_第{version}版" if version > 1 else ""
    return f"{office.name}学籍通报{number}_{month_word(month)}{again}"


def _number(row: Row, name: str) -> Piece:
    return Piece(f"{row[name]:,}", name, row.get("code", ""))


def _paragraph(title: str, words: Words) -> Paragraph:
    return Paragraph(title, tuple(one if isinstance(one, Piece) else Piece(one) for one in words))


def _share_said(total: Row) -> Words:
    now, change = share(total), share_change(total)
    if now is None:
        return ("没有应办的事项。",)
    than: Words = () if change is None else ("，与上月持平",)
    if change:
        than = ("，比上月", _rose(change), Piece(f"{abs(change)}", "before_owed"), "个百分点")
    return ("按期率", Piece(f"{now:.1%}", "owed"), "（按期", _number(total, "in_time"), "件，应办",
            Piece(f"{owed(total):,}", "owed"), "件）", *than, "。")  # fmt: skip


def _rose(change: float) -> str:
    return "上升" if change > 0 else "下降"


def _than_before(total: Row, what: str, unit: str) -> Words:
    change = total[what] - total["before"][what]
    if not change:
        return ("与上月持平",)
    return (f"比上月{'增加' if change > 0 else '减少'}", Piece(f"{abs(change):,}", BEFORE + what), unit)


def _named(lines: Iterable[Row], what: str, unit: str, more: Callable[[Row], Words] = lambda row: ()) -> Words:
    """Name the offices with the most, each with its number."""
    found = sorted((row for row in lines if row[what]), key=lambda row: -row[what])
    if not found:
        return ()
    words: list[str | Piece] = ["涉及"]
    for place, row in enumerate(found[:MOST_NAMED]):
        words += ["、" if place else "", name_of(row), _number(row, what), unit, *more(row)]
    return (*words, f"等{len(found)}个单位。" if len(found) > MOST_NAMED else "。")


def _long(days: int) -> Callable[[Row], Words]:
    return lambda row: (f"（{days}个工作日以上", _number(row, "long_late"), "件）") if row["long_late"] else ()
