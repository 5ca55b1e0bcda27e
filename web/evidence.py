"""Scanned papers on the page: handing one in, looking at its pages with one's own name across them, taking it back."""

from dataclasses import replace
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from models.evidence import Evidence
from web import clock
from web.auth import current_actor, current_world
from web.cases import new_key
from web.database import current_house, read_session, write
from web.downloads import attachment
from web.formats import full_minute
from web.input import check_form
from web.present import case as presented
from web.present import scan
from web.problems.case import draw_upload
from web.views import FieldError, Form
from workflow import engine, evidence
from workflow.errors import NotFound, Unacceptable
from workflow.files.opening import page_picture
from workflow.step import Actor, Step

bp = Blueprint("evidence", __name__)
LOCKED_UP = "default-src 'none'; sandbox; frame-ancestors 'none'"
PRIVATE = "private, no-store"


@bp.post("/cases/<no>/evidence")
def upload(no: str) -> AnyResponse | tuple[str, int]:
    """Add one paper to a case; a refusal draws the case again with the sentence at its field."""
    check_form(request.form)
    step = _look(no)
    try:
        paper = _take_in(current_actor(), step)
    except Unacceptable as refused:
        return _again(_look(no), refused), 422
    flash(f"“{paper.kind}”已存入案卷", "done")
    return redirect(url_for("cases.show", no=no, tab="evidence"), 303)


@bp.get("/evidence/<public_id>")
def show(public_id: str) -> str:
    """Draw the viewer of one paper."""
    paper, actor, world, session = _find(public_id), current_actor(), current_world(), read_session()
    step = evidence.case_of(session, paper, actor, world, clock.now())
    return render_template("cases/evidence.html", page=scan.viewer(session, paper, step, actor, world))


@bp.get("/evidence/<public_id>/<int:page>.jpg")
def picture(public_id: str, page: int) -> Response:
    """Give the picture of one page, made for this person in this minute."""
    paper = _find(public_id)
    if not 1 <= page <= paper.pages:
        raise NotFound
    content = evidence.content_of(current_house().store, paper)
    actor = current_actor()
    made = page_picture(content, paper.media_type, page, _mark(actor), _font())
    _note(paper, f"第 {page} 页")
    headers = {"Content-Security-Policy": LOCKED_UP, "Cache-Control": PRIVATE, "X-Content-Type-Options": "nosniff"}
    return Response(made, 200, headers, mimetype="image/jpeg")


@bp.get("/evidence/<public_id>/original")
def download(public_id: str) -> Response:
    """Give the file as it was uploaded, to save and never to open in the browser."""
    paper = _find(public_id)
    response = attachment(evidence.content_of(current_house().store, paper), paper.file_name, paper.media_type)
    response.headers["Cache-Control"] = PRIVATE
    _note(paper, "下载原件")
    return response


@bp.post("/evidence/<public_id>/withdraw")
def withdraw(public_id: str) -> AnyResponse:
    """Take a paper back while the case is a draft."""
    actor, world, now = current_actor(), current_world(), clock.now()
    paper = write(lambda s: evidence.withdraw_paper(s, actor=actor, public_id=public_id, world=world, now=now))
    flash(f"“{paper.kind}”已撤下", "done")
    step = evidence.case_of(read_session(), paper, actor, world, now)
    return redirect(url_for("cases.show", no=step.case.no, tab="evidence") if step else url_for("inbox.show"), 303)


def _take_in(actor: Actor, step: Step) -> Evidence:
    """Keep the file of the form. Raises Unacceptable or NotAllowed."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Unacceptable("file", "请选择要上传的文件", "missing")
    org_id, kind = evidence.hands_in_for(actor, step), request.form.get("kind", "")
    name, content = file.filename, file.read()
    return write(
        lambda session: evidence.take_in(
            session,
            current_house().store,
            actor=actor,
            org_id=org_id,
            kind=kind,
            file_name=name,
            content=content,
            now=clock.now(),
            case=step.case,
        )
    )


def _again(step: Step, refused: Unacceptable) -> str:
    if step.case.process == "problem":
        return draw_upload(step, refused)
    page = presented.page(step, "evidence", new_key())
    if page.upload is not None:
        page = replace(page, upload=_with_error(page.upload, refused))
    return render_template("cases/show.html", page=page)


def _with_error(form: Form, refused: Unacceptable) -> Form:
    chosen = {"kind": request.form.get("kind", "")}
    fields = tuple(
        replace(
            field,
            value=chosen.get(field.name, field.value),
            error=refused.message if field.name == refused.field else field.error,
        )
        for field in form.fields
    )
    return replace(form, fields=fields, errors=(FieldError(refused.message, refused.field),))


def _look(no: str) -> Step:
    return engine.look(read_session(), no, current_actor(), current_world(), clock.now())


def _find(public_id: str) -> Evidence:
    return evidence.find(read_session(), public_id, current_actor(), current_world(), clock.now())


def _note(paper: Evidence, what: str) -> None:
    """Write down the look before anything leaves."""
    actor = current_actor()
    write(lambda session: evidence.note_look(session, actor, paper, what, clock.now()))


def _mark(actor: Actor) -> list[str]:
    """The words across the picture: who, of which office, when."""
    office = current_world().name(actor.desks[0].org_id) if actor.desks else ""
    return [f"{actor.name} · {office}" if office else actor.name, full_minute(clock.now())]


@cache
def _font() -> Path:
    with as_file(files("pdf_templates").joinpath("fonts/LXGWWenKai-Regular.ttf")) as path:
        return path
