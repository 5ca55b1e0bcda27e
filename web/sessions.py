"""Sessions live in the table `web_session`; the cookie holds a random word and nothing else.

A visitor who is not signed in has no row: his CSRF token and `next` travel in a signed cookie, so that nobody can fill
the table without an account. Signing in makes a new row, signing out removes it, and what was copied is worthless.
"""

import datetime as dt
import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import CallbackDict

from models.people import ApiToken, Person, Post, WebSession
from models.session import LockTimeout, reading, transact
from web import clock
from web.database import House
from workflow import deputies
from workflow.calendar import day_of
from workflow.people import token_digest
from workflow.step import Actor, Desk
from workflow.world import stamp_column

IDLE = dt.timedelta(minutes=30)
ABSOLUTE = dt.timedelta(hours=12)
TOUCH = dt.timedelta(seconds=60)
"""A session is written at most this often only to say that it is still in use."""
WITHOUT = ("/static/", "/api/", "/healthz", "/readyz", "/metrics")
"""Paths that have no session; the API knows people by their token."""


@dataclass(frozen=True)
class Visitor:
    """Who is there: the person with the posts held today, and the version of the world read along with them."""

    actor: Actor
    username: str
    stamp: int
    must_change: bool = False
    """The password was given out by an administrator and opens nothing but the page to change it."""


class BrowserSession(CallbackDict[str, Any], SessionMixin):
    """What `flask.session` is. `row` is what the table holds of it, `word` a new word for the cookie."""

    def __init__(self, values: dict[str, Any] | None = None, row: Any = None, visitor: Visitor | None = None) -> None:
        super().__init__(values, _note_change)
        self.modified = False
        self.accessed = True
        self.row = row
        self.visitor = visitor
        self.word = ""
        self.lapsed = False

    @property
    def permanent(self) -> bool:
        return False

    @permanent.setter
    def permanent(self, value: bool) -> None:
        """A session ends with the browser at the latest; nothing can make it last longer."""

    def begin(self, database: Session, person_id: int, now: dt.datetime) -> None:
        """Start as this person: a new row under a new word, the old row gone. The caller commits."""
        self.word = "s." + secrets.token_urlsafe(32)
        if self.row is not None:
            database.execute(delete(WebSession).where(WebSession.token_digest == self.row.token_digest))
        database.execute(delete(WebSession).where(WebSession.expires_at <= now))
        database.add(
            WebSession(
                token_digest=digest_of(self.word),
                person_id=person_id,
                data=dict(self),
                created_at=now,
                seen_at=now,
                expires_at=now + ABSOLUTE,
            )
        )
        self.modified = False

    def end(self, database: Session) -> None:
        """Remove the row. The caller commits and then forgets what the session held."""
        if self.row is not None:
            database.execute(delete(WebSession).where(WebSession.token_digest == self.row.token_digest))

    def forget(self) -> None:
        """Be a stranger's session from now on."""
        self.clear()
        self.visitor, self.row, self.modified = None, None, True


def _note_change(values: CallbackDict[str, Any]) -> None:
    values.modified = True  # type: ignore[attr-defined]  # the dictionary is the session itself


class TableSessions(SessionInterface):
    """Flask's door to the table."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.cookie = "__Host-xuejiban" if house.settings.is_secure else "xuejiban"

    def open_session(self, app: Flask, request: Request) -> BrowserSession:
        if request.path.startswith(WITHOUT):
            return BrowserSession()
        word = request.cookies.get(self.cookie, "")
        if word.startswith("s."):
            return self._stored(word)
        try:
            values = self._signer(app).loads(word, max_age=int(ABSOLUTE.total_seconds())) if word else {}
        except BadSignature:
            values = {}
        return BrowserSession(values if isinstance(values, dict) else {})

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, BrowserSession)
        if session.word:
            self._set(response, session.word)
            self._keep(session, digest_of(session.word), clock.now())
        elif session.visitor is not None:
            self._keep(session, session.row.token_digest, session.row.seen_at)
        elif session.lapsed or session.modified:
            self._leave_unsigned(app, session, response)

    def _stored(self, word: str) -> BrowserSession:
        now = clock.now()
        with reading(self.house.engine) as database:
            rows = database.execute(_KNOWN, {"day": day_of(now), "digest": digest_of(word)}).all()
        row = rows[0] if rows else None
        if row is None or row.expires_at <= now or row.seen_at + IDLE <= now:
            session = BrowserSession(row=row)
            session.lapsed = True
            return session
        return BrowserSession(dict(row.data), row, _visitor(rows))

    def _keep(self, session: BrowserSession, digest: bytes, seen_at: dt.datetime) -> None:
        """Store what changed, or say once a minute that the session is in use; never bring an ended one back."""
        now = clock.now()
        values: dict[str, Any] = {}
        if session.modified:
            values["data"] = dict(session)
        if now - seen_at >= TOUCH:
            values["seen_at"] = now
        if values:
            mine = WebSession.token_digest == digest
            with suppress(LockTimeout):  # somebody else writes for long; the next request says it again
                change = update(WebSession).where(mine).values(**values)
                transact(self.house.engine, lambda database: database.execute(change))

    def _leave_unsigned(self, app: Flask, session: BrowserSession, response: Response) -> None:
        if session:
            self._set(response, str(self._signer(app).dumps(dict(session))))
        else:
            response.delete_cookie(self.cookie, secure=self.house.settings.is_secure, httponly=True, samesite="Lax")

    def _set(self, response: Response, word: str) -> None:
        secure = self.house.settings.is_secure
        response.set_cookie(self.cookie, word, secure=secure, httponly=True, samesite="Lax", path="/")

    def _signer(self, app: Flask) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="visitor")


def digest_of(word: str) -> bytes:
    """Return what is stored of a session's word."""
    return hashlib.sha256(word.encode()).digest()


def bearer(session: Session, word: str, now: dt.datetime) -> Visitor | None:
    """Return who a bearer token stands for, or None if it is unknown, revoked, expired or its owner's account ended."""
    rows = session.execute(_BEARER, {"day": day_of(now), "digest": token_digest(word), "now": now}).all()
    return _visitor(rows) if rows else None


_PERSON = (
    Person.id, Person.name, Person.username, Person.password_changed_at, Post.org_id, Post.role, Post.class_id,
)  # fmt: skip


_HELD = (
    (Post.person_id == Person.id)
    & (Post.valid_from <= bindparam("day"))
    & (Post.valid_to.is_(None) | (Post.valid_to >= bindparam("day")))
)
_KNOWN = (
    select(
        WebSession.token_digest, WebSession.data, WebSession.seen_at, WebSession.expires_at, *_PERSON,
        stamp_column().label("stamp"), deputies.column(Person.id).label("orders"),
    )
    .join(Person, Person.id == WebSession.person_id)
    .outerjoin(Post, _HELD)
    .where(WebSession.token_digest == bindparam("digest"), Person.disabled_at.is_(None))
)  # fmt: skip
"""The session's row with its person, the posts held today and the version of the world."""
_BEARER = (
    select(*_PERSON, stamp_column().label("stamp"), deputies.column(Person.id).label("orders"))
    .select_from(ApiToken)
    .join(Person, Person.id == ApiToken.person_id)
    .outerjoin(Post, _HELD)
    .where(
        ApiToken.token_digest == bindparam("digest"),
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at.is_(None) | (ApiToken.expires_at > bindparam("now")),
        Person.disabled_at.is_(None),
    )
)
"""The same for the owner of a token."""


def _visitor(rows: Any) -> Visitor:
    desks = tuple(Desk(row.org_id, row.role, row.class_id) for row in rows if row.role)
    first = rows[0]
    must_change = first.password_changed_at is None
    orders = deputies.stand_ins_of(first.orders) if desks else ()
    return Visitor(Actor(first.id, first.name, desks, orders), first.username, int(first.stamp), must_change)
