"""The story of a case: events and comments, each with its office, its words and, for decisions, its stamp."""

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

from web.paper_facts_of import KINDS
from web.present import words
from web.views import Delivered, EntryKind, Seal, TimelineEntry
from workflow import joint
from workflow.calendar import day_of, short_day
from workflow.casefile import Entry
from workflow.id_errors.lists import RESULTS as POLICE
from workflow.step import Step
from workflow.taking_over import said
from workflow.transfers import path
from workflow.transfers.outside import MILESTONE_NAMES
from workflow.transfers.payload import RESULTS
from workflow.transfers.standing import REVERSED

PAPERS = ("attach", "withdraw_paper")
OF_ONE = ("undo", "reversal")
"""Processes with one question, whose answer is final: nothing keeps it but the log."""
STAMPED = {
    "approve": "同意",
    "refuse": "不同意",
    "approve_deletion": "同意删除",
    "approve_correction": "同意更正",
    "approve_claim": "同意",
    "approve_number": "同意",
    "accept_side": "审核通过",
    "confirm_ruling": "裁定",
    "reverse": "撤销",
}


def told(
    step: Step,
    entries: list[Entry],
    decisions_only: bool = False,
    delivered: Mapping[int, Delivered] = MappingProxyType({}),
) -> tuple[TimelineEntry, ...]:
    """Return the entries as they are read, the latest first; `delivered` says by event what became of its notices."""
    shown = [entry for entry in entries if not decisions_only or entry.action in words.DECISIONS]
    back = {entry.body["taken_back"] for entry in entries if entry.action == "recall"}
    return tuple(_entry(step, entry, delivered.get(entry.seq), entry.seq in back) for entry in reversed(shown))


def _entry(step: Step, entry: Entry, delivered: Delivered | None, taken_back: bool) -> TimelineEntry:
    office = step.world.offices.get(entry.body.get("office") or 0)
    name = said(step.world, office, entry.body.get("instead_of"))
    seal = None
    if entry.action in STAMPED and office:
        void = taken_back or _was_void(step, entry) or (entry.action == "approve" and REVERSED in step.case.state)
        seal = Seal(office.short_name, day_of(entry.at), STAMPED[entry.action], void, entry.action == "refuse")
    return TimelineEntry(
        kind=_kind(entry),
        at=entry.at,
        word=_word(step, entry),
        who=entry.actor,
        office=name,
        deputy_for=entry.acting_for,
        text=entry.comment,
        items=_items(entry),
        seal=seal,
        delivered=delivered,
        mine=entry.actor_id == step.actor.id,
    )


def _kind(entry: Entry) -> EntryKind:
    if entry.action == "comment":
        return "comment"
    if entry.action in PAPERS:
        return "evidence"
    if entry.action in words.SYSTEM_EVENTS:
        return "system"
    if entry.action == "record_milestone":
        return "milestone"
    return "decision" if entry.action in words.DECISIONS else "event"


def _word(step: Step, entry: Entry) -> str:
    by = entry.body.get("added_by")
    return f"{_said(step, entry)}（由{by}加签）" if by else _said(step, entry)


def _said(step: Step, entry: Entry) -> str:
    if entry.action == "record_milestone":
        result = RESULTS.get(entry.body.get("result", ""), "")
        return f"{MILESTONE_NAMES.get(entry.body.get('milestone', ''), '外省办理')}：{result}"
    if entry.action == "refuse" and entry.body.get("cause"):
        again = "再次" if entry.body.get("again") else ""
        return f"{again}不同意：{entry.body['cause']}"
    if entry.action == "open" and entry.after in ("sides", "consent"):
        return "立案" if entry.after == "sides" else "提请撤销"
    if "corrected" in entry.body:
        return f"{words.EVENTS[entry.action]}（{_corrected(entry.body['corrected'])}）"
    if entry.action == "suspend" and entry.body.get("until"):
        return f"挂起，至 {short_day(dt.date.fromisoformat(entry.body['until']), step.today)}"
    if entry.action == "take_over" and entry.body.get("upper"):
        return f"{step.world.name(entry.body['upper'])}可以代为决定"
    if entry.action == "recompute":
        moved = (_moved(step, change) for change in entry.body.get("deadlines", []))
        return f"{words.EVENTS[entry.action]}：{'；'.join(moved)}"
    if entry.action == "signer_silent":
        return f"{words.EVENTS[entry.action]}：{'、'.join(entry.body['signers'])}"
    if entry.body.get("handed_to"):
        return f"{words.EVENTS[entry.action]}：{entry.body['handed_to']['name']}"
    if entry.action == "recall":
        return f"取回原决定：{words.EVENTS[entry.body['answer']]}"
    if entry.action in ("send_back", "confirm_jump"):
        asked = step.world.name(entry.body.get("asked_at") or step.case.applicant_org_id)
        where = asked if step.case.route else step.process.phases[entry.after].title
        return f"{words.EVENTS[entry.action]}：{where}{_proposed_by(entry)}"
    if entry.body.get("proposed_by"):
        return f"{words.EVENTS[entry.action]}{_proposed_by(entry)}"
    if entry.action in PAPERS:
        return f"{words.EVENTS[entry.action]}：{entry.body.get('kind', '')}"
    if entry.action == "issue_paper":
        return f"{words.EVENTS['issue_paper']}：{KINDS[entry.body['paper']]}"
    if entry.action == "record_police" and entry.body.get("result") in POLICE:
        return POLICE[entry.body["result"]]
    return words.EVENTS.get(entry.action, entry.action)


def _moved(step: Step, change: dict[str, str]) -> str:
    before, now = (short_day(dt.date.fromisoformat(change[name]), step.today) for name in ("from", "to"))
    return f"{before}改为{now}"


def _corrected(items: list[str]) -> str:
    return "补正：" + "、".join(items) if items else "没有改动"


def _proposed_by(entry: Entry) -> str:
    by = entry.body.get("proposed_by")
    return f"（{by}提请）" if by else ""


def _items(entry: Entry) -> tuple[str, ...]:
    items = entry.body.get("items", [])
    return tuple(str(item) for item in items) if isinstance(items, list) else ()


def _was_void(step: Step, entry: Entry) -> bool:
    """A signature that no standing decision keeps any more is struck through."""
    if entry.action != "approve" or entry.before == "contested" or step.case.process in OF_ONE:
        return False
    at, standing = entry.at.isoformat(), path.standing_decisions(step).values()
    return at not in joint.moments(step) and not any(at in joint.moments(step, decision) for decision in standing)
