"""Invented facts for every mail: what an administrator sees when he words one, and which placeholders there are."""

import datetime as dt
from functools import cache

from web.letter_sections import sections
from web.mail_facts import DIGEST, TOPICS, Facts, ImportCounts, Matter
from web.mail_values import values_of
from workflow.days_left import DaysLeft, Kind

URL = "https://xueji.example.cn/"
MATTER = Matter(
    no="ZX2026-9900000001-0012",
    process="转学",
    pupil="吴雨桐",
    from_school="禾苑县望岳小学",
    to_school="栖云区青松小学",
    grade="三年级",
    step="转出学校审核",
    holder="禾苑县望岳小学",
    due=dt.date(2026, 12, 8),
    left=DaysLeft(Kind.SOON, 4),
)
LATE = Matter(
    no="ZX2026-9900000001-0009",
    process="转学",
    pupil="买买提·艾合买提",
    holder="栖云区教育局",
    due=dt.date(2026, 11, 20),
    left=DaysLeft(Kind.OVERDUE, 2),
)
_OF_RULES = ("rule_proposed", "rule_answered")
_WITHOUT_MATTER = ("import_done", "address_bounced", *_OF_RULES, DIGEST)


def sample(topic: str) -> Facts:
    """Return the facts of an invented mail."""
    late = topic in ("overdue", "supervise", "bulletin_candidate", "arrival_missing")
    several = [("overdue", LATE), ("reminder", MATTER), ("case_waiting", MATTER)]
    return Facts(
        url=URL,
        matter=None if topic in _WITHOUT_MATTER else LATE if late else MATTER,
        sections=sections(several) if topic == DIGEST else (),
        actor="栖云区教育局",
        outcome="refused",
        reason="没有空余学位",
        on=dt.date(2026, 12, 1),
        days=14,
        document="转学证明",
        number="转证〔2026〕990101-0015",
        office="栖云区青松小学",
        counts=ImportCounts(520, 500, 12, 20),
        proposed="转学核办期限" if topic in _OF_RULES else "终止",
        answer="confirmed",
        person="吴雨桐",
    )


@cache
def placeholders(topic: str) -> dict[str, str]:
    """Return what may stand in a mail's words, each with what it would say in the sample."""
    assert topic in TOPICS
    return values_of(topic, sample(topic))
