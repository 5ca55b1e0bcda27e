"""The public page where a stranger with a paper in hand checks it. It answers little, slowly enough, and to everybody.

Codes that do not exist, are misspelt or cannot exist get one and the same answer.
"""

import datetime as dt
from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from models.certificates import Certificate
from web import clock, throttle
from web.auth import public
from web.database import current_house, read_session, write
from web.formats import full_day
from web.masks import mask_name
from web.pages.certificates import VerifyPage
from web.paper_facts_of import KINDS, schools, word_of
from web.views import Fact, Field, Form
from workflow import certificates

bp = Blueprint("verify", __name__, url_prefix="/verify")
LONGEST = 64
TEXTS = {
    "valid": "这份{word}由本系统签发，现在有效。",
    "superseded": "内容已更正并换发，请向签发单位索取新的一份。",
    "unknown": "没有这个验证码。请对照证明左下角再核对一遍，一个字符也不能差。",
}
NAMES = {
    True: "姓名与记录一致。",
    False: "姓名与记录不一致：这张纸上的姓名不是签发时的姓名，请不要采信。",
}


@bp.get("")
@bp.get("/<code>")
@public
def show(code: str = "") -> AnyResponse:
    """Answer the address in the QR code or a code that was typed; ask for one when there is none."""
    code = code or request.args.get("code", "").strip()
    return _looked_up(code) if code else _answer(VerifyPage(_form("")))


@bp.post("/<code>/name")
@public
def name(code: str) -> AnyResponse:
    """Compare the name on the paper with the one on record: yes or no, nothing else."""
    return _looked_up(code, request.form.get("name", "").strip()[:100])


def _looked_up(typed: str, name: str | None = None) -> AnyResponse:
    now, address = clock.now(), request.remote_addr or ""
    throttle.check(read_session(), "verify", now, address=address, all="everybody")

    def look(session: Session) -> VerifyPage:
        throttle.count(session, "verify", now, address=address, all="everybody")
        certificate = certificates.by_code(session, typed)
        if certificate is None:
            return VerifyPage(_form(typed), "unknown", host=_host(), text=TEXTS["unknown"])
        certificates.note_look(session, certificate, now)
        return _found(certificate, name)

    page = write(look)
    return _answer(page, 404 if page.state == "unknown" else 200)


def _found(certificate: Certificate, name: str | None) -> VerifyPage:
    told = certificate.facts
    facts = (
        Fact(word_of(certificate), KINDS[certificate.kind]),
        *((Fact("学生", mask_name(told["name"])),) if told["name"] else ()),
        *schools(told),
        Fact("签发单位", told["issued_by"]),
        Fact("签发日期", full_day(certificate.issued_at)),
        Fact("生效日期", full_day(dt.date.fromisoformat(told["effective_on"]))),
    )
    return VerifyPage(
        form=_form(""),
        state=certificate.state,  # type: ignore[arg-type]  # a check constraint of the table holds the three words
        code=certificates.shown_code(certificate.code),
        facts=facts,
        host=_host(),
        text=_text(certificate),
        name_form=_name_form(name or "") if told["name"] else None,
        name_url=url_for(".name", code=certificate.code),
        name_fits=None if not name else name == told["name"],
        name_text=NAMES[name == told["name"]] if name else "",
    )


def _text(certificate: Certificate) -> str:
    if certificate.state == "revoked":
        return f"这份{word_of(certificate)}已于{full_day(certificate.revoked_at)}撤销，不再有效。"
    if certificate.state == "valid" and certificate.expires_on:
        return f"这份证明由本系统签发，已于{full_day(certificate.expires_on)}起不再使用（学生已取得证件号或已离校）。"
    return TEXTS[certificate.state].format(word=word_of(certificate))


def _form(typed: str) -> Form:
    field = Field(
        "code", "验证码", value=typed[:LONGEST], hint="26 位，在证明左下角；横线和大小写不影响",
        required=True, maxlength=LONGEST, autocomplete="off", width="full",
    )  # fmt: skip
    return Form((field,), button="验证")


def _name_form(typed: str) -> Form:
    field = Field(
        "name", "纸上的学生姓名", value=typed, hint="只回答一致或不一致", required=True, maxlength=100,
        autocomplete="off",
    )  # fmt: skip
    return Form((field,), button="核对姓名")


def _host() -> str:
    return urlsplit(current_house().settings.base_url).netloc


def _answer(page: VerifyPage, status: int = 200) -> Response:
    headers = {"X-Robots-Tag": "noindex, nofollow, noarchive"}
    return Response(render_template("verify/show.html", page=page), status, headers, mimetype="text/html")
