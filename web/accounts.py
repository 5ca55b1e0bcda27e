"""Signing in and out."""

import json

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web.auth import WrongPassword, public, sign_in, sign_out, signed_in
from web.database import current_house
from web.input import check_form
from web.pages import LoginPage
from web.security import safe_next
from web.throttle import TooMany
from web.views import Fact, Field, FieldError, Form
from workflow.errors import Unmet
from workflow.rights import TITLES

bp = Blueprint("accounts", __name__)
LONGEST_NAME = 64
LONGEST_PASSWORD = 1024
MOST_SHOWN = 24


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


def _page(username: str, fault: str = "", wait: str = "") -> str:
    fields = (
        Field("username", "用户名", value=username[:LONGEST_NAME], required=True, autocomplete="username"),
        Field("password", "密码", "password", required=True, autocomplete="current-password"),
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
    """Return who can sign in to a demonstration, from the list that the demo wrote; real data have no such list."""
    house = current_house()
    path = house.settings.data_dir / "accounts.json"
    if not house.demo or not path.is_file():
        return ()
    accounts = json.loads(path.read_text(encoding="utf-8"))
    return tuple(
        Fact(one["username"], one.get("title") or f"{one['organisation']} {_role(one)}", f"密码 {one['password']}")
        for one in accounts[:MOST_SHOWN]
    )


def _role(account: dict[str, str]) -> str:
    return TITLES.get(account["role"], account["role"])
