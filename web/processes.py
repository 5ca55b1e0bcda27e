"""How a process runs, for everybody who works in it: the picture drawn from the definition, and the same in words."""

import re

from flask import Blueprint, abort, render_template, url_for

from web import clock, process_picture
from web.auth import current_actor, current_world
from web.pages.processes import ProcessPage
from web.views import Fact, Tab
from workflow import processes
from workflow.language import Action, OnRoute, Phase, Process
from workflow.policies import DEFAULTS, look_up
from workflow.world import Office

bp = Blueprint("processes", __name__, url_prefix="/processes")
MONTHLY = ("transfer.paper_file",)


@bp.get("")
@bp.get("/<key>")
def show(key: str = "transfer") -> str:
    """Draw the newest version of a process."""
    if key not in {one.key for one in processes.PUBLISHED}:
        abort(404)
    process = processes.newest(key)
    page = ProcessPage(
        title=process.title,
        version=str(process.version),
        digest=process.digest(),
        picture=process_picture.svg(process),
        rows=tuple(_rows(process)),
        others=_others(key),
        policies=_terms(process),
    )
    return render_template("processes/show.html", page=page)


def _others(key: str) -> tuple[Tab, ...]:
    keys = dict.fromkeys(one.key for one in processes.PUBLISHED)
    return tuple(Tab(processes.newest(one).title, url_for(".show", key=one), one == key) for one in keys)


def _rows(process: type[Process]) -> list[tuple[str, str, str, str, str]]:
    """Return every answer with the question it belongs to; the stations of the route tell the same, so once for all."""
    always = process_picture.anytime(process)
    rows = []
    for phase in _questions(process):
        for action in process.actions.values():
            if action not in always and _sources(action, phase):
                term = _term(phase)
                rows.append((_title(phase), _who(process, phase, action), action.title, _leads(phase, action), term))
    for action in always:
        who = process_picture.BY.get(action.by, "")
        rows.append((process_picture.ANYTIME, who, action.title, _leads(None, action), "—"))
    return rows


def _questions(process: type[Process]) -> list[Phase]:
    """Return the phases, of the stations of the route only the first."""
    route = [phase for phase in process.declared.values() if _on_route(phase)]
    return [phase for phase in process.declared.values() if phase not in route[1:]]


def _sources(action: Action, phase: Phase) -> list[Phase]:
    """Return from which of the phases that `phase` stands for the answer can be given."""
    return [one for one in action.move.sources if one is phase or (_on_route(phase) and _on_route(one))]


def _title(phase: Phase) -> str:
    return process_picture.ROUTE if _on_route(phase) else phase.title


def _who(process: type[Process], phase: Phase, action: Action) -> str:
    if action.by in process_picture.BY:
        return process_picture.BY[action.by]
    if not _on_route(phase):
        return process_picture.asked_of(phase)
    asked, stations = _sources(action, phase), [one for one in process.declared.values() if _on_route(one)]
    names = "、".join(one.title.removesuffix("核办") for one in asked)
    return "路线上的每个单位" if len(asked) == len(stations) else names


def _leads(phase: Phase | None, action: Action) -> str:
    there = [target for target in action.move.targets if target is not phase or _on_route(target)]
    stations = [target for target in there if _on_route(target)]
    names = ["下一环节" if len(stations) > 1 and _on_route(target) else target.title for target in there]
    return "，或".join(dict.fromkeys(names)) or "不改变环节"


def _on_route(phase: Phase) -> bool:
    return isinstance(phase.asks, OnRoute)


def _term(phase: Phase) -> str:
    if phase.within is None:
        return "—"
    return _days(phase.within.policy)


def _days(policy: str) -> str:
    rule = look_up(current_world(), policy, _office(), clock.today())
    return f"{rule.value} 个月" if policy in MONTHLY else f"{rule.value} 个工作日"


def _terms(process: type[Process]) -> tuple[Fact, ...]:
    """Return the terms that hold where the reader works, each with its source."""
    policies = dict.fromkeys(phase.within.policy for phase in process.declared.values() if phase.within)
    facts = []
    for policy in policies:
        rule = look_up(current_world(), policy, _office(), clock.today())
        place = rule.office.name if rule.office else "全国"
        title = re.sub(r"（[^（）]*）$", "", DEFAULTS[policy].title)
        facts.append(Fact(title, _days(policy), f"{place}；{rule.source}"))
    return tuple(facts)


def _office() -> Office | None:
    desk = next(iter(current_actor().desks), None)
    return current_world().offices.get(desk.org_id) if desk else None
