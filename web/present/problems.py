"""What all pages of a problem share: its title, whose turn it is, its tabs, why it was found, what is asked here."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

from flask import url_for

from models.cases import WorkItem
from models.findings import Finding
from models.problems import ProblemSide
from web.pages.problem_parts import ReasonPoint, Task
from web.present import actions, days, findings, notes, people
from web.views import ActionPanel, ActionReason, ActionView, BallLine, DaysLeft, Field, FieldError, Option, Tab
from workflow import engine, language, processes, returns, rights
from workflow.duplicates import scoring
from workflow.errors import Reason
from workflow.language import ASIDE
from workflow.payload import COMMENT_LIMIT
from workflow.problems import sight
from workflow.problems.comparing import Record
from workflow.problems.facts import department_of_side, is_gone, records, school_of, sides_of
from workflow.problems.lists import KINDS
from workflow.problems.payload import POSITIONS
from workflow.rights import TITLES
from workflow.step import Step
from workflow.world import World

SIDE_ITEMS = ("answer", "review", "inquiry", "object")
"""Questions about one side; `turn` names it."""
ON_FORMS = ("draft_ruling", "record_outside", "answer_delete", "answer_correct", "answer_claim")
"""Actions with a form of their own on the page."""
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
}
LEVELS = {"school": "学校", "county": "区县", "city": "市级", "province": "省级", "ministry": "部级"}
HINTS = {
    "comment": f"最多 {COMMENT_LIMIT} 字",
    "send_inquiry": "写明要学校核实什么。各方看到的是同一份，请勿写入其他学校或学生的信息。",
    "back_to_sides": "写明还要补什么。请勿写入其他学校或学生的信息。",
    "return_side": "写明缺什么、哪里不符，学校照此补充。",
}


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


def reasons(finding: Finding | None, lives: Mapping[int, Record]) -> tuple[ReasonPoint, ...]:
    """Return why the records were found together, the strongest first; for a scored pair with the points of each.

    Where they share the very key, what else they have in common is worked out here: it helps a person to decide.
    """
    found = []
    for one in finding.reasons if finding else ():
        points = None if isinstance(one, str) else one.get("points")
        found.append(ReasonPoint(chip_word(one), findings.sentence(one), points, bool(points and points < 0)))
    if finding is None or finding.score is None:
        known = {one.word for one in found}
        found += [one for one in _in_common(lives) if one.word not in known]
    return tuple(found)


def _in_common(lives: Mapping[int, Record]) -> list[ReasonPoint]:
    """Compare every two records, each named by its side; a reason stands once, with the pairs it holds for."""
    said: dict[str, list[str]] = {}
    against: set[str] = set()
    for one, other in combinations(sorted(lives), 2):
        which = f"第 {one} 方与第 {other} 方" if len(lives) > 2 else ""
        for reason in scoring.assess(_facts(lives[one]), _facts(lives[other])).reasons:
            word = chip_word(reason)
            said.setdefault(word, []).append((which + "：" if which else "") + findings.sentence(reason))
            if reason.get("points", 0) < 0:
                against.add(word)
    return [ReasonPoint(word, "；".join(lines), None, word in against) for word, lines in said.items()]


def _facts(record: Record) -> scoring.Facts:
    student = record.student
    indexes = frozenset(person.id_number_index for person in record.guardians if person.id_number_index)
    return scoring.Facts(student.id, student.name, student.sex, student.birth_date, student.id_number,
                         student.record_no, indexes)  # fmt: skip


CHIPS = {
    ("name", "same"): "同名",
    ("name", "written"): "写法不同",
    ("name", "swapped"): "顺序颠倒",
    ("name", "same_sound"): "同音",
    ("name", "look_alike"): "形近",
    ("name", "similar_sound"): "音近",
    ("name", "spelling"): "拼写相近",
    ("name", "missing"): "少一字",
    ("name", "different"): "姓名不同",
    ("id_number", "same"): "同号",
    ("id_number", "none"): "均无证件号",
    ("id_number", "digit"): "差一位",
    ("id_number", "swap"): "相邻两位互换",
    ("id_number", "old_form"): "15 位旧号",
    ("id_number", "unrelated"): "证件号无关联",
    ("record_no", "same"): "学籍号相同",
    ("record_no", "other_s_id"): "学籍号对应对方证件号",
    ("record_no", "digit"): "学籍号差一位",
    ("record_no", "swap"): "学籍号两位互换",
    ("birth_date", "same"): "同生日",
    ("birth_date", "slip"): "生日疑似笔误",
    ("birth_date", "different"): "生日不同",
    ("sex", "same"): "同性别",
    ("sex", "different"): "性别不同",
    ("guardian", "same"): "同监护人",
    ("twins", "likely"): "可能是双胞胎",
}


def chip_word(reason: Mapping[str, Any] | str) -> str:
    """Return one reason in a word."""
    if isinstance(reason, str):
        return reason
    return CHIPS.get((reason["field"], reason["kind"])) or findings.sentence(reason)


# ---- what is asked of the viewer -------------------------------------------------------------------------------------


def tasks(
    step: Step,
    key: str,
    url: Mapping[str, str],
    typed: Mapping[str, Any] | None = None,
    action: str = "",
    refused: list[Reason] | None = None,
) -> tuple[Task, ...]:
    """Return the viewer's questions with the answers to them; after a refusal what was typed comes back."""
    found = []
    for item in sorted(my_items(step), key=lambda one: (one.turn if one.kind in SIDE_ITEMS else 0, one.id)):
        meant = (typed or {}).get("turn", (typed or {}).get("side"))
        here = refused is not None and meant in (None, item.turn)
        panel = _panel(step, item, key, url, typed or {} if here else {}, action if here else "", refused or [])
        if panel.actions or panel.further:
            found.append(Task(_heading(step, item), panel, LEADS.get(item.kind, "")))
    found += _of_others(step, key, url, typed or {}, action, refused or [])
    found += _of_the_whole(step, key, url, typed or {}, action, refused or [])
    return tuple(found)


def _of_others(
    step: Step, key: str, url: Mapping[str, str], typed: Mapping[str, Any], action: str, refused: list[Reason]
) -> list[Task]:
    """Return what the viewer may do with questions that are not his, and with what he was asked beside them.

    Whoever leads the office that is asked may hand a question on; others give advice, or take note of a copy.
    """
    found = []
    for item in [one for one in step.all_open if one.kind in ASIDE and rights.holds(step, one)]:
        panel = _panel(step, item, key, url, typed, action, refused)
        primary = tuple(replace(view, primary=True) for view in panel.further)
        found.append(Task(_heading(step, item), replace(panel, actions=primary, further=())))
    for item in visible_items(step):
        if not rights.holds(step, item):
            panel = _panel(step, item, key, url, typed, action, refused)
            if panel.further:
                heading = f"{step.world.name(item.org_id)}：{_heading(step, item)}"
                found.append(Task(heading, replace(panel, actions=(), heading=heading)))
    return found


def _of_the_whole(
    step: Step, key: str, url: Mapping[str, str], typed: Mapping[str, Any], action: str, refused: list[Reason]
) -> list[Task]:
    """Return what whoever answers for the offices that are asked may do with the case as a whole (挂起, 恢复)."""
    options = [one for one in engine.further(step) if one.spec.by in OF_THE_WHOLE and one.allowed]
    views = tuple(actions.view(step, one, "", dict(typed), action, refused) for one in options)
    if not views:
        return []
    here = any(view.name == action for view in views)
    panel = ActionPanel(
        case_no=step.case.no,
        revision=step.case.revision,
        key=f"{key}-whole",
        actions=views,
        errors=tuple(FieldError(reason.message, reason.field) for reason in refused) if here else (),
        endpoint="problems.act",
        around=tuple(url.items()),
        prefix="whole-",
        heading="整个事项",
    )
    return [Task(panel.heading, panel)]


OF_THE_WHOLE = (language.overseer, language.authority, language.party)
"""Whose acts are about the case and not about one question."""


def stopped(step: Step) -> tuple[ActionReason, ...]:
    """Return what everybody must know of the case first; nothing while all goes its way."""
    return tuple(ActionReason(f"{heading}：{said}", "warn") for heading, said in notes.first(step))


LEADS = {
    "review": "核对答复与材料是否属实。您只审核这一方，不比较其他记录。",
    "confirm": "请复核裁定。同意后随即执行，各条记录同时变更。",
    "object": "对裁定有异议的，先上传新的佐证材料，再写明理由。",
}


def _heading(step: Step, item: WorkItem) -> str:
    if item.kind not in SIDE_ITEMS:
        return ITEM_WORDS[item.kind]
    side = next((side for side in sides_of(step) if side.no == item.turn), None)
    school = school_of(step.world, side) if side else None
    many = len(sight.visible_sides(step)) > 1
    place = f"第 {item.turn} 方 " if many else ""
    whose = f"{school.name}：" if school and item.kind == "review" else ""
    return place + whose + ITEM_WORDS[item.kind]


def options_for(step: Step, item: WorkItem) -> list[engine.Option]:
    """Return the answers to one open question of the viewer, allowed or with what stands against them."""
    asked = _asked(step, item)
    return [one for one in engine.options(asked) if item.kind in one.spec.kinds]


def _asked(step: Step, item: WorkItem) -> Step:
    """Return the step as it is when this question is answered."""
    asked = Step(step.session, step.case, step.subject, step.items, step.actor, step.world, step.now, {}, step.process)
    asked.cache = step.cache
    asked.payload = {"side": item.turn} if item.kind in SIDE_ITEMS else {}
    return asked


def _panel(
    step: Step,
    item: WorkItem,
    key: str,
    url: Mapping[str, str],
    typed: Mapping[str, Any],
    action: str,
    refused: list[Reason],
) -> ActionPanel:
    asked = _asked(step, item)
    options = [one for one in options_for(step, item) if one.action not in ON_FORMS]
    first = next((one.action for one in options if one.allowed and one.spec.tone == "primary"), "")
    views = tuple(_view(asked, item, one, first, typed, action, refused) for one in options)
    further = _further(asked, item, typed, action, refused)
    here = any(view.name == action for view in (*views, *further))
    return ActionPanel(
        case_no=step.case.no,
        revision=step.case.revision,
        key=f"{key}-{item.id}",
        actions=views,
        further=further,
        errors=tuple(FieldError(reason.message, reason.field) for reason in refused) if here else (),
        endpoint="problems.act",
        around=tuple(url.items()),
        prefix=f"{item.id}-",
        heading=_heading(step, item),
    )


def _further(
    step: Step, item: WorkItem, typed: Mapping[str, Any], action: str, refused: list[Reason]
) -> tuple[ActionView, ...]:
    """Return what may be done with a question besides answering it; each form says which question it means."""
    step.payload = {"turn": item.turn}
    views = actions.further_views(step, dict(typed), action, refused, actions.BY_HOLDER, item)
    which = Field("turn", "", "hidden", str(item.turn))
    return tuple(replace(view, fields=(which, *view.fields)) for view in views)


def _view(
    step: Step,
    item: WorkItem,
    option: engine.Option,
    first: str,
    typed: Mapping[str, Any],
    action: str,
    refused: list[Reason],
) -> ActionView:
    spec, here = option.spec, option.action == action
    faults = {reason.field: reason.message for reason in refused if reason.field} if here else {}
    general = tuple(actions.reason(reason) for reason in refused if not reason.field) if here else ()
    wanted = [*spec.fields, *spec.may, *(["comment"] if spec.comment else [])] if option.allowed else []
    return ActionView(
        name=option.action,
        word=spec.title,
        button=spec.title,
        allowed=option.allowed,
        primary=option.action == first,
        danger=spec.tone == "danger",
        consequence=spec.consequence,
        fields=tuple(_field(step, item, option, name, typed if here else {}, faults) for name in wanted),
        reasons=(*(actions.reason(reason) for reason in option.reasons), *general),
        opened=here,
    )


def _field(
    step: Step, item: WorkItem, option: engine.Option, name: str, typed: Mapping[str, Any], faults: dict[str, str]
) -> Field:
    error, value = faults.get(name, ""), typed.get(name, "")
    if name == "side":
        return Field("side", "", "hidden", str(item.turn))
    if name == "sides":
        chosen = tuple(str(one) for one in value) if isinstance(value, list) else ()
        return Field("sides", "发给哪几方", "checks", chosen=chosen, options=_sides(step), error=error, required=True)
    if name == "position":
        options = tuple(Option(code, word, POSITION_HINTS[code]) for code, word in POSITIONS.items())
        return Field(name, "本校的意见", "radio", str(value), options=options, error=error, required=True)
    if name == "items":
        chosen = tuple(value) if isinstance(value, list) else ()
        items = tuple(Option(word, word) for word in returns.ITEMS["problem"])
        return Field(name, "哪几样要补", "checks", chosen=chosen, options=items, error=error)
    needed = option.spec.comment == "required"
    label = {"send_inquiry": "要核实的问题", "object": "异议的理由"}.get(option.action, "理由" if needed else "意见")
    hint = HINTS.get(option.action, HINTS["comment"])
    return Field("comment", label, "textarea", str(value), hint=hint, error=error, required=needed,
                 maxlength=COMMENT_LIMIT, rows=3)  # fmt: skip


POSITION_HINTS = {"insist": "本校的答复属实，材料没有变化或已补充", "give_up": "本校不再主张这条记录"}


def _sides(step: Step) -> tuple[Option, ...]:
    found = []
    for side in sides_of(step):
        school = school_of(step.world, side)
        if school:
            found.append(Option(str(side.no), f"第 {side.no} 方 {school.name}"))
    return tuple(found)


def for_side(step: Step, text: str) -> str:
    """Return words of the deciding office as a side may read them: other pupils and schools are not named."""
    return text if sight.sees_all(step) else sight.without_others(step, text, sight.visible_sides(step))
