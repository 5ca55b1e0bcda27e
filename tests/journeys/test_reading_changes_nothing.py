"""Whatever is only opened changes nothing (F12): every address of the site and of all mails, by GET and HEAD."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from models.cases import Case, Event, WorkItem
from models.certificates import Certificate
from models.students import Enrolment, Student
from tests.journeys.conftest import Story
from tests.journeys.hands import Page, Visitor
from tests.journeys.test_two_cities import ask_for
from tests.play import Play
from web import mail_sink

RENDERED = (".pdf", ".png", ".jpg")
"""Slow to make, so one person asks for each."""
OFFICERS = ("a1:school_clerk", "a1:school_leader", "k1:dept_leader")
HREF = re.compile(r"""(?:href|src|action)=["']([^"']+)""")


@pytest.mark.parametrize("database", [pytest.param("sqlite", marks=pytest.mark.deep), "postgresql"], indirect=True)
def test_every_address_is_opened_and_nothing_moves(story: Story) -> None:
    play = told_so_far(story)
    before = what_stands(story)
    mailed = {urlsplit(found).path for mail in all_mails(story) for found in HREF.findall(mail)}
    assert f"/cases/{play.no}" in mailed
    opened: set[str] = set()
    for who in OFFICERS:
        opened |= crawl(story.page_of(who), mailed, known={one for one in opened if one.endswith(RENDERED)})
    assert what_stands(story) == before
    assert f"/cases/{play.no}" in opened
    assert len(opened) > 30


def told_so_far(story: Story) -> Play:
    """One case is finished and has its certificate, one waits for a leader, one is a draft."""
    done = asked(story, "沈明铭")
    for who in ("a1:school_leader", "a2:school_leader", "k1:dept_leader"):
        done.act(who, "approve")
        story.work()
    done.act("a1:school_clerk", "confirm_arrival", on_date="2025-09-01")
    waiting = asked(story, "古丽娜尔·艾合买提")
    story.program_of("a1:school_clerk").post("/transfers", {"name": "卢天志"})
    story.work()
    return waiting


def asked(story: Story, pupil: str) -> Play:
    """Return a transfer that was sent with papers that can be opened."""
    play = Play(story.door.house.engine, story.cast)
    play.no = ask_for(story, pupil, 5)["no"]
    return play


def all_mails(story: Story) -> Iterator[str]:
    for mail in mail_sink.listing(story.sink.folder):
        yield mail.html
        yield " ".join(f'href="{word}"' for word in mail.text.split() if word.startswith("http"))


def what_stands(story: Story) -> dict[str, object]:
    """Return what opening a page must never change. Looking at papers is written down elsewhere, not in a case."""
    ask = story.door.ask
    return {
        "cases": ask(select(Case.no + ":" + Case.phase).order_by(Case.id)),
        "revisions": ask(select(Case.revision).order_by(Case.id)),
        "events": ask(select(func.count()).select_from(Event)),
        "items": ask(select(WorkItem.id).where(WorkItem.open).order_by(WorkItem.id)),
        "enrolments": ask(select(func.count()).select_from(Enrolment)),
        "versions": ask(select(Student.version).order_by(Student.id)),
        "certificates": ask(select(Certificate.state).order_by(Certificate.id)),
    }


def crawl(visitor: Visitor, mailed: set[str], known: set[str]) -> set[str]:
    """Open every address that a page or a mail names, forms included, once by HEAD and once by GET.

    One form is left out: it hands out a numbered copy of a certificate.
    """
    waiting, opened = ["/inbox", *sorted(mailed)], set[str]()
    while waiting:
        address = waiting.pop()
        if address in opened | known:
            continue
        opened.add(address)
        for method in (visitor.client.head, visitor.client.get):
            answer = method(address)
            assert answer.status_code < 500, f"{visitor.who} {address}"
        if answer.mimetype == "text/html":
            page = Page(address, answer.status_code, answer.get_data(as_text=True))
            named = [*page.links, *(form.action for form in page.forms if not form.action.endswith("/pdf"))]
            waiting += [inside for one in named if (inside := local(one))]
        answer.close()
    return opened


def local(address: str) -> str:
    """Return path and query if the address is ours and no file of the shell, else nothing."""
    parts = urlsplit(address)
    if parts.scheme not in ("", "http") or not parts.path.startswith("/") or parts.path.startswith("/static/"):
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")
