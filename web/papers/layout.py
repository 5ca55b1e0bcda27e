"""Facts become HTML: the templates of pdf_templates with undefined names forbidden and every value escaped."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from web.papers import marks
from web.papers.facts import PAPERS

OFFICE_ZONE = ZoneInfo("Asia/Shanghai")


def day(value: str) -> str:
    """2025-09-01 as 2025年9月1日."""
    found = date.fromisoformat(value)
    return f"{found.year}年{found.month}月{found.day}日"


def local_day(value: str) -> str:
    """The day in Asia/Shanghai of an instant with an offset."""
    return day(_local(value).date().isoformat())


def moment(value: str) -> str:
    """An instant with an offset as local day and time: 2025年9月1日 14:05."""
    local = _local(value)
    return f"{local_day(value)} {local:%H:%M}"


def groups(value: str) -> list[str]:
    """A long code in the groups that its hyphens make, to be kept together at a line's end."""
    return value.split("-")


def html(template: str, facts: Mapping[str, object]) -> str:
    """The page of one paper; raises jinja2.UndefinedError for a missing fact, ValueError for a wrong date."""
    return environment().get_template(f"{template}.html").render(facts)


def style() -> str:
    """The one style sheet of all papers."""
    return (files("pdf_templates") / "paper.css").read_text("utf-8")


@cache
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(str(files("pdf_templates"))),
        undefined=StrictUndefined,
        autoescape=True,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(day=day, local_day=local_day, moment=moment, groups=groups)
    made.globals.update(qr=marks.qr, ring=marks.ring, ring_size=marks.ring_size, stamp=marks.stamp)
    for name in PAPERS:
        made.get_template(f"{name}.html")
    return made


def _local(value: str) -> datetime:
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return instant.astimezone(OFFICE_ZONE)
