"""The lists of a desk, paged by key."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request

from web import clock
from web.api.blueprint import arguments, bp, page_size, wrong_place
from web.api.documents import item_document, moment, office
from web.auth import current_actor, current_world
from web.database import read_session
from web.errors import Problem
from web.masks import mask_name
from web.present import narrowing
from web.present import problems as shared
from web.present.problems_list import PROCESSES
from workflow import distributing, inbox, processes, saved_queues
from workflow import narrowing as limiting
from workflow.inbox import Cursor, Line
from workflow.problems import listing, sight
from workflow.step import Actor
from workflow.world import World

LISTS: dict[str, Callable[..., list[Line]]] = {
    "todo": inbox.todo,
    "done": inbox.done,
    "started": inbox.started,
    "copied": inbox.copied,
}


@bp.get("/inbox")
def show_inbox() -> Response:
    """Tell one list with the counters; `next` is what to send as `after` for the page behind it.

    What waits and what is only to be read can be limited; the counters are those of the whole desk.
    """
    asked = arguments("tab", *narrowing.NAMES, "queue", "after", "limit")
    tab = asked.get("tab", "todo")
    if tab not in LISTS:
        raise Problem(422, "value_unacceptable", "没有这个列表", "tab 应为 " + "、".join(LISTS), field="tab")
    actor, session, size = current_actor(), read_session(), page_size(asked)
    world, after = current_world(), _cursor(asked.get("after", ""))
    limited = _limited(tab, actor, world)
    seen = {"colleagues": distributing.shows_taken(world, actor, clock.today())} if tab == "todo" else {}
    lines = LISTS[tab](session, actor, after=after, limit=size + 1, **seen, **limited)
    counts = inbox.counters(session, actor, clock.now())
    names = inbox.pupils(session, lines)
    about = [line.id for line in lines if line.process in PROCESSES]
    for number, step in listing.subjects(session, actor, world, about, clock.now()).items():
        names[number] = next(iter(shared.names(step, sight.visible_sides(step))), "")
    return jsonify(
        {
            "tab": tab,
            "items": [_line(line, world, actor, names) for line in inbox.without_seats_of_others(lines[:size], actor)],
            "next": _text(lines[size - 1].cursor) if len(lines) > size else None,
            "counters": {"todo": counts.todo, "late": counts.late, "today": counts.today, "copied": counts.copied},
        }
    )


def _limited(tab: str, actor: Actor, world: World) -> dict[str, Any]:
    """Return what the list is limited to. Raises Problem for the first parameter that means nothing,
    NotFound for a saved queue of somebody else.
    """
    wanted, faults = narrowing.read(request.args, world)
    queue = request.args.get("queue", "")
    if queue and (wanted or faults):
        faults = {"queue": "queue 不能与其他筛选条件一起用"}
    elif queue:
        wanted = saved_queues.wanted(saved_queues.find(read_session(), actor, queue))
    if wanted and tab not in (narrowing.LISTS if not queue else ("todo",)):
        faults = {"tab": "这个列表不能筛选"}
    for name, fault in faults.items():
        raise Problem(422, "value_unacceptable", "筛选条件有误", fault, field=name)
    return {"limited": limiting.filling(wanted, actor, world, clock.now())} if tab in narrowing.LISTS else {}


def _line(line: Line, world: World, actor: Actor, names: dict[int, str]) -> dict[str, Any]:
    about, item = line.about, line.item
    actor = actor.within(line.process)
    for_whom = actor.stands_in_for(item.queue, item.assignee_id) if item else None
    outside = (about.outside or {}) if about else {}
    return {
        "no": line.no,
        "process": line.process,
        "phase": line.phase,
        "title": processes.of(line).phases[line.phase].title,
        "revision": line.revision,
        "name": mask_name(about.name if about else names.get(line.id, "")),
        "from": office(world, about.from_school_id) if about else None,
        "to": office(world, about.to_school_id) if about else None,
        "outside": {"province": outside.get("province", ""), "school": outside.get("school", "")} if outside else None,
        "opened_at": moment(line.opened_at),
        "sender": line.sender,
        "item": item_document(world, item, mine=bool(for_whom) or actor.has(item.queue, item.assignee_id))
        if item
        else None,
        "for": for_whom.name if for_whom else None,
        "with": line.with_whom or None,
    }


def _text(cursor: Cursor) -> str:
    at, number = cursor
    return f"{(at - EPOCH) // dt.timedelta(microseconds=1)}-{number}"


EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _cursor(text: str) -> Cursor | None:
    if not text:
        return None
    moment_text, _, number = text.partition("-")
    digits = moment_text.isascii() and moment_text.isdigit() and number.isascii() and number.isdigit()
    if not digits or len(text) > 36 or int(number) >= 2**53 or int(moment_text) >= 2**55:
        raise wrong_place()
    return EPOCH + dt.timedelta(microseconds=int(moment_text)), int(number)
