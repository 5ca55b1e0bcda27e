"""`statistics`: the figures of an office and of those below it, for scripts."""

import datetime as dt

import click

from web import clock
from web.commands.frame import DAY, fail, json_option, put_json, questions, table, today_option
from web.present.statistics import said_days
from web.present.statistics_document import document
from workflow.errors import Unacceptable
from workflow.statistics.figures import Line, of_office
from workflow.statistics.period import KEYS, chosen
from workflow.world import Office, World, world_of

HEAD = ("单位", "在办", "今天到期", "逾期", "新到", "办结", "按期", "期末逾期", "按期率", "用时中位数")


@click.command()
@click.option("--org", metavar="代码", default="", help="哪个单位，如 990101；不写就是最上级部门。")
@click.option("--period", type=click.Choice(list(KEYS)), default="month", show_default=True, help="时段。")
@click.option("--from", "first", type=DAY, metavar="日期", help="起日（--period free 时）。")
@click.option("--to", "last", type=DAY, metavar="日期", help="止日（--period free 时）。")
@today_option
@json_option
def statistics(
    org: str, period: str, first: dt.date | None, last: dt.date | None, today: dt.date | None, as_json: bool
) -> None:
    """一个单位及其下级的数字：在办、逾期、办结、用时、退回原因、问题学籍。"""
    with questions(today) as (_, session):
        world = world_of(session)
        office = _office(world, org)
        try:
            days = chosen(world, office, clock.today(), period, first, last)
        except Unacceptable as wrong:
            raise fail(wrong.message) from wrong
        figures = of_office(session, world, office, days, clock.now())
    if as_json:
        put_json(document(figures))
        return
    lines = [("合计", figures.total), ("本级", figures.own), *((child.name, line) for child, line in figures.below)]
    click.echo(f"{office.name} {days.first} 至 {days.last}")
    click.echo(table([_row(name, line) for name, line in lines], HEAD))


def _office(world: World, code: str) -> Office:
    """Return the office with this code, or the one above all others."""
    if code:
        if code not in world.by_code:
            raise fail(f"没有代码为 {code} 的单位。")
        return world.by_code[code]
    top = world.supervised(0)
    if not top:
        raise fail("还没有任何单位。请先导入组织机构。")
    return top[0]


def _row(name: str, line: Line) -> tuple[str, ...]:
    counts = (line.open, line.today, line.late, line.came.total(), line.done, line.in_time, line.late_then)
    share = "—" if line.share is None else f"{line.share:.1%}"
    return (name, *map(str, counts), share, said_days(line.median()))
