"""Pupils who come from another province and who leave for one: the other side is outside, its answers are entered."""

import re

from sqlalchemy import select

from models.students import Enrolment, Student
from tests.journeys.conftest import Story
from tests.journeys.hands import Visitor

NUMBER = "G539901201403120014"
OUTSIDE = {"outside.province": "云岭省", "outside.school": "云岭市第三小学", "outside.code": "5399000001"}


def test_a_pupil_comes_from_another_province_on_pages(story: Story) -> None:
    clerk = story.page_of("a1:school_clerk")
    no = start(clerk, "incoming", "白小川", NUMBER)
    clerk.send("/school", target_grade="5", to_class=story.cast.room[("a1", 5)].no, **OUTSIDE)
    send(story, clerk, no)
    for who in ("a1:school_leader", "k1:dept_leader"):
        officer = story.page_of(who)
        officer.open(f"/cases/{no}")
        officer.send("/approve")
    for turn in range(3):
        clerk.open("/inbox")
        assert no in clerk.page.html, f"milestone {turn}: the clerk does not find what he has to enter"
        clerk.open(f"/cases/{no}")
        clerk.send("/record_milestone", result="agreed", on_date="2025-09-01")
    assert "报到" in clerk.page.words

    # The file was not pulled yet: arrival is refused with the reason, then the file comes and the pupil is ours.
    assert not clerk.page.offers("/confirm_arrival") or clerk.send(
        "/confirm_arrival", status=422, on_date="2025-09-01"
    )
    clerk.open(f"/cases/{no}")
    pulled = {"pulled.sex": "male", "pulled.birth_date": "2014-03-12"}
    clerk.send("/record_milestone", result="agreed", on_date="2025-09-01", **pulled)
    clerk.open(f"/cases/{no}")
    assert "已办结" in clerk.send("/confirm_arrival", on_date="2025-09-01").words
    (born,) = story.door.ask(select(Student.birth_date).where(Student.name == "白小川"))
    assert born.isoformat() == "2014-03-12"


def test_a_pupil_leaves_for_another_province_on_pages(story: Story) -> None:
    clerk = story.page_of("a2:school_clerk")
    no = start(clerk, "outgoing", "沈明铭", story.cast.record_no["沈明铭"])
    clerk.send("/school", **OUTSIDE, **{"outside.request_no": "YL-2025-0001"})
    send(story, clerk, no)
    for who in ("a2:school_leader", "k1:dept_leader"):
        officer = story.page_of(who)
        officer.open(f"/cases/{no}")
        officer.send("/approve")
    clerk.open(f"/cases/{no}")
    assert "已办结" in clerk.send("/record_milestone", result="agreed", on_date="2025-09-01").words
    query = select(Enrolment.ended_on).where(Enrolment.student_id == story.cast.pupil["沈明铭"])
    (left,) = story.door.ask(query)
    assert left is not None, "the pupil is no longer on our rolls"


def start(clerk: Visitor, direction: str, name: str, number: str) -> str:
    """Open a draft for a pupil and return its number; the clerk is at the second step then."""
    clerk.open("/transfers/new")
    page = clerk.send("/transfers/new", direction=direction, name=name, record_no=number)
    handles = [form for form in page.forms if "handle" in form.names]
    if handles:
        answer = clerk.client.post(handles[0].action, data=handles[0].values)
        page = clerk.open(answer.location)
    found = re.search(r"/transfers/([^/]+)/school", page.address)
    assert found, page.address
    return found[1]


def send(story: Story, clerk: Visitor, no: str) -> None:
    """Give a reason, attach the papers, send."""
    clerk.open(f"/transfers/{no}/reason")
    clerk.send("/reason", reason="随迁")
    ids = story.door.papers(clerk.who.partition(":")[0])
    revision = clerk.page.form("/papers").values["revision"]
    story.program_of(clerk.who).patch(f"/cases/{no}", {"revision": int(revision), "evidence": ids})
    clerk.open(f"/transfers/{no}/send")
    assert clerk.send("/send").address == f"/transfers/{no}/receipt"
