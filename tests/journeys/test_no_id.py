"""A pupil without an ID number: form, signatures up to the province, certificate, the question, the number at last."""

import datetime as dt
import io

import pikepdf
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import Case
from models.certificates import Certificate
from models.session import transact
from models.students import Guardian, Student
from tests.cast import MONDAY, Cast
from tests.journeys.conftest import Story
from tests.journeys.hands import Visitor
from tests.journeys.test_id_error import upload
from workflow.no_id.lists import FORM
from workflow.settings import mark_demo

NAME = "沈明铭"


@pytest.fixture
def demo_data(session: Session, cast: Cast) -> None:
    mark_demo(session, "sample", MONDAY)
    session.commit()


pytestmark = pytest.mark.usefixtures("demo_data")


def without_number(story: Story) -> str:
    """Let a pupil have no number, as an import with type 其他 leaves it; returns the number he will get."""

    def work(session: Session) -> str:
        student = session.get_one(Student, story.cast.pupil[NAME])
        number = student.id_number or ""
        student.id_number, student.id_type = None, "Z"
        mother = Guardian(student_id=student.id, position=1, name="赵春梅", relation="母亲", id_type="1")
        mother.id_number = "990101198805020028"
        session.add(mother)
        return number

    return transact(story.door.house.engine, work)


def opened(story: Story) -> str:
    assert story.worker.look_after_records() == 1
    story.work()
    return str(story.door.ask(select(Case.no).where(Case.process == "no_id"))[0])


def test_the_form_goes_up_to_the_province_and_comes_back_as_a_certificate(story: Story) -> None:
    without_number(story)
    no = opened(story)
    clerk = story.page_of("a2:school_clerk")
    assert no in story.mails("a2:school_clerk")[-1].text
    case = clerk.open(f"/cases/{no}")
    for words in (f"{NAME}：无身份证号学生在校就读证明", "学校办理证明表", "省级主管部门核办", "供签字盖章"):
        assert words in case.words, words
    form = clerk.client.get(f"/cases/{no}/form.pdf")
    assert form.status_code == 200
    with pikepdf.open(io.BytesIO(form.data)) as pdf:
        assert len(pdf.pages) == 1
    assert f"还缺材料：{FORM}" in case.words
    assert not case.offers("/submit")
    upload(clerk, no, FORM)
    clerk.open(f"/cases/{no}")
    assert "学校核办" in clerk.send("/submit", reason="not_registered").words
    for who in ("a2:school_leader", "k1:dept_leader", "city1:dept_leader", "prov:dept_leader"):
        officer = story.page_of(who)
        assert no in officer.open("/inbox").html
        officer.open(f"/cases/{no}")
        officer.send("/approve")
        story.work()
    case = clerk.open(f"/cases/{no}")
    assert "证明有效，2026年2月1日开学时询问学校是否已取得证件号" in case.words
    assert "在校证〔2025〕990000-0001" in case.words
    assert FORM in story.mails("a2:school_clerk")[-1].text
    check_the_certificate(story)


def check_the_certificate(story: Story) -> None:
    """It opens from the case, comes out as PDF, and a stranger finds it valid with a masked name."""
    certificate = story.door.ask(select(Certificate))[0]
    clerk = story.page_of("a2:school_clerk")
    page = clerk.open(f"/certificates/{certificate.public_id}")
    assert "栖云区新苗小学" in page.words
    pdf = clerk.client.get(f"/certificates/{certificate.public_id}/pdf")
    assert pdf.data.startswith(b"%PDF")
    stranger = story.door.app.test_client().get(f"/verify/{certificate.code}").get_data(as_text=True)
    assert "现在有效" in stranger
    assert "岚川省教育厅" in stranger
    assert NAME not in stranger


def test_every_term_the_school_is_asked_and_in_the_end_there_is_a_number(story: Story) -> None:
    number = without_number(story)
    no = opened(story)
    clerk = story.page_of("a2:school_clerk")
    upload(clerk, no, FORM)
    assert story.program_of("a2:school_clerk").act(no, "submit", reason="being_issued").status_code == 200
    for who in ("a2:school_leader", "k1:dept_leader", "city1:dept_leader", "prov:dept_leader"):
        assert story.program_of(who).act(no, "approve").status_code == 200
    story.now = dt.datetime(2026, 2, 1, 1, 0, tzinfo=dt.UTC)
    story.work()
    assert no in story.mails("a2:school_clerk")[-1].text
    clerk = Visitor(story.door, "a2:school_clerk")
    clerk.open(f"/cases/{no}")
    assert "证明有效" in clerk.send("/not_yet").words
    story.now = dt.datetime(2026, 9, 1, 1, 0, tzinfo=dt.UTC)
    story.work()
    clerk = Visitor(story.door, "a2:school_clerk")
    upload(clerk, no, "户口簿")
    clerk.open(f"/cases/{no}")
    assert "主管部门核实证件号" in clerk.send("/enter_number", **{"corrected.id_number": number}).words
    leader = Visitor(story.door, "k1:dept_leader")
    leader.open(f"/cases/{no}")
    done = leader.send("/approve_number")
    assert "学籍中已有身份证件号" in done.words
    case = story.program_of("a2:school_clerk").get(f"/cases/{no}").get_json()
    assert (case["phase"], case["no_id"]["id_number"][-4:]) == ("converted", number[-4:])
    certificate = story.door.ask(select(Certificate))[0]
    assert certificate.expires_on == dt.date(2026, 9, 1)
    stranger = story.door.app.test_client().get(f"/verify/{certificate.code}").get_data(as_text=True)
    assert "不再使用" in stranger


