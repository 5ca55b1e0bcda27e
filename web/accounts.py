"""Signing in and out."""

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web.auth import WrongPassword, change_password, current_visitor, public, sign_in, sign_out, signed_in
from web.database import current_house, read_session
from web.demo.accounts import read
from web.input import check_form
from web.pages.accounts import LoginPage, PasswordPage
from web.passwords import LONGEST, SHORTEST
from web.security import safe_next
from web.throttle import TooMany
from web.views import Fact, Field, FieldError, Form
from workflow.errors import Unacceptable, Unmet
from workflow.rights import TITLES
from workflow.world import Office, world_of

bp = Blueprint("accounts", __name__)
LONGEST_NAME = 64
LONGEST_PASSWORD = 1024
SHOWN = {"school_clerk": 3, "school_leader": 3, "dept_leader": 6, "security_admin": 2}
"""How many accounts of a role the login page of a demonstration lists; one where it does not say."""


@bp.get("/login")
@public
def login() -> Response | str:
    """Draw the form; who is signed in already goes on."""
    if signed_in():
        return redirect(safe_next(request.args.get("next"), url_for("inbox.show")), 303)
    return _page("")


@bp.post("/login")
@public
def enter() -> Response | tuple[str, int, dict[str, str]]:
    """Begin a session; a refusal never says which of the two was wrong."""
    username, password = request.form.get("username", ""), request.form.get("password", "")
    try:
        check_form(request.form)
        if not username.strip() or not password or len(username) > LONGEST_NAME or len(password) > LONGEST_PASSWORD:
            raise WrongPassword
        sign_in(username, password)
    except (WrongPassword, Unmet):
        return _page(username, "用户名或密码不正确"), 401, {}
    except TooMany as many:
        wait = f"尝试次数过多，请在 {-(-many.wait // 60)} 分钟后再试。"
        return _page(username, wait=wait), 429, {"Retry-After": str(many.wait)}
    return redirect(safe_next(request.form.get("next"), url_for("inbox.show")), 303)


@bp.post("/logout")
@public
def logout() -> Response:
    """End the session; done twice it does no harm."""
    sign_out()
    return redirect(url_for(".login"), 303)


@bp.get("/password")
def password() -> str:
    """Draw the form for another password."""
    return _password_page()


@bp.post("/password")
def change() -> Response | tuple[str, int]:
    """Change the password; a refusal says at which field."""
    current, new, again = (request.form.get(name, "") for name in ("current", "new", "again"))
    try:
        if new != again:
            raise Unacceptable("again", "两次输入的新密码不一致")
        change_password(current[:LONGEST_PASSWORD], new)
    except WrongPassword:
        return _password_page("current", "现在的密码不正确"), 422
    except Unacceptable as refused:
        return _password_page("again" if refused.field == "again" else "new", refused.message), 422
    flash("密码已修改", "done")
    return redirect(url_for("inbox.show"), 303)


def _password_page(field: str = "", fault: str = "") -> str:
    hint = f"{SHORTEST} 到 {LONGEST} 个字符，不要用常见的密码"
    fields = (
        Field("current", "现在的密码", "password", required=True, autocomplete="current-password", width="full"),
        Field("new", "新密码", "password", required=True, autocomplete="new-password", hint=hint, width="full"),
        Field("again", "再输一次新密码", "password", required=True, autocomplete="new-password", width="full"),
    )
    marked = tuple(replace(one, error=fault if one.name == field else "") for one in fields)
    form = Form(marked, (FieldError(fault, field),) if fault else (), button="修改密码")
    return render_template("accounts/password.html", page=PasswordPage(form, current_visitor().must_change))


def _page(username: str, fault: str = "", wait: str = "") -> str:
    shown = username[:LONGEST_NAME]
    fields = (
        Field("username", "用户名", value=shown, required=True, autocomplete="username", width="full"),
        Field("password", "密码", "password", required=True, autocomplete="current-password", width="full"),
    )
    errors = (FieldError(fault, "username"),) if fault else ()
    page = LoginPage(
        form=Form(fields, errors, button="登录"),
        next=safe_next(request.values.get("next"), ""),
        wait=wait,
        demo_accounts=_demo_accounts(),
    )
    return render_template("accounts/login.html", page=page)


def _demo_accounts() -> tuple[Fact, ...]:
    """Return who can sign in to a demonstration, some of every role; real data have no such list."""
    house = current_house()
    accounts = read(house.settings.data_dir) if house.demo else []
    if not accounts:
        return ()
    names = world_of(read_session()).by_code
    shown = [one for role in TITLES for one in [a for a in accounts if a["role"] == role][: SHOWN.get(role, 1)]]
    return tuple(
        Fact(one["username"], f"{_name(names, one['organisation'])} {TITLES[one['role']]}", f"密码 {one['password']}")
        for one in shown
    )


def _name(names: dict[str, Office], code: str) -> str:
    return names[code].name if code in names else code
