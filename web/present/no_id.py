"""A pupil without ID number as the case page tells it: the form, the levels, the certificate, the yearly question."""

import datetime as dt
from typing import Any

from flask import url_for

from models.cases import Case
from models.certificates import Certificate
from web.pages.cases import Paper
from web.present import about_record
from web.present.about_record import name_of, present_station
from web.present.sight import sees_names
from web.views import Contact, Fact, Field, Option, Station
from workflow import counting, returns
from workflow.calendar import day_of, short_day
from workflow.no_id import guards, lists, path
from workflow.no_id.places import family_of
from workflow.one_record import department, school_of, student_of
from workflow.policies import look_up
from workflow.routing import Stop, key_of
from workflow.step import Step

OUTCOMES = {
    "converted": "学籍中已有身份证件号，证明不再使用",
    "left": "学生已不在本校在籍，证明不再使用",
}
ENDED = {"superseded": "，已换发", "revoked": "，已撤销"}
WORDS = ("证明内容", "在校就读证明")
"""What the first tab is called, and the heading of what stands there."""
LABELS = {"reason": "没有证件号的原因"}


def title(step: Step) -> str:
    return f"{name_of(step, student_of(step))}：无身份证号学生在校就读证明"


def pupil(step: Step) -> tuple[Fact, ...]:
    return about_record.pupil(step, student_of(step))


def request(step: Step) -> tuple[Fact, ...]:
    """Where the pupil is, why there is no number, who answers for him, since when the certificate holds."""
    subject = step.subject
    facts = about_record.place(step, school_of(step))
    facts.append(Fact("缺号原因", lists.REASONS.get(subject.reason, "学校上报时填写")))
    if sees_names(step):
        family = [f"{one.name}（{one.relation}）" for one in family_of(step) if one.is_guardian]
        facts.append(Fact("监护人", "、".join(family) or "没有登记"))
    if subject.valid_from:
        facts.append(Fact("证明生效日期", f"{subject.valid_from:%Y年%-m月%-d日}"))
        following = path.next_term(step.world, school_of(step), step.today)
        if step.case.closed_at is None and not subject.asking:
            facts.append(Fact("下次询问", f"{following:%Y年%-m月%-d日}", note="每学期开学时询问是否已取得证件号"))
    if step.case.phase == "conversion":
        facts += about_record.typed_facts(step, subject.words.get("corrected") or {})
    return tuple(facts)


def text(step: Step) -> str:
    return str(step.subject.words.get("note") or "") if sees_names(step) else ""


def stations(step: Step) -> tuple[Station, ...]:
    """The school first, every level of the route, and the certificate at the end."""
    case, at_school = step.case, school_of(step).name
    if case.phase == "form":
        start = present_station(step, at_school, "办理证明表")
    elif case.route:
        start = Station(at_school, "办理证明表", "done", on=_sent_on(step), word="已上报")
    else:
        start = Station(at_school, "办理证明表", "skipped", skipped_because="未上报")
    return (start, *_levels(step), _last(step))


def because(step: Step) -> str:
    count = len(step.case.route) or len(path.route(step.world, school_of(step)))
    return f"共 {count} 级核办：学校、主管部门逐级上报到省级，没有的层级不经过"


def papers(step: Step, family: list[tuple[Case, Certificate | None]]) -> tuple[Paper, ...]:
    """The form to be signed, until there is the certificate."""
    found = []
    if step.case.phase in ("form", *lists.LEVELS):
        found.append(Paper(f"{lists.FORM}（供签字盖章）", url_for("cases.form", no=step.case.no)))
    for owner, certificate in family:
        if certificate is not None and owner.id == step.case.id:
            address = url_for("certificates.show", public_id=certificate.public_id)
            found.append(Paper(lists.FORM, address, note=certificate.number + _ended(certificate)))
    return tuple(found)


def contacts(step: Step) -> tuple[Contact, ...]:
    return about_record.contacts(school_of(step), step.world.office(department.find(step) or 0))


def missing(step: Step) -> tuple[str, ...]:
    """Return what keeps the case from going on, beyond what was asked for in a return."""
    if step.case.phase == "form":
        return tuple(guards.missing_papers(step, "no_id.evidence"))
    return ("是否已取得证件号的答复",) if step.case.phase == "valid" and step.subject.asking else ()


def wanted(step: Step) -> list[tuple[str, str]]:
    """Return the papers still to come, each with the rule behind it."""
    policy = {"form": "no_id.evidence", "valid": "no_id.conversion"}.get(step.case.phase)
    if policy is None or (step.case.phase == "valid" and not step.subject.asking):
        return []
    source = look_up(step.world, policy, school_of(step), step.today).source
    return [(kind, source) for kind in guards.missing_papers(step, policy)]


def kinds(step: Step) -> list[str]:
    """Return what may be uploaded."""
    both = (*lists.PAPERS, *lists.CONVERSION_PAPERS) if step.case.phase == "form" else lists.CONVERSION_PAPERS
    return list(dict.fromkeys(both))


def outcome(step: Step) -> str:
    return OUTCOMES[step.case.phase]


def resting(step: Step) -> str:
    """Return what is said while nobody is asked anything."""
    following = path.next_term(step.world, school_of(step), step.today)
    return f"证明有效，{short_day(following, step.today)}开学时询问学校是否已取得证件号"


def fields(step: Step, action: str, name: str, typed: Any, error: str, common: dict[str, Any]) -> list[Field] | None:
    """Return the fields of one typed value, or None for what every process asks in the same way."""
    common = {**common, "label": LABELS.get(name, common["label"])}
    if name == "corrected":
        before = {"id_type": "1", **(step.subject.words.get("corrected") or {})}
        names = ("id_type", "id_number", "sex", "birth_date")
        return about_record.corrected(names, student_of(step), typed if isinstance(typed, dict) else before, error)
    if name == "reason":
        options = tuple(Option(code, word) for code, word in lists.REASONS.items())
        return [Field(name, kind="radio", value=str(typed or step.subject.reason), options=options, **common)]
    if name == "items":
        chosen = tuple(typed) if isinstance(typed, list) else ()
        items = tuple(Option(item, item) for item in returns.ITEMS["no_id"])
        return [Field(name, kind="checks", chosen=chosen, options=items, **common)]
    return None


def _levels(step: Step) -> list[Station]:
    case, standing = step.case, step.case.state.get("decisions", {})
    planned: list[Stop] = case.route or path.route(step.world, school_of(step))
    found, day = [], step.today
    for turn, stop in enumerate(planned):
        office, word = step.world.name(stop["org"]), f"{lists.LEVELS[stop['phase']]}核办"
        decision = standing.get(key_of(stop))
        if case.phase == stop["phase"] and turn == case.turn:
            found.append(present_station(step, office, word))
        elif decision:
            on = day_of(dt.datetime.fromisoformat(decision["at"]))
            above = step.world.name(decision.get("by_office"))
            said = f"{above}代为同意" if above else "同意"
            found.append(Station(office, word, "done", on=on, who=decision["name"], word=said))
        elif case.closed_at or case.phase == "conversion":
            found.append(Station(office, word, "skipped", skipped_because="不再需要"))
        else:
            day, provisional = _after(step, day, stop)
            found.append(Station(office, word, "coming", expected=day, provisional=provisional))
    return found


def _last(step: Step) -> Station:
    case, subject, name = step.case, step.subject, school_of(step).name
    if case.phase == "conversion":
        return present_station(step, step.world.name(department.find(step)), "核实证件号")
    if case.phase == "converted":
        on = day_of(case.closed_at) if case.closed_at else None
        return Station(name, "取得证件号", "done", on=on, word="已写入学籍")
    if case.phase == "valid" and subject.asking:
        return present_station(step, name, "开学询问")
    if subject.valid_from:
        return Station(name, "证明有效", "done", on=subject.valid_from, word="已编号")
    if case.closed_at:
        return Station(name, "证明有效", "skipped", skipped_because="学生已离校")
    return Station(name, "证明有效", "coming")


def _after(step: Step, day: dt.date, stop: Stop) -> tuple[dt.date, bool]:
    office = step.world.office(stop["org"])
    term = int(look_up(step.world, "no_id.level", office, step.today).value)
    due = counting.calendar_for(step.world, office, counting.pauses_of(step, office)).due_day(day, term)
    return due.day, due.provisional


def _sent_on(step: Step) -> dt.date:
    """The first question after the form was put on the day it was sent."""
    first = min((item.opened_at for item in step.items if item.phase == "school"), default=step.case.opened_at)
    return day_of(first)


def _ended(certificate: Certificate) -> str:
    if certificate.expires_on:
        return f"，已于{certificate.expires_on:%-m月%-d日}失效"
    return ENDED.get(certificate.state, "")

