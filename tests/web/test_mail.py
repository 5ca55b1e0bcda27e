"""Mails: what they say, what they never say, and what becomes of them at a real SMTP server."""

import datetime as dt
import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser

import pytest

from web.letter_sections import KINDS, sections
from web.mail import compose, message_id, shipped
from web.mail_facts import (
    DIGEST,
    OUTCOMES,
    TOPICS,
    Facts,
    ImportCounts,
    MailRefused,
    Matter,
    Recipient,
    Sender,
)
from web.mail_values import values_of
from workflow import wording
from workflow.days_left import DaysLeft, Kind
from workflow.message_choices import GROUPS

D = dt.date
NOW = dt.datetime(2026, 11, 24, 1, tzinfo=dt.UTC)
URL = "https://xj.example.cn/cases/ZX-2026-000123"
OFFICER = Recipient("wang.fang@example.cn", "王芳")
SENDER = Sender("notice@xj.example.cn", host="xj.example.cn")
TRANSFER = Matter(
    no="ZX-2026-000123",
    process="转学",
    pupil="张小明",
    grade="五年级",
    from_school="临江县城东小学",
    to_school="临江县西关小学",
    step="转出学校意见",
    holder="临江县城东小学",
    due=D(2026, 12, 8),
    left=DaysLeft(Kind.LATER, 10),
)
OTHER = Matter(
    no="ZX-2026-000124",
    process="转学",
    pupil="买买提·艾合买提",
    holder="临江县教育局",
    due=D(2026, 11, 20),
    left=DaysLeft(Kind.OVERDUE, 2),
)
DECIDED = Matter(no="ZX-2026-000125", process="转学", pupil="欧阳·娜娜", remark="不同意：学位已满")
SEVERAL = (("reminder", TRANSFER), ("case_decided", DECIDED), ("overdue", OTHER))
WITHOUT_CASE = ("import_done", "address_bounced", "rule_proposed", "rule_answered", DIGEST)


def facts_for(topic, **changes):
    given = {
        "url": URL,
        "matter": None if topic in WITHOUT_CASE else TRANSFER,
        "sections": sections(list(SEVERAL)) if topic == DIGEST else (),
        "actor": "临江县教育局",
        "outcome": "approved",
        "reason": "学位已满",
        "on": D(2026, 11, 24),
        "days": 14,
        "document": "转学证明",
        "proposed": "终止",
        "answer": "confirmed",
        "person": "欧阳·娜娜",
        "number": "临转〔2026〕第 0015 号",
        "office": "临江县西关小学",
        "counts": ImportCounts(520, 500, 12, 20),
    }
    return Facts(**{**given, **changes})


def mail(topic="case_waiting", facts=None, recipient=OFFICER, key="ZX-2026-000123:5:notice:77"):
    return compose(topic, facts or facts_for(topic), recipient, key=key, sender=SENDER, at=NOW)


def text_of(message):
    return message.get_body(("plain",)).get_content().replace("\r\n", "\n")


def html_of(message):
    return message.get_body(("html",)).get_content()


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links, self.words = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_data(self, data):
        self.words.append(data)


def page_of(message):
    page = _Page()
    page.feed(html_of(message))
    return page


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_says_the_same_in_text_and_html(topic):
    message = mail(topic)
    assert message["Subject"]
    text, page = text_of(message), page_of(message)
    shown = re.sub(r"\s", "", "".join(page.words))
    for line in text.split("打开链接只会")[0].splitlines():
        said = re.sub(r"^(请您：|期限：|\d\. |【.*】)", "", line.strip()).rstrip("：")
        assert re.sub(r"\s", "", said) in shown
    assert "\n\n\n" not in text
    assert not re.search(r"[ \t]$|None|Undefined|\{|，，|。。|，。|：：", text, re.MULTILINE)


@pytest.mark.parametrize("topic", TOPICS)
def test_no_mail_shows_more_of_a_name_than_its_beginning(topic):
    message = mail(topic)
    everything = f"{message.as_string()} {message['Subject']} {text_of(message)} {html_of(message)}"
    assert "小明" not in everything
    assert "艾合买提" not in everything
    assert "娜娜" not in everything
    if topic == DIGEST or topic not in WITHOUT_CASE:
        assert "张*" in text_of(message)
        assert ("买买提·*" in text_of(message)) == (topic == DIGEST)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_mail_has_one_link_and_loads_nothing_from_outside(topic):
    message = mail(topic)
    page = page_of(message)
    assert page.links == [URL]
    assert re.findall(r"https?://\S+", text_of(message)) == [URL]
    assert not [tag for tag, _ in page.tags if tag in ("img", "script", "link", "iframe", "form", "style", "input")]
    assert not [attrs for _, attrs in page.tags if "src" in attrs or "url(" in str(attrs.get("style"))]


def test_a_new_item_reads_as_a_person_would_write_it():
    message = mail()
    assert message["Subject"] == "请办理：张*转学，12月8日截止"
    assert text_of(message) == (
        "王芳，您好：\n"
        "\n"
        "临江县教育局已办结上一环节，张*的转学现在由临江县城东小学办理。\n"
        "\n"
        "请您：核对材料，在“转出学校意见”环节作出决定：同意、不同意，或退回补正。\n"
        "期限：2026年12月8日（星期二）24:00前，还剩 10 个工作日\n"
        "\n"
        "张*，五年级，临江县城东小学 → 临江县西关小学\n"
        "转学 ZX-2026-000123\n"
        "\n"
        "打开这件事项：\n"
        f"{URL}\n"
        "\n"
        "打开链接只会显示页面，办理要登录后在页面上确认。\n"
        "\n"
        "--\n"
        "学籍办自动发出，请勿回复。不点链接，登录后也能找到这里提到的事项。\n"
        "为保护学生信息，邮件不写证件号码，姓名隐去一部分。\n"
    )


def test_several_matters_are_told_in_parts_the_most_urgent_first():
    message = mail(DIGEST)
    assert message["Subject"] == "已逾期 1 件，即将到期 1 件，已有结果 1 件"
    middle = text_of(message).split("\n\n")[3:6]
    assert middle == [
        "【已逾期】请尽快办理，或督促经办人办理。\n"
        "1. 买买提·*\n"
        "   转学 ZX-2026-000124\n"
        "   临江县教育局，11月20日截止，已逾期 2 个工作日",
        "【即将到期】请在期限前办理；材料不齐的，可以退回补正。\n"
        "1. 张*，五年级，临江县城东小学 → 临江县西关小学\n"
        "   转学 ZX-2026-000123\n"
        "   临江县城东小学，12月8日截止，还剩 10 个工作日",
        "【已有结果】供您知悉。\n1. 欧阳·*\n   转学 ZX-2026-000125\n   不同意：学位已满",
    ]
    assert "打开待办：" in text_of(message)


def test_reminders_stand_under_their_day_and_by_days_left_within_it():
    def due(no, kind, n, day):
        return "reminder", Matter(no, "转学", "张小明", due=D(2026, 12, day), left=DaysLeft(kind, n))

    lines = [due("D", Kind.SOON, 5, 8), due("B", Kind.TODAY, 0, 1), due("C", Kind.SOON, 2, 3)]
    lines.append(due("A", Kind.TOMORROW, 1, 2))
    told = [(section.title, [matter.no for matter in section.matters]) for section in sections(lines)]
    assert told == [("今天到期", ["B"]), ("明天到期", ["A"]), ("即将到期", ["C", "D"])]


def test_a_task_that_is_late_when_its_mail_is_written_stands_with_what_is_late():
    late = Matter("A", "转学", "张小明", due=D(2026, 12, 1), left=DaysLeft(Kind.OVERDUE, 3))
    lines = [("case_waiting", late), ("overdue", late), ("case_waiting", replace(late, no="B"))]
    told = [(section.title, [matter.no for matter in section.matters]) for section in sections(lines)]
    assert told == [("已逾期", ["A", "B"])]


def test_a_deadline_beyond_the_year_is_told_with_its_year():
    matter = Matter("A", "转学", "张小明", due=D(2027, 1, 8), today=D(2026, 12, 8))
    told = facts_for(DIGEST, sections=sections([("case_waiting", matter)]))
    assert "2027年1月8日截止" in text_of(mail(DIGEST, told))


def test_several_words_about_one_case_name_the_case():
    news = [("case_decided", DECIDED), ("case_decided", DECIDED), ("certificate_ready", DECIDED)]
    message = mail(DIGEST, facts_for(DIGEST, sections=sections(news)))
    assert message["Subject"] == "欧阳·*的转学：已有结果，证明已生成"
    assert text_of(message).count("ZX-2026-000125") == 2, "once in each part"


def test_news_alone_lead_to_the_notices():
    news = [("case_decided", DECIDED), ("case_decided", OTHER)]
    message = mail(DIGEST, facts_for(DIGEST, sections=sections(news)))
    assert message["Subject"] == "已有结果 2 件"
    assert "查看通知：" in text_of(message)


@pytest.mark.parametrize(
    "outcome, beginning",
    list(
        zip(OUTCOMES, ("已同意：", "已办结：", "不同意：", "已撤回：", "已终止：", "已撤案：", "已终止："), strict=True)
    ),
)
def test_every_outcome_has_a_subject_of_its_own(outcome, beginning):
    assert mail("case_decided", facts_for("case_decided", outcome=outcome))["Subject"] == beginning + "张*转学"


@pytest.mark.parametrize(
    "left, words",
    [
        (DaysLeft(Kind.TODAY, 0), "今天到期"),
        (DaysLeft(Kind.TOMORROW, 1), "明天到期"),
        (DaysLeft(Kind.SOON, 2), "还剩 2 个工作日"),
        (DaysLeft(Kind.OVERDUE, 0), "已逾期"),
        (DaysLeft(Kind.OVERDUE, 3), "已逾期 3 个工作日"),
    ],
)
def test_the_deadline_is_said_in_words(left, words):
    message = mail("reminder", facts_for("reminder", matter=Matter(**{**vars(TRANSFER), "left": left})))
    assert message["Subject"] == f"{words}：张*转学"
    assert words in text_of(message)


def test_a_provisional_date_says_so():
    matter = Matter(**{**vars(TRANSFER), "provisional": True})
    assert "日期为暂定" in text_of(mail(facts=facts_for("case_waiting", matter=matter)))


def test_the_headers_mark_a_machines_mail_and_carry_the_outbox_key():
    message = mail()
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "<notices.xj.example.cn>"
    assert message["Message-ID"] == "<ZX-2026-000123=3A5=3Anotice=3A77@xj.example.cn>"
    assert message["Date"] == "Tue, 24 Nov 2026 09:00:00 +0800"
    assert [address.addr_spec for address in message["To"].addresses] == ["wang.fang@example.cn"]
    assert mail()["Message-ID"] == message["Message-ID"]


def test_different_keys_give_different_message_ids_even_when_long_or_odd():
    keys = ["a:b", "a=3Ab", "a.b", "a b", "甲", "x" * 160, "x" * 159 + "y", "甲" * 160, "甲" * 159 + "乙", ":" * 160]
    ids = [message_id(key, "xj.example.cn") for key in keys]
    assert len(set(ids)) == len(keys)
    for key, expected in zip(keys, ids, strict=True):
        assert re.fullmatch(r"<[A-Za-z0-9=_.-]{1,200}@xj\.example\.cn>", expected)
        again = message_from_bytes(mail(key=key).as_bytes(), policy=default)
        assert again["Message-ID"] == expected


@pytest.mark.parametrize("poison", ["x\r\nBcc: all@example.cn", "x\ny", "x\ry", "x\x00", "x\u2028y", "x\x85y"])
def test_line_breaks_and_control_characters_are_refused_wherever_they_stand(poison):
    attempts = [
        lambda: mail(recipient=Recipient(OFFICER.address, poison)),
        lambda: mail(recipient=Recipient(poison, OFFICER.name)),
        lambda: mail(facts=facts_for("case_waiting", actor=poison)),
        lambda: mail(facts=facts_for("case_waiting", url=URL + poison)),
        lambda: mail(facts=facts_for("case_waiting", matter=Matter(**{**vars(TRANSFER), "no": poison}))),
        lambda: mail(facts=facts_for("case_waiting", matter=Matter(**{**vars(TRANSFER), "pupil": poison}))),
        lambda: mail(DIGEST, facts_for(DIGEST, sections=sections([("overdue", Matter(poison, "转学", ""))] * 2))),
        lambda: compose(
            "case_waiting",
            facts_for("case_waiting"),
            OFFICER,
            key="k",
            sender=Sender("a@example.cn", host=f"x{poison}"),
            at=NOW,
        ),
    ]
    for attempt in attempts:
        with pytest.raises(MailRefused) as refused:
            attempt()
        assert "Bcc" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        *("", "wang", "a@b@c.cn", "a@example.cn, b@example.cn", "a@example.cn>", "王@example.cn", "a@例子.cn"),
        *('"a b"@x.cn', "a@x.cn ", "a" * 250 + "@x.cn"),
    ],
)
def test_what_is_not_one_plain_address_is_refused(address):
    with pytest.raises(MailRefused):
        mail(recipient=Recipient(address, "王芳"))


@pytest.mark.parametrize(
    "url", ["/cases/1", "javascript:alert(1)", "https://", "ftp://x/y", "https://x/ y", 'https://x/"']
)
def test_what_is_not_a_web_address_is_refused(url):
    with pytest.raises(MailRefused):
        mail(facts=facts_for("case_waiting", url=url))


def test_html_in_facts_stays_text():
    message = mail(facts=facts_for("case_waiting", actor="<img src=x onerror=alert(1)>{{7*7}}"))
    assert "<img" not in html_of(message)
    assert "{{7*7}}" in html_of(message)


def test_a_fact_that_the_topic_needs_must_be_there():
    wrong = [
        ("case_decided", {"outcome": ""}),
        ("case_decided", {"outcome": "perhaps"}),
        ("case_returned", {"actor": ""}),
        ("overdue", {"matter": None}),
        (DIGEST, {"sections": ()}),
        ("import_done", {"counts": None}),
    ]
    for topic, missing in wrong:
        with pytest.raises(MailRefused):
            mail(topic, facts_for(topic, **missing))
    with pytest.raises(MailRefused):
        mail("birthday", facts_for("case_waiting"))


def test_rare_characters_and_long_names_survive_the_way_through_bytes():
    school = "𠮷林省䶮州市㛃江区第一实验小学" * 3
    matter = Matter(**{**vars(TRANSFER), "pupil": "𬱖某", "holder": school})
    message = mail("supervise", facts_for("supervise", matter=matter), recipient=Recipient("a@example.cn", "𠮷㛃"))
    again = message_from_bytes(message.as_bytes(), policy=default)
    assert again["Subject"] == f"请督办：{school}有一件转学逾期未办"
    assert again["To"].addresses[0].display_name == "𠮷㛃"
    assert "𬱖*" in again.get_body(("plain",)).get_content()
    assert max(len(line) for line in message.as_bytes().split(b"\r\n")) <= 998


def test_everything_that_is_told_has_words_a_heading_and_a_place_in_the_settings():
    grouped = {purpose for group in GROUPS.values() for purpose in group.purposes}
    assert set(TOPICS) - {DIGEST} == set(KINDS) - {"today", "tomorrow"} == grouped
    for topic in TOPICS:
        assert not wording.faults(shipped(topic), list(values_of(topic, facts_for(topic)))), topic
