"""`db` and `init`: the tables, and a real installation with its first three administrators."""

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.organisations import LEVELS
from models.people import SYSTEM_PERSON_ID, Person
from models.session import make_engine, transact
from web import clock, foundation
from web.commands.frame import fail, note, settings_for, table
from web.config import Settings
from web.demo.accounts import new_password
from web.passwords import Passwords
from workflow import organisations, people, processes
from workflow.rights import TITLES

DEPARTMENT_LEVELS = [level for level in LEVELS if level not in ("nation", "school")]
USERNAMES = {"system_admin": "sysadmin", "security_admin": "secadmin", "auditor": "auditor"}


@click.group()
def db() -> None:
    """数据库。"""


@db.command("upgrade")
def upgrade() -> None:
    """把数据库升级到本程序的版本，并发布流程定义。"""
    settings = settings_for()
    foundation.upgrade(settings)
    engine = make_engine(settings.database_url)
    try:
        transact(engine, lambda session: processes.publish(session, clock.now()))
    finally:
        engine.dispose()
    note("数据库已是最新。")


@click.command()
@click.option("--code", prompt="最上级部门的行政区划代码", help="最上级部门的行政区划代码，如 650000。")
@click.option("--name", prompt="最上级部门的名称", help="最上级部门的名称，如 某某省教育厅。")
@click.option("--level", type=click.Choice(DEPARTMENT_LEVELS), default="province", show_default=True, help="它的级别。")
@click.option("--system-admin", prompt="系统管理员姓名", help="系统管理员姓名。")
@click.option("--security-admin", prompt="安全管理员姓名", help="安全管理员姓名。")
@click.option("--auditor", prompt="审计员姓名", help="审计员姓名。")
def init(code: str, name: str, level: str, system_admin: str, security_admin: str, auditor: str) -> None:
    """建立正式环境：数据库、密钥、最上级部门和三位管理员（三个不同的人）。

    初始密码只显示一次，首次登录须更改。
    """
    names = {"system_admin": system_admin, "security_admin": security_admin, "auditor": auditor}
    if len(set(names.values())) < len(names):
        raise fail("系统管理员、安全管理员和审计员必须是三位不同的人员。")
    settings = settings_for()
    office = organisations.read([{"id": code, "name": name, "level": level, "parent": None}], demo=False)
    foundation.upgrade(settings)
    foundation.hand_in_keys(settings)
    engine = make_engine(settings.database_url)
    try:
        made = transact(engine, lambda session: _found(session, settings, office, names))
    finally:
        engine.dispose()
    click.echo(table(made, ("岗位", "姓名", "用户名", "初始密码")))
    note(f"密钥文件：{settings.key_file}。请另存一份到安全的地方：没有它，数据不能打开。")


def _found(
    session: Session, settings: Settings, entries: list[organisations.OfficeEntry], names: dict[str, str]
) -> list[tuple[str, ...]]:
    if session.scalar(select(func.count()).select_from(Person).where(Person.id != SYSTEM_PERSON_ID)):
        raise fail("这个数据库已经建立过，不能再次初始化。")
    foundation.lay(session, clock.now())
    organisations.load(session, entries)
    office = organisations.by_code(session, entries[0].code)
    hasher = Passwords(settings)
    made: list[tuple[str, ...]] = []
    for role, name in names.items():
        password = new_password()
        person = people.add(session, USERNAMES[role], name, clock.now())
        people.set_password(session, person, hasher.hash(password), changed_at=None)
        people.assign(session, person, office, role, clock.today())
        made.append((TITLES[role], person.name, person.username, password))
    return made
