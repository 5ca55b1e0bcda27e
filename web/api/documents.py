"""How cases, routes, options and work items look as JSON."""

import datetime as dt
from typing import Any

from models.cases import Case, WorkItem
from models.evidence import Evidence
from models.id_errors import IdError
from models.no_id import NoIdNumber
from models.students import Student
from models.transfers import Transfer
from web import clock
from web.api import fields
from web.api.problem_documents import (
    deletion_document,
    problem_members,
    undo_members,
    visible_entries,
    visible_items,
    visible_linked,
    visible_options,
)
from web.errors import reason_document
from web.masks import mask_name, mask_number
from web.present.sight import sees_names
from workflow import casefile, counting, engine, evidence, joint, manners, processes, rights, suspension
from workflow.acts import overruling
from workflow.days_left import Hold
from workflow.errors import Reason
from workflow.inbox import Item
from workflow.language import ASIDE
from workflow.policies import stage_of
from workflow.routing import Side, Stop, key_of, route
from workflow.step import Step
from workflow.transfers import asking, path, standing
from workflow.transfers.facts import gather
from workflow.transfers.guards import may_be_sent
from workflow.transfers.reversing import transfer_of
from workflow.world import World

TOLD = (
    "cause", "items", "on_date", "result", "to", "to_class", "milestone", "listed", "certificate", "evidence", "kind",
    "side", "sides", "answer", "position", "verdicts", "handed_to", "back_to", "jump_to", "resume", "proposed_by",
    "decided", "where", "added_by", "vote", "reversal",
)  # fmt: skip
"""What an event tells beyond who, when and the comment."""


def case_document(step: Step) -> dict[str, Any]:
    """Return a case as its parties may read it, with what this person may do."""
    return {
        **summary(step),
        "title": processes.of(step.case).phases[step.case.phase].title,
        "opened_at": moment(step.case.opened_at),
        "submitted_at": moment(step.case.submitted_at),
        "closed_at": moment(step.case.closed_at),
        "applicant": office(step.world, step.case.applicant_org_id),
        "transfer": transfer(step) if isinstance(step.subject, Transfer) else None,
        "suspended": suspended(step),
        "proposal": proposal(step),
        **about_record(step),
        **problem_members(step),
        **undo_members(step),
        **reversal_members(step),
        "items": [item_document(step.world, item, mine=rights.holds(step, item)) for item in _items(step)],
        "events": [event_document(step.world, entry) for entry in visible_entries(step)],
        "evidence": [evidence_document(paper) for paper, _ in casefile.papers(step) if evidence.may_see(step, paper)],
        "linked": linked(step),
    }


def _items(step: Step) -> list[WorkItem]:
    """Return the open questions the reader may know of, and what lies before him beside them: advice, copies."""
    beside = [item for item in step.all_open if item.kind in ASIDE and rights.holds(step, item)]
    return [*visible_items(step), *beside]


def summary(step: Step) -> dict[str, Any]:
    """Return the part of a case that every changing call answers with."""
    found = verdicts(step)
    return {
        "no": step.case.no,
        "process": step.case.process,
        "phase": step.case.phase,
        "revision": step.case.revision,
        "route": route_document(step),
        "options": [option_document(step, option) for option in visible_options(step)],
        "further": [option_document(step, option) for option in engine.further(step)],
        "warnings": [reason_document(reason) for reason in found if reason.severity == "warn"],
        "notes": [reason_document(reason) for reason in found if reason.severity == "info"],
    }


def verdicts(step: Step) -> list[Reason]:
    """Return what the guards say about a running transfer today; nothing once it has ended."""
    return may_be_sent(step) if isinstance(step.subject, Transfer) and step.case.closed_at is None else []


def option_document(step: Step, option: engine.Option) -> dict[str, Any]:
    """Return one action: allowed, or why not; which fields it wants, which it takes, and what may stand in them."""
    spec = option.spec
    must, may = fields.names(option)
    return {
        "action": option.action,
        "title": spec.title,
        "allowed": option.allowed,
        "reasons": [reason_document(reason) for reason in option.reasons],
        "required": must,
        "optional": may,
        "fields": fields.of(step, option),
        "consequence": spec.consequence,
    }


def route_document(step: Step) -> list[dict[str, Any]]:
    """Return the offices in the order in which they sign; of a draft, those that would have to."""
    stops = step.case.route or _planned(step)
    standing = path.standing_decisions(step)
    return [_stop(step, turn, stop, standing.get(key_of(stop))) for turn, stop in enumerate(stops)]


def _stop(step: Step, turn: int, stop: Stop, decision: dict[str, Any] | None) -> dict[str, Any]:
    signing = step.world.offices.get(stop["org"]) if stop["org"] else None
    outside = (step.subject.outside or {}) if isinstance(step.subject, Transfer) else {}
    told: dict[str, Any] = {
        "org": signing.code if signing else None,
        "name": signing.name if signing else outside.get("school") or outside.get("province") or "",
        "level": signing.level if signing else "external",
        "role": stop["phase"],
        "signer": stop["role"],
        "state": "done" if decision else "present" if _is_present(step, turn, stop) else "coming",
    }
    if stop.get("manner"):
        told["manner"] = {**stop["manner"], "title": manners.WORDS[stop["manner"]["code"]]}
        told["signers"] = [seat["role"] for seat in stop["seats"]]
        if _is_present(step, turn, stop):
            told["signed"] = [vote["name"] for vote in (joint.running(step) or {"voted": []})["voted"]]
    if stop.get("milestone"):
        told["milestone"] = stop["milestone"]
    if decision:
        told |= {"by": decision["name"], "at": decision["at"], "overruled": bool(decision.get("overruled"))}
    if decision and decision.get("by_office"):
        told["instead"] = office(step.world, decision["by_office"])
    return told


def _is_present(step: Step, turn: int, stop: Stop) -> bool:
    return turn == step.case.turn and stop["phase"] == step.case.phase


def _planned(step: Step) -> list[Stop]:
    if not isinstance(step.subject, Transfer) or step.case.phase != "draft":
        return []
    facts, given = gather(step), step.subject.outside
    if facts.receiving is None and facts.releasing is None:
        return []
    if step.subject.direction == "inside" and None in (facts.receiving, facts.releasing):
        return []
    stage = stage_of(step.subject.target_grade or facts.grade)
    return route(step.world, Side(facts.receiving, given), Side(facts.releasing, given), stage, step.today)


def suspended(step: Step) -> dict[str, Any] | None:
    """Return who stopped the clock of the case, since when, until when if that is known, and why."""
    kept = suspension.running(step.case, step.today)
    if kept is None:
        return None
    return {"at": kept["at"], "office": office(step.world, kept["office"]), "until": kept["until"],
            "comment": kept["comment"]}  # fmt: skip


def proposal(step: Step) -> dict[str, Any] | None:
    """Return what one officer proposes about the case and another has to confirm; None where nothing is proposed.

    Of a problem only whoever sees all sides is told.
    """
    pending = overruling.proposed(step) if step.case.closed_at is None else None
    if pending is None or not visible_linked(step):
        return None
    return {"kind": pending["kind"], "by": pending["name"], "office": office(step.world, pending["office"]),
            "at": pending["at"], "comment": pending["reason"], "jump_to": pending.get("target")}  # fmt: skip


def about_record(step: Step) -> dict[str, Any]:
    """Return what an ID error or a missing number is about; numbers are masked, what was typed is not told."""
    subject = step.subject
    if isinstance(subject, IdError):
        return {
            "id_error": {
                **_record(step),
                "kinds": subject.kinds,
                "details": subject.details,
                "answer": subject.answer or None,
                "reason": subject.reason or None,
                "police_on": subject.police_on.isoformat() if subject.police_on else None,
                "deletion": deletion_document(step),
            }
        }
    if step.case.process == "clearance":
        state = step.case.state
        return {
            "clearance": {
                "guard": state["guard"],
                "message": state["message"],
                "citation": state["citation"],
                "asked": office(step.world, state["asked"]),
            }
        }
    if isinstance(subject, NoIdNumber):
        return {
            "no_id": {
                **_record(step),
                "reason": subject.reason or None,
                "valid_from": subject.valid_from.isoformat() if subject.valid_from else None,
                "asking": subject.asking,
            }
        }
    return {}


def reversal_members(step: Step) -> dict[str, Any]:
    """Return how it stands with taking a finished transfer back; of the case that does so, what it is about."""
    if step.case.process == "reversal":
        of = transfer_of(step)
        words, until = step.subject.words.get("reason", ""), standing.last_day(of).isoformat()
        return {"reversal": {"of": of.case.no, "cause": step.subject.cause, "reason": words, "until": until}}
    if not isinstance(step.subject, Transfer) or step.case.phase != "effective":
        return {}
    cases, kept = asking.asked_for(step.session, step.case.id), step.case.state.get(standing.REVERSED)
    return {
        "reversal": {
            "undone_at": kept["at"] if kept else None,
            "until": standing.last_day(step).isoformat(),
            "why_not": asking.obstacle(step, cases) if asking.may_ask(step) else asking.NOT_YOURS,
            "cases": [case.no for case in cases],
        }
    }


def _record(step: Step) -> dict[str, Any]:
    student = step.session.get_one(Student, step.subject.student_id)
    return {
        "name": student.name if sees_names(step) else mask_name(student.name),
        "record_no": mask_number(student.record_no_tail),
        "id_number": mask_number(student.id_number_tail),
        "id_verdict": student.id_verdict,
        "school": office(step.world, step.subject.school_id),
    }


def transfer(step: Step) -> dict[str, Any]:
    """Return what a transfer asks for; numbers are masked."""
    about = step.subject
    return {
        "name": about.name,
        "record_no": mask_number(about.record_no_tail),
        "direction": about.direction,
        "from": office(step.world, about.from_school_id),
        "to": office(step.world, about.to_school_id),
        "outside": about.outside,
        "target_grade": about.target_grade,
        "reason": about.reason,
        "reason_note": about.reason_note,
        "offline_first": about.offline_first,
        "arrived_on": about.arrived_on.isoformat() if about.arrived_on else None,
    }


def office(world: World, number: int | None) -> dict[str, str] | None:
    """Return an organisation by code, name and level, or None."""
    found = world.offices.get(number or 0)
    return {"code": found.code, "name": found.name, "level": found.level} if found else None


def item_document(world: World, item: WorkItem | Item, *, mine: bool) -> dict[str, Any]:
    """Return a work item with its deadline: the last day, and how far away it is."""
    left = counting.left(world, item, clock.today())
    due = counting.last_day(item)
    return {
        "kind": item.kind,
        "phase": item.phase,
        "org": office(world, item.org_id),
        "role": item.queue.partition(":")[2],
        "mine": mine,
        "opened_at": moment(item.opened_at),
        "due": due.isoformat() if due else None,
        "due_at": moment(item.due_at) if due else None,
        "provisional": item.provisional,
        "days_left": {"kind": left.kind.value, "days": left.n},
        "paused": _hold(left.hold),
        "instead_of": office(world, item.due_rule.get("in_place_of")),
    }


def _hold(hold: Hold | None) -> dict[str, str | None] | None:
    """Return why a clock stands still and until when, as far as that is known."""
    return {"why": hold.why, "until": hold.until.isoformat() if hold.until else None} if hold else None


def event_document(world: World, entry: casefile.Entry) -> dict[str, Any]:
    """Return one event as it is told."""
    told = {name: entry.body[name] for name in TOLD if name in entry.body}
    if "handed_to" in told:
        told["handed_to"] = told["handed_to"]["name"]
    return {
        "seq": entry.seq,
        "at": moment(entry.at),
        "action": entry.action,
        "by": entry.actor,
        "acting_for": entry.acting_for or None,
        "office": office(world, entry.body.get("office")),
        "instead_of": office(world, entry.body.get("instead_of")),
        "from": entry.before,
        "to": entry.after,
        "comment": entry.comment,
        "facts": told,
    }


def evidence_document(paper: Evidence) -> dict[str, Any]:
    """Return what is known about a scanned paper; its bytes have an address of their own."""
    return {
        "id": paper.public_id,
        "kind": paper.kind,
        "file_name": paper.file_name,
        "media_type": paper.media_type,
        "size": paper.size,
        "pages": paper.pages,
        "sha256": paper.digest.hex(),
        "uploaded_at": moment(paper.uploaded_at),
        "withdrawn_at": moment(paper.withdrawn_at),
    }


def linked(step: Step) -> dict[str, Any]:
    """Return certificates and linked cases of a case that has ended or belongs to another."""
    if not visible_linked(step):
        return {"cases": [], "certificates": []}
    stands_alone = step.case.parent_id is None and getattr(step.subject, "again_of_id", None) is None
    if step.case.closed_at is None and stands_alone and step.case.process != "no_id":
        return {"cases": [], "certificates": []}
    cases: dict[str, Case] = {}
    papers = {}
    for case, certificate in casefile.linked(step):
        if case.id != step.case.id:
            if not casefile.shows(step, case):
                continue
            cases[case.no] = case
        elif certificate is not None:
            papers[certificate.number] = certificate
    return {
        "cases": [{"no": no, "process": case.process, "phase": case.phase} for no, case in cases.items()],
        "certificates": [
            {"number": number, "id": paper.public_id, "state": paper.state} for number, paper in papers.items()
        ],
    }


def moment(at: dt.datetime | None) -> str | None:
    """Return an instant in UTC as ISO 8601."""
    return at.astimezone(dt.UTC).isoformat() if at else None
