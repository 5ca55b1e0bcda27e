"""A pupil moves to the school down the road: three offices, every step on a page, every paper a real file."""

import re

from tests import scans
from tests.journeys.conftest import Story
from tests.journeys.hands import Page, Visitor

SCAN = scans.picture()
SIGNATURES = (
    ("a1:school_leader", "转出学校核办"),
    ("a2:school_leader", "共同主管部门核办"),
    ("k1:dept_leader", "等待学生报到"),
)


def test_a_clerk_asks_three_offices_agree_and_the_family_gets_its_paper(story: Story) -> None:
    clerk = story.page_of("a1:school_clerk")
    no = ask_for(story, clerk, "沈明铭", "5")

    # Before anything is sent the clerk sees all that is missing at once, and the papers that follow from the reason.
    assert "还缺材料" in clerk.open(f"/transfers/{no}/send").words
    for kind in ("转学申请", "户口簿", "居住证明"):
        clerk.open(f"/transfers/{no}/papers")
        clerk.send("/papers", kind=kind, file=(f"{kind}.jpg", SCAN), then="stay")
    route = clerk.open(f"/transfers/{no}/route").words
    assert [name for name in ("栖云区青松小学", "栖云区新苗小学", "栖云区教育局") if name not in route] == []
    assert "朗星市教育局" not in route, "one common department signs once; the city is not asked"
    clerk.open(f"/transfers/{no}/send")
    sent = clerk.send("/send")
    assert sent.address == f"/transfers/{no}/receipt"
    story.work()

    # Each office finds it in its inbox when its turn comes, not earlier; a click on the mail's link does nothing yet.
    for who, after in SIGNATURES:
        officer = story.page_of(who)
        mail = story.mails(who)[-1]
        assert no in mail.text
        assert "沈明铭" not in mail.text
        assert no in officer.open("/inbox").html
        case = officer.open(f"/cases/{no}")
        assert case.offers("/approve")
        assert after in officer.send("/approve", comment="同意").words
        assert no not in todo_of(officer)
        story.work()

    assert no in todo_of(clerk)
    clerk.open(f"/cases/{no}")
    done = clerk.send("/confirm_arrival", on_date="2025-09-01")
    assert "已办结" in done.words
    story.work()
    check_the_paper(story, clerk, no)
    hand_over_the_file(story)


def ask_for(story: Story, clerk: Visitor, pupil: str, grade: str) -> str:
    """Walk the first three steps of the wizard; returns the number of the draft."""
    clerk.open("/transfers/new")
    found = clerk.send("/transfers/new", name=pupil, record_no=story.cast.record_no[pupil])
    assert "可以申请" in found.words
    form = next(form for form in found.forms if "handle" in form.names)
    draft = clerk.client.post(form.action, data=form.values)
    no = re.search(r"/transfers/([^/]+)/school", draft.location)
    assert no, draft.location
    clerk.open(draft.location)
    clerk.send("/school", target_grade=grade, to_class=story.cast.room[("a1", int(grade))].no)
    clerk.send("/reason", reason="住址变更", reason_note="搬到青松路")
    return no[1]


def todo_of(officer: Visitor) -> str:
    """Return the inbox as it is drawn, without the head of the page, where the last act is reported."""
    return officer.open("/inbox").html.partition("</nav>")[2]


def check_the_paper(story: Story, clerk: Visitor, no: str) -> None:
    """The certificate opens from the case, comes out as PDF, and a stranger finds it valid with a masked name."""
    case = clerk.open(f"/cases/{no}")
    address = next(link for link in case.links if link.startswith("/certificates/"))
    certificate = clerk.open(address)
    form = certificate.form("/pdf")
    pdf = clerk.client.post(form.action, data=form.values)
    assert pdf.data.startswith(b"%PDF-")
    verify = next(link for link in certificate.links if "/verify/" in link).partition("/verify/")[2]
    answer = story.door.app.test_client().get(f"/verify/{verify}")
    stranger = Page("/verify", answer.status_code, answer.get_data(as_text=True))
    assert "有效" in stranger.words
    assert "沈*" in stranger.words
    assert "沈明铭" not in stranger.words
    assert story.cast.record_no["沈明铭"] not in stranger.html


def hand_over_the_file(story: Story) -> None:
    """The old school finds the task to send the paper file, the new one to sign for it."""
    for who, action in (("a2:school_clerk", "send"), ("a1:school_clerk", "receive")):
        clerk = story.page_of(who)
        task = next(link for link in clerk.open("/inbox").links if link.startswith("/cases/DA"))
        clerk.open(task)
        clerk.send(f"/{action}", on_date="2025-09-01", comment="挂号信")
    assert "已签收" in clerk.page.words
