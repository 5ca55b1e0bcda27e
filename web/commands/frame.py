"""What commands share: the installation they work on; one JSON document on stdout, notes and progress on stderr."""

import datetime as dt
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy.orm import Session
from tqdm import tqdm

from models.session import reading, transact
from web.config import Settings
from web.database import House, open_house
from workflow.calendar import day_written

T = TypeVar("T")
CHECKOUT = Path(__file__).resolve().parents[2]
SLOW_SECONDS = 2
"""A command that takes longer than this shows how far it is."""


class Day(click.ParamType[dt.date]):
    """A day written 2025-09-01."""

    name = "日期"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        if isinstance(value, dt.date):
            return value
        day = day_written(value)
        if day is None:
            self.fail(f"“{value}”不是日期，应写成 2025-09-01 的样子", param, ctx)
        return day


class Number(click.ParamType[int]):
    """A whole number between two others."""

    name = "数字"

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        if not (value.isascii() and value.isdigit() and self.least <= int(value) <= self.most):
            self.fail(f"应为 {self.least} 到 {self.most} 的数字", param, ctx)
        return int(value)


DAY = Day()
json_option = click.option("--json", "as_json", is_flag=True, help="只在标准输出上给出一份 JSON。")
today_option = click.option(
    "--today", type=DAY, metavar="日期", help="把今天当作这一天（只能用于演示数据），如 2025-09-01。"
)


def settings_for(today: dt.date | None = None, **given: Any) -> Settings:
    """Return the settings; without XUEJIBAN_DATA_DIR the data lie in `data` beside the program."""
    if "XUEJIBAN_DATA_DIR" not in os.environ:
        given.setdefault("data_dir", CHECKOUT / "data")
    return Settings.from_environment(**given).on(today)


@contextmanager
def opened(today: dt.date | None = None) -> Iterator[House]:
    """Open the installation for one command."""
    house = open_house(settings_for(today))
    try:
        yield house
    finally:
        house.close()


@contextmanager
def questions(today: dt.date | None = None) -> Iterator[tuple[House, Session]]:
    """Open the installation for a command that only asks."""
    with opened(today) as house, reading(house.engine) as session:
        yield house, session


def change(work: Callable[[Session, House], T], today: dt.date | None = None) -> T:
    """Open the installation and carry out `work` in one transaction."""
    with opened(today) as house:
        return transact(house.engine, lambda session: work(session, house))


def put_json(document: object) -> None:
    """Print the one document of a command."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=1))


def note(text: str) -> None:
    """Tell a person something that is no part of the answer."""
    click.echo(text, err=True)


def fail(sentence: str) -> click.ClickException:
    """Return the end of a command that cannot do what was asked: one sentence, exit code 1."""
    return click.ClickException(sentence)


def bar(what: str, total: int | None = None, items: Iterable[T] | None = None) -> Any:
    """Return a progress bar that stays invisible for the first two seconds."""
    return tqdm(items, desc=what, total=total, delay=SLOW_SECONDS, leave=False, unit="项")


def table(rows: Sequence[tuple[str, ...]], head: tuple[str, ...]) -> str:
    """Return rows as aligned text; a Chinese character is as wide as two letters."""
    lines = [head, *rows]
    widths = [max(width(line[place]) for line in lines) for place in range(len(head))]
    drawn = ("  ".join(_padded(cell, widths[place]) for place, cell in enumerate(line)) for line in lines)
    return "\n".join(line.rstrip() for line in drawn)


def width(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)


def _padded(text: str, wanted: int) -> str:
    return text + " " * (wanted - width(text))
