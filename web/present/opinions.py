"""Every opinion on a transfer as the form prints it: who answered what when, what no longer counts, who is left."""

import datetime as dt

from web.papers.facts import Milestone, Opinion
from workflow import joint
from workflow.calendar import SHANGHAI, day_of
from workflow.casefile import Entry
from workflow.rights import TITLES
from workflow.routing import Stop, key_of
from workflow.step import Step
from workflow.taking_over import said as named
from workflow.transfers import path
from workflow.transfers.certificate import PARTIES, outside_office
from workflow.transfers.outside import MILESTONE_NAMES
from workflow.transfers.payload import RESULTS
from workflow.transfers.places import common_authority

RULING = "上级部门"
STATES = {"approve": "agreed", "refuse": "refused", "return": "returned", "reassign_target": "assigned"}
WORDS = {"approve": "同意", "refuse": "不同意", "return": "退回补正"}
"""What an answer that no longer counts had said."""
MILESTONE_STATES = {"agreed": "agreed", "refused": "refused", "bounced": "returned"}
OUTSIDE_OPINIONS = ("school_opinion", "dept_opinion")
"""Milestones that are opinions of an office; the others are steps of the national system."""
UNDONE_BY = {"return": "退回补正后申请内容有变动", "reassign_target": "另行安排学校后"}


def given(step: Step, entries: list[Entry]) -> list[Opinion]:
    """Return the answers in the order they were given, those that were overtaken included."""
    found = []
    for place, entry in enumerate(entries):
        if entry.body.get("added_by"):
            continue  # what is said inside an office is no opinion of the office
        if entry.action in STATES:
            found.append(_answer(step, entry, entries[place + 1 :]))
        elif _milestone_of(entry) in OUTSIDE_OPINIONS:
            found.append(_recorded(step, entry))
    return found


def awaited(step: Step) -> list[Opinion]:
    """Return a blank for every office that still has to answer; none once the case is over."""
    case = step.case
    if case.closed_at is not None:
        return []
    ruler = common_authority(step) if case.phase == "contested" else None
    blanks = [_blank(RULING, ruler.name, ruler.short_name)] if ruler else []
    standing = path.standing_decisions(step)
    for stop in case.route:
        if key_of(stop) in standing:
            continue
        if stop.get("milestone", "school_opinion") in OUTSIDE_OPINIONS:
            blanks.append(_blank(PARTIES[stop["phase"]], *_office_of(step, stop)))
    return blanks


def milestones(step: Step, entries: list[Entry]) -> list[Milestone]:
    """Return the steps of another province that are no opinions, as our clerk wrote them down."""
    return [
        {
            "name": MILESTONE_NAMES.get(_milestone_of(entry), "外省办理"),
            "on": str(entry.body["on_date"]),
            "result": "已完成" if entry.body["result"] == "agreed" else RESULTS.get(str(entry.body["result"]), ""),
            "recorded_by": entry.signed_by,
        }
        for entry in entries
        if _milestone_of(entry) and _milestone_of(entry) not in OUTSIDE_OPINIONS
    ]


def _answer(step: Step, entry: Entry, later: list[Entry]) -> Opinion:
    office = step.world.offices.get(entry.body.get("office") or 0)
    note = _overtaken(step, entry, later)
    return {
        "party": PARTIES.get(entry.before, RULING),
        "office": named(step.world, office, entry.body.get("instead_of")),
        "seal": office.short_name if office else "",
        "state": "voided" if note else STATES[entry.action],  # type: ignore[typeddict-item]
        "text": f"{WORDS[entry.action]}\n{_text(step, entry)}".strip() if note else _text(step, entry),
        "decider": entry.signed_by,
        "post": _post(step, entry),
        "decided_at": entry.at.isoformat(),
        "recorded_by": "",
        "note": note,
    }


def _text(step: Step, entry: Entry) -> str:
    lines = [entry.comment] if entry.comment else []
    if entry.action == "refuse" and entry.body.get("cause"):
        lines.insert(0, f"理由：{entry.body['cause']}")
    if entry.action == "return" and entry.body.get("items"):
        lines.append("需补正：" + "、".join(str(item) for item in entry.body["items"]))
    if entry.action == "reassign_target":
        school = step.world.by_code.get(str(entry.body.get("to", "")))
        lines.insert(0, f"安排到{school.name}" if school else "另行安排学校")
    return "\n".join(lines)


def _overtaken(step: Step, entry: Entry, later: list[Entry]) -> str:
    """Return why an answer does not count any more; nothing while it stands."""
    back = next((one for one in later if one.body.get("taken_back") == entry.seq), None)
    if back:
        return f"{_day(back)}本人取回，此意见不再算数"
    if entry.action == "refuse" and entry.body.get("vote") and _stands(step, entry):
        return "" if entry.at.isoformat() in joint.moments(step) else "同意的人数已够，本单位意见为同意"
    if entry.action == "refuse" and entry.before != "contested":
        ruling = next((one for one in later if one.before == "contested" and one.action == "approve"), None)
        return f"{_day(ruling)}上级部门裁定同意，此意见不再算数" if ruling else ""
    if entry.action != "approve" or entry.before == "contested" or _stands(step, entry):
        return ""
    undone = next((one for one in later if one.action in UNDONE_BY), None)
    why = f"{_day(undone)}{UNDONE_BY[undone.action]}" if undone else "申请内容有变动"
    return f"{why}，此意见不再算数，由该单位重新核办"


def _stands(step: Step, entry: Entry) -> bool:
    """Tell whether a decision of the case is this answer, and what it relied on is unchanged."""
    standing = step.case.state.get("decisions", {})
    for stop in step.case.route:
        decision = standing.get(key_of(stop))
        if decision and entry.at.isoformat() in joint.moments(step, decision):
            return key_of(stop) in path.standing_decisions(step)
    return entry.at.isoformat() in joint.moments(step)


def _recorded(step: Step, entry: Entry) -> Opinion:
    """Return the answer of an office outside the province, dated as it was written down."""
    phase = "releasing_school" if _milestone_of(entry) == "school_opinion" else "releasing_department"
    noon = dt.datetime.combine(dt.date.fromisoformat(str(entry.body["on_date"])), dt.time(12), SHANGHAI)
    return {
        "party": PARTIES[phase],
        "office": outside_office(step, phase),
        "seal": "",
        "state": MILESTONE_STATES[str(entry.body["result"])],  # type: ignore[typeddict-item]
        "text": entry.comment,
        "decider": "",
        "post": "",
        "decided_at": noon.isoformat(),
        "recorded_by": f"{step.world.name(step.case.applicant_org_id)} {entry.signed_by}",
        "note": "",
    }


def _blank(party: str, office: str, seal: str) -> Opinion:
    return {
        "party": party,
        "office": office,
        "seal": seal,
        "state": "pending",
        "text": "",
        "decider": "",
        "post": "",
        "decided_at": None,
        "recorded_by": "",
        "note": "",
    }


def _office_of(step: Step, stop: Stop) -> tuple[str, str]:
    if stop.get("milestone"):
        return outside_office(step, stop["phase"]), ""
    office = step.world.office(stop["org"])
    return office.name, office.short_name


def _post(step: Step, entry: Entry) -> str:
    """Return the post from which somebody answered: that of the work item which the answer closed."""
    for item in step.items:
        if item.closed_at == entry.at and item.closed_by == entry.actor_id:
            return TITLES.get(item.queue.partition(":")[2], "")
    return ""


def _milestone_of(entry: Entry) -> str:
    return str(entry.body.get("milestone", "")) if entry.action == "record_milestone" else ""


def _day(entry: Entry) -> str:
    day = day_of(entry.at)
    return f"{day.month}月{day.day}日"
