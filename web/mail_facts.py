"""What a mail tells: plain frozen facts that `web.letters` reads from the database and `web.mail` puts into words."""

import datetime as dt
from dataclasses import dataclass

from workflow.days_left import DaysLeft

DIGEST = "digest"
TOPICS = (
    "case_waiting", "case_returned", "case_decided", "reminder", "overdue", "supervise", "bulletin_candidate",
    "expiry_warning", "arrival_missing", "post_vacant", "certificate_ready", "import_done", "id_error_class",
    "case_ruled", "case_suspended", "case_resumed", "case_proposed", "decide_instead",
    "draft_sent", "draft_not_sent", "address_bounced", "urged", "consulted", "advised", "copied", "mentioned",
    "taken_back", "rule_proposed", "rule_answered", "proposal_answered", DIGEST,
)  # fmt: skip
"""A mail about one matter, by its purpose; `digest` tells several."""
OUTCOMES = ("approved", "effective", "refused", "withdrawn", "expired", "void", "terminated")

ANSWERS = ("confirmed", "rejected", "stale", "expired", "dropped", "lapsed")


class MailRefused(ValueError):
    """A fact, address or link that must not go into a mail; `field` names it. Nothing of its content is repeated."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field


@dataclass(frozen=True)
class Matter:
    """One case as a mail shows it. `pupil` may be the full name: it is masked here. Days are Asia/Shanghai dates.

    `step` is the question that is open (转出学校意见), `kind` that of its work item (decide, arrive, record, task),
    `holder` the office that has it. `remark` is what a digest says of it instead of holder and deadline.
    """

    no: str
    process: str
    pupil: str
    from_school: str = ""
    to_school: str = ""
    grade: str = ""
    step: str = ""
    kind: str = "decide"
    holder: str = ""
    due: dt.date | None = None
    provisional: bool = False
    left: DaysLeft | None = None
    remark: str = ""
    today: dt.date | None = None
    """The day on which it is written: the year of a deadline beyond its own is said."""


@dataclass(frozen=True)
class Section:
    """Matters of one kind in a digest: a heading that counts well (逾期), what is asked, and the tone of it."""

    title: str
    asked: str
    matters: tuple[Matter, ...]
    tone: str = "plain"
    """late (red), near (amber) or plain."""
    is_task: bool = True
    """False for news: they are found among the notices, not in the inbox."""


@dataclass(frozen=True)
class ImportCounts:
    """Rows of a finished import: all, taken in, taken in with a remark, given back."""

    rows: int
    imported: int
    warned: int
    blocked: int


@dataclass(frozen=True)
class Facts:
    """What a mail tells; which fields a topic needs stands in `NEEDS`. `url` is absolute and opens a page.

    `matter` is what it is about, `sections` what a digest is about. `actor` is the office that acted, `reason` a cause
    from the list and never free text, `on` the day it happened or counts from, `days` calendar days until expiry,
    `document` the name of a paper and `number` its number.
    """

    url: str
    matter: Matter | None = None
    sections: tuple[Section, ...] = ()
    actor: str = ""
    outcome: str = ""
    reason: str = ""
    on: dt.date | None = None
    days: int | None = None
    document: str = ""
    number: str = ""
    office: str = ""
    counts: ImportCounts | None = None
    proposed: str = ""
    """What one person proposes and another has to confirm: an act, or the rule that is to change."""
    answer: str = ""
    """What became of a proposal; one of `ANSWERS`."""
    again: bool = False
    """After a correction the steps behind it are done again."""
    person: str = ""
    """An officer, for whoever looks after accounts; masked here."""


NEEDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(TOPICS, ("matter",)),
    "case_returned": ("matter", "actor"),
    "case_decided": ("matter", "outcome"),
    "case_suspended": ("matter", "actor"),
    "decide_instead": ("matter", "actor"),
    "case_proposed": ("matter", "actor", "proposed"),
    "draft_not_sent": ("matter", "reason"),
    **dict.fromkeys(("urged", "consulted", "advised", "copied", "mentioned", "taken_back"), ("matter", "actor")),
    "expiry_warning": ("matter", "days"),
    "certificate_ready": ("matter", "document", "number"),
    "import_done": ("office", "counts"),
    "address_bounced": ("office", "person"),
    "rule_proposed": ("office", "proposed"),
    "rule_answered": ("office", "proposed", "answer"),
    "proposal_answered": ("matter", "actor", "proposed", "answer"),
    DIGEST: ("sections",),
}


@dataclass(frozen=True)
class Recipient:
    """Who is written to: an officer or a school clerk, by the name on the account."""

    address: str
    name: str


@dataclass(frozen=True)
class Sender:
    """The address mails come from, and the host that stands in Message-ID and List-Id."""

    address: str
    name: str = "学籍办"
    host: str = "xuejiban.invalid"
