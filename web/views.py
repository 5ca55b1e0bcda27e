"""What the shared parts of a page are made of: plain frozen facts that view functions build and macros draw.

Words for people are already in here (`word`, `title`, …); templates decide only how they look.
Instants are aware UTC datetimes, days are dates in Asia/Shanghai. A deadline is given as its last day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal


@dataclass(frozen=True)
class NavItem:
    """One entry of the rail. `count` and `late` are drawn when above zero; `on_phone` puts it in the bottom bar."""

    word: str
    icon: str
    url: str
    active: bool = False
    count: int = 0
    late: int = 0
    on_phone: bool = False
    group: str = ""


@dataclass(frozen=True)
class Shell:
    """Frame around every page of a signed-in person."""

    person: str
    office: str
    roles: str
    nav: tuple[NavItem, ...] = ()
    today: date | None = None
    """The set day of a demo, shown in the foot; None when the product follows the real day."""
    unread: int = 0
    """Notices that were not read; counted up to a hundred."""


Pace = Literal["overdue", "today", "tomorrow", "soon", "later", "paused", "none", "done"]


@dataclass(frozen=True)
class DaysLeft:
    """How long there is: a word, a tone, and the last day. `provisional` when the calendar is not known that far.

    `note` says of a clock that stands still until when it does, and what will be left then.
    """

    pace: Pace
    word: str
    due: date | None = None
    provisional: bool = False
    note: str = ""


@dataclass(frozen=True)
class BallLine:
    """谁手里、还剩几天、缺什么: the one line that leads every page about a case."""

    holder: str
    """Office that has it, in full; empty when the case is over."""
    role: str
    left: DaysLeft
    missing: tuple[str, ...] = ()
    since: datetime | None = None
    phone: str = ""
    person: str = ""
    """Who has it by name; empty where it is everybody's at the desk."""
    mine: bool = False
    """True when the viewer is the one who can move it."""
    signed: str = ""
    """Where several sign: in which manner and how far it is, e.g. 会签：已签 1 人，待签 2 人."""
    ended: str = ""
    """Sentence for a finished case, e.g. 已办结：9月20日到校，学籍已转入。"""
    in_vain: bool = False
    """It ended without what was asked for: refused, withdrawn, expired or taken back. Green is for what was done."""


@dataclass(frozen=True)
class Seal:
    """Decision drawn as a stamp: short name of the office and the day. `void` strikes it through."""

    office: str
    on: date
    word: str = "同意"
    void: bool = False
    refusal: bool = False


StationState = Literal["done", "present", "coming", "skipped", "refused"]


@dataclass(frozen=True)
class Station:
    """One office on the route of a case."""

    name: str
    step: str
    state: StationState
    on: date | None = None
    who: str = ""
    word: str = ""
    expected: date | None = None
    provisional: bool = False
    skipped_because: str = ""
    external: bool = False
    """An office of another province: a milestone that our clerk enters."""
    left: DaysLeft | None = None


@dataclass(frozen=True)
class Rule:
    """The rule behind a refusal and where it is written."""

    text: str
    citation: str = ""
    url: str = ""


@dataclass(frozen=True)
class Window:
    """Whether something may be asked for now, until when or from when on; `tone` info while it may, warn otherwise."""

    tone: Literal["info", "warn"]
    title: str
    words: str
    rule: Rule | None = None


@dataclass(frozen=True)
class ActionReason:
    """Why something cannot be done now, who can clear it, and by which rule."""

    message: str
    severity: Literal["block", "warn", "info"] = "block"
    guard: str = ""
    who_clears: str = ""
    phone: str = ""
    rule: Rule | None = None
    asked: str = ""
    """That whoever clears it was asked, where that stands; empty if not."""
    may_ask: bool = False


@dataclass(frozen=True)
class Option:
    value: str
    word: str
    hint: str = ""
    disabled: bool = False


FieldKind = Literal[
    "text",
    "textarea",
    "date",
    "number",
    "tel",
    "email",
    "password",
    "search",
    "select",
    "radio",
    "checks",
    "checkbox",
    "file",
    "hidden",
    "fact",
]


@dataclass(frozen=True)
class Field:
    """One form field as typed so far: label above, hint under it, error at it. `fact` is shown and not sent."""

    name: str
    label: str
    kind: FieldKind = "text"
    value: str = ""
    chosen: tuple[str, ...] = ()
    hint: str = ""
    error: str = ""
    mark: str = ""
    """Somebody asks to put this right."""
    required: bool = False
    options: tuple[Option, ...] = ()
    maxlength: int | None = None
    rows: int = 4
    width: Literal["short", "medium", "full"] = "medium"
    autocomplete: str = ""
    inputmode: str = ""
    accept: str = ""
    multiple: bool = False


@dataclass(frozen=True)
class FieldError:
    """A line of the list at the top of a form; `field` is the field's name, empty when it concerns the whole form."""

    message: str
    field: str = ""


@dataclass(frozen=True)
class ActionView:
    """One answer a person may give to a case. Exactly one of a panel is `primary`; a refused one keeps its reasons."""

    name: str
    word: str
    button: str = ""
    allowed: bool = True
    primary: bool = False
    danger: bool = False
    consequence: str = ""
    next_holder: str = ""
    fields: tuple[Field, ...] = ()
    reasons: tuple[ActionReason, ...] = ()
    opened: bool = False
    """Drawn open, e.g. because it comes back with errors."""


@dataclass(frozen=True)
class ActionPanel:
    """Everything the viewer may do with a case; every form carries `revision` and `key`."""

    case_no: str
    revision: int
    key: str
    actions: tuple[ActionView, ...] = ()
    further: tuple[ActionView, ...] = ()
    """What can be done besides answering: take it, hand it on. Drawn folded."""
    warnings: tuple[ActionReason, ...] = ()
    errors: tuple[FieldError, ...] = ()
    waiting_for: str = ""
    """Said when nothing here is for the viewer, e.g. 等待禾苑县教育局核办。"""
    next_url: str = ""
    """Where the next question of this kind is, for whoever has done his part here."""
    handled_by: str = ""
    endpoint: str = "cases.act"
    """The view that takes the answers, by its name; `around` are further parts of the address."""
    around: tuple[tuple[str, str], ...] = ()
    prefix: str = ""
    """Keeps ids apart where a page has several panels."""
    heading: str = "办理"


EntryKind = Literal["decision", "event", "comment", "system", "evidence", "milestone"]


@dataclass(frozen=True)
class Delivery:
    """Somebody who was told of an event: what became of the mail, since when, and when he read it on the page."""

    who: str
    office: str
    word: str
    at: datetime
    read_at: datetime | None = None
    lost: bool = False


@dataclass(frozen=True)
class Delivered:
    """What became of the notices of one event: all of it in a line, and each."""

    summary: str
    rows: tuple[Delivery, ...]

    @property
    def lost(self) -> bool:
        return any(row.lost for row in self.rows)


@dataclass(frozen=True)
class TimelineEntry:
    """One event or comment. `kind` chooses the icon; only `decision` entries survive the filter."""

    kind: EntryKind
    at: datetime
    word: str
    who: str = ""
    office: str = ""
    deputy_for: str = ""
    text: str = ""
    items: tuple[str, ...] = ()
    seal: Seal | None = None
    delivered: Delivered | None = None
    mine: bool = False


@dataclass(frozen=True)
class EvidenceTile:
    """A paper of the case, or the place of one that is still missing (`url` empty)."""

    kind: str
    url: str = ""
    file_name: str = ""
    media: Literal["image", "pdf", ""] = ""
    size: str = ""
    pages: int = 1
    uploaded_by: str = ""
    uploaded_at: datetime | None = None
    citation: str = ""
    required: bool = True
    thumbnail: str = ""
    faulty: str = ""
    """Why it was sent back, e.g. 户口簿第二页看不清."""
    gone: str = ""
    """Said of a paper that was taken back: since when."""


@dataclass(frozen=True)
class Contact:
    """The desk of one side of a case."""

    side: str
    office: str
    code: str = ""
    person: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Fact:
    """A label with its value; `changed` gives the former value, `change_url` a link to correct it."""

    label: str
    value: str
    note: str = ""
    changed: str = ""
    change_url: str = ""
    mark: str = ""
    """Somebody asks to put this right."""


@dataclass(frozen=True)
class Tab:
    word: str
    url: str
    active: bool = False
    count: int | None = None


@dataclass(frozen=True)
class Pager:
    """Keyset paging: there is a next page or not, and how many rows there are in all when that is known."""

    next_url: str = ""
    first_url: str = ""
    shown: str = ""


ONE_PAGE = Pager()
"""Everything is on this page."""


@dataclass(frozen=True)
class Empty:
    """What a list says when it has no rows."""

    title: str
    text: str = ""
    url: str = ""
    link: str = ""


@dataclass(frozen=True)
class Form:
    """Fields with their errors; `key` is the idempotency key that the form carries."""

    fields: tuple[Field, ...] = ()
    errors: tuple[FieldError, ...] = ()
    key: str = ""
    revision: int | None = None
    button: str = "保存"


def refused(form: Form, errors: tuple[FieldError, ...]) -> Form:
    """The form as it comes back: every error in the list at the top and, where it has a field, also at the field."""
    first: dict[str, str] = {}
    for error in errors:
        first.setdefault(error.field, error.message)
    fields = tuple(replace(field, error=first.get(field.name, field.error)) for field in form.fields)
    return replace(form, fields=fields, errors=errors)
