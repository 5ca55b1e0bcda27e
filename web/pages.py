"""What each page shows: one frozen dataclass per template, given to it as `page`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from web.views import (
    ONE_PAGE,
    ActionPanel,
    ActionReason,
    BallLine,
    Contact,
    DaysLeft,
    Empty,
    EvidenceTile,
    Fact,
    Field,
    FieldError,
    Form,
    Pager,
    Rule,
    Station,
    Tab,
    TimelineEntry,
    Window,
)

# accounts


@dataclass(frozen=True)
class LoginPage:
    """accounts/login.html; `wait` is said instead of the button while the account is throttled."""

    form: Form
    next: str = ""
    wait: str = ""
    demo_accounts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class PasswordPage:
    """accounts/password.html; `forced` when the password was given out by an administrator."""

    form: Form
    forced: bool = False


# inbox


@dataclass(frozen=True)
class InboxRow:
    """One work item. `child` is masked already; `button` names the one act (核办、补材料、确认到校、查看)."""

    case_no: str
    kind: str
    child: str
    origin: str
    target: str
    step: str
    left: DaysLeft
    url: str
    button: str = "查看"
    sent_by: str = ""
    sent_at: datetime | None = None
    holder: str = ""
    """Who has it when it is not the viewer; the row is then quiet."""
    returned: bool = False
    unread: bool = False
    for_whom: str = ""
    """Whose desk it lies on, where the viewer stands in for him."""
    taken_by: str = ""
    """The colleague who has it by name."""


@dataclass(frozen=True)
class InboxGroup:
    key: Literal["late", "today", "week", "later", "waiting", "done"]
    title: str
    count: int
    rows: tuple[InboxRow, ...] = ()


@dataclass(frozen=True)
class InboxPage:
    """inbox/show.html"""

    tabs: tuple[Tab, ...]
    groups: tuple[InboxGroup, ...] = ()
    pager: Pager = ONE_PAGE
    empty: Empty | None = None
    title: str = "待办"
    summary: str = ""
    bulk_url: str = ""
    """Where many of them can be answered together; empty where none can."""


# deputies


@dataclass(frozen=True)
class DeputyRow:
    """An order by which somebody stands in for somebody; `end_url` is empty once it is over."""

    deputy: str
    principal: str
    kinds: str
    office: str
    since: date
    until: date
    state: str
    running: bool = False
    note: str = ""
    end_url: str = ""


@dataclass(frozen=True)
class DeputiesPage:
    """deputies/show.html: orders for the viewer's own desk, those he took over, and those of the people he leads."""

    form: Form
    mine: tuple[DeputyRow, ...] = ()
    taken: tuple[DeputyRow, ...] = ()
    others: tuple[DeputyRow, ...] = ()
    leads: bool = False


# cases


@dataclass(frozen=True)
class Paper:
    """A PDF that can be printed from a case or a pupil."""

    word: str
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class Deletion:
    """A record that its school deleted, and taking that back; `cases` are (number, address, state) of asking for it."""

    facts: tuple[Fact, ...]
    cases: tuple[tuple[str, str, str], ...] = ()
    form: Form | None = None
    url: str = ""
    why_not: str = ""
    undone: bool = False


@dataclass(frozen=True)
class CasePage:
    """cases/show.html; `tab` is one of request, evidence, talk, history; only its part is drawn."""

    no: str
    kind: str
    title: str
    state: str
    ball: BallLine
    route: tuple[Station, ...]
    tabs: tuple[Tab, ...]
    tab: Literal["request", "evidence", "talk", "history"]
    panel: ActionPanel
    objection: tuple[str, str] = ("", "")
    """Who sent it back or refused, and why; empty once that was answered."""
    notes: tuple[tuple[str, str], ...] = ()
    """What everybody must know first: who suspended the case, who may decide in whose place; heading and words."""
    edit_url: str = ""
    """Where the applicant corrects what was written."""
    route_because: str = ""
    route_rule: Rule | None = None
    pupil: tuple[Fact, ...] = ()
    request: tuple[Fact, ...] = ()
    request_title: str = "申请"
    request_text: str = ""
    evidence: tuple[EvidenceTile, ...] = ()
    upload: Form | None = None
    timeline: tuple[TimelineEntry, ...] = ()
    decisions_only: bool = False
    comment: Form | None = None
    contacts: tuple[Contact, ...] = ()
    papers: tuple[Paper, ...] = ()
    linked: tuple[Paper, ...] = ()
    watching: str = ""
    deletion: Deletion | None = None


@dataclass(frozen=True)
class ViewerPage:
    """cases/evidence.html: one paper, with the viewer's name and the time laid over it."""

    case_no: str
    title: str
    back_url: str
    images: tuple[str, ...]
    facts: tuple[Fact, ...]
    watermark: str = ""
    """Words to lay over the pages; empty when they stand in the pictures themselves."""
    others: tuple[EvidenceTile, ...] = ()
    notice: str = ""
    download_url: str = ""
    withdraw_url: str = ""


# transfers


@dataclass(frozen=True)
class WizardStep:
    key: str
    word: str
    state: Literal["done", "present", "coming"]
    url: str = ""


@dataclass(frozen=True)
class FoundPupil:
    """A hit of the exact search: only what a foreign school may see, and everything that stands in the way."""

    name: str
    school: str
    grade: str
    phone: str = ""
    blockers: tuple[ActionReason, ...] = ()
    handle: str = ""
    """Opaque value posted to begin the draft; empty when blocked."""
    may_ask: bool = False
    """Whether other offices can clear what stands in the way."""


@dataclass(frozen=True)
class SchoolHit:
    code: str
    name: str
    department: str
    phone: str = ""
    note: str = ""
    disabled: bool = False


@dataclass(frozen=True)
class WizardPage:
    """transfers/*.html: the six steps. `no` is the draft's case number, empty before the pupil is found."""

    step: str
    steps: tuple[WizardStep, ...]
    title: str
    form: Form
    no: str = ""
    saved_at: datetime | None = None
    back_url: str = ""
    lead: str = ""
    found: FoundPupil | None = None
    not_found: str = ""
    drafts: tuple[Fact, ...] = ()
    pupil: tuple[Fact, ...] = ()
    school_query: str = ""
    schools: tuple[SchoolHit, ...] = ()
    searched: bool = False
    chosen_school: SchoolHit | None = None
    papers: tuple[EvidenceTile, ...] = ()
    reused: tuple[EvidenceTile, ...] = ()
    route: tuple[Station, ...] = ()
    route_because: str = ""
    route_rule: Rule | None = None
    summary: tuple[tuple[str, tuple[Fact, ...]], ...] = ()
    reasons: tuple[ActionReason, ...] = ()
    window: Window | None = None
    wait: str = ""
    """The moment at which the draft could be sent by itself; empty where it may not wait."""
    waits: str = ""
    """The moment at which it will be."""


@dataclass(frozen=True)
class ReceiptPage:
    """transfers/receipt.html: what the clerk and the family keep of a request that was sent."""

    no: str
    child: str
    origin: str
    target: str
    sent_at: datetime
    next_holder: str
    due: date
    route: tuple[Station, ...]
    expected_end: date | None = None
    papers: tuple[Paper, ...] = ()


# students


@dataclass(frozen=True)
class StudentRow:
    url: str
    name: str
    number: str
    sex: str
    klass: str
    state: str
    note: str = ""


@dataclass(frozen=True)
class StudentsPage:
    """students/search.html"""

    form: Form
    rows: tuple[StudentRow, ...] = ()
    searched: str = ""
    pager: Pager = ONE_PAGE
    empty: Empty | None = None
    enter_url: str = ""
    """Where a clerk enters one pupil by hand."""


@dataclass(frozen=True)
class Spell:
    """One enrolment of a pupil, newest first."""

    school: str
    klass: str
    begun: date
    ended: date | None
    how: str
    note: str = ""


@dataclass(frozen=True)
class StudentPage:
    """students/show.html; numbers are masked already, `reveal` asks for a purpose."""

    name: str
    state: str
    school: str
    klass: str
    facts: tuple[Fact, ...]
    guardians: tuple[tuple[Fact, ...], ...] = ()
    spells: tuple[Spell, ...] = ()
    cases: tuple[InboxRow, ...] = ()
    papers: tuple[Paper, ...] = ()
    notices: tuple[ActionReason, ...] = ()
    reveal_url: str = ""
    reveal: Form | None = None
    transfer_url: str = ""


@dataclass(frozen=True)
class EntryGroup:
    """Some columns of the template; `folded` ones may all be left out."""

    title: str
    fields: tuple[Field, ...]
    folded: bool = False


@dataclass(frozen=True)
class EntryPage:
    """students/new.html; `form` carries key and errors, `doubts` what was read otherwise than it was typed."""

    school: str
    form: Form
    groups: tuple[EntryGroup, ...]
    doubts: tuple[FieldError, ...] = ()


# imports


@dataclass(frozen=True)
class Fault:
    row: int
    cell: str
    column: str
    severity: Literal["block", "warn"]
    message: str
    shown: str = ""
    clean: str = ""
    cure: str = ""


@dataclass(frozen=True)
class ImportRow:
    url: str
    file_name: str
    school: str
    at: datetime
    who: str
    state: str
    result: str


@dataclass(frozen=True)
class ImportsPage:
    """imports/new.html: upload (None for who may only look), template, and the latest batches."""

    form: Form | None
    rows: tuple[ImportRow, ...] = ()
    template_url: str = ""
    school: str = ""


@dataclass(frozen=True)
class VerdictFault:
    """A line of a list of verdicts that fits no record."""

    row: int
    name: str
    message: str


@dataclass(frozen=True)
class VerdictsPage:
    """verdicts/new.html: the form, and after a list was handed in what became of its lines."""

    form: Form
    file_name: str = ""
    rows: int = 0
    entered: int = 0
    counts: tuple[Fact, ...] = ()
    faults: tuple[VerdictFault, ...] = ()
    more_faults: int = 0


@dataclass(frozen=True)
class ImportPage:
    """imports/show.html: `state` runs reading → checked → importing → done, or broken."""

    batch_id: str
    file_name: str
    school: str
    state: Literal["reading", "checked", "importing", "done", "broken"]
    done: int = 0
    total: int | None = None
    doing: str = ""
    rows: int = 0
    clean: int = 0
    warn: int = 0
    block: int = 0
    faults: tuple[Fault, ...] = ()
    filters: tuple[Tab, ...] = ()
    pager: Pager = ONE_PAGE
    notes: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    errors_url: str = ""
    broken_because: str = ""
    key: str = ""
    finished: str = ""


# certificates and verification


@dataclass(frozen=True)
class CertificatePage:
    """certificates/show.html; `seal_word` is 有效, 已被更新 or 已撤销."""

    serial: str
    kind: str
    state: Literal["valid", "superseded", "revoked"]
    facts: tuple[Fact, ...]
    preview_url: str
    pdf_url: str
    verify_url: str
    qr: str
    copies: int
    word: str = "证明"
    case_url: str = ""
    looks: int = 0
    """How often strangers looked it up."""
    revoke: Form | None = None
    revoke_url: str = ""
    reissue: Form | None = None
    reissue_url: str = ""
    note: str = ""
    unprintable: str = ""
    """Why there is no PDF and no picture."""


@dataclass(frozen=True)
class VerifyPage:
    """verify/show.html: public. `state` empty: only the form is shown."""

    form: Form
    state: Literal["", "valid", "superseded", "revoked", "unknown"] = ""
    code: str = ""
    facts: tuple[Fact, ...] = ()
    host: str = ""
    text: str = ""
    name_form: Form | None = None
    """Asks for the name on the paper; the answer is yes or no."""
    name_url: str = ""
    name_fits: bool | None = None
    name_text: str = ""


# mails


@dataclass(frozen=True)
class MailRow:
    url: str
    to: str
    subject: str
    at: datetime
    state: Literal["queued", "sent", "bounced"] = "sent"
    active: bool = False


@dataclass(frozen=True)
class MailPage:
    """mails/index.html: the demo's mail spool; `text` and `html_url` belong to the chosen mail."""

    rows: tuple[MailRow, ...] = ()
    subject: str = ""
    facts: tuple[Fact, ...] = ()
    text: str = ""
    html_url: str = ""
    as_text: bool = False
    tabs: tuple[Tab, ...] = ()
    empty: Empty | None = None
    pager: Pager = ONE_PAGE


# processes


@dataclass(frozen=True)
class ProcessPage:
    """processes/show.html; `picture` is trusted SVG drawn from the definition, `rows` says the same in words."""

    title: str
    version: str
    digest: str
    picture: str
    rows: tuple[tuple[str, str, str, str, str], ...]
    """(phase, who, action, leads to, days)"""
    others: tuple[Tab, ...] = ()
    policies: tuple[Fact, ...] = ()


# administration

Tone = Literal["info", "done", "warn", "error"]


@dataclass(frozen=True)
class OrgNode:
    """One office in the tree, with those below it when it is open; `folded` when there are some that are not drawn."""

    id: str
    name: str
    level: str
    code: str
    note: str = ""
    active: bool = False
    folded: bool = False
    closed: bool = False
    children: tuple[OrgNode, ...] = ()


@dataclass(frozen=True)
class OrganisationsPage:
    """admin/organisations.html"""

    tree: tuple[OrgNode, ...]
    query: str = ""
    chosen: str = ""
    chosen_id: str = ""
    chosen_code: str = ""
    facts: tuple[Fact, ...] = ()
    form: Form | None = None
    alarms: tuple[ActionReason, ...] = ()
    new_url: str = ""
    """Where a new office is founded below the chosen one; empty for who may not."""
    ending: Form | None = None
    end_url: str = ""
    more: str = ""
    """Said under a list that was cut."""


@dataclass(frozen=True)
class PostRow:
    id: str
    person: str
    username: str
    office: str
    role: str
    begun: date
    ended: date | None = None
    klass: str = ""
    state: str = "在任"
    url: str = ""
    may_end: bool = True


@dataclass(frozen=True)
class AccountCard:
    """One account beside the list of posts; `why_not` says why it cannot be changed here."""

    name: str
    facts: tuple[Fact, ...]
    url: str
    close_url: str
    form: Form | None = None
    disabled: bool = False
    why_not: str = ""
    hand_over_url: str = ""


@dataclass(frozen=True)
class HandOverPage:
    """admin/handover.html: what somebody has; `form` is None where `why_not` says why nobody may hand it over here."""

    name: str
    username: str
    facts: tuple[Fact, ...]
    back_url: str
    url: str
    empty: bool = False
    form: Form | None = None
    why_not: str = ""


@dataclass(frozen=True)
class PostsPage:
    """admin/posts.html; `secret` is a password that is shown this once."""

    rows: tuple[PostRow, ...]
    form: Form
    filter: Form
    pager: Pager = ONE_PAGE
    alarms: tuple[ActionReason, ...] = ()
    account_form: Form | None = None
    account: AccountCard | None = None
    secret: tuple[Fact, ...] = ()
    secret_note: str = ""


@dataclass(frozen=True)
class IncidentRow:
    """Something that was given up; `why` in plain words, `said` is what the program wrote down."""

    number: int
    what: str
    receiver: str
    case_no: str
    at: datetime
    attempts: int
    why: str
    said: tuple[Fact, ...] = ()
    posts_url: str = ""


@dataclass(frozen=True)
class HangingRow:
    """A timer that failed and will be tried again without anybody's help."""

    what: str
    case_no: str
    due_at: datetime
    next_at: datetime | None
    attempts: int
    why: str


@dataclass(frozen=True)
class DeadAddress:
    """An account to whose address mails come back."""

    who: str
    office: str
    address: str
    since: datetime | None
    posts_url: str


@dataclass(frozen=True)
class IncidentsPage:
    """admin/incidents.html; `failed` is the row whose form came back with `typed` and `error`."""

    rows: tuple[IncidentRow, ...]
    empty: Empty
    hanging: tuple[HangingRow, ...] = ()
    addresses: tuple[DeadAddress, ...] = ()
    more: int = 0
    longest: int = 200
    failed: int = 0
    typed: str = ""
    error: str = ""


@dataclass(frozen=True)
class PolicyRow:
    """A rule in force here; `later` tells what it will become, `valid_from` is None for the shipped default."""

    key: str
    meaning: str
    value: str
    place: str
    citation: str
    valid_from: date | None
    valid_to: date | None = None
    stage: str = ""
    url: str = ""
    later: str = ""


@dataclass(frozen=True)
class ChangeRow:
    """A day from which another rule will hold; `soon` says 明天 where it is the next day."""

    day: date
    meaning: str
    before: str
    after: str
    place: str
    citation: str
    url: str = ""
    soon: str = ""


@dataclass(frozen=True)
class ProposalRow:
    """A proposal in a list; `note` says why it cannot be confirmed any more, or what was answered."""

    url: str
    meaning: str
    office: str
    asked: str
    since: date
    by: str
    at: datetime
    state: str
    note: str = ""


@dataclass(frozen=True)
class PoliciesPage:
    """admin/policies.html: every rule that holds at a place on a day, in groups of (heading, rows)."""

    place: str
    day: date
    groups: tuple[tuple[str, tuple[PolicyRow, ...]], ...]
    filter: Form
    changes: tuple[ChangeRow, ...] = ()
    more_changes: int = 0
    proposals: tuple[ProposalRow, ...] = ()
    more_proposals: bool = False
    today: bool = True
    """Whether `day` is today."""


@dataclass(frozen=True)
class PolicyPage:
    """admin/policy.html: one rule at a place; `chain` names the places that could decide, nearest first."""

    row: PolicyRow
    office: str
    day: date
    back_url: str
    chain: tuple[Fact, ...]
    stages: tuple[Tab, ...] = ()
    changes: tuple[ChangeRow, ...] = ()
    proposals: tuple[ProposalRow, ...] = ()
    form: Form | None = None
    ending: Form | None = None
    """Asks for the place's own rule to end; None where there is none of its own."""
    alone: bool = False
    """Nobody else may confirm what the visitor proposes here."""


@dataclass(frozen=True)
class TrialPage:
    """admin/trial.html: a rule tried on the cases of a period; drawn anew while `state` is waiting or running."""

    url: str
    progress_url: str
    rule_url: str
    propose_url: str
    meaning: str
    office: str
    state: Literal["waiting", "running", "done", "broken"]
    before: str
    after: str
    period: str
    done: int = 0
    total: int = 0
    facts: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()
    beyond: str = ""
    """Names the offices below that a change would not reach."""
    again: Form | None = None


@dataclass(frozen=True)
class ProposalPage:
    """admin/proposal.html: what is asked for beside what holds; `decide` and `withdraw` for whoever may."""

    url: str
    meaning: str
    office: str
    state: str
    tone: Tone
    rule_url: str
    facts: tuple[Fact, ...]
    before: str
    after: str
    trial_url: str = ""
    trial_period: str = ""
    trial: tuple[Fact, ...] = ()
    """What the proposer's trial found."""
    obstacle: str = ""
    own: bool = False
    decide: bool = False
    withdraw: bool = False
    error: str = ""
    typed: str = ""
    longest: int = 300


@dataclass(frozen=True)
class Day:
    """A cell of the calendar; `number` 0 is a blank before the first."""

    number: int
    kind: Literal["blank", "work", "rest", "holiday", "makeup"] = "work"
    name: str = ""
    today: bool = False


@dataclass(frozen=True)
class Month:
    word: str
    weeks: tuple[tuple[Day, ...], ...]


@dataclass(frozen=True)
class CalendarPage:
    """admin/calendar.html"""

    year: int
    region: str
    months: tuple[Month, ...]
    known: bool
    source: str
    years: tuple[Tab, ...]
    specials: tuple[Fact, ...] = ()
    upload: Form | None = None
    compute: Form | None = None
    computed: str = ""
    filter: Form | None = None
    place: str = ""
    """Public id of the office whose calendar is shown."""
    file_url: str = ""
    """The year's days as a file, to be corrected and imported."""


# errors


@dataclass(frozen=True)
class ErrorPage:
    """errors/show.html. `kept` gives back what was typed: (label, text)."""

    status: int
    title: str
    text: str
    reasons: tuple[ActionReason, ...] = ()
    facts: tuple[Fact, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    back_url: str = ""
    back_word: str = ""
    request_id: str = ""
    errors: tuple[FieldError, ...] = ()
    hidden: tuple[Field, ...] = ()
