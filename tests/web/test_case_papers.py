"""转学申请表 and 学籍档案转接清单 as PDF: every opinion with office, day and decider, and no number for strangers."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.access import AccessEntry
from models.cases import Case
from models.session import reading, transact
from models.students import Guardian, Student
from tests.cast import MONDAY
from tests.play import Play
from tests.web.door import Door
from tests.web.test_certificates import finish, text
from workflow.identity import check_character

DAY = dt.timedelta(days=1)
FIRST = "98010120140514001"
OUTSIDE = {"province": "云岭省", "school": "云岭市实验小学", "code": "2198000001", "dept": "云岭市教育局"}


def form(door: Door, who: str, no: str) -> str:
    answer = door.browser(who).get(f"/cases/{no}/form.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    return text(answer.data)


@pytest.fixture
def play(door: Door) -> Play:
    """Sent, and agreed to by the receiving school with words of its own."""
    play = Play(door.house.engine, door.cast).open("a1", "沈明铭", reason_note="随父母迁居，居住地在学校附近。")
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve", comment="有空余学位，同意接收")
    return play


def test_the_form_shows_given_opinions_and_leaves_room_for_those_to_come(door: Door, play: Play) -> None:
    words = form(door, "a1:school_clerk", play.no)
    for part in (
        "转学申请表",
        play.no,
        "沈明铭",
        "随父母迁居",
        "有空余学位，同意接收",
        "学籍主管领导",
        "2025年9月1日",
        "栖云区新苗小学",
        "负责人签名",
        "转学申请",
        "户口簿",
        "居住证明",
        "303030303030",
    ):
        assert part in words
    assert words.count("负责人签名") == 2, "the releasing school and the common department have not answered"


def test_an_opinion_that_no_longer_counts_is_struck_through_and_says_why(door: Door, play: Play) -> None:
    play.now += DAY
    play.act("a2:school_leader", "return", comment="户口簿第二页看不清", items=["户口簿"])
    play.act("a1:school_clerk", "submit")
    play.act("a2:school_leader", "refuse", cause="学生信息不符", comment="姓名用字不符")
    words = form(door, "a2:school_leader", play.no)
    for part in ("退回补正", "户口簿第二页看不清", "需补正：户口簿", "不同意", "理由：学生信息不符", "姓名用字不符"):
        assert part in words
    assert "负责人签名" not in words, "the case is over"


def test_an_overruled_refusal_stays_on_the_form_beside_the_ruling(door: Door) -> None:
    play = Play(door.house.engine, door.cast).open("a1", "𠮷田䶮", target_grade=3)
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    play.act("k1:dept_leader", "approve")
    play.act("b1:school_leader", "refuse", cause="其他", comment="学费未结清")
    assert "上级部门" in form(door, "a1:school_clerk", play.no)
    play.act("city1:dept_leader", "approve", comment="学费纠纷不是理由")
    words = form(door, "a1:school_clerk", play.no)
    assert "𠮷田䶮" in words
    assert "学费未结清" in words
    assert "上级部门裁定同意，此意见不再算数" in words
    assert "学费纠纷不是理由" in words


def test_a_changed_target_school_is_an_opinion_too(door: Door) -> None:
    play = Play(door.house.engine, door.cast).open("a1", "𠮷田䶮", target_grade=3)
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve", comment="同意接收")
    other = door.cast.room[("a2", 3)].no
    play.act("k1:dept_leader", "reassign_target", to=door.cast.code["a2"], to_class=other, comment="学位已满")
    words = form(door, "a1:school_clerk", play.no)
    for part in ("另行安排", "安排到栖云区新苗小学", "学位已满", "此意见不再算数"):
        assert part in words


def test_milestones_of_another_province_say_who_wrote_them_down(door: Door) -> None:
    record_no = f"G{FIRST}{check_character(FIRST)}"
    values = {"direction": "incoming", "outside": OUTSIDE, "reason": "随迁", "record_no": record_no}
    play = Play(door.house.engine, door.cast).open("a1", "何小满", **values)
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    play.act("k1:dept_leader", "approve")
    for _ in range(2):
        play.act("a1:school_clerk", "record_milestone", result="agreed", on_date="2025-08-29")
    words = form(door, "a1:school_clerk", play.no)
    recorded = "系统外单位，核办结果由栖云区青松小学"
    for part in ("云岭市实验小学", recorded, "录入", "全国系统核验", "2025年8月29日", "已完成"):
        assert part in words
    assert words.count("负责人签名") == 1, "the department of the other province has not answered"


def with_guardian(door: Door) -> None:
    def work(session: Session) -> None:
        guardian = Guardian(student_id=door.cast.pupil["沈明铭"], position=1, name="沈建国", relation="父亲")
        guardian.details = {"联系电话": "15400000017"}
        session.add(guardian)

    transact(door.house.engine, work)


def test_whole_numbers_are_for_the_school_of_the_pupil_and_the_deciding_department(door: Door, play: Play) -> None:
    with_guardian(door)
    with reading(door.house.engine) as session:
        number = session.get_one(Student, door.cast.pupil["沈明铭"]).id_number or ""
    for who in ("a2:school_leader", "k1:dept_leader"):
        words = form(door, who, play.no)
        assert number in words
        assert "沈建国" in words
        assert "15400000017" in words
    receiving = form(door, "a1:school_leader", play.no)
    assert "**************" + number[-4:] in receiving
    assert number not in receiving.replace("G" + number, ""), "only what its own clerk typed"
    assert "沈建国" not in receiving
    assert "154****0017" in receiving


def test_offices_above_see_a_masked_name(door: Door, play: Play) -> None:
    words = form(door, "city1:dept_leader", play.no)
    assert "沈明铭" not in words
    assert "沈*" in words


def test_strangers_find_nothing_and_drafts_are_not_printed(door: Door, play: Play) -> None:
    assert door.browser("d1:school_leader").get(f"/cases/{play.no}/form.pdf").status_code == 404
    draft = Play(door.house.engine, door.cast).open("a1", "丁思欣")
    assert door.browser("a1:school_clerk").get(f"/cases/{draft.no}/form.pdf").status_code == 403


def test_every_print_is_logged_and_numbered(door: Door, play: Play) -> None:
    assert "第1次打印" in form(door, "a1:school_clerk", play.no)
    assert "第2次打印（补打）" in form(door, "a2:school_clerk", play.no)
    logged = door.ask(select(AccessEntry.purpose).where(AccessEntry.what == "print").order_by(AccessEntry.id))
    assert logged == ["转学申请表 第1次打印", "转学申请表 第2次打印"]


def test_a_withdrawn_request_prints_as_void(door: Door, play: Play) -> None:
    play.act("a1:school_clerk", "withdraw", comment="家长改变主意")
    assert "作废" in form(door, "a1:school_clerk", play.no)


def test_a_comment_that_cannot_be_printed_is_named(door: Door, play: Play) -> None:
    play.act("a2:school_leader", "return", comment="名字中的\U0003134a看不清", items=["户口簿"])
    answer = door.browser("a1:school_clerk").get(f"/cases/{play.no}/form.pdf")
    assert answer.status_code == 422
    assert "办理意见" in answer.get_data(as_text=True)


def test_the_paper_file_has_a_list_with_a_receipt(door: Door) -> None:
    play = finish(door)
    with reading(door.house.engine) as session:
        parent = session.scalars(select(Case).where(Case.no == play.no)).one()
        no = session.scalars(select(Case.no).where(Case.parent_id == parent.id)).one()
    linked = Play(door.house.engine, door.cast)
    linked.no = no
    words = form(door, "a2:school_clerk", no)
    for part in ("学籍档案转接清单", no, "沈明铭", "栖云区新苗小学", "2025年10月", "接收回执", "综合素质发展报告"):
        assert part in words
    linked.act("a2:school_clerk", "send", on_date="2025-09-01", comment="挂号邮寄 XA00001234599")
    linked.act("a1:school_clerk", "receive", on_date="2025-09-01", comment="清点无误")
    words = form(door, "a1:school_clerk", no)
    for part in ("挂号邮寄XA00001234599", "清点无误", "2025年9月1日"):
        assert part in words


def test_the_form_of_a_finished_case_shows_when_it_took_effect(door: Door) -> None:
    play = finish(door)
    words = form(door, "a1:school_clerk", play.no)
    assert "学籍变动生效日期：2025年9月1日" in words
    assert "负责人签名" not in words
    assert MONDAY.year == 2025
