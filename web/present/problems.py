"""What all pages of a problem share: its title, whose turn it is, its tabs, and the words of its questions."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import url_for

from models.cases import WorkItem
from models.problems import ProblemSide
from web.present import days, notes, people
from web.views import ActionReason, BallLine, DaysLeft, Tab
from workflow import processes, rights
from workflow.problems import sight
from workflow.problems.facts import department_of_side, is_gone, records, school_of
from workflow.problems.lists import KINDS
from workflow.rights import TITLES
from workflow.step import Step
from workflow.world import World

SIDE_ITEMS = ("answer", "review", "inquiry", "object")
"""Questions about one side; `turn` names it."""
ITEM_WORDS = {
    "answer": "学校答复",
    "review": "主管部门审核",
    "rule": "核查与退回",
    "inquiry": "答复核查单",
    "confirm": "复核裁定",
    "object": "异议期",
    "record": "登记裁定结果",
    "advise": "征求您的意见",
    "copy": "抄送给您",
    "second": "待您确认",
}
LEVELS = {"school": "学校", "county": "区县", "city": "市级", "province": "省级", "ministry": "部级"}


def kind_word(step: Step) -> str:
    """Return why the records are asked about, in a few words."""
    return KINDS.get(step.subject.kind, "问题学籍")


def names(step: Step, sides: Iterable[ProblemSide]) -> list[str]:
    """Return the names of the pupils of these sides, each once, in their order."""
    known: dict[int, str] | None = step.cache.get("names")
    found = known if known is not None else {number: one.name for number, one in records(step).items()}
    outside = {side.no: str((side.outside or {}).get("province", "外省")) for side in sides}
    return list(dict.fromkeys(found.get(side.no) or outside[side.no] for side in sides))


def title(step: Step) -> str:
    """Return the heading: the pupils whose records the viewer may see."""
    return "、".join(names(step, sight.visible_sides(step))) or kind_word(step)


def heir(world: World, side: ProblemSide) -> str:
    """Say who acts for a side whose school is no more; empty while the school is there."""
    school, own = school_of(world, side), world.offices.get(side.school_id or 0)
    if school is None or own is None or own.closed_on is None:
        return ""
    when = f"原{own.name}已于 {own.closed_on:%Y年%-m月%-d日}"
    if not is_gone(world, side):
        return f"{when} 并入{school.name}，由{school.name}办理。"
    department = department_of_side(world, side)
    who = f"有关情况由主管部门{department.name}说明。" if department else ""
    return f"{when} 停办，没有承接的学校，不再要求答复，按现有材料认定。{who}"


def visible_items(step: Step) -> list[WorkItem]:
    """Return the open questions the viewer may know of: those of his sides, and those of the deciding office."""
    if sight.sees_all(step):
        return step.open_items
    own = {side.no for side in sight.visible_sides(step)}
    return [item for item in step.open_items if item.kind not in SIDE_ITEMS or item.turn in own]


def my_items(step: Step) -> list[WorkItem]:
    """Return the open questions that wait for the viewer."""
    return [item for item in step.open_items if rights.holds(step, item)]


def holding(step: Step) -> WorkItem | None:
    """Return the question to name: the viewer's own first, then the most urgent one he may know of."""
    mine = my_items(step)
    return next(iter(sorted(mine or visible_items(step), key=lambda item: (item.due_at, item.id))), None)


def ball(step: Step) -> BallLine:
    """Return who has it, how long, what is missing; a side learns nothing about the others here."""
    case, item = step.case, holding(step)
    if case.closed_at is not None:
        word = processes.of(case).phases[case.phase].title
        return BallLine("", "", DaysLeft("done", word), ended=f"{word}：{ENDED.get(case.phase, '')}")
    if item is None:
        return BallLine("有关学校和主管部门", "", DaysLeft("none", "核实中"), ())
    office = step.world.office(item.org_id)
    return BallLine(
        holder=office.name,
        role=TITLES.get(item.queue.partition(":")[2], ""),
        left=days.of_item(step.world, item, step.today),
        missing=_missing(step),
        since=item.opened_at,
        phone=office.phone,
        person=people.holder(step, item),
        mine=rights.holds(step, item),
    )


ENDED = {
    "settled": "裁定已经执行，异议期已过",
    "settled_by_sides": "按各方答复处理完毕",
    "void": "这一组记录已不再重复，不需要处理",
    "undone": "各条记录已恢复原状",
    "refused": "原来的决定继续有效",
}


def _missing(step: Step) -> tuple[str, ...]:
    """What the case waits for, side by side."""
    if "sides" not in step.process.phases:
        return ()
    sees_all = sight.sees_all(step)
    found = []
    for side in sight.visible_sides(step):
        word = f"第 {side.no} 方" if sees_all else "本校" if _at_school(step) else "学校"
        if step.case.phase == "sides" and not side.answer and not side.silent:
            found.append(word + ("重新答复" if side.review == "returned" else "答复"))
        elif step.case.phase == "sides" and side.answer and side.review != "accepted":
            found.append(word + "审核")
        elif side.inquiry == "asked":
            found.append(word + "答复核查单")
    return tuple(found)


def tabs(step: Step, active: str, rulings: int, around: Mapping[str, str]) -> tuple[Tab, ...]:
    """Return the parts of the page of one case."""
    first = "比对" if len(sight.visible_sides(step)) > 1 else "本校记录" if _at_school(step) else "记录与答复"
    parts = (("", first, None), ("rulings", "裁定", rulings or None), ("history", "办理记录", None))
    place: dict[str, Any] = {"no": step.case.no, **around}
    return tuple(
        Tab(word, url_for("problems.show", **place, tab=key or None), key == active, count)
        for key, word, count in parts
    )


def _at_school(step: Step) -> bool:
    return all(step.world.office(desk.org_id).is_school for desk in step.actor.desks)


def stopped(step: Step) -> tuple[ActionReason, ...]:
    """Return what everybody must know of the case first; nothing while all goes its way."""
    return tuple(ActionReason(f"{heading}：{said}", "warn") for heading, said in notes.first(step))


def for_side(step: Step, text: str) -> str:
    """Return words of the deciding office as a side may read them: other pupils and schools are not named."""
    return text if sight.sees_all(step) else sight.without_others(step, text, sight.visible_sides(step))
