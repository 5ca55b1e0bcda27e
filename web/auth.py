"""Who is signed in: Flask-Login over the sessions of our own table, passwords, bearer tokens, and `@public`.

Every page wants a login unless it is marked. A page asks `current_actor()`; it holds the posts of today.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, Request, current_app, g, request, session
from flask_login import LoginManager, UserMixin, login_user, logout_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people import Person
from web import clock, throttle
from web.database import read_session, write
from web.passwords import Passwords, check_new
from web.sessions import BrowserSession, TableSessions, Visitor, bearer
from workflow import people
from workflow.errors import Unacceptable
from workflow.step import Actor
from workflow.world import World, world_of

View = TypeVar("View", bound=Callable[..., Any])


class NotSignedIn(Exception):
    """The page or call needs somebody; `lapsed` when a session was there and ran out."""

    def __init__(self, lapsed: bool = False) -> None:
        super().__init__("not signed in")
        self.lapsed = lapsed


class WrongPassword(Exception):
    """User name and password do not belong together, or the account has ended: never said which."""


class MustChangePassword(Exception):
    """The password was given out by somebody else; nothing is done before it is changed."""


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """What Flask-Login knows about a person."""

    def __init__(self, visitor: Visitor) -> None:
        self.id = str(visitor.actor.id)
        self.visitor = visitor


def public(view: View) -> View:
    """Mark a view that strangers may use."""
    view.is_public = True  # type: ignore[attr-defined]  # a mark on the function itself
    return view


def init_app(app: Flask) -> None:
    """Put sessions, Flask-Login and the gate before every view into place."""
    app.session_interface = TableSessions(app.extensions["house"])
    app.extensions["passwords"] = Passwords(app.extensions["house"].settings)
    manager = LoginManager()
    manager.session_protection = None  # the row in web_session is the protection; addresses change on telephones
    manager.init_app(app)
    manager.user_loader(_signed_in)
    manager.request_loader(_by_token)
    app.before_request(_gate)


def signed_in() -> bool:
    """Tell whether somebody is there."""
    return "visitor" in g


def current_visitor() -> Visitor:
    """Return who is there. Raises NotSignedIn."""
    if "visitor" not in g:
        raise NotSignedIn
    return cast(Visitor, g.visitor)


def current_actor() -> Actor:
    """Return who acts, with the posts held today. Raises NotSignedIn."""
    return current_visitor().actor


def current_world() -> World:
    """Return organisations, policies and calendars as they were when the person was recognised; no statement asked."""
    return world_of(read_session(), current_visitor().stamp)


def sign_in(username: str, password: str) -> None:
    """Begin a session for whoever this is. Raises WrongPassword or TooMany."""
    now, address = clock.now(), request.remote_addr or ""
    subjects = {"account": username.strip().casefold(), "address": address, "all": "everybody"}
    reader = read_session()
    throttle.check(reader, "login", now, **subjects)
    person = reader.scalars(select(Person).where(Person.username == username.strip())).one_or_none()
    passwords: Passwords = current_app.extensions["passwords"]
    usable = person is not None and person.disabled_at is None
    stored = person.password_hash if person is not None and usable else None
    if not passwords.fits(stored, password) or person is None or stored is None:
        write(lambda database: throttle.count(database, "login", now, **subjects))
        raise WrongPassword
    renewed = passwords.hash(password) if passwords.is_outdated(stored) else None
    browser = cast(BrowserSession, session)
    browser.clear()
    login_user(SignedIn(Visitor(Actor(person.id, person.name), person.username, 0)))

    def begin(database: Session) -> None:
        throttle.forgive(database, "login", account=subjects["account"])
        if renewed:
            database.get_one(Person, person.id).password_hash = renewed
        browser.begin(database, person.id, now)

    write(begin)


def change_password(current: str, new: str) -> None:
    """Give the person another password; every other session ends. Raises WrongPassword, TooMany or Unacceptable."""
    visitor, now = current_visitor(), clock.now()
    account = {"account": visitor.username.casefold()}
    reader, passwords = read_session(), cast(Passwords, current_app.extensions["passwords"])
    throttle.check(reader, "login", now, **account)
    stored = reader.get_one(Person, visitor.actor.id).password_hash
    if not passwords.fits(stored, current):
        write(lambda database: throttle.count(database, "login", now, **account))
        raise WrongPassword
    check_new(new, visitor.username)
    if new == current:
        raise Unacceptable("new", "新密码与现在的密码相同", "password_unacceptable")
    hashed, browser = passwords.hash(new), cast(BrowserSession, session)

    def work(database: Session) -> None:
        people.set_password(database, database.get_one(Person, visitor.actor.id), hashed, changed_at=now)
        browser.begin(database, visitor.actor.id, now)

    write(work)


def sign_out() -> None:
    """End the session here and in the table."""
    browser = cast(BrowserSession, session)
    write(browser.end)
    logout_user()
    browser.forget()


def _signed_in(_user_id: str) -> SignedIn | None:
    """Return the person of the session's row, which was read when the request began; the cookie has no say."""
    visitor = cast(BrowserSession, session).visitor
    return SignedIn(visitor) if visitor else None


def _by_token(request: Request) -> SignedIn | None:
    visitor = getattr(g, "visitor", None)
    return SignedIn(visitor) if visitor else None


def _gate() -> None:
    """Let nobody through to a view that is not public, unless somebody is signed in."""
    if request.path.startswith("/api/"):
        _recognise_token()
    else:
        visitor = getattr(session, "visitor", None)
        if visitor is not None:
            g.visitor = visitor
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint == "static" or getattr(view, "is_public", False):
        return
    if "visitor" not in g:
        raise NotSignedIn(getattr(session, "lapsed", False))
    if current_visitor().must_change and request.blueprint not in ("accounts", "api"):
        raise MustChangePassword


def _recognise_token() -> None:
    scheme, _, word = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not word.strip():
        return
    now, address = clock.now(), request.remote_addr or ""
    visitor = bearer(read_session(), word.strip(), now)
    if visitor is not None:
        g.visitor = visitor
        return
    throttle.check(read_session(), "token", now, address=address)
    write(lambda database: throttle.count(database, "token", now, address=address))

