"""The demo's officers: one account for every role that makes sense at each organisation, each with its own password.

The passwords are random and stand in DIR/accounts.json, which only its owner may read. Their hashes are made at a low
cost, because the passwords themselves are already random; a real installation never does that.
"""

import datetime as dt
import itertools
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.organisations import Organisation, SchoolClass
from web.config import Settings
from web.passwords import Passwords
from workflow import people

FILE = "accounts.json"
SUFFIX = {
    "school_clerk": "clerk",
    "school_leader": "leader",
    "check_operator": "checker",
    "class_teacher": "teacher",
    "dept_clerk": "clerk",
    "dept_leader": "leader",
    "arbitrator": "arbitrator",
    "auditor": "auditor",
    "system_admin": "sysadmin",
    "security_admin": "secadmin",
}
SURNAMES = "林赵沈许韩冯曹彭曾萧田董潘袁蔡蒋余杜叶程魏苏吕丁任卢姚姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹"
GIVEN = (
    "文博", "雅琴", "志远", "晓岚", "建国", "慧敏", "立群", "素云", "明达", "秋月", "向东", "静宜", "国栋", "海燕",
    "思源", "玉兰", "振华", "丽娟", "永康", "春梅", "德明", "淑珍", "学军", "月华", "宏伟", "佩玲", "广平", "立新",
)  # fmt: skip
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""No letter or digit that is taken for another when typed from a list."""


@dataclass(frozen=True)
class Account:
    """One line of accounts.json; `organisation` is its code, `class` the class number of a class teacher."""

    username: str
    password: str
    name: str
    role: str
    organisation: str
    room: str | None

    def line(self) -> dict[str, Any]:
        line = asdict(self)
        line["class"] = line.pop("room")
        return line


class Registrar:
    """Opens the accounts. Names do not repeat within one organisation, nor anywhere as long as they last."""

    def __init__(self, session: Session, settings: Settings, now: dt.datetime, since: dt.date) -> None:
        self.session, self.now, self.since = session, now, since
        self.accounts: list[Account] = []
        self._passwords = Passwords(replace(settings, argon2_memory=8_192, argon2_rounds=1))
        self._names = _names()

    def staff(self, org: Organisation, prefix: str, *, top: bool, second_leader: bool = False) -> None:
        """Give an organisation one officer for each role; the administrators sit at the top office only.

        There two keep the rules: what one proposes the other one confirms.
        """
        for role in people.roles_at(org):
            if role in people.ADMINISTRATORS and not top:
                continue
            self._open(org, prefix, role)
        if top:
            self._open(org, prefix, "security_admin", "2")
        if second_leader:
            self._open(org, prefix, "dept_leader", "2")

    def _open(self, org: Organisation, prefix: str, role: str, number: str = "") -> None:
        room = self._first_class(org) if role == "class_teacher" else None
        if role == "class_teacher" and room is None:
            return
        username = f"{prefix}.{SUFFIX[role]}{number}"
        person = people.add(self.session, username, next(self._names), self.now, email=f"{username}@demo.example")
        password = new_password()
        people.set_password(self.session, person, self._passwords.hash(password), changed_at=self.now)
        people.assign(self.session, person, org, role, self.since, room)
        no = room.no if room else None
        self.accounts.append(Account(username, password, person.name, role, org.code, no))

    def _first_class(self, org: Organisation) -> SchoolClass | None:
        query = select(SchoolClass).where(SchoolClass.school_id == org.id).order_by(SchoolClass.grade, SchoolClass.no)
        return self.session.scalars(query).first()


def new_password() -> str:
    """Return three groups of four letters and digits (59 random bits), to be read from a list and typed."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def write(folder: Path, accounts: list[Account]) -> Path:
    """Write accounts.json, readable by its owner only, whole or not at all."""
    target, draft = folder / FILE, folder / f".{FILE}.{secrets.token_hex(4)}"
    text = json.dumps([account.line() for account in accounts], ensure_ascii=False, indent=1)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.rename(target)
    return target


def read(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of accounts.json; none if somebody removed it."""
    try:
        lines: list[dict[str, Any]] = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    return lines


def _names() -> Iterator[str]:
    """Yield names without end; the first 1,400 are all different, and neighbours share neither part."""
    for number in itertools.count():
        surname = number % len(SURNAMES)
        yield SURNAMES[surname] + GIVEN[(number // len(SURNAMES) + number) % len(GIVEN)]
