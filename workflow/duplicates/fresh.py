"""Soon after: records that came in or were corrected are compared by the worker, never by whoever typed them.

An errand lies in the outbox beside what it is about, whether anything comes near or not: neither the answer nor its
time tells a school about a record elsewhere (promise T3).
"""

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.imports import ImportBatch
from models.students import Student
from workflow import findings, outbox
from workflow.duplicates import exact
from workflow.duplicates.comparing import compare, compare_blocked, not_compared, portion
from workflow.outbox import Errand
from workflow.world import world_of

TOPIC = "compare"


def ask_about_batch(session: Session, batch: ImportBatch, first: int, last: int, now: dt.datetime) -> None:
    """Have the rows of a batch compared: the records `first` to `last` that entered, and those that were blocked."""
    _ask(session, f"{TOPIC}:batch:{batch.public_id}:{first}", {"batch": batch.id, "first": first, "last": last}, now)


def ask_about_record(session: Session, student: Student, now: dt.datetime) -> None:
    """Have a record compared that was corrected."""
    _ask(session, f"{TOPIC}:{student.public_id}:{student.version}", {"student": student.id}, now)


def ask_about_entry(session: Session, student_id: int, public_id: str, now: dt.datetime) -> None:
    """Have a record compared that was entered by hand, and looked for by its very number or person first."""
    _ask(session, f"{TOPIC}:{public_id}:entered", {"student": student_id, "entered": True}, now)


def carry_out(session: Session, errand: Errand, now: dt.datetime) -> bool:
    """Do the next portion of an errand; True while there may be more. The caller commits.

    What a killed worker has compared is not compared again.
    """
    given = errand.payload
    if "student" in given:
        if given.get("entered"):
            _look_for(session, given["student"], now)
        compare(session, portion(session, not_compared().where(Student.id == given["student"])), now)
        return False
    mine = (Student.import_batch_id == given["batch"]) & Student.id.between(given["first"], given["last"])
    records = portion(session, not_compared().where(mine))
    if records:
        compare(session, records, now)
        return True
    batch = session.scalars(select(ImportBatch).where(ImportBatch.id == given["batch"])).one()
    compare_blocked(session, [batch], now)
    return False


def _look_for(session: Session, student_id: int, now: dt.datetime) -> None:
    """Record what shares the number of a record, or without one its name, sex and birth date."""
    student = session.get_one(Student, student_id)
    if student.retired_at is not None:
        return
    if student.id_number_index is not None:
        groups = exact.by_number(session, [student.id_number_index])
    else:
        groups = exact.by_person(session, [exact.person_of(student)])
    findings.record(session, world_of(session), groups, now)


def _ask(session: Session, dedup: str, payload: dict[str, Any], now: dt.datetime) -> None:
    row = {"dedup": dedup, "topic": TOPIC, "recipient": "", "payload": payload, "created_at": now, "not_before": now}
    outbox.add_once(session, [{**row, "attempts": 0}])
