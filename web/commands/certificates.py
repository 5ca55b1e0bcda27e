"""`certificate verify`: is this file a paper we issued, unchanged, and does it still hold?"""

import hashlib
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import Event
from models.certificates import Certificate
from web.commands.frame import json_option, put_json, questions
from workflow import certificates
from workflow.calendar import day_of

NOT_OURS = 3
"""Exit code when the file is not what we issued, or does not hold any more."""
STATES = {"valid": "有效", "superseded": "已换发，以新证明为准", "revoked": "已作废"}


@click.group()
def certificate() -> None:
    """证明。"""


@certificate.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="文件")
@json_option
def verify(file: Path, as_json: bool) -> None:
    """核验一份转学证明的 PDF 文件：是不是本系统签发、有没有被改动、是否仍然有效。

    不是或不再有效时退出码为 3。
    """
    digest = hashlib.sha256(file.read_bytes()).digest()
    with questions() as (_, session):
        found = _by_digest(session, digest)
        answer = _answer(session, found, file.name)
    if as_json:
        put_json(answer)
    elif found is None:
        click.echo("这不是本系统签发的证明，或者文件已被改动。")
    else:
        click.echo(f"{found.number}：{STATES[found.state]}，{answer['issued_on']} 签发。{answer['why']}")
    if not answer["ok"]:
        raise click.exceptions.Exit(NOT_OURS)


def _answer(session: Session, found: Certificate | None, name: str) -> dict[str, Any]:
    if found is None:
        nothing = dict.fromkeys(("number", "state", "issued_on"))
        return {"ok": False, "file": name, **nothing, "why": "不是本系统签发的证明，或者文件已被改动"}
    end = certificates.end_of(session, found)
    return {
        "ok": found.state == "valid",
        "file": name,
        "number": found.number,
        "state": found.state,
        "issued_on": day_of(found.issued_at).isoformat(),
        "why": end[2] if end else "",
    }


def _by_digest(session: Session, digest: bytes) -> Certificate | None:
    """The certificate of which this very file is the original or a copy that was handed out."""
    original = session.scalars(select(Certificate).where(Certificate.digest == digest)).first()
    if original is not None:
        return original
    prints = select(Event.body).where(Event.action == "print_certificate").execution_options(yield_per=1000)
    for body in session.scalars(prints):
        if body.get("digest") == digest.hex():
            return certificates.by_number(session, str(body.get("certificate", "")))
    return None
