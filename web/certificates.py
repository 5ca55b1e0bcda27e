"""Certificates for those who take part: how one looks, its PDF with a copy count, revoking and replacing it."""

import hashlib
from typing import Any

import segno
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from models.certificates import Certificate
from web import clock
from web.auth import current_actor, current_world
from web.database import current_house, read_session, write
from web.downloads import attachment
from web.formats import full_day, full_minute
from web.masks import mask_name
from web.pages.certificates import CertificatePage
from web.paper_facts_of import KINDS, TEMPLATES, Print, certificate_facts, schools, word_of
from web.prints import first_sheet, printed, printing, refusal_of
from web.views import Fact, Field, FieldError, Form
from workflow import certificates
from workflow.errors import Busy, NotAllowed, Reason, Unmet
from workflow.step import Step
from workflow.storage import Store

bp = Blueprint("certificates", __name__, url_prefix="/certificates")
TRIES = 3
"""How often a print is begun again because somebody else took a copy meanwhile."""
WHY = {
    "revoke": ("撤销", "撤销后立即失效，验证页同时显示；不能恢复"),
    "reissue": ("换发", "按学籍里现在的内容出一份新的，编号和验证码都换；这一份随即失效"),
}


@bp.get("/<public_id>")
def show(public_id: str) -> str:
    """Draw a certificate: what it says, whether it holds, who may end it."""
    return render_template("certificates/show.html", page=_page(*_find(public_id)))


@bp.get("/<public_id>/pdf")
def pdf(public_id: str) -> Response:
    """Give the original, or the paper with its void mark; following a link takes no copy and moves nothing."""
    certificate, step = _find(public_id)
    _check_print(step)
    content = _copy(certificate, step, 1 if certificate.state == "valid" else max(1, certificate.copies))
    return attachment(content, f"{KINDS[certificate.kind]}_{certificate.number}.pdf", "application/pdf")


@bp.post("/<public_id>/pdf")
def take(public_id: str) -> Response:
    """Hand out the next copy: the original first, then prints that carry their number. Every one is written down."""
    for _ in range(TRIES):
        certificate, step = _find(public_id)
        _check_print(step)
        copy, number = certificate.copies + 1, certificate.number
        content = _copy(certificate, step, copy)
        digest = hashlib.sha256(content).digest()
        if _count(public_id, copy - 1, digest):
            return attachment(content, f"{KINDS[certificate.kind]}_{number}.pdf", "application/pdf")
    raise Busy


@bp.get("/<public_id>/preview.png")
def preview(public_id: str) -> Response:
    """Show the first sheet as a picture; looking is no print."""
    certificate, step = _find(public_id)
    _check_print(step)
    content = _original(certificate) or _printed(certificate, step, max(1, certificate.copies))
    return Response(first_sheet(content), mimetype="image/png")


@bp.post("/<public_id>/revoke")
def revoke(public_id: str) -> AnyResponse | tuple[str, int]:
    """Declare the certificate invalid; the public page says so with the next look."""
    return _end(public_id, "revoke")


@bp.post("/<public_id>/reissue")
def reissue(public_id: str) -> AnyResponse | tuple[str, int]:
    """Replace the certificate by one that tells the record as it is today."""
    return _end(public_id, "reissue")


def _find(public_id: str) -> tuple[Certificate, Step]:
    return certificates.find(read_session(), public_id, current_actor(), current_world(), clock.now())


def _check_print(step: Step) -> None:
    if not certificates.may_print(step):
        raise NotAllowed("print", "只有参与本事项的单位可以查看全文和打印")


def _copy(certificate: Certificate, step: Step, copy: int) -> bytes:
    """Return copy `copy`: the stored original is copy 1 of a valid certificate."""
    if copy == 1 and certificate.state == "valid":
        return _original(certificate) or _make_original(certificate)
    return _printed(certificate, step, copy)


def _original(certificate: Certificate) -> bytes | None:
    if certificate.storage_key is None or certificate.state != "valid":
        return None
    return certificates.original_of(_store(), certificate)


def _make_original(certificate: Certificate) -> bytes:
    """Print the original before the worker came to it, with the marks it would have set; whoever is first wins."""
    original = Print(current_house().settings.base_url, current_house().demo, certificate.issued_at)
    content = printed(TEMPLATES[certificate.kind], certificate_facts(certificate, original))
    key = certificates.keep_original(_store(), certificate, content)
    number, digest = certificate.id, hashlib.sha256(content).digest()
    if write(lambda session: certificates.note_original(session, number, key, digest)):
        return content
    fresh, _ = _find(certificate.public_id)
    return certificates.original_of(_store(), fresh)


def _printed(certificate: Certificate, step: Step, copy: int) -> bytes:
    return printed(TEMPLATES[certificate.kind], _facts(certificate, step, copy))


def _facts(certificate: Certificate, step: Step, copy: int) -> Any:
    return certificate_facts(certificate, printing(step, copy), certificates.end_of(step.session, certificate))


def _count(public_id: str, seen: int, digest: bytes) -> bool:
    actor, now = current_actor().id, clock.now()
    return write(lambda session: certificates.count_copy(session, public_id, actor, seen, digest, now))


def _store() -> Store:
    return Store(current_house().settings.files_dir)


def _end(public_id: str, how: str) -> AnyResponse | tuple[str, int]:
    actor, now, reason = current_actor().id, clock.now(), request.form.get("reason", "").replace("\r\n", "\n")
    work = certificates.revoke if how == "revoke" else certificates.reissue
    try:
        left = write(lambda session: work(session, public_id, actor, reason, now).public_id)
    except Unmet as refused:
        page = _page(*_find(public_id), how, reason, refused.reasons)
        return render_template("certificates/show.html", page=page), 422
    flash("已撤销，验证页已显示为已撤销" if how == "revoke" else "已换发，这是新的一份", "done")
    return redirect(url_for(".show", public_id=left), 303)


def _page(
    certificate: Certificate, step: Step, typed_in: str = "", typed: str = "", faults: list[Reason] | None = None
) -> CertificatePage:
    full, public_id = certificates.may_print(step), certificate.public_id
    unprintable = refusal_of(_facts(certificate, step, 1)) if full else ""
    ending = certificates.may_end(step, certificate) and certificate.state == "valid"
    shown = full and not unprintable
    return CertificatePage(
        serial=certificate.number,
        kind=KINDS[certificate.kind],
        word=word_of(certificate),
        state=certificate.state,  # type: ignore[arg-type]  # a check constraint of the table holds the three words
        facts=_told(certificate, full),
        preview_url=url_for(".preview", public_id=public_id) if shown else "",
        pdf_url=url_for(".pdf", public_id=public_id) if shown else "",
        verify_url=url_for("verify.show", code=certificate.code),
        qr=_qr(certificate),
        copies=certificate.copies,
        looks=certificates.looks(step.session, certificate),
        case_url=url_for("cases.show", no=step.case.no),
        revoke=_form("revoke", typed_in, typed, faults) if ending else None,
        revoke_url=url_for(".revoke", public_id=public_id),
        reissue=_form("reissue", typed_in, typed, faults) if ending else None,
        reissue_url=url_for(".reissue", public_id=public_id),
        note=_note(certificate, step),
        unprintable=unprintable or ("" if full else "只有参与本事项的单位可以查看全文和打印。"),
    )


def _told(certificate: Certificate, full: bool) -> tuple[Fact, ...]:
    told = certificate.facts
    facts = [
        *((Fact("学生", told["name"] if full else mask_name(told["name"])),) if told["name"] else ()),
        *schools(told),
        Fact("业务类型", told["kind"]),
        Fact("生效日期", _day(told["effective_on"])),
        Fact("签发单位", told["issued_by"]),
        Fact("签发时间", full_minute(certificate.issued_at)),
    ]
    if full:
        facts.append(Fact("验证码", certificates.shown_code(certificate.code)))
    return tuple(facts)


def _day(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{year}年{int(month)}月{int(day)}日"


def _qr(certificate: Certificate) -> str:
    address = f"{current_house().settings.base_url}/verify/{certificate.code}"
    code = segno.make(address, error="m", micro=False)
    return str(code.svg_inline(border=2, omitsize=True, svgclass="qr-code", title="验证页的二维码"))


def _note(certificate: Certificate, step: Step) -> str:
    end = certificates.end_of(step.session, certificate)
    if end is None:
        return ""
    at, who, why = end
    return f"{full_day(at)}由{who}{'撤销' if certificate.state == 'revoked' else '换发'}：{why}"


def _form(how: str, typed_in: str, typed: str, faults: list[Reason] | None) -> Form:
    word, hint = WHY[how]
    here = faults or [] if how == typed_in else []
    error = next((fault.message for fault in here), "")
    limit = certificates.REASON_LIMIT
    field = Field(
        "reason", f"{word}的理由", "textarea", typed if here else "", hint=hint, error=error,
        required=True, maxlength=limit, rows=3,
    )  # fmt: skip
    return Form((field,), tuple(FieldError(fault.message, fault.field) for fault in here), button=word)
