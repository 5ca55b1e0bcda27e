"""The fields that an action of a case takes, for a program: what each is called, and what may stand in it.

The words and choices are those of the page; where a page shows a choice in its own way (a list of colleagues, a table
of records), the choices stand here.
"""

from collections.abc import Callable, Iterable
from typing import Any

from models.cases import WorkItem
from web.api.problem_documents import is_problem, visible_items
from web.present import answer_fields, people
from web.present import problems as shared
from web.present import problems_draft as drafts
from web.present import problems_tasks as questions
from web.views import Field, Option
from workflow import engine, rights
from workflow.acts import copying, overruling
from workflow.language import ASIDE, Common
from workflow.payload import COMMENT_LIMIT
from workflow.problems.facts import school_of, sides_of
from workflow.problems.lists import REASONS, REASONS_TO_DELETE
from workflow.step import Step

KINDS = {"radio": "choice", "select": "choice", "checks": "choices", "date": "date"}
"""What a kind of field on a page is for a program; everything else is text."""
ALL_KINDS = ("choice", "choices", "date", "text", "objects")
BEYOND = ("consult", "copy")
"""Acts that may also name somebody who is in no list."""
Told = dict[str, Any]


def names(option: engine.Option) -> tuple[list[str], list[str]]:
    """Return the fields that must be sent with an action, and those that may be."""
    spec = option.spec
    must = [*spec.fields, *(["comment"] if spec.comment == "required" else [])]
    return must, [*spec.may, *(["comment"] if spec.words and spec.comment != "required" else [])]


def of(step: Step, option: engine.Option) -> list[Told]:
    """Return what may be typed with an action now; nothing where it is not allowed.

    The lists behind it are those that were read to tell whether it is: this asks nothing more for each action.
    """
    if not option.allowed:
        return []
    must, may = names(option)
    return [told for name in (*must, *may) for told in _told(step, option, name, name in must)]


def _told(step: Step, option: engine.Option, name: str, required: bool) -> list[Told]:
    own = OWN.get(name)
    if own is not None:
        return own(step, option, required)
    if is_problem(step) and not isinstance(option.spec, Common):
        return [_described(one, required) for one in _of_problem(step, option, name)]
    found = answer_fields.of(step, option.action, name, option.spec, {}, {})
    return [_described(one, required) for one in found]


def _of_problem(step: Step, option: engine.Option, name: str) -> Iterable[Field]:
    """Return the fields of what a page of a problem asks; some of them have a form of their own there."""
    if name == "corrected":
        return drafts.corrected_fields("corrected.", {}, None)
    if name == "reason":
        reasons = tuple(Option(code, entry.title) for code, entry in REASONS_TO_DELETE.items())
        return [Field(name, "删除的理由", "radio", options=reasons)]
    if name == "reasons":
        reasons = tuple(Option(code, entry.title) for code, entry in REASONS.items())
        return [Field(name, "裁定的理由", "checks", options=reasons)]
    if name == "on_date":
        return [Field(name, answer_fields.LABELS[name], "date")]
    item = next(item for item in shared.my_items(step) if item.kind in option.spec.kinds)
    return [questions.field(step, item, option, name, {}, {})]


def _described(one: Field, required: bool) -> Told:
    limit = COMMENT_LIMIT if one.name == "comment" else one.maxlength
    options = [{"value": choice.value, "title": choice.word} for choice in one.options if choice.value]
    needed = one.required if "." in one.name else required
    return _field(one.name, one.label, needed, KINDS.get(one.kind, "text"), options, limit)


def _field(
    name: str, title: str, required: bool, kind: str, options: list[dict[str, Any]] | None = None,
    limit: int | None = None,
) -> Told:  # fmt: skip
    return {"name": name, "title": title, "required": required, "kind": kind, "options": options or [],
            "max_length": limit}  # fmt: skip


def _person(step: Step, option: engine.Option, required: bool) -> list[Told]:
    """Return whom the act may name, by user name; offices by their code."""
    found = [{"value": one.username, "title": f"{one.name}（{people.desk(step, one)}）"}
             for one in people.choices(step, option.action)]  # fmt: skip
    if option.action == "copy":
        found += [{"value": one.code, "title": one.name} for one in copying.offices(step)[: people.MOST_OFFICES]]
    kind = "text" if option.action in BEYOND else "choice"
    return [_field("person", people.LABELS.get(option.action, "哪一位"), required, kind, found, 100)]


def _turn(step: Step, option: engine.Option, required: bool) -> list[Told]:
    """Return which question is meant; only where there are several."""
    found = [{"value": item.turn, "title": step.world.name(item.org_id)} for item in _questions(step, option)]
    return [_field("turn", "哪一项", required, "choice", found)] if len(found) > 1 else []


def _side(step: Step, option: engine.Option, required: bool) -> list[Told]:
    """Return the sides for which the reader may answer."""
    own = {item.turn for item in shared.my_items(step) if item.kind in option.spec.kinds}
    return [_field("side", "哪一方", required, "choice", _sides(step, own))]


def _all_sides(step: Step, option: engine.Option, required: bool) -> list[Told]:
    return [_field("sides", "发给哪几方", required, "choices", _sides(step, {side.no for side in sides_of(step)}))]


def _sides(step: Step, numbers: set[int]) -> list[dict[str, Any]]:
    """Return the sides with these numbers that have a school."""
    found = ((side, school_of(step.world, side)) for side in sides_of(step) if side.no in numbers)
    return [{"value": side.no, "title": f"第 {side.no} 方 {school.name}"} for side, school in found if school]


def _verdicts(step: Step, option: engine.Option, required: bool) -> list[Told]:
    return [_field("verdicts", "各条记录的裁定", required, "objects")]


def _proposal(step: Step, option: engine.Option, required: bool) -> list[Told]:
    """Return which proposal is answered; whoever sends it along answers no later one by mistake."""
    at = overruling.which(step)
    return [_field("proposal", "哪一次提请", required, "choice", [{"value": at, "title": at}])]


def _evidence(step: Step, option: engine.Option, required: bool) -> list[Told]:
    return [_field("evidence", answer_fields.LABELS["evidence"], required, "text")]


def _questions(step: Step, option: engine.Option) -> list[WorkItem]:
    """Return the open questions that the action can be about, as far as the reader may know of them."""
    aside = [item for item in step.all_open if item.kind in ASIDE and rights.holds(step, item)]
    return [item for item in (*visible_items(step), *aside) if option.spec.answers_item(step, item)]


OWN: dict[str, Callable[[Step, engine.Option, bool], list[Told]]] = {
    "person": _person,
    "turn": _turn,
    "side": _side,
    "sides": _all_sides,
    "verdicts": _verdicts,
    "proposal": _proposal,
    "evidence": _evidence,
}
"""What a program is told otherwise than the page shows it."""
