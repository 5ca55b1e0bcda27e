"""Bad input never ends in a 500, and every refusal says the same thing to pages and programs."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from models.cases import Case
from tests.web.door import Caller, Door, fresh_key
from web.security import HEADERS, LARGEST_REQUEST

LONG = "长" * 10_000
NASTY: list[Any] = [
    "", " ", "<script>alert(1)</script>", "=HYPERLINK(1)", "' or 1=1 --", "a\nb", "\u202e反", "😀", "\ue000", LONG,
    "e" + "\u0301" * 5000, 0, -1, 2**53, 1.5, True, [], ["x"], [[["x"]]], {}, {"a": {"b": 1}}, [None], [1, 2],
]  # fmt: skip
DRAFT = (
    "name", "record_no", "to", "to_class", "target_grade", "reason", "reason_note", "offline_first", "outside",
    "direction", "evidence", "submit", "state", "",
)  # fmt: skip
TYPED = ("comment", "cause", "items", "on_date", "to", "to_class", "result", "evidence", "pulled", "revision", "role")
ACTIONS = (
    "approve", "refuse", "return", "withdraw", "reassign_target", "submit", "expire", "dance", "__class__", "a" * 300,
)  # fmt: skip


def refused_or_done(answer: Any) -> bool:
    return answer.status_code < 500 and (answer.status_code < 400 or bool(answer.get_json()["code"]))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_nothing_typed_into_a_draft_breaks_it(door: Door) -> None:
    clerk = door.api("a1:school_clerk")
    for field in DRAFT:
        for value in NASTY:
            answer = clerk.post("/transfers", {field: value})
            assert refused_or_done(answer), (field, value, answer.get_data(as_text=True))
    for inner in ("province", "phone", "other"):
        for value in NASTY:
            answer = clerk.post("/transfers", {"direction": "incoming", "outside": {inner: value}})
            assert refused_or_done(answer), (inner, value, answer.get_data(as_text=True))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_nothing_typed_with_an_action_breaks_it(door: Door) -> None:
    no = door.api("a1:school_clerk").post("/transfers", door.request("a1", "沈明铭")).get_json()["no"]
    leader = door.api("a1:school_leader")
    for action, field in (*(("refuse", name) for name in TYPED if name != "items"), ("return", "items")):
        for value in NASTY:
            body = {"revision": 1, "cause": "不喜欢", "comment": ""} if action == "refuse" else {"revision": 1}
            body[field] = value
            answer = leader.post(f"/cases/{no}/actions/{action}", body)
            assert 400 <= answer.status_code < 500, (action, field, value, answer.get_data(as_text=True))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_nothing_typed_with_a_file_pull_breaks_it(door: Door) -> None:
    no, clerk = incoming(door)
    good = {"sex": "male", "birth_date": "2014-03-12"}
    revision = clerk.get(f"/cases/{no}").get_json()["revision"]
    for field in (*good, "id_type", "id_number", "ethnicity", "other"):
        for value in NASTY:
            pulled = {**good, field: value}
            body = {"result": "agreed", "on_date": "2025-09-01", "pulled": pulled, "revision": revision}
            answer = clerk.act(no, "record_milestone", **body)
            assert answer.status_code < 500, (field, value, answer.get_data(as_text=True))
            revision = answer.get_json().get("revision", revision)


def incoming(door: Door) -> tuple[str, Caller]:
    """Return a case from another province in which only the file pull is missing, and the clerk who enters it."""
    outside = {"province": "云岭省", "school": "云岭市第三小学", "code": "5399000001", "dept": "云岭市教育局"}
    body = door.request("a1", "白小川", record_no="G539901201403120014", direction="incoming", outside=outside)
    clerk = door.api("a1:school_clerk")
    no = clerk.post("/transfers", body).get_json()["no"]
    door.api("a1:school_leader").act(no, "approve")
    door.api("k1:dept_leader").act(no, "approve")
    for _ in range(3):
        clerk.act(no, "record_milestone", result="agreed", on_date="2025-09-01")
    return no, clerk


def test_addresses_that_lead_nowhere_are_404(door: Door) -> None:
    clerk = door.api("a1:school_clerk")
    for name in ("x", "%00", "..", "%2e%2e", "9" * 23, "a" * 8000, "<script>", "ZX2025-2199000001-0001'"):
        for path in (f"/cases/{name}", f"/evidence/{name}", f"/evidence/{name}/content", f"/certificates/{name}"):
            assert clerk.get(path).status_code in (404, 308), path
    for action in ACTIONS:
        assert clerk.post(f"/cases/nothing/actions/{action}", {"revision": 0}).status_code == 404
    assert clerk.get("/nothing").status_code == 404
    assert clerk.post("/inbox").status_code == 405


@pytest.mark.parametrize("key", ["", "short", "x" * 129, "with space in it!!", "多" * 20])
def test_a_key_of_another_form_is_refused(door: Door, key: str) -> None:
    caller = door.api("a1:school_clerk")
    headers = {**caller.headers, "Idempotency-Key": key.encode("utf-8").decode("latin-1")}
    for path in ("/transfers", "/cases/x/actions/approve"):
        answer = caller.client.post(f"/api/v1{path}", json={}, headers=headers)
        assert (answer.status_code, answer.get_json()["code"]) == (400, "idempotency_key_invalid")


def test_an_action_without_a_revision_is_refused(door: Door) -> None:
    no = door.api("a1:school_clerk").post("/transfers", door.request("a1", "沈明铭")).get_json()["no"]
    for body in ({}, {"revision": None}, {"revision": "1"}, {"revision": True}):
        answer = door.api("a1:school_leader").post(f"/cases/{no}/actions/approve", body)
        assert answer.status_code == 422
        assert answer.get_json()["reasons"][0]["field"] == "revision"


def test_a_page_address_or_form_with_a_nul_is_refused(door: Door) -> None:
    client = door.browser("a1:school_clerk")
    assert client.get("/cases/%00").status_code == 404
    assert client.get("/verify?code=a%00b").status_code == 400
    assert client.post("/login", data={"username": "a\x00"}).status_code in (400, 422)


@pytest.mark.parametrize("after", ["a%00b", "%00", "x", "1-", "-1", "1e99-1", "1-" + "9" * 30])
def test_an_address_that_no_page_of_the_inbox_gave_is_told_in_the_frame_of_who_is_there(door: Door, after: str) -> None:
    answer = door.browser("a1:school_clerk").get(f"/inbox?after={after}")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "网址中的 after" in page
    assert "退出登录" in page
    problem = door.api("a1:school_clerk").get(f"/inbox?after={after}")
    assert (problem.status_code, problem.get_json()["field"]) == (422, "after")


def test_a_host_that_is_not_ours_is_refused(door: Door) -> None:
    answer = door.app.test_client().get("/login", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "evil" not in answer.get_data(as_text=True)


def test_a_body_that_is_too_large_is_refused_before_it_is_read(door: Door) -> None:
    caller = door.api("a1:school_clerk")
    headers = {**caller.headers, "Content-Type": "multipart/form-data; boundary=x"}
    answer = caller.client.post("/api/v1/evidence", headers=headers, data=bytes(LARGEST_REQUEST + 1))
    assert (answer.status_code, answer.get_json()["limit"]) == (413, LARGEST_REQUEST)


def test_too_many_parts_are_refused(door: Door) -> None:
    caller = door.api("a1:school_clerk")
    data = {f"part{number}": "x" for number in range(1001)}
    answer = caller.client.post(
        "/api/v1/evidence", headers=caller.headers, data=data, content_type="multipart/form-data"
    )
    assert answer.status_code == 413


def test_evidence_needs_a_file_and_takes_no_other_field(door: Door) -> None:
    caller = door.api("a1:school_clerk")

    def send(data: dict[str, Any]) -> Any:
        return caller.client.post(
            "/api/v1/evidence", headers=caller.headers, data=data, content_type="multipart/form-data"
        )

    assert send({"kind": "户口簿"}).get_json()["field"] == "file"
    assert send({"kind": "户口簿", "org_id": "1"}).status_code == 422
    assert send({"kind": "a\x00"}).status_code == 422
    assert caller.client.post("/api/v1/evidence", headers=caller.headers, data=b"junk").status_code == 422


def test_every_answer_carries_the_headers(door: Door) -> None:
    client = door.app.test_client()
    for path in ("/login", "/api/v1/inbox", "/healthz", "/no/such/page"):
        answer = client.get(path)
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, path
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Request-Id"]
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


def test_machines_learn_whether_it_works(door: Door) -> None:
    client = door.app.test_client()
    assert client.get("/healthz").get_data(as_text=True) == "ok\n"
    assert client.get("/readyz").status_code == 200
    metrics = client.get("/metrics").get_data(as_text=True)
    assert "xuejiban_work_items_open 0" in metrics


def together(door: Door, who: str, path: str, bodies: list[tuple[dict[str, Any], str]]) -> list[Any]:
    """Send all requests at the same moment and return the answers."""
    callers, start = [door.api(who) for _ in bodies], Barrier(len(bodies))

    def send(caller: Caller, body: dict[str, Any], key: str) -> Any:
        start.wait()
        return caller.post(path, body, key)

    with ThreadPoolExecutor(len(bodies)) as pool:
        waiting = [pool.submit(send, c, body, key) for c, (body, key) in zip(callers, bodies, strict=True)]
        return [one.result() for one in waiting]


def test_of_approvals_at_the_same_moment_one_counts_and_the_others_are_told(door: Door) -> None:
    no = door.api("a1:school_clerk").post("/transfers", door.request("a1", "沈明铭")).get_json()["no"]
    bodies = [({"revision": 1}, fresh_key()) for _ in range(5)]
    answers = together(door, "a1:school_leader", f"/cases/{no}/actions/approve", bodies)
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    assert {answer.get_json()["code"] for answer in answers if answer.status_code == 409} <= {"stale", "busy"}
    assert door.api("a1:school_leader").get(f"/cases/{no}").get_json()["revision"] == 2


def test_one_request_sent_many_times_at_the_same_moment_is_one_transfer(door: Door) -> None:
    body, key = door.request("a1", "沈明铭"), fresh_key()
    answers = together(door, "a1:school_clerk", "/transfers", [(body, key)] * 4)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_json()["no"] for answer in answers}) == 1
    assert door.ask(select(func.count()).select_from(Case)) == [1]
