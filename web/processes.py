"""How a process runs, for everybody who works in it: the picture drawn from the definition, and the same in words."""

from flask import Blueprint, abort, render_template, url_for

from web import clock, process_picture
from web.auth import current_actor, current_world
from web.pages import ProcessPage
from web.views import Fact, Tab
from workflow import processes
from workflow.language import Action, Phase, Process
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
    always = process_picture.anytime(process)
    rows = []
    for phase in process.phases.values():
        answers = [one for one in process.actions.values() if one.leaves(phase.name) and one not in always]
        for action in answers:
            rows.append((phase.title, _who(phase, action), action.title, _leads(phase, action), _term(phase)))
    for action in always:
        who = process_picture.BY.get(action.by, "")
        rows.append((process_picture.ANYTIME, who, action.title, _leads(None, action), "—"))
    return rows


def _who(phase: Phase, action: Action) -> str:
    return process_picture.BY.get(action.by) or process_picture.asked_of(phase)


def _leads(phase: Phase | None, action: Action) -> str:
    goals = [target.title for target in action.move.targets if target is not phase]
    return "、".join(goals) if goals else "不改变环节"


def _term(phase: Phase) -> str:
    if phase.within is None:
        return "—"
    return _days(phase.within.policy)


def _days(policy: str) -> str:
    rule = look_up(current_world(), policy, _office(), clock.today())
    return f"{rule.value} 个月" if policy in MONTHLY else f"{rule.value} 个工作日"


def _terms(process: type[Process]) -> tuple[Fact, ...]:
    """Return the terms that hold where the reader works, each with its source."""
    policies = dict.fromkeys(phase.within.policy for phase in process.phases.values() if phase.within)
    facts = []
    for policy in policies:
        rule = look_up(current_world(), policy, _office(), clock.today())
        place = rule.office.name if rule.office else "全国"
        facts.append(Fact(DEFAULTS[policy].title, _days(policy), f"{place}；{rule.source}"))
    return tuple(facts)


def _office() -> Office | None:
    desk = next(iter(current_actor().desks), None)
    return current_world().offices.get(desk.org_id) if desk else None
