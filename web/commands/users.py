"""`user`: accounts of officers, their passwords and API tokens."""

import datetime as dt
from dataclasses import asdict

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.organisations import Organisation, SchoolClass
from models.people import ROLES, SYSTEM_PERSON_ID, Person, Post
from web import clock
from web.commands.frame import Number, change, fail, json_option, note, put_json, questions, table, today_option
from web.database import House
from web.demo.accounts import new_password
from web.passwords import Passwords, check_new
from workflow import handing_over, people
from workflow.errors import NotFound
from workflow.handing_over import Handed
from workflow.rights import TITLES


@click.group()
def user() -> None:
    """账号：新建、列出、改密码、停用、发放接口令牌。"""


@user.command()
@click.argument("username", metavar="用户名")
@click.option("--name", required=True, help="姓名。")
@click.option("--org", required=True, metavar="代码", help="单位代码（学校标识码或行政区划代码）。")
@click.option("--role", required=True, type=click.Choice(ROLES), help="岗位。")
@click.option("--class", "class_no", metavar="班号", help="班主任所带班级的 7 位班号。")
@click.option("--email", default="", help="接收通知的邮箱。")
@click.option("--phone", default="", help="办公电话。")
@today_option
def add(
    username: str, name: str, org: str, role: str, class_no: str | None, email: str, phone: str, today: dt.date | None
) -> None:
    """新建账号并授予岗位；初始密码随机生成，只显示一次。账号已存在时只增加岗位。"""
    password = new_password()

    def work(session: Session, house: House) -> bool:
        office = session.scalars(select(Organisation).where(Organisation.code == org)).first()
        if office is None:
            raise fail(f"没有代码为 {org} 的单位。")
        room = _room(session, office, class_no)
        person = session.scalars(select(Person).where(Person.username == username)).first()
        created = person is None
        if person is None:
            person = people.add(session, username, name, clock.now(), email=email, phone=phone)
            people.set_password(session, person, Passwords(house.settings).hash(password), changed_at=None)
        elif person.name != name or person.disabled_at is not None:
            raise fail(f"账号 {username} 已经存在，姓名不同或已停用。")
        people.assign(session, person, office, role, clock.today(), room)
        return created

    if change(work, today):
        note(f"已新建账号 {username}。初始密码（只显示这一次）：")
        click.echo(password)
    else:
        note(f"已为账号 {username} 增加岗位。")


@user.command("list")
@click.option("--org", metavar="代码", help="只列这个单位的账号。")
@json_option
def list_(org: str | None, as_json: bool) -> None:
    """列出账号和现任岗位。"""
    with questions() as (_, session):
        held = (Post.person_id == Person.id) & (Post.valid_to.is_(None) | (Post.valid_to >= clock.today()))
        query = (
            select(Person.username, Person.name, Post.role, Organisation.code, Organisation.name.label("office"),
                   SchoolClass.no, Person.disabled_at)
            .outerjoin(Post, held)
            .outerjoin(Organisation, Organisation.id == Post.org_id)
            .outerjoin(SchoolClass, SchoolClass.id == Post.class_id)
            .where(Person.username != "system")
            .order_by(Person.username, Post.id)
        )  # fmt: skip
        rows = session.execute(query.where(Organisation.code == org) if org else query).all()
    found = [
        {
            "username": row.username, "name": row.name, "role": row.role, "organisation": row.code, "class": row.no,
            "disabled": row.disabled_at is not None,
        }
        for row in rows
    ]  # fmt: skip
    if as_json:
        put_json(found)
        return
    shown = [
        (row.username, row.name, TITLES.get(row.role, ""), row.office or "", "已停用" if row.disabled_at else "")
        for row in rows
    ]
    click.echo(table(shown, ("用户名", "姓名", "岗位", "单位", "")))


@user.command()
@click.argument("username", metavar="用户名")
@click.option("--days", type=Number(1, 3650), help="有效天数；不写则一直有效。")
@click.option("--label", default="", help="用途，便于以后辨认。")
@json_option
def token(username: str, days: int | None, label: str, as_json: bool) -> None:
    """发放一个接口令牌（只显示这一次），标准输出只有令牌本身。"""

    def work(session: Session, _: House) -> str:
        return people.issue_token(session, _person(session, username), clock.now(), label=label[:60], days=days)

    issued = change(work)
    if as_json:
        put_json({"username": username, "token": issued})
    else:
        click.echo(issued)


@user.command()
@click.argument("username", metavar="用户名")
@click.option("--ask", is_flag=True, help="键入新密码，而不是随机生成。")
def password(username: str, ask: bool) -> None:
    """改密码，并结束该账号的所有登录。"""
    new = click.prompt("新密码", hide_input=True, confirmation_prompt="再输一遍") if ask else new_password()
    check_new(new, username)

    def work(session: Session, house: House) -> None:
        changed_at = clock.now() if ask else None
        people.set_password(
            session, _person(session, username), Passwords(house.settings).hash(new), changed_at=changed_at
        )

    change(work)
    if ask:
        note(f"账号 {username} 的密码已更改。")
    else:
        note(f"账号 {username} 的新密码（只显示这一次）：")
        click.echo(new)


@user.command()
@click.argument("username", metavar="用户名")
def disable(username: str) -> None:
    """停用账号：不能再登录，令牌失效，岗位到今天为止，名下的事项交回各岗位。"""
    handed = change(lambda session, _: _leave(session, username, None, handing_over.ACCOUNT))
    note(f"账号 {username} 已停用。{_told(handed, None)}")


@user.command()
@click.argument("username", metavar="用户名")
@click.option("--to", "successor", metavar="用户名", help="由谁接手；不写则全部交回各岗位。")
@click.option("--keep-account", is_flag=True, help="只结束岗位（调离），账号保留。")
@json_option
@today_option
def handover(
    username: str, successor: str | None, keep_account: bool, as_json: bool, today: dt.date | None
) -> None:
    """离岗交接：名下的事项、征求的意见、抄送、代理和草稿一次交给一人，或者交回各岗位，同时结束岗位或停用账号。"""
    ends = handing_over.POSTS if keep_account else handing_over.ACCOUNT
    handed = change(lambda session, _: _leave(session, username, successor, ends), today)
    if as_json:
        put_json({"username": username, "to": successor, **asdict(handed)})
    else:
        note(f"{username} 已交接。{_told(handed, successor)}")


def _leave(session: Session, username: str, successor: str | None, ends: str) -> Handed:
    person = _person(session, username)
    to = _person(session, successor) if successor else None
    if person.disabled_at is not None:
        raise fail(f"账号 {username} 已经停用。")
    if to is not None and (to.id == person.id or to.disabled_at is not None):
        raise fail(f"{successor} 不能接手。")
    return handing_over.leave(session, person, to, ends, SYSTEM_PERSON_ID, clock.now())


def _told(handed: Handed, successor: str | None) -> str:
    """Say what became of everything in one sentence."""
    to = f"交给 {successor} {handed.successor} 件，" if successor else ""
    orders = f"；结束代理 {handed.orders_ended} 项" if handed.orders_ended else ""
    taken = f"，其中 {handed.orders_taken_over} 项由接手人继续" if handed.orders_taken_over else ""
    return f"{to}交回各岗位 {handed.desks} 件，草稿 {handed.drafts} 份{orders}{taken}。"


def _person(session: Session, username: str) -> Person:
    try:
        return people.by_username(session, username)
    except NotFound:
        raise fail(f"没有账号 {username}。") from None


def _room(session: Session, office: Organisation, no: str | None) -> SchoolClass | None:
    if no is None:
        return None
    room = session.scalars(select(SchoolClass).where(SchoolClass.school_id == office.id, SchoolClass.no == no)).first()
    if room is None:
        raise fail(f"{office.name}没有班号为 {no} 的班级。")
    return room
