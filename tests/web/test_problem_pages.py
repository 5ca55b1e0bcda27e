"""Pages of problem records ask few questions, however many records stand side by side."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import WorkItem
from models.evidence import Evidence
from models.organisations import Organisation
from models.session import transact
from models.students import Enrolment
from tests.cast import Cast
from tests.dispute import Dispute, ask_for_undoing
from tests.journeys.hands import Visitor
from tests.statements import counted
from tests.web.door import Door
from tests.web.test_pages import PAGE_LIMIT
from tests.workflow.test_problem_replacing import MERGED, objected
from tests.workflow.test_problem_stories import merge
from tests.workflow.test_problem_undoing import unrelated_and_related
from workflow import closing

SCHOOLS = ("a1", "a2", "b1", "d1", "e1")
TABS = ("", "?tab=rulings", "?tab=history", "?shelf=all", "?preset=2", "?only=diff")
LISTS = ("", "?shelf=late", "?shelf=pairs", "?shelf=ended", "?shelf=judged")


@pytest.fixture
def dispute(door: Door, cast: Cast) -> Dispute:
    """Five records in five schools, the deciding office in the province."""
    return Dispute(door.house.engine, cast).about(*((school, f"王小{school}") for school in SCHOOLS))


def too_many(door: Door, who: str, *urls: str) -> list[str]:
    """Return the pages that ask more than they may, with what they ask."""
    browser, found = door.browser(who), []
    for url in urls:
        browser.get(url)
        with counted(door.house.engine) as statements:
            answer = browser.get(url)
        assert answer.status_code == 200, url
        reads = [one for one in statements if one.lstrip().upper().startswith(("SELECT", "WITH"))]
        if len(reads) > PAGE_LIMIT:
            found.append(f"{who} {url}: {len(reads)}\n" + "\n".join(" ".join(one.split())[:3000] for one in reads))
    return found


def test_the_place_in_the_list_is_kept_from_case_to_case(door: Door, cast: Cast) -> None:
    cases = []
    for place in range(3):
        dispute = Dispute(door.house.engine, cast)
        dispute.sequence += place * 10
        cases.append(dispute.about(("a1", f"王小{place}"), ("a2", f"王晓{place}")))
    visitor = Visitor(door, "k1:arbitrator")
    first, middle, last = (dispute.no for dispute in cases)
    page = visitor.open(f"/problems/{middle}?shelf=all&kind=id_exact")
    around = [link for link in page.links if link.startswith("/problems/WT") and middle not in link]
    assert {link.partition("?")[0].rpartition("/")[2] for link in around} == {first, last}
    assert all("kind=id_exact" in link for link in around)
    for end in (first, last):
        links = visitor.open(f"/problems/{end}?shelf=all").links
        beside = {link.partition("?")[0].rpartition("/")[2] for link in links if link.startswith("/problems/WT")}
        assert beside - {end} <= {middle}


def test_the_place_in_the_queue_is_kept_from_pair_to_pair(door: Door, cast: Cast) -> None:
    pairs = []
    for place in range(2):
        dispute = Dispute(door.house.engine, cast)
        dispute.sequence += place * 10
        pairs.append(dispute.near(("a1", f"张伟{place}"), ("a2", f"张玮{place}")))
    visitor = Visitor(door, "k1:arbitrator")
    page = visitor.open(f"/problems/pairs/{pairs[0]}?shelf=pairs")
    assert any(pairs[1] in link for link in page.links)
    assert visitor.send("/distinct").address == f"/problems/pairs/{pairs[1]}"
    assert visitor.send("/distinct").address == "/problems/"
    assert "不是同一人" in visitor.open(f"/problems/pairs/{pairs[0]}").words


def test_a_second_ruling_says_what_becomes_of_the_first(door: Door, cast: Cast) -> None:
    again = objected(Dispute(door.house.engine, cast), *MERGED)
    unrelated_and_related(again)
    arbitrator, leader = Visitor(door, "city1:arbitrator"), Visitor(door, "city1:dept_leader")
    page = arbitrator.open(f"/problems/{again.no}?preset=4")
    kept = "原裁定之后另行变更，保留不动：第 1 方的学籍：姓名"
    assert "先撤回原裁定" in page.words
    assert kept in page.words
    shown = arbitrator.send("/preview", comment="经复议，号码归第二方。", reasons="register_agrees")
    assert kept in shown.words
    assert "恢复后" in shown.words
    arbitrator.send("/draft_ruling")
    assert kept in leader.open(f"/problems/{again.no}").words
    leader.send("/confirm_ruling")
    assert "保留不动：第 1 方的学籍：姓名" in leader.open(f"/problems/{again.no}?tab=history").words
    assert "保留不动" not in Visitor(door, "a2:school_clerk").open(f"/problems/{again.no}?tab=history").words


def test_a_fault_of_a_verdict_stands_at_the_very_value(door: Door, cast: Cast) -> None:
    pair = Dispute(door.house.engine, cast).about(("a1", "王小明"), ("a3", "王晓明"), kind="near").all_claim()
    visitor = Visitor(door, "k1:arbitrator")
    visitor.open(f"/problems/{pair.no}")
    typed = {"verdict-1": "correct", "corrected-1.name": "王大明", "verdict-2": "merge", "choice-2-birth_date": "2"}
    page = visitor.send("/preview", 422, comment="经核实，为同一学生。", reasons="same_child", **typed)
    assert "#draft-corrected-1.birth_date" in page.links
    assert 'id="draft-corrected-1.birth_date-error"' in page.html
    assert page.form("/preview").values["corrected-1.name"] == "王大明", "what was typed is kept"


def test_an_empty_draft_is_told_what_is_missing_by_its_name(door: Door, cast: Cast) -> None:
    pair = Dispute(door.house.engine, cast).about(("a1", "王小明"), ("a3", "王晓明"), kind="near").all_claim()
    visitor = Visitor(door, "k1:arbitrator")
    visitor.open(f"/problems/{pair.no}")
    page = visitor.send("/preview", 422, **{"verdict-1": "keep"})
    wanted = {"card-2": "第 2 方：请选择处理结果", "reasons": "请勾选认定依据", "comment": "请写明理由"}
    for place, told in wanted.items():
        assert told in page.words
        assert f"#draft-{place}" in page.links
        assert f'id="draft-{place}"' in page.html


def test_pages_of_five_records_ask_at_most_eight_questions(door: Door, dispute: Dispute) -> None:
    page = f"/problems/{dispute.no}"
    wrong = too_many(door, "a1:school_clerk", page, "/problems/")
    dispute.all_claim()
    for who in ("prov:arbitrator", "k1:dept_clerk", "a1:school_clerk"):
        wrong += too_many(door, who, *(page + tab for tab in TABS))
    for who in ("prov:arbitrator", "a1:school_clerk"):
        wrong += too_many(door, who, *(f"/problems/{shelf}" for shelf in LISTS))
    dispute.draft("prov", {"verdict": "keep"}, *({"verdict": "merge", "into": 1} for _ in SCHOOLS[1:]))
    wrong += too_many(door, "prov:dept_leader", page)
    dispute.confirm("prov")
    wrong += too_many(door, "prov:arbitrator", page, f"{page}?tab=rulings")
    wrong += too_many(door, "a2:school_clerk", page, f"{page}?tab=rulings")
    undoing = ask_for_undoing(dispute, "prov:arbitrator")
    wrong += too_many(door, "prov:dept_leader", f"/problems/{undoing.no}")
    assert wrong == [], "\n\n".join(wrong)


def test_a_ruling_is_taken_back_by_program_and_a_side_reads_no_word_of_it(door: Door, cast: Cast) -> None:
    dispute = Dispute(door.house.engine, cast).about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    dispute.draft("k1", {"verdict": "keep"}, {"verdict": "close"})
    dispute.confirm("k1")
    officer, leader, side = door.api("k1:arbitrator"), door.api("k1:dept_leader"), door.api("a2:school_clerk")
    (ruling,) = officer.get(f"/cases/{dispute.no}").json["problem"]["rulings"]
    assert ruling["undo_why_not"] is None
    assert "undo_why_not" not in side.get(f"/cases/{dispute.no}").json["problem"]["rulings"][0]
    address = f"/cases/{dispute.no}/rulings/{ruling['id']}/undo"
    assert side.post(address, {"reason": "我校有异议"}).status_code == 404
    no = officer.post(address, {"reason": "王小明与王晓明不是同一人"}).json["no"]
    assert leader.act(no, "approve", comment="王小明一方的材料有误").json["phase"] == "undone"
    assert "王小明" in str(leader.get(f"/cases/{no}").json)
    assert "王小明" not in str(side.get(f"/cases/{no}").json)


def test_a_paper_that_was_taken_back_is_no_evidence_any_more_and_everybody_sees_it(door: Door, cast: Cast) -> None:
    dispute = Dispute(door.house.engine, cast).about(("a1", "王小明"), ("a2", "王晓明"))
    dispute.paper("a1", "公安情况说明")
    dispute.claim(1)
    dispute.act("k1:dept_clerk", "return_side", side=1, comment="情况说明没有盖章")
    paper = door.ask(select(Evidence.public_id).where(Evidence.kind == "公安情况说明"))[0]
    clerk = Visitor(door, "a1:school_clerk")
    clerk.open(f"/evidence/{paper}")
    clerk.send("/withdraw")
    said = "公安情况说明 2025-09-01 已撤下，不作为依据"
    assert said in clerk.open(f"/problems/{dispute.no}").words
    dispute.act("a1:school_clerk", "answer_claim", side=1)
    dispute.claim(2)
    for side in (1, 2):
        dispute.accept(side)
    arbitrator = Visitor(door, "k1:arbitrator")
    assert said in arbitrator.open(f"/problems/{dispute.no}?preset=1").words
    preview = arbitrator.send("/preview", comment="经核实，如下。", reasons="attends_here")
    assert "第 1 方已撤下公安情况说明" in preview.words
    assert "已撤下" not in Visitor(door, "a2:school_clerk").open(f"/problems/{dispute.no}").words


def test_a_side_whose_school_is_no_more_says_who_acts(door: Door, cast: Cast) -> None:
    dispute = Dispute(door.house.engine, cast).about(("a1", "王小明"), ("a2", "王晓明"), ("b1", "王筱明"))
    merge(dispute, "a1", "a3")
    heir = Visitor(door, "a3:school_clerk").open(f"/problems/{dispute.no}")
    assert "并入" in heir.words
    dispute.schools[0] = "a3"
    dispute.all_claim()
    left_and_closed(dispute, 3)
    arbitrator = Visitor(door, "city1:arbitrator")
    page = arbitrator.open(f"/problems/{dispute.no}?preset=1")
    for words in ("并入", "停办，没有承接的学校，不再要求答复", "有关情况由主管部门"):
        assert words in page.words
    assert "没有承接的学校" in arbitrator.send("/preview", comment="如下。", reasons="same_child").words
    page = arbitrator.open(f"/problems/{dispute.no}")
    refused = arbitrator.send("/send_inquiry", 422, sides="3", comment="请说明")
    assert "已停办，没有承接的学校，请按现有材料认定" in refused.words
    dispute.draft("city1", {"verdict": "keep"}, {"verdict": "close"}, {"verdict": "close"})
    dispute.confirm("city1")
    assert dispute.phase == "objection"
    asked = door.ask(select(WorkItem.turn).where(WorkItem.case_id == dispute.case().id, WorkItem.open))
    assert sorted(asked) == [1, 2], "nobody is asked at a school that is no more"


def left_and_closed(dispute: Dispute, side: int) -> None:
    """Let the pupils of a school leave and the school be closed, with nobody to carry on."""

    def work(session: Session) -> None:
        school = session.get_one(Organisation, dispute.cast.org[dispute.schools[side - 1]])
        for spell in session.scalars(select(Enrolment).where(Enrolment.school_id == school.id)):
            spell.ended_on, spell.end_code = dispute.now.date(), "10"
        session.flush()
        closing.close(session, school, dispute.now.date())

    transact(dispute.engine, work)
