"""Whatever is typed, pasted or forged: never a 500, a refusal leaves nothing behind, and nothing comes back raw."""

import html
import io
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models.people import Attempt
from models.session import make_engine, transact
from tests import cast, postgres
from tests.cast import MONDAY
from tests.play import Play
from tests.web.door import Door, fresh_key
from tests.web.two_worlds import ANONYMOUS, Visitor, Worlds, build, let_in
from web import clock
from workflow import policy_proposals
from workflow.calendar import day_of
from workflow.policy_changes import Setting
from workflow.world import world_of

WHO = ("a1:school_clerk", "a1:school_leader", "k1:dept_leader", "prov:system_admin", "prov:security_admin", ANONYMOUS,
       "city1:arbitrator", "k1:dept_clerk", "e1:school_clerk")
Value = str | bytes

# ---- the corpus ------------------------------------------------------------------------------------------------------

CORE: tuple[Value, ...] = (
    "a\0b",
    b"\xed\xa0\x80",
    "\u202e倒着写",
    "长" * 10_000,
    '"><script>alert(7)</script>',
    "a\r\nX-Evil: 1\r\n\r\nb",
    "1" * 23,
    "9" * 5000,
    "",
)
"""What breaks most; it meets every single field."""
REST: tuple[Value, ...] = (
    "👩🏽‍🎓",
    "𠮷田䶮",
    "\ufeff首",
    "e" + "\u0301" * 300,
    "\ue000",
    "\U0010ffff",
    "\x7f\x1b[31m",
    "\u2028行",
    "\u200b",
    "   ",
    "\t",
    "{{7*7191}}",
    "{% for x in y %}",
    "${7*7191}",
    "%s%n%d",
    "' OR 1=1 --",
    "'; DROP TABLE person; --",
    "%' OR '%'='",
    "_%_",
    "\\",
    "\\u0000",
    '=HYPERLINK("http://x")',
    "@SUM(1)",
    "+cmd|' /C calc'!A0",
    "<img src=x onerror=alert(7)>",
    "<!--",
    "]]>",
    "javascript:alert(7)",
    "//evil.example",
    "/\\evil.example",
    "https:evil.example",
    "../../etc/passwd",
    "..%2f..%2fetc",
    "CON.pdf",
    "file:///etc/passwd",
    "http://169.254.169.254/",
    "１２３４５６",
    "٣",
    "²",
    "-1",
    "0",
    "1e309",
    "NaN",
    "Infinity",
    "null",
    "undefined",
    "true",
    "[]",
    "{}",
    '{"a":1}',
    "[object Object]",
    "9223372036854775808",
    "2147483648",
    "0x10",
    "1.5",
    "2015-02-29",
    "0000-00-00",
    "9999-12-31",
    "31/12/2015",
    "2025-9-1",
    "20251301",
    "２０２５-０９-０１",
    "2025-09-01T00:00",
    "11010519491231002x",
    "G990101201403120057",
    b"\xff\xfe",
    b"\xc0\xaf",
    b"%",
    b"%ZZ",
    "a@b.c,d@e.f",
    "a\nb@c.d",
    "draft",
    "school_leader",
)
RAW = ("<script>alert(7)", "<img src=x onerror", "50337", 'href="javascript:')
"""What no page may say: a tag that was typed, a sum that a template worked out, an address that is a program."""


@dataclass(frozen=True)
class Form:
    """A form of a page: who fills it in, what goes along, and the fields that take turns being nasty.

    `never` tells that it can not succeed as it is filled in here; `shown` which fields a refusal must give back.
    """

    who: str
    path: str
    fields: tuple[str, ...]
    base: dict[str, str] = field(default_factory=dict)
    shown: tuple[str, ...] = ()


OUTSIDE = tuple(f"outside.{name}" for name in ("province", "school", "code", "dept", "phone", "request_no"))
POST_FIELDS = ("org", "role", "class", "valid_from", "valid_to")
CLERK, LEADER, DEPT, SYSTEM, SECURITY = WHO[:5]
ARBITRATOR, OFFICER, OTHER_CLERK = WHO[6:]
CORRECTED = ("name", "sex", "birth_date", "id_type", "id_number", "x")
RULE_FIELDS = ("value", "value.primary", "value.count", "stage", "citation", "valid_from", "valid_to", "reason", "act")


RULES = ("class.size", "terms", "transfer.windows", "reminder.ladder", "guard.T6", "transfer.reasons")
"""One rule of each shape."""


def forms(worlds: Worlds, drafts: dict[str, str], rules: Sequence[str]) -> list[Form]:
    """Every form of the pages; none of them can go through by its base alone."""
    run, revision = worlds.cases["A run"], {"revision": "0"}
    act = {"revision": "2", "idempotency_key": "nasty-key-000000000001"}
    office, person = worlds.offices["a2"], worlds.people["b1:school_clerk"]
    return [
        Form(CLERK, "/transfers/new", ("direction", "name", "record_no", "handle"), {"direction": "inside"},
             ("name", "record_no")),
        Form(CLERK, f"/transfers/{drafts['inside']}/school", ("target_grade", "to_class", "revision", "outside"),
             revision),
        Form(CLERK, f"/transfers/{drafts['incoming']}/school", (*OUTSIDE, "outside", "outside.x", "target_grade.x"),
             revision, OUTSIDE[:2]),
        Form(CLERK, f"/transfers/{drafts['inside']}/reason", ("reason", "reason_note", "reason_note.x", "revision"),
             revision, ("reason_note",)),
        Form(CLERK, f"/transfers/{drafts['inside']}/send", ("revision", "idempotency_key"), revision),
        Form(LEADER, f"/cases/{run}/refuse", ("comment", "cause", "items", "on_date", "to", "to_class", "result",
             "evidence", "pulled", "pulled.sex", "items.x", "comment.x", "revision", "idempotency_key"), act,
             ("comment",)),
        Form(LEADER, f"/cases/{run}/return", ("comment", "items", "unknown"), act, ("comment",)),
        Form(CLERK, f"/cases/{run}/comment", ("comment", "mention"), {}, ("comment",)),
        *(Form(LEADER, f"/cases/{run}/{act_}", ("person", "comment", "turn"), act, ())
          for act_ in ("reassign", "consult", "copy")),
        Form(CLERK, f"/students/{worlds.pupils['丁思欣']}", ("purpose",), {}, ("purpose",)),
        Form(CLERK, f"/imports/{worlds.batches['A']}/confirm", ("all_or_nothing",)),
        Form(CLERK, f"/evidence/{worlds.papers['A scan']}/withdraw", ("x",)),
        Form(CLERK, f"/certificates/{worlds.certificates['A']}/revoke", ("reason",), {}, ("reason",)),
        Form(ANONYMOUS, "/login", ("username", "password", "next"), {"username": "x", "password": "y"}),
        Form(CLERK, "/password", ("current", "new", "again"), {"new": "Lantern-1234", "again": "Lantern-4321"}),
        Form(ANONYMOUS, f"/verify/{worlds.numbers['A code']}/name", ("name",)),
        Form(SYSTEM, "/admin/organisations", ("name", "short_name", "phone", "parent", "level", "code", "grades",
             "demonstration"), {"name": "新校"}, ("short_name", "code")),
        Form(SYSTEM, f"/admin/organisations?org={office}", ("name", "short_name", "phone", "competent", "grades"),
             {"name": "新校"}, ("short_name", "grades")),
        Form(SYSTEM, f"/admin/organisations/{office}/end", ("how", "into"), {"how": "merge"}, ("into",)),
        Form(SECURITY, "/admin/posts", ("person", *POST_FIELDS, "end"), {"person": "x"}, ("person", "org")),
        Form(CLERK, "/inbox/queues", ("name", "due", "school"), {"process": "transfer", "name": ""}, ("name",)),
        Form(LEADER, "/deputies/", ("principal", "deputy", "process", "org", "valid_from", "valid_to", "reason"),
             {"deputy": "k1-dept_clerk"}, ("reason",)),
        Form(SYSTEM, "/admin/incidents", ("row", "act", "why"), {"row": "1", "act": "give_up"}, ()),
        Form(SYSTEM, "/admin/posts/accounts", ("username", "name", "email", "phone", *POST_FIELDS), {"role": "x"},
             ("name", "email")),
        Form(SYSTEM, f"/admin/posts/accounts/{person}", ("act", "email", "phone"), {"act": "save"}, ("email",)),
        *(Form(SECURITY, f"/admin/policies?key={key}", RULE_FIELDS, {"citation": "文"}, ())
          for key in rules),
        Form(SECURITY, "/admin/policies?key=terms", ("valid_from", "reason", "stage"), {"act": "give_up"}, ("reason",)),
        Form(SECURITY, "/admin/policies?key=terms", ("value.first", "trial"), {"act": "try"}, ("value.first",)),
        Form(SECURITY, f"/admin/policies/proposals/{drafts['proposal']}", ("act", "answer"), {"act": "reject"}),
        Form(SYSTEM, "/admin/calendar/import", ("region",)),
        Form(DEPT, "/bulletins/", ("org", "version", "reason"), {"month": "2025-09"}),
        Form(DEPT, "/bulletins/", ("month", "reason", "x"), {"version": "7"}),
        *problem_forms(worlds),
    ]  # fmt: skip


def problem_forms(worlds: Worlds) -> list[Form]:
    """P is to be ruled, and what is typed contradicts itself; the second side of Q is asked, and lacks a paper."""
    p, q, pair = worlds.problems["P"], worlds.problems["Q"], worlds.pairs["N"]
    act = {"revision": "4", "idempotency_key": "nasty-key-000000000001"}
    both = {**act, "verdict-1": "keep", "verdict-2": "keep", "reasons": "attends_here", "comment": "经核实"}
    merge = {**both, "verdict-2": "merge", "into-2": "1", "comment": "", "choice-2-name": "2"}
    cards = ("verdict-1", "verdict-2", "into-2", "choice-2-name", "choice-2-x", "verdict-x", "reasons")
    return [
        Form(ARBITRATOR, f"/problems/{p}/preview", (*cards, "comment", "revision"), both, ("comment",)),
        Form(ARBITRATOR, f"/problems/{p}/preview", cards, merge),
        Form(ARBITRATOR, f"/problems/{p}/preview", tuple(f"corrected-2.{name}" for name in CORRECTED),
             {**both, "verdict-2": "correct", "verdict-1": "close", "comment": ""}, ("corrected-2.name",)),
        Form(ARBITRATOR, f"/problems/{p}/edit", ("comment", "verdict-1", "corrected-2.name"), both, ("comment",)),
        Form(ARBITRATOR, f"/problems/{p}/draft_ruling", (*cards, "revision", "idempotency_key"), both),
        Form(ARBITRATOR, f"/problems/{p}/send_inquiry", ("sides", "comment"), {**act, "comment": ""}, ("comment",)),
        Form(ARBITRATOR, f"/problems/{p}/reveal", ("purpose",), {}, ("purpose",)),
        Form(OTHER_CLERK, f"/problems/{q}/answer_delete", ("reason", "comment", "side"),
             {**act, "side": "2", "reason": "x"}, ("comment",)),
        Form(OTHER_CLERK, f"/problems/{q}/answer_correct", (*(f"corrected.{name}" for name in CORRECTED), "side",
             "corrected", "comment"), {**act, "side": "2", "corrected.sex": "x"}, ("corrected.name", "comment")),
        Form(OTHER_CLERK, f"/problems/{q}/answer_claim", ("side", "comment"), {**act, "side": "1"}),
        Form(OTHER_CLERK, f"/problems/{q}/comment", ("comment", "mention"), {"comment": ""}, ("comment",)),
        Form(OFFICER, f"/problems/pairs/{pair}/reveal", ("purpose",), {}, ("purpose",)),
        Form(CLERK, "/students/new", ("姓名", "身份证件号", "班级", "入学年月", "现住址"), {}, ("姓名", "现住址")),
    ]  # fmt: skip


FILES: tuple[tuple[str, str, dict[str, str]], ...] = (
    (CLERK, "/cases/{draft}/evidence", {"kind": "户口簿"}),
    (CLERK, "/transfers/{draft}/papers", {"kind": "户口簿"}),
    (CLERK, "/imports/new", {}),
    (SYSTEM, "/admin/calendar/import", {"region": "CN"}),
    (CLERK, "/api/v1/evidence", {"kind": "户口簿"}),
    (CLERK, "/api/v1/imports", {}),
)
QUERIES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (CLERK, "/inbox", ("tab", "after", "next", "process", "phase", "due", "school", "queue")),
    (CLERK, "/bulk", ("phase", "due", "school", "verdict")),
    (CLERK, "/students/", ("q", "after")),
    (CLERK, "/cases/{run}", ("tab", "only", "done")),
    (CLERK, "/imports/{batch}", ("only", "after")),
    (CLERK, "/imports/{batch}/progress", ("only", "after")),
    (CLERK, "/transfers/{draft}/school", ("q",)),
    (ANONYMOUS, "/verify", ("code",)),
    (ANONYMOUS, "/login", ("next",)),
    (SYSTEM, "/admin/organisations", ("org", "q", "new")),
    (SYSTEM, "/admin/posts", ("q", "role", "org", "former", "after", "person")),
    (SECURITY, "/admin/policies", ("place", "key", "stage", "day", "subject")),
    (SECURITY, "/admin/calendar", ("year", "place", "from", "days")),
    (SECURITY, "/admin/calendar/days.csv", ("year", "place")),
    (DEPT, "/bulletins/", ("org",)),
    (DEPT, "/bulletins/draft", ("org", "month")),
    (DEPT, "/bulletins/draft/list", ("org", "month", "line", "of", "from")),
    (DEPT, "/bulletins/draft/list?month=2025-09&of=came", ("line", "from")),
    (DEPT, "/api/v1/bulletins", ("org",)),
    (CLERK, "/statistics/", ("org", "tab", "period", "from", "to", "process")),
    (CLERK, "/statistics/list", ("org", "of", "own", "step", "age", "week", "cause", "kind", "after")),
    (CLERK, "/api/v1/statistics", ("org", "period", "from", "to")),
    (CLERK, "/api/v1/statistics/items", ("org", "of", "own", "step", "age", "week", "cause", "kind", "after", "limit")),
    (DEPT, "/statistics/list?of=came", ("step", "age", "week", "cause", "after")),
    (DEPT, "/statistics/list?of=records", ("kind", "age", "after")),
    (CLERK, "/api/v1/inbox", ("tab", "after", "limit", "process", "phase", "due", "school", "queue")),
    (ARBITRATOR, "/problems/", ("shelf", "kind", "level", "age", "phase", "late", "after")),
    (ARBITRATOR, "/problems/?shelf=pairs", ("kind", "level", "age", "after")),
    (ARBITRATOR, "/problems/{problem}", ("tab", "only", "preset", "shelf", "after")),
    (OFFICER, "/problems/pairs/{pair}", ("only", "shelf", "age", "level")),
    (ARBITRATOR, "/api/v1/problems", ("shelf", "kind", "level", "age", "phase", "after", "limit")),
)
CURSORS = ("nan-1", "inf-1", "1e400-1", "-1-1", "1-", "-", "1-1-1", "99999999999999999-1", "1-99999999999999999999",
           "-62135596800-1", "253402300800-1", "1_0-1_0", "１-１", "5-" + "9" * 5000, "0-\ud7ff")  # fmt: skip
MEMBERS = ("name", "record_no", "to", "to_class", "target_grade", "reason", "reason_note", "offline_first", "outside",
           "evidence", "direction", "submit", "unknown")  # fmt: skip
ACTED = (
    "comment",
    "cause",
    "items",
    "on_date",
    "to",
    "to_class",
    "result",
    "evidence",
    "pulled",
    "revision",
    "unknown",
)
DEEP: Any = "x"
for _ in range(25):
    DEEP = [DEEP]
OTHER_TYPES: tuple[Any, ...] = (None, True, 0, -1, 2**53, 1.5, 1e300, [], [[]], [None], ["x"] * 1001, {},
               ["长" * 10_000], {"a": {"b": ["c"]}}, {f"k{n}": n for n in range(1000)}, {"": ""}, {"sex": ["male"]},
               {"school": {}},
               ["\u202e"], [{}], DEEP)  # fmt: skip
BODIES: tuple[tuple[bytes, str], ...] = (
    (b"", "application/json"),
    (b"{", "application/json"),
    (b"[" * 100_000, "application/json"),
    (b'{"a":' * 40 + b"1" + b"}" * 40, "application/json"),
    (b'{"name":"a","name":"b"}', "application/json"),
    (b'{"target_grade":NaN}', "application/json"),
    (b'{"target_grade":-Infinity}', "application/json"),
    (b'{"target_grade":1e999}', "application/json"),
    (b'{"target_grade":' + b"9" * 5000 + b"}", "application/json"),
    (b'{"name":"\\u0000"}', "application/json"),
    (b'{"name":"\\ud800"}', "application/json"),
    (b'{"\\udfff":1}', "application/json"),
    (b'{"name":"\xed\xa0\x80"}', "application/json"),
    (b"\xef\xbb\xbf{}", "application/json"),
    ('{"name":"x"}'.encode("utf-16"), "application/json"),
    (b"[]", "application/json"),
    (b'"x"', "application/json"),
    (b"null", "application/json"),
    (b'{"name":"' + b"x" * 1_100_000 + b'"}', "application/json"),
    (json.dumps({f"k{n}": n for n in range(6000)}).encode(), "application/json"),
    (b"name=x", "application/x-www-form-urlencoded"),
    (b"<a/>", "application/xml"),
    (b"{}", "text/plain"),
    (b"{}", ""),
    (b"{}", "application/json; charset=gb18030"),
    (b"{}", "application/json; charset=nonsense"),
    (b"x", "multipart/form-data"),
    (b"x", "multipart/form-data; boundary="),
    (b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b"),
    (b'--b\r\nContent-Disposition: form-data; filename="x"\r\n\r\nx\r\n--b--\r\n', "multipart/form-data; boundary=b"),
    (b"--b\r\nno header", "multipart/form-data; boundary=b"),
    (b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\xff\xfe\0\"\r\n\r\nx\r\n--b--\r\n",
     "multipart/form-data; boundary=b"),
    (b"--b\r\nContent-Disposition: form-data; name*=utf-8''%ED%A0%80; filename*=bogus''%00\r\n\r\nx\r\n--b--\r\n",
     "multipart/form-data; boundary=b"),
    (b"--" + b"b" * 5000 + b"\r\n", "multipart/form-data; boundary=" + "b" * 5000),
    (b"&".join(b"f%d=x" % n for n in range(1200)), "application/x-www-form-urlencoded"),
    (b"comment=" + b"x" * 600_000, "application/x-www-form-urlencoded"),
    (b"%=%&==&&%ZZ=%\xff", "application/x-www-form-urlencoded"),
    (b"a[b][c]=1&a=2&a.b=3&.=4&..=5&a.=6", "application/x-www-form-urlencoded"),
)  # fmt: skip
KEYS = ("", "short", "x" * 15, "x" * 129, "x" * 300, "键" * 20, "has blank in it 12345", "semi;colon;0123456789",
        "0123456789abcdé!")  # fmt: skip


# ---- asking ----------------------------------------------------------------------------------------------------------


class Attack:
    """Sends, and notes everything an answer should not have been."""

    def __init__(self, worlds: Worlds) -> None:
        self.worlds, self.wrong, self.sent = worlds, list[str](), 0
        self.rows = worlds.rows()

    def send(self, who: str, method: str, path: str, what: str, **options: Any) -> TestResponse:
        if self.sent % 8 == 0:
            self.calm_down()
        self.sent += 1
        answer = self.worlds.visitors[who].ask(method, path, **options)
        line = f"{answer.status_code} {method} {path[:80]} {what[:80]!r}"
        rows = self.rows if method == "GET" else self.worlds.rows()
        if answer.status_code >= 500 and answer.status_code != 503:
            self.wrong.append(line)
        if answer.status_code >= 400 and rows != self.rows:
            changed = {name: (self.rows[name], count) for name, count in rows.items() if count != self.rows[name]}
            self.wrong.append(f"{line} left {changed}")
        if answer.status_code == 429:
            self.wrong.append(f"{line} tested nothing")
        self.rows = rows
        self._look(answer, line)
        return answer

    def _look(self, answer: TestResponse, line: str) -> None:
        if "X-Evil" in answer.headers:
            self.wrong.append(f"{line} let a header in")
        if answer.mimetype == "text/html":
            page = answer.get_data(as_text=True)
            self.wrong += [f"{line} says {word}" for word in RAW if word in page]
        place = answer.headers.get("Location", "/")
        if not place.startswith("/") or place.startswith(("//", "/\\")):
            self.wrong.append(f"{line} leads to {place[:80]}")

    def calm_down(self) -> None:
        """Forget the tries: what is tested here is not the throttle."""
        transact(self.worlds.door.house.engine, lambda session: session.execute(delete(Attempt)))

    def done(self, at_least: int) -> None:
        assert not self.wrong, f"{len(self.wrong)} of {self.sent}:\n" + "\n".join(self.wrong[:80])
        assert self.sent >= at_least


def encoded(values: dict[str, Value]) -> dict[str, Any]:
    return {"data": urlencode(values), "content_type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Share:
    """Which part of the corpus is sent: a third of it, another one on each database; with `--deep` all of it."""

    start: int
    deep: bool

    def of(self, values: Sequence[Any], turn: int = 0) -> Sequence[Any]:
        """Return the share of these values; with each turn it is another fifth."""
        return values if self.deep else values[(turn + self.start) % 5 :: 5]

    def turns(self, names: tuple[str, ...], turn: int = 0) -> Iterator[tuple[str, Value]]:
        """Yield every field with a share of the core, and some of the rest of the corpus spread over the fields."""
        for number, name in enumerate(names):
            for value in self.of(CORE, number + turn):
                yield name, value
        for number, value in enumerate(self.of(self.of(REST, turn), turn // 3)):
            yield names[number % len(names)], value


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    """Both worlds, built once for this module; what a refused request leaves there would be seen."""
    folder = tmp_path_factory.mktemp("nasty")
    if request.param == "postgresql":
        washable: postgres.Washable = request.getfixturevalue("postgres_database")
        washable.wash()
        database = washable.server.url(washable.name, postgres.APP)
    else:
        shutil.copyfile(request.getfixturevalue("sqlite_template"), folder / "test.db")
        database = f"sqlite:///{folder}/test.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "_read", lambda: MONDAY)
        engine = make_engine(database)
        with Session(engine.execution_options(writes=True), expire_on_commit=False) as session:
            people = cast.build(session)
        engine.dispose()
        door = Door(database, folder, people)
        worlds = build(door)
        let_in(worlds, WHO)
        yield worlds
        door.house.close()


@pytest.fixture(scope="module")
def drafts(house: Worlds) -> dict[str, str]:
    """Drafts without papers, which no guard lets go, and a rule proposed by the one who must not decide on it."""
    engine, known = house.door.house.engine, house.door.cast
    play = Play(engine, known)
    inside = play.open("a1", "丁思欣", papers=()).no
    incoming = play.open("a1", "外来", papers=(), record_no="", direction="incoming").no

    def propose(session: Session) -> str:
        actor, world = known.actor(session, SECURITY), world_of(session)
        wanted = Setting("node.arrival", 9, "文", day_of(MONDAY))
        office = world.office(known.org["prov"])
        return policy_proposals.propose(session, actor, world, office, wanted, "试", MONDAY).public_id

    return {"inside": inside, "incoming": incoming, "draft": inside, "proposal": transact(engine, propose)}


@pytest.fixture
def attack(house: Worlds, drafts: dict[str, str]) -> Attack:
    return Attack(house)


@pytest.fixture
def share(house: Worlds, request: pytest.FixtureRequest) -> Share:
    on_postgres = house.door.settings.database_url.startswith("postgresql")
    return Share(int(on_postgres), bool(request.config.getoption("--deep")))


@pytest.mark.timeout(900)  # the long lane sends the whole corpus
def test_nothing_typed_into_a_form_breaks_it(attack: Attack, drafts: dict[str, str], share: Share) -> None:
    for turn, form in enumerate(forms(attack.worlds, drafts, share.of(RULES))):
        for name, value in share.turns(form.fields, turn):
            answer = attack.send(
                form.who, "POST", form.path, f"{name}={value!r}", **encoded({**form.base, name: value})
            )
            if answer.status_code == 422 and name in form.shown and isinstance(value, str):
                kept(attack, form, value, answer)
    attack.done(160)


def kept(attack: Attack, form: Form, value: str, answer: TestResponse) -> None:
    """A refused page still holds what was typed, as text."""
    typed = value.strip()
    if len(typed) > 5000 or any(ord(char) < 32 for char in typed):
        return
    page = html.unescape(answer.get_data(as_text=True))
    if typed not in page:
        attack.wrong.append(f"{form.path[:60]} lost {typed[:40]!r}")


def test_nothing_in_a_file_name_or_beside_a_file_breaks_it(
    attack: Attack, drafts: dict[str, str], share: Share
) -> None:
    names = [value for value in (*CORE, *REST) if isinstance(value, str)]
    for turn, (who, pattern, base) in enumerate(FILES):
        path = pattern.format(**drafts)
        for name in share.of(share.of(names, turn), turn // 3):
            data = {**base, "file": (io.BytesIO(b"no picture"), name or "x")}
            attack.send(who, "POST", path, f"file {name}", data=data)
        for key in ("kind", "region", "school", "case", "unknown"):
            for value in share.of(names[:12], turn):
                if key in base or path.startswith("/api"):
                    data = {**base, key: value, "file": (io.BytesIO(b"no picture"), "x.pdf")}
                    attack.send(who, "POST", path, f"{key}={value}", data=data)
    attack.done(50)


def test_nothing_in_an_address_breaks_it(attack: Attack, drafts: dict[str, str], share: Share) -> None:
    worlds = attack.worlds
    places = {**drafts, "run": worlds.cases["A run"], "batch": worlds.batches["A"],
              "problem": worlds.problems["P"], "pair": worlds.pairs["N"]}  # fmt: skip
    for turn, (who, pattern, names) in enumerate(QUERIES):
        path = pattern.format(**places)
        for name, value in share.turns(names, turn):
            attack.send(who, "GET", f"{path}{'&' if '?' in path else '?'}{urlencode({name: value})}", "")
        if "after" in names:
            for cursor in CURSORS:
                attack.send(who, "GET", f"{path}?after={quote(cursor)}", "")
        attack.send(who, "GET", f"{path}?{'&'.join(f'x{n}=1' for n in range(3000))}", "many")
        attack.send(who, "GET", f"{path}?%&=&&%ZZ=%ff&a[]=1", "malformed")
    attack.done(110)


def test_nothing_a_program_sends_breaks_it(attack: Attack, drafts: dict[str, str], share: Share) -> None:
    run = attack.worlds.cases["A run"]
    addresses = (
        ("POST", "/api/v1/transfers", MEMBERS, {"name": "丁思欣", "submit": True}, CLERK),
        ("PATCH", f"/api/v1/cases/{drafts['inside']}", MEMBERS[:10], {"revision": 0}, CLERK),
        ("POST", f"/api/v1/cases/{run}/actions/refuse", ACTED, {"revision": 2}, LEADER),
        ("POST", f"/api/v1/imports/{attack.worlds.batches['A']}/confirm", ("all_or_nothing", "x"), {}, CLERK),
        ("POST", f"/api/v1/cases/{attack.worlds.problems['P']}/actions/draft_ruling",
         ("verdicts", "reasons", "comment", "revision", "x"), {"revision": 4}, ARBITRATOR),
        ("POST", f"/api/v1/cases/{attack.worlds.problems['Q']}/actions/answer_correct",
         ("side", "corrected", "comment", "revision", "x"), {"revision": 2, "side": 2}, OTHER_CLERK),
    )
    for method, path, members, base, who in addresses:
        for member, value in share.turns(members):
            if isinstance(value, str):
                attack.send(who, method, path, f"{member}={value}", json={**base, member: value})
        for turn, member in enumerate(members):
            for other in share.of(OTHER_TYPES, turn):
                attack.send(who, method, path, f"{member}={other!r}", json={**base, member: other})
    attack.done(170)


def test_no_body_breaks_an_address_that_takes_one(attack: Attack, drafts: dict[str, str], share: Share) -> None:
    run, batch = attack.worlds.cases["A run"], attack.worlds.batches["A"]
    paths = ("/api/v1/transfers", f"/api/v1/cases/{run}/actions/refuse", "/api/v1/evidence", "/api/v1/imports",
             f"/api/v1/imports/{batch}/confirm", f"/cases/{run}/refuse", f"/cases/{run}/comment",
             "/transfers/new", f"/cases/{run}/evidence", "/imports/new", f"/transfers/{drafts['inside']}/reason",
             "/password")  # fmt: skip
    for turn, path in enumerate(paths):
        for body, kind in share.of(BODIES, turn):
            attack.send(CLERK, "POST", path, f"{kind} {body[:40]!r}", data=body, content_type=kind)
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "FOO"):
            attack.send(CLERK, method, path, method)
    attack.done(90)


def test_a_request_key_of_another_form_is_refused_everywhere(attack: Attack, drafts: dict[str, str]) -> None:
    run, clerk = attack.worlds.cases["A run"], attack.worlds.visitors[CLERK]
    for key in KEYS:
        headers = {"Authorization": f"Bearer {clerk.token}"}
        if key:
            headers["Idempotency-Key"] = key
        for path in ("/transfers", f"/cases/{run}/actions/approve", f"/imports/{attack.worlds.batches['A']}/confirm"):
            answer = clerk.browser.post(f"/api/v1{path}", json={"revision": 2}, headers=headers)
            assert (answer.status_code, answer.get_json()["code"]) == (400, "idempotency_key_invalid")
        for path in (f"/cases/{run}/approve", f"/transfers/{drafts['inside']}/send"):
            answer = attack.send(CLERK, "POST", path, key, **encoded({"revision": "2", "idempotency_key": key}))
            assert answer.status_code == 422
    attack.done(10)


def test_headers_of_any_kind_do_no_harm(attack: Attack, share: Share) -> None:
    clerk: Visitor = attack.worlds.visitors[CLERK]
    for value in [one for one in share.of((*CORE, *REST)) if isinstance(one, str) and one.isascii()]:
        plain = value.replace("\r", "").replace("\n", "").replace("\0", "")[:6000]
        for header in ("Authorization", "Cookie", "Accept", "If-None-Match", "Range", "X-Forwarded-For", "HX-Request",
                       "Content-Length", "Accept-Language"):  # fmt: skip
            fresh = attack.worlds.door.app.test_client()
            for path in ("/inbox", "/api/v1/inbox"):
                answer = fresh.get(path, headers={header: plain})
                assert answer.status_code in (200, 303, 401, 400, 413, 429), (header, plain, answer.status_code)
        attack.calm_down()
    assert clerk.ask("GET", "/inbox").status_code == 200
    assert fresh_key()
