"""`policies`: the rules of a place on a day, and a rule tried on the cases of a year. Both only read."""

import datetime as dt
import json
from functools import partial
from typing import Any

import click

from models.session import reading
from web import clock
from web.commands.frame import DAY, Number, bar, fail, json_option, opened, put_json, questions, table, today_option
from web.present import trial as presented
from web.present.policy_pages import SUBJECTS, place_of, said, subject_of, title
from workflow.errors import NotFound, Unmet
from workflow.policy_outlook import Change, Standing, coming, everything
from workflow.policy_shapes import STAGES
from workflow.simulation import trial
from workflow.simulation.worlds import Wanted
from workflow.world import Office, World, world_of

org_option = click.option("--org", "code", required=True, metavar="代码", help="主管部门的代码，如 990101。")


@click.group()
def policies() -> None:
    """规则：何处何时适用什么，改动先试算。改动本身须由两位安全管理员在页面上提议和确认。"""


@policies.command("list")
@org_option
@click.option("--day", type=DAY, metavar="日期", help="看哪一天，默认今天。")
@today_option
@json_option
def list_(code: str, day: dt.date | None, today: dt.date | None, as_json: bool) -> None:
    """列出一个单位适用的全部规则：值、谁定的、依据，以及以后的变化。"""
    with questions(today) as (_, session):
        world = world_of(session)
        office, day = _office(world, code), day or clock.today()
        changes = coming(world, office, day)
        found = [_told(one, changes) for one in everything(world, office, day)]
    if as_json:
        put_json(found)
        return
    rows = [
        (one["title"], one["words"], one["place"], "；".join(f"{c['day']} 起 {c['words']}" for c in one["changes"]))
        for one in found
    ]
    click.echo(table(rows, ("规则", "值", "谁定的", "以后")))


@policies.command()
@click.argument("key")
@org_option
@click.option("--value", "text", metavar="JSON", help="试算的值，如 5 或 '[\"city\"]'。")
@click.option("--give-up", is_flag=True, help="试算不再另定、按上级的规则。")
@click.option("--stage", type=click.Choice(list(STAGES)), help="只试算一个学段。")
@click.option("--year", type=Number(2000, 2099), metavar="年份", help="试算这一年的事项，默认最近 12 个月。")
@today_option
@json_option
def simulate(
    key: str, code: str, text: str | None, give_up: bool, stage: str | None, year: int | None,
    today: dt.date | None, as_json: bool,
) -> None:  # fmt: skip
    """拿过去的事项试算一条规则：少签几次、省几天、拦下和放行几件、少发几条通知。什么都不写入。"""
    if (text is None) != give_up:
        raise fail("请用 --value 给出试算的值，或者用 --give-up，两者用一个。")
    with opened(today) as house:
        with reading(house.engine) as session:
            world = world_of(session)
        since, until = (dt.date(year, 1, 1), dt.date(year, 12, 31)) if year else trial.last_year(clock.today())
        wanted = Wanted(key, _office(world, code), stage or "", None if give_up else _value(text or ""), since, until)
        _check(world, wanted)
        with bar("试算") as progress:
            show = partial(_show, progress)
            found = trial.run(house.engine, wanted, clock.now(), progress=show)
    if as_json:
        put_json(found)
        return
    before, after = said(key, found["present"]), said(key, found["proposed"])
    click.echo(f"{wanted.office.name} {title(key, wanted.stage)}：{before} → {after}（{since} 至 {until}）")
    click.echo(table([(one.label, one.value, one.note) for one in presented.facts(found)], ("", "", "")))
    for note in found["notes"]:
        click.echo(f"· {note}")


def _told(one: Standing, changes: list[Change]) -> dict[str, Any]:
    later = [change for change in changes if (change.after.key, change.after.stage) == (one.key, one.stage)]
    return {
        "key": one.key,
        "stage": one.stage or None,
        "subject": SUBJECTS[subject_of(one.key)][0],
        "title": title(one.key, one.stage),
        "value": one.value,
        "words": said(one.key, one.value),
        "place": place_of(one),
        "office": one.office.code if one.office else None,
        "source": one.source,
        "from": one.row.valid_from.isoformat() if one.row else None,
        "to": one.row.valid_to.isoformat() if one.row and one.row.valid_to else None,
        "changes": [
            {
                "day": change.day.isoformat(),
                "value": change.after.value,
                "words": said(one.key, change.after.value),
                "place": place_of(change.after),
                "source": change.after.source,
            }
            for change in later
        ],
    }


def _office(world: World, code: str) -> Office:
    office = world.by_code.get(code)
    if office is None:
        raise fail(f"没有代码为 {code[:40]} 的单位。")
    if office.is_school:
        raise fail("规则由主管部门设定，请给出主管部门的代码。")
    return office


def _value(text: str) -> Any:
    """Read a value; a word that is no JSON stands for itself."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _check(world: World, wanted: Wanted) -> None:
    try:
        trial.check(world, wanted, clock.today())
    except NotFound:
        own = "这个单位没有另定这一条" if wanted.value is None else "没有这一条规则，或者它不能改"
        raise fail(f"{wanted.key[:60]}：{own}。") from None
    except Unmet as wrong:
        raise fail("；".join(reason.message for reason in wrong.reasons) + "。") from None


def _show(progress: Any, done: int, total: int) -> None:
    progress.total = total
    progress.update(done - progress.n)
