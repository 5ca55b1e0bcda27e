"""How a clerk uses pages without script: reads what is drawn, fills in a form that is there, presses its button."""

import io
from dataclasses import dataclass, field
from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.door import Door


@dataclass
class DrawnForm:
    """A form as the browser knows it: where it goes and what it would send untouched."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    words: str = ""


class Page(HTMLParser):
    """A page that was read: its words, its forms, and every address it points to."""

    def __init__(self, address: str, status: int, html: str) -> None:
        super().__init__()
        self.address, self.status, self.html = address, status, html
        self.forms: list[DrawnForm] = []
        self.links: list[str] = []
        self._words: list[str] = []
        self._form: DrawnForm | None = None
        self._select = self._area = ""
        self._silent = 0
        self.feed(html)

    @property
    def words(self) -> str:
        """What stands on the page, every run of blanks as one."""
        return " ".join(" ".join(self._words).split())

    def form(self, where: str, method: str = "post") -> DrawnForm:
        """Return the one form whose address ends like this; without it the clerk is stuck."""
        found = [one for one in self.forms if one.method == method and one.action.partition("?")[0].endswith(where)]
        assert len(found) == 1, f"{len(found)} forms to {where} on {self.address}: {self.words[:2000]}"
        return found[0]

    def offers(self, where: str) -> bool:
        """Tell whether there is a form that goes there."""
        return any(form.method == "post" and form.action.partition("?")[0].endswith(where) for form in self.forms)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._silent += tag in ("script", "style", "svg")
        self.links += [given[name] for name in ("href", "src") if given.get(name)]
        if tag == "form":
            self._form = DrawnForm(given.get("action", self.address), given.get("method", "get").lower())
            self.forms.append(self._form)
        if self._form is not None:
            self._note_field(self._form, tag, given)

    def _note_field(self, form: DrawnForm, tag: str, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag in ("input", "select", "textarea", "button") and name and "disabled" not in given:
            form.names.add(name)
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = name
            form.values[name] = ""
        elif tag == "option" and self._select and ("selected" in given or self._select not in form.values):
            form.values[self._select] = given.get("value", "")
        elif tag == "input" and name and (kind not in ("radio", "checkbox", "file") or "checked" in given):
            form.values[name] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style", "svg")
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        self._words.append(data)
        if self._form is not None:
            self._form.words += data
            if self._area:
                self._form.values[self._area] += data


class Visitor:
    """Somebody of the cast at a browser without script, signed in once."""

    def __init__(self, door: Door, who: str) -> None:
        self.who = who
        self.client: FlaskClient = door.browser(who)
        self.page = Page("", 0, "")

    def open(self, address: str) -> Page:
        """Follow a link."""
        return self._read(self.client.get(address, follow_redirects=True))

    def send(self, where: str, /, status: int = 200, **typed: str | tuple[str, bytes]) -> Page:
        """Fill in the form of this page that goes to `where` and press its button; a file is (name, content)."""
        form = self.page.form(where)
        strange = set(typed) - form.names
        assert not strange, f"{strange} cannot be typed into the form to {where}; it has {sorted(form.names)}"
        data = {**form.values, **{k: v if isinstance(v, str) else (io.BytesIO(v[1]), v[0]) for k, v in typed.items()}}
        answer = self.client.post(form.action, data=data, content_type="multipart/form-data", follow_redirects=True)
        return self._read(answer, status)

    def _read(self, answer: TestResponse, status: int = 200) -> Page:
        self.page = Page(answer.request.path, answer.status_code, answer.get_data(as_text=True))
        assert answer.status_code == status, f"{answer.request.path}: {answer.status_code} {self.page.words[:1500]}"
        return self.page
