"""`doctor`: looks at everything an installation leans on and says in one line each what is wrong."""

import datetime as dt
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files

import click
from fontTools.ttLib import TTFont
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from models import migrate
from models.calendar import CalendarDay
from models.cases import ProcessVersion
from models.jobs import Heartbeat
from models.keyring import CryptoError, KeyRing
from models.outbox import OutboxRow
from models.people import Person, Post
from models.session import make_engine, reading
from web import clock
from web.bounces import returned_to
from web.chat import ChatTemporary, WebhookSender
from web.commands.frame import json_option, put_json, settings_for, today_option
from web.config import Settings
from web.database import open_house
from web.mailer import Mailer, MailFailed
from workflow import families, people, processes
from workflow.calendar_files import whole_years
from workflow.world import NATION

SILENT_AFTER = dt.timedelta(minutes=2)
LEAST_FREE = 1024**3
RARE = "𠮷䶮㛃𬱖"
NEXT_YEAR_FROM = 12
"""From December on the next year's holidays should be known: the State Council announces them in November."""

GOOD, REMARK, BAD = "ok", "warn", "fail"
MARKS = {GOOD: "正常", REMARK: "注意", BAD: "故障"}


@dataclass(frozen=True)
class Finding:
    """What one look found."""

    name: str
    state: str
    message: str


@click.command()
@json_option
@today_option
def doctor(as_json: bool, today: dt.date | None) -> None:
    """检查运行环境：数据库、密钥、日历、worker、字体、邮件。有故障时退出码为 1。"""
    settings = settings_for(today)
    if today is not None:
        open_house(settings).close()  # refuses a set day for real data
    found = list(_look(settings))
    broken = any(one.state == BAD for one in found)
    if as_json:
        checks = [{"name": one.name, "state": one.state, "message": one.message} for one in found]
        put_json({"ok": not broken, "checks": checks})
    else:
        for one in found:
            click.echo(f"[{MARKS[one.state]}] {one.message}")
    if broken:
        raise click.exceptions.Exit(1)


def _look(settings: Settings) -> Iterator[Finding]:
    yield _keys(settings)
    yield _disk(settings)
    yield _font()
    yield _mail(settings)
    if settings.chat_url:
        yield _chat(settings)
    if settings.smtp_url and not settings.bounce_box and not settings.bounce_secret:
        yield Finding(
            "bounces", REMARK,
            "没有设置收退信的邮箱（XUEJIBAN_BOUNCE_BOX）或退信接口的密钥（XUEJIBAN_BOUNCE_SECRET），被退回的邮件不会被发现",
        )  # fmt: skip
    engine = make_engine(settings.database_url)
    try:
        yield from _database(engine, settings)
    except SQLAlchemyError as error:
        first = str(getattr(error, "orig", error)).splitlines()[0]
        yield Finding("database", BAD, f"数据库不能使用：{first}")
    finally:
        engine.dispose()


def _keys(settings: Settings) -> Finding:
    try:
        KeyRing.load(settings.key_file)
    except CryptoError as error:
        return Finding("keys", BAD, f"密钥文件不能使用：{error}")
    return Finding("keys", GOOD, f"密钥文件完好，权限 0600：{settings.key_file}（请确认另有备份）")


def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        return Finding("data_dir", BAD, f"数据目录不存在或不能写入：{folder}")
    free = shutil.disk_usage(folder).free
    state = GOOD if free > LEAST_FREE else REMARK
    return Finding("data_dir", state, f"数据目录 {folder}，剩余空间 {free / 1024**3:.1f} GB")


def _font() -> Finding:
    with as_file(files("pdf_templates").joinpath("fonts/LXGWWenKai-Regular.ttf")) as path:
        if not path.is_file():
            return Finding("fonts", BAD, "缺少随程序提供的中文字体，证明不能打印")
        with TTFont(path, lazy=True) as font:
            missing = [char for char in RARE if ord(char) not in font.getBestCmap()]
    if missing:
        return Finding("fonts", BAD, f"中文字体缺少生僻字：{''.join(missing)}")
    return Finding("fonts", GOOD, f"中文字体齐备，含生僻字 {RARE}")


def _mail(settings: Settings) -> Finding:
    if not settings.smtp_url:
        return Finding("mail", REMARK, "没有设置邮件服务器（XUEJIBAN_SMTP_URL），通知只在网页上出现")
    try:
        with Mailer(settings.smtp_url, timeout=5) as mailer:
            mailer.greet(returned_to(settings.return_address, "0" * 26) or settings.mail_from)
    except MailFailed as error:
        why = "邮件服务器不接受我们的登录或发件地址" if error.code else "邮件服务器没有应答"
        return Finding("mail", BAD, f"{why}：{error}")
    return Finding("mail", GOOD, "邮件服务器有应答")


def _chat(settings: Settings) -> Finding:
    try:
        WebhookSender(settings.chat_url, settings.chat_secret).greet()
    except ChatTemporary as error:
        return Finding("chat", BAD, f"手机消息网关连不上：{error}")
    return Finding("chat", GOOD, "手机消息网关可以连通")


# ---- what the database says ----------------------------------------------------------------------------------------


def _database(engine: Engine, told: Settings) -> Iterator[Finding]:
    with engine.connect() as connection:
        found, wanted = migrate.current(connection), migrate.newest()
        if found != wanted:
            yield Finding("schema", BAD, f"数据库版本为 {found or '空'}，程序需要 {wanted}，请运行 xuejiban db upgrade")
            return
        yield Finding("schema", GOOD, f"数据库版本 {found}")
        settings = {"postgresql": _postgresql, "sqlite": _sqlite}[engine.dialect.name]
        yield from settings(lambda sql: str(connection.execute(text(sql)).scalar()))
    with reading(engine) as session:
        yield from _rows(session)
        if not told.chat_url:
            yield from _families(session)


def _sqlite(ask: Callable[[str], str]) -> Iterator[Finding]:
    mode, sync, keys = ask("PRAGMA journal_mode"), ask("PRAGMA synchronous"), ask("PRAGMA foreign_keys")
    safe = mode == "wal" and int(sync) >= 2 and keys == "1"
    message = f"SQLite：journal_mode={mode}，synchronous={sync}，foreign_keys={keys}"
    yield Finding("durability", GOOD if safe else BAD, message + ("" if safe else "，不能保证已提交的数据不丢失"))


def _postgresql(ask: Callable[[str], str]) -> Iterator[Finding]:
    wanted = {"fsync": {"on"}, "full_page_writes": {"on"}, "synchronous_commit": {"on", "local", "remote_write",
                                                                                 "remote_apply"}}  # fmt: skip
    values = {name: ask(f"SHOW {name}") for name in wanted}
    shown = "，".join(f"{name}={value}" for name, value in values.items())
    safe = all(values[name] in good for name, good in wanted.items())
    yield Finding("durability", GOOD if safe else BAD, f"PostgreSQL：{shown}" + ("" if safe else "，断电可能丢失数据"))
    standby = ask("SHOW synchronous_standby_names")
    if not standby:
        yield Finding("standby", REMARK, "没有同步备库：主库损坏时，最后的数据可能丢失")
    loose = [name for name in migrate.INSERT_ONLY for right in ("UPDATE", "DELETE")
             if ask(f"SELECT has_table_privilege(current_user, '{name}', '{right}')") == "True"]  # fmt: skip
    if loose:
        advice = "请用单独的属主账号建表（XUEJIBAN_MIGRATION_URL）"
        yield Finding("rights", REMARK, f"程序账号有权更改事件表（触发器仍会拒绝），{advice}")


def _rows(session: Session) -> Iterator[Finding]:
    yield _calendar(session)
    last = session.scalar(select(Heartbeat.at).order_by(Heartbeat.at.desc()).limit(1))
    if last is None or last < clock.now() - SILENT_AFTER:
        yield Finding("worker", BAD, "没有 worker 在运行：提醒、邮件和打印都停着")
    else:
        yield Finding("worker", GOOD, "worker 正在运行")
    dead = session.scalar(select(func.count()).select_from(OutboxRow).where(OutboxRow.dead_at.is_not(None)))
    if dead:
        yield Finding("outbox", REMARK, f"有 {dead} 条通知或打印没有成功")
    published = session.scalar(select(func.count()).select_from(ProcessVersion)) or 0
    complete = published >= len(processes.PUBLISHED)
    message = f"已发布 {published} 个流程版本" if complete else "流程定义没有发布，请运行 xuejiban db upgrade"
    yield Finding("processes", GOOD if complete else BAD, message)
    yield _administrators(session)


def _families(session: Session) -> Iterator[Finding]:
    waits = (OutboxRow.topic == families.TOPIC) & OutboxRow.done_at.is_(None)
    waiting = session.scalar(select(func.count()).select_from(OutboxRow).where(waits))
    if waiting:
        why = "没有设置手机消息网关（XUEJIBAN_CHAT_URL）"
        yield Finding("families", REMARK, f"有 {waiting} 条给监护人的短信发不出：{why}")


def _calendar(session: Session) -> Finding:
    known = whole_years(session.scalars(select(CalendarDay.day).where(CalendarDay.region == NATION)))
    today = clock.today()
    if today.year not in known:
        return Finding("calendar", BAD, f"日历里没有 {today.year} 年的放假安排，期限都是暂定的")
    if today.year + 1 not in known and today.month >= NEXT_YEAR_FROM:
        return Finding("calendar", REMARK, f"请导入 {today.year + 1} 年的放假安排（xuejiban import calendar）")
    return Finding("calendar", GOOD, f"{'、'.join(map(str, sorted(known)))} 年的放假安排已导入")


def _administrators(session: Session) -> Finding:
    today = clock.today()
    holding = (Post.valid_from <= today) & (Post.valid_to.is_(None) | (Post.valid_to >= today))
    query = select(Post.role).join(Person, Person.id == Post.person_id).where(Person.disabled_at.is_(None), holding)
    held = set(session.scalars(query.distinct()))
    missing = [role for role in people.ADMINISTRATORS if role not in held]
    if missing:
        return Finding("administrators", REMARK, f"缺少管理员岗位：{'、'.join(missing)}")
    return Finding("administrators", GOOD, "系统管理员、安全管理员、审计员齐备")
