"""A monthly bulletin in words: its paragraphs, the columns of its table, what a correction changed."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from web.formats import full_day
from workflow.statistics.period import Period
from workflow.world import Office

Row = dict[str, Any]
MOST_NAMED = 8
"""Offices that a paragraph names; the others stand in the table."""
NONE = "—"
WHATS = {
    "came": "新到", "done": "办结", "in_time": "按期办结", "late": "月末逾期", "long_late": "长期逾期",
    "longest": "最长逾期", "old": "陈案", "records": "问题学籍", "old_records": "问题学籍（30天以上）",
}  # fmt: skip
RECORD_DAYS = 30


class Paragraph(NamedTuple):
    title: str
    text: str


class Column(NamedTuple):
    """A column of the table: its head, the number it shows for a row (None: nothing), and how that reads."""

    head: str
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
        Column("新到", lambda row: row["came"]),
        Column("办结", lambda row: row["done"]),
        Column("按期办结", lambda row: row["in_time"]),
        Column("应办", owed),
        Column("按期率", share, "percent"),
        Column("按期率比上月（百分点）", share_change, "points"),
        Column("月末逾期", lambda row: row["late"]),
        Column("逾期比上月", lambda row: row["late"] - row["before"]["late"], "change"),
        Column(f"逾期{rules['late']}个工作日以上", lambda row: row["long_late"]),
        Column("最长逾期（工作日）", lambda row: row["longest"]),
        Column(f"超过{rules['old']}天未办结", lambda row: row["old"]),
        Column("问题学籍", lambda row: row["records"]),
        Column(f"其中{RECORD_DAYS}天以上", lambda row: row["old_records"]),
    )


def owed(row: Row) -> int:
    """What was to be decided: done in the month, or late at its end."""
    return int(row["done"] + row["late"])


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
    overall = (
        f"{month.first.month}月新到{total['came']:,}件，办结{total['done']:,}件，"
        f"其中按期办结{total['in_time']:,}件。{_share_said(total)}"
    )
    late = f"截至{full_day(month.last)}，逾期未办{total['late']:,}件，{_than_before(total, 'late', '件')}。"
    if total["late"]:
        longest = f"，最长{total['longest']}个工作日" if total["longest"] else ""
        late += f"其中逾期{rules['late']}个工作日以上{total['long_late']:,}件{longest}。"
        late += _named(lines, "late", "件", _long(rules["late"]))
    old = f"自提交起超过{rules['old']}天仍未办结的{total['old']:,}件。" + _named(lines, "old", "件")
    if not total["old"]:
        old = f"没有自提交起超过{rules['old']}天仍未办结的事项。"
    records = f"月末未结{total['records']:,}条，{_than_before(total, 'records', '条')}"
    if total["records"]:
        records += f"；立案{RECORD_DAYS}天以上{total['old_records']:,}条"
    records += "。" + _named(lines, "old_records", "条")
    found = [Paragraph("一、总体情况", overall), Paragraph("二、逾期未办", late), Paragraph("三、长期未办结", old),
             Paragraph("四、问题学籍", records)]  # fmt: skip
    if total["late"] or total["old"]:
        found.append(Paragraph("五、要求", "请有逾期未办和长期未办结事项的单位抓紧核办，并查明原因。"))
    return tuple(found)


def changes(figures: Row) -> tuple[tuple[str, str, int, int], ...]:
    """Return what a correction changed: office, which number, before, now."""
    return tuple((one["name"], WHATS[one["what"]], one["before"], one["now"]) for one in figures["changes"])


def number_word(number: str, version: int) -> str:
    """Return the number as it is printed at the head."""
    return f"学籍通报{number}" + (f"（第 {version} 版）" if version > 1 else "")


def file_name(office: Office, month: Period, number: str, version: int) -> str:
    again = f"_第{version}版" if version > 1 else ""
    return f"{office.name}学籍通报{number}_{month_word(month)}{again}"


def _share_said(total: Row) -> str:
    now, change = share(total), share_change(total)
    if now is None:
        return "没有应办的事项。"
    than = "" if change is None else "，与上月持平" if not change else f"，比上月{_rose(change)}{abs(change)}个百分点"
    return f"按期率{now:.1%}（按期{total['in_time']:,}件，应办{owed(total):,}件）{than}。"


def _rose(change: float) -> str:
    return "上升" if change > 0 else "下降"


def _than_before(total: Row, what: str, unit: str) -> str:
    change = total[what] - total["before"][what]
    if not change:
        return "与上月持平"
    return f"比上月{'增加' if change > 0 else '减少'}{abs(change):,}{unit}"


def _named(lines: Iterable[Row], what: str, unit: str, more: Callable[[Row], str] = lambda row: "") -> str:
    """Name the offices with the most, each with its number."""
    found = sorted((row for row in lines if row[what]), key=lambda row: -row[what])
    if not found:
        return ""
    named = "、".join(f"{name_of(row)}{row[what]:,}{unit}{more(row)}" for row in found[:MOST_NAMED])
    rest = f"等{len(found)}个单位" if len(found) > MOST_NAMED else ""
    return f"涉及{named}{rest}。"


def _long(days: int) -> Callable[[Row], str]:
    return lambda row: f"（{days}个工作日以上{row['long_late']:,}件）" if row["long_late"] else ""
