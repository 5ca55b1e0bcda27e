"""`bench`: how fast the product is against the least that could be done, measured in one run on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from web.bench import bulk as together
from web.bench import decision as decisions
from web.bench import duplicates as copies
from web.bench import inbox as inboxes
from web.bench import statistics as figures
from web.bench.cluster import NoPostgres
from web.bench.measure import Series
from web.commands.frame import Number, bar, fail, json_option, put_json

DATABASES = ("sqlite", "postgresql")
CONNECTIONS = (1, 2, 32)
rounds_option = click.option("--rounds", type=Number(1, 99), default=5, show_default=True, help="交替测几轮。")
database_option = click.option(
    "--database", "kinds", type=click.Choice(DATABASES), multiple=True, help="只测这种数据库（可重复）。"
)


@click.group()
def bench() -> None:
    """测速：同一次运行中与最低限度的做法相比。"""


@bench.command()
@click.option("--steps", type=Number(4, 1_000_000), default=160, show_default=True, help="每轮每种做法办理多少步。")
@rounds_option
@database_option
@json_option
def decision(steps: int, rounds: int, kinds: tuple[str, ...], as_json: bool) -> None:
    """经正门办理的完整决定，与手写 SQL 写入同样的行相比（1、2、32 个连接）。"""
    found: dict[str, Any] = {}
    for kind in bar("测速", items=kinds or DATABASES):
        for connections in CONNECTIONS:
            with _server_needed():
                series = decisions.run(kind, connections, max(steps, 4 * connections), rounds)
            found.setdefault(kind, {})[str(connections)] = _json(series, "limit")
    _show(found, as_json, "步/秒")


@bench.command()
@click.option("--items", type=Number(2, 500), default=100, show_default=True, help="一次同意多少件。")
@rounds_option
@database_option
@json_option
def bulk(items: int, rounds: int, kinds: tuple[str, ...], as_json: bool) -> None:
    """成批同意，与一条按集合写入同样的行的语句、与逐件同意相比。"""
    found: dict[str, Any] = {}
    for kind in bar("测速", items=kinds or DATABASES):
        with _server_needed():
            series = together.run(kind, items, rounds)
        found[kind] = {str(items): _json(series, together.LIMIT)}
    _show(found, as_json, "件/秒")


@bench.command()
@click.option("--rows", type=Number(100, 20_000_000), default=30_000, show_default=True, help="未办事项的数目。")
@click.option("--requests", type=Number(1, 10_000), default=40, show_default=True, help="每轮问多少次。")
@rounds_option
@database_option
@json_option
def inbox(rows: int, requests: int, rounds: int, kinds: tuple[str, ...], as_json: bool) -> None:
    """待办的首页、按键翻到的第 500 页、筛选后的首页、计数和整页，与最简单的查询相比。"""
    found: dict[str, Any] = {}
    for kind in bar("测速", items=kinds or DATABASES):
        with _server_needed():
            series = inboxes.run(kind, rows, rounds, requests)
        found[kind] = {str(rows): _json(series, "bare query")}
    _show(found, as_json, "次/秒")


@bench.command()
@click.option("--rows", type=Number(1000, 20_000_000), default=30_000, show_default=True, help="一年中问过多少次。")
@click.option("--requests", type=Number(1, 10_000), default=3, show_default=True, help="每轮问多少次。")
@click.option("--days", type=Number(1, 366), default=figures.YEAR, show_default=True, help="统计最近多少天。")
@rounds_option
@database_option
@json_option
def statistics(rows: int, requests: int, days: int, rounds: int, kinds: tuple[str, ...], as_json: bool) -> None:
    """全省一年的数字、一个数字背后的名单和整页，与只按单位汇总同样的行相比。"""
    found: dict[str, Any] = {}
    for kind in bar("测速", items=kinds or DATABASES):
        with _server_needed():
            series = figures.run(kind, rows, rounds, requests, days)
        found[kind] = {str(rows): _json(series, figures.LIMIT)}
    _show(found, as_json, "次/秒")


@bench.command()
@click.option("--rows", "sizes", type=Number(1000, 20_000_000), multiple=True, default=(10_000, 50_000),
              show_default=True, help="学籍记录的数目（可重复，看随规模的变化）。")  # fmt: skip
@click.option("--requests", type=Number(1, 10_000), default=30, show_default=True, help="每轮问多少次。")
@click.option("--batch", type=Number(10, 100_000), default=1000, show_default=True, help="每轮导入多少行。")
@rounds_option
@database_option
@json_option
def duplicates(
    sizes: tuple[int, ...], requests: int, batch: int, rounds: int, kinds: tuple[str, ...], as_json: bool
) -> None:
    """查重：一名学生的检查、找相像的、全库找重号、带查重的导入，分别与最简单的 SQL 相比。"""
    found: dict[str, Any] = {}
    for kind in bar("测速", items=kinds or DATABASES):
        for rows in sizes:
            with _server_needed():
                series = copies.run(kind, rows, rounds, requests, batch)
            limits = {name: series[copies.LIMITS.get(name, name)] for name in series}
            told = {name: one.as_json(limits[name]) for name, one in series.items()}
            found.setdefault(kind, {})[str(rows)] = told
    _show(found, as_json, "/秒")


@contextmanager
def _server_needed() -> Iterator[None]:
    try:
        yield
    except NoPostgres as problem:
        raise fail("这台机器上没有 PostgreSQL，请先安装，或用 --database sqlite 只测 SQLite。") from problem


def _json(series: dict[str, Series], limit: str) -> dict[str, Any]:
    return {name: one.as_json(series[limit]) for name, one in series.items()}


def _show(found: dict[str, Any], as_json: bool, unit: str) -> None:
    if as_json:
        put_json(found)
        return
    for kind, sizes in found.items():
        for size, contenders in sizes.items():
            for name, one in contenders.items():
                low, high = one["spread"]
                ratio = f"  为对照的 {one['of_limit']}" if "of_limit" in one else ""
                click.echo(f"{kind:<11} {size:>8}  {name:<14} {one['median']:>9} {unit}  [{low} … {high}]{ratio}")
