"""谁手里、还剩几天、缺什么: the same sentence for both schools, both departments and the family."""

import datetime as dt

from models.cases import WorkItem
from models.transfers import Transfer
from web.present import admission, days, no_id, people, reversals, signing, subjects, words
from web.views import BallLine, DaysLeft
from workflow import joint, processes, rights
from workflow.language import TERMINATED, End
from workflow.step import Step
from workflow.transfers.facts import gather
from workflow.transfers.guards import missing_papers
from workflow.transfers.opening import WAITING
from workflow.transfers.standing import REVERSED

LONGEST_WORDS = 40


def line(step: Step) -> BallLine:
    """Return who has the case, for how long, and what an office that sent it back is waiting for."""
    case = step.case
    item = holding(step)
    if case.closed_at or item is None:
        return _over(step)
    office = step.world.office(item.org_id)
    return BallLine(
        holder=office.name,
        role=_asked(step, item),
        left=days.of_item(step.world, item, step.today),
        missing=missing(step),
        since=item.opened_at,
        phone=office.phone,
        person=people.holder(step, item),
        signed=signing.how_far(step),
        mine=_is_asked(step),
    )


def _is_asked(step: Step) -> bool:
    """Tell whether the viewer can move it; who has signed beside others waits for them."""
    asked = any(rights.holds(step, one) for one in step.open_items)
    return asked and not step.had_a_hand(rights.signers_beside(step.case))


def missing(step: Step) -> tuple[str, ...]:
    """Return what keeps the case from going on: papers of a draft; after a return what was ticked, else the words."""
    state, told_by = step.case.state, subjects.of(step)
    if step.case.submitted_at is None:
        return tuple(missing_papers(gather(step))) if isinstance(step.subject, Transfer) else ()
    if state.get("asked_for"):
        return tuple(state["asked_for"])
    objection = state.get("objection") or {}
    if told_by and objection.get("action") != "return":
        return told_by.missing(step)
    if objection.get("action") != "return":
        return ()
    said = " ".join(str(objection["comment"]).split())
    return ("按退回意见补正：" + (said if len(said) <= LONGEST_WORDS else said[: LONGEST_WORDS - 1] + "…"),)


def _asked(step: Step, item: WorkItem) -> str:
    """Return the role that is asked, or the roles where several sign."""
    roles = dict.fromkeys(one.queue.partition(":")[2] for one in [item, *joint.group(step)] if one.open)
    return "、".join(words.ROLE_TITLES.get(role, role) for role in roles)


def holding(step: Step) -> WorkItem | None:
    """Return the item that holds the case up, or None."""
    return next(iter(step.open_items), None)


def _unsent(step: Step) -> str:
    waits = step.case.state.get(WAITING)
    return f"草稿，{admission.opening(dt.date.fromisoformat(waits['opens']))} 自动提交" if waits else "草稿，尚未提交"


def _over(step: Step) -> BallLine:
    case = step.case
    if case.closed_at is None and case.process == "no_id":
        return BallLine("", "", DaysLeft("done", "证明有效"), ended=no_id.resting(step))
    if case.closed_at is None:
        name = step.world.name(case.applicant_org_id)
        mine = step.actor.holds("school_clerk", case.applicant_org_id)
        return BallLine(name, "学籍管理员", DaysLeft("none", _unsent(step)), missing(step), mine=mine)
    end, undone = processes.of(case).phases[case.phase], bool(reversals.done(step))
    title = "已撤销" if undone else end.title
    in_vain = undone or not (isinstance(end, End) and end.good)
    return BallLine("", "", DaysLeft("done", title), ended=f"{title}：{_sentence(step)}", in_vain=in_vain)


def ended(step: Step) -> str:
    """Return one sentence of a case that is over: that nothing is left to do, and what came of it; empty before."""
    if step.case.closed_at is None:
        return ""
    return f"这件事项已经办结，不需要再办理。结果：{_sentence(step)}。"


def _sentence(step: Step) -> str:
    if step.case.process == "paper_file" and REVERSED in step.case.state:
        return "转学已撤销，不再移交；已经寄出的退回原学校"
    if step.case.phase == TERMINATED.name:
        return "经上级部门两人确认终止，未办的不再办理"
    told_by = subjects.of(step)
    if told_by:
        return told_by.outcome(step)
    transfer, phase = step.subject, step.case.phase
    if step.case.process == "undo":
        return "各条记录已恢复原状" if phase == "undone" else "原来的决定继续有效"
    if transfer is None:
        return "纸质档案已由转入学校签收"
    if reversals.done(step):
        return reversals.done(step)
    if phase == "effective":
        day = f"{transfer.arrived_on:%-m月%-d日}" if transfer.arrived_on else ""
        return f"{day}学籍已转出本省" if transfer.direction == "outgoing" else f"{day}到校，学籍已转入"
    return {"rejected": "学籍留在原学校", "withdrawn": "学籍留在原学校"}.get(phase, "长期未办结，已清理，学籍未变动")
