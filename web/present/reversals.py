"""撤销转学: the card on the page of a finished transfer, and the case that takes it back as its own page tells it."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from flask import url_for

from models.cases import Case
from models.certificates import Certificate
from models.organisations import SchoolClass
from web.masks import mask_name, mask_number
from web.pages.cases import Paper, TakingBack
from web.present.about_record import present_station
from web.present.sight import sees_names
from web.views import Contact, Fact, Field, FieldError, Form, Option, Station
from workflow import casefile, processes
from workflow.calendar import day_of
from workflow.payload import COMMENT_LIMIT
from workflow.step import Step
from workflow.transfers import asking, standing
from workflow.transfers.reversing import transfer_of
from workflow.transfers.standing import REVERSED

Family = list[tuple[Case, Certificate | None]]
WORDS = ("撤销内容", "撤销事项")
HINT = "由本部门负责人决定；同意后立即生效，两校和核办过的单位收到通知。"
BACK = {
    "inside": "学籍回到原学校",
    "outgoing": "学籍恢复在原学校",
    "incoming": "转入时建立的学籍记录已注销",
}


# ---- on the page of the transfer -------------------------------------------------------------------------------------


def card(step: Step, family: Family, key: str, said: Mapping[str, str], faults: Mapping[str, str]) -> TakingBack | None:
    """Return what the page of a finished transfer says of taking it back; None where that is not the reader's matter.

    `said` is what was typed and refused, `faults` say why; both by field.
    """
    if step.case.process != "transfer" or step.case.phase != "effective":
        return None
    cases = list({one.id: one for one, _ in family if one.process == "reversal"}.values())
    asks = asking.may_ask(step) is not None
    if not cases and not asks:
        return None
    why_not = asking.obstacle(step, cases) if asks else ""
    ready = asks and why_not is None
    return TakingBack(
        heading="撤销转学",
        word="撤销转学",
        ask="提请撤销这件转学",
        facts=_facts(step),
        moves=moves(step, family, classes=True) if ready else (),
        cases=tuple(_told(one) for one in reversed(cases)),
        form=_form(key, said, faults) if ready else None,
        url=url_for("cases.reverse", no=step.case.no),
        why_not=why_not or "",
        undone=REVERSED in step.case.state,
    )


def done(step: Step) -> str:
    """Return what became of a transfer that was taken back, in one sentence; empty where it was not."""
    kept = step.case.state.get(REVERSED)
    if kept is None or step.case.process != "transfer":
        return ""
    return f"{_on(kept):%-m月%-d日}由{step.world.name(kept['office'])}撤销，{BACK[step.subject.direction]}"


def station(step: Step) -> tuple[Station, ...]:
    """Return the end of the route of a transfer that was taken back."""
    kept = step.case.state.get(REVERSED)
    if kept is None:
        return ()
    return (Station(step.world.name(kept["office"]), "撤销转学", "refused", on=_on(kept), word="已撤销"),)


def moves(of: Step, family: Family, *, classes: bool) -> tuple[Fact, ...]:
    """Return what taking the transfer back would do: where the pupil is and goes, what becomes of the papers."""
    found = standing.read(of)
    leaves = of.subject.direction == "outgoing"
    facts = [Fact("学籍现在", "已转出本省" if leaves else _place(of, found.present, classes))]
    if found.room is not None:
        facts.append(Fact("撤销后回到", _place(of, found.room, classes)))
    else:
        facts.append(Fact("撤销后", "注销转入时建立的学籍记录"))
    valid = [one.number for _, one in family if one is not None and one.kind == "transfer" and one.state == "valid"]
    facts += [Fact("转学证明", number, note="作废，公开验证页随即显示已撤销") for number in valid]
    files = {one.no: one for one, _ in family if one.process == "paper_file"}
    return (*facts, *(Fact("纸质档案移交", no, note=_paper_file(one)) for no, one in files.items()))


def _paper_file(case: Case) -> str:
    return "终止；已经寄出的由两校退回" if case.closed_at is None else "已签收，由两校退回"


def _place(of: Step, room: SchoolClass | None, whole: bool) -> str:
    if room is None:
        return ""
    return f"{of.world.name(room.school_id)} {room.name if whole else ''}".strip()


def _on(kept: dict[str, Any]) -> dt.date:
    return day_of(dt.datetime.fromisoformat(kept["at"]))


def _facts(step: Step) -> tuple[Fact, ...]:
    kept, last = step.case.state.get(REVERSED), standing.last_day(step)
    if kept is not None:
        return (Fact("撤销", f"{_on(kept):%Y年%-m月%-d日}", note=BACK[step.subject.direction]),)
    over = "已届满，不能再撤销" if last < step.today else ""
    return (Fact("撤销期至", f"{last:%Y年%-m月%-d日}", note=over),)


def _told(case: Case) -> tuple[str, str, str]:
    return case.no, url_for("cases.show", no=case.no), processes.of(case).phases[case.phase].title


def _form(key: str, said: Mapping[str, str], faults: Mapping[str, str]) -> Form:
    causes = (Option("", "请选择"), *(Option(code, word) for code, word in asking.CAUSES.items()))
    fields = (
        Field("cause", "撤销的原因", "select", said.get("cause", ""), options=causes, required=True,
              error=faults.get("cause", "")),
        Field("reason", "具体情况", "textarea", said.get("reason", ""), required=True, maxlength=COMMENT_LIMIT, rows=3,
              hint=HINT, error=faults.get("reason", "")),
    )  # fmt: skip
    errors = tuple(FieldError(message, name) for name, message in faults.items())
    return Form(fields, errors, f"{key}-undo", button="提请撤销")


def family(step: Step) -> Family:
    """Return the transfer alone, which is read anyway: what else stands beside it is on the first tab."""
    return [(transfer_of(step).case, None)]


# ---- the case itself -------------------------------------------------------------------------------------------------


def title(step: Step) -> str:
    of = transfer_of(step)
    return f"{_name(step)}：撤销 {_school(of, 'from')} 转入 {_school(of, 'to')}"


def pupil(step: Step) -> tuple[Fact, ...]:
    return (Fact("姓名", _name(step)), Fact("学籍号", mask_number(transfer_of(step).subject.record_no_tail)))


def request(step: Step) -> tuple[Fact, ...]:
    of = transfer_of(step)
    facts = (
        Fact("原转学", of.case.no, note=f"{day_of(of.case.closed_at):%Y年%-m月%-d日}办结" if of.case.closed_at else ""),
        Fact("提请单位", step.world.name(step.case.applicant_org_id)),
        Fact("撤销的原因", asking.CAUSES[step.subject.cause]),
    )
    if step.case.closed_at is not None:
        return facts
    last = Fact("撤销期至", f"{standing.last_day(of):%Y年%-m月%-d日}")
    return (*facts, last, *moves(of, casefile.linked(step), classes=sees_names(step)))


def text(step: Step) -> str:
    return str(step.subject.words.get("reason", ""))


def stations(step: Step) -> tuple[Station, ...]:
    case, office = step.case, step.world.name(step.case.applicant_org_id)
    start = Station(office, "提请撤销", "done", on=day_of(case.opened_at))
    if case.closed_at is None:
        return start, present_station(step, office, "负责人决定")
    on = day_of(case.closed_at)
    if case.phase == "undone":
        return start, Station(office, "负责人决定", "done", on=on, word="同意撤销")
    if case.phase == "refused":
        return start, Station(office, "负责人决定", "refused", on=on, word="不予撤销")
    return start, Station(office, "负责人决定", "skipped", skipped_because="事项已终止")


def because(step: Step) -> str:
    return "撤销已办结的转学须两名人员：共同主管部门的经办人提请，负责人决定"


def papers(step: Step, family: Family) -> tuple[Paper, ...]:
    return ()


def contacts(step: Step) -> tuple[Contact, ...]:
    of = transfer_of(step)
    sides: Iterable[tuple[str, int | None]] = (
        ("转入学校", of.subject.to_school_id),
        ("转出学校", of.subject.from_school_id),
        ("提请单位", step.case.applicant_org_id),
    )
    offices = [(side, step.world.offices.get(number or 0)) for side, number in sides]
    return tuple(Contact(side, one.name, one.code, phone=one.phone) for side, one in offices if one)


def missing(step: Step) -> tuple[str, ...]:
    return ()


def wanted(step: Step) -> list[tuple[str, str]]:
    return []


def kinds(step: Step) -> list[str]:
    return ["说明"]


def outcome(step: Step) -> str:
    return BACK[transfer_of(step).subject.direction] if step.case.phase == "undone" else "转学继续有效"


def fields(step: Step, action: str, name: str, typed: Any, error: str, common: dict[str, Any]) -> list[Field] | None:
    return None


def _name(step: Step) -> str:
    name = transfer_of(step).subject.name
    return name if sees_names(step) else mask_name(name)


def _school(of: Step, side: str) -> str:
    number = of.subject.from_school_id if side == "from" else of.subject.to_school_id
    return of.world.name(number) or str((of.subject.outside or {}).get("school", ""))
