"""代理: who fills in for whom, giving such an order, and ending one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.deputies import Substitution
from web import clock
from web.auth import current_actor, current_world
from web.cases import new_key
from web.database import read_session, write
from web.formats import day
from web.input import check_form
from web.pages.deputies import DeputiesPage, DeputyRow
from web.present.words import PROCESSES, ROLE_TITLES
from web.views import Field, FieldError, Form, Option, refused
from workflow import administration, colleagues, deputy_orders
from workflow.calendar import day_of
from workflow.colleagues import Colleague
from workflow.deputies import ROLES
from workflow.deputy_orders import LIMITS, Shown
from workflow.errors import NotAllowed, Unmet

bp = Blueprint("deputies", __name__, url_prefix="/deputies")
KINDS = (Option("", "全部事项"), *(Option(key, word) for key, word in PROCESSES.items()))
STATES = {"running": "代理中", "coming": "未开始", "over": "已结束"}


@bp.get("/")
def show() -> str:
    """Draw the orders that concern the visitor, with the form for a new one."""
    _let_in()
    return _draw({})


@bp.post("/")
def order() -> Response | tuple[str, int]:
    """Give an order; a refusal draws the page again with what was typed."""
    _let_in()
    check_form(request.form)
    typed = {name: request.form.get(name, "").strip() for name in (*LIMITS, "valid_from", "valid_to")}
    actor, world, now = current_actor(), current_world(), clock.now()
    try:
        made = write(lambda session: deputy_orders.order(session, actor, world, typed, now, tuple(PROCESSES)))
    except Unmet as wrong:
        return _draw(typed, tuple(FieldError(reason.message, reason.field) for reason in wrong.reasons)), 422
    flash(f"已设置，{day(made.valid_from)}至{day(made.valid_to)}由代理人代为办理。", "done")
    return redirect(url_for(".show"), 303)


@bp.post("/<public_id>/end")
def end(public_id: str) -> Response:
    """End an order at once."""
    check_form(request.form)
    actor, world, now = current_actor(), current_world(), clock.now()
    write(lambda session: deputy_orders.end(session, actor, world, public_id, now))
    flash("代理已结束，事项由本人办理。", "done")
    return redirect(url_for(".show"), 303)


def concerned() -> bool:
    """Tell whether the visitor holds a post that can be filled in for, or arranges it for others."""
    actor = current_actor()
    return any(desk.role in ROLES for desk in actor.desks) or deputy_orders.may_order_for_others(actor, current_world())


def _let_in() -> None:
    if not concerned():
        raise NotAllowed("deputies", "您没有可以由别人代理的岗位")


# ---- the page --------------------------------------------------------------------------------------------------------


def _draw(typed: dict[str, str], errors: tuple[FieldError, ...] = ()) -> str:
    session, world, actor = read_session(), current_world(), current_actor()
    listed = deputy_orders.listed(session, actor, world, clock.today())
    page = DeputiesPage(
        mine=tuple(_row(one) for one in listed if one.order.principal_id == actor.id),
        taken=tuple(_row(one) for one in listed if one.order.deputy_id == actor.id),
        others=tuple(_row(one) for one in listed if actor.id not in (one.order.principal_id, one.order.deputy_id)),
        leads=deputy_orders.may_order_for_others(actor, world),
        form=refused(_form(typed), errors),
    )
    return render_template("deputies/show.html", page=page)


def _row(one: Shown) -> DeputyRow:
    found, world = one.order, current_world()
    state = one.state(clock.today())
    return DeputyRow(
        deputy=one.deputy,
        principal=one.principal,
        kinds=PROCESSES.get(found.process, found.process) or "全部事项",
        office=world.name(found.org_id) or "全部岗位",
        since=found.valid_from,
        until=found.valid_to,
        state=STATES[state],
        running=state == "running",
        note=_note(one, found),
        end_url=url_for(".end", public_id=found.public_id) if one.may_end else "",
    )


def _note(one: Shown, found: Substitution) -> str:
    given = f"{one.by}设置" if one.by != one.principal else ""
    ended = f"{day_of(found.ended_at):%-m月%-d日}提前结束" if found.ended_at else ""
    return "，".join(part for part in (found.reason, given, ended) if part)


def _form(typed: dict[str, str]) -> Form:
    actor, world = current_actor(), current_world()
    own = list(dict.fromkeys(desk.org_id for desk in actor.desks if desk.role in ROLES))
    near = deputy_orders.places_for(world, own)
    people = colleagues.sitting(read_session(), near, ROLES, clock.today()) if own else []
    people = [one for one in people if one.id != actor.id]
    fields = (
        *_principal(typed, [one for one in people if one.org_id in deputy_orders.led_by(actor)], bool(own)),
        _deputy(typed, people),
        Field("process", "代理的事项", "select", typed.get("process", ""), required=True, options=KINDS,
              width="short"),
        *_place(typed, own),
        Field("valid_from", "从哪一天", "date", typed.get("valid_from") or clock.today().isoformat(), required=True,
              width="short"),
        Field("valid_to", "到哪一天", "date", typed.get("valid_to", ""), required=True, width="short",
              hint="当天 24:00 自动结束"),
        Field("reason", "原因", value=typed.get("reason", ""), hint="如：培训、病假", maxlength=LIMITS["reason"]),
    )  # fmt: skip
    return Form(fields, key=new_key(), button="设置代理")


def _principal(typed: dict[str, str], staff: list[Colleague], works_here: bool) -> list[Field]:
    """Whose desk it is: one's own, one of those one leads, or for an administrator a user name."""
    value, label = typed.get("principal", ""), "代谁办理"
    if administration.reach(current_actor(), current_world(), *administration.BOTH):
        hint = "填写用户名；不填则为本人" if works_here else "填写用户名"
        return [Field("principal", label, value=value, hint=hint, required=not works_here, maxlength=64)]
    if not staff:
        return []
    options = (Option("", f"{current_actor().name}（本人）"), *_options(staff))
    return [Field("principal", label, "select", value, options=options, required=True)]


def _deputy(typed: dict[str, str], people: list[Colleague]) -> Field:
    value, label, hint = typed.get("deputy", ""), "由谁代理", "本单位或上级主管部门的在任人员"
    if not people:
        return Field("deputy", label, value=value, hint=f"填写用户名；{hint}", required=True, maxlength=64)
    options = (Option("", "请选择"), *_options(people))
    return Field("deputy", label, "select", value, hint=hint, options=options, required=True)


def _options(people: list[Colleague]) -> list[Option]:
    """Everybody once, with the first desk at which he sits."""
    world, first = current_world(), {one.username: one for one in reversed(people)}
    return [
        Option(one.username, one.name, f"{world.name(one.org_id)} {ROLE_TITLES[one.role]}")
        for one in people
        if first[one.username] is one
    ]


def _place(typed: dict[str, str], own: list[int]) -> list[Field]:
    """At which of several offices; somebody who works at one has nothing to choose."""
    world = current_world()
    if len(own) < 2:
        return []
    options = (Option("", "全部岗位"), *(Option(world.office(one).code, world.name(one)) for one in own))
    return [Field("org", "哪个单位的岗位", "select", typed.get("org", ""), options=options, required=True)]
