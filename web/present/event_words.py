"""What an entry of a case's history is called: most by their action, some by what was decided or typed."""

import datetime as dt
from collections.abc import Callable

from web.paper_facts_of import KINDS
from web.present.words import EVENTS
from workflow.calendar import short_day
from workflow.casefile import Entry
from workflow.id_errors.lists import RESULTS as POLICE
from workflow.step import Step
from workflow.transfers.outside import MILESTONE_NAMES
from workflow.transfers.payload import RESULTS

OPENINGS = {"sides": "立案", "consent": "提请撤销"}
"""What it is to open a case that begins in one of these phases."""


def word(step: Step, entry: Entry) -> str:
    """Return what an entry is called; of a signer who was added, by whom."""
    own = BY_ACTION.get(entry.action)
    said = (own(step, entry) if own else "") or _usual(entry)
    by = entry.body.get("added_by")
    return f"{said}（由{by}加签）" if by else said


def _usual(entry: Entry) -> str:
    plain, body = EVENTS.get(entry.action, entry.action), entry.body
    if "corrected" in body:
        return f"{plain}（{'补正：' + '、'.join(body['corrected']) if body['corrected'] else '没有改动'}）"
    if body.get("handed_to"):
        return f"{plain}：{body['handed_to']['name']}"
    return plain + _proposed_by(entry)


def _proposed_by(entry: Entry) -> str:
    by = entry.body.get("proposed_by")
    return f"（{by}提请）" if by else ""


def _milestone(_: Step, entry: Entry) -> str:
    name = MILESTONE_NAMES.get(entry.body.get("milestone", ""), "外省办理")
    return f"{name}：{RESULTS.get(entry.body.get('result', ''), '')}"


def _refused(_: Step, entry: Entry) -> str:
    cause, again = entry.body.get("cause"), "再次" if entry.body.get("again") else ""
    return f"{again}不同意：{cause}" if cause else ""


def _opened(_: Step, entry: Entry) -> str:
    return OPENINGS.get(entry.after, "")


def _suspended(step: Step, entry: Entry) -> str:
    until = entry.body.get("until")
    return f"挂起，至 {short_day(dt.date.fromisoformat(until), step.today)}" if until else ""


def _offered_above(step: Step, entry: Entry) -> str:
    upper = entry.body.get("upper")
    return f"{step.world.name(upper)}可以代为决定" if upper else ""


def _counted_anew(step: Step, entry: Entry) -> str:
    def moved(change: dict[str, str]) -> str:
        before, now = (short_day(dt.date.fromisoformat(change[name]), step.today) for name in ("from", "to"))
        return f"{before}改为{now}"

    return f"{EVENTS[entry.action]}：{'；'.join(map(moved, entry.body.get('deadlines', [])))}"


def _silent(_: Step, entry: Entry) -> str:
    return f"{EVENTS[entry.action]}：{'、'.join(entry.body['signers'])}"


def _recalled(_: Step, entry: Entry) -> str:
    return f"取回原决定：{EVENTS[entry.body['answer']]}"


def _put_back(step: Step, entry: Entry) -> str:
    asked = step.world.name(entry.body.get("asked_at") or step.case.applicant_org_id)
    where = asked if step.case.route else step.process.phases[entry.after].title
    return f"{EVENTS[entry.action]}：{where}{_proposed_by(entry)}"


def _paper(_: Step, entry: Entry) -> str:
    return f"{EVENTS[entry.action]}：{entry.body.get('kind', '')}"


def _issued(_: Step, entry: Entry) -> str:
    return f"{EVENTS[entry.action]}：{KINDS[entry.body['paper']]}"


def _police(_: Step, entry: Entry) -> str:
    return POLICE.get(entry.body.get("result", ""), "")


BY_ACTION: dict[str, Callable[[Step, Entry], str]] = {
    "record_milestone": _milestone,
    "refuse": _refused,
    "open": _opened,
    "suspend": _suspended,
    "take_over": _offered_above,
    "recompute": _counted_anew,
    "signer_silent": _silent,
    "recall": _recalled,
    "send_back": _put_back,
    "confirm_jump": _put_back,
    "attach": _paper,
    "withdraw_paper": _paper,
    "issue_paper": _issued,
    "record_police": _police,
}
"""Entries that say more than their action; where one has nothing to say, the usual word stands."""
