"""Families: a guardian is told by a short message which stage a request for the child has reached (domain 8.3).

One message for each change of stage, where the rule `guardian.messages` of the applicant school's place wants it. It is
written down with the step and goes out after a pause, so that of several steps in a row the last one is told. What it
says is what holds when it goes out. The number stands in the child's record, sealed; it is opened at that moment and
kept nowhere else.
"""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from models.cases import Case, Event, WorkItem
from models.crypto import CryptoError
from models.messages import FamilyMessage
from models.outbox import OutboxRow
from models.students import Guardian
from models.transfers import Transfer
from workflow import counting
from workflow.calendar import day_of
from workflow.language import ASIDE
from workflow.message_choices import PAUSE, not_at_night
from workflow.policies import look_up
from workflow.returns import ITEMS
from workflow.step import Step
from workflow.world import world_of

TOPIC, POLICY = "family", "guardian.messages"
PROCESSES = ("transfer",)
TOLD = "family_told"
"""Stands in the state of a case whose family is told: no page of another one asks for messages."""
"""What a family has asked for."""
TOO_LATE = dt.timedelta(days=3)
"""So old a message tells nobody anything: no gateway took it all the time."""
WAITING, SENT, REFUSED, NO_NUMBER, MOOT = "waiting", "sent", "refused", "no_number", "moot"
OUTBOX, MESSAGE = cast(Table, OutboxRow.__table__), cast(Table, FamilyMessage.__table__)
_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})", re.ASCII)


class Untold(Exception):
    """Nothing is sent; `state` is what becomes of the message, the text why."""

    def __init__(self, state: str, why: str) -> None:
        super().__init__(why)
        self.state = state


@dataclass(frozen=True)
class Stage:
    """Where a case stands, as a family may know it: no name and no number of a person.

    `holder` is whoever has it, `due` the last day there (None: there is none, or its clock stands still), `school` the
    applicant with its telephone, `by` who sent it back or refused it, `items` what is to be put right.
    """

    no: str
    phase: str
    action: str
    holder: str
    due: dt.date | None
    school: str
    phone: str
    to_school: str
    by: str = ""
    items: tuple[str, ...] = ()
    elsewhere: bool = False
    """Another province is asked now, or the child leaves for one."""
    key: str = ""
    today: dt.date | None = None
    """The day on which it is written."""


@dataclass(frozen=True)
class Told:
    """What one message says, and to which number."""

    stage: Stage
    number: str


def note(step: Step, before: dict[str, Any]) -> None:
    """Write down that the family is to be told, if the case stands elsewhere than `before` (phase, turn, round).

    A draft that was never sent is the school's own. Asks the database nothing.
    """
    case = step.case
    stands = {"phase": case.phase, "turn": case.turn, "round": case.round}
    if case.process not in PROCESSES or case.submitted_at is None or stands == before:
        return
    office = step.world.office(case.applicant_org_id)
    if look_up(step.world, POLICY, office, step.today).value != "on":
        return
    case.state = {**case.state, TOLD: True}
    about = {"case_id": case.id, "seq": case.last_seq}
    step.rows.append((MESSAGE, {**about, "at": step.now, "state_at": step.now}))
    row = {
        "dedup": f"{TOPIC}-{case.no}-{case.last_seq}",
        "topic": TOPIC,
        "recipient": "",
        "case_id": case.id,
        "payload": {"purpose": TOPIC, "seq": case.last_seq, "org": office.id},
        "created_at": step.now,
        "not_before": not_at_night(step.now + PAUSE),
    }
    step.rows.append((OUTBOX, row))


def read(session: Session, case_id: int, seq: int, now: dt.datetime) -> Told:
    """Return what a message says now, and the number. Raises Untold."""
    about = FamilyMessage.case_id == case_id
    message = session.scalars(select(FamilyMessage).where(about, FamilyMessage.seq == seq)).one()
    if session.scalar(select(FamilyMessage.id).where(about, FamilyMessage.seq > seq).limit(1)):
        raise Untold(MOOT, "a later stage is told instead")
    if now - message.at > TOO_LATE:
        raise Untold(MOOT, "too late to be of use")
    case = session.get_one(Case, case_id)
    stage = replace(_stage(session, case, seq), today=day_of(now))
    told = select(FamilyMessage.stage).where(about, FamilyMessage.state == SENT).order_by(FamilyMessage.seq.desc())
    if session.scalar(told.limit(1)) == stage.key:
        raise Untold(MOOT, "the family knows this stage")
    number = _number(session, case.student_id)
    if not number:
        raise Untold(NO_NUMBER, "the record names no guardian with a mobile number")
    return Told(stage, number)


def mark(session: Session, case_id: int, seq: int, state: str, now: dt.datetime, **values: str) -> None:
    """Note what became of a message; what still waits from before it is of no use any more. The caller commits."""
    here = FamilyMessage.case_id == case_id
    mine = update(FamilyMessage).where(here, FamilyMessage.seq == seq, FamilyMessage.state != SENT)
    session.execute(mine.values(state=state, state_at=now, **values).execution_options(synchronize_session=False))
    waits = update(FamilyMessage).where(here, FamilyMessage.seq < seq, FamilyMessage.state == WAITING)
    older = waits.values(state=MOOT, state_at=now)
    session.execute(older.execution_options(synchronize_session=False))


def of_case(session: Session, case: Case) -> list[FamilyMessage]:
    """Return what the family was told, the oldest first. One statement; none where the family is told nothing."""
    if TOLD not in case.state:
        return []
    mine = select(FamilyMessage).where(FamilyMessage.case_id == case.id, FamilyMessage.state != MOOT)
    return list(session.scalars(mine.order_by(FamilyMessage.seq)))


def _stage(session: Session, case: Case, seq: int) -> Stage:
    world, transfer = world_of(session), session.get_one(Transfer, case.id)
    asked = select(WorkItem).where(WorkItem.case_id == case.id, WorkItem.open, WorkItem.kind.not_in(ASIDE))
    items = [item for item in session.scalars(asked.order_by(WorkItem.id)) if "instead_of" not in item.due_rule]
    holders = list(dict.fromkeys(item.org_id for item in items))
    days = [day for item in items if (day := counting.last_day(item))]
    applicant, objection = world.office(case.applicant_org_id), case.state.get("objection") or {}
    return Stage(
        no=case.no,
        phase=case.phase,
        action=session.scalar(select(Event.action).where(Event.case_id == case.id, Event.seq == seq)) or "",
        holder="、".join(world.name(number) for number in holders),
        due=min(days) if len(days) == len(items) and days else None,
        school=applicant.name,
        phone=applicant.phone,
        to_school=world.name(transfer.to_school_id) or str((transfer.outside or {}).get("school", "")),
        by=world.name(objection.get("office")),
        items=tuple(item for item in case.state.get("asked_for", ()) if item in ITEMS[case.process]),
        elsewhere=_is_elsewhere(case, transfer),
        key=f"{case.phase}:{','.join(map(str, holders))}"[:60],
    )


def _is_elsewhere(case: Case, transfer: Transfer) -> bool:
    if case.phase == "arrival":
        return transfer.direction == "outgoing"
    stop = case.route[case.turn] if case.turn < len(case.route) else {}
    return stop.get("phase") == case.phase and bool(stop.get("milestone"))


def _number(session: Session, student_id: int | None) -> str:
    """Return the mobile number of the first guardian who has one, eleven digits; empty if there is none."""
    named = select(Guardian).where(Guardian.student_id == student_id, Guardian.is_guardian)
    for guardian in session.scalars(named.order_by(Guardian.position)):
        try:
            typed = str((guardian.details or {}).get("联系电话") or "")
        except CryptoError:  # erased
            continue
        found = _MOBILE.fullmatch(re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed)))
        if found:
            return found[1]
    return ""
