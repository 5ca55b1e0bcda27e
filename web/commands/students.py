"""`student`: checks the numbers of all records; prepares a pupil for a demonstration."""

import datetime as dt
import re

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.id_errors import NumberCheck
from models.session import reading, transact
from models.students import Student
from web import clock
from web.commands.frame import DAY, bar, change, fail, json_option, note, opened, put_json, today_option
from web.database import House
from workflow.id_errors import checking

RECORD_NO = re.compile(r"[GLJglj]\d{17}[\dXx]")


@click.group()
def student() -> None:
    """学生记录。"""


@student.command("set")
@click.argument("number", metavar="学籍号或身份证件号")
@click.option("--suspended", nargs=2, type=DAY, metavar="起 止", help="休学的起止日期。")
@click.option("--disciplinary", type=click.Choice(["on", "off"]), help="处分尚未解除：是（on）或否（off）。")
@today_option
def set_(
    number: str, suspended: tuple[dt.date, dt.date] | None, disciplinary: str | None, today: dt.date | None
) -> None:
    """设置学生的休学或处分状态（只能用于演示数据）。"""
    if suspended is None and disciplinary is None:
        raise fail("请用 --suspended 或 --disciplinary 写明要设置什么。")
    if suspended is not None and suspended[0] > suspended[1]:
        raise fail("休学的开始日期晚于结束日期。")

    def work(session: Session, house: House) -> int:
        if not house.demo:
            raise fail("只能在演示数据中设置学生状态。")
        records = _records(session, number)
        for record in records:
            if suspended is not None:
                record.suspended_from, record.suspended_to = suspended
                record.status = "02" if suspended[0] <= clock.today() <= suspended[1] else "01"
            if disciplinary is not None:
                record.disciplinary = disciplinary == "on"
            record.version += 1
        return len(records)

    note(f"已设置 {change(work, today)} 条学籍记录。")


@student.command("check-numbers")
@json_option
@today_option
def check_numbers(as_json: bool, today: dt.date | None) -> None:
    """检查所有学籍记录的证件号（校验码、日期、性别、类型）；中断后再运行会接着检查。"""
    with opened(today) as house:
        total = transact(house.engine, lambda session: checking.start(session, clock.now()).total)
        with bar("检查证件号", total) as progress:
            while transact(house.engine, lambda session: _advance(session, house)):
                progress.update(checking.CHUNK)
        with reading(house.engine) as session:
            last = session.scalars(select(NumberCheck).order_by(NumberCheck.id.desc()).limit(1)).one()
    if as_json:
        put_json({"checked": last.done, "faulty": last.found})
        return
    click.echo(f"检查 {last.done} 条记录，{last.found} 条的证件号有误；后台程序会为每条开立事项。")


def _advance(session: Session, house: House) -> bool:
    return checking.advance(session, clock.now(), clock.today(), demo=house.demo)


def _records(session: Session, number: str) -> list[Student]:
    attribute = Student.record_no if RECORD_NO.fullmatch(number.strip()) else Student.id_number
    records = list(session.scalars(select(Student).where(attribute.matches(number))))
    if not records:
        raise fail("没有找到这个学籍号或身份证件号的学生。")
    return records
