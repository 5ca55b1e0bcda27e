"""What may happen to a certificate after it was issued: handed out, revoked, replaced, looked at by strangers."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session

from models import crypto
from models.access import AccessEntry
from models.base import ALPHABET
from models.cases import Case, Event
from models.certificates import Certificate
from models.organisations import Organisation
from models.people import SYSTEM_PERSON_ID, Person
from models.sealed import data_key_of
from models.students import Student
from workflow import desk, engine, journal, opening, rights
from workflow.errors import NotAllowed, NotFound, Reason, Unmet
from workflow.no_id import lists as no_id
from workflow.payload import text_fault
from workflow.problems import paper_kinds
from workflow.problems import papers as problem_papers
from workflow.routing import department_of
from workflow.step import Actor, Intent, Step
from workflow.storage import Store
from workflow.transfers.certificate import pupil_facts
from workflow.world import World

REASON_LIMIT = 500
CODE = re.compile(f"[{ALPHABET}]{{26}}")
SERIES = {"transfer": "转证", "no_id": no_id.SERIES, **paper_kinds.SERIES}
"""What the numbers of a kind of certificate begin with."""
LOOK, PRINT = "verify", "print"
"""What the access log calls a stranger's look and a print."""


def find(session: Session, public_id: str, actor: Actor, world: World, now: dt.datetime) -> tuple[Certificate, Step]:
    """Return a certificate with its case, for whoever may see the case. Raises NotFound for everybody else."""
    row = session.execute(_with_case(Certificate.public_id == public_id)).first()
    if row is None:
        raise NotFound
    return row.Certificate, _readable(row.Certificate, engine.look(session, row.no, actor, world, now))


def _readable(certificate: Certificate, step: Step) -> Step:
    """Return the step. Raises NotFound for the paper of a problem about a side that is not the reader's."""
    if certificate.kind in paper_kinds.KINDS and not problem_papers.may_see(step, certificate):
        raise NotFound
    return step


def by_code(session: Session, typed: str) -> Certificate | None:
    """Return the certificate with the code that somebody typed or scanned; blanks, hyphens and case do not matter."""
    code = folded(typed)
    if code is None:
        return None
    return session.scalars(select(Certificate).where(Certificate.code == code)).one_or_none()


def by_number(session: Session, number: str) -> Certificate | None:
    """Return the certificate with the number that is printed on top of it."""
    return session.scalars(select(Certificate).where(Certificate.number == number)).one_or_none()


def by_digest(session: Session, digest: bytes) -> Certificate | None:
    """Return the certificate of which these bytes are the original."""
    return session.scalars(select(Certificate).where(Certificate.digest == digest).limit(1)).first()


def folded(typed: str) -> str | None:
    """Return a typed code as it is stored, or None when it cannot be one; letters mistaken for digits are read so."""
    plain = unicodedata.normalize("NFKC", typed[:200]).lower()
    plain = re.sub(r"[\s\-‐-―−·.]", "", plain).translate(str.maketrans("oil", "011"))
    return plain if CODE.fullmatch(plain) else None


def shown_code(code: str) -> str:
    """Return a code as it is printed: capital letters in groups of four."""
    return "-".join(code.upper()[at : at + 4] for at in range(0, len(code), 4))


def may_print(step: Step) -> bool:
    """Tell whether the actor's office takes part in the case; offices above only see the masked facts."""
    return bool(step.actor.org_ids & rights.involved(step))


def may_end(step: Step, certificate: Certificate) -> bool:
    """Tell whether the actor answers for the certificate: the leader of the issuing school or of its department."""
    if certificate.kind in paper_kinds.KINDS:
        return False  # it ends with the ruling, or with the next paper of its side
    school = step.world.office(certificate.org_id)
    return step.actor.holds("school_leader", school.id) or step.actor.holds(
        "dept_leader", department_of(step.world, school).id
    )


def revoke(session: Session, public_id: str, actor_id: int, reason: str, now: dt.datetime) -> Certificate:
    """Declare a certificate invalid, from this moment on and for ever. The caller commits.

    Raises NotFound, NotAllowed or Unmet.
    """
    certificate, step = _locked(session, public_id, actor_id, now)
    _check_end(step, certificate, reason, "revoke_certificate")
    certificate.state, certificate.revoked_at = "revoked", now
    certificate.revoked_by, certificate.revoked_reason = actor_id, reason.strip()
    _tell(step, certificate, "revoke_certificate", reason)
    return certificate


def reissue(session: Session, public_id: str, actor_id: int, reason: str, now: dt.datetime) -> Certificate:
    """Replace a certificate by a new one that tells the pupil's record as it is today. The caller commits.

    What was decided and when stays as it was; number and code are new, the old ones lead to "superseded".
    """
    old, step = _locked(session, public_id, actor_id, now)
    _check_end(step, old, reason, "reissue_certificate")
    office = step.world.office(old.org_id)
    serial = opening.next_number(session, f"certificate:{old.kind}:{step.today.year}:{office.code}")
    new = Certificate(
        number=f"{SERIES[old.kind]}〔{step.today.year}〕{office.code}-{serial:04d}",
        kind=old.kind,
        case_id=old.case_id,
        student_id=old.student_id,
        org_id=old.org_id,
        issued_at=now,
        expires_on=old.expires_on,
    )
    new.facts = {**old.facts, **_facts_today(step, old)}
    session.add(new)
    session.flush()
    old.state, old.superseded_by_id = "superseded", new.id
    _tell(step, old, "reissue_certificate", reason, successor=new.number)
    step.intents.append(Intent("certificate", "print", str(new.id), {"certificate": new.id}))
    desk.send(step)
    session.flush()
    return new


def count_copy(session: Session, public_id: str, actor_id: int, seen: int, digest: bytes, now: dt.datetime) -> bool:
    """Write down that one more copy is handed out, with the digest of its bytes. The caller commits.

    False when another copy was counted since `seen`, or the state changed: print it again then.
    """
    certificate, step = _locked(session, public_id, actor_id, now)
    if not may_print(step):
        raise NotAllowed("print", "只有参与本事项的单位可以打印")
    if certificate.copies != seen:
        return False
    certificate.copies = seen + 1
    session.add(print_entry(step.case, step.actor, f"{certificate.number} 第{seen + 1}次打印", now))
    _tell(step, certificate, "print_certificate", copy=seen + 1, digest=digest.hex())
    return True


def print_entry(case: Case, actor: Actor, what: str, now: dt.datetime) -> AccessEntry:
    """Return the line of the access log that says who printed which paper about whom."""
    return AccessEntry(
        at=now, person_id=actor.id, what=PRINT, student_id=case.student_id, case_id=case.id, purpose=what
    )


def note_look(session: Session, certificate: Certificate, now: dt.datetime) -> None:
    """Count a stranger's look. The caller commits."""
    session.add(
        AccessEntry(
            at=now,
            person_id=SYSTEM_PERSON_ID,
            what=LOOK,
            student_id=certificate.student_id,
            case_id=certificate.case_id,
            purpose=f"公开验证 {certificate.number}",
        )
    )


def looks(session: Session, certificate: Certificate) -> int:
    """Return how often strangers looked the certificate up."""
    mine = (AccessEntry.case_id == certificate.case_id) & (AccessEntry.purpose == f"公开验证 {certificate.number}")
    return session.scalar(select(func.count()).select_from(AccessEntry).where(AccessEntry.what == LOOK, mine)) or 0


def prints(session: Session, case: Case, what: str) -> int:
    """Return how often the paper `what` of a case was printed."""
    mine = (AccessEntry.case_id == case.id) & (AccessEntry.what == PRINT) & AccessEntry.purpose.startswith(what)
    return session.scalar(select(func.count()).select_from(AccessEntry).where(mine)) or 0


def digests(session: Session, certificate: Certificate) -> Iterator[bytes]:
    """Yield the digests of every file that was ever made of the certificate: the original, then the copies."""
    if certificate.digest:
        yield certificate.digest
    printed = (Event.case_id == certificate.case_id) & (Event.action == "print_certificate")
    for event in session.scalars(select(Event).where(printed).order_by(Event.seq)):
        if event.body.get("certificate") == certificate.number:
            yield bytes.fromhex(str(event.body["digest"]))


def end_of(session: Session, certificate: Certificate) -> tuple[dt.datetime, str, str] | None:
    """Return when, by whom and why a certificate ended; None while it is valid."""
    if certificate.state == "revoked" and certificate.revoked_at and certificate.revoked_by:
        return certificate.revoked_at, _revoker(session, certificate), certificate.revoked_reason
    if certificate.state == "superseded" and certificate.superseded_by_id:
        new = session.get_one(Certificate, certificate.superseded_by_id)
        return new.issued_at, str(new.facts.get("issued_by", "")), f"已换发新证明 {new.number}"
    return None


def _revoker(session: Session, certificate: Certificate) -> str:
    """Return office and name of who revoked, as they stand in the case's log."""
    query = (
        select(Event.body, Person.name)
        .join(Person, Person.id == Event.actor_id)
        .where(Event.case_id == certificate.case_id, Event.action == "revoke_certificate")
    )
    for body, name in session.execute(query):
        if body.get("certificate") == certificate.number:
            office = session.get(Organisation, body.get("office") or 0)
            return f"{office.name} {name}" if office else name
    return session.get_one(Person, certificate.revoked_by).name


def keep_original(store: Store, certificate: Certificate, content: bytes) -> str:
    """Seal the first print into the store and return its key; the row is written by `note_original`."""
    return store.put(content, data_key_of(certificate), _place(certificate))


def note_original(session: Session, certificate_id: int, storage_key: str, digest: bytes) -> bool:
    """Bind the original to its row; False if there is one already, which stays. The caller commits."""
    empty = (Certificate.id == certificate_id) & Certificate.storage_key.is_(None)
    bound = update(Certificate).where(empty).values(storage_key=storage_key, digest=digest)
    done = session.execute(bound.returning(Certificate.id).execution_options(synchronize_session=False))
    return done.first() is not None


def original_of(store: Store, certificate: Certificate) -> bytes:
    """Return the original as it was printed. Raises FileLost or SealBroken."""
    return store.get(certificate.storage_key or "", data_key_of(certificate), _place(certificate))


def _place(certificate: Certificate) -> str:
    return crypto.place("certificate", "content", certificate.public_id)


def _with_case(condition: ColumnElement[bool]) -> Select[Certificate, str]:
    return select(Certificate, Case.no).join(Case, Case.id == Certificate.case_id).where(condition)


def _locked(session: Session, public_id: str, actor_id: int, now: dt.datetime) -> tuple[Certificate, Step]:
    """Return the certificate as it is under the lock of its case."""
    no = session.scalar(
        select(Case.no).join(Certificate, Certificate.case_id == Case.id).where(Certificate.public_id == public_id)
    )
    if no is None:
        raise NotFound
    step = engine.locked_step(session, no, actor_id, now)
    fresh = select(Certificate).where(Certificate.public_id == public_id).execution_options(populate_existing=True)
    certificate = session.scalars(fresh).one()
    return certificate, _readable(certificate, step)


def _check_end(step: Step, certificate: Certificate, reason: str, action: str) -> None:
    if not may_end(step, certificate):
        raise NotAllowed(action, "只有签发学校或其主管部门的负责人可以撤销、换发")
    if certificate.state != "valid":
        raise NotAllowed(action, "这份证明已经失效，不能再撤销或换发")
    fault = text_fault(reason.strip(), REASON_LIMIT) if reason.strip() else "请写明理由"
    if fault:
        raise Unmet([Reason("field", "block", fault, field="reason")])


def _facts_today(step: Step, old: Certificate) -> dict[str, object]:
    student = step.session.get(Student, old.student_id) if old.student_id else None
    return {"pupil": pupil_facts(student), "name": student.name} if student else {}


def _tell(step: Step, certificate: Certificate, action: str, reason: str = "", **facts: object) -> None:
    """Chain what happened into the case's log; the reason may speak about people and is sealed there."""
    step.payload = {"comment": reason.strip()} if reason else {}
    step.facts = {"certificate": certificate.number, "office": _office(step), **facts}
    journal.append(step, action, "", "")
    step.session.flush()


def _office(step: Step) -> int | None:
    """Return for which office the actor acts here: one that takes part, else one above."""
    for circle in (rights.involved(step), rights.audience(step)):
        for post in step.actor.desks:
            if post.org_id in circle:
                return post.org_id
    return None
