"""`demo`: a working province in the browser with one command."""

import datetime as dt
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from models.organisations import Organisation
from models.session import reading
from web import clock
from web.commands.frame import Number, bar, fail, note, settings_for, table, today_option
from web.config import Settings
from web.database import House, open_house
from web.demo import accounts
from web.demo.running import PortTaken, Worker, mails, reachable_names, serve, take_port
from web.demo.setting_up import NotADemo, Plan, set_up
from workflow.rights import TITLES

SHOWN = {"school_clerk": 3, "school_leader": 3, "dept_leader": 6}
"""How many accounts of a role are printed; one of every other."""
FOLDER = click.Path(path_type=Path)


@click.command()
@click.option("--data-dir", type=FOLDER, metavar="文件夹", help="数据放在哪里（默认为程序目录下的 data）。")
@click.option("--port", type=Number(0, 65535), default=8000, show_default=True, help="网页的端口。")
@click.option("--host", default="127.0.0.1", show_default=True, help="在哪个地址上提供网页。")
@click.option("--district", type=FOLDER, metavar="文件夹", help="用该文件夹的 organisations.json 代替示例省份。")
@click.option("--no-serve", is_flag=True, help="只准备数据，不启动网页。")
@today_option
def demo(
    data_dir: Path | None, port: int, host: str, district: Path | None, no_serve: bool, today: dt.date | None
) -> None:
    """建立并启动演示：虚构省份、账号和在办事项。

    第一次启动时准备数据，以后启动保留原有数据。账号和密码写入数据目录的 accounts.json。
    """
    given: dict[str, Any] = {"data_dir": data_dir.expanduser().absolute()} if data_dir else {}
    settings = settings_for(today, **given)
    if no_serve:
        _prepare(settings, district)
        _show(settings)
        return
    with _listener(host, port) as listener:
        settings = _addressed(settings, host, listener.getsockname()[1])
        _prepare(settings, district)
        _run(settings, listener)


def _listener(host: str, port: int) -> socket.socket:
    try:
        return take_port(host, port)
    except PortTaken:
        raise fail(f"{host} 的端口 {port} 不能使用（已被占用），请用 --port 换一个。") from None


def _addressed(settings: Settings, host: str, port: int) -> Settings:
    names = reachable_names(host)
    trusted = (*settings.trusted_hosts, *names)
    if settings.base_url != Settings.base_url:
        return replace(settings, trusted_hosts=trusted)
    shown = f"[{names[0]}]" if ":" in names[0] else names[0]
    return replace(settings, base_url=f"http://{shown}:{port}", trusted_hosts=trusted)


def _prepare(settings: Settings, district: Path | None) -> None:
    clock.set_today(settings.today)
    progress = bar("正在准备演示数据", None)
    try:
        made = set_up(Plan(settings, clock.now(), district), progress.update)
    except NotADemo:
        raise fail("数据库里已有正式数据，演示不会动它；请用 --data-dir 指定另一个文件夹。") from None
    finally:
        progress.close()
    if not made:
        note("沿用已有的演示数据。" + ("（--district 只在第一次准备数据时有效）" if district else ""))


def _run(settings: Settings, listener: socket.socket) -> None:
    with mails(settings) as settings:
        house = open_house(settings)
        try:
            with Worker(settings):
                _show(settings, house)
                serve(house, listener)
        finally:
            house.close()
    note("演示已停止，数据保留。")


def _show(settings: Settings, house: House | None = None) -> None:
    """Print where it is and who can sign in: a few accounts of each role, the rest stand in the file."""
    lines = accounts.read(settings.data_dir)
    names = _office_names(settings)
    shown: list[tuple[str, ...]] = []
    for role in TITLES:
        mine = [line for line in lines if line["role"] == role][: SHOWN.get(role, 1)]
        shown += [
            (TITLES[role], names.get(line["organisation"], ""), line["name"], line["username"], line["password"])
            for line in mine
        ]
    if shown:
        click.echo(table(shown, ("岗位", "单位", "姓名", "用户名", "密码")))
    click.echo(f"\n全部 {len(lines)} 个账号：{settings.data_dir / accounts.FILE}")
    if house is not None:
        day = f"，今天设为 {settings.today}" if settings.today else ""
        click.echo(f"网址：{settings.base_url}{day}（按 Ctrl+C 停止）")


def _office_names(settings: Settings) -> dict[str, str]:
    house = open_house(settings)
    try:
        with reading(house.engine) as session:
            rows = session.execute(select(Organisation.code, Organisation.name))
            return {row.code: row.name for row in rows}
    finally:
        house.close()
