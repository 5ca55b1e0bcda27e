"""What the papers of a problem say, frozen in the moment they are issued: of one side, or of all of them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from models.evidence import Evidence
from models.people import Person
from models.problems import ProblemSide, Ruling, RulingImage
from models.students import Student
from workflow.calendar import day_of, due_day_of
from workflow.policies import look_up
from workflow.problems import comparing, guards, images, inquiries, sight
from workflow.problems.facts import (
    arbitrates,
    department_of_side,
    inside_one_school,
    raised,
    records,
    school_of,
    sides_of,
)
from workflow.problems.lists import ANSWERS, CORRECTABLE, KINDS, REASONS, REASONS_TO_DELETE, VERDICTS
from workflow.step import Step
from workflow.transfers.certificate import pupil_facts, records_of, rules_of
from workflow.world import Office

TO_DO = {
    "correct": "请学校告知监护人，并核对更正后的信息。",
    "merge": "请学校告知监护人；纸质档案按主管部门的通知移交。",
    "close": "请学校告知监护人；学生确在本校就读的，可在异议期内提出。",
}
"""What a school still has to do about its record; the record itself was changed in the moment of the ruling."""
SHOWN = ("name", "sex", "nationality", "ethnicity", "id_type")


def of_cover(step: Step, side: ProblemSide) -> dict[str, Any]:
    """Return the cover of a side's evidence: the record, the answer, and every paper with its digest."""
    return {
        **_about(step, side),
        "answer": ANSWERS[side.answer].title,
        "reason": REASONS_TO_DELETE[side.reason].title if side.reason else "",
        "note": side.words.get("note") or "",
        "corrected": _corrected(side.words.get("corrected", {})),
        "answered_on": day_of(side.answered_at).isoformat() if side.answered_at else "",
        "answered_by": _names(step, {side.answered_by})[side.answered_by] if side.answered_by else "",
        "attachments": [_attachment(paper) for paper in guards.papers_of(step, side)],
        "review": _review(step, side),
    }


def of_waiver(step: Step, side: ProblemSide) -> dict[str, Any]:
    """Return what the guardian signs who wants no transfer of the record (放弃学籍转接说明)."""
    found = comparing.records(step.session, [side.student_id or 0])[side.student_id or 0]
    guardians = [
        {"name": one.name, "relation": one.relation, "id_tail": one.id_number_tail or ""} for one in found.guardians
    ]
    return {**_about(step, side), "guardians": guardians}


def of_inquiry(step: Step, side: ProblemSide, count: int) -> dict[str, Any]:
    """Return a sheet of inquiry: the question as this side may read it, and until when it is answered."""
    office, sheet = arbitrates(step), inquiries.last_to(step, side)
    asked = next((item for item in step.open_items if item.kind == "inquiry" and item.turn == side.no), None)
    return {
        **_about(step, side, office),
        "count": count,
        "question": sight.without_others(step, sheet.comment, [side]) if sheet else "",
        "due_on": due_day_of(asked.due_at).isoformat() if asked else "",
    }


@dataclass
class Ruled:
    """A ruling as papers tell it. The records are told as they were before it."""

    step: Step
    ruling: Ruling
    sides: list[ProblemSide]

    def __post_init__(self) -> None:
        query = select(RulingImage).where(RulingImage.ruling_id == self.ruling.id, RulingImage.table_name == "student")
        stored = self.step.session.scalars(query)
        self._before = {image.row_id: images.opened(image.before or {}) for image in stored}
        self._names = _names(self.step, {self.ruling.drafted_by, self.ruling.confirmed_by})

    def facts(self, side: ProblemSide | None) -> dict[str, Any]:
        """Return the ruling as one side may read it; None: all of it."""
        step, ruling = self.step, self.ruling
        office = step.world.office(ruling.office_id)
        head = _about(step, side, office) if side else _about_all(step, self.sides, office)
        text = str(ruling.words.get("text") or "")
        told = {
            **head,
            "basis": ruling.basis,
            "sides": [self._side(one) for one in ([side] if side else self.sides)],
            "reasons": [REASONS[code].title for code in ruling.reasons],
            "text": sight.without_others(step, text, [side]) if side else text,
            "decided_on": day_of(ruling.confirmed_at).isoformat() if ruling.confirmed_at else "",
            "drafted_by": self._names.get(ruling.drafted_by, ""),
            "confirmed_by": self._names.get(ruling.confirmed_by or 0, ""),
            **self._terms(side, office),
        }
        if side:
            told["pupil"] = self._pupil(side)
        return told

    def _side(self, side: ProblemSide) -> dict[str, Any]:
        step, ruling = self.step, self.ruling
        verdict = next(one for one in ruling.verdicts if one["side"] == side.no)
        entry, into = VERDICTS[verdict["verdict"]], verdict.get("into")
        papers = [_attachment(paper) for paper in guards.papers_of(step, side)]
        return {
            "no": side.no,
            "name": self._value(side, "name"),
            "pupil": self._pupil(side),
            "school": _school(step, side),
            "answer": ANSWERS[side.answer].title if side.answer else "逾期未答复",
            "review": _review(step, side),
            "attachments": papers,
            "verdict": entry.title,
            "into": into or 0,
            "consequence": entry.consequence,
            "corrected": _corrected(ruling.words.get("corrected", {}).get(str(side.no), {})),
            "to_do": self._to_do(side, verdict["verdict"]),
        }

    def _to_do(self, side: ProblemSide, verdict: str) -> str:
        if verdict == "remove_number":
            days = look_up(self.step.world, "no_id.form", school_of(self.step.world, side), self.step.today).value
            return f"请学校在{days}个工作日内为学生办理无身份证号学生在校就读证明表，取得号码后及时补登。"
        return TO_DO.get(verdict, "学校不需要再办理。")

    def _terms(self, side: ProblemSide | None, office: Office) -> dict[str, str]:
        """Until when and where a side may object, as long as it may."""
        items = [item for item in self.step.open_items if item.kind == "object" and side and item.turn == side.no]
        above = raised(self.step, office, 1)
        if not items or above.id == office.id:
            return {"object_until": "", "object_to": ""}
        return {"object_until": due_day_of(items[0].due_at).isoformat(), "object_to": above.name}

    def _pupil(self, side: ProblemSide) -> dict[str, str]:
        today = pupil_facts(records(self.step)[side.no])
        before = self._before.get(side.student_id or 0, {})
        told = {name: str(before.get(name) or "") for name in SHOWN[1:] if name in before}
        if "birth_date" in before:
            told["birth_date"] = before["birth_date"].isoformat()
        for name, column in (("id_tail", "id_number_tail"), ("record_tail", "record_no_tail")):
            if column in before:
                told[name] = before[column] or ""
        return {**today, **told}

    def _value(self, side: ProblemSide, name: str) -> str:
        before = self._before.get(side.student_id or 0, {})
        return str(before.get(name) or getattr(records(self.step)[side.no], name))


# ---- parts -----------------------------------------------------------------------------------------------------------


def _about(step: Step, side: ProblemSide, office: Office | None = None) -> dict[str, Any]:
    """The head of a paper about one side, issued by `office` or by the side's school."""
    school = office or school_of(step.world, side)
    assert school is not None  # a side with a record has a school
    student: Student = records(step)[side.no]
    return {
        "case_no": step.case.no,
        "kind": KINDS[step.subject.kind],
        "authority": records_of(step.world, school),
        "issued_by": school.name,
        "rules": rules_of(step),
        "name": student.name,
        "pupil": pupil_facts(student),
        "school": _school(step, side),
    }


def _about_all(step: Step, sides: list[ProblemSide], office: Office) -> dict[str, Any]:
    head = _about(step, sides[0], office)
    return {**head, "name": "", "pupil": {}, "school": {}}


def _school(step: Step, side: ProblemSide) -> dict[str, str]:
    school, department = school_of(step.world, side), department_of_side(step.world, side)
    lives = step.cache.setdefault("lives", {})
    if not lives:
        lives |= comparing.records(step.session, [one.student_id for one in sides_of(step) if one.student_id])
    spells = lives[side.student_id].spells if side.student_id in lives else []
    return {
        "name": school.name if school else "",
        "code": school.code if school else "",
        "department": department.name if department else "",
        "province": "",
        "grade": "",
        "class_name": spells[0][1] if spells else "",
    }


def _attachment(paper: Evidence) -> dict[str, str]:
    pages = f"{paper.pages} 页" if paper.pages else "图片"
    return {
        "name": paper.kind,
        "detail": f"{pages}，{paper.file_name}",
        "received_on": day_of(paper.uploaded_at).isoformat(),
        "digest": paper.digest.hex(),
    }


def _corrected(values: dict[str, Any]) -> list[dict[str, str]]:
    """What is to be corrected; of a number only the end stands on paper (promises 5.6)."""
    told = []
    for name, value in values.items():
        shown = "*" * 14 + str(value)[-4:] if name == "id_number" else str(value)
        told.append({"field": name, "label": CORRECTABLE[name], "value": shown})
    return told


def _review(step: Step, side: ProblemSide) -> dict[str, str]:
    """Who reviewed the side's answer, and when; empty while nobody has."""
    department = department_of_side(step.world, side)
    if side.review != "accepted" or side.reviewed_at is None or department is None:
        return {}
    reviewer = (school_of(step.world, side) if inside_one_school(step) else None) or department
    return {
        "office": reviewer.name,
        "seal": reviewer.short_name,
        "decider": _names(step, {side.reviewed_by}).get(side.reviewed_by or 0, ""),
        "at": side.reviewed_at.isoformat(),
    }


def _names(step: Step, numbers: set[int | None]) -> dict[int, str]:
    known: dict[int, str] = step.cache.setdefault("person_names", {})
    missing = {number for number in numbers if number} - set(known)
    if missing:
        rows = step.session.execute(select(Person.id, Person.name).where(Person.id.in_(missing)))
        known |= {row.id: row.name for row in rows}
    return known
