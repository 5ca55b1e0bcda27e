"""Papers as tiles: those that are there, and a place for each that the rule still asks for."""

from flask import url_for

from models.evidence import Evidence
from models.transfers import Transfer
from web.present import faulty, subjects
from web.views import EvidenceTile, Field, Form, Option
from workflow import casefile, evidence
from workflow.policies import look_up, stage_of
from workflow.routing import department_of
from workflow.step import Step


def tiles(step: Step) -> tuple[EvidenceTile, ...]:
    """Return the papers of the case, then the places of those that are missing."""
    kept = [(paper, name) for paper, name in casefile.papers(step)
            if paper.withdrawn_at is None and evidence.may_see(step, paper)]  # fmt: skip
    there = faulty.tiles(step, [tile(paper, name) for paper, name in kept])
    return there + tuple(
        EvidenceTile(kind, citation=citation) for kind, citation in missing(step, {paper.kind for paper, _ in kept})
    )


def wanted(step: Step) -> tuple[list[str], list[str], str]:
    """Return the papers that must be there, those of which one must be there, and the rule's source."""
    transfer = step.subject
    number = transfer.to_school_id or transfer.from_school_id if transfer else step.case.applicant_org_id
    office = department_of(step.world, step.world.office(number))
    stage = stage_of(transfer.target_grade) if transfer else None
    rule = look_up(step.world, "transfer.evidence", office, step.today, stage)
    return list(rule.value["all"]), list(rule.value.get("any", [])), rule.source


def missing(step: Step, kinds: set[str]) -> list[tuple[str, str]]:
    """Return the papers still missing with the rule behind each."""
    told_by = subjects.of(step)
    if told_by:
        return [one for one in told_by.wanted(step) if one[0] not in kinds]
    if not isinstance(step.subject, Transfer):
        return []
    needed, choice, source = wanted(step)
    lacking = [(kind, source) for kind in needed if kind not in kinds]
    if choice and not kinds & set(choice):
        lacking.append(("、".join(choice) + "（任选其一）", source))
    return lacking


def upload_form(step: Step, key: str) -> Form | None:
    """Return the form for one more paper, for those who may add one."""
    if step.subject is None or not evidence.may_add(step):
        return None
    options = tuple(Option(kind, kind) for kind in _offered(step))
    return Form(
        (
            Field("kind", "材料种类", "select", options=options, required=True),
            Field(
                "file",
                "文件",
                "file",
                hint="JPG、PNG 图片不超过 2 MB，PDF 不超过 10 MB",
                required=True,
                accept=".jpg,.jpeg,.png,.pdf",
            ),
        ),
        key=key,
        button="上传",
    )


def _offered(step: Step) -> list[str]:
    """Return the kinds of papers that may be handed in now."""
    told_by = subjects.of(step)
    if told_by:
        return told_by.kinds(step)
    needed, choice, _ = wanted(step)
    return [*needed, *choice, "外省办理凭证"]


def tile(paper: Evidence, uploader: str) -> EvidenceTile:
    """Return one paper that is there."""
    return EvidenceTile(
        kind=paper.kind,
        url=url_for("evidence.show", public_id=paper.public_id),
        file_name=paper.file_name,
        media="pdf" if paper.media_type == "application/pdf" else "image",
        size=_size(paper.size),
        pages=paper.pages,
        uploaded_by=uploader,
        uploaded_at=paper.uploaded_at,
    )


def _size(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(1, size // 1024)} KB"
