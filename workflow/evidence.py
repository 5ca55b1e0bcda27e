"""Scanned papers of a case: taken in, read again, taken back. Bytes are sealed in the store before the row exists."""

import datetime as dt
import hashlib
from collections.abc import Iterable

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models import crypto
from models.access import AccessEntry
from models.base import new_public_id
from models.cases import Case
from models.evidence import Evidence
from workflow import engine, journal, rights
from workflow.errors import NotAllowed, NotFound, Unacceptable
from workflow.files.limits import MEGABYTE
from workflow.files.names import clean
from workflow.files.opening import Inspected, inspect
from workflow.payload import text_fault
from workflow.problems import sight
from workflow.step import Actor, Step
from workflow.storage import Store
from workflow.world import World

KIND_LIMIT = 30
CASE_FILES, CASE_BYTES = 20, 60 * MEGABYTE
WAITING_FILES = 200
"""Papers that may lie at one organisation without belonging to a case."""
ORIGINAL_NAME_LIMIT = 500


def take_in(
    session: Session,
    store: Store,
    *,
    actor: Actor,
    org_id: int,
    kind: str,
    file_name: str,
    content: bytes,
    now: dt.datetime,
    case: Case | None = None,
    inspected: Inspected | None = None,
) -> Evidence:
    """Keep one paper that `actor` hands in for the organisation `org_id`, in a case or for one to come.

    The file is inspected before the first statement, so no lock is held meanwhile: hand in a session that has not
    been used yet (a `case` may come from another one), or what `inspect` already found. The very same file of the
    same kind is in a case only once: handing it in again gives the paper that is there. Raises Unacceptable for the
    file, NotAllowed or NotFound for the person; nothing is kept then. The caller commits.
    """
    kind = _kind(kind)
    inspected = inspected or inspect(content)
    if not any(desk.org_id == org_id and desk.role in rights.READERS for desk in actor.desks):
        raise NotAllowed("upload", "只能为本单位上传材料")
    step = None if case is None else engine.locked_step(session, case.no, actor.id, now)
    if step is None:
        _room_at(session, org_id)
    else:
        if not may_add(step, org_id):
            raise NotAllowed("upload", "材料由申请学校在提交前上传；提交后由正在办理的单位补充")
        of = org_id if step.case.process == "problem" else None  # a side learns nothing from what another handed in
        if there := _already_there(session, step.case.id, kind, content, of):
            return there
        check_room(session, step.case.id, [len(content)], of)
    paper = _keep(store, content, inspected, file_name)
    paper.kind, paper.org_id, paper.uploaded_by, paper.uploaded_at = kind, org_id, actor.id, now
    session.add(paper)
    if step is not None:
        paper.case_id = step.case.id
        _tell(step, "attach", paper, file_name)
    session.flush()
    return paper


def hand_on(step: Step, paper: Evidence) -> Evidence:
    """Hand a paper of an ended case in with a new one: the same stored file in a row of its own. The caller commits."""
    kept = ("org_id", "kind", "file_name", "media_type", "size", "pages", "digest", "storage_key", "data_key")
    new = Evidence(**{name: getattr(paper, name) for name in kept}, sealed_as=paper.sealed_as or paper.public_id)
    new.case_id, new.uploaded_by, new.uploaded_at = step.case.id, step.actor.id, step.now
    step.session.add(new)
    step.session.flush()
    _tell(step, "attach", new)
    return new


def may_add(step: Step, org_id: int | None = None) -> bool:
    """Tell whether the actor may add a paper: the applicant while it drafts, or whoever the case waits for.

    With `org_id` the question is asked for that one of his organisations.
    """
    desks = [desk for desk in step.actor.desks if org_id in (None, desk.org_id)]
    if step.case.closed_at is not None:
        return False
    if step.case.phase == "draft":
        return any(desk.role == "school_clerk" and desk.org_id == step.case.applicant_org_id for desk in desks)
    asked = {item.org_id for item in step.open_items} or _resting_at(step)
    return any(desk.org_id in asked and desk.role in rights.READERS for desk in desks)


def _resting_at(step: Step) -> set[int]:
    """Where nobody is asked anything, the schools concerned may still hand something in (a number obtained)."""
    return {step.world.today_s(step.world.office(number)).id for number in step.case.state.get("parties", ())}


def hands_in_for(actor: Actor, step: Step | None = None) -> int:
    """Return the organisation a paper comes from: the one whose turn the case is, else where the person works.

    Raises NotAllowed for a person without a post that reads cases.
    """
    held = [desk.org_id for desk in actor.desks if desk.role in rights.READERS]
    if not held:
        raise NotAllowed("upload", "只能为本单位上传材料")
    return next((org for org in held if step is not None and may_add(step, org)), held[0])


def check_room(session: Session, case_id: int, sizes: Iterable[int], org_id: int | None = None) -> None:
    """Raise Unacceptable when files of these sizes (bytes) would be too many or too much for the case.

    With `org_id` only what that organisation handed in counts: each side of a problem has the room of a case.
    """
    sizes = list(sizes)
    query = select(func.count(), func.coalesce(func.sum(Evidence.size), 0)).where(_handed_in(case_id, org_id))
    count, weight = session.execute(query).one()
    if count + len(sizes) > CASE_FILES:
        message = f"一件事项最多 {CASE_FILES} 份材料，已有 {count} 份。请撤下不需要的再上传。"
        raise Unacceptable("file", message, "case_files", CASE_FILES)
    if int(weight) + sum(sizes) > CASE_BYTES:
        message = f"一件事项的材料合计不能超过 60 MB，已有 {int(weight) / MEGABYTE:.1f} MB。请撤下不需要的再上传。"
        raise Unacceptable("file", message, "case_bytes", CASE_BYTES)


def content_of(store: Store, evidence: Evidence) -> bytes:
    """Return the bytes as they were uploaded. FileLost or SealBroken when they are not those any more."""
    place = _place(evidence.sealed_as or evidence.public_id)
    content = store.get(evidence.storage_key, crypto.unwrap(evidence.data_key), place)
    if hashlib.sha256(content).digest() != evidence.digest:
        raise crypto.SealBroken("the digest taken at upload is another one")
    return content


def find(session: Session, public_id: str, actor: Actor, world: World, now: dt.datetime) -> Evidence:
    """Return a paper the actor may look at: one of a case he may see, or a waiting one of his organisation.

    Raises NotFound for everybody else.
    """
    paper = session.scalars(select(Evidence).where(Evidence.public_id == public_id)).one_or_none()
    if paper is None:
        raise NotFound
    waiting_here = any(desk.org_id == paper.org_id and desk.role in rights.READERS for desk in actor.desks)
    step = case_of(session, paper, actor, world, now)
    if (step is None and not waiting_here) or (step is not None and not may_see(step, paper)):
        raise NotFound
    return paper


def may_see(step: Step, paper: Evidence) -> bool:
    """Tell whether who may see the case may see this paper of it: of a problem record a side sees only its own."""
    return step.case.process != "problem" or sight.may_see_paper_of(step, paper.org_id)


def case_of(session: Session, evidence: Evidence, actor: Actor, world: World, now: dt.datetime) -> Step | None:
    """Return the case of a paper as the actor may see it, None for one that waits. Raises NotFound for strangers."""
    if evidence.case_id is None:
        return None
    return engine.look(session, session.get_one(Case, evidence.case_id).no, actor, world, now)


def withdraw_paper(session: Session, *, actor: Actor, public_id: str, world: World, now: dt.datetime) -> Evidence:
    """Take a paper back before the case is sent (or while it is back for correction); the row and the file remain.

    Raises NotFound or NotAllowed. The caller commits.
    """
    paper = find(session, public_id, actor, world, now)
    if not any(desk.org_id == paper.org_id for desk in actor.desks):
        raise NotAllowed("withdraw_paper", "只有上传材料的单位可以撤下")
    if paper.withdrawn_at is not None:
        raise NotAllowed("withdraw_paper", "这份材料已经撤下")
    if paper.case_id is not None:
        step = engine.locked_step(session, session.get_one(Case, paper.case_id).no, actor.id, now)
        if not may_take_back(step, paper.org_id):
            raise NotAllowed("withdraw_paper", "已提交，材料不能撤下；需要更正的，请补交并说明")
        _tell(step, "withdraw_paper", paper)
    paper.withdrawn_at = now
    session.flush()
    return paper


def may_take_back(step: Step, org_id: int) -> bool:
    """Tell whether an organisation may take a paper back now: of a draft, or while its answer to a problem is open."""
    if step.case.process == "problem":
        return any(item.kind == "answer" and item.org_id == org_id for item in step.open_items)
    return step.case.phase == "draft" and may_add(step, org_id)


def used_elsewhere(session: Session, evidence: Evidence) -> list[str]:
    """Return the numbers of other cases that hold the very same scan: a hint for the deciding office, nobody else.

    The viewer need not have a right to those cases: show how many there are, and numbers only after engine.look.
    """
    same = (Evidence.digest == evidence.digest) & (Evidence.id != evidence.id) & Evidence.case_id.is_not(None)
    query = select(Case.no).join(Evidence, Evidence.case_id == Case.id).where(same)
    if evidence.case_id is not None:
        query = query.where(Case.id != evidence.case_id)
    return list(session.scalars(query.distinct().order_by(Case.no)))


def note_look(session: Session, actor: Actor, evidence: Evidence, what: str, now: dt.datetime) -> None:
    """Write down that somebody looked at a paper: `what` of it, as words. The caller commits."""
    entry = AccessEntry(at=now, person_id=actor.id, what="evidence", purpose=f"{evidence.public_id} {what}")
    entry.case_id = evidence.case_id
    session.add(entry)


def _kind(kind: str) -> str:
    kind = kind.strip()
    fault = text_fault(kind, KIND_LIMIT) if kind else "请选择材料种类"
    if fault is None and len(kind.splitlines()) > 1:
        fault = "材料种类应写在一行里"
    if fault:
        raise Unacceptable("kind", fault, "kind", KIND_LIMIT)
    return kind


def _already_there(session: Session, case_id: int, kind: str, content: bytes, org_id: int | None) -> Evidence | None:
    same = _handed_in(case_id, org_id) & (Evidence.kind == kind)
    digest = hashlib.sha256(content).digest()
    return session.scalars(select(Evidence).where(same, Evidence.digest == digest).limit(1)).one_or_none()


def _handed_in(case_id: int, org_id: int | None) -> ColumnElement[bool]:
    kept = (Evidence.case_id == case_id) & Evidence.withdrawn_at.is_(None)
    return kept if org_id is None else kept & (Evidence.org_id == org_id)


def _room_at(session: Session, org_id: int) -> None:
    waiting = select(func.count()).where(
        Evidence.org_id == org_id, Evidence.case_id.is_(None), Evidence.withdrawn_at.is_(None)
    )
    if (session.scalar(waiting) or 0) >= WAITING_FILES:
        message = f"本单位已有 {WAITING_FILES} 份材料没有归入任何事项。请先归入或撤下，再上传新的。"
        raise Unacceptable("file", message, "waiting_files", WAITING_FILES)


def _keep(store: Store, content: bytes, inspected: Inspected, file_name: str) -> Evidence:
    """Seal the file for a row that is still to be filled in."""
    public_id, data_key = new_public_id(), crypto.new_data_key()
    return Evidence(
        public_id=public_id,
        file_name=clean(file_name, inspected.media_type),
        media_type=inspected.media_type,
        size=len(content),
        pages=inspected.pages,
        digest=hashlib.sha256(content).digest(),
        storage_key=store.put(content, data_key, _place(public_id)),
        data_key=crypto.wrap(data_key),
    )


def _tell(step: Step, action: str, paper: Evidence, original_name: str = "") -> None:
    """Chain the paper's digest into the case's log; the name it came with may name a child and is sealed there."""
    step.payload = {"note": original_name[:ORIGINAL_NAME_LIMIT]} if original_name else {}
    step.facts = {"evidence": paper.public_id, "kind": paper.kind, "digest": paper.digest.hex()}
    step.facts["office"] = paper.org_id
    journal.append(step, action, step.case.phase, step.case.phase)


def _place(public_id: str) -> str:
    return crypto.place("evidence", "content", public_id)
