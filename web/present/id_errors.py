"""An ID error as its case page tells it: what is wrong in words, what papers, who had it and who has it next."""

from typing import Any

from sqlalchemy import select

from models.cases import Case, Event
from models.certificates import Certificate
from models.problems import Ruling
from web.pages.cases import Paper
from web.present import about_record
from web.present.about_record import name_of, present_station
from web.present.sight import sees_names
from web.views import Contact, Fact, Field, Option, Station
from workflow import returns
from workflow.calendar import day_of
from workflow.id_errors import guards, lists
from workflow.one_record import department, school_of, student_of
from workflow.step import Step

STATIONS = {
    "correct": ("主管部门核办", "department"),
    "claim": ("主管部门核办", "department"),
    "delete": ("学校复核删除", "deletion"),
}
OUTCOMES = {
    "corrected": "学籍已按更正内容修改，原内容留存备查",
    "confirmed": "公安机关确认信息无误，学籍不变",
    "deleted": "学籍记录已注销，撤销期内可由主管部门恢复",
    "settled": "问题已不存在，学籍未变动",
}
RESTORED = "学籍记录注销后又经主管部门恢复，证件号问题另行处理"
WORDS = ("问题和答复", "问题和学校的答复")
"""What the first tab is called, and the heading of what stands there."""
LABELS = {"reason": "删除的理由", "result": "公安答复", "on_date": "答复日期"}


def title(step: Step) -> str:
    return f"{name_of(step, student_of(step))}：{lists.KINDS[step.subject.kinds[0]].title}"


def pupil(step: Step) -> tuple[Fact, ...]:
    return about_record.pupil(step, student_of(step))


def request(step: Step) -> tuple[Fact, ...]:
    """What is wrong, what to look at, and what the school answered."""
    error = step.subject
    facts = about_record.place(step, school_of(step))
    facts += [Fact("问题", lists.KINDS[kind].title, note=lists.KINDS[kind].advice) for kind in error.kinds]
    if error.details:
        facts.append(Fact("具体情况", "；".join(lists.DETAILS.get(code, code) for code in error.details)))
    student = student_of(step)
    if student.id_verdict != "unknown":
        day = f"{student.id_verdict_on:%Y年%-m月%-d日} " if student.id_verdict_on else ""
        verdict = lists.VERDICT_TITLES[student.id_verdict]
        facts.append(Fact("核验结论", verdict, note=day + student.id_verdict_source))
    if error.answer:
        facts.append(Fact("学校答复", lists.ANSWERS[error.answer], note=lists.REASONS_TO_DELETE.get(error.reason, "")))
        facts += about_record.typed_facts(step, error.words.get("corrected") or {})
    if error.police_on:
        facts.append(Fact("公安答复日期", f"{error.police_on:%Y年%-m月%-d日}"))
    return tuple(facts)


def text(step: Step) -> str:
    return str(step.subject.words.get("note") or "") if sees_names(step) else ""


def stations(step: Step) -> tuple[Station, ...]:
    """The school, then whoever its answer leads to; what happened is read from the log."""
    at_school = school_of(step).name
    events = _moments(step)
    found = [_station(step, events, at_school, "确认收到", "opened", "acknowledge")]
    answered = ("request_correction", "request_claim", "request_deletion")
    found.append(_station(step, events, at_school, "核对并答复", "checking", *answered))
    answer = step.subject.answer or _last_answer(events)
    if answer == "delete":
        found.append(_station(step, events, at_school, "复核删除", "deletion", "approve_deletion"))
    else:
        office = step.world.name(department.find(step))
        signed = ("approve_correction", "approve_claim")
        found.append(_station(step, events, office, "主管部门核办", "department", *signed))
        if answer == "claim":
            found.append(_station(step, events, office, "登记公安答复", "police", "record_police"))
    return tuple(found)


def because(step: Step) -> str:
    return "删除由本校主管领导复核；更正和佐证由主管部门核办，佐证还须公安机关答复"


def papers(step: Step, family: list[tuple[Case, Certificate | None]]) -> tuple[Paper, ...]:
    return ()


def contacts(step: Step) -> tuple[Contact, ...]:
    return about_record.contacts(school_of(step), step.world.office(department.find(step) or 0))


def missing(step: Step) -> tuple[str, ...]:
    """Return what keeps the case from going on, beyond what was asked for in a return."""
    if step.case.phase == "police":
        return (lists.POLICE_PAPER,)
    return ("学校的答复",) if step.case.phase in ("opened", "checking") else ()


def wanted(step: Step) -> list[tuple[str, str]]:
    """Return the papers still to come, each with the rule behind it."""
    if step.case.phase == "police":
        return [(lists.POLICE_PAPER, "公安答复须留存书面材料")]
    answers = {"claim": may_claim(step), "correct": True}
    source = guards.look_up_papers(step)[1]
    kinds = [kind for answer, offered in answers.items() if offered for kind in guards.missing_papers(step, answer)]
    return [(kind, source) for kind in dict.fromkeys(kinds)] if step.case.phase in ("opened", "checking") else []


def kinds(step: Step) -> list[str]:
    """Return what may be uploaded."""
    if step.case.phase == "police":
        return [lists.POLICE_PAPER]
    answers = ("correct", "delete", "claim") if may_claim(step) else ("correct", "delete")
    return list(dict.fromkeys(kind for answer in answers for kind in lists.PAPERS[answer]))


def may_claim(step: Step) -> bool:
    return all(lists.KINDS[kind].claim for kind in step.subject.kinds)


def outcome(step: Step) -> str:
    ruling = step.session.get(Ruling, step.subject.ruling_id) if step.subject.ruling_id else None
    return RESTORED if ruling is not None and ruling.undone_at else OUTCOMES[step.case.phase]


def fields(step: Step, action: str, name: str, typed: Any, error: str, common: dict[str, Any]) -> list[Field] | None:
    """Return the fields of one typed value, or None for what every process asks in the same way."""
    common = {**common, "label": LABELS.get(name, common["label"])}
    if name == "corrected":
        renaming = any(lists.KINDS[kind].rename for kind in step.subject.kinds)
        names = ("name", "id_number", "sex", "birth_date", "id_type") if renaming else (
            "id_number", "sex", "birth_date", "id_type")  # fmt: skip
        before = step.subject.words.get("corrected") or {}
        return about_record.corrected(names, student_of(step), typed if isinstance(typed, dict) else before, error)
    if name == "reason":
        options = tuple(Option(code, word) for code, word in lists.REASONS_TO_DELETE.items())
        return [Field(name, kind="radio", value=str(typed), options=options, **common)]
    if name == "result":
        options = tuple(Option(code, word) for code, word in lists.RESULTS.items())
        return [Field(name, kind="radio", value=str(typed), options=options, **common)]
    if name == "items":
        chosen = tuple(typed) if isinstance(typed, list) else ()
        items = tuple(Option(item, item) for item in returns.ITEMS["id_error"])
        return [Field(name, kind="checks", chosen=chosen, options=items, **common)]
    return None


def _moments(step: Step) -> list[Event]:
    query = select(Event).where(Event.case_id == step.case.id, Event.to_phase != "").order_by(Event.seq)
    return list(step.session.scalars(query))


def _last_answer(events: list[Event]) -> str:
    told = [event.body["answer"] for event in events if event.body.get("answer")]
    return str(told[-1]) if told else ""


def _station(step: Step, events: list[Event], office: str, word: str, phase: str, *actions: str) -> Station:
    """Done when one of the actions was the last word about this phase; present while the case is in it."""
    if step.case.phase == phase:
        return present_station(step, office, word)
    last = next((event for event in reversed(events) if phase in (event.from_phase, event.to_phase)), None)
    leaving = next((event for event in reversed(events) if event.from_phase == phase), None)
    if last is None and phase == "checking":
        leaving = next((event for event in reversed(events) if event.action in actions), None)
    if leaving is not None and (leaving.action in actions or phase in ("opened", "checking")):
        return Station(office, word, "done", on=day_of(leaving.at), word="已办")
    if step.case.closed_at:
        return Station(office, word, "skipped", skipped_because="已办结")
    return Station(office, word, "coming")


