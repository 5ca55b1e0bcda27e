"""Where a transfer does not go through: sent back, refused for a listed cause, contested, withdrawn, never reported."""

from tests.journeys.conftest import Story
from tests.journeys.hands import Visitor


def asked(story: Story, pupil: str, grade: int = 5) -> str:
    """Ask for a transfer to the first school; returns its number."""
    clerk = story.program_of("a1:school_clerk")
    answer = clerk.post("/transfers", story.door.request("a1", pupil, grade))
    assert answer.status_code == 201, answer.get_json()
    return str(answer.get_json()["no"])


def at(story: Story, who: str, no: str) -> Visitor:
    """Return somebody's browser with the case open."""
    visitor = story.page_of(who)
    visitor.open(f"/cases/{no}")
    return visitor


def test_the_leader_sends_it_back_and_the_clerk_sees_what_to_correct_and_where(story: Story) -> None:
    no = asked(story, "沈明铭")
    leader = at(story, "a1:school_leader", no)
    kept = leader.send("/return", status=422)
    assert "请写明理由" in kept.words, "a return says what is wrong"
    back = at(story, "a1:school_leader", no).send("/return", comment="户口簿首页看不清，请重新上传")
    assert back.status == 200
    clerk = story.page_of("a1:school_clerk")
    assert "补正" in clerk.open("/inbox").words
    case = clerk.open(f"/cases/{no}")
    assert "户口簿首页看不清" in case.words
    (edit,) = {link for link in case.links if link.startswith(f"/transfers/{no}/")}
    clerk.open(edit)
    assert "户口簿首页看不清" in clerk.open(f"/transfers/{no}/send").words
    assert clerk.send("/send").address == f"/transfers/{no}/receipt"
    assert at(story, "a1:school_leader", no).page.offers("/approve")


def test_a_listed_cause_ends_it_both_schools_read_why_and_a_new_request_is_possible(story: Story) -> None:
    no = asked(story, "沈明铭")
    at(story, "a1:school_leader", no).send("/approve")
    releasing = at(story, "a2:school_leader", no)
    releasing.send("/refuse", cause="学生信息不符", comment="姓名用字与户口簿不一致，请先更正")
    story.work()
    for who in ("a1:school_clerk", "a1:school_leader", "a2:school_leader"):
        case = at(story, who, no).page
        assert "不同意转学" in case.words
        assert "姓名用字与户口簿不一致" in case.words
    assert "沈*" in story.mails("a1:school_clerk")[-1].subject
    assert asked(story, "沈明铭") != no


def test_any_other_cause_goes_up_and_the_city_overrules_the_school(story: Story) -> None:
    no = asked(story, "𠮷田䶮", 3)
    for who in ("a1:school_leader", "k1:dept_leader"):
        at(story, who, no).send("/approve")
    contested = at(story, "b1:school_leader", no).send("/refuse", cause="其他", comment="学费未结清")
    assert "上级部门裁定" in contested.words
    story.work()
    city = story.page_of("city1:dept_leader")
    assert no in city.open("/inbox").html
    at(story, "city1:dept_leader", no).send("/approve", comment="费用纠纷不是拒绝转学的理由")
    at(story, "k2:dept_leader", no).send("/approve")
    at(story, "a1:school_clerk", no).send("/confirm_arrival", on_date="2025-09-01")
    assert "费用纠纷不是拒绝转学的理由" in at(story, "b1:school_leader", no).open(f"/cases/{no}?tab=history").words


def test_the_family_changes_its_mind_and_nobody_is_asked_any_longer(story: Story) -> None:
    no = asked(story, "沈明铭")
    at(story, "a1:school_leader", no).send("/approve")
    gone = at(story, "a1:school_clerk", no).send("/withdraw", comment="不搬家了")
    assert "已撤回" in gone.words
    other = story.page_of("a2:school_leader")
    assert no not in other.open("/inbox").html
    late = at(story, "a2:school_leader", no).page
    assert not late.offers("/approve")


def test_silence_is_reminded_shown_to_the_superior_and_never_taken_for_consent(story: Story) -> None:
    no = asked(story, "沈明铭")
    story.work()
    first = len(story.mails("a1:school_leader"))
    for days in (8, 1, 5, 2, 2, 6):
        story.later(days)
    reminded = [mail.subject for mail in story.mails("a1:school_leader")[first:]]
    assert any("还剩" in subject for subject in reminded)
    assert any("逾期" in subject for subject in reminded)
    assert any("督办" in mail.subject for mail in story.mails("k1:dept_leader"))
    case = story.program_of("a1:school_clerk").get(f"/cases/{no}").get_json()
    assert case["phase"] == "receiving_school"
    assert "已逾期" in story.page_of("a1:school_leader").open("/inbox").words
