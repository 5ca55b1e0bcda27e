"""Notices in words: what it is, whom it is about, how urgent it is now; and the form for how one wants to be told."""

import datetime as dt

from web.letter_sections import KINDS
from web.mail_values import masked, standing
from web.matters import Ground, Writer
from web.pages.messages import NoticeRow
from web.present import days, words
from web.views import Field, Option
from workflow.calendar import day_of
from workflow.message_choices import DIGEST, GROUPS, MINUTES, ONCE, PAGE, Wishes

WORDS = {ONCE: "马上发邮件", DIGEST: "每天汇总一封", PAGE: "只在网页上"}
HINTS = {
    "tasks": "同一时间来的几件合成一封，两封之间至少隔十分钟",
    "reminders": "期限前后的提醒一定会发邮件；选“马上”的，夜里不发",
    "supervision": "下级逾期、拟列入通报",
}
CHAT_HINT = "与邮件同一时间，只写一句话和链接，夜里不发；没有邮箱的也能收到"
ASKS = ("case_waiting", "case_returned", "urged", "consulted", "reminder", "overdue", "supervise", "decide_instead",
        "bulletin_candidate")  # fmt: skip
"""Of these it is worth seeing how much time is left."""


def row(ground: Ground, writer: Writer, now: dt.datetime) -> NoticeRow:
    """Return one line of the list; names are masked as in a mail, the case page shows what the reader may see."""
    notice = ground.notice
    matter = writer.line(ground)
    open_item = ground.item if ground.item is not None and ground.item.open and notice.purpose in ASKS else None
    return NoticeRow(
        number=notice.id,
        word=KINDS[notice.purpose].title,
        about=masked(matter) or matter.from_school or matter.process,
        at=notice.at,
        note=matter.remark or _note(ground, standing(matter)),
        case_no=matter.no,
        kind=words.PROCESSES.get(ground.case.process, matter.process) if ground.case else matter.process,
        unread=notice.read_at is None,
        left=days.of_item(writer.world, open_item, day_of(now)) if open_item else None,
        url=writer.facts(ground).url,
    )


def _note(ground: Ground, said: str) -> str:
    if ground.item is not None and not ground.item.open:
        return "已办理"
    return "" if ground.notice.purpose in ASKS else said


def fields(wishes: Wishes, typed: dict[str, str] | None = None, *, offers_chat: bool = False) -> tuple[Field, ...]:
    """Return the fields of the form, as chosen or as typed; `offers_chat` where there is a gateway for telephones."""
    given = typed or {}
    minute = given.get("minute", str(wishes.minute))
    clock = tuple(Option(str(one), f"{one // 60:02d}:{one % 60:02d}") for one in MINUTES)
    hint = "没有内容的那天不发"
    digest = Field("minute", "每天几点汇总", "select", minute, hint=hint, required=True, options=clock, width="short")
    groups = tuple(
        Field(
            name,
            group.title,
            "radio",
            given.get(name, wishes.choice(group.purposes[0])),
            hint=HINTS.get(name, ""),
            required=True,
            options=tuple(Option(choice, WORDS[choice]) for choice in group.allowed),
        )
        for name, group in GROUPS.items()
    )
    chosen = given.get("chat") if typed is not None else wishes.chat
    ticked, options = (("1",) if chosen else ()), (Option("1", "同时发到手机（企业微信、钉钉或短信）"),)
    chat = Field("chat", "手机消息", "checks", chosen=ticked, hint=CHAT_HINT, required=True, options=options)
    return (*groups, digest, *([chat] if offers_chat else []))

