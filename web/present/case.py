"""The case page: ball line and route on top, one tab below, what can be done at the side."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

from flask import url_for

from models.cases import Case
from models.certificates import Certificate
from models.students import Student
from web.masks import mask_name, mask_number
from web.pages.cases import Again, CasePage, Paper
from web.present import (
    actions,
    ball,
    deletions,
    deliveries,
    evidence,
    faulty,
    notes,
    reversals,
    route,
    subjects,
    talking,
    timeline,
    words,
)
from web.present.sight import sees_names
from web.views import ActionPanel, Contact, Fact, Station, Tab
from workflow import casefile, processes
from workflow.language import TERMINATED
from workflow.step import Step
from workflow.transfers import again
from workflow.transfers.guards import grade_name

TabName = Literal["request", "evidence", "talk", "history"]
TABS: tuple[tuple[TabName, str], ...] = (
    ("request", "申请内容"),
    ("evidence", "材料"),
    ("talk", "沟通"),
    ("history", "办理记录"),
)

OBJECTIONS = {"return": "退回补正", "refuse": "不同意", "recheck": "复查未通过", "jump": "调整环节，请重新办理"}
ENDED = {"superseded": "，已换发", "revoked": "，已撤销"}
"""What is said of a certificate that does not hold any more."""


def page(
    step: Step,
    tab: TabName,
    key: str,
    panel: ActionPanel | None = None,
    decisions_only: bool = False,
    talk: tuple[str, str, tuple[str, ...]] = ("", "", ()),
    done: bool = False,
    said: Mapping[str, str] = MappingProxyType({}),
    faults: Mapping[str, str] = MappingProxyType({}),
) -> CasePage:
    """Return everything the case page shows; only the chosen tab is read from the database.

    Whoever has just `done` his part here is led to the next one of the pile. `said` was typed to have the case taken
    back and was refused; `faults` say why.
    """
    case, told_by = step.case, subjects.of(step)
    process = processes.of(case)
    family = casefile.linked(step) if tab == "request" or case.process != "reversal" else reversals.family(step)
    entries = casefile.entries(step) if tab in ("talk", "history") else []
    told = [entry for entry in entries if tab == "history" or entry.action == "comment"]
    delivered = deliveries.of(step) if tab == "history" else {}
    pupil, request = _asked(step) if tab == "request" else ((), ())
    drawn = panel or actions.panel(step, key)
    if done and not any(view.allowed for view in drawn.actions):
        drawn = replace(drawn, next_url=url_for("inbox.show", next=case.process))
    return CasePage(
        no=case.no,
        kind=words.PROCESSES.get(case.process, process.title),
        title=told_by.title(step) if told_by else _title(step),
        state="已撤销" if reversals.done(step) else process.phases[case.phase].title,
        ball=ball.line(step),
        route=_stations(step),
        tabs=_tabs(case.no, tab, told_by.WORDS[0] if told_by else ""),
        tab=tab,
        panel=drawn,
        objection=_objection(step),
        notes=notes.first(step),
        edit_url=next((paper.url for paper in _edit(step)), ""),
        route_because=_because(step),
        pupil=faulty.facts(step, pupil),
        request=faulty.facts(step, request),
        request_title=told_by.WORDS[1] if told_by else "申请",
        request_text=_request_text(step),
        evidence=evidence.tiles(step) if tab == "evidence" else (),
        upload=evidence.upload_form(step, key) if tab == "evidence" else None,
        timeline=timeline.told(step, told, decisions_only, delivered),
        decisions_only=decisions_only,
        comment=talking.form(step, key, *talk) if tab == "talk" and talking.is_open(step) else None,
        contacts=told_by.contacts(step) if told_by else _contacts(step),
        papers=told_by.papers(step, family) if told_by else _papers(step, family),
        linked=_linked(step, family),
        taking_back=deletions.card(step, key, said, faults) or reversals.card(step, family, key, said, faults),
        again=_again(step, family, key),
    )


def _asked(step: Step) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    """Return what is said of the pupil, and of what is asked for."""
    told_by = subjects.of(step)
    if told_by:
        return told_by.pupil(step), told_by.request(step)
    return _pupil(step), _request(step)


def _stations(step: Step) -> tuple[Station, ...]:
    told_by = subjects.of(step)
    if told_by:
        return told_by.stations(step)
    return route.stations(step) if step.subject is not None else ()


def _because(step: Step) -> str:
    told_by = subjects.of(step)
    if told_by:
        return told_by.because(step)
    return route.because(step.case.route, step) if step.subject is not None and step.case.route else ""


def _request_text(step: Step) -> str:
    told_by = subjects.of(step)
    if told_by:
        return told_by.text(step)
    return str(step.subject.reason_note) if step.subject else ""


def _objection(step: Step) -> tuple[str, str]:
    """Return who sent the case back or refused it, and why, or what the school says to that: what to read first."""
    found, remark = step.case.state.get("objection"), step.case.state.get("remark")
    if not found and remark and step.case.closed_at is None:
        return f"{step.world.name(remark['office'])}的补正说明", remark["comment"]
    if not found:
        return "", ""
    if step.case.phase == TERMINATED.name:
        return "", ""
    word = OBJECTIONS[found["action"]]
    return f"{step.world.name(found['office'])}{word}", "：".join(filter(None, (found["cause"], found["comment"])))


def _title(step: Step) -> str:
    if step.subject is None:
        return "纸质学籍档案移交"
    name = step.subject.name if sees_names(step) else mask_name(step.subject.name)
    return f"{name}：{_school(step, 'from')} 转入 {_school(step, 'to')}"


def _school(step: Step, side: str) -> str:
    number = step.subject.from_school_id if side == "from" else step.subject.to_school_id
    return step.world.name(number) or (step.subject.outside or {}).get("school", "") or "待核对"


def _pupil(step: Step) -> tuple[Fact, ...]:
    transfer = step.subject
    if transfer is None:
        return ()
    facts = [
        Fact("姓名", transfer.name if sees_names(step) else mask_name(transfer.name)),
        Fact("学籍号", mask_number(transfer.record_no_tail)),
    ]
    student = step.session.get(Student, step.case.student_id) if step.case.student_id else None
    if student is not None and sees_names(step):
        facts += [
            Fact("性别", words.SEXES[student.sex]),
            Fact("身份证件号", mask_number(student.id_number_tail)),
            Fact("学籍状态", words.STATUSES.get(student.status, student.status)),
        ]
    return tuple(facts)


def _request(step: Step) -> tuple[Fact, ...]:
    transfer = step.subject
    if transfer is None:
        return (
            Fact("转出学校", step.world.name(step.case.state.get("from"))),
            Fact("转入学校", step.world.name(step.case.state.get("to"))),
        )
    now, wanted = casefile.classes(step) if sees_names(step) else ("", "")
    facts = [
        Fact("类型", words.DIRECTIONS[transfer.direction]),
        Fact("转出学校", _school(step, "from"), note=_code(step, transfer.from_school_id)),
        Fact("转入学校", _school(step, "to"), note=_code(step, transfer.to_school_id)),
        Fact("转出班级", now),
        Fact("转入年级", grade_name(transfer.target_grade) if transfer.target_grade else ""),
        Fact("转入班级", wanted),
        Fact("转学理由", transfer.reason),
    ]
    if transfer.arrived_on:
        facts.append(Fact("到校日期", f"{transfer.arrived_on:%Y年%-m月%-d日}"))
    if transfer.offline_first:
        facts.append(Fact("补录", "已先行纸质办理"))
    return tuple(fact for fact in facts if fact.value)


def _code(step: Step, number: int | None) -> str:
    office = step.world.offices.get(number or 0)
    return office.code if office else str((step.subject.outside or {}).get("code", ""))


def _tabs(no: str, active: str, first: str) -> tuple[Tab, ...]:
    """Return the tabs; `first` is another word for what is asked for."""
    named = dict(TABS) | ({"request": first} if first else {})
    return tuple(Tab(word, url_for("cases.show", no=no, tab=key), key == active) for key, word in named.items())


def _contacts(step: Step) -> tuple[Contact, ...]:
    sides = [("转入学校", step.subject.to_school_id), ("转出学校", step.subject.from_school_id)] if step.subject else []
    found = []
    for side, number in sides:
        office = step.world.offices.get(number or 0)
        if office:
            found.append(Contact(side, office.name, office.code, phone=office.phone))
    outside = step.subject.outside if step.subject else None
    if outside and step.subject.direction != "inside":
        found.append(
            Contact("外省学校", outside.get("school", ""), outside.get("code", ""), phone=outside.get("phone", ""))
        )
    return tuple(found)


def _papers(step: Step, family: list[tuple[Case, Certificate | None]]) -> tuple[Paper, ...]:
    case = step.case
    if step.subject is None:
        return (Paper("学籍档案转接清单", url_for("cases.form", no=case.no)),)
    papers = []
    if case.submitted_at:
        papers.append(Paper("转学申请表（联系表）", url_for("cases.form", no=case.no)))
    for owner, certificate in family:
        if certificate is not None and owner.id == case.id:
            papers.append(
                Paper(
                    "转学证明",
                    url_for("certificates.show", public_id=certificate.public_id),
                    note=certificate.number + ENDED.get(certificate.state, ""),
                )
            )
    return tuple(papers)


def _edit(step: Step) -> tuple[Paper, ...]:
    own = step.case.phase == "draft" and step.actor.holds("school_clerk", step.case.applicant_org_id)
    return (Paper("修改申请内容", url_for("transfers.draft", no=step.case.no, step="send")),) if own else ()


def _linked(step: Step, family: list[tuple[Case, Certificate | None]]) -> tuple[Paper, ...]:
    others = {owner.no: owner for owner, _ in family if owner.id != step.case.id and casefile.shows(step, owner)}
    return _edit(step) + tuple(
        Paper(_called(step, other), url_for("cases.show", no=no), note=no)
        for no, other in others.items()
        if not (other.process in ("undo", "reversal") and other.parent_id == step.case.id)  # stands with what it undoes
    )


def _again(step: Step, family: list[tuple[Case, Certificate | None]], key: str) -> Again | None:
    """Return the form that takes an ended request up; none while one runs that did, which is linked."""
    runs = any(other.process == "transfer" and other.closed_at is None for other, _ in family)
    return Again(url_for("cases.again", no=step.case.no), key) if again.may_take_up(step) and not runs else None


def _called(step: Step, other: Case) -> str:
    """Return what a linked case is to this one: a request may take up an ended one."""
    if step.case.process == other.process == "transfer":
        return "原来的申请" if other.id == step.subject.again_of_id else "重新提出的申请"
    return words.PROCESSES.get(other.process, "")
