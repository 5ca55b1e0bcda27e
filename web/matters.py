"""What a notice is about, in facts: the case as it looks at the moment, for a letter or for the page."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from models.cases import Case, Event, WorkItem
from models.certificates import Certificate
from models.imports import ImportBatch
from models.messages import Notice
from models.people import Person
from models.students import Student
from models.transfers import Transfer
from web.letter_sections import sections
from web.mail_facts import Facts, ImportCounts, Matter
from web.mail_values import ANSWER_WORDS, BETWEEN_PEOPLE, import_remark, only_case, outcome_remark
from web.masks import mask_name
from web.paper_facts_of import KINDS as CERTIFICATES
from web.present import problems as shared
from web.present.policy_pages import title as rule_title
from web.present.problems import SIDE_ITEMS
from workflow import counting, engine, processes
from workflow.calendar import day_of
from workflow.payload import date_of
from workflow.problems import listing, sight
from workflow.problems.facts import school_of
from workflow.problems.lists import KINDS
from workflow.step import Step
from workflow.transfers.guards import grade_name
from workflow.transfers.path import OTHER_CAUSE
from workflow.world import world_of

OUTCOMES = {
    "cleared": "effective",
    "declined": "refused",
    "dropped": "void",
    "effective": "effective",
    "received": "effective",
    "rejected": "refused",
    "withdrawn": "withdrawn",
    "expired": "expired",
    **dict.fromkeys(("corrected", "confirmed", "deleted", "settled", "converted", "left"), "effective"),
    **dict.fromkeys(("settled_by_sides", "undone"), "effective"),
    "refused": "refused",
    "void": "void",
    "terminated": "terminated",
}
"""What a mail calls the end of a case, by its last phase."""
PROPOSED = {"propose_termination": "终止", "propose_jump": "调整环节"}
OF_KIND = {"terminate": "终止", "jump": "调整环节"}
"""What was proposed, as the answer to it calls it."""
MOVED_ON = "因事项有了进展"
"""What stands in the place of whoever answers where nobody did."""
OF_RULES = ("rule_proposed", "rule_answered")
OF_PROBLEMS = ("problem", "undo")
"""Cases in which each side knows its own pupil only."""


@dataclass(frozen=True)
class Ground:
    """A notice with what a letter says about it; `pupil` is whose record the case is about."""

    notice: Notice
    case: Case | None
    transfer: Transfer | None
    pupil: Student | None
    item: WorkItem | None = None
    event: Event | None = None


def read(session: Session, which: Any) -> list[Ground]:
    """Read notices with case, transfer (of a linked case that of its parent), pupil, item, event: three statements."""
    query = (
        select(Notice, Case, Transfer, Student)
        .outerjoin(Case, Case.id == Notice.case_id)
        .outerjoin(Transfer, Transfer.case_id == func.coalesce(Case.parent_id, Case.id))
        .outerjoin(Student, Student.id == Case.student_id)
        .where(which)
        .order_by(Notice.id)
    )
    found = [Ground(*row) for row in session.execute(query)]
    items = _items(session, (ground.notice.facts.get("item") for ground in found))
    events = _events(session, ((ground.notice.case_id, ground.notice.facts.get("seq")) for ground in found))
    return [
        replace(
            ground,
            item=items.get(ground.notice.facts.get("item")),
            event=events.get((ground.notice.case_id, ground.notice.facts.get("seq"))),
        )
        for ground in found
    ]


def _items(session: Session, numbers: Iterable[int | None]) -> dict[int | None, WorkItem]:
    wanted = {number for number in numbers if number}
    rows = session.scalars(select(WorkItem).where(WorkItem.id.in_(wanted))) if wanted else ()
    return {item.id: item for item in rows}


def _events(session: Session, keys: Iterable[tuple[int | None, int | None]]) -> dict[tuple[Any, Any], Event]:
    wanted = sorted({(case_id, seq) for case_id, seq in keys if case_id and seq})
    rows = session.scalars(select(Event).where(tuple_(Event.case_id, Event.seq).in_(wanted))) if wanted else ()
    return {(event.case_id, event.seq): event for event in rows}


class Writer:
    """Makes facts of notices; what several of them need is read once.

    `reader` is the person who may read them; without one a problem record shows no pupil, which saves the questions.
    """

    def __init__(
        self, session: Session, grounds: list[Ground], base_url: str, now: dt.datetime, *, reader: int | None = None
    ) -> None:
        self.session, self.grounds, self.base_url, self.now = session, grounds, base_url, now
        self.world = world_of(session)
        self.problems = self._problems(reader) if reader is not None else {}

    def facts(self, ground: Ground) -> Facts:
        """Return the facts of a letter about this notice alone."""
        purpose = ground.notice.purpose
        if purpose in APART:
            return APART[purpose](self, ground)
        assert ground.case is not None
        told: dict[str, Any] = {
            "url": f"{self.base_url}/cases/{ground.case.no}",
            "matter": self._matter(ground),
            "days": ground.notice.facts.get("days"),
        }
        if purpose in OF_NOTICE:
            told |= OF_NOTICE[purpose](self, ground)
        if purpose in OF_EVENT and ground.event:
            told |= OF_EVENT[purpose](self, ground, ground.event)
        return Facts(**told)

    def digest(self) -> Facts:
        """Return the facts of a letter about all notices."""
        found = sections([(ground.notice.purpose, self.line(ground)) for ground in self.grounds])
        if one := only_case(found):
            where = f"cases/{one.no}"
        else:
            where = "inbox" if any(section.is_task for section in found) else "notices"
        return Facts(url=f"{self.base_url}/{where}", sections=found)

    def line(self, ground: Ground) -> Matter:
        """Return the matter as one of several."""
        facts = self.facts(ground)
        if ground.notice.purpose == "import_done" and facts.counts:
            return Matter("", "学生导入", "", from_school=facts.office, remark=import_remark(facts.counts))
        if ground.notice.purpose == "address_bounced":
            return Matter("", "邮箱", "", from_school=facts.office, remark=f"{mask_name(facts.person)}的邮件被退回")
        if ground.notice.purpose == "rule_proposed":
            return Matter("", "规则", "", from_school=facts.office, remark=facts.proposed)
        if ground.notice.purpose == "rule_answered":
            said = f"{facts.proposed}：{ANSWER_WORDS[facts.answer]}"
            return Matter("", "规则", "", from_school=facts.office, remark=said)
        matter = facts.matter
        assert matter is not None
        if ground.notice.purpose == "post_vacant" and ground.notice.facts.get("waiting", 1) > 1:
            return replace(matter, remark=f"该岗位共有 {ground.notice.facts['waiting']} 件待办")
        if ground.notice.purpose == "case_decided":
            return replace(matter, remark=outcome_remark(facts.outcome, facts.reason))
        if ground.notice.purpose == "proposal_answered":
            return replace(matter, remark=f"提请{facts.proposed}{ANSWER_WORDS[facts.answer]}")
        if ground.notice.purpose == "certificate_ready":
            return replace(matter, remark=f"{facts.document} {facts.number}")
        return matter

    # ---- what a purpose tells besides the case -----------------------------------------------------------------------

    def _record(self, ground: Ground) -> dict[str, Any]:
        """A class teacher reads the record, not the case."""
        return {"url": f"{self.base_url}/students/{ground.pupil.public_id}"} if ground.pupil else {}

    def _silent(self, ground: Ground) -> dict[str, Any]:
        return {"actor": self.world.name(ground.item.due_rule.get("in_place_of"))} if ground.item else {}

    def _certificate(self, ground: Ground) -> dict[str, Any]:
        certificate = self.session.get_one(Certificate, int(ground.notice.facts["certificate"]))
        return {"document": CERTIFICATES[certificate.kind], "number": certificate.number}

    def _actor(self, _: Ground, event: Event) -> dict[str, Any]:
        return {"actor": self.world.name(event.body.get("office"))}

    def _pause(self, ground: Ground, event: Event) -> dict[str, Any]:
        return {**self._actor(ground, event), "on": date_of(event.body.get("until"))}

    def _not_sent(self, _: Ground, event: Event) -> dict[str, Any]:
        return {"reason": "；".join(event.body.get("items", []))}

    def _proposed(self, ground: Ground, event: Event) -> dict[str, Any]:
        return {**self._actor(ground, event), "proposed": PROPOSED[event.action]}

    def _proposal_answered(self, ground: Ground, event: Event) -> dict[str, Any]:
        answer, kind = ground.notice.facts["answer"], OF_KIND[ground.notice.facts["proposed"]]
        by = {"actor": MOVED_ON} if answer == "lapsed" else self._actor(ground, event)
        return {**by, "proposed": kind, "answer": answer}

    def _matter(self, ground: Ground) -> Matter:
        """Return the matter; of a problem record with the pupil of the reader's own side and nobody else's."""
        matter = self._plain_matter(ground)
        if ground.case is None or ground.case.process not in OF_PROBLEMS:
            return matter
        step = self.problems.get(ground.case.id)
        if step is None:
            return replace(matter, pupil="", from_school="")
        sides = sight.visible_sides(step)
        if ground.item is not None and ground.item.kind in SIDE_ITEMS:
            sides = [side for side in sides if side.no == ground.item.turn] or sides
        schools = {school.name for side in sides if (school := school_of(self.world, side))}
        return replace(
            matter,
            pupil=next(iter(shared.names(step, sides)), ""),
            process=f"问题学籍（{KINDS[step.subject.kind]}）" if ground.case.process == "problem" else matter.process,
            from_school=next(iter(schools)) if len(schools) == 1 else "",
        )

    def _plain_matter(self, ground: Ground) -> Matter:
        case, transfer, item = ground.case, ground.transfer, ground.item
        assert case is not None
        process = processes.of(case)
        matter: dict[str, Any] = {"no": case.no, "process": process.title, "pupil": _name(ground)}
        matter["today"] = day_of(self.now)
        if transfer:
            abroad = (transfer.outside or {}).get("school", "")
            matter["from_school"] = self.world.name(transfer.from_school_id) or abroad
            matter["to_school"] = self.world.name(transfer.to_school_id) or abroad
            matter["grade"] = grade_name(transfer.target_grade) if transfer.target_grade else ""
        elif ground.pupil:
            matter["from_school"] = self.world.name(case.applicant_org_id)
        if item:
            matter |= {"step": process.phases[item.phase].title, "kind": item.kind}
            matter |= {"holder": self.world.name(item.org_id), "due": counting.last_day(item)}
            matter |= {"provisional": item.provisional, "left": counting.left(self.world, item, day_of(self.now))}
        if ends := ground.notice.facts.get("ends"):
            matter["due"] = dt.date.fromisoformat(ends)
        return Matter(**matter)

    def _problems(self, reader: int) -> dict[int, Step]:
        """Return what each case about problem records is about, as this person may see it."""
        cases = [ground.case for ground in self.grounds if ground.case]
        wanted = {case.id for case in cases if case.process in OF_PROBLEMS}
        if not wanted:
            return {}
        actor = engine.actor_of(self.session, reader, day_of(self.now))
        return listing.subjects(self.session, actor, self.world, wanted, self.now)

    def _decision(self, ground: Ground, event: Event) -> dict[str, Any]:
        """Who acted and why, as far as it comes from a list; free text stays on the page."""
        assert ground.case is not None
        cause = event.body.get("cause", "")
        effective = ground.transfer.arrived_on if ground.transfer and event.action == "confirm_arrival" else None
        return {
            "actor": self.world.name(event.body.get("office") or ground.case.applicant_org_id),
            "reason": cause if cause != OTHER_CAUSE else "",
            "again": event.body.get("resume") == "again",
            "on": effective or day_of(event.at),
            "outcome": OUTCOMES.get(ground.notice.facts.get("phase", ""), ""),
        }

    def _address(self, ground: Ground) -> Facts:
        told = ground.notice.facts
        person, office = self.session.get(Person, told["person"]), self.world.name(told["office"])
        url = f"{self.base_url}/admin/incidents"
        return Facts(url=url, office=office, person=person.name if person else "", number=str(told["code"]))

    def _rule(self, ground: Ground) -> Facts:
        told = ground.notice.facts
        url = f"{self.base_url}/admin/policies/proposals/{told['proposal']}"
        name = rule_title(told["rule"], told["stage"])
        return Facts(url=url, office=self.world.name(told["office"]), proposed=name, answer=told.get("answer", ""))

    def _import(self, ground: Ground) -> Facts:
        public_id = str(ground.notice.facts["batch"])
        batch = self.session.scalars(select(ImportBatch).where(ImportBatch.public_id == public_id)).one()
        counts = ImportCounts(batch.total, batch.imported, batch.warned, batch.blocked)
        school = self.world.name(batch.school_id)
        return Facts(url=f"{self.base_url}/imports/{public_id}", office=school, counts=counts)


def _name(ground: Ground) -> str:
    if ground.transfer:
        return ground.transfer.name
    return ground.pupil.name if ground.pupil else ""


APART: dict[str, Callable[[Writer, Ground], Facts]] = {
    "import_done": Writer._import,
    "address_bounced": Writer._address,
    **dict.fromkeys(OF_RULES, Writer._rule),
}
"""What is about no case."""
OF_NOTICE: dict[str, Callable[[Writer, Ground], dict[str, Any]]] = {
    "id_error_class": Writer._record,
    "decide_instead": Writer._silent,
    "certificate_ready": Writer._certificate,
}
OF_EVENT: dict[str, Callable[[Writer, Ground, Event], dict[str, Any]]] = {
    **dict.fromkeys(BETWEEN_PEOPLE, Writer._actor),
    "case_returned": Writer._decision,
    "case_decided": Writer._decision,
    "case_suspended": Writer._pause,
    "case_resumed": Writer._pause,
    "draft_not_sent": Writer._not_sent,
    "case_proposed": Writer._proposed,
    "proposal_answered": Writer._proposal_answered,
}
"""What a letter says of the step that caused it."""
