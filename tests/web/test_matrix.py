"""Everybody × every address × things that are his and things that are not: who sees what is written here by hand."""

import io
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pypdfium2
import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models.session import make_engine, transact
from models.students import Student
from tests import cast, postgres
from tests.cast import MONDAY
from tests.web.door import Door
from tests.web.two_worlds import ANONYMOUS, DISABLED, MARKS, TWICE, YESTERDAY, Visitor, Worlds, build, let_in, plain
from web import clock

# ---- who there is, and what each may know ----------------------------------------------------------------------------

SCHOOL_A1 = {"a1:school_clerk", "a1:school_leader", "a1:check_operator"}
OFFICES_A = {"k1:dept_clerk", "k1:dept_leader", "city1:dept_leader", "prov:dept_leader"}
SYSTEM, SECURITY = {"prov:system_admin", "k1:system_admin"}, {"prov:security_admin", "k2:security_admin"}
STRANGERS = {ANONYMOUS, DISABLED, YESTERDAY}
WHO = (
    *sorted(SCHOOL_A1),
    "a1:class_teacher",
    "a2:school_clerk",
    *sorted(OFFICES_A),
    "prov:auditor",
    *sorted(SYSTEM),
    *sorted(SECURITY),
    "b1:school_clerk",
    "k2:dept_leader",
    "d1:school_leader",
    "city2:dept_clerk",
    "e1:school_clerk",
    "division:arbitrator",
    *sorted(STRANGERS),
)
CASE_A = {*SCHOOL_A1, "a2:school_clerk", *OFFICES_A, "prov:auditor"}
CASE_D = {"e1:school_clerk", "d1:school_leader", "city2:dept_clerk", "division:arbitrator", "prov:dept_leader",
          "prov:auditor"}  # fmt: skip
E1 = {"e1:school_clerk"}
CASES = {"A draft": SCHOOL_A1, "A run": CASE_A, "A done": CASE_A, "D draft": E1, "D run": CASE_D}
PAPERS = {"A scan": CASE_A, "A waiting": SCHOOL_A1, "D scan": CASE_D, "D waiting": E1}
SIDES = {
    "P a1": {*SCHOOL_A1, *OFFICES_A, "prov:auditor"},
    "P b1": {"b1:school_clerk", "k2:dept_leader", "city1:dept_leader", "prov:dept_leader", "prov:auditor"},
    "Q d1": {"d1:school_leader", "city2:dept_clerk", "prov:dept_leader", "prov:auditor"},
    "Q e1": {"e1:school_clerk", "division:arbitrator", "prov:dept_leader", "prov:auditor"},
}
"""Each side of a problem and its department; the office that decides, and those above it, read all of them."""
PROBLEMS = {"P": SIDES["P a1"] | SIDES["P b1"], "Q": SIDES["Q d1"] | SIDES["Q e1"]}
PAIRS = {"N": OFFICES_A}
BATCHES = {"A": {"a1:school_clerk", "a1:school_leader"}, "D": E1}
CERTIFICATES = {"A": CASE_A}
PUPILS = {
    "丁思欣": {*SCHOOL_A1, "a1:class_teacher", *OFFICES_A},
    "沈明铭": {*SCHOOL_A1, "a1:class_teacher", "a2:school_clerk", *OFFICES_A},
    "古丽娜尔·艾合买提": {"a2:school_clerk", *OFFICES_A},
    "𠮷田䶮": {"b1:school_clerk", "k2:dept_leader", "city1:dept_leader", "prov:dept_leader"},
    "卢天志": {"d1:school_leader", "city2:dept_clerk", "prov:dept_leader"},
    "高怡若": {"e1:school_clerk", "division:arbitrator", "prov:dept_leader"},
}
OFFICES = {"a1": SYSTEM, "k1": SYSTEM, "b1": {"prov:system_admin"}, "e1": {"prov:system_admin"}}
PEOPLE = {
    "a1:school_clerk": {*SYSTEM, "prov:security_admin"},
    "b1:school_clerk": {"prov:system_admin", "prov:security_admin", "k2:security_admin"},
    "e1:school_clerk": {"prov:system_admin", "prov:security_admin"},
}
READS_PUPILS = set(WHO) - STRANGERS - SYSTEM - SECURITY - {"prov:auditor"}
CLERKS = {"a1:school_clerk", "a2:school_clerk", "b1:school_clerk", "e1:school_clerk"}
IMPORTERS = {*CLERKS, "a1:school_leader", "d1:school_leader"}
VERIFIERS = {*OFFICES_A, "k2:dept_leader", "city2:dept_clerk"}
STOOD_IN_FOR = set(WHO) - STRANGERS - {"a1:class_teacher", "prov:auditor"}
JUDGES = {*VERIFIERS, "division:arbitrator"}
READS_RULES = {*SYSTEM, *SECURITY, *OFFICES_A, "k2:dept_leader", "city2:dept_clerk"}
SIGNED_IN = set(WHO) - {ANONYMOUS, DISABLED}
READS_FIGURES = {*SCHOOL_A1, *OFFICES_A, *CLERKS, "prov:auditor", "k2:dept_leader", "d1:school_leader",
                 "city2:dept_clerk"} - {"a1:check_operator"}  # fmt: skip
READS_BULLETINS = READS_FIGURES & {*OFFICES_A, "prov:auditor", "k2:dept_leader", "city2:dept_clerk"}
KNOWS = {
    "A talk": CASE_A,
    "D talk": CASE_D,
    "A scan": CASE_A,
    "D scan": CASE_D,
    "A waiting": SCHOOL_A1,
    "D waiting": E1,
    "A batch": BATCHES["A"],
    "D batch": E1,
    "A note": SCHOOL_A1,
    "D note": E1,
    "A draft no": SCHOOL_A1,
    "D draft no": E1,
    "A run no": CASE_A,
    "D run no": CASE_D,
    "A certificate": CASE_A,
    "A code": CASE_A,
    "丁思欣": PUPILS["丁思欣"],
    "沈明铭": PUPILS["沈明铭"] | CASE_A,
    "古丽娜尔·艾合买提": PUPILS["古丽娜尔·艾合买提"] | CASE_A,
    "𠮷田䶮": PUPILS["𠮷田䶮"],
    "卢天志": PUPILS["卢天志"] | CASE_D,
    "高怡若": PUPILS["高怡若"],
    **SIDES,
    **{child: SIDES[f"{name} {school}"] for name in PROBLEMS for school, child in TWICE[name]},
    "近金雀": {*SCHOOL_A1, *OFFICES_A},
    "近全雀": {"a2:school_clerk", *OFFICES_A},
}
"""Who may ever meet these words: names of pupils (their numbers likewise), file names, comments, certificates."""

# ---- every address ---------------------------------------------------------------------------------------------------

REFUSED = (303, 400, 403, 409, 415, 422)
THINGS: dict[str, dict[str, Any]] = {
    "cases": CASES, "papers": PAPERS, "batches": BATCHES, "certificates": CERTIFICATES, "pupils": PUPILS,
    "problems": PROBLEMS, "pairs": PAIRS, "offices": OFFICES, "people": PEOPLE,
}  # fmt: skip
LOOKS: dict[str, tuple[str, tuple[int, ...]]] = {
    "/cases/<no>": ("cases", (200,)),
    "/transfers/<no>": ("cases", (200, 302)),
    "/transfers/<no>/<step>": ("cases", (200, 302)),
    "/transfers/<no>/receipt": ("cases", (200, 302)),
    "/api/v1/cases/<no>": ("cases", (200,)),
    "/api/v1/cases/<no>/people": ("cases", (200,)),
    "/cases/<no>/form.pdf": ("cases", (200, 403)),
    "/evidence/<public_id>": ("papers", (200,)),
    "/evidence/<public_id>/<int:page>.jpg": ("papers", (200,)),
    "/evidence/<public_id>/original": ("papers", (200,)),
    "/api/v1/evidence/<public_id>": ("papers", (200,)),
    "/api/v1/evidence/<public_id>/content": ("papers", (200,)),
    "/certificates/<public_id>": ("certificates", (200,)),
    "/certificates/<public_id>/pdf": ("certificates", (200, 403)),
    "/certificates/<public_id>/preview.png": ("certificates", (200, 403)),
    "/api/v1/certificates/<name>": ("certificates", (200,)),
    "/api/v1/certificates/<name>/pdf": ("certificates", (200, 503)),
    "/imports/<batch_id>": ("batches", (200,)),
    "/imports/<batch_id>/progress": ("batches", (200,)),
    "/imports/<batch_id>/errors.xlsx": ("batches", (403,)),
    "/api/v1/imports/<public_id>": ("batches", (200,)),
    "/api/v1/imports/<public_id>/errors.xlsx": ("batches", (403,)),
    "/students/<public_id>": ("pupils", (200,)),
    "/problems/<no>": ("problems", (200,)),
    "/problems/pairs/<public_id>": ("pairs", (200,)),
    "/api/v1/problems/pairs/<public_id>": ("pairs", (200,)),
}
"""Addresses that read one thing, and what somebody with a right may get; everybody else gets 404."""
SLOW = {"/cases/<no>/form.pdf", "/certificates/<public_id>/pdf", "/certificates/<public_id>/preview.png",
        "/evidence/<public_id>/<int:page>.jpg", "/api/v1/certificates/<name>/pdf"}  # fmt: skip
"""What is rendered: with a right it is asked for by one person only."""
RENDERED_FOR = "a2:school_clerk"
WITHOUT_A_FILE = "A waiting", "D waiting"
ACTS: dict[tuple[str, str], tuple[str, dict[str, str]]] = {
    ("POST", "/cases/<no>/<action>"): ("cases", {"revision": "0"}),
    ("POST", "/cases/<no>/comment"): ("cases", {}),
    ("POST", "/cases/<no>/evidence"): ("cases", {"kind": "户口簿"}),
    ("POST", "/cases/<no>/rulings/<ruling>/undo"): ("cases", {"reason": ""}),
    ("POST", "/api/v1/cases/<no>/rulings/<ruling>/undo"): ("cases", {}),
    ("POST", "/cases/<no>/reversal"): ("cases", {"reason": ""}),
    ("POST", "/api/v1/cases/<no>/reversal"): ("cases", {}),
    ("POST", "/cases/<no>/again"): ("cases", {}),
    ("POST", "/transfers/<no>/<step>"): ("cases", {"revision": "-1", "reason": "住址变更"}),
    ("PATCH", "/api/v1/cases/<no>"): ("cases", {}),
    ("POST", "/api/v1/cases/<no>/actions/<action>"): ("cases", {}),
    ("POST", "/api/v1/cases/<no>/comments"): ("cases", {}),
    ("POST", "/evidence/<public_id>/withdraw"): ("papers", {}),
    ("POST", "/certificates/<public_id>/revoke"): ("certificates", {"reason": ""}),
    ("POST", "/certificates/<public_id>/reissue"): ("certificates", {"reason": ""}),
    ("POST", "/imports/<batch_id>/confirm"): ("batches", {}),
    ("POST", "/api/v1/imports/<public_id>/confirm"): ("batches", {}),
    ("POST", "/students/<public_id>"): ("pupils", {"purpose": ""}),
    ("POST", "/problems/<no>/<action>"): ("problems", {"revision": "0"}),
    ("POST", "/problems/<no>/comment"): ("problems", {}),
    ("POST", "/problems/<no>/preview"): ("problems", {"revision": "-1"}),
    ("POST", "/problems/<no>/edit"): ("problems", {}),
    ("POST", "/problems/<no>/reveal"): ("problems", {"purpose": ""}),
    ("POST", "/problems/<no>/papers/<kind>"): ("problems", {"side": "1"}),
    ("POST", "/problems/<no>/rulings/<ruling>/undo"): ("problems", {"reason": ""}),
    ("POST", "/problems/pairs/<public_id>/reveal"): ("pairs", {"purpose": ""}),
    ("POST", "/problems/pairs/<public_id>/<what>"): ("pairs", {}),
    ("POST", "/api/v1/problems/pairs/<public_id>/<what>"): ("pairs", {}),
}
"""Addresses that change one thing. What is sent changes nothing even for somebody with a right."""
TOLD = {
    "/cases/<no>/rulings/<ruling>/undo": (404,),
    "/problems/<no>/edit": (200,),
    "/problems/<no>/papers/<kind>": (404,),
    "/problems/<no>/rulings/<ruling>/undo": (404,),
    "/problems/pairs/<public_id>/<what>": (404,),
    "/api/v1/problems/pairs/<public_id>/<what>": (404,),
}
"""What somebody with a right is told there, where it is no refusal: a page drawn again, a ruling that is not there."""
LISTS: dict[str, tuple[set[str], int | tuple[int, ...]]] = {
    "/": (SIGNED_IN, 403),
    "/inbox": (SIGNED_IN, 403),
    "/notices": (SIGNED_IN, 403),
    "/notices/settings": (SIGNED_IN, 403),
    "/password": (SIGNED_IN, 403),
    "/processes": (SIGNED_IN, 403),
    "/processes/<key>": (SIGNED_IN, 403),
    "/students/": (READS_PUPILS, 404),
    "/imports/new": (IMPORTERS, 403),
    "/students/new": (CLERKS, 403),
    "/imports/template.xlsx": (IMPORTERS, 403),
    "/transfers/new": (CLERKS, 403),
    "/id-verdicts/new": (VERIFIERS, 403),
    "/deputies/": (STOOD_IN_FOR, 403),
    "/api/v1/deputies": (SIGNED_IN, 403),
    "/mails": (set(), 404),
    "/mails/<mail_id>": (set(), 404),
    "/mails/<mail_id>/body": (set(), 404),
    "/problems/": (SIGNED_IN, 403),
    "/problems/scan": (JUDGES, 404),
    "/api/v1/problems": (SIGNED_IN, 403),
    "/admin/organisations": (SYSTEM | SECURITY, 403),
    "/admin/posts": (SYSTEM | SECURITY, 403),
    "/admin/policies": (READS_RULES, 403),
    "/admin/calendar": (READS_RULES, 403),
    "/admin/incidents": (SYSTEM, 403),
    "/admin/mail-texts": (SYSTEM, 403),
    "/admin/calendar/days.csv": (READS_RULES, 403),
    "/statistics/": (READS_FIGURES, 403),
    "/api/v1/inbox": (SIGNED_IN, 403),
    "/api/v1/statistics": (READS_FIGURES, 403),
    "/bulletins/": (READS_BULLETINS, (403, 404)),
    "/api/v1/bulletins": (READS_BULLETINS, (403, 404)),
    "/bulk": (SIGNED_IN, 403),
}
"""Addresses without a thing in them: who is let in, and what the others are told."""
OPEN_TO_ALL = {"/login", "/verify", "/healthz", "/readyz", "/metrics", "/api/v1/openapi.json"}
FORMS: dict[tuple[str, str], set[str]] = {
    ("POST", "/transfers/new"): CLERKS,
    ("POST", "/imports/new"): IMPORTERS,
    ("POST", "/students/new"): CLERKS,
    ("POST", "/id-verdicts/new"): VERIFIERS,
    ("POST", "/deputies/"): STOOD_IN_FOR,
    ("POST", "/password"): SIGNED_IN,
    ("POST", "/bulletins/"): READS_BULLETINS,
    ("POST", "/notices"): SIGNED_IN,
    ("POST", "/notices/settings"): SIGNED_IN,
    ("POST", "/admin/organisations"): SYSTEM,
    ("POST", "/admin/mail-texts"): SYSTEM,
    ("POST", "/admin/policies"): SECURITY,
    ("POST", "/admin/posts"): SYSTEM | SECURITY,
    ("POST", "/admin/posts/accounts"): SYSTEM,
    ("POST", "/admin/calendar/import"): SYSTEM,
    ("POST", "/api/v1/transfers"): CLERKS,
    ("POST", "/api/v1/evidence"): SIGNED_IN - {YESTERDAY, *SYSTEM, *SECURITY, "a1:class_teacher"},
    ("POST", "/api/v1/imports"): IMPORTERS,
    ("POST", "/api/v1/students"): CLERKS,
    ("POST", "/api/v1/id-verdicts"): VERIFIERS,
    ("POST", "/bulk"): SIGNED_IN,
    ("POST", "/bulk/others"): SIGNED_IN,
    ("POST", "/bulk/hand-on"): SIGNED_IN,
    ("POST", "/inbox/queues"): SIGNED_IN,
    ("POST", "/api/v1/bulk"): SIGNED_IN,
    ("POST", "/api/v1/deputies"): SIGNED_IN,
}
"""Forms without a thing in their address, sent empty: refused for everybody, as 422 where one has the right."""
JSON_FORMS = {f"/api/v1/{name}" for name in ("transfers", "id-verdicts", "bulk", "deputies", "students")}
ELSEWHERE = {
    ("POST", "/admin/incidents"): "tests/web/test_incidents",
    ("POST", "/inbox/queues/<public_id>"): "tests/web/test_saved_queues",
    ("POST", "/inbox/queues/<public_id>/delete"): "tests/web/test_saved_queues",
    ("GET", "/admin/policies/proposals/<public_id>"): "tests/web/test_policies",
    ("POST", "/admin/policies/proposals/<public_id>"): "tests/web/test_policies",
    ("GET", "/admin/policies/trials/<public_id>"): "tests/web/test_policy_trials",
    ("GET", "/admin/policies/trials/<public_id>/progress"): "tests/web/test_policy_trials",
    ("POST", "/admin/policies/trials/<public_id>"): "tests/web/test_policy_trials",
    ("POST", "/deputies/<public_id>/end"): "tests/web/test_deputies",
    ("GET", "/admin/handover/<public_id>"): "tests/web/test_handing_over",
    ("POST", "/admin/handover/<public_id>"): "tests/web/test_handing_over",
    ("POST", "/api/v1/deputies/<public_id>/end"): "tests/web/test_deputies",
    ("POST", "/problems/scan"): "tests/web/test_scanning",
    ("GET", "/static/<path:filename>"): "files of the product",
    ("GET", "/statistics/list"): "test_figures_stay_at_home",
    ("GET", "/api/v1/statistics/items"): "test_figures_stay_at_home",
    ("GET", "/bulletins/draft"): "test_figures_stay_at_home",
    ("GET", "/bulletins/draft/list"): "test_figures_stay_at_home",
    ("GET", "/bulletins/<public_id>"): "test_bulletins",
    ("GET", "/bulletins/<public_id>/list"): "test_bulletins",
    ("GET", "/bulletins/<public_id>/pdf"): "test_bulletins",
    ("GET", "/bulletins/<public_id>/xlsx"): "test_bulletins",
    ("GET", "/api/v1/bulletins/<public_id>"): "test_bulletins",
    ("GET", "/verify/<code>"): "test_the_public_page_tells_little",
    ("POST", "/verify/<code>/name"): "test_the_public_page_tells_little",
    ("POST", "/certificates/<public_id>/pdf"): "test_certificates",
    ("GET", "/bulk/<public_id>"): "tests/web/test_bulk",
    ("GET", "/bulk/<public_id>/progress"): "tests/web/test_bulk",
    ("POST", "/bulk/<public_id>/cancel"): "tests/web/test_bulk",
    ("GET", "/api/v1/bulk/<public_id>"): "tests/web/test_bulk",
    ("POST", "/api/v1/bulk/<public_id>/cancel"): "tests/web/test_bulk",
    ("POST", "/api/v1/delivery-reports"): "tests/web/test_bounces",
    ("POST", "/login"): "test_auth",
    ("POST", "/logout"): "test_auth",
    ("POST", "/admin/organisations/<public_id>/end"): "test_administrators_reach_their_own_subtree",
    ("POST", "/admin/posts/accounts/<public_id>"): "test_administrators_reach_their_own_subtree",
}
FILLED = {"<no>": "{}", "<public_id>": "{}", "<name>": "{}", "<batch_id>": "{}", "<int:page>": "1", "<step>": "reason",
          "<action>": "approve", "<key>": "transfer", "<mail_id>": "0" * 32, "<ruling>": "x",
          "<what>": "nonsense", "<kind>": "nonsense"}  # fmt: skip
NOWHERE = ("7QWJ4M2N8RTV6XY3ZABCDEFGHK", "1" * 23, "ZX-2025-999999", "..%2e", "%E2%80%AE", "x" * 2000)


def filled(rule: str, thing: str = "") -> str:
    for name, value in FILLED.items():
        rule = rule.replace(name, value)
    return rule.replace("{}", thing)


# ---- what leaves the house -------------------------------------------------------------------------------------------


def words_of(answer: TestResponse) -> str:
    """Return everything an answer says: headers, body, the text of a PDF, every part of a workbook."""
    told = unquote(str(answer.headers))
    if answer.mimetype == "application/pdf":
        with pypdfium2.PdfDocument(answer.data) as document:
            return told + "".join(page.get_textpage().get_text_range() for page in document)
    if answer.data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            return told + "".join(name + archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    if answer.mimetype.startswith("image/"):
        return told
    return told + unquote(answer.get_data(as_text=True))


class Watch:
    """Asks, looks at every word of the answer, and keeps a list of what was wrong instead of stopping at the first."""

    def __init__(self, worlds: Worlds) -> None:
        self.worlds, self.wrong, self.asked = worlds, list[str](), 0
        numbers, self.canaries = worlds.door.cast.record_no, list[tuple[str, set[str]]]()
        for key, knowing in KNOWS.items():
            self.canaries.append((MARKS.get(key) or worlds.numbers.get(key) or key, knowing))
            if key in numbers:
                self.canaries.append((numbers[key][1:], knowing))

    def ask(self, who: Visitor, method: str, path: str, want: Any, **options: Any) -> TestResponse:
        """Send one request; `want` is the status, or several that would do."""
        answer = who.ask(method, path, **options)
        self.asked += 1
        if answer.status_code not in ((want,) if isinstance(want, int) else want):
            self.wrong.append(f"{who.name} {method} {path[:90]}: {answer.status_code} instead of {want}")
        said = words_of(answer)
        for word, knowing in self.canaries:
            if who.name not in knowing and word in said and word not in unquote(path):
                self.wrong.append(f"{who.name} {method} {path[:90]}: reads {word}")
        return answer

    def stranger(self, who: Visitor, method: str, path: str, **options: Any) -> TestResponse:
        """Ask as somebody who has no account here (any more)."""
        api = path.startswith("/api/")
        return self.ask(who, method, path, 401 if api else (303,) if method == "GET" else (401, 400), **options)

    def done(self, at_least: int) -> None:
        assert not self.wrong, f"{len(self.wrong)} of {self.asked}:\n" + "\n".join(self.wrong[:60])
        assert self.asked >= at_least


def body_of(method: str, rule: str, values: dict[str, str]) -> dict[str, Any]:
    if rule.startswith("/api/"):
        wrong = {"revision": -1, "comment": "看看"} if "actions" in rule else {"revision": -1, "reason": "住址变更"}
        return {"json": {} if "imports" in rule else wrong}
    return {"data": {"idempotency_key": "matrix-key-0000000001", **values}}


# ---- the tests -------------------------------------------------------------------------------------------------------

on_sqlite = pytest.mark.parametrize("house", ["sqlite"], indirect=True)
SAMPLE = ("a1:school_clerk", "k1:dept_leader", "e1:school_clerk", "d1:school_leader", "prov:system_admin", YESTERDAY,
          DISABLED, ANONYMOUS)  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    """Both worlds, built once: no test of this module leaves anything behind. PostgreSQL meets a sample of visitors."""
    folder, on_postgres = tmp_path_factory.mktemp("house"), request.param == "postgresql"
    if on_postgres:
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
        let_in(worlds, SAMPLE if on_postgres else WHO)
        yield worlds
        door.house.close()


@pytest.fixture
def watch(house: Worlds) -> Watch:
    return Watch(house)


def things(worlds: Worlds, kind: str) -> Iterator[tuple[str, str, set[str]]]:
    """Yield name, id and those who may see it, of everything of a kind."""
    ids: dict[str, str] = getattr(worlds, kind)
    for name, knowing in THINGS[kind].items():
        yield name, ids[name], knowing


def foreign(worlds: Worlds, kind: str, who: str, turn: int, most: int) -> list[str]:
    """Return things of a kind that are nothing to this person: at most so many, others for each turn."""
    found = [thing for _, thing, knowing in things(worlds, kind) if who not in knowing]
    return [found[(turn + number) % len(found)] for number in range(min(most, len(found)))]


def everybody(watch: Watch) -> Iterator[tuple[Visitor, bool]]:
    """Yield each visitor, and whether he has no account (any more)."""
    for name, visitor in watch.worlds.visitors.items():
        yield visitor, name in (ANONYMOUS, DISABLED)


@on_sqlite
def test_every_address_of_the_application_stands_in_the_tables(house: Worlds) -> None:
    told = {("GET", rule) for rule in (*LOOKS, *LISTS, *OPEN_TO_ALL)} | {*ACTS, *FORMS, *ELSEWHERE}
    rules = house.door.app.url_map.iter_rules()
    there = {(method, rule.rule) for rule in rules for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert there - told == set()
    assert told - there == set()


def test_what_is_not_yours_is_not_there(watch: Watch) -> None:
    for turn, (who, stranger) in enumerate(everybody(watch)):
        for rule, (kind, want) in LOOKS.items():
            for thing in foreign(watch.worlds, kind, who.name, turn, 1 if stranger else 2):
                if stranger:
                    watch.stranger(who, "GET", filled(rule, thing))
                else:
                    watch.ask(who, "GET", filled(rule, thing), 404)
            for name, thing, knowing in things(watch.worlds, kind):
                if who.name not in knowing or (rule in SLOW and who.name != RENDERED_FOR):
                    continue
                if name not in WITHOUT_A_FILE or ("content" not in rule and "original" not in rule):
                    watch.ask(who, "GET", filled(rule, thing), want)
    watch.done(250)


def test_what_is_not_yours_cannot_be_changed_either(watch: Watch) -> None:
    before = watch.worlds.rows()
    for turn, (who, stranger) in enumerate(everybody(watch)):
        for number, ((method, rule), (kind, values)) in enumerate(ACTS.items()):
            options = body_of(method, rule, values)
            for thing in foreign(watch.worlds, kind, who.name, turn + number, 1):
                if stranger:
                    watch.stranger(who, method, filled(rule, thing), **options)
                else:
                    watch.ask(who, method, filled(rule, thing), 404, **options)
            for _, thing, knowing in things(watch.worlds, kind):
                if who.name in knowing and kind != "papers":
                    only_a_reader = kind == "batches" and who.name not in CLERKS
                    want = (403, 404) if only_a_reader else TOLD.get(rule, REFUSED)
                    watch.ask(who, method, filled(rule, thing), want, **options)
    assert watch.worlds.rows() == before
    watch.done(120)


@on_sqlite
def test_a_foreign_thing_and_one_that_does_not_exist_look_the_same(watch: Watch) -> None:
    for name in ("b1:school_clerk", "e1:school_clerk", "k2:dept_leader", YESTERDAY):
        who = watch.worlds.visitors[name]
        for number, (rule, (kind, _)) in enumerate(LOOKS.items()):
            theirs = foreign(watch.worlds, kind, who.name, number, 1)[0]
            there = watch.ask(who, "GET", filled(rule, theirs), 404)
            for thing in (NOWHERE[number % len(NOWHERE)], theirs.swapcase()):
                nowhere = watch.ask(who, "GET", filled(rule, thing), 404)
                if "%" not in thing and len(thing) < 100:
                    assert plain(there) == plain(nowhere), rule
    watch.done(120)


@on_sqlite
def test_things_that_do_not_exist_are_404_for_everybody_signed_in(watch: Watch) -> None:
    before = watch.worlds.rows()
    for turn, name in enumerate(("a1:school_clerk", "prov:dept_leader", "prov:system_admin")):
        who = watch.worlds.visitors[name]
        for rule in LOOKS:
            for thing in NOWHERE[turn::3]:
                watch.ask(who, "GET", filled(rule, thing), 404)
        for (method, rule), (_, values) in ACTS.items():
            for thing in NOWHERE[turn::3]:
                watch.ask(who, method, filled(rule, thing), 404, **body_of(method, rule, values))
    assert watch.worlds.rows() == before
    watch.done(120)


def test_lists_let_in_who_works_there_and_tell_only_their_own(watch: Watch) -> None:
    for who, stranger in everybody(watch):
        for rule, (let, otherwise) in LISTS.items():
            if stranger:
                watch.stranger(who, "GET", filled(rule))
                continue
            watch.ask(who, "GET", filled(rule), 200 if who.name in let else otherwise)
        for rule in OPEN_TO_ALL:
            watch.ask(who, "GET", rule, 303 if rule == "/login" and not stranger else 200)
    watch.done(90)


@on_sqlite
def test_searching_and_paging_stay_at_home(watch: Watch) -> None:
    numbers = watch.worlds.door.cast.record_no
    for who, stranger in everybody(watch):
        if stranger:
            continue
        for tab in ("todo", "done", "started", "copied"):
            for after in ("", "9999999999.000000-1"):
                watch.ask(who, "GET", f"/inbox?tab={tab}&after={after}", 200)
            watch.ask(who, "GET", f"/api/v1/inbox?tab={tab}", 200)
        watch.ask(who, "GET", "/inbox?process=problem&school=望岳", 200)
        for name, number in numbers.items():
            for word in (name, number):
                if who.name in READS_PUPILS and who.name in KNOWS.get(name, set()):
                    watch.ask(who, "GET", f"/students/?q={word}", 200)
        for word in ("a", "%", "_", "老师"):
            watch.ask(who, "GET", f"/admin/posts?q={word}", (200, 403))
            watch.ask(who, "GET", f"/students/?q={word}", (200, 404))
        for place in ("a1", "k1", "prov", "e1"):
            watch.ask(who, "GET", f"/admin/organisations?org={watch.worlds.offices[place]}", (200, 403, 404))
            watch.ask(who, "GET", f"/admin/posts?org={watch.worlds.door.cast.code[place]}", (200, 403))
    watch.done(500)


def test_empty_forms_are_refused_and_leave_nothing(watch: Watch) -> None:
    before = watch.worlds.rows()
    for who, stranger in everybody(watch):
        for (method, rule), let in FORMS.items():
            options: dict[str, Any] = {"data": {}}
            if rule in JSON_FORMS:
                options = {"json": {"submit": True}}
            if stranger:
                watch.stranger(who, method, rule, **options)
            else:
                watch.ask(who, method, rule, (400, 403, 404, 422) if who.name in let else (403, 422, 404), **options)
    assert watch.worlds.rows() == before
    watch.done(50)


@on_sqlite
def test_figures_stay_at_home(watch: Watch) -> None:
    for who, stranger in everybody(watch):
        for path in ("/statistics/list?of=open", "/statistics/list?of=came&period=term", "/statistics/list?of=records",
                     "/api/v1/statistics/items?of=came", "/api/v1/statistics/items?of=records"):  # fmt: skip
            if stranger:
                watch.stranger(who, "GET", path)
            else:
                watch.ask(who, "GET", path, 200 if who.name in READS_FIGURES else 403)
        for place in ("a1", "k1", "b1", "prov", "e1"):
            code = watch.worlds.door.cast.code[place]
            allowed = {"a1": SCHOOL_A1 | OFFICES_A, "k1": OFFICES_A, "b1": {"b1:school_clerk", "k2:dept_leader"},
                       "prov": {"prov:dept_leader", "prov:auditor"}, "e1": {"e1:school_clerk"}}[place]  # fmt: skip
            above = {"prov:dept_leader", "prov:auditor"}
            above |= {"city1:dept_leader"} if place in ("a1", "k1", "b1") else set()
            for path in (f"/statistics/?org={code}&tab=records", f"/statistics/list?org={code}&of=open",
                         f"/api/v1/statistics?org={code}", f"/api/v1/statistics/items?org={code}&of=open"):  # fmt: skip
                if not stranger:
                    good = who.name in (allowed | above) & READS_FIGURES
                    watch.ask(who, "GET", path, 200 if good else 404 if who.name in READS_FIGURES else 403)
            if not stranger:
                good = place in ("k1", "prov") and who.name in (allowed | above) & READS_FIGURES
                for path in ("/bulletins/draft?", "/bulletins/draft/list?of=came&"):
                    path += f"org={code}&month=2025-08"
                    watch.ask(who, "GET", path, 200 if good else 404 if who.name in READS_FIGURES else 403)
    watch.done(150)


@on_sqlite
def test_administrators_reach_their_own_subtree(watch: Watch) -> None:
    before = watch.worlds.rows()
    targets: list[tuple[str, str, Callable[[str], str]]] = [
        ("offices", "end", lambda thing: f"/admin/organisations/{thing}/end"),
        ("people", "save", lambda thing: f"/admin/posts/accounts/{thing}"),
    ]
    for who, stranger in everybody(watch):
        for kind, act, address in targets:
            for _, thing, knowing in things(watch.worlds, kind):
                options = {"data": {"act": act, "email": "\n" * 3 + "x"}}
                if stranger:
                    watch.stranger(who, "POST", address(thing), **options)
                    continue
                admin = who.name in (SYSTEM if kind == "offices" else SYSTEM | SECURITY)
                want = (403, 422) if who.name in knowing else 404 if admin else 403
                watch.ask(who, "POST", address(thing), want, **options)
            for thing in NOWHERE[:3]:
                if not stranger:
                    watch.ask(who, "POST", address(thing), (403, 404))
    assert watch.worlds.rows() == before
    watch.done(90)


@on_sqlite
def test_a_form_without_its_token_is_refused_whoever_sends_it(watch: Watch) -> None:
    rules = {rule for method, rule in (*ACTS, *FORMS, *ELSEWHERE) if method == "POST" and not rule.startswith("/api/")}
    before = watch.worlds.rows()
    for name in ("a1:school_clerk", "prov:system_admin"):
        who = replace(watch.worlds.visitors[name], csrf="")
        for rule in rules:
            watch.ask(who, "POST", filled(rule, "x").replace("<code>", "x"), 400)
    assert watch.worlds.rows() == before
    watch.done(30)


@on_sqlite
def test_the_old_school_learns_nothing_of_the_later_life(watch: Watch) -> None:
    pupil, engine = watch.worlds.door.cast.pupil["沈明铭"], watch.worlds.door.house.engine

    def put(status: str) -> None:
        later = update(Student).where(Student.id == pupil).values(status=status, disputed=status == "02")
        transact(engine, lambda session: session.execute(later))

    put("02")
    page = f"/students/{watch.worlds.pupils['沈明铭']}"
    old, new = (
        watch.ask(watch.worlds.visitors[who], "GET", page, 200) for who in ("a2:school_clerk", "a1:school_clerk")
    )
    assert "休学" not in old.get_data(as_text=True)
    assert "休学" in new.get_data(as_text=True)
    for answer in (old, new):
        assert "重复" not in answer.get_data(as_text=True), "no school hears of it before a case asks (promise T3)"
    revealed = watch.ask(watch.worlds.visitors["a2:school_clerk"], "POST", page, 200, data={"purpose": "核对"})
    assert watch.worlds.door.cast.record_no["沈明铭"] not in revealed.get_data(as_text=True)
    put("01")
    watch.done(3)


@on_sqlite
def test_the_public_page_tells_little(watch: Watch) -> None:
    code, who = watch.worlds.numbers["A code"], watch.worlds.visitors[ANONYMOUS]
    page = who.ask("GET", f"/verify/{code}")
    assert page.status_code == 200
    for name, words in (("沈明铭", "姓名与记录一致"), ("丁思欣", "姓名与记录不一致")):
        said = who.ask("POST", f"/verify/{code}/name", data={"name": name}).get_data(as_text=True)
        assert words in said
    told = page.get_data(as_text=True)
    assert "沈**" in told or "沈*" in told
    numbers = watch.worlds.door.cast.record_no
    for secret in ("沈明铭", numbers["沈明铭"][1:], watch.worlds.cases["A done"], "老师"):
        assert secret not in told
    for wrong in NOWHERE:
        watch.ask(who, "GET", f"/verify/{wrong}", 404)
        watch.ask(who, "POST", f"/verify/{wrong}/name", 404, data={"name": "沈明铭"})
    watch.done(10)
