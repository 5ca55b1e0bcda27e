"""The story of a case: events and comments, each with its office, its words and, for decisions, its stamp."""

from collections.abc import Mapping
from types import MappingProxyType

from web.present import event_words, words
from web.views import Delivered, EntryKind, Seal, TimelineEntry
from workflow import joint
from workflow.calendar import day_of
from workflow.casefile import Entry
from workflow.step import Step
from workflow.taking_over import said
from workflow.transfers import path
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
        word=event_words.word(step, entry),
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


def _items(entry: Entry) -> tuple[str, ...]:
    items = entry.body.get("items", [])
    return tuple(str(item) for item in items) if isinstance(items, list) else ()


def _was_void(step: Step, entry: Entry) -> bool:
    """A signature that no standing decision keeps any more is struck through."""
    if entry.action != "approve" or entry.before == "contested" or step.case.process in OF_ONE:
        return False
    at, standing = entry.at.isoformat(), path.standing_decisions(step).values()
    return at not in joint.moments(step) and not any(at in joint.moments(step, decision) for decision in standing)
