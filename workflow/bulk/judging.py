"""What the checks say about each question of a desk, so that the clear ones can be agreed to together.

A line is clear when nothing stands against agreeing and nothing asks for a closer look. What asks for one must be
opened, or returned or refused with a reason of its own; nobody agrees to it unseen.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import Case, WorkItem
from models.evidence import Evidence
from models.transfers import Transfer
from workflow import distributing, inbox, narrowing, processes, rights
from workflow.acts import COMMON, people
from workflow.calendar import day_of
from workflow.colleagues import Colleague, sitting
from workflow.inbox import Line
from workflow.language import Action
from workflow.narrowing import EVERYTHING, Narrowing
from workflow.policies import look_up, stage_of
from workflow.routing import department_of
from workflow.step import Actor, Step
from workflow.transfers.guards import papers_missing
from workflow.world import Office, World

MOST = 500
"""Lines that are shown, and that one order may answer."""
LOOKED_AT = 1000
"""The most urgent questions of a desk among which a choice is made."""
AGREEING, OTHERWISE = "approve", ("return", "refuse")
"""Answers of a transfer that may be given to many at once."""
HANDING_ON = "reassign"
"""The act by which many questions go to one colleague (转办)."""
PROCESSES = ("transfer",)
NOT_TOGETHER = "这一步不能成批办理"
ONE_BY_ONE = "本地区不成批同意，请逐件打开办理"
NOT_HANDED_ON = "本地区不成批转办，请逐件打开办理"
NOBODY = "同岗位没有可以接手的其他人员"


@dataclass(frozen=True)
class Judged:
    """One question with what the checks say; `agree` is empty where the person may not agree at all, or not here.

    `asked` tells whether he may answer the question at all, `stays` why he may not hand it on together with others;
    empty where he may.
    """

    line: Line
    step: Step
    agree: Action | None
    asked: bool
    doubts: tuple[str, ...]
    stays: str

    @cached_property
    def others(self) -> tuple[Action, ...]:
        """The other answers he may give to many. Each costs as much as agreeing, so it waits until somebody asks."""
        if not self.asked:
            return ()
        step, typed = self.step, self.step.payload
        step.payload = {}
        specs = (may_answer(step, name) for name in OTHERWISE)
        found = tuple(spec for spec in specs if spec and not any(r.blocks for r in rights.against(step, spec)))
        step.payload = typed
        return found

    @property
    def is_answered_here(self) -> bool:
        return self.agree is not None or bool(self.others)

    @property
    def answers(self) -> tuple[Action, ...]:
        return (*([self.agree] if self.agree else []), *self.others)

    @property
    def clear(self) -> bool:
        return self.agree is not None and not self.doubts


class Found(NamedTuple):
    """The most urgent questions of a desk, and how many more wait behind them, counted up to LOOKED_AT in all."""

    lines: list[Judged]
    behind: int


def judged(
    session: Session, actor: Actor, world: World, wanted: Narrowing, now: dt.datetime, clear: bool | None = None
) -> Found:
    """Return the questions of a desk that may be answered together, the most urgent first: six statements.

    `clear` leaves only what may be agreed to unseen, or only what may not.
    """
    lines = [line for line in on_the_desk(session, actor, world, now, wanted) if is_asked(line)]
    found = judge(session, actor, world, lines[:MOST], now)
    return Found([one for one in found if clear is None or one.clear == clear], max(0, len(lines) - MOST))


def on_the_desk(
    session: Session, actor: Actor, world: World, now: dt.datetime, wanted: Narrowing = EVERYTHING
) -> list[Line]:
    """Return the most urgent lines of a desk as its inbox shows them."""
    return _lines(session, actor, world, now, narrowing.filling(wanted, actor, world, now))


def among(session: Session, actor: Actor, world: World, numbers: Iterable[str], now: dt.datetime) -> list[Line]:
    """Return the lines of a desk that belong to these cases, however far behind they are."""
    return _lines(session, actor, world, now, {"only_cases": sorted(numbers)})


def _lines(session: Session, actor: Actor, world: World, now: dt.datetime, limited: dict[str, Any]) -> list[Line]:
    shown = distributing.shows_taken(world, actor, day_of(now))
    return inbox.todo(session, actor, limit=LOOKED_AT, colleagues=shown, limited=limited)


def is_asked(line: Line) -> bool:
    """Tell whether a line is a question that many can be answered of at once."""
    return line.process in PROCESSES and line.item is not None and line.item.kind == "decide"


def judge(session: Session, actor: Actor, world: World, lines: list[Line], now: dt.datetime) -> list[Judged]:
    """Return what the checks say about each of these lines: five statements whatever their number."""
    numbers = [line.id for line in lines]
    cases = {case.id: case for case in session.scalars(select(Case).where(Case.id.in_(numbers)))}
    about = {row.case_id: row for row in session.scalars(select(Transfer).where(Transfer.case_id.in_(numbers)))}
    items = _by_case(session.scalars(select(WorkItem).where(WorkItem.case_id.in_(numbers)).order_by(WorkItem.id)))
    kept = Evidence.case_id.in_(numbers) & Evidence.withdrawn_at.is_(None)
    papers: dict[int, set[str]] = defaultdict(set)
    for number, kind in session.execute(select(Evidence.case_id, Evidence.kind).where(kept)):
        papers[number or 0].add(kind)
    there, found = _at_the_desks(session, lines, now), []
    for line in lines:
        if line.id in cases and line.id in about:
            case = cases[line.id]
            step = Step(session, case, about[line.id], items[line.id], actor, world, now, {}, processes.of(case))
            step.cache["around"] = there
            found.append(_judge(line, step, papers[line.id], _why_it_stays(step)))
    return found


def may_answer(step: Step, name: str) -> Action | None:
    """Return the action if it may be given to many at once where it is asked, and belongs to the present question."""
    spec = _answer(step, name)
    return spec if spec is not None and _is_allowed(step, name) else None


def _answer(step: Step, name: str) -> Action | None:
    """Return the answer to the present question that anybody could give to many at once."""
    spec = step.process.actions.get(name) if step.case.process in PROCESSES else None
    known = name == AGREEING or name in OTHERWISE
    return spec if spec is not None and known and spec.belongs_to(step) else None


def _is_allowed(step: Step, name: str) -> bool:
    """Tell whether the office that is asked gives this answer to many at once (policy `bulk.answers`)."""
    asked = next((item.org_id for item in step.open_items), step.case.applicant_org_id)
    return name in look_up(step.world, "bulk.answers", step.world.office(asked), step.today).value


def _why_it_stays(step: Step) -> str:
    """Return what stands against handing a question on together with others; empty for nothing.

    Whom the colleagues stand in for is looked at when one of them is chosen.
    """
    spec = COMMON[HANDING_ON]
    if not spec.belongs_to(step):
        return NOT_TOGETHER
    if not _is_allowed(step, HANDING_ON):
        return NOT_HANDED_ON
    against = next((reason.message for reason in rights.against(step, spec) if reason.blocks), "")
    return against or ("" if people.at_the_same_desk(step) else NOBODY)


def _at_the_desks(session: Session, lines: list[Line], now: dt.datetime) -> list[Colleague]:
    """Return who sits at the desks on which these lines lie."""
    items = [line.item for line in lines if line.item is not None]
    roles = {item.queue.partition(":")[2] for item in items}
    return sitting(session, {item.org_id for item in items}, roles, day_of(now)) if items else []


def _judge(line: Line, step: Step, papers: set[str], stays: str) -> Judged:
    agree = _answer(step, AGREEING)
    against = [reason for reason in rights.against(step, agree) if reason.blocks] if agree else []
    if agree is None or against:
        why = tuple(reason.message for reason in against) or (NOT_TOGETHER,)
        return Judged(line, step, None, asked=False, doubts=why, stays=stays)
    if not _is_allowed(step, AGREEING):
        return Judged(line, step, None, asked=True, doubts=(ONE_BY_ONE,), stays=stays)
    return Judged(line, step, agree, asked=True, doubts=tuple(_doubts(step, papers)), stays=stays)


def _doubts(step: Step, papers: set[str]) -> Iterable[str]:
    """What a signer should have seen before he agrees: warnings, papers that are not there, earlier objections."""
    for told in step.case.state.get("warnings", ()):
        yield str(told["message"])
    for kind in _missing(step, papers):
        yield f"缺少材料：{kind}"
    if step.case.state.get("refusals"):
        yield "有单位不同意过，请打开查看"
    elif step.case.round > 1:
        yield "退回补正过，请打开核对"


def _missing(step: Step, papers: set[str]) -> list[str]:
    transfer = step.subject
    if transfer.direction == "outgoing":  # the family applied to the other province's school
        return []
    office, stage = _rules_of(step), stage_of(transfer.target_grade)
    return papers_missing(look_up(step.world, "transfer.evidence", office, step.today, stage).value, papers)


def _rules_of(step: Step) -> Office | None:
    school = step.world.offices.get(step.subject.to_school_id or step.subject.from_school_id or 0)
    return department_of(step.world, school) if school else None


def _by_case(items: Iterable[WorkItem]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for item in items:
        found[item.case_id].append(item)
    return found
