"""A pupil moves to another city: five offices through the API alone, one of them sends it back, nobody else sees it."""

import io
from typing import Any

from tests import scans
from tests.journeys.conftest import Story
from tests.web.door import Caller

ROUTE = [
    ("a1:school_leader", "receiving_department"),
    ("k1:dept_leader", "releasing_school"),
    ("d1:school_leader", "releasing_department"),
    ("k3:dept_leader", "arrival"),
]
STRANGERS = ("b1:school_clerk", "k2:dept_leader", "e1:school_leader")


def hand_in(clerk: Caller, kind: str, no: str = "") -> str:
    """Upload a paper as a program does; returns its id."""
    body = {"kind": kind, "file": (io.BytesIO(scans.picture()), f"{kind}.jpg")} | ({"case": no} if no else {})
    answer = clerk.client.post("/api/v1/evidence", data=body, headers=clerk.headers)
    assert answer.status_code == 201, answer.get_json()
    return str(answer.get_json()["id"])


def ask_for(story: Story, pupil: str, grade: int) -> dict[str, Any]:
    """Ask for a transfer to the first school, with three uploaded papers."""
    clerk = story.program_of("a1:school_clerk")
    papers = [hand_in(clerk, kind) for kind in ("转学申请", "户口簿", "居住证明")]
    answer = clerk.post("/transfers", story.door.request("a1", pupil, grade, evidence=papers))
    assert answer.status_code == 201, answer.get_json()
    case: dict[str, Any] = answer.get_json()
    return case


def test_five_offices_carry_a_pupil_from_one_city_to_another(story: Story) -> None:
    case = ask_for(story, "卢天志", 4)
    no = case["no"]
    assert [stop["org"] for stop in case["route"]] == [story.cast.code[org] for org in ("a1", "k1", "d1", "k3")]
    for who, phase in ROUTE:
        only_the_asked_office_may_decide(story, no, who)
        done = story.program_of(who).act(no, "approve", comment="同意")
        assert (done.status_code, done.get_json()["phase"]) == (200, phase)
        story.later(1)
    for who in STRANGERS:
        assert story.program_of(who).get(f"/cases/{no}").status_code == 404
    arrived = story.program_of("a1:school_clerk").act(no, "confirm_arrival", on_date=story.now.date().isoformat())
    assert arrived.get_json()["phase"] == "effective"
    story.work()
    both_schools_hold_the_same_paper(story, no)


def test_a_returned_request_goes_straight_back_and_the_others_are_not_asked_again(story: Story) -> None:
    no = ask_for(story, "卢天志", 4)["no"]
    for who, _ in ROUTE[:2]:
        story.program_of(who).act(no, "approve")
    story.later(2)
    back = story.program_of("d1:school_leader").act(no, "return", comment="请补交接种证", items=["户口簿"])
    assert back.get_json()["phase"] == "draft"
    story.work()
    assert "补正" in story.mails("a1:school_clerk")[-1].subject
    clerk = story.program_of("a1:school_clerk")
    waiting = clerk.get("/inbox?tab=todo").get_json()["items"]
    assert [line["no"] for line in waiting] == [no]
    hand_in(clerk, "户口簿", no)
    again = clerk.act(no, "submit")
    assert again.get_json()["phase"] == "releasing_school", again.get_json()
    for who, phase in ROUTE[2:]:
        assert story.program_of(who).act(no, "approve").get_json()["phase"] == phase
    shown = clerk.get(f"/cases/{no}").get_json()
    signed = [event["action"] for event in shown["events"] if event["action"] == "approve"]
    assert len(signed) == 4, "nobody signed twice"


def only_the_asked_office_may_decide(story: Story, no: str, asked: str) -> None:
    """The office whose turn it is has the case in its list; every other party may read it and is refused."""
    for who, _ in ROUTE:
        caller = story.program_of(who)
        lines = [line["no"] for line in caller.get("/inbox?tab=todo").get_json()["items"]]
        assert lines == ([no] if who == asked else []), who
        if who != asked:
            assert caller.act(no, "approve").status_code in (403, 409), who


def both_schools_hold_the_same_paper(story: Story, no: str) -> None:
    papers = set()
    for who in ("a1:school_clerk", "d1:school_clerk"):
        caller = story.program_of(who)
        (linked,) = caller.get(f"/cases/{no}").get_json()["linked"]["certificates"]
        certificate = caller.get(f"/certificates/{linked['number']}").get_json()
        assert certificate["state"] == "valid"
        assert caller.get(f"/certificates/{certificate['id']}/pdf").data.startswith(b"%PDF-")
        papers.add(certificate["id"])
        assert "证明已生成" in story.mails(who)[-1].subject
    assert len(papers) == 1
