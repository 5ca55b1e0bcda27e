"""Figures of an office and of those below it, the list behind every number, and the monthly bulletin."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request

from web import clock, cursors
from web.auth import current_actor, current_world
from web.database import read_session
from web.present import statistics as presented
from web.present import statistics_list as listed
from web.views import FieldError
from workflow.errors import Unacceptable
from workflow.payload import date_of
from workflow.statistics import figures, listing, places
from workflow.statistics.counting import Lines
from workflow.statistics.period import Period, chosen
from workflow.step import Actor
from workflow.world import Office

bp = Blueprint("statistics", __name__, url_prefix="/statistics")


@dataclass(frozen=True)
class Asked:
    """The office and the days that a page is asked about; `errors` tell why not the typed ones are shown."""

    office: Office
    period: Period
    errors: tuple[FieldError, ...] = ()


@bp.get("/")
def show() -> str | tuple[str, int]:
    """Draw one tab of the figures of an office."""
    tab = request.args.get("tab", "")
    if tab not in presented.TABS:
        abort(404)
    asked, now, world = asked_for(), clock.now(), current_world()
    found = figures.of_office(read_session(), world, asked.office, asked.period, now)
    typed = {name: request.args.get(name, "")[:20] for name in ("period", "from", "to")}
    days = asked.period.first.isoformat(), asked.period.last.isoformat()
    form = presented.period_form(typed["period"], typed["from"] or days[0], typed["to"] or days[1], asked.errors)
    process = request.args.get("process", "")
    page = presented.page(found, world, current_actor(), tab, process, form)
    html = render_template("statistics/show.html", page=page)
    return (html, 422) if asked.errors else html


@bp.get("/list")
def behind() -> str:
    """Draw the list behind a number."""
    asked = asked_for()
    if asked.errors:
        abort(404)
    own = request.args.get("own") == "1"
    lines = {asked.office.id: asked.office.id} if own else places.lines(current_world(), asked.office)
    after = request.args.get("after", "")
    return (_records if request.args.get("of") == "records" else _questions)(asked, lines, own, after)


def _questions(asked: Asked, lines: Lines, own: bool, after: str) -> str:
    wanted, place = listed.wanted(request.args, asked.period), cursors.read(after)
    if wanted is None:
        abort(404)
    behind_it = (place[0], place[1][0]) if place else None
    session, now = read_session(), clock.now()
    found = listing.entries(session, lines, wanted, asked.period, now, behind_it, listed.PAGE + 1)
    total = listing.count(session, lines, wanted, asked.period, now)
    page = listed.page(found, total, current_world(), asked.office, asked.period, wanted, own, after, clock.today())
    return render_template("statistics/list.html", page=page)


def _records(asked: Asked, lines: Lines, own: bool, after: str) -> str:
    wanted, place = listed.records_wanted(request.args), cursors.read(after, 2)
    if wanted is None:
        abort(404)
    behind_it = (place[0], place[1][0], place[1][1]) if place else None
    session, now = read_session(), clock.now()
    found = listing.records(session, lines, *wanted, now, behind_it, listed.PAGE + 1)
    total = listing.count_records(session, lines, *wanted, now)
    page = listed.records_page(found, total, current_world(), asked.office, asked.period, wanted, own, after)
    return render_template("statistics/records.html", page=page)


def asked_for() -> Asked:
    """Return what the address asks about."""
    return asked_of(current_actor(), request.args)


def asked_of(actor: Actor, told: Mapping[str, str]) -> Asked:
    """Return what somebody asks about. Raises NotAllowed, or NotFound for offices that are not below him."""
    world, today = current_world(), clock.today()
    office = places.open_to(actor, world, told.get("org", ""))
    days = [date_of(told.get(name, "")) for name in ("from", "to")]
    try:
        return Asked(office, chosen(world, office, today, told.get("period", ""), *days))
    except Unacceptable as wrong:
        return Asked(office, chosen(world, office, today), (FieldError(wrong.message, wrong.field),))
