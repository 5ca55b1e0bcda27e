"""Rulings as they are read: the verdicts on the records the viewer may see, why, by whom, and since when."""

from collections.abc import Mapping
from typing import Any

from flask import url_for

from models.problems import Ruling
from web.pages.problem_parts import Chip
from web.pages.problem_rulings import RulingView
from web.present import problems as shared
from web.present.problems_draft import value_word
from web.present.problems_words import FIELD_LABELS
from web.views import Fact, Field, FieldError, Form, Seal
from workflow.calendar import day_of, due_day_of
from workflow.payload import COMMENT_LIMIT
from workflow.problems import asking, sight, undoing
from workflow.problems.facts import rulings, school_of, sides_of
from workflow.problems.lists import REASONS, VERDICTS
from workflow.step import Step

BASES = {
    "sides": "各方答复一致，按答复处理",
    "arbitration": "仲裁裁定",
    "objection": "复议裁定",
    "outside": "登记上级裁定结果",
}
UNDO_HINT = "由本部门负责人决定；同意后各条记录恢复到裁定之前，之后另行变更的内容保留并列明。"

def views(step: Step, key: str, around: Mapping[str, str], undo: tuple[str, str] = ("", "")) -> tuple[RulingView, ...]:
    """Return the rulings the viewer may read, the latest first; drafts only for the deciding offices.

    The names of who ruled are those that `workflow.problems.file` read.
    """
    sees_all = sight.sees_all(step)
    found, people = rulings(step), step.cache.get("person_names", {})
    return tuple(
        _view(step, ruling, people, key, around, undo)
        for ruling in reversed(found)
        if sees_all or ruling.confirmed_at is not None
    )


def _view(step: Step, ruling: Ruling, people: Mapping[int, str], key: str, around: Mapping[str, str],
          undo: tuple[str, str]) -> RulingView:  # fmt: skip
    office = step.world.office(ruling.office_id)
    seals = []
    if ruling.confirmed_at:
        seals = [Seal(office.short_name, day_of(ruling.confirmed_at), "裁定", void=ruling.undone_at is not None)]
    why_not = asking.obstacle(step.session, step.world, step.actor, ruling, step.now)
    may = why_not is None and asking.may_ask(step.world, step.actor, ruling) is not None
    text = ruling.words.get("text", "")
    return RulingView(
        title=BASES.get(ruling.basis, "裁定"),
        state=_state(ruling),
        verdicts=tuple(_told_verdict(step, one, ruling) for one in _visible(step, ruling)),
        reasons=tuple(REASONS[code].title for code in ruling.reasons),
        words=shared.for_side(step, text),
        facts=_facts(step, ruling, people),
        seals=tuple(seals),
        until=_until(step, ruling),
        undo=undo_form(ruling, key, undo) if may else None,
        undo_url=url_for("problems.undo", no=step.case.no, ruling=ruling.public_id, **dict[str, Any](around)),
        undo_why_not=why_not or "" if sight.sees_all(step) and ruling.confirmed_at else "",
    )


def _state(ruling: Ruling) -> Chip:
    if ruling.undone_at:
        return Chip("已撤销", "red")
    return Chip("已生效", "green") if ruling.confirmed_at else Chip("草稿，待复核", "amber")


def _visible(step: Step, ruling: Ruling) -> list[dict[str, Any]]:
    own = {side.no for side in sight.visible_sides(step)}
    return [one for one in ruling.verdicts if one["side"] in own]


def _told_verdict(step: Step, one: Mapping[str, Any], ruling: Ruling) -> tuple[str, str, str]:
    side = next(side for side in sides_of(step) if side.no == one["side"])
    sees_all, entry, school = sight.sees_all(step), VERDICTS[one["verdict"]], school_of(step.world, side)
    child = "、".join(shared.names(step, [side]))
    which = f"第 {side.no} 方 {school.name if school else ''} {child}" if sees_all else f"本校记录 {child}"
    said = entry.consequence
    corrected = ruling.words.get("corrected", {}).get(str(side.no), {})
    if corrected:
        said += "更正：" + "，".join(
            f"{FIELD_LABELS.get(name, name)}为{value_word(name, value)}" for name, value in corrected.items()
        )
    into = f"第 {one['into']} 方" if one.get("into") and sees_all else ""
    return which, entry.title + into, said


def _facts(step: Step, ruling: Ruling, people: Mapping[int, str]) -> tuple[Fact, ...]:
    office = step.world.name(ruling.office_id)
    facts = [Fact("裁定部门", office)]
    if sight.sees_all(step):
        facts.append(Fact("拟定", people[ruling.drafted_by], note=f"{day_of(ruling.drafted_at):%Y年%-m月%-d日}"))
    if ruling.confirmed_at and ruling.confirmed_by:
        who = people[ruling.confirmed_by]
        facts.append(Fact("复核" if sight.sees_all(step) else "负责人", who))
        facts.append(Fact("生效", f"{day_of(ruling.confirmed_at):%Y年%-m月%-d日}", note="各条记录已同时变更"))
    if ruling.undone_at:
        who = f"{people[ruling.undone_by]} " if ruling.undone_by and sight.sees_all(step) else ""
        facts.append(Fact("撤销", f"{who}{day_of(ruling.undone_at):%Y年%-m月%-d日}"))
    return tuple(facts)


def _until(step: Step, ruling: Ruling) -> str:
    if ruling.confirmed_at is None or ruling.undone_at is not None:
        return ""
    last = undoing.last_day(step.world, ruling)
    objects = [item.due_at for item in step.open_items if item.kind == "object"]
    said = f"撤销期至 {last:%Y年%-m月%-d日}。" if last >= step.today else f"撤销期已于 {last:%Y年%-m月%-d日} 届满。"
    return (f"异议期至 {due_day_of(min(objects)):%Y年%-m月%-d日}。" if objects else "") + said


def undo_form(ruling: Ruling, key: str, undo: tuple[str, str], hint: str = UNDO_HINT) -> Form:
    """Return the form that asks for a ruling to be taken back; `undo` is what was typed and what is wrong with it."""
    said, fault = undo
    field = Field("reason", "撤销的理由", "textarea", said, error=fault, required=True, maxlength=COMMENT_LIMIT, rows=3,
                  hint=hint)  # fmt: skip
    errors = (FieldError(fault, "reason"),) if fault else ()
    return Form((field,), errors, f"{key}-undo", button="提请撤销")
