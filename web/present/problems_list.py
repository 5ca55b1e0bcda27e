"""The list of problem records: rows, filters, shelves; and one's place in it while working through it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from models.cases import WorkItem
from models.findings import Finding
from models.problems import ProblemSide
from web.pages.inbox import InboxRow
from web.pages.problem_parts import Chip, Neighbours
from web.pages.problems import ListPage, ProblemRow
from web.present import days
from web.present import problems as shared
from web.present import problems_reasons as grounds
from web.views import DaysLeft, Empty, Field, Form, Option, Pager, Tab
from workflow import processes
from workflow.problems import listing, sight
from workflow.problems.facts import school_of
from workflow.problems.listing import AGES, Counts, Pair, Wanted
from workflow.problems.lists import KINDS
from workflow.problems.pairs import JUDGES
from workflow.step import Actor, Step
from workflow.world import World

PAGE = 25
SHELVES = {"": "办理中", "late": "有一方逾期", "pairs": "疑似", "ended": "已办结", "judged": "已判不同"}
AGE_WORDS = {"new": "10 天以内", "month": "10 至 30 天", "old": "30 天以上"}
BUTTONS = {"answer": "答复", "review": "审核", "rule": "裁定", "inquiry": "答复核查单", "confirm": "复核",
           "object": "查看裁定", "record": "登记结果"}  # fmt: skip
EMPTY = {
    "": Empty("现在没有正在办理的问题学籍", "查重发现的问题会自动立案，出现在这里和待办里。"),
    "late": Empty("没有哪一方逾期", "各方都在期限以内。"),
    "pairs": Empty("没有待查看的疑似记录", "导入、录入和定期查重发现相像的记录时，会列在这里，由人来判断。"),
    "ended": Empty("还没有办结的问题学籍"),
    "judged": Empty("还没有判定过“不是同一人”的记录"),
}


def wanted_of(shelf: str, asked: Mapping[str, str]) -> Wanted:
    """Return what the list is narrowed to; values nobody offers are left out."""
    kind, level, age, phase = (asked.get(name, "") for name in ("kind", "level", "age", "phase"))
    return Wanted(
        kind=kind if kind in KINDS else "",
        level=level if level in shared.LEVELS else "",
        age=age if age in AGES else "",
        phase=phase if phase in processes.newest("problem").phases else "",
        late=shelf == "late",
        ended=shelf == "ended",
        judged=shelf == "judged",
    )


def around(shelf: str, wanted: Wanted) -> dict[str, str]:
    """Return the list as parts of an address, so that the way back to it is never lost."""
    chosen = {"shelf": shelf or "all", **asdict(wanted)}
    return {name: value for name, value in chosen.items() if isinstance(value, str) and value}


def page(session: Session, actor: Actor, world: World, shelf: str, wanted: Wanted, after: str, now: dt.datetime,
         counts: Counts) -> ListPage:  # fmt: skip
    """Return one page of one shelf."""
    place = around(shelf, wanted)
    if shelf in ("pairs", "judged"):
        found = listing.pairs(session, actor, world, wanted, now, _pair_cursor(after), PAGE + 1)
        rows = tuple(_pair_row(world, one, place, now) for one in found[:PAGE])
        cursor = f"{found[PAGE - 1].finding.score or 0}-{found[PAGE - 1].finding.id}" if len(found) > PAGE else ""
    else:
        steps = listing.cases(session, actor, world, wanted, now, _number(after), PAGE + 1)
        rows = tuple(case_row(step, place) for step in steps[:PAGE])
        cursor = str(steps[PAGE - 1].case.id) if len(steps) > PAGE else ""
    narrowed = any(getattr(wanted, name) for name in ("kind", "level", "age", "phase"))
    return ListPage(
        tabs=_tabs(actor, shelf, counts),
        filters=_filters(shelf, wanted),
        rows=rows,
        lead=_lead(actor, shelf),
        narrowed="列表已按条件筛选。" if narrowed else "",
        clear_url=url_for("problems.index", shelf=shelf or None) if narrowed else "",
        pager=Pager(
            next_url=url_for("problems.index", **_list_args(place), after=cursor) if cursor else "",
            first_url=url_for("problems.index", **_list_args(place)) if after else "",
        ),
        empty=Empty("没有符合条件的记录", "可以换一个条件再看。") if narrowed else EMPTY[shelf],
    )


def _list_args(place: Mapping[str, str]) -> dict[str, Any]:
    return {name: value for name, value in place.items() if (name, value) != ("shelf", "all")}


def _lead(actor: Actor, shelf: str) -> str:
    if shelf in ("pairs", "judged"):
        return "机器只提示相像，是不是同一名学生由人判断。"
    if all(desk.role.startswith("school") for desk in actor.desks):
        return "本校学生的记录与另一条记录相同或相像时，在这里核对、答复。"
    return "同一号码、同名同生日的记录，各方核实后由共同的主管部门裁定。"


def _tabs(actor: Actor, shelf: str, counts: Counts) -> tuple[Tab, ...]:
    numbers = {"": counts.running, "late": counts.late, "pairs": counts.pairs}
    looks_at_pairs = any(desk.role in JUDGES for desk in actor.desks)
    shown = {key: word for key, word in SHELVES.items() if looks_at_pairs or key not in ("pairs", "judged")}
    return tuple(
        Tab(word, url_for("problems.index", shelf=key or None), key == shelf, numbers.get(key) or None)
        for key, word in shown.items()
    )


def _filters(shelf: str, wanted: Wanted) -> Form:
    kinds = (Option("", "全部类别"), *(Option(key, word) for key, word in KINDS.items()))
    levels = (Option("", "各级裁定"), *(Option(key, word) for key, word in shared.LEVELS.items()))
    ages = (Option("", "不论多久"), *(Option(key, word) for key, word in AGE_WORDS.items()))
    running = [phase for phase in processes.newest("problem").phases.values() if not phase.final]
    phases = (Option("", "各个环节"), *(Option(phase.name, phase.title) for phase in running))
    fields_ = [Field("age", "立案时间", "select", wanted.age, options=ages),
               Field("level", "裁定层级", "select", wanted.level, options=levels)]  # fmt: skip
    if shelf not in ("pairs", "judged"):
        fields_.insert(0, Field("kind", "类别", "select", wanted.kind, options=kinds))
    if shelf in ("", "late"):
        fields_.append(Field("phase", "环节", "select", wanted.phase, options=phases))
    return Form((Field("shelf", "", "hidden", shelf), *fields_), button="筛选")


# ---- rows ------------------------------------------------------------------------------------------------------------


def case_row(step: Step, place: Mapping[str, str]) -> ProblemRow:
    """Return one case as its line reads for this viewer: his own sides, or all of them."""
    sees_all = sight.sees_all(step)
    sides = sight.visible_sides(step)
    item = shared.holding(step)
    mine = item is not None and item in shared.my_items(step)
    schools = [school.name for side in sides if (school := school_of(step.world, side))]
    button = BUTTONS.get(item.kind, "查看") if mine and item else "比对" if sees_all else "查看"
    return ProblemRow(
        url=url_for("problems.show", no=step.case.no, **dict[str, Any](place)),
        children=tuple(shared.names(step, sides)),
        kind=shared.kind_word(step),
        no=step.case.no,
        schools=tuple(dict.fromkeys(schools)),
        step=processes.of(step.case).phases[step.case.phase].title,
        holder="" if mine or item is None else step.world.name(item.org_id),
        left=_left(step, item),
        button=button,
        mine=mine,
        chips=_chips(step, sees_all),
        level=shared.LEVELS.get(step.subject.level, ""),
        age=_age(step.case.opened_at, step.now),
    )


def _left(step: Step, item: WorkItem | None) -> DaysLeft:
    if step.case.closed_at is not None:
        return DaysLeft("done", processes.of(step.case).phases[step.case.phase].title)
    return days.of_item(step.world, item, step.today) if item is not None else DaysLeft("none", "核实中")


def _chips(step: Step, sees_all: bool) -> tuple[Chip, ...]:
    chips = []
    sides = sight.visible_sides(step)
    if sees_all and len(sides) > 2:
        chips.append(Chip(f"{len(sides)} 方"))
    silent = sum(1 for side in sides if side.silent)
    if silent:
        chips.append(Chip(f"{silent} 方未答复" if sees_all else "本校未答复", "red"))
    late = [one for one in shared.visible_items(step) if one.kind in listing.ASKED_OF_SIDES and one.due_at <= step.now]
    if late:
        chips.append(Chip("有一方逾期" if sees_all else "逾期", "red"))
    if any(side.review == "returned" and not side.answer for side in sides):
        chips.append(Chip("退回补充", "amber"))
    return tuple(chips)


def _age(since: dt.datetime, now: dt.datetime) -> str:
    number = (now - since).days
    return f"{number} 天" if number else "今天"


def _pair_row(world: World, pair: Pair, place: Mapping[str, str], now: dt.datetime) -> ProblemRow:
    finding = pair.finding
    schools = [world.name(record.school_id) for record in pair.records if record.school_id]
    office = world.offices.get(finding.decider_id or 0)
    words = [grounds.chip_word(reason) for reason in finding.reasons
             if isinstance(reason, str) or (reason.get("points") or 0) >= 0]  # fmt: skip
    done = finding.state == "dismissed"
    if pair.blocked is not None:
        chips = tuple(Chip(word, "accent") for word in words[:4])
        return _blocked_row(world, pair, pair.blocked, schools, chips, place, now)
    return ProblemRow(
        url=url_for("problems.pair", public_id=finding.public_id, **dict[str, Any](place)),
        children=tuple(record.name for record in pair.records),
        kind=KINDS["near"],
        no="",
        schools=tuple(dict.fromkeys(schools)),
        step="已判不同" if done else "待查看",
        holder="",
        left=DaysLeft("done", "不是同一人") if done else DaysLeft("none", f"相像 {finding.score or 0} 分"),
        button="查看比对",
        mine=not done,
        chips=tuple(Chip(word, "accent") for word in words[:4]),
        level=shared.LEVELS.get(office.level, "") if office else "",
        age=_age(finding.found_at, now),
    )


def _blocked_row(world: World, pair: Pair, blocked: tuple[int, int], schools: list[str], chips: tuple[Chip, ...],
                 place: Mapping[str, str], now: dt.datetime) -> ProblemRow:  # fmt: skip
    """A record, and a row that was not imported because its number is a slip of the record's."""
    school, row = blocked
    office, done = world.offices.get(pair.finding.decider_id or 0), pair.finding.state == "dismissed"
    return ProblemRow(
        url=url_for("problems.pair", public_id=pair.finding.public_id, **dict[str, Any](place)),
        children=tuple(record.name for record in pair.records),
        kind="与未导入的一行相像",
        no="",
        schools=(*dict.fromkeys(schools), f"{world.name(school)}导入表第 {row} 行"),
        step="已处理" if done else "号码有误，未导入",
        holder="",
        left=DaysLeft("done", "不再提示") if done else DaysLeft("none", f"相像 {pair.finding.score or 0} 分"),
        button="查看比对",
        mine=not done,
        chips=chips,
        level=shared.LEVELS.get(office.level, "") if office else "",
        age=_age(pair.finding.found_at, now),
    )


PROCESSES = ("problem", "undo")


def in_inbox(row: InboxRow, step: Step, process: str) -> InboxRow:
    """Return a line of the inbox with what it says of a problem: the pupils and schools the viewer may know of."""
    sides = sight.visible_sides(step)
    schools = list(dict.fromkeys(school.name for side in sides if (school := school_of(step.world, side))))
    more = f"等 {len(schools)} 所学校" if len(schools) > MOST_SCHOOLS else ""
    return replace(
        row,
        child="、".join(shared.names(step, sides)),
        origin="、".join(schools[:MOST_SCHOOLS]) + more,
        target="",
        kind=shared.kind_word(step) if process == "problem" else row.kind,
        returned=row.returned or (process == "problem" and _comes_back(step, sides)),
    )


MOST_SCHOOLS = 2


def _comes_back(step: Step, sides: list[ProblemSide]) -> bool:
    mine = {item.turn for item in shared.my_items(step) if item.kind == "answer"}
    return any(side.no in mine and side.review == "returned" for side in sides)


# ---- one's place in the list -----------------------------------------------------------------------------------------


def neighbours_of_case(step: Step, shelf: str, wanted: Wanted) -> Neighbours:
    """Return the cases before and behind this one in the list that the viewer came from."""
    place = around(shelf, wanted)
    found = listing.beside(step.session, step.actor, step.world, wanted, step.now, step.case.id)
    return _neighbours(shelf, place, *(_case_url(no, place) for no in found))


def neighbours_of_pair(session: Session, actor: Actor, world: World, finding: Finding, shelf: str, wanted: Wanted,
                       now: dt.datetime) -> Neighbours:  # fmt: skip
    """Return the pairs before and behind this one in the list that the viewer came from."""
    place = around(shelf, wanted)
    found = listing.pairs_beside(session, actor, world, wanted, now, finding)
    return _neighbours(shelf, place, *(_pair_url(public_id, place) for public_id in found))


def _neighbours(shelf: str, place: Mapping[str, str], before: str, following: str) -> Neighbours:
    address = url_for("problems.index", **_list_args(place))
    return Neighbours(address, SHELVES[shelf], previous_url=before, next_url=following)


def _case_url(no: str, place: Mapping[str, str]) -> str:
    return url_for("problems.show", no=no, **dict[str, Any](place)) if no else ""


def _pair_url(public_id: str, place: Mapping[str, str]) -> str:
    return url_for("problems.pair", public_id=public_id, **dict[str, Any](place)) if public_id else ""


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _pair_cursor(text: str) -> tuple[int, int] | None:
    score, _, number = text.partition("-")
    last, place = _number(score), _number(number)
    return (last, place) if last is not None and place is not None else None
