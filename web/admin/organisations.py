"""Offices and schools: the tree, one of them with its form, founding, closing and merging."""

import datetime as dt
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from web import clock
from web.admin.frame import (
    bp,
    chosen_office,
    departments,
    given_back,
    office_options,
    reach,
    reach_or_refuse,
    search_text,
    typed,
)
from web.auth import current_actor, current_world
from web.cases import new_key
from web.database import current_house, read_session, write
from web.formats import full_day
from web.pages.administration import OrganisationsPage, OrgNode
from web.present.words import LEVELS
from web.views import ActionReason, Fact, Field, Form, Option
from workflow import administration, organisation_changes
from workflow.administration import BOTH, SYSTEM
from workflow.errors import NotAllowed, Unacceptable, Unmet
from workflow.organisations import NAME_LIMIT
from workflow.world import Office

MOST_FOUND, MOST_CHILDREN = 60, 300
LEVEL_ORDER = ("city", "county", "school")


@dataclass(frozen=True)
class Typed:
    """The forms as they come back: what was typed and what is wrong with it."""

    values: dict[str, str]
    error: Unmet | Unacceptable
    ending: bool = False


@bp.get("/organisations")
def organisations() -> str:
    """Draw the tree with the chosen office open."""
    within = reach_or_refuse(*BOTH)
    return _draw(within, chosen_office("org", within))


@bp.post("/organisations")
def save_organisation() -> Response | tuple[str, int]:
    """Change the chosen office, or found a new one."""
    within = reach_or_refuse(*BOTH)
    if not reach(SYSTEM):
        raise NotAllowed("organisation", "单位由系统管理员维护")
    office = chosen_office("org", within)
    values = typed()
    try:
        public_id = write(lambda session: _save(session, office, values))
    except Unmet as refused:
        return _draw(within, office, Typed(values, refused)), 422
    flash(f"已保存{values['name']}", "done")
    return redirect(url_for(".organisations", org=public_id), 303)


def _save(session: Session, office: Office | None, values: dict[str, str]) -> str:
    actor, world, now = current_actor(), current_world(), clock.now()
    if office is None:
        demo = current_house().demo
        return organisation_changes.create(session, actor, world, values, now, demo=demo).public_id
    organisation_changes.change(session, actor, world, office, values, now)
    return office.public_id


@bp.post("/organisations/<public_id>/end")
def end_organisation(public_id: str) -> Response | tuple[str, int]:
    """Close an office or merge it into another."""
    within = reach_or_refuse(SYSTEM)
    office = administration.office_of(current_world(), public_id, within)
    values, actor, world, now = typed(), current_actor(), current_world(), clock.now()
    try:
        moved = write(lambda session: organisation_changes.end(session, actor, world, office, values, now))
    except (Unmet, Unacceptable) as refused:
        if _ending(office, None) is None:
            raise
        return _draw(within, office, Typed(values, refused, ending=True)), 422
    word = (
        f"{office.name}已并入，{len(moved)} 件在办事项转由承接单位办理"
        if values["how"] == "merge"
        else f"{office.name}已停办"
    )
    flash(word, "done")
    return redirect(url_for(".organisations", org=office.public_id), 303)


def _draw(within: frozenset[int], office: Office | None, back: Typed | None = None) -> str:
    query, wrong = search_text()
    drawn: list[Office] = []
    tree, more = _found(query, within, drawn) if query and not wrong else _tree(within, office, drawn)
    today = clock.today()
    leaderless = organisation_changes.leaderless(read_session(), drawn, today)
    founding = office is None and (back is not None or "new" in request.args)
    page = OrganisationsPage(
        tree=tuple(_noted(node, {one.public_id for one in leaderless}) for node in tree),
        query=query,
        chosen=office.name if office else "",
        chosen_id=office.public_id if office else "",
        chosen_code=office.code if office else "",
        facts=_facts(office, today) if office else (),
        form=_form(within, office, back) if office or founding else None,
        alarms=_alarms(wrong, office, leaderless),
        new_url=url_for(".organisations", new=office.public_id if office else "1") if reach(SYSTEM) else "",
        ending=_ending(office, back) if office and office.id in reach(SYSTEM) else None,
        end_url=url_for(".end_organisation", public_id=office.public_id) if office else "",
        more=more,
    )
    return render_template("admin/organisations.html", page=page)


def _alarms(wrong: str, office: Office | None, leaderless: list[Office]) -> tuple[ActionReason, ...]:
    found = [ActionReason(f"查找的内容有误：{wrong}", "warn")] if wrong else []
    if office is not None and office in leaderless:
        found.append(ActionReason(f"{office.name}没有主管领导在任，待办会移交上级办理。", "warn"))
    return tuple(found)


# ---- the tree --------------------------------------------------------------------------------------------------------


def _found(query: str, within: frozenset[int], drawn: list[Office]) -> tuple[list[OrgNode], str]:
    """Return the offices whose name or code holds the words, without their place in the tree."""
    world = current_world()
    hits = [one for number in within if query in (one := world.office(number)).name or query in one.code]
    hits.sort(key=lambda office: (office.is_school, office.code))
    drawn += hits[:MOST_FOUND]
    more = f"共 {len(hits)} 个，只列出前 {MOST_FOUND} 个，请写得更完整" if len(hits) > MOST_FOUND else ""
    return [_node(office) for office in drawn], more


def _tree(within: frozenset[int], chosen: Office | None, drawn: list[Office]) -> tuple[list[OrgNode], str]:
    """Return the top offices within reach, opened along the way to the chosen one."""
    world = current_world()
    below: dict[int | None, list[Office]] = {}
    for office in sorted(world.offices.values(), key=lambda office: (office.is_school, office.code)):
        if office.id in within:
            below.setdefault(office.parent_id, []).append(office)
    tops = administration.tops(current_actor(), world, *BOTH)
    opened = {*(chosen.path if chosen else ()), *(top.id for top in tops)}
    cut = [False]

    def grow(office: Office) -> OrgNode:
        drawn.append(office)
        children = below.get(office.id, ())
        if office.id not in opened:
            return _node(office, chosen, folded=bool(children))
        cut[0] = cut[0] or len(children) > MOST_CHILDREN
        return _node(office, chosen, children=tuple(grow(child) for child in children[:MOST_CHILDREN]))

    nodes = [grow(top) for top in tops]
    return nodes, f"每个单位下最多列出 {MOST_CHILDREN} 个，其余请用名称或代码查找" if cut[0] else ""


def _node(
    office: Office, chosen: Office | None = None, *, folded: bool = False, children: tuple[OrgNode, ...] = ()
) -> OrgNode:
    return OrgNode(
        office.public_id,
        office.name,
        LEVELS.get(office.level, office.level),
        office.code,
        active=chosen is not None and chosen.id == office.id,
        folded=folded,
        closed=office.closed_on is not None,
        children=children,
    )


def _noted(node: OrgNode, leaderless: set[str]) -> OrgNode:
    note = "没有主管领导" if node.id in leaderless else ""
    children = tuple(_noted(child, leaderless) for child in node.children)
    return OrgNode(node.id, node.name, node.level, node.code, note, node.active, node.folded, node.closed, children)


# ---- one office ------------------------------------------------------------------------------------------------------


def _facts(office: Office, today: dt.date) -> tuple[Fact, ...]:
    world = current_world()
    classes, pupils, persons = organisation_changes.numbers(read_session(), office, today)
    facts = [Fact("代码", office.code), Fact("级别", LEVELS.get(office.level, office.level))]
    if office.is_school:
        facts += [Fact("班级", f"{classes} 个"), Fact("在读", f"{pupils} 人")]
    facts.append(Fact("在任", f"{persons} 人"))
    if office.closed_on:
        into = f"，并入{world.name(office.merged_into_id)}" if office.merged_into_id else ""
        facts.append(Fact("状态", f"{full_day(office.closed_on)}停办{into}"))
    return tuple(facts)


def _form(within: frozenset[int], office: Office | None, back: Typed | None) -> Form | None:
    """Return the form of an office, or of a new one; none where the visitor may only look."""
    editable = reach(SYSTEM)
    if (office is None and not editable) or (office is not None and (office.id not in editable or office.closed_on)):
        return None
    common = _common(office)
    if office is None:
        form = Form((*_place_of_new(within), *common, *_school_fields(None)), key=new_key(), button="新建单位")
    elif office.is_school:
        choices = departments(editable)
        kept = current_world().offices.get(office.dept_id or 0)
        if kept is not None and kept not in choices:
            choices = [kept, *choices]
        dept = Field(
            "competent",
            "学籍主管部门",
            "select",
            kept.public_id if kept else "",
            required=True,
            hint="按管理关系选，不按所在地",
            options=office_options(choices),
        )
        form = Form((*common, dept, *_school_fields(office)), key=new_key())
    else:
        form = Form(common, key=new_key())
    return given_back(form, back.values, back.error) if back and not back.ending else form


def _common(office: Office | None) -> tuple[Field, ...]:
    name, short, phone = (office.name, office.short_name, office.phone) if office else ("", "", "")
    return (
        Field("name", "名称", value=name, required=True, maxlength=NAME_LIMIT, width="full"),
        Field(
            "short_name",
            "简称",
            value=short,
            required=True,
            hint=f"印在印章里，不超过 {organisation_changes.SHORT_LIMIT} 个字",
            maxlength=20,
            width="short",
        ),
        Field("phone", "学籍办公电话", "tel", phone, maxlength=organisation_changes.PHONE_LIMIT, width="short"),
    )


def _place_of_new(within: frozenset[int]) -> tuple[Field, ...]:
    above = request.args.get("new", "")
    levels = tuple(Option(level, LEVELS[level]) for level in LEVEL_ORDER)
    return (
        Field("parent", "上级单位", "select", above, required=True, options=office_options(departments(within))),
        Field("level", "级别", "select", "school", required=True, options=levels, width="short"),
        Field("code", "代码", required=True, hint="学校填标识码，部门填行政区划代码", maxlength=12, width="short"),
    )


def _school_fields(office: Office | None) -> tuple[Field, ...]:
    hint = "如 1-6、7-9 或 10-12" + ("；部门不填" if office is None else "")
    shown = _grades_in_words(office.grades) if office else ""
    marked = "1" if office and office.demonstration else ""
    return (
        Field("grades", "年级", value=shown, required=office is not None, hint=hint, maxlength=40, width="short"),
        Field("demonstration", "示范性高中", "checkbox", marked),
    )


def _grades_in_words(grades: tuple[int, ...]) -> str:
    if grades and list(grades) == list(range(grades[0], grades[-1] + 1)):
        return f"{grades[0]}-{grades[-1]}" if len(grades) > 1 else str(grades[0])
    return "、".join(map(str, grades))


def _ending(office: Office, back: Typed | None) -> Form | None:
    if office.closed_on is not None or office.id in {desk.org_id for desk in current_actor().desks}:
        return None
    kind = "学校" if office.is_school else "部门"
    moves = "班级、在读学生和待办" if office.is_school else "下属单位和待办"
    options = (
        Option("close", "停办", f"没有{'在读学生' if office.is_school else '下属单位'}和待办时才能停办"),
        Option("merge", f"并入另一所{kind}" if office.is_school else f"并入另一个{kind}", f"{moves}一并转过去"),
    )
    sentence = f"我确认：{office.name}从{full_day(clock.today())}起撤销，全部岗位随之结束，不能恢复"
    form = Form(
        (
            Field("how", "怎样办", "radio", required=True, options=options),
            Field("into", f"并入哪个{kind}", hint="填代码；停办不填", maxlength=12, width="short"),
            Field("confirm", sentence, "checkbox"),
        ),
        key=new_key(),
        button="撤销单位",
    )
    return given_back(form, back.values, back.error) if back and back.ending else form
