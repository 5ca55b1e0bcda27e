"""The way into the application for tests: a house with the cast in it, signed-in browsers and API callers."""

import itertools
import re
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import crypto
from models.evidence import Evidence
from models.people import Person
from models.session import reading, transact
from tests import compiled_templates
from tests.cast import MONDAY, Cast
from tests.play import PAPERS
from web.app import create_app
from web.config import Settings
from web.database import House
from web.passwords import Passwords
from workflow import people

PASSWORD = "Panda-Lantern-27"
_keys = itertools.count(1)


def settings_for(database: str, folder: Path) -> Settings:
    """Return settings on a test database, with passwords that cost next to nothing."""
    return Settings(
        data_dir=folder,
        database_url=database,
        migration_url=database,
        key_file=folder / "keys.json",
        argon2_memory=64,
        argon2_rounds=1,
    )


class Door:
    """An application on the cast's database."""

    def __init__(self, database: str, folder: Path, cast: Cast) -> None:
        self.cast, self.settings = cast, settings_for(database, folder)
        crypto.current().save(self.settings.key_file)
        self.app: Flask = create_app(self.settings)
        compiled_templates.use_in(self.app)
        self.house: House = self.app.extensions["house"]
        self.passwords: Passwords = self.app.extensions["passwords"]

    def ask(self, query: Any) -> list[Any]:
        """Return the first column of what the database answers now."""
        with reading(self.house.engine) as session:
            return list(session.scalars(query))

    def token(self, who: str) -> str:
        """Return a fresh bearer token of somebody of the cast."""

        def work(session: Session) -> str:
            return people.issue_token(session, session.get_one(Person, self.cast.person[who]), MONDAY)

        return transact(self.house.engine, work)

    def api(self, who: str) -> "Caller":
        return Caller(self.app.test_client(), self.token(who))

    def give_password(self, who: str, password: str = PASSWORD) -> str:
        """Let somebody of the cast sign in; returns the user name."""

        def work(session: Session) -> str:
            person = session.get_one(Person, self.cast.person[who])
            people.set_password(session, person, self.passwords.hash(password), changed_at=MONDAY)
            return person.username

        return transact(self.house.engine, work)

    def browser(self, who: str) -> FlaskClient:
        """Return a browser in which somebody of the cast is signed in."""
        client = self.app.test_client()
        assert sign_in(client, self.give_password(who)).status_code == 303
        return client

    def papers(self, school: str, kinds: tuple[str, ...] = PAPERS) -> list[str]:
        """Return the ids of papers that wait at a school. Only the rows: nobody opens the files."""

        def work(session: Session) -> list[str]:
            rows = [
                Evidence(
                    kind=kind,
                    org_id=self.cast.org[school],
                    file_name=f"{kind}.pdf",
                    media_type="application/pdf",
                    size=10,
                    digest=b"0" * 32,
                    storage_key="none",
                    data_key=b"",
                    uploaded_by=self.cast.person[f"{school}:school_clerk"],
                    uploaded_at=MONDAY,
                )
                for kind in kinds
            ]
            session.add_all(rows)
            session.flush()
            return [row.public_id for row in rows]

        return transact(self.house.engine, work)

    def request(self, school: str, pupil: str, grade: int = 5, **values: Any) -> dict[str, Any]:
        """Return the body of a request for a pupil, complete with papers."""
        return {
            "name": pupil,
            "record_no": self.cast.record_no.get(pupil, ""),
            "to": self.cast.code[school],
            "to_class": self.cast.room[(school, grade)].no,
            "target_grade": grade,
            "reason": "住址变更",
            "evidence": self.papers(school),
            "submit": True,
            **values,
        }


class Caller:
    """A program with a token."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/api/v1{path}", headers=self.headers)

    def post(self, path: str, body: Any = None, key: str | None = None, **options: Any) -> TestResponse:
        headers = {**self.headers, "Idempotency-Key": key or fresh_key()}
        return self.client.post(f"/api/v1{path}", json=body, headers=headers, **options)

    def patch(self, path: str, body: Any) -> TestResponse:
        return self.client.patch(f"/api/v1{path}", json=body, headers=self.headers)

    def act(self, no: str, action: str, key: str | None = None, **values: Any) -> TestResponse:
        """Take an action on the case as it is now, unless the values name a revision."""
        if "revision" not in values:
            values["revision"] = self.get(f"/cases/{no}").get_json().get("revision", 0)
        return self.post(f"/cases/{no}/actions/{action}", values, key)


def fresh_key() -> str:
    return f"test-key-{next(_keys):010d}"


def csrf_of(page: TestResponse) -> str:
    """Return the CSRF token of a page's form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.get_data(as_text=True))
    assert found, "the page has no form"
    return found[1]


def sign_in(client: FlaskClient, username: str, password: str = PASSWORD, **more: str) -> TestResponse:
    """Fill in the form of the login page."""
    token = csrf_of(client.get("/login"))
    return client.post("/login", data={"csrf_token": token, "username": username, "password": password, **more})
