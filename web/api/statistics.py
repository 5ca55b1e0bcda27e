"""Figures for programs, and the list behind every one of them."""

from typing import Any

from flask import Response, jsonify, request

from web import clock, cursors
from web.api.blueprint import arguments, bp, page_size, wrong_place
from web.api.documents import moment, office
from web.auth import current_actor, current_world
from web.database import read_session
from web.errors import Problem
from web.masks import mask_name
from web.present import statistics_list as listed
from web.present import steps
from web.present.statistics_document import document
from web.statistics import asked_of
from workflow import processes
from workflow.statistics import figures, listing, places
from workflow.statistics.counting import Lines
from workflow.statistics.listing import OF_PERIOD, OPEN, Entry, RecordEntry
from workflow.statistics.period import Period
from workflow.world import Office, World

FIGURES = ("org", "period", "from", "to")
RECORDS = "records"
OF = (*OPEN, *OF_PERIOD, RECORDS)


@bp.get("/statistics")
def show_statistics() -> Response:
    """Tell the figures of an office and of those directly below it."""
    place, period = _asked(*FIGURES)
    return jsonify(document(figures.of_office(read_session(), current_world(), place, period, clock.now())))


@bp.get("/statistics/items")
def show_counted() -> Response:
    """Tell what stands behind one figure; `next` is what to send as `after` for the page behind it."""
    place, period = _asked(*FIGURES, "of", "own", "step", "cause", "kind", "age", "week", "after", "limit")
    own = request.args.get("own") == "1"
    lines = {place.id: place.id} if own else places.lines(current_world(), place)
    of, size = request.args.get("of", ""), page_size(request.args)
    return jsonify({"of": of, **(_records(lines, size) if of == RECORDS else _items(lines, period, size))})


def _asked(*known: str) -> tuple[Office, Period]:
    asked = asked_of(current_actor(), arguments(*known))
    for error in asked.errors:
        raise Problem(422, "value_unacceptable", "不是可以统计的时段", error.message, field=error.field)
    return asked.office, asked.period


def _items(lines: Lines, period: Period, size: int) -> dict[str, Any]:
    wanted = listed.wanted(request.args, period)
    if wanted is None:
        raise _no_list()
    place = _place(1)
    after = (place[0], place[1][0]) if place else None
    found = listing.entries(read_session(), lines, wanted, period, clock.now(), after, size + 1)
    more = cursors.text_of(*found[size - 1].cursor) if len(found) > size else None
    return {"items": [_item(current_world(), entry) for entry in found[:size]], "next": more}


def _records(lines: Lines, size: int) -> dict[str, Any]:
    wanted = listed.records_wanted(request.args)
    if wanted is None:
        raise _no_list()
    place = _place(2)
    after = (place[0], place[1][0], place[1][1]) if place else None
    found = listing.records(read_session(), lines, *wanted, clock.now(), after, size + 1)
    more = cursors.text_of(*found[size - 1].cursor) if len(found) > size else None
    return {"items": [_record(current_world(), entry) for entry in found[:size]], "next": more}


def _place(numbers: int) -> Any:
    text = request.args.get("after", "")
    place = cursors.read(text, numbers) if text else None
    if text and place is None:
        raise wrong_place()
    return place


def _no_list() -> Problem:
    return Problem(422, "value_unacceptable", "没有这样的名单", "of 应为 " + "、".join(OF) + "，其余条件照页面上的数字",
                   field="of")  # fmt: skip


def _item(world: World, entry: Entry) -> dict[str, Any]:
    return {
        "no": entry.no,
        "process": entry.process,
        "step": entry.step,
        "title": steps.full_word(entry.step),
        "office": office(world, entry.org_id),
        "name": mask_name(entry.name) if entry.name else "",
        "opened_at": moment(entry.opened_at),
        "due_at": moment(entry.due_at),
        "closed_at": moment(entry.closed_at),
        "outcome": entry.outcome,
        "days": entry.took,
    }


def _record(world: World, entry: RecordEntry) -> dict[str, Any]:
    return {
        "no": entry.no,
        "process": entry.process,
        "kind": entry.kind,
        "school": office(world, entry.org_id),
        "phase": entry.phase,
        "title": processes.of(entry).phases[entry.phase].title,
        "since": moment(entry.since),
    }
