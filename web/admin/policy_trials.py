"""A rule tried on the cases of a period: started, watched, and what it found."""

import datetime as dt
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.policies import PolicyTrial
from web import clock
from web.admin.frame import bp, reach, reach_or_refuse
from web.auth import current_actor, current_world
from web.cases import new_key
from web.database import read_session, write
from web.formats import full_day
from web.pages.policies import TrialPage
from web.present import policy_pages as shown
from web.present import trial as presented
from web.views import Field, Form, Option
from workflow import policy_trials
from workflow.administration import READERS, SECURITY
from workflow.errors import Unmet
from workflow.policy_outlook import standing
from workflow.simulation import trial
from workflow.simulation.worlds import Wanted
from workflow.world import Office

YEARS = 5
"""So many years may be chosen; without a choice it is the last twelve months."""


@bp.get("/policies/trials/<public_id>", endpoint="trial")
def show(public_id: str) -> str:
    """Draw how far a trial is, or what it found."""
    return render_template("admin/trial.html", page=_page(_found(public_id)))


@bp.get("/policies/trials/<public_id>/progress", endpoint="trial_progress")
def progress(public_id: str) -> Response:
    """Return the progress bar alone; when the trial is over the page is asked to draw itself anew."""
    page = _page(_found(public_id))
    response = make_response(render_template("admin/_trial_progress.html", page=page))
    if page.state not in policy_trials.UNFINISHED:
        response.headers["HX-Refresh"] = "true"
    return response


@bp.post("/policies/trials/<public_id>", endpoint="try_again")
def again(public_id: str) -> Response:
    """Try the same rule on the cases of another year."""
    row, world = _found(public_id), current_world()
    value, office = row.value["value"] if row.value else None, world.office(row.org_id)
    try:
        started = begin(office, row.key, row.stage, value, request.form.get("year", ""))
    except Unmet as wrong:
        flash(wrong.reasons[0].message, "warn")
        return redirect(url_for(".trial", public_id=public_id), 303)
    return redirect(url_for(".trial", public_id=started), 303)


def begin(office: Office, key: str, stage: str, value: Any, year: str = "") -> str:
    """Start a trial on the cases of the last twelve months, or of a year; returns its public id. Raises Unmet."""
    since, until = trial.last_year(clock.today())
    if year in _years():
        since, until = dt.date(int(year), 1, 1), dt.date(int(year), 12, 31)
    wanted = Wanted(key, office, stage, value, since, until)
    actor, world, now = current_actor(), current_world(), clock.now()
    return write(lambda session: policy_trials.start(session, actor, world, wanted, now).public_id)


def _years() -> list[str]:
    return [str(clock.today().year - number) for number in range(YEARS)]


def _found(public_id: str) -> PolicyTrial:
    reach_or_refuse(*READERS)
    return policy_trials.find(read_session(), current_actor(), current_world(), public_id)


def _page(row: PolicyTrial) -> TrialPage:
    world, office = current_world(), current_world().office(row.org_id)
    result = row.result or {}
    may_set = office.id in reach(SECURITY) and office.closed_on is None
    rule_url = shown.rule_url(office, row.key, row.stage)
    present = standing(world, row.key, office, clock.today(), row.stage).value
    given_up = "不再另定，按上级的规则"
    return TrialPage(
        url=url_for(".try_again", public_id=row.public_id),
        progress_url=url_for(".trial_progress", public_id=row.public_id),
        rule_url=rule_url,
        propose_url=url_for(".policies", place=office.public_id, key=row.key, stage=row.stage or None,
                            trial=row.public_id if row.value else None) if may_set and row.state == "done" else "",
        meaning=shown.title(row.key, row.stage),
        office=office.name,
        state=row.state,  # type: ignore[arg-type]
        before=shown.said(row.key, result.get("present", present)),
        after=shown.said(row.key, row.value["value"]) if row.value else given_up,
        period=f"{full_day(row.since)}至{full_day(row.until)}",
        done=row.done,
        total=row.total,
        facts=presented.facts(result) if result else (),
        notes=tuple(result.get("notes", ())),
        beyond=_beyond(result),
        again=_again(row) if may_set and row.state in ("done", "broken") else None,
    )  # fmt: skip


def _beyond(result: dict[str, Any]) -> str:
    names = result.get("own_rules", [])
    more = f"等 {len(names) + result['own_rules_more']} 个单位" if result.get("own_rules_more") else ""
    return f"{'、'.join(names)}{more}另有自己的规则，不受这一改动影响。" if names else ""


def _again(row: PolicyTrial) -> Form:
    years = (Option("", "最近 12 个月"), *(Option(year, f"{year} 年") for year in _years()))
    whole = row.since.month == row.since.day == 1 and row.until == dt.date(row.since.year, 12, 31)
    chosen = str(row.since.year) if whole else ""
    field = Field("year", "用哪个时期的事项", "select", chosen, required=True, options=years, width="short")
    return Form((field,), key=new_key(), button="再算一次")
