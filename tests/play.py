"""Plays a transfer through the door: opens it, sends it, lets people act, one transaction each."""

import datetime as dt
import itertools
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import Case
from models.evidence import Evidence
from models.session import reading, transact
from tests.cast import MONDAY, Cast
from workflow import engine
from workflow.engine import Outcome
from workflow.transfers import drafts
from workflow.world import world_of

PAPERS = ("转学申请", "户口簿", "居住证明")
_keys = itertools.count(1)


class Play:
    """One case from the outside. `now` may be moved between the acts."""

    def __init__(self, database: Engine, cast: Cast, now: dt.datetime = MONDAY) -> None:
        self.engine, self.cast, self.now = database, cast, now
        self.no = ""

    def open(self, school: str, pupil: str, *, papers: tuple[str, ...] = PAPERS, **values: Any) -> "Play":
        """Open a draft at the receiving school, with papers attached."""
        grade = values.pop("target_grade", 5)
        room = self.cast.room.get((school, grade))
        typed = {
            "name": pupil,
            "record_no": self.cast.record_no.get(pupil, ""),
            "target_grade": grade,
            "to_class": room.no if room else "",
            "reason": "住址变更",
            **values,
        }

        def work(session: Session) -> str:
            actor = self.cast.actor(session, f"{school}:school_clerk")
            world = world_of(session)
            evidence = [self._paper(session, kind, actor.id, self.cast.org[school]) for kind in papers]
            office = world.office(self.cast.org[school])
            return drafts.start(session, actor, office, world, {**typed, "evidence": evidence}, self.now).no

        self.no = transact(self.engine, work)
        return self

    def act(self, who: str, action: str, **values: Any) -> Outcome:
        """Let somebody of the cast act on the case as it is now."""
        revision = values.pop("revision", None)
        key = values.pop("key", f"play-{next(_keys):012d}")
        if revision is None:
            revision = self.case().revision
        return transact(
            self.engine,
            lambda session: engine.do(
                session,
                self.no,
                action,
                self.cast.person[who],
                now=self.now,
                key=key,
                seen_revision=revision,
                values=values,
            ),
        )

    def case(self) -> Case:
        """Return the row as it is in the database now."""
        with reading(self.engine) as session:
            return session.scalars(select(Case).where(Case.no == self.no)).one()

    @property
    def phase(self) -> str:
        return self.case().phase

    def _paper(self, session: Session, kind: str, person: int, org: int) -> str:
        paper = Evidence(
            kind=kind,
            org_id=org,
            file_name=f"{kind}.pdf",
            media_type="application/pdf",
            size=10,
            digest=b"0" * 32,
            storage_key="none",
            data_key=b"",
            uploaded_by=person,
            uploaded_at=self.now,
        )
        session.add(paper)
        session.flush()
        return paper.public_id
