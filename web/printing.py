"""Papers that the worker prints: a certificate's frozen facts become the sealed original, and its schools are told."""

import datetime as dt
from hashlib import sha256
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import Case
from models.certificates import Certificate
from models.session import reading, transact
from models.transfers import Transfer
from web import pdf
from web.paper_facts_of import TEMPLATES, Print, certificate_facts
from workflow import certificates, outbox
from workflow.outbox import Errand
from workflow.problems import paper_kinds
from workflow.step import queue_of
from workflow.storage import Store
from workflow.world import world_of


class Printing:
    """Prints for one installation. `base_url` stands in the QR code, `specimen` marks the papers of a demo."""

    def __init__(self, engine: Engine, store: Store, base_url: str, *, specimen: bool) -> None:
        self.engine, self.store, self.base_url, self.specimen = engine, store, base_url, specimen

    def carry_out(self, errand: Errand, now: dt.datetime) -> bool:
        """Print one certificate and keep it; False if somebody else was faster. Raises web.pdf.PaperRefused.

        The paper is printed outside any transaction. Row, original and notices are then written together, once.
        """
        with reading(self.engine) as session:
            certificate = session.get_one(Certificate, int(errand.payload["certificate"]))
            end = certificates.end_of(session, certificate)
        if certificate.storage_key is not None:  # somebody asked for it before we came, and it was printed then
            return transact(self.engine, lambda session: self._tell(session, errand, now))
        printing = Print(self.base_url, self.specimen, certificate.issued_at)
        content = pdf.render(TEMPLATES[certificate.kind], certificate_facts(certificate, printing, end))
        key = certificates.keep_original(self.store, certificate, content)
        kept = transact(self.engine, lambda session: self._note(session, errand, key, content, now))
        if not kept:
            self.store.discard(key)
        return kept

    def _note(self, session: Session, errand: Errand, key: str, content: bytes, now: dt.datetime) -> bool:
        number = int(errand.payload["certificate"])
        told = self._tell(session, errand, now)
        return told and certificates.note_original(session, number, key, sha256(content).digest())

    def _tell(self, session: Session, errand: Errand, now: dt.datetime) -> bool:
        """Mark the errand as done and write the notices; False if somebody else did."""
        if not outbox.take(session, errand, now):
            return False
        outbox.add_once(session, _notices(session, int(errand.payload["certificate"]), errand, now))
        return True


def _notices(session: Session, number: int, errand: Errand, now: dt.datetime) -> list[dict[str, Any]]:
    """One notice to the clerks of each school of ours; about a problem they were told by its own notices."""
    query = (
        select(Case, Transfer, Certificate.kind)
        .outerjoin(Transfer, Transfer.case_id == Case.id)
        .join(Certificate, Certificate.case_id == Case.id)
        .where(Certificate.id == number)
    )
    case, transfer, kind = session.execute(query).one()
    if kind in paper_kinds.KINDS:
        return []
    both = (transfer.to_school_id, transfer.from_school_id) if transfer else case.state.get("parties", ())
    world = world_of(session)
    schools = dict.fromkeys(world.today_s(world.office(number)).id for number in both if number)
    queues = [queue_of(school, "school_clerk") for school in schools]
    return [
        {
            "dedup": f"{case.no}:certificate-{number}:certificate_ready:{queue}",
            "topic": "notice",
            "recipient": queue,
            "case_id": case.id,
            "payload": {"purpose": "certificate_ready", "certificate": number},
            "created_at": now,
            "not_before": now,
            "attempts": 0,
        }
        for queue in queues
    ]
