"""What each paper needs to know. pdf_templates/samples/*.json show every field filled in.

Days are ISO dates ("2025-09-11"), moments ISO instants with an offset ("2025-09-11T03:20:00+00:00", printed in
Asia/Shanghai), empty text means "nothing to print". No field may be left out.
"""

from typing import Literal, TypedDict


class Verify(TypedDict):
    """How a stranger checks the paper: `url` goes into the QR code, `page` and `code` are printed to be typed."""

    url: str
    page: str
    code: str


class Void(TypedDict):
    """The paper was declared invalid; it is printed with the word 作废 across it."""

    on: str
    by: str
    reason: str


class Paper(TypedDict):
    """The head and foot of every paper."""

    number: str
    case_no: str
    authority: str  # the line above the title: whose records these are
    issued_by: str
    issued_at: str
    copy: int  # 1 is the first print; a reprint keeps the number and counts on
    printed_by: str
    printed_at: str
    rules: str  # the rule set the case was decided by, with its version
    specimen: bool  # demo data: the foot says that the paper proves nothing
    verify: Verify | None
    void: Void | None


class Pupil(TypedDict):
    name: str
    sex: str
    birth_date: str
    id_type: str
    id_number: str  # as it shall be seen: full where the form needs it, else masked by the caller
    record_no: str
    nationality: str
    ethnic_group: str
    photo: str | None  # a data URI, image/jpeg or image/png


class School(TypedDict):
    """One side of a transfer. `province` is empty inside the own province."""

    name: str
    code: str
    department: str
    province: str
    grade: str
    class_name: str


class Guardian(TypedDict):
    name: str
    relation: str
    phone: str
    signed_on: str | None


class Opinion(TypedDict):
    """One office of the route, decided or not.

    `state`: pending (blank, to be filled in), agreed, refused, returned, voided (an answer that no longer counts,
    struck through; `note` says why), assigned (another school was named) or skipped (`note` says why). `recorded_by`
    names who wrote down the answer of an office outside the system.
    """

    party: str
    office: str
    seal: str
    state: Literal["pending", "agreed", "refused", "returned", "voided", "assigned", "skipped"]
    text: str
    decider: str
    post: str
    decided_at: str | None
    recorded_by: str
    note: str


class Milestone(TypedDict):
    """A step in another province, written down by our office."""

    name: str
    on: str
    result: str
    recorded_by: str


class Attachment(TypedDict):
    name: str
    detail: str
    received_on: str
    digest: str  # SHA-256 in hex; the first 12 digits are printed


class TransferForm(Paper):
    """转学申请表（联系表）."""

    kind: str
    applied_on: str
    pupil: Pupil
    releasing: School
    receiving: School
    reason: str
    statement: str
    guardian: Guardian
    opinions: list[Opinion]
    milestones: list[Milestone]
    attachments: list[Attachment]
    effective_on: str | None


class Seal(TypedDict):
    """The round seal: `name` along the ring, `label` across the foot."""

    name: str
    label: str


class TransferCertificate(Paper):
    """转学证明（电子办结单）."""

    kind: str
    applied_on: str
    pupil: Pupil
    releasing: School
    receiving: School
    opinions: list[Opinion]
    arrived_on: str
    effective_on: str
    seal: Seal


class FileItem(TypedDict):
    """`copies` and `pages` are None where the person who packs the file fills them in."""

    name: str
    copies: int | None
    pages: int | None
    note: str


class Sending(TypedDict):
    """How the paper file left; `sent_on` is None while it has not."""

    method: str
    tracking_no: str
    sent_on: str | None
    sent_by: str


class Receipt(TypedDict):
    """What the receiving school answered; `received_on` is None while it has not."""

    received_on: str | None
    received_by: str
    complete: bool | None
    remark: str


class PaperFileList(Paper):
    """学籍档案转接清单."""

    pupil: Pupil
    releasing: School
    receiving: School
    items: list[FileItem]
    due_on: str
    sending: Sending
    receipt: Receipt


class Attendance(TypedDict):
    """Where a pupil goes to school."""

    name: str
    code: str
    department: str
    grade: str
    class_name: str


class Responsible(TypedDict):
    """A guardian with the end of his own number."""

    name: str
    relation: str
    number: str


class NoIdCertificate(Paper):
    """无身份证号学生在校就读证明表: the form to be signed (no opinions, no seal yet), then the certificate."""

    applied_on: str
    pupil: Pupil
    school: Attendance
    entered_on: str | None
    address: str
    guardians: list[Responsible]
    reason: str
    note: str
    opinions: list[Opinion]
    seal: Seal | None


class Section(TypedDict):
    title: str
    text: str


class OfficeLine(TypedDict):
    """A line of the table; the first one is the sum. Cells read as they are printed."""

    name: str
    cells: list[str]


class Change(TypedDict):
    name: str
    what: str
    before: int
    now: int


class Bulletin(TypedDict):
    """学籍工作通报: the text, the table of offices, and what a further version changed. It names no child."""

    title: str
    number: str
    version: int
    reason: str
    issued_by: str
    issued_at: str
    month: str
    addressed: str
    paragraphs: list[Section]
    heads: list[str]
    lines: list[OfficeLine]
    changes: list[Change]
    notes: list[str]
    specimen: bool


class Corrected(TypedDict):
    """A field of the record and what it is to be; numbers as they shall be seen."""

    label: str
    value: str


class RuledSide(TypedDict):
    """One record in a ruling: what its school said, what was handed in, what becomes of it."""

    word: str  # 第 1 方; empty on the copy of one side
    pupil: Pupil
    school: School
    answer: str
    reviewed_by: str
    reviewed_on: str
    attachments: list[Attachment]
    verdict: str
    consequence: str
    corrected: list[Corrected]
    to_do: str


class ProblemRuling(Paper):
    """问题学籍仲裁决定书: the copy of one side, or (`whole`) all of it for the file of the deciding office."""

    kind: str
    whole: bool
    again: bool  # decided anew after an objection
    sides: list[RuledSide]
    reasons: list[str]
    text: str
    decided_on: str
    object_until: str | None
    object_to: str
    drafted_by: str
    confirmed_by: str
    seal: Seal


class InquirySheet(Paper):
    """问题学籍核查单: a question to one side, to be answered with signature and seal."""

    kind: str
    count: int
    pupil: Pupil
    school: School
    question: str
    due_on: str | None
    seal: Seal


class EvidenceCover(Paper):
    """问题学籍佐证材料封面: a side's answer and the list of its papers."""

    kind: str
    side: int
    pupil: Pupil
    school: School
    answer: str
    reason: str
    note: str
    corrected: list[Corrected]
    answered_on: str
    answered_by: str
    attachments: list[Attachment]
    review: Opinion | None


class Waiver(Paper):
    """放弃学籍转接说明: what the guardian signs who wants no transfer of the record."""

    kind: str
    pupil: Pupil
    school: School
    guardians: list[Responsible]


PAPERS: dict[str, type] = {
    "transfer_form": TransferForm,
    "transfer_certificate": TransferCertificate,
    "paper_file_list": PaperFileList,
    "no_id_certificate": NoIdCertificate,
    "bulletin": Bulletin,
    "problem_ruling": ProblemRuling,
    "inquiry_sheet": InquirySheet,
    "evidence_cover": EvidenceCover,
    "waiver": Waiver,
}
