"""Scanned papers on the page: handing in, looking with one's name across, taking back; strangers get nothing."""

import io

import pytest
from flask.testing import FlaskClient
from PIL import Image, ImageChops
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models.access import AccessEntry
from models.evidence import Evidence
from models.session import reading
from tests import scans
from tests.browser import look, serve
from tests.play import Play
from tests.web.door import PASSWORD, Door, csrf_of

CONTENT = scans.picture(size=(900, 1200))


@pytest.fixture
def play(door: Door) -> Play:
    return Play(door.house.engine, door.cast).open("a1", "沈明铭")


def hand_in(
    browser: FlaskClient, no: str, content: bytes = CONTENT, name: str = "沈明铭 户口簿.jpg", kind: str = "户口簿"
) -> TestResponse:
    """Fill in the upload form of a case page."""
    token = csrf_of(browser.get(f"/cases/{no}?tab=evidence"))
    data = {"csrf_token": token, "kind": kind, "file": (io.BytesIO(content), name)}
    answer = browser.post(f"/cases/{no}/evidence", data=data)
    answer.request.environ["wsgi.input"].close()  # the test client forgets the spool of a large form
    return answer


def only_scan(door: Door) -> Evidence:
    """The paper that was handed in through the form; those of `Play` are rows without a file."""
    with reading(door.house.engine) as session:
        return session.scalars(select(Evidence).where(Evidence.storage_key != "none")).one()


def looks(door: Door) -> list[AccessEntry]:
    with reading(door.house.engine) as session:
        return list(session.scalars(select(AccessEntry).where(AccessEntry.what == "evidence").order_by(AccessEntry.id)))


def test_a_paper_handed_in_is_looked_at_with_the_viewers_name_across_it(door: Door, play: Play) -> None:
    clerk = door.browser("a1:school_clerk")
    answer = hand_in(clerk, play.no)
    assert (answer.status_code, answer.location) == (303, f"/cases/{play.no}?tab=evidence")
    paper = only_scan(door)
    assert (paper.kind, paper.file_name, paper.media_type) == ("户口簿", "沈明铭 户口簿.jpg", "image/jpeg")

    viewer = clerk.get(f"/evidence/{paper.public_id}").get_data(as_text=True)
    assert f"/evidence/{paper.public_id}/1.jpg" in viewer
    assert "沈明铭 户口簿.jpg" in viewer
    shown = clerk.get(f"/evidence/{paper.public_id}/1.jpg")
    assert shown.status_code == 200
    assert shown.content_type == "image/jpeg"
    assert shown.headers["Cache-Control"] == "private, no-store"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    marked, original = (Image.open(io.BytesIO(data)).convert("L") for data in (shown.data, CONTENT))
    assert marked.size == original.size
    difference = ImageChops.difference(marked, original).point(lambda value: 255 * (value > 20))
    assert difference.crop((0, 600, 900, 1200)).getbbox() is not None

    other = door.browser("a1:school_leader")
    assert other.get(f"/evidence/{paper.public_id}/1.jpg").data != shown.data
    assert [(entry.person_id, entry.purpose) for entry in looks(door)] == [
        (door.cast.person["a1:school_clerk"], f"{paper.public_id} 第 1 页"),
        (door.cast.person["a1:school_leader"], f"{paper.public_id} 第 1 页"),
    ]


def test_the_story_of_the_case_tells_of_a_paper(door: Door, play: Play) -> None:
    clerk = door.browser("a1:school_clerk")
    hand_in(clerk, play.no)
    story = clerk.get(f"/cases/{play.no}?tab=history").get_data(as_text=True)
    assert "上传材料：户口簿" in story
    assert "栖云区青松小学" in story


def test_the_original_is_only_ever_saved(door: Door, play: Play) -> None:
    clerk = door.browser("a1:school_clerk")
    hand_in(clerk, play.no, scans.pdf(), "../证明\u202e; x=1.html")
    paper = only_scan(door)
    saved = clerk.get(f"/evidence/{paper.public_id}/original")
    assert saved.data == scans.pdf()
    assert saved.content_type == "application/pdf"
    assert saved.headers["Content-Disposition"].startswith("attachment; ")
    assert only_scan(door).file_name == "证明_ x=1.html.pdf"
    assert saved.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert saved.headers["Cache-Control"] == "private, no-store"
    assert looks(door)[-1].purpose.endswith("下载原件")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "content, kind, sentence",
    [
        (b"text", "户口簿", "只接收 JPEG、PNG 图片和 PDF 文件"),
        (CONTENT + bytes(2_200_000), "户口簿", "图片不能超过 2 MB，这张是 2.1 MB"),
        (scans.pdf(change=scans.with_script), "户口簿", "PDF 里含有脚本程序"),
        (CONTENT, "", "请选择材料种类"),
    ],
)
def test_a_refusal_stands_at_its_field(door: Door, play: Play, content: bytes, kind: str, sentence: str) -> None:
    answer = hand_in(door.browser("a1:school_clerk"), play.no, content, kind=kind)
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert "材料种类" in answer.get_data(as_text=True)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_form_without_a_file_is_told_so(door: Door, play: Play) -> None:
    clerk = door.browser("a1:school_clerk")
    token = csrf_of(clerk.get(f"/cases/{play.no}?tab=evidence"))
    answer = clerk.post(f"/cases/{play.no}/evidence", data={"csrf_token": token, "kind": "户口簿"})
    assert answer.status_code == 422
    assert "请选择要上传的文件" in answer.get_data(as_text=True)


def test_a_stranger_finds_nothing(door: Door, play: Play) -> None:
    hand_in(door.browser("a1:school_clerk"), play.no)
    paper = only_scan(door)
    addresses = [f"/evidence/{paper.public_id}{end}" for end in ("", "/1.jpg", "/original")]
    stranger, nobody = door.browser("b1:school_clerk"), door.app.test_client()
    for address in addresses:
        assert stranger.get(address).status_code == 404, address
        assert nobody.get(address).status_code == 303, address
    token = csrf_of(door.browser("a1:school_clerk").get(f"/cases/{play.no}?tab=evidence"))
    taken = stranger.post(f"/evidence/{paper.public_id}/withdraw", data={"csrf_token": token})
    assert taken.status_code in (400, 404)
    assert only_scan(door).withdrawn_at is None
    assert looks(door) == []


def test_the_deciding_office_sees_that_a_scan_lies_elsewhere_and_the_school_does_not(door: Door, play: Play) -> None:
    second = Play(door.house.engine, door.cast).open("b1", "古丽娜尔·艾合买提", target_grade=3)
    clerk = door.browser("a1:school_clerk")
    hand_in(clerk, play.no)
    paper = only_scan(door)
    hand_in(door.browser("b1:school_clerk"), second.no)
    play.act("a1:school_clerk", "submit")
    hint = "另有 1 件事项里有完全相同的扫描件"
    assert hint in door.browser("a1:school_leader").get(f"/evidence/{paper.public_id}").get_data(as_text=True)
    assert hint not in clerk.get(f"/evidence/{paper.public_id}").get_data(as_text=True)


def test_a_draft_gives_a_paper_back_and_a_sent_case_does_not(door: Door, play: Play, session: Session) -> None:
    clerk = door.browser("a1:school_clerk")
    hand_in(clerk, play.no)
    paper = only_scan(door)
    page = clerk.get(f"/evidence/{paper.public_id}")
    assert f"/evidence/{paper.public_id}/withdraw" in page.get_data(as_text=True)
    answer = clerk.post(f"/evidence/{paper.public_id}/withdraw", data={"csrf_token": csrf_of(page)})
    assert answer.status_code == 303
    assert only_scan(door).withdrawn_at is not None
    play.act("a1:school_clerk", "submit")
    page = clerk.get(f"/evidence/{paper.public_id}")
    assert "/withdraw" not in page.get_data(as_text=True)
    assert "撤下" in page.get_data(as_text=True)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_page_that_is_not_there_is_not_found(door: Door, play: Play) -> None:
    clerk = door.browser("a1:school_clerk")
    hand_in(clerk, play.no)
    paper = only_scan(door)
    for page in ("0", "2", "99999999999", "1.5", "-1", "x"):
        assert clerk.get(f"/evidence/{paper.public_id}/{page}.jpg").status_code == 404, page
    assert clerk.get(f"/evidence/{'0' * 26}/1.jpg").status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_viewer_shows_the_pages_in_a_real_browser(door: Door, play: Play, page: Page) -> None:
    hand_in(door.browser("a1:school_clerk"), play.no, scans.pdf(2), "证明.pdf")
    username, paper = door.give_password("a1:school_clerk"), only_scan(door)
    with serve(door.app) as address:
        page.goto(f"{address}/login")
        page.fill("[name=username]", username)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"{address}/**")
        page.goto(f"{address}/evidence/{paper.public_id}")
        page.locator(".viewer img").nth(1).scroll_into_view_if_needed()
        page.wait_for_function("() => [...document.images].every(image => image.complete && image.naturalWidth > 0)")
        look(page, "evidence-viewer")
