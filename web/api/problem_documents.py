"""What of a problem record the API tells whom: a side its own record and answers, the deciding offices everything."""

import datetime as dt
from dataclasses import replace
from typing import Any

from models.cases import WorkItem
from models.problems import ProblemSide, Ruling
from web.masks import mask_name, mask_number
from web.present import problems as shared
from web.present import problems_history as story
from web.present import problems_tasks as questions
from workflow import casefile, engine
from workflow.casefile import Entry
from workflow.problems import asking, sight, undoing
from workflow.problems.facts import decider, department_of_side, records, rulings, school_of
from workflow.step import Step
from workflow.world import Office


def is_problem(step: Step) -> bool:
    return step.case.process == "problem"


def visible_items(step: Step) -> list[WorkItem]:
    """Return the open questions that the reader may know of."""
    return shared.visible_items(step) if is_problem(step) else step.open_items


def visible_entries(step: Step) -> list[Entry]:
    """Return the events that the reader may know of; of an undoing the words only where he sees all that was ruled."""
    if is_problem(step):
        return story.entries(step)
    found = casefile.entries(step)
    if step.case.process == "undo" and not undoing.sees(undoing.taken_back(step)):
        return [replace(entry, comment="") for entry in found]
    return found


def visible_linked(step: Step) -> bool:
    return not is_problem(step) or sight.sees_all(step)


def visible_options(step: Step) -> list[engine.Option]:
    """Return what the reader may do; of a problem only what answers a question of his own, the first of each kind."""
    if not is_problem(step):
        return engine.options(step)
    found: dict[str, engine.Option] = {}
    for item in shared.my_items(step):
        for option in questions.options_for(step, item):
            found.setdefault(option.action, option)
    return list(found.values())


def problem_members(step: Step) -> dict[str, Any]:
    """Return what a problem is about, cut to the sides that the reader may see; nothing for other cases."""
    if not is_problem(step):
        return {}
    sees_all = sight.sees_all(step)
    found = [one for one in rulings(step) if sees_all or one.confirmed_at is not None]
    return {
        "problem": {
            **outline(step),
            "sides": [side_document(step, side) for side in sight.visible_sides(step)],
            "rulings": [_ruling(step, one) for one in found],
        }
    }


def outline(step: Step) -> dict[str, Any]:
    """Return kind, level and deciding office of a problem."""
    return {"kind": step.subject.kind, "level": step.subject.level, "decider": _office(decider(step))}


def side_document(step: Step, side: ProblemSide) -> dict[str, Any]:
    """Return one side as the reader may know it; numbers are masked, what was written stays on the page."""
    record = records(step).get(side.no)
    return {
        "side": side.no,
        "name": mask_name(record.name) if record else "",
        "id_number": mask_number(record.id_number_tail) if record else "",
        "record_no": mask_number(record.record_no_tail) if record else "",
        "school": _office(school_of(step.world, side)),
        "department": _office(department_of_side(step.world, side)),
        "answer": side.answer or None,
        "reason": side.reason or None,
        "review": side.review or None,
        "silent": side.silent,
        "inquiry": side.inquiry or None,
        "objected": side.objected,
        "outside": side.outside,
    }


def deletion_document(step: Step) -> dict[str, Any] | None:
    """Return the deletion that an ID error ended with, and whether the reader may have it taken back."""
    found = asking.deletion_of(step)
    if found is None:
        return None
    return {
        "ruling": found.ruling.public_id,
        "confirmed_at": _moment(found.ruling.confirmed_at),
        "undone_at": _moment(found.ruling.undone_at),
        "undo_until": found.last_day.isoformat(),
        "undo_why_not": found.why_not,
        "undo_cases": [case.no for case in found.cases],
    }


def undo_members(step: Step) -> dict[str, Any]:
    """Return what a case of undoing is about, for who sees everything the ruling changed; nothing for other cases."""
    if step.case.process != "undo":
        return {}
    found = undoing.taken_back(step)
    if not undoing.sees(found):
        return {}
    return {
        "undo": {
            "of": found.step.case.no,
            "ruling": found.ruling.public_id,
            "reason": step.subject.words.get("reason", ""),
            "until": undoing.last_day(step.world, found.ruling).isoformat(),
            "conflicts": list(story.conflicts(step, found.images)),
        }
    }


def _ruling(step: Step, ruling: Ruling) -> dict[str, Any]:
    own = {side.no for side in sight.visible_sides(step)}
    sees_all = sight.sees_all(step)
    told = ("side", "verdict", "into", "choices") if sees_all else ("side", "verdict")
    until = undoing.last_day(step.world, ruling).isoformat() if ruling.confirmed_at else None
    undo = {
        "undo_until": until,
        "undo_why_not": asking.obstacle(step.session, step.world, step.actor, ruling, step.now),
    }
    return {
        "id": ruling.public_id,
        "basis": ruling.basis,
        "office": _office(step.world.office(ruling.office_id)),
        "verdicts": [
            {name: one[name] for name in told if name in one} for one in ruling.verdicts if one["side"] in own
        ],
        "reasons": ruling.reasons,
        "text": shared.for_side(step, ruling.words.get("text", "")),
        "confirmed_at": _moment(ruling.confirmed_at),
        "undone_at": _moment(ruling.undone_at),
        **(undo if sees_all else {}),
    }


def _office(office: Office | None) -> dict[str, str] | None:
    return {"code": office.code, "name": office.name, "level": office.level} if office else None


def _moment(at: dt.datetime | None) -> str | None:
    return at.astimezone(dt.UTC).isoformat() if at else None
