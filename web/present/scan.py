"""The viewer of one paper: its pages, what is known about it, and the other papers of the case."""

from flask import url_for
from sqlalchemy.orm import Session

from models.evidence import Evidence
from models.people import Person
from web.formats import full_minute
from web.pages.cases import ViewerPage
from web.present.evidence import tiles
from web.views import EvidenceTile, Fact
from workflow import evidence
from workflow.step import Actor, Step
from workflow.world import World

SHOWN_DIGEST = 16


def viewer(session: Session, paper: Evidence, step: Step | None, actor: Actor, world: World) -> ViewerPage:
    """Return the page of a paper; `step` is its case as the viewer may see it, None while it waits for one."""
    back = url_for("cases.show", no=step.case.no, tab="evidence") if step else url_for("inbox.show")
    return ViewerPage(
        case_no=step.case.no if step else "",
        title=paper.kind,
        back_url=back,
        images=tuple(
            url_for("evidence.picture", public_id=paper.public_id, page=page) for page in range(1, paper.pages + 1)
        ),
        facts=_facts(session, paper, world),
        others=_others(paper, step),
        notice=_notice(session, paper, step),
        download_url=url_for("evidence.download", public_id=paper.public_id),
        withdraw_url=_withdraw_url(paper, step, actor),
    )


def _facts(session: Session, paper: Evidence, world: World) -> tuple[Fact, ...]:
    uploader = session.get_one(Person, paper.uploaded_by)
    digest = paper.digest.hex()
    facts = [
        Fact("文件名", paper.file_name),
        Fact("页数", str(paper.pages)),
        Fact("上传单位", world.name(paper.org_id)),
        Fact("上传人", uploader.name),
        Fact("上传时间", full_minute(paper.uploaded_at)),
        Fact("指纹", f"{digest[:SHOWN_DIGEST]}…", note="SHA-256，上传时记下，用来核对文件没有变动"),
    ]
    if paper.withdrawn_at is not None:
        facts.append(Fact("状态", f"已于{full_minute(paper.withdrawn_at)}撤下"))
    return tuple(facts)


def _others(paper: Evidence, step: Step | None) -> tuple[EvidenceTile, ...]:
    if step is None:
        return ()
    own = url_for("evidence.show", public_id=paper.public_id)
    return tuple(tile for tile in tiles(step) if tile.url and tile.url != own)


def _notice(session: Session, paper: Evidence, step: Step | None) -> str:
    """The hint that the same scan lies in other cases, for the office that decides now and nobody else."""
    if step is None or not _decides(step):
        return ""
    count = len(evidence.used_elsewhere(session, paper))
    return f"另有 {count} 件事项里有完全相同的扫描件，请核对是否误传或冒用。" if count else ""


def _decides(step: Step) -> bool:
    asked = ("decide", "review", "rule")
    return any(item.kind in asked and item.queue in step.actor.queues for item in step.open_items)


def _withdraw_url(paper: Evidence, step: Step | None, actor: Actor) -> str:
    mine = any(desk.org_id == paper.org_id for desk in actor.desks) and paper.withdrawn_at is None
    in_draft = step is None or evidence.may_take_back(step, paper.org_id)
    return url_for("evidence.withdraw", public_id=paper.public_id) if mine and in_draft else ""
