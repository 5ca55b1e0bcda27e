"""Posts and accounts: the list with its filter, giving and ending posts, opening and closing accounts."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.people import ROLES, Person, Post
from web import clock
from web.admin.frame import bp, errors_of, given_back, reach, reach_or_refuse, search_text, typed
from web.auth import current_actor, current_world
from web.cases import new_key
from web.database import read_session, write
from web.demo.accounts import new_password
from web.formats import dotted
from web.pages.administration import AccountCard, EndingCard, PostRow, PostsPage
from web.passwords import Passwords
from web.present.words import ROLE_TITLES
from web.views import ActionReason, Fact, Field, FieldError, Form, Option, Pager
from workflow import ending_posts, organisation_changes, posts
from workflow.administration import BOTH, SECURITY, SYSTEM
from workflow.ending_posts import Left
from workflow.errors import Unacceptable, Unmet
from workflow.people import ADMINISTRATORS
from workflow.posts import Held, Wanted

PAGE = 25
MOST_ALARMS, MOST_WATCHED = 5, 500
MISSING_LEADER = "{name}没有主管领导在任，待办会移交上级办理。"
USERNAME_HINT = "小写字母、数字、点、下划线或短横"
ROLE_CHOICES = tuple(Option(role, ROLE_TITLES[role]) for role in ROLES)


@dataclass(frozen=True)
class Back:
    """A form that comes back: which one (post, account, card or none), what was typed, what is wrong."""

    form: str
    values: dict[str, str]
    error: Unmet | Unacceptable


@dataclass(frozen=True)
class Secret:
    """A password that is shown this once."""

    username: str
    password: str
    note: str


@bp.get("/posts", endpoint="posts")
def index() -> str:
    """Draw the list of posts, and one account beside it when the address names one."""
    reach_or_refuse(*BOTH)
    return _draw()


@bp.post("/posts")
def change_post() -> Response | str | tuple[str, int]:
    """Give a post, or end one when the form names it; before that the page asks what is known of the desk."""
    reach_or_refuse(*BOTH)
    values, actor, world, now = typed(), current_actor(), current_world(), clock.now()
    try:
        if values.get("end"):
            if values.get("confirm") != "1":
                return _draw(ending=_ending(*ending_posts.ending(read_session(), actor, world, values["end"], now)))
            post, person = write(lambda session: ending_posts.end(session, actor, world, values["end"], now))
            word = f"{person.name}不再担任{world.name(post.org_id)}{ROLE_TITLES[post.role]}"
        else:
            person, post = write(lambda session: posts.give(session, actor, world, values, now))
            word = f"{person.name}担任{world.name(post.org_id)}{ROLE_TITLES[post.role]}"
    except Unmet as refused:
        return _draw(Back("end" if values.get("end") else "post", values, refused)), 422
    flash(word, "done")
    return redirect(url_for(".posts"), 303)


@bp.post("/posts/accounts")
def open_account() -> tuple[str, int]:
    """Open an account; its first password is on the answer and nowhere else."""
    reach_or_refuse(SYSTEM)
    values, password = typed(), new_password()
    actor, world, now, hashed = current_actor(), current_world(), clock.now(), _hashed(password)
    try:
        person = write(lambda session: posts.open_account(session, actor, world, values, hashed, now))
    except Unmet as refused:
        return _draw(Back("account", values, refused)), 422
    return _draw(secret=Secret(person.username, password, f"已为{person.name}新建账号")), 200


@bp.post("/posts/accounts/<public_id>")
def change_account(public_id: str) -> Response | tuple[str, int]:
    """Change how an account is reached, set a new password, or end it (`act`: save, password, disable)."""
    reach_or_refuse(*BOTH)
    values, actor, world, now = typed(), current_actor(), current_world(), clock.now()
    password = new_password()
    try:
        if values.get("act") == "password":
            hashed = _hashed(password)
            person = write(lambda session: posts.renew_password(session, actor, world, public_id, hashed, now))
            return _draw(secret=Secret(person.username, password, f"已重置{person.name}的密码"), shown=public_id), 200
        if values.get("act") == "disable":
            person = write(lambda session: posts.disable(session, actor, world, public_id, now))
        else:
            person = write(lambda session: posts.change_account(session, actor, world, public_id, values, now))
    except (Unmet, Unacceptable) as refused:
        return _draw(Back("card", values, refused), shown=public_id), 422
    flash(f"账号 {person.username} {'已停用' if values.get('act') == 'disable' else '已保存'}", "done")
    return redirect(url_for(".posts", person=public_id), 303)


def _hashed(password: str) -> str:
    passwords: Passwords = current_app.extensions["passwords"]
    return passwords.hash(password)


# ---- the page --------------------------------------------------------------------------------------------------------


def _draw(
    back: Back | None = None, secret: Secret | None = None, shown: str = "", ending: EndingCard | None = None
) -> str:
    query, wrong = search_text()
    wanted, faults = _wanted(query)
    if wrong:
        faults = (FieldError(f"查找的内容有误：{wrong}", "q"), *faults)
    held = [] if faults else _held(wanted)
    shown = shown or request.args.get("person", "")
    form, account = _post_form(), _account_form() if reach(SYSTEM) else None
    page = PostsPage(
        rows=tuple(_row(one) for one in held[:PAGE]),
        form=given_back(form, back.values, back.error) if back and back.form == "post" else form,
        filter=_filter(query, wanted, faults),
        pager=_pager(held),
        alarms=_alarms(back, wanted),
        account_form=given_back(account, back.values, back.error)
        if account and back and back.form == "account"
        else account,
        ending=ending,
        account=_card(shown, back if back and back.form == "card" else None) if shown else None,
        secret=(Fact("用户名", secret.username), Fact("一次性密码", secret.password)) if secret else (),
        secret_note=secret.note if secret else "",
    )
    return render_template("admin/posts.html", page=page)


def _ending(left: Left, person: Person) -> EndingCard:
    """Return what somebody must know before he ends a post."""
    facts = (
        Fact("本人正在办理", f"{left.his} 件，离任后交回岗位" if left.his else "没有"),
        Fact("岗位待办", f"{left.waiting} 件" if left.waiting else "没有"),
        Fact("其他在任", f"{left.others} 人" if left.others else "没有"),
    )
    return EndingCard(
        id=left.post.public_id,
        person=person.name,
        post=f"{current_world().name(left.post.org_id)} {ROLE_TITLES[left.post.role]}",
        facts=facts,
        alone=left.others == 0,
        hand_over_url=url_for(".show_hand_over", public_id=person.public_id),
        cancel_url=url_for(".posts"),
    )


def _held(wanted: Wanted) -> list[Held]:
    return posts.listed(read_session(), current_actor(), current_world(), wanted, clock.today(), _after(), PAGE + 1)


def _wanted(query: str) -> tuple[Wanted, tuple[FieldError, ...]]:
    role, code = request.args.get("role", ""), request.args.get("org", "").strip()
    office = current_world().by_code.get(code)
    faults: tuple[FieldError, ...] = ()
    if code and (office is None or office.id not in reach(*BOTH)):
        faults = (FieldError("在您管理的范围内没有这个代码的单位", "org"),)
    former = request.args.get("former") == "1"
    return Wanted(query, role if role in ROLES else "", office.id if office else None, former), faults


def _row(held: Held) -> PostRow:
    post, today = held.post, clock.today()
    ended = post.valid_to is not None and post.valid_to < today
    role_is_mine_to_give = post.role not in ADMINISTRATORS or post.org_id in reach(SECURITY)
    return PostRow(
        post.public_id,
        held.person.name,
        held.person.username,
        current_world().name(post.org_id),
        ROLE_TITLES[post.role],
        post.valid_from,
        post.valid_to if post.valid_to is None or post.valid_to >= post.valid_from else post.valid_from,
        held.room,
        _state(post, held.person, today),
        url_for(".posts", person=held.person.public_id),
        may_end=not ended and role_is_mine_to_give and held.person.id != current_actor().id,
    )


def _state(post: Post, person: Person, today: dt.date) -> str:
    if post.valid_to is not None and post.valid_to < today:
        return "已离任"
    if person.disabled_at is not None:
        return "账号停用"
    return "未到任" if post.valid_from > today else "在任"


def _alarms(back: Back | None, wanted: Wanted) -> tuple[ActionReason, ...]:
    found = (
        [ActionReason(error.message) for error in errors_of(back.error, set())] if back and back.form == "end" else []
    )
    world = current_world()
    watched = [world.office(number) for number in sorted(reach(*BOTH) if wanted.org_id is None else {wanted.org_id})]
    if len(watched) <= MOST_WATCHED:
        empty = organisation_changes.leaderless(read_session(), watched, clock.today())
        found += [ActionReason(MISSING_LEADER.format(name=one.name), "warn") for one in empty[:MOST_ALARMS]]
        if len(empty) > MOST_ALARMS:
            found.append(ActionReason(f"另有 {len(empty) - MOST_ALARMS} 个单位没有主管领导，见单位页。", "warn"))
    return tuple(found)


def _filter(query: str, wanted: Wanted, faults: tuple[FieldError, ...]) -> Form:
    wrong = {fault.field: fault.message for fault in faults}
    roles = (Option("", "全部岗位"), *ROLE_CHOICES)
    states, state = (Option("", "现任"), Option("1", "含已离任")), "1" if wanted.former else ""
    code = request.args.get("org", "").strip()[:20]
    return Form(
        (
            Field("q", "姓名或用户名", "search", query, error=wrong.get("q", ""), maxlength=50, width="short"),
            Field("org", "单位代码", "search", code, error=wrong.get("org", ""), maxlength=20, width="short"),
            Field("role", "岗位", "select", wanted.role, required=True, options=roles, width="short"),
            Field("former", "范围", "select", state, required=True, options=states, width="short"),
        ),
        button="筛选",
    )


def _pager(held: list[Held]) -> Pager:
    kept: dict[str, Any] = {
        name: request.args[name] for name in ("q", "org", "role", "former") if request.args.get(name)
    }
    first = url_for(".posts", **kept) if request.args.get("after") else ""
    if len(held) <= PAGE:
        return Pager(first_url=first)
    username, number = held[PAGE - 1].cursor
    return Pager(next_url=url_for(".posts", **kept, after=f"{number}-{username}"), first_url=first)


def _after() -> tuple[str, int] | None:
    number, _, username = request.args.get("after", "").partition("-")
    plain = username.isascii() and username.isprintable() and number.isascii() and number.isdigit()
    return (username[:64], int(number)) if plain and username and len(number) < 16 else None


# ---- the forms -------------------------------------------------------------------------------------------------------


def _roles() -> tuple[Option, ...]:
    """Return the roles the visitor may give."""
    return tuple(one for one in ROLE_CHOICES if one.value not in ADMINISTRATORS or reach(SECURITY))


def _post_fields(required: bool) -> tuple[Field, ...]:
    none = () if required else (Option("", "暂不任岗位"),)
    return (
        Field("org", "单位代码", required=required, inputmode="numeric", maxlength=20, width="short"),
        Field("role", "岗位", "select", required=required, options=(*none, *_roles()), width="short"),
        Field("class", "班号", hint="只有班主任填写，7 位", inputmode="numeric", maxlength=7, width="short"),
        Field("valid_from", "从", "date", clock.today().isoformat(), required=required, width="short"),
        Field("valid_to", "到", "date", hint="不填为长期", width="short"),
    )


def _post_form() -> Form:
    person = Field("person", "用户名", required=True, hint="先有账号，再任岗位", autocomplete="off", maxlength=64)
    return Form((person, *_post_fields(True)), key=new_key(), button="任命")


def _account_form() -> Form:
    fields = (
        Field("username", "用户名", required=True, hint=USERNAME_HINT, autocomplete="off", maxlength=64),
        Field("name", "姓名", required=True, autocomplete="off", maxlength=50),
        Field("email", "电子邮箱", "email", hint="接收待办通知", autocomplete="off", maxlength=254),
        Field("phone", "办公电话", "tel", autocomplete="off", maxlength=40, width="short"),
    )
    return Form((*fields, *_post_fields(False)), key=new_key(), button="新建账号")


def _card(public_id: str, back: Back | None) -> AccountCard:
    actor, world, today = current_actor(), current_world(), clock.today()
    person, held = posts.account(read_session(), actor, world, public_id)
    why = posts.may_manage(actor, world, person, held, today)
    disabled = person.disabled_at is not None
    form = Form(
        (
            Field("email", "电子邮箱", "email", person.email, autocomplete="off", maxlength=254),
            Field("phone", "办公电话", "tel", person.phone, autocomplete="off", maxlength=40, width="short"),
        ),
        key=new_key(),
        button="保存",
    )
    if back:
        form = given_back(form, back.values, back.error)
        if back.values.get("act") in ("password", "disable"):
            form = replace(form, fields=_contact(form, person))
    return AccountCard(
        name=person.name,
        facts=(
            Fact("用户名", person.username),
            Fact("状态", "已停用" if disabled else "可以登录" if person.password_hash else "还没有密码"),
            *(Fact(_term(post), f"{world.name(post.org_id)} {ROLE_TITLES[post.role]}") for post in _visible(held)),
        ),
        url=url_for(".change_account", public_id=public_id),
        close_url=url_for(".posts"),
        form=form if back or (not why and not disabled) else None,
        disabled=disabled,
        why_not=why,
        hand_over_url="" if disabled or why else url_for(".show_hand_over", public_id=public_id),
    )


def _contact(form: Form, person: Person) -> tuple[Field, ...]:
    stored = {"email": person.email, "phone": person.phone}
    return tuple(replace(field, value=stored[field.name]) for field in form.fields)


def _visible(held: list[Post]) -> list[Post]:
    """Return the posts at offices within reach; where else somebody works is not ours to show."""
    return [post for post in held if post.org_id in reach(*BOTH)]


def _term(post: Post) -> str:
    return f"{dotted(post.valid_from)} 至{' ' + dotted(max(post.valid_to, post.valid_from)) if post.valid_to else '今'}"
