"""The demo's mails on a page: listed, read as text or in a sandbox; in a real installation there is nothing."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.cast import MONDAY, Cast
from tests.web.door import Door
from web import mail_sink
from workflow import settings

MAIL = """From: xuejiban@example.org
To: a1.leader@example.org
Subject: =?utf-8?b?6K+35qC45Yqe?=
Date: Mon, 01 Sep 2025 09:00:00 +0800
Message-ID: <one@example.org>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=cut

--cut
Content-Type: text/plain; charset=utf-8

plain words
--cut
Content-Type: text/html; charset=utf-8

<html><head></head><body><p>rich words</p><script>alert(1)</script></body></html>
--cut--
"""


@pytest.fixture
def demo(database: str, tmp_path: Path, session: Session, cast: Cast, monday: None) -> Door:
    settings.mark_demo(session, "sample", MONDAY)
    session.commit()
    return Door(database, tmp_path, cast)


def test_a_mail_is_listed_and_read_in_both_writings(demo: Door) -> None:
    browser = demo.browser("a1:school_clerk")
    assert "还没有发出过邮件" in browser.get("/mails").get_data(as_text=True)
    demo.settings.mails_dir.mkdir()
    mail_sink.keep(demo.settings.mails_dir, MAIL.encode())
    page = browser.get("/mails").get_data(as_text=True)
    (mail,) = mail_sink.listing(demo.settings.mails_dir)
    assert "请核办" in page
    assert f"/mails/{mail.id}/body" in page
    assert "rich words" not in page
    assert "plain words" in browser.get(f"/mails/{mail.id}?as=text").get_data(as_text=True)
    demo.house.close()


def test_the_html_part_lives_in_a_sandbox_without_scripts(demo: Door) -> None:
    demo.settings.mails_dir.mkdir()
    mail_sink.keep(demo.settings.mails_dir, MAIL.encode())
    (mail,) = mail_sink.listing(demo.settings.mails_dir)
    answer = demo.browser("a1:school_clerk").get(f"/mails/{mail.id}/body")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "rich words" in answer.get_data(as_text=True)
    demo.house.close()


@pytest.mark.parametrize("name", ["0" * 32, "..", "keys.json", "x"])
def test_a_name_that_is_no_mail_finds_nothing(demo: Door, name: str) -> None:
    assert demo.browser("a1:school_clerk").get(f"/mails/{name}").status_code == 404
    demo.house.close()


def test_real_mails_are_not_shown(door: Door) -> None:
    browser = door.browser("a1:school_clerk")
    for page in ("/mails", f"/mails/{'0' * 32}", f"/mails/{'0' * 32}/body"):
        assert browser.get(page).status_code == 404
