"""Three schools in two cities hold one number: heard, ruled, on paper, carried out, and taken back row by row."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from models.certificates import Certificate
from models.session import reading
from models.students import Enrolment, Guardian, Student
from tests import scans
from tests.consistency import assert_consistent
from tests.dispute import DEPARTMENTS, Dispute
from tests.journeys.conftest import Story
from tests.journeys.hands import Page, Visitor
from tests.web.test_certificates import text
from workflow import certificates

PUPILS = (("a1", "王小明"), ("b1", "王小茗"), ("d1", "王晓明"))
SCHOOLS = {"a1": "青松", "b1": "望岳", "d1": "弘文"}


@pytest.fixture
def dispute(story: Story) -> Dispute:
    return Dispute(story.door.house.engine, story.cast).about(*PUPILS)


def page_of(story: Story, who: str, dispute: Dispute, tab: str = "") -> Page:
    return story.page_of(who).open(f"/problems/{dispute.no}{tab}")


def test_one_case_from_three_schools_to_the_ruling_on_paper_and_back(story: Story, dispute: Dispute) -> None:
    before = rows(story)
    for number, (school, name) in enumerate(PUPILS, 1):
        answer(story, dispute, school, number, name)
    for number, (school, _) in enumerate(PUPILS, 1):
        review(story, dispute, school, number)
    assert dispute.phase == "arbitration"
    ask_the_third_again(story, dispute)
    rule(story, dispute)
    assert rows(story) != before
    papers_of_each_side(story, dispute)
    undo(story, dispute)
    assert rows(story) == before
    assert_consistent(story.door.house.engine)


def answer(story: Story, dispute: Dispute, school: str, number: int, name: str) -> None:
    """The clerk finds the question in the inbox, hands in the papers, answers, and has the cover printed."""
    clerk = story.page_of(f"{school}:school_clerk")
    clerk.open("/inbox")
    address = f"/problems/{dispute.no}"
    assert any(link.startswith(address) for link in clerk.page.links) or dispute.no in clerk.page.html
    page = clerk.open(address)
    assert name in page.words
    assert "还缺户口簿、学校在读证明" in page.words
    for other, pupil in PUPILS:
        assert (pupil in page.words) == (other == school)
    clerk.send("/answer_claim", 422)
    assert "还缺材料" in clerk.page.words
    for kind in ("户口簿", "学校在读证明"):
        clerk.open(address)
        clerk.send("/evidence", kind=kind, file=(f"{kind}.jpg", scans.picture(size=(300, 300), mark=kind)))
    clerk.open(address)
    refused = post(clerk, "/papers/evidence_cover", side=str(number))
    assert refused == 403
    clerk.open(address)
    clerk.send("/answer_claim", comment="每天到校，号码与户口簿一致")
    cover = clerk.send("/papers/evidence_cover")
    assert "问题学籍佐证材料封面" in cover.words
    printed = clerk.client.get(pdf_of(cover)).data
    said = text(printed)
    assert "户口簿" in said
    assert "佐证属实" in said
    assert not any(pupil in said for _, pupil in PUPILS if pupil != name)


def review(story: Story, dispute: Dispute, school: str, number: int) -> None:
    """The department sees its own side only, and accepts it."""
    officer = story.page_of(f"{DEPARTMENTS[school]}:dept_clerk")
    page = officer.open(f"/problems/{dispute.no}")
    assert [pupil for _, pupil in PUPILS if pupil in page.words] == [PUPILS[number - 1][1]]
    officer.send("/accept_side", comment="与户口簿相符")


def ask_the_third_again(story: Story, dispute: Dispute) -> None:
    """An inquiry sheet goes to one side only, with the names of the others blotted out."""
    arbitrator = story.page_of("prov:arbitrator")
    arbitrator.open(f"/problems/{dispute.no}")
    arbitrator.send("/send_inquiry", sides="3", comment="请核实王小明与贵校学生是否同一人，现在是否到校。")
    story.work()
    clerk = story.page_of("d1:school_clerk")
    page = clerk.open(f"/problems/{dispute.no}")
    assert "请核实另一名学生与贵校学生是否同一人" in page.words
    sheet = clerk.open(link_to(page, "问题学籍核查单"))
    assert "请核实另一名学生与贵校学生是否同一人" in text(clerk.client.get(pdf_of(sheet)).data)
    assert "问题学籍核查单" not in page_of(story, "a1:school_clerk", dispute).words
    clerk.open(f"/problems/{dispute.no}")
    clerk.send("/answer_inquiry", position="give_up", comment="该生从未到校")


def rule(story: Story, dispute: Dispute) -> None:
    """Two records are one child, the third never came; what the preview says is what happens."""
    arbitrator = story.page_of("prov:arbitrator")
    page = arbitrator.open(f"/problems/{dispute.no}")
    assert all(pupil in page.words for _, pupil in PUPILS)
    chosen = {"verdict-1": "keep", "verdict-2": "merge", "into-2": "1", "choice-2-name": "2", "verdict-3": "close"}
    typed = {**chosen, "reasons": "same_child", "comment": "王小明、王小茗为同一学生，王晓明从未到校。"}
    preview = arbitrator.send("/preview", **typed)
    assert "并入第 1 方" in preview.words
    assert "王小茗" in preview.words
    arbitrator.send("/draft_ruling")
    assert not arbitrator.open(f"/problems/{dispute.no}").offers("/confirm_ruling")
    leader = story.page_of("prov:dept_leader")
    page = leader.open(f"/problems/{dispute.no}")
    assert "同意后发生的变动" in page.words
    leader.send("/confirm_ruling")
    assert "决定书正在编号出具" in leader.open(f"/problems/{dispute.no}").words
    story.work()
    assert dispute.phase == "objection"
    assert dispute.student(1).name == "王小茗"
    assert (dispute.student(2).merged_into_id, dispute.student(3).retired_why) == (dispute.students[0], "deleted")


def papers_of_each_side(story: Story, dispute: Dispute) -> None:
    """Every school reads its own copy and no other; the deciding office reads all; anybody can verify."""
    for number, (school, name) in enumerate(PUPILS, 1):
        page = page_of(story, f"{school}:school_clerk", dispute)
        decision = story.page_of(f"{school}:school_clerk").open(link_to(page, "问题学籍仲裁决定书"))
        said = text(story.page_of(f"{school}:school_clerk").client.get(pdf_of(decision)).data)
        assert name in said
        assert ("维持", "并入", "注销")[number - 1] in said
        own = {name, dispute.student(number).name}  # the survivor took the other name
        assert {pupil for _, pupil in PUPILS if pupil in said} == own
        assert "不再受理异议" in said
    whole = page_of(story, "prov:arbitrator", dispute)
    assert whole.words.count("问题学籍仲裁决定书") == 4
    for paper in issued(story, "ruling"):
        seen = [school for school in SCHOOLS if opens(story, f"{school}:school_clerk", paper)]
        assert seen == ([] if paper.facts["side"] == 0 else [PUPILS[paper.facts["side"] - 1][0]])
        assert "现在有效" in verified(story, paper)


def undo(story: Story, dispute: Dispute) -> None:
    """One officer asks with a reason, the leader agrees; rows and papers say so at once."""
    officer = story.page_of("prov:dept_clerk")
    officer.open(f"/problems/{dispute.no}?tab=rulings")
    officer.send("/undo", 422, reason="")
    assert "请写明撤销的理由" in officer.page.words
    page = officer.send("/undo", reason="公安机关来函，两条记录不是同一人")
    no = re.search(r"CX\d{4}-\w+-\d{4}", page.words)
    assert no
    leader = story.page_of("prov:dept_leader")
    shown = leader.open(f"/problems/{no[0]}")
    assert "王小明" in shown.words
    leader.send("/approve")
    assert all("撤销，不再有效" in verified(story, paper) for paper in issued(story, "ruling"))
    again = page_of(story, "prov:dept_clerk", dispute, "?tab=rulings")
    assert "已经撤销" in again.words
    assert not again.offers("/undo")


# ---- looking ---------------------------------------------------------------------------------------------------------


def rows(story: Story) -> list[tuple[Any, ...]]:
    """Return every column of every pupil, guardian and spell."""
    with reading(story.door.house.engine) as session:
        found: list[tuple[Any, ...]] = []
        for table in (Student, Guardian, Enrolment):
            found += [tuple(row) for row in session.execute(select(*table.__table__.c).order_by(table.id))]
        return found


def issued(story: Story, kind: str) -> list[Certificate]:
    with reading(story.door.house.engine) as session:
        return list(session.scalars(select(Certificate).where(Certificate.kind == kind).order_by(Certificate.id)))


def link_to(page: Page, word: str) -> str:
    found = re.findall(rf'<a href="([^"]+)">(?:<svg.*?</svg>)?\s*{word}</a>', page.html, re.S)
    assert found, f"no link to {word} on {page.address}"
    return str(found[0])


def pdf_of(page: Page) -> str:
    return next(link for form in page.forms if (link := form.action).endswith("/pdf"))


def opens(story: Story, who: str, paper: Certificate) -> bool:
    """Tell whether somebody may open a paper by page, file and program; all three must agree."""
    visitor = story.page_of(who)
    codes = {visitor.client.get(f"/certificates/{paper.public_id}{part}").status_code for part in ("", "/pdf")}
    codes.add(story.program_of(who).get(f"/certificates/{paper.public_id}").status_code)
    assert codes in ({200}, {404}), (who, paper.number, codes)
    return codes == {200}


def verified(story: Story, paper: Certificate) -> str:
    page = story.door.app.test_client().get(f"/verify/{certificates.shown_code(paper.code)}")
    return page.get_data(as_text=True)


def post(visitor: Visitor, where: str, **typed: str) -> int:
    """Press a button that the page shows as disabled."""
    form = visitor.page.form(where)
    return visitor.client.post(form.action, data={**form.values, **typed}).status_code
