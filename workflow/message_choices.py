"""How a person wants to be told: at once, in one digest a day, or on the page only; and when a mail may then go out.

New tasks are put together: the first mail goes out after a moment, the next one not before a few minutes have passed.
The digest of a day goes out once, at the hour the person chose; what comes later that day waits for the next one.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.messages import MessageSetting
from workflow.calendar import SHANGHAI, day_of
from workflow.errors import Reason, Unmet

ONCE, DIGEST, PAGE = "once", "digest", "page"
GATHERING = dt.timedelta(seconds=30)
"""So long the first notice waits for others that belong into the same mail."""
PAUSE = dt.timedelta(minutes=10)
"""Between two mails to one person: what comes in between goes out together."""
USUAL_MINUTE = 8 * 60 + 30
MINUTES = tuple(range(7 * 60, 20 * 60 + 1, 30))
"""When a digest may be asked for: every half hour from 7:00 to 20:00 in Asia/Shanghai."""
QUIET_UNTIL = dt.time(7, 30, tzinfo=SHANGHAI)
QUIET_FROM = dt.time(21, 0, tzinfo=SHANGHAI)
"""At night the clock writes to nobody; what a person did at night is told at once to whoever wants it so."""

NO_ADDRESS, DEAD_ADDRESS, BY_CHOICE, OVERTAKEN, ANSWERED = "no_address", "bounces", "by_choice", "overtaken", "answered"
"""Why a notice stands on the page only."""


class Group(NamedTuple):
    """Purposes that are chosen together; `usual` holds for whoever chose nothing."""

    title: str
    purposes: tuple[str, ...]
    usual: str
    allowed: tuple[str, ...]


GROUPS: dict[str, Group] = {
    "tasks": Group(
        "新任务",
        (
            "case_waiting", "case_returned", "case_proposed", "rule_proposed", "draft_not_sent", "post_vacant",
            "address_bounced", "urged", "consulted", "mentioned",
        ),
        ONCE,
        (ONCE, DIGEST, PAGE),
    ),
    "results": Group(
        "办理结果",
        (
            "case_decided", "taken_back", "case_ruled", "case_suspended", "case_resumed", "draft_sent",
            "certificate_ready",
            "import_done", "id_error_class", "advised", "copied", "rule_answered", "proposal_answered",
        ),
        ONCE,
        (ONCE, DIGEST, PAGE),
    ),
    "reminders": Group(
        "到期和逾期提醒", ("reminder", "overdue", "expiry_warning", "arrival_missing"), DIGEST, (ONCE, DIGEST)
    ),
    "supervision": Group("督办和通报", ("supervise", "decide_instead", "bulletin_candidate"), DIGEST, (ONCE, DIGEST)),
}
"""A reminder always goes out by mail as well: who does not look at the page is the one who needs it."""
BY_CLOCK = frozenset({*GROUPS["reminders"].purposes, *GROUPS["supervision"].purposes})
_GROUP_OF = {purpose: name for name, group in GROUPS.items() for purpose in group.purposes}


@dataclass(frozen=True)
class Wishes:
    """What is known about reaching one person. `email` is the address of the account, empty if there is none."""

    email: str
    minute: int = USUAL_MINUTE
    choices: Mapping[str, str] = field(default_factory=dict)
    chat: bool = False
    last_mail_at: dt.datetime | None = None
    last_digest_on: dt.date | None = None
    dead_address: str = ""

    @property
    def address_is_dead(self) -> bool:
        """Tell whether mails to the present address come back."""
        return bool(self.email) and self.email == self.dead_address

    @property
    def reachable(self) -> bool:
        """Tell whether anything leaves the house for the person: to an address that works, or to his telephone."""
        return self.chat or (bool(self.email) and not self.address_is_dead)

    def choice(self, purpose: str) -> str:
        """Return once, digest or page."""
        name = _GROUP_OF.get(purpose, "")
        if not name:
            return ONCE
        chosen = self.choices.get(name, "")
        return chosen if chosen in GROUPS[name].allowed else GROUPS[name].usual

    def mail_at(self, purpose: str, now: dt.datetime) -> dt.datetime:
        """Return from when on a mail may carry a notice that comes in now."""
        if self.choice(purpose) == DIGEST:
            return self._next_digest(now)
        at = now + GATHERING
        if self.last_mail_at and now - PAUSE < self.last_mail_at <= now:  # else the clock was set back meanwhile
            at = max(at, self.last_mail_at + PAUSE)
        return not_at_night(at) if purpose in BY_CLOCK else at

    def chat_at(self, purpose: str, now: dt.datetime) -> dt.datetime | None:
        """Return from when on a message to the telephone may carry it: when a mail may, and never at night.

        None for who wants none.
        """
        return not_at_night(self.mail_at(purpose, now)) if self.chat and self.choice(purpose) != PAGE else None

    def unmailed(self, purpose: str) -> str:
        """Return why no mail goes out, or nothing."""
        if not self.email:
            return NO_ADDRESS
        if self.address_is_dead:
            return DEAD_ADDRESS
        return BY_CHOICE if self.choice(purpose) == PAGE else ""

    def _next_digest(self, now: dt.datetime) -> dt.datetime:
        today = day_of(now)
        slot = _at_minute(today, self.minute)
        if self.last_digest_on == today:
            return _at_minute(today + dt.timedelta(days=1), self.minute)
        return slot if now < slot else now + GATHERING


COLUMNS = (
    MessageSetting.digest_minute,
    MessageSetting.choices,
    MessageSetting.chat,
    MessageSetting.last_mail_at,
    MessageSetting.last_digest_on,
    MessageSetting.dead_address,
)
"""What `wishes_of` needs beside the address; None in every one for a person without a row."""


def wishes_of(email: str, row: Sequence[Any]) -> Wishes:
    """Return the wishes from the address and the COLUMNS of the person's row."""
    minute, choices, chat, last_mail_at, last_digest_on, dead = row
    usual = USUAL_MINUTE if minute is None else minute
    return Wishes(email, usual, choices or {}, bool(chat), last_mail_at, last_digest_on, dead or "")


def read(session: Session, person_id: int, email: str = "") -> Wishes:
    """Return one person's wishes."""
    row = session.execute(select(*COLUMNS).where(MessageSetting.person_id == person_id)).one_or_none()
    return wishes_of(email, row or (None,) * len(COLUMNS))


def save(session: Session, person_id: int, typed: Mapping[str, str], *, offers_chat: bool = False) -> None:
    """Store what a person chose: `minute` and one answer for each group, `chat` where there is a gateway for it.

    Raises Unmet; the caller commits.
    """
    faults = []
    minute = typed.get("minute", "")
    if not (minute.isascii() and minute.isdigit() and int(minute[:6]) in MINUTES and len(minute) <= 4):
        faults.append(Reason("field", "block", "请从列出的时间中选择", field="minute"))
    for name, group in GROUPS.items():
        if typed.get(name, "") not in group.allowed:
            faults.append(Reason("field", "block", f"请选择“{group.title}”的方式", field=name))
    if faults:
        raise Unmet(faults)
    chosen = {name: typed[name] for name in GROUPS}
    chat = {"chat": typed.get("chat") == "1"} if offers_chat else {}
    put(session, person_id, digest_minute=int(minute), choices=chosen, **chat)


def put(session: Session, person_id: int, **values: Any) -> None:
    """Write some columns of a person's row, which is made if it is not there. The caller commits."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    new = dialect.insert(MessageSetting).values(person_id=person_id, **values)
    session.execute(new.on_conflict_do_update(index_elements=["person_id"], set_=values))


def _at_minute(day: dt.date, minute: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(*divmod(minute, 60)), SHANGHAI).astimezone(dt.UTC)


def not_at_night(at: dt.datetime) -> dt.datetime:
    """Return the moment, or the next morning where that is at night in Asia/Shanghai."""
    local = at.astimezone(SHANGHAI)
    day = local.date()
    if local.timetz() >= QUIET_FROM:
        day += dt.timedelta(days=1)
    elif local.timetz() >= QUIET_UNTIL:
        return at
    return dt.datetime.combine(day, QUIET_UNTIL).astimezone(dt.UTC)
