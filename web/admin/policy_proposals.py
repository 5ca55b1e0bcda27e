"""A proposal for a rule: what is asked for beside what holds, and the second person's answer."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from models.policies import PolicyTrial
from web import clock
from web.admin.frame import bp, reach, reach_or_refuse, typed
from web.auth import current_actor, current_world
from web.database import read_session, write
from web.errors import problem_of
from web.formats import full_day, full_minute
from web.pages.administration import Tone
from web.pages.policies import ProposalPage
from web.present import policy_pages as shown
from web.present import trial as presented
from web.views import Fact
from workflow import policy_proposals
from workflow.administration import READERS, SECURITY
from workflow.errors import AlreadyDecided, Unmet
from workflow.policy_outlook import standing
from workflow.policy_proposals import LONGEST_REASON, Listed

TONES: dict[str, Tone] = {"open": "info", "confirmed": "done", "rejected": "error"}
DONE = {"confirm": "已确认", "reject": "已驳回", "withdraw": "已撤回"}


@bp.get("/policies/proposals/<public_id>", endpoint="proposal")
def show(public_id: str) -> str:
    """Draw a proposal."""
    return _draw(_found(public_id))


@bp.post("/policies/proposals/<public_id>", endpoint="decide_proposal")
def decide(public_id: str) -> Response | tuple[str, int]:
    """Confirm, reject or withdraw (`act`)."""
    found, actor, now, values = _found(public_id), current_actor(), clock.now(), typed()
    act, answer = values.get("act", ""), values.get("answer", "")
    try:
        if act == "confirm":
            write(lambda session: policy_proposals.confirm(session, actor, public_id, answer, now))
        elif act == "withdraw":
            write(lambda session: policy_proposals.withdraw(session, actor, public_id, now))
        else:
            write(lambda session: policy_proposals.reject(session, actor, public_id, answer, now))
    except Unmet as wrong:
        return _draw(_found(public_id), wrong.reasons[0].message, answer), 422
    except AlreadyDecided as late:
        return _draw(_found(public_id), problem_of(late).detail, answer), 409
    title = shown.title(found.proposal.key, found.proposal.stage)
    flash(f"{DONE.get(act, '已驳回')}：{current_world().name(found.proposal.org_id)}“{title}”", "done")
    return redirect(url_for(".proposal", public_id=public_id), 303)


def _found(public_id: str) -> Listed:
    reach_or_refuse(*READERS)
    return policy_proposals.find(read_session(), current_actor(), current_world(), public_id)


def _draw(found: Listed, error: str = "", typed_answer: str = "") -> str:
    asked, world, today = found.proposal, current_world(), clock.today()
    office = world.office(asked.org_id)
    is_open, own = asked.state == "open", asked.proposed_by == current_actor().id
    may_decide = is_open and office.id in reach(SECURITY)
    why_not = policy_proposals.obstacle(world, asked, today) if is_open else ""
    present = standing(world, asked.key, office, today, asked.stage)
    trial = read_session().get(PolicyTrial, asked.trial_id) if asked.trial_id else None
    page = ProposalPage(
        url=url_for(".decide_proposal", public_id=asked.public_id),
        meaning=shown.title(asked.key, asked.stage),
        office=office.name,
        state="不能再确认" if why_not else shown.state_of(found),
        tone="warn" if why_not else TONES.get(asked.state, "warn"),
        rule_url=shown.rule_url(office, asked.key, asked.stage),
        facts=_facts(found),
        before=f"{shown.said(asked.key, present.value)}（{shown.place_of(present)}）",
        after=shown.asked_for(found),
        trial_url=url_for(".trial", public_id=trial.public_id) if trial else "",
        trial_period=f"{full_day(trial.since)}至{full_day(trial.until)}的事项" if trial else "",
        trial=presented.facts(trial.result) if trial and trial.result else (),
        obstacle=why_not,
        own=own,
        decide=may_decide and not own,
        withdraw=may_decide and own,
        error=error,
        typed=typed_answer,
        longest=LONGEST_REASON,
    )
    return render_template("admin/proposal.html", page=page)


def _facts(found: Listed) -> tuple[Fact, ...]:
    asked = found.proposal
    until = f"至 {full_day(asked.valid_to)}" if asked.valid_to else "长期" if asked.act == "set" else ""
    facts = [
        Fact("从哪天起", full_day(asked.valid_from), until),
        Fact("依据", asked.source) if asked.source else None,
        Fact("为什么", asked.reason),
        Fact("提议人", found.by, full_minute(asked.proposed_at)),
    ]
    if asked.decided_at:
        facts.append(Fact("处理", shown.state_of(found), full_minute(asked.decided_at)))
    if asked.answer:
        facts.append(Fact("意见", asked.answer))
    return tuple(fact for fact in facts if fact)


