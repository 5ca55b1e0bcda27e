"""Monthly bulletins of a department: the shelf of months, the draft, what was issued, as page, PDF and workbook."""

from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.bulletins import Bulletin
from web import clock
from web.auth import current_actor, current_world
from web.bulletin_workbook import workbook
from web.cases import new_key
from web.database import current_house, read_session, write
from web.downloads import attachment
from web.formats import full_day
from web.imports import XLSX
from web.input import check_form
from web.pages.statistics import ListPage, RecordsPage
from web.present import bulletin_list as listed
from web.present import bulletin_pages as pages
from web.present import bulletins as presented
from web.present.bulletin_links import of_draft, of_issued
from web.prints import printed
from web.views import FieldError
from workflow.calendar import day_of
from workflow.errors import Unacceptable
from workflow.statistics import bulletin_figures, bulletin_lists, bulletins, listing
from workflow.statistics.bulletin_lists import Entry
from workflow.statistics.period import Period, month_of
from workflow.world import Office

bp = Blueprint("bulletins", __name__, url_prefix="/bulletins")


@bp.get("/")
def index() -> str:
    """Draw the months of an office with what was issued for each."""
    office = bulletins.department(current_actor(), current_world(), request.args.get("org", ""))
    shelf = bulletins.shelf(read_session(), office, clock.today())
    page = pages.shelf(office, shelf, current_actor(), current_world())
    return render_template("bulletins/index.html", page=page)


@bp.get("/draft")
def draft() -> str | tuple[str, int]:
    """Draw a month as it would be issued now; beside an issued one, what would be different."""
    office = bulletins.department(current_actor(), current_world(), request.args.get("org", ""))
    try:
        month = bulletins.closed_month(request.args.get("month", ""), clock.today())
    except Unacceptable as wrong:
        shelf = bulletins.shelf(read_session(), office, clock.today())
        page = pages.shelf(office, shelf, current_actor(), current_world(), wrong.message)
        return render_template("bulletins/index.html", page=page), 422
    return _draw_draft(office, month)


@bp.post("/")
def issue() -> Response | tuple[str, int]:
    """Freeze a month and give it a number; a further version needs a reason."""
    check_form(request.form)
    office = bulletins.department(current_actor(), current_world(), request.form.get("org", ""))
    actor, now, reason = current_actor(), clock.now(), request.form.get("reason", "")
    seen = request.form.get("version", type=int)
    try:
        month = bulletins.closed_month(request.form.get("month", ""), clock.today())
    except Unacceptable as wrong:
        shelf = bulletins.shelf(read_session(), office, clock.today())
        page = pages.shelf(office, shelf, actor, current_world(), wrong.message)
        return render_template("bulletins/index.html", page=page), 422
    world = current_world()
    try:
        public_id, number = write(
            lambda session: _told(
                bulletins.issue(session, actor, world, office, month, now, -1 if seen is None else seen, reason)
            )
        )
    except Unacceptable as wrong:
        return _draw_draft(office, month, reason, FieldError(wrong.message, wrong.field)), 422
    flash(f"已出具学籍通报{number}。", "done")
    return redirect(url_for(".show", public_id=public_id), 303)


@bp.get("/<public_id>")
def show(public_id: str) -> str:
    """Draw one version as it was issued."""
    row, office = _read(public_id)
    month = month_of(row.month)
    versions = bulletins.versions(read_session(), row)
    page = pages.issued(office, month, row, versions, bulletins.may_issue(current_actor(), office))
    return render_template("bulletins/show.html", page=page)


@bp.get("/<public_id>/list")
def behind(public_id: str) -> str:
    """Draw the list that a number of an issued version was counted from."""
    row, office = _read(public_id)
    wanted = listed.asked(request.args)
    entries = bulletin_lists.kept(read_session(), row, wanted.line, wanted.name) if wanted else []
    if wanted is None or not entries:
        abort(404)
    month = month_of(row.month)
    back = presented.number_word(row.number, row.version), url_for(".show", public_id=public_id)
    state = f"{full_day(day_of(row.issued_at))}出具时的名单，期限和办理是现在的情况"
    return _draw_list(entries, listed.Behind(office, month, wanted, len(entries), state, back, of_issued(row)))


@bp.get("/draft/list")
def behind_draft() -> str:
    """Draw the list behind a number of a draft, as it would be counted now."""
    world, session = current_world(), read_session()
    office = bulletins.department(current_actor(), world, request.args.get("org", ""))
    wanted = listed.asked(request.args)
    try:
        month = bulletins.closed_month(request.args.get("month", ""), clock.today())
    except Unacceptable:
        abort(404)
    if wanted is None or not bulletin_lists.is_line(world, office, wanted.line):
        abort(404)
    entries = bulletin_lists.now(session, world, office, month, wanted.line, wanted.name)
    back = "通报草稿", url_for(".draft", org=office.code, month=f"{month.first:%Y-%m}")
    state = "按现在的记录统计"
    return _draw_list(entries, listed.Behind(office, month, wanted, len(entries), state, back, of_draft(office, month)))


def _draw_list(entries: Sequence[Entry], behind: listed.Behind) -> str:
    session, actor, world = read_session(), current_actor(), current_world()
    numbers = listed.on_page(behind.wanted, entries)
    if bulletin_lists.is_of_records(behind.wanted.name):
        records = listing.of_record_numbers(session, [one for one in numbers if isinstance(one, tuple)])
        page: ListPage | RecordsPage = listed.records(behind, numbers, records, actor, world)
        return render_template("statistics/records.html", page=page)
    found = listing.of_numbers(session, [one for one in numbers if isinstance(one, int)])
    page = listed.questions(behind, numbers, found, actor, world, clock.today())
    return render_template("statistics/list.html", page=page)


@bp.get("/<public_id>/pdf")
def paper(public_id: str) -> Response:
    """Print one version; the same figures always give the same bytes."""
    row, office = _read(public_id)
    month = month_of(row.month)
    content = printed("bulletin", pages.paper(office, month, row, specimen=current_house().demo))
    name = presented.file_name(office, month, row.number, row.version)
    return attachment(content, f"{name}.pdf", "application/pdf")


@bp.get("/<public_id>/xlsx")
def table(public_id: str) -> Response:
    """Give the table of one version as a workbook."""
    row, office = _read(public_id)
    month = month_of(row.month)
    content = workbook(office, month, row.number, row.version, row.figures)
    return attachment(content, f"{presented.file_name(office, month, row.number, row.version)}.xlsx", XLSX)


def _read(public_id: str) -> tuple[Bulletin, Office]:
    return bulletins.read(read_session(), current_actor(), current_world(), public_id)


def _told(row: Bulletin) -> tuple[str, str]:
    return row.public_id, row.number


def _draw_draft(office: Office, month: Period, reason: str = "", error: FieldError | None = None) -> str:
    session, world = read_session(), current_world()
    figures = bulletin_figures.put_together(session, world, office, month)
    before = bulletin_figures.latest(session, office, month)
    if before is not None:
        figures["changes"] = bulletin_figures.changes(before.figures, figures)
    may = bulletins.may_issue(current_actor(), office)
    page = pages.draft(office, month, figures, before, may, new_key(), reason, error)
    return render_template("bulletins/show.html", page=page)
