"""The API as a program meets it: a whole transfer, repeated and stale requests, strangers, statements counted."""

import json
import re
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.access import AccessEntry
from models.cases import Case
from models.session import transact
from models.students import Enrolment, Student
from tests.statements import counted
from tests.web.door import Door, fresh_key

A_FOREIGN_NUMBER = "G539901201403120014"


def started(door: Door, pupil: str = "沈明铭", **values: Any) -> dict[str, Any]:
    answer = door.api("a1:school_clerk").post("/transfers", door.request("a1", pupil, **values))
    assert answer.status_code == 201, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def test_a_pupil_moves_within_a_county_by_api_alone(door: Door) -> None:
    case = started(door)
    assert (case["phase"], case["revision"]) == ("receiving_school", 1)
    assert [(stop["org"], stop["level"], stop["role"]) for stop in case["route"]] == [
        (door.cast.code["a1"], "school", "receiving_school"),
        (door.cast.code["a2"], "school", "releasing_school"),
        (door.cast.code["k1"], "county", "common_department"),
    ]
    assert case["warnings"] == []
    assert [note["guard"] for note in case["notes"]] == ["T16"]
    no = case["no"]
    for who, phase in [
        ("a1:school_leader", "releasing_school"),
        ("a2:school_leader", "common_department"),
        ("k1:dept_leader", "arrival"),
    ]:
        caller = door.api(who)
        waiting = caller.get("/inbox?tab=todo").get_json()
        assert [line["no"] for line in waiting["items"]] == [no]
        assert waiting["items"][0]["item"]["mine"]
        answer = caller.act(no, "approve", comment="同意")
        assert (answer.status_code, answer.get_json()["phase"]) == (200, phase)
    clerk = door.api("a1:school_clerk")
    answer = clerk.act(no, "confirm_arrival", on_date="2025-09-01")
    assert answer.get_json()["phase"] == "effective"
    shown = clerk.get(f"/cases/{no}").get_json()
    assert shown["phase"] == "effective"
    assert [event["action"] for event in shown["events"]][-1] == "confirm_arrival"
    number = shown["linked"]["certificates"][0]["number"]
    paper = clerk.get(f"/certificates/{number}").get_json()
    assert paper["facts"]["name"] == "沈明铭"
    assert clerk.get(f"/certificates/{paper['id']}").get_json()["number"] == number
    assert clerk.get(f"/certificates/{paper['id']}/pdf").status_code == 503
    assert door.api("k3:dept_leader").get(f"/certificates/{paper['id']}").status_code == 404
    spells = select(Enrolment.school_id).where(Enrolment.student_id == door.cast.pupil["沈明铭"])
    assert set(door.ask(spells)) == {door.cast.org["a1"], door.cast.org["a2"]}


def discipline(door: Door, pupil: str) -> None:
    """Put a pupil under a disciplinary measure."""

    def work(session: Session) -> None:
        session.get_one(Student, door.cast.pupil[pupil]).disciplinary = True

    transact(door.house.engine, work)


def test_a_refused_request_names_every_reason_and_leaves_nothing(door: Door) -> None:
    body = door.request("a1", "沈明铭", grade=4, evidence=[])
    answer = door.api("a1:school_clerk").post("/transfers", body)
    problem = answer.get_json()
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert {"C5", "T1"} <= {reason["guard"] for reason in problem["reasons"] if reason["severity"] == "block"}
    assert all(set(reason) >= {"guard", "severity", "message", "citation"} for reason in problem["reasons"])
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert door.ask(select(func.count()).select_from(Case)) == [0]


def test_a_draft_may_lack_everything_and_is_changed_later(door: Door) -> None:
    clerk = door.api("a1:school_clerk")
    draft = clerk.post("/transfers", {"name": "沈明铭"}).get_json()
    assert (draft["phase"], draft["revision"], draft["route"]) == ("draft", 0, [])
    submit = next(option for option in draft["options"] if option["action"] == "submit")
    assert not submit["allowed"]
    assert {"C1", "C5"} <= {reason["guard"] for reason in submit["reasons"]}
    rest = door.request("a1", "沈明铭")
    del rest["submit"]
    changed = clerk.patch(f"/cases/{draft['no']}", {**rest, "revision": 0})
    assert changed.status_code == 200, changed.get_json()
    assert len(changed.get_json()["route"]) == 3
    assert clerk.act(draft["no"], "submit").get_json()["phase"] == "receiving_school"
    assert clerk.patch(f"/cases/{draft['no']}", {"name": "别人", "revision": 1}).status_code == 403


def test_a_found_pupil_is_written_down_for_the_school_that_keeps_the_record(door: Door) -> None:
    clerk = door.api("a1:school_clerk")
    case = started(door)
    draft = clerk.post("/transfers", {}).get_json()
    name, number = "古丽娜尔·艾合买提", door.cast.record_no["古丽娜尔·艾合买提"]
    assert clerk.patch(f"/cases/{draft['no']}", {"name": name, "record_no": number, "revision": 0}).status_code == 200
    looks = select(AccessEntry.student_id).where(AccessEntry.what == "search").order_by(AccessEntry.id)
    assert door.ask(looks) == [door.cast.pupil["沈明铭"], door.cast.pupil[name]]
    assert case["no"]


def test_a_warning_does_not_stop_and_is_told(door: Door) -> None:
    discipline(door, "沈明铭")
    case = started(door)
    assert case["phase"] == "receiving_school"
    assert [warning["guard"] for warning in case["warnings"]] == ["T3"]
    shown = door.api("a1:school_leader").get(f"/cases/{case['no']}").get_json()
    assert [warning["guard"] for warning in shown["warnings"]] == ["T3"]


def test_the_same_key_twice_is_one_transfer(door: Door) -> None:
    clerk, body, key = door.api("a1:school_clerk"), door.request("a1", "沈明铭"), fresh_key()
    first, again = clerk.post("/transfers", body, key), clerk.post("/transfers", body, key)
    assert first.get_json() == again.get_json()
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert door.ask(select(func.count()).select_from(Case)) == [1]
    other = clerk.post("/transfers", {**body, "reason": "随迁"}, key)
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency_key_reused")


def test_the_same_action_twice_is_done_once_and_another_body_is_refused(door: Door) -> None:
    no, leader, key = started(door)["no"], door.api("a1:school_leader"), fresh_key()
    body = {"revision": 1, "comment": "同意"}
    first = leader.post(f"/cases/{no}/actions/approve", body, key)
    again = leader.post(f"/cases/{no}/actions/approve", body, key)
    assert first.get_json() == again.get_json()
    assert again.headers["Idempotency-Replayed"] == "true"
    other = leader.post(f"/cases/{no}/actions/approve", {**body, "comment": "不同"}, key)
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency_key_reused")


def test_a_stale_request_is_told_who_acted_and_when(door: Door) -> None:
    no = started(door)["no"]
    door.api("a1:school_leader").act(no, "approve")
    late = door.api("a1:school_leader").act(no, "approve", revision=1)
    problem = late.get_json()
    assert (late.status_code, problem["code"]) == (409, "stale")
    assert problem["revision"] == 2
    assert problem["action"] == "approve"
    assert problem["by"]
    assert problem["at"].startswith("2025-09-01T01:00")


def test_who_comes_after_the_decision_is_told_so(door: Door) -> None:
    no = started(door)["no"]
    door.api("a1:school_clerk").act(no, "withdraw")
    late = door.api("a1:school_leader").act(no, "approve")
    assert (late.status_code, late.get_json()["code"]) == (409, "already_decided")
    assert late.get_json()["action"] == "withdraw"


def test_a_party_without_the_turn_gets_403_and_a_stranger_404(door: Door) -> None:
    no = started(door)["no"]
    assert door.api("k1:dept_leader").act(no, "approve").status_code == 403
    assert door.api("a1:school_clerk").act(no, "approve").status_code == 403
    for who in ("d1:school_clerk", "k3:dept_leader", "e1:school_leader"):
        stranger = door.api(who)
        seen = stranger.get(f"/cases/{no}")
        nothing = stranger.get("/cases/ZX2025-2199000001-9999")
        assert (seen.status_code, nothing.status_code) == (404, 404)
        assert _without_id(seen.get_json()) == _without_id(nothing.get_json())
        assert stranger.act(no, "approve", revision=1).status_code == 404
        assert stranger.patch(f"/cases/{no}", {"revision": 1}).status_code == 404
        assert stranger.get("/inbox").get_json()["items"] == []


def _without_id(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "request_id"}


def test_a_draft_is_nobody_elses_business(door: Door) -> None:
    draft = door.api("a1:school_clerk").post("/transfers", door.request("a1", "沈明铭", submit=False)).get_json()
    assert door.api("k1:dept_leader").get(f"/cases/{draft['no']}").status_code == 404
    assert door.api("a2:school_clerk").get(f"/cases/{draft['no']}").status_code == 404


def test_papers_of_another_school_cannot_be_attached(door: Door) -> None:
    body = door.request("a1", "沈明铭", evidence=door.papers("d1"))
    problem = door.api("a1:school_clerk").post("/transfers", body).get_json()
    assert problem["reasons"][0]["field"] == "evidence"


def test_only_a_clerk_asks_and_only_for_his_school(door: Door) -> None:
    body = door.request("a1", "沈明铭")
    assert door.api("a1:school_leader").post("/transfers", body).status_code == 403
    other = door.api("d1:school_clerk").post("/transfers", body)
    assert other.status_code == 422
    assert "to" in {reason.get("field") for reason in other.get_json()["reasons"]}


def test_a_pupil_comes_from_another_province(door: Door) -> None:
    outside = {"province": "云岭省", "school": "云岭市第三小学", "code": "5399000001", "dept": "云岭市教育局"}
    body = door.request("a1", "白小川", record_no=A_FOREIGN_NUMBER, direction="incoming", outside=outside)
    answer = door.api("a1:school_clerk").post("/transfers", body)
    assert answer.status_code == 201, answer.get_json()
    case = answer.get_json()
    assert [stop["level"] for stop in case["route"]][-3:] == ["external"] * 3
    no, clerk = case["no"], door.api("a1:school_clerk")
    assert door.api("a1:school_leader").act(no, "approve").status_code == 200
    assert door.api("k1:dept_leader").act(no, "approve").get_json()["phase"] == "releasing_school"
    for _ in range(3):
        done = clerk.act(no, "record_milestone", result="agreed", on_date="2025-09-01")
        assert done.status_code == 200, done.get_json()
    assert done.get_json()["phase"] == "arrival"
    refused = clerk.act(no, "confirm_arrival", on_date="2025-09-01")
    assert refused.status_code == 422
    pulled = {"sex": "male", "birth_date": "2014-03-12"}
    assert clerk.act(no, "record_milestone", result="agreed", on_date="2025-09-01", pulled=pulled).status_code == 200
    assert clerk.act(no, "confirm_arrival", on_date="2025-09-01").get_json()["phase"] == "effective"


def test_a_pupil_leaves_for_another_province(door: Door) -> None:
    outside = {"province": "云岭省", "school": "云岭市第三小学", "request_no": "YL-2025-0001"}
    body = door.request("a2", "沈明铭", direction="outgoing", outside=outside)
    del body["to"], body["to_class"]
    answer = door.api("a2:school_clerk").post("/transfers", body)
    assert answer.status_code == 201, answer.get_json()
    no = answer.get_json()["no"]
    door.api("a2:school_leader").act(no, "approve")
    assert door.api("k1:dept_leader").act(no, "approve").get_json()["phase"] == "arrival"
    clerk = door.api("a2:school_clerk")
    assert clerk.act(no, "record_milestone", result="agreed", on_date="2025-09-01").get_json()["phase"] == "effective"


def test_the_inbox_is_paged_without_losing_a_line(door: Door) -> None:
    clerk = door.api("a1:school_clerk")
    made = [clerk.post("/transfers", {"reason_note": str(n)}).get_json()["no"] for n in range(5)]
    seen, after = [], ""
    while True:
        page = clerk.get(f"/inbox?tab=started&limit=2&after={after}").get_json()
        seen += [line["no"] for line in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == made[::-1]


@pytest.mark.parametrize("query", ["tab=nothing", "after=x", "after=1-1-1", "after=" + "9" * 30 + "-1"])
def test_a_list_that_does_not_exist_is_refused(door: Door, query: str) -> None:
    assert door.api("a1:school_clerk").get(f"/inbox?{query}").status_code == 422


LISTS = ("/inbox", "/problems", "/statistics", "/statistics/items", "/bulletins")


@pytest.mark.parametrize("path", LISTS)
def test_a_parameter_that_a_list_does_not_have_is_refused_by_name_and_those_described_are_taken(
    door: Door, path: str
) -> None:
    leader = door.api("k1:dept_leader")
    wrong = leader.get(f"{path}?cursor=1").get_json()
    assert (wrong["status"], wrong["code"], wrong["field"]) == (422, "parameter_unknown", "cursor")
    assert "没有参数 cursor" in wrong["detail"]
    described = door.app.test_client().get("/api/v1/openapi.json").get_json()
    for told in described["paths"][path]["get"]["parameters"]:
        assert leader.get(f"{path}?{told['name']}=").get_json().get("code") != "parameter_unknown", told
        assert f"{told['name']}" in wrong["detail"]


@pytest.mark.parametrize("query", ["kind=x", "level=x", "age=x", "phase=x", "after=1-2", "shelf=pairs&after=5"])
def test_problem_records_are_not_limited_by_what_nobody_offers(door: Door, query: str) -> None:
    problem = door.api("k1:dept_clerk").get(f"/problems?{query}").get_json()
    assert (problem["status"], problem["field"]) == (422, query.rpartition("&")[2].partition("=")[0])


def test_a_decision_takes_few_statements_however_much_there_is(door: Door) -> None:
    no = started(door)["no"]
    leader = door.api("a1:school_leader")
    with counted(door.house.engine) as seen:
        assert leader.act(no, "approve", revision=1).status_code == 200
    assert len(seen) <= 10 + 1, "\n".join(seen)  # one more finds out who calls


def test_reading_a_case_and_the_inbox_takes_few_statements(door: Door) -> None:
    no = started(door)["no"]
    leader = door.api("a1:school_leader")
    for path in (f"/cases/{no}", "/inbox", "/inbox?tab=started"):
        leader.get(path)
        with counted(door.house.engine) as seen:
            assert leader.get(path).status_code == 200
        assert len(seen) <= 8, path + "\n" + "\n".join(seen)


def test_the_description_names_every_path_and_method_there_is(door: Door) -> None:
    described = door.app.test_client().get("/api/v1/openapi.json").get_json()
    wanted = {
        (rule.rule.removeprefix("/api/v1").replace("<", "{").replace(">", "}"), method.lower())
        for rule in door.app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }  # fmt: skip
    told = {(path, name) for path, item in described["paths"].items() for name in item if name != "parameters"}
    assert told == wanted
    text = json.dumps(described)
    for name in set(re.findall(r"#/components/schemas/(\w+)", text)):
        assert name in described["components"]["schemas"]
