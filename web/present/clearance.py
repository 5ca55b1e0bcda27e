"""转学协办 as its page tells it: whose pupil is to move where, what stands in the way, who is asked to clear it."""

from typing import Any

from models.cases import Case
from models.certificates import Certificate
from models.students import Student
from web.masks import mask_name, mask_number
from web.pages.cases import Paper
from web.present.about_record import present_station
from web.present.sight import sees_names
from web.views import Contact, Fact, Field, Station
from workflow.calendar import day_of
from workflow.step import Step
from workflow.transfers.clearing import RUNNING

WORDS = ("协办事项", "请对方处理的事")
OUTCOMES = {
    "cleared": "对方单位已处理，申请学校可以再次提交",
    "declined": "对方单位不能处理，原因见办理记录",
    "dropped": "申请已提交或已撤回，不再需要",
}


def title(step: Step) -> str:
    return f"{_name(step)}转学前需处理：{step.case.state['message']}"


def pupil(step: Step) -> tuple[Fact, ...]:
    student = _student(step)
    number = Fact("学籍号", mask_number(student.record_no_tail)) if student else None
    return (Fact("姓名", _name(step)), *([number] if number else []))


def request(step: Step) -> tuple[Fact, ...]:
    state = step.case.state
    facts = [
        Fact("拟转入学校", step.world.name(step.case.applicant_org_id)),
        Fact("要处理的事", state["message"], note=state["citation"]),
        Fact("请处理的单位", step.world.name(state["asked"])),
    ]
    return tuple(facts)


def text(step: Step) -> str:
    return ""


def stations(step: Step) -> tuple[Station, ...]:
    case, world = step.case, step.world
    start = Station(world.name(case.applicant_org_id), "提出协办", "done", on=day_of(case.opened_at))
    asked = world.name(case.state["asked"])
    if case.phase in RUNNING:
        return start, present_station(step, asked, "处理")
    on = day_of(case.closed_at) if case.closed_at else None
    if case.phase == "dropped":
        return start, Station(asked, "处理", "skipped", skipped_because="不再需要")
    said = "已处理" if case.phase == "cleared" else "不能处理"
    return start, Station(asked, "处理", "done" if case.phase == "cleared" else "refused", on=on, word=said)


def because(step: Step) -> str:
    return "申请还没有提交，先请能处理的单位办好这件事"


def papers(step: Step, family: list[tuple[Case, Certificate | None]]) -> tuple[Paper, ...]:
    return ()


def contacts(step: Step) -> tuple[Contact, ...]:
    sides = (("申请学校", step.case.applicant_org_id), ("协办单位", step.case.state["asked"]))
    offices = [(side, step.world.office(number)) for side, number in sides]
    return tuple(Contact(side, office.name, office.code, phone=office.phone) for side, office in offices)


def missing(step: Step) -> tuple[str, ...]:
    return ()


def wanted(step: Step) -> list[tuple[str, str]]:
    return []


def kinds(step: Step) -> list[str]:
    return []


def outcome(step: Step) -> str:
    return OUTCOMES[step.case.phase]


def fields(
    step: Step, action: str, name: str, typed: Any, error: str, common: dict[str, Any]
) -> list[Field] | None:
    return None


def _student(step: Step) -> Student | None:
    return step.session.get(Student, step.case.student_id) if step.case.student_id else None


def _name(step: Step) -> str:
    student = _student(step)
    if student is None:
        return "学生"
    return student.name if sees_names(step) else mask_name(student.name)
