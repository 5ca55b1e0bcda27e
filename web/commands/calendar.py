"""`calendar due`: when a term in working days ends, from the calendar that comes with the product."""

import datetime as dt
import re

import click

from web.commands.frame import DAY, Number, fail, json_option, put_json
from workflow.calendar_files import shipped
from workflow.world import NATION

REGION = re.compile("[0-9]{6,12}")


@click.group()
def calendar() -> None:
    """工作日历。"""


@calendar.command()
@click.argument("date", type=DAY, metavar="日期")
@click.option("--days", type=Number(1, 2000), required=True, help="几个工作日。")
@click.option("--region", default=NATION, show_default=True, metavar="代码", help="地区；随产品提供的只有全国日历。")
@json_option
def due(date: dt.date, days: int, region: str, as_json: bool) -> None:
    """从某日起（次日算第一天）若干个工作日，哪一天截止。不需要数据库。"""
    if region != NATION and not REGION.fullmatch(region):
        raise fail(f"没有地区 {region}：应为 CN 或行政区划代码（6 到 12 位数字）。")
    try:
        found = shipped().due_day(date, days)
    except OverflowError:
        raise fail("日期太远，超出了日历的范围。") from None
    if as_json:
        put_json({"due": found.day.isoformat(), "provisional": found.provisional})
        return
    click.echo(f"{found.day}{'（节假日安排尚未公布，日期为暂定）' if found.provisional else ''}")
