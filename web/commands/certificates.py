"""`certificate verify`: is this file a paper we issued, unchanged, and does it still hold?"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pypdfium2
from sqlalchemy.orm import Session

from models.base import ALPHABET
from models.certificates import Certificate
from web.commands.frame import json_option, put_json, questions
from workflow import certificates
from workflow.calendar import day_of
from workflow.errors import Unacceptable
from workflow.files import limits
from workflow.files.kinds import PDF
from workflow.files.opening import inspect

NOT_OURS = 3
"""Exit code when the file is not what we issued, or does not hold any more."""
STATES = {"valid": "有效", "superseded": "已换发，以新证明为准", "revoked": "已作废"}
FOREIGN = "不是本系统签发的证明"
CHANGED = "文件不是签发时的那一份，内容可能被改动"
CODE = re.compile(f"(?:[{ALPHABET}]{{4}}-){{6}}[{ALPHABET}]{{2}}", re.IGNORECASE)


@dataclass(frozen=True)
class Verdict:
    """What is known about a file: the certificate whose code stands on it, and whether these are the bytes we made."""

    certificate: Certificate | None = None
    unchanged: bool = False
    why: str = FOREIGN

    @property
    def ok(self) -> bool:
        return self.certificate is not None and self.unchanged and self.certificate.state == "valid"


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
    with file.open("rb") as opened:
        content = opened.read(limits.PDF_BYTES + 1)
    with questions() as (_, session):
        verdict = _judged(session, content)
    found = verdict.certificate
    if as_json:
        put_json(_document(file.name, verdict))
    elif found is None:
        click.echo(f"{FOREIGN}，或者文件已被改动。")
    else:
        state = STATES[found.state] if verdict.unchanged else CHANGED
        why = verdict.why if verdict.unchanged else ""
        click.echo(f"{found.number}：{state}，{day_of(found.issued_at)} 签发。{why}")
    if not verdict.ok:
        raise click.exceptions.Exit(NOT_OURS)


def _judged(session: Session, content: bytes) -> Verdict:
    """Look for these very bytes: among the originals, then among the copies of the certificate whose code is on it."""
    digest = hashlib.sha256(content).digest()
    found = certificates.by_digest(session, digest)
    for typed in () if found else _codes(content):
        found = certificates.by_code(session, typed)
        if found and digest not in certificates.digests(session, found):
            return Verdict(found, False, CHANGED)
        if found:
            break
    if found is None:
        return Verdict()
    end = certificates.end_of(session, found)
    return Verdict(found, True, end[2] if end else "")


def _codes(content: bytes) -> list[str]:
    """Return what looks like a code in the text of the first page; a file that is no sound PDF has none."""
    try:
        if inspect(content).media_type != PDF:
            return []
    except Unacceptable:
        return []
    document = pypdfium2.PdfDocument(content)
    try:
        page = document[0]
        text = page.get_textpage()
        words = text.get_text_range()
        text.close()
        page.close()
    finally:
        document.close()
    return CODE.findall("".join(words.split()))


def _document(name: str, verdict: Verdict) -> dict[str, Any]:
    found = verdict.certificate
    return {
        "ok": verdict.ok,
        "file": name,
        "number": found.number if found else None,
        "state": found.state if found else None,
        "unchanged": verdict.unchanged,
        "issued_on": day_of(found.issued_at).isoformat() if found else None,
        "why": verdict.why,
    }
