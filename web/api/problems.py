"""The list of problem records for programs: cases on one shelf, pairs that look alike on the other."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify

from web import clock
from web.api.blueprint import arguments, bp, page_size, wrong_place
from web.api.documents import item_document, moment, office
from web.api.problem_documents import outline, side_document, visible_items
from web.auth import current_actor, current_world
from web.database import read_session
from web.errors import Problem
from web.masks import mask_name
from web.present import findings
from web.present.problems_list import SHELVES, wanted_of
from workflow import processes
from workflow.problems import listing, sight
from workflow.problems.listing import Pair, Wanted
from workflow.step import Step
from workflow.world import World

PAIRS = ("pairs", "judged")
LIMITS = ("kind", "level", "age", "phase")


@bp.get("/problems")
def show_problems() -> Response:
    """Tell one shelf of the list; `next` is what to send as `after` for the page behind it."""
    asked = arguments("shelf", *LIMITS, "after", "limit")
    shelf, size = asked.get("shelf", ""), page_size(asked)
    if shelf not in SHELVES:
        known = "、".join(one for one in SHELVES if one)
        raise Problem(422, "value_unacceptable", "没有这个列表", f"shelf 应为空，或 {known}", field="shelf")
    actor, session, world, now = current_actor(), read_session(), current_world(), clock.now()
    wanted, after = _wanted(shelf, asked), _cursor(asked.get("after", ""), 2 if shelf in PAIRS else 1)
    found: list[Any]
    if shelf in PAIRS:
        place = (after[0], after[-1]) if after else None
        found = listing.pairs(session, actor, world, wanted, now, place, size + 1)
        items = [pair_document(world, one) for one in found[:size]]
        last = f"{found[size - 1].finding.score or 0}-{found[size - 1].finding.id}" if len(found) > size else None
    else:
        found = listing.cases(session, actor, world, wanted, now, after[0] if after else None, size + 1)
        items = [_case(step) for step in found[:size]]
        last = str(found[size - 1].case.id) if len(found) > size else None
    return jsonify({"shelf": shelf, "items": items, "next": last})


def _case(step: Step) -> dict[str, Any]:
    mine = step.actor.queues
    return {
        "no": step.case.no,
        "phase": step.case.phase,
        "title": processes.of(step.case).phases[step.case.phase].title,
        "revision": step.case.revision,
        "opened_at": moment(step.case.opened_at),
        "closed_at": moment(step.case.closed_at),
        **outline(step),
        "sides": [_side(step, side) for side in sight.visible_sides(step)],
        "items": [item_document(step.world, item, mine=item.queue in mine) for item in visible_items(step)],
    }


def _side(step: Step, side: Any) -> dict[str, Any]:
    """A side without its numbers: the list reads no record."""
    step.cache.setdefault("records", {})
    name = step.cache["names"].get(side.no, "")
    told = side_document(step, side)
    return {**{key: told[key] for key in ("side", "school", "answer", "review", "silent")}, "name": mask_name(name)}


def pair_document(world: World, pair: Pair) -> dict[str, Any]:
    """Return a pair as the list tells it; `row` is where a row that was not imported stands in its file."""
    return {
        "id": pair.finding.public_id,
        "kind": pair.finding.kind,
        "state": pair.finding.state,
        "score": pair.finding.score,
        "reasons": findings.sentences(pair.finding.reasons),
        "found_at": moment(pair.finding.found_at),
        "decider": office(world, pair.finding.decider_id),
        "records": [{"name": mask_name(one.name), "school": office(world, one.school_id)} for one in pair.records],
        "row": {"school": office(world, pair.blocked[0]), "row": pair.blocked[1]} if pair.blocked else None,
    }


def _wanted(shelf: str, asked: Mapping[str, str]) -> Wanted:
    """Return what the list is limited to. Raises Problem for a value that nobody offers."""
    wanted = wanted_of(shelf, asked)
    for name in LIMITS:
        if asked.get(name) and not getattr(wanted, name):
            raise Problem(422, "value_unacceptable", "筛选条件有误", f"{name} 没有这个值", field=name)
    return wanted


def _cursor(text: str, count: int) -> list[int]:
    """Return the numbers of the place behind a page; none for the first page."""
    parts = text.split("-") if text else []
    if any(not (one.isascii() and one.isdigit() and len(one) < 16) for one in parts) or len(parts) not in (0, count):
        raise wrong_place()
    return [int(one) for one in parts]
